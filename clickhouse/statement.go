package clickhouse

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// statement asks for cells of one group of importers: single economies, each of which is a cell, or the members of a bloc,
// which are one together.
//
// All that is computed are base sums, named as in the table of indicators. Which cells travel is decided by the criteria,
// written as SQL by package indicator: a few too many, as the program judges them again. Each step is a SELECT around the one
// before; servers before 19.x join two tables at a time, so that each join is a step of its own.
type statement struct {
	*scanning
	kind     kind
	block    []uint32
	importer *line // nil: single economies
	partner  *line // of blocPairs
}

// kind is what the rows of a statement are.
type kind int

const (
	importerCells kind = iota
	singlePairs        // cells of importers and single economies as partners
	blocPairs          // cells of importers and one bloc as partner, whose members are one supplier
)

// Base sums by what it takes to compute them.
var (
	ownSums   = []indicator.Sum{indicator.Exports, indicator.IntraTrade}
	worldSums = []indicator.Sum{indicator.WorldExports, indicator.Exporters, indicator.WorldSquares, indicator.TopExporterExports,
		indicator.WorldWithQuantity, indicator.WorldQuantity}
	sellerSums   = []indicator.Sum{indicator.PartnerExports, indicator.OthersExports}
	quantitySums = []indicator.Sum{indicator.ImportsWithQuantity, indicator.ImportQuantity, indicator.WorldWithQuantity,
		indicator.WorldQuantity, indicator.PartnerWithQuantity, indicator.PartnerQuantity}
)

// sql is the whole statement. Its rows are: product, importer, partner, the sums of the cell in the order of sums, top
// supplier, top exporter. Of blocs the code is 0.
func (s *statement) sql() string {
	partner, from, condition := "toUInt16(0)", s.joined(), s.early()
	if s.kind == singlePairs { // what is left are criteria on what the partner sells
		partner, from = "supplier", s.singles()
		condition = s.unlessKept("supplier", func(c *indicator.Criterion) bool { return !slices.Contains(s.onImporters, c) && s.sellersIn(c.Sums()) })
	}
	if s.kind == blocPairs && !s.view.Idle {
		condition = "(" + condition + ") AND " + s.column(indicator.ImportsFromPartner) + " > 0"
	}
	var sums []string
	for _, sum := range s.sums() {
		sums = append(sums, s.column(sum))
	}
	top, leader := "toUInt16(0)", "toUInt16(0)"
	if s.tops {
		top, leader = s.top(), "top_exporter"
	}
	return fmt.Sprintf("SELECT product, cell, %s AS partner, [%s] AS sums, %s AS top, %s AS leader\nFROM (%s)\nWHERE %s",
		partner, strings.Join(sums, ", "), top, leader, from, condition)
}

// sums lists the sums of a row.
func (s *statement) sums() (sums []indicator.Sum) {
	for sum := range indicator.Sum(indicator.NumSums) {
		if s.need[sum] && (s.kind != importerCells || sum < indicator.ImportsFromPartner) {
			sums = append(sums, sum)
		}
	}
	return sums
}

// column names a sum where the steps of a cell are complete; sums that are not columns by then are written out.
func (s *statement) column(sum indicator.Sum) string {
	ofBloc := func(array string) string {
		return fmt.Sprintf("arraySum((z, a) -> if(z = %d, a, 0), es, %s)", kernel.MergedPartner, array)
	}
	expanded := s.kind == singlePairs // pairs are rows, and what needs all suppliers has been computed
	switch sum {
	case indicator.TopSupplierImports:
		if !expanded {
			return "arrayReduce('max', vs)"
		}
	case indicator.Top3Imports:
		if !expanded {
			return "arraySum(arraySlice(arrayReverseSort(vs), 1, 3))"
		}
	case indicator.ImportQuantity:
		return "if(imports_with_quantity = 0, nan, tonnes)"
	case indicator.WorldQuantity:
		return "if(world_with_quantity = 0, nan, world_tonnes)"
	case indicator.ImportsFromPartner:
		if expanded {
			return "v"
		}
		return ofBloc("vs")
	case indicator.PartnerWithQuantity:
		if expanded {
			return "p"
		}
		return ofBloc("ps")
	case indicator.PartnerQuantity:
		if expanded {
			return "if(p = 0, nan, q)"
		}
		return fmt.Sprintf("if(%s = 0, nan, %s)", ofBloc("ps"), ofBloc("qs"))
	}
	return sum.Name()
}

// top is the largest supplier; of equals the one with the lowest code, of a bloc that of its lowest member.
func (s *statement) top() string {
	if s.kind == singlePairs {
		return "top_supplier"
	}
	return "arrayElement(arraySort((z, a) -> (-a, " + s.rank("z") + "), es, vs), 1)"
}

// rank is the place of an economy in ties.
func (s *statement) rank(code string) string {
	if s.partner != nil {
		code = fmt.Sprintf("if(%s = %d, toUInt16(%d), %s)", code, kernel.MergedPartner, s.partner.low, code)
	}
	if s.importer != nil {
		code = fmt.Sprintf("if(%s = %d, toUInt16(%d), %s)", code, kernel.MergedImporter, s.importer.low, code)
	}
	return code
}

// early is the condition on rows of joined: of importer cells by what they can be judged by, of pairs with a bloc by all.
func (s *statement) early() string {
	return s.unlessKept("", func(c *indicator.Criterion) bool { return s.kind == blocPairs || slices.Contains(s.onImporters, c) })
}

// unlessKept joins the criteria that are judged at a step. supplier is the column of the partner where rows have one.
func (s *statement) unlessKept(supplier string, judged func(*indicator.Criterion) bool) string {
	var conditions []string
	for _, c := range s.view.Criteria {
		if judged(c) {
			conditions = append(conditions, c.SQL(s.column))
		}
	}
	if len(conditions) == 0 {
		return "1"
	}
	condition := strings.Join(conditions, " AND ")
	if kept := s.kept(supplier); kept != "" {
		return "(" + condition + " OR " + kept + ")"
	}
	return condition
}

// maxKept bounds the cells that a statement names.
const maxKept = 4000

// kept selects the cells that arrive whatever they miss: by product, importer and partner, or where these are too many all of
// their products.
func (s *statement) kept(supplier string) string {
	if s.view.Whole == nil {
		return ""
	}
	var whole []uint32
	var cells, pairs []string
	for _, product := range s.block {
		if !s.view.Whole(s.codes[product]) {
			continue
		}
		whole = append(whole, product)
		if s.view.Kept == nil {
			continue
		}
		for _, key := range s.view.Kept(s.codes[product]) {
			importer, ok := s.importers.code(key[0], s.importer)
			if !ok {
				continue
			}
			partner, single := s.partners.code(key[1], nil)
			switch {
			case key[1] < 0, s.kind == importerCells, s.kind == blocPairs && key[1] == s.partner.index, s.kind == singlePairs && single && supplier == "":
				cells = append(cells, fmt.Sprintf("(%d,%d)", product, importer))
			case s.kind == singlePairs && single:
				pairs = append(pairs, fmt.Sprintf("(%d,%d,%d)", product, importer, partner))
			}
		}
	}
	if len(whole) == 0 {
		return ""
	}
	if s.view.Kept == nil || len(cells)+len(pairs) > maxKept {
		return "product IN (" + numbers(whole) + ")"
	}
	var kept []string
	if len(cells) > 0 {
		kept = append(kept, "(product, cell) IN ("+strings.Join(slices.Compact(cells), ",")+")")
	}
	if len(pairs) > 0 {
		kept = append(kept, "(product, cell, "+supplier+") IN ("+strings.Join(pairs, ",")+")")
	}
	return strings.Join(kept, " OR ")
}

// singles makes a row of each single partner of a cell that may meet the criteria, and puts beside it what it sells.
// Partners are left out in the arrays, before there are rows of them.
func (s *statement) singles() string {
	cells := s.columns()
	condition := s.unlessKept("e", func(c *indicator.Criterion) bool { return !slices.Contains(s.onImporters, c) && !s.sellersIn(c.Sums()) })
	carried, chosen, rows := s.carried(), []string{}, []string{"ec AS supplier"}
	for _, name := range append([]string{"e"}, carried...) {
		chosen = append(chosen, fmt.Sprintf("arrayFilter((a, c) -> c, %ss, chosen) AS %sc", name, name))
	}
	for _, name := range carried {
		rows = append(rows, name+"c AS "+name)
	}
	// What takes all suppliers is computed while they are there.
	pick, whole := slices.Clone(cells), &statement{scanning: s.scanning, kind: importerCells, importer: s.importer}
	for _, sum := range []indicator.Sum{indicator.TopSupplierImports, indicator.Top3Imports} {
		if s.need[sum] {
			pick, cells = append(pick, whole.column(sum)+" AS "+sum.Name()), append(cells, sum.Name())
		}
	}
	if s.tops {
		pick, cells = append(pick, whole.top()+" AS top_supplier"), append(cells, "top_supplier")
	}
	from := fmt.Sprintf("WITH arrayMap((%s) -> toUInt8(%s AND (%s)), %s) AS chosen\nSELECT %s, %s\nFROM (%s)\nWHERE (%s) AND notEmpty(ec)",
		"e, "+strings.Join(carried, ", "), s.partnersIn("e"), condition, "es, "+strings.Join(carried, "s, ")+"s",
		strings.Join(pick, ", "), strings.Join(chosen, ", "), s.joined(), s.early())
	cells = append(cells, append([]string{"supplier"}, carried...)...)
	from = fmt.Sprintf("SELECT %s\nFROM (%s)\nARRAY JOIN %s", strings.Join(cells, ", "), from, strings.Join(rows, ", "))
	if !s.needs(sellerSums) {
		return from
	}
	sellers, sold := s.sellers()
	return fmt.Sprintf("SELECT %s\nFROM (%s) AS a\nANY LEFT JOIN (%s) AS b USING product, supplier", strings.Join(append(cells, sold...), ", "), from, sellers)
}

// partnersIn selects those suppliers that are single partners.
func (s *statement) partnersIn(code string) string {
	if codes := s.partners.singles(); len(codes) < s.present.Len() {
		return code + " IN (" + numbers(codes) + ")"
	}
	return "1"
}

// carried are the columns of what a cell buys from one supplier.
func (s *statement) carried() []string {
	if s.quantities {
		return []string{"v", "p", "q"}
	}
	return []string{"v"}
}

func (s *statement) needs(sums []indicator.Sum) bool {
	return slices.ContainsFunc(sums, func(sum indicator.Sum) bool { return s.need[sum] })
}

func (s *statement) sellersIn(sums []indicator.Sum) bool {
	return slices.ContainsFunc(sums, func(sum indicator.Sum) bool { return slices.Contains(sellerSums, sum) })
}

// columns are those of joined but the arrays.
func (s *statement) columns() []string {
	columns := []string{"product", "cell", "imports", "suppliers", "import_squares"}
	if s.quantities {
		columns = append(columns, "imports_with_quantity", "tonnes")
	}
	if _, names := s.world(); names != nil {
		columns = append(columns, names...)
	}
	if s.needs(ownSums) {
		columns = append(columns, "exports", "intra_trade")
	}
	return columns
}

// joined puts beside each cell what the world trades of the product and what the importer sells, as far as it is needed.
func (s *statement) joined() string {
	columns := "product, cell, imports, suppliers, import_squares, es"
	for _, name := range s.carried() {
		columns += ", " + name + "s"
	}
	if s.quantities {
		columns += ", imports_with_quantity, tonnes"
	}
	from := s.cells()
	if world, names := s.world(); names != nil {
		columns += ", " + strings.Join(names, ", ")
		from = fmt.Sprintf("SELECT %s\nFROM (%s) AS a\nANY LEFT JOIN (%s) AS b USING product", columns, from, world)
	}
	if s.needs(ownSums) {
		own, keys := s.own()
		columns += ", exports, intra_trade"
		from = fmt.Sprintf("SELECT %s\nFROM (%s) AS a\nANY LEFT JOIN (%s) AS b USING %s", columns, from, own, keys)
	}
	return from
}

// cells sums what is bought by product and importer. Flows of single economies from single suppliers are deals already.
func (s *statement) cells() string {
	supplier, value, priced, tonnes := "exporter", "value", known("value"), known("quantity")
	cell, from := "importer", s.scope(s.block)+" AND importer IN ("+numbers(s.importers.singles())+")"
	if s.importer != nil || s.partner != nil {
		supplier, value, priced, tonnes = "supplier", "v", "p", "q"
		cell, from = "cell", "FROM ("+s.deals()+")"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT product, %s AS cell, sum(%s) AS imports, toFloat64(count()) AS suppliers, sum(%s * %s) AS import_squares, groupArray(%s) AS es, groupArray(%s) AS vs",
		cell, value, value, value, supplier, value)
	if s.quantities {
		fmt.Fprintf(&b, ", groupArray(%s) AS ps, groupArray(%s) AS qs, sum(%s) AS imports_with_quantity, sum(%s) AS tonnes", priced, tonnes, priced, tonnes)
	}
	fmt.Fprintf(&b, " %s GROUP BY product, cell", from)
	return b.String()
}

// known is what a flow counts for where only those that have a quantity do.
func known(column string) string { return "if(isNaN(quantity), 0, " + column + ")" }

// deals sums what each cell buys from each supplier, where a bloc is one importer or one supplier.
func (s *statement) deals() string {
	cell, bought := "importer", "importer IN ("+numbers(s.importers.singles())+")"
	if s.importer != nil {
		cell, bought = "toUInt16(0)", boughtBy(s.importer.codes)
	}
	supplier := "exporter"
	if s.partner != nil {
		supplier = fmt.Sprintf("if(exporter IN (%s), toUInt16(%d), exporter)", numbers(s.partner.codes), kernel.MergedPartner)
	}
	return fmt.Sprintf("SELECT product, %s AS cell, %s AS supplier, sum(value) AS v%s %s AND %s GROUP BY product, cell, supplier",
		cell, supplier, s.priced(), s.scope(s.block), bought)
}

// boughtBy selects the imports of an economy, or of a bloc from others than its members.
func boughtBy(codes []trade.Code) string {
	in := "importer IN (" + numbers(codes) + ")"
	if len(codes) > 1 {
		in += " AND exporter NOT IN (" + numbers(codes) + ")"
	}
	return in
}

// priced are the sums over flows that have a quantity, where they are needed.
func (s *statement) priced() string {
	if !s.quantities {
		return ""
	}
	return ", sum(" + known("value") + ") AS p, sum(" + known("quantity") + ") AS q"
}

// sold sums what each economy exports, by product. Blocs that are netted out are one exporter each, and flows inside them
// are left out. onlyPartners asks for none but the single partners.
func (s *statement) sold(onlyPartners bool) string {
	exporter, inside := "exporter", ""
	if onlyPartners {
		inside = " AND " + s.partnersIn("exporter")
	}
	if s.view.World == trade.Net {
		for _, side := range []struct {
			line *line
			mark int
		}{{s.importer, kernel.MergedImporter}, {s.partner, kernel.MergedPartner}} { // who is in both counts with the partner
			if side.line != nil {
				codes := numbers(side.line.codes)
				exporter = fmt.Sprintf("if(exporter IN (%s), toUInt16(%d), %s)", codes, side.mark, exporter)
				inside += fmt.Sprintf(" AND NOT (importer IN (%s) AND exporter IN (%s))", codes, codes)
			}
		}
	}
	return fmt.Sprintf("SELECT product, %s AS e, sum(value) AS sale%s %s%s GROUP BY product, e", exporter, s.priced(), s.scope(s.block), inside)
}

// sellers gives what each exporter sells and, where it is needed, what all others sell. That is added up and not a
// difference, which would not be zero where nobody else sells.
func (s *statement) sellers() (sql string, names []string) {
	if !s.need[indicator.OthersExports] {
		return "SELECT product, e AS supplier, sale AS partner_exports FROM (" + s.sold(true) + ")", []string{"partner_exports"}
	}
	return fmt.Sprintf(`SELECT product, supplier, partner_exports, others_exports
  FROM (SELECT product, groupArray(e) AS names, groupArray(sale) AS sales, arrayMap(i -> arraySum((a, k) -> if(k = i, 0, a), sales, arrayEnumerate(sales)), arrayEnumerate(sales)) AS rest
    FROM (%s) GROUP BY product)
  ARRAY JOIN names AS supplier, sales AS partner_exports, rest AS others_exports`, s.sold(false)), []string{"partner_exports", "others_exports"}
}

// world sums what all economies export, by product, and of the partner bloc and all others; nil names: nothing is needed.
func (s *statement) world() (sql string, names []string) {
	if !s.needs(worldSums) && !(s.partner != nil && s.needs(sellerSums)) && !s.tops {
		return "", nil
	}
	columns := []string{"sum(sale) AS world_exports"}
	netted := s.importer != nil && s.view.World == trade.Net
	if !s.needs(worldSums[1:]) && s.partner == nil && !netted && !s.tops { // exporters need not be told apart
		return "SELECT product, sum(value) AS world_exports " + s.scope(s.block) + " GROUP BY product", []string{"world_exports"}
	}
	columns = append(columns, "toFloat64(count()) AS exporters", "sum(sale * sale) AS world_squares", "max(sale) AS top_exporter_exports")
	if s.tops {
		columns = append(columns, "arrayElement(arraySort((z, a) -> (-a, "+s.rank("z")+"), groupArray(e), groupArray(sale)), 1) AS top_exporter")
	}
	if s.quantities {
		columns = append(columns, "sum(p) AS world_with_quantity", "sum(q) AS world_tonnes")
	}
	if s.partner != nil {
		members := fmt.Sprintf("e IN (%s,%d)", numbers(s.partner.codes), kernel.MergedPartner)
		columns = append(columns, "sumIf(sale, "+members+") AS partner_exports", "sumIf(sale, NOT "+members+") AS others_exports")
	}
	for _, c := range columns {
		names = append(names, c[strings.LastIndexByte(c, ' ')+1:])
	}
	return fmt.Sprintf("SELECT product, %s\n FROM (%s) GROUP BY product", strings.Join(columns, ", "), s.sold(false)), names
}

// own sums what the importer sells, by product and cell, or of a bloc by product.
func (s *statement) own() (sql, keys string) {
	if s.importer == nil {
		return fmt.Sprintf("SELECT product, exporter AS cell, sum(value) AS exports, toFloat64(0) AS intra_trade %s AND exporter IN (%s) GROUP BY product, cell",
			s.scope(s.block), numbers(s.importers.singles())), "product, cell"
	}
	codes := numbers(s.importer.codes)
	return fmt.Sprintf("SELECT product, sumIf(value, importer NOT IN (%s)) AS exports, sumIf(value, importer IN (%s)) AS intra_trade %s AND exporter IN (%s) GROUP BY product",
		codes, codes, s.scope(s.block), codes), "product"
}

// scope selects the flows of a block of products in the year.
func (s *scanning) scope(block []uint32) string {
	return s.flowsOf(s.view.Year, block, s.view.Products == nil)
}

// flowsOf selects the flows of products in a year; run says that those between the first and the last are all asked for.
func (e *Engine) flowsOf(year int, products []uint32, run bool) string {
	where := fmt.Sprintf("product BETWEEN %d AND %d", products[0], products[len(products)-1])
	if !run {
		where = "product IN (" + numbers(products) + ")"
	}
	return fmt.Sprintf("FROM %s WHERE year = %d AND %s", e.table, year, where)
}
