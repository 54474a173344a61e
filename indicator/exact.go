package indicator

import (
	"math"
	"math/big"
)

// Exact is an extended rational number: what float64 arithmetic would give without rounding. Rat is nil for an
// infinite or undefined value, which Special (±Inf or NaN) then holds.
type Exact struct {
	Rat     *big.Rat
	Special float64
}

// ExactOf returns the rational value of a finite float64.
func ExactOf(f float64) Exact {
	if r := new(big.Rat).SetFloat64(f); r != nil {
		return Exact{Rat: r}
	}
	return Exact{Special: f}
}

// Float returns the nearest float64.
func (x Exact) Float() float64 {
	if x.Rat == nil {
		return x.Special
	}
	f, _ := x.Rat.Float64()
	return f
}

// Cmp compares two values; ok is false where one is undefined.
func (x Exact) Cmp(y Exact) (sign int, ok bool) {
	if x.Rat != nil && y.Rat != nil {
		return x.Rat.Cmp(y.Rat), true
	}
	fx, fy := x.Float(), y.Float()
	switch {
	case math.IsNaN(fx) || math.IsNaN(fy):
		return 0, false
	case fx < fy:
		return -1, true
	case fx > fy:
		return 1, true
	}
	return 0, true
}

// Exact computes e without rounding for one cell, whose sums are given.
func (e *Expr) Exact(sum func(Sum) Exact) Exact { return exactly(e.node, sum) }

// exactly computes a node for one cell. A constant is shared: results are made anew, and nobody may change the value of a node.
func exactly(e node, sum func(Sum) Exact) Exact {
	switch e := e.(type) {
	case constNode:
		return Exact{Rat: e.exact}
	case sumNode:
		return sum(e.sum)
	case indicatorNode:
		return exactly(e.ind.expr.node, sum)
	case negNode:
		return negateExact(exactly(e.x, sum))
	case binaryNode:
		return applyExact(e.op, exactly(e.x, sum), exactly(e.y, sum))
	}
	panic("a node of another kind")
}

func negateExact(x Exact) Exact {
	if x.Rat == nil {
		return Exact{Special: -x.Special}
	}
	return Exact{Rat: new(big.Rat).Neg(x.Rat)}
}

func applyExact(op byte, x, y Exact) Exact {
	if x.Rat == nil || y.Rat == nil {
		return ExactOf(apply(op, x.Float(), y.Float()))
	}
	z := new(big.Rat)
	switch op {
	case '+':
		return Exact{Rat: z.Add(x.Rat, y.Rat)}
	case '-':
		return Exact{Rat: z.Sub(x.Rat, y.Rat)}
	case '*':
		return Exact{Rat: z.Mul(x.Rat, y.Rat)}
	case '/':
		if y.Rat.Sign() == 0 {
			return Exact{Special: apply('/', float64(x.Rat.Sign()), 0)}
		}
		return Exact{Rat: z.Quo(x.Rat, y.Rat)}
	}
	// The parser allows only whole exponents from 1 to 9.
	z.SetInt64(1)
	for range int(y.Float()) {
		z.Mul(z, x.Rat)
	}
	return Exact{Rat: z}
}
