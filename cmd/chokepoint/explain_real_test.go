package main

import (
	"math"
	"strings"
	"testing"

	"chokepoint/method"
)

// TestRealExplain reads from explanations how China's imports of unsorted waste paper fell from 2016 to 2018, and those
// from the United States with them. The figures are those of the README beside the archive.
func TestRealExplain(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	ingestReal(t, "baci-hs92-paper-1995-2018", "BACI_HS92_V202001.zip")
	args := []string{"explain", "--importers", "CHN", "--partners", "USA", "--products", "470790", "--format"}
	figures, verdicts := map[string]float64{}, map[string]string{}
	for _, r := range rows(t, program(t, append(args, "csv")...)) {
		switch {
		case r["section"] != "history":
		case r["method"] == "-":
			figures[r["year"]+" "+r["measure"]] = number(t, r["value"])
		default:
			verdicts[r["year"]+" "+r["method"]] = r["verdict"]
		}
	}
	for year, want := range map[string]float64{"1995": 31.9, "2016": 774.2, "2018": 255.9} {
		if got := figures[year+" imports_usd"] / 1e6; math.Abs(got-want) > 0.05 {
			t.Errorf("imports of %s are %.2f million, want %.1f", year, got, want)
		}
	}
	if before, after := figures["2016 imports_from_partner_usd"], figures["2018 imports_from_partner_usd"]; !(after > 0 && after < before/10) {
		t.Errorf("imports from the United States fell from %v to %v; want a tenth at most", before, after)
	}
	counts := map[string]string{}
	for _, r := range rows(t, program(t, "count", "--importers", "CHN", "--partners", "USA", "--products", "470790", "--method", "all", "--format", "csv")) {
		counts[r["year"]+" "+r["method"]] = map[string]string{"0": "no", "1": "yes", "": "-"}[r["products"]]
	}
	if methods := len(method.Originals()); len(verdicts) != 24*methods || len(counts) != len(verdicts) {
		t.Errorf("%d verdicts and %d counts, want 24 years of %d methods", len(verdicts), len(counts), methods)
	}
	for key, want := range counts {
		if verdicts[key] != want {
			t.Errorf("%s: explained as %q, counted as %q", key, verdicts[key], want)
		}
	}
	text := program(t, append(args, "table")...)
	for _, want := range []string{"\n2016        774 m ", "\n2018        256 m ", "merics-2024-floor  dependent 1997:2004; none 1995:1996, 2005:2018\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
}
