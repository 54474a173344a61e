package scenario

import (
	"math"

	"chokepoint/trade"
)

// Market is the trade of one product in a year as a cut sees it: what those who lose a supplier need, and who else exports the product.
type Market struct {
	Exporters []Exporter // candidates, ascending by code
	Importers []Importer // of the product that are no suppliers that stop, ascending by code
	Freed     float64    // what the suppliers that stop no longer sell to the importers of the cut, US dollars
	place     [trade.MaxCode]int32
}

// Exporter is a candidate: an economy that exports the product, does not stop, and may fill.
type Exporter struct {
	Code    uint16
	Exports float64 // of the product, to all, US dollars
}

// Importer is an economy that buys the product.
type Importer struct {
	Code     uint16
	Imports  float64 // of the product from all, US dollars
	Stopped  float64 // of these from the suppliers that stop, whatever the cut
	Need     float64 // the part of Stopped that is cut; 0 for those who are not part of the cut
	Hubs     float64 // of Stopped from the hubs of the suppliers, whose sales count as theirs
	Present  float64 // of Imports from candidates
	Others   float64 // what candidates, the importer itself excepted, export to others than the importer
	self     int32   // its place among the candidates; -1 where it is none
	supplier []int32 // places of candidates from which it buys
	value    []float64
}

// Cut is what stops.
type Cut struct {
	Stops trade.Set // suppliers that stop, their hubs included
	Hubs  trade.Set // of Stops: economies through which the suppliers' goods pass
	To    trade.Set // importers to whom they no longer sell
	Share float64   // of each flow that is cut, 0 to 1
	// May says who may fill; the zero value of Only is everybody but those of Not.
	Not, Only trade.Set
	Chosen    bool // Only is asked for
}

// fills says whether an economy is a candidate.
func (c *Cut) fills(code trade.Code) bool {
	return !c.Stops.Has(code) && !c.Not.Has(code) && (!c.Chosen || c.Only.Has(code))
}

// Read makes m the market of the flows of a product, sorted by importer, then exporter; memory of m is used again.
func (m *Market) Read(importer, exporter []uint16, value []float64, cut *Cut) {
	var exports [trade.MaxCode]float64
	for k, v := range value {
		exports[exporter[k]] += v
	}
	m.Exporters, m.Importers, m.Freed = m.Exporters[:0], m.Importers[:0], 0
	all := 0.0
	for code := range exports {
		m.place[code] = -1
		if exports[code] > 0 && cut.fills(trade.Code(code)) {
			m.place[code] = int32(len(m.Exporters))
			m.Exporters = append(m.Exporters, Exporter{uint16(code), exports[code]})
			all += exports[code]
		}
	}
	for from := 0; from < len(value); {
		to := from
		for to < len(value) && importer[to] == importer[from] {
			to++
		}
		if c := trade.Code(importer[from]); !cut.Stops.Has(c) {
			m.add(importer[from], exporter[from:to], value[from:to], all, cut)
		}
		from = to
	}
}

// add takes one importer's purchases.
func (m *Market) add(code uint16, exporter []uint16, value []float64, all float64, cut *Cut) {
	n := len(m.Importers)
	if n < cap(m.Importers) {
		m.Importers = m.Importers[:n+1] // its slices are used again
	} else {
		m.Importers = append(m.Importers, Importer{})
	}
	c := &m.Importers[n]
	*c = Importer{Code: code, self: m.place[code], supplier: c.supplier[:0], value: c.value[:0]}
	for k, v := range value {
		c.Imports += v
		if cut.Stops.Has(trade.Code(exporter[k])) {
			c.Stopped += v
			if cut.Hubs.Has(trade.Code(exporter[k])) {
				c.Hubs += v
			}
		} else if at := m.place[exporter[k]]; at >= 0 {
			c.supplier, c.value = append(c.supplier, at), append(c.value, v)
			c.Present += v
		}
	}
	c.Others = all - c.Present
	if c.self >= 0 {
		c.Others -= m.Exporters[c.self].Exports
	}
	if c.Others < settled*all {
		c.Others = 0
	}
	if cut.To.Has(trade.Code(code)) {
		c.Need = cut.Share * c.Stopped
		m.Freed += c.Need
	}
}

// AskedOfHubs is what importers of the cut would ask of the suppliers' hubs under the rule present, were these kept as candidates.
func (m *Market) AskedOfHubs(share float64) (asked float64) {
	for i := range m.Importers {
		if c := &m.Importers[i]; c.Need > 0 && c.Hubs > 0 {
			asked += share * (c.Stopped - c.Hubs) * c.Hubs / (c.Hubs + c.Present)
		}
	}
	return asked
}

// Rearrangement is what an importer, or several as one, buys from the suppliers that stop ÷ what candidates export to others (MGI 2025).
// It is +Inf where these export nothing to others.
func (m *Market) Rearrangement(importers ...*Importer) float64 {
	stopped, others := m.rearranged(importers)
	return stopped / others
}

func (m *Market) rearranged(importers []*Importer) (stopped, others float64) {
	if len(importers) == 1 {
		return importers[0].Stopped, importers[0].Others
	}
	all := 0.0
	for i := range m.Exporters {
		all += m.Exporters[i].Exports
	}
	others = all
	for _, c := range importers {
		stopped += c.Stopped
		others -= c.Present
	}
	if others < settled*all {
		others = 0
	}
	return stopped, others
}

// Fill is who fills the needs of a market under a rule. It computes what Allocate does of the weights of the rule. The weights are sparse
// but for the exporters' totals, which all importers have in common, so that a round costs no more than going through the flows once.
type Fill struct {
	Unfilled []float64 // by importer, US dollars
	Sources  []bool    // by importer: whether the rule names any source

	market  *Market
	rule    Rule
	left    []float64   // by exporter: what it can still add
	round   []int32     // by exporter: the round in which it gave all that it had; -1 for never
	part    []float64   // by exporter: the part of what it was asked for that it gave in that round
	asks    [][]float64 // by round and importer: unfilled need ÷ sum of weights, added up over the rounds before, this one included
	weights [][]float64 // by importer: those that are not a share of exports to others, by supplier of the importer
	asked   []float64
	sparse  []float64   // memory of weights
	table   [][]float64 // what importers get by exporter, where that was computed as Allocate does; else nil
}

// Fill computes who fills the needs when each candidate can add spare times its exports of the product. f's memory is used again.
func (m *Market) Fill(f *Fill, rule Rule, spare float64) {
	f.begin(m, rule, spare)
	total := 0.0
	for c := range m.Importers {
		f.Unfilled[c] = m.Importers[c].Need
		total += m.Importers[c].Need
	}
	least := settled * total
	for i, e := range m.Exporters {
		f.left[i] = spare * e.Exports
		if f.left[i] <= least {
			f.round[i], f.part[i] = 0, 0
		}
	}
	if total == 0 {
		return
	}
	for round := 0; ; round++ {
		if !f.ask(round, least) {
			return
		}
		if !f.give(round, least) {
			for c, q := range f.asks[round] {
				if before := f.before(round, c); q > before {
					f.Unfilled[c] = 0
				}
			}
			return
		}
	}
}

// before is what an importer has asked for up to a round.
func (f *Fill) before(round, c int) float64 {
	if round == 0 {
		return 0
	}
	return f.asks[round-1][c]
}

func (f *Fill) begin(m *Market, rule Rule, spare float64) {
	f.market, f.rule, f.table = m, rule, nil
	f.Unfilled, f.Sources = resized(f.Unfilled, len(m.Importers)), resized(f.Sources, len(m.Importers))
	f.left, f.part, f.asked = resized(f.left, len(m.Exporters)), resized(f.part, len(m.Exporters)), resized(f.asked, len(m.Exporters))
	f.round = resized(f.round, len(m.Exporters))
	for i := range f.round {
		f.round[i] = -1
	}
	f.asks, f.weights = f.asks[:0], f.weights[:0]
	flows := 0
	for c := range m.Importers {
		flows += len(m.Importers[c].value)
	}
	f.sparse = resized(f.sparse, flows)
	rest := f.sparse
	for c := range m.Importers {
		b := &m.Importers[c]
		w := rest[:len(b.value):len(b.value)]
		rest = rest[len(b.value):]
		f.weights = append(f.weights, w)
		if b.Need == 0 {
			continue
		}
		f.Sources[c] = f.weigh(b, w)
	}
}

func resized[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n)
	}
	list = list[:n]
	clear(list)
	return list
}

// weigh puts the sparse weights of an importer into w; it is false where the rule names no source.
func (f *Fill) weigh(b *Importer, w []float64) bool {
	if f.rule == Sqrt {
		some := false
		for k, v := range b.value {
			w[k] = math.Sqrt(v * (f.market.Exporters[b.supplier[k]].Exports - v)) // shares but for factors that all candidates have in common
			some = some || w[k] > 0
		}
		return some
	}
	a := f.rule.present()
	if a > 0 && b.Present > 0 {
		for k, v := range b.value {
			w[k] = a * v / b.Present
		}
	}
	return a > 0 && b.Present > 0 || a < 1 && b.Others > 0
}

// dense is the weight of a dollar that a candidate exports to others than the importer.
func (f *Fill) dense(b *Importer) float64 {
	if f.rule == Sqrt || b.Others == 0 {
		return 0
	}
	return (1 - f.rule.present()) / b.Others
}

// ask lets every unfilled need ask those who can still add. It is false where nobody asks.
func (f *Fill) ask(round int, least float64) bool {
	m := f.market
	if round < cap(f.asks) {
		f.asks = f.asks[:round+1]
		f.asks[round] = resized(f.asks[round], len(m.Importers))
	} else {
		f.asks = append(f.asks, make([]float64, len(m.Importers)))
	}
	able, exports := 0.0, 0.0 // exports of those who can still add, and of all
	for i, e := range m.Exporters {
		exports += e.Exports
		f.asked[i] = 0
		if f.round[i] < 0 {
			able += e.Exports
		}
	}
	common := 0.0 // what a dollar of exports is asked for
	some := false
	for c := range m.Importers {
		b := &m.Importers[c]
		f.asks[round][c] = f.before(round, c)
		if f.Unfilled[c] <= least || !f.Sources[c] {
			continue
		}
		sum, bought, d := 0.0, 0.0, f.dense(b)
		for k, i := range b.supplier {
			if f.round[i] < 0 {
				sum += f.weights[c][k]
				bought += b.value[k]
			}
		}
		if d > 0 {
			others := able - bought
			if b.self >= 0 && f.round[b.self] < 0 {
				others -= m.Exporters[b.self].Exports
			}
			if others > settled*exports {
				sum += d * others
			}
		}
		if sum <= 0 {
			continue
		}
		some = true
		q := f.Unfilled[c] / sum
		f.asks[round][c] += q
		for k, i := range b.supplier {
			f.asked[i] += q * (f.weights[c][k] - d*b.value[k])
		}
		common += q * d
		if b.self >= 0 {
			f.asked[b.self] -= q * d * m.Exporters[b.self].Exports
		}
	}
	for i, e := range m.Exporters {
		f.asked[i] = max(0, f.asked[i]+common*e.Exports)
	}
	return some
}

// give lets those who are asked give. It is false where everybody gave what was asked; else what was refused is unfilled again.
func (f *Fill) give(round int, least float64) bool {
	m := f.market
	refusing, refused := false, 0.0 // exports of those who refuse, times the part refused
	for i := range m.Exporters {
		switch {
		case f.round[i] >= 0:
		case f.asked[i] >= f.left[i]-least:
			f.round[i], f.part[i] = int32(round), min(1, f.left[i]/f.asked[i])
			refusing = true
			refused += m.Exporters[i].Exports * (1 - f.part[i])
		default:
			f.left[i] -= f.asked[i]
		}
	}
	if !refusing {
		return false
	}
	for c := range m.Importers {
		b := &m.Importers[c]
		q := f.asks[round][c] - f.before(round, c)
		if q == 0 {
			continue
		}
		d := f.dense(b)
		sum := d * refused
		for k, i := range b.supplier {
			if f.round[i] == int32(round) {
				sum += (f.weights[c][k] - d*b.value[k]) * (1 - f.part[i])
			}
		}
		if b.self >= 0 && f.round[b.self] == int32(round) {
			sum -= d * m.Exporters[b.self].Exports * (1 - f.part[b.self])
		}
		f.Unfilled[c] = min(f.Unfilled[c], max(0, q*sum))
	}
	return true
}

// Gained adds to by, which is by exporter, what an importer gets of each, US dollars.
func (f *Fill) Gained(c int, by []float64) {
	if f.table != nil {
		for i, v := range f.table[c] {
			by[i] += v
		}
		return
	}
	b := &f.market.Importers[c]
	if len(f.asks) == 0 || !f.Sources[c] || b.Need == 0 {
		return
	}
	d := f.dense(b)
	for k, i := range b.supplier {
		by[i] += f.asksOf(c, i) * (f.weights[c][k] - d*b.value[k])
	}
	if d == 0 {
		return
	}
	last := f.asks[len(f.asks)-1][c]
	for i := range f.market.Exporters {
		if int32(i) == b.self {
			continue
		}
		asks := last
		if f.round[i] >= 0 {
			asks = f.asksOf(c, int32(i))
		}
		by[i] += asks * d * f.market.Exporters[i].Exports
	}
}

// asksOf is what an importer asked of a supplier for each unit of weight, and was given.
func (f *Fill) asksOf(c int, i int32) float64 {
	round := int(f.round[i])
	if round < 0 {
		return f.asks[len(f.asks)-1][c]
	}
	before := f.before(round, c)
	return before + f.part[i]*(f.asks[round][c]-before)
}
