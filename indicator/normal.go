package indicator

import (
	"slices"
	"strconv"
	"strings"
)

// Normal writes what k asks for in one spelling: a text for each condition that must hold. Blanks, brackets, the order of
// conditions, sums and products, the side of a threshold and the digits of a number (0.3, 0.30, 3e-1) make no difference. Two
// criteria of one normal form ask for the same; two that ask for the same may have two.
func (k *Criterion) Normal() []string { return conjuncts(k.cond) }

func conjuncts(c condition) []string {
	if pair, ok := c.(*and); ok {
		return append(conjuncts(pair.x), conjuncts(pair.y)...)
	}
	return []string{normal(c)}
}

func normal(c condition) string {
	switch c := c.(type) {
	case *comparison:
		if c.op[0] == '<' {
			return normalNode(c.y) + " >" + c.op[1:] + " " + normalNode(c.x)
		}
		return normalNode(c.x) + " " + c.op + " " + normalNode(c.y)
	case *not:
		return "not (" + normal(c.x) + ")"
	case *or:
		return inOrder(" or ", normal(c.x), normal(c.y))
	case *and:
		return inOrder(" and ", normal(c.x), normal(c.y))
	}
	panic("no such condition") // the four above are all
}

func normalNode(n node) string {
	switch n := n.(type) {
	case constNode:
		return normalNumber(n.Text)
	case negNode:
		return "-" + normalNode(n.x)
	case binaryNode:
		x, y := normalNode(n.x), normalNode(n.y)
		if n.op == '+' || n.op == '*' {
			return inOrder(" "+string(n.op)+" ", x, y)
		}
		return "(" + x + " " + string(n.op) + " " + y + ")"
	}
	return exprOf(n).String()
}

func inOrder(between string, x, y string) string { return "(" + min(x, y) + between + max(x, y) + ")" }

// normalNumber writes a decimal number as its digits without zeros at either end, and the power of ten that they are counted in.
// A number of any other form stays as it is.
func normalNumber(text string) string {
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	exponent := 0
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return text
		}
	}
	whole, decimals, _ := strings.Cut(mantissa, ".")
	digits := whole + decimals
	if strings.Trim(digits, "0123456789") != "" {
		return text
	}
	exponent -= len(decimals)
	short := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(short)
	if short = strings.TrimLeft(short, "0"); short == "" {
		return "0"
	}
	return short + "e" + strconv.Itoa(exponent)
}

// NormalOf is the normal form of criteria that must all hold, in one order.
func NormalOf(criteria []*Criterion) []string {
	var list []string
	for _, k := range criteria {
		list = append(list, k.Normal()...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
