package indicator

import (
	"cmp"
	"math"
	"slices"
)

// rung is a criterion that something is above a number.
type rung struct {
	cond   *comparison
	number float64
	bit    uint64
}

// near is how near to the number arithmetic decides nothing: a little more than a tie.
func (r *rung) near() float64 { return 4 * tie * math.Abs(r.number) }

func (r *rung) low() float64 { return r.number - r.near() }

// rungOf is the rung of a criterion of that kind.
func rungOf(k condition, bit uint64) (rung, bool) {
	c, ok := k.(*comparison)
	if !ok || c.op[0] != '>' {
		return rung{}, false
	}
	switch c.x.(type) {
	case sumNode, indicatorNode:
	default:
		return rung{}, false
	}
	y, ok := c.y.(constNode)
	return rung{c, y.Value, bit}, ok && !math.IsNaN(y.Value) && !math.IsInf(y.Value, 0)
}

// Numbers that a ladder has: as many comparisons take no branch, which a processor would guess wrong as often as not.
const mostRungs = 4

// ladder is criteria that one and the same is above some numbers: how many it is above says which are met, so that each cell takes one look.
type ladder struct {
	x     node
	n     int                    // numbers that there are
	high  [mostRungs]float64     // by number, ascending: what is more is above it; then infinity
	low   [2 * mostRungs]float64 // what is less is below it; in between arithmetic decides nothing
	met   [2 * mostRungs]uint64  // by how many numbers are below: the bits of those
	rungs []rung
}

// laddersOf sorts rungs by what they are about.
func laddersOf(rungs []rung) (list []ladder) {
	slices.SortStableFunc(rungs, func(a, b rung) int { return cmp.Compare(a.number, b.number) })
	for _, r := range rungs {
		i := slices.IndexFunc(list, func(l ladder) bool { return l.x == r.cond.x && l.hasRoom(&r) })
		if i < 0 {
			i = len(list)
			list = append(list, newLadder(r.cond.x))
		}
		list[i].add(r)
	}
	return list
}

func newLadder(x node) ladder {
	l := ladder{x: x}
	for i := range l.high {
		l.high[i], l.low[i] = math.Inf(1), math.Inf(1)
	}
	l.low[mostRungs] = math.Inf(1)
	return l
}

// has says that a rung is of the last number.
func (l *ladder) has(r *rung) bool { return l.n > 0 && l.rungs[len(l.rungs)-1].number == r.number }

func (l *ladder) hasRoom(r *rung) bool { return l.n < mostRungs || l.has(r) }

// add adds a rung whose number is none of the lesser.
func (l *ladder) add(r rung) {
	if !l.has(&r) {
		l.high[l.n], l.low[l.n], l.met[l.n+1] = r.number+r.near(), r.low(), l.met[l.n]
		l.n++
	}
	l.met[l.n] |= r.bit
	l.rungs = append(l.rungs, r)
}

// roughly notes which of its criteria the cells of c meet.
func (l *ladder) roughly(c *Columns, s *Scratch, w *Words) {
	x := l.x.eval(c, s)
	mask := stride(x, c.N)
	met := w.Met[:c.N]
	for i := range met {
		a := x[i&mask]
		above := l.above(a) & (2*mostRungs - 1)
		if met[i] |= l.met[above]; !(a < l.low[above]) {
			l.onRung(a, i, w)
		}
	}
}

// above is the number of numbers below a.
func (l *ladder) above(a float64) int {
	var one, two, three, four int
	if a > l.high[0] {
		one = 1
	}
	if a > l.high[1] {
		two = 1
	}
	if a > l.high[2] {
		three = 1
	}
	if a > l.high[3] {
		four = 1
	}
	return one + two + three + four
}

// onRung judges cell i where a is near a number, or so large that there is none, or missing.
func (l *ladder) onRung(a float64, i int, w *Words) {
	for _, r := range l.rungs {
		if w.Met[i]&r.bit == 0 && !(a < r.low()) {
			r.cond.onThreshold(a, r.number, i, r.bit, w)
		}
	}
}
