package pages

import (
	"strings"
	"testing"

	"chokepoint/indicator"
	"chokepoint/server/servertest"
)

// TestSpread: quartiles in words, and bars that hold every value.
func TestSpread(t *testing.T) {
	ind := indicator.Named("partner_share")
	if s := distributionOf([]float64{0.1, 0.2, 0.3}, ind); s != nil {
		t.Errorf("three values: %v", s)
	}
	s := distributionOf([]float64{0.9, 0.1, 0.3, 0.2, 0.4}, ind)
	if want := "Of 5 products, a quarter have less than 20.0 %, half less than 30.0 % and three quarters less than 40.0 %."; s.Words != want {
		t.Errorf("%q; want %q", s.Words, want)
	}
	if len(s.Bars) != 5 || s.Bars[4].X != 6*(spreadBars-1) {
		t.Errorf("bars %v", s.Bars)
	}
	if s := distributionOf([]float64{7, 7, 7, 7}, indicator.Named("imports")); len(s.Bars) != 1 || s.Bars[0].Height != spreadHeight {
		t.Errorf("equal values: %v", s.Bars)
	}
}

// TestSpreadOnTheWorkbench: each criterion on one indicator says how it is spread, but not to a slider that moves.
func TestSpreadOnTheWorkbench(t *testing.T) {
	s := newServer(t, nil)
	text := string(servertest.Body(t, servertest.Get(s, "/workbench?dataset=world"), 200))
	if !strings.Contains(text, "three quarters less than") || !strings.Contains(text, `class="spread"`) {
		t.Error("the form does not say how indicators are spread")
	}
	if live := string(servertest.Body(t, servertest.Get(s, "/workbench?dataset=world", "HX-Target", "live"), 200)); strings.Contains(live, "three quarters less than") {
		t.Error("a slider that moves asks how indicators are spread")
	}
}

// TestInSentence: names of economies that have an article get it.
func TestInSentence(t *testing.T) {
	for name, want := range map[string]string{"USA": "the USA", "United Kingdom": "the United Kingdom", "Netherlands": "the Netherlands", "Rep. of Korea": "the Rep. of Korea", "Solomon Isds": "the Solomon Isds",
		"European Union of 27": "the European Union of 27", "Germany": "Germany", "China": "China", "South Africa": "South Africa", "Advanced economies": "Advanced economies"} {
		if got := withArticle(name); got != want {
			t.Errorf("%s: %q; want %q", name, got, want)
		}
	}
}
