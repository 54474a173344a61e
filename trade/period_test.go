package trade

import "testing"

// TestPeriod steps through all months of some years one by one and compares.
func TestPeriod(t *testing.T) {
	var months []Period
	for year := 1999; year <= 2003; year++ {
		for month := 1; month <= 12; month++ {
			months = append(months, Period(year*100+month))
		}
	}
	for i, p := range months {
		for k, q := range months {
			if got := p.Since(q); got != i-k {
				t.Errorf("%s is %d months after %s, want %d", p, got, q, i-k)
			}
			if got := p.Back(i - k); got != q {
				t.Errorf("%d months before %s is %s, want %s", i-k, p, got, q)
			}
		}
		if again, err := ParsePeriod(p.String()); err != nil || again != p || !p.Valid() {
			t.Errorf("%s reads as %s, %v; valid: %v", p, again, err, p.Valid())
		}
	}
	for _, c := range []struct {
		got  any
		want any
	}{
		{Period(202401).Back(1), Period(202312)}, {Period(2024).Back(1), Period(2023)}, {Period(202401).Later(5), Period(202901)},
		{Period(2024).Later(5), Period(2029)}, {Period(202403).Year(), 2024}, {Period(2024).Year(), 2024}, {Period(202403).String(), "2024-03"},
		{Period(2024).String(), "2024"}, {Period(202413).Valid(), false}, {Period(202400).Valid(), false}, {Period(1899).Valid(), false},
		{Period(2201).Valid(), false}, {Period(202403).Unit(1), "month"}, {Period(2024).Unit(2), "years"},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}
