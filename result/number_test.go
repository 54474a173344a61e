package result

import (
	"math"
	"testing"
)

// TestPercent: what is neither nothing nor all is never written as 0 or 100 %.
func TestPercent(t *testing.T) {
	for x, want := range map[float64]string{0: "0.0 %", 0.25: "25.0 %", 1: "100.0 %", 1.5: "150.0 %", 0.0001: "<0.1 %", -0.0001: ">-0.1 %", 0.9999: ">99.9 %", -0.9999: "<-99.9 %"} {
		if got := Percent(x); got != want {
			t.Errorf("%v: %s, want %s", x, got, want)
		}
	}
	if got := Percent(math.NaN()); got != "–" {
		t.Errorf("missing: %s", got)
	}
}
