package indicator

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
)

// TestNumbers: what reaches exact arithmetic has few digits, and its float64 value is zero only where it is.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "0.40": "2/5", ".5": "1/2", "5.": "5", "1e6": "1000000", "10_000": "10000", " 2 ": "2", "-1.5": "-3/2", "+3": "3",
		"1E-3": "1/1000", "0e-999999999": "0", "0.00e999999999": "0", "1e30": "1" + strings.Repeat("0", 30), "007": "7",
	} {
		n, err := ParseNumber(text)
		rat, _ := new(big.Rat).SetString(want)
		if err != nil || n.Rat().Cmp(rat) != 0 || n.Value != (Exact{Rat: rat}).Float() {
			t.Errorf("%q: got %+v, %v; want %s", text, n, err, want)
		}
	}
	for _, text := range []string{
		"", "x", "1/3", "0x10", "0b1", "1e", "e5", ".", "Inf", "NaN", "1e1e1", "1 2", "1:2", "0x1p-2",
		"1e-999999", "-1e-999999", "1e999999999", "1e-400", "4.9e-324", "9e-31", "1.1e30", "1e400",
		"0." + strings.Repeat("0", 400) + "1", strings.Repeat("9", 400), "1." + strings.Repeat("3", 60), "1e" + strings.Repeat("0", 60),
	} {
		if n, err := ParseNumber(text); err == nil {
			t.Errorf("%q was read as %v; want an error", text, n.Value)
		}
	}
	for _, v := range []float64{minNumber, math.Nextafter(minNumber, 1), maxNumber, math.Nextafter(maxNumber, 1), 1.0 / 3e29} {
		if n, err := ParseNumber(strconv.FormatFloat(v, 'f', -1, 64)); err != nil || n.Value != v {
			t.Errorf("%v written out was read as %v, %v", v, n.Value, err)
		}
	}
}

// TestLiteralsStayCheap: every way by which a number comes into a criterion refuses those whose exact value is huge.
func TestLiteralsStayCheap(t *testing.T) {
	for _, number := range []string{"1e-999999", "1e-400", "0." + strings.Repeat("0", 330) + "1", "1." + strings.Repeat("3", 300)} {
		for _, text := range []string{
			"imports - imports >= " + number, number + " > exports", "imports >= " + number + " * exports", "imports > -" + number,
			"not (imports < 2 and exports >= (1 + " + number + ") ^ 2)",
		} {
			if _, err := ParseCriterion(text); err == nil || !strings.Contains(err.Error(), "a number must") {
				t.Errorf("%.60s: got %v, want an error about the number", text, err)
			}
		}
		if _, err := ParseFormula("imports / " + number); err == nil {
			t.Errorf("a formula with %.60s was read", number)
		}
		k, err := ParseCriterion("imports >= 2 * exports")
		if err != nil {
			t.Fatal(err)
		}
		_, _, with, _ := k.Threshold()
		if _, err := with(number); err == nil {
			t.Errorf("a threshold became %.60s", number)
		}
	}
	k, err := ParseCriterion("import_hhi >= 0.4")
	if err != nil {
		t.Fatal(err)
	}
	_, _, with, _ := k.Threshold()
	if got, err := with("0 or imports > 0"); err == nil {
		t.Errorf("a threshold became %s; want a number and nothing else", got)
	}
}

// TestSideAlone: a comparison is taken out of a criterion without being read again, however long its text is.
func TestSideAlone(t *testing.T) {
	long := strings.Repeat("1-", 30) + "1>=" + strings.Repeat("2+", 30) + "imports"
	k, err := ParseCriterion(strings.Repeat("(", 400) + long + strings.Repeat(")", 400))
	if err != nil {
		t.Fatal(err)
	}
	alone := k.Sides()[0].Criterion()
	if alone.String() != k.String() || alone.Text != k.String() {
		t.Errorf("got %q, want %q", alone.Text, k.String())
	}
}
