package icio

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
)

// Tolerances: a table that is further from adding up is refused. WIOD 2013 in whole million dollars is 0.09 % off for the world and
// 6.6 % for its smallest areas, whose cells under half a million were lost.
const (
	maxWorldGap = 0.01
	maxAreaGap  = 0.10
	tellGap     = 0.005 // areas that are further off are named
)

// Check says whether a table can be used: finite numbers, no negative output or sales between industries beyond rounding, sums that
// are output within the tolerances. remarks are what a user should know of a table that can.
func (t *Table) Check() (remarks []string, err error) {
	fail := func(format string, args ...any) error {
		return fault.Questionf("table of %d: %s", t.Year, fmt.Sprintf(format, args...))
	}
	negative, worth, world := 0, 0.0, 0.0
	for i, x := range t.Output {
		if x < 0 || math.IsInf(x, 0) || math.IsNaN(x) {
			return nil, fail("output of %s is %v; expected 0 or more", t.Label(i), x)
		}
		world += x
		for _, v := range t.Sales(i) {
			if v < 0 {
				negative, worth = negative+1, worth-v
			}
		}
	}
	switch {
	case world == 0:
		return nil, fail("no output at all")
	case worth > 1e-4*world:
		return nil, fail("%d flows between industries are negative, %.0f million USD together; expected flows of 0 or more (only changes in inventories and other final demand may be negative)", negative, worth)
	case negative > 0:
		remarks = append(remarks, fmt.Sprintf("%d: %d flows between industries are negative, %.1f million USD together; they are kept", t.Year, negative, worth))
	}
	gaps := t.Gaps()
	rows, largest, columns := 0.0, 0.0, 0.0
	var far []string
	for i := range gaps {
		g := &gaps[i]
		rows, largest, columns = rows+g.Rows, max(largest, g.Largest), columns+g.Columns
		switch share := g.Share(); {
		case share > maxAreaGap && g.Rows > 1e-6*world:
			return nil, fail("sales of %s differ from its output by %.1f %% (%.0f of %.0f million USD); expected at most %.0f %%: is a row or a block of final demand missing, or output in another unit than flows?",
				g.Area, 100*share, g.Rows, g.Output, 100*maxAreaGap)
		case share > tellGap:
			far = append(far, fmt.Sprintf("%s %.1f %%", g.Area, 100*share))
		}
	}
	if rows > maxWorldGap*world {
		return nil, fail("sales differ from output by %.1f %% (%.0f of %.0f million USD); expected at most %.0f %%: is a row or a block of final demand missing, or output in another unit than flows?",
			100*rows/world, rows, world, 100*maxWorldGap)
	}
	remarks = append(remarks, fmt.Sprintf("%d: sales differ from output by %.3f %% of world output, by at most %.3g million USD in one row", t.Year, 100*rows/world, largest))
	if t.ValueAdded != nil {
		if columns > maxWorldGap*world {
			return nil, fail("inputs, value added and taxes differ from output by %.1f %%; expected at most %.0f %%", 100*columns/world, 100*maxWorldGap)
		}
		remarks = append(remarks, fmt.Sprintf("%d: inputs, value added and taxes differ from output by %.3f %% of world output", t.Year, 100*columns/world))
	}
	if len(far) > 0 {
		slices.Sort(far)
		remarks = append(remarks, fmt.Sprintf("%d: areas whose sales are more than %.1f %% from their output, for example by rounding: %s", t.Year, 100*tellGap, strings.Join(far, ", ")))
	}
	return append(remarks, t.inputRemarks()...), t.checkInputs()
}

// checkInputs refuses a table in which inputs exceed output everywhere: no chain of suppliers has an end.
func (t *Table) checkInputs() error {
	total := 0.0
	for _, v := range t.Inputs() {
		total += v
	}
	out := 0.0
	for _, v := range t.Output {
		out += v
	}
	if total >= out {
		return fault.Questionf("table of %d: inputs of all industries are %.0f, output is %.0f million USD; expected less inputs than output: is output in another unit than flows?", t.Year, total, out)
	}
	return nil
}

func (t *Table) inputRemarks() (remarks []string) {
	var over []string
	none := 0
	for i, v := range t.Inputs() {
		switch {
		case t.Output[i] == 0 && v == 0:
			none++
		case v > t.Output[i] && v-t.Output[i] > 1:
			over = append(over, t.Label(i))
		}
	}
	if none > 0 {
		remarks = append(remarks, fmt.Sprintf("%d: %d industries of areas have no output", t.Year, none))
	}
	if len(over) > 0 {
		remarks = append(remarks, fmt.Sprintf("%d: inputs exceed output in %d industries of areas: %s", t.Year, len(over), shortList(over)))
	}
	return remarks
}
