// Package industry measures what economies are good at: market shares, revealed comparative advantage, complexity, breadth,
// similarity, from the exports and imports of a year. Formulas carry their source.
//
// It is arithmetic over matrices and must never import method, kernel, result or analysis.
package industry

import (
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// Year is what every economy exports and imports of every product in one year, in US dollars.
type Year struct {
	Year      int
	Economies []trade.Code // rows, ascending
	Products  []string     // columns, ascending
	Exports   [][]float64  // by economy, then product
	Imports   [][]float64  // nil for those that were not asked for

	ExportsOf []float64 // sums by economy
	ImportsOf []float64
	World     []float64 // exports of all, by product
	Total     float64   // exports of all of everything
}

// Read gathers a year of the economies from the margins of its products, which each hands over in ascending order: the exports of all, and
// the imports of some. products is about how many there are: memory for so many is taken at once.
func Read(year int, economies, importers trade.Set, products int, each func(take func(product string, m store.Margins) error) error) (*Year, error) {
	codes := economies.Codes()
	row := make([]int, trade.MaxCode)
	for i, c := range codes {
		row[c] = i
	}
	t := &Year{Year: year, Economies: codes, Exports: rows(len(codes), products), Imports: make([][]float64, len(codes)),
		ExportsOf: make([]float64, len(codes)), ImportsOf: make([]float64, len(codes))}
	var buyers []int
	for i, c := range codes {
		if importers.Has(c) {
			buyers = append(buyers, i)
			t.Imports[i] = make([]float64, products)
		}
	}
	err := each(func(product string, m store.Margins) error {
		k := len(t.Products)
		if k == products {
			products = 2*products + 1
			t.Exports = longer(t.Exports, products)
			for _, i := range buyers {
				t.Imports[i] = append(make([]float64, 0, products), t.Imports[i]...)[:products]
			}
		}
		t.Products, t.World = append(t.Products, product), append(t.World, m.World)
		t.Total += m.World
		for i, code := range m.Exporter {
			t.Exports[row[code]][k] = m.Exports[i]
			t.ExportsOf[row[code]] += m.Exports[i]
		}
		for _, i := range buyers {
			if at, ok := slices.BinarySearch(m.Importer, uint16(codes[i])); ok {
				t.Imports[i][k] = m.Imports[at]
				t.ImportsOf[i] += m.Imports[at]
			}
		}
		return nil
	})
	for i := range codes {
		t.Exports[i] = t.Exports[i][:len(t.Products)]
	}
	for _, i := range buyers {
		t.Imports[i] = t.Imports[i][:len(t.Products)]
	}
	return t, err
}

// rows are n rows of zeros, of columns each, which lie one after another.
func rows(n, columns int) [][]float64 {
	list, memory := make([][]float64, n), make([]float64, n*columns)
	for i := range list {
		list[i] = memory[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return list
}

// longer copies rows into longer ones.
func longer(old [][]float64, columns int) [][]float64 {
	list := rows(len(old), columns)
	for i := range old {
		copy(list[i], old[i])
	}
	return list
}

// Row finds an economy.
func (t *Year) Row(code trade.Code) (int, bool) { return slices.BinarySearch(t.Economies, code) }

// Column finds a product.
func (t *Year) Column(product string) (int, bool) { return slices.BinarySearch(t.Products, product) }

// Columns finds those of some products that are traded in the year.
func (t *Year) Columns(products []string) []int {
	var list []int
	for _, p := range products {
		if k, ok := t.Column(p); ok {
			list = append(list, k)
		}
	}
	return list
}

// All lists the columns of all products.
func (t *Year) All() []int {
	list := make([]int, len(t.Products))
	for p := range list {
		list[p] = p
	}
	return list
}

// Ubiquities are the numbers of economies with an RCA of at least 1, by product.
func (t *Year) Ubiquities() []int {
	n := make([]int, len(t.Products))
	for c := range t.Economies {
		for p := range n {
			if t.advantage(c, p) {
				n[p]++
			}
		}
	}
	return n
}
