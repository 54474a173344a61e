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
	var in [trade.MaxCode]float64 // 1 for members: a product is faster than a branch that nobody can predict
	var rows []int                // of units among them, and where all rows are here
	for i, c := range t.Economies {
		switch {
		case !members.Has(c):
		case t.sales != nil && t.rowOf[c] >= 0:
			in[c] = 1
		default:
			rows = append(rows, i)
		}
	}
	sum, inside := make([]float64, len(t.Products)), inner.of(t.Products)
	for k := range sum {
		for _, row := range rows {
			sum[k] += t.exports[row][k]
		}
		if t.sales != nil {
			m := t.margins(k)
			for i, code := range m.Exporter {
				sum[k] += m.Exports[i] * in[code&(trade.MaxCode-1)]
			}
		}
		sum[k] -= inside[k]
	}
	return sum
}

// Join makes one economy of several as Merge does, where all values are whole dollars: sums of these are exact, so that what members sell to
// one another can be taken out of their sums, and out of the world's, without adding these up again.
func (t *Year) Join(members trade.Set, inner *Inner) {
	row := slices.IndexFunc(t.Economies, members.Has)
	if row < 0 {
		return
	}
	exports, inside := t.SoldBy(members, inner), inner.of(t.Products)
	var imports []float64
	t.ExportsOf, t.ImportsOf = slices.Clone(t.ExportsOf), slices.Clone(t.ImportsOf) // others may have them
	t.exports, t.Imports = slices.Clone(t.exports), slices.Clone(t.Imports)
	for i := len(t.Economies) - 1; i >= row; i-- {
		if !members.Has(t.Economies[i]) {
			continue
		}
		if t.Imports[i] != nil && imports == nil {
			imports = make([]float64, len(t.Products))
		}
		for k, x := range t.Imports[i] {
			imports[k] += x
		}
		if i > row {
			t.drop(i)
			t.ExportsOf, t.ImportsOf = slices.Delete(t.ExportsOf, i, i+1), slices.Delete(t.ImportsOf, i, i+1)
		}
	}
	world := slices.Clone(t.World)
	t.ExportsOf[row], t.ImportsOf[row] = 0, 0
	for k, x := range inside {
		world[k] -= x
		t.Total -= x
		t.ExportsOf[row] += exports[k]
		if imports != nil {
			imports[k] -= x
			t.ImportsOf[row] += imports[k]
		}
	}
	t.World, t.exports[row], t.Imports[row] = world, exports, imports
	t.unite(row)
	t.keep(world)
}

// unite says that a row is several economies from now on.
func (t *Year) unite(row int) {
	t.rowOf[t.Economies[row]] = -1
	t.units = append(slices.Clone(t.units), row)
	slices.Sort(t.units)
}

// Clone is a copy that can be merged while others look at the year.
func (t *Year) Clone() *Year {
	c := *t
	c.exports, c.Imports = slices.Clone(t.exports), slices.Clone(t.Imports)
	return &c
}

// Merge makes one economy of several, at the place of the first that trades. net is the same year without what they trade with one
// another: their exports and imports are those with others, and what they trade among themselves is no part of the world's. Products
// that only they trade are no products of the year any more. net may be t itself.
func (t *Year) Merge(members trade.Set, net *Year) {
	t.write()
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
				merged[k] += net.Exports(own)[j]
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
	t.exports[row], t.Imports[row] = merged, imports
	t.add()
}

// write makes the rows of all economies, which need the sales no more.
func (t *Year) write() {
	if t.sales != nil {
		t.exports = slices.Clone(t.exports)
		t.gather()
		t.sales, t.columns, t.units = nil, nil, nil
	}
}

// drop forgets an economy.
func (t *Year) drop(i int) {
	t.rowOf[t.Economies[i]] = -1
	t.Economies = slices.Delete(slices.Clone(t.Economies), i, i+1)
	t.exports, t.Imports = slices.Delete(slices.Clone(t.exports), i, i+1), slices.Delete(slices.Clone(t.Imports), i, i+1)
	for c, row := range t.rowOf {
		if row > int32(i) {
			t.rowOf[c]--
		}
	}
	t.units = slices.Clone(t.units)
	for n, row := range t.units {
		if row > i {
			t.units[n]--
		}
	}
}

// keep leaves out the products that nobody exports.
func (t *Year) keep(world []float64) {
	var kept []int
	for k, x := range world {
		if x > 0 {
			kept = append(kept, k)
		}
	}
	if t.World = world; len(kept) == len(world) {
		return
	}
	t.Products, t.World = picked(t.Products, kept), picked(world, kept)
	for i := range t.Economies {
		t.exports[i], t.Imports[i] = picked(t.exports[i], kept), picked(t.Imports[i], kept)
	}
	if t.columns == nil {
		for _, k := range kept {
			t.columns = append(t.columns, int32(k))
		}
		return
	}
	t.columns = picked(t.columns, kept)
}

// picked are some values of a list; nil of none.
func picked[V any](list []V, places []int) []V {
	if list == nil {
		return nil
	}
	some := make([]V, len(places))
	for i, k := range places {
		some[i] = list[k]
	}
	return some
}

// add adds everything up again, without products that nobody exports.
func (t *Year) add() {
	world := make([]float64, len(t.Products))
	for _, row := range t.exports {
		for k, x := range row {
			world[k] += x
		}
	}
	t.keep(world)
	t.Total = 0
	for _, x := range t.World {
		t.Total += x
	}
	t.ExportsOf, t.ImportsOf = make([]float64, len(t.Economies)), make([]float64, len(t.Economies))
	for i := range t.Economies {
		for _, x := range t.exports[i] {
			t.ExportsOf[i] += x
		}
		for _, x := range t.Imports[i] {
			t.ImportsOf[i] += x
		}
	}
}
