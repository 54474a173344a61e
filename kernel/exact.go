package kernel

import (
	"math"
	"math/big"
	"slices"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// exactSums states the definition of every base sum in the plainest way: loops over the flows, rational numbers. It
// decides values that sit on a threshold, and it is the twin that the tests compare the fast path with.
func exactSums(flows store.Flows, importer, partner trade.Set, world trade.World) [indicator.NumSums]*big.Rat {
	flows.Verify()
	var sums [indicator.NumSums]*big.Rat
	for s := range sums {
		sums[s] = new(big.Rat)
	}
	add := func(s indicator.Sum, v *big.Rat) { sums[s].Add(sums[s], v) }

	// A bloc that is netted out is one exporter; in imports a partner bloc always is one supplier.
	suppliers, exporters := newLedger(), newLedger()
	for i, dollars := range flows.Value {
		imp, exp := trade.Code(flows.Importer[i]), trade.Code(flows.Exporter[i])
		v := new(big.Rat).SetFloat64(dollars)
		q := quantity(flows, i)
		tonnes := new(big.Rat)
		if !math.IsNaN(q) {
			tonnes.SetFloat64(q)
		}
		known := func(s, t indicator.Sum) {
			if !math.IsNaN(q) {
				add(s, v)
				add(t, tonnes)
			}
		}
		fromPartner := partner.Has(exp)

		switch {
		case importer.Has(imp) && importer.Has(exp):
			add(indicator.IntraTrade, v)
		case importer.Has(imp):
			add(indicator.Imports, v)
			known(indicator.ImportsWithQuantity, indicator.ImportQuantity)
			if fromPartner {
				add(indicator.ImportsFromPartner, v)
				known(indicator.PartnerWithQuantity, indicator.PartnerQuantity)
				suppliers.add(merged, v)
			} else {
				suppliers.add(exp, v)
			}
		case importer.Has(exp):
			add(indicator.Exports, v)
		}

		if world == trade.Net && (importer.Has(imp) && importer.Has(exp) || partner.Has(imp) && fromPartner) {
			continue
		}
		add(indicator.WorldExports, v)
		known(indicator.WorldWithQuantity, indicator.WorldQuantity)
		if fromPartner {
			add(indicator.PartnerExports, v)
		} else {
			add(indicator.OthersExports, v)
		}
		switch {
		case world == trade.Net && fromPartner:
			exporters.add(merged, v)
		case world == trade.Net && importer.Has(exp):
			exporters.add(mergedImporter, v)
		default:
			exporters.add(exp, v)
		}
	}
	suppliers.report(&sums, indicator.Suppliers, indicator.ImportSquares, indicator.TopSupplierImports, indicator.Top3Imports)
	exporters.report(&sums, indicator.Exporters, indicator.WorldSquares, indicator.TopExporterExports, none)
	return sums
}

const (
	merged         = trade.Code(MergedPartner)
	mergedImporter = trade.Code(MergedImporter)
)

// none stands for a sum that is not asked for.
const none = indicator.Sum(indicator.NumSums)

// ledger adds up values by economy.
type ledger map[trade.Code]*big.Rat

func newLedger() ledger { return ledger{} }

func (l ledger) add(c trade.Code, v *big.Rat) {
	if l[c] == nil {
		l[c] = new(big.Rat)
	}
	l[c].Add(l[c], v)
}

// report stores the number of economies, the sum of squares, the largest value and the sum of the three largest.
func (l ledger) report(sums *[indicator.NumSums]*big.Rat, count, squares, top, top3 indicator.Sum) {
	values := make([]*big.Rat, 0, len(l))
	for _, v := range l {
		values = append(values, v)
		sums[squares].Add(sums[squares], new(big.Rat).Mul(v, v))
	}
	sums[count].SetInt64(int64(len(l)))
	slices.SortFunc(values, func(a, b *big.Rat) int { return b.Cmp(a) })
	for i, v := range values {
		if i == 0 {
			sums[top].Set(v)
		}
		if i < 3 && top3 != none {
			sums[top3].Add(sums[top3], v)
		}
	}
}
