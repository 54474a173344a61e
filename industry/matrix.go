// Package industry measures what economies are good at: market shares, revealed comparative advantage, complexity, breadth,
// similarity, from the exports and imports of a year. Formulas carry their source.
//
// It is arithmetic over matrices and must never import method, kernel, result or analysis.
package industry

import (
	"context"
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

// Read gathers a year from its index: no flow is read.
func Read(ctx context.Context, y *store.Year, year int) (*Year, error) {
	codes := y.Importers().Union(y.Exporters()).Codes()
	row := make([]int, trade.MaxCode)
	t := &Year{Year: year, Economies: codes, Products: make([]string, y.Len()), World: make([]float64, y.Len()),
		ExportsOf: make([]float64, len(codes)), ImportsOf: make([]float64, len(codes))}
	for i, c := range codes {
		row[c] = i
		t.Exports = append(t.Exports, make([]float64, y.Len()))
		t.Imports = append(t.Imports, make([]float64, y.Len()))
	}
	for k := range y.Len() {
		if k%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t.Products[k] = y.Product(k)
		x := y.Index(k)
		for i, code := range x.Exporter {
			t.Exports[row[code]][k] = x.Exports[i]
			t.ExportsOf[row[code]] += x.Exports[i]
		}
		for i, code := range x.Importer {
			t.Imports[row[code]][k] = x.Imports[i]
			t.ImportsOf[row[code]] += x.Imports[i]
		}
		t.World[k] = x.World
		t.Total += x.World
	}
	return t, nil
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
