package clickhouse

import (
	"math/rand/v2"
	"slices"
	"testing"

	"chokepoint/indicator"
)

// TestKeyedOrder sorts rows in any order, and hands over each place and product once with its economies ascending.
func TestKeyedOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[uint64]bool{}
	r := &keyedRows{values: make([][]float64, 1)}
	for range 5000 {
		key := uint64(rng.IntN(3))<<48 | uint64(rng.IntN(200))<<16 | uint64(1+rng.IntN(900))
		if !seen[key] {
			seen[key] = true
			r.keys, r.values[0] = append(r.keys, key), append(r.values[0], float64(key%1000003))
		}
	}
	r.sort()
	var got []uint64
	last := uint64(0)
	r.each(func(place int, product uint32, rows []int32) {
		if at := uint64(place)<<32 | uint64(product); len(got) > 0 && at <= last {
			t.Errorf("place %d, product %d after %d", place, product, last)
		} else {
			last = at
		}
		for _, i := range rows {
			if key := r.keys[i]; placeOfKey(key) != place || productOfKey(key) != product || r.values[0][i] != float64(key%1000003) {
				t.Errorf("place %d, product %d has row %x", place, product, key)
			}
			got = append(got, r.keys[i])
		}
	})
	if want := slices.Sorted(slices.Values(r.keys)); !slices.Equal(got, want) {
		t.Errorf("%d rows were handed over, want %d in order", len(got), len(want))
	}
}

// TestRowsByProduct finds the rows of each product, in the order in which they came, and none of a product that has none.
func TestRowsByProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	r, want := &cellRows{}, map[uint32][]int32{}
	for i := range int32(3000) {
		product := uint32(rng.IntN(100) * 2)
		r.rows, want[product] = append(r.rows, cellRow{product: product}), append(want[product], i)
	}
	r.sort()
	for product := range uint32(300) {
		if got := r.of(product); !slices.Equal(got, want[product]) {
			t.Errorf("product %d: rows %v, want %v", product, got, want[product])
		}
	}
	empty := &cellRows{}
	if empty.sort(); len(empty.of(0))+len(empty.of(7)) > 0 {
		t.Error("an answer without rows has rows")
	}
}

// TestFewPass: criteria that leave few partners to a cell may stand alone on the shards; others need those that the program would judge.
func TestFewPass(t *testing.T) {
	for text, want := range map[string]bool{
		"partner_share >= 0.3":                     true,
		"partner_share > 0.1":                      true,
		"partner_share >= 0.1":                     false,
		"partner_share >= 0.01":                    false,
		"not (partner_share < 0.5)":                true,
		"partner_share < 0.5":                      false,
		"imports >= 5_000_000":                     false,
		"partner_world_share >= 0.3":               false,
		"partner_share > 0.5 * top_supplier_share": false,
	} {
		c, err := indicator.ParseCriterion(text)
		if err != nil {
			t.Fatal(text, err)
		}
		if got := fewPass(c); got != want {
			t.Errorf("%s: few pass is %v, want %v", text, got, want)
		}
	}
}
