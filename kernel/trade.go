package kernel

import (
	"context"
	"errors"
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// traded is what one line trades in a year, by product in the order of the year. It does not depend on criteria or
// partners, so that the year remembers it: who moves a threshold pays for it once.
type traded struct {
	run              []int32 // of an economy: its place among the importers of the product's index, or -1
	imports, exports []float64
	intra, sold      []float64 // of a bloc
}

func (t *traded) size() int64 {
	return store.SizeOf(*t) + store.SizeOfSlice(t.run) + store.SizeOfSlice(t.imports) + store.SizeOfSlice(t.exports) + store.SizeOfSlice(t.intra) + store.SizeOfSlice(t.sold)
}

// look finds what lines trade: blocs, whose trade takes a pass over the flows of their members, and economies where they are so few
// that to search each product's index for them would take most of the time. Of blocs it finds their suppliers in the same pass.
func (s *side) look(ctx context.Context, year *store.Year, exact bool) error {
	if len(s.blocs) > maxLooked { // to begin with would fill the memory with what is not enough
		return nil
	}
	for i := range s.lines {
		l := &s.lines[i]
		if len(l.codes) == 0 || !l.merged && !s.few() {
			continue
		}
		if !l.merged {
			known, err := store.RememberOf(ctx, year, tradedKey{set: l.set}, (*traded).size, func() (*traded, error) { return tradedByEconomy(ctx, year, uint16(l.codes[0])) })
			if err != nil {
				return err
			}
			l.trade = known
			continue
		}
		known, err := store.RememberOf(ctx, year, tradedKey{l.set, l.inside, true}, (*blocYear).size, func() (*blocYear, error) { return blocYearOf(ctx, year, l, exact) })
		if err != nil {
			return err
		}
		l.trade, l.suppliers = &known.traded, known.suppliers
	}
	return nil
}

// look finds what is known of the economies of a view by the year, where all products are asked for.
func (p *plan) look(ctx context.Context, year *store.Year) error {
	if p.view.Products != nil {
		return nil
	}
	return errors.Join(p.importers.look(ctx, year, p.exact), p.lookPartners(ctx, year), p.lookSuppliers(ctx, year))
}

// lookPartners is look for partners. Of a bloc only what it sells counts, which the index tells, unless it is netted out.
func (p *plan) lookPartners(ctx context.Context, year *store.Year) error {
	if s := &p.partners; s.few() && (len(s.blocs) == 0 || p.view.World == trade.Net && p.exporters && p.exact) {
		return s.look(ctx, year, p.exact)
	}
	return nil
}

// maxLooked bounds the lines of a side that are looked up, at some 100 to 700 kB each.
const maxLooked = 8

type tradedKey struct {
	set, inside trade.Set
	merged      bool
}

func tradedByEconomy(ctx context.Context, year *store.Year, code uint16) (*traded, error) {
	n := year.Len()
	t := &traded{run: make([]int32, n), imports: make([]float64, n), exports: make([]float64, n)}
	return t, eachProduct(ctx, n, func() func(k int) {
		return func(k int) {
			x := year.Index(k)
			t.run[k] = -1
			if i, ok := slices.BinarySearch(x.Importer, code); ok {
				t.run[k], t.imports[k] = int32(i), x.Imports[i]
			}
			if i, ok := slices.BinarySearch(x.Exporter, code); ok {
				t.exports[k] = x.Exports[i]
			}
		}
	})
}

// blocYear is what a bloc trades in a year, and its suppliers, in the order of the year's products.
type blocYear struct {
	traded
	suppliers []suppliers
}

func (b *blocYear) size() int64 { return b.traded.size() + store.SizeOfSlice(b.suppliers) }

// blocYearOf takes one pass over what the members buy.
func blocYearOf(ctx context.Context, year *store.Year, l *line, exact bool) (*blocYear, error) {
	n := year.Len()
	b := &blocYear{traded{imports: make([]float64, n), exports: make([]float64, n), intra: make([]float64, n), sold: make([]float64, n)}, make([]suppliers, n)}
	return b, eachProduct(ctx, n, func() func(k int) {
		m := &merger{}
		return func(k int) {
			it := item{product: k}
			it.flows, it.index = year.Lazy(k)
			r, d := m.buy(&it, l, exact)
			b.imports[k], b.exports[k], b.intra[k], b.sold[k] = d.imports, d.exports, d.intra, d.sold
			b.suppliers[k] = suppliersOf(&it, &r, d.imports)
		}
	})
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

type suppliersKey struct{ code uint16 }

// lookSuppliers finds the suppliers of few importers where criteria ask for no others than the leaders, or for sums over all: a moved
// threshold then looks at no flows but those of dependencies.
func (p *plan) lookSuppliers(ctx context.Context, year *store.Year) (err error) {
	p.leading = p.floor*(1-1e-9) > quarter && !p.quantities
	if p.quantities || !p.importers.few() || !p.leading && !p.suppliers {
		return nil
	}
	for i := range p.importers.lines {
		l := &p.importers.lines[i]
		if l.trade == nil || l.merged {
			continue
		}
		l.suppliers, err = store.RememberOf(ctx, year, suppliersKey{uint16(l.codes[0])}, store.SizeOfSlice[suppliers], func() ([]suppliers, error) { return suppliersOfEconomy(ctx, year, l.trade) })
		if err != nil {
			return err
		}
	}
	return nil
}

func suppliersOfEconomy(ctx context.Context, year *store.Year, t *traded) ([]suppliers, error) {
	list := make([]suppliers, year.Len())
	return list, eachProduct(ctx, len(list), func() func(k int) {
		return func(k int) {
			if t.run[k] < 0 {
				return
			}
			it := item{}
			it.flows, it.index = year.Lazy(k)
			lo, hi := it.index.Run(int(t.run[k]))
			r := run{exporter: it.flows.Exporter[lo:hi], value: it.flows.Value[lo:hi]}
			list[k] = suppliersOf(&it, &r, t.imports[k])
		}
	})
}

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
