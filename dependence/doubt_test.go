package dependence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// lackingWorld is a random world of four years, in two of which the imports of Korea and Hong Kong are missing.
func lackingWorld(seed uint64) []studytest.Flow {
	r := rand.New(rand.NewPCG(seed, 15))
	flows := studytest.RandomFlows(r, 4, 6)
	if seed%2 == 1 {
		flows = studytest.FewSellers(r, 4, 6)
	}
	return studytest.Without(flows, []int{2016, 2017}, 410, 344)
}

// TestSpansAgainstDefinition compares how many products counts are at the least and at the most with plain loops.
func TestSpansAgainstDefinition(t *testing.T) {
	all := slowTexts()
	open := map[string]int{}
	for seed := range uint64(2) {
		flows := lackingWorld(seed)
		s := studytest.Source(t, flows)
		for id := range studytest.SlowVerdict {
			m, err := method.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			for _, persistence := range []string{"1/1", "2/3"} {
				p, _ := method.ParsePersistence(persistence)
				want := studytest.SlowSpans(flows, id, p.Years, p.Window, m.HasPartner())
				table := studytest.Must(t)(Count(t.Context(), s, study.Query{Importers: all, Partners: all, Method: id, Persistence: persistence}))
				open[id] += compareSpans(t, fmt.Sprintf("seed %d, %s, %s", seed, id, persistence), table, want)
			}
		}
	}
	for _, id := range []string{"dsece-2022", "merics-2024", "geodep-2024", "oecd-2024", "ec-2023-spof", "ec-2021"} {
		if open[id] == 0 {
			t.Errorf("%s: no count could be another: the comparison says little", id)
		}
	}
	if open["iw-2024"] > 0 {
		t.Error("iw-2024 is about purchases alone, which nothing that is missing can turn")
	}
}

// compareSpans gives the number of counts that could be another.
func compareSpans(t *testing.T, name string, table *result.Table, want map[studytest.Key]studytest.Span) (open int) {
	t.Helper()
	year, lower, upper := table.Column("year").Int, table.Column("products_lower"), table.Column("products_upper")
	for i := range table.Rows() {
		at := studytest.Key{Year: int(year[i]), Importer: table.Column("importer").Text[i], Partner: table.Column("partner").Text[i]}
		span, known := want[at]
		switch status := table.Column("status").Text[i]; {
		case status == "missing" || status == "not computable":
			if !lower.IsMissing(i) || !upper.IsMissing(i) {
				t.Errorf("%s: %v is %s: %s to %s products, want none", name, at, status, lower.Exact(i), upper.Exact(i))
			}
		case !known || status == "partial":
			if !upper.IsMissing(i) {
				t.Errorf("%s: %v is %s: at most %s products, want nothing said", name, at, status, upper.Exact(i))
			}
		case int(lower.Int[i]) != span.Least || int(upper.Int[i]) != span.Most:
			t.Errorf("%s: %v: %s to %s products, want %d to %d", name, at, lower.Exact(i), upper.Exact(i), span.Least, span.Most)
		case span.Least < span.Most:
			open++
		}
	}
	return open
}

// TestCouldTurn: a product is marked where, and only where, the count at the least is without it.
func TestCouldTurn(t *testing.T) {
	for seed := range uint64(3) {
		s := studytest.Source(t, lackingWorld(seed))
		for _, id := range []string{"merics-2024", "dsece-2022", "hjs-2020"} {
			for _, persistence := range []string{"1/1", "2/3"} {
				for _, partners := range []string{"CHN", "CHN|KOR", "USA+DEU"} {
					q := study.Query{Importers: "USA,NLD,AUS,USA|RUS", Partners: partners, Method: id, Persistence: persistence}
					counts := studytest.Must(t)(Count(t.Context(), s, q))
					list := studytest.Must(t)(Dependencies(t.Context(), s, q))
					for i := range counts.Rows() {
						if counts.Column("status").Text[i] != "observed" {
							continue
						}
						marked := 0
						for r := range list.Rows() {
							if list.Column("year").Int[r] == counts.Column("year").Int[i] && list.Column("importer").Text[r] == counts.Column("importer").Text[i] && list.Column("could_turn").Text[r] != "" {
								marked++
							}
						}
						if want := counts.Column("products").Int[i] - counts.Column("products_lower").Int[i]; int64(marked) != want {
							t.Errorf("seed %d, %s %s on %s, %s: %d products are marked, want %d", seed, id, persistence, partners, studytest.RowText(counts, i, "year", "importer"), marked, want)
						}
					}
				}
			}
		}
	}
}

// TestCouldTurnText: the mark names what could turn, and how far it reaches. All sell 100 to the USA, of which China 52, Germany 20
// whose imports are missing: these may buy a quarter of what is there.
func TestCouldTurnText(t *testing.T) {
	flow := func(exporter trade.Code, dollars int64) studytest.Flow {
		return studytest.Flow{Year: 2020, Exporter: exporter, Importer: 842, Product: "850760", Dollars: dollars}
	}
	flows := []studytest.Flow{flow(156, 52_000_000), flow(276, 20_000_000), flow(36, 28_000_000)}
	for _, c := range []trade.Code{156, 36} { // what they buy, of another product
		flows = append(flows, studytest.Flow{Year: 2020, Exporter: 842, Importer: c, Product: "850710", Dollars: 1})
	}
	s := studytest.Source(t, flows)
	list := studytest.Must(t)(Dependencies(t.Context(), s, study.Query{Importers: "USA", Partners: "CHN", Method: "dsece-2022"}))
	if got, want := studytest.RowText(list, 0, "product", "could_turn"), "850760 partner_world_share > 0.5 (partner_world_share is 0.416 to 0.616)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if list.Column("could_turn").Detail {
		t.Error("could_turn is left out of the table for people, though importers are missing")
	}
	count := studytest.Must(t)(Count(t.Context(), s, study.Query{Importers: "USA", Partners: "CHN", Method: "dsece-2022"}))
	if got := studytest.RowText(count, 0, "products", "products_lower", "products_upper"); got != "1 0 1" {
		t.Errorf("products %s, want 1, at least 0, at most 1", got)
	}
}

// TestNobodyMissing: where all importers are there nothing could turn, and the columns stay out of the table for people.
func TestNobodyMissing(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(4, 15)), 3, 6))
	q := study.Query{Importers: "all,DEU+NLD", Partners: "all", Method: "merics-2024,geodep-2024,oecd-2024", Persistence: "1/1"}
	count := studytest.Must(t)(Count(t.Context(), s, q))
	list := studytest.Must(t)(Dependencies(t.Context(), s, q))
	products := count.Column("products").Int
	if !slices.Equal(products, count.Column("products_lower").Int) || !slices.Equal(products, count.Column("products_upper").Int) {
		t.Error("counts could be others, though nobody is missing")
	}
	if slices.ContainsFunc(list.Column("could_turn").Text, func(text string) bool { return text != "" }) {
		t.Error("a verdict could turn, though nobody is missing")
	}
	if !list.Column("could_turn").Detail || !count.Column("products_lower").Detail || !count.Column("products_upper").Detail {
		t.Error("the table for people has columns that say nothing")
	}
}
