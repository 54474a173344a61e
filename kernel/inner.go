package kernel

import (
	"context"
	"math/bits"
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// Inner is what the economies of each of some blocs sell to one another of each product of a year, in US dollars and in the order of its
// products. Where values are whole dollars it is what Margins leaves out. What is not in the year's files is added up: the flows are read once for
// all blocs, and only those that one needs.
func Inner(ctx context.Context, year *store.Year, blocs ...trade.Set) ([][]float64, error) {
	list := make([][]float64, len(blocs))
	var places []int // of those that are not in the year's files
	for i, bloc := range blocs {
		of, ok := year.Inner(bloc)
		if !ok {
			places = append(places, i)
			continue
		}
		list[i] = make([]float64, year.Len())
		for k := range list[i] {
			list[i][k] = of(k)
		}
	}
	for some := range slices.Chunk(places, mostInsiders) {
		var sets []trade.Set
		for _, i := range some {
			sets = append(sets, blocs[i])
		}
		found, err := newInsiders(year, sets).find(ctx, year)
		if err != nil {
			return nil, err
		}
		for n, i := range some {
			list[i] = found[n]
		}
	}
	return list, ctx.Err()
}

// mostInsiders is how many blocs have bits.
const mostInsiders = 32

// insiders are blocs whose inner trade is looked for.
type insiders struct {
	blocs []insider
	reads [trade.MaxCode]uint32 // by importer: bits of the blocs that need what it buys
}

// insider is one of them. What its members sell to one another is what they buy from members; or, as sums of whole dollars are exact, what they
// sell in all less what the others buy from them. Of the two sides the one with fewer flows is read.
type insider struct {
	sells  [trade.MaxCode]float64 // 1 for members: a product is faster than a branch that nobody can predict
	others bool                   // what others buy is read
}

func newInsiders(year *store.Year, blocs []trade.Set) *insiders {
	n := &insiders{blocs: make([]insider, len(blocs))}
	present := year.Importers()
	flows, all := flowsByImporter(year)
	for i, bloc := range blocs {
		b, buys := &n.blocs[i], 0
		for _, c := range bloc.Codes() {
			b.sells[c] = 1
			buys += flows[c]
		}
		side := bloc
		if b.others = year.Exact() && 2*buys > all; b.others {
			side = present.Minus(bloc)
		}
		for _, c := range side.Codes() {
			n.reads[c] |= 1 << i
		}
	}
	return n
}

// sampled is of how many products one tells who buys how many flows: it decides which way is shorter, not what comes of it.
const sampled = 16

// flowsByImporter counts flows of some products.
func flowsByImporter(year *store.Year) (flows [trade.MaxCode]int, all int) {
	for k := 0; k < year.Len(); k += sampled {
		x := year.Index(k)
		for i, code := range x.Importer {
			n := int(x.Next(i) - x.First[i])
			flows[code&(trade.MaxCode-1)] += n
			all += n
		}
	}
	return flows, all
}

// find goes through the products of the year.
func (n *insiders) find(ctx context.Context, year *store.Year) ([][]float64, error) {
	list := make([][]float64, len(n.blocs))
	for i := range list {
		list[i] = make([]float64, year.Len())
	}
	return list, eachProduct(ctx, year.Len(), func() func(k int) {
		sums := make([]float64, len(n.blocs))
		return func(k int) {
			f, x := year.Lazy(k)
			n.add(f, x, sums)
			for i := range list {
				list[i][k], sums[i] = sums[i], 0
			}
		}
	})
}

// add finds what each bloc sells inside of a product. sums are zero before.
func (n *insiders) add(f store.Flows, x store.Index, sums []float64) {
	for i, code := range x.Importer {
		readers := n.reads[code&(trade.MaxCode-1)]
		if readers == 0 {
			continue
		}
		lo, hi := x.Run(i)
		exporter, value := f.Exporter[lo:hi], f.Value[lo:hi]
		for ; readers != 0; readers &= readers - 1 {
			b := bits.TrailingZeros32(readers)
			sums[b] += insideOf(&n.blocs[b].sells, exporter, value)
		}
	}
	for i := range n.blocs {
		b := &n.blocs[i]
		if !b.others {
			continue
		}
		sold := 0.0
		for k, code := range x.Exporter {
			sold += x.Exports[k] * b.sells[code&(trade.MaxCode-1)]
		}
		sums[i] = sold - sums[i]
	}
}
