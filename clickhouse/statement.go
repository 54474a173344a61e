package clickhouse

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// statement asks for the cells of all views of a scan, in a block of products, and reads its flows once.
//
// All that is computed are base sums, named as in the table of indicators. Which cells travel is decided by the criteria,
// written as SQL by package indicator: a few too many, as the program judges them again, of each view all that arrive. Each step is a SELECT
// around the one before; servers before 19.x join two tables at a time, so that each join is a step of its own.
type statement struct {
	*Engine
	views      []*scanning
	groups     []*group // their numbers are 1 and so on
	block      []uint32
	need       [indicator.NumSums]bool // by any view
	quantities bool
	tops       bool
	rows       bool // importer cells are asked for
	pairs      bool // cells with partners are
	asks       []*ask
}

// ask is what a view asks of some groups. Views that ask the same are one.
type ask struct {
	groups           []int  // numbers
	who              string // selects the view's own cells and partners, where the groups have others too
	cell, pair, late string // criteria on cells, on suppliers of a cell, and on what these sell
	trade            string // of those on cells: what sums tell of single economies; "" where that says nothing
	pairs            bool
}

// newStatement joins what views ask about a block of products.
func newStatement(views []*scanning, groups []*group, block []uint32) *statement {
	s := &statement{Engine: views[0].Engine, views: views, groups: groups, block: block}
	for _, v := range views {
		for sum := range v.need {
			s.need[sum] = s.need[sum] || v.need[sum]
		}
		s.quantities, s.tops = s.quantities || v.quantities, s.tops || v.tops
		for _, p := range v.asked {
			number := slices.Index(groups, p.group) + 1
			if number == 0 {
				continue // another statement has it
			}
			if s.rows = s.rows || p.rows; p.rows {
				s.add(s.askOf(v, p, number, false))
			}
			if s.pairs = s.pairs || p.pairs; p.pairs {
				s.add(s.askOf(v, p, number, true))
			}
		}
	}
	return s
}

// add adds what is asked, unless another view asks the same.
func (s *statement) add(a *ask) {
	for _, o := range s.asks {
		if o.pairs == a.pairs && o.who == a.who && o.cell == a.cell && o.pair == a.pair && o.late == a.late && o.trade == a.trade {
			if !slices.Contains(o.groups, a.groups[0]) {
				o.groups = append(o.groups, a.groups[0])
			}
			return
		}
	}
	s.asks = append(s.asks, a)
}

// askOf writes the criteria of a view: on its importer cells, which are judged by what is early, or on those with partners.
func (s *statement) askOf(v *scanning, p *part, number int, pairs bool) *ask {
	var steps [3][]string
	var trade []string
	for _, c := range v.view.Criteria {
		if v.view.Unseen != 0 && c.Touched() || !pairs && !slices.Contains(v.onImporters, c) {
			continue // the program judges it
		}
		if !p.merged() && onlyTrade(c) {
			trade = append(trade, c.SQL(tradeColumn))
		}
		if slices.ContainsFunc(c.Sums(), func(sum indicator.Sum) bool { return !p.known(sum) }) {
			continue
		}
		step := 0
		for _, sum := range c.Sums() {
			switch sum.Part() {
			case indicator.OfPurchases:
				step = max(step, 1)
			case indicator.OfSellers:
				step = 2
			}
		}
		steps[step] = append(steps[step], c.SQL(columnOf))
	}
	a := &ask{groups: []int{number}, pairs: pairs}
	cells, kept := v.kept(s.block, p, number, len(s.views))
	// The columns of a partner: while partners are in lists, and when they are rows.
	a.cell, a.pair, a.late = unless(steps[0], cells), unless(steps[1], kept("e")), unless(steps[2], kept("supplier"))
	if a.who = s.who(v, p, number); v.view.Whole == nil && len(trade) > 0 { // else cells arrive that miss a criterion
		if a.who != "" {
			trade = append(trade, "economy IN ("+numbers(codesOfCells(p))+")")
		}
		a.trade = strings.Join(trade, " AND ")
	}
	return a
}

// codesOfCells are the codes of the cells of a part, ascending.
func codesOfCells(p *part) []uint16 { return slices.Sorted(maps.Keys(p.entries)) }

// tradeColumn names what a single economy trades in the columns of sums.
func tradeColumn(sum indicator.Sum) string {
	switch sum {
	case indicator.Imports:
		return "bought"
	case indicator.IntraTrade:
		return "toFloat64(0)"
	}
	return "sold"
}

// worthy selects the sums of importers that may meet the criteria on what they trade, of some groups; "" where these leave none out.
func (s *statement) worthy(groups ...int) string {
	var conditions []string
	for _, a := range s.asks {
		if !slices.ContainsFunc(a.groups, func(g int) bool { return slices.Contains(groups, g) }) {
			continue
		}
		if a.trade == "" {
			return ""
		}
		if !slices.Contains(conditions, a.trade) {
			conditions = append(conditions, a.trade)
		}
	}
	if slices.ContainsFunc(groups, func(g int) bool { return s.groups[g-1].merged() }) {
		return ""
	}
	return oneOf(conditions)
}

// worth selects the flows of such importers: to look a flow up costs less than to list its supplier.
func (s *statement) worth(groups ...int) string {
	worthy := s.worthy(groups...)
	if worthy == "" {
		return ""
	}
	return fmt.Sprintf("toUInt64(product) * 65536 + importer IN (SELECT toUInt64(product) * 65536 + economy %s)", allOf(s.inSums(), s.ofImporters(), worthy))
}

// apart says that no economy is an importer of two groups: each group's flows can be selected by themselves then.
func (s *statement) apart() bool {
	importers := trade.Set{}
	for _, g := range s.groups {
		if importers.Intersect(g.importers).Len() > 0 {
			return false
		}
		importers = importers.Union(g.importers)
	}
	return true
}

// everyGroup lists the numbers of all groups.
func (s *statement) everyGroup() []int { return s.numbersOf(func(*group) bool { return true }) }

// ofImporters selects the sums of single economies that the groups have as importers, unless these are all that buy.
func (s *statement) ofImporters() string {
	codes := s.importers()
	if s.buyers().Minus(codes).Len() == 0 {
		return ""
	}
	return "economy IN (" + numbers(codes.Codes()) + ")"
}

// importers are the single economies of the groups.
func (s *statement) importers() (codes trade.Set) {
	for _, g := range s.groups {
		if !g.merged() {
			codes = codes.Union(g.importers)
		}
	}
	return codes
}

// who selects the cells of a view among those of a group which others have larger.
func (s *statement) who(v *scanning, p *part, number int) string {
	if p.whole || p.importers.Len() == len(p.entries) {
		return ""
	}
	var keys []uint32
	for _, code := range codesOfCells(p) {
		keys = append(keys, uint32(number)<<groupBits+uint32(code))
	}
	return "cell IN (" + numbers(keys) + ")"
}

// unless joins criteria; what is kept need not meet them.
func unless(criteria []string, kept string) string {
	switch {
	case len(criteria) == 0:
		return ""
	case kept == "":
		return strings.Join(criteria, " AND ")
	}
	return "(" + strings.Join(criteria, " AND ") + " OR " + kept + ")"
}

// allOf joins conditions, of which the empty ones hold.
func allOf(conditions ...string) string {
	if conditions = slices.DeleteFunc(conditions, func(c string) bool { return c == "" }); len(conditions) == 0 {
		return "1"
	}
	return strings.Join(slices.DeleteFunc(conditions, func(c string) bool { return c == "1" && len(conditions) > 1 }), " AND ")
}

// oneOf joins conditions of which one must hold.
func oneOf(conditions []string) string {
	if len(conditions) == 0 {
		return "0"
	}
	if slices.Contains(conditions, "1") {
		return "1"
	}
	return "((" + strings.Join(conditions, ") OR (") + "))"
}

// in selects the cells of some groups, where there are others.
func (s *statement) in(groups []int) string {
	if len(groups) == len(s.groups) {
		return ""
	}
	var list []uint32
	for _, g := range groups {
		list = append(list, uint32(g))
	}
	return fmt.Sprintf("intDiv(cell, %d) IN (%s)", 1<<groupBits, numbers(list))
}

// numbersOf lists the groups that meet a condition.
func (s *statement) numbersOf(meets func(g *group) bool) (list []int) {
	for i, g := range s.groups {
		if meets(g) {
			list = append(list, i+1)
		}
	}
	return list
}

// sumsOf lists the sums of some parts that are needed, in the order of their columns.
func (s *statement) sumsOf(parts ...indicator.Part) []indicator.Sum {
	return indicator.SumsWhere(func(sum indicator.Sum) bool { return s.need[sum] && slices.Contains(parts, sum.Part()) && s.given(sum) })
}

// given says that a sum is in the rows for some view.
func (s *statement) given(sum indicator.Sum) bool {
	return slices.ContainsFunc(s.views, func(v *scanning) bool {
		return slices.ContainsFunc(v.asked, func(p *part) bool {
			return p.known(sum) && slices.Contains(s.groups, p.group) && (p.pairs || sum.Level() < indicator.Pair)
		})
	})
}

// sums lists the sums of a row.
func (s *statement) sums() []indicator.Sum {
	return indicator.SumsWhere(func(sum indicator.Sum) bool {
		return s.need[sum] && s.given(sum) && (s.pairs || sum.Level() < indicator.Pair)
	})
}

// Rows that sums are made of, by the names of their columns.
var (
	flowRows = strings.NewReplacer("$v", "value", "$k", known("value"), "$q", known("quantity"))
	dealRows = strings.NewReplacer("$v", "v", "$k", "p", "$q", "q")
	soldRows = strings.NewReplacer("$v", "sale", "$k", "p", "$q", "q")
)

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

// columnOf names a sum where the steps of a cell are complete. Of partners, which are rows then, a purchase is what the row has.
func columnOf(sum indicator.Sum) string {
	if sum.Part() == indicator.OfPurchases {
		return sum.SQL(dealRows)
	}
	return sum.Name()
}

// sql is the whole statement. Its rows are: product and cell, partner with top supplier and top exporter, the sums of the cell in the order of sums.
// These are columns, as the driver takes ten times as long for the entries of arrays. The partner of an importer cell is 0, that of a bloc MergedPartner.
func (s *statement) sql() string {
	supplier, from, condition := "toUInt16(0)", s.chosen(), "1"
	if s.pairs {
		supplier, from, condition = "supplier", s.singles(), s.late()
	}
	sums := ""
	for i, sum := range s.sums() {
		sums += fmt.Sprintf(", toFloat64(%s) AS s%d", columnOf(sum), i)
	}
	top, leader := "toUInt16(0)", "toUInt16(0)"
	if s.tops {
		top = "top_supplier"
		if s.leaders() {
			leader = "top_exporter"
		}
	}
	return fmt.Sprintf("SELECT %s%s\nFROM (%s)\nWHERE %s", numbersSQL(supplier, top, leader), sums, from, condition)
}

// leaders says that the largest exporter is named.
func (s *statement) leaders() bool { return s.tops && s.given(indicator.TopExporterExports) }

// late is the condition on rows with all sums: that on what the partner sells.
func (s *statement) late() string {
	var conditions []string
	for _, a := range s.asks {
		if a.pairs {
			conditions = append(conditions, allOf(s.in(a.groups), a.late))
		}
	}
	condition := oneOf(conditions)
	if s.rows && condition != "1" {
		return "supplier = 0 OR " + condition
	}
	return condition
}

// singles makes a row of each partner of a cell that may meet the criteria, and puts beside it what it sells. Partners are left out in the
// arrays, before there are rows of them. An importer cell that is asked for itself is a partner without a code.
func (s *statement) singles() string {
	carried, pick, rows := s.carried(), s.picked(), []string{"ec AS supplier"}
	lists := []string{}
	for _, name := range append([]string{"e"}, carried...) {
		lists = append(lists, fmt.Sprintf("arrayFilter((a, c) -> c, %ss, chosen) AS %sc", name, name))
	}
	for _, name := range carried {
		rows = append(rows, name+"c AS "+name)
	}
	condition := "notEmpty(ec)"
	if marks := s.marks(); len(marks) > 0 { // servers before 19.x lose a column that nothing but a function of list entries reads
		condition += " AND " + strings.Join(marks, " + ") + " >= 0"
	}
	from := fmt.Sprintf("WITH %s AS chosen\nSELECT %s, %s\nFROM (%s)\nWHERE %s", s.partners(), strings.Join(pick, ", "), strings.Join(lists, ", "), s.offered(), condition)
	cells := slices.Concat(pick, []string{"supplier"}, carried)
	from = fmt.Sprintf("SELECT %s\nFROM (%s)\nARRAY JOIN %s", strings.Join(cells, ", "), from, strings.Join(rows, ", "))
	if len(s.sumsOf(indicator.OfSellers)) == 0 {
		return from
	}
	sellers, sold := s.sellers()
	return fmt.Sprintf("SELECT %s\nFROM (%s) AS a\nANY LEFT JOIN (%s) AS b USING product, supplier", strings.Join(append(cells, sold...), ", "), from, sellers)
}

// fewPartners bounds the partners for which nothing is read of other suppliers, to a part of the economies that trade.
const fewPartners = 4

// narrow says that only what partners sell is read of the flows: where there are few, many importers ask, and nothing of the question depends on
// other suppliers. What a cell buys in all is among sums then.
func (s *statement) narrow() bool {
	if s.rows || s.tops || len(s.sumsOf(indicator.OfSuppliers)) > 0 || slices.ContainsFunc(s.groups, func(g *group) bool { return g.merged() || g.idle }) {
		return false
	}
	return fewPartners*s.sellersAsked().Len() <= s.views[0].present.Len() && fewPartners*s.importers().Len() >= s.buyers().Len()
}

// lumped lists the groups of whose cells only the partners among the suppliers are listed: where there are few and nothing else that is asked
// of the group depends on suppliers. In deals the others are one.
func (s *statement) lumped() (numbers []int) {
	if s.narrow() {
		return nil
	}
	for i, g := range s.groups {
		if !s.listsSuppliers(g) && fewPartners*s.partnersIn(g).Len() <= s.views[0].present.Len() {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

// listsSuppliers says that a view needs of a group's cells who else supplies them.
func (s *statement) listsSuppliers(g *group) bool {
	return slices.ContainsFunc(s.views, func(v *scanning) bool {
		lists := v.tops || slices.ContainsFunc(indicator.SumsWhere(func(sum indicator.Sum) bool { return sum.Part() == indicator.OfSuppliers }), func(sum indicator.Sum) bool { return v.need[sum] })
		return lists && slices.ContainsFunc(v.asked, func(p *part) bool { return p.group == g })
	})
}

// partnersIn are the economies that are partners of a group's cells.
func (s *statement) partnersIn(g *group) trade.Set {
	if g.partner.Len() > 0 {
		return g.partner
	}
	return trade.SetOf(s.singlePartners()...)
}

// otherSuppliers is the code of those that are no partners, where they are one.
const otherSuppliers = math.MaxUint16

// sellersAsked are the economies that are partners of a view, or in a partner bloc of the groups.
func (s *statement) sellersAsked() trade.Set {
	codes := trade.SetOf(s.singlePartners()...)
	for _, g := range s.groups {
		codes = codes.Union(g.partner)
	}
	return codes
}

// singlePartners are those of any view, ascending.
func (s *statement) singlePartners() (codes []trade.Code) {
	for _, v := range s.views {
		codes = append(codes, v.partners.singles()...)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// partners says which suppliers of a cell are partners that may meet the criteria of a view.
func (s *statement) partners() string {
	carried := s.carried()
	var conditions []string
	for i, a := range s.asks {
		if a.pairs {
			conditions = append(conditions, allOf(s.met(i), s.in(a.groups), s.partnersOf(a), a.pair))
		}
	}
	condition := oneOf(conditions)
	if s.rows {
		condition = "if(e = 0, " + s.itself() + ", " + condition + ")"
	}
	return fmt.Sprintf("arrayMap((%s) -> toUInt8(%s), %s)", "e, "+strings.Join(carried, ", "), condition, "es, "+strings.Join(carried, "s, ")+"s")
}

// partnersOf selects the partners of an ask: of groups with a partner bloc it, of others the single partners of any view.
func (s *statement) partnersOf(a *ask) string {
	var plain []int
	for _, g := range a.groups {
		if s.groups[g-1].partner.Len() == 0 {
			plain = append(plain, g)
		}
	}
	if len(plain) == 0 {
		return fmt.Sprintf("e = %d", kernel.MergedPartner)
	}
	in, single := "1", s.singlePartners()
	if len(single) < s.views[0].present.Len() {
		in = "e IN (" + numbers(single) + ")"
	}
	if len(plain) < len(a.groups) {
		return fmt.Sprintf("(e = %d OR %s)", kernel.MergedPartner, allOf(s.in(plain), in))
	}
	return in
}

// may is the condition on cells of an ask.
func (s *statement) may(a *ask) string { return allOf(s.in(a.groups), a.who, a.cell) }

// met is the column that says whether a cell may meet what an ask is about. There is none where all do, as servers lose columns that are
// constant, nor where there is one ask, as the other cells are left out.
func (s *statement) met(i int) string {
	if len(s.asks) == 1 || s.may(s.asks[i]) == "1" {
		return ""
	}
	return fmt.Sprintf("w%d", i)
}

// marks lists the columns that met names.
func (s *statement) marks() (names []string) {
	for i := range s.asks {
		if name := s.met(i); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// itself is the condition on importer cells that are asked for themselves.
func (s *statement) itself() string {
	var marks []string
	for i, a := range s.asks {
		if !a.pairs {
			marks = append(marks, allOf(s.met(i)))
		}
	}
	return oneOf(marks)
}

// offered adds to the suppliers of each cell itself, and of partner blocs those that it buys nothing from, where these are asked for.
func (s *statement) offered() string {
	from, idle := s.chosen(), s.numbersOf(func(g *group) bool { return g.idle })
	columns := slices.Concat(s.picked(), s.marks())
	step := func(each func(list, none string) string) {
		lists := []string{each("es", "toUInt16(%d)") + " AS es"}
		for _, name := range s.carried() {
			lists = append(lists, each(name+"s", "toFloat64(0)")+" AS "+name+"s")
		}
		from = fmt.Sprintf("SELECT %s, %s FROM (%s)", strings.Join(columns, ", "), strings.Join(lists, ", "), from)
	}
	if len(idle) > 0 {
		lacks := allOf(s.in(idle), fmt.Sprintf("NOT has(es, %d)", kernel.MergedPartner))
		from = fmt.Sprintf("SELECT %s, es, %ss, toUInt8(%s) AS lacks FROM (%s)", strings.Join(columns, ", "), strings.Join(s.carried(), "s, "), lacks, from)
		step(func(list, none string) string {
			return fmt.Sprintf("if(lacks = 1, arrayPushBack(%[1]s, %[2]s), %[1]s)", list, strings.Replace(none, "%d", fmt.Sprint(kernel.MergedPartner), 1))
		})
	}
	if s.rows {
		step(func(list, none string) string {
			return fmt.Sprintf("arrayPushFront(%s, %s)", list, strings.Replace(none, "%d", "0", 1))
		})
	}
	return from
}

// chosen leaves out the cells that meet the criteria of no ask, and says of the others which they may meet.
func (s *statement) chosen() string {
	columns := s.columns()
	if s.tops {
		columns = append(columns, s.top()+" AS top_supplier")
	}
	if s.pairs {
		columns = append(columns, "es")
		for _, name := range s.carried() {
			columns = append(columns, name+"s")
		}
	}
	read := ""
	if s.tops { // servers before 19.x lose a column that nothing but a function of list entries reads
		read = "top_supplier_imports >= 0"
	}
	if len(s.asks) == 1 {
		return fmt.Sprintf("SELECT %s\nFROM (%s)\nWHERE %s", strings.Join(columns, ", "), s.joined(), allOf(s.asks[0].who, s.asks[0].cell, read))
	}
	var marks []string
	for i, a := range s.asks {
		if name := s.met(i); name != "" {
			columns = append(columns, "toUInt8("+s.may(a)+") AS "+name)
		}
		marks = append(marks, allOf(s.met(i)))
	}
	return fmt.Sprintf("SELECT %s\nFROM (%s)\nWHERE %s", strings.Join(columns, ", "), s.joined(), allOf(oneOf(marks), read))
}

// picked are the columns of chosen but the arrays and marks.
func (s *statement) picked() []string {
	columns := s.columns()
	if s.tops {
		columns = append(columns, "top_supplier")
	}
	return columns
}

// top is the largest supplier; of equals the one with the lowest code, of a bloc that of its lowest member.
func (s *statement) top() string {
	rank := "z"
	for i, g := range s.groups {
		if g.partner.Len() > 0 {
			rank = fmt.Sprintf("if(%s, toUInt16(%d), %s)", allOf(s.in([]int{i + 1}), fmt.Sprintf("z = %d", kernel.MergedPartner)), g.partner.Codes()[0], rank)
		}
	}
	return "arrayElement(arraySort(z -> " + rank + ", arrayFilter((e, v) -> v = top_supplier_imports, es, vs)), 1)"
}

// carried are the columns of what a cell buys from one supplier.
func (s *statement) carried() []string {
	if s.quantities {
		return []string{"v", "p", "q"}
	}
	return []string{"v"}
}

// boughtSums are those that cells computes.
func (s *statement) boughtSums() []indicator.Sum {
	if s.narrow() {
		return nil
	}
	sums := append([]indicator.Sum{indicator.Imports}, s.sumsOf(indicator.OfSuppliers)...)
	if s.tops && !s.need[indicator.TopSupplierImports] { // by which the largest is found
		sums = append(sums, indicator.TopSupplierImports)
	}
	return sums
}

// ownSums are those that own computes.
func (s *statement) ownSums() []indicator.Sum {
	return slices.DeleteFunc(s.sumsOf(indicator.OfTrade), func(sum indicator.Sum) bool { return sum == indicator.Imports && !s.narrow() })
}

// arrays are the columns of a cell's suppliers that are needed: to make rows of them, or to name the largest.
func (s *statement) arrays() (names []string) {
	list := []string{}
	switch {
	case s.pairs:
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
		columns += ", " + strings.Join(names, ", ")
		from = fmt.Sprintf("SELECT %s\nFROM (%s) AS a\nANY LEFT JOIN (%s) AS b USING product, cell", columns, from, s.own())
	}
	return from
}

// cells sums what each cell buys, and lists from whom.
func (s *statement) cells() string {
	rows, supplier, cell, from, aside := flowRows, "exporter", s.groups[0].key(1), s.only(), ""
	switch {
	case s.asides():
		aside = s.fromBlocs()
		if len(s.groups) > 1 {
			cell, from = "key", s.keyed()
		}
	case slices.ContainsFunc(s.groups, func(g *group) bool { return g.whole || g.partner.Len() > 0 }):
		rows, supplier, cell = dealRows, "supplier", "cell"
		from = "FROM (" + s.deals() + ")"
	case len(s.groups) > 1: // each supplier of a cell is one flow
		cell, from = "key", s.keyed()
	}
	columns := []string{"product", cell + " AS cell"}
	for _, sum := range s.boughtSums() {
		column := sum.SQL(rows)
		if aside != "" && sum == indicator.TopSupplierImports {
			column = fmt.Sprintf("greatest(maxIf(value, NOT %s), sumIf(value, %[1]s))", aside)
		}
		columns = append(columns, column+" AS "+sum.Name())
	}
	values := map[string]string{"es": supplier, "vs": rows.Replace("$v"), "ps": rows.Replace("$k"), "qs": rows.Replace("$q")}
	for _, name := range s.arrays() {
		columns = append(columns, s.list(values[name], supplier, aside)+" AS "+name)
	}
	return "SELECT " + strings.Join(columns, ", ") + " " + from + " GROUP BY product, cell"
}

// only selects the flows of the first group, where there is no other: by importer, unless what selects its cells does that.
func (s *statement) only() string {
	worth := s.worth(1)
	if worth != "" && s.groups[0].inside.Len() == 0 {
		return allOf(s.scope(), worth)
	}
	return allOf(s.scope(), s.groups[0].bought(s.buyers()), worth)
}

// list collects a value of the suppliers of a cell. Those of partner blocs, which aside selects, are one entry behind the others.
func (s *statement) list(value, supplier, aside string) string {
	var conditions []string
	if len(s.lumped()) > 0 {
		conditions = append(conditions, s.listed(supplier))
	}
	if aside == "" && len(conditions) == 0 {
		return "groupArray(" + value + ")"
	}
	if aside == "" {
		return fmt.Sprintf("groupArrayIf(%s, %s)", value, conditions[0])
	}
	list := fmt.Sprintf("groupArrayIf(%s, %s)", value, allOf(append(conditions, "NOT "+aside)...))
	merged := fmt.Sprintf("sumIf(%s, %s)", value, aside)
	if value == supplier {
		merged = fmt.Sprintf("toUInt16(%d)", kernel.MergedPartner)
	}
	return fmt.Sprintf("if(countIf(%s) > 0, arrayPushBack(%s, %s), %[2]s)", aside, list, merged)
}

// asides says that what cells buy from a partner bloc can be added up beside their other suppliers: where importers are single, each other
// supplier of a cell is one flow, and nothing else that is asked depends on who supplies it. To sum all suppliers of all cells takes three times as long.
func (s *statement) asides() bool {
	plain := func(sum indicator.Sum) bool { return sum == indicator.Imports || sum == indicator.TopSupplierImports }
	return slices.ContainsFunc(s.groups, func(g *group) bool { return g.partner.Len() > 0 }) && !slices.ContainsFunc(s.groups, func(g *group) bool { return g.whole }) &&
		!slices.ContainsFunc(s.boughtSums(), func(sum indicator.Sum) bool { return !plain(sum) })
}

// fromBlocs selects the flows from the partner bloc of their cell.
func (s *statement) fromBlocs() string {
	var conditions []string
	for i, g := range s.groups {
		if g.partner.Len() > 0 {
			conditions = append(conditions, allOf(s.in([]int{i + 1}), "exporter IN ("+numbers(g.partner.Codes())+")"))
		}
	}
	return oneOf(conditions)
}

// listed selects the suppliers of cells that are listed, where of some groups only partners are; those of deals are as these name them.
func (s *statement) listed(supplier string) string {
	if supplier != "exporter" {
		return fmt.Sprintf("supplier != %d", otherSuppliers)
	}
	return "NOT " + s.other()
}

// other selects the flows to cells of groups of which only partners are listed, from others.
func (s *statement) other() string {
	var conditions []string
	for _, number := range s.lumped() {
		apart := "1"
		if partners := s.partnersIn(s.groups[number-1]); partners.Len() > 0 {
			apart = "exporter NOT IN (" + numbers(partners.Codes()) + ")"
		}
		conditions = append(conditions, allOf(s.in([]int{number}), apart))
	}
	return oneOf(conditions)
}

// known is what a flow counts for where only those that have a quantity do.
func known(column string) string { return "if(isNaN(quantity), 0, " + column + ")" }

// deals sums what each cell buys from each supplier, where a bloc is one importer or one supplier, or a flow belongs to cells of several groups.
func (s *statement) deals() string {
	cell, from := s.groups[0].key(1), allOf(s.scope(), s.groups[0].bought(s.buyers()), s.worth(1))
	if len(s.groups) > 1 {
		cell, from = "key", s.keyed()
	}
	supplier := "exporter"
	if len(s.lumped()) > 0 {
		supplier = fmt.Sprintf("if(%s, toUInt16(%d), exporter)", s.other(), otherSuppliers)
	}
	for i, g := range s.groups {
		if g.partner.Len() > 0 {
			supplier = fmt.Sprintf("if(%s, toUInt16(%d), %s)", allOf(s.in([]int{i + 1}), "exporter IN ("+numbers(g.partner.Codes())+")"), kernel.MergedPartner, supplier)
		}
	}
	return fmt.Sprintf("SELECT product, %s AS cell, %s AS supplier, sum(value) AS v%s %s GROUP BY product, cell, supplier", cell, supplier, s.priced(), from)
}

// keyed are flows with the cell that they belong to of each group, as key. Of groups without an importer in common it is one at most.
func (s *statement) keyed() string {
	values := "value"
	if s.quantities {
		values = "value, quantity"
	}
	var keys, any, worth []string
	one := "toUInt32(0)"
	for i, g := range s.groups {
		bought := g.bought(s.buyers())
		keys, any, worth = append(keys, fmt.Sprintf("if(%s, %s, toUInt32(0))", bought, g.key(i+1))), append(any, bought), append(worth, allOf(bought, s.worth(i+1)))
		one = fmt.Sprintf("if(%s, %s, %s)", bought, g.key(i+1), one)
	}
	if s.apart() {
		return fmt.Sprintf("FROM (SELECT product, exporter, %s, %s AS key %s)", values, one, allOf(s.scope(), oneOf(worth)))
	}
	from := allOf(s.scope(), oneOf(any), s.worth(s.everyGroup()...))
	return fmt.Sprintf("FROM (SELECT product, exporter, %s, [%s] AS keys %s) ARRAY JOIN keys AS key WHERE key > 0", values, strings.Join(keys, ", "), from)
}

// priced are the sums over flows that have a quantity, where they are needed.
func (s *statement) priced() string {
	if !s.quantities {
		return ""
	}
	return ", sum(" + known("value") + ") AS p, sum(" + known("quantity") + ") AS q"
}

// buyers are the economies that import anything in the year.
func (s *statement) buyers() trade.Set { return s.Dataset.Importers(s.views[0].view.Year) }

// scope selects the flows of the block in the year, as far as they are read.
func (s *statement) scope() string {
	view := s.views[0].view
	scope := s.flowsOf(view.Year, s.block, view.Products == nil)
	if s.narrow() {
		scope += " AND exporter IN (" + numbers(s.sellersAsked().Codes()) + ")"
	}
	return scope
}
