package kernel

import (
	"context"
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

// look finds what lines trade: blocs, whose inner trade takes a pass over their flows, and economies where they are so few
// that to search each product's index for them would take most of the time.
func (s *side) look(ctx context.Context, year *store.Year, exact bool) error {
	n := 0
	for i := range s.lines {
		l := &s.lines[i]
		if len(l.codes) == 0 || !l.merged && !s.few() {
			continue
		}
		if n++; n > maxLooked {
			return nil
		}
		known, err := store.RememberOf(year, tradedKey{l.set, l.inside, l.merged}, func() (*traded, error) {
			if l.merged {
				return tradedByBloc(ctx, year, l, exact)
			}
			return tradedByEconomy(ctx, year, uint16(l.codes[0]))
		})
		if err != nil {
			return err
		}
		l.trade = known
	}
	return nil
}

// lookFew is look for partners: of a bloc only what it sells counts, which the index tells.
func (s *side) lookFew(ctx context.Context, year *store.Year, exact bool) error {
	if !s.few() || len(s.blocs) > 0 {
		return nil
	}
	return s.look(ctx, year, exact)
}

// maxLooked bounds the lines of a side that are looked up, at some 100 kB each.
const maxLooked = 8

type tradedKey struct {
	set, inside trade.Set
	merged      bool
}

func tradedByEconomy(ctx context.Context, year *store.Year, code uint16) (*traded, error) {
	n := year.Len()
	t := &traded{run: make([]int32, n), imports: make([]float64, n), exports: make([]float64, n)}
	return t, eachProduct(ctx, n, func(k int) {
		x := year.Index(k)
		t.run[k] = -1
		if i, ok := slices.BinarySearch(x.Importer, code); ok {
			t.run[k], t.imports[k] = int32(i), x.Imports[i]
		}
		if i, ok := slices.BinarySearch(x.Exporter, code); ok {
			t.exports[k] = x.Exports[i]
		}
	})
}

func tradedByBloc(ctx context.Context, year *store.Year, l *line, exact bool) (*traded, error) {
	n := year.Len()
	t := &traded{imports: make([]float64, n), exports: make([]float64, n), intra: make([]float64, n), sold: make([]float64, n)}
	return t, eachProduct(ctx, n, func(k int) {
		it := item{}
		it.flows, it.index = year.Lazy(k)
		d := it.blocTrade(l, exact)
		t.imports[k], t.exports[k], t.intra[k], t.sold[k] = d.imports, d.exports, d.intra, d.sold
	})
}

// leaders are the suppliers of one economy and product that have more than a quarter of its imports, n of them in ascending
// order: what they sell to it, and in all.
type leaders struct {
	n           int
	exporter    [3]uint16
	value, sold [3]float64
}

// quarter is the share above which there can be no more than three.
const quarter = 0.25

type leadersKey struct{ code uint16 }

// lookLeaders finds the largest suppliers of few importers where criteria ask for no others: a moved threshold then looks at
// no flows but those of dependencies.
func (p *plan) lookLeaders(ctx context.Context, year *store.Year) (err error) {
	if p.floor*(1-1e-9) <= quarter || p.quantities || !p.importers.few() {
		return nil
	}
	for i := range p.importers.lines {
		l := &p.importers.lines[i]
		if l.trade == nil || l.merged {
			continue
		}
		l.leaders, err = store.RememberOf(year, leadersKey{uint16(l.codes[0])}, func() ([]leaders, error) { return leadersOf(ctx, year, l.trade) })
		if err != nil {
			return err
		}
	}
	return nil
}

func leadersOf(ctx context.Context, year *store.Year, t *traded) ([]leaders, error) {
	list := make([]leaders, year.Len())
	return list, eachProduct(ctx, len(list), func(k int) {
		if t.run[k] < 0 {
			return
		}
		it, lead := item{}, &list[k]
		it.flows, it.index = year.Lazy(k)
		lo, hi := it.index.Run(int(t.run[k]))
		for i, v := range it.flows.Value[lo:hi] {
			if v > quarter*t.imports[k] {
				exp := it.flows.Exporter[int(lo)+i]
				lead.exporter[lead.n], lead.value[lead.n], lead.sold[lead.n] = exp, v, it.sold(exp)
				lead.n++
			}
		}
	})
}

// eachProduct does work on the products of a year, on all cores.
func eachProduct(ctx context.Context, n int, work func(k int)) error {
	each := func(context.Context) (func(lo, hi int) (struct{}, error), func()) {
		return func(lo, hi int) (struct{}, error) {
			for k := lo; k < hi; k++ {
				work(k)
			}
			return struct{}{}, nil
		}, func() {}
	}
	return blocks(ctx, n, blockOfFew, each, func(struct{}) error { return nil })
}
