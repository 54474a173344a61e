package indicator

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// Number is a decimal number as somebody wrote it. Its exact value has few digits, so that exact arithmetic stays cheap:
// 1e-999999 would be a fraction of a million digits, and its float64 is zero.
type Number struct {
	Text  string // without underscores
	Value float64
	exact *big.Rat
}

// Bounds of a number that is not 0. Every float64 within them has a decimal text of less than maxNumberText.
const (
	minNumber     = 1e-30
	maxNumber     = 1e30
	maxNumberText = 50
	numberRange   = "1e-30 and 1e30"
)

var decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// ParseNumber reads a number that is to be computed with exactly: a threshold, a floor, a step.
func ParseNumber(text string) (Number, error) {
	n := Number{Text: strings.ReplaceAll(strings.TrimSpace(text), "_", "")}
	if len(n.Text) > maxNumberText {
		return n, fmt.Errorf("a number must have at most %d characters; this one has %d", maxNumberText, len(n.Text))
	}
	if !decimal.MatchString(n.Text) {
		return n, fmt.Errorf("%q is no decimal number; expected, for example, 0.3, 25 or 1e6", n.Text)
	}
	n.Value, _ = strconv.ParseFloat(n.Text, 64) // only a range error is possible, and then it is infinite
	mantissa, _, _ := strings.Cut(strings.ToLower(n.Text), "e")
	if zero := !strings.ContainsAny(mantissa, "123456789"); zero {
		n.Value, n.exact = 0, new(big.Rat)
		return n, nil
	}
	if size := math.Abs(n.Value); size < minNumber || size > maxNumber {
		return n, fmt.Errorf("a number must be 0 or between %s; %s is not", numberRange, n.Text)
	}
	n.exact, _ = new(big.Rat).SetString(n.Text) // the pattern is one of those that it reads
	return n, nil
}

// Rat is the exact value, for the caller to keep.
func (n Number) Rat() *big.Rat { return new(big.Rat).Set(n.exact) }
