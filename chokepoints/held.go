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

// Holding is a scan for what Chokepoints ranks, by year and product, without what takes other years or the ways through third economies. It runs
// beside others.
type Holding struct {
	Scan    *dependence.Scan
	Held    []Held // so far
	ranking *ranking
}

// NewHolding prepares it for a question.
func NewHolding(ctx context.Context, s *study.Source, q study.Query) (*Holding, error) {
	c, err := rankingOf(ctx, s, questionOf(s, q), Options{})
	if err != nil {
		return nil, err
	}
	c.scanned, err = dependence.NewScan(c.Study, c.Methods[0])
	return &Holding{Scan: c.scanned, ranking: c}, err
}

// Take adds what is held in a year, as dependence.RunAll hands it over.
func (h *Holding) Take(ctx context.Context, year int, cells []dependence.Cell) error {
	c := h.ranking
	list := c.pairs(cells, nil)
	if err := c.supplies(ctx, year, list, c.PartySets(&c.ImporterSide, year), c.PartySets(&c.PartnerSide, year)); err != nil {
		return err
	}
	for _, p := range list {
		single := c.rule.Reached(p.dependents, p.fromPartner) && c.rule.Irreplaceable(p.exports/p.world, p.fromPartner/p.rest)
		h.Held = append(h.Held, Held{year, p.product, p.dependents, p.fromPartner, single})
	}
	return c.CheckRows(len(h.Held), Schema.Width())
}
