package scenario

import (
	"slices"
	"strings"
	"testing"

	"chokepoint/study"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestSinglePoints: of each product its single point of failure stops, and nobody else: the product of which China is one is as where China stops, and of the
// product with many sellers nothing is lost.
func TestSinglePoints(t *testing.T) {
	var flows []studytest.Flow
	add := func(product string, exporter, importer trade.Code, dollars int64) {
		if exporter != importer {
			flows = append(flows, studytest.Flow{Year: 2015, Exporter: exporter, Importer: importer, Product: product, Dollars: dollars})
		}
	}
	for _, importer := range studytest.Economies {
		if importer != 344 { // whose sales would count as China's
			add("851000", 156, importer, 20_000_000)
		}
		add("851000", 276, importer, 500_000)
		for _, exporter := range studytest.Economies {
			add("851001", exporter, importer, 5_000_000)
		}
	}
	all := CutSchema.Rows(asked(t, flows, CutQuestion, map[string]string{"scenario": "single-points"}))
	china := CutSchema.Rows(asked(t, flows, CutQuestion, map[string]string{"suppliers": "CHN", "products": "851000"}))
	compared := 0
	for _, want := range china {
		i := slices.IndexFunc(all, func(r CutRow) bool {
			return r.Product == "851000" && r.Importer == want.Importer && *r.Combination == *want.Combination
		})
		if i < 0 {
			t.Fatalf("no row of %s under %v", want.Importer, *want.Combination)
		}
		if got := all[i]; got.Lost != want.Lost || got.Unfilled != want.Unfilled || got.Source(0) != want.Source(0) || got.Suppliers != "CHN" {
			t.Errorf("%s: lost %v, unfilled %v, first %s of %s; want %v, %v, %s of CHN", want.Importer, got.Lost, got.Unfilled, got.Source(0), got.Suppliers, want.Lost, want.Unfilled, want.Source(0))
		}
		compared++
	}
	if compared < 12*6 {
		t.Errorf("%d rows compared", compared)
	}
	for _, r := range all {
		if r.Product == "851001" {
			t.Errorf("%s loses %v of a product with many sellers", r.Importer, r.Lost)
		}
		if r.Product == "all" && r.Suppliers != SinglePoints {
			t.Errorf("the total is of %s", r.Suppliers)
		}
	}
	table := asked(t, flows, CutQuestion, map[string]string{"scenario": "single-points", "rule": "present", "spare": "0.1"})
	found := false
	for _, n := range table.Notes {
		found = found || strings.HasPrefix(n.Text, "products of 2015 that have a single point of failure by the rule single-point and the definition "+study.DefaultMethod+": 1; each supplier (CHN)")
	}
	if !found {
		t.Errorf("no note says which are meant: %v", table.Notes)
	}
}
