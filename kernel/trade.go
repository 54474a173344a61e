package kernel

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"chokepoint/store"
	"chokepoint/trade"
)

// What lines trade, and who supplies them, does not depend on criteria or partners, so that the year remembers it: who moves a threshold pays
// for it once. It is found product by product, when a criterion asks for it: most definitions rule out most products by what the world sells.

// slot says of what is remembered of a product whether it has been found. Whoever claims it fills it in, and nobody reads it before it is
// there: others who need it in the meantime find it for themselves.
type slot struct{ state atomic.Uint32 }

const (
	claimed = 1
	there   = 2
)

func (s *slot) isThere() bool { return s.state.Load() == there }
func (s *slot) claim() bool   { return s.state.CompareAndSwap(0, claimed) }
func (s *slot) put()          { s.state.Store(there) }

// economyYear is what an economy trades, in the order of the year's products.
type economyYear struct{ products []economySlot }

type economySlot struct {
	slot
	economyTrade
}

// economyTrade is what it trades of a product, and its place among the importers of the index, or -1.
type economyTrade struct {
	run              int32
	imports, exports float64
}

func (e *economyYear) size() int64 { return store.SizeOfSlice(e.products) }

// of finds what the economy trades of a product.
func (e *economyYear) of(it *item, code uint16) economyTrade {
	p := &e.products[it.product]
	if p.isThere() {
		return p.economyTrade
	}
	t := economyTrade{run: -1, exports: it.sold(code)}
	if i, ok := slices.BinarySearch(it.index.Importer, code); ok {
		t.run, t.imports = int32(i), it.index.Imports[i]
	}
	if p.claim() {
		p.economyTrade = t
		p.put()
	}
	return t
}

// blocYear is what a bloc trades, and its suppliers.
type blocYear struct{ products []blocSlot }

type blocSlot struct {
	slot
	sides
	suppliers
	traded struct { // sides, where inner trade is known and flows need not be looked at
		slot
		sides
	}
}

func (b *blocYear) size() int64 { return store.SizeOfSlice(b.products) }

// of finds both of a product, in one pass over what the members buy.
func (b *blocYear) of(it *item, l *line, m *merger, exact bool) *blocSlot {
	p := &b.products[it.product]
	if p.isThere() {
		return p
	}
	own := p.claim()
	if !own {
		p = &blocSlot{}
	}
	plain := *it
	plain.flows.Quantity = nil
	var r run
	r, p.sides = m.buy(&plain, l, exact)
	p.suppliers = suppliersOf(&plain, &r, p.imports)
	if own {
		p.put()
	}
	return p
}

// sidesOf finds what the bloc trades of a product.
func (b *blocYear) sidesOf(it *item, l *line, m *merger, exact bool) sides {
	p := &b.products[it.product]
	switch {
	case p.isThere():
		return p.sides
	case l.innerOf == nil:
		return b.of(it, l, m, exact).sides
	case p.traded.isThere():
		return p.traded.sides
	}
	d := it.indexTrade(l)
	if p.traded.claim() {
		p.traded.sides = d
		p.traded.put()
	}
	return d
}

// lookInner finds the blocs whose inner trade is in the year's files.
func (s *side) lookInner(year *store.Year) {
	for _, b := range s.blocs {
		if l := &s.lines[b]; l.inside == l.set {
			l.innerOf, _ = year.Inner(l.set)
		}
	}
}

// look remembers what lines trade: blocs, whose trade takes a pass over the flows of their members, and economies where they are so few
// that to search each product's index for them would take most of the time.
func (s *side) look(ctx context.Context, year *store.Year) error {
	if len(s.blocs) > maxLooked { // to begin with would fill the memory with what is not enough
		return nil
	}
	for i := range s.lines {
		l := &s.lines[i]
		if len(l.codes) == 0 || !l.merged && !s.few() {
			continue
		}
		var err error
		if l.merged {
			l.ofBloc, err = store.RememberOf(ctx, year, tradedKey{l.set, l.inside, true}, (*blocYear).size, func() (*blocYear, error) { return &blocYear{make([]blocSlot, year.Len())}, nil })
		} else {
			l.economy, err = store.RememberOf(ctx, year, tradedKey{set: l.set}, (*economyYear).size, func() (*economyYear, error) { return &economyYear{make([]economySlot, year.Len())}, nil })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// look remembers what is known of the economies of a view by the year, where all products are asked for.
func (p *plan) look(ctx context.Context, year *store.Year) error {
	p.importers.lookInner(year)
	p.partners.lookInner(year)
	if p.view.Products != nil {
		return nil
	}
	return errors.Join(p.importers.look(ctx, year), p.lookPartners(ctx, year), p.lookSuppliers(ctx, year))
}

// lookPartners is look for partners. Of a bloc only what it sells counts, which the index tells, unless it is netted out.
func (p *plan) lookPartners(ctx context.Context, year *store.Year) error {
	if s := &p.partners; s.few() && (len(s.blocs) == 0 || p.view.World == trade.Net && p.exporters && p.exact) {
		return s.look(ctx, year)
	}
	return nil
}

// maxLooked bounds the lines of a side that are looked up, at some 100 to 800 kB each.
const maxLooked = 8

type tradedKey struct {
	set, inside trade.Set
	merged      bool
}

// suppliers is what is known of who sells a product to an importer, whatever is asked: the sums over all of them, and the leaders,
// those with more than a quarter of its imports.
type suppliers struct {
	leaders
	squares float64 // as squares adds them up
	sums    supply  // without tonnes
}

// leaders are suppliers that have more than a quarter of what an importer buys of a product, n of them in ascending
// order: what they sell to it, and in all.
type leaders struct {
	n           int32
	exporter    [3]uint16
	value, sold [3]float64
}

// quarter is the share above which there can be no more than three.
const quarter = 0.25

// suppliersOf are those of a run.
func suppliersOf(it *item, r *run, imports float64) (s suppliers) {
	if len(r.value) == 0 {
		return s
	}
	s.squares, s.sums = squares(r.value), r.supply(nil)
	for i, v := range r.value {
		if v > quarter*imports {
			exp := r.exporter[i]
			s.exporter[s.n], s.value[s.n], s.sold[s.n] = exp, v, it.sold(exp)
			s.n++
		}
	}
	return s
}

// suppliersYear is the suppliers of an economy, in the order of the year's products.
type suppliersYear struct{ products []suppliersSlot }

type suppliersSlot struct {
	slot
	suppliers
}

func (y *suppliersYear) size() int64 { return store.SizeOfSlice(y.products) }

// of finds those of a product, from what the economy buys of it.
func (y *suppliersYear) of(it *item, t economyTrade) *suppliers {
	p := &y.products[it.product]
	if p.isThere() {
		return &p.suppliers
	}
	own := p.claim()
	if !own {
		p = &suppliersSlot{}
	}
	if t.run >= 0 {
		lo, hi := it.index.Run(int(t.run))
		r := run{exporter: it.flows.Exporter[lo:hi], value: it.flows.Value[lo:hi]}
		p.suppliers = suppliersOf(it, &r, t.imports)
	}
	if own {
		p.put()
	}
	return &p.suppliers
}

type suppliersKey struct{ code uint16 }

// lookSuppliers remembers the suppliers of few importers where criteria ask for no others than the leaders, or for sums over all: a moved
// threshold then looks at no flows but those of dependencies.
func (p *plan) lookSuppliers(ctx context.Context, year *store.Year) (err error) {
	p.leading = p.floor*(1-1e-9) > quarter && !p.quantities
	if p.quantities || !p.importers.few() || !p.leading && !p.suppliers {
		return nil
	}
	for i := range p.importers.lines {
		l := &p.importers.lines[i]
		if l.economy == nil {
			continue
		}
		l.supply, err = store.RememberOf(ctx, year, suppliersKey{uint16(l.codes[0])}, (*suppliersYear).size, func() (*suppliersYear, error) { return &suppliersYear{make([]suppliersSlot, year.Len())}, nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// remembered says that the suppliers of a line are.
func (l *line) remembered() bool { return l.ofBloc != nil || l.supply != nil }

// known are the suppliers of a line where they are remembered, else nil.
func (w *worker) known(it *item, l *line) *suppliers {
	switch {
	case l.ofBloc != nil:
		return &w.blocOf(it, l).suppliers
	case l.supply != nil:
		return l.supply.of(it, l.economy.of(it, uint16(l.codes[0])))
	}
	return nil
}

// blocOf is what a bloc trades of a product, and its suppliers, where that is remembered.
func (w *worker) blocOf(it *item, l *line) *blocSlot { return l.ofBloc.of(it, l, &w.ofBlocs, w.exact) }

// eachProduct does work on the products of a year, on all cores, each of which starts it once.
func eachProduct(ctx context.Context, n int, start func() func(k int)) error {
	each := func(context.Context) (func(lo, hi int) (struct{}, error), func()) {
		work := start()
		return func(lo, hi int) (struct{}, error) {
			for k := lo; k < hi; k++ {
				work(k)
			}
			return struct{}{}, nil
		}, func() {}
	}
	return blocks(ctx, n, blockOfFew, each, func(struct{}) error { return nil })
}
