package ingest

import (
	"fmt"

	"chokepoint/trade"
)

// partnerTotal says whether a text in a column of economies is a sum of several of them, such as World or the European Union.
func partnerTotal(text string) bool {
	_, ok := trade.AggregateOf(text)
	return ok
}

// partnerTotalProblem says so for a message.
func partnerTotalProblem(column, text string) string {
	what := "a group of economies and not one"
	if a, _ := trade.AggregateOf(text); a.Kind == trade.AggregateWorld {
		what = "the world, a total over all partners and not an economy"
	}
	return fmt.Sprintf("%s is %q: %s; its trade would count twice", column, text, what)
}

// productTotal says which total over products a code is; empty: none.
func productTotal(code string) string {
	if _, ok := trade.ProductAggregateOf(code); ok {
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
