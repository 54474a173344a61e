package ingest

import (
	"bytes"
	"math"
	"strconv"
)

// toDollars is the shift that turns BACI's thousand US dollars into US dollars.
const toDollars = 3

// numberState says what a numeric field holds.
type numberState uint8

const (
	numberOK numberState = iota
	numberMissing
	numberText     // not a decimal number
	numberNegative // below zero
	numberRange    // beyond float64
	numberLarge    // beyond the bounds of a flow: plausible.go
	numberSmall    // likewise, and not zero
)

func (s numberState) problem() string {
	switch s {
	case numberMissing:
		return "is missing"
	case numberText:
		return "is not a number"
	case numberNegative:
		return "is negative"
	case numberRange:
		return "is beyond the range of a number"
	case numberLarge:
		return "is more than any flow can be (10^15 US dollars or tonnes)"
	case numberSmall:
		return "is less than any flow can be (a millionth of a US dollar or of a gram)"
	}
	return ""
}

// powers of ten that float64 holds exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal reads a plain decimal number (1234, 0.176, .5, 1e+05) times 10^shift and returns the float64 next to that
// product. The shift moves the decimal point of the text; it is not a multiplication, which would round twice.
// Names such as NaN and Inf, hexadecimal numbers and digit separators are not decimal numbers here.
func decimal(s []byte, shift int) (float64, numberState) {
	i, negative := 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		negative = s[i] == '-'
		i++
	}
	var mantissa uint64
	first := i
	for i < len(s) && s[i]-'0' <= 9 {
		mantissa = mantissa*10 + uint64(s[i]-'0')
		i++
	}
	digits, exponent := i-first, shift
	if i < len(s) && s[i] == '.' {
		i++
		point := i
		for i < len(s) && s[i]-'0' <= 9 {
			mantissa = mantissa*10 + uint64(s[i]-'0')
			i++
		}
		digits += i - point
		exponent -= i - point
	}
	if digits == 0 {
		return 0, numberText
	}
	tail := i
	if i < len(s) && s[i]|0x20 == 'e' {
		e, ok := decimalExponent(s[i+1:])
		if !ok {
			return 0, numberText
		}
		exponent += e
		i = len(s)
	}
	if i != len(s) {
		return 0, numberText
	}
	var v float64
	switch {
	case digits <= 19 && mantissa < 1<<53 && exponent >= 0 && exponent < len(tens):
		v = float64(mantissa) * tens[exponent] // both exact, so rounded once
	case digits <= 19 && mantissa < 1<<53 && exponent < 0 && -exponent < len(tens):
		v = float64(mantissa) / tens[-exponent]
	default:
		v = longDecimal(s[first:tail], exponent)
	}
	if math.IsInf(v, 0) {
		return 0, numberRange
	}
	if negative && v != 0 {
		return 0, numberNegative
	}
	return v, numberOK
}

// decimalExponent reads what follows the e; it is cut off where every number is zero or infinite anyway.
func decimalExponent(s []byte) (int, bool) {
	sign := 1
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	e := 0
	for _, c := range s {
		if c -= '0'; c > 9 {
			return 0, false
		}
		e = min(e*10+int(c), 1<<30)
	}
	return sign * e, true
}

// longDecimal is the way of numbers with more digits than a mantissa holds. exponent belongs to all digits of s read as
// one whole number.
func longDecimal(s []byte, exponent int) float64 {
	text := make([]byte, 0, len(s)+12)
	for _, c := range s {
		if c != '.' {
			text = append(text, c)
		}
	}
	text = append(text, 'e')
	text = strconv.AppendInt(text, int64(exponent), 10)
	v, _ := strconv.ParseFloat(string(text), 64) // only a range error is possible, and then v is infinite
	return v
}

// dollarsOf turns a floating point number of thousand US dollars into US dollars: the shortest decimal number that
// reads back as v (bits wide) is moved by three digits, as a text would be.
func dollarsOf(v float64, bits int) (float64, numberState) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, numberText
	case v < 0:
		return 0, numberNegative
	}
	if bits == 64 {
		// A decimal number of up to 15 digits that rounds to v is the shortest one.
		if whole := math.Round(v * 1000); whole < 1e15 && whole/1000 == v {
			return whole, numberOK
		}
	}
	var buffer [32]byte
	return decimal(strconv.AppendFloat(buffer[:0], v, 'e', -1, bits), toDollars)
}

// wholeNumber reads 1 to 9 digits.
func wholeNumber(s []byte) (int, bool) {
	if len(s) == 0 || len(s) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range s {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

// wholeText takes the fraction off a whole number that a program has written as a decimal one (842.0).
func wholeText(s []byte) []byte {
	whole, found := bytes.CutSuffix(s, []byte(".0"))
	if _, ok := wholeNumber(whole); !found || !ok {
		return s
	}
	return whole
}

// trim takes blanks off both ends.
func trim(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// missing says whether a quantity field means "not known".
func missing(s []byte) bool {
	switch len(s) {
	case 0:
		return true
	case 2:
		return s[0] == 'N' && s[1] == 'A'
	case 3:
		return string(s) == "NaN" || string(s) == "N/A" || string(s) == "nan"
	}
	return false
}
