package competition

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/chokepoints"
	"chokepoint/dependence"
	"chokepoint/macro"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestScoreboardAgainstDefinition states each column over the flows and the list of dependencies.
func TestScoreboardAgainstDefinition(t *testing.T) {
	flows := studytest.FewSellers(rand.New(rand.NewPCG(4, 4)), 2, 8)
	s := studytest.Source(t, flows)
	q := study.Query{Method: "iw-2024", Years: "2016"}
	table := studytest.Must(t)(Scoreboard(context.Background(), s, Board{Economy: "CHN"}, q))
	last := table.Rows() - 1
	if table.Column("sector").Text[last] != "all" || table.Rows() != len(trade.Sections())+1 {
		t.Fatalf("%d rows, the last is %s", table.Rows(), table.Column("sector").Text[last])
	}
	machines := slices.Index(table.Column("sector").Text, "xvi")
	var exports, imports, world float64
	by := map[trade.Code]float64{}
	for _, f := range flows {
		if f.Year != 2016 {
			continue
		}
		world += float64(f.Dollars)
		by[f.Exporter] += float64(f.Dollars)
		if f.Exporter == 156 {
			exports += float64(f.Dollars)
		}
		if f.Importer == 156 {
			imports += float64(f.Dollars)
		}
	}
	rank := 1.0
	for _, x := range by {
		if x > exports {
			rank++
		}
	}
	q.Importers, q.Partners = "CHN", "all"
	own := studytest.Must(t)(dependence.Dependencies(context.Background(), s, q))
	products := map[string]bool{}
	for _, p := range own.Column("product").Text {
		products[p] = true
	}
	q.Importers, q.Partners = "all", "CHN"
	others := studytest.Must(t)(dependence.Dependencies(context.Background(), s, q))
	var bought float64
	for _, x := range others.Column("imports_from_partner_usd").Float {
		bought += x
	}
	want := map[string]float64{"exports_usd": exports, "imports_usd": imports, "world_market_share": exports / world, "world_rank": rank, "rca": 1,
		"balance": (exports - imports) / (exports + imports), "own_dependencies": float64(len(products)), "others_dependencies": float64(others.Rows()),
		"others_dependent_imports_usd": bought}
	if others.Rows() == 0 || len(products) == 0 {
		t.Fatal("the world has no dependencies to compare")
	}
	for name, x := range want {
		for _, row := range []int{last, machines} { // all products of the world are machines
			if got := studytest.ValueAt(table.Column(name), row); math.Abs(got-x) > 1e-9*math.Abs(x) {
				t.Errorf("%s of %s: %v, want %v", name, table.Column("sector").Text[row], got, x)
			}
		}
	}
	for _, economy := range []string{"EU27|USA", "USA,CHN", "all", "Atlantis", "-"} {
		if _, err := Scoreboard(context.Background(), s, Board{Economy: economy}, study.Query{}); err == nil {
			t.Errorf("a scoreboard of %q is accepted", economy)
		}
	}
}

func TestBalancesAgainstFlows(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(5, 4)), 2, 3)
	s := studytest.Source(t, flows)
	table := studytest.Must(t)(Balances(context.Background(), s, "CHN", "USA,EU27", "", study.Query{Years: "2015:2016", Products: "851001"}))
	for i := range table.Rows() {
		var x, m float64
		for _, f := range flows {
			partner := func(c trade.Code) bool {
				switch table.Column("partner").Text[i] {
				case "USA":
					return c == 842
				case "EU27":
					return c == 276 || c == 528
				}
				return true
			}
			if int64(f.Year) != table.Column("year").Int[i] || f.Product != "851001" {
				continue
			}
			if f.Exporter == 156 && partner(f.Importer) {
				x += float64(f.Dollars)
			}
			if f.Importer == 156 && partner(f.Exporter) {
				m += float64(f.Dollars)
			}
		}
		if table.Column("exports_usd").Float[i] != x || table.Column("imports_usd").Float[i] != m || table.Column("net_exports_usd").Float[i] != x-m {
			t.Errorf("row %d: %v and %v, want %v and %v", i, table.Column("exports_usd").Float[i], table.Column("imports_usd").Float[i], x, m)
		}
	}
	if table.Rows() != 6 {
		t.Errorf("%d rows, want two years of world, USA and EU27", table.Rows())
	}
}

// TestBalancesBySector states the rows by partner and sector over the flows, and puts series beside them.
func TestBalancesBySector(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(5, 5)), 2, 4)
	for i := range flows {
		if strings.HasSuffix(flows[i].Product, "1") {
			flows[i].Product = "901001"
		}
	}
	s := studytest.Source(t, flows)
	s.Macro = new(macro.Set)
	if err := s.Macro.Add("own.csv", "", []byte("economy,year,series,value\nCHN,2015,gdp_usd,1000\nCHN,2015,population,50\nCHN,2015,household_consumption_share,0.4\nUSA,2016,gdp_usd,7\nXKX,2015,gdp_usd,3\n")); err != nil {
		t.Fatal(err)
	}
	table := studytest.Must(t)(Balances(context.Background(), s, "CHN", "USA,EU27", "hs-sections", study.Query{}))
	seen := map[string]int{}
	for i := range table.Rows() {
		year, partner, sector := table.Column("year").Int[i], table.Column("partner").Text[i], table.Column("sector").Text[i]
		seen[sector]++
		members := map[string][]trade.Code{"USA": {842}, "EU27": {276, 528}, "world": studytest.Economies}[partner]
		chapter := map[string]string{"all": "", "xvi": "85", "xviii": "90"}[sector]
		var x, m, world float64
		for _, f := range flows {
			if int64(f.Year) != year || !strings.HasPrefix(f.Product, chapter) {
				continue
			}
			world += float64(f.Dollars)
			if f.Exporter == 156 && slices.Contains(members, f.Importer) {
				x += float64(f.Dollars)
			}
			if f.Importer == 156 && slices.Contains(members, f.Exporter) {
				m += float64(f.Dollars)
			}
		}
		want := map[string]float64{"exports_usd": x, "imports_usd": m, "net_exports_usd": x - m, "share_of_world_exports": x / world,
			"gdp_usd": 1000, "gdp_per_head_usd": 20, "net_exports_gdp_share": (x - m) / 1000, "household_consumption_share": 0.4}
		for name, w := range want {
			got := table.Column(name).Float[i]
			if year == 2016 && !strings.HasSuffix(name, "ports_usd") && name != "share_of_world_exports" {
				if !math.IsNaN(got) {
					t.Errorf("row %d: %s of a year without series is %v", i, name, got)
				}
			} else if math.Abs(got-w) > 1e-12*max(1, math.Abs(w)) {
				t.Errorf("row %d (%d %s %s): %s is %v, want %v", i, year, partner, sector, name, got, w)
			}
		}
	}
	if seen["all"] != 6 || seen["xvi"] != 6 || seen["xviii"] != 6 || len(seen) != 3 {
		t.Errorf("rows by sector: %v", seen)
	}
	notes := strings.Join(result.Texts(table.Notes), "\n")
	for _, text := range []string{"no gdp_usd of CHN in 2016", "no household_consumption_share of CHN in 2016", "1 codes that are no economy of BACI (XKX)"} {
		if !strings.Contains(notes, text) {
			t.Errorf("the notes lack %q:\n%s", text, notes)
		}
	}
}

// TestSimilarityToGroups states the index of Finger and Kreinin for groups as one exporter, without the economy itself and what members
// sell to one another.
func TestSimilarityToGroups(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(6, 4)), 2, 5)
	s := studytest.Source(t, flows)
	table := studytest.Must(t)(Similarity(context.Background(), s, "CHN", "ADVANCED,EMERGING,RUS+CHN", study.Query{}))
	emerging := []trade.Code{643} // of the economies of the tests, beside China
	for i := range table.Rows() {
		own, theirs := map[string]float64{}, map[string]float64{}
		var all, total float64
		for _, f := range flows {
			member := func(c trade.Code) bool {
				if c == 446 && f.Year == 2015 { // Macao is advanced since 2016, and in neither group before
					return false
				}
				return c != 156 && slices.Contains(emerging, c) == (table.Column("partner").Text[i] != "ADVANCED")
			}
			switch {
			case int64(f.Year) != table.Column("year").Int[i]:
			case f.Exporter == 156:
				own[f.Product] += float64(f.Dollars)
				all += float64(f.Dollars)
			case member(f.Exporter) && !member(f.Importer):
				theirs[f.Product] += float64(f.Dollars)
				total += float64(f.Dollars)
			}
		}
		want := 0.0
		for product, x := range own {
			want += min(x/all, theirs[product]/total)
		}
		if got := table.Column("similarity").Float[i]; math.Abs(got-want) > 1e-12 {
			t.Errorf("%d, %s: %v, want %v", table.Column("year").Int[i], table.Column("partner").Text[i], got, want)
		}
	}
	if table.Rows() != 6 {
		t.Errorf("%d rows, want two years of three groups", table.Rows())
	}
}

// TestChokepointsByYear: without years the latest alone, with all of them all.
func TestChokepointsByYear(t *testing.T) {
	s := studytest.Source(t, studytest.FewSellers(rand.New(rand.NewPCG(3, 3)), 3, 12))
	have := s.Dataset.Years()
	for text, want := range map[string][]int{"": have[len(have)-1:], "all": have} {
		table := studytest.Must(t)(chokepoints.Chokepoints(t.Context(), s, study.Query{Method: "iw-2024", Years: text}, chokepoints.Options{}))
		var years []int
		for _, y := range table.Column("year").Int {
			years = append(years, int(y))
		}
		if years = slices.Compact(years); !slices.Equal(years, want) {
			t.Errorf("years %q: %v, want %v", text, years, want)
		}
		c, err := Complexity(t.Context(), s, "all", study.Query{Years: text}, "economy", "")
		if err != nil {
			t.Fatal(err)
		}
		if noted := len(slices.DeleteFunc(slices.Clone(result.Texts(c.Notes)), func(n string) bool { return !strings.Contains(n, "has no rows") })); c.Rows() == 0 && noted != len(want) {
			t.Errorf("years %q: complexity speaks of %d years, want %d", text, noted, len(want))
		}
	}
}
