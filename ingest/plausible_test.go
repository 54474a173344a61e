package ingest

import (
	"fmt"
	"strings"
	"testing"
)

// TestImplausible: what no flow can be is refused with its row and is in no sum; what nobody has seen is a warning with its row.
func TestImplausible(t *testing.T) {
	const good = "2024,156,842,850760,0.1,NA\n"
	f := func(value, quantity, problem string) {
		t.Helper()
		path := files{"BACI_HS17_Y2024_V202601.csv": "t,i,j,k,v,q\n" + good + "2024,156,842,850650," + value + "," + quantity + "\n", "country_codes_V202601.csv": testEconomies}.folder(t)
		_, err := BACI(t.Context(), []string{path}, Options{DataDir: t.TempDir(), Name: "x"})
		if err == nil || !strings.Contains(err.Error(), "csv:3: ") || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s, %s: %v; want %q", value, quantity, err, problem)
		}
		report, _ := take(t, Options{Lenient: true}, path)
		if a := report.Total; a.RowsStored != 1 || a.RowsAside != 1 || a.ValueStored != 100 {
			t.Errorf("%s, %s: %+v", value, quantity, a)
		}
	}
	const large, small = "is more than any flow can be", "is less than any flow can be"
	f("1e19", "1", `v is "1e19": it `+large)
	f("1000000000000.001", "1", large)
	f("1e307", "1", "is beyond the range of a number")
	f("1e400", "1", "is beyond the range of a number")
	f("1e-300", "1", small)
	f("9e-10", "1", small)
	f("-5", "1", "is negative")
	f("NaN", "1", "is missing")
	f("Inf", "1", "is not a number")
	f("-Infinity", "1", "is not a number")
	f("0x1p3", "1", "is not a number")
	f("1", "1e16", `q is "1e16": it `+large)
	f("1", "1e-13", small)
	f("1", "-1", "is negative")
	f("1", "Inf", "is not a number")

	for _, value := range []string{"1e12", "1000000000000", "1000000000000.000"} { // 10^15 dollars
		path := files{"BACI_HS17_Y2024_V202601.csv": "t,i,j,k,v,q\n" + good + "2024,156,842,850650," + value + ",1e-12\n2024,842,156,850650,1000000000.001,1e15\n",
			"country_codes_V202601.csv": testEconomies}.folder(t)
		report, rows := take(t, Options{}, path)
		want := "2 rows of more than 1,000,000,000,000 USD, 1,001,000,000,000,001 USD together, the first in BACI_HS17_Y2024_V202601.csv:3: 2024,156,842,850650," + value
		if len(rows) != 3 || len(report.Warnings) == 0 || !strings.HasPrefix(report.Warnings[0], want) {
			t.Errorf("%s: %d rows, warnings %q; want %q", value, len(rows), report.Warnings, want)
		}
	}
}

// TestImplausibleTransactions is the same for transactions, whose sums are whole millionths.
func TestImplausibleTransactions(t *testing.T) {
	const good = "2020,USA,CHN,850760,100,\n"
	for value, problem := range map[string]string{"1e22": "beyond the range", "9e12": "beyond the range", "-1": "is negative", "NaN": "is missing", "Inf": "is not a number", "1e400": "beyond the range"} {
		g := try(t, txHead+good+"2020,USA,CHN,850650,"+value+",\n")
		g.stops(t, "t.csv:3: value is", problem)
		g.accounts(t, 1, 100, 1, 0, reasonNames[badValue])
	}
	g := try(t, txHead+good+"2020,USA,CHN,850650,8e12,\n")
	g.stops(t)
	if w := strings.Join(g.report.Warnings, "; "); !strings.Contains(w, "1 row of more than 1,000,000,000,000 USD, 8,000,000,000,000 USD together, the first in t.csv:3: 2020,USA,CHN,850650,8e12") {
		t.Errorf("warnings: %s", w)
	}
	g = try(t, txHead+strings.Repeat("2020,USA,CHN,850650,8e12,\n", 3))
	g.stops(t, "a sum is beyond the range of a number; 3 rows of more than", "the first in t.csv:2")
	if g.lenient == nil || strings.Contains(fmt.Sprint(g.strict, g.lenient), "error of the program") {
		t.Errorf("%v, %v", g.strict, g.lenient)
	}
}
