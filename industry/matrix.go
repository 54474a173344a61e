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
	Imports   [][]float64

	ExportsOf []float64 // sums by economy
	ImportsOf []float64
	World     []float64 // exports of all, by product
	Total     float64   // exports of all of everything
}

// Read gathers a year of the economies from the margins of its products, which each hands over in ascending order.
func Read(year int, economies trade.Set, each func(take func(product string, m store.Margins) error) error) (*Year, error) {
	codes := economies.Codes()
	row := make([]int, trade.MaxCode)
	t := &Year{Year: year, Economies: codes, Exports: make([][]float64, len(codes)), Imports: make([][]float64, len(codes)),
		ExportsOf: make([]float64, len(codes)), ImportsOf: make([]float64, len(codes))}
	for i, c := range codes {
		row[c] = i
	}
	err := each(func(product string, m store.Margins) error {
		k := len(t.Products)
		t.Products, t.World = append(t.Products, product), append(t.World, m.World)
		t.Total += m.World
		for i := range codes {
			t.Exports[i], t.Imports[i] = append(t.Exports[i], 0), append(t.Imports[i], 0)
		}
		for i, code := range m.Exporter {
			t.Exports[row[code]][k] = m.Exports[i]
			t.ExportsOf[row[code]] += m.Exports[i]
		}
		for i, code := range m.Importer {
			t.Imports[row[code]][k] = m.Imports[i]
			t.ImportsOf[row[code]] += m.Imports[i]
		}
		return nil
	})
	return t, err
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

// Ubiquity is the number of economies with an RCA of at least 1 in a product.
func (t *Year) Ubiquity(p int) (n int) {
	for c := range t.Economies {
		if t.advantage(c, p) {
			n++
		}
	}
	return n
}
