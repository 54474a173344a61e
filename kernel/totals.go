package kernel

import (
	"context"

	"chokepoint/store"
)

// Total is what a party of importers buys in all products of a selection.
type Total struct {
	Imports  float64 // US dollars
	Products int     // those with imports
	last     int     // place of the last of them, from 1
}

// Totals adds up a year by party. parties names for each line of view.Importers the parties, of which there are n, that
// it belongs to; a product counts once for a party, however many of its lines import it.
func Totals(ctx context.Context, year *store.Year, view View, parties [][]int32, n int) ([]Total, error) {
	p := newPlan(&view, year.Importers().Union(year.Exporters()), year.Exact())
	p.importers.lookInner(year)
	if view.Products == nil {
		if err := p.importers.look(ctx, year); err != nil {
			return nil, err
		}
	}
	totals := make([]Total, n)
	places := placesOf(year, view.Products)
	work := func(ctx context.Context) (func(lo, hi int) ([]Total, error), func()) {
		w := newWorker(ctx, p)
		return func(lo, hi int) ([]Total, error) {
			part := make([]Total, n)
			add := func(k int, line int32, imports float64) {
				for _, party := range parties[line] {
					t := &part[party]
					t.Imports += imports
					if t.last != k+1 {
						t.Products++
						t.last = k + 1
					}
				}
			}
			for _, k := range places[lo:hi] {
				it := item{product: k}
				it.flows, it.index = year.Lazy(k)
				w.importsOf(&it, func(line int32, imports float64) { add(k, line, imports) })
			}
			return part, nil
		}, w.release
	}
	err := blocks(ctx, len(places), blockOfFew, work, func(part []Total) error {
		for i, t := range part {
			totals[i].Imports += t.Imports
			totals[i].Products += t.Products
		}
		return nil
	})
	return totals, err
}

// importsOf hands over the lines of importers that buy a product, and what they buy.
func (w *worker) importsOf(it *item, take func(line int32, imports float64)) {
	p := w.plan
	if !p.importers.few() || p.view.Products != nil {
		for at, code := range it.index.Importer {
			for l := p.importers.first[code]; l >= 0; l = p.importers.next[l] {
				take(l, it.index.Imports[at])
			}
		}
	}
	for i := range p.importers.lines {
		l := &p.importers.lines[i]
		imports := 0.0
		switch {
		case l.ofBloc != nil:
			imports = w.sidesOf(it, l).imports
		case l.economy != nil:
			imports = l.economy.of(it, uint16(l.codes[0])).imports
		case l.innerOf != nil:
			imports = it.indexTrade(l).imports
		case l.merged && len(l.codes) > 0:
			imports, _ = it.bought(l, p.exact)
		}
		if imports > 0 {
			take(l.index, imports)
		}
	}
}
