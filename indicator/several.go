package indicator

import (
	"cmp"
	"math"
	"slices"
)

// Several are criteria that many definitions ask of the same cells. Which of them a cell meets is a word with a bit for each, so that each
// is computed once, however many ask for it, and so is an indicator that several compare with numbers.
type Several struct{ criteria []*Criterion }

// MostSeveral is how many criteria have a bit.
const MostSeveral = 60

// Bit is the bit of a criterion, which it gets if it has none yet; ok is false where no bit is left.
func (s *Several) Bit(k *Criterion) (bit uint64, ok bool) {
	text := k.String()
	i := slices.IndexFunc(s.criteria, func(o *Criterion) bool { return o == k || o.String() == text })
	if i < 0 {
		if i = len(s.criteria); i == MostSeveral {
			return 0, false
		}
		s.criteria = append(s.criteria, k)
	}
	return 1 << i, true
}

// Words says for each of some cells which criteria it meets.
type Words struct {
	Met  []uint64
	Open []uint64 // those that float64 arithmetic leaves open, of cells on a threshold
	Any  uint64   // open in some cell
}

// Begin makes room for n cells, of which nothing is known.
func (w *Words) Begin(n int) {
	w.Met, w.Open, w.Any = slices.Grow(w.Met[:0], n)[:n], slices.Grow(w.Open[:0], n)[:n], 0
	clear(w.Met)
	clear(w.Open)
}

// Asked is some of several criteria, made ready to be judged together.
type Asked struct {
	ladders []ladder
	others  []asked
}

type asked struct {
	cond condition
	bit  uint64
}

// Of gives the criteria with some bits.
func (s *Several) Of(bits uint64) *Asked {
	a := &Asked{}
	var rungs []rung
	for i, k := range s.criteria {
		if bit := uint64(1) << i; bits&bit == 0 {
			continue
		} else if r, ok := rungOf(k.cond, bit); ok {
			rungs = append(rungs, r)
		} else {
			a.others = append(a.others, asked{k.cond, bit})
		}
	}
	a.ladders = laddersOf(rungs)
	return a
}

// Judge notes which of them the cells of c meet.
func (a *Asked) Judge(c *Columns, scratch *Scratch, w *Words) {
	if c.N == 0 {
		return
	}
	scratch.Reset()
	scratch.shared = scratch.shared[:0]
	scratch.sharing = true
	defer func() { scratch.sharing = false }()
	for i := range a.ladders {
		a.ladders[i].roughly(c, scratch, w)
	}
	for _, k := range a.others {
		k.cond.roughly(c, scratch, k.bit, w)
	}
}

// Decide settles which of some criteria cell i of c meets, as far as it is open. exact is as in Meet.
func (s *Several) Decide(bits uint64, c *Columns, i int, w *Words, exact ExactSums) error {
	for at, k := range s.criteria {
		bit := uint64(1) << at
		if bits&bit&w.Open[i] == 0 {
			continue
		}
		keep := []bool{true}
		err := k.Meet(c.Cell(i), &Scratch{}, keep, func(_ int, asked []Sum) (func(Sum) Exact, error) { return exact(i, asked) })
		if err != nil {
			return err
		}
		if w.Open[i] &^= bit; keep[0] {
			w.Met[i] |= bit
		}
	}
	return nil
}

// leaveOpen notes that cell i is on a threshold.
func (w *Words) leaveOpen(i int, bit uint64) {
	w.Open[i] |= bit
	w.Any |= bit
}

func (k *comparison) roughly(c *Columns, s *Scratch, bit uint64, w *Words) {
	x, y := k.x.eval(c, s), k.y.eval(c, s)
	if len(y) == 1 && len(x) == c.N && !math.IsNaN(y[0]) && !math.IsInf(y[0], 0) {
		k.roughlyTo(x, y[0], bit, w)
		return
	}
	if k.op[0] == '<' {
		x, y = y, x
	}
	mx, my := stride(x, c.N), stride(y, c.N)
	met := w.Met[:c.N]
	for i := range met {
		a, b := x[i&mx], y[i&my]
		d, near := a-b, tie*(math.Abs(a)+math.Abs(b))
		var m uint64
		if d > near {
			m = bit
		}
		if met[i] |= m; !(math.Abs(d) > near) {
			k.onThreshold(a, b, i, bit, w)
		}
	}
}

// roughlyTo is roughly for a comparison with a number, as most are. It leaves open a little more than what is nearer than a tie.
func (k *comparison) roughlyTo(x []float64, number float64, bit uint64, w *Words) {
	sign := 1.0
	if k.op[0] == '<' {
		sign = -1
	}
	near, met := 4*tie*math.Abs(number), w.Met[:len(x)]
	for i, a := range x {
		d := (a - number) * sign
		var m uint64
		if d > near {
			m = bit
		}
		if met[i] |= m; !(math.Abs(d) > near) {
			k.onThreshold(a*sign, number*sign, i, bit, w)
		}
	}
}

// onThreshold judges cell i where the larger side of the comparison should be, a, is near b, or one of them is missing or infinite.
func (k *comparison) onThreshold(a, b float64, i int, bit uint64, w *Words) {
	switch {
	case math.IsNaN(a) || math.IsNaN(b):
	case math.IsInf(a, 0) || math.IsInf(b, 0):
		if sign := cmp.Compare(a, b); sign > 0 || sign == 0 && len(k.op) == 2 {
			w.Met[i] |= bit
		}
	default:
		w.leaveOpen(i, bit)
	}
}

// merge joins what two sides of a condition say of each cell.
func (w *Words) merge(x, y *Words, bit uint64, join func(met, open, otherMet, otherOpen bool) (isMet, isOpen bool)) {
	for i := range x.Met {
		met, open := join(x.Met[i]&bit != 0, x.Open[i]&bit != 0, y.Met[i]&bit != 0, y.Open[i]&bit != 0)
		if met {
			w.Met[i] |= bit
		}
		if open {
			w.leaveOpen(i, bit)
		}
	}
}

// sides judges the two sides of a condition.
func sides(x, y condition, c *Columns, s *Scratch, bit uint64) (ofX, ofY *Words) {
	ofX, ofY = &Words{}, &Words{}
	ofX.Begin(c.N)
	ofY.Begin(c.N)
	x.roughly(c, s, bit, ofX)
	y.roughly(c, s, bit, ofY)
	return ofX, ofY
}

func (k *and) roughly(c *Columns, s *Scratch, bit uint64, w *Words) {
	x, y := sides(k.x, k.y, c, s, bit)
	w.merge(x, y, bit, func(m, o, n, p bool) (bool, bool) { return m && n, (m || o) && (n || p) && !(m && n) })
}

func (k *or) roughly(c *Columns, s *Scratch, bit uint64, w *Words) {
	x, y := sides(k.x, k.y, c, s, bit)
	w.merge(x, y, bit, func(m, o, n, p bool) (bool, bool) { return m || n, (o || p) && !(m || n) })
}

func (k *not) roughly(c *Columns, s *Scratch, bit uint64, w *Words) {
	x, _ := sides(k.x, k.x, c, s, bit)
	w.merge(x, x, bit, func(m, o, _, _ bool) (bool, bool) { return !m && !o, o })
}
