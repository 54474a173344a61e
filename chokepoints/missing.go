package chokepoints

import (
	"context"
	"fmt"
	"strings"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// lack is what a year lacks: who exports and has no imports in the dataset, and how much all others may sell them.
type lack struct {
	members []string // labels, the largest exporter first
	asked   int      // parties asked for that consist of them
	share   float64  // of world trade that goes to them, estimated
}

// lackOf looks at a year. Trade is balanced more or less, so that the part that they have of the exports of all goods stands in for
// their part in imports.
func (c *ranking) lackOf(ctx context.Context, y int, importers []trade.Set) (lack, error) {
	world, err := (&study.Holdings{Source: c.Source}).World(ctx, y)
	if err != nil || world == nil {
		return lack{}, err
	}
	l := lack{members: world.Members, share: world.Share}
	missing := c.Dataset.Exporters(y).Minus(c.Dataset.Importers(y))
	for _, set := range importers {
		if set.Len() > 0 && set.Minus(missing).Len() == 0 {
			l.asked++
		}
	}
	return l, nil
}

// bought is what they may buy of a product of which the others buy as much.
func (l *lack) bought(world float64) float64 { return world * l.share / (1 - l.share) }

// bounds are the least and the most that figures and verdicts could be if all that the missing importers buy were known: nothing of it
// came from the supplier, or all did.
type bounds struct {
	worldShare [2]float64
	dependents int     // at most
	single     [2]bool // point of failure
}

// bounds looks at a pair from both ends.
func (c *ranking) bounds(p *choke) bounds {
	more := c.lacks.bought(p.world)
	verdict := func(dependents int, bought, exports, rest float64) bool {
		return c.rule.Reached(dependents, bought) && c.rule.Irreplaceable(exports/(exports+rest), bought/rest)
	}
	b := bounds{dependents: p.dependents + c.lacks.asked}
	b.worldShare = [2]float64{p.exports / (p.world + more), (p.exports + more) / (p.world + more)}
	b.single = [2]bool{verdict(p.dependents, p.fromPartner, p.exports, p.rest+more), verdict(b.dependents, p.fromPartner+more, p.exports+more, p.rest)}
	return b
}

// open says that the missing importers could turn the verdict.
func (b *bounds) open() bool { return b.single[0] != b.single[1] }

// status is what the figures of a pair rest on.
func (c *ranking) status(year int) result.Status {
	s := c.WindowOf(c.Methods[0], year)
	if len(c.lacks.members) > 0 {
		s = result.Worst(s, result.Partial)
	}
	return s
}

// lackNotes say in which direction what is missing leans, and what it could turn.
func (c *ranking) lackNotes() []result.Note {
	if len(c.lacks.members) == 0 {
		return nil
	}
	open := 0
	for i := range c.rows {
		if c.rows[i].Open {
			open++
		}
	}
	members := c.lacks.members[:min(len(c.lacks.members), study.MostListed)]
	more := ""
	if n := len(c.lacks.members) - len(members); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return []result.Note{
		{Kind: result.PartialWorld, Status: result.Partial, Members: c.lacks.members, Years: []int{c.lackYear}, Columns: []string{"single_point_open"},
			Text: fmt.Sprintf("the dataset has no imports of %s%s in %s, who may buy %s of what is traded, the part that they have in all exports: dependents are counted too few; what others export, and so what is left to replace a supplier, is too little; and rivals among them have all that they sell counted as their own",
				strings.Join(members, ", "), more, trade.Period(c.lackYear), result.Percent(c.lacks.share))},
		{Kind: result.Reading, Columns: []string{"dependents_most", "partner_world_share_low", "partner_world_share_high", "single_point_open"},
			Text: fmt.Sprintf("dependents_most, partner_world_share_low and _high say how far figures could go if nothing, or all, of what they buy came from the supplier; single_point_open marks the %d of %d verdicts that this could turn", open, len(c.rows))},
	}
}
