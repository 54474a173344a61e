package competition

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/macro"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestUnitsAgainstWorldsOfOne asks each question about a bloc and about merged economies, and again in the world in which they are one
// economy: that is the definition.
func TestUnitsAgainstWorldsOfOne(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(14, 2)), 2, 12)
	for i := range flows { // exports above the floor of complexity, unlike one another; and one product that members alone trade
		flows[i].Dollars *= int64(1e9 * (1 + float64(int(flows[i].Exporter)%7)*float64(flows[i].Product[5])/10))
	}
	flows = slices.DeleteFunc(flows, func(f studytest.Flow) bool { return f.Product == "851011" && (f.Exporter != 276 || f.Importer != 528) })
	questions := map[string]func(s *study.Source, unit, other string) (*result.Table, error){
		"breadth": func(s *study.Source, unit, _ string) (*result.Table, error) {
			return Breadth(t.Context(), s, unit, "hs-sections", "year", "exports", nil, study.Query{})
		},
		"stages": func(s *study.Source, unit, _ string) (*result.Table, error) {
			return Breadth(t.Context(), s, unit, "hs-sections", "stage", "exports", nil, study.Query{})
		},
		"complexity": func(s *study.Source, unit, other string) (*result.Table, error) {
			return Complexity(t.Context(), s, unit+",USA,"+other, study.Query{}, "economy", "exports")
		},
		"products": func(s *study.Source, unit, _ string) (*result.Table, error) {
			return Complexity(t.Context(), s, "all,"+unit, study.Query{}, "product", "exports")
		},
		"balance": func(s *study.Source, unit, other string) (*result.Table, error) {
			return Balances(t.Context(), s, unit, "USA,"+other, "hs-sections", study.Query{})
		},
		"similarity": func(s *study.Source, unit, other string) (*result.Table, error) {
			return Similarity(t.Context(), s, unit, "USA,"+other, study.Query{})
		},
		"similarity of another": func(s *study.Source, unit, _ string) (*result.Table, error) {
			return Similarity(t.Context(), s, "USA", unit, study.Query{})
		},
		"scoreboard": func(s *study.Source, unit, _ string) (*result.Table, error) {
			return Scoreboard(t.Context(), s, Board{Economy: unit}, study.Query{Method: "iw-2024"})
		},
		"displacement": func(s *study.Source, unit, other string) (*result.Table, error) {
			return Displacement(t.Context(), s, unit, "USA,"+other, "all", "", study.Query{})
		},
		"displacement of another": func(s *study.Source, unit, _ string) (*result.Table, error) {
			return Displacement(t.Context(), s, "USA", unit, "all", "", study.Query{})
		},
	}
	for _, c := range []struct {
		unit, one, other string
		codes            []trade.Code
	}{{"EU27", "DEU", "KOR", []trade.Code{276, 528}}, {"CHN+HKG", "CHN", "KOR", []trade.Code{156, 344}}} {
		world, merged := studytest.Source(t, flows), studytest.Source(t, studytest.AsOne(flows, c.codes...))
		for name, ask := range questions {
			got := studytest.Must(t)(ask(world, c.unit, c.other))
			want := studytest.Must(t)(ask(merged, c.one, c.other))
			if got.Rows() == 0 {
				t.Errorf("%s of %s has no rows", name, c.unit)
			}
			same(t, name+" of "+c.unit, got, want)
		}
	}
}

// same compares the numbers of two tables.
func same(t *testing.T, what string, got, want *result.Table) {
	t.Helper()
	if got.Rows() != want.Rows() {
		t.Errorf("%s: %d rows, want %d", what, got.Rows(), want.Rows())
		return
	}
	for _, c := range want.Columns {
		if c.Type == result.Text {
			continue
		}
		for i := range want.Rows() {
			x, y := studytest.ValueAt(got.Column(c.Name), i), studytest.ValueAt(c, i)
			if math.Abs(x-y) > 1e-9*max(1, math.Abs(y)) || math.IsNaN(x) != math.IsNaN(y) {
				t.Errorf("%s: %s of row %d is %v, want %v", what, c.Name, i, x, y)
			}
		}
	}
}

// TestGrossSimilarity: the trade inside a bloc counts where it is asked for, on both sides.
func TestGrossSimilarity(t *testing.T) {
	flows := []studytest.Flow{{2020, 276, 528, "851001", 90}, {2020, 276, 842, "851002", 10}, {2020, 528, 842, "851002", 10}, {2020, 156, 842, "851001", 50}, {2020, 156, 276, "851002", 50}}
	s := studytest.Source(t, flows)
	f := func(economy, partner, world string, want, share float64) {
		t.Helper()
		table := studytest.Must(t)(Similarity(t.Context(), s, economy, partner, study.Query{World: world}))
		if got := table.Column("similarity").Float[0]; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s and %s, %s: %v, want %v", economy, partner, world, got, want)
		}
		if got := table.Column("world_market_share").Float[0]; math.Abs(got-share) > 1e-12 {
			t.Errorf("share of %s, %s: %v, want %v", partner, world, got, share)
		}
	}
	f("CHN", "EU27", "", 0.5, 20.0/120)
	f("CHN", "EU27", "net", 0.5, 20.0/120)
	f("CHN", "EU27", "gross", 0.5+20.0/110, 110.0/210)
	f("EU27", "CHN", "net", 0.5, 100.0/120)
	f("EU27", "CHN", "gross", 0.5+20.0/110, 100.0/210)
	f("CHN", "DEU|NLD", "net", 0.5+20.0/110, 110.0/210) // alternatives are economies each
}

// TestUnitsRefused: what is no unit, and what cannot be ranked.
func TestUnitsRefused(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(14, 3)), 1, 4))
	for _, economy := range []string{"EU27|USA", "USA,CHN", "all", "Atlantis", "-", "EU27:members"} {
		for name, err := range map[string]error{
			"breadth":      errorOf(Breadth(t.Context(), s, economy, "hs-sections", "year", "", nil, study.Query{})),
			"balance":      errorOf(Balances(t.Context(), s, economy, "-", "", study.Query{})),
			"similarity":   errorOf(Similarity(t.Context(), s, economy, "USA", study.Query{})),
			"displacement": errorOf(Displacement(t.Context(), s, economy, "JPN", "all", "", study.Query{})),
		} {
			if err == nil {
				t.Errorf("%s of %q is accepted", name, economy)
			}
		}
	}
	f := func(economies, want string) {
		t.Helper()
		if _, err := Complexity(t.Context(), s, economies, study.Query{}, "economy", ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("complexity of %s: %v, want %q", economies, err, want)
		}
	}
	f("EU27,DEU", "DEU of DEU has a rank already")
	f("EU27,DEU+USA", "DEU of DEU+USA has a rank already")
	f("EU27|USA", "alternatives have no rank")
	if _, err := Complexity(t.Context(), s, "all", study.Query{}, "economy", "no-such"); err == nil || !strings.Contains(err.Error(), "expected one of atlas, exports") {
		t.Errorf("floors that are not there: %v", err)
	}
}

func errorOf(_ *result.Table, err error) error { return err }

// TestFloors: whom the floors leave out is said, by name and number.
func TestFloors(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(14, 4)), 1, 12)
	for i := range flows {
		flows[i].Dollars *= 1e8
		if flows[i].Exporter == 446 { // Macao
			flows[i].Dollars /= 1e8
		}
	}
	s := studytest.Source(t, flows)
	notes := func(floors string) string {
		t.Helper()
		table := studytest.Must(t)(Complexity(t.Context(), s, "all", study.Query{}, "economy", floors))
		if slices.Contains(table.Column("economy").Text, "MAC") {
			t.Errorf("%s: Macao is ranked", floors)
		}
		if d := table.Provenance.Query; floors != "" && d == "" {
			t.Error("no query")
		}
		return strings.Join(result.Texts(table.Notes), "\n")
	}
	has := func(text, want string) {
		t.Helper()
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	has(notes(""), "2015, floors atlas: 8 of 9 economies have a part; left out: 1 that export less than 1.00 bn USD (MAC)")
	has(notes("atlas"), "the floor of 1,200,000 people leaves nobody out, because no populations are given; --macro FILE supplies them")
	s.Macro = new(macro.Set)
	if err := s.Macro.Add("own.csv", "", []byte("economy,year,series,value\nNLD,2015,population,1199999\nUSA,2015,population,1200000\nCHN,2015,population,1e9\n")); err != nil {
		t.Fatal(err)
	}
	text := notes("atlas")
	has(text, "7 of 9 economies have a part; left out: 1 that export less than 1.00 bn USD (MAC); 1 with fewer than 1,200,000 people (NLD)")
	has(text, "the population of AUS, DEU, HKG, KOR, RUS in 2015 is not known, and leaves nobody out")
	own := studytest.WriteFile(t, "own.toml", "id = \"own\"\ntitle = \"Own\"\ndate = \"2026-11-26\"\nsource = \"me\"\nexports_usd = 1e9\npopulation = 0\nworld_exports_usd = 2e10\n")
	text = notes(own)
	small := 0
	world := map[string]int64{}
	for _, f := range flows {
		world[f.Product] += f.Dollars
	}
	for _, x := range world {
		if x < 2e10 {
			small++
		}
	}
	if small == 0 || small == len(world) {
		t.Fatalf("%d of %d products are below the floor", small, len(world))
	}
	has(text, "of which the world exports less than 20.0 bn USD")
	s.Files = nil
	if _, err := Complexity(t.Context(), s, "all", study.Query{}, "economy", own); err == nil || !strings.Contains(err.Error(), "files are not read here") {
		t.Errorf("a stranger's file is read: %v", err)
	}
}

// TestBalanceTogether: who asks for China or Hong Kong alone is told what both sell and buy as one; and which entrepôt has how large a part.
func TestBalanceTogether(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(14, 12)), 2, 6)
	s := studytest.Source(t, flows)
	balance := func(economy, partners, hubs string) *result.Table {
		return studytest.Must(t)(Balances(t.Context(), s, economy, partners, "", study.Query{Years: "2016", Products: "851001", Hubs: hubs}))
	}
	entrepots := func(table *result.Table) (texts []string) {
		for _, n := range table.Notes {
			if n.Kind == result.Entrepot && n.Columns == nil {
				texts = append(texts, n.Text)
			}
		}
		return texts
	}
	f := func(economy, partners string, want ...string) {
		t.Helper()
		got := entrepots(balance(economy, partners, ""))
		if len(got) != len(want) {
			t.Errorf("%s with %s: %q, want %q", economy, partners, got, want)
			return
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%s with %s: %q, want %q", economy, partners, got[i], want[i])
			}
		}
	}
	figures := func(economy, partner string) string {
		table := balance(economy, partner, "")
		for i, p := range table.Column("partner").Text {
			if p == partner {
				return economy + " with " + partner + ": exports " + result.ShortFloat(table.Column("exports_usd").Float[i], result.USD) + " USD, imports " +
					result.ShortFloat(table.Column("imports_usd").Float[i], result.USD) + " USD"
			}
		}
		t.Fatalf("no row of %s with %s", economy, partner)
		return ""
	}
	f("CHN", "USA", figures("CHN+HKG", "USA"))
	f("HKG", "USA", figures("CHN+HKG", "USA"))
	f("USA", "CHN,KOR", figures("USA", "CHN+HKG"))
	f("CHN", "HKG", "CHN+HKG as one in 2016: CHN+HKG with world: exports")
	f("CHN+HKG", "USA")
	f("USA", "CHN+HKG")
	f("USA", "KOR")

	table := balance("USA", "HKG,KOR", "entrepots")
	var all, hkg, nld float64
	for _, x := range flows {
		if x.Year == 2016 && x.Product == "851001" && (x.Exporter == 842 || x.Importer == 842) {
			all += float64(x.Dollars)
			if x.Exporter == 344 || x.Importer == 344 {
				hkg += float64(x.Dollars)
			}
			if x.Exporter == 528 || x.Importer == 528 {
				nld += float64(x.Dollars)
			}
		}
	}
	for i, partner := range table.Column("partner").Text {
		hub, share := map[string]string{"HKG": "HKG"}[partner], map[string]float64{"HKG": 1, "KOR": math.NaN()}[partner]
		if partner == "world" {
			if hub, share = "HKG", hkg/all; nld > hkg {
				hub, share = "NLD", nld/all
			}
		}
		got := table.Column("hub_share").Float[i]
		if table.Column("hub").Text[i] != hub || !(got == share || math.IsNaN(got) && math.IsNaN(share)) {
			t.Errorf("%s: %s %v, want %s %v", partner, table.Column("hub").Text[i], got, hub, share)
		}
	}
}

// TestTogetherWithoutImports: the note on both together has no net exports where the two sides are of different economies.
func TestTogetherWithoutImports(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{
		{Year: 2016, Exporter: 156, Importer: 528, Product: "850760", Dollars: 50_000}, {Year: 2016, Exporter: 276, Importer: 156, Product: "850760", Dollars: 70_000},
		{Year: 2016, Exporter: 528, Importer: 156, Product: "850760", Dollars: 10_000}, {Year: 2016, Exporter: 344, Importer: 528, Product: "850760", Dollars: 5_000},
		{Year: 2016, Exporter: 156, Importer: 344, Product: "850760", Dollars: 5_000},
	})
	table := studytest.Must(t)(Balances(t.Context(), s, "CHN", "EU27", "", study.Query{}))
	for _, n := range table.Notes {
		if n.Kind == result.Entrepot {
			if strings.Contains(n.Text, "EU27: exports 55.0 k USD, imports 80.0 k USD") && !strings.Contains(n.Text, "EU27: exports 55.0 k USD, imports 80.0 k USD, net") {
				return
			}
			t.Error(n.Text)
		}
	}
	t.Errorf("no note gives both together without their net exports: %q", result.Texts(table.Notes))
}
