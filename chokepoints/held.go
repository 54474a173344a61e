package chokepoints

import (
	"context"

	"chokepoint/dependence"
	"chokepoint/study"
)

// Held is a product for which others depend on a supplier in a year.
type Held struct {
	Year        int
	Product     string
	Dependents  int
	FromPartner float64 // US dollars, bought by these
	Single      bool    // point of failure
}

// HeldBy lists what Chokepoints ranks, by year and product, without what takes other years or the ways through third economies.
func HeldBy(ctx context.Context, s *study.Source, q study.Query) ([]Held, error) {
	c, err := rankingOf(ctx, s, questionOf(s, q), Options{})
	if err != nil {
		return nil, err
	}
	if c.scanned, err = dependence.NewScan(c.Study, c.Methods[0]); err != nil {
		return nil, err
	}
	var held []Held
	err = c.scanned.Run(ctx, func(year int, cells []dependence.Cell) error {
		list := c.pairs(cells, nil)
		if err := c.supplies(ctx, year, list, c.PartySets(&c.ImporterSide, year), c.PartySets(&c.PartnerSide, year)); err != nil {
			return err
		}
		for _, p := range list {
			single := c.rule.Reached(p.dependents, p.fromPartner) && c.rule.Irreplaceable(p.exports/p.world, p.fromPartner/p.rest)
			held = append(held, Held{year, p.product, p.dependents, p.fromPartner, single})
		}
		return c.CheckRows(len(held), Schema.Width())
	})
	return held, err
}
