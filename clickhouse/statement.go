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

// sumsOf lists the sums of some parts that are needed, in the order of their columns.
func (s *scanning) sumsOf(parts ...indicator.Part) []indicator.Sum {
	return indicator.SumsWhere(func(sum indicator.Sum) bool { return s.need[sum] && slices.Contains(parts, sum.Part()) })
}

// Rows that sums are made of, by the names of their columns.
var (
	flowRows = strings.NewReplacer("$v", "value", "$k", known("value"), "$q", known("quantity"))
	dealRows = strings.NewReplacer("$v", "v", "$k", "p", "$q", "q")
	soldRows = strings.NewReplacer("$v", "sale", "$k", "p", "$q", "q")
	// mergedRows are deals of which those of a partner bloc are wanted.
	mergedRows = strings.NewReplacer("$v", ofMerged("v"), "$k", ofMerged("p"), "$q", ofMerged("q"))
)

func ofMerged(column string) string {
	return fmt.Sprintf("sumIf(%s, supplier = %d)", column, kernel.MergedPartner)
}

// columnsOf computes sums from rows.
func columnsOf(sums []indicator.Sum, rows *strings.Replacer) (columns []string) {
	for _, sum := range sums {
		columns = append(columns, sum.SQL(rows)+" AS "+sum.Name())
	}
	return columns
}

func namesOf(sums []indicator.Sum) (names []string) {
	for _, sum := range sums {
		names = append(names, sum.Name())
	}
	return names
}

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
		if s.need[sum] && (s.kind != importerCells || sum.Level() < indicator.Pair) {
			sums = append(sums, sum)
		}
	}
	return sums
}

// column names a sum where the steps of a cell are complete. Of single partners, which are rows then, a purchase is what the
// row has.
func (s *statement) column(sum indicator.Sum) string {
	if s.kind == singlePairs && sum.Part() == indicator.OfPurchases {
		return sum.SQL(dealRows)
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
		if judged(c) && (s.view.Unseen == 0 || !c.Touched()) { // what missing importers could turn is judged here
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
	// The largest supplier is named while all are there.
	pick, whole := slices.Clone(cells), &statement{scanning: s.scanning, kind: importerCells, importer: s.importer}
	if s.tops {
		pick, cells = append(pick, whole.top()+" AS top_supplier"), append(cells, "top_supplier")
	}
	from := fmt.Sprintf("WITH arrayMap((%s) -> toUInt8(%s AND (%s)), %s) AS chosen\nSELECT %s, %s\nFROM (%s)\nWHERE (%s) AND notEmpty(ec)",
		"e, "+strings.Join(carried, ", "), s.partnersIn("e"), condition, "es, "+strings.Join(carried, "s, ")+"s",
		strings.Join(pick, ", "), strings.Join(chosen, ", "), s.joined(), s.early())
	cells = append(cells, append([]string{"supplier"}, carried...)...)
	from = fmt.Sprintf("SELECT %s\nFROM (%s)\nARRAY JOIN %s", strings.Join(cells, ", "), from, strings.Join(rows, ", "))
	if len(s.sumsOf(indicator.OfSellers)) == 0 {
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

func (s *statement) sellersIn(sums []indicator.Sum) bool {
	return slices.ContainsFunc(sums, func(sum indicator.Sum) bool { return sum.Part() == indicator.OfSellers })
}

// boughtSums are those that cells computes.
func (s *statement) boughtSums() []indicator.Sum {
	sums := append([]indicator.Sum{indicator.Imports}, s.sumsOf(indicator.OfSuppliers)...)
	if s.kind == blocPairs {
		sums = append(sums, s.sumsOf(indicator.OfPurchases)...)
	}
	return sums
}

// ownSums are those that own computes.
func (s *statement) ownSums() []indicator.Sum {
	return slices.DeleteFunc(s.sumsOf(indicator.OfTrade), func(sum indicator.Sum) bool { return sum == indicator.Imports })
}

// arrays are the columns of a cell's suppliers that are needed: to make rows of them, or to name the largest.
func (s *statement) arrays() (names []string) {
	list := []string{}
	switch {
	case s.kind == singlePairs:
		list = append([]string{"e"}, s.carried()...)
	case s.tops:
		list = []string{"e", "v"}
	}
	for _, name := range list {
		names = append(names, name+"s")
	}
	return names
}

// columns are those of joined but the arrays.
func (s *statement) columns() []string {
	columns := append([]string{"product", "cell"}, namesOf(s.boughtSums())...)
	_, names := s.world()
	return slices.Concat(columns, names, namesOf(s.ownSums()))
}

// joined puts beside each cell what the world trades of the product and what the importer sells, as far as it is needed.
func (s *statement) joined() string {
	columns := strings.Join(slices.Concat([]string{"product", "cell"}, namesOf(s.boughtSums()), s.arrays()), ", ")
	from := s.cells()
	if world, names := s.world(); names != nil {
		columns += ", " + strings.Join(names, ", ")
		from = fmt.Sprintf("SELECT %s\nFROM (%s) AS a\nANY LEFT JOIN (%s) AS b USING product", columns, from, world)
	}
	if names := namesOf(s.ownSums()); names != nil {
		own, keys := s.own()
		columns += ", " + strings.Join(names, ", ")
		from = fmt.Sprintf("SELECT %s\nFROM (%s) AS a\nANY LEFT JOIN (%s) AS b USING %s", columns, from, own, keys)
	}
	return from
}

// cells sums what is bought by product and importer. Flows of single economies from single suppliers are deals already.
func (s *statement) cells() string {
	rows, supplier := flowRows, "exporter"
	cell, from := "importer", s.scope(s.block)+" AND importer IN ("+numbers(s.importers.singles())+")"
	if s.importer != nil || s.partner != nil {
		rows, supplier = dealRows, "supplier"
		cell, from = "cell", "FROM ("+s.deals()+")"
	}
	columns := []string{"product", cell + " AS cell"}
	for _, sum := range s.boughtSums() {
		of := rows
		if sum.Part() == indicator.OfPurchases {
			of = mergedRows
		}
		columns = append(columns, sum.SQL(of)+" AS "+sum.Name())
	}
	values := map[string]string{"es": supplier, "vs": rows.Replace("$v"), "ps": rows.Replace("$k"), "qs": rows.Replace("$q")}
	for _, name := range s.arrays() {
		columns = append(columns, "groupArray("+values[name]+") AS "+name)
	}
	return "SELECT " + strings.Join(columns, ", ") + " " + from + " GROUP BY product, cell"
}

// known is what a flow counts for where only those that have a quantity do.
func known(column string) string { return "if(isNaN(quantity), 0, " + column + ")" }

// deals sums what each cell buys from each supplier, where a bloc is one importer or one supplier.
func (s *statement) deals() string {
	cell, bought := "importer", "importer IN ("+numbers(s.importers.singles())+")"
	if s.importer != nil {
		cell, bought = "toUInt16(0)", boughtBy(s.importer.codes, s.importer.inside)
	}
	supplier := "exporter"
	if s.partner != nil {
		supplier = fmt.Sprintf("if(exporter IN (%s), toUInt16(%d), exporter)", numbers(s.partner.codes), kernel.MergedPartner)
	}
	return fmt.Sprintf("SELECT product, %s AS cell, %s AS supplier, sum(value) AS v%s %s AND %s GROUP BY product, cell, supplier",
		cell, supplier, s.priced(), s.scope(s.block), bought)
}

// boughtBy selects the imports of economies from others than those inside.
func boughtBy(codes, inside []trade.Code) string {
	in := "importer IN (" + numbers(codes) + ")"
	if len(inside) > 1 {
		in += " AND exporter NOT IN (" + numbers(inside) + ")"
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
	if !s.netted() {
		return s.soldSums(onlyPartners)
	}
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
				codes := numbers(side.line.inside)
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
	sums := s.sumsOf(indicator.OfExporters)
	var sellers []indicator.Sum
	if s.partner != nil {
		sellers = s.sumsOf(indicator.OfSellers)
	}
	if len(sums)+len(sellers) == 0 && !s.tops {
		return "", nil
	}
	total := []indicator.Sum{indicator.WorldExports}
	netted := s.importer != nil && s.view.World == trade.Net
	if slices.Equal(sums, total) && s.partner == nil && !netted && !s.tops { // exporters need not be told apart
		return s.worldSold()
	}
	names = slices.Concat(namesOf(sums), namesOf(sellers))
	columns := columnsOf(sums, soldRows)
	if s.partner != nil {
		members := fmt.Sprintf("(e IN (%s,%d))", numbers(s.partner.codes), kernel.MergedPartner)
		columns = append(columns, columnsOf(sellers, strings.NewReplacer("$v", "sale", "$partner", members))...)
	}
	if s.tops {
		columns = append(columns, "arrayElement(arraySort((z, a) -> (-a, "+s.rank("z")+"), groupArray(e), groupArray(sale)), 1) AS top_exporter")
		names = append(names, "top_exporter")
	}
	return fmt.Sprintf("SELECT product, %s\n FROM (%s) GROUP BY product", strings.Join(columns, ", "), s.sold(false)), names
}

// own sums what the importer sells, by product and cell, or of a bloc by product.
func (s *statement) own() (sql, keys string) {
	if s.importer == nil {
		return s.ownSold()
	}
	codes, inside := numbers(s.importer.codes), numbers(s.importer.inside)
	sold, bought := "exporter IN ("+codes+")", "importer IN ("+codes+") AND exporter IN ("+inside+")"
	rows := strings.NewReplacer("$v", "value", "$inside", "("+bought+")", "$out", "("+sold+" AND importer NOT IN ("+inside+"))", "$sold", "("+sold+")")
	return fmt.Sprintf("SELECT product, %s %s AND (%s OR %s) GROUP BY product",
		strings.Join(columnsOf(s.ownSums(), rows), ", "), s.scope(s.block), sold, bought), "product"
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
