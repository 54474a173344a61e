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

// Year is what every economy exports and imports of every product in one year, in US dollars. It is for one question at a time.
type Year struct {
	Year      int
	Economies []trade.Code // rows, ascending
	Products  []string     // columns, ascending
	Imports   [][]float64  // by economy, then product; nil for those that were not asked for

	ExportsOf []float64 // sums by economy
	ImportsOf []float64
	World     []float64 // exports of all, by product
	Total     float64   // exports of all of everything

	exports  [][]float64          // by economy, then product: of several economies that are one, and of others who were asked for; see Exports
	sales    *Sales               // of economies by themselves; nil where all exports are here
	columns  []int32              // their places among the products of the sales; nil where all are here
	rowOf    [trade.MaxCode]int32 // of economies by themselves; -1 of others
	units    []int                // rows of those that are several economies, ascending
	searched int                  // rows of exports that were looked for one by one
}

// Read gathers a year of the economies from the margins of its products, which each hands over in ascending order: the exports of all, and
// the imports of some. products is about how many there are.
func Read(year int, economies, importers trade.Set, products int, each func(take func(product string, m store.Margins) error) error) (*Year, error) {
	list := make([]store.Margins, 0, products)
	s := &Sales{SalesSums: &SalesSums{}, Of: func(k int) store.Margins { return list[k] }}
	err := each(func(product string, m store.Margins) error {
		list = append(list, m.Clone())
		s.Add(product, m)
		return nil
	})
	return NewYear(year, economies, importers, s), err
}

// rows are n rows of zeros, of columns each, which lie one after another.
func rows(n, columns int) [][]float64 {
	list, memory := make([][]float64, n), make([]float64, n*columns)
	for i := range list {
		list[i] = memory[i*columns : (i+1)*columns : (i+1)*columns]
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

// Diversities are the numbers of products in which economies have an RCA of at least 1, by row.
func (t *Year) Diversities() []int {
	n := make([]int, len(t.Economies))
	for p := range t.Products {
		t.sellers(p, func(c int, x float64) {
			if t.advantageOf(c, p, x) {
				n[c]++
			}
		})
	}
	return n
}

// Ubiquities are the numbers of economies with an RCA of at least 1, by product.
func (t *Year) Ubiquities() []int {
	n := make([]int, len(t.Products))
	for p := range n {
		t.sellers(p, func(c int, x float64) {
			if t.advantageOf(c, p, x) {
				n[p]++
			}
		})
	}
	return n
}
