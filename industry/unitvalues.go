package industry

import (
	"cmp"
	"math"
	"slices"
)

// UnitValue is what a product costs in one economy's exports and in the world's, over the flows whose weight is known.
type UnitValue struct {
	Own, World float64 // US dollars a tonne; NaN where no weight is known
	Value      float64 // of the economy's exports that have a weight
}

// RelativeUnitValue is the median of own ÷ world over some products, weighted by the economy's exports: above 1 it sells at
// higher prices a tonne than the world does on the average. The median bears the errors that weights are full of. NaN where nothing has
// a weight.
func RelativeUnitValue(values []UnitValue, products []int) float64 {
	type ratio struct{ ratio, weight float64 }
	var list []ratio
	var all float64
	for _, p := range products {
		if v := values[p]; v.Value > 0 && v.World > 0 {
			list = append(list, ratio{v.Own / v.World, v.Value})
			all += v.Value
		}
	}
	slices.SortFunc(list, func(a, b ratio) int { return cmp.Compare(a.ratio, b.ratio) })
	var sum float64
	for _, r := range list {
		if sum += r.weight; sum >= all/2 {
			return r.ratio
		}
	}
	return math.NaN()
}
