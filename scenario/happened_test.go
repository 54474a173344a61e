package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"chokepoint/result"
	"chokepoint/study/studytest"
	"chokepoint/trade"
)

// TestHappened: under a scenario of an earlier year stands what the later years of the dataset say, in sums that plain loops give; where the question is about
// something else nothing stands there.
func TestHappened(t *testing.T) {
	flows := studytest.RandomFlows(rand.New(rand.NewPCG(11, 6)), 3, 2)
	for i := range flows {
		flows[i].Dollars *= 1_000_000
	}
	text := "id = \"own\"\nname = \"Own\"\nsource = \"S\"\nsuppliers = \"CHN\"\nto = \"USA\"\nproducts = \"851000\"\nwhen = \"2016-03\"\nyear = 2015\n"
	ask := func(values map[string]string) (notes []string) {
		t.Helper()
		request, errs := CutQuestion.ReadLocal(values)
		if errs != nil {
			t.Fatal(errs)
		}
		source := studytest.Source(t, flows)
		source.Files = func(string) ([]byte, error) { return []byte(text), nil }
		table, err := CutQuestion.Answer(t.Context(), source, request)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range table.Notes {
			if strings.HasPrefix(n.Text, "what happened") {
				notes = append(notes, n.Text)
			}
		}
		return notes
	}
	bought := func(year int, from ...trade.Code) (v float64) {
		for _, f := range flows {
			for _, code := range from {
				if f.Year == year && f.Product == "851000" && f.Importer == 842 && f.Exporter == code {
					v += float64(f.Dollars)
				}
			}
		}
		return v
	}
	notes := ask(map[string]string{"scenario": "own.toml"})
	if len(notes) != 2 {
		t.Fatalf("%q", notes)
	}
	for i, note := range notes {
		var parts []string
		for _, year := range []int{2015, 2016 + i} {
			china := bought(year, 156, 344)
			parts = append(parts, fmt.Sprintf("%s USD in %d (%s of what they bought)", result.ShortFloat(china, result.USD), year, result.Percent(china/bought(year, studytest.Economies...))))
		}
		if want := "what happened, in this dataset: purchases of USA from CHN went from " + strings.Join(parts, " to "); !strings.HasPrefix(note, want) {
			t.Errorf("got %q\nwant %q", note, want)
		}
	}
	for _, other := range []map[string]string{{"scenario": "own.toml", "suppliers": "DEU"}, {"scenario": "own.toml", "years": "2016"}, {"scenario": "own.toml", "products": "851001"}, {"scenario": "own.toml", "to": "all"}} {
		if notes := ask(other); len(notes) > 0 {
			t.Errorf("%v: %q", other, notes)
		}
	}
}
