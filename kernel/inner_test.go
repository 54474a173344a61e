package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/store"
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

// TestStored: where the files of a year have the inner trade of blocs, views, totals and inner trade are what they are where it is added up from the
// flows, to the last bit, and so are the prices of one exporter from what the files have of tonnes.
func TestStored(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 57))
	rounds, blocViews := 30, 0
	if testing.Short() {
		rounds = 6
	}
	for round := range rounds {
		products, codes := severalProducts(rng)
		blocs := []trade.Set{trade.SetOf(1, 2, 3), trade.SetOf(3, 4, 5), trade.SetOf(2, 900), trade.SetOf(1, 2, 3, 5)}
		years := []*store.Year{storedYear(t, products...), storedWith(t, blocs, products...)}
		if _, ok := years[0].Inner(blocs[0]); ok {
			t.Fatal("the first year has inner trade")
		}
		if _, ok := years[1].Inner(blocs[0]); ok != years[1].Exact() {
			t.Fatalf("round %d: inner trade of a year with exact sums: %v, of this: %v", round, years[1].Exact(), ok)
		}
		var views []View
		for range 4 {
			kind := severalView
			if rng.IntN(4) == 0 {
				kind = definitionView
			}
			some := [][]string{nil, nil, codes[:len(codes)/2]}[rng.IntN(3)]
			if len(views) > 0 {
				some = views[0].Products
			}
			v := kind(t, rng, 2024, some)
			if v.Idle = v.Partners != nil && rng.IntN(4) == 0; slices.ContainsFunc(append(slices.Clone(v.Importers), v.Partners...), func(s trade.Set) bool { return s.Len() > 1 }) {
				blocViews++
			}
			views = append(views, v)
		}
		for _, some := range [][]View{views, views[:1], views[1:2], views[2:3]} {
			var texts [2][]string
			for k, year := range years {
				for range 2 { // first, and from what is remembered
					texts[k] = append(texts[k], transcripts(t, year, some)...)
				}
			}
			for i := range texts[0] {
				if texts[0][i] != texts[1][i] {
					t.Fatalf("round %d: view %d differs\n%s", round, i, firstDifference(texts[1][i], texts[0][i]))
				}
			}
		}
		sameTotals(t, years, views)
		samePrices(t, years, append(blocs, trade.SetOf(1, 4), trade.SetOf(7), trade.Set{}, trade.SetOf(901)))
	}
	if blocViews < rounds {
		t.Errorf("only %d views have blocs", blocViews)
	}
}

// sameTotals compares what parties of the importers of views buy in both years.
func sameTotals(t *testing.T, years []*store.Year, views []View) {
	t.Helper()
	for i := range views {
		parties := make([][]int32, len(views[i].Importers))
		for k := range parties {
			parties[k] = []int32{int32(k % 3), 3}
		}
		var got [2][]Total
		for k, year := range years {
			var err error
			if got[k], err = Totals(t.Context(), year, views[i], parties, 4); err != nil {
				t.Fatal(err)
			}
			for p := range got[k] {
				got[k][p].last = 0
			}
		}
		if !slices.Equal(got[0], got[1]) {
			t.Errorf("totals are %v, want %v", got[1], got[0])
		}
	}
}

// samePrices compares the prices of groups of exporters, and what these sell to one another, in both years.
func samePrices(t *testing.T, years []*store.Year, groups []trade.Set) {
	t.Helper()
	for _, set := range groups {
		stored, err := Prices(t.Context(), years[1], set)
		if err != nil {
			t.Fatal(err)
		}
		for k := range stored {
			f, x := years[0].Flows(k), years[0].Index(k)
			want := priceOf(f, x, newMembers(set), ones(set))
			if set.Len() < 2 {
				want = priceOfOne(f, set.Codes())
			}
			if stored[k] != want {
				t.Errorf("%s of %v: %+v, want %+v", want.Product, set.Codes(), stored[k], want)
			}
		}
	}
	var inner [2][][]float64
	for k, year := range years {
		var err error
		if inner[k], err = Inner(t.Context(), year, groups...); err != nil {
			t.Fatal(err)
		}
	}
	for i := range groups {
		if !slices.Equal(inner[0][i], inner[1][i]) {
			t.Errorf("%v sell %v inside, want %v", groups[i].Codes(), inner[1][i], inner[0][i])
		}
	}
}
