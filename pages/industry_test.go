package pages

import (
	"strings"
	"testing"
)

// TestIndustryAxes: the page shows both axes with what their figures rest on, and no class that the data do not bear.
func TestIndustryAxes(t *testing.T) {
	s := gapServer(t) // without the imports of Germany
	f := func(path string, has, lacks []string) {
		t.Helper()
		text := pageText(t, s, path)
		for _, want := range has {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q: %s", path, want, text)
			}
		}
		for _, word := range lacks {
			if strings.Contains(text, word) {
				t.Errorf("%s says %q", path, word)
			}
		}
	}
	for _, economy := range []string{"DEU", "CHN", "EU27"} {
		f("/industry?list=hs-sections&importers="+economy, []string{"What it sells Not testable in any of the sectors", "What it needs Not testable in any of the sectors", "No class in 2024", "World market share by sector partial"},
			[]string{"Leader in", "Dependent in", "Net exporter in", "Catching up"})
	}
	f("/industry?list=hs-sections&importers=DEU&coverage=none", []string{"What it needs Not testable in any of the sectors", "they are missing, not zero"}, []string{"Import intensity by sector", "What it needs (missing)", "Net exporter in", "Dependent in"})
	f("/industry?list=hs-sections&importers=EU27&coverage=none", []string{"European Union of 27 is incomplete in 2024", "What it needs partial", "What it needs Not testable in any of the sectors"}, []string{"Import intensity by sector"})
	f("/industry?products=8507,01&importers=CHN&coverage=none", []string{"Goods instead of a list of sectors: Heading 8507", "Heading 8507", "Chapter 01"}, []string{"Nothing is shown", "Rail"})
	f("/industry?products=all,without:01&importers=CHN&coverage=none", []string{"all goods without Animal products", "2 chosen products"}, []string{"Nothing is shown"})
	f("/industry?list=hs-sections&importers=CHN&coverage=none", []string{"What it sells partial", "Import intensity by sector", "What it needs"}, []string{"Not testable in any of the sectors"})
}
