package result

import (
	"fmt"
	"slices"
	"strings"
)

// ofYear is what stands between USD and the year in the unit of amounts at the prices of one year.
const ofYear = " of "

// isUSD says whether values of the unit are US dollars, be they current or of one year.
func isUSD(unit string) bool { return unit == USD || strings.HasPrefix(unit, USD+ofYear) }

// dollarPower says how dollars enter a unit: 1 in USD and USD/t, 2 in USD², 0 where they do not.
func dollarPower(unit string) int {
	switch {
	case !strings.HasPrefix(unit, USD):
		return 0
	case strings.HasSuffix(unit, "²"):
		return 2
	}
	return 1
}

// Dollars says which dollars the amounts of a table are, for its title, its axes and its notes: "current dollars", "dollars of 2015",
// or "" where it has no amounts.
func (t *Table) Dollars() string {
	for _, c := range t.Columns {
		if dollarPower(c.Unit) == 0 {
			continue
		}
		if _, year, ok := strings.Cut(c.Unit, ofYear); ok {
			year, _, _ = strings.Cut(year, "/")
			return "dollars of " + strings.TrimSuffix(year, "²")
		}
		return "current dollars"
	}
	return ""
}

// AtPricesOf turns the amounts of a table whose rows are of one year each into dollars of the year base; factor is what a dollar of a
// year is worth in these. Units say so. The rows that the table was made from have current dollars still: Schema.Rows gives them no more.
func (t *Table) AtPricesOf(base int, factor func(year int) float64) error {
	years := t.yearColumn()
	if years == nil {
		return fmt.Errorf("table %s has no years: its amounts cannot be put at prices of one", t.Name)
	}
	for k, c := range t.Columns {
		power := dollarPower(c.Unit)
		if power == 0 || c.Type != Float {
			continue
		}
		n := *c
		n.Unit = fmt.Sprintf("%s%s%d%s", USD, ofYear, base, strings.TrimPrefix(c.Unit, USD))
		n.Float = slices.Clone(c.Float)
		for row := range n.Float {
			for range power {
				n.Float[row] *= factor(int(years.Int[row]))
			}
		}
		t.Columns[k] = &n
	}
	t.rows = nil
	return nil
}

// yearColumn is the column of years; nil where there is none.
func (t *Table) yearColumn() *Column {
	if c := t.Column("year"); c != nil && c.Type == Int {
		return c
	}
	return nil
}

// Years lists the years of the rows, ascending; none where the table has no such column.
func (t *Table) Years() (years []int) {
	c := t.yearColumn()
	if c == nil {
		return nil
	}
	seen, last := map[int64]bool{}, int64(MissingInt) // of millions of rows most have the year of the row before
	for _, y := range c.Int {
		if y != last && y != MissingInt && !seen[y] {
			seen[y] = true
			years = append(years, int(y))
		}
		last = y
	}
	slices.Sort(years)
	return years
}
