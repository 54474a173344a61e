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

// ladder is criteria that one and the same is above some numbers: how many it is above says which are met, so that each cell takes one look.
type ladder struct {
	x         node
	low, high []float64 // by number, ascending: between them arithmetic decides nothing; behind the last, infinity
	met       []uint64  // by how many numbers are below: the bits of those
	rungs     []rung
}

// laddersOf sorts rungs by what they are about.
func laddersOf(rungs []rung) (list []ladder) {
	for _, r := range rungs {
		i := slices.IndexFunc(list, func(l ladder) bool { return l.x == r.cond.x })
		if i < 0 {
			i = len(list)
			list = append(list, ladder{x: r.cond.x})
		}
		list[i].rungs = append(list[i].rungs, r)
	}
	for i := range list {
		list[i].lay()
	}
	return list
}

// lay puts the rungs in order; those of the same number become one.
func (l *ladder) lay() {
	slices.SortFunc(l.rungs, func(a, b rung) int { return cmp.Compare(a.number, b.number) })
	l.met = []uint64{0}
	for i, r := range l.rungs {
		if i == 0 || r.number != l.rungs[i-1].number {
			l.low, l.high, l.met = append(l.low, r.low()), append(l.high, r.number+r.near()), append(l.met, l.met[len(l.met)-1])
		}
		l.met[len(l.met)-1] |= r.bit
	}
	l.low = append(l.low, math.Inf(1))
}

// roughly notes which of its criteria the cells of c meet.
func (l *ladder) roughly(c *Columns, s *Scratch, w *Words) {
	x := l.x.eval(c, s)
	mask := stride(x, c.N)
	met := w.Met[:c.N]
	for i := range met {
		a, above := x[i&mask], 0
		for _, high := range l.high {
			if a > high {
				above++
			}
		}
		if met[i] |= l.met[above]; !(a < l.low[above]) {
			l.onRung(a, i, w)
		}
	}
}

// onRung judges cell i where a is near a number, or so large that there is none, or missing.
func (l *ladder) onRung(a float64, i int, w *Words) {
	for _, r := range l.rungs {
		if w.Met[i]&r.bit == 0 && !(a < r.low()) {
			r.cond.onThreshold(a, r.number, i, r.bit, w)
		}
	}
}
