package store

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/trade"
)

// TestIndex compares the index of random flows with its definition, in plain loops, and a year read back with both.
func TestIndex(t *testing.T) {
	w := randomWorld(rand.New(rand.NewPCG(8, 9)), 2, 12, true)
	dir := t.TempDir()
	w.writeBatches(t, dir, "test", 90)
	d, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for year, products := range w {
		y, err := d.Year(year)
		if err != nil {
			t.Fatal(err)
		}
		for k, f := range products {
			imports, exports, first := map[uint16]float64{}, map[uint16]float64{}, map[uint16]int32{}
			world := 0.0
			for i, v := range f.Value {
				if _, ok := first[f.Importer[i]]; !ok {
					first[f.Importer[i]] = int32(i)
				}
				imports[f.Importer[i]] += v
				exports[f.Exporter[i]] += v
				world += v
			}
			want := Index{Margins: Margins{Importer: slices.Sorted(maps.Keys(imports)), Exporter: slices.Sorted(maps.Keys(exports)), World: world}, flows: int32(len(f.Value))}
			for _, c := range want.Importer {
				want.First, want.Imports = append(want.First, first[c]), append(want.Imports, imports[c])
			}
			for _, c := range want.Exporter {
				want.Exports = append(want.Exports, exports[c])
			}
			for name, got := range map[string]Index{"computed": IndexOf(f.Importer, f.Exporter, f.Value), "read": y.Index(k)} {
				if !got.equal(&want) {
					t.Errorf("year %d, product %s, %s:\n%+v, want\n%+v", year, f.Product, name, got, want)
				}
			}
		}
	}
}

// TestIndexCheck: places of flows and codes that are out of bounds are errors, wherever they stand.
func TestIndexCheck(t *testing.T) {
	sound := func() (*indexChunk, *chunk) {
		x := &indexChunk{world: []float64{6, 1}, importers: []int32{0, 3, 4}, importer: []uint16{1, 2, trade.MaxCode - 1, 5}, first: []int32{0, 2, 3, 0}, exporter: []uint16{4, 5, 6}}
		return x, &chunk{product: []string{"010101", "020202"}, offsets: []int32{0, 5, 6}}
	}
	f := func(change func(x *indexChunk), want ...string) {
		t.Helper()
		x, c := sound()
		change(x)
		wantError(t, x.check(c), want...)
	}
	f(func(*indexChunk) {})
	for _, first := range [][]int32{{1, 2, 3, 0}, {0, 2, 2, 0}, {0, 2, 5, 0}, {0, 3, 2, 0}, {0, math.MinInt32, 3, 0}, {0, math.MaxInt32, 3, 0}, {0, 2, math.MinInt32, 0}, {0, 2, 3, 1}, {-1, 2, 3, 0}} {
		f(func(x *indexChunk) { x.first = first }, "row", "ascending places from 0")
	}
	for _, code := range []uint16{0, trade.MaxCode, trade.MaxCode | 1, math.MaxUint16} {
		f(func(x *indexChunk) { x.importer[1] = code }, "economies", "codes are 1 to 1023")
		f(func(x *indexChunk) { x.exporter[2] = code }, "economies", "codes are 1 to 1023")
	}
}
