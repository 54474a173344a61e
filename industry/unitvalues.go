package industry

import (
	"cmp"
	"context"
	"math"
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// UnitValue is what a product costs in one economy's exports and in the world's, over the flows whose weight is known.
type UnitValue struct {
	Own, World float64 // US dollars a tonne; NaN where no weight is known
	Value      float64 // of the economy's exports that have a weight
}

// UnitValues goes through the flows of a year. The result is by product, in the order of the year.
func UnitValues(ctx context.Context, y *store.Year, exporter trade.Set) ([]UnitValue, error) {
	list := make([]UnitValue, y.Len())
	for k := range list {
		if k%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		f := y.Flows(k)
		var value, tonnes, own, ownTonnes float64
		for i, q := range f.Quantity {
			if !(q > 0) {
				continue
			}
			value += f.Value[i]
			tonnes += q
			if exporter.Has(trade.Code(f.Exporter[i])) {
				own += f.Value[i]
				ownTonnes += q
			}
		}
		list[k] = UnitValue{Own: own / ownTonnes, World: value / tonnes, Value: own}
	}
	return list, nil
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
