package scenario

import (
	"math"
	"slices"
)

// Fill is who fills the needs of a market under a rule. It computes what Allocate does of the weights of the rule. The weights are sparse
// but for the exporters' totals, which all importers have in common, so that a round costs no more than going through the flows once.
// Rounds go through the sales of those exporters alone of whom a need still gets an answer: most exporters give all that they have at first.
// What spare capacities have in common, the weights of a rule and mostly the first round, is computed once for all that follow one another.
type Fill struct {
	Unfilled []float64 // by importer, US dollars
	Sources  []bool    // by importer: whether the rule names any source

	market  *Market
	reading int // of the market
	rule    Rule
	sales   sales
	weights []float64 // of the purchases of the market: those that are not a share of exports to others
	whole   []float64 // by need: all of its weights added up
	dense   []float64 // by need: the weight of a dollar that a candidate exports to others than the importer
	sparse  bool      // all of dense are 0
	first   firstRound

	left, part []float64   // by exporter: what it can still add; the part of what it was asked for that it gave in its last round
	round      []int32     // by exporter: the round in which it gave all that it had; never
	out        []int32     // exporters that have nothing from the beginning
	rounds     int         // that there were
	asks       [][]float64 // by round and need: unfilled need ÷ sum of weights, added up over the rounds before, this one included
	asking     []int32     // needs that still ask
	asked      []float64   // by exporter that can still add, in the round
	sums       []float64   // by need, in the round: weights of its purchases from those who can still add; of what it asked for, what was refused
	bought     []float64   // by need, in the round: its purchases from those who can still add
	more       []float64   // by need: what it asks for in the round by weight; 0 where it does not ask
	last       []int32     // by need: the rounds in which it asked
	history    []roundAsk  // of one need, by round and then never
	at         []int32     // by exporter: its place there
	table      [][]float64 // what importers get by exporter, where that was computed as Allocate does; else nil
}

// sales are the purchases of a market exporter by exporter, and within an exporter in the order of needs.
type sales struct {
	from   []int32   // by exporter: where its sales begin; one more at the end
	place  []int32   // by purchase of the market: where it is among the sales
	needs  []int32   // whose they are
	values []float64 // US dollars
	gross  []float64 // weights, as those of purchases
	net    []float64 // the same without the share of exports to others that they are not: less where there is one, else gross
	less   []float64
	self   []int32 // by exporter: its own need, of which it gives nothing; -1 where it has none
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
	if f.cancels() {
		m.fillByTable(f, rule, spare, nil)
		return
	}
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

// cancels says that what candidates export to others than some importer is next to nothing of what they sell to it. The difference of the two, which
// rounds work with, then loses too many digits.
func (f *Fill) cancels() bool {
	for n, c := range f.market.needs {
		if b := &f.market.Importers[c]; f.dense[n] != 0 && b.Others < leastOthers*b.Present {
			return true
		}
	}
	return false
}

// leastOthers leaves a difference nine of its sixteen digits. With 1e-6 the largest question on the real year takes a fifth longer.
const leastOthers = 1e-7

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
	again := f.market == m && f.reading == m.reading
	if !again {
		f.sales.read(m)
	}
	if !again || f.rule != rule {
		f.market, f.reading, f.rule, f.first.known = m, m.reading, rule, false
		f.weighAll()
	}
	n := len(m.exports)
	f.Unfilled = resized(f.Unfilled, len(m.Importers))
	f.left, f.part, f.round, f.asked = resized(f.left, n), resized(f.part, n), resized(f.round, n), resized(f.asked, n)
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

// read puts the purchases of a market in the order of exporters.
func (s *sales) read(m *Market) {
	s.from, s.self = resized(s.from, len(m.exports)+1), resized(s.self, len(m.exports))
	s.place, s.needs, s.values = sized(s.place, len(m.values)), sized(s.needs, len(m.values)), sized(s.values, len(m.values))
	s.gross = sized(s.gross, len(m.values))
	for _, i := range m.suppliers {
		s.from[i+1]++
	}
	for i := range s.self {
		s.from[i+1] += s.from[i]
		s.self[i] = -1
	}
	for n, c := range m.needs {
		b := &m.Importers[c]
		if b.self >= 0 {
			s.self[b.self] = int32(n)
		}
		for k := b.from; k < b.to; k++ {
			i := m.suppliers[k]
			at := s.from[i]
			s.from[i]++ // it is where the next exporter's begin at last
			s.place[k], s.needs[at], s.values[at] = at, int32(n), m.values[k]
		}
	}
	copy(s.from[1:], s.from)
	s.from[0] = 0
}

// weighAll weighs the candidates of all needs.
func (f *Fill) weighAll() {
	m, s := f.market, &f.sales
	f.Sources, f.sparse = resized(f.Sources, len(m.Importers)), true
	f.weights, f.whole, f.dense = resized(f.weights, len(m.values)), sized(f.whole, len(m.needs)), sized(f.dense, len(m.needs))
	for n, c := range m.needs {
		b := &m.Importers[c]
		f.whole[n], f.Sources[c] = f.weigh(b, f.weights[b.from:b.to])
		f.dense[n] = f.denseOf(b)
		f.sparse = f.sparse && f.dense[n] == 0
	}
	for k, at := range s.place {
		s.gross[at] = f.weights[k]
	}
	if s.net = s.gross; f.sparse {
		return
	}
	s.less = sized(s.less, len(s.needs))
	for at, n := range s.needs {
		s.less[at] = s.gross[at] - f.dense[n]*s.values[at]
	}
	s.net = s.less
}

func resized[T any](list []T, n int) []T {
	list = sized(list, n)
	clear(list)
	return list
}

// sized is a list of n whose values are to be written.
func sized[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n)
	}
	return list[:n]
}

// weigh puts the sparse weights of an importer into w, which is 0, and adds them up; named is false where the rule names no source.
func (f *Fill) weigh(b *Importer, w []float64) (sum float64, named bool) {
	m := f.market
	suppliers, values := m.suppliers[b.from:b.to], m.values[b.from:b.to]
	if f.rule == Sqrt {
		for k, v := range values {
			w[k] = math.Sqrt(v * (m.exports[suppliers[k]] - v)) // shares but for factors that all candidates have in common
			sum += w[k]
			named = named || w[k] > 0
		}
		return sum, named
	}
	a := f.rule.present()
	if a > 0 && b.Present > 0 {
		for k, v := range values {
			w[k] = a * v / b.Present
			sum += w[k]
		}
	}
	return sum, a > 0 && b.Present > 0 || a < 1 && b.Others > 0
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
	able := m.all
	if round == 0 && len(f.out) == 0 {
		f.sums = append(f.sums[:0], f.whole...)
	} else {
		able = f.weighAble()
	}
	common := 0.0 // what a dollar of exports is asked for
	some := false
	still := f.asking[:0]
	f.more = resized(f.more, len(m.needs))
	for _, n := range f.asking {
		c := m.needs[n]
		if f.Unfilled[c] <= least {
			continue
		}
		b, d := &m.Importers[c], f.dense[n]
		bought := b.Present
		if round > 0 || len(f.out) > 0 {
			bought = f.bought[n]
		}
		sum := f.sum(n, b, d, able-bought)
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
		f.asks[round][n], f.more[n] = before+q, q
		common += q * d
	}
	f.asking = still
	for i, x := range m.exports {
		if f.round[i] == never {
			f.asked[i] = max(0, f.askedOf(i)+common*x)
		}
	}
	return some
}

// weighAble adds up, by need, the weights and the values of its purchases from those who can still add, whose exports it returns.
func (f *Fill) weighAble() (able float64) {
	s := &f.sales
	f.sums, f.bought = resized(f.sums, len(f.dense)), resized(f.bought, len(f.dense))
	sums, bought := f.sums, f.bought
	for i, x := range f.market.exports {
		if f.round[i] != never {
			continue
		}
		able += x
		needs := s.needs[s.from[i]:s.from[i+1]]
		if f.rule != Capacity { // whose weights are all shares of exports to others
			gross := s.gross[s.from[i]:][:len(needs)]
			for k, n := range needs {
				sums[n] += gross[k]
			}
		}
		if f.sparse {
			continue
		}
		values := s.values[s.from[i]:][:len(needs)]
		for k, n := range needs {
			bought[n] += values[k]
		}
	}
	return able
}

// askedOf is what an exporter is asked for in a round, but for its share in what all exporters are asked for by their exports.
func (f *Fill) askedOf(i int) (asked float64) {
	s, m := &f.sales, f.market
	needs := s.needs[s.from[i]:s.from[i+1]]
	net, more := s.net[s.from[i]:][:len(needs)], f.more
	own := len(needs) // sales from there on are to needs after its own
	self := s.self[i]
	if self >= 0 && !f.sparse {
		own, _ = slices.BinarySearch(needs, self+1)
	}
	for k, n := range needs[:own] {
		asked += more[n] * net[k]
	}
	if self >= 0 {
		asked -= more[self] * f.dense[self] * m.exports[i]
	}
	needs, net = needs[own:], net[own:]
	for k, n := range needs {
		asked += more[n] * net[k]
	}
	return asked
}

// sum is the weights of those who can still add, who export others to others than the importer, or to itself.
func (f *Fill) sum(n int32, b *Importer, d, others float64) float64 {
	sum := f.sums[n]
	if d == 0 {
		return sum
	}
	if b.self >= 0 && f.round[b.self] == never {
		others -= f.market.exports[b.self]
	}
	if others > settled*f.market.all {
		sum += d * others
	}
	return sum
}

// give lets those who are asked give. It is false where everybody gave what was asked; else what was refused is unfilled again.
func (f *Fill) give(round int, least float64) bool {
	m := f.market
	refusing, refused := false, 0.0 // exports of those who refuse, times the part refused
	for i, x := range m.exports {
		switch {
		case f.round[i] == never && f.asked[i] >= f.left[i]-least:
			f.round[i], f.part[i] = int32(round), min(1, f.left[i]/f.asked[i])
			refusing = true
			refused += x * (1 - f.part[i])
		case f.round[i] == never:
			f.left[i] -= f.asked[i]
		}
	}
	if !refusing {
		return false
	}
	f.refuse(round, refused)
	for _, n := range f.asking {
		q := f.asks[round][n] - f.askedBefore(round, n)
		if q == 0 {
			continue
		}
		b, d, sum := &m.Importers[m.needs[n]], f.dense[n], f.sums[n]
		if d != 0 && b.self >= 0 && f.round[b.self] == int32(round) {
			sum -= d * m.exports[b.self] * (1 - f.part[b.self])
		}
		c := m.needs[n]
		f.Unfilled[c] = min(f.Unfilled[c], max(0, q*sum))
	}
	return true
}

// refuse adds up, by need, the weights of those who refuse in a round, times the part that they refuse.
func (f *Fill) refuse(round int, refused float64) {
	s, sums := &f.sales, f.sums
	for n, d := range f.dense {
		sums[n] = d * refused
	}
	for i := range f.market.exports {
		part := 1 - f.part[i]
		if f.round[i] != int32(round) || part == 0 { // who has had nothing from the beginning refuses in the first round
			continue
		}
		needs := s.needs[s.from[i]:s.from[i+1]]
		net := s.net[s.from[i]:][:len(needs)]
		for k, n := range needs {
			sums[n] += net[k] * part
		}
	}
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

// few puts what a need gets of each supplier of its importer into by, in the order of its purchases. It is for rules and needs without
// dense weights.
func (f *Fill) few(n int, by []float64) {
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
