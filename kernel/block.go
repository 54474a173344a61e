package kernel

import (
	"context"
	"slices"
	"sync"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// item is one product of a block.
type item struct {
	product int // place in the year
	flows   store.Flows
	index   store.Index
	world   world             // gross
	whole   bool              // no cell is left out
	verdict indicator.Verdict // of the criteria on the product
	sellers [2]int            // in worker.sellers
	bySales bool              // its few partners' sales have been found
	sales   [2]int            // in worker.sales
	found   *found            // of common views
}

// sold is what an economy exports.
func (it *item) sold(code uint16) float64 {
	if i, ok := slices.BinarySearch(it.index.Exporter, code); ok {
		return it.index.Exports[i]
	}
	return 0
}

// soldBy is what the economies of a line export, to one another too.
func (it *item) soldBy(l *line) (sold float64) {
	switch {
	case l.economy != nil:
		return l.economy.of(it, uint16(l.codes[0])).exports
	case l.ofBloc != nil && l.ofBloc.products[it.product].isThere():
		return l.ofBloc.products[it.product].sides.sold
	case len(l.codes) <= fewSellers:
		for _, code := range l.codes {
			sold += it.sold(uint16(code))
		}
		return sold
	}
	for k, exp := range it.index.Exporter {
		if l.set.Has(trade.Code(exp)) {
			sold += it.index.Exports[k]
		}
	}
	return sold
}

// worker computes one block of products after another. Its memory is reused.
type worker struct {
	*plan
	ctx     context.Context // of the scan: exact arithmetic ends with it
	items   []item
	sellers cells // products and partners
	cells   cells // products and importers
	pairs   cells
	scratch indicator.Scratch
	keep    []bool
	batch   Batch
	shown   *store.Flows           // of the product of the batch
	allowed []bool                 // lines of partners that are in question for the item at hand
	chosen  []uint16               // exporters that are one of these
	wanted  [trade.MaxCode]bool    // the same
	selling []indicator.Verdict    // by line of partners: of the criteria on what they sell, where cells arrive that miss one
	sales   []flowAt               // of few partners, of one item after another
	blocs   []int32                // lines of blocs that are one of these
	exports [trade.MaxCode]float64 // scratch: by exporter
	merger
	ofBlocs merger // of what is remembered: runs of the other are in use when that is asked for
	netted  map[int32]world
}

// idle are workers whose memory can be used again: a question about one economy would else spend much of its time on it.
var idle sync.Pool

func newWorker(ctx context.Context, p *plan) *worker {
	w, ok := idle.Get().(*worker)
	if !ok {
		w = &worker{netted: map[int32]world{}}
	}
	for _, exp := range w.chosen {
		w.wanted[exp] = false
	}
	w.ctx, w.plan, w.chosen, w.blocs = ctx, p, w.chosen[:0], w.blocs[:0]
	w.batch.Exact = ExactSums(ctx, &w.batch.Columns, p.exact, func(i int) (*Definition, error) {
		return p.view.define(w.shown, w.batch.Importer, w.batch.Partner, i), nil
	})
	w.allowed, w.selling = make([]bool, len(p.view.Partners)), make([]indicator.Verdict, len(p.view.Partners))
	if len(p.bySeller.criteria) > 0 {
		return w
	}
	// Partners are the same for all products.
	for l := range w.allowed {
		w.allowed[l], w.selling[l] = true, indicator.Certain
	}
	for exp, l := range p.partners.first {
		if l >= 0 {
			w.wanted[exp], w.chosen = true, append(w.chosen, uint16(exp))
		}
	}
	w.blocs = append(w.blocs, p.partners.blocs...)
	return w
}

// release gives the worker's memory back. It holds on to no flows.
func (w *worker) release() {
	clear(w.items[:cap(w.items)])
	w.ctx, w.plan, w.batch, w.shown = nil, nil, Batch{}, nil
	idle.Put(w)
}

// begin forgets the products of the last block.
func (w *worker) begin() {
	w.items = w.items[:0]
	w.inner.forget()
}

// add makes room in the block for the product at a place of the year. Its flows and index are for the caller to fill in.
func (w *worker) add(product int) *item {
	w.items = append(w.items, item{product: product})
	return &w.items[len(w.items)-1]
}

// compute computes the cells of the block and hands them to v, product by product. Each step leaves out what misses a
// criterion, before the next and more costly one.
func (w *worker) compute(v Visitor) error {
	for i := range w.items {
		it := &w.items[i]
		it.whole, it.verdict = w.view.Whole != nil && w.view.Whole(it.flows.Product), indicator.Certain
		if !w.quantities {
			it.flows.Quantity = nil
		}
	}
	if err := w.judgeWorld(); err != nil {
		return err
	}
	if err := w.judgeSellers(); err != nil {
		return err
	}
	w.cells.reset()
	w.sales = w.sales[:0]
	for i := range w.items {
		if !w.importers.few() {
			w.items[i].flows.VerifyValues()
		}
		w.findSales(&w.items[i])
		w.tradeCells(int32(i))
	}
	if err := w.filter(&w.cells, &w.byTrade); err != nil {
		return err
	}
	w.addSupply()
	if err := w.filter(&w.cells, &w.bySupply); err != nil {
		return err
	}
	if !w.view.OnlyPairs {
		if err := w.handOver(&w.cells, v.Importers); err != nil {
			return err
		}
	}
	if len(w.view.Partners) == 0 {
		return nil
	}
	w.pairCells()
	if err := w.filter(&w.pairs, &w.byPair); err != nil {
		return err
	}
	return w.handOver(&w.pairs, v.Pairs)
}

// filter leaves out the cells that miss a criterion of the stage.
func (w *worker) filter(c *cells, s *stage) error {
	for w.judging && len(c.verdicts) < c.N {
		c.verdicts = append(c.verdicts, w.items[c.item[len(c.verdicts)]].verdict)
	}
	if len(s.criteria) == 0 || c.N == 0 {
		return nil
	}
	w.scratch.Reset()
	w.keep = slices.Grow(w.keep[:0], c.N)[:c.N]
	for i := range w.keep {
		w.keep[i] = true
	}
	exact := ExactSums(w.ctx, &c.Columns, w.exact, func(i int) (*Definition, error) {
		return w.view.define(&w.items[c.item[i]].flows, c.importer, c.partner, i), nil
	})
	for _, k := range s.criteria {
		if w.judging {
			if err := k.Judge(&c.Columns, w.view.Unseen, &w.scratch, c.verdicts, exact); err != nil {
				return err
			}
		} else if err := k.Meet(&c.Columns, &w.scratch, w.keep, exact); err != nil {
			return err
		}
	}
	if w.judging {
		for i, item := range c.item {
			w.keep[i] = c.verdicts[i].May() || w.items[item].whole
		}
	}
	c.compact(w.keep)
	return nil
}

// define adds up the flows of a product for cell i, whose importer and partner are lines where it has such.
func (v *View) define(flows *store.Flows, importers, partners []int32, i int) *Definition {
	var importer, inside, partner trade.Set
	if len(importers) > 0 {
		importer, inside = v.Importers[importers[i]], v.InsideOf(importers[i])
	}
	if len(partners) > 0 {
		partner = v.Partners[partners[i]]
	}
	return Define(*flows, importer, inside, partner, v.World)
}

// handOver shows the cells to a visitor, one product at a time.
func (w *worker) handOver(c *cells, visit func(*Batch) error) error {
	return c.products(func(item int32, lo, hi int) error {
		b := &w.batch
		w.shown = &w.items[item].flows
		b.Year, b.Product, b.N = w.view.Year, w.shown.Product, hi-lo
		for s := range c.Col {
			b.Col[s] = part(c.Col[s], lo, hi)
		}
		b.Importer, b.Partner = c.importer[lo:hi], part(c.partner, lo, hi)
		b.TopSupplier, b.TopExporter = part(c.topSupplier, lo, hi), part(c.topExporter, lo, hi)
		b.Verdicts = part(c.verdicts, lo, hi)
		return visit(b)
	})
}

// judgeWorld computes what is needed of the world and drops products that miss a criterion on it.
func (w *worker) judgeWorld() error {
	c := &w.cells
	c.reset()
	for i := range w.items {
		it := &w.items[i]
		it.world = world{total: it.index.World}
		if w.exporters {
			it.world = w.gross(it)
		}
		if len(w.byWorld.criteria) > 0 {
			c.item = append(c.item, int32(i))
			c.addWorld(&w.byWorld.sums, &it.world)
			c.N++
		}
	}
	if len(w.byWorld.criteria) == 0 {
		return nil
	}
	if err := w.filter(c, &w.byWorld); err != nil {
		return err
	}
	w.retain(c, func(it *item, lo, hi int) {
		if w.judging {
			it.verdict = c.verdicts[lo]
		}
	})
	return nil
}

// judgeSellers drops partners that miss a criterion on what they sell, and products that have none left.
func (w *worker) judgeSellers() error {
	if len(w.bySeller.criteria) == 0 {
		return nil
	}
	c := &w.sellers
	c.reset()
	for i := range w.items {
		it := &w.items[i]
		least := 0.0
		if !it.whole { // a little less, for the last bit of the product
			least = w.sellerFloor * it.world.total * (1 - 1e-9)
		}
		if w.partners.few() {
			for l := range w.partners.lines {
				if sold := it.soldBy(&w.partners.lines[l]); sold > 0 && sold >= least {
					w.addSeller(int32(i), int32(l), sold)
				}
			}
			continue
		}
		for k, sold := range it.index.Exports {
			if sold < least {
				continue
			}
			for l := w.partners.first[it.index.Exporter[k]]; l >= 0; l = w.partners.next[l] {
				w.addSeller(int32(i), l, sold)
			}
		}
		for _, l := range w.partners.blocs {
			if sold := it.soldBy(&w.partners.lines[l]); sold > 0 && sold >= least {
				w.addSeller(int32(i), l, sold)
			}
		}
	}
	if err := w.filter(c, &w.bySeller); err != nil {
		return err
	}
	w.retain(c, func(it *item, lo, hi int) { it.sellers = [2]int{lo, hi} })
	return nil
}

func (w *worker) addSeller(i, partner int32, sold float64) {
	c, it := &w.sellers, &w.items[i]
	c.item, c.partner = append(c.item, i), append(c.partner, partner)
	c.addWorld(&w.bySeller.sums, &it.world)
	c.put(&w.bySeller.sums, indicator.PartnerExports, sold)
	if w.bySeller.sums[indicator.OthersExports] {
		c.Col[indicator.OthersExports] = append(c.Col[indicator.OthersExports], it.others(&w.partners.lines[partner]))
	}
	c.N++
}

// retain drops the items that have no cell left in c, and renumbers those of c.
func (w *worker) retain(c *cells, with func(it *item, lo, hi int)) {
	n := 0
	for i, lo := 0, 0; i < len(w.items); i++ {
		hi := lo
		for hi < c.N && c.item[hi] == int32(i) {
			c.item[hi] = int32(n)
			hi++
		}
		if hi > lo || w.items[i].whole {
			w.items[n] = w.items[i]
			with(&w.items[n], lo, hi)
			n++
		}
		lo = hi
	}
	w.items = w.items[:n]
}

// tradeCells adds the importer cells of an item, with what is known from the index, and blocs with what their members trade.
func (w *worker) tradeCells(i int32) {
	it, c := &w.items[i], &w.cells
	if w.importers.few() {
		for l := range w.importers.lines {
			line := &w.importers.lines[l]
			switch {
			case line.merged || len(line.codes) == 0:
			case line.economy != nil:
				if t := line.economy.of(it, uint16(line.codes[0])); t.run >= 0 {
					w.tradeCell(i, int32(l), t.run, sidesOfOne(t.imports, t.exports))
				}
			default:
				code := uint16(line.codes[0])
				if at, ok := slices.BinarySearch(it.index.Importer, code); ok {
					w.tradeCell(i, int32(l), int32(at), sidesOfOne(it.index.Imports[at], it.sold(code)))
				}
			}
		}
	} else if it.bySales && !it.whole && w.onPairs {
		w.customers(i, it)
	} else {
		w.economies(i, it, c)
	}
	for _, l := range w.importers.blocs {
		if d := w.sidesOf(it, &w.importers.lines[l]); d.imports > 0 {
			w.tradeCell(i, l, -1, d)
		}
	}
}

// sidesOf is what a bloc buys and sells.
func (w *worker) sidesOf(it *item, l *line) sides {
	if l.ofBloc != nil {
		return l.ofBloc.sidesOf(it, l, &w.ofBlocs, w.exact)
	}
	return it.blocTrade(l, w.exact, &w.inner)
}

// economies adds a cell for each economy that imports the product: the innermost loop of scans of everybody.
func (w *worker) economies(i int32, it *item, c *cells) {
	needs := func(s indicator.Sum) bool { return w.need[s] || w.byTrade.sums[s] }
	needExports, needIntra, needSold, needWorld := needs(indicator.Exports), needs(indicator.IntraTrade), needs(indicator.TotalExports), w.byTrade.sums.any(worldSums...)
	from := c.N
	lines, places, imports, exports, total := c.importer, c.place, c.Col[indicator.Imports], c.Col[indicator.Exports], c.Col[indicator.TotalExports]
	if needExports || needSold {
		w.tabulate(it)
	}
	for at, code := range it.index.Importer {
		code &= trade.MaxCode - 1
		l, sold := w.importers.first[code], w.exports[code]
		for ; l >= 0; l = w.importers.next[l] {
			lines, places = append(lines, l), append(places, int32(at))
			imports = append(imports, it.index.Imports[at])
			if needExports {
				exports = append(exports, sold)
			}
			if needSold {
				total = append(total, sold)
			}
		}
	}
	w.untabulate(it)
	c.importer, c.place, c.N = lines, places, len(lines)
	for range c.N - from {
		c.item = append(c.item, i)
	}
	c.Col[indicator.Imports], c.Col[indicator.Exports], c.Col[indicator.TotalExports] = imports, exports, total
	for range c.N - from {
		if needIntra {
			c.Col[indicator.IntraTrade] = append(c.Col[indicator.IntraTrade], 0)
		}
		if needWorld {
			c.addWorld(&w.byTrade.sums, &it.world)
		}
	}
}

// tabulate puts what economies export into a table: to go along both lists of the index took twice as long.
func (w *worker) tabulate(it *item) {
	for k, code := range it.index.Exporter {
		w.exports[code&(trade.MaxCode-1)] = it.index.Exports[k]
	}
}

func (w *worker) untabulate(it *item) {
	for _, code := range it.index.Exporter {
		w.exports[code&(trade.MaxCode-1)] = 0
	}
}

// sidesOfOne is what a single economy buys and sells.
func sidesOfOne(imports, exports float64) sides { return sides{imports, exports, 0, exports} }

func (w *worker) tradeCell(i, line, place int32, d sides) {
	c := &w.cells
	c.item, c.importer, c.place = append(c.item, i), append(c.importer, line), append(c.place, place)
	c.Col[indicator.Imports] = append(c.Col[indicator.Imports], d.imports)
	for _, x := range [...]struct {
		sum   indicator.Sum
		value float64
	}{{indicator.Exports, d.exports}, {indicator.IntraTrade, d.intra}, {indicator.TotalExports, d.sold}} {
		if w.need[x.sum] || w.byTrade.sums[x.sum] {
			c.Col[x.sum] = append(c.Col[x.sum], x.value)
		}
	}
	if w.byTrade.sums.any(worldSums...) {
		c.addWorld(&w.byTrade.sums, &w.items[i].world)
	}
	c.N++
}

// addSupply completes the importer cells: what their suppliers sell, and the world of each.
func (w *worker) addSupply() {
	c := &w.cells
	needWorld := w.topExporter || w.need.any(worldSums...)
	for s := range worldSums {
		c.Col[worldSums[s]] = c.Col[worldSums[s]][:0] // of the step before
	}
	for row := range c.N {
		it, l := &w.items[c.item[row]], &w.importers.lines[c.importer[row]]
		switch {
		case w.onlySquares:
			if known := w.known(it, l); known != nil {
				c.Col[indicator.ImportSquares] = append(c.Col[indicator.ImportSquares], known.squares)
				break
			}
			r := w.runOf(it, l, c.place[row])
			c.Col[indicator.ImportSquares] = append(c.Col[indicator.ImportSquares], squares(r.value))
		case w.suppliers && !w.quantities && l.remembered():
			c.addSupply(&w.need, w.tops, &w.known(it, l).sums)
		case w.suppliers:
			r := w.runOf(it, l, c.place[row])
			s := r.supply(nil)
			c.addSupply(&w.need, w.tops, &s)
		}
		if needWorld {
			world := it.world
			if l.bloc() && w.view.World == trade.Net {
				world = w.net(it, l, nil)
			}
			c.addWorld(&w.need, &world)
			if w.topExporter {
				c.topExporter = append(c.topExporter, world.topExporter)
			}
		}
	}
}

// customers adds a cell for each economy that buys enough from one of the chosen partners: no other can be in a pair that
// meets the criteria.
func (w *worker) customers(i int32, it *item) {
	if it.sales[0] == it.sales[1] {
		return
	}
	w.tabulate(it)
	defer w.untabulate(it)
	last := int32(-1)
	for _, sale := range w.sales[it.sales[0]:it.sales[1]] {
		if sale.at == last {
			continue
		}
		last = sale.at
		code := it.index.Importer[last] & (trade.MaxCode - 1)
		sold := w.exports[code]
		for l := w.importers.first[code]; l >= 0; l = w.importers.next[l] {
			w.tradeCell(i, l, last, sidesOfOne(it.index.Imports[last], sold))
		}
	}
}

// pairCells adds the cells of each importer cell and its partners.
func (w *worker) pairCells() {
	w.pairs.reset()
	w.cells.products(func(i int32, lo, hi int) error {
		it := &w.items[i]
		w.choosePartners(it)
		if it.bySales {
			lo = w.salesCells(it, lo, hi)
		}
		for row := lo; row < hi; row++ {
			w.partnerCells(row)
		}
		return nil
	})
}

// Number of partners up to which it is cheaper to look for each among an importer's suppliers than to go through these, and
// for all importers at once to look for the partners' sales.
const fewSellers = 4

// flowAt is a flow from a chosen partner, with the place of its importer in the index.
type flowAt struct{ flow, at int32 }

// findSales lists the flows from few partners to anybody that are large enough. Exporters are compared in one pass, runs
// are found by going along, and the values, each in a line of memory of its own, are fetched all at once: to look at each
// flow when it is found took twice as long.
func (w *worker) findSales(it *item) {
	if len(w.view.Partners) == 0 || w.importers.few() {
		return
	}
	w.choosePartners(it)
	if len(w.chosen) > fewSellers || len(w.blocs) > 0 {
		return
	}
	from := len(w.sales)
	at, next := int32(0), it.index.Next(0)
	for i, exp := range it.flows.Exporter {
		if w.wanted[exp&(trade.MaxCode-1)] {
			for int32(i) >= next {
				at++
				next = it.index.Next(int(at))
			}
			w.sales = append(w.sales, flowAt{int32(i), at})
		}
	}
	if share := w.floor * (1 - 1e-9); share > 0 && !it.whole { // a little less, for the last bit of the product
		n := from
		for _, s := range w.sales[from:] {
			if it.flows.Value[s.flow] >= share*it.index.Imports[s.at] {
				w.sales[n] = s
				n++
			}
		}
		w.sales = w.sales[:n]
	}
	it.bySales, it.sales = true, [2]int{from, len(w.sales)}
}

// salesCells adds the pairs of rows lo to hi that are economies, from the sales found, and returns where the blocs begin.
func (w *worker) salesCells(it *item, lo, hi int) int {
	c, sales := &w.cells, w.sales[it.sales[0]:it.sales[1]]
	for ; lo < hi && c.place[lo] >= 0; lo++ {
		at := c.place[lo]
		for len(sales) > 0 && sales[0].at < at {
			sales = sales[1:]
		}
		for _, s := range sales { // kept for other lines of the same economy
			if s.at != at {
				break
			}
			l := &w.importers.lines[c.importer[lo]]
			r := w.runOf(it, l, at)
			w.partnerCell(lo, it, l, w.saleOf(it, &r, int(s.flow-it.index.First[at])))
		}
	}
	return lo
}

// choosePartners finds the partners that are still in question for an item: their lines, and the exporters that are one.
func (w *worker) choosePartners(it *item) {
	clear(w.netted)
	if len(w.bySeller.criteria) == 0 {
		return
	}
	for _, exp := range w.chosen {
		w.wanted[exp] = false
	}
	w.chosen, w.blocs = w.chosen[:0], w.blocs[:0]
	want := func(exp uint16) {
		if !w.wanted[exp] {
			w.wanted[exp] = true
			w.chosen = append(w.chosen, exp)
		}
	}
	if it.whole {
		for l := range w.allowed {
			w.allowed[l], w.selling[l] = true, 0
		}
		for _, exp := range it.index.Exporter {
			if w.partners.first[exp] >= 0 {
				want(exp)
			}
		}
		w.blocs = append(w.blocs, w.partners.blocs...)
		for row := it.sellers[0]; row < it.sellers[1]; row++ {
			w.selling[w.sellers.partner[row]] = w.sellers.verdicts[row]
		}
		return
	}
	clear(w.allowed)
	for row := it.sellers[0]; row < it.sellers[1]; row++ {
		l := w.sellers.partner[row]
		w.allowed[l] = true
		if w.judging {
			w.selling[l] = w.sellers.verdicts[row]
		}
		if line := &w.partners.lines[l]; line.merged {
			w.blocs = append(w.blocs, l)
		} else {
			want(uint16(line.codes[0]))
		}
	}
	slices.Sort(w.chosen)
}
