package clickhouse

import (
	"fmt"
	"strings"

	"chokepoint/kernel"
	"chokepoint/trade"
)

// group is importers that one statement sums: single economies, each of which is a cell, or the members of a bloc, which
// are one together.
type group struct {
	codes []trade.Code
	bloc  bool
}

// bought selects the flows that are imports of the group.
func (g *group) bought() string {
	in := "importer IN (" + numbers(g.codes) + ")"
	if g.bloc {
		in += " AND exporter NOT IN (" + numbers(g.codes) + ")"
	}
	return in
}

// cell names the importer of a flow.
func (g *group) cell() string {
	if g.bloc {
		return "toUInt16(0)"
	}
	return "importer"
}

// scope selects the flows of a block of products in a year.
func (s *scanning) scope(block []uint32) string {
	products := fmt.Sprintf("product BETWEEN %d AND %d", block[0], block[len(block)-1])
	if s.view.Products != nil {
		products = "product IN (" + numbers(block) + ")"
	}
	return fmt.Sprintf("FROM %s WHERE year = %d AND %s", s.table, s.view.Year, products)
}

// known are the two sums over flows that have a quantity.
const known = "sumIf(value, NOT isNaN(quantity)) AS priced, sumIf(quantity, NOT isNaN(quantity)) AS tonnes"

// marginsSQL asks what each economy exports, by product. Blocs that are netted out are one exporter each, and flows inside
// them are left out.
func (s *scanning) marginsSQL(block []uint32, importer, partner *line) string {
	exporter, inside := "exporter", ""
	for _, side := range []struct {
		line *line
		mark int
	}{{importer, kernel.MergedImporter}, {partner, kernel.MergedPartner}} { // who is in both counts with the partner
		if side.line != nil {
			codes := numbers(side.line.codes)
			exporter = fmt.Sprintf("if(exporter IN (%s), toUInt16(%d), %s)", codes, side.mark, exporter)
			inside += fmt.Sprintf(" AND NOT (importer IN (%s) AND exporter IN (%s))", codes, codes)
		}
	}
	return fmt.Sprintf(`SELECT product, groupArray(e), groupArray(x), sum(priced), sum(tonnes)
FROM (SELECT product, %s AS e, sum(value) AS x, %s %s%s GROUP BY product, e) GROUP BY product`, exporter, known, s.scope(block), inside)
}

// tradeSQL asks what a bloc sells to others and what its members trade among themselves, by product.
func (s *scanning) tradeSQL(block []uint32, bloc *line) string {
	codes := numbers(bloc.codes)
	return fmt.Sprintf(`SELECT product, sumIf(value, importer NOT IN (%s)), sumIf(value, importer IN (%s)) %s AND exporter IN (%s) GROUP BY product`,
		codes, codes, s.scope(block), codes)
}

// cellsSQL asks for the importer cells of a group, and with each the suppliers that are partners and large enough to matter.
// The inner SELECT adds up what a cell buys from each supplier, the middle one sums over suppliers, the outer one chooses.
// Members of the partner bloc, where there is one, are one supplier.
func (s *scanning) cellsSQL(block []uint32, g *group, partner *line) string {
	supplier, rank, chosen := "exporter", "e", "1"
	if partner != nil {
		supplier = fmt.Sprintf("if(exporter IN (%s), toUInt16(%d), exporter)", numbers(partner.codes), kernel.MergedPartner)
		rank = fmt.Sprintf("if(e = %d, toUInt16(%d), e)", kernel.MergedPartner, partner.low)
		chosen = fmt.Sprintf("e = %d", kernel.MergedPartner)
	} else if len(s.partners.single) == 0 {
		chosen = "0"
	} else if codes := s.partners.singles(); len(codes) < s.present.Len() {
		chosen = "e IN (" + numbers(codes) + ")"
	}
	floor := s.floorSQL(block)
	pick := func(column string) string {
		return fmt.Sprintf("arrayFilter((c, e, v) -> (%s) AND (%s), %s, es, vs)", chosen, floor, column)
	}
	quantities, sums, arrays := "", "toFloat64(0) AS p, toFloat64(0) AS q", "emptyArrayFloat64() AS pe, emptyArrayFloat64() AS qe"
	if s.quantities {
		quantities, sums = ", "+known, "sum(priced) AS p, sum(tonnes) AS q, groupArray(priced) AS ps, groupArray(tonnes) AS qs"
		arrays = pick("ps") + " AS pe, " + pick("qs") + " AS qe"
	}
	// Sorted in the outer SELECT, for the cells that are left: to sort pairs for all of them took most of the time.
	top := "emptyArrayFloat64(), emptyArrayUInt16()"
	if s.tops {
		top = fmt.Sprintf("arraySlice(arrayReverseSort(vs), 1, 3), arraySlice(arraySort((e, v) -> (-v, %s), es, vs), 1, 1)", rank)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT product, cell, imports, suppliers, squares, %s, p, q, %s AS ce, %s AS ve, %s\n", top, pick("es"), pick("vs"), arrays)
	fmt.Fprintf(&b, "FROM (SELECT product, cell, sum(v) AS imports, count() AS suppliers, sum(v * v) AS squares, groupArray(supplier) AS es, groupArray(v) AS vs, %s\n", sums)
	fmt.Fprintf(&b, "  FROM (SELECT product, %s AS cell, %s AS supplier, sum(value) AS v%s %s AND %s GROUP BY product, cell, supplier)\n  GROUP BY product, cell)", g.cell(), supplier, quantities, s.scope(block), g.bought())
	if s.dropsIdle() {
		b.WriteString("\nWHERE notEmpty(ce)")
	}
	return b.String()
}

// floorSQL leaves out, on the shard, pairs whose share of the importer's imports is too small for the criteria: a little
// less than they say, for the last bit of the product. Products of which no cell is left out are named.
func (s *scanning) floorSQL(block []uint32) string {
	if s.floor <= 0 {
		return "1"
	}
	floor := fmt.Sprintf("v >= %.17g * imports", s.floor*(1-1e-9))
	if s.view.Whole == nil {
		return floor
	}
	var whole []uint32
	for _, p := range block {
		if s.view.Whole(s.codes[p]) {
			whole = append(whole, p)
		}
	}
	if len(whole) == 0 {
		return floor
	}
	return floor + " OR product IN (" + numbers(whole) + ")"
}

// dropsIdle says that importers without a pair that may meet the criteria need not come.
func (s *scanning) dropsIdle() bool {
	return s.floor > 0 && s.view.Whole == nil && len(s.partners.blocs) == 0
}
