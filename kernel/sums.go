package kernel

import (
	"math"
	"slices"

	"chokepoint/indicator"
	"chokepoint/trade"
)

// world holds the sums over exporters.
type world struct {
	total, squares, top float64
	exporters           int
	ranked              bool       // top3 is needed too
	top3                [3]float64 // the largest exports, in descending order
	topExporter         uint16     // or a mark
	topRank             uint16     // its code, of a bloc the lowest member's: decides ties
	priced, tonnes      float64
	partner             float64 // exports of the partner bloc for which it was computed
	importer            float64 // exports of the importer bloc, likewise
}

func (s *world) add(exporter, rank uint16, value float64) {
	if value == 0 {
		return
	}
	s.total += value
	s.squares += value * value
	s.exporters++
	if value > s.top || value == s.top && rank < s.topRank {
		s.top, s.topExporter, s.topRank = value, exporter, rank
	}
	if s.ranked {
		s.rank(value)
	}
}

// rank puts the exports of one more exporter among the three largest.
func (s *world) rank(value float64) {
	switch t := &s.top3; {
	case value > t[0]:
		t[0], t[1], t[2] = value, t[0], t[1]
	case value > t[1]:
		t[1], t[2] = value, t[1]
	case value > t[2]:
		t[2] = value
	}
}

// gross takes every economy as an exporter and counts every flow.
func (w *worker) gross(it *item) world {
	if !w.topExporters { // most questions ask for no more
		return world{total: it.index.World, squares: squares(it.index.Exports), exporters: len(it.index.Exports)}
	}
	s := world{ranked: w.topThree}
	for k, exp := range it.index.Exporter {
		s.add(exp, exp, it.index.Exports[k])
	}
	for i, q := range it.flows.Quantity {
		if !math.IsNaN(q) {
			s.priced += it.flows.Value[i]
			s.tonnes += q
		}
	}
	return s
}

// net takes the importer bloc c and the partner bloc p (each may be nil) as one exporter and leaves out flows inside
// either. An economy in both counts with the partner.
func (w *worker) net(it *item, c, p *line) world {
	if w.exact && it.flows.Quantity == nil && c.netKnown() && p.netKnown() && !(c != nil && p != nil && c.inside.Intersect(p.inside).Len() > 0) {
		return w.netOfIndex(it, c, p)
	}
	it.flows.Verify()
	in := func(l *line, code uint16) bool { return l != nil && l.inside.Has(trade.Code(code)) }
	s := world{ranked: w.topThree}
	sold := &w.bought
	for i, v := range it.flows.Value {
		imp, exp := it.flows.Importer[i], it.flows.Exporter[i]
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
		if it.flows.Quantity != nil && !math.IsNaN(it.flows.Quantity[i]) {
			s.priced += v
			s.tonnes += it.flows.Quantity[i]
		}
	}
	for _, exp := range it.index.Exporter {
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

// netKnown says that what a bloc sells to others is remembered, or follows from the index, or that there is no bloc.
func (l *line) netKnown() bool {
	return l == nil || l.innerOf != nil || l.ofBloc != nil && l.inside == l.set
}

// netOfIndex is net where what the blocs, which share no economy, sell to others is known: what anybody else exports is in the index.
// Sums of whole dollars are exact, so that they are the same either way.
func (w *worker) netOfIndex(it *item, c, p *line) world {
	s := world{ranked: w.topThree}
	for k, exp := range it.index.Exporter {
		if c != nil && c.in[exp&(trade.MaxCode-1)] > 0 || p != nil && p.in[exp&(trade.MaxCode-1)] > 0 {
			continue
		}
		s.add(exp, exp, it.index.Exports[k])
	}
	if p != nil {
		s.partner = w.sidesOf(it, p).exports
		s.add(MergedPartner, p.low, s.partner)
	}
	if c != nil {
		s.importer = w.sidesOf(it, c).exports
		s.add(MergedImporter, c.low, s.importer)
	}
	return s
}

// others is what all but the economies of a line export, added up: as a difference of nearly equal sums it would be noise.
func (it *item) others(l *line) (others float64) {
	for k, exp := range it.index.Exporter {
		if !l.set.Has(trade.Code(exp)) {
			others += it.index.Exports[k]
		}
	}
	return others
}

// inner is what economies sell inside a bloc of a product. Members that are asked about one by one share it.
type inner struct {
	item   *item
	inside trade.Set
	sold   [trade.MaxCode]float64 // by exporter
}

// of finds it, unless it was found last.
func (n *inner) of(it *item, l *line) *[trade.MaxCode]float64 {
	if n.item == it && n.inside == l.inside {
		return &n.sold
	}
	n.item, n.inside = it, l.inside
	clear(n.sold[:])
	for at, code := range it.index.Importer {
		if l.within[code&(trade.MaxCode-1)] == 0 {
			continue
		}
		lo, hi := it.index.Run(at)
		value := it.flows.Value[lo:hi]
		for i, exp := range it.flows.Exporter[lo:hi] {
			n.sold[exp&(trade.MaxCode-1)] += value[i]
		}
	}
	return &n.sold
}

// forget makes of find it anew: the memory of the item is used for another product.
func (n *inner) forget() { n.item = nil }

// blocTrade is what the members of a bloc buy from and sell to others, what they buy inside it, and what they sell in all. Of a bloc that
// is part of another, inside is in that other; n finds what is sold there.
func (it *item) blocTrade(l *line, exact bool, n *inner) (t sides) {
	if l.innerOf != nil {
		return it.indexTrade(l)
	}
	t.imports, t.intra = it.bought(l, exact)
	if exact && l.inside == l.set { // what members buy inside is what they sell there
		t.sold = it.soldBy(l)
		t.exports = t.sold - t.intra
		return t
	}
	if t.imports == 0 { // the bloc has no cell
		return t
	}
	if exact {
		t.sold = it.soldBy(l)
		t.exports = t.sold
		inside := n.of(it, l)
		for _, code := range l.codes {
			t.exports -= inside[code]
		}
		return t
	}
	it.flows.Verify()
	inside := 0.0
	for i, exp := range it.flows.Exporter {
		if l.in[exp] == 0 {
			continue
		}
		if l.within[it.flows.Importer[i]] > 0 {
			inside += it.flows.Value[i]
		} else {
			t.exports += it.flows.Value[i]
		}
	}
	t.sold = t.exports + inside
	return t
}

// indexTrade is blocTrade where inner trade is known: the rest is in the index, and sums of whole dollars are exact.
func (it *item) indexTrade(l *line) (t sides) {
	t.intra = l.innerOf(it.product)
	for i, code := range it.index.Importer {
		t.imports += it.index.Imports[i] * l.in[code&(trade.MaxCode-1)]
	}
	for i, code := range it.index.Exporter {
		t.sold += it.index.Exports[i] * l.in[code&(trade.MaxCode-1)]
	}
	t.imports -= t.intra
	t.exports = t.sold - t.intra
	return t
}

// bought is what the members of a bloc buy from others, and inside it.
func (it *item) bought(l *line, exact bool) (imports, intra float64) {
	from, to := it.span(l)
	for at := from; at < to; at++ {
		if l.in[it.index.Importer[at]] == 0 {
			continue
		}
		lo, hi := it.index.Run(at)
		exporter, value := it.flows.Exporter[lo:hi], it.flows.Value[lo:hi]
		if exact {
			inside := insideOf(l.within, exporter, value)
			intra += inside
			imports += it.index.Imports[at] - inside
			continue
		}
		// Where values are not whole dollars a difference would leave a residue.
		for i, exp := range exporter {
			if l.within[exp] > 0 {
				intra += value[i]
			} else {
				imports += value[i]
			}
		}
	}
	return imports, intra
}

// span is where in the index the importers of a line are: among those from one place to before another.
func (it *item) span(l *line) (from, to int) {
	if len(l.codes) != 1 {
		return 0, len(it.index.Importer)
	}
	at, ok := slices.BinarySearch(it.index.Importer, uint16(l.codes[0]))
	if !ok {
		return 0, 0
	}
	return at, at + 1
}

// sides is what an importer buys and sells: from and to others, inside, and what it sells in all.
type sides struct{ imports, exports, intra, sold float64 }

// insideOf adds up the flows from members. It multiplies rather than asks: whether an exporter is a member is a question
// that a processor guesses wrong as often as not, which made it twice as slow.
func insideOf(in *[trade.MaxCode]float64, exporter []uint16, value []float64) float64 {
	var a, b float64
	for len(exporter) >= 2 && len(value) >= 2 {
		a += value[0] * in[exporter[0]&(trade.MaxCode-1)]
		b += value[1] * in[exporter[1]&(trade.MaxCode-1)]
		exporter, value = exporter[2:], value[2:]
	}
	for i, exp := range exporter {
		a += value[i] * in[exp]
	}
	return a + b
}

// run is what one importer bought, by exporter in ascending code order. priced and tonnes are empty where no quantities
// are needed.
type run struct {
	exporter       []uint16
	value          []float64
	priced, tonnes []float64
}

func (r *run) at(col []float64, i int) float64 {
	if len(col) == 0 {
		return 0
	}
	return col[i]
}

// merger adds up what the members of blocs buy, one bloc and product after another.
type merger struct {
	bought, tonnes, priced [trade.MaxCode]float64 // by supplier
	merged                 run
	inner                  inner
}

// buy is what the members of a bloc bought from others, without tonnes, and what they trade in all. The run is valid until the next one.
func (m *merger) buy(it *item, l *line, exact bool) (run, sides) {
	if !exact || l.inside != l.set {
		m.inner.forget()
		return m.run(it, l), it.blocTrade(l, exact, &m.inner)
	}
	var d sides
	for at, code := range it.index.Importer {
		if l.in[code&(trade.MaxCode-1)] == 0 {
			continue
		}
		lo, hi := it.index.Run(at)
		value := it.flows.Value[lo:hi]
		for i, exp := range it.flows.Exporter[lo:hi] {
			m.bought[exp&(trade.MaxCode-1)] += value[i]
		}
		d.imports += it.index.Imports[at]
	}
	r := run{exporter: m.merged.exporter[:0], value: m.merged.value[:0]}
	for _, exp := range it.index.Exporter {
		switch bought := m.bought[exp]; {
		case bought == 0:
		case l.in[exp] > 0:
			d.intra += bought
		default:
			r.exporter, r.value = append(r.exporter, exp), append(r.value, bought)
		}
		m.bought[exp] = 0
	}
	m.merged.exporter, m.merged.value = r.exporter, r.value
	d.imports -= d.intra
	d.sold = it.soldBy(l)
	d.exports = d.sold - d.intra
	return r, d
}

// run adds up what the members of a bloc bought from others. It is valid until the next one is asked for.
func (m *merger) run(it *item, l *line) run {
	if len(l.codes) == 1 && it.flows.Quantity == nil {
		return m.runOfOne(it, l)
	}
	r := run{m.merged.exporter[:0], m.merged.value[:0], m.merged.priced[:0], m.merged.tonnes[:0]}
	for at, code := range it.index.Importer {
		if l.in[code] == 0 {
			continue
		}
		lo, hi := it.index.Run(at)
		value := it.flows.Value[lo:hi]
		for i, exp := range it.flows.Exporter[lo:hi] { // as in insideOf
			exp &= trade.MaxCode - 1
			m.bought[exp] += value[i] * (1 - l.within[exp])
		}
		for i := lo; it.flows.Quantity != nil && i < hi; i++ {
			if exp, q := it.flows.Exporter[i], it.flows.Quantity[i]; !math.IsNaN(q) && l.within[exp] == 0 {
				m.tonnes[exp] += q
				m.priced[exp] += it.flows.Value[i]
			}
		}
	}
	for _, exp := range it.index.Exporter {
		if m.bought[exp] == 0 {
			continue
		}
		r.exporter, r.value = append(r.exporter, exp), append(r.value, m.bought[exp])
		if it.flows.Quantity != nil {
			r.tonnes, r.priced = append(r.tonnes, m.tonnes[exp]), append(r.priced, m.priced[exp])
		}
		m.bought[exp], m.tonnes[exp], m.priced[exp] = 0, 0, 0
	}
	m.merged = r
	return r
}

// runOfOne is run for a single economy that is part of a bloc, without tonnes.
func (m *merger) runOfOne(it *item, l *line) run {
	at, to := it.span(l)
	if at == to {
		return run{exporter: m.merged.exporter[:0], value: m.merged.value[:0]}
	}
	lo, hi := it.index.Run(at)
	return m.outside(it.flows.Exporter[lo:hi], it.flows.Value[lo:hi], l.outside)
}

// outside leaves out what comes from inside a bloc, without a branch, which would be guessed wrong as often as not.
func (m *merger) outside(exporter []uint16, value []float64, counts *[trade.MaxCode]int) run {
	e, v := slices.Grow(m.merged.exporter[:0], len(value))[:len(value)], slices.Grow(m.merged.value[:0], len(value))[:len(value)]
	n := 0
	for i, exp := range exporter {
		e[n], v[n] = exp, value[i]
		n += counts[exp&(trade.MaxCode-1)]
	}
	m.merged.exporter, m.merged.value = e[:n], v[:n]
	return run{exporter: e[:n], value: v[:n]}
}

// runOf returns what the economies of l bought from others. For a single economy that is a stretch of the flows, at a
// place of the index. The run of a bloc is valid until the next one is asked for.
func (w *worker) runOf(it *item, l *line, place int32) run {
	if l.merged {
		return w.run(it, l)
	}
	lo, hi := it.index.Run(int(place))
	r := run{exporter: it.flows.Exporter[lo:hi], value: it.flows.Value[lo:hi]}
	if it.flows.Quantity != nil {
		r.tonnes, r.priced = w.merged.tonnes[:0], w.merged.priced[:0]
		for i, q := range it.flows.Quantity[lo:hi] {
			if math.IsNaN(q) {
				r.tonnes, r.priced = append(r.tonnes, 0), append(r.priced, 0)
			} else {
				r.tonnes, r.priced = append(r.tonnes, q), append(r.priced, r.value[i])
			}
		}
		w.merged.tonnes, w.merged.priced = r.tonnes, r.priced
	}
	return r
}

// supply holds the sums over the suppliers of a run.
type supply struct {
	squares        float64
	suppliers      int
	top            [3]float64
	topSupplier    uint16 // or a mark
	topRank        uint16
	priced, tonnes float64
}

// squares adds up squares, in two sums that do not wait for one another.
func squares(value []float64) float64 {
	var a, b float64
	for ; len(value) >= 2; value = value[2:] {
		a += value[0] * value[0]
		b += value[1] * value[1]
	}
	for _, v := range value {
		a += v * v
	}
	return a + b
}

// sum adds up, in two sums that do not wait for one another: for whole dollars, in any order.
func sum(value []float64) float64 {
	var a, b float64
	for ; len(value) >= 2; value = value[2:] {
		a += value[0]
		b += value[1]
	}
	for _, v := range value {
		a += v
	}
	return a + b
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

func (c *cells) addSupply(need *sumSet, tops bool, s *supply) {
	c.put(need, indicator.Suppliers, float64(s.suppliers))
	c.put(need, indicator.ImportSquares, s.squares)
	c.put(need, indicator.TopSupplierImports, s.top[0])
	c.put(need, indicator.Top3Imports, s.top[0]+s.top[1]+s.top[2])
	c.put(need, indicator.ImportsWithQuantity, s.priced)
	c.put(need, indicator.ImportQuantity, known(s.tonnes, s.priced))
	if tops {
		c.topSupplier = append(c.topSupplier, s.topSupplier)
	}
}

func (c *cells) addWorld(need *sumSet, s *world) {
	c.put(need, indicator.WorldExports, s.total)
	c.put(need, indicator.Exporters, float64(s.exporters))
	c.put(need, indicator.WorldSquares, s.squares)
	c.put(need, indicator.TopExporterExports, s.top)
	c.put(need, indicator.Top3ExporterExports, s.top3[0]+s.top3[1]+s.top3[2])
	c.put(need, indicator.WorldWithQuantity, s.priced)
	c.put(need, indicator.WorldQuantity, known(s.tonnes, s.priced))
}

// known is the quantity of flows worth priced, missing where there are none.
func known(tonnes, priced float64) float64 {
	if priced == 0 {
		return math.NaN()
	}
	return tonnes
}
