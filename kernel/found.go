package kernel

import "chokepoint/indicator"

// found is what several views need of the flows of a product: for each importer in the index the squares of what it buys, and
// its leading suppliers. It is found when the first of them asks.
type found struct {
	ready   bool
	squares []float64
	leaders []flowAt // the flows of more than a quarter of an importer's imports, in the order of the flows
}

// shares says whether views of many importers ask for the same of every flow, so that it is worth one pass for all.
func shares(plans []*plan) bool {
	n := 0
	for _, p := range plans {
		if p.importers.few() || p.quantities {
			continue
		}
		if p.onlySquares && p.need[indicator.ImportSquares] || p.leading && len(p.bySeller.criteria) == 0 {
			n++
		}
	}
	return n > 1
}

// find looks at every flow of an item once.
func (it *item) find() *found {
	f := it.found
	if f.ready {
		return f
	}
	it.flows.VerifyValues()
	f.ready, f.squares, f.leaders = true, f.squares[:0], f.leaders[:0]
	for at := range it.index.Importer {
		lo, hi := it.index.Run(at)
		value := it.flows.Value[lo:hi]
		f.squares = append(f.squares, squares(value))
		least := quarter * it.index.Imports[at]
		for i, v := range value {
			if v > least {
				f.leaders = append(f.leaders, flowAt{lo + int32(i), int32(at)})
			}
		}
	}
	return f
}

// leadingSales lists the flows from chosen partners that are large enough, from the leaders.
func (w *worker) leadingSales(it *item) {
	from := len(w.sales)
	share := w.floor * (1 - 1e-9)
	for _, s := range it.find().leaders {
		if it.flows.Value[s.flow] >= share*it.index.Imports[s.at] && w.wanted[it.flows.Exporter[s.flow]] {
			w.sales = append(w.sales, s)
		}
	}
	it.bySales, it.sales = true, [2]int{from, len(w.sales)}
}
