package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"chokepoint/sector"
	"chokepoint/trade"
)

const txHead = "date,importer,exporter,product,value,note\n"

// tried is what came of one table of transactions, without --lenient and with it.
type tried struct {
	strict  error
	report  *Report
	lenient error
}

func try(t *testing.T, content string, change ...func(*TransactionOptions)) tried {
	t.Helper()
	return tryFiles(t, map[string]string{"t.csv": content}, change...)
}

func tryFiles(t *testing.T, content map[string]string, change ...func(*TransactionOptions)) (got tried) {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"t.csv", "u.csv", "product_codes.csv"} {
		if text, ok := content[name]; ok {
			paths = append(paths, write(t, filepath.Join(dir, name), []byte(text)))
		}
	}
	opt := transactionOptions(dir, "x")
	opt.ProductsOf = sector.ProductsOf
	for _, c := range change {
		c(&opt)
	}
	_, got.strict = Transactions(t.Context(), paths, opt)
	opt.Lenient, opt.Replace = true, true
	got.report, got.lenient = Transactions(t.Context(), paths, opt)
	return got
}

// stops wants the strict ingest to stop with all of these words; none: it does not stop.
func (g tried) stops(t *testing.T, words ...string) {
	t.Helper()
	if len(words) == 0 && g.strict != nil {
		t.Errorf("stops: %v", g.strict)
	}
	for _, w := range words {
		if g.strict == nil || !strings.Contains(g.strict.Error(), w) {
			t.Errorf("the error is %v; want %q in it", g.strict, w)
		}
	}
}

// accounts wants a lenient ingest in which rows and dollars are stored and set aside, for one reason at most.
func (g tried) accounts(t *testing.T, stored, storedUSD, aside, asideUSD int, reason string) {
	t.Helper()
	if g.lenient != nil {
		t.Fatalf("with --lenient: %v", g.lenient)
	}
	want := Account{RowsRead: stored + aside, RowsStored: stored, RowsAside: aside, ValueRead: float64(storedUSD + asideUSD), ValueStored: float64(storedUSD), ValueAside: float64(asideUSD)}
	if g.report.Total != want {
		t.Errorf("the account is %+v, want %+v", g.report.Total, want)
	}
	got := ""
	for _, a := range g.report.Aside {
		got += a.Reason
	}
	if got != reason {
		t.Errorf("set aside for %q, want %q", got, reason)
	}
}

// TestLinesAreRows: whatever is in a line, it is one row, and no fault takes another line with it.
func TestLinesAreRows(t *testing.T) {
	const good = "2020,USA,CHN,850760,100,fine\n"
	f := func(name, body, problem string, stored, aside int) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			g := try(t, txHead+body)
			if problem == "" {
				g.stops(t)
				g.accounts(t, stored, 100*stored, 0, 0, "")
				return
			}
			g.stops(t, problem)
			g.accounts(t, stored, 100*stored, aside, 0, "broken row")
			if g.report.Unvalued != aside {
				t.Errorf("%d rows without a value, want %d", g.report.Unvalued, aside)
			}
		})
	}
	f("a quote that is never closed", good+"2020,USA,CHN,850760,100,\"12 inch pipe\n"+good+"2020,USA,CHN,850760,100,also \"good\" one\n"+good+good, "t.csv:3: a quoted field does not end on its line", 5, 1)
	f("a quote that is never closed, in the first field", "\"2020,USA,CHN,850760,100,x\n"+good, "t.csv:2: a quoted field", 1, 1)
	f("a quote alone in the first field", "\"\n"+good, "t.csv:2: a quoted field", 1, 1)
	f("in the first of many rows", "2020,USA,CHN,850760,100,\"x\n"+strings.Repeat(good, 999), "t.csv:2:", 999, 1)
	f("in the last row, without a line end", good+"2020,USA,CHN,850760,100,\"x", "t.csv:3:", 1, 1)
	f("a closed quote that goes on", good+`2020,USA,CHN,850760,100,"12" pipe`+"\n"+good, "goes on after its closing quote", 2, 1)
	f("a line break between quotes", good+"2020,USA,CHN,850760,100,\"two\nlines\"\n"+good, "t.csv:3: a quoted field", 2, 2)
	f("too few and too many fields", good+"2020,USA,CHN,850760,100\n2020,USA,CHN,850760,100,x,\n", "t.csv:3: 5 fields where the header has 6", 1, 2)
	f("a comma too many", "2020,USA,CHN,850760,100,x,\n"+good, "t.csv:2: 7 fields where the header has 6; the row ends in a comma too many", 1, 1)
	f("a line of 3 MB", good+"2020,USA,CHN,850760,100,"+strings.Repeat("x", 3<<20)+"\n"+good, "longer than 1,048,576 bytes", 2, 1)
	f("a long line that ends the file", good+strings.Repeat("x", 3<<20), "longer than 1,048,576 bytes", 1, 1)
	f("quotes in and around fields", "\"2020\", \"USA\",\"CHN\" ,850760,100,\"pipe, 12\"\" wide\"\n2020,USA,CHN,850760,100,12\" pipe\n", "", 2, 0)
	f("blank lines, carriage returns", strings.ReplaceAll(good+"\n \t\n"+good+"\n", "\n", "\r\n"), "", 2, 0)
	f("no line end at the end", strings.TrimSuffix(good+good, "\n"), "", 2, 0)
	f("decimal zeros", "2020.0,842.0,156.0,850760.0,100.0,x\n", "", 1, 0)
}

// TestMarksOfTexts: a byte order mark is passed by, and what is no UTF-8 text with lines is named.
func TestMarksOfTexts(t *testing.T) {
	const text = "date,importer,exporter,product,value\n2020,USA,CHN,850760,100\n"
	utf16LE := make([]byte, 0, 2*len(text))
	for _, u := range utf16.Encode([]rune(text)) {
		utf16LE = binary.LittleEndian.AppendUint16(utf16LE, u)
	}
	g := try(t, "\ufeff"+text)
	g.stops(t)
	g.accounts(t, 1, 100, 0, 0, "")
	g = try(t, "\n"+text)
	g.stops(t)
	try(t, "\xff\xfe"+string(utf16LE)).stops(t, "t.csv is UTF-16 text; save it as UTF-8")
	try(t, string(utf16LE)).stops(t, "t.csv is UTF-16 text")
	try(t, strings.ReplaceAll(text, "\n", "\r")).stops(t, "carriage return")
	try(t, "").stops(t, "no header")
	g = try(t, txHead+"2020,C\xf4te d'Ivoire,CHN,850760,100,\xe9t\xe9\n")
	g.stops(t)
	if n := strings.Join(g.report.Notes, "; "); !strings.Contains(n, "names of economies read as Latin-1") {
		t.Errorf("notes: %s", n)
	}
	try(t, strings.Repeat("x,", 1<<20)).stops(t, "no line end in its first 1,048,576 bytes")
	cut := try(t, strings.TrimSuffix(text, "\n"))
	if cut.stops(t); len(cut.report.Warnings) == 0 || !strings.Contains(cut.report.Warnings[0], "no line end after its last row") {
		t.Errorf("warnings: %v", cut.report.Warnings)
	}
}

// TestNothingToStore: where every row is refused, the error says why, how often, and where first.
func TestNothingToStore(t *testing.T) {
	g := try(t, txHead+"2020,USA,Atlantis,850760,7,\n2020,USA,Lemuria,850760,8,\n2020,USA\n2020,USA,CHN,850760,x,\n")
	if g.lenient == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"no flow to store; rows read: 4", "unknown economy: 2 rows, 15 USD\n  t.csv:2: exporter is \"Atlantis\"", "\n  t.csv:3: ",
		"broken row: 1 row, 0 USD\n  t.csv:4: 2 fields", "bad value: 1 row, 0 USD\n  t.csv:5: value is \"x\""} {
		if !strings.Contains(g.lenient.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, g.lenient)
		}
	}
	g = try(t, txHead+"2020,USA,USA,850760,7,\n")
	g.stops(t, "no flow to store", "self-flow: 1 row, 7 USD")
}

// TestCodesOfTheRevision: without a list of products the codes of the revision are the list.
func TestCodesOfTheRevision(t *testing.T) {
	of := func(n trade.Nomenclature) func(*TransactionOptions) {
		return func(o *TransactionOptions) { o.Nomenclature = n }
	}
	const some = txHead + "2020,USA,CHN,850760,10,\n2020,USA,CHN,010102,100,\n2020,USA,CHN,168471,100,\n2020,USA,CHN,123456,100,\n2020,USA,CHN,TOTALS,100,\n2020,USA,CHN,85XXXX,100,\n"
	g := try(t, some)
	g.stops(t, "t.csv: 5 of 6 product codes are no codes of HS17: 010102, 123456, 168471, 85XXXX, TOTALS (5 rows, 98 % of the value: 500 of 510 USD). --lenient sets")
	g.accounts(t, 1, 10, 5, 500, reasonNames[foreignProduct])
	if g.report.Years[0].Products != 1 || len(g.report.Unknown) != 5 {
		t.Errorf("%+v, unknown %v", g.report.Years, g.report.Unknown)
	}
	if strings.Contains(g.strict.Error(), "is --nomenclature") {
		t.Errorf("another revision is proposed: %v", g.strict)
	}

	const ofHS22 = txHead + "2023,USA,CHN,854142,70,\n2023,USA,CHN,851713,20,\n2023,USA,CHN,850760,10,\n"
	g = try(t, ofHS22)
	g.stops(t, "2 of 3 product codes are no codes of HS17: 854142, 851713 (2 rows, 90 % of the value: 90 of 100 USD)", "100 % of the codes are codes of HS22: is --nomenclature HS22 meant?")
	if w := strings.Join(g.report.Warnings, "; "); !strings.Contains(w, "is --nomenclature HS22 meant?") {
		t.Errorf("warnings with --lenient: %s", w)
	}
	try(t, ofHS22, of("HS22")).stops(t)
	g = try(t, txHead+"2020,USA,CHN,85414299,70,\n", func(o *TransactionOptions) { o.CutCodes = true })
	g.stops(t, "854142 (1 row")

	g = tryFiles(t, map[string]string{"t.csv": some, "product_codes.csv": "code,description\n850760,x\n010102,x\n168471,x\n123456,x\nTOTALS,x\n85XXXX,x\n"})
	g.stops(t)
	g.accounts(t, 6, 510, 0, 0, "")

	g = try(t, txHead+"2020,USA,CHN,850760,10,\n2020,USA,CHN,999999,3,\n2020,USA,CHN,9999AA,4,\n2020,USA,CHN,980100,5,\n2020,USA,CHN,710820,6,\n2020,USA,CHN,271012,7,\n")
	g.stops(t)
	g.accounts(t, 6, 35, 0, 0, "")
	if n := strings.Join(g.report.Notes, "; "); !strings.Contains(n, "271012, 980100, 9999AA (3 flows, 16 USD)") {
		t.Errorf("notes: %s", n)
	}
}

// TestCodesOfTheRevisionInBACI is the same for archives that bring no list.
func TestCodesOfTheRevisionInBACI(t *testing.T) {
	flows := "t,i,j,k,v,q\n2024,156,842,854142,70,NA\n2024,156,842,851713,20,NA\n2024,156,842,850760,10,NA\n"
	path := files{"BACI_HS17_Y2024_V202601.csv": flows, "country_codes_V202601.csv": testEconomies}.folder(t)
	opt := Options{DataDir: t.TempDir(), Name: "x", ProductsOf: sector.ProductsOf}
	if _, err := BACI(t.Context(), []string{path}, opt); err == nil || !strings.Contains(err.Error(), "2 of 3 product codes are no codes of HS17") ||
		!strings.Contains(err.Error(), "is --nomenclature HS22 meant?") {
		t.Errorf("%v", err)
	}
	report, rows := take(t, Options{Lenient: true, ProductsOf: sector.ProductsOf}, path)
	sameRows(t, rows, []row{{2024, "850760", 842, 156, 10_000, math.NaN()}})
	if a := report.Aside; len(a) != 1 || a[0].Reason != reasonNames[foreignProduct] || a[0].Rows != 2 || a[0].Value != 90_000 || len(report.Warnings) == 0 {
		t.Errorf("%+v, %v", a, report.Warnings)
	}
}

// TestTotals: a sum over partners or over products is no flow, and says so.
func TestTotals(t *testing.T) {
	for _, world := range []string{"WLD", "W00", "World", "0"} {
		g := try(t, txHead+"2020,USA,CHN,850760,100,\n2020,USA,"+world+",850760,150,\n")
		g.stops(t, fmt.Sprintf("t.csv:3: exporter is %q: the world, a total over all partners", world))
		g.accounts(t, 1, 100, 1, 150, reasonNames[partnerSum])
		if len(g.report.Unknown) > 0 {
			t.Errorf("%s counts as unknown: %v", world, g.report.Unknown)
		}
		g = try(t, txHead+"2020,"+world+",CHN,850760,150,\n2020,USA,CHN,850760,100,\n")
		g.stops(t, fmt.Sprintf("t.csv:2: importer is %q: the world", world))

		path := files{"BACI_HS17_Y2024_V202601.csv": "t,i,j,k,v,q\n2024,156,842,850760,1,NA\n2024," + world + ",842,850760,2,NA\n", "country_codes_V202601.csv": testEconomies}.folder(t)
		if _, err := BACI(t.Context(), []string{path}, Options{DataDir: t.TempDir(), Name: "x"}); err == nil || !strings.Contains(err.Error(), "the world, a total over all partners") {
			t.Errorf("BACI with %s: %v", world, err)
		}
		if report, _ := take(t, Options{Lenient: true}, path); len(report.Aside) != 1 || report.Aside[0].Reason != reasonNames[partnerSum] || report.Aside[0].Value != 2000 {
			t.Errorf("BACI with %s: %+v", world, report.Aside)
		}
	}
	for code, what := range map[string]string{"TOTAL": "a total over all products", "AG6": "a total over all products", "85": "a chapter", "8507": "a heading"} {
		g := try(t, txHead+"2020,USA,CHN,850760,100,\n2020,USA,CHN,"+code+",150,\n")
		g.stops(t, fmt.Sprintf("t.csv:3: product is %q: %s", code, what))
		g.accounts(t, 1, 100, 1, 150, reasonNames[productSum])
	}
}

// TestNumbersOfTheUN: an economy that has another number in M49 is named.
func TestNumbersOfTheUN(t *testing.T) {
	path := files{"BACI_HS17_Y2020_V202301.csv": "t,i,j,k,v,q\n2020,250,842,850760,120.5,1\n"}.folder(t)
	_, err := BACI(t.Context(), []string{path}, Options{DataDir: t.TempDir(), Name: "x"})
	if err == nil || !strings.Contains(err.Error(), "i is 250") || !strings.Contains(err.Error(), "it is France, which BACI numbers 251") {
		t.Errorf("%v", err)
	}
	g := try(t, txHead+"2020,USA,250,850760,100,\n")
	g.stops(t)
}

// TestBreakdowns: the total and the parts of a flow, or imports and exports, do not count twice.
func TestBreakdowns(t *testing.T) {
	head := func(columns string) string { return "date,importer,exporter,product,value," + columns + "\n" }
	const flow = "2020,USA,CHN,850760,"
	g := try(t, head("motCode,customsCode")+flow+"100,0,C00\n"+flow+"60,2100,C00\n"+flow+"40,1000,C00\n")
	g.stops(t, "t.csv: column motCode has 3 values, 0 among them, which is their total: rows may count twice (100 of 200 USD)", "--lenient")
	if strings.Contains(g.strict.Error(), "customsCode") {
		t.Errorf("customsCode has one value: %v", g.strict)
	}
	g.accounts(t, 1, 100, 2, 100, reasonNames[partOfTotal])

	g = try(t, head("flowCode")+flow+"100,M\n"+flow+"60,X\n"+flow+"40,RM\n")
	g.stops(t, "column flowCode has M, X, RM: only M are imports (100 of 200 USD are not)")
	g.accounts(t, 1, 100, 2, 100, reasonNames[otherDirection])
	g = try(t, head("Trade Flow")+flow+"100,Re-Export\n"+flow+"60,Export\n")
	g.stops(t, "column Trade Flow has Re-Export, Export: only Export are exports (100 of 160 USD are not)")

	for _, c := range []struct{ column, total, part string }{{"customsCode", "C00", "C04"}, {"partner2Code", "0", "276"}, {"partner2ISO", "W00", "DEU"}, {"mosCode", "0", "1"}, {"motDesc", "TOTAL MOT", "Sea"}} {
		g = try(t, head(c.column)+flow+"100,"+c.total+"\n"+flow+"60,"+c.part+"\n")
		g.stops(t, fmt.Sprintf("column %s has 2 values, %s among them", c.column, c.total))
		g.accounts(t, 1, 100, 1, 60, reasonNames[partOfTotal])
		try(t, head(c.column)+flow+"100,"+c.total+"\n").stops(t)
		try(t, head(c.column)+flow+"60,"+c.part+"\n"+flow+"40,other\n").stops(t)
	}
	try(t, head("flowCode")+flow+"100,X\n").stops(t)
	try(t, head("flow")+flow+"100,a\n"+flow+"100,b\n").stops(t)

	g = tryFiles(t, map[string]string{"t.csv": head("motCode") + flow + "100,0\n", "u.csv": head("motCode") + flow + "60,2100\n"})
	g.stops(t, "column motCode has 2 values")
	g.accounts(t, 1, 100, 1, 60, reasonNames[partOfTotal])
}

// TestNationalCodes: codes of chapters 01 to 09 that have lost their zero get it back before they are cut.
func TestNationalCodes(t *testing.T) {
	both := func(o *TransactionOptions) { o.CutCodes, o.PadCodes = true, true }
	const rows = txHead + "2020,IND,CHN,85076000,100,\n2020,IND,CHN,1012100,70,\n2020,IND,CHN,101210010,30,\n"
	g := try(t, rows, both)
	g.stops(t)
	g.accounts(t, 3, 200, 0, 0, "")
	if g.report.PaddedCodes != 2 || !strings.Contains(strings.Join(g.report.Notes, "; "), "cut to six digits: 3 rows") || g.report.Years[0].Products != 2 {
		t.Errorf("%d padded, %v", g.report.PaddedCodes, g.report.Notes)
	}
	if len(g.report.Warnings) != 1 { // an exporter without imports
		t.Errorf("warnings: %v", g.report.Warnings)
	}
	g = try(t, txHead+"2020,IND,CHN,850760,100,\n2020,IND,CHN,85076000,60,\n2020,IND,CHN,85076090,40,\n2020,IND,CHN,85414990,7,\n", both)
	if w := strings.Join(g.report.Warnings, "; "); !strings.Contains(w, "1 product in six digits and as national codes, which are cut to them: 850760; if the rows of six digits (100 USD)") {
		t.Errorf("warnings: %s", w)
	}
	try(t, rows, func(o *TransactionOptions) { o.CutCodes = true }).stops(t, "t.csv:3:", "--pad-codes and --cut-codes")
	try(t, txHead+"2020,IND,CHN,1e+05,100,\n").stops(t, "a program has made a number of it")
}

// FuzzTransactionRows checks the law of the account: every line is a row that is stored or set aside, and so is its value.
func FuzzTransactionRows(f *testing.F) {
	for _, body := range []string{
		"2020,USA,CHN,850760,100,fine\n", "\"2020,USA,CHN,850760,100,x\n2020,USA,CHN,850760,100,y\n", "2020,USA,CHN,850760,100,\"12 inch\n2020,USA,CHN,850760,100,\"good\"\n",
		"2020,USA,WLD,850760,150,\n2020,USA,0,850760,150,x\n", "2020,USA,CHN,TOTALS,100,\n2020,USA,CHN,TOTAL,100,\n2020,USA,CHN,85XXXX,1e2,\n", "\"", "\"\"", "\"\"\"", ",,,,,\n", "\r\n\n \n",
		"2020,USA,CHN,850760,\"1\"\"0\",x", "2020.0,842.0,156.0,850760.0,100.0,a \"b\" c\r\n", "2020,USA,CHN,850760,0.0000001,\n2020,USA,USA,850760,5,\n", "2020,FRA,CHN,1e+05,100,\n",
	} {
		f.Add([]byte(body))
	}
	world := trade.BuiltinEconomies()
	f.Fuzz(func(t *testing.T, body []byte) {
		want := 0
		for line := range bytes.SplitSeq(body, []byte("\n")) {
			if len(bytes.TrimSpace(line)) > 0 {
				want++
			}
		}
		read := func(lenient bool) (*transactionsRead, int64, error) {
			in := &summing{ingestion: &ingestion{economies: world, report: newReport(), judge: &judge{lenient: lenient, products: newDictionary(true, nil)}},
				periods: map[trade.Period]*periodRead{}, products: map[string]string{}, codes: map[string]resolved{}, splits: map[string]*split{}}
			in.judge.products.revision = map[string]bool{"850760": true}
			in.progress.beginReading(0)
			m := &member{label: "t.csv", open: func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(strings.NewReader(txHead), bytes.NewReader(body))), nil
			}}
			taken := int64(0)
			r, err := in.read(context.Background(), m, 0, func(x *trade.Transaction) error { taken += x.Value; return nil })
			return r, taken, err
		}
		r, taken, err := read(true)
		if err != nil {
			t.Fatal(err)
		}
		if r.account.RowsRead != want {
			t.Errorf("%d lines, %d rows read", want, r.account.RowsRead)
		}
		if !r.account.balanced(!r.findings.fraction) {
			t.Errorf("not balanced: %+v", r.account)
		}
		if math.Abs(float64(taken)/1e6-r.account.ValueStored) > 1e-6*float64(want)+1e-9*r.account.ValueStored {
			t.Errorf("%d millionths taken, %v USD stored", taken, r.account.ValueStored)
		}
		s, _, err := read(false)
		stops := false
		for why := range reasons {
			stops = stops || r.findings.aside[why].rows > 0 && !why.always() && !why.later()
		}
		if stops != (err != nil) || err == nil && s.account != r.account {
			t.Errorf("strict: %v, lenient: %+v", err, r.findings.aside)
		}
	})
}
