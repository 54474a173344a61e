package store

import "slices"

// EconomyTrade is what one economy trades in a year, by product in the order of the year: what a question about a few
// economies would else have to look up in the index of every product.
type EconomyTrade struct {
	Run     []int32   // place of the economy among the importers of the product's Index; -1 where it imports none
	Imports []float64 // US dollars
	Exports []float64 // US dollars
}

// maxEconomies bounds the economies whose trade a year remembers: some 100 kB each.
const maxEconomies = 32

// Economy returns what an economy trades. It is remembered; when there are too many, all are forgotten.
func (y *Year) Economy(code uint16) *EconomyTrade {
	y.mu.Lock()
	known := y.economies[code]
	y.mu.Unlock()
	if known != nil {
		return known
	}
	t := &EconomyTrade{make([]int32, y.count), make([]float64, y.count), make([]float64, y.count)}
	for k := range y.count {
		x := y.Index(k)
		t.Run[k] = -1
		if i, ok := slices.BinarySearch(x.Importer, code); ok {
			t.Run[k], t.Imports[k] = int32(i), x.Imports[i]
		}
		if i, ok := slices.BinarySearch(x.Exporter, code); ok {
			t.Exports[k] = x.Exports[i]
		}
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.economies == nil || len(y.economies) >= maxEconomies {
		y.economies = map[uint16]*EconomyTrade{}
	}
	y.economies[code] = t
	return t
}
