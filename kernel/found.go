package kernel

import "math"

// found is what common views need of the flows of a product: for each importer in the index the squares of what it buys, its largest
// supplier, and its leading ones.
type found struct {
	squares []float64
	top     []int32   // the flow from the largest supplier
	most    []float64 // its value
	leaders []leader  // in the order of the flows
}

// leader is the flow of more than a quarter of an importer's imports.
type leader struct {
	flow, at int32 // its place, and that of the importer in the index
	exporter uint16
	value    float64
}

// find looks at every flow of an item once.
func (f *found) find(it *item) {
	it.flows.VerifyValues()
	f.squares, f.top, f.most, f.leaders = f.squares[:0], f.top[:0], f.most[:0], f.leaders[:0]
	for at := range it.index.Importer {
		lo, hi := it.index.Run(at)
		value := it.flows.Value[lo:hi]
		squares, most, top := largest(value)
		f.squares, f.top, f.most = append(f.squares, squares), append(f.top, lo+top), append(f.most, most)
		least := quarter * it.index.Imports[at]
		switch rest := it.index.Imports[at] - most; {
		case most <= least:
		case rest < least*(1-1e-9): // nobody else sells as much
			f.leaders = append(f.leaders, leader{lo + top, int32(at), it.flows.Exporter[lo+top], most})
		default:
			for i, v := range value {
				if v > least {
					f.leaders = append(f.leaders, leader{lo + int32(i), int32(at), it.flows.Exporter[lo+int32(i)], v})
				}
			}
		}
	}
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
