package kernel

import (
	"context"
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// Purchase is what one importer buys of a product in a year.
type Purchase struct {
	Importer int32   // as asked for
	Imports  float64 // from all, US dollars
	Sales    []Sale  // from groups of exporters that sell any
}

// Sale is what a group of exporters sells to an importer, in US dollars.
type Sale struct {
	Exporter int32 // as asked for
	Value    float64
}

// From is what a group of exporters sells; to go through all of many, use Sales.
func (p *Purchase) From(exporter int) float64 {
	for _, s := range p.Sales {
		if s.Exporter == int32(exporter) {
			return s.Value
		}
	}
	return 0
}

// PurchasesOf gives, for each of some products, what importers buy from groups of exporters in a year, in the order of the index; nil of products
// that none of them buys. Importers are economies, each by itself and named once. It is what a scan without criteria gives, in one look at each flow.
func PurchasesOf(ctx context.Context, year *store.Year, products []string, importers, exporters []trade.Set) ([][]Purchase, error) {
	p := newPurchasing(importers, exporters)
	list := make([][]Purchase, len(products))
	each := func(context.Context) (func(lo, hi int) (struct{}, error), func()) {
		w := &purchaser{purchasing: p, sums: make([]float64, len(exporters))}
		return func(lo, hi int) (struct{}, error) {
			for i, product := range products[lo:hi] {
				if k, ok := year.Find(product); ok {
					list[lo+i] = w.of(year.Lazy(k))
				}
			}
			return struct{}{}, nil
		}, func() {}
	}
	return list, blocks(ctx, len(products), blockOfAll, each, func(struct{}) error { return nil })
}

// purchasing is who buys and who sells.
type purchasing struct {
	importer [trade.MaxCode]int32   // place by code, -1 for others
	groups   [trade.MaxCode][]int32 // of exporters, by code
	several  []bool                 // by group: it has several codes
}

func newPurchasing(importers, exporters []trade.Set) *purchasing {
	p := &purchasing{several: make([]bool, len(exporters))}
	for c := range p.importer {
		p.importer[c] = -1
	}
	for i, set := range importers {
		for _, c := range set.Codes() {
			p.importer[c] = int32(i)
		}
	}
	for g, set := range exporters {
		codes := set.Codes()
		p.several[g] = len(codes) > 1
		for _, c := range codes {
			p.groups[c] = append(p.groups[c], int32(g))
		}
	}
	return p
}

// purchaser looks at one product after another.
type purchaser struct {
	*purchasing
	sums    []float64 // of groups of several codes, for the importer at hand
	touched []int32   // of these, those that are not zero
}

// of lists the purchases of a product, the sales of each by group: those of single economies before those of several codes.
func (w *purchaser) of(f store.Flows, x store.Index) []Purchase {
	f.VerifyValues()
	list, sales := make([]Purchase, 0, len(x.Importer)), make([]Sale, 0, len(f.Value))
	for at, code := range x.Importer {
		importer := w.importer[code&(trade.MaxCode-1)]
		if importer < 0 {
			continue
		}
		lo, hi := x.Run(at)
		value, from := f.Value[lo:hi], len(sales)
		for i, exp := range f.Exporter[lo:hi] {
			for _, g := range w.groups[exp&(trade.MaxCode-1)] {
				if !w.several[g] {
					sales = append(sales, Sale{g, value[i]})
					continue
				}
				if w.sums[g] == 0 {
					w.touched = append(w.touched, g)
				}
				w.sums[g] += value[i]
			}
		}
		slices.Sort(w.touched)
		for _, g := range w.touched {
			sales = append(sales, Sale{g, w.sums[g]})
			w.sums[g] = 0
		}
		w.touched = w.touched[:0]
		list = append(list, Purchase{importer, x.Imports[at], sales[from:len(sales):len(sales)]})
	}
	if len(list) == 0 {
		return nil
	}
	return list
}
