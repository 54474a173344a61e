package kernel

import (
	"context"
	"slices"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// Views that ask about the same economies differ in their criteria alone. Their cells are computed once, in columns, each criterion is judged
// once, however many views ask for it, and each view takes the cells that meet its own: to judge a cell too many costs less than to read a
// flow once more. A view by itself goes step by step instead, and leaves out what misses a criterion before the next step.

// common is such views.
type common struct {
	*plan                               // of their cells: all importers, with their largest supplier and those that sell more than a quarter to them
	members                             []member
	exporting                           uint64   // variants whose views ask for exports
	marked                              []member // those whose pairs arrive together
	markable                            uint64   // bits of their pairs
	several                             indicator.Several
	ofProducts                          uint64           // criteria on the world, where it is the same for all cells of a product
	ofImporters                         uint64           // those on importer cells
	ofPairs                             uint64           // those on pairs
	askProducts, askImporters, askPairs *indicator.Asked // the same
	worldNeed                           sumSet           // of products, for these
	onPairs                             []indicator.Sum  // of importers, that criteria on pairs read
	variant                             []uint64         // by line of importers: the bits of the variants that have it
	asked                               []int32          // by line of importers: its place in the views
}

// member is one of them.
type member struct {
	plan               *plan
	view               int                    // its place
	variant            uint64                 // bit of its importers, of which some may be members of a bloc
	importers, pairs   uint64                 // bits of the cells that it takes
	importing, pairing []*indicator.Criterion // where importers are missing: its criteria
	ofImporter, ofPair []indicator.Sum        // that it is handed
}

// Bits of cells beyond those of criteria.
const (
	topBit       = uint64(1) << 63 // the partner is the importer's largest supplier
	mostVariants = 3
	firstVariant = uint64(1) << indicator.MostSeveral
)

// joins says that what a view needs of importers and their suppliers is among what common cells have.
func (p *plan) joins() bool {
	if p.importers.few() || p.quantities || len(p.partners.blocs) > 0 || p.need.any(supplyBeyondTop...) {
		return false
	}
	return len(p.view.Partners) == 0 || p.topOnly || p.floor*(1-1e-9) > quarter && p.view.Whole == nil
}

// single says that no line of importers is a bloc by itself.
func (p *plan) single() bool {
	return !slices.ContainsFunc(p.view.Importers, func(s trade.Set) bool { return s.Len() > 1 })
}

// netted says that inner trade of a bloc is left out of the world of some cell.
func (p *plan) netted() bool { return !p.shared }

// grossed says that inner trade of a bloc is in the world of some cell.
func (p *plan) grossed() bool { return p.shared && len(p.importers.blocs)+len(p.partners.blocs) > 0 }

// group is the views of a common, by their places.
type group struct {
	places []int
	inside [][]trade.Set // variants
}

// admits says that a view asks about the same cells as those of the group, but for members of a bloc that it takes as such.
func (g *group) admits(p *plan, plans []*plan) bool {
	one := plans[g.places[0]]
	if !p.joins() || !slices.Equal(one.view.Importers, p.view.Importers) || !slices.Equal(one.view.Partners, p.view.Partners) {
		return false
	}
	for _, i := range g.places {
		if plans[i].netted() && p.grossed() || plans[i].grossed() && p.netted() {
			return false
		}
	}
	return slices.ContainsFunc(g.inside, func(inside []trade.Set) bool { return slices.Equal(inside, p.view.Inside) }) || p.single() && len(g.inside) < mostVariants
}

// add adds a view. It says no where criteria have no bits left.
func (g *group) add(plans []*plan, i int) bool {
	var several indicator.Several
	for _, k := range append(slices.Clone(g.places), i) {
		for _, c := range plans[k].view.Criteria {
			if _, ok := several.Bit(c); !ok {
				return false
			}
		}
	}
	g.places = append(g.places, i)
	if inside := plans[i].view.Inside; !slices.ContainsFunc(g.inside, func(o []trade.Set) bool { return slices.Equal(o, inside) }) {
		g.inside = append(g.inside, inside)
	}
	return true
}

// joined sorts plans into those that are common and those by themselves, by their place.
func joined(plans []*plan, present trade.Set) (commons []*common, alone []int) {
	var groups []*group
	for i, p := range plans {
		k := slices.IndexFunc(groups, func(g *group) bool { return plans[g.places[0]].joins() && g.admits(p, plans) && g.add(plans, i) })
		if k < 0 {
			groups = append(groups, &group{places: []int{i}, inside: [][]trade.Set{p.view.Inside}})
		}
	}
	for _, g := range groups {
		if len(g.places) == 1 {
			alone = append(alone, g.places[0])
		} else {
			commons = append(commons, newCommon(plans, g, present))
		}
	}
	return commons, alone
}

// newCommon joins the plans of a group.
func newCommon(plans []*plan, g *group, present trade.Set) *common {
	one := plans[g.places[0]]
	c := &common{}
	view := &View{Year: one.view.Year, Partners: one.view.Partners, World: trade.Gross, Products: one.view.Products}
	c.layLines(view, one.view.Importers, g.inside)
	var need, world, onPairs sumSet
	for _, i := range g.places {
		p := plans[i]
		view.Tops, view.TopOnly = view.Tops || p.topExporter, view.TopOnly || p.tops
		if p.netted() {
			view.World = trade.Net
		}
		m := c.memberOf(p, i, g)
		if slices.Contains(m.ofPair, indicator.Exports) {
			c.exporting |= m.variant
		}
		for _, k := range p.view.Criteria {
			sums := k.SumsUnder(p.view.Unseen)
			if slices.Contains(sums, indicator.Exports) {
				c.exporting |= m.variant
			}
			if k.Level() == indicator.Pair {
				onPairs.add(sums)
			}
			if k.Level() == indicator.World && p.view.Unseen == 0 {
				world.add(sums)
			} else {
				need.add(sums)
			}
		}
		if need.add(m.ofPair); m.marks() {
			c.marked, c.markable = append(c.marked, m), c.markable|m.pairs
		} else {
			c.members = append(c.members, m)
		}
	}
	for s := range need {
		if sum := indicator.Sum(s); need[s] || world[s] {
			view.Sums = append(view.Sums, sum)
		}
		if sum := indicator.Sum(s); onPairs[s] && sum.Level() < indicator.Pair {
			c.onPairs = append(c.onPairs, sum)
		}
	}
	c.plan = newPlan(view, present, one.exact)
	if c.worldNeed = world; c.shared { // cells need not have what is judged of products
		need[indicator.Imports] = true
		c.need = need
	} else {
		c.ofImporters, c.ofProducts = c.ofImporters|c.ofProducts, 0
	}
	c.askProducts, c.askImporters, c.askPairs = c.several.Of(c.ofProducts), c.several.Of(c.ofImporters), c.several.Of(c.ofPairs)
	return c
}

// memberOf is a view with the bits of its criteria, which it may share with others.
func (c *common) memberOf(p *plan, place int, g *group) member {
	m := member{plan: p, view: place, variant: firstVariant << slices.IndexFunc(g.inside, func(o []trade.Set) bool { return slices.Equal(o, p.view.Inside) })}
	m.importers = m.variant
	for _, k := range p.view.Criteria {
		if p.view.Unseen != 0 {
			if k.Level() == indicator.Pair {
				m.pairing = append(m.pairing, k)
			} else {
				m.importing = append(m.importing, k)
			}
			continue
		}
		bit, _ := c.several.Bit(k)
		switch k.Level() {
		case indicator.World:
			c.ofProducts, m.importers = c.ofProducts|bit, m.importers|bit
		case indicator.Importer:
			c.ofImporters, m.importers = c.ofImporters|bit, m.importers|bit
		default:
			c.ofPairs, m.pairs = c.ofPairs|bit, m.pairs|bit
		}
	}
	if m.pairs |= m.importers; p.topOnly {
		m.pairs |= topBit
	}
	for s := range indicator.Sum(indicator.NumSums) {
		if s != indicator.Imports && p.view.Sums != nil && !slices.Contains(p.view.Sums, s) {
			continue
		}
		if m.ofPair = append(m.ofPair, s); s.Level() < indicator.Pair {
			m.ofImporter = append(m.ofImporter, s)
		}
	}
	return m
}

// layLines makes the lines of importers: those asked for, and where variants differ a line for each bloc that one is part of.
func (c *common) layLines(view *View, importers []trade.Set, variants [][]trade.Set) {
	insideOf := func(variant []trade.Set, i int) (inside trade.Set) {
		if i < len(variant) {
			inside = variant[i]
		}
		return inside
	}
	add := func(i int, inside trade.Set) {
		var bits uint64
		for k, v := range variants {
			if insideOf(v, i) == inside {
				bits |= firstVariant << k
			}
		}
		if bits != 0 {
			view.Importers, view.Inside = append(view.Importers, importers[i]), append(view.Inside, inside)
			c.asked, c.variant = append(c.asked, int32(i)), append(c.variant, bits)
		}
	}
	if len(variants) == 1 {
		for i := range importers {
			add(i, insideOf(variants[0], i))
		}
		return
	}
	for i := range importers { // in the order of a variant alone: economies, then members of a bloc
		add(i, trade.Set{})
	}
	for i := range importers {
		var blocs []trade.Set
		for _, v := range variants {
			if inside := insideOf(v, i); inside.Len() > 0 && !slices.Contains(blocs, inside) {
				blocs = append(blocs, inside)
				add(i, inside)
			}
		}
	}
}

// commonWorker computes one block of products after another for common views.
type commonWorker struct {
	*worker
	*common
	found      []found
	sold       []saleOf               // of blocs and their members, by importer cell
	led        []saleOf               // of economies, of the item at hand
	supplies   []supply               // of their importer cells, one after another
	row        []int32                // of a pair: its importer cell
	cellsFrom  []int                  // where the importer cells of each item begin, and where the last end
	pairsFrom  []int                  // likewise the pairs
	ofProduct  indicator.Words        // what products meet
	ofImporter indicator.Words        // importer cells
	ofPair     indicator.Words        // pairs
	exactly    [3]indicator.ExactSums // of products, importer cells and pairs
	shownTo    *member                // whose batch it is
	left       []int32                // rows that a view takes
	rows       []int32                // of these, pairs: their importer cells
	importing  []indicator.Verdict    // the same
	pairing    []indicator.Verdict    // of pairs
	keptCells  [][2]int32             // of the product at hand that a view needs
	kept       []bool                 // importers of these
	out        cells                  // of left
	views      [mostKnown]marksOf     // what was found of pairs that meet the same
}

// saleOf is what a supplier sells to the importer cell of a bloc or a member of one.
type saleOf struct {
	row      int32
	exporter uint16
	top      bool
	value    float64
}

func newCommonWorker(ctx context.Context, c *common) *commonWorker {
	w := &commonWorker{worker: newWorker(ctx, c.plan), common: c}
	w.exactly = [3]indicator.ExactSums{
		ExactSums(ctx, &w.sellers.Columns, c.exact, func(i int) (*Definition, error) {
			return Define(w.items[i].flows, trade.Set{}, trade.Set{}, trade.Set{}, trade.Gross), nil
		}),
		ExactSums(ctx, &w.cells.Columns, c.exact, func(i int) (*Definition, error) {
			return c.view.define(&w.items[w.cells.item[i]].flows, w.cells.importer, nil, i), nil
		}),
		ExactSums(ctx, &w.pairs.Columns, c.exact, func(i int) (*Definition, error) {
			row := w.row[i : i+1]
			return c.view.define(&w.items[w.cells.item[row[0]]].flows, []int32{w.cells.importer[row[0]]}, w.pairs.partner[i:i+1], 0), nil
		}),
	}
	w.batch.Exact = ExactSums(ctx, &w.batch.Columns, c.exact, func(i int) (*Definition, error) {
		return w.shownTo.plan.view.define(w.shown, w.batch.Importer, w.batch.Partner, i), nil
	})
	return w
}

// block computes some products of a year and shows each view its cells.
func (w *commonWorker) block(year *store.Year, products []int, visitors []Visitor) error {
	w.begin()
	w.found = slices.Grow(w.found[:0], len(products))[:len(products)]
	w.sellers.reset()
	for n, k := range products {
		w.take(year, k)
		it := &w.items[n]
		it.found = &w.found[n]
		it.found.find(it, w.worker.plan.exact)
		it.world = world{total: it.index.World}
		if w.worker.plan.exporters {
			it.world = w.gross(it)
		}
		w.sellers.addWorld(&w.worldNeed, &it.world)
		w.sellers.N++
	}
	w.cells.reset()
	w.sold, w.supplies, w.cellsFrom = w.sold[:0], w.supplies[:0], append(w.cellsFrom[:0], 0)
	for i := range w.items {
		w.tradeCells(int32(i))
		w.cellsFrom = append(w.cellsFrom, w.cells.N)
	}
	w.addSupply()
	if err := w.judgeImporters(); err != nil {
		return err
	}
	w.addPairs()
	if len(w.marked) > 0 {
		if err := w.mark(visitors[w.marked[0].view].(Marker).Marked()); err != nil {
			return err
		}
	}
	for i := range w.members {
		m := &w.members[i]
		if w.shownTo = m; m.plan.view.Unseen != 0 {
			if err := w.showDoubted(m, visitors[m.view]); err != nil {
				return err
			}
		} else if err := w.show(m, visitors[m.view]); err != nil {
			return err
		}
	}
	return nil
}

// tradeCells adds the importer cells of an item, as that of a worker does. Of blocs and members of one it finds the suppliers at once, and keeps
// who sells what their pairs are made of.
func (w *commonWorker) tradeCells(i int32) {
	it, p := &w.items[i], w.worker.plan
	w.economies(i, it, &w.cells)
	w.tabulate(it)
	for _, b := range p.importers.blocs {
		l := &p.importers.lines[b]
		if l.outside != nil && l.ofBloc == nil && p.exact {
			w.memberCell(i, it, l)
		} else if d := w.sidesOf(it, l); d.imports > 0 {
			w.tradeCell(i, b, -1, d)
			w.suppliersOf(it, l, d.imports)
		}
	}
	w.untabulate(it)
}

// memberCell adds the cell of an economy that is part of a bloc, in one pass over what it buys: sums of whole dollars are exact in any order.
func (w *commonWorker) memberCell(i int32, it *item, l *line) {
	from, to := it.span(l)
	if from == to {
		return
	}
	lo, hi := it.index.Run(from)
	r := w.merger.outside(it.flows.Exporter[lo:hi], it.flows.Value[lo:hi], l.outside)
	var d sides
	if d.imports = sum(r.value); d.imports == 0 {
		return
	}
	d.intra = it.index.Imports[from] - d.imports
	if d.sold = w.exports[l.codes[0]]; w.exporting&w.variant[l.index] != 0 {
		d.exports = d.sold - w.inner.of(it, l)[l.codes[0]]
	}
	w.tradeCell(i, l.index, -1, d)
	w.addSuppliers(&r, d.imports)
}

// suppliersOf finds the suppliers of the cell of a bloc that was added last.
func (w *commonWorker) suppliersOf(it *item, l *line, imports float64) {
	if l.ofBloc == nil {
		r := w.runOf(it, l, -1)
		w.addSuppliers(&r, imports)
		return
	}
	s := &w.blocOf(it, l).suppliers
	sums, row := s.sums, int32(w.cells.N-1)
	if w.worker.plan.onlySquares {
		sums.squares = s.squares
	}
	w.supplies = append(w.supplies, sums)
	for i := range s.n {
		w.sold = append(w.sold, saleOf{row, s.exporter[i], s.exporter[i] == s.sums.topSupplier, s.value[i]})
	}
	if s.n == 0 {
		w.sold = append(w.sold, saleOf{row, s.sums.topSupplier, true, s.sums.top[0]})
	}
}

// addSuppliers adds up a run for the cell that was added last: squares one after another, as supply does.
func (w *commonWorker) addSuppliers(r *run, imports float64) {
	var s supply
	squares, most, top := largest(r.value)
	if !w.worker.plan.onlySquares {
		squares = 0
		for _, v := range r.value {
			squares += v * v
		}
	}
	s.squares, s.top[0], s.topSupplier = squares, most, r.exporter[top]
	w.supplies = append(w.supplies, s)
	row, least := int32(w.cells.N-1), quarter*imports
	if rest := imports - most; rest < least*(1-1e-9) { // nobody else sells as much
		w.sold = append(w.sold, saleOf{row, s.topSupplier, true, most})
		return
	}
	for i, v := range r.value {
		if int32(i) == top || v > least {
			w.sold = append(w.sold, saleOf{row, r.exporter[i], int32(i) == top, v})
		}
	}
}

// addSupply completes the importer cells, column by column: what their suppliers sell, and the world of each.
func (w *commonWorker) addSupply() {
	c, p := &w.cells, w.worker.plan
	for _, s := range worldSums {
		c.Col[s] = c.Col[s][:0] // of the step before
	}
	supplies, needWorld := w.supplies, p.topExporter || p.need.any(worldSums...)
	c.products(func(i int32, lo, hi int) error {
		it := &w.items[i]
		row := lo
		for ; row < hi && c.place[row] >= 0; row++ {
			f, at := it.found, c.place[row]
			c.put(&p.need, indicator.ImportSquares, f.squares[at])
			c.put(&p.need, indicator.TopSupplierImports, f.most[at])
			if p.tops {
				c.topSupplier = append(c.topSupplier, it.flows.Exporter[f.top[at]])
			}
		}
		for ; row < hi; row++ {
			c.addSupply(&p.need, p.tops, &supplies[0])
			supplies = supplies[1:]
		}
		for row := lo; needWorld && row < hi; row++ {
			world := &it.world
			if l := &p.importers.lines[c.importer[row]]; l.bloc() && p.view.World == trade.Net {
				netted := w.net(it, l, nil)
				world = &netted
			}
			c.addWorld(&p.need, world)
			if p.topExporter {
				c.topExporter = append(c.topExporter, world.topExporter)
			}
		}
		return nil
	})
}

// judgeImporters finds which criteria products meet, and importer cells.
func (w *commonWorker) judgeImporters() error {
	of := &w.ofProduct
	of.Begin(len(w.items))
	w.askProducts.Judge(&w.sellers.Columns, &w.scratch, of)
	for i := range w.items {
		if err := w.several.Decide(w.ofProducts, &w.sellers.Columns, i, of, w.exactly[0]); err != nil {
			return err
		}
	}
	w.ofImporter.Begin(w.cells.N)
	for row, i := range w.cells.item {
		w.ofImporter.Met[row] = of.Met[i] | w.variant[w.cells.importer[row]]
	}
	w.askImporters.Judge(&w.cells.Columns, &w.scratch, &w.ofImporter)
	return nil
}

// addPairs adds the pairs of each importer cell with its suppliers that sell more than a quarter to it, or the largest.
func (w *commonWorker) addPairs() {
	c := &w.pairs
	c.reset()
	w.row, w.pairsFrom = w.row[:0], append(w.pairsFrom[:0], 0)
	w.ofPair.Begin(0)
	if len(w.worker.plan.view.Partners) == 0 {
		return
	}
	sold := w.sold
	for i := range w.items {
		it, from, to := &w.items[i], w.cellsFrom[i], w.cellsFrom[i+1]
		w.tabulate(it)
		w.addPairsOf(it, w.leadersOf(it, from, to))
		n := 0
		for n < len(sold) && int(sold[n].row) < to {
			n++
		}
		w.addPairsOf(it, sold[:n])
		sold = sold[n:]
		w.untabulate(it)
		w.pairsFrom = append(w.pairsFrom, len(w.row))
	}
	for _, s := range w.onPairs {
		c.Col[s] = gathered(c.Col[s][:0], w.cells.Col[s], w.row)
	}
	c.N = len(w.row)
	w.ofPair.Open, w.ofPair.Any = gathered(w.ofPair.Open[:0], w.ofImporter.Open, w.row), w.ofImporter.Any
	w.askPairs.Judge(&c.Columns, &w.scratch, &w.ofPair)
}

// leadersOf lists what the leading suppliers of the economies among the importer cells of an item sell. Several cells may be of one economy.
func (w *commonWorker) leadersOf(it *item, from, to int) []saleOf {
	leaders, list := it.found.leaders, w.led[:0]
	for row := from; row < to && w.cells.place[row] >= 0; row++ {
		at := w.cells.place[row]
		for leaders[0].at < at {
			leaders = leaders[1:]
		}
		for k := 0; k < len(leaders) && leaders[k].at == at; k++ {
			l := &leaders[k]
			list = append(list, saleOf{int32(row), l.exporter, l.top, l.value})
		}
	}
	w.led = list
	return list
}

// addPairsOf adds the cells of partners that are an exporter, without what they have from their importer.
func (w *commonWorker) addPairsOf(it *item, sales []saleOf) {
	c, p := &w.pairs, w.worker.plan
	rows, met, partners, value := w.row, w.ofPair.Met, c.partner, c.Col[indicator.ImportsFromPartner]
	from := len(rows)
	for i := range sales {
		s := &sales[i]
		bits := w.ofImporter.Met[s.row]
		if s.top {
			bits |= topBit
		}
		for k := p.partners.first[s.exporter&(trade.MaxCode-1)]; k >= 0; k = p.partners.next[k] {
			rows, met, partners, value = append(rows, s.row), append(met, bits), append(partners, k), append(value, s.value)
		}
	}
	w.row, w.ofPair.Met, c.partner, c.Col[indicator.ImportsFromPartner] = rows, met, partners, value
	needExports, needOthers := p.need[indicator.PartnerExports], p.need[indicator.OthersExports]
	for i := from; i < len(rows) && (needExports || needOthers); i++ {
		exporter := uint16(p.partners.lines[partners[i]].codes[0])
		c.put(&p.need, indicator.PartnerExports, w.exports[exporter])
		if needOthers {
			l := &p.importers.lines[w.cells.importer[rows[i]]]
			c.Col[indicator.OthersExports] = append(c.Col[indicator.OthersExports], w.othersThan(it, l, exporter))
		}
	}
}

// show hands a view the cells that meet its criteria, and of products that are left whole those that it needs.
func (w *commonWorker) show(m *member, v Visitor) error {
	if view := m.plan.view; !view.OnlyPairs {
		if err := w.choose(m, m.importers, &w.ofImporter, w.cellsFrom, w.settleImporter, func(i int) (int32, int32) { return int32(i), -1 }); err != nil {
			return err
		}
		if err := w.handLeft(m, false, v.Importers); err != nil {
			return err
		}
	}
	if len(m.plan.view.Partners) == 0 {
		return nil
	}
	if err := w.choose(m, m.pairs, &w.ofPair, w.pairsFrom, w.settlePair, func(i int) (int32, int32) { return w.row[i], w.pairs.partner[i] }); err != nil {
		return err
	}
	return w.handLeft(m, true, v.Pairs)
}

// choose lists the cells that a view takes, product by product: from[i] is where those of item i begin. need is the bits that they must have;
// cell gives the importer cell and the partner of one.
func (w *commonWorker) choose(m *member, need uint64, of *indicator.Words, from []int, settle func(bits uint64, i int) error, cell func(i int) (row, partner int32)) error {
	w.left, w.out.verdicts = slices.Grow(w.left[:0], len(of.Met)), w.out.verdicts[:0]
	ofProduct := need & w.ofProducts
	for item := range w.items {
		whole := m.plan.view.Whole != nil && w.whole(m, item)
		if !whole && w.ofProduct.Met[item]&ofProduct != ofProduct {
			continue
		}
		lo, hi := from[item], from[item+1]
		if of.Any&need == 0 && m.plan.view.Whole == nil {
			w.chooseMet(need, of, lo, hi)
			continue
		}
		for i := lo; i < hi; i++ {
			if open := of.Open[i] & need; open != 0 && (of.Met[i]|open)&need == need {
				if err := settle(open, i); err != nil {
					return err
				}
			}
			met := of.Met[i]&need == need
			if !met && whole {
				who := need & (topBit | m.variant)
				row, partner := cell(i)
				if of.Met[i]&who != who || !w.needs(m, w.asked[w.cells.importer[row]], partner) {
					continue
				}
			}
			if met || whole {
				w.left, w.out.verdicts = append(w.left, int32(i)), append(w.out.verdicts, indicator.VerdictOf(met))
			}
		}
	}
	if m.plan.view.Whole == nil {
		w.out.verdicts = w.out.verdicts[:0]
	}
	return nil
}

// chooseMet lists cells of which nothing is open, without a branch, which would be guessed wrong as often as not.
func (w *commonWorker) chooseMet(need uint64, of *indicator.Words, lo, hi int) {
	n := len(w.left)
	left := w.left[:n+hi-lo]
	for i, met := range of.Met[lo:hi] {
		left[n] = int32(lo + i)
		taken := 0
		if met&need == need {
			taken = 1
		}
		n += taken
	}
	w.left = left[:n]
}

// whole says whether a view needs cells of a product that miss a criterion, and notes which.
func (w *commonWorker) whole(m *member, item int) bool {
	view, product := m.plan.view, w.items[item].flows.Product
	if view.Kept == nil {
		return view.Whole(product)
	}
	for _, cell := range w.keptCells {
		w.kept[cell[0]] = false
	}
	w.kept = slices.Grow(w.kept[:0], len(view.Importers))[:len(view.Importers)]
	w.keptCells = view.Kept(product)
	for _, cell := range w.keptCells {
		w.kept[cell[0]] = true
	}
	return len(w.keptCells) > 0
}

// needs says that a view needs a cell of a whole product.
func (w *commonWorker) needs(m *member, importer, partner int32) bool {
	if m.plan.view.Kept == nil {
		return true
	}
	return w.kept[importer] && slices.ContainsFunc(w.keptCells, func(c [2]int32) bool { return c[0] == importer && (c[1] < 0 || c[1] == partner) })
}

// settleImporter decides criteria that are open of an importer cell.
func (w *commonWorker) settleImporter(bits uint64, row int) error {
	return w.several.Decide(bits, &w.cells.Columns, row, &w.ofImporter, w.exactly[1])
}

// settlePair decides criteria that are open of a pair; those on its importer are decided once for all its pairs.
func (w *commonWorker) settlePair(bits uint64, i int) error {
	if own := bits & w.ofImporters; own != 0 {
		row := w.row[i]
		if err := w.settleImporter(own, int(row)); err != nil {
			return err
		}
		w.ofPair.Met[i] |= w.ofImporter.Met[row] & own
		w.ofPair.Open[i] &^= own
	}
	return w.several.Decide(bits, &w.pairs.Columns, i, &w.ofPair, w.exactly[2])
}

// showDoubted is show for a view that judges under doubt: importers are missing.
func (w *commonWorker) showDoubted(m *member, v Visitor) error {
	w.importing = slices.Grow(w.importing[:0], w.cells.N)[:w.cells.N]
	for row := range w.importing {
		w.importing[row] = 0
		if w.variant[w.cells.importer[row]]&m.variant != 0 {
			w.importing[row] = indicator.Certain
		}
	}
	if err := w.judgeDoubted(m, &w.cells, m.importing, w.importing, w.exactly[1]); err != nil {
		return err
	}
	if !m.plan.view.OnlyPairs {
		w.chooseDoubted(m, w.importing, func(i int) (int32, bool) { return int32(i), true })
		if err := w.handLeft(m, false, v.Importers); err != nil {
			return err
		}
	}
	if len(m.plan.view.Partners) == 0 {
		return nil
	}
	w.pairing = gathered(w.pairing[:0], w.importing, w.row)
	if err := w.judgeDoubted(m, &w.pairs, m.pairing, w.pairing, w.exactly[2]); err != nil {
		return err
	}
	w.chooseDoubted(m, w.pairing, func(i int) (int32, bool) { return w.row[i], !m.plan.topOnly || w.ofPair.Met[i]&topBit != 0 })
	return w.handLeft(m, true, v.Pairs)
}

func (w *commonWorker) judgeDoubted(m *member, c *cells, criteria []*indicator.Criterion, verdicts []indicator.Verdict, exact indicator.ExactSums) error {
	w.scratch.Reset()
	for _, k := range criteria {
		if err := k.Judge(&c.Columns, m.plan.view.Unseen, &w.scratch, verdicts, exact); err != nil {
			return err
		}
	}
	return nil
}

// chooseDoubted lists the cells that may meet the criteria, and those of products that are left whole. cell gives the importer cell of one, and
// whether the view asks about it.
func (w *commonWorker) chooseDoubted(m *member, verdicts []indicator.Verdict, cell func(i int) (row int32, asked bool)) {
	w.left, w.out.verdicts = w.left[:0], w.out.verdicts[:0]
	last, whole := int32(-1), false
	for i, v := range verdicts {
		row, asked := cell(i)
		if item := w.cells.item[row]; item != last {
			last, whole = item, m.plan.view.Whole != nil && m.plan.view.Whole(w.items[item].flows.Product)
		}
		if asked && w.variant[w.cells.importer[row]]&m.variant != 0 && (v.May() || whole) {
			w.left, w.out.verdicts = append(w.left, int32(i)), append(w.out.verdicts, v)
		}
	}
}

// handLeft hands over the cells that a view takes, importer cells or pairs.
func (w *commonWorker) handLeft(m *member, pairs bool, visit func(*Batch) error) error {
	out, verdicts := &w.out, w.out.verdicts
	out.verdicts = nil
	out.reset()
	out.verdicts = verdicts
	rows, sums := w.left, m.ofImporter
	if pairs {
		w.rows = gathered(w.rows[:0], w.row, w.left)
		rows, sums = w.rows, m.ofPair
		out.partner = gathered(out.partner, w.pairs.partner, w.left)
	}
	for _, s := range sums {
		if s.Level() == indicator.Pair {
			out.Col[s] = gathered(out.Col[s], w.pairs.Col[s], w.left)
		} else {
			out.Col[s] = gathered(out.Col[s], w.cells.Col[s], rows)
		}
	}
	out.N = len(rows)
	out.item, out.importer = gathered(out.item, w.cells.item, rows), gathered(out.importer, w.cells.importer, rows)
	for i, l := range out.importer {
		out.importer[i] = w.asked[l]
	}
	if m.plan.tops {
		out.topSupplier = gathered(out.topSupplier, w.cells.topSupplier, rows)
	}
	if m.plan.topExporter {
		out.topExporter = gathered(out.topExporter, w.cells.topExporter, rows)
	}
	return w.handOver(out, visit)
}

// gathered appends the entries of a column at some rows, if it has any.
func gathered[T any](to, from []T, rows []int32) []T {
	if len(from) == 0 {
		return to
	}
	n := len(to)
	to = slices.Grow(to, len(rows))[:n+len(rows)]
	for i, row := range rows {
		to[n+i] = from[row]
	}
	return to
}
