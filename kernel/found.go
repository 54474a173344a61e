package kernel

import (
	"math"
	"slices"

	"chokepoint/trade"
)

// found is what common views need of the flows of a product: for each importer in the index the squares of what it buys, its largest
// supplier, and its leading ones.
type found struct {
	squares []float64
	top     []int32   // the flow from the largest supplier
	most    []float64 // its value
	leaders []leader  // in the order of the flows; of each importer one at least
}

// leader is the flow of more than a quarter of an importer's imports, or the largest of one that has no such.
type leader struct {
	at       int32 // place of the importer in the index
	exporter uint16
	top      bool // it is the largest
	value    float64
}

// find looks at every flow of an item once. exact says that values are whole dollars.
func (f *found) find(it *item, exact bool) {
	it.flows.VerifyValues()
	n := len(it.index.Importer)
	f.squares, f.top, f.most, f.leaders = slices.Grow(f.squares[:0], n)[:n], slices.Grow(f.top[:0], n)[:n], slices.Grow(f.most[:0], n)[:n], f.leaders[:0]
	var near [trade.MaxCode]int32
	for at, imports := range it.index.Imports {
		lo, hi := it.index.Run(at)
		value, exporter := it.flows.Value[lo:hi], it.flows.Exporter[lo:hi]
		var squares, most float64
		var top int32
		if exact {
			squares, most, top = largestWhole(value)
		} else {
			squares, most, top = largest(value)
		}
		f.squares[at], f.most[at], f.top[at] = squares, most, lo+top
		least := quarter * imports
		if rest := imports - most; most <= least || rest < least*(1-1e-9) { // nobody else sells as much
			f.leaders = append(f.leaders, leader{int32(at), exporter[top], true, most})
			continue
		}
		for _, i := range above(value, least, &near) {
			f.leaders = append(f.leaders, leader{int32(at), exporter[i], i == top, value[i]})
		}
	}
}

// above lists the places of values above the least, without a branch that a processor could guess wrong.
func above(value []float64, least float64, list *[trade.MaxCode]int32) []int32 {
	n := 0
	for i, v := range value {
		list[n&(trade.MaxCode-1)] = int32(i)
		if v > least {
			n++
		}
	}
	return list[:n]
}

// largestWhole is largest for whole dollars, of which a number with the place behind it says which is the largest, and where it is first.
func largestWhole(value []float64) (sum, most float64, top int32) {
	const places = trade.MaxCode - 1
	if len(value) > places {
		return largest(value)
	}
	var a, b float64
	var best int64
	i := 0
	for ; i+1 < len(value); i += 2 {
		v, w := value[i], value[i+1]
		a += v * v
		b += w * w
		best = max(best, int64(v)*trade.MaxCode+int64(places-i), int64(w)*trade.MaxCode+int64(places-1-i))
	}
	if i < len(value) {
		a += value[i] * value[i]
		best = max(best, int64(value[i])*trade.MaxCode+int64(places-i))
	}
	return a + b, float64(best / trade.MaxCode), int32(places - best%trade.MaxCode)
}

// largest adds up squares as squares does, and finds the largest value; of equal ones the first, which has the lowest code. Values are
// positive, so that their bits are in order as they are: comparing these takes no branch that a processor could guess wrong.
func largest(value []float64) (sum, most float64, top int32) {
	var a, b float64
	var bits uint64
	i := 0
	for ; i+1 < len(value); i += 2 {
		v, w := value[i], value[i+1]
		a += v * v
		b += w * w
		bits = max(bits, math.Float64bits(v), math.Float64bits(w))
	}
	if i < len(value) {
		a += value[i] * value[i]
		bits = max(bits, math.Float64bits(value[i]))
	}
	most = math.Float64frombits(bits)
	for value[top] != most {
		top++
	}
	return a + b, most, top
}
