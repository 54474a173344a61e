package kernel

import (
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// Exporters lists what each economy sold to all others, by exporter in ascending code order.
func Exporters(flows store.Flows) []Supplier {
	at := map[trade.Code]int{}
	var list []Supplier
	for i, v := range flows.Value {
		exp := trade.Code(flows.Exporter[i])
		k, ok := at[exp]
		if !ok {
			k = len(list)
			at[exp] = k
			list = append(list, Supplier{Exporter: exp})
		}
		list[k].Value += v
		list[k].Quantity += quantity(flows, i)
	}
	slices.SortFunc(list, func(a, b Supplier) int { return int(a.Exporter) - int(b.Exporter) })
	return list
}
