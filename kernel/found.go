package kernel

// found is what common views need of the flows of a product: for each importer in the index the squares of what it buys, its largest
// supplier, and its leading ones.
type found struct {
	squares []float64
	top     []int32  // the flow from the largest supplier
	leaders []leader // in the order of the flows
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
	f.squares, f.top, f.leaders = f.squares[:0], f.top[:0], f.leaders[:0]
	for at := range it.index.Importer {
		lo, hi := it.index.Run(at)
		value := it.flows.Value[lo:hi]
		most, top := 0.0, lo
		for i, v := range value {
			if v > most { // of equal ones the first, which has the lowest code
				most, top = v, lo+int32(i)
			}
		}
		f.squares, f.top = append(f.squares, squares(value)), append(f.top, top)
		least := quarter * it.index.Imports[at]
		for i := int32(0); most > least && i < hi-lo; i++ {
			if value[i] > least {
				f.leaders = append(f.leaders, leader{lo + i, int32(at), it.flows.Exporter[lo+i], value[i]})
			}
		}
	}
}

// supply is that of an importer at a place of the index, as far as it was found.
func (f *found) supply(it *item, at int32) supply {
	top := f.top[at]
	return supply{squares: f.squares[at], top: [3]float64{it.flows.Value[top]}, topSupplier: it.flows.Exporter[top]}
}
