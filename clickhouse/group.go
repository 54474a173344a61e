package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// group is cells of which a flow belongs to one at most: single economies as importers, or members of a bloc inside which their trade does not
// count, or a bloc as one importer; and suppliers as they are, or with the members of a partner bloc as one. Views share groups, and what all of
// them need of the flows is read once.
type group struct {
	importers trade.Set
	inside    trade.Set // whose sales to importers do not count; of single economies none
	whole     bool      // importers are one cell
	partner   trade.Set // a bloc
	idle      bool      // the partner bloc has a row in cells that buy nothing from it, too
}

// merged says that what the importers sell is not by economy and product, as sums have it.
func (g *group) merged() bool { return g.whole || g.inside.Len() > 0 }

// joins says that two groups can be one.
func (g *group) joins(o *group) bool {
	return g.inside == o.inside && g.whole == o.whole && g.partner == o.partner && (!g.whole || g.importers == o.importers)
}

// bought selects the flows of the group. buyers are all economies that import.
func (g *group) bought(buyers trade.Set) string {
	if !g.merged() && buyers.Minus(g.importers).Len() == 0 {
		return "1" // to look ten million importers up takes as long as to add up what they buy
	}
	in := "importer IN (" + numbers(g.importers.Codes()) + ")"
	if g.inside.Len() > 0 {
		in += " AND exporter NOT IN (" + numbers(g.inside.Codes()) + ")"
	}
	return "(" + in + ")"
}

// groupBits is where the number of a group begins in the key of a cell; below it is the importer's code, of a bloc 0.
const groupBits = 16

// key is the cell of a flow in the group of a number, from 1.
func (g *group) key(number int) string {
	if g.whole {
		return fmt.Sprintf("toUInt32(%d)", number<<groupBits)
	}
	return fmt.Sprintf("toUInt32(importer + %d)", number<<groupBits)
}

// part is a group as a view asks for it: entries are those of the view's importers, by code.
type part struct {
	*group
	entries map[uint16][]int32
	partner []int32 // entries of the partner bloc; nil: single partners
	rows    bool    // importer cells are asked for
	pairs   bool    // cells with partners are
	nets    []netting
	beside  [indicator.NumSums]bool // sums that a statement could give, but that margins have and no criterion on the shards needs
	filled  []indicator.Sum         // that the view needs and no statement gives: the program knows them from margins
	// Parts whose cells the program computes from what their importers buy.
	held      bool
	purchases map[uint16]*purchases // by code of the cells, once they are read
}

// parts sorts a view's importers and partners.
func (s *scanning) parts() (list []*part) {
	var sides []*part
	find := func(g group) *part {
		for _, p := range sides {
			if p.joins(&g) {
				p.importers = p.importers.Union(g.importers)
				return p
			}
		}
		p := &part{group: &g, entries: map[uint16][]int32{}}
		sides = append(sides, p)
		return p
	}
	if len(s.importers.single) > 0 {
		find(group{importers: trade.SetOf(s.importers.singles()...)}).entries = s.importers.single
	}
	for _, b := range s.importers.blocs {
		set, inside := trade.SetOf(b.codes...), trade.SetOf(b.inside...)
		if len(b.codes) == 1 {
			p := find(group{importers: set, inside: inside})
			p.entries[uint16(b.codes[0])] = append(p.entries[uint16(b.codes[0])], b.index)
		} else {
			p := find(group{importers: set, inside: inside, whole: true})
			p.entries[0] = append(p.entries[0], b.index)
		}
	}
	rows := !s.view.OnlyPairs && (!s.onPairs || s.view.Whole != nil)
	for _, side := range sides {
		if rows || len(s.partners.single) > 0 {
			list = append(list, &part{group: side.group, entries: side.entries, rows: rows, pairs: len(s.partners.single) > 0})
		}
		for _, b := range s.partners.blocs {
			g := *side.group
			g.partner, g.idle = trade.SetOf(b.codes...), s.view.Idle
			list = append(list, &part{group: &g, entries: side.entries, partner: []int32{b.index}, pairs: true})
		}
	}
	s.hold(list)
	for _, p := range list {
		if s.view.World == trade.Net {
			p.nets = nettings(p.inside, p.group.partner)
		}
		if !p.held {
			p.beside = s.beside()
		}
		p.filled = indicator.SumsWhere(func(sum indicator.Sum) bool { return s.need[sum] && !p.known(sum) })
	}
	return list
}

// beside lists the sums that need not travel in rows: where most economies import, margins are fewer than the rows that would be joined
// with them.
func (s *scanning) beside() (sums [indicator.NumSums]bool) {
	if !s.plan.many {
		return sums
	}
	for _, sum := range indicator.SumsWhere(func(sum indicator.Sum) bool { return !sum.Weighed() }) {
		sums[sum] = true
	}
	for _, c := range s.view.Criteria {
		if s.plan.leaves(c) || s.view.Unseen != 0 && c.Touched() {
			continue // the program judges it
		}
		for _, sum := range c.Sums() {
			sums[sum] = false // cells that miss the criterion do not travel
		}
	}
	return sums
}

// known says that a sum of a view's part is in the rows of a statement, or follows from purchases.
func (p *part) known(sum indicator.Sum) bool {
	switch part := sum.Part(); {
	case sum == indicator.Imports:
		return true
	case (p.held || p.beside[sum]) && (part == indicator.OfTrade || part == indicator.OfExporters || part == indicator.OfSellers):
		return false
	}
	switch sum.Part() {
	case indicator.OfTrade:
		return !p.merged()
	case indicator.OfExporters:
		return len(p.nets) == 0
	case indicator.OfSellers:
		return len(p.nets) == 0 && p.partner == nil
	}
	return true
}

// sale is what an exporter sells of a product.
type sale struct {
	code                  uint16 // or that of a merged bloc
	value, priced, tonnes float64
}

// sales lists who sells a product to whom it counts: of blocs that are netted out the members are one.
func (s *scanning) sales(p *part, product uint32, list []sale) []sale {
	all := of(s.margins, product)
	if all == nil {
		return nil
	}
	list = slices.Grow(list, len(all.Exporter)+len(p.nets))
	add := func(m *placed, i int, code uint16) {
		k := -1
		if code >= trade.MaxCode { // a merged bloc, which others may have begun
			k = slices.IndexFunc(list, func(x sale) bool { return x.code == code })
		}
		if k < 0 {
			k, list = len(list), append(list, sale{code: code})
		}
		list[k].value += m.Exports[i]
		if m.priced != nil {
			list[k].priced, list[k].tonnes = list[k].priced+m.priced[i], list[k].tonnes+m.tonnes[i]
		}
	}
	var netted trade.Set
	for _, n := range p.nets {
		netted = netted.Union(n.members())
	}
	for i, c := range all.Exporter {
		if !netted.Has(trade.Code(c)) {
			add(all, i, c)
		}
	}
	for _, n := range p.nets {
		if own := of(s.outer[n], product); own != nil {
			for i, c := range own.Exporter {
				if p.group.partner.Has(trade.Code(c)) {
					add(own, i, kernel.MergedPartner)
				} else {
					add(own, i, kernel.MergedImporter)
				}
			}
		}
	}
	return list
}

// market is what the cells of a product and part have in common of what the program fills in.
type market struct {
	sales    []sale
	world    [indicator.NumSums]float64
	all, own *placed // margins of the product, and those of the blocs inside which trade does not count; nil: none
}

// market finds it. sales may use the room of the list that is given.
func (s *scanning) market(p *part, product uint32, sales []sale) *market {
	m := &market{all: of(s.margins, product), own: of(s.outer[netting{p.inside}], product)}
	if s.sold(p) {
		m.sales = s.sales(p, product, sales[:0])
	}
	for _, sum := range p.filled {
		switch {
		case sum.Part() != indicator.OfExporters:
		case sum.Weighed() && len(p.nets) == 0:
			m.world[sum] = s.weights[product].sum(sum)
		default:
			m.world[sum] = worldSum(m.sales, sum)
		}
	}
	return m
}

// fills says that cells of a part lack something that no statement gives.
func (s *scanning) fills(p *part) bool { return len(p.filled) > 0 || s.leads(p) }

// sold says that cells of a part lack something about who sells.
func (s *scanning) sold(p *part) bool {
	return s.leads(p) || slices.ContainsFunc(p.filled, func(sum indicator.Sum) bool { return sum.Part() != indicator.OfTrade })
}

// leads says that the program names the largest exporter.
func (s *scanning) leads(p *part) bool { return s.tops && !p.known(indicator.TopExporterExports) }

// fill puts the sums into a cell that no statement gives, but for what partners sell.
func (s *scanning) fill(m *market, c *cell) {
	p := c.part
	for _, sum := range p.filled {
		switch sum.Part() {
		case indicator.OfTrade:
			c.sums[sum] = s.ownSum(p, m, c, sum)
		case indicator.OfExporters:
			c.sums[sum] = m.world[sum]
		}
	}
	if s.leads(p) && len(m.sales) > 0 {
		c.topExporter = slices.MaxFunc(m.sales, func(a, b sale) int {
			return cmp.Or(cmp.Compare(a.value, b.value), int(s.rankOf(c, b.code))-int(s.rankOf(c, a.code)))
		}).code
	}
}

// fillSellers puts in what the partner of a cell and others sell, where no statement gives that.
func (s *scanning) fillSellers(m *market, c *cell) {
	for _, sum := range c.part.filled {
		if sum.Part() == indicator.OfSellers {
			c.sums[sum] = s.sellerSum(m, c, sum)
		}
	}
}

// sellerSum is what the partner of a cell sells, or all others. The latter is added up and not a difference, which would not be zero where
// nobody else sells.
func (s *scanning) sellerSum(m *market, c *cell, sum indicator.Sum) (total float64) {
	for i := range m.sales {
		if s.fromPartner(c, m.sales[i].code) == (sum != indicator.OthersExports) {
			total += m.sales[i].value
		}
	}
	return total
}

// rankOf is the place of an exporter in ties: of a bloc that of its lowest member.
func (s *scanning) rankOf(c *cell, code uint16) uint16 {
	if code == kernel.MergedImporter {
		return uint16(s.view.Importers[c.importer].Codes()[0])
	}
	return c.part.rankOf(code)
}

// fromPartner says that an exporter is the partner of a cell, or of it.
func (s *scanning) fromPartner(c *cell, code uint16) bool {
	return c.partner >= 0 && (code == kernel.MergedPartner || code < trade.MaxCode && s.view.Partners[c.partner].Has(trade.Code(code)))
}

// ownSum is what the importers of a cell sell, and buy inside. Of whole dollars what they buy inside is what they buy in all without what
// they buy from others, and what a bloc sells to others the same.
func (s *scanning) ownSum(p *part, m *market, c *cell, sum indicator.Sum) float64 {
	set := s.view.Importers[c.importer]
	switch {
	case m.all == nil || !p.merged() && sum == indicator.IntraTrade:
		return 0
	case sum == indicator.TotalExports || !p.merged():
		return sumOver(m.all.Exporter, m.all.Exports, set)
	case s.differs(p, sum) && sum == indicator.IntraTrade:
		return sumOver(m.all.Importer, m.all.Imports, set) - c.sums[indicator.Imports]
	case s.differs(p, sum):
		return sumOver(m.all.Exporter, m.all.Exports, set) - (sumOver(m.all.Importer, m.all.Imports, set) - c.sums[indicator.Imports])
	case sum == indicator.Exports && m.own != nil:
		return sumOver(m.own.Exporter, m.own.Exports, set)
	case sum == indicator.IntraTrade && m.own != nil:
		return sumOver(m.own.insider, m.own.inner, set)
	}
	return 0
}

// differs says that a sum of merged importers is a difference of what margins have and what they buy from others.
func (s *scanning) differs(p *part, sum indicator.Sum) bool {
	return s.Dataset.Manifest().Exact && (sum == indicator.IntraTrade || sum == indicator.Exports && p.whole && p.importers == p.inside)
}

// outside says that a sum needs what members trade with others.
func (s *scanning) outside(p *part, sum indicator.Sum) bool {
	return p.merged() && (sum == indicator.Exports || sum == indicator.IntraTrade) && !s.differs(p, sum)
}

// worldSum adds up who sells a product.
func worldSum(sales []sale, sum indicator.Sum) (total float64) {
	priced, top := 0.0, 0.0
	for i := range sales {
		x := &sales[i]
		priced, top = priced+x.priced, max(top, x.value)
		switch sum {
		case indicator.WorldExports:
			total += x.value
		case indicator.WorldSquares:
			total += x.value * x.value
		case indicator.Exporters:
			total++
		case indicator.WorldWithQuantity:
			total += x.priced
		case indicator.WorldQuantity:
			total += x.tonnes
		}
	}
	switch {
	case sum == indicator.WorldQuantity && priced == 0:
		return math.NaN()
	case sum == indicator.TopExporterExports:
		return top
	case sum == indicator.Top3ExporterExports:
		return sumOfThree(len(sales), func(i int) float64 { return sales[i].value })
	}
	return total
}

// sumOfThree adds up the largest three of n values, the largest first.
func sumOfThree(n int, value func(i int) float64) float64 {
	var top [3]float64
	for i := range n {
		v := value(i)
		for k := range top {
			if v > top[k] {
				v, top[k] = top[k], v
			}
		}
	}
	return top[0] + top[1] + top[2]
}

// readBlocs reads what the program fills in of cells, for several views at once: margins, and what blocs trade with others.
func readBlocs(ctx context.Context, views []*scanning) error {
	e, year, products := views[0].Engine, views[0].view.Year, views[0].view.Products
	var wanted []netting
	needed, weighed, weights := false, false, false
	for _, s := range views {
		for _, p := range s.asked {
			if !s.fills(p) {
				continue
			}
			if needed = true; slices.ContainsFunc(p.filled, indicator.Sum.Weighed) {
				weighed, weights = weighed || len(p.nets) > 0, weights || len(p.nets) == 0
			}
			if wanted = append(wanted, p.nets...); slices.ContainsFunc(p.filled, func(sum indicator.Sum) bool { return s.outside(p, sum) }) {
				wanted = append(wanted, netting{p.inside})
			}
		}
	}
	if !needed {
		return nil
	}
	margins, err := e.marginsOf(ctx, year, products, weighed)
	if err != nil {
		return err
	}
	outer, err := e.outer(ctx, year, products, wanted, weighed)
	if err != nil {
		return err
	}
	known := map[uint32]weight{}
	if weights {
		known, err = e.weightsOf(ctx, year)
	}
	for _, s := range views {
		s.margins, s.outer, s.weights = margins, outer, known
	}
	return err
}
