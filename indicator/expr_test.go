package indicator

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// cells makes columns of one cell from named sums; the others are zero.
func cells(sums map[Sum]float64) *Columns {
	c := &Columns{N: 1}
	for s := range c.Col {
		c.Col[s] = []float64{sums[Sum(s)]}
	}
	return c
}

func exactOf(c *Columns) ExactSums {
	return func(i int, _ []Sum) (func(Sum) Exact, error) { return sumsOf(c, i), nil }
}

func sumsOf(c *Columns, i int) func(Sum) Exact {
	return func(s Sum) Exact { return ExactOf(c.At(s, i)) }
}

func TestCriterion(t *testing.T) {
	f := func(text string, sums map[Sum]float64, want bool) {
		t.Helper()
		k, err := ParseCriterion(text)
		if err != nil {
			t.Fatal(err)
		}
		c := cells(sums)
		keep := []bool{true}
		if err := k.Meet(c, &Scratch{}, keep, exactOf(c)); err != nil {
			t.Fatal(err)
		}
		if keep[0] != want {
			t.Errorf("%s with %v: got %v, want %v", text, sums, keep[0], want)
		}
		again, err := ParseCriterion(k.String())
		if err != nil || again.String() != k.String() {
			t.Errorf("%s prints as %s, which does not come back: %v", text, k, err)
		}
	}
	f("imports >= 2 * exports", map[Sum]float64{Imports: 20, Exports: 10}, true)
	f("imports > 2 * exports", map[Sum]float64{Imports: 20, Exports: 10}, false)
	f("imports > exports", map[Sum]float64{Imports: 1, Exports: 0}, true)
	f("import_export_ratio > 1", map[Sum]float64{Imports: 1, Exports: 0}, true)
	f("import_export_ratio > 1", map[Sum]float64{}, false) // 0/0 is missing
	f("not (import_export_ratio > 1)", map[Sum]float64{}, true)
	// {6,1,1,1,1}: the HHI is 0.4 exactly.
	hhi := map[Sum]float64{Imports: 10, ImportSquares: 40}
	f("import_hhi > 0.4", hhi, false)
	f("import_hhi >= 0.4", hhi, true)
	f("import_hhi < 0.4 or imports > 9", hhi, true)
	f("import_hhi <= 0.4 and imports > 10", hhi, false)
	f("partner_share >= 0.3", map[Sum]float64{Imports: 10, ImportsFromPartner: 3}, true)
	f("partner_share > 0.3", map[Sum]float64{Imports: 10, ImportsFromPartner: 3}, false)
	f("effective_suppliers < 0.5 * effective_exporters", map[Sum]float64{Imports: 2, ImportSquares: 2, WorldExports: 2, WorldSquares: 1}, false)
	f("1 - (2 - 3) > imports - (1 - 1) * 2 ^ 3", map[Sum]float64{Imports: 1}, true)
	f("imports_from_partner >= 10_000_000", map[Sum]float64{ImportsFromPartner: 1e7}, true)
	f("imports_from_partner > 1e7", map[Sum]float64{ImportsFromPartner: 1e7}, false)
}

func TestCriterionErrors(t *testing.T) {
	f := func(text string, column int, want string) {
		t.Helper()
		_, err := ParseCriterion(text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Column != column || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want column %d and %q", text, err, column, want)
		}
	}
	f("import_hi > 0.4", 1, `did you mean "import_hhi"`)
	f("imports > 2 * export", 15, `did you mean "exports"`)
	f("imports_usd > 2", 1, `did you mean "imports"`)
	f("imports", 1, "not a comparison")
	f("imports == 2", 9, "equality")
	f("imports > len(1)", 11, "not arithmetic")
	f("imports ^ 0.5 > 1", 11, "exponent")
	f("imports ≥ 2", 9, "unexpected character")
	f("", 1, "empty")
	f("imports >", 9, "EOF")
	f("(imports > 1) > 2", 10, "not arithmetic")
}

// TestTableAgreesWithItself evaluates every indicator in float64 and exactly on random sums: the two engines must mean the same.
func TestTableAgreesWithItself(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		c := &Columns{N: 3}
		for s := range c.Col {
			c.Col[s] = []float64{float64(rng.IntN(1000)), float64(rng.IntN(5)), 0}
		}
		for _, ind := range All() {
			scratch := &Scratch{}
			got := ind.Expr().Eval(c, scratch)
			if len(got) == 1 {
				got = slices.Repeat(got, c.N)
			}
			for i := range c.N {
				want := ind.Expr().Exact(sumsOf(c, i)).Float()
				if !(got[i] == want || math.IsNaN(got[i]) && math.IsNaN(want) || math.Abs(got[i]-want) <= 1e-12*math.Abs(want)) {
					t.Fatalf("%s: float %v, exact %v", ind.Name, got[i], want)
				}
			}
		}
	}
}

func TestTable(t *testing.T) {
	columns := map[string]bool{}
	for _, ind := range All() {
		if ind.Title == "" || ind.Unit == "" || ind.Range == "" || ind.Meaning == "" || ind.Source == "" {
			t.Errorf("%s: an entry has title, unit, range, meaning and source", ind.Name)
		}
		if columns[ind.Column] {
			t.Errorf("column %s twice", ind.Column)
		}
		columns[ind.Column] = true
		if got := Nearest(ind.Name + "x"); got != ind.Name {
			t.Errorf("Nearest(%sx) = %q", ind.Name, got)
		}
	}
	if got := byName["import_hhi"].Expr().String(); got != "import_squares / imports ^ 2" {
		t.Errorf("import_hhi prints as %q", got)
	}
}

func TestExactLiteral(t *testing.T) {
	e, err := ParseFormula("0.4")
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Exact(nil).Rat; got.Cmp(big.NewRat(2, 5)) != 0 {
		t.Errorf("0.4 is %v, want 2/5", got)
	}
}

func FuzzParseCriterion(f *testing.F) {
	for _, s := range []string{"imports >= 2 * exports", "not (import_hhi > .4 or imports < 1e6)", "a ? b : c", "((((", "imports > -exports ^ 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseCriterion(text)
		if err != nil {
			return
		}
		again, err := ParseCriterion(k.String())
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, k, err)
		}
		if again.String() != k.String() {
			t.Fatalf("%q → %q → %q", text, k, again)
		}
		c := cells(map[Sum]float64{Imports: 3, Exports: 2})
		a, b := []bool{true}, []bool{true}
		err = errors.Join(k.Meet(c, &Scratch{}, a, exactOf(c)), again.Meet(c, &Scratch{}, b, exactOf(c)))
		if err != nil || a[0] != b[0] {
			t.Fatalf("%q and %q differ", text, again)
		}
	})
}
