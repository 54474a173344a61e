package chokepoints

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"chokepoint/study"
	"chokepoint/study/studytest"
)

// TestSinceAlone: since when pairs of one year have been what they are, which goes back from that year, is what going through all years from
// the first finds, also by a method that looks at several years.
func TestSinceAlone(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 53))
	earlier, begun := 0, 0
	for range 6 {
		s := studytest.Source(t, studytest.FewSellers(rng, 7, 6))
		for _, method := range []string{"iw-2024", "geodep-2024", "mgi"} {
			type pair struct {
				year              int
				product, supplier string
			}
			since := map[pair]int{}
			for _, r := range Schema.Rows(ChokepointsOf(t, s, study.Query{Method: method, Years: "all", Products: "all"}, "")) {
				since[pair{r.Year, r.Product.Code, r.Partner.Label}] = r.pair.since
			}
			rows := 0
			for _, y := range s.Dataset.Years() {
				for _, r := range Schema.Rows(ChokepointsOf(t, s, study.Query{Method: method, Years: strconv.Itoa(y), Products: "all"}, "")) {
					rows++
					if want := since[pair{y, r.Product.Code, r.Partner.Label}]; r.pair.since != want {
						t.Errorf("%s, %s of %s in %d: since %d; expected %d", method, r.Product.Code, r.Partner.Label, y, r.pair.since, want)
					}
					switch {
					case r.pair.since == s.Dataset.Years()[0]:
					case r.pair.since < y:
						earlier++
					default:
						begun++
					}
				}
			}
			if rows != len(since) {
				t.Errorf("%s: %d rows year by year, %d of all years", method, rows, len(since))
			}
		}
	}
	if earlier < 30 || begun < 30 {
		t.Errorf("only %d pairs began after the first year, %d in their own", earlier, begun)
	}
}

// TestNoHistory: without earlier years a ranking is the same, but for the column since, which is empty.
func TestNoHistory(t *testing.T) {
	s := studytest.Source(t, studytest.FewSellers(rand.New(rand.NewPCG(16, 54)), 7, 6))
	for _, years := range []string{"", "all"} {
		for _, method := range []string{"iw-2024", "geodep-2024"} {
			q := study.Query{Method: method, Years: years, Products: "all"}
			want := studytest.Must(t)(Chokepoints(t.Context(), s, q, Options{}))
			got := studytest.Must(t)(Chokepoints(t.Context(), s, q, Options{History: NoHistory}))
			if got.Rows() == 0 || got.Rows() != want.Rows() {
				t.Fatalf("%s, years %q: %d rows; want %d", method, years, got.Rows(), want.Rows())
			}
			for _, c := range want.Columns {
				for i := range want.Rows() {
					text, expected := studytest.RowText(got, i, c.Name), studytest.RowText(want, i, c.Name)
					if c.Name == "since" {
						expected = ""
					}
					if text != expected {
						t.Errorf("%s, years %q, row %d: %q; want %q", method, years, i, text, expected)
					}
				}
			}
		}
	}
	if _, err := Chokepoints(t.Context(), s, study.Query{}, Options{History: "some"}); err == nil || !strings.Contains(err.Error(), "expected all or none") {
		t.Errorf("history some: %v", err)
	}
}
