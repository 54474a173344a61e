package kernel

import (
	"context"
	"math"
	"math/big"
	"slices"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// ExactSums gives the exact sums of cells whose rounded sums are c. Where values are whole dollars most of these are exact as
// they are; for others define adds up the flows of cell i, as Define does.
func ExactSums(ctx context.Context, c *indicator.Columns, whole bool, define func(i int) (*Definition, error)) indicator.ExactSums {
	return func(i int, asked []indicator.Sum) (func(indicator.Sum) indicator.Exact, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		inexact := func(s indicator.Sum) bool { return !whole || s.Rounded() || len(c.Col[s]) == 0 }
		if !slices.ContainsFunc(asked, inexact) {
			return func(s indicator.Sum) indicator.Exact { return indicator.ExactOf(c.At(s, i)) }, nil
		}
		sums, err := define(i)
		if err != nil {
			return nil, err
		}
		return sums.exact, nil
	}
}

// exact is a sum; tonnes of which none are known are missing, not zero.
func (d *Definition) exact(s indicator.Sum) indicator.Exact {
	if with, ok := s.Covers(); ok && d[with].Sign() == 0 {
		return indicator.Exact{Special: math.NaN()}
	}
	return indicator.Exact{Rat: d[s]}
}

// Definition is the sums of one cell as rational numbers; tonnes of which none are known are 0.
type Definition [indicator.NumSums]*big.Rat

// Define states the definition of every base sum in the plainest way: loops over the flows of a product, rational numbers. It
// decides values that sit on a threshold, and it is the twin that the tests compare the fast path with. inside is the importer, or a
// bloc that it is part of: what it trades there is no import and no export.
func Define(flows store.Flows, importer, inside, partner trade.Set, world trade.World) *Definition {
	flows.Verify()
	var sums Definition
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

		if importer.Has(exp) {
			add(indicator.TotalExports, v)
			if !inside.Has(imp) {
				add(indicator.Exports, v)
			}
		}
		switch {
		case importer.Has(imp) && inside.Has(exp):
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
		}

		if world == trade.Net && (inside.Has(imp) && inside.Has(exp) || partner.Has(imp) && fromPartner) {
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
		case world == trade.Net && inside.Has(exp):
			exporters.add(mergedImporter, v)
		default:
			exporters.add(exp, v)
		}
	}
	suppliers.report(&sums, indicator.Suppliers, indicator.ImportSquares, indicator.TopSupplierImports, indicator.Top3Imports)
	exporters.report(&sums, indicator.Exporters, indicator.WorldSquares, indicator.TopExporterExports, indicator.Top3ExporterExports)
	return &sums
}

const (
	merged         = trade.Code(MergedPartner)
	mergedImporter = trade.Code(MergedImporter)
)

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
func (l ledger) report(sums *Definition, count, squares, top, top3 indicator.Sum) {
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
		if i < 3 {
			sums[top3].Add(sums[top3], v)
		}
	}
}
