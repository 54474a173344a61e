package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// randomFlows makes the flows of one product among a few economies, with ties and missing quantities.
func randomFlows(rng *rand.Rand, economies, values int) store.Flows {
	f := store.Flows{Product: "850760"}
	withQuantity := rng.IntN(3) > 0
	for imp := uint16(1); int(imp) <= economies; imp++ {
		for exp := uint16(1); int(exp) <= economies; exp++ {
			if imp == exp || rng.IntN(3) == 0 {
				continue
			}
			f.Importer, f.Exporter = append(f.Importer, imp), append(f.Exporter, exp)
			f.Value = append(f.Value, float64(1+rng.IntN(values)))
			if withQuantity {
				q := float64(rng.IntN(100)) / 4
				if rng.IntN(4) == 0 {
					q = math.NaN()
				}
				f.Quantity = append(f.Quantity, q)
			}
		}
	}
	return f
}

// collect keeps the cells of a product and checks each against the slow twin while the batch is valid.
type collect struct {
	t      *testing.T
	view   *View
	flows  []store.Flows
	counts map[bool]int
	part   bool // not all sums are computed
}

func (c *collect) Importers(b *Batch) error { c.check(b); return nil }
func (c *collect) Pairs(b *Batch) error     { c.check(b); return nil }

func (c *collect) check(b *Batch) {
	c.t.Helper()
	pairs := len(b.Partner) > 0
	flows := c.flows[slices.IndexFunc(c.flows, func(f store.Flows) bool { return f.Product == b.Product })]
	c.counts[pairs] += b.N
	for i := range b.N {
		var partner trade.Set
		if pairs {
			partner = c.view.Partners[b.Partner[i]]
		}
		sums := Define(flows, c.view.Importers[b.Importer[i]], c.view.InsideOf(b.Importer[i]), partner, c.view.World)
		for s := range indicator.Sum(indicator.NumSums) {
			if len(b.Col[s]) == 0 {
				if !c.part && (s.Level() < indicator.Pair || pairs) {
					c.t.Fatalf("sum %d was not computed", s)
				}
				continue
			}
			exactly, err := b.Exact(i, []indicator.Sum{s})
			if err != nil {
				c.t.Fatal(err)
			}
			want, exact := indicator.Exact{Rat: sums[s]}.Float(), exactly(s)
			if with, ok := s.Covers(); ok && sums[with].Sign() == 0 {
				want = math.NaN()
			} else if exact.Rat == nil || exact.Rat.Cmp(sums[s]) != 0 {
				c.t.Errorf("%s: importer %v, partner %v: exact sum %d is %v, want %v", c.view.World, b.Importer[i], b.Partner, s, exact.Rat, sums[s])
			}
			if got := b.At(s, i); !(math.Abs(got-want) <= 1e-9*math.Abs(want) || math.IsNaN(got) && math.IsNaN(want)) {
				c.t.Errorf("%s: importer %v, partner %v: sum %d is %v, want %v", c.view.World, b.Importer[i], b.Partner, s, got, want)
			}
		}
	}
}

// TestAgainstDefinition compares every sum of every cell with Define, for economies and blocs on both sides,
// overlapping ones too, with trade inside blocs counted or netted out.
func TestAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for round := range 60 {
		flows := randomFlows(rng, 2+rng.IntN(9), 1+rng.IntN(50))
		if len(flows.Value) == 0 {
			continue
		}
		var lines []trade.Set
		for c := trade.Code(1); c <= 11; c++ {
			lines = append(lines, trade.SetOf(c))
		}
		lines = append(lines, trade.SetOf(1, 2, 3), trade.SetOf(3, 4, 5), trade.SetOf(9, 10, 11), trade.SetOf(2, 900))
		inside := make([]trade.Set, len(lines))
		for i, bloc := range []trade.Set{trade.SetOf(1, 2, 3, 4, 900), trade.SetOf(5, 6), trade.SetOf(9, 10, 11)} { // 11 is alone, and in a bloc of three that is none to others
			for l, set := range lines {
				if set.Minus(bloc).Len() == 0 && (i < 2 || set.Has(11)) {
					inside[l] = bloc
				}
			}
		}
		for n, world := range []trade.World{trade.Gross, trade.Net, trade.Gross, trade.Net} {
			view := View{Year: 2020, Importers: lines, Partners: lines, World: world}
			if n > 1 {
				view.Inside = inside
			}
			c := &collect{t: t, view: &view, flows: []store.Flows{flows}, counts: map[bool]int{}}
			// Twice: what one product leaves behind must not reach the next.
			compute(t, &view, true, c, flows, flows)
			if got, want := c.counts[true], 2*pairsOf(flows, &view); got != want {
				t.Fatalf("round %d: %d cells of pairs, want %d", round, got, want)
			}
			if t.Failed() {
				t.Fatalf("round %d: %+v", round, flows)
			}
		}
	}
}

// compute hands v the cells of products, in two blocks of the same worker.
func compute(t *testing.T, view *View, exact bool, v Visitor, products ...store.Flows) {
	t.Helper()
	var traders trade.Set
	for _, f := range products {
		traders = traders.Union(present(f))
	}
	w := newWorker(t.Context(), newPlan(view, traders, exact))
	half := (len(products) + 1) / 2
	for _, part := range [][]store.Flows{products[:half], products[half:]} {
		w.begin()
		for _, f := range part {
			it := w.add(0)
			it.flows, it.index = f, store.IndexOf(f.Importer, f.Exporter, f.Value)
		}
		if err := w.compute(v); err != nil {
			t.Fatal(err)
		}
	}
}

func present(f store.Flows) trade.Set {
	var s trade.Set
	for i := range f.Value {
		s.Add(trade.Code(f.Importer[i]))
		s.Add(trade.Code(f.Exporter[i]))
	}
	return s
}

// pairsOf counts the pairs of lines with trade between them: flows from a partner outside the importer into it.
func pairsOf(f store.Flows, view *View) int {
	n := 0
	for i, importer := range view.Importers {
		for _, partner := range view.Partners {
			if Define(f, importer, view.InsideOf(int32(i)), partner, trade.Gross)[indicator.ImportsFromPartner].Sign() > 0 {
				n++
			}
		}
	}
	return n
}

// TestTies: the lower BACI code wins; a merged bloc stands at its lowest member.
func TestTies(t *testing.T) {
	flows := store.Flows{Product: "010121",
		Importer: []uint16{1, 1, 1, 1}, Exporter: []uint16{2, 3, 4, 5}, Value: []float64{10, 20, 20, 10}}
	f := func(partner trade.Set, world trade.World, wantSupplier, wantExporter uint16) {
		t.Helper()
		view := View{Importers: []trade.Set{trade.SetOf(1)}, Partners: []trade.Set{partner}, World: world}
		v := &tops{}
		compute(t, &view, true, v, flows)
		if v.supplier != wantSupplier || v.exporter != wantExporter {
			t.Errorf("partner %v, %s: top supplier %d, exporter %d; want %d, %d", partner.Codes(), world, v.supplier, v.exporter, wantSupplier, wantExporter)
		}
	}
	f(trade.SetOf(4), trade.Gross, 3, 3)
	f(trade.SetOf(2, 5), trade.Gross, MergedPartner, 3) // 10+10 ties with 3 and 4; its lowest member is 2
	f(trade.SetOf(2, 5), trade.Net, MergedPartner, MergedPartner)
	f(trade.SetOf(4, 5), trade.Net, MergedPartner, MergedPartner) // 30

	// Two merged exporters of the same size: 2 is below 3. A bloc of which only one member trades stays a bloc.
	flows = store.Flows{Product: "010121", Importer: []uint16{1, 1, 6}, Exporter: []uint16{4, 5, 7}, Value: []float64{10, 3, 10}}
	view := View{Importers: []trade.Set{trade.SetOf(1, 3, 7)}, Partners: []trade.Set{trade.SetOf(2, 4)}, World: trade.Net}
	v := &tops{}
	compute(t, &view, true, v, flows)
	if v.supplier != MergedPartner || v.exporter != MergedImporter {
		t.Errorf("top supplier %d, exporter %d; want the partner bloc, the importer bloc", v.supplier, v.exporter)
	}
}

type tops struct{ supplier, exporter uint16 }

func (v *tops) Importers(*Batch) error { return nil }
func (v *tops) Pairs(b *Batch) error {
	v.supplier, v.exporter = b.TopSupplier[0], b.TopExporter[0]
	return nil
}

// TestScaling: doubling every flow doubles sums of dollars, quadruples squares and changes no count.
func TestScaling(t *testing.T) {
	flows := randomFlows(rand.New(rand.NewPCG(1, 1)), 8, 1000)
	double := flows
	double.Value = slices.Clone(flows.Value)
	for i := range double.Value {
		double.Value[i] *= 2
	}
	factor := map[string]int64{"USD": 2, "USD²": 4, "t": 1, "count": 1}
	one, two := Define(flows, trade.SetOf(1, 2), trade.SetOf(1, 2), trade.SetOf(3, 4), trade.Net), Define(double, trade.SetOf(1, 2), trade.SetOf(1, 2), trade.SetOf(3, 4), trade.Net)
	for s := range indicator.Sum(indicator.NumSums) {
		ind, _ := indicator.Get(s.Name())
		f := factor[ind.Unit]
		if want := new(big.Rat).Mul(one[s], big.NewRat(f, 1)); two[s].Cmp(want) != 0 {
			t.Errorf("sum %d: %v, want %v", s, two[s], want)
		}
	}
}
