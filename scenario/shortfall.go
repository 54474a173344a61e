package scenario

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"chokepoint/store"
)

// losses are what an importer loses, product by product, and what of it stays unfilled under a combination. Both are in lists that follow one another.
type losses struct{ lost, unfilled [][]float64 }

// lackOf is what they come to over the first year, US dollars.
func (l *losses) lackOf(s supply) (lack float64) {
	for n, lost := range l.lost {
		unfilled := l.unfilled[n]
		for i, v := range lost {
			lack += s.lackOf(v, v-unfilled[i])
		}
	}
	return lack
}

func sizeOfLists(lists [][]float64) (n int64) {
	for _, list := range lists {
		n += store.SizeOfSlice(list)
	}
	return n + store.SizeOfSlice(lists)
}

// shortfalls are the totals of a cut under one combination, in the order of an answer: what they are about, and what is lost and unfilled. They depend neither on
// ramp and stocks nor on the elasticity.
type shortfalls struct {
	cells    []*CutCell
	unfilled []float64
	losses   []losses
}

// tried are the shortfalls under several combinations, in their order.
type tried struct {
	list  []*shortfalls
	moved map[int]hubMove
}

// size counts what is lost once: combinations share it.
func (t *tried) size() int64 {
	n := store.SizeOf(*t)
	for k, f := range t.list {
		n += store.SizeOf(*f) + store.SizeOfSlice(f.cells) + store.SizeOfSlice(f.unfilled) + store.SizeOfSlice(f.losses)
		for i := range f.losses {
			n += sizeOfLists(f.losses[i].unfilled)
			if k == 0 {
				n += sizeOfLists(f.losses[i].lost) + store.SizeOf(CutCell{})
			}
		}
	}
	return n
}

// shortfallsOf are those under combinations, which are remembered: other stocks, ramps and elasticities change nothing of them.
func (c *cutting) shortfallsOf(ctx context.Context, combinations []Combination) ([]*shortfalls, error) {
	if c.distances != nil { // a file of distances may change
		t, err := c.tryAll(ctx, combinations)
		if err != nil {
			return nil, err
		}
		return t.list, nil
	}
	h := sha256.New()
	for _, y := range c.Years { // it also finds hubs and single points of failure, of which notes speak
		s, err := c.settingOf(ctx, y)
		if err != nil {
			return nil, err
		}
		c.describe(h, s)
		c.describeShown(h, s)
	}
	fmt.Fprintln(h, combinations)
	type key struct{ shortfalls [sha256.Size]byte }
	t, err := store.Remember(ctx, c.Dataset.Memory(), key{[sha256.Size]byte(h.Sum(nil))}, (*tried).size, func() (*tried, error) { return c.tryAll(ctx, combinations) })
	if err != nil {
		return nil, err
	}
	c.moved = t.moved
	return t.list, nil
}

// tryAll runs the cut, all combinations in one pass over the flows. Who fills is not asked for.
func (c *cutting) tryAll(ctx context.Context, combinations []Combination) (*tried, error) {
	asked, months := c.combinations, c.months
	defer func() { c.combinations, c.months, c.rows, c.lost = asked, months, nil, nil }()
	c.combinations, c.months, c.totalsOnly, c.shortfallsOnly, c.byProduct = combinations, 0, true, true, true
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	list := make([]*shortfalls, len(combinations))
	for k := range list {
		list[k] = &shortfalls{}
	}
	n := 0
	for i := range c.rows {
		r := &c.rows[i]
		if r.Freed > 0 {
			continue
		}
		f := list[n%len(combinations)]
		f.cells, f.unfilled, f.losses = append(f.cells, r.CutCell), append(f.unfilled, r.Unfilled), append(f.losses, c.lost[n])
		n++
	}
	return &tried{list, c.moved}, nil
}

// settlement is what a cut leaves unfilled under a combination in a year: by block of products, the needs of the importers of a product in the order of a market,
// one product after the other. A need for which the rule names no source is negative. It depends on who stops selling what to whom, and not on who is shown.
type settlement [][]float64

func (s settlement) size() int64 {
	n := store.SizeOfSlice(s)
	for _, needs := range s {
		n += store.SizeOfSlice(needs)
	}
	return n
}

// settlements are those of a year by combination, as far as they are remembered. Others are made, and remembered then.
type settlements struct {
	cut         [sha256.Size]byte
	known, made []settlement // by combination; nil
}

type settlementKey struct {
	cut         [sha256.Size]byte
	combination Combination
}

// settlementsOf looks for those of the combinations asked for; nil where they are not to be remembered: a file of distances may change, and who fills is in none.
func (c *cutting) settlementsOf(s *setting, blocks int) *settlements {
	if !c.shortfallsOnly || c.distances != nil {
		return nil
	}
	h := sha256.New()
	c.describe(h, s)
	of := &settlements{cut: [sha256.Size]byte(h.Sum(nil))}
	for _, combination := range c.combinations {
		known, ok := store.Known[settlementKey, settlement](c.Dataset.Memory(), settlementKey{of.cut, combination})
		var made settlement
		if !ok {
			known, made = nil, make(settlement, blocks)
		}
		of.known, of.made = append(of.known, known), append(of.made, made)
	}
	return of
}

// keep remembers those that were made.
func (c *cutting) keep(of *settlements) {
	for k, made := range of.made {
		if made != nil {
			store.Keep(c.Dataset.Memory(), settlementKey{of.cut, c.combinations[k]}, made, made.size())
		}
	}
}

// settle finds what the needs of the market leave unfilled under a combination: by the rule, or as it is remembered. at is the place of the first of them in the block.
func (w *cutWorker) settle(k, at int) {
	c, m, f := w.c, &w.market, &w.fill
	combination, of := c.combinations[k], w.settlements
	switch {
	case c.distances != nil:
		m.FillByDistance(f, combination.Rule, combination.Spare, c.distances)
	case of != nil && of.known[k] != nil:
		f.recallNeeds(m, of.known[k][w.block][at:])
	default:
		m.Fill(f, combination.Rule, combination.Spare)
		if of == nil {
			return
		}
		if w.settled == nil {
			w.settled = make([][]float64, len(c.combinations))
		}
		list := w.settled[k]
		for _, i := range m.needs {
			v := f.Unfilled[i]
			if !f.Sources[i] {
				v = -v
			}
			list = append(list, v)
		}
		w.settled[k] = list
	}
}

// keepSettlements copies what was settled in the block into lists without room for more.
func (w *cutWorker) keepSettlements() {
	for k, list := range w.settled {
		if made := w.settlements.made[k]; made != nil {
			made[w.block], w.settled[k] = slices.Clip(slices.Clone(list)), list[:0]
		}
	}
}

// recallNeeds puts in what a settlement says of the needs of a market.
func (f *Fill) recallNeeds(m *Market, needs []float64) {
	f.reading = 0 // its weights are of no use to others
	f.Unfilled, f.Sources = resized(f.Unfilled, len(m.Importers)), resized(f.Sources, len(m.Importers))
	for n, i := range m.needs {
		v := needs[n]
		f.Unfilled[i], f.Sources[i] = math.Abs(v), !math.Signbit(v)
	}
}

// describe writes all that decides what a cut leaves unfilled in a year, but for rules and spare capacities.
func (c *cutting) describe(w io.Writer, s *setting) {
	fmt.Fprintln(w, s.year, s.cut, c.singlePoints, c.Products.Codes())
	for _, product := range slices.Sorted(maps.Keys(s.points)) {
		fmt.Fprintln(w, product, *s.points[product])
	}
}

// describeShown writes who is shown, and which totals.
func (c *cutting) describeShown(w io.Writer, s *setting) {
	fmt.Fprintln(w, c.label)
	for _, g := range c.groups {
		fmt.Fprintln(w, g.label, slices.Sorted(maps.Keys(g.products)))
	}
	for p := range s.parties {
		party := &c.ImporterSide.Parties[p]
		fmt.Fprintf(w, "%q %q %v %v\n", party.Label, party.Name, party.Named, s.parties[p])
	}
}
