package indicator

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Expr is a formula: arithmetic over base sums and indicators.
type Expr struct {
	Text string
	node node
}

// node is an arithmetic expression. Each kind of node is evaluated in two ways that must mean the same: eval in float64
// over columns, exactly in rational numbers for one cell (exact.go).
type node interface {
	eval(c *Columns, s *Scratch) []float64 // c.N entries or one; the caller must not write to it
	sql(column func(Sum) string) string
	write(b *strings.Builder, prec int, leaf func(node) string)
	walk(visit func(node))
}

type (
	constNode struct{ Number }
	sumNode   struct {
		sum  Sum
		name string
	}
	indicatorNode struct{ ind *Indicator }
	negNode       struct{ x node }
	binaryNode    struct {
		op   byte // + - * / ^
		x, y node
	}
)

// Scratch holds the temporary columns of one evaluation; a worker keeps one and reuses it.
type Scratch struct {
	cols    [][]float64
	used    int
	sharing bool         // indicators are computed once for all that ask for them, of the same cells
	shared  []evaluation // so far
}

// evaluation is what an indicator is in the cells at hand.
type evaluation struct {
	ind *Indicator
	col []float64
}

// Reset gives all columns back. Columns returned by Eval since the last Reset are no longer valid.
func (s *Scratch) Reset() { s.used = 0 }

func (s *Scratch) take(n int) []float64 {
	if s.used == len(s.cols) {
		s.cols = append(s.cols, nil)
	}
	if cap(s.cols[s.used]) < n {
		s.cols[s.used] = make([]float64, n, n+n/2)
	}
	col := s.cols[s.used][:n]
	s.used++
	return col
}

// Eval computes e for each cell of c: c.N values, or one where it is the same for all. Division by zero gives ±Inf,
// 0/0 NaN. The result belongs to c or s and must not be written to.
func (e *Expr) Eval(c *Columns, s *Scratch) []float64 { return e.node.eval(c, s) }

// Sums lists the base sums that e needs, each once.
func (e *Expr) Sums() []Sum { return sumsIn(e.node) }

func sumsIn(nodes ...node) (sums []Sum) {
	for _, n := range nodes {
		n.walk(func(n node) {
			if s, ok := n.(sumNode); ok && !slices.Contains(sums, s.sum) {
				sums = append(sums, s.sum)
			}
		})
	}
	return sums
}

// Indicators lists the indicators that e names itself, each once, in order of appearance.
func (e *Expr) Indicators() []*Indicator {
	var list []*Indicator
	named(e.node, func(i *Indicator) {
		if !slices.Contains(list, i) {
			list = append(list, i)
		}
	})
	return list
}

func named(n node, visit func(*Indicator)) {
	switch n := n.(type) {
	case indicatorNode:
		visit(n.ind)
	case negNode:
		named(n.x, visit)
	case binaryNode:
		named(n.x, visit)
		named(n.y, visit)
	}
}

// WithNumbers prints e with a number in place of each name, as explain shows it; text writes the number of an
// indicator.
func (e *Expr) WithNumbers(text func(*Indicator) string) string {
	var b strings.Builder
	e.node.write(&b, 0, func(n node) string {
		switch n := n.(type) {
		case indicatorNode:
			return text(n.ind)
		case sumNode:
			return text(byName[n.name])
		}
		return ""
	})
	return b.String()
}

func (n constNode) eval(*Columns, *Scratch) []float64   { return []float64{n.Value} }
func (n sumNode) eval(c *Columns, _ *Scratch) []float64 { return c.Col[n.sum] }

func (n indicatorNode) eval(c *Columns, s *Scratch) []float64 {
	if !s.sharing {
		return n.ind.expr.node.eval(c, s)
	}
	for _, e := range s.shared {
		if e.ind == n.ind {
			return e.col
		}
	}
	col := n.ind.expr.node.eval(c, s)
	s.shared = append(s.shared, evaluation{n.ind, col})
	return col
}

func (n negNode) eval(c *Columns, s *Scratch) []float64 {
	x := n.x.eval(c, s)
	dst := s.take(len(x))
	for i, v := range x {
		dst[i] = -v
	}
	return dst
}

func (n binaryNode) eval(c *Columns, s *Scratch) []float64 {
	x, y := n.x.eval(c, s), n.y.eval(c, s)
	if len(x) == 1 && len(y) == 1 {
		return []float64{apply(n.op, x[0], y[0])}
	}
	dst := s.take(max(len(x), len(y)))
	mx, my := stride(x, len(dst)), stride(y, len(dst))
	switch n.op {
	case '+':
		for i := range dst {
			dst[i] = x[i&mx] + y[i&my]
		}
	case '-':
		for i := range dst {
			dst[i] = x[i&mx] - y[i&my]
		}
	case '*':
		for i := range dst {
			dst[i] = x[i&mx] * y[i&my]
		}
	case '/':
		for i := range dst {
			dst[i] = x[i&mx] / y[i&my]
		}
	default:
		for i := range dst {
			dst[i] = power(x[i&mx], y[i&my])
		}
	}
	return dst
}

// stride is what to mask an index with: one value stands for all n.
func stride(x []float64, n int) int {
	if len(x) == n {
		return -1
	}
	return 0
}

func apply(op byte, x, y float64) float64 {
	switch op {
	case '+':
		return x + y
	case '-':
		return x - y
	case '*':
		return x * y
	case '/':
		return x / y
	}
	return power(x, y)
}

// power multiplies for the square, which math.Pow would round differently on some machines.
func power(x, y float64) float64 {
	if y == 2 {
		return x * x
	}
	return math.Pow(x, y)
}

func (n constNode) walk(visit func(node))     { visit(n) }
func (n sumNode) walk(visit func(node))       { visit(n) }
func (n indicatorNode) walk(visit func(node)) { visit(n); n.ind.expr.node.walk(visit) }
func (n negNode) walk(visit func(node))       { visit(n); n.x.walk(visit) }
func (n binaryNode) walk(visit func(node))    { visit(n); n.x.walk(visit); n.y.walk(visit) }

func precedence(op byte) int {
	switch op {
	case '+', '-':
		return 1
	case '*', '/':
		return 2
	}
	return 4
}

func (n constNode) write(b *strings.Builder, _ int, _ func(node) string) { b.WriteString(n.Text) }

func (n sumNode) write(b *strings.Builder, _ int, leaf func(node) string) {
	writeLeaf(b, n, n.name, leaf)
}

func (n indicatorNode) write(b *strings.Builder, _ int, leaf func(node) string) {
	writeLeaf(b, n, n.ind.Name, leaf)
}

func writeLeaf(b *strings.Builder, n node, name string, leaf func(node) string) {
	if leaf != nil {
		name = leaf(n)
	}
	b.WriteString(name)
}

func (n negNode) write(b *strings.Builder, _ int, leaf func(node) string) {
	b.WriteByte('-')
	n.x.write(b, 3, leaf)
}

func (n binaryNode) write(b *strings.Builder, prec int, leaf func(node) string) {
	p := precedence(n.op)
	if p < prec {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	// Both sides of ^ are atoms; the right side of - and / binds tighter.
	left, right := p, p
	if n.op == '-' || n.op == '/' {
		right = p + 1
	}
	if n.op == '^' {
		left, right = p+1, p+1
	}
	n.x.write(b, left, leaf)
	fmt.Fprintf(b, " %c ", n.op)
	n.y.write(b, right, leaf)
}

func (e *Expr) String() string {
	var b strings.Builder
	e.node.write(&b, 0, nil)
	return b.String()
}
