package explanation

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

var update = flag.Bool("update", false, "write golden files")

func explain(t *testing.T, s *study.Source, q study.Query) *Explanation {
	t.Helper()
	e, err := Explain(context.Background(), s, q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return e
}

func allMethods() string {
	return strings.Join(slices.Sorted(maps.Keys(studytest.SlowVerdict)), ",")
}

// TestExplainAgainstDefinition compares every verdict and the sums behind it with plain loops, for economies and blocs
// on both sides, methods with and without a partner, with persistence.
func TestExplainAgainstDefinition(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(3, 9)), 4, 3)
	s := studytest.Source(t, flows)
	for _, persistence := range []method.Persistence{{Years: 1, Window: 1}, {Years: 2, Window: 3}} {
		want := map[string]map[studytest.Key]map[string]int64{}
		for id := range studytest.SlowVerdict {
			m, err := method.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			want[id] = studytest.SlowCount(flows, id, persistence.Years, persistence.Window, m.HasPartner())
		}
		for _, importer := range studytest.SlowParties {
			for _, partner := range studytest.SlowParties {
				inner := slices.ContainsFunc(importer.Any[0], func(c trade.Code) bool { return slices.Contains(partner.Any[0], c) })
				if len(importer.Any) > 1 || len(partner.Any) > 1 || inner {
					continue
				}
				for _, product := range []string{"851000", "851001", "851002"} {
					for year := 2015; year < 2019; year++ {
						q := study.Query{Importers: importer.Text, Partners: partner.Text, Products: product, Years: fmt.Sprint(year),
							Method: allMethods(), Persistence: persistence.String()}
						checkExplanation(t, explain(t, s, q), q.String(), want, func(inside []trade.Code) studytest.Facts {
							return studytest.GatherInside(flows, year, product, importer.Any[0], inside, partner.Any[0])
						}, importer.Any[0])
						if t.Failed() {
							return
						}
					}
				}
			}
		}
	}
}

func checkExplanation(t *testing.T, e *Explanation, name string, want map[string]map[studytest.Key]map[string]int64, facts func(inside []trade.Code) studytest.Facts, importer []trade.Code) {
	t.Helper()
	f := facts(importer)
	for sum, n := range map[*indicator.Indicator]int64{imports: f.Imports, exports: f.Exports, intraTrade: f.Intra, supplierCount: int64(len(f.BySupplier)),
		importsFromPartner: f.FromPartner, partnerExports: f.PartnerWorld, worldExports: f.World} {
		if got, ok := e.cell.get(sum); ok && got != float64(n) {
			t.Errorf("%s: %s is %v, want %d", name, sum.Name, got, n)
		}
	}
	if e.bought != (f.FromPartner > 0) {
		t.Errorf("%s: bought is %v, imports from the partner %d", name, e.bought, f.FromPartner)
	}
	for _, m := range e.methods {
		for _, y := range e.st.Have {
			_, flagged := want[m.ID][studytest.Key{y, e.importer.Label, e.partner.Label}][e.product.Code]
			if got := len(m.on(y)) > 0; got != flagged {
				t.Errorf("%s: %s: verdict of %d is %v, want %v", name, m.ID, y, got, flagged)
			}
		}
		met := e.cell != nil
		for _, k := range m.criteria {
			met = met && k.judged && k.met
			sides := true
			for _, side := range k.sides {
				sides = sides && side.met
			}
			if k.judged && sides != k.met {
				t.Errorf("%s: %s: %s is %v, its one side %v", name, m.ID, k.text, k.met, sides)
			}
		}
		seen := facts(studytest.SlowInside(m.ID, importer)) // as the method sees it
		if e.bought && seen.Imports > 0 && met != studytest.SlowVerdict[m.ID](seen) {
			t.Errorf("%s: %s: criteria met %v, want %v", name, m.ID, met, !met)
		}
	}
}

// TestExplainAgainstCount: without a partner, the verdict over all partners is that of a count, and the partners listed
// are those of which a count of each says so.
func TestExplainAgainstCount(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(5, 9)), 3, 2))
	for _, importer := range []string{"USA", "DEU+NLD"} {
		for _, product := range []string{"851000", "851001"} {
			q := study.Query{Importers: importer, Products: product, Years: "2017", Method: "all"}
			e := explain(t, s, q)
			for _, partners := range []string{"-", "all"} {
				q.Partners = partners
				counts, err := dependence.Count(context.Background(), s, q)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string][]string{}
				for i := range counts.Rows() {
					if counts.Column("products").Int[i] > 0 {
						id := counts.Column("method").Text[i]
						want[id] = append(want[id], counts.Column("partner").Text[i])
					}
				}
				for _, m := range e.methods {
					got := m.on(2017)
					if m.HasPartner() && partners == "-" && len(got) > 0 {
						got = []string{"-"}
					}
					if !m.HasPartner() && partners == "all" && len(got) > 0 {
						got = []string{e.partner.Label} // the top supplier
					}
					slices.Sort(got)
					slices.Sort(want[m.ID])
					if !slices.Equal(got, want[m.ID]) {
						t.Errorf("%s: %s: dependent on %v, want %v", q, m.ID, got, want[m.ID])
					}
				}
			}
		}
	}
}

// TestExplainScale: twice the dollars in all flows are the same shares and verdicts.
func TestExplainScale(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(8, 9)), 3, 1)
	once := studytest.Source(t, flows)
	for i := range flows {
		flows[i].Dollars *= 2
	}
	twice := studytest.Source(t, flows)
	for _, importer := range []string{"USA", "CHN", "DEU+NLD"} {
		q := study.Query{Importers: importer, Products: "851000", Method: allMethods()}
		a, b := explain(t, once, q).Table(), explain(t, twice, q).Table()
		if a.Rows() != b.Rows() {
			t.Fatalf("%s: %d rows, twice the dollars %d", q, a.Rows(), b.Rows())
		}
		for i := range a.Rows() {
			unit, x, y := a.Column("unit").Text[i], a.Column("value").Float[i], b.Column("value").Float[i]
			factor := map[string]float64{"USD": 2, "USD²": 4}[unit]
			if factor == 0 {
				factor = 1
			}
			if d := math.Abs(factor*x - y); d > 1e-12*math.Abs(y) {
				t.Errorf("%s: row %d: %s of %s is %v, with twice the dollars %v", q, i, a.Column("measure").Text[i], a.Column("item").Text[i], x, y)
			}
			if v, w := a.Column("verdict").Text[i], b.Column("verdict").Text[i]; v != w {
				t.Errorf("%s: row %d: verdict %s, with twice the dollars %s", q, i, v, w)
			}
		}
	}
}

// TestExplainBlocOfOne: a partner bloc of one member is that member.
func TestExplainBlocOfOne(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(13, 9)), 3, 1))
	path := filepath.Join(t.TempDir(), "blocs.toml")
	bloc := "[[bloc]]\nid = \"LONE\"\nname = \"a bloc of one\"\nsource = \"this test\"\nmembers = [\"CHN\"]\n"
	if err := os.WriteFile(path, []byte(bloc), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Blocs.AddFile(path); err != nil {
		t.Fatal(err)
	}
	q := study.Query{Importers: "USA", Products: "851000", Method: allMethods(), Persistence: "2/3"}
	csv := func(partner string) string {
		q.Partners = partner
		var b strings.Builder
		if err := result.Write(&b, explain(t, s, q).Table(), result.FormatCSV, result.Options{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	member := strings.ReplaceAll(csv("CHN"), "CHN", "LONE")
	if bloc := strings.ReplaceAll(csv("LONE"), "CHN", "LONE"); bloc != member {
		t.Errorf("member:\n%s\nbloc:\n%s", member, bloc)
	}
}

// handMade is a world small enough to check each number of its explanation by hand: in 2017 the share of China in the
// imports of the USA is exactly 0.3, in 2018 there are no imports.
var handMade = []studytest.Flow{
	{2015, 156, 842, "850760", 70}, {2015, 410, 842, "850760", 30}, {2015, 156, 276, "850760", 50},
	{2016, 156, 842, "850760", 20}, {2016, 410, 842, "850760", 80}, {2016, 842, 276, "850760", 50},
	{2017, 156, 842, "850760", 30}, {2017, 410, 842, "850760", 50}, {2017, 528, 842, "850760", 20},
	{2017, 842, 276, "850760", 50}, {2017, 156, 410, "850760", 25}, {2017, 528, 276, "850760", 5},
	{2018, 156, 276, "850760", 10}, {2018, 410, 842, "850761", 10},
}

// TestExplainText compares the text with one that a person has checked.
func TestExplainText(t *testing.T) {
	s := studytest.Source(t, slices.Clone(handMade))
	path := filepath.Join(t.TempDir(), "own.toml")
	own := "id = \"own\"\ntitle = \"of this test\"\nsource = \"this test\"\npersistence = \"2/3\"\n" +
		"criteria = [\"partner_share >= 0.3\", \"not (exports > imports) and (suppliers <= 2 or import_hhi < 0.39)\"]\n"
	if err := os.WriteFile(path, []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, q := range []study.Query{
		{Importers: "USA", Products: "850760", Years: "2017", Partners: "CHN", Method: path + ",merics-2024,japan-2022"},
		{Importers: "USA", Products: "850760", Years: "2017", Method: "iw-2024,geodep-2024"},
		{Importers: "DEU+NLD", Products: "850760", Years: "2017", Partners: "CHN+KOR", Method: "ec-2021,merics-2024"},
		{Importers: "USA", Products: "850760", Years: "2018", Method: "iw-2024,mgi"},
	} {
		if err := explain(t, s, q).WriteText(&text, result.Options{MaxRows: 10}); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "\n%s\n\n", strings.Repeat("=", 100))
	}
	got := regexp.MustCompile(`sha256 [0-9a-f]+`).ReplaceAllString(text.String(), "sha256 …")
	got = strings.ReplaceAll(got, regexp.MustCompile(`method=[^\n]*own\.toml`).FindString(got), "method=own.toml")
	golden := filepath.Join("testdata", "explain.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./analysis -update writes it):\n%s", golden, got)
	}
}

func TestExplainErrors(t *testing.T) {
	s := studytest.Source(t, slices.Clone(handMade))
	f := func(q study.Query, want string) {
		t.Helper()
		if _, err := Explain(context.Background(), s, q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", q, err, want)
		}
	}
	f(study.Query{Importers: "USA"}, "--products all is several; expected one of 850760 (product 850760), 850761")
	f(study.Query{Importers: "USA", Products: "8507"}, "--products 8507 is several")
	f(study.Query{Importers: "USA", Products: "850762"}, "did you mean 850760")
	f(study.Query{Products: "850760"}, "--importers all: expected one economy")
	f(study.Query{Importers: "USA,CHN", Products: "850760"}, "--importers USA,CHN: expected one economy")
	f(study.Query{Importers: "USA|CHN", Products: "850760"}, "alternatives")
	f(study.Query{Importers: "USA", Partners: "all", Products: "850760"}, "--partners all: expected one economy")
	f(study.Query{Importers: "USA", Products: "850760", Years: "2015:2016"}, "2 years; expected one")
	f(study.Query{Importers: "USA", Products: "850760", Years: "2014"}, "2014")
	f(study.Query{Importers: "KOR", Products: "850760"}, "KOR has no imports at all in dataset test in 2018, it has them in 2017")
	f(study.Query{Importers: "USA+CHN", Partners: "CHN", Products: "850760"}, "CHN is part of the importer USA+CHN")
}
