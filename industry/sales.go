package industry

import (
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// Sales is what every economy exports and imports of every product in one year, product by product, as the index of the year has it, and what
// it adds up to. It is never written to: all who ask about the year share it.
type Sales struct {
	*SalesSums
	Of func(k int) store.Margins // of product k; valid as long as the dataset is open
}

// SalesSums is what sales add up to.
type SalesSums struct {
	Products  []string // ascending
	World     []float64
	Total     float64
	ExportsOf [trade.MaxCode]float64 // by code
}

// Size is how many bytes the sums take.
func (s *SalesSums) Size() int64 {
	return store.SizeOf(*s) + store.SizeOfSlice(s.Products) + store.SizeOfSlice(s.World)
}

// Add adds a product, after those before it.
func (s *SalesSums) Add(product string, m store.Margins) {
	s.Products, s.World = append(s.Products, product), append(s.World, m.World)
	s.Total += m.World
	for i, code := range m.Exporter {
		s.ExportsOf[code&(trade.MaxCode-1)] += m.Exports[i]
	}
}

// NewYear makes a year of sales: the exports of the economies, and the imports of some.
func NewYear(year int, economies, importers trade.Set, sales *Sales) *Year {
	codes := economies.Codes()
	t := &Year{Year: year, Economies: codes, Products: sales.Products, World: sales.World, Total: sales.Total, sales: sales,
		exports: make([][]float64, len(codes)), Imports: make([][]float64, len(codes)), ExportsOf: make([]float64, len(codes)), ImportsOf: make([]float64, len(codes))}
	for c := range t.rowOf {
		t.rowOf[c] = -1
	}
	var buyers []int
	for i, c := range codes {
		t.ExportsOf[i], t.rowOf[c] = sales.ExportsOf[c], int32(i)
		if importers.Has(c) {
			buyers = append(buyers, i)
			t.Imports[i] = make([]float64, len(t.Products))
		}
	}
	for k := 0; k < len(t.Products) && len(buyers) > 0; k++ {
		m := sales.Of(k)
		for _, i := range buyers {
			if at, ok := slices.BinarySearch(m.Importer, uint16(codes[i])); ok {
				t.Imports[i][k] = m.Imports[at]
				t.ImportsOf[i] += m.Imports[at]
			}
		}
	}
	return t
}

// margins is what the sales have of a column.
func (t *Year) margins(column int) store.Margins {
	if t.columns != nil {
		column = int(t.columns[column])
	}
	return t.sales.Of(column)
}

// Exports is what an economy exports, by product. Rows are made when they are asked for: most who ask about a year need one, which is looked for
// by itself, and others need all.
func (t *Year) Exports(row int) []float64 {
	if t.exports[row] != nil {
		return t.exports[row]
	}
	if t.searched++; t.searched > 1 {
		t.gather()
		return t.exports[row]
	}
	list, code := make([]float64, len(t.Products)), uint16(t.Economies[row])
	for k := range list {
		m := t.margins(k)
		if i, ok := slices.BinarySearch(m.Exporter, code); ok {
			list[k] = m.Exports[i]
		}
	}
	t.exports[row] = list
	return list
}

// gather makes the rows that nobody has asked for.
func (t *Year) gather() {
	missing := make([][]float64, len(t.exports)) // those that are here already may be others'
	list := rows(len(t.exports), len(t.Products))
	for row := range missing {
		if t.exports[row] == nil {
			missing[row], t.exports[row] = list[row], list[row]
		}
	}
	for k := range t.Products {
		m := t.margins(k)
		for i, code := range m.Exporter {
			if row := t.rowOf[code&(trade.MaxCode-1)]; row >= 0 && missing[row] != nil {
				missing[row][k] = m.Exports[i]
			}
		}
	}
}

// sellers hands over who exports a product, and how much, by row, ascending.
func (t *Year) sellers(column int, take func(row int, exports float64)) {
	if t.sales == nil {
		for row := range t.exports {
			if x := t.exports[row][column]; x > 0 {
				take(row, x)
			}
		}
		return
	}
	m, units := t.margins(column), t.units
	for i, code := range m.Exporter {
		row := t.rowOf[code&(trade.MaxCode-1)]
		if row < 0 {
			continue
		}
		for ; len(units) > 0 && units[0] < int(row); units = units[1:] {
			if x := t.exports[units[0]][column]; x > 0 {
				take(units[0], x)
			}
		}
		take(int(row), m.Exports[i])
	}
	for _, unit := range units {
		if x := t.exports[unit][column]; x > 0 {
			take(unit, x)
		}
	}
}
