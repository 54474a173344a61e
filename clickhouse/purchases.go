package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/store"
	"chokepoint/trade"
)

// A page asks many questions about few importers. Each is a statement that goes through all flows of the year, while what these importers buy
// is few rows. Of the newest year, which most pages are about, the shards send these rows once, the open dataset remembers them, and the
// program computes the cells from them and from margins. No threshold moves them.

// purchases are what an economy, or a bloc as one, buys of each product, by supplier.
type purchases struct {
	products       []uint32 // by place, ascending: those that it buys
	from           []int    // where the suppliers of each begin; one more than products
	supplier       []uint16 // ascending in each product
	value          []float64
	priced, tonnes []float64 // of flows whose quantity is known; nil where none is
}

func (p *purchases) size() int64 {
	return store.SizeOfSlice(p.products) + store.SizeOfSlice(p.from) + store.SizeOfSlice(p.supplier) + store.SizeOfSlice(p.value) + store.SizeOfSlice(p.priced) + store.SizeOfSlice(p.tonnes)
}

// of finds the suppliers of a product.
func (p *purchases) of(product uint32) (from, to int) {
	k, ok := slices.BinarySearch(p.products, product)
	if !ok {
		return 0, 0
	}
	return p.from[k], p.from[k+1]
}

type purchasesKey struct {
	year   int
	buyers buyers // an economy, or a bloc without what it buys inside
}

// maxBuyers and maxPurchases bound for how many a view has purchases read, and their rows as far as these can be known before.
const (
	maxBuyers    = 8
	maxPurchases = 1 << 21
)

// manyTimes is how many times as many suppliers an importer may have as the average: the USA have three times as many.
const manyTimes = 4

// buyers lists whose purchases the cells of a group are made of, by the code of a cell.
func (g *group) buyers() map[uint16]buyers {
	if g.whole {
		return map[uint16]buyers{0: {g.importers, g.inside}}
	}
	list := map[uint16]buyers{}
	for _, code := range g.importers.Codes() {
		list[uint16(code)] = buyers{set: trade.SetOf(code)}
	}
	return list
}

// mostRows is how many rows purchases may have in a year, by what can be known before: of a bloc half of all products and exporters, as an
// exporter sells fewer than that. (BACI HS17, 2024: 0.2 million for the European Union, of 1.2 million.)
func mostRows(year *store.YearEntry, b buyers) int64 {
	rows := manyTimes * year.Rows / int64(max(1, len(year.Importers))) * int64(b.set.Len())
	if b.set.Len() > 1 {
		rows = min(rows, int64(year.Products)*int64(len(year.Exporters))/2)
	}
	return rows
}

// holds says that the purchases of some are few rows of the newest year.
func (e *Engine) holds(year int, list []buyers) bool {
	years := e.Dataset.Manifest().Years
	if len(years) == 0 || years[len(years)-1].Year != year || len(list) > maxBuyers {
		return false
	}
	rows := int64(0)
	for _, b := range list {
		rows += mostRows(&years[len(years)-1], b)
	}
	return rows <= maxPurchases
}

// hold says which parts of a view are computed from purchases, where these are few: all if they may be read; else those of blocs as one, which
// a statement about others is three times as long for, and those whose purchases are remembered already. Nothing is read of a few products.
func (s *scanning) hold(parts []*part) {
	var list []buyers
	for _, p := range parts {
		for _, b := range p.group.buyers() {
			if (s.plan.read || p.whole) && !slices.Contains(list, b) {
				list = append(list, b)
			}
		}
	}
	if !s.holds(s.view.Year, list) {
		return
	}
	for _, p := range parts {
		if p.held = (s.plan.read || p.whole) && s.view.Products == nil; !p.held {
			p.purchases, p.held = s.knownPurchases(p.group)
		}
	}
}

// knownPurchases are those of all cells of a group, if all are remembered.
func (s *scanning) knownPurchases(g *group) (map[uint16]*purchases, bool) {
	found := map[uint16]*purchases{}
	for code, b := range g.buyers() {
		list, ok := store.Known[purchasesKey, *purchases](s.Dataset.Memory(), purchasesKey{s.view.Year, b})
		if !ok {
			return nil, false
		}
		found[code] = list
	}
	return found, true
}

// readPurchases gives the parts of views that are computed from purchases what these are: those that nobody has asked for yet are read in one
// statement.
func readPurchases(ctx context.Context, views []*scanning) error {
	e, year := views[0].Engine, views[0].view.Year
	var wanted []buyers
	var waiting []*part
	for _, s := range views {
		for _, p := range s.asked {
			if !p.held || p.purchases != nil {
				continue
			}
			waiting = append(waiting, p)
			for _, b := range p.group.buyers() {
				if !slices.Contains(wanted, b) {
					wanted = append(wanted, b)
				}
			}
		}
	}
	found, err := e.purchasesOf(ctx, year, wanted)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		p.purchases = map[uint16]*purchases{}
		for code, b := range p.group.buyers() {
			p.purchases[code] = found[b]
		}
	}
	return nil
}

// purchasesOf gives the purchases of some buyers in a year.
func (e *Engine) purchasesOf(ctx context.Context, year int, wanted []buyers) (map[buyers]*purchases, error) {
	found, missing := map[buyers]*purchases{}, []buyers{}
	for _, b := range wanted {
		if list, ok := store.Known[purchasesKey, *purchases](e.Dataset.Memory(), purchasesKey{year, b}); ok {
			found[b] = list
		} else {
			missing = append(missing, b)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	slices.SortFunc(missing, func(a, b buyers) int {
		return cmp.Or(a.set.Len()-b.set.Len(), slices.Compare(a.set.Codes(), b.set.Codes()), slices.Compare(a.inside.Codes(), b.inside.Codes()))
	})
	read, err := e.askPurchases(ctx, year, missing)
	if err != nil {
		return nil, err
	}
	for i, b := range missing {
		found[b] = read[i]
		store.Keep(e.Dataset.Memory(), purchasesKey{year, b}, read[i], read[i].size())
	}
	return found, nil
}

// askPurchases reads the purchases of some buyers, in one pass over the flows.
func (e *Engine) askPurchases(ctx context.Context, year int, list []buyers) ([]*purchases, error) {
	m := e.Dataset.Manifest()
	weighed, values := m.HasQuantities(year), 1
	if weighed {
		values = 3
	}
	rows, err := e.keyed(ctx, e.purchasesSQL(year, list, weighed), len(list), values)
	if err != nil {
		return nil, err
	}
	read := make([]*purchases, len(list))
	for i := range read {
		read[i] = &purchases{from: []int{0}}
	}
	rows.each(func(place int, product uint32, of []int32) {
		p := read[place]
		for _, i := range of {
			if p.supplier, p.value = append(p.supplier, economyOfKey(rows.keys[i])), append(p.value, rows.values[0][i]); weighed {
				p.priced, p.tonnes = append(p.priced, rows.values[1][i]), append(p.tonnes, rows.values[2][i])
			}
		}
		p.products, p.from = append(p.products, product), append(p.from, len(p.supplier))
	})
	return read, nil
}

// purchasesSQL reads the flows once for all buyers. Where no flow is of two buyers and none is a bloc, rows are flows.
func (e *Engine) purchasesSQL(year int, list []buyers, weighed bool) string {
	var places, any []string
	one, apart, bloc, all := "toUInt16(0)", true, false, trade.Set{}
	for i, b := range list {
		bought := "importer IN (" + numbers(b.set.Codes()) + ")"
		if b.inside.Len() > 0 {
			bought += " AND exporter NOT IN (" + numbers(b.inside.Codes()) + ")"
		}
		any, places = append(any, "("+bought+")"), append(places, fmt.Sprintf("toUInt16(if(%s, %d, 0))", bought, i+1))
		one = fmt.Sprintf("if(%s, toUInt16(%d), %s)", bought, i, one)
		apart, bloc, all = apart && all.Intersect(b.set).Len() == 0, bloc || b.set.Len() > 1, all.Union(b.set)
	}
	weights, sums := "", ""
	if weighed {
		weights = fmt.Sprintf(", %s AS priced, %s AS tonnes", known("value"), known("quantity"))
		sums = ", sum(priced), sum(tonnes)"
	}
	from := fmt.Sprintf("FROM %s WHERE year = %d AND (%s)", e.table, year, strings.Join(any, " OR "))
	if apart {
		if !bloc {
			return fmt.Sprintf("SELECT %s, value%s %s", keySQL(one, "exporter"), weights, from)
		}
		rows := fmt.Sprintf("SELECT product, %s AS place, exporter, value%s %s", one, weights, from)
		return fmt.Sprintf("SELECT %s, sum(value)%s FROM (%s) GROUP BY product, place, exporter", keySQL("place", "exporter"), sums, rows)
	}
	rows := fmt.Sprintf("SELECT product, exporter, value%s, [%s] AS places %s", weights, strings.Join(places, ", "), from)
	return fmt.Sprintf("SELECT %s, sum(value)%s FROM (%s) ARRAY JOIN places AS place WHERE place > 0 GROUP BY product, place, exporter", keySQL("(place - 1)", "exporter"), sums, rows)
}

// deal is what a cell buys from one supplier.
type deal struct {
	supplier              uint16 // or the partner bloc
	value, priced, tonnes float64
}

// deals lists what a cell of a part buys of a product, and from whom: nothing inside, and from a partner bloc as from one supplier.
func (p *part) deals(code uint16, product uint32, list []deal) []deal {
	bought := p.purchases[code]
	from, to := bought.of(product)
	merged := -1
	for i := from; i < to; i++ {
		supplier := trade.Code(bought.supplier[i])
		if !p.whole && p.inside.Has(supplier) {
			continue
		}
		d := deal{supplier: uint16(supplier), value: bought.value[i]}
		if bought.priced != nil {
			d.priced, d.tonnes = bought.priced[i], bought.tonnes[i]
		}
		switch {
		case !p.group.partner.Has(supplier):
			list = append(list, d)
		case merged < 0:
			merged, d.supplier = len(list), kernel.MergedPartner
			list = append(list, d)
		default:
			m := &list[merged]
			m.value, m.priced, m.tonnes = m.value+d.value, m.priced+d.priced, m.tonnes+d.tonnes
		}
	}
	return list
}

// addBought adds to the cells of a product those that follow from purchases: those of importers and those with partners.
func (h *handing) addBought(product uint32, whole bool, importers, pairs []cell) ([]cell, []cell, error) {
	for _, p := range h.asked {
		if !p.held {
			continue
		}
		var m *market
		for code, entries := range p.entries {
			if h.deals = p.deals(code, product, h.deals[:0]); len(h.deals) == 0 {
				continue
			}
			if m == nil {
				m = h.market(p, product, h.sales)
				h.sales = m.sales
			}
			made := &cell{part: p, partner: -1, product: product, whole: whole}
			h.supplierSums(made, h.deals)
			for _, made.importer = range entries {
				h.fill(m, made)
				if p.rows {
					importers = append(importers, *made)
				}
				if p.pairs {
					var err error
					if pairs, err = h.addPairs(m, made, pairs); err != nil {
						return nil, nil, err
					}
				}
			}
		}
	}
	return importers, pairs, nil
}

// offer is what a cell buys from a partner that is asked for.
type offer struct {
	deal
	partner int32
	kept    bool // whatever it misses
}

// offersTo lists the partners of a cell.
func (h *handing) offersTo(made *cell) {
	p, bloc := made.part, false
	h.offers = h.offers[:0]
	for _, d := range h.deals {
		merged := d.supplier == kernel.MergedPartner
		bloc = bloc || merged
		partners := p.partner
		switch {
		case p.partner != nil && !merged, p.partner == nil && h.view.TopOnly && d.supplier != made.topSupplier:
			continue
		case p.partner == nil:
			partners = h.partners.single[d.supplier]
		}
		for _, partner := range partners {
			h.offers = append(h.offers, offer{deal: d, partner: partner})
		}
	}
	if p.idle && !bloc {
		for _, partner := range p.partner {
			h.offers = append(h.offers, offer{partner: partner})
		}
	}
	if !made.whole {
		return
	}
	if h.view.Kept == nil {
		for i := range h.offers {
			h.offers[i].kept = true
		}
		return
	}
	for _, key := range h.view.Kept(h.codes[made.product]) {
		for i := range h.offers {
			o := &h.offers[i]
			o.kept = o.kept || key[0] == made.importer && (key[1] < 0 || key[1] == o.partner)
		}
	}
}

// addPairs adds the cells of an importer with its partners, as far as they may meet what does not depend on the sales of partners. Those are
// looked up for the others alone.
func (h *handing) addPairs(m *market, made *cell, pairs []cell) ([]cell, error) {
	h.offersTo(made)
	verdicts, err := h.mayMeet(made)
	if err != nil {
		return nil, err
	}
	for i := range h.offers {
		if o := &h.offers[i]; verdicts[i].May() || o.kept {
			c := *made
			c.partner = o.partner
			for _, sum := range purchaseSums {
				c.sums[sum] = o.sum(sum)
			}
			h.fillSellers(m, &c)
			pairs = append(pairs, c)
		}
	}
	return pairs, nil
}

// mayMeet judges the offers to a cell by what does not depend on the sales of partners. What they have in common is a column of one entry.
func (h *handing) mayMeet(made *cell) ([]indicator.Verdict, error) {
	verdicts := slices.Repeat([]indicator.Verdict{indicator.Certain}, len(h.offers))
	if len(h.onPurchases) == 0 || len(h.offers) == 0 {
		return verdicts, nil
	}
	columns := indicator.Columns{N: len(h.offers)}
	for s := range columns.Col {
		switch sum := indicator.Sum(s); {
		case !h.need[sum] || sum.Part() == indicator.OfSellers:
		case sum.Part() == indicator.OfPurchases:
			columns.Col[s] = make([]float64, len(h.offers))
			for i := range h.offers {
				columns.Col[s][i] = h.offers[i].sum(sum)
			}
		default:
			columns.Col[s] = made.sums[s : s+1]
		}
	}
	exact := kernel.ExactSums(h.ctx, &columns, h.Dataset.Manifest().Exact, func(i int) (*kernel.Definition, error) {
		c := *made
		c.partner = h.offers[i].partner
		return h.define(&c)
	})
	for _, k := range h.onPurchases {
		if err := k.Judge(&columns, h.view.Unseen, &h.scratch, verdicts, exact); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// purchaseSums are those of what a cell buys from its partner.
var purchaseSums = indicator.SumsOf(indicator.OfPurchases)

// sum is a sum of what a cell buys from its partner.
func (d *deal) sum(sum indicator.Sum) float64 {
	switch sum {
	case indicator.ImportsFromPartner:
		return d.value
	case indicator.PartnerWithQuantity:
		return d.priced
	case indicator.PartnerQuantity:
		if d.priced == 0 {
			return math.NaN()
		}
		return d.tonnes
	}
	panic("clickhouse: " + sum.Name() + " is no purchase from a partner")
}

// supplierSums adds up what a cell buys, and names its largest supplier.
func (s *scanning) supplierSums(c *cell, deals []deal) {
	top := 0
	for i := range deals {
		d, sums := &deals[i], &c.sums
		sums[indicator.Imports] += d.value
		sums[indicator.ImportSquares] += d.value * d.value
		sums[indicator.ImportsWithQuantity] += d.priced
		sums[indicator.ImportQuantity] += d.tonnes
		if best := &deals[top]; d.value > best.value || d.value == best.value && c.part.rankOf(d.supplier) < c.part.rankOf(best.supplier) {
			top = i
		}
	}
	c.sums[indicator.Suppliers], c.sums[indicator.TopSupplierImports] = float64(len(deals)), deals[top].value
	if c.sums[indicator.ImportsWithQuantity] == 0 {
		c.sums[indicator.ImportQuantity] = math.NaN()
	}
	if s.tops {
		c.topSupplier = deals[top].supplier
	}
	if s.need[indicator.Top3Imports] {
		c.sums[indicator.Top3Imports] = sumOfThree(len(deals), func(i int) float64 { return deals[i].value })
	}
}

// rankOf is the place of a supplier in ties: of a partner bloc that of its lowest member.
func (p *part) rankOf(supplier uint16) uint16 {
	if supplier == kernel.MergedPartner {
		return uint16(p.group.partner.Codes()[0])
	}
	return supplier
}
