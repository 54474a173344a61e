package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"chokepoint/trade"
)

// TestInner states what blocs of all sizes sell inside over the flows, one by one, and which flows are read for that: those of the side that buys
// less, where sums are exact.
func TestInner(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 28))
	members, others := 0, 0
	for range 40 {
		year, flows := randomYear(t, rng)
		var blocs []trade.Set
		for range 2 + rng.IntN(4) {
			var bloc trade.Set
			for range 1 + rng.IntN(12) {
				bloc.Add(trade.Code(1 + rng.IntN(12)))
			}
			blocs = append(blocs, bloc)
		}
		got, err := Inner(t.Context(), year, blocs...)
		if err != nil || len(got) != len(blocs) {
			t.Fatalf("%d lists of %d blocs, %v", len(got), len(blocs), err)
		}
		n := newInsiders(year, blocs)
		for i, bloc := range blocs {
			for k := range year.Len() {
				want := 0.0
				for _, f := range flows {
					if f.product == year.Product(k) && bloc.Has(f.importer) && bloc.Has(f.exporter) {
						want += f.value
					}
				}
				if got[i][k] != want {
					t.Errorf("%s: %v sell %v inside, want %v", year.Product(k), bloc.Codes(), got[i][k], want)
				}
			}
			bought, all := 0, 0 // flows of the first product, of which the program takes a sample
			for _, f := range flows {
				if f.product == year.Product(0) {
					if all++; bloc.Has(f.importer) {
						bought++
					}
				}
			}
			if n.blocs[i].others != (2*bought > all) {
				t.Errorf("%v buy %d flows of %d; that others are read is %v", bloc.Codes(), bought, all, n.blocs[i].others)
			}
			for _, c := range year.Importers().Codes() {
				if reads := n.reads[c]>>i&1 == 1; reads == (bloc.Has(c) == n.blocs[i].others) {
					t.Errorf("%v: the flows of %d are read: %v", bloc.Codes(), c, reads)
				}
			}
			if members++; n.blocs[i].others {
				others++
			}
		}
	}
	if others < 10 || members-others < 10 {
		t.Errorf("of %d blocs others are read of %d: the test says little", members, others)
	}
}

// TestInnerOfParts: sums that are not exact are those of what members buy, never a difference, which would leave a residue.
func TestInnerOfParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 29))
	f := randomFlows(rng, 9, 50)
	f.Quantity = nil
	for i := range f.Value {
		f.Value[i] /= 10
	}
	year := storedYear(t, f)
	one := trade.SetOf(1, 2, 3, 4, 5, 6, 7, 8, 9)
	none := trade.SetOf(1, 2, 3, 4, 5, 6, 7, 8, 12)
	got, err := Inner(t.Context(), year, one, none)
	if err != nil || year.Exact() || newInsiders(year, []trade.Set{one}).blocs[0].others {
		t.Fatalf("exact %v, %v", year.Exact(), err)
	}
	if want := sum(f.Value); math.Abs(got[0][0]-want) > 1e-9*want || got[1][0] >= got[0][0] {
		t.Errorf("%v and %v; want %v and less", got[0], got[1], want)
	}
}
