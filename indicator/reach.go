package indicator

import "math"

// How far expressions reach where importers are missing: in float64 over columns, and exactly for one cell. Both state the same.

// arithmetic is how numbers of a kind are computed with: float64, or exact ones.
type arithmetic[N any] struct {
	apply func(op byte, x, y N) N
	of    func(float64) N
	less  func(x, y N) bool // false where one is undefined
	isNaN func(N) bool
}

var floats = &arithmetic[float64]{
	apply: apply,
	of:    func(x float64) float64 { return x },
	less:  func(x, y float64) bool { return x < y },
	isNaN: func(x float64) bool { return math.IsNaN(x) },
}

var exacts = &arithmetic[Exact]{
	apply: applyExact,
	of:    ExactOf,
	less:  func(x, y Exact) bool { sign, ok := x.Cmp(y); return ok && sign < 0 },
	isNaN: func(x Exact) bool { return x.Rat == nil && math.IsNaN(x.Special) },
}

// span is the least and the most that a number may be; both are NaN where it is undefined.
type span[N any] struct{ lo, hi N }

func (s span[N]) point(a *arithmetic[N]) bool { return !a.less(s.lo, s.hi) }

// has says that x is in the span.
func (s span[N]) has(a *arithmetic[N], x N) bool { return !a.less(x, s.lo) && !a.less(s.hi, x) }

// hull is the span of some numbers.
func hull[N any](a *arithmetic[N], numbers ...N) span[N] {
	h := span[N]{numbers[0], numbers[0]}
	for _, x := range numbers {
		switch {
		case a.isNaN(x):
			return span[N]{x, x}
		case a.less(x, h.lo):
			h.lo = x
		case a.less(h.hi, x):
			h.hi = x
		}
	}
	return h
}

// combined is what x op y may be, whatever the two are in their spans: interval arithmetic.
func combined[N any](a *arithmetic[N], op byte, x, y span[N]) span[N] {
	if a.isNaN(x.lo) || a.isNaN(y.lo) {
		return span[N]{a.of(math.NaN()), a.of(math.NaN())}
	}
	all, zero := span[N]{a.of(math.Inf(-1)), a.of(math.Inf(1))}, a.of(0)
	if op == '/' && y.has(a, zero) && !y.point(a) {
		return all
	}
	corners := [5]N{a.apply(op, x.lo, y.lo), a.apply(op, x.lo, y.hi), a.apply(op, x.hi, y.lo), a.apply(op, x.hi, y.hi)}
	n := 4
	if op == '^' && x.has(a, zero) {
		corners[n] = zero
		n++
	}
	h := hull(a, corners[:n]...)
	if a.isNaN(h.lo) && !(x.point(a) && y.point(a)) { // such as a difference of infinities
		return all
	}
	return h
}

// spans are those of some cells: an entry for each, or one for all.
type spans struct{ lo, hi []float64 }

func (s spans) at(i int) span[float64] {
	if len(s.lo) == 1 {
		i = 0
	}
	return span[float64]{s.lo[i], s.hi[i]}
}

// reach is what an expression may be. Names of the table are taken at their extremes; what is written with them is interval
// arithmetic, which supposes nothing of how two of them go together: such a span may be too wide, and is never too narrow.
func reach(e node, c *Columns, u Unseen, s *Scratch) spans {
	switch e := e.(type) {
	case sumNode, indicatorNode:
		if ind := entryOf(e); u != 0 && len(ind.lacking) > 0 {
			return extremes(ind, c, u, s)
		}
	case negNode:
		x := reach(e.x, c, u, s)
		lo, hi := s.take(len(x.lo)), s.take(len(x.lo))
		for i := range lo {
			lo[i], hi[i] = -x.hi[i], -x.lo[i]
		}
		return spans{lo, hi}
	case binaryNode:
		x, y := reach(e.x, c, u, s), reach(e.y, c, u, s)
		n := max(len(x.lo), len(y.lo))
		lo, hi := s.take(n), s.take(n)
		for i := range n {
			z := combined(floats, e.op, x.at(i), y.at(i))
			lo[i], hi[i] = z.lo, z.hi
		}
		return spans{lo, hi}
	}
	x := e.eval(c, s)
	return spans{x, x}
}

// entryOf is the entry of the table that a name stands for.
func entryOf(name node) *Indicator {
	if s, ok := name.(sumNode); ok {
		return bases[s.sum]
	}
	return name.(indicatorNode).ind
}

// extremes are the least and the most that a name of the table may be. It is about one seller at the most, so that it has its
// extremes where all that is bought comes from there, or nothing, or where nothing is bought.
func extremes(ind *Indicator, c *Columns, u Unseen, s *Scratch) spans {
	bought, from := s.take(c.N), s.take(c.N)
	for i := range bought {
		bought[i] = float64(u) * c.At(WorldExports, i)
		from[i] = bought[i]
		if ind.about != none {
			from[i] = min(bought[i], mostToThem*c.At(ind.about, i))
		}
	}
	least, most := *c, *c
	for _, sum := range ind.lacking {
		least.Col[sum] = extreme(sum, c, true, bought, s)
		most.Col[sum] = extreme(sum, c, false, from, s)
	}
	e := ind.expr.node
	now, x, y := e.eval(c, s), e.eval(&least, s), e.eval(&most, s)
	lo, hi := s.take(c.N), s.take(c.N)
	mNow, mx, my := stride(now, c.N), stride(x, c.N), stride(y, c.N)
	for i := range lo {
		lo[i] = min(now[i&mNow], x[i&mx], y[i&my]) // NaN where one is
		hi[i] = max(now[i&mNow], x[i&mx], y[i&my])
	}
	return spans{lo, hi}
}

// extreme is a base sum where the missing importers buy for some dollars: least is where none of it comes from the seller that the
// sum is about, else all does.
func extreme(sum Sum, c *Columns, least bool, bought []float64, s *Scratch) []float64 {
	var more func(i int) float64
	switch stake := bases[sum].base.stake; {
	case stake == grows, stake == sold && !least, stake == rest && least:
		more = func(i int) float64 { return bought[i] }
	case stake == squared && !least: // all from the largest: (t+b)² is t² + b(b+2t)
		more = func(i int) float64 { return bought[i] * (bought[i] + 2*c.At(TopExporterExports, i)) }
	case stake == weight && least:
		more = func(int) float64 { return math.Inf(1) }
	default:
		return c.Col[sum]
	}
	dst := s.take(c.N)
	for i := range dst {
		dst[i] = c.At(sum, i) + more(i)
	}
	return dst
}

// exactReach is reach for one cell, whose sums are given.
func exactReach(e node, at func(Sum) Exact, u Unseen) span[Exact] {
	switch e := e.(type) {
	case sumNode, indicatorNode:
		if ind := entryOf(e); u != 0 && len(ind.lacking) > 0 {
			return exactExtremes(ind, at, u)
		}
	case negNode:
		x := exactReach(e.x, at, u)
		return span[Exact]{negateExact(x.hi), negateExact(x.lo)}
	case binaryNode:
		return combined(exacts, e.op, exactReach(e.x, at, u), exactReach(e.y, at, u))
	}
	x := exactly(e, at)
	return span[Exact]{x, x}
}

func exactExtremes(ind *Indicator, at func(Sum) Exact, u Unseen) span[Exact] {
	bought := applyExact('*', ExactOf(float64(u)), at(WorldExports))
	from := bought
	if ind.about != none {
		if most := applyExact('*', ExactOf(mostToThem), at(ind.about)); exacts.less(most, from) {
			from = most
		}
	}
	e := ind.expr.node
	least := exactly(e, func(s Sum) Exact { return exactExtreme(s, at, true, bought) })
	most := exactly(e, func(s Sum) Exact { return exactExtreme(s, at, false, from) })
	return hull(exacts, exactly(e, at), least, most)
}

func exactExtreme(sum Sum, at func(Sum) Exact, least bool, bought Exact) Exact {
	x := at(sum)
	switch stake := bases[sum].base.stake; {
	case stake == grows, stake == sold && !least, stake == rest && least:
		return applyExact('+', x, bought)
	case stake == squared && !least:
		twice := applyExact('*', ExactOf(2), at(TopExporterExports))
		return applyExact('+', x, applyExact('*', bought, applyExact('+', bought, twice)))
	case stake == weight && least:
		return applyExact('+', x, ExactOf(math.Inf(1)))
	}
	return x
}
