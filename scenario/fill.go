package scenario

import (
	"math"
	"slices"
)

// Fill is who fills the needs of a market under a rule. It computes what Allocate does of the weights of the rule. The weights are sparse
// but for the exporters' totals, which all importers have in common, so that a round costs no more than going through the flows once.
// What spare capacities have in common, the weights of a rule and mostly the first round, is computed once for all that follow one another.
type Fill struct {
	Unfilled []float64 // by importer, US dollars
	Sources  []bool    // by importer: whether the rule names any source

	market  *Market
	reading int // of the market
	rule    Rule
	weights []float64 // of the purchases of the market: those that are not a share of exports to others
	dense   []float64 // by need: the weight of a dollar that a candidate exports to others than the importer
	first   firstRound

	left, part []float64   // by exporter: what it can still add; the part of what it was asked for that it gave in its last round
	round      []int32     // by exporter: the round in which it gave all that it had; never
	out        []int32     // exporters that have nothing from the beginning
	rounds     int         // that there were
	asks       [][]float64 // by round and need: unfilled need ÷ sum of weights, added up over the rounds before, this one included
	asking     []int32     // needs that still ask
	asked      []float64   // by exporter, in the round
	able       []float64   // by exporter: 1 where it can still add, else 0
	refused    []float64   // by exporter: the part of what it was asked for that it refused in the round
	last       []int32     // by need: the rounds in which it asked
	history    []roundAsk  // of one need, by round and then never
	at         []int32     // by exporter: its place there
	table      [][]float64 // what importers get by exporter, where that was computed as Allocate does; else nil
}

// roundAsk is what a need had asked for before a round, and asked for in it, by weight.
type roundAsk struct{ before, more float64 }

// never is the round of exporters that have something left.
const never = -1

// firstRound is what was asked for in the first round. It holds for other spare capacities where the same exporters have nothing.
type firstRound struct {
	known, some bool
	out         []int32 // exporters that have nothing
	asked, asks []float64
	asking      []int32
}

// Fill computes who fills the needs when each candidate can add spare times its exports of the product. f's memory is used again.
func (m *Market) Fill(f *Fill, rule Rule, spare float64) {
	f.begin(m, rule)
	total := 0.0
	for c := range m.Importers {
		f.Unfilled[c] = m.Importers[c].Need
		total += m.Importers[c].Need
	}
	least := settled * total
	for i, x := range m.exports {
		f.left[i] = spare * x
		if f.left[i] <= least {
			f.round[i], f.part[i] = 0, 0
			f.out = append(f.out, int32(i))
		}
	}
	if total > 0 {
		f.settle(least)
	}
	f.place()
}

// settle goes through the rounds.
func (f *Fill) settle(least float64) {
	for round := 0; ; round++ {
		some := false
		if round == 0 {
			some = f.askFirst(least)
		} else {
			some = f.ask(round, least)
		}
		f.rounds = round + 1
		if !some {
			return
		}
		if !f.give(round, least) {
			for _, n := range f.asking {
				if f.asks[round][n] > f.askedBefore(round, n) {
					f.Unfilled[f.market.needs[n]] = 0
				}
			}
			return
		}
	}
}

// askedBefore is what a need has asked for up to a round.
func (f *Fill) askedBefore(round int, n int32) float64 {
	if round == 0 {
		return 0
	}
	return f.asks[round-1][n]
}

// begin makes room, and weighs the candidates unless that is done for the rule.
func (f *Fill) begin(m *Market, rule Rule) {
	if f.market != m || f.reading != m.reading || f.rule != rule {
		f.market, f.reading, f.rule, f.first.known = m, m.reading, rule, false
		f.weighAll()
	}
	n := len(m.exports)
	f.Unfilled = resized(f.Unfilled, len(m.Importers))
	f.left, f.part, f.round = resized(f.left, n), resized(f.part, n), resized(f.round, n)
	f.able, f.refused = resized(f.able, n), resized(f.refused, n)
	for i := range f.round {
		f.round[i] = never
	}
	f.table, f.rounds, f.out = nil, 0, f.out[:0]
	f.last, f.asking = resized(f.last, len(m.needs)), f.asking[:0]
	for n, c := range m.needs {
		if f.Sources[c] {
			f.asking = append(f.asking, int32(n))
		}
	}
}

// weighAll weighs the candidates of all needs.
func (f *Fill) weighAll() {
	m := f.market
	f.Sources = resized(f.Sources, len(m.Importers))
	f.weights, f.dense = resized(f.weights, len(m.values)), resized(f.dense, len(m.needs))
	for n, c := range m.needs {
		b := &m.Importers[c]
		f.Sources[c], f.dense[n] = f.weigh(b, f.weights[b.from:b.to]), f.denseOf(b)
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

// weigh puts the sparse weights of an importer into w, which is 0; it is false where the rule names no source.
func (f *Fill) weigh(b *Importer, w []float64) bool {
	m := f.market
	suppliers, values := m.suppliers[b.from:b.to], m.values[b.from:b.to]
	if f.rule == Sqrt {
		some := false
		for k, v := range values {
			w[k] = math.Sqrt(v * (m.exports[suppliers[k]] - v)) // shares but for factors that all candidates have in common
			some = some || w[k] > 0
		}
		return some
	}
	a := f.rule.present()
	if a > 0 && b.Present > 0 {
		for k, v := range values {
			w[k] = a * v / b.Present
		}
	}
	return a > 0 && b.Present > 0 || a < 1 && b.Others > 0
}

// denseOf is the weight of a dollar that a candidate exports to others than the importer.
func (f *Fill) denseOf(b *Importer) float64 {
	if f.rule == Sqrt || b.Others == 0 {
		return 0
	}
	return (1 - f.rule.present()) / b.Others
}

// askFirst is the first round, which spare capacities have in common.
func (f *Fill) askFirst(least float64) bool {
	r := &f.first
	if r.known && slices.Equal(r.out, f.out) {
		f.asked, f.asking = append(f.asked[:0], r.asked...), append(f.asking[:0], r.asking...)
		f.room(0)
		copy(f.asks[0], r.asks)
		for n := range f.last {
			f.last[n] = 1
		}
		return r.some
	}
	some := f.ask(0, least)
	r.known, r.some, r.out = true, some, append(r.out[:0], f.out...)
	r.asked, r.asks, r.asking = append(r.asked[:0], f.asked...), append(r.asks[:0], f.asks[0]...), append(r.asking[:0], f.asking...)
	return some
}

// room makes room for what is asked for in a round.
func (f *Fill) room(round int) {
	if round < cap(f.asks) {
		f.asks = f.asks[:round+1]
	} else {
		f.asks = append(f.asks, nil)
	}
	f.asks[round] = resized(f.asks[round], len(f.market.needs))
}

// ask lets every unfilled need ask those who can still add. It is false where nobody asks. Needs that are filled, and those whose sparse
// sources can add nothing, ask no more.
func (f *Fill) ask(round int, least float64) bool {
	m := f.market
	f.room(round)
	able := 0.0 // exports of those who can still add
	for i, x := range m.exports {
		f.able[i] = 0
		if f.round[i] == never {
			able += x
			f.able[i] = 1
		}
	}
	f.asked = resized(f.asked, len(m.exports))
	asked := f.asked
	common := 0.0 // what a dollar of exports is asked for
	some := false
	still := f.asking[:0]
	for _, n := range f.asking {
		c := m.needs[n]
		if f.Unfilled[c] <= least {
			continue
		}
		b, d := &m.Importers[c], f.dense[n]
		sum := f.sum(b, d, able)
		if sum <= 0 && d == 0 {
			continue
		}
		still = append(still, n)
		before := f.askedBefore(round, n)
		f.asks[round][n], f.last[n] = before, int32(round+1)
		if sum <= 0 {
			continue
		}
		some = true
		q := f.Unfilled[c] / sum
		f.asks[round][n] = before + q
		suppliers := m.suppliers[b.from:b.to]
		weights, values := f.weights[b.from:b.to][:len(suppliers)], m.values[b.from:b.to][:len(suppliers)]
		if d == 0 {
			for k, i := range suppliers {
				asked[i] += q * weights[k]
			}
			continue
		}
		for k, i := range suppliers {
			asked[i] += q * (weights[k] - d*values[k])
		}
		common += q * d
		if b.self >= 0 {
			asked[b.self] -= q * d * m.exports[b.self]
		}
	}
	f.asking = still
	for i, x := range m.exports {
		f.asked[i] = max(0, f.asked[i]+common*x)
	}
	return some
}

// sum adds up the weights of those who can still add, whose exports are able.
func (f *Fill) sum(b *Importer, d, able float64) float64 {
	m, can, sum := f.market, f.able, 0.0
	suppliers := m.suppliers[b.from:b.to]
	weights := f.weights[b.from:b.to][:len(suppliers)]
	if d == 0 {
		for k, i := range suppliers {
			sum += weights[k] * can[i]
		}
		return sum
	}
	values, bought := m.values[b.from:b.to][:len(suppliers)], 0.0
	for k, i := range suppliers {
		sum += weights[k] * can[i]
		bought += values[k] * can[i]
	}
	others := able - bought
	if b.self >= 0 && f.round[b.self] == never {
		others -= m.exports[b.self]
	}
	if others > settled*m.all {
		sum += d * others
	}
	return sum
}

// give lets those who are asked give. It is false where everybody gave what was asked; else what was refused is unfilled again.
func (f *Fill) give(round int, least float64) bool {
	m := f.market
	refusing, refused := false, 0.0 // exports of those who refuse, times the part refused
	for i, x := range m.exports {
		f.refused[i] = 0
		switch {
		case f.round[i] == never && f.asked[i] >= f.left[i]-least:
			f.round[i], f.part[i] = int32(round), min(1, f.left[i]/f.asked[i])
			refusing = true
			refused += x * (1 - f.part[i])
			f.refused[i] = 1 - f.part[i]
		case f.round[i] == never:
			f.left[i] -= f.asked[i]
		case f.round[i] == int32(round): // it has had nothing from the beginning
			f.refused[i] = 1 - f.part[i]
		}
	}
	if !refusing {
		return false
	}
	refusals := f.refused
	for _, n := range f.asking {
		c := m.needs[n]
		b, d := &m.Importers[c], f.dense[n]
		q := f.asks[round][n] - f.askedBefore(round, n)
		if q == 0 {
			continue
		}
		sum := d * refused
		suppliers := m.suppliers[b.from:b.to]
		weights, values := f.weights[b.from:b.to][:len(suppliers)], m.values[b.from:b.to][:len(suppliers)]
		if d == 0 {
			for k, i := range suppliers {
				sum += weights[k] * refusals[i]
			}
		} else {
			for k, i := range suppliers {
				sum += (weights[k] - d*values[k]) * refusals[i]
			}
			if b.self >= 0 && f.round[b.self] == int32(round) {
				sum -= d * m.exports[b.self] * (1 - f.part[b.self])
			}
		}
		f.Unfilled[c] = min(f.Unfilled[c], max(0, q*sum))
	}
	return true
}

// place finds for each exporter the round that gains are read from.
func (f *Fill) place() {
	f.at = resized(f.at, len(f.round))
	for i, r := range f.round {
		f.at[i] = r
		if r == never {
			f.at[i] = int32(f.rounds)
		}
	}
	f.history = resized(f.history, f.rounds+1)
}

// recall puts what a need asked for into history. Those who have something left gave all that was ever asked for.
func (f *Fill) recall(n int) {
	last := 0.0
	for r := range f.rounds {
		h := roundAsk{before: last}
		if r < int(f.last[n]) {
			h.more = f.asks[r][n] - last
			last = f.asks[r][n]
		}
		f.history[r] = h
	}
	f.history[f.rounds] = roundAsk{before: last}
}

// sparse puts what a need gets of each supplier of its importer into by, in the order of its purchases. It is for rules and needs without
// dense weights.
func (f *Fill) sparse(n int, by []float64) {
	b := &f.market.Importers[f.market.needs[n]]
	f.recall(n)
	suppliers := f.market.suppliers[b.from:b.to]
	weights, by := f.weights[b.from:b.to][:len(suppliers)], by[:len(suppliers)]
	for k, i := range suppliers {
		h := &f.history[f.at[i]]
		by[k] = (h.before + f.part[i]*h.more) * weights[k]
	}
}

// full adds to by, which is by exporter, what a need gets of each.
func (f *Fill) full(n int, by []float64) {
	m, d := f.market, f.dense[n]
	b := &m.Importers[m.needs[n]]
	f.recall(n)
	weights, values := f.weights[b.from:b.to], m.values[b.from:b.to]
	for k, i := range m.suppliers[b.from:b.to] {
		h := &f.history[f.at[i]]
		by[i] += (h.before + f.part[i]*h.more) * (weights[k] - d*values[k])
	}
	if d == 0 {
		return
	}
	self := int(b.self)
	if self < 0 {
		self = len(by)
	}
	f.others(d, 0, self, by)
	f.others(d, self+1, len(by), by)
}

// others adds what exporters from one place up to another give for what they export to others.
func (f *Fill) others(d float64, from, to int, by []float64) {
	if from >= to {
		return
	}
	exports := f.market.exports[from:to]
	by, part, at, history := by[from:to][:len(exports)], f.part[from:to][:len(exports)], f.at[from:to][:len(exports)], f.history
	for i, x := range exports {
		h := &history[at[i]]
		by[i] += (h.before + part[i]*h.more) * d * x
	}
}

// Gained adds to by, which is by exporter, what an importer gets of each, US dollars.
func (f *Fill) Gained(c int, by []float64) {
	if f.table != nil {
		for i, v := range f.table[c] {
			by[i] += v
		}
		return
	}
	if n := f.needOf(c); n >= 0 && f.Sources[c] && f.rounds > 0 {
		f.full(n, by)
	}
}

// needOf is the place of an importer among those with a need; -1 where it has none.
func (f *Fill) needOf(c int) int {
	if n, ok := slices.BinarySearch(f.market.needs, int32(c)); ok {
		return n
	}
	return -1
}
