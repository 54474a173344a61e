package competition

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// slowDisplacement states the sums over the flows: every product, market and competitor in turn.
func slowDisplacement(flows []studytest.Flow, years [2]int, economy trade.Code, competitors [][]trade.Code, markets []trade.Code, products map[string]bool) (d industry.Displacement, all, own [2]float64) {
	bought := func(year int, market trade.Code, product string, from func(trade.Code) bool) (sum float64) {
		for _, f := range flows {
			if f.Year == year && f.Importer == market && f.Product == product && from(f.Exporter) {
				sum += float64(f.Dollars)
			}
		}
		return sum
	}
	for product := range products {
		for _, m := range markets {
			if m == economy {
				continue
			}
			third := false
			var cell industry.Cell
			for y := range 2 {
				cell.All[y] = bought(years[y], m, product, func(trade.Code) bool { return true })
				cell.Economy[y] = bought(years[y], m, product, func(c trade.Code) bool { return c == economy })
			}
			for _, members := range competitors {
				if slices.Contains(members, m) {
					continue
				}
				third = true
				for y := range 2 {
					cell.Competitor[y] = bought(years[y], m, product, func(c trade.Code) bool { return slices.Contains(members, c) && c != economy })
				}
				d.Add(cell)
			}
			if third {
				for y := range 2 {
					all[y] += cell.All[y]
					own[y] += cell.Economy[y]
				}
			}
		}
	}
	return d, all, own
}

func TestDisplacementAgainstDefinition(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(8, 2)), 3, 4)
	for i := range flows { // two chapters, so that sectors differ
		if strings.HasSuffix(flows[i].Product, "2") || strings.HasSuffix(flows[i].Product, "3") {
			flows[i].Product = "90" + flows[i].Product[2:]
		}
	}
	s := studytest.Source(t, flows)
	products := map[string]bool{}
	for _, f := range flows {
		products[f.Product] = true
	}
	electric, instruments := map[string]bool{}, map[string]bool{}
	for p := range products {
		if p[:2] == "85" {
			electric[p] = true
		} else {
			instruments[p] = true
		}
	}

	parties := map[string][][]trade.Code{"USA": {{842}}, "EU27": {{276, 528}}, "EU27:any": {{276}, {528}}, "USA|CHN": {{842}, {}}}
	table := studytest.Must(t)(Displacement(context.Background(), s, "CHN", "USA,EU27,EU27:any,USA|CHN", "all", "hs-sections", study.Query{Years: "2015:2017"}))
	if table.Rows() != 2*4*3 {
		t.Errorf("%d rows, want two pairs of years, four competitors, two sectors and all products", table.Rows())
	}
	check := func(table *result.Table, markets []trade.Code) {
		t.Helper()
		for i := range table.Rows() {
			years := [2]int{int(table.Column("from").Int[i]), int(table.Column("to").Int[i])}
			of := map[string]map[string]bool{"xvi": electric, "xviii": instruments, "all": products}[table.Column("sector").Text[i]]
			d, all, own := slowDisplacement(flows, years, 156, parties[table.Column("partner").Text[i]], markets, of)
			for name, want := range map[string]float64{"cells": float64(d.Cells), "market_from_usd": all[0], "market_to_usd": all[1], "exports_from_usd": d.Exports[0], "exports_to_usd": d.Exports[1],
				"share_from": d.Exports[0] / all[0], "share_to": d.Exports[1] / all[1], "economy_share_from": own[0] / all[0], "economy_share_to": own[1] / all[1],
				"market_effect_usd": d.MarketEffect, "share_effect_usd": d.ShareEffect, "new_cells_usd": d.New, "displaced_usd": d.Displaced, "displaced_share": d.Displaced / (d.Exports[1] + d.Displaced),
				"lost_to_economy_usd": d.LostToEconomy, "threatened_share": d.Threatened(), "direct_threat_share": d.Direct(), "pressure_from": d.Pressure(0), "pressure_to": d.Pressure(1)} {
				if got := studytest.ValueAt(table.Column(name), i); math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) || math.IsNaN(got) {
					t.Errorf("row %d, %s to %s: %s is %v, want %v", i, table.Column("partner").Text[i], table.Column("sector").Text[i], name, got, want)
				}
			}
		}
	}
	check(table, studytest.Economies)
	few := studytest.Must(t)(Displacement(context.Background(), s, "CHN", "USA,EU27:any", "AUS,USA,KOR", "", study.Query{}))
	if few.Rows() != 2 || few.Column("from").Int[0] != 2015 || few.Column("to").Int[0] != 2017 {
		t.Errorf("%d rows from %v, want two of the first and the last year", few.Rows(), few.Column("from").Int)
	}
	check(few, []trade.Code{36, 842, 410})
}

// TestDisplacementOfOneYear says what stands and leaves empty what takes two.
func TestDisplacementOfOneYear(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{{2015, 156, 36, "850110", 30}, {2015, 842, 36, "850110", 60}, {2015, 276, 36, "850110", 10}, {2015, 842, 156, "850110", 4}})
	table := studytest.Must(t)(Displacement(context.Background(), s, "CHN", "USA", "all", "", study.Query{}))
	if table.Rows() != 1 || table.Column("share_from").Float[0] != 0.6 || table.Column("pressure_from").Float[0] != 0.3 || table.Column("exports_from_usd").Float[0] != 60 {
		t.Errorf("%d rows, share %v", table.Rows(), table.Column("share_from").Float)
	}
	for _, name := range []string{"exports_to_usd", "share_to", "displaced_usd", "lost_to_economy_usd", "threatened_share", "pressure_to"} {
		if x := table.Column(name).Float[0]; !math.IsNaN(x) {
			t.Errorf("%s of one year is %v", name, x)
		}
	}
	if !strings.Contains(strings.Join(result.Texts(table.Notes), " "), "one year, 2015") {
		t.Errorf("notes %q", result.Texts(table.Notes))
	}
	for _, c := range [][3]string{{"EU27|RUS", "USA", "all"}, {"CHN", "Atlantis", "all"}, {"CHN", "USA", "Atlantis"}} {
		if _, err := Displacement(context.Background(), s, c[0], c[1], c[2], "", study.Query{}); err == nil {
			t.Errorf("%v is accepted", c)
		}
	}
}

// TestTurns follows an economy through a change of code.
func TestTurns(t *testing.T) {
	d := &displacements{Study: &study.Study{Economies: trade.BuiltinEconomies()}}
	codesOf := d.codesOfEconomies()
	if got := codesOf[276]; got != trade.SetOf(276, 280) {
		t.Errorf("Germany has been %v", got.Codes())
	}
}

// TestDisplacementByPairs: of many years each pair has the rows that it has when it is asked for alone, however many stretches are made of them.
func TestDisplacementByPairs(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(8, 3)), 6, 4))
	ask := func(years string) []DisplacementRow {
		return DisplacementSchema.Rows(studytest.Must(t)(Displacement(context.Background(), s, "CHN", "USA,EU27,EU27:any", "all", "hs-sections", study.Query{Years: years})))
	}
	var want []DisplacementRow
	for _, pair := range []string{"2015,2016", "2016,2017", "2017,2018", "2018,2019", "2019,2020"} {
		want = append(want, ask(pair)...)
	}
	text := func(rows []DisplacementRow) (lines []string) {
		for _, r := range rows {
			lines = append(lines, fmt.Sprintf("%+v", r))
		}
		return lines
	}
	for _, cores := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(cores)
		got := ask("2015:2020")
		runtime.GOMAXPROCS(before)
		if !slices.Equal(text(got), text(want)) {
			t.Errorf("%d cores: %d rows, expected %d of pairs alone", cores, len(got), len(want))
		}
	}
	if len(want) != 5*3*2 {
		t.Errorf("%d rows", len(want))
	}
}

// TestStretches: where competitors change, a stretch ends.
func TestStretches(t *testing.T) {
	s := studytest.Source(t, studytest.RandomFlows(rand.New(rand.NewPCG(8, 3)), 6, 2))
	if err := s.Blocs.AddFile(studytest.WriteFile(t, "blocs.toml", "[[bloc]]\nid = \"Club\"\nname = \"Club\"\nsource = \"test\"\nmembers = [\"USA -2017\", \"DEU\"]\n")); err != nil {
		t.Fatal(err)
	}
	st, err := s.OneUnit(context.Background(), study.Query{Importers: "CHN", Partners: "Club"}, "CHN")
	if err != nil {
		t.Fatal(err)
	}
	d := &displacements{Study: st, where: st.ImporterSide}
	var got [][]int
	for _, part := range d.stretches(2) {
		got = append(got, part.years)
	}
	if fmt.Sprint(got) != "[[2015 2016 2017] [2017 2018 2019] [2019 2020]]" {
		t.Errorf("stretches %v", got)
	}
}

// TestMarketsOfThirds: of whole dollars what third markets buy is what all buy without those that are none.
func TestMarketsOfThirds(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 4))
	a := &marketLayout{markets: 70}
	for range 5 {
		third := make([]bool, a.markets)
		for m := range third {
			third[m] = rng.IntN(10) > 0
		}
		a.thirds = append(a.thirds, third)
	}
	sums := func(exact bool) *displacementSums {
		x := &displacementSums{layout: a, totals: make([][]competitorTotal, 5)}
		for p := range x.totals {
			x.totals[p] = make([]competitorTotal, 2)
		}
		if exact {
			x.except = a.notThird()
		}
		return x
	}
	fast, slow := sums(true), sums(false)
	for range 20 {
		b := newProductSales(a, nil)
		for y := range 2 {
			for m := range b.market[y] {
				b.market[y][m].All, b.economy[y][m] = float64(rng.Int64N(1<<40)), float64(rng.Int64N(1<<30))
			}
		}
		now := rng.IntN(2)
		fast.addMarkets(b, 1-now, now, []int{now, 1})
		slow.addMarkets(b, 1-now, now, []int{now, 1})
	}
	if !reflect.DeepEqual(fast.totals, slow.totals) || slow.totals[0][1].all[0] == 0 {
		t.Errorf("%v, expected %v", fast.totals, slow.totals)
	}
}
