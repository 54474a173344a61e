package industry

import (
	"slices"

	"chokepoint/trade"
)

// Merge makes one economy of several, at the place of the first that trades. net is the same year without what they trade with one
// another: their exports and imports are those with others, and what they trade among themselves is no part of the world's. Products
// that only they trade are no products of the year any more. net may be t itself.
func (t *Year) Merge(members trade.Set, net *Year) {
	var row int
	var merged []float64
	imports := make([]float64, len(t.Products))
	for i := 0; i < len(t.Economies); i++ {
		if !members.Has(t.Economies[i]) {
			continue
		}
		if merged == nil {
			row, merged = i, make([]float64, len(t.Products))
		}
		own, _ := net.Row(t.Economies[i])
		for k, p := range t.Products {
			if j, ok := net.Column(p); ok {
				merged[k] += net.Exports[own][j]
				imports[k] += net.Imports[own][j]
			}
		}
		if i > row {
			t.drop(i)
			i--
		}
	}
	if merged == nil {
		return
	}
	t.Exports[row], t.Imports[row] = merged, imports
	t.add()
}

// drop forgets an economy.
func (t *Year) drop(i int) {
	t.Economies = slices.Delete(slices.Clone(t.Economies), i, i+1)
	t.Exports, t.Imports = slices.Delete(slices.Clone(t.Exports), i, i+1), slices.Delete(slices.Clone(t.Imports), i, i+1)
}

// add adds everything up again, without products that nobody exports.
func (t *Year) add() {
	world := make([]float64, len(t.Products))
	for _, row := range t.Exports {
		for k, x := range row {
			world[k] += x
		}
	}
	var kept []int
	for k, x := range world {
		if x > 0 {
			kept = append(kept, k)
		}
	}
	pick := func(row []float64) []float64 {
		if len(kept) == len(row) {
			return row
		}
		picked := make([]float64, len(kept))
		for i, k := range kept {
			picked[i] = row[k]
		}
		return picked
	}
	products := make([]string, len(kept))
	for i, k := range kept {
		products[i] = t.Products[k]
	}
	t.Products, t.World, t.Total = products, pick(world), 0
	for _, x := range t.World {
		t.Total += x
	}
	t.ExportsOf, t.ImportsOf = make([]float64, len(t.Economies)), make([]float64, len(t.Economies))
	for i := range t.Economies {
		t.Exports[i], t.Imports[i] = pick(t.Exports[i]), pick(t.Imports[i])
		for k := range t.Products {
			t.ExportsOf[i] += t.Exports[i][k]
			t.ImportsOf[i] += t.Imports[i][k]
		}
	}
}
