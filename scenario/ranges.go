package scenario

import (
	"context"
	"fmt"
	"strconv"

	"chokepoint/result"
)

// rangesNoted are the importers of whom a note says how far the answer moves.
const rangesNoted = 3

// noteRanges says for those who lose most how far their unfilled share moves with one parameter at a time, and which moves it most. The
// figure in the middle is that of the first rule and the spare capacity in the middle.
func (c *cutting) noteRanges(ctx context.Context, t *result.Table) error {
	n := len(c.combinations)
	if rules, spares := c.varied(); rules < 2 || spares < 2 {
		if few := c.Products.Codes(); n < 2 || len(few) > 0 && len(few) <= mostRanged {
			return c.noteRangesOfOne(ctx, t)
		}
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
	return nil
}

// varied are the numbers of rules and of spare capacities asked for.
func (c *cutting) varied() (rules, spares int) {
	for _, k := range c.combinations {
		if k.Rule == c.combinations[0].Rule {
			spares++
		}
	}
	return len(c.combinations) / spares, spares
}

// mostRanged are the products of which a single figure is computed under other assumptions too. More would make the answer several times as slow.
const mostRanged = 500

// noteRangesOfOne puts beside the figures of one rule or one spare capacity, which would stand alone, how far they move with each assumption.
func (c *cutting) noteRangesOfOne(ctx context.Context, t *result.Table) error {
	if codes := c.Products.Codes(); len(codes) == 0 || len(codes) > mostRanged {
		t.Note("one rule and one spare capacity give one figure, and no figure should stand alone: \"chokepoint scenario ranges\" with the same parameters says how far it moves with each assumption")
		return nil
	}
	others := *c // its answer is made elsewhere
	others.parts, others.moved, others.rows, others.sources, others.bySource = &cutParts{}, map[int]hubMove{}, nil, nil, false
	at, list, err := others.rangeList(ctx)
	if err != nil {
		return err
	}
	noted := 0
	for i := 0; i < len(list) && noted < rangesNoted; i++ {
		if r := &list[i]; r.Assumption == AllAssumptions && r.Product == c.groups[0].label {
			t.Note("%s in %d, of %s: %s unfilled under %s with spare capacity %s, %s with one assumption changed at a time; %s", r.Importer, r.Year, productText(r.Product),
				result.Percent(r.Unfilled.At), at.Rule, floatText(at.Spare), spanText(r.Unfilled), wordsOfMoves(list[i:i+rangesOfLoss]))
			noted++
		}
	}
	return nil
}

// spanText is a range in per cent; where both ends print alike, that one figure.
func spanText(s Span) string {
	low, high := result.Percent(s.Low), result.Percent(s.High)
	if low == high {
		return low
	}
	return low + " to " + high
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
	case len(spares) == 1:
		return text + fmt.Sprintf("; that is the rule alone (%s to %s), as there is one spare capacity", result.Percent(byRule.low), result.Percent(byRule.high))
	case len(rows) == len(spares):
		return text + fmt.Sprintf("; that is spare capacity alone (%s to %s), as there is one rule", result.Percent(bySpare.low), result.Percent(bySpare.high))
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
