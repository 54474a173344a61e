package indicator

import "fmt"

// Indicator is one entry of the table: a named number about an importer, a product and a year, or about an importer,
// a partner, a product and a year.
type Indicator struct {
	Name    string // in criteria
	Column  string // in tables and files
	Title   string // for people
	Heading string // of a column, where Title is too long for one
	Unit    string // "USD", "t", "USD/t", "share", "count", "ratio"
	Range   string
	Formula string // over sums and other indicators; empty for a base sum
	Meaning string // one sentence
	Source  string // author, year
	base    *base  // where Formula is empty
	expr    *Expr
	level   Level
	lacking []Sum // those of its sums that lack what importers buy whose imports are missing
	about   Sum   // that of them which is what a seller sells; or none
}

// Level says whether the indicator needs an importer or a partner.
func (i *Indicator) Level() Level { return i.level }

// Expr is the formula, down to base sums.
func (i *Indicator) Expr() *Expr { return i.expr }

// The base sums. c is the importer (an economy or a bloc), p the partner. Flows inside c are never imports or exports
// of c. All dollar sums are current US dollars, FOB; quantities are metric tonnes.
const (
	Imports             Sum = iota // purchases of c's members from non-members
	Exports                        // sales of c's members to non-members
	IntraTrade                     // purchases of c's members inside c, or inside the bloc that a method is about; else 0 for a single economy
	TotalExports                   // sales of c's members, inside too
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
	Top3ExporterExports            // exports of the three largest exporters
	NumSums             = iota
)

// base is what the engines must know of an indicator that is a base sum: the kernel, which computes it from files, and a
// cluster, which computes it by SQL.
type base struct {
	sum     Sum
	of      Part
	rounded bool   // float64 may round it even where all values are whole dollars
	weighed bool   // it takes the weights of flows
	dollars Sum    // of tonnes: the value of the same flows
	sql     string // as Sum.SQL says
	stake   stake  // of importers whose imports are missing
}

const (
	hirschman = "Hirschman (1964); scale 0–1"
	balance   = "identity"
)

// table is the definition of every indicator. A formula may use only names above it.
var table = []*Indicator{
	{Name: "imports", Column: "imports_usd", Title: "Imports", Unit: "USD", Range: "> 0",
		base:    &base{sum: Imports, of: OfTrade, sql: "sum($v)"},
		Meaning: "The importer's purchases from abroad; for a bloc, its members' purchases from non-members.", Source: balance},
	{Name: "exports", Column: "exports_usd", Title: "Exports", Unit: "USD", Range: "≥ 0",
		base:    &base{sum: Exports, stake: sold, of: OfTrade, sql: "sumIf($v, $out)"},
		Meaning: "The importer's sales abroad; for a bloc, its members' sales to non-members.", Source: balance},
	{Name: "intra_trade", Column: "intra_trade_usd", Title: "Trade inside the bloc", Unit: "USD", Range: "≥ 0",
		base:    &base{sum: IntraTrade, of: OfTrade, sql: "sumIf($v, $inside)"},
		Meaning: "Trade among the members of the importing bloc. For a member of the bloc that a method is about, its purchases from the other members; for any other single economy, 0.", Source: balance},
	{Name: "total_exports", Column: "total_exports_usd", Title: "Exports with trade inside the bloc", Unit: "USD", Range: "≥ 0",
		base:    &base{sum: TotalExports, stake: sold, of: OfTrade, sql: "sumIf($v, $sold)"},
		Meaning: "Exports of a bloc's members to members and non-members.", Source: "European Commission (2021), SWD(2021) 352, CDI3"},
	{Name: "net_imports", Column: "net_imports_usd", Title: "Net imports", Unit: "USD", Range: "any",
		Formula: "imports - exports", Meaning: "Imports minus exports; positive for a deficit.", Source: balance},
	{Name: "import_export_ratio", Column: "import_export_ratio", Title: "Imports over exports", Unit: "ratio", Range: "> 0, infinite if exports are 0",
		Formula: "imports / exports", Meaning: "Imports divided by exports.", Source: "CEPII GeoDep (2024), criterion 3"},
	{Name: "trade_specialisation", Column: "trade_specialisation", Title: "Trade specialisation index", Unit: "ratio", Range: "−1 … 1",
		Formula: "(exports - imports) / (exports + imports)", Meaning: "From −1 (imports only) to 1 (exports only).", Source: "Lafay (1992)"},
	{Name: "extra_bloc_share", Column: "extra_bloc_share", Title: "Extra-bloc share of imports", Unit: "share", Range: "0 … 1",
		Formula: "imports / (imports + intra_trade)", Meaning: "Share of non-members in all imports of the members; 1 for a single economy outside the bloc that a method is about.",
		Source: "European Commission (2021), SWD(2021) 352, CDI2"},
	{Name: "suppliers", Column: "suppliers", Title: "Suppliers", Unit: "count", Range: "≥ 1",
		base:    &base{sum: Suppliers, of: OfSuppliers, sql: "toFloat64(count())"},
		Meaning: "Number of economies that the importer buys from.", Source: balance},
	{Name: "import_squares", Column: "import_squares", Title: "Sum of squared imports", Unit: "USD²", Range: "> 0",
		base:    &base{sum: ImportSquares, of: OfSuppliers, rounded: true, sql: "sum($v * $v)"},
		Meaning: "Sum over suppliers of squared imports, the numerator of the HHI.", Source: hirschman},
	{Name: "import_hhi", Column: "import_hhi", Title: "Import concentration (HHI)", Heading: "Import HHI", Unit: "share", Range: "1/suppliers … 1",
		Formula: "import_squares / imports ^ 2", Meaning: "Sum of squared supplier shares in the importer's imports.", Source: hirschman},
	{Name: "effective_suppliers", Column: "effective_suppliers", Title: "Effective suppliers", Unit: "count", Range: "1 … suppliers",
		Formula: "imports ^ 2 / import_squares", Meaning: "Number of equal suppliers that would give the same concentration, 1/HHI.", Source: "Adelman (1969)"},
	{Name: "top_supplier_imports", Column: "top_supplier_imports_usd", Title: "Imports from the top supplier", Unit: "USD", Range: "> 0",
		base:    &base{sum: TopSupplierImports, of: OfSuppliers, sql: "max($v)"},
		Meaning: "Imports from the largest supplier; of equals, the one with the lower BACI code.", Source: balance},
	{Name: "top_supplier_share", Column: "top_supplier_share", Title: "Top supplier's share", Unit: "share", Range: "0 … 1",
		Formula: "top_supplier_imports / imports", Meaning: "The largest supplier's share of imports.", Source: balance},
	{Name: "top3_imports", Column: "top3_imports_usd", Title: "Imports from the top three", Unit: "USD", Range: "> 0",
		base:    &base{sum: Top3Imports, of: OfSuppliers, sql: "arraySum(arraySlice(arrayReverseSort(groupArray($v)), 1, 3))"},
		Meaning: "Imports from the three largest suppliers.", Source: balance},
	{Name: "top3_share", Column: "top3_share", Title: "Top three suppliers' share", Unit: "share", Range: "0 … 1",
		Formula: "top3_imports / imports", Meaning: "The three largest suppliers' share of imports (CR3).", Source: balance},
	{Name: "world_exports", Column: "world_exports_usd", Title: "World exports", Unit: "USD", Range: "> 0",
		base:    &base{sum: WorldExports, stake: grows, of: OfExporters, sql: "sum($v)"},
		Meaning: "Exports of all economies.", Source: balance},
	{Name: "exporters", Column: "exporters", Title: "Exporters", Unit: "count", Range: "≥ 1",
		base:    &base{sum: Exporters, of: OfExporters, sql: "toFloat64(count())"},
		Meaning: "Number of economies that export the product.", Source: balance},
	{Name: "world_squares", Column: "world_squares", Title: "Sum of squared exports", Unit: "USD²", Range: "> 0",
		base:    &base{sum: WorldSquares, stake: squared, of: OfExporters, rounded: true, sql: "sum($v * $v)"},
		Meaning: "Sum over exporters of squared exports.", Source: hirschman},
	{Name: "world_export_hhi", Column: "world_export_hhi", Title: "World export concentration (HHI)", Heading: "World HHI", Unit: "share", Range: "1/exporters … 1",
		Formula: "world_squares / world_exports ^ 2", Meaning: "Sum of squared exporter shares in world exports.", Source: "CEPII GeoDep (2024), criterion 2"},
	{Name: "effective_exporters", Column: "effective_exporters", Title: "Effective exporters", Unit: "count", Range: "1 … exporters",
		Formula: "world_exports ^ 2 / world_squares", Meaning: "Number of equal exporters that would give the same concentration.", Source: "Arriola et al. (2024), OECD TPP 280"},
	{Name: "top_exporter_exports", Column: "top_exporter_exports_usd", Title: "Exports of the top exporter", Unit: "USD", Range: "> 0",
		base:    &base{sum: TopExporterExports, stake: sold, of: OfExporters, sql: "max($v)"},
		Meaning: "Exports of the largest exporter; of equals, the one with the lower BACI code.", Source: balance},
	{Name: "top_exporter_world_share", Column: "top_exporter_world_share", Title: "Top exporter's share of world exports", Unit: "share", Range: "0 … 1",
		Formula: "top_exporter_exports / world_exports", Meaning: "The largest exporter's share of world exports.", Source: balance},
	{Name: "own_world_share", Column: "own_world_share", Title: "Importer's own share of world exports", Unit: "share", Range: "0 … 1",
		Formula: "exports / world_exports", Meaning: "The importer's share of world exports.", Source: balance},
	{Name: "imports_from_partner", Column: "imports_from_partner_usd", Title: "Imports from the partner", Heading: "From partner", Unit: "USD", Range: "> 0",
		base:    &base{sum: ImportsFromPartner, of: OfPurchases, sql: "$v"},
		Meaning: "The importer's purchases from the partner; if the partner is a bloc, from all its members.", Source: balance},
	{Name: "partner_share", Column: "partner_share", Title: "Partner's share of imports", Heading: "Partner's share", Unit: "share", Range: "0 … 1",
		Formula: "imports_from_partner / imports", Meaning: "The partner's share of the importer's imports.", Source: balance},
	{Name: "partner_exports", Column: "partner_exports_usd", Title: "Partner's exports", Unit: "USD", Range: "> 0",
		base:    &base{sum: PartnerExports, stake: sold, of: OfSellers, sql: "sumIf($v, $partner)"},
		Meaning: "The partner's exports to the world.", Source: balance},
	{Name: "partner_world_share", Column: "partner_world_share", Title: "Partner's share of world exports", Heading: "Partner's world share", Unit: "share", Range: "0 … 1",
		Formula: "partner_exports / world_exports", Meaning: "The partner's share of world exports.", Source: "Rogers et al. (2020), Henry Jackson Society"},
	{Name: "others_exports", Column: "others_exports_usd", Title: "Exports of all others", Unit: "USD", Range: "≥ 0",
		base:    &base{sum: OthersExports, stake: rest, of: OfSellers, sql: "sumIf($v, NOT $partner)"},
		Meaning: "World exports minus the partner's; includes the importer's own exports.", Source: balance},
	{Name: "rearrangement_ratio", Column: "rearrangement_ratio", Title: "Rearrangement ratio", Unit: "ratio", Range: "≥ 0, infinite if no other economy exports",
		Formula: "imports_from_partner / others_exports", Meaning: "Imports from the partner divided by the exports of all others, including the importer. Below 0.1 they are easily replaced; above 1 trade alone cannot replace them.",
		Source: "McKinsey Global Institute (2025); whether it leaves out the importer's own exports is not stated"},
	{Name: "imports_with_quantity", Column: "imports_with_quantity_usd", Title: "Imports that have a quantity", Unit: "USD", Range: "≥ 0",
		base:    &base{sum: ImportsWithQuantity, of: OfSuppliers, weighed: true, sql: "sum($k)"},
		Meaning: "Value of the importer's flows with known tonnes.", Source: balance},
	{Name: "import_quantity", Column: "import_quantity_t", Title: "Import quantity", Unit: "t", Range: "≥ 0",
		base:    &base{sum: ImportQuantity, of: OfSuppliers, weighed: true, rounded: true, dollars: ImportsWithQuantity, sql: "if(sum($k) = 0, nan, sum($q))"},
		Meaning: "Tonnes of the flows with known tonnes.", Source: balance},
	{Name: "import_unit_value", Column: "import_unit_value", Title: "Import unit value", Unit: "USD/t", Range: "> 0, missing if no quantity is known",
		Formula: "imports_with_quantity / import_quantity", Meaning: "Dollars per tonne, from the flows with known tonnes.", Source: "Fontagné, Freudenberg, Péridy (1997)"},
	{Name: "partner_with_quantity", Column: "partner_with_quantity_usd", Title: "Imports from the partner that have a quantity", Unit: "USD", Range: "≥ 0",
		base:    &base{sum: PartnerWithQuantity, of: OfPurchases, weighed: true, sql: "$k"},
		Meaning: "Value of the flows from the partner with known tonnes.", Source: balance},
	{Name: "partner_quantity", Column: "partner_quantity_t", Title: "Quantity from the partner", Unit: "t", Range: "≥ 0",
		base:    &base{sum: PartnerQuantity, of: OfPurchases, weighed: true, rounded: true, dollars: PartnerWithQuantity, sql: "if($k = 0, nan, $q)"},
		Meaning: "Tonnes imported from the partner.", Source: balance},
	{Name: "partner_unit_value", Column: "partner_unit_value", Title: "Unit value of imports from the partner", Unit: "USD/t", Range: "> 0, missing if no quantity is known",
		Formula: "partner_with_quantity / partner_quantity", Meaning: "Dollars per tonne of the imports from the partner.", Source: "Fontagné, Freudenberg, Péridy (1997)"},
	{Name: "world_with_quantity", Column: "world_with_quantity_usd", Title: "World exports that have a quantity", Unit: "USD", Range: "≥ 0",
		base:    &base{sum: WorldWithQuantity, stake: grows, of: OfExporters, weighed: true, sql: "sum($k)"},
		Meaning: "Value of all flows with known tonnes.", Source: balance},
	{Name: "world_quantity", Column: "world_quantity_t", Title: "World quantity", Unit: "t", Range: "≥ 0",
		base:    &base{sum: WorldQuantity, stake: weight, of: OfExporters, weighed: true, rounded: true, dollars: WorldWithQuantity, sql: "if(sum($k) = 0, nan, sum($q))"},
		Meaning: "Tonnes of all flows with known tonnes.", Source: balance},
	{Name: "world_unit_value", Column: "world_unit_value", Title: "World unit value", Unit: "USD/t", Range: "> 0, missing if no quantity is known",
		Formula: "world_with_quantity / world_quantity", Meaning: "Dollars per tonne, from all flows with known tonnes.", Source: "Fontagné, Freudenberg, Péridy (1997)"},
	{Name: "top3_exporter_exports", Column: "top3_exporter_exports_usd", Title: "Exports of the top three exporters", Unit: "USD", Range: "> 0",
		base:    &base{sum: Top3ExporterExports, stake: sold, of: OfExporters, sql: "arraySum(arraySlice(arrayReverseSort(groupArray($v)), 1, 3))"},
		Meaning: "Exports of the three largest exporters.", Source: balance},
	{Name: "top3_exporters_share", Column: "top3_exporters_share", Title: "Top three exporters' share of world exports", Unit: "share", Range: "0 … 1",
		Formula: "top3_exporter_exports / world_exports", Meaning: "The three largest exporters' share of world exports; a product with 0.9 or more is globally concentrated.",
		Source: "McKinsey Global Institute (January 2024)"},
	{Name: "imports_over_total_exports", Column: "imports_over_total_exports", Title: "Imports over exports with trade inside the bloc", Unit: "ratio", Range: "> 0, infinite if total exports are 0",
		Formula: "imports / total_exports", Meaning: "Imports from non-members divided by all exports of the members, to members and non-members; for a single economy, imports divided by exports.",
		Source: "European Commission (2021), SWD(2021) 352, CDI3"},
	{Name: "imports_in_trade", Column: "imports_in_trade", Title: "Imports in imports and exports", Unit: "share", Range: "0 … 1",
		Formula: "imports / (imports + exports)", Meaning: "Imports divided by the sum of imports and exports, which stands in for production.",
		Source: "Guinea and Sharma (2022), ECIPE Policy Brief 5/2022, indicator 1"},
	{Name: "suppliers_of_possible", Column: "suppliers_of_possible", Title: "Effective suppliers over effective exporters", Unit: "ratio", Range: "> 0",
		Formula: "effective_suppliers / effective_exporters", Meaning: "Effective suppliers of the importer divided by effective exporters in the world; below 0.5 imports are significantly concentrated.",
		Source: "Arriola et al. (2024), OECD TPP 280; that suppliers are counted as 1/HHI is our reading"},
	{Name: "relative_unit_value", Column: "relative_unit_value", Title: "Import unit value over the world's", Unit: "ratio", Range: "> 0, missing if a quantity is unknown",
		Formula: "import_unit_value / world_unit_value", Meaning: "The importer's price per tonne divided by the world's; above 1 it buys more expensive varieties.",
		Source: "Fontagné, Freudenberg, Péridy (1997)"},
	{Name: "partner_relative_unit_value", Column: "partner_relative_unit_value", Title: "Unit value of imports from the partner over the world's", Unit: "ratio", Range: "> 0, missing if a quantity is unknown",
		Formula: "partner_unit_value / world_unit_value", Meaning: "The price per tonne that the importer pays to the partner, divided by the world's.",
		Source: "Fontagné, Freudenberg, Péridy (1997)"},
}

var byName = map[string]*Indicator{}

// bases are the indicators that are base sums, by sum.
var bases [NumSums]*Indicator

func init() {
	for _, ind := range table {
		if ind.Formula == "" {
			ind.expr = &Expr{node: sumNode{ind.base.sum, ind.Name}, Text: ind.Name}
			bases[ind.base.sum] = ind
		} else {
			e, err := ParseFormula(ind.Formula)
			if err != nil {
				panic(fmt.Sprintf("indicator %s: %v", ind.Name, err))
			}
			ind.expr = e
		}
		ind.about = none
		for _, s := range ind.expr.Sums() {
			ind.level = max(ind.level, s.Level())
			if s.Touched() {
				ind.lacking = append(ind.lacking, s)
			}
			if bases[s].base.stake == sold {
				ind.about = s
			}
		}
		byName[ind.Name] = ind
	}
	for s, ind := range bases {
		if ind == nil {
			panic(fmt.Sprintf("base sum %d has no entry in the table of indicators", s))
		}
	}
}

// All lists the table, in the order in which it is printed.
func All() []*Indicator { return table }

// Named is the indicator of a name that stands in the program. It panics where the table has none, so that a name that was changed
// is noticed when the program starts: callers keep what it gives in a variable of their package.
func Named(name string) *Indicator {
	ind, ok := Get(name)
	if !ok {
		panic("no indicator " + name)
	}
	return ind
}

// Get finds an indicator by its name.
func Get(name string) (*Indicator, bool) {
	ind, ok := byName[name]
	return ind, ok
}
