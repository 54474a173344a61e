package policy

import (
	"context"
	"crypto/sha256"
	"fmt"

	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/study"
)

// observation is what is known of a product in a year, in US dollars and as shares. What was not asked for is NaN.
type observation struct {
	product                        string
	year                           int
	imports, exports, worldExports float64
	importHHI, topShare            float64
}

// The indicators that outcomes are made of.
var (
	imports          = indicator.Named("imports")
	exports          = indicator.Named("exports")
	worldExports     = indicator.Named("world_exports")
	importHHI        = indicator.Named("import_hhi")
	topSupplierShare = indicator.Named("top_supplier_share")
)

// observedKey is all that observations depend on.
type observedKey struct {
	asked [sha256.Size]byte
	flows bool
}

// observe reads the economy's trade of all years. Outcomes that need no flows share what they read, and so do those that do: the dataset remembers
// it. Concentration and the top supplier are asked together, because squares alone are added up in another order, which the last digit shows.
func (e *evaluation) observe(ctx context.Context, q study.Query) ([]observation, error) {
	wanted := []*indicator.Indicator{imports, exports, worldExports}
	if e.outcome.flows {
		wanted = append(wanted, importHHI, topSupplierShare)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", q.String(), e.Products.Codes())
	for _, b := range e.Blocs.All() {
		fmt.Fprintf(h, "%q\n", b.String()) // a user's definition may change
	}
	key := observedKey{flows: e.outcome.flows}
	h.Sum(key.asked[:0])
	return store.Remember(ctx, e.Dataset.Memory(), key, store.SizeOfSlice[observation], func() ([]observation, error) {
		rows, err := dependence.IndicatorRows(ctx, e.Source, q, wanted...)
		list := make([]observation, len(rows))
		for i := range rows {
			r := &rows[i]
			list[i] = observation{r.Product(), r.Year(), r.Value(imports), r.Value(exports), r.Value(worldExports), r.Value(importHHI), r.Value(topSupplierShare)}
		}
		return list, err
	})
}
