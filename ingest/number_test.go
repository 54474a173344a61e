package ingest

import (
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var plainDecimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// slowDecimal states what decimal does: the grammar as a pattern, the shift as an exponent added to the text.
func slowDecimal(s string, shift int) (float64, numberState) {
	if !plainDecimal.MatchString(s) {
		return 0, numberText
	}
	mantissa, exponent := s, 0
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		mantissa = s[:at]
		e, err := strconv.Atoi(s[at+1:])
		if err != nil || e > 1e9 || e < -1e9 {
			e = 1e9
			if s[at+1] == '-' {
				e = -1e9
			}
		}
		exponent = e
	}
	v, err := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(exponent+shift), 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, numberRange
	case err != nil:
		return 0, numberText
	case v < 0:
		return 0, numberNegative
	}
	return v, numberOK
}

func TestDecimal(t *testing.T) {
	f := func(text string, want float64, state numberState) {
		t.Helper()
		got, s := decimal([]byte(text), toDollars)
		if got != want || s != state {
			t.Errorf("decimal(%q, 3) = %v, %d, want %v, %d", text, got, s, want, state)
		}
	}
	f("0.176", 176, numberOK)
	f("1.001", 1001, numberOK)
	f("96442941.514", 96442941514, numberOK)
	f("36.9707899148844", 36970.7899148844, numberOK)
	f("1e+05", 1e8, numberOK)
	f("1E5", 1e8, numberOK)
	f("1.5e-3", 1.5, numberOK)
	f("1", 1000, numberOK)
	f("1.", 1000, numberOK)
	f(".5", 500, numberOK)
	f("+2", 2000, numberOK)
	f("0", 0, numberOK)
	f("-0.000", 0, numberOK)
	f("0.00000000000000000000000000176", 1.76e-24, numberOK)
	f("123456789012345678901234567890", 1.2345678901234567890e32, numberOK)
	f("18446744073709551617", 18446744073709551617000, numberOK)
	f("-1", 0, numberNegative)
	f("1e400", 0, numberRange)
	f("1e99999999999999999999", 0, numberRange)
	f("1e-99999999999999999999", 0, numberOK)
	for _, text := range []string{"", ".", "+", "-", "e5", "1e", "1e+", "1e5.0", "NaN", "Inf", "inf", "0x10", "1_000", "1 000",
		"1,5", "1.2.3", "--1", "NA", "12a", "٣"} {
		f(text, 0, numberText)
	}
}

func TestDecimalAgreesWithSlowTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		var text string
		switch r.IntN(4) {
		case 0:
			text = strconv.FormatFloat(float64(r.IntN(1e9))/1000, 'f', 3, 64)
		case 1:
			text = strconv.FormatFloat(r.ExpFloat64()*1e4, 'g', 1+r.IntN(17), 64)
		case 2:
			text = strconv.FormatFloat(math.Float64frombits(r.Uint64()>>1), 'e', r.IntN(25), 64)
		case 3:
			text = strconv.FormatUint(r.Uint64(), 10) + "." + strconv.FormatUint(r.Uint64()>>r.IntN(64), 10)
		}
		for _, shift := range []int{0, toDollars} {
			got, state := decimal([]byte(text), shift)
			want, wantState := slowDecimal(text, shift)
			if got != want || state != wantState {
				t.Fatalf("decimal(%q, %d) = %v, %d, want %v, %d", text, shift, got, state, want, wantState)
			}
		}
	}
}

func TestDollarsOfFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		v := r.ExpFloat64() * math.Pow10(r.IntN(16))
		if r.IntN(2) == 0 {
			v = math.Round(v*1000) / 1000
		}
		got, _ := dollarsOf(v, 64)
		want, _ := slowDecimal(strconv.FormatFloat(v, 'f', -1, 64), toDollars)
		if got != want {
			t.Fatalf("dollarsOf(%v, 64) = %v, want %v", v, got, want)
		}
		single := float32(v)
		got, _ = dollarsOf(float64(single), 32)
		want, _ = slowDecimal(strconv.FormatFloat(float64(single), 'f', -1, 32), toDollars)
		if got != want {
			t.Fatalf("dollarsOf(%v, 32) = %v, want %v", single, got, want)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"0.176", "1e+05", "36.9707899148844", "-1", "NA", "1e400", "9007199254740993", "."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, state := decimal([]byte(text), toDollars)
		want, wantState := slowDecimal(text, toDollars)
		if got != want || state != wantState {
			t.Fatalf("decimal(%q) = %v, %d, want %v, %d", text, got, state, want, wantState)
		}
	})
}
