package clickhouse

import (
	"context"
	"slices"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// plan says how a scan of several views is shared between the shards and the program.
type plan struct {
	read bool // purchases may be read for views of few importers; else only those of blocs are, and those that are remembered are used
	many bool // a view is about most importers: the program needs margins anyway

	// Criteria that the program judges although a shard could. To join world exports, and what partners and importers sell, takes a shard as
	// long as all else. Without it few more cells travel, if a partner must have a share of a cell's imports that few have; and none more where
	// the sums of single economies have selected the cells.
	sellers bool // those on what partners and the world export
	trade   bool // those on what importers buy and sell alone
}

// planOf looks at the views of a scan.
func (e *Engine) planOf(year int, views []kernel.View) plan {
	p := plan{read: true, sellers: true, trade: true}
	for i := range views {
		v := &views[i]
		p.many = p.many || 2*len(v.Importers) >= e.Dataset.Importers(year).Len()
		p.sellers = p.sellers && v.Whole == nil && len(v.Partners) > 0 && slices.ContainsFunc(v.Criteria, fewPass)
		p.trade = p.trade && len(v.Inside) == 0 && !slices.ContainsFunc(v.Importers, func(set trade.Set) bool { return set.Len() > 1 }) && slices.ContainsFunc(v.Criteria, func(c *indicator.Criterion) bool { return onlyTrade(c) && (v.Unseen == 0 || !c.Touched()) })
	}
	p.sellers = p.sellers && p.many
	p.trade = p.trade && p.sellers
	return p
}

// leaves says that a criterion is left to the program.
func (p plan) leaves(c *indicator.Criterion) bool {
	about := func(parts ...indicator.Part) bool {
		return slices.ContainsFunc(c.Sums(), func(sum indicator.Sum) bool { return slices.Contains(parts, sum.Part()) })
	}
	return p.sellers && about(indicator.OfExporters, indicator.OfSellers) || p.trade && onlyTrade(c)
}

// onlyTrade says that a criterion is about what an importer buys and sells in all: sums of single economies tell whether it is met.
func onlyTrade(c *indicator.Criterion) bool {
	return !slices.ContainsFunc(c.Sums(), func(sum indicator.Sum) bool { return sum.Part() != indicator.OfTrade })
}

// fewPass says that a criterion is on the share of a partner in a cell's imports alone, and that one with a tenth of them misses it.
func fewPass(c *indicator.Criterion) bool {
	sums := c.Sums()
	if !slices.Contains(sums, indicator.ImportsFromPartner) || slices.ContainsFunc(sums, func(sum indicator.Sum) bool { return sum != indicator.Imports && sum != indicator.ImportsFromPartner }) {
		return false
	}
	columns := indicator.Columns{N: 1}
	columns.Col[indicator.Imports], columns.Col[indicator.ImportsFromPartner] = []float64{1e12}, []float64{1e11}
	verdicts := []indicator.Verdict{indicator.Certain}
	err := c.Judge(&columns, 0, &indicator.Scratch{}, verdicts, kernel.ExactSums(context.Background(), &columns, true, nil))
	return err == nil && !verdicts[0].Met()
}
