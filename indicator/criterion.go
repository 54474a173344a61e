package indicator

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Criterion is a condition over indicators, such as `imports >= 2 * exports`: one comparison, or several joined by
// and, or, not.
type Criterion struct {
	Text string
	cond condition
}

type condition interface {
	// meet clears keep[i] where cell i does not meet the condition.
	meet(c *Columns, s *Scratch, keep []bool, exact ExactSums) error
	// roughly notes which cells meet the condition by float64 arithmetic, and which of them are too near a threshold to tell.
	roughly(c *Columns, s *Scratch, bit uint64, w *Words)
	// judge adds the condition to verdicts where importers are missing.
	judge(c *Columns, u Unseen, s *Scratch, verdicts []Verdict, exact ExactSums) error
	margin(c *Columns, s *Scratch) []float64
	comparisons(visit func(*comparison))
	sql(column func(Sum) string, wide bool) string
	write(b *strings.Builder, prec int)
}

type (
	comparison struct {
		op   string // > >= < <=
		x, y node
	}
	and struct{ x, y condition }
	or  struct{ x, y condition }
	not struct{ x condition }
)

// tie is the distance between two sides of a comparison, relative to their sum, below which float64 arithmetic is not trusted and
// the sums are computed again as rational numbers. Sums of 10^5 rounded terms err by less than 1e-11.
const tie = 1e-9

// ExactSums gives sums of cell i without rounding, for those that are asked for. It fails where the flows cannot be read, or
// where nobody waits for the answer any more: a question may put every cell on a threshold, and then takes as long as all
// flows take to be added up for each.
type ExactSums func(i int, asked []Sum) (func(Sum) Exact, error)

// Meet clears keep[i] for each cell that does not meet the criterion. Cells whose keep is already false are left
// alone. exact is called only where the two sides are within 1e-9 of one another, so that > and >= are decided as written.
// A missing value (NaN) meets no comparison. After an error, which is that of exact, keep says nothing.
func (k *Criterion) Meet(c *Columns, s *Scratch, keep []bool, exact ExactSums) error {
	return k.cond.meet(c, s, keep, exact)
}

func (k *comparison) meet(c *Columns, s *Scratch, keep []bool, exact ExactSums) error {
	x, y := k.x.eval(c, s), k.y.eval(c, s)
	mx, my := stride(x, c.N), stride(y, c.N)
	var asked []Sum
	more := k.holds(1) // the answer where a > b; where a < b it is the opposite
	for i := range keep {
		a, b := x[i&mx], y[i&my]
		if d := a - b; math.Abs(d) > tie*(math.Abs(a)+math.Abs(b)) {
			keep[i] = keep[i] && (d > 0) == more
		} else if keep[i] { // on the threshold, missing or infinite
			if asked == nil { // once: a question may put every cell on a threshold
				asked = sumsIn(k.x, k.y)
			}
			met, err := k.near(a, b, i, asked, exact)
			if err != nil {
				return err
			}
			keep[i] = met
		}
	}
	return nil
}

// near compares two values that are too close to tell, or of which one is no number.
func (k *comparison) near(a, b float64, i int, asked []Sum, exact ExactSums) (bool, error) {
	switch {
	case math.IsNaN(a) || math.IsNaN(b):
		return false, nil
	case math.IsInf(a, 0) || math.IsInf(b, 0):
		return k.holds(cmp.Compare(a, b)), nil
	}
	sums, err := exact(i, asked)
	if err != nil {
		return false, err
	}
	sign, ok := exactly(k.x, sums).Cmp(exactly(k.y, sums))
	return ok && k.holds(sign), nil
}

func (k *comparison) holds(sign int) bool {
	switch k.op {
	case ">":
		return sign > 0
	case ">=":
		return sign >= 0
	case "<":
		return sign < 0
	}
	return sign <= 0
}

func (k *and) meet(c *Columns, s *Scratch, keep []bool, exact ExactSums) error {
	if err := k.x.meet(c, s, keep, exact); err != nil {
		return err
	}
	return k.y.meet(c, s, keep, exact)
}

func (k *or) meet(c *Columns, s *Scratch, keep []bool, exact ExactSums) error {
	second := append([]bool(nil), keep...)
	if err := k.x.meet(c, s, keep, exact); err != nil {
		return err
	}
	for i := range second {
		second[i] = second[i] && !keep[i]
	}
	if err := k.y.meet(c, s, second, exact); err != nil {
		return err
	}
	for i := range second {
		keep[i] = keep[i] || second[i]
	}
	return nil
}

func (k *not) meet(c *Columns, s *Scratch, keep []bool, exact ExactSums) error {
	inner := append([]bool(nil), keep...)
	if err := k.x.meet(c, s, inner, exact); err != nil {
		return err
	}
	for i := range keep {
		keep[i] = keep[i] && !inner[i]
	}
	return nil
}

// Margin returns for each cell how far it is from the threshold, relative to the threshold: positive where the
// criterion is met, 0.1 where the left side could change by a tenth of the right side before the verdict turns. For
// `and` it is the smaller of the two margins, for `or` the larger. It is infinite where the right side is 0.
func (k *Criterion) Margin(c *Columns, s *Scratch) []float64 { return k.cond.margin(c, s) }

func (k *comparison) margin(c *Columns, s *Scratch) []float64 {
	x, y := k.x.eval(c, s), k.y.eval(c, s)
	mx, my := stride(x, c.N), stride(y, c.N)
	dst := s.take(c.N)
	for i := range dst {
		dst[i] = (x[i&mx] - y[i&my]) / math.Abs(y[i&my])
		if k.op[0] == '<' {
			dst[i] = -dst[i]
		}
	}
	return dst
}

func (k *and) margin(c *Columns, s *Scratch) []float64 {
	return combine(k.x.margin(c, s), k.y.margin(c, s), math.Min, s)
}

func (k *or) margin(c *Columns, s *Scratch) []float64 {
	return combine(k.x.margin(c, s), k.y.margin(c, s), math.Max, s)
}

func (k *not) margin(c *Columns, s *Scratch) []float64 {
	x := k.x.margin(c, s)
	dst := s.take(len(x))
	for i, v := range x {
		dst[i] = -v
	}
	return dst
}

func combine(x, y []float64, f func(a, b float64) float64, s *Scratch) []float64 {
	dst := s.take(len(x))
	for i := range dst {
		dst[i] = f(x[i], y[i])
	}
	return dst
}

func (k *comparison) comparisons(visit func(*comparison)) { visit(k) }
func (k *and) comparisons(visit func(*comparison))        { k.x.comparisons(visit); k.y.comparisons(visit) }
func (k *or) comparisons(visit func(*comparison))         { k.x.comparisons(visit); k.y.comparisons(visit) }
func (k *not) comparisons(visit func(*comparison))        { k.x.comparisons(visit) }

// Side is one comparison of a criterion, taken apart for explanations: Left Op Right.
type Side struct {
	Left, Right *Expr
	Op          string
}

// Criterion is the comparison alone.
func (s Side) Criterion() *Criterion {
	k := &Criterion{cond: &comparison{s.Op, s.Left.node, s.Right.node}}
	k.Text = k.String()
	return k
}

// Sides lists the comparisons of the criterion from left to right.
func (k *Criterion) Sides() []Side {
	var sides []Side
	k.cond.comparisons(func(cmp *comparison) {
		sides = append(sides, Side{exprOf(cmp.x), exprOf(cmp.y), cmp.op})
	})
	return sides
}

func exprOf(n node) *Expr {
	e := &Expr{node: n}
	e.Text = e.String()
	return e
}

// Sums lists the base sums that the criterion needs.
func (k *Criterion) Sums() []Sum {
	var sums []Sum
	for _, side := range k.Sides() {
		sums = append(sums, side.Left.Sums()...)
		sums = append(sums, side.Right.Sums()...)
	}
	return sums
}

// Indicators lists the indicators that the criterion names, each once.
func (k *Criterion) Indicators() []*Indicator {
	var list []*Indicator
	seen := map[*Indicator]bool{}
	for _, side := range k.Sides() {
		for _, ind := range append(side.Left.Indicators(), side.Right.Indicators()...) {
			if !seen[ind] {
				seen[ind] = true
				list = append(list, ind)
			}
		}
	}
	return list
}

// Level says whether the criterion needs a partner.
func (k *Criterion) Level() Level {
	level := World
	for _, s := range k.Sums() {
		level = max(level, s.Level())
	}
	return level
}

func (k *comparison) write(b *strings.Builder, _ int) {
	k.x.write(b, 0, nil)
	b.WriteString(" " + k.op + " ")
	k.y.write(b, 0, nil)
}

func (k *and) write(b *strings.Builder, prec int) { writePair(b, k.x, k.y, " and ", 2, prec) }
func (k *or) write(b *strings.Builder, prec int)  { writePair(b, k.x, k.y, " or ", 1, prec) }

func (k *not) write(b *strings.Builder, _ int) {
	b.WriteString("not (")
	k.x.write(b, 0)
	b.WriteByte(')')
}

func writePair(b *strings.Builder, x, y condition, word string, p, prec int) {
	if p < prec {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	x.write(b, p)
	b.WriteString(word)
	y.write(b, p)
}

// Floor returns t for a criterion `name >= t` or `name > t`: no cell whose indicator of that name is smaller meets it. It
// returns 0 for all others.
func (k *Criterion) Floor(name string) float64 {
	c, ok := k.cond.(*comparison)
	if !ok || c.op[0] != '>' {
		return 0
	}
	left, isIndicator := c.x.(indicatorNode)
	threshold, isConst := c.y.(constNode)
	if !isIndicator || !isConst || left.ind.Name != name {
		return 0
	}
	return threshold.Value
}

// CheckScale refuses a comparison of a share with a number above 1, which no cell or every cell would meet: 40 where 0.4 is meant.
func (k *Criterion) CheckScale() (err error) {
	k.cond.comparisons(func(c *comparison) {
		x, y := c.x, c.y
		if _, turned := x.(constNode); turned {
			x, y = y, x
		}
		left, isIndicator := x.(indicatorNode)
		number, isConst := y.(constNode)
		if isIndicator && isConst && left.ind.Unit == "share" && number.Value > 1 {
			err = fmt.Errorf("%s is compared with %s, but goes from 0 to 1", left.ind.Name, number.Text)
			if number.Value <= 100 {
				err = fmt.Errorf("%w; for %s per cent write %s", err, number.Text, strconv.FormatFloat(math.Round(1e10*number.Value)/1e12, 'f', -1, 64))
			}
		}
	})
	return err
}

func (k *Criterion) String() string {
	var b strings.Builder
	k.cond.write(&b, 0)
	return b.String()
}

// Threshold takes a criterion with one number to turn apart: `left op number` or `left op number * right`. name is the
// left side as text, value the number as written; with returns the criterion with another number in its place. ok is
// false for criteria of any other form.
func (k *Criterion) Threshold() (name, value string, with func(value string) (*Criterion, error), ok bool) {
	c, isComparison := k.cond.(*comparison)
	if !isComparison {
		return "", "", nil, false
	}
	rest := ""
	number, ok := c.y.(constNode)
	if product, isProduct := c.y.(binaryNode); isProduct && product.op == '*' {
		if number, ok = product.x.(constNode); ok {
			rest = " * " + exprOf(product.y).String()
			if _, sum := product.y.(binaryNode); sum {
				rest = " * (" + exprOf(product.y).String() + ")"
			}
		}
	}
	if !ok {
		return "", "", nil, false
	}
	name = exprOf(c.x).String()
	return name, number.Text, func(value string) (*Criterion, error) {
		if _, err := ParseNumber(value); err != nil {
			return nil, err
		}
		return ParseCriterion(name + " " + c.op + " " + value + rest)
	}, true
}
