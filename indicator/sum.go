// Package indicator defines every number the program can compute: the base sums over flows, the table of indicators
// as formulas over those sums, and the expression language in which formulas and the criteria of methods are written.
//
// One formula text serves all uses: it is evaluated in float64 over columns of sums, exactly in rational numbers where
// a value sits on a threshold, and printed with its numbers by explain. The package knows nothing of files, flows or
// methods and must never import store, kernel, method, analysis or result.
package indicator

// Sum is a base sum over the flows of one product in one year: what the kernel computes and all indicators are made of.
type Sum uint8

// The base sums. c is the importer (an economy or a bloc), p the partner. Flows inside c are never imports or exports
// of c. All dollar sums are current US dollars, FOB; quantities are metric tonnes.
const (
	Imports             Sum = iota // purchases of c's members from non-members
	Exports                        // sales of c's members to non-members
	IntraTrade                     // flows among c's members; 0 for a single economy
	Suppliers                      // number of exporters that c buys from; a partner bloc counts as one
	ImportSquares                  // sum over suppliers of squared imports, USD²
	TopSupplierImports             // imports from the largest supplier
	Top3Imports                    // imports from the three largest suppliers
	ImportsWithQuantity            // imports whose flows have a quantity
	ImportQuantity                 // tonnes of those
	WorldExports                   // exports of all economies; trade inside blocs counts by the world option
	Exporters                      // number of exporters in the world
	WorldSquares                   // sum over exporters of squared exports, USD²
	TopExporterExports             // exports of the largest exporter
	WorldWithQuantity              // world exports whose flows have a quantity
	WorldQuantity                  // tonnes of those
	ImportsFromPartner             // c's imports from p
	PartnerExports                 // exports of p to the world
	OthersExports                  // world exports less those of p
	PartnerWithQuantity            // imports from p whose flows have a quantity
	PartnerQuantity                // tonnes of those
	NumSums             = iota
)

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

// At returns sum s of cell i.
func (c *Columns) At(s Sum, i int) float64 {
	col := c.Col[s]
	if len(col) == 1 {
		return col[0]
	}
	return col[i]
}
