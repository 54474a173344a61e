package pages

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"chokepoint/server/servertest"
)

// TestSearchCodes finds codes as people write them, and what became of those of other revisions.
func TestSearchCodes(t *testing.T) {
	s := gapServer(t)
	for q, want := range map[string][2]string{
		"850760":     {"850760", "product"},
		"8507.60":    {"850760", "product"},
		"8507 60":    {"850760", "product"},
		"85.07":      {"850760", "product"},
		"8507600033": {"850760", "product, by its first six digits"},
		"10121":      {"010121", "product, with its leading zero"},
		"101.21":     {"010121", "product, with its leading zero"},
		"854142":     {"854140", "product, holds goods of 854142 of HS22"},
		"8541.42":    {"854140", "product, holds goods of 854142 of HS22"},
		"854911":     {"854911", "not here"},
	} {
		page := string(servertest.Body(t, servertest.Get(s, "/search?q="+url.QueryEscape(q)), 200))
		if want[1] != "not here" && !strings.Contains(page, "products="+want[0]) {
			t.Errorf("search for %q does not lead to %s", q, want[0])
		}
		if !strings.Contains(page, want[0]) || !strings.Contains(page, `<span class="kind">`+want[1]) {
			t.Errorf("search for %q does not say %q of %s", q, want[1], want[0])
		}
	}
	if page := pageText(t, s, "/search?q=999998"); !strings.Contains(page, "There is no match for “999998”. Try one everyday word") {
		t.Errorf("search finds a code that no revision has: %s", page)
	}
	for n := range 12 { // no query of digits is too short or too long
		servertest.Body(t, servertest.Get(s, "/search?q="+strconv.Itoa(1)+strings.Repeat("0", n)), 200)
	}
}
