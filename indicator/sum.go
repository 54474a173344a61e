// Package indicator defines every number the program can compute: the base sums over flows, the table of indicators
// as formulas over those sums, and the expression language in which formulas and the criteria of methods are written.
//
// One formula text serves all uses: it is evaluated in float64 over columns of sums, exactly in rational numbers where
// a value sits on a threshold, and printed with its numbers by explain. The package knows nothing of files, flows or
// methods and must never import store, kernel, method, analysis or result.
package indicator

import (
	"slices"
	"strings"
)

// Sum is a base sum over the flows of one product in one year: what the kernel computes and all indicators are made of.
type Sum uint8

// Name is the name of the indicator that is this sum.
func (s Sum) Name() string { return bases[s].Name }

// Level says on what the sum depends.
func (s Sum) Level() Level { return bases[s].base.of.level() }

// Part says of which flows it is made.
func (s Sum) Part() Part { return bases[s].base.of }

// Rounded says that float64 may round it even where all values are whole dollars.
func (s Sum) Rounded() bool { return bases[s].base.rounded }

// Weighed says that it takes the weights of flows, which most questions pass by.
func (s Sum) Weighed() bool { return bases[s].base.weighed }

// Covers gives for a sum of tonnes the dollars of the same flows: where these are 0 the tonnes are missing, not 0.
func (s Sum) Covers() (dollars Sum, ok bool) { return bases[s].base.dollars, bases[s].Unit == "t" }

// SQL is the aggregate that computes the sum over rows of its part. columns puts names in the places of $v, US dollars, $k,
// dollars of the flows whose weight is known, and $q, their tonnes.
func (s Sum) SQL(columns *strings.Replacer) string { return columns.Replace(bases[s].base.sql) }

// SumsOf lists the sums of some parts.
func SumsOf(parts ...Part) []Sum {
	return SumsWhere(func(s Sum) bool { return slices.Contains(parts, s.Part()) })
}

// SumsWhere lists the sums of which something is true.
func SumsWhere(is func(Sum) bool) (sums []Sum) {
	for s := range Sum(NumSums) {
		if is(s) {
			sums = append(sums, s)
		}
	}
	return sums
}

// Part says of which flows a sum is made, and with that at which step of a computation it is known.
type Part uint8

// Parts, each with the rows that the SQL of its sums goes over.
const (
	OfTrade     Part = iota // what the importer buys and sells: flows; $sold selects its sales, $out those to others than members, $inside its purchases from members
	OfSuppliers             // what it buys, by supplier: suppliers
	OfExporters             // what the world exports, by exporter: exporters
	OfSellers               // what the partner and all others export: exporters; $partner selects the partner
	OfPurchases             // what the importer buys from the partner: a value, no aggregate
)

func (p Part) level() Level {
	switch p {
	case OfExporters:
		return World
	case OfTrade, OfSuppliers:
		return Importer
	}
	return Pair
}

// Level says on what a sum or an indicator depends.
type Level uint8

// Levels, from the fewest to the most keys.
const (
	World    Level = iota // product and year (and the blocs of the row, where their inner trade is netted out)
	Importer              // importer, product, year
	Pair                  // importer, partner, product, year
)

func (l Level) String() string { return [...]string{"world", "importer", "pair"}[l] }

// Columns holds base sums for a batch of cells. Col[s] has N entries, or one that stands for all N, or none where the
// sum was not asked for.
type Columns struct {
	N   int
	Col [NumSums][]float64
}

// Cell is cell i alone.
func (c *Columns) Cell(i int) *Columns {
	one := &Columns{N: 1}
	for s := range c.Col {
		if len(c.Col[s]) > 0 {
			one.Col[s] = []float64{c.At(Sum(s), i)}
		}
	}
	return one
}

// At returns sum s of cell i.
func (c *Columns) At(s Sum, i int) float64 {
	col := c.Col[s]
	if len(col) == 1 {
		return col[0]
	}
	return col[i]
}
