package clickhouse

import (
	"fmt"

	"chokepoint/indicator"
	"chokepoint/kernel"
)

// handed is a batch that a visitor is looking at.
type handed struct {
	*productCells
	batch *kernel.Batch
	err   error // the flows could not be read; the scan fails when the visitor returns
}

// Exact implements analysis.Engine.
func (e *Engine) Exact(b *kernel.Batch) indicator.ExactSums {
	h, ok := e.handed.Load(b)
	if !ok {
		return b.Exact // the kernel's own, of flows that were fetched
	}
	return h.(*handed).exact
}

// inexact are the sums that float64 may round even where all values are whole dollars.
var inexact = [indicator.NumSums]bool{indicator.ImportSquares: true, indicator.WorldSquares: true,
	indicator.ImportQuantity: true, indicator.WorldQuantity: true, indicator.PartnerQuantity: true}

// exact gives the sums of cell i without rounding. Whole dollars are exact as they came; for the rest the kernel adds the
// flows of the one product up again.
func (h *handed) exact(i int) (func(indicator.Sum) indicator.Exact, error) {
	if err := h.ctx.Err(); err != nil {
		return nil, err
	}
	var sums *[indicator.NumSums]indicator.Exact
	return func(s indicator.Sum) indicator.Exact {
		if h.Dataset.Manifest().Exact && !inexact[s] && len(h.batch.Col[s]) > 0 {
			return indicator.ExactOf(h.batch.At(s, i))
		}
		if sums == nil {
			sums = h.addUp(i)
		}
		return sums[s]
	}, nil
}

func (h *handed) addUp(i int) *[indicator.NumSums]indicator.Exact {
	f := &found{pair: len(h.batch.Partner) > 0}
	view := kernel.View{Year: h.view.Year, Importers: h.view.Importers[h.batch.Importer[i] : h.batch.Importer[i]+1], World: h.view.World,
		Products: []string{h.batch.Product}, Idle: true}
	if f.pair {
		view.Partners = h.view.Partners[h.batch.Partner[i] : h.batch.Partner[i]+1]
	}
	year, err := h.Flows(h.ctx, h.view.Year, view.Products)
	if err == nil {
		err = kernel.Scan(h.ctx, year, view, func() *found { return f }, func(*found) error { return nil })
	}
	if err == nil && !f.ok {
		err = fmt.Errorf("product %s of %d: the flows have no such cell; was the dataset changed on the server?", h.batch.Product, h.view.Year)
	}
	if err != nil && h.err == nil {
		h.err = err
	}
	return &f.sums
}

// found is the kernel's visitor that keeps the exact sums of the one cell.
type found struct {
	pair, ok bool
	sums     [indicator.NumSums]indicator.Exact
}

// Importers implements kernel.Visitor.
func (f *found) Importers(b *kernel.Batch) error { return f.keep(b, !f.pair) }

// Pairs implements kernel.Visitor.
func (f *found) Pairs(b *kernel.Batch) error { return f.keep(b, true) }

func (f *found) keep(b *kernel.Batch, wanted bool) error {
	if !wanted {
		return nil
	}
	exact, err := b.Exact(0)
	if err != nil {
		return err
	}
	for s := range f.sums {
		f.sums[s] = exact(indicator.Sum(s))
	}
	f.ok = true
	return nil
}
