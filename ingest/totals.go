package ingest

import (
	"fmt"
	"strings"
)

// partnerTotals are the names that statistics give to the sum over all partners, in lower case. This is the one place of
// the package that knows them.
var partnerTotals = map[string]bool{"0": true, "00": true, "000": true, "wld": true, "wl": true, "w00": true, "world": true, "all": true, "total": true,
	"all countries": true, "all partners": true, "grand total": true, "world total": true, "total world": true}

// partnerTotal says whether a text in a column of economies is a total over all of them.
func partnerTotal(text string) bool {
	return partnerTotals[strings.ToLower(strings.TrimSpace(text))]
}

// partnerTotalProblem says so for a message.
func partnerTotalProblem(column, text string) string {
	return fmt.Sprintf("%s is %q: the world, a total over all partners and not an economy; its trade would count twice", column, text)
}

// productTotal says which total over products a code is; empty: none.
func productTotal(code string) string {
	switch strings.ToUpper(code) {
	case "TOTAL", "ALL", "AG1", "AG2", "AG3", "AG4", "AG5", "AG6":
		return "a total over all products"
	}
	if _, digits := wholeNumber([]byte(code)); digits {
		switch len(code) {
		case 2:
			return "a chapter, which is the sum of its products"
		case 4:
			return "a heading, which is the sum of its products"
		}
	}
	return ""
}

// productTotalProblem says so for a message; empty: it is none.
func productTotalProblem(column, code string) string {
	what := productTotal(code)
	if what == "" {
		return ""
	}
	return fmt.Sprintf("%s is %q: %s; its trade would count twice", column, code, what)
}
