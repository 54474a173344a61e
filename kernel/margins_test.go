package kernel

import (
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"chokepoint/store"
	"chokepoint/trade"
)

// deal is one flow.
type deal struct {
	product            string
	importer, exporter trade.Code
	value, tonnes      float64
}

// randomYear stores a few products and lists their flows.
func randomYear(t *testing.T, rng *rand.Rand) (*store.Year, []deal) {
	var products []store.Flows
	var list []deal
	for _, code := range []string{"850110", "850120", "850131"} {
		f := randomFlows(rng, 4+rng.IntN(8), 50)
		f.Product = code
		for i, v := range f.Value {
			list = append(list, deal{code, trade.Code(f.Importer[i]), trade.Code(f.Exporter[i]), v, quantity(f, i)})
		}
		products = append(products, f)
	}
	return storedYear(t, products...), list
}

// TestMargins states imports, exports, prices, deals and what goes through others over the flows, one sum at a time.
func TestMargins(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for range 20 {
		year, flows := randomYear(t, rng)
		economies := trade.SetOf(flows[0].importer, flows[0].exporter, flows[len(flows)/2].exporter, flows[len(flows)-1].exporter)
		for _, inside := range []trade.Set{{}, economies} {
			seen := 0
			err := Margins(t.Context(), year, nil, inside, func(product string, m store.Margins) error {
				imports, exports, world := map[uint16]float64{}, map[uint16]float64{}, 0.0
				for _, f := range flows {
					if f.product == product && !(inside.Has(f.importer) && inside.Has(f.exporter)) {
						imports[uint16(f.importer)] += f.value
						exports[uint16(f.exporter)] += f.value
						world += f.value
					}
				}
				seen++
				if !slices.Equal(m.Importer, slices.Sorted(maps.Keys(imports))) || !slices.Equal(m.Exporter, slices.Sorted(maps.Keys(exports))) || m.World != world {
					t.Errorf("%s: importers %v, exporters %v, world %v; want %v, %v, %v", product, m.Importer, m.Exporter, m.World, imports, exports, world)
				}
				for i, code := range m.Importer {
					if m.Imports[i] != imports[code] {
						t.Errorf("%s: %d imports %v, want %v", product, code, m.Imports[i], imports[code])
					}
				}
				for i, code := range m.Exporter {
					if m.Exports[i] != exports[code] {
						t.Errorf("%s: %d exports %v, want %v", product, code, m.Exports[i], exports[code])
					}
				}
				return nil
			})
			if err != nil || seen != year.Len() {
				t.Fatalf("%d products of %d, %v", seen, year.Len(), err)
			}
		}
		prices, err := Prices(t.Context(), year, economies)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range prices {
			want := Price{Product: p.Product}
			for _, f := range flows {
				if f.product != p.Product || !(f.tonnes > 0) || economies.Has(f.exporter) && economies.Has(f.importer) {
					continue
				}
				want.World += f.value
				want.WorldTonnes += f.tonnes
				if economies.Has(f.exporter) {
					want.Value += f.value
					want.Tonnes += f.tonnes
				}
			}
			if p.Value != want.Value || p.World != want.World || math.Abs(p.Tonnes-want.Tonnes)+math.Abs(p.WorldTonnes-want.WorldTonnes) > 1e-9 {
				t.Errorf("prices %+v, want %+v", p, want)
			}
		}
		for _, own := range []trade.Set{trade.SetOf(flows[0].importer), economies} {
			checkDeals(t, year, flows, own)
		}
	}
}

// checkDeals compares what an economy trades with others, of all products and of each, with the flows one by one.
func checkDeals(t *testing.T, year *store.Year, flows []deal, own trade.Set) {
	t.Helper()
	for _, products := range [][]string{nil, {"850120"}, {"850110", "850131"}} {
		got, err := DealsOf(t.Context(), year, own, trade.Set{}, products)
		if err != nil {
			t.Fatal(err)
		}
		want := Deals{Sold: make([]float64, trade.MaxCode), Bought: make([]float64, trade.MaxCode)}
		for _, f := range flows {
			switch {
			case products != nil && !slices.Contains(products, f.product):
				continue
			case own.Has(f.exporter):
				want.Sold[f.importer] += f.value
			case own.Has(f.importer):
				want.Bought[f.exporter] += f.value
			}
			want.World += f.value
			if inside := own.Has(f.exporter) && own.Has(f.importer); own.Has(f.exporter) && !inside {
				want.Exports += f.value
			} else if own.Has(f.importer) && !inside {
				want.Imports += f.value
			}
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%v trades of %v: %v; want %v", own.Codes(), products, *got, want)
		}
		for partner := range trade.Code(trade.MaxCode) {
			if want.Sold[partner] == 0 || own.Has(partner) {
				continue
			}
			some, err := DealsOf(t.Context(), year, own, trade.SetOf(partner), products)
			if err != nil {
				t.Fatal(err)
			}
			sums := func(d *Deals) [5]float64 {
				return [5]float64{d.Sold[partner], d.Bought[partner], d.Exports, d.Imports, d.World}
			}
			if sums(some) != sums(&want) || slices.ContainsFunc(own.Codes(), func(c trade.Code) bool { return some.Sold[c] != want.Sold[c] }) {
				t.Errorf("%v trades of %v with %d: %v; want %v", own.Codes(), products, partner, sums(some), sums(&want))
			}
		}
	}
}

// TestOnwardByHand: 156 sells 60 to 276 and 10 to 842. 276 imports 80 and exports 40, 40 of them to 842, which imports 50. Of what
// 276 can sell (80) three quarters are from 156, so 30 of its 40 reach 842: with the 10 that is more than half of 50, and the 10
// alone is not.
func TestOnwardByHand(t *testing.T) {
	f := store.Flows{Product: "850110", Importer: []uint16{276, 276, 842, 842}, Exporter: []uint16{156, 392, 156, 276}, Value: []float64{60, 20, 10, 40}}
	index, w := store.IndexOf(f.Importer, f.Exporter, f.Value), onwardWorker{}
	if got, want := w.of(f, index, trade.SetOf(156)), (Onward{Value: 30, Dependent: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// As a bloc 156 and 392 are all of what 276 buys.
	if got, want := w.of(f, index, trade.SetOf(156, 392)), (Onward{Value: 40, Dependent: 1}); got != want {
		t.Errorf("as a bloc: got %+v, want %+v", got, want)
	}
}

// TestOutward takes inner trade out of the index, and out of the flows one by one.
func TestOutward(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 2))
	same := func(a, b store.Margins) bool {
		return slices.Equal(a.Importer, b.Importer) && slices.Equal(a.Imports, b.Imports) && slices.Equal(a.Exporter, b.Exporter) && slices.Equal(a.Exports, b.Exports) && a.World == b.World
	}
	for range 200 {
		f := randomFlows(rng, 2+rng.IntN(8), 50)
		if len(f.Value) == 0 {
			continue
		}
		inside := trade.SetOf(trade.Code(1+rng.IntN(9)), trade.Code(1+rng.IntN(9)), trade.Code(1+rng.IntN(9)))
		o := newOutward(inside)
		o.of(f, store.IndexOf(f.Importer, f.Exporter, f.Value)) // what is left of one product must not be in the next
		got, want := o.of(f, store.IndexOf(f.Importer, f.Exporter, f.Value)), marginsWithout(f, inside)
		if !same(got, want) {
			t.Fatalf("without the trade inside %v: %v, want %v", inside.Codes(), got, want)
		}
	}
}

// TestPriceOf compares the price without branches with the plain one, to the last bit: tonnes are no whole numbers.
func TestPriceOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 32))
	alone := 0
	for range 300 {
		f := randomFlows(rng, 2+rng.IntN(12), 50)
		for i := range f.Quantity {
			f.Value[i] /= 10
			f.Quantity[i] /= 7
		}
		var set trade.Set
		for range rng.IntN(6) {
			set.Add(trade.Code(1 + rng.IntN(12)))
		}
		own, want := newMembers(set), Price{Product: f.Product}
		for i, q := range f.Quantity {
			sells := own.has(f.Exporter[i])
			if !(q > 0) || sells && own.has(f.Importer[i]) {
				continue
			}
			want.World += f.Value[i]
			want.WorldTonnes += q
			if sells {
				want.Value += f.Value[i]
				want.Tonnes += q
			}
		}
		if got := priceOf(f, store.IndexOf(f.Importer, f.Exporter, f.Value), own, ones(set)); got != want {
			t.Errorf("%v: %+v; want %+v", set.Codes(), got, want)
		}
		if set.Len() > 1 {
			continue
		}
		if got := priceOfOne(f, set.Codes()); got != want {
			t.Errorf("%v alone: %+v; want %+v", set.Codes(), got, want)
		}
		alone++
	}
	if alone < 50 {
		t.Errorf("only %d of one exporter or none", alone)
	}
}
