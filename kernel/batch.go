// Package kernel sums flows: for each product of a year the base sums of every importer, and of every importer and
// partner, for economies and blocs alike. It is the only place where flows are read for analysis. Criteria that a view
// names are applied as early as the sums that they need are known, so that most flows are never looked at.
//
// The package knows nothing of methods, verdicts or tables and must never import method, analysis or result.
package kernel

import (
	"math"
	"slices"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// View says which cells of a year to compute.
type View struct {
	Year      int
	Importers []trade.Set               // one entry a line of importers; an economy is a set of one, a bloc a larger one
	Partners  []trade.Set               // likewise; none: importer cells only
	Inside    []trade.Set               // by importer: a bloc that it is part of, and inside which its trade counts as that of a bloc does; none, or empty, is itself
	World     trade.World               // how trade inside the blocs of a cell counts in world exports
	Products  []string                  // codes, ascending; nil: all
	Sums      []indicator.Sum           // those that the visitor reads; nil: all, and Tops
	Tops      bool                      // the visitor reads TopSupplier and TopExporter
	TopOnly   bool                      // of pairs the visitor needs those whose partner is the importer's largest supplier, or a bloc; others may be left out. It reads TopSupplier
	OnlyPairs bool                      // the visitor needs no importer cells
	Idle      bool                      // cells of partner blocs also where the importer buys nothing from them
	Criteria  []*indicator.Criterion    // cells that miss one are left out; with one on pairs, importers that are in no such pair may be
	Whole     func(product string) bool // products of which no cell is left out; nil: none
	// Unseen is what importers may buy whose imports are missing; 0: nobody is missing. Cells that could meet the criteria then arrive
	// too, with their verdicts, those of importers without a pair aside.
	Unseen indicator.Unseen
	// Kept lists, of a product that is whole, the cells that the visitor needs although they may miss a criterion: importer and
	// partner, -1 for all of that importer, one at least. Of a product that is not whole it lists none. An engine may leave out the others. nil: all.
	Kept func(product string) [][2]int32
	// Mark is a bit for a view whose visitor, a Marker, needs no more of the pairs that meet its criteria than Marked says: they may arrive
	// marked, together with those of other such views, instead of in batches. 0: in batches.
	Mark uint64
}

// InsideOf is what counts as inside for an importer of the view: a bloc that it is part of, or itself.
func (v *View) InsideOf(importer int32) trade.Set {
	if int(importer) < len(v.Inside) && v.Inside[importer].Len() > 0 {
		return v.Inside[importer].Union(v.Importers[importer])
	}
	return v.Importers[importer]
}

// Batch holds the cells of one product and year: base sums in columns, the key of each cell beside them. A visitor
// may use a batch only during the call that hands it over.
type Batch struct {
	indicator.Columns
	Year        int
	Product     string
	Importer    []int32  // index into View.Importers
	Partner     []int32  // index into View.Partners; nil in a batch of importer cells
	TopSupplier []uint16 // BACI code, or MergedPartner
	TopExporter []uint16 // BACI code, MergedPartner or MergedImporter
	// Verdicts are those of the criteria judged so far; nil where the view has neither Whole nor Unseen: then all are met.
	Verdicts []indicator.Verdict
	// Exact gives base sums without rounding, for values on a threshold. It is slow where values are not whole dollars, and for
	// squares and tonnes: then the flows are added up again.
	Exact indicator.ExactSums
}

// Marker is a Visitor that takes pairs of several views at once.
type Marker interface {
	Visitor
	// Marked is where the pairs of a block of products are put: those of all views with a mark, at the visitor of one of them, in the order in
	// which batches would have them.
	Marked() *[]Marked
}

// Marked is a pair that meets the criteria of some views.
type Marked struct {
	Imports, FromPartner float64 // of a product that is not named
	Views                uint64  // the marks of the views
	Importer, Partner    int32   // as in Batch
}

// Marks in TopSupplier and TopExporter that stand for a whole bloc.
const (
	MergedPartner  = trade.MaxCode
	MergedImporter = trade.MaxCode + 1
)

// Supplier is one line of a cell's imports, for explanations.
type Supplier struct {
	Exporter trade.Code
	Value    float64 // USD
	Quantity float64 // t, NaN where unknown
}

// Suppliers lists what members of importer bought from non-members, by exporter in ascending code order.
func Suppliers(flows store.Flows, importer trade.Set) []Supplier {
	return byExporter(flows, func(imp, exp trade.Code) bool { return importer.Has(imp) && !importer.Has(exp) })
}

// Exporters lists what each economy sold to all others, by exporter in ascending code order.
func Exporters(flows store.Flows) []Supplier {
	return byExporter(flows, func(imp, exp trade.Code) bool { return true })
}

// byExporter adds up the flows that count, by exporter in ascending code order.
func byExporter(flows store.Flows, counts func(imp, exp trade.Code) bool) []Supplier {
	var list []Supplier
	at := map[trade.Code]int{}
	for i, v := range flows.Value {
		imp, exp := trade.Code(flows.Importer[i]), trade.Code(flows.Exporter[i])
		if !counts(imp, exp) {
			continue
		}
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

// quantity returns the tonnes of flow i, NaN where unknown.
func quantity(flows store.Flows, i int) float64 {
	if flows.Quantity == nil {
		return math.NaN()
	}
	return flows.Quantity[i]
}
