package scenario

import (
	"cmp"
	"fmt"
	"maps"
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

// TestCutIsSlow puts the question to random worlds and compares each row, of economies, of a bloc and of totals, with sums of what the
// definition gives product by product.
func TestCutIsSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 12 {
		flows := studytest.RandomFlows(r, 1, 3)
		for i := range flows {
			flows[i].Dollars *= 1_000_000
		}
		request, errs := CutQuestion.Read(map[string]string{"suppliers": "CHN", "importers": "USA,DEU,NLD+USA", "cut": "0.5", "spare": "0.1,0.5"})
		if errs != nil {
			t.Fatal(errs)
		}
		table, err := CutQuestion.Answer(t.Context(), studytest.Source(t, flows), request)
		if err != nil {
			t.Fatal(err)
		}
		groups := map[string][]trade.Code{"USA": {842}, "DEU": {276}, "NLD+USA": {528, 842}}
		checked := 0
		for _, row := range CutSchema.Rows(table) {
			products := []string{row.Product}
			if row.Product == "all" {
				products = []string{"851000", "851001", "851002"}
			}
			var imports, lost, unfilled float64
			gained := map[trade.Code]float64{}
			for _, product := range products {
				i, l, u := slowCut(flows, product, row.Rule, row.Spare, groups[row.Importer], gained)
				imports, lost, unfilled = imports+i, lost+l, unfilled+u
			}
			about := fmt.Sprint(row.Importer, " ", row.Product, " ", row.Rule, " ", row.Spare)
			near(t, about+" imports", row.Imports, imports, 1e-3)
			near(t, about+" lost", row.Lost, lost, 1e-3)
			near(t, about+" unfilled", row.Unfilled, unfilled, 1e-3)
			near(t, about+" filled + unfilled", row.Filled()+row.Unfilled, row.Lost, 1e-9*row.Lost)
			most := 0.0
			for _, v := range gained {
				most = max(most, v)
			}
			near(t, about+" first source", row.FirstUSD, most, 1e-3)
			if first := row.sources[0]; first != 0 {
				near(t, about+" what the first source gives", gained[trade.Code(first)], most, 1e-3)
			}
			if (row.State() == result.NoSource) != (lost > 0 && unfilled == lost && row.NoSource == lost) {
				t.Errorf("%s: status %s with %v of %v without a source", about, row.State(), row.NoSource, lost)
			}
			checked++
		}
		if checked < 60 {
			t.Errorf("%d rows", checked)
		}
	}
}

// slowCut is what some importers buy, lose and lack of a product when China and Hong Kong stop half of what they sell; it adds what they gain.
func slowCut(flows []studytest.Flow, product string, rule Rule, spare float64, of []trade.Code, gained map[trade.Code]float64) (imports, lost, unfilled float64) {
	stops := []trade.Code{156, 344}
	value := func(c, i trade.Code) (v float64) {
		for _, f := range flows {
			if f.Product == product && (c == 0 || f.Importer == c) && f.Exporter == i {
				v += float64(f.Dollars)
			}
		}
		return v
	}
	var economies []trade.Code
	for _, c := range studytest.Economies {
		if !slices.Contains(stops, c) {
			economies = append(economies, c)
		}
	}
	var need, add []float64
	var weights [][]float64
	for _, c := range economies {
		need = append(need, (value(c, 156)+value(c, 344))/2)
		s, x := make([]float64, len(economies)), make([]float64, len(economies))
		for i, e := range economies {
			if e != c {
				s[i], x[i] = value(c, e), value(0, e)-value(c, e)
			}
		}
		scale(s)
		scale(x)
		w := make([]float64, len(economies))
		for i := range w {
			w[i] = rule.Weight(s[i], x[i])
		}
		weights = append(weights, w)
		add = append(add, spare*value(0, c))
	}
	a := Allocate(need, add, weights)
	for _, c := range of {
		at := slices.Index(economies, c)
		lost, unfilled = lost+need[at], unfilled+a.Unfilled[at]
		for _, i := range studytest.Economies {
			imports += value(c, i)
		}
		for i, v := range a.Gained[at] {
			if v > 0 {
				gained[economies[i]] += v
			}
		}
	}
	return imports, lost, unfilled
}

// TestTariffTable: US imports from China on the codes that got tariffs, predicted as base × growth of the codes without × (1 + t)^e, code by code, are those of the
// research notes.
func TestTariffTable(t *testing.T) {
	tariff := map[string][2]float64{}
	for _, row := range records(t, given(t, "us_china_tariffs", "us_tariff_hs6.csv")) {
		var a, b float64
		fmt.Sscan(row["us_tariff_2019"], &a)
		fmt.Sscan(row["us_tariff_2020"], &b)
		tariff[row["hs06"]] = [2]float64{a / 100, b / 100}
	}
	bought := map[string]map[string]float64{}
	for _, row := range unpacked(t, given(t, "us_china_tariffs", "us_trade_hs6_2015_2025.csv.gz")) {
		if row["flow"] == "M" && row["partner"] == "CHN" {
			var v float64
			fmt.Sscan(row["value_usd"], &v)
			if bought[row["year"]] == nil {
				bought[row["year"]] = map[string]float64{}
			}
			bought[row["year"]][row["hs6"]] += v
		}
	}
	said := 0
	for _, y := range builtinTariffRecord().Years { // it is what answers show
		year, at := fmt.Sprint(y.Year), 0
		if y.Year > 2019 {
			at = 1
		}
		for _, s := range y.Said {
			var base, control, later, predicted, happened float64
			for code, v := range bought["2017"] {
				if taxed := tariff[code]; taxed[0] > 0 || taxed[1] > 0 {
					base += v
					predicted += v * math.Pow(1+taxed[at], s[0])
					happened += bought[year][code]
				} else {
					control += v
					later += bought[year][code]
				}
			}
			near(t, fmt.Sprint(year, " ", s[0]), 100*(predicted*later/control/base-1), 100*s[1], 0.05)
			near(t, year+" happened", 100*(happened/base-1), 100*y.Happened, 0.05)
			said++
		}
	}
	if said != 5 {
		t.Errorf("%d figures, want 5", said)
	}
}

// TestRank: the three who give most of a row are those of a sorted list, the earlier of equal ones first, whatever the row before was; all is added to the total.
func TestRank(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	const n = 12
	sum := make([]float64, n)
	s, slots := &setting{}, make([]int32, n)
	for i := range n {
		s.codes, slots[i] = append(s.codes, uint16(100+i)), int32(i)
	}
	w := &cutWorker{s: s, b: &cutBlock{totals: [][]total{{{fills: []totalFill{{gained: sum}}}}}}, leaders: nobody}
	want := make([]float64, n)
	for range 2000 {
		gained, order := make([]float64, 1+r.IntN(n)), []int{}
		for i := range gained {
			if gained[i] = float64(r.IntN(6)); gained[i] > 0 {
				order = append(order, i)
			}
			want[i] += gained[i]
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(gained[b], gained[a]) })
		var row, expected Substitution
		for k, i := range order[:min(3, len(order))] {
			expected.sources[k] = s.codes[i]
			expected.FirstUSD = max(expected.FirstUSD, gained[i])
		}
		if w.rank(0, 0, gained, slots[:len(gained)], &row); row != expected {
			t.Fatalf("%v: %v, want %v", gained, row, expected)
		}
	}
	if !slices.Equal(sum, want) {
		t.Errorf("totals %v, want %v", sum, want)
	}
}

// TestOwnLoss: an importer that stops itself has no rows, and a note says why.
func TestOwnLoss(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(4, 19)), 1, 3)
	for _, q := range []*study.Question{CutQuestion, MonthsQuestion, SourcesQuestion, RangesQuestion} {
		for importers, noted := range map[string]bool{"CHN": true, "CHN,USA": true, "USA": false, "all": false, "CHN+USA": false} {
			table := asked(t, flows, q, map[string]string{"suppliers": "CHN", "importers": importers})
			has := slices.ContainsFunc(table.Notes, func(n result.Note) bool { return strings.HasPrefix(n.Text, "CHN: no rows, because") })
			if has != noted {
				t.Errorf("%s of %s: noted %v, expected %v", q.Name, importers, has, noted)
			}
		}
	}
}

// TestMonths: the path is that of the totals of a cut, to the last digit, whatever is remembered.
func TestMonths(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(4, 19)), 1, 3)
	source := studytest.Source(t, flows)
	for _, change := range []map[string]string{{}, {"to": "USA,DEU"}, {"importers": "USA+DEU,NLD"}, {"cut": "0.3", "stock-days": "45"}, {"rule": "sqrt", "spare": "0.02"}, {"products": "851001"}} {
		values := map[string]string{"suppliers": "CHN", "importers": "all", "months": "7"}
		maps.Copy(values, change)
		of := func(q *study.Question) *result.Table {
			request, errs := q.Read(values)
			if errs != nil {
				t.Fatal(errs)
			}
			table, err := q.Answer(t.Context(), source, request)
			if err != nil {
				t.Fatal(err)
			}
			return table
		}
		var totals []CutRow
		for _, r := range CutSchema.Rows(of(CutQuestion)) {
			if r.Product == "all" || r.Product == values["products"] {
				totals = append(totals, r)
			}
		}
		rows := MonthsSchema.Rows(of(MonthsQuestion))
		if len(rows) == 0 || len(rows) != len(totals) {
			t.Fatalf("%v: %d rows, the cut has %d totals", change, len(rows), len(totals))
		}
		for i, r := range rows {
			want := totals[i]
			same := r.Importer == want.Importer && fmt.Sprint(*r.Combination) == fmt.Sprint(*want.Combination) && fmt.Sprint(r.Lost, r.Unfilled, r.NoSource, r.State()) == fmt.Sprint(want.Lost, want.Unfilled, want.NoSource, want.State())
			if !same || fmt.Sprint(r.Path) != fmt.Sprint(want.Path) {
				t.Errorf("%v, %s %v: %v %v, the cut has %v %v", change, r.Importer, *r.Combination, r.Substitution, r.Path, want.Substitution, want.Path)
			}
		}
	}
}
