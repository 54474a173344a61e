package kernel

import (
	"math"
	"slices"

	"chokepoint/indicator"
	"chokepoint/store"
	"chokepoint/trade"
)

// line is one entry of View.Importers or View.Partners.
type line struct {
	index  int32
	set    trade.Set
	codes  []trade.Code // those that trade in the year
	low    uint16       // lowest member code, for ties
	merged bool         // it has several economies, however many of them trade
}

func (l *line) bloc() bool { return l != nil && l.merged }

// plan is a View made ready for one year.
type plan struct {
	view                    *View
	importers               []line
	blocs                   []line                 // partners of several economies
	partnerOf               [trade.MaxCode][]int32 // partners that are this one economy
	need                    [indicator.NumSums]bool
	quantities              bool            // some sum of tonnes is needed; most questions pass them by
	importerSums, worldSums []indicator.Sum // of those needed
}

func newPlan(view *View, present trade.Set) *plan {
	p := &plan{view: view}
	for s := range p.need {
		p.need[s] = view.Sums == nil || slices.Contains(view.Sums, indicator.Sum(s))
	}
	for tonnes, value := range quantityOf {
		p.quantities = p.quantities || p.need[tonnes] || p.need[value]
	}
	unneeded := func(s indicator.Sum) bool { return !p.need[s] }
	p.importerSums = slices.DeleteFunc(slices.Clone(importerSums), unneeded)
	p.worldSums = slices.DeleteFunc(slices.Clone(worldSumList), unneeded)
	for i, set := range view.Importers {
		if l := newLine(i, set, present); len(l.codes) > 0 {
			p.importers = append(p.importers, l)
		}
	}
	for i, set := range view.Partners {
		switch l := newLine(i, set, present); {
		case len(l.codes) == 0:
		case l.merged:
			p.blocs = append(p.blocs, l)
		default:
			p.partnerOf[l.codes[0]] = append(p.partnerOf[l.codes[0]], l.index)
		}
	}
	return p
}

func newLine(i int, set, present trade.Set) line {
	l := line{index: int32(i), set: set.Intersect(present)}
	l.codes = l.set.Codes()
	if all := set.Codes(); len(all) > 0 {
		l.low, l.merged = uint16(all[0]), len(all) > 1
	}
	return l
}

// worker sums one product after another. Its arrays by economy are reused; only what a product touched is cleared.
type worker struct {
	*plan
	flows          store.Flows
	lo, hi         [trade.MaxCode]int32   // the flows of each importer
	exports        [trade.MaxCode]float64 // of each exporter
	exporters      []uint16               // those with exports, ascending
	world          worldSums              // gross
	bought         [trade.MaxCode]float64 // scratch: by supplier
	tonnes, priced [trade.MaxCode]float64 // scratch: quantity and the value that has one, by supplier
	cells, pairs   Batch
	runs           []run // of each cell
	partnerWorld   map[int32]worldSums
}

// run is what one importer bought, by exporter in ascending code order. priced and tonnes are nil where the year has no
// quantities.
type run struct {
	exporter       []uint16
	value          []float64
	priced, tonnes []float64
	of             *line
	sold, intra    float64
	world          float64 // exports, net of inner trade where the view says so
}

// supply holds the sums over the suppliers of a run.
type supply struct {
	imports, squares float64
	suppliers        int
	top              [3]float64
	topSupplier      uint16 // or a mark
	topRank          uint16
	priced, tonnes   float64
}

// worldSums holds the sums over exporters.
type worldSums struct {
	total, squares, top float64
	exporters           int
	topExporter         uint16 // or a mark
	topRank             uint16 // its code, of a bloc the lowest member's: decides ties
	priced, tonnes      float64
	partner             float64 // exports of the partner bloc for which it was computed
	importer            float64 // exports of the importer bloc, likewise
}

// product computes the cells of one product and hands them to v.
func (w *worker) product(flows store.Flows, v Visitor) error {
	w.index(flows)
	w.world = w.gross()
	w.runs = w.runs[:0]
	clear(w.partnerWorld)
	w.cells.reset(flows, w.plan)
	for i := range w.importers {
		w.importerCell(&w.importers[i])
	}
	if w.cells.N == 0 {
		return nil
	}
	keep, err := v.Importers(&w.cells)
	if err != nil || len(w.view.Partners) == 0 {
		return err
	}
	w.pairs.reset(flows, w.plan)
	for row := range w.runs {
		if keep == nil || keep[row] {
			w.partnerCells(row)
		}
		for i := range w.blocs {
			w.partnerBlocCell(row, &w.blocs[i])
		}
	}
	if w.pairs.N == 0 {
		return nil
	}
	return v.Pairs(&w.pairs)
}

// index finds the run of each importer and the exports of each exporter.
func (w *worker) index(flows store.Flows) {
	for _, imp := range w.flows.Importer {
		w.lo[imp], w.hi[imp] = 0, 0
	}
	for _, exp := range w.exporters {
		w.exports[exp] = 0
	}
	w.flows, w.exporters = flows, w.exporters[:0]
	if !w.quantities {
		w.flows.Quantity = nil
	}
	for i, imp := range flows.Importer {
		if w.hi[imp] == 0 {
			w.lo[imp] = int32(i)
		}
		w.hi[imp] = int32(i + 1)
		exp := flows.Exporter[i]
		if w.exports[exp] == 0 {
			w.exporters = append(w.exporters, exp)
		}
		w.exports[exp] += flows.Value[i]
	}
	slices.Sort(w.exporters)
}

func (w *worker) gross() worldSums {
	var s worldSums
	for _, exp := range w.exporters {
		s.add(exp, exp, w.exports[exp])
	}
	for i, q := range w.flows.Quantity {
		if !math.IsNaN(q) {
			s.priced += w.flows.Value[i]
			s.tonnes += q
		}
	}
	return s
}

func (s *worldSums) add(exporter, rank uint16, value float64) {
	if value == 0 {
		return
	}
	s.total += value
	s.squares += value * value
	s.exporters++
	if value > s.top || value == s.top && rank < s.topRank {
		s.top, s.topExporter, s.topRank = value, exporter, rank
	}
}

// net takes the importer bloc c and the partner bloc p (each may be nil) as one exporter and leaves out flows inside
// either. An economy in both counts with the partner.
func (w *worker) net(c, p *line) worldSums {
	in := func(l *line, code uint16) bool { return l != nil && l.set.Has(trade.Code(code)) }
	var s worldSums
	sold := &w.bought
	for i, v := range w.flows.Value {
		imp, exp := w.flows.Importer[i], w.flows.Exporter[i]
		expC, expP := in(c, exp), in(p, exp)
		if expC && in(c, imp) || expP && in(p, imp) {
			continue
		}
		switch {
		case expP:
			s.partner += v
		case expC:
			s.importer += v
		default:
			sold[exp] += v
		}
		if w.flows.Quantity != nil && !math.IsNaN(w.flows.Quantity[i]) {
			s.priced += v
			s.tonnes += w.flows.Quantity[i]
		}
	}
	for _, exp := range w.exporters {
		s.add(exp, exp, sold[exp])
		sold[exp] = 0
	}
	if p != nil {
		s.add(MergedPartner, p.low, s.partner)
	}
	if c != nil {
		s.add(MergedImporter, c.low, s.importer)
	}
	return s
}

func (w *worker) importerCell(l *line) {
	r := w.run(l)
	if len(r.value) == 0 {
		return
	}
	s := r.supply(nil)
	world := w.world
	if l.bloc() && w.view.World == trade.Net {
		world = w.net(l, nil)
	}
	b := &w.cells
	b.Importer = append(b.Importer, l.index)
	b.addSupply(&s, &r)
	b.addWorld(&world, w.view.World)
	b.N++
	r.world = world.total
	w.runs = append(w.runs, r)
}

// run returns what the economies of l bought from others. For a single economy that is a stretch of the flows.
func (w *worker) run(l *line) run {
	if !l.bloc() {
		code := l.codes[0]
		lo, hi := w.lo[code], w.hi[code]
		r := run{exporter: w.flows.Exporter[lo:hi], value: w.flows.Value[lo:hi], of: l, sold: w.exports[code]}
		if w.flows.Quantity != nil {
			r.tonnes, r.priced = pricedTonnes(w.flows.Quantity[lo:hi], r.value)
		}
		return r
	}
	r := run{of: l}
	hasQuantity := w.flows.Quantity != nil
	for _, code := range l.codes {
		for i := w.lo[code]; i < w.hi[code]; i++ {
			exp, v := w.flows.Exporter[i], w.flows.Value[i]
			if l.set.Has(trade.Code(exp)) {
				r.intra += v
				continue
			}
			if w.bought[exp] == 0 {
				r.exporter = append(r.exporter, exp)
			}
			w.bought[exp] += v
			if hasQuantity && !math.IsNaN(w.flows.Quantity[i]) {
				w.tonnes[exp] += w.flows.Quantity[i]
				w.priced[exp] += v
			}
		}
	}
	slices.Sort(r.exporter)
	for _, exp := range r.exporter {
		r.value = append(r.value, w.bought[exp])
		if hasQuantity {
			r.tonnes, r.priced = append(r.tonnes, w.tonnes[exp]), append(r.priced, w.priced[exp])
		}
		w.bought[exp], w.tonnes[exp], w.priced[exp] = 0, 0, 0
	}
	// Added up directly: as a difference of totals it would leave a residue where values are not whole dollars.
	for i, exp := range w.flows.Exporter {
		if l.set.Has(trade.Code(exp)) && !l.set.Has(trade.Code(w.flows.Importer[i])) {
			r.sold += w.flows.Value[i]
		}
	}
	return r
}

// pricedTonnes replaces missing quantities by 0 and gives the value of the flows that have one.
func pricedTonnes(quantity, value []float64) (tonnes, priced []float64) {
	tonnes, priced = make([]float64, len(quantity)), make([]float64, len(quantity))
	for i, q := range quantity {
		if !math.IsNaN(q) {
			tonnes[i], priced[i] = q, value[i]
		}
	}
	return tonnes, priced
}

// supply sums over the suppliers of r; those in merge, if any, count as one.
func (r *run) supply(merge *line) supply {
	var s supply
	var bloc float64
	for i, v := range r.value {
		if merge != nil && merge.set.Has(trade.Code(r.exporter[i])) {
			bloc += v
			continue
		}
		s.add(r.exporter[i], r.exporter[i], v)
	}
	if bloc > 0 {
		s.add(MergedPartner, merge.low, bloc)
	}
	for i := range r.tonnes {
		s.tonnes += r.tonnes[i]
		s.priced += r.priced[i]
	}
	return s
}

func (s *supply) add(exporter, rank uint16, v float64) {
	s.imports += v
	s.squares += v * v
	s.suppliers++
	switch {
	case v > s.top[0] || v == s.top[0] && rank < s.topRank:
		s.top[0], s.top[1], s.top[2] = v, s.top[0], s.top[1]
		s.topSupplier, s.topRank = exporter, rank
	case v > s.top[1]:
		s.top[1], s.top[2] = v, s.top[1]
	case v > s.top[2]:
		s.top[2] = v
	}
}

// partnerCells adds a cell for each supplier that is a partner of its own.
func (w *worker) partnerCells(row int) {
	r := &w.runs[row]
	for i, exp := range r.exporter {
		for _, partner := range w.partnerOf[exp] {
			b := &w.pairs
			b.Partner = append(b.Partner, partner)
			b.copyCell(&w.cells, row, w.plan)
			total := w.runs[row].world
			b.addPartner(r.value[i], w.exports[exp], w.others(r, total, exp), r.at(r.priced, i), r.at(r.tonnes, i))
			b.N++
		}
	}
}

func (r *run) at(col []float64, i int) float64 {
	if col == nil {
		return 0
	}
	return col[i]
}

// others returns what all but one exporter sell. Where nearly nothing is left the difference of two rounded sums
// would be noise, so it is added up again.
func (w *worker) others(r *run, total float64, exporter uint16) float64 {
	others := total - w.exports[exporter]
	if others > 1e-6*total {
		return others
	}
	others = 0
	netted := w.view.World == trade.Net && r.of.bloc()
	for _, e := range w.exporters {
		if e != exporter && !(netted && r.of.set.Has(trade.Code(e))) {
			others += w.exports[e]
		}
	}
	if netted {
		others += r.sold
	}
	return others
}

// partnerBlocCell adds the cell of a partner bloc: its members are one supplier.
func (w *worker) partnerBlocCell(row int, p *line) {
	r := &w.runs[row]
	var bought, priced, tonnes float64
	for i, exp := range r.exporter {
		if p.set.Has(trade.Code(exp)) {
			bought += r.value[i]
			priced += r.at(r.priced, i)
			tonnes += r.at(r.tonnes, i)
		}
	}
	if bought == 0 && !w.view.Idle {
		return
	}
	s := r.supply(p)
	world := w.blocWorld(r.of, p)
	var others float64
	if w.view.World == trade.Net {
		others = world.total - world.partner
		if others <= 1e-6*world.total {
			others = w.othersNet(r.of, p)
		}
	} else {
		for _, e := range w.exporters {
			if !p.set.Has(trade.Code(e)) {
				others += w.exports[e]
			}
		}
	}
	b := &w.pairs
	b.Importer = append(b.Importer, r.of.index)
	b.Partner = append(b.Partner, p.index)
	b.addSupply(&s, r)
	b.addWorld(&world, w.view.World)
	b.addPartner(bought, world.partner, others, priced, tonnes)
	b.N++
}

// blocWorld returns the world sums of a cell whose partner is a bloc.
func (w *worker) blocWorld(c, p *line) worldSums {
	if w.view.World == trade.Gross {
		world := w.world
		for _, e := range w.exporters {
			if p.set.Has(trade.Code(e)) {
				world.partner += w.exports[e]
			}
		}
		return world
	}
	if c.bloc() {
		return w.net(c, p)
	}
	world, ok := w.partnerWorld[p.index]
	if !ok {
		world = w.net(nil, p)
		w.partnerWorld[p.index] = world
	}
	return world
}

// othersNet adds up the exports of all but the partner bloc, flows inside either bloc left out.
func (w *worker) othersNet(c, p *line) float64 {
	var others float64
	for i, exp := range w.flows.Exporter {
		inside := c.bloc() && c.set.Has(trade.Code(exp)) && c.set.Has(trade.Code(w.flows.Importer[i]))
		if !p.set.Has(trade.Code(exp)) && !inside {
			others += w.flows.Value[i]
		}
	}
	return others
}

func (b *Batch) put(s indicator.Sum, v float64) {
	if b.need[s] {
		b.Col[s] = append(b.Col[s], v)
	}
}

func (b *Batch) addSupply(s *supply, r *run) {
	b.put(indicator.Imports, s.imports)
	b.put(indicator.Exports, r.sold)
	b.put(indicator.IntraTrade, r.intra)
	b.put(indicator.Suppliers, float64(s.suppliers))
	b.put(indicator.ImportSquares, s.squares)
	b.put(indicator.TopSupplierImports, s.top[0])
	b.put(indicator.Top3Imports, s.top[0]+s.top[1]+s.top[2])
	b.put(indicator.ImportsWithQuantity, s.priced)
	b.put(indicator.ImportQuantity, known(s.tonnes, s.priced))
	b.TopSupplier = append(b.TopSupplier, s.topSupplier)
}

// addWorld stores the world's sums: once a batch where all cells share them, otherwise for each cell.
func (b *Batch) addWorld(s *worldSums, world trade.World) {
	if world == trade.Gross && b.N > 0 {
		return
	}
	b.put(indicator.WorldExports, s.total)
	b.put(indicator.Exporters, float64(s.exporters))
	b.put(indicator.WorldSquares, s.squares)
	b.put(indicator.TopExporterExports, s.top)
	b.put(indicator.WorldWithQuantity, s.priced)
	b.put(indicator.WorldQuantity, known(s.tonnes, s.priced))
	b.TopExporter = append(b.TopExporter, s.topExporter)
}

func (b *Batch) addPartner(bought, sold, others, priced, tonnes float64) {
	b.put(indicator.ImportsFromPartner, bought)
	b.put(indicator.PartnerExports, sold)
	b.put(indicator.OthersExports, others)
	b.put(indicator.PartnerWithQuantity, priced)
	b.put(indicator.PartnerQuantity, known(tonnes, priced))
}

// known is the quantity of flows worth priced, missing where there are none.
func known(tonnes, priced float64) float64 {
	if priced == 0 {
		return math.NaN()
	}
	return tonnes
}

var (
	importerSums = []indicator.Sum{indicator.Imports, indicator.Exports, indicator.IntraTrade, indicator.Suppliers,
		indicator.ImportSquares, indicator.TopSupplierImports, indicator.Top3Imports,
		indicator.ImportsWithQuantity, indicator.ImportQuantity}
	worldSumList = []indicator.Sum{indicator.WorldExports, indicator.Exporters, indicator.WorldSquares,
		indicator.TopExporterExports, indicator.WorldWithQuantity, indicator.WorldQuantity}
)

// copyCell repeats the importer's cell for one of its partners.
func (b *Batch) copyCell(from *Batch, row int, p *plan) {
	b.Importer = append(b.Importer, from.Importer[row])
	b.TopSupplier = append(b.TopSupplier, from.TopSupplier[row])
	for _, s := range p.importerSums {
		b.Col[s] = append(b.Col[s], from.Col[s][row])
	}
	if p.view.World == trade.Gross && b.N > 0 {
		return
	}
	for _, s := range p.worldSums {
		b.Col[s] = append(b.Col[s], from.At(s, row))
	}
	b.TopExporter = append(b.TopExporter, from.TopExporter[min(row, len(from.TopExporter)-1)])
}
