package industry

import (
	"slices"

	"chokepoint/trade"
)

// Inner is what the members of a bloc sell to one another in a year, in US dollars, by product, ascending.
type Inner struct {
	Products []string
	Values   []float64
}

// of are the values for other products, ascending, of a year of which these are all.
func (n *Inner) of(products []string) []float64 {
	if len(products) == len(n.Products) {
		return n.Values
	}
	values, k := make([]float64, len(products)), 0
	for i, p := range products {
		for n.Products[k] != p {
			k++
		}
		values[i] = n.Values[k]
	}
	return values
}

// SoldBy is what a bloc of the year, whose economies stand by themselves, sells to others, by product.
func (t *Year) SoldBy(members trade.Set, inner *Inner) []float64 {
	sum := make([]float64, len(t.Products))
	for i, c := range t.Economies {
		if members.Has(c) {
			for k, x := range t.Exports[i] {
				sum[k] += x
			}
		}
	}
	for k, x := range inner.of(t.Products) {
		sum[k] -= x
	}
	return sum
}

// Join makes one economy of several as Merge does, where all values are whole dollars: sums of these are exact, so that what members sell to
// one another can be taken out of their sums.
func (t *Year) Join(members trade.Set, inner *Inner) {
	exports, inside := t.SoldBy(members, inner), inner.of(t.Products)
	row := -1
	var imports []float64
	for i := 0; i < len(t.Economies); i++ {
		if !members.Has(t.Economies[i]) {
			continue
		}
		if t.Imports[i] != nil {
			if imports == nil {
				imports = make([]float64, len(t.Products))
			}
			for k, x := range t.Imports[i] {
				imports[k] += x
			}
		}
		if row >= 0 {
			t.drop(i)
			i--
		} else {
			row = i
		}
	}
	if row < 0 {
		return
	}
	for k := range imports {
		imports[k] -= inside[k]
	}
	t.Exports, t.Imports = slices.Clone(t.Exports), slices.Clone(t.Imports) // others may have them
	t.Exports[row], t.Imports[row] = exports, imports
	t.add()
}

// Clone is a copy that can be merged while others look at the year.
func (t *Year) Clone() *Year {
	c := *t
	c.Exports, c.Imports = slices.Clone(t.Exports), slices.Clone(t.Imports)
	return &c
}

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
				if net.Imports[own] != nil {
					imports[k] += net.Imports[own][j]
				}
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
		t.Exports[i] = pick(t.Exports[i])
		for _, x := range t.Exports[i] {
			t.ExportsOf[i] += x
		}
		if t.Imports[i] != nil {
			t.Imports[i] = pick(t.Imports[i])
			for _, x := range t.Imports[i] {
				t.ImportsOf[i] += x
			}
		}
	}
}
