package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/indicator"
	"chokepoint/trade"
)

// pairReader keeps of pairs what marked ones say, in the order in which they arrive.
type pairReader struct {
	view   *View
	pairs  []Marked
	marked []Marked
}

func (r *pairReader) Importers(*Batch) error { return nil }

func (r *pairReader) Pairs(b *Batch) error {
	for i := range b.N {
		if r.view.TopOnly && b.TopSupplier[i] != MergedPartner && !r.view.Partners[b.Partner[i]].Has(trade.Code(b.TopSupplier[i])) {
			continue // others may be left out
		}
		r.pairs = append(r.pairs, Marked{b.At(indicator.Imports, i), b.At(indicator.ImportsFromPartner, i), 0, b.Importer[i], b.Partner[i]})
	}
	return nil
}

func (r *pairReader) Marked() *[]Marked { return &r.marked }

// TestMarked: pairs that arrive marked are those that each view takes by itself in batches, in the same order.
func TestMarked(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 71))
	rounds := 30
	if testing.Short() {
		rounds = 8
	}
	pairs, marked, several := 0, 0, 0
	for range rounds {
		year, codes := severalYear(t, rng)
		var views []View
		for range 2 + rng.IntN(6) {
			v := definitionView(t, rng, 2024, codes)
			v.OnlyPairs, v.Sums = true, []indicator.Sum{indicator.Imports, indicator.ImportsFromPartner}
			views = append(views, v)
		}
		read := func(mark bool) [][]Marked {
			for i := range views {
				if views[i].Mark = 0; mark && rng.IntN(5) > 0 {
					views[i].Mark = 1 << i
				}
			}
			lists := make([][]Marked, len(views))
			err := ScanAll(t.Context(), year, views, func(i int) *pairReader { return &pairReader{view: &views[i]} }, func(i int, one *pairReader) error {
				lists[i] = append(lists[i], one.pairs...)
				marked += len(one.marked)
				for _, m := range one.marked {
					if m.Views&(m.Views-1) != 0 {
						several++
					}
					for k := range views {
						if m.Views&(1<<k) != 0 {
							single := m
							single.Views = 0
							lists[k] = append(lists[k], single)
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return lists
		}
		got, want := read(true), read(false)
		for i := range views {
			if pairs += len(want[i]); !slices.Equal(got[i], want[i]) {
				t.Fatalf("view %d: %d pairs, expected %d\n%s", i, len(got[i]), len(want[i]), firstDifference(fmt.Sprint(got[i]), fmt.Sprint(want[i])))
			}
		}
	}
	if pairs < 1000*rounds || marked < 200*rounds || several < 100*rounds {
		t.Errorf("only %d pairs, %d marked, %d of them by several views", pairs, marked, several)
	}
}

// TestLargestWhole: of whole dollars the packed numbers give what largest gives, the first of equals too; above lists what is above.
func TestLargestWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 72))
	for range 2000 {
		value := make([]float64, 1+rng.IntN(40))
		if rng.IntN(20) == 0 {
			value = make([]float64, trade.MaxCode-2+rng.IntN(3))
		}
		most := []int64{2, 100, 1 << 52}[rng.IntN(3)]
		for i := range value {
			value[i] = float64(1 + rng.Int64N(most))
		}
		sum, largestValue, top := largest(value)
		if a, b, c := largestWhole(value); a != sum || b != largestValue || c != top {
			t.Fatalf("%v: %v %v %v, expected %v %v %v", value, a, b, c, sum, largestValue, top)
		}
		var list [trade.MaxCode]int32
		var want []int32
		least := value[rng.IntN(len(value))]
		for i, v := range value {
			if v > least {
				want = append(want, int32(i))
			}
		}
		if got := above(value, least, &list); !slices.Equal(got, want) {
			t.Fatalf("%v above %v: %v, expected %v", value, least, got, want)
		}
	}
}
