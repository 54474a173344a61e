package store

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
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
