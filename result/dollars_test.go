package result

import (
	"math"
	"slices"
	"testing"
)

func TestAtPricesOf(t *testing.T) {
	year, usd, tonne, squares, share := IntColumn("year", Year, ""), FloatColumn("imports_usd", USD, ""), FloatColumn("unit_value", "USD/t", ""), FloatColumn("squares", "USD²", ""), FloatColumn("share", Share, "")
	year.AppendInt(2014, 2015)
	for _, c := range []*Column{usd, tonne, squares, share} {
		c.AppendFloat(3, math.NaN())
	}
	table := New("t", "T", year, usd, tonne, squares, share)
	if got := table.Dollars(); got != "current dollars" {
		t.Errorf("before: %q", got)
	}
	if err := table.AtPricesOf(2015, func(year int) float64 { return float64(2016 - year) }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		unit string
		x    float64
	}{"imports_usd": {"USD of 2015", 6}, "unit_value": {"USD of 2015/t", 6}, "squares": {"USD of 2015²", 12}, "share": {Share, 3}} {
		if c := table.Column(name); c.Unit != want.unit || c.Float[0] != want.x || !math.IsNaN(c.Float[1]) {
			t.Errorf("%s: %v %s, want %v %s and a missing value", name, c.Float, c.Unit, want.x, want.unit)
		}
	}
	if usd.Float[0] != 3 {
		t.Error("the column that was given has changed")
	}
	if got := table.Dollars(); got != "dollars of 2015" {
		t.Errorf("after: %q", got)
	}
	if got := table.Column("imports_usd").Short(0) + table.Column("imports_usd").Exact(0); got != "66" {
		t.Errorf("printed: %s", got)
	}
	if !slices.Equal(table.Years(), []int{2014, 2015}) {
		t.Errorf("years %v", table.Years())
	}
	none := New("t", "T", usd)
	if err := none.AtPricesOf(2015, func(int) float64 { return 1 }); err == nil {
		t.Error("a table without years has been put at prices of one")
	}
	if got := New("t", "T", share).Dollars(); got != "" {
		t.Errorf("without amounts: %q", got)
	}
}
