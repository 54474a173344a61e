package chokepoints

import (
	"fmt"

	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/trade"
)

// lack is what importers without imports in a year may buy.
type lack struct {
	asked  int // parties asked for that are of them alone
	unseen indicator.Unseen
}

func (c *ranking) lackOf(y int, importers []trade.Set) lack {
	l := lack{unseen: c.Unseen(y)}
	if l.unseen == 0 {
		return l
	}
	importing, exporting := c.Dataset.Importers(y), c.Dataset.Exporters(y)
	for _, set := range importers {
		if set.Intersect(exporting).Len() > 0 && set.Intersect(importing).Len() == 0 {
			l.asked++
		}
	}
	return l
}

// bounds are the least and the most that figures and verdicts could be if all that the missing importers buy were known: nothing of it
// came from the supplier, or all did, though no more than the supplier sells to everybody else.
type bounds struct {
	worldShare [2]float64
	dependents int     // at most
	single     [2]bool // point of failure
}

// bounds looks at a pair from both ends.
func (c *ranking) bounds(p *choke) bounds {
	bought := float64(c.lacks.unseen) * p.world
	from := min(bought, p.exports)
	b := bounds{dependents: p.dependents + c.lacks.asked}
	b.worldShare[0], b.worldShare[1] = c.lacks.unseen.Share(p.exports, p.world)
	b.single[0] = c.rule.Reached(p.dependents, p.fromPartner) && c.rule.Irreplaceable(b.worldShare[0], p.fromPartner/(p.rest+bought))
	b.single[1] = c.rule.Reached(b.dependents, p.fromPartner+from) && c.rule.Irreplaceable(b.worldShare[1], (p.fromPartner+from)/p.rest)
	return b
}

// open says that the missing importers could turn the verdict.
func (b *bounds) open() bool { return b.single[0] != b.single[1] }

// status is what the figures of a pair rest on.
func (c *ranking) status(year int) result.Status {
	return result.Worst(c.WindowOf(c.Methods[0], year), c.WorldStatus(year))
}

// noteLack says what missing importers do to the figures beside world totals, and which verdicts they could turn.
func (c *ranking) noteLack(t *result.Table) {
	open, partial := 0, false
	for i := range c.rows {
		partial = partial || c.WorldStatus(c.rows[i].Year) == result.Partial
		if c.rows[i].Open {
			open++
		}
	}
	if !partial {
		return
	}
	t.Add(result.Note{Kind: result.Reading, Columns: []string{"dependents_most", "partner_world_share_low", "partner_world_share_high", "single_point_open"},
		Text: fmt.Sprintf("importers that are missing are no dependents, and rivals among them have all that they sell counted as their own; dependents_most, partner_world_share_low and _high say how far figures could go if nothing, or all, of what they buy came from the supplier, and single_point_open marks the %d of %d verdicts that this could turn", open, len(c.rows))})
}
