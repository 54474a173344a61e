// Package icio holds inter-country input-output tables: what every industry of every area buys from every other one, and what final
// demand buys. It reads them from the files of statistical offices, checks that they balance and keeps them in the data folder,
// beside the datasets of trade.
//
// It must never import a package that asks questions.
package icio

import (
	"math"
	"slices"

	"chokepoint/store"
)

// Table is the inter-country input-output table of one year, in million US dollars. Industries of areas are numbered area by area;
// every area has every industry. It must not be changed.
type Table struct {
	Year       int
	Layout     *Layout
	Areas      []string
	Industries []Industry
	Categories []Category

	Z          []float64 // Z[i*N+j]: what j buys from i
	F          []float64 // F[i*len(Areas)*len(Categories) + area*len(Categories) + category]: what final demand of the area buys from i
	Output     []float64 // gross output
	ValueAdded []float64 // nil where the source has no such row
	Taxes      []float64 // less subsidies on products; nil where the source has no such row

	derived store.Memory
}

// Memory keeps what follows from the table, for store.Remember.
func (t *Table) Memory() *store.Memory { return &t.derived }

// newTable is a table of zeros.
func newTable(year int, layout *Layout, areas []string, industries []Industry) *Table {
	n := len(areas) * len(industries)
	return &Table{Year: year, Layout: layout, Areas: areas, Industries: industries, Categories: layout.Categories,
		Z: make([]float64, n*n), F: make([]float64, n*len(areas)*len(layout.Categories)), Output: make([]float64, n)}
}

// N is the number of industries of areas.
func (t *Table) N() int { return len(t.Areas) * len(t.Industries) }

// Demands is the number of columns of final demand: one a category of each area.
func (t *Table) Demands() int { return len(t.Areas) * len(t.Categories) }

// Node is the number of an industry of an area.
func (t *Table) Node(area, industry int) int { return area*len(t.Industries) + industry }

// AreaOf is the area of a node.
func (t *Table) AreaOf(node int) int { return node / len(t.Industries) }

// IndustryOf is the industry of a node.
func (t *Table) IndustryOf(node int) int { return node % len(t.Industries) }

// Label is a node as it is printed: CHN c14.
func (t *Table) Label(node int) string {
	return t.Areas[t.AreaOf(node)] + " " + t.Industries[t.IndustryOf(node)].Code
}

// Sales are what the node sells to each node.
func (t *Table) Sales(node int) []float64 { n := t.N(); return t.Z[node*n : (node+1)*n : (node+1)*n] }

// SalesTo is what the node sells to all industries of an area.
func (t *Table) SalesTo(node, area int) (sum float64) {
	k := len(t.Industries)
	for _, v := range t.Sales(node)[area*k : (area+1)*k] {
		sum += v
	}
	return sum
}

// FinalSales are what the node sells to final demand, by area and category.
func (t *Table) FinalSales(node int) []float64 {
	m := t.Demands()
	return t.F[node*m : (node+1)*m : (node+1)*m]
}

// FinalTo is what final demand of an area buys from a node, changes in inventories included.
func (t *Table) FinalTo(node, area int) (sum float64) {
	c := len(t.Categories)
	for _, v := range t.FinalSales(node)[area*c : (area+1)*c] {
		sum += v
	}
	return sum
}

// Inventories are the changes in inventories of what a node makes, in all areas.
func (t *Table) Inventories(node int) (sum float64) {
	row := t.FinalSales(node)
	for c, category := range t.Categories {
		if !category.Inventories {
			continue
		}
		for a := range t.Areas {
			sum += row[a*len(t.Categories)+c]
		}
	}
	return sum
}

// Inputs are the sums of what each node buys from all industries.
func (t *Table) Inputs() []float64 {
	sums := make([]float64, t.N())
	for i := range sums {
		for j, v := range t.Sales(i) {
			sums[j] += v
		}
	}
	return sums
}

// Area is the number of an area; -1 where the table does not have it.
func (t *Table) Area(label string) int { return slices.Index(t.Areas, label) }

// PickIndustries finds the industries that a text names: codes and ranges of codes, manufacturing, or all. It gives their places.
func (t *Table) PickIndustries(text string) ([]int, error) {
	return t.Layout.pick(text, t.Industries)
}

// ByArea is the table with the industries of each area merged into one.
func (t *Table) ByArea() *Table {
	k := len(t.Industries)
	s := newTable(t.Year, t.Layout, t.Areas, []Industry{{Code: "all", Name: "All industries"}})
	a, m := len(t.Areas), t.Demands()
	for i := range t.N() {
		for j, v := range t.Sales(i) {
			s.Z[i/k*a+j/k] += v
		}
		for d, v := range t.FinalSales(i) {
			s.F[i/k*m+d] += v
		}
		s.Output[i/k] += t.Output[i]
	}
	return s
}

// Gap is how far a part of a table is from adding up, in million US dollars.
type Gap struct {
	Area    string  `json:"area"`
	Output  float64 `json:"output_musd"`
	Rows    float64 `json:"row_gap_musd"`             // sum over industries of |sales − output|
	Largest float64 `json:"largest_row_gap_musd"`     // of one industry
	Columns float64 `json:"column_gap_musd"`          // sum over industries of |inputs + value added + taxes − output|; NaN is never stored
	Closed  bool    `json:"value_added_from_outside"` // value added is a row of the source, so that columns can be checked
}

// Share is the rows' gap as a share of output.
func (g *Gap) Share() float64 {
	if g.Output == 0 {
		return math.NaN()
	}
	return g.Rows / g.Output
}

// Gaps says for each area how far it is from adding up: sales to industries and to final demand against output, and, where the
// source has value added, inputs with value added and taxes against output.
func (t *Table) Gaps() []Gap {
	gaps := make([]Gap, len(t.Areas))
	inputs := t.Inputs()
	for i := range t.N() {
		g := &gaps[t.AreaOf(i)]
		g.Area, g.Closed = t.Areas[t.AreaOf(i)], t.ValueAdded != nil
		sales := 0.0
		for _, v := range t.Sales(i) {
			sales += v
		}
		for _, v := range t.FinalSales(i) {
			sales += v
		}
		gap := math.Abs(sales - t.Output[i])
		g.Output, g.Rows, g.Largest = g.Output+t.Output[i], g.Rows+gap, max(g.Largest, gap)
		if t.ValueAdded != nil {
			rest := t.ValueAdded[i]
			if t.Taxes != nil {
				rest += t.Taxes[i]
			}
			g.Columns += math.Abs(inputs[i] + rest - t.Output[i])
		}
	}
	return gaps
}
