package dependence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// slowHub states the mark of a row: the entrepôt with the largest share of what the importer buys from outside, or of China what Hong
// Kong buys of what both buy from others.
func slowHub(flows []studytest.Flow, year int, product string, importer, inside, partner []trade.Code) (hub, measure string, share float64) {
	sum := func(buyers, sellers, without []trade.Code) (x float64) {
		for _, f := range flows {
			if f.Year == year && f.Product == product && slices.Contains(buyers, f.Importer) && slices.Contains(sellers, f.Exporter) && !slices.Contains(without, f.Exporter) {
				x += float64(f.Dollars)
			}
		}
		return x
	}
	all := sum(importer, studytest.Economies, inside)
	for i, code := range []trade.Code{344, 528} { // of the list and in its order, those in the world of the tests
		label := []string{"HKG", "NLD"}[i]
		x := sum(importer, []trade.Code{code}, inside) / all
		if counted := len(partner) > 1 && slices.Contains(partner, code); x >= 0.1 && x > share && !counted {
			hub, measure, share = label, "supplier", x
		}
	}
	if slices.Equal(importer, []trade.Code{156}) {
		entered := sum([]trade.Code{344}, studytest.Economies, []trade.Code{156})
		if x := entered / (entered + sum(importer, studytest.Economies, []trade.Code{344})); x >= 0.1 && x > share {
			hub, measure, share = "HKG", "buyer", x
		}
	}
	return hub, measure, share
}

func TestHubsAgainstDefinition(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(14, 9)), 2, 20)
	s := studytest.Source(t, flows)
	codes := map[string][]trade.Code{"CHN": {156}, "DEU": {276}, "DEU+NLD": {276, 528}, "USA": {842}, "HKG": {344}, "HKG+MAC": {344, 446}, "KOR": {410}, "AUS": {36}}
	seen := map[string]int{}
	check := func(table *result.Table, method func(i int) string) {
		t.Helper()
		for i := range table.Rows() {
			importer, partner := codes[table.Column("importer").Text[i]], []trade.Code(nil)
			if c := table.Column("partner"); c != nil {
				partner = codes[c.Text[i]]
			}
			year, product := int(table.Column("year").Int[i]), table.Column("product").Text[i]
			hub, measure, share := slowHub(flows, year, product, importer, studytest.SlowInside(method(i), importer), partner)
			got := table.Column("hub_share").Float[i]
			if table.Column("hub").Text[i] != hub || table.Column("hub_measure").Text[i] != measure || hub != "" && math.Abs(got-share) > 1e-12 || (hub == "") != math.IsNaN(got) {
				t.Errorf("%d, %v on %v, %s: %s %s %v, want %s %s %v", year, importer, partner, product, table.Column("hub").Text[i], table.Column("hub_measure").Text[i], got, hub, measure, share)
			}
			seen[hub+measure]++
		}
	}
	q := study.Query{Importers: "CHN,DEU,DEU+NLD,USA", Partners: "HKG,HKG+MAC,KOR,AUS", Method: "iw-2024", Hubs: "entrepots"}
	table := studytest.Must(t)(Dependencies(t.Context(), s, q))
	check(table, func(int) string { return "iw-2024" })
	q.Partners, q.Method = "-", "ec-2021"
	check(studytest.Must(t)(Dependencies(t.Context(), s, q)), func(int) string { return "ec-2021" })
	check(studytest.Must(t)(Indicators(t.Context(), s, q)), func(int) string { return "" })
	q.Partners = "HKG+MAC,KOR"
	check(studytest.Must(t)(Indicators(t.Context(), s, q)), func(int) string { return "" })
	for _, kind := range []string{"", "HKGsupplier", "NLDsupplier", "HKGbuyer"} {
		if seen[kind] == 0 {
			t.Errorf("no row is marked %q: %v", kind, seen)
		}
	}
	if d := table.Provenance.Definitions; table.Column("hub") == nil || !slices.ContainsFunc(table.Notes, func(n result.Note) bool { return n.Kind == result.Entrepot && slices.Contains(n.Columns, "hub") }) {
		t.Errorf("columns or note are missing; definitions %v", d)
	}
	q.Hubs = ""
	if studytest.Must(t)(Dependencies(t.Context(), s, q)).Column("hub") != nil {
		t.Error("hubs are marked though nobody asked")
	}
}

func TestHubsFile(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(14, 10)), 1, 3))
	own := studytest.WriteFile(t, "own.toml", "id = \"own\"\ntitle = \"Own\"\ndate = \"2026-11-26\"\nsource = \"me\"\nleast_share = 0.01\n[[entrepot]]\neconomy = \"RUS\"\nsince = 2000\nwhy = \"because\"\nsource = \"me\"\n")
	table := studytest.Must(t)(Indicators(t.Context(), s, study.Query{Importers: "USA", Hubs: own}))
	if got := table.Column("hub").Text; !slices.Contains(got, "RUS") || slices.Contains(got, "HKG") {
		t.Errorf("hubs %v by a file that names Russia", got)
	}
	f := func(hubs, want string) {
		t.Helper()
		if _, err := Indicators(t.Context(), s, study.Query{Importers: "USA", Hubs: hubs}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("hubs %q: %v, want %q", hubs, err, want)
		}
	}
	f("true", `hubs "true": expected entrepots, the list that comes with the program, or a file that ends in .toml`)
	f("no-such.toml", "no-such.toml")
	s.Files = nil
	f(own, "files are not read here")
	if _, err := Exporters(t.Context(), s, study.Query{Hubs: "entrepots"}); err == nil {
		t.Error("exporters are marked")
	}
}

// TestTogether: who asks for China or Hong Kong alone is told the figure for both, as the question for both gives it.
func TestTogether(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(14, 11)), 2, 40))
	note := func(ask func(*testing.T, study.Query) *result.Table, q study.Query) string {
		t.Helper()
		var texts []string
		for _, n := range ask(t, q).Notes {
			if n.Kind == result.Entrepot {
				texts = append(texts, n.Text)
			}
		}
		return strings.Join(texts, "\n")
	}
	count := func(t *testing.T, q study.Query) *result.Table { return studytest.Must(t)(Count(t.Context(), s, q)) }
	list := func(t *testing.T, q study.Query) *result.Table {
		return studytest.Must(t)(Dependencies(t.Context(), s, q))
	}
	figure := func(importer, partner string) (int64, int64) {
		table := count(t, study.Query{Importers: importer, Partners: partner, Method: "iw-2024", Years: "2016"})
		return table.Column("products").Int[0], int64(table.Column("imports_from_partner_usd").Float[0])
	}
	for name, ask := range map[string]func(*testing.T, study.Query) *result.Table{"count": count, "dependencies": list} {
		both, value := figure("USA", "CHN+HKG")
		alone, own := figure("USA", "CHN")
		want := fmt.Sprintf("CHN+HKG as one in 2016: by iw-2024 USA depends on CHN+HKG for %d products, with imports from there of %s USD (alone: %s, %s USD) (--partners CHN+HKG)",
			both, result.ShortFloat(float64(value), result.USD), products(int(alone)), result.ShortFloat(float64(own), result.USD))
		if got := note(ask, study.Query{Importers: "USA", Partners: "CHN", Method: "iw-2024"}); got != want || both < 2 {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		both, _ = figure("CHN+HKG", "KOR")
		if got := note(ask, study.Query{Importers: "HKG", Partners: "KOR", Method: "iw-2024"}); !strings.Contains(got, fmt.Sprintf("by iw-2024 CHN+HKG depends on KOR for %d product", both)) {
			t.Errorf("%s of Hong Kong: %s, want %d", name, got, both)
		}
		for _, q := range []study.Query{{Importers: "USA", Partners: "KOR"}, {Importers: "all", Partners: "KOR"}, {Importers: "USA", Partners: "CHN+HKG"}, {Importers: "USA", Partners: "CHN,CHN+HKG"}, {Importers: "USA", Partners: "CHN|KOR"}, {Importers: "CHN", Partners: "HKG"}} {
			if got := note(ask, q); got != "" {
				t.Errorf("%s of %v: %s", name, q, got)
			}
		}
	}
}

// TestNetExporters: a bloc in the net world sells what it sells in the world in which its members are one.
func TestNetExporters(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(14, 13)), 2, 4)
	s, one := studytest.Source(t, flows), studytest.Source(t, studytest.AsOne(flows, 276, 528))
	got := studytest.Must(t)(Exporters(t.Context(), s, study.Query{Partners: "EU27", World: "net"}))
	want := studytest.Must(t)(Exporters(t.Context(), one, study.Query{Partners: "DEU"}))
	if got.Rows() == 0 || got.Rows() != want.Rows() {
		t.Fatalf("%d rows, want %d", got.Rows(), want.Rows())
	}
	for _, name := range []string{"exports_usd", "share_of_world_exports", "world_exports_usd"} {
		if !slices.Equal(got.Column(name).Float, want.Column(name).Float) {
			t.Errorf("%s: %v, want %v", name, got.Column(name).Float, want.Column(name).Float)
		}
	}
	all := studytest.Must(t)(Exporters(t.Context(), s, study.Query{Partners: "USA", World: "net"}))
	if gross := studytest.Must(t)(Exporters(t.Context(), s, study.Query{Partners: "USA"})); !slices.Equal(all.Column("exports_usd").Float, gross.Column("exports_usd").Float) {
		t.Error("one economy sells something else in the net world")
	}
}
