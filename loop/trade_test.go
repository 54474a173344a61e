package loop

import (
	"math"
	"strings"
	"testing"

	"chokepoint/sector"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestTrade computes the home share and the dependence of inputs from a small world, by hand.
func TestTrade(t *testing.T) {
	const china, usa, korea, germany, australia = 156, 842, 410, 276, 36
	s := studytest.Source(t, []studytest.Flow{
		{2015, china, usa, "850760", 60}, {2015, korea, usa, "850760", 30}, {2015, korea, china, "850760", 10}, {2015, germany, china, "283691", 45},
		{2015, australia, china, "283691", 15}, {2015, china, korea, "283691", 20}, {2015, usa, korea, "010121", 1}, {2015, usa, germany, "010121", 1}, {2015, usa, australia, "010121", 1},
	})
	x, err := tradeOf(t.Context(), s, technologyOf(t, "batteries"), "CHN", 2015)
	if err != nil {
		t.Fatal(err)
	}
	if x.Year != 2015 || !near(x.HomeShare, .6, 1e-12) || !near(x.ImportShare, .75, 1e-12) || !near(x.LargestShare, .75, 1e-12) || x.Largest != "DEU" {
		t.Errorf("got %+v", x)
	}
	if x, err := tradeOf(t.Context(), s, technologyOf(t, "wind"), "CHN", 2015); err != nil || !math.IsNaN(x.HomeShare) {
		t.Errorf("a dataset without the goods: %+v, %v; want no share", x, err)
	}
}

// TestGoods: every technology has goods and inputs in every revision that can have them, and every code exists.
func TestGoods(t *testing.T) {
	for _, err := range goods().Lint(sector.ProductsOf) {
		t.Error(err)
	}
	for _, id := range Builtin().Technologies() {
		technology := technologyOf(t, id)
		for _, name := range []string{technology.Goods, technology.Materials} {
			_, part, _ := strings.Cut(name, "/")
			groups, err := goods().Groups(string(trade.HS22))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, g := range groups {
				found = found || g.ID == part && len(g.Products) > 0
			}
			if !found {
				t.Errorf("%s: no codes in HS22", name)
			}
		}
	}
}
