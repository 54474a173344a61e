package loop

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
)

// handTable is a table of two economies and three industries. In China c13, c14 and c18 buy 20, 40 and 10 of c14 for outputs of 100, 200 and 100,
// and have value added of 40, 80 and 80.
const handTable = `id,CHN:c13,CHN:c14,CHN:c18,USA:c13,USA:c14,USA:c18,CHN:F1,USA:F1,output
CHN:c13,30,40,0,0,0,0,30,0,100
CHN:c14,10,30,5,20,0,0,100,35,200
CHN:c18,0,0,10,0,0,0,90,0,100
USA:c13,10,20,0,0,0,0,0,70,100
USA:c14,10,10,5,0,5,0,0,70,100
USA:c18,0,20,0,0,0,0,0,80,100
`

// handWeight is Σ v w of China: ⅖ of value added is of c18, which uses 0.1 by unit of output, the rest of industries that use 0.2; all together
// use 70 ÷ 400.
const handWeight = (.6*.2 + .4*.1) / (70. / 400)

// tablesOf ingests tables of 2011 by name into a new data folder.
func tablesOf(t *testing.T, texts map[string]string) *icio.Library {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, name+"_2011.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := icio.Ingest(t.Context(), []string{path}, icio.Options{DataDir: dir, Name: name, Synthetic: true}); err != nil {
			t.Fatal(err)
		}
	}
	return icio.Open(dir)
}

// askLoop puts a question to a source, with its parameters by name and value.
func askLoop(t *testing.T, q *study.Question, s *study.Source, pairs ...string) (*result.Table, error) {
	t.Helper()
	values := map[string]string{"technology": "pv", "draws": "20"}
	for name, value := range study.Pairs(pairs...) {
		values[name] = value
	}
	r, errs := q.Read(values)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return q.Answer(t.Context(), s, r)
}

func notesOf(t *result.Table) string {
	var b strings.Builder
	for _, n := range t.Notes {
		b.WriteString(n.Text + "\n")
	}
	return b.String()
}

// TestSpillOverWeight computes the weight by hand, and lets a question carry it with the checksum of its tables.
func TestSpillOverWeight(t *testing.T) {
	s := &study.Source{}
	s.Tables = tablesOf(t, map[string]string{"hand": handTable})
	set, err := s.Tables.Set("")
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.Tables.Table(t.Context(), set, 2011)
	if err != nil {
		t.Fatal(err)
	}
	if got := SpillOverWeight(table, []int{0}, 1); !near(got, handWeight, 1e-14) || !near(got, 32./35, 1e-14) {
		t.Errorf("weight %v, want %v", got, handWeight)
	}
	if got := SpillOverWeight(table, []int{1}, 2); !math.IsNaN(got) {
		t.Errorf("the weight of an industry that nobody uses is %v, want NaN", got)
	}
	for _, name := range []string{"", "hand"} {
		a, err := askLoop(t, LoopQuestion, s, "tables", name)
		if err != nil {
			t.Fatal(err)
		}
		checkWeight(t, a, 32./35)
		if !a.Synthetic || !strings.Contains(notesOf(a), "Σ v w = 0.9143, from tables hand of 2011") || !strings.Contains(notesOf(a), "nearest to 2015") {
			t.Errorf("synthetic %v, notes %s", a.Synthetic, notesOf(a))
		}
		checkUses(t, a, set)
	}
	a, err := askLoop(t, SensitivityQuestion, s, "rows", "64", "draws", "2000")
	if err != nil {
		t.Fatal(err)
	}
	checkUses(t, a, set)
	if plain, err := askLoop(t, SensitivityQuestion, &study.Source{}, "rows", "64", "draws", "2000"); err != nil || slices.EqualFunc(InfluenceSchema.Rows(plain), InfluenceSchema.Rows(a), func(x, y Influence) bool { return x.Total == y.Total }) {
		t.Errorf("%v: the weight does not reach loop sensitivity", err)
	}
}

// checkWeight looks for the weight in the rows, and for the gain that follows from it.
func checkWeight(t *testing.T, a *result.Table, want float64) {
	t.Helper()
	plain, err := askLoop(t, LoopQuestion, &study.Source{})
	if err != nil {
		t.Fatal(err)
	}
	first := func(a *result.Table, run Run, quantity string) float64 {
		for _, r := range Schema.Rows(a) {
			if r.Run == run && r.Quantity == quantity && r.Year != result.MissingInt {
				return r.Mean
			}
		}
		return math.NaN()
	}
	if got := first(a, fromTables, "spill_over_weight"); !near(got, want, 1e-12) {
		t.Errorf("the row says %v, want %v", got, want)
	}
	if got := first(a, WithPolicy, "gain") / first(plain, WithPolicy, "gain"); !near(got, want, 1e-12) {
		t.Errorf("the gain of the first year is %v of that without tables, want %v", got, want)
	}
}

// checkUses looks for the tables and their layout in the provenance.
func checkUses(t *testing.T, a *result.Table, set *icio.Manifest) {
	t.Helper()
	found := 0
	for _, d := range a.Provenance.Definitions {
		if d.Kind == "tables" && d.ID == set.Name && d.SHA256 == set.Checksum() || d.Kind == "layout" && d.ID == set.Layout {
			found++
		}
	}
	if found != 2 {
		t.Errorf("definitions %+v", a.Provenance.Definitions)
	}
}

// TestSpillOverWeightSlow compares with the definition on tables by chance: the slow one goes through the sums of each industry one by one.
func TestSpillOverWeightSlow(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		const areas, industries = 3, 4
		table := &icio.Table{Areas: []string{"CHN", "USA", "ROW"}, Industries: make([]icio.Industry, industries)}
		n := areas * industries
		for range n * n {
			table.Z = append(table.Z, float64(r.IntN(10)))
		}
		for range n {
			table.Output = append(table.Output, 150+100*r.Float64())
		}
		unit, supplier := []int{0, 2}[:1+seed%2], int(seed)%industries
		z := func(a, i, b, j int) float64 { return table.Z[(a*industries+i)*n+b*industries+j] }
		sum := func(j int) (use, output, added float64) {
			for _, b := range unit {
				output, added = output+table.Output[b*industries+j], added+table.Output[b*industries+j]
				for a := range areas {
					use += z(a, supplier, b, j)
					for i := range industries {
						added -= z(a, i, b, j)
					}
				}
			}
			return use, output, added
		}
		var use, output, added float64
		for j := range industries {
			u, x, v := sum(j)
			use, output, added = use+u, output+x, added+v
		}
		want := 0.0
		for j := range industries {
			u, x, v := sum(j)
			want += v / added * (u / x) * (output / use)
		}
		if got := SpillOverWeight(table, unit, supplier); !near(got, want, 1e-12) {
			t.Errorf("seed %d: %v, want %v", seed, got, want)
		}
		// all industries that use alike: 1
		for b := range n {
			for a := range areas {
				table.Z[(a*industries+supplier)*n+b] = 0.01 * table.Output[b]
			}
		}
		if got := SpillOverWeight(table, unit, supplier); !near(got, 1, 1e-12) {
			t.Errorf("seed %d: all use alike, weight %v, want 1", seed, got)
		}
	}
}

// TestSpillOverWeightSplit: an industry in two halves leaves the weight as it is.
func TestSpillOverWeightSplit(t *testing.T) {
	halves := `id,CHN:c13,CHN:c14,CHN:c18,CHN:c19,CHN:F1,output
CHN:c13,30,40,0,0,30,100
CHN:c14,20,30,5,5,140,200
CHN:c18,0,0,5,5,40,50
CHN:c19,0,0,5,5,40,50
`
	whole := `id,CHN:c13,CHN:c14,CHN:c18,CHN:F1,output
CHN:c13,30,40,0,30,100
CHN:c14,20,30,10,140,200
CHN:c18,0,0,20,80,100
`
	weight := func(text string) float64 {
		l := tablesOf(t, map[string]string{"one": text})
		set, err := l.Set("")
		if err != nil {
			t.Fatal(err)
		}
		table, err := l.Table(t.Context(), set, 2011)
		if err != nil {
			t.Fatal(err)
		}
		return SpillOverWeight(table, []int{0}, 1)
	}
	if a, b := weight(whole), weight(halves); !near(a, b, 1e-14) || near(a, 1, 1e-3) {
		t.Errorf("whole %v, in halves %v", a, b)
	}
}

// TestSpillOverWeightWithout: where there is no table to take the weight from, it is 1, and the answer says why.
func TestSpillOverWeightWithout(t *testing.T) {
	one := &study.Source{}
	one.Tables = tablesOf(t, map[string]string{"hand": strings.ReplaceAll(handTable, "CHN", "JPN")})
	two := &study.Source{}
	two.Tables = tablesOf(t, map[string]string{"hand": handTable, "second": handTable})
	empty := &study.Source{}
	empty.Tables = icio.Open(t.TempDir())
	f := func(s *study.Source, want string) {
		t.Helper()
		a, err := askLoop(t, LoopQuestion, s)
		if err != nil {
			t.Fatal(err)
		}
		if notes := notesOf(a); !strings.Contains(notes, want+": the gain of users spreads as on the average") {
			t.Errorf("want %q, got %s", want, notes)
		}
		for _, r := range Schema.Rows(a) {
			if r.Quantity == "spill_over_weight" {
				t.Errorf("a weight of %v that no table gives", r.Mean)
			}
		}
	}
	f(&study.Source{}, "no input–output table is loaded")
	f(empty, "no input–output table is loaded")
	f(one, "tables hand do not have CHN by itself")
	f(two, "none of the 2 sets of input–output tables is chosen, which are hand, second (--tables NAME takes one)")
	if a, err := askLoop(t, LoopQuestion, two, "tables", "second"); err != nil || !strings.Contains(notesOf(a), "from tables second of 2011") {
		t.Errorf("the named one: %v", err)
	}
	for _, s := range []*study.Source{{}, two} {
		if _, err := askLoop(t, LoopQuestion, s, "tables", "third"); err == nil {
			t.Error("a set that is not there is no error")
		}
	}
	other := &study.Source{}
	other.Tables = tablesOf(t, map[string]string{"hand": strings.ReplaceAll(handTable, "c14", "c15")})
	f(other, "tables hand have no industry c14, which supplies it by the file of parameters")
}

// TestSuppliers: a user's file gives the supplying industry of its own technology, and a wrong one is an error.
func TestSuppliers(t *testing.T) {
	text := "id = \"mine\"\nsource = \"mine\"\n\n[[technology]]\nid = \"robots\"\nname = \"Robots\"\nquantity = \"units\"\nsuppliers = [%q]\n"
	if _, err := Builtin().With("mine.toml", fmt.Appendf(nil, text, "wiod-2013/c13")); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"c13", "wiod-2013/", "/c13"} {
		if _, err := Builtin().With("mine.toml", fmt.Appendf(nil, text, wrong)); err == nil || !strings.Contains(err.Error(), "expected LAYOUT/CODE") {
			t.Errorf("suppliers %q: %v", wrong, err)
		}
	}
}

// TestUnchosen: where none of several datasets is chosen, the answer says which there are.
func TestUnchosen(t *testing.T) {
	a, err := askLoop(t, LoopQuestion, &study.Source{Unchosen: &store.UnchosenError{Names: "old, new", Count: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "no trade dataset is chosen, and there are 2: old, new (--dataset NAME takes one): the home share"; !strings.Contains(notesOf(a), want) {
		t.Errorf("want %q, got %s", want, notesOf(a))
	}
}

// TestRealSpillOverWeight compares with the weights of the World Input-Output Database of 2013, computed apart from its files.
func TestRealSpillOverWeight(t *testing.T) {
	suite.Real.Request(t)
	var paths []string
	for _, name := range []string{"wiod2013_index.csv", "wiod2013_industries.csv", "wiod2013_1995_Z.csv.gz", "wiod2013_1995_F.csv.gz", "wiod2013_1995_output.csv.gz",
		"wiod2013_2011_Z.csv.gz", "wiod2013_2011_F.csv.gz", "wiod2013_2011_output.csv.gz"} {
		paths = append(paths, suite.Real.File(t, "icio", name))
	}
	dir := t.TempDir()
	if _, err := icio.Ingest(t.Context(), paths, icio.Options{DataDir: dir}); err != nil {
		t.Fatal(err)
	}
	s := &study.Source{}
	s.Tables = icio.Open(dir)
	set, err := s.Tables.Set("")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range realWeights {
		table, err := s.Tables.Table(t.Context(), set, want.year)
		if err != nil {
			t.Fatal(err)
		}
		supplier := slices.IndexFunc(table.Industries, func(d icio.Industry) bool { return d.Code == "c14" })
		if got := SpillOverWeight(table, []int{table.Area(want.area)}, supplier); !near(got, want.weight, 1e-9) {
			t.Errorf("%s %d: %.10f, want %.10f", want.area, want.year, got, want.weight)
		}
	}
	a, err := askLoop(t, LoopQuestion, s)
	if err != nil {
		t.Fatal(err)
	}
	checkWeight(t, a, realWeights[0].weight)
	checkUses(t, a, set)
}

var realWeights = []struct {
	area   string
	year   int
	weight float64
}{
	{"CHN", 2011, 0.710619378322},
	{"USA", 2011, 0.935245064309},
	{"DEU", 2011, 0.847972516057},
	{"CHN", 1995, 0.869152243907},
	{"USA", 1995, 0.776537700414},
	{"DEU", 1995, 0.884186930663},
}
