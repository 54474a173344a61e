package kernel

import (
	"chokepoint/indicator"
	"chokepoint/trade"
)

// partnerCells adds the cells of an importer cell and each of its partners.
func (w *worker) partnerCells(row int) {
	it, l := &w.items[w.cells.item[row]], &w.importers.lines[w.cells.importer[row]]
	if w.topOnly && len(w.blocs) == 0 {
		w.topCell(row, it, l)
		return
	}
	if w.leading && l.remembered() && !it.whole && len(w.blocs) == 0 {
		w.leaderCells(row, it, l)
		return
	}
	few := len(w.chosen) <= fewSellers
	var r run
	if few && l.merged && len(w.blocs) == 0 && !w.quantities {
		r = w.boughtFrom(it, l, w.chosen)
	} else {
		r = w.runOf(it, l, w.cells.place[row])
	}
	least := 0.0
	if !it.whole { // a little less, for the last bit of the product
		least = w.floor * w.cells.Col[indicator.Imports][row] * (1 - 1e-9)
	}
	if few {
		for _, exp := range w.chosen {
			if i := place(r.exporter, exp); i >= 0 && r.value[i] >= least {
				w.partnerCell(row, it, l, w.saleOf(it, &r, i))
			}
		}
	} else {
		for i, v := range r.value {
			if v >= least && w.wanted[r.exporter[i]] {
				w.partnerCell(row, it, l, w.saleOf(it, &r, i))
			}
		}
	}
	for _, p := range w.blocs {
		w.partnerBlocCell(row, it, l, &r, &w.partners.lines[p], least)
	}
}

// leaderCells is partnerCells for an economy whose large suppliers are known: no other can meet the criteria.
func (w *worker) leaderCells(row int, it *item, l *line) {
	lead := &w.known(it, l).leaders
	least := w.floor * w.cells.Col[indicator.Imports][row] * (1 - 1e-9)
	for i := range lead.n {
		if exp := lead.exporter[i]; lead.value[i] >= least && w.wanted[exp] {
			w.partnerCell(row, it, l, sale{exporter: exp, value: lead.value[i], sold: lead.sold[i]})
		}
	}
}

// topCell is partnerCells where only the largest supplier counts, which is known.
func (w *worker) topCell(row int, it *item, l *line) {
	s := sale{exporter: w.cells.topSupplier[row], value: w.cells.Col[indicator.TopSupplierImports][row]}
	if !w.wanted[s.exporter] {
		return
	}
	if w.need[indicator.PartnerExports] {
		s.sold = it.sold(s.exporter)
	}
	w.partnerCell(row, it, l, s)
}

// boughtFrom is runOf a bloc for a few suppliers, without the others.
func (w *worker) boughtFrom(it *item, l *line, exporters []uint16) run {
	r := run{exporter: w.merged.exporter[:0], value: w.merged.value[:0]}
	for _, exp := range exporters {
		if l.within[exp] > 0 {
			continue
		}
		sum := 0.0
		for at, code := range it.index.Importer {
			if l.in[code] > 0 {
				lo, hi := it.index.Run(at)
				if i := place(it.flows.Exporter[lo:hi], exp); i >= 0 {
					sum += it.flows.Value[int(lo)+i]
				}
			}
		}
		if sum > 0 {
			r.exporter, r.value = append(r.exporter, exp), append(r.value, sum)
		}
	}
	w.merged.exporter, w.merged.value = r.exporter, r.value
	return r
}

// place finds a code in an ascending list, -1 if it is not there. It has no branch that a processor could guess wrong but
// the last.
func place(list []uint16, code uint16) int {
	if len(list) == 0 {
		return -1
	}
	base := 0
	for n := len(list); n > 1; {
		half := n >> 1
		if list[base+half] <= code {
			base += half
		}
		n -= half
	}
	if list[base] != code {
		return -1
	}
	return base
}

// sale is what an economy sells to an importer cell, and what it exports in all.
type sale struct {
	exporter              uint16
	value, priced, tonnes float64
	sold                  float64
}

func (w *worker) saleOf(it *item, r *run, i int) sale {
	s := sale{exporter: r.exporter[i], value: r.value[i], priced: r.at(r.priced, i), tonnes: r.at(r.tonnes, i)}
	if w.need[indicator.PartnerExports] {
		s.sold = it.sold(s.exporter)
	}
	return s
}

// partnerCell adds the cells of partners that are the economy of a sale.
func (w *worker) partnerCell(row int, it *item, l *line, s sale) {
	c := &w.pairs
	for p := w.partners.first[s.exporter]; p >= 0; p = w.partners.next[p] {
		if !w.allowed[p] {
			continue
		}
		c.copy(&w.cells, row, w.copied)
		w.markPair(row, p)
		c.put(&w.need, indicator.ImportsFromPartner, s.value)
		c.put(&w.need, indicator.PartnerExports, s.sold)
		if w.need[indicator.OthersExports] {
			c.Col[indicator.OthersExports] = append(c.Col[indicator.OthersExports], w.othersThan(it, l, s.exporter))
		}
		if w.quantities {
			c.put(&w.need, indicator.PartnerWithQuantity, s.priced)
			c.put(&w.need, indicator.PartnerQuantity, known(s.tonnes, s.priced))
		}
		c.N++
	}
}

// markPair names the partner of a pair, with what is known of importer and partner already.
func (w *worker) markPair(row int, partner int32) {
	c := &w.pairs
	c.partner = append(c.partner, partner)
	if w.judging {
		c.verdicts = append(c.verdicts, w.cells.verdicts[row]&w.selling[partner])
	}
}

// copy repeats an importer cell for one of its partners.
func (c *cells) copy(from *cells, row int, sums []indicator.Sum) {
	c.item, c.importer = append(c.item, from.item[row]), append(c.importer, from.importer[row])
	for _, s := range sums {
		c.Col[s] = append(c.Col[s], from.Col[s][row])
	}
	if len(from.topSupplier) > 0 {
		c.topSupplier = append(c.topSupplier, from.topSupplier[row])
	}
	if len(from.topExporter) > 0 {
		c.topExporter = append(c.topExporter, from.topExporter[row])
	}
}

// othersThan returns what all but one exporter sell in the world of importer l. Where nearly nothing is left the
// difference of two rounded sums would be noise, so it is added up again.
func (w *worker) othersThan(it *item, l *line, exporter uint16) float64 {
	netted := w.view.World == trade.Net && l.merged
	world := it.world
	if netted {
		world = w.net(it, l, nil)
	}
	others := world.total - it.sold(exporter)
	if others > 1e-6*world.total {
		return others
	}
	others = 0
	for k, e := range it.index.Exporter {
		if e != exporter && !(netted && l.inside.Has(trade.Code(e))) {
			others += it.index.Exports[k]
		}
	}
	return others + world.importer
}

// partnerBlocCell adds the cell of a partner bloc, unless it sells less than least: its members are one supplier.
func (w *worker) partnerBlocCell(row int, it *item, l *line, r *run, p *line, least float64) {
	var bought, priced, tonnes float64
	for i, exp := range r.exporter {
		if p.in[exp&(trade.MaxCode-1)] > 0 {
			bought += r.value[i]
			priced += r.at(r.priced, i)
			tonnes += r.at(r.tonnes, i)
		}
	}
	if bought == 0 && !w.view.Idle || bought < least {
		return
	}
	world := w.blocWorld(it, l, p)
	c := &w.pairs
	c.item, c.importer = append(c.item, w.cells.item[row]), append(c.importer, l.index)
	w.markPair(row, p.index)
	for _, s := range tradeSums {
		if w.need[s] {
			c.Col[s] = append(c.Col[s], w.cells.Col[s][row])
		}
	}
	if w.suppliers {
		s := r.supply(p)
		c.addSupply(&w.need, w.tops, &s)
	}
	c.addWorld(&w.need, &world)
	if w.topExporter {
		c.topExporter = append(c.topExporter, world.topExporter)
	}
	c.put(&w.need, indicator.ImportsFromPartner, bought)
	c.put(&w.need, indicator.PartnerExports, world.partner)
	if w.need[indicator.OthersExports] {
		c.put(&w.need, indicator.OthersExports, w.othersThanBloc(it, l, p, &world))
	}
	c.put(&w.need, indicator.PartnerWithQuantity, priced)
	c.put(&w.need, indicator.PartnerQuantity, known(tonnes, priced))
	c.N++
}

// blocWorld returns the world of a cell whose partner is a bloc.
func (w *worker) blocWorld(it *item, l, p *line) world {
	switch {
	case w.view.World == trade.Gross:
		world := it.world
		world.partner = it.soldBy(p)
		return world
	case l.merged:
		return w.net(it, l, p)
	}
	netted, ok := w.netted[p.index]
	if !ok {
		netted = w.net(it, nil, p)
		w.netted[p.index] = netted
	}
	return netted
}

func (w *worker) othersThanBloc(it *item, l, p *line, world *world) float64 {
	if w.view.World == trade.Gross {
		return it.others(p)
	}
	others := world.total - world.partner
	if others > 1e-6*world.total {
		return others
	}
	others = 0
	it.flows.Verify()
	for i, exp := range it.flows.Exporter {
		inside := l.merged && l.inside.Has(trade.Code(exp)) && l.inside.Has(trade.Code(it.flows.Importer[i]))
		if !p.set.Has(trade.Code(exp)) && !inside {
			others += it.flows.Value[i]
		}
	}
	return others
}
