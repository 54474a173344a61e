package scenario

// Allocation is who gets what of a need: Gained by importer and supplier, Unfilled by importer.
type Allocation struct {
	Gained   [][]float64
	Unfilled []float64
}

// settled is the part of all needs under which a need counts as met, and a supplier as having nothing left.
const settled = 1e-12

// Allocate shares out what suppliers can add. Every unfilled need asks the suppliers that have something left, in proportion to its weights;
// a supplier that is asked for more than it has gives in proportion to what it is asked for; what is refused is asked again of the others;
// until nothing moves or nobody can add. need is by importer, spare by supplier, in one unit; weights are by importer and supplier, at
// least 0. An importer whose weights are all 0 gets nothing.
//
// It is the definition, for weights of any kind. Market.Fill computes the same from the flows of a product, without a table of weights.
func Allocate(need, spare []float64, weights [][]float64) Allocation {
	a := Allocation{Unfilled: append([]float64(nil), need...)}
	total := 0.0
	for c := range need {
		a.Gained = append(a.Gained, make([]float64, len(spare)))
		total += need[c]
	}
	left := append([]float64(nil), spare...)
	asked, share := make([]float64, len(spare)), make([]float64, len(spare))
	for moved := true; moved; {
		moved = false
		clear(asked)
		sums := make([]float64, len(need))
		for c, u := range a.Unfilled {
			for i, w := range weights[c] {
				if left[i] > settled*total {
					sums[c] += w
				}
			}
			if sums[c] == 0 || u <= settled*total {
				sums[c] = 0
				continue
			}
			for i, w := range weights[c] {
				if left[i] > settled*total {
					asked[i] += u * w / sums[c]
				}
			}
		}
		for i := range asked {
			share[i] = 0
			if asked[i] > 0 {
				share[i] = min(1, left[i]/asked[i])
			}
		}
		for c, u := range a.Unfilled {
			if sums[c] == 0 {
				continue
			}
			for i, w := range weights[c] {
				if left[i] > settled*total {
					get := u * w / sums[c] * share[i]
					a.Gained[c][i] += get
					a.Unfilled[c] -= get
					moved = moved || get > settled*total
				}
			}
			a.Unfilled[c] = max(0, a.Unfilled[c])
		}
		for i := range left {
			left[i] = max(0, left[i]-asked[i]*share[i])
		}
	}
	return a
}
