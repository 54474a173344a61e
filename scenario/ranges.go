package scenario

import (
	"fmt"
	"strconv"

	"chokepoint/result"
)

// rangesNoted are the importers of whom a note says how far the answer moves.
const rangesNoted = 3

// noteRanges says for those who lose most how far their unfilled share moves with one parameter at a time, and which moves it most. The
// figure in the middle is that of the first rule and the spare capacity in the middle.
func (c *cutting) noteRanges(t *result.Table) {
	n := len(c.combinations)
	if n < 2 {
		t.Note("there is only one rule and one spare capacity; give several to see how far the answer moves with them")
		return
	}
	label := c.groups[0].label
	noted := 0
	for i := 0; i+n <= len(c.rows) && noted < rangesNoted; i++ {
		r := &c.rows[i]
		if r.Product != label || r.Freed > 0 || *r.Combination != c.combinations[0] || !(r.Lost > 0) {
			continue
		}
		t.Note("%s", rangeText(c.rows[i:i+n]))
		noted++
		i += n - 1
	}
}

// rangeText compares the rows of one importer, product and year, one for each combination.
func rangeText(rows []CutRow) string {
	var spares []float64
	for i := range rows {
		if rows[i].Rule == rows[0].Rule {
			spares = append(spares, rows[i].Spare)
		}
	}
	middle := rows[len(spares)/2]
	share := func(r *CutRow) float64 { return r.Unfilled / r.Imports }
	type span struct{ low, high float64 }
	all := span{share(&middle), share(&middle)}
	byRule, bySpare := all, all
	widen := func(s *span, x float64) { s.low, s.high = min(s.low, x), max(s.high, x) }
	for i := range rows {
		x := share(&rows[i])
		widen(&all, x)
		if rows[i].Spare == middle.Spare {
			widen(&byRule, x)
		}
		if rows[i].Rule == middle.Rule {
			widen(&bySpare, x)
		}
	}
	text := fmt.Sprintf("%s in %d, of %s: %s unfilled under %s with spare capacity %s; over all rules and capacities asked for %s to %s", middle.Importer, middle.Year, productText(middle.Product),
		result.Percent(share(&middle)), middle.Rule, strconv.FormatFloat(middle.Spare, 'g', -1, 64), result.Percent(all.low), result.Percent(all.high))
	rule, spare := byRule.high-byRule.low, bySpare.high-bySpare.low
	switch {
	case rule == 0 && spare == 0:
		return text
	case rule > spare:
		return text + fmt.Sprintf("; the rule moves it most (%s to %s), spare capacity less (%s to %s)", result.Percent(byRule.low), result.Percent(byRule.high), result.Percent(bySpare.low), result.Percent(bySpare.high))
	}
	return text + fmt.Sprintf("; spare capacity moves it most (%s to %s), the rule less (%s to %s)", result.Percent(bySpare.low), result.Percent(bySpare.high), result.Percent(byRule.low), result.Percent(byRule.high))
}

func productText(product string) string {
	if product == "all" {
		return "all products asked for"
	}
	return product
}
