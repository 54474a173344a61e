package result

import (
	"math"
	"strconv"
	"strings"

	"chokepoint/trade"
)

// Exact returns the value of a row as CSV prints it: nothing rounded, a
// missing number empty, infinity as inf.
func (c *Column) Exact(row int) string {
	if c.Type == Text {
		return c.TextAt(row)
	}
	return string(c.appendExact(nil, row))
}

// Short returns the value of a row as the terminal table prints it: dollars
// and tonnes as 1.23 bn, shares with three decimals, missing values as –.
func (c *Column) Short(row int) string {
	if c.IsMissing(row) {
		return missing
	}
	switch c.Type {
	case Text:
		return shortText(c.TextAt(row))
	case Int:
		if c.isYear() {
			return trade.Period(c.Int[row]).String()
		}
		return grouped(strconv.FormatInt(c.Int[row], 10))
	case Bool:
		if c.Bool[row] {
			return "yes"
		}
		return "no"
	default:
		return shortFloat(c.Float[row], c.Unit)
	}
}

// ShortInt writes a whole number of a row as Column.Short does one that is no year.
func ShortInt(n int) string {
	if n == MissingInt {
		return missing
	}
	return grouped(strconv.Itoa(n))
}

// ShortFloat writes a number of a row as Column.Short does.
func ShortFloat(x float64, unit string) string { return shortFloat(x, unit) }

// ExactFloat writes a number of a row as Column.Exact does.
func ExactFloat(x float64, unit string) string { return string(appendFloat(nil, x, isUSD(unit))) }

// IntNumber is a whole number of a row as a floating point one: NaN where it is missing.
func IntNumber(n int) float64 {
	if n == MissingInt {
		return math.NaN()
	}
	return float64(n)
}

// isYear says that the column holds keys of years, or in datasets of months of months, which print as 2024-03.
func (c *Column) isYear() bool { return c.Type == Int && (c.Unit == Year || c.Name == "year") }

const missing = "–"

// appendExact appends the exact form of a value that is not text.
func (c *Column) appendExact(b []byte, row int) []byte {
	if c.IsMissing(row) {
		return b
	}
	switch c.Type {
	case Int:
		if c.isYear() {
			return append(b, trade.Period(c.Int[row]).String()...)
		}
		return strconv.AppendInt(b, c.Int[row], 10)
	case Bool:
		return strconv.AppendBool(b, c.Bool[row])
	default:
		return appendFloat(b, c.Float[row], isUSD(c.Unit))
	}
}

// maxExactInt bounds the float64 values for which every whole number is exact
// and strconv's integer formatting, several times faster, gives the same text.
const maxExactInt = 1 << 53

// appendFloat appends the shortest decimal text that reads back as x. Very
// large and very small numbers have an exponent, dollars never do.
func appendFloat(b []byte, x float64, dollars bool) []byte {
	switch {
	case math.IsNaN(x):
		return b
	case math.IsInf(x, 1):
		return append(b, "inf"...)
	case math.IsInf(x, -1):
		return append(b, "-inf"...)
	}
	magnitude := math.Abs(x)
	switch {
	case magnitude <= maxExactInt && x == math.Trunc(x): // minus zero becomes 0
		return strconv.AppendInt(b, int64(x), 10)
	case dollars, magnitude >= 1e-6 && magnitude < 1e21:
		return strconv.AppendFloat(b, x, 'f', -1, 64)
	}
	return strconv.AppendFloat(b, x, 'g', -1, 64)
}

// shortText makes text safe for a terminal line: a control character in a
// data file must not move the cursor.
func shortText(s string) string {
	if s == "" {
		return missing
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0:
			return '\uFFFD'
		}
		return r
	}, s)
}

func shortFloat(x float64, unit string) string {
	switch {
	case math.IsNaN(x):
		return missing
	case math.IsInf(x, 1):
		return "∞"
	case math.IsInf(x, -1):
		return "-∞"
	case isShare(unit):
		return shortShare(x)
	case isUSD(unit), unit == Tonnes, math.Abs(x) >= 1e4:
		return scaled(x)
	}
	return significant(x, 4)
}

// isShare says whether values of the unit lie between -1 and 1.
func isShare(unit string) bool {
	return strings.HasPrefix(unit, "share") || strings.HasPrefix(unit, "index")
}

// shortShare rounds to three decimals, but never to 0 or 1 what is neither.
func shortShare(x float64) string {
	s := strconv.FormatFloat(x, 'f', 3, 64)
	switch {
	case s == "0.000" && x != 0:
		return "<0.001"
	case s == "-0.000":
		if x == 0 {
			return "0.000"
		}
		return ">-0.001"
	case s == "1.000" && x < 1:
		return ">0.999"
	case s == "-1.000" && x > -1:
		return "<-0.999"
	}
	return s
}

// Percent writes a share for people, in per cent with one decimal, but never as 0 or 100 % what is neither; a missing one is a dash.
func Percent(x float64) string {
	s := strconv.FormatFloat(100*x, 'f', 1, 64)
	switch {
	case math.IsNaN(x):
		return "–"
	case s == "0.0" && x != 0:
		s = "<0.1"
	case s == "-0.0" && x != 0:
		s = ">-0.1"
	case s == "-0.0":
		s = "0.0"
	case s == "100.0" && x < 1:
		s = ">99.9"
	case s == "-100.0" && x > -1:
		s = "<-99.9"
	}
	return s + " %"
}

var scales = []struct {
	factor float64
	suffix string
}{{1, ""}, {1e3, " k"}, {1e6, " m"}, {1e9, " bn"}, {1e12, " tn"}}

// scaled gives three significant digits with k, m, bn or tn.
func scaled(x float64) string {
	if math.Abs(x) >= 1e18 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	for i, s := range scales {
		y := x / s.factor
		last := i == len(scales)-1
		switch magnitude := math.Abs(y); {
		case magnitude >= 999.5 && !last:
			continue
		case i == 0, magnitude >= 99.95:
			if i == 0 {
				return significant(y, 3)
			}
			return grouped(strconv.FormatFloat(y, 'f', 0, 64)) + s.suffix
		case magnitude >= 9.995:
			return strconv.FormatFloat(y, 'f', 1, 64) + s.suffix
		default:
			return strconv.FormatFloat(y, 'f', 2, 64) + s.suffix
		}
	}
	panic("unreachable: the last scale takes everything")
}

// significant gives n significant digits, whole numbers whole.
func significant(x float64, n int) string {
	if x == 0 {
		return "0"
	}
	if math.Abs(x) >= math.Pow10(n-1) {
		return grouped(strconv.FormatFloat(x, 'f', 0, 64))
	}
	return strconv.FormatFloat(x, 'g', n, 64)
}

// grouped puts commas between the thousands of a whole number.
func grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
