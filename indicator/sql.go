package indicator

import (
	"fmt"
	"strconv"
)

// SQL writes the criterion as a condition over columns, for a database that is to leave out what cannot meet it. column
// names the column of a base sum, a float64. The condition holds for every cell that meets the criterion, and for some
// that are too close to a threshold for float64 to tell or too small a sum to compare: who judges what is left with Meet
// gets the verdicts that Meet gives on all.
func (k *Criterion) SQL(column func(Sum) string) string { return k.cond.sql(column, true) }

// slack is how near to a threshold both verdicts are kept open, relative to the sum of the sides: wider than tie, as a
// database adds up in another order.
const slack = 1e-8

// sql of a comparison is wide, holding also where the sides are too close to tell, or narrow, failing there. not turns one
// into the other. A missing value meets no comparison in either.
func (k *comparison) sql(column func(Sum) string, wide bool) string {
	x, y := k.x.sql(column), k.y.sql(column)
	near := fmt.Sprintf("abs(%s - %s) <= %v * (abs(%s) + abs(%s))", x, y, slack, x, y)
	if wide {
		return fmt.Sprintf("(%s %s %s OR %s)", x, k.op, y, near)
	}
	return fmt.Sprintf("(%s %s %s AND NOT (%s))", x, k.op, y, near)
}

func (k *and) sql(column func(Sum) string, wide bool) string {
	return "(" + k.x.sql(column, wide) + " AND " + k.y.sql(column, wide) + ")"
}

func (k *or) sql(column func(Sum) string, wide bool) string {
	return "(" + k.x.sql(column, wide) + " OR " + k.y.sql(column, wide) + ")"
}

func (k *not) sql(column func(Sum) string, wide bool) string {
	return "NOT " + k.x.sql(column, !wide)
}

func (n constNode) sql(func(Sum) string) string            { return strconv.FormatFloat(n.Value, 'g', -1, 64) }
func (n sumNode) sql(column func(Sum) string) string       { return column(n.sum) }
func (n indicatorNode) sql(column func(Sum) string) string { return n.ind.expr.node.sql(column) }
func (n negNode) sql(column func(Sum) string) string       { return "(-" + n.x.sql(column) + ")" }

func (n binaryNode) sql(column func(Sum) string) string {
	x, y := n.x.sql(column), n.y.sql(column)
	if n.op == '^' {
		if y == "2" {
			return "(" + x + " * " + x + ")"
		}
		return "pow(" + x + ", " + y + ")"
	}
	return fmt.Sprintf("(%s %c %s)", x, n.op, y)
}
