package indicator

import (
	"math"
	"slices"
)

// Unseen is what importers may buy whose imports a dataset lacks, relative to the world exports that it has; 0 where nobody is
// missing. Nobody knows from whom they buy. So each number is taken at its extremes: all that they buy of the product comes from the
// seller in question, though no more than this sells to everybody else, or nothing. What the table of indicators calls the number of
// exporters stays: who sells to them sells to others too. A verdict that differs between the extremes could be turned by what is
// missing.
type Unseen float64

// Share is the least and the most that the share of a seller in world exports may be, of which it has sold by the flows that are
// there; both NaN where nothing is sold. The criteria on such shares are judged by the same.
func (u Unseen) Share(sold, world float64) (least, most float64) {
	bought := float64(u) * world
	from := min(bought, sold)
	return sold / (world + bought), (sold + from) / (world + from)
}

// Verdict is what a criterion says of a cell where importers are missing: by the flows that are there, and whether what is missing
// could turn it. The zero value is a criterion that is missed whatever they buy.
type Verdict uint8

const (
	may  Verdict = 1 << iota // it is met in some case
	met                      // by the flows that are there
	must                     // in every case

	// Certain is the verdict of a criterion that is met whatever they buy.
	Certain = may | met | must
)

// VerdictOf is a verdict that nothing can turn.
func VerdictOf(met bool) Verdict {
	if met {
		return Certain
	}
	return 0
}

// Met says that the flows that are there meet the criterion.
func (v Verdict) Met() bool { return v&met != 0 }

// May says that it is met now or could be.
func (v Verdict) May() bool { return v&may != 0 }

// Must says that it is met whatever they buy.
func (v Verdict) Must() bool { return v&must != 0 }

// CouldTurn says that what is missing decides.
func (v Verdict) CouldTurn() bool { return v.May() && !v.Must() }

// Turnable is the same verdict where nothing is known of what is missing.
func (v Verdict) Turnable() Verdict { return v&met | may }

func (v Verdict) not() Verdict {
	var w Verdict
	for _, pair := range [][2]Verdict{{may, must}, {met, met}, {must, may}} {
		if v&pair[0] == 0 {
			w |= pair[1]
		}
	}
	return w
}

// stake says how a base sum depends on what the missing importers buy.
type stake uint8

const (
	untouched stake = iota
	grows           // by all that they buy
	sold            // by what they buy from the seller that the sum is about
	rest            // by what they buy from others than this seller
	squared         // the squares of sold
	weight          // by tonnes that nobody knows
)

// none stands for a sum where there is none.
const none = Sum(NumSums)

// Touched says that the sum lacks what the missing importers buy.
func (s Sum) Touched() bool { return bases[s].base.stake != untouched }

// Touched says that the criterion is about a sum that lacks what the missing importers buy.
func (k *Criterion) Touched() bool { return slices.ContainsFunc(k.Sums(), Sum.Touched) }

// SumsUnder lists the base sums that it takes to judge the criterion where importers are missing.
func (k *Criterion) SumsUnder(u Unseen) []Sum { return u.sums(k.Sums()) }

func (u Unseen) sums(sums []Sum) []Sum {
	if u == 0 || !slices.ContainsFunc(sums, Sum.Touched) {
		return sums
	}
	sums = append(slices.Clone(sums), WorldExports)
	if slices.Contains(sums, WorldSquares) {
		sums = append(sums, TopExporterExports)
	}
	return sums
}

// extreme is a base sum where the missing importers buy for some dollars: least is where none of it comes from the seller that the
// sum is about, else all does.
func extreme[N any](a *arithmetic[N], s Sum, least bool, at func(Sum) N, bought N) N {
	x := at(s)
	switch stake := bases[s].base.stake; {
	case stake == grows, stake == sold && !least, stake == rest && least:
		return a.apply('+', x, bought)
	case stake == squared && !least: // all from the largest: (t+b)² is t² + b(b+2t)
		return a.apply('+', x, a.apply('*', bought, a.apply('+', bought, a.apply('*', a.of(2), at(TopExporterExports)))))
	case stake == weight && least:
		return a.of(math.Inf(1))
	}
	return x
}

// extremes are the least and the most that a name of the table may be. It is about one seller at the most, so that it has its
// extremes where all that is bought comes from there, or nothing, or where nothing is bought.
func extremes[N any](a *arithmetic[N], ind *Indicator, at func(Sum) N, u Unseen) span[N] {
	e := ind.expr.node
	bought := a.apply('*', a.of(float64(u)), at(WorldExports))
	from := bought
	if ind.about != none && a.less(at(ind.about), from) {
		from = at(ind.about)
	}
	least := value(a, e, func(s Sum) N { return extreme(a, s, true, at, bought) })
	most := value(a, e, func(s Sum) N { return extreme(a, s, false, at, from) })
	return hull(a, value(a, e, at), least, most)
}

// span is the least and the most that a number may be; both are NaN where it is undefined.
type span[N any] struct{ lo, hi N }

func (s span[N]) point(a *arithmetic[N]) bool { return !a.less(s.lo, s.hi) }

// has says that x is in the span.
func (s span[N]) has(a *arithmetic[N], x N) bool { return !a.less(x, s.lo) && !a.less(s.hi, x) }

// reach is what an expression may be. Names of the table are taken at their extremes; what is written with them is interval
// arithmetic, which supposes nothing of how two of them go together: such a span may be too wide, and is never too narrow.
func reach[N any](a *arithmetic[N], e node, at func(Sum) N, u Unseen) span[N] {
	switch e := e.(type) {
	case sumNode, indicatorNode:
		if ind := entryOf(e); u != 0 && ind.touched {
			return extremes(a, ind, at, u)
		}
	case negNode:
		x := reach(a, e.x, at, u)
		return span[N]{a.negate(x.hi), a.negate(x.lo)}
	case binaryNode:
		return combined(a, e.op, reach(a, e.x, at, u), reach(a, e.y, at, u))
	}
	x := value(a, e, at)
	return span[N]{x, x}
}

// entryOf is the entry of the table that a name stands for; nil for other nodes.
func entryOf(e node) *Indicator {
	switch e := e.(type) {
	case sumNode:
		return bases[e.sum]
	case indicatorNode:
		return e.ind
	}
	return nil
}

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

// combined is what x op y may be, whatever the two are in their spans.
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

// Judge adds what k says of each cell to its verdict, as one more criterion that must hold. Cells whose verdict is 0 are left alone.
// Where a number comes within 1e-9 of a threshold, extremes are computed exactly from the sums that exact gives.
func (k *Criterion) Judge(c *Columns, u Unseen, s *Scratch, verdicts []Verdict, exact ExactSums) error {
	return k.cond.judge(c, u, s, verdicts, exact)
}

func (k *comparison) judge(c *Columns, u Unseen, s *Scratch, verdicts []Verdict, exact ExactSums) error {
	holds := make([]bool, len(verdicts))
	for i, v := range verdicts {
		holds[i] = v != 0
	}
	if err := k.meet(c, s, holds, exact); err != nil {
		return err
	}
	asked := sumsIn(k.x, k.y)
	open := u != 0 && slices.ContainsFunc(asked, Sum.Touched)
	asked = u.sums(asked)
	for i, v := range verdicts {
		if v == 0 {
			continue
		}
		now := VerdictOf(holds[i])
		if open {
			could, err := k.reaches(c, u, i, asked, exact)
			if err != nil {
				return err
			}
			if now = could; holds[i] {
				now |= may | met
			} else {
				now &^= must | met
			}
		}
		verdicts[i] &= now
	}
	return nil
}

// reaches says whether a comparison may and must hold of cell i.
func (k *comparison) reaches(c *Columns, u Unseen, i int, asked []Sum, exact ExactSums) (Verdict, error) {
	at := func(s Sum) float64 { return c.At(s, i) }
	x, y := reach(floats, k.x, at, u), reach(floats, k.y, at, u)
	if !near(x.hi, y.lo) && !near(x.lo, y.hi) {
		return between(floats, k.op, x, y), nil
	}
	sums, err := exact(i, asked)
	if err != nil {
		return 0, err
	}
	return between(exacts, k.op, reach(exacts, k.x, sums, u), reach(exacts, k.y, sums, u)), nil
}

// near says that two finite values are too close to tell.
func near(a, b float64) bool {
	return math.Abs(a-b) <= tie*(math.Abs(a)+math.Abs(b)) && !math.IsInf(a, 0) && !math.IsInf(b, 0)
}

// between says whether x op y may and must hold.
func between[N any](a *arithmetic[N], op string, x, y span[N]) (v Verdict) {
	if a.isNaN(x.lo) || a.isNaN(y.lo) {
		return 0
	}
	if op[0] == '<' {
		x, y = y, x
	}
	equal := len(op) == 2 // equals meet it
	exceeds := func(p, q N) bool { return a.less(q, p) || equal && !a.less(p, q) }
	if exceeds(x.hi, y.lo) {
		v |= may
	}
	if exceeds(x.lo, y.hi) {
		v |= must
	}
	return v
}

func (k *and) judge(c *Columns, u Unseen, s *Scratch, verdicts []Verdict, exact ExactSums) error {
	if err := k.x.judge(c, u, s, verdicts, exact); err != nil {
		return err
	}
	return k.y.judge(c, u, s, verdicts, exact)
}

func (k *or) judge(c *Columns, u Unseen, s *Scratch, verdicts []Verdict, exact ExactSums) error {
	second := slices.Clone(verdicts)
	if err := k.x.judge(c, u, s, verdicts, exact); err != nil {
		return err
	}
	if err := k.y.judge(c, u, s, second, exact); err != nil {
		return err
	}
	for i, v := range second {
		verdicts[i] |= v
	}
	return nil
}

func (k *not) judge(c *Columns, u Unseen, s *Scratch, verdicts []Verdict, exact ExactSums) error {
	inner := make([]Verdict, len(verdicts))
	for i, v := range verdicts {
		inner[i] = VerdictOf(v != 0)
	}
	if err := k.x.judge(c, u, s, inner, exact); err != nil {
		return err
	}
	for i, v := range inner {
		verdicts[i] &= v.not()
	}
	return nil
}

// Reach is the least and the most that e may be in cell i where importers are missing; NaN where it is undefined.
func (e *Expr) Reach(c *Columns, u Unseen, i int) (least, most float64) {
	s := reach(floats, e.node, func(s Sum) float64 { return c.At(s, i) }, u)
	return s.lo, s.hi
}

// Reach is the least and the most that the indicator may be in a cell where importers are missing; NaN where it is undefined.
func (i *Indicator) Reach(c *Columns, u Unseen, cell int) (least, most float64) {
	s := reach(floats, node(indicatorNode{i}), func(s Sum) float64 { return c.At(s, cell) }, u)
	return s.lo, s.hi
}

// Touched says that e is about a sum that lacks what the missing importers buy.
func (e *Expr) Touched() bool { return slices.ContainsFunc(e.Sums(), Sum.Touched) }

// SumsUnder lists the base sums that it takes to know what e may be where importers are missing.
func (e *Expr) SumsUnder(u Unseen) []Sum { return u.sums(e.Sums()) }
