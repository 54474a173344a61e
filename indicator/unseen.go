package indicator

import (
	"math"
	"slices"
)

// Unseen is what importers may buy whose imports a dataset lacks, relative to the world exports that it has; 0 where nobody is
// missing. Nobody knows from whom they buy. So each number is taken at its extremes: all that they buy of the product comes from the
// seller in question, though no more than mostToThem times what this sells to everybody else, or nothing. The number of exporters
// stays: who sells to them sells to others too. A verdict that differs between the extremes could be turned by what is missing.
type Unseen float64

// mostToThem is how many times what it sells to everybody else a seller sells to the missing importers at the most: three quarters of
// its exports. Where the truth is known, 3 % of what was bought was more than that (docs/missing.md).
const mostToThem = 3

// Share is the least and the most that the share of a seller in world exports may be, of which it has sold by the flows that are
// there; both NaN where nothing is sold. The criteria on such shares are judged by the same.
func (u Unseen) Share(sold, world float64) (least, most float64) {
	bought := float64(u) * world
	from := min(bought, mostToThem*sold)
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

// NewVerdict is one of which each part is known.
func NewVerdict(mayBe, isMet, mustBe bool) (v Verdict) {
	if mayBe {
		v |= may
	}
	if isMet {
		v |= met
	}
	if mustBe {
		v |= must
	}
	return v
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

func (v Verdict) not() Verdict { return NewVerdict(!v.Must(), !v.Met(), !v.May()) }

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
	if u == 0 || !slices.ContainsFunc(asked, Sum.Touched) {
		for i, met := range holds {
			verdicts[i] &= VerdictOf(met)
		}
		return nil
	}
	asked = u.sums(asked)
	x, y := reach(k.x, c, u, s), reach(k.y, c, u, s)
	for i, v := range verdicts {
		if v == 0 {
			continue
		}
		could, err := k.between(x.at(i), y.at(i), u, i, asked, exact)
		if err != nil {
			return err
		}
		if holds[i] {
			could |= may | met
		} else {
			could &^= must | met
		}
		verdicts[i] &= could
	}
	return nil
}

// between says whether the comparison may and must hold of cell i, whose sides are in two spans.
func (k *comparison) between(x, y span[float64], u Unseen, i int, asked []Sum, exact ExactSums) (Verdict, error) {
	if !near(x.hi, y.lo) && !near(x.lo, y.hi) {
		return compared(floats, k.op, x, y), nil
	}
	sums, err := exact(i, asked)
	if err != nil {
		return 0, err
	}
	return compared(exacts, k.op, exactReach(k.x, sums, u), exactReach(k.y, sums, u)), nil
}

// near says that two finite values are too close to tell.
func near(a, b float64) bool {
	return math.Abs(a-b) <= tie*(math.Abs(a)+math.Abs(b)) && !math.IsInf(a, 0) && !math.IsInf(b, 0)
}

// compared says whether x op y may and must hold.
func compared[N any](a *arithmetic[N], op string, x, y span[N]) (v Verdict) {
	if a.isNaN(x.lo) || a.isNaN(y.lo) {
		return 0
	}
	if op[0] == '<' {
		x, y = y, x
	}
	equal := len(op) == 2 // equals meet it
	exceeds := func(p, q N) bool { return a.less(q, p) || equal && !a.less(p, q) }
	return NewVerdict(exceeds(x.hi, y.lo), false, exceeds(x.lo, y.hi))
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

// Reach is the least and the most that e may be in a cell where importers are missing; NaN where it is undefined.
func (e *Expr) Reach(c *Columns, u Unseen, cell int) (least, most float64) {
	s := reach(e.node, c.Cell(cell), u, &Scratch{}).at(0)
	return s.lo, s.hi
}

// Reach is the least and the most that the indicator may be in a cell where importers are missing; NaN where it is undefined.
func (i *Indicator) Reach(c *Columns, u Unseen, cell int) (least, most float64) {
	s := reach(indicatorNode{i}, c.Cell(cell), u, &Scratch{}).at(0)
	return s.lo, s.hi
}

// Touched says that e is about a sum that lacks what the missing importers buy.
func (e *Expr) Touched() bool { return slices.ContainsFunc(e.Sums(), Sum.Touched) }

// SumsUnder lists the base sums that it takes to know what e may be where importers are missing.
func (e *Expr) SumsUnder(u Unseen) []Sum { return u.sums(e.Sums()) }
