package analysis

import (
	"context"
	"slices"

	"chokepoint/store"
)

// bilateral visits the products asked for, ascending, with their flows in each of some years: none where nothing is traded.
func (st *study) bilateral(ctx context.Context, years []int, visit func(product string, flows []store.Flows)) error {
	stored, next := make([]*store.Year, len(years)), make([]int, len(years))
	for i, y := range years {
		var err error
		if stored[i], err = st.engine().Flows(ctx, y, st.products.Codes()); err != nil {
			return err
		}
	}
	products, flows := st.products.Codes(), make([]store.Flows, len(years))
	for n := 0; ; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		product, more := "", false
		for i, y := range stored {
			if next[i] < y.Len() && (!more || y.Product(next[i]) < product) {
				product, more = y.Product(next[i]), true
			}
		}
		if !more {
			return nil
		}
		for i, y := range stored {
			flows[i] = store.Flows{Product: product}
			if next[i] < y.Len() && y.Product(next[i]) == product {
				flows[i] = y.Flows(next[i])
				next[i]++
			}
		}
		if _, asked := slices.BinarySearch(products, product); asked || products == nil {
			visit(product, flows)
		}
	}
}
