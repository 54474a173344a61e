package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/store"
	"chokepoint/trade"
)

// declared is a transaction as a test makes it up, in cents and kilograms.
type declared struct {
	year, month, day             int
	importer, exporter, product  string
	cents, kilograms             int64 // kilograms are -1 where not stated
	importerNumber, exporterCode trade.Code
}

func randomTransactions(rng *rand.Rand, n int) []declared {
	names := []struct {
		text string
		code trade.Code
	}{{"USA", 842}, {"842", 842}, {"chn", 156}, {"Germany", 276}, {"276", 276}, {"FRA", 251}, {"250", 251}, {"JPN", 392}}
	products := []string{"010121", "850760", "851762", "720712"}
	var all []declared
	for len(all) < n {
		i, e := names[rng.IntN(len(names))], names[rng.IntN(len(names))]
		if i.code == e.code {
			continue
		}
		d := declared{year: 2022 + rng.IntN(3), month: 1 + rng.IntN(12), day: 1 + rng.IntN(28), importer: i.text, exporter: e.text,
			product: products[rng.IntN(len(products))], cents: 1 + rng.Int64N(1_000_000_00), kilograms: -1, importerNumber: i.code, exporterCode: e.code}
		if rng.IntN(8) > 0 {
			d.kilograms = rng.Int64N(100_000)
		}
		all = append(all, d)
	}
	return all
}

func transactionsCSV(list []declared) []byte {
	var b bytes.Buffer
	b.WriteString("quantity,Exporter,product,declarant,importer,date,value\n")
	for _, d := range list {
		quantity := ""
		if d.kilograms >= 0 {
			quantity = fmt.Sprint(d.kilograms)
		}
		fmt.Fprintf(&b, "%s,%s,%s,x,%s,%04d-%02d-%02d,%d.%02d\n", quantity, d.exporter, d.product, d.importer, d.year, d.month, d.day, d.cents/100, d.cents%100)
	}
	return b.Bytes()
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func transactionOptions(dir, name string) TransactionOptions {
	return TransactionOptions{Options: Options{DataDir: dir, Name: name, Nomenclature: "HS17", Release: "202501"}, Kilograms: true}
}

// TestTransactions adds transactions up by hand, and compares every flow; files are plain and gzipped, and split in two.
func TestTransactions(t *testing.T) {
	list := randomTransactions(rand.New(rand.NewPCG(3, 3)), 4000)
	dir := t.TempDir()
	first := write(t, filepath.Join(dir, "a.csv"), append([]byte("\xef\xbb\xbf"), transactionsCSV(list[:1500])...))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(transactionsCSV(list[1500:]))
	z.Close()
	second := write(t, filepath.Join(dir, "b.csv.gz"), packed.Bytes())
	for _, monthly := range []bool{false, true} {
		opt := transactionOptions(dir, fmt.Sprint("t-", monthly))
		opt.Monthly = monthly
		report, err := Transactions(t.Context(), []string{first, second}, opt)
		if err != nil {
			t.Fatal(err)
		}
		type key struct {
			period             int
			product            string
			importer, exporter trade.Code
		}
		type sum struct {
			cents, kilograms int64
			known, all       int
		}
		want, cents := map[key]*sum{}, int64(0)
		partial := 0
		for _, d := range list {
			k := key{d.year, d.product, d.importerNumber, d.exporterCode}
			if monthly {
				k.period = d.year*100 + d.month
			}
			if want[k] == nil {
				want[k] = &sum{}
			}
			want[k].cents += d.cents
			cents += d.cents
			want[k].all++
			if d.kilograms >= 0 {
				want[k].kilograms += d.kilograms
				want[k].known++
			}
		}
		d, err := store.Open(dir, opt.Name)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		found := 0
		for _, p := range d.Years() {
			year, err := d.Year(p)
			if err != nil {
				t.Fatal(err)
			}
			for i := range year.Len() {
				f := year.Flows(i)
				for k := range f.Value {
					found++
					s := want[key{p, f.Product, trade.Code(f.Importer[k]), trade.Code(f.Exporter[k])}]
					if s == nil {
						t.Fatalf("%d %s %d %d: no such flow", p, f.Product, f.Importer[k], f.Exporter[k])
					}
					quantity := math.NaN()
					if s.known == s.all {
						quantity = float64(s.kilograms) / 1000
					} else if s.known > 0 {
						partial++
					}
					if f.Value[k] != float64(s.cents)/100 || f.Quantity[k] != quantity && !(math.IsNaN(f.Quantity[k]) && math.IsNaN(quantity)) {
						t.Errorf("%d %s %d %d: %v USD, %v t; want %v, %v", p, f.Product, f.Importer[k], f.Exporter[k], f.Value[k], f.Quantity[k], float64(s.cents)/100, quantity)
					}
				}
			}
		}
		if found != len(want) || d.Manifest().Monthly() != monthly || partial == 0 {
			t.Errorf("%d flows, want %d; monthly: %v; %d with part of a quantity", found, len(want), d.Manifest().Monthly(), partial)
		}
		if report.Total.RowsRead != len(list) || report.Total.RowsStored != len(list) || math.Abs(report.Total.ValueStored-float64(cents)/100) > 1e-3 || len(report.Files) != 2 {
			t.Errorf("account: %+v", report.Total)
		}
		if notes := strings.Join(report.Notes, "; "); !strings.Contains(notes, fmt.Sprintf("4,000 transactions summed to %s", countedText(found, "flow"))) ||
			!strings.Contains(notes, fmt.Sprintf("%s (", countedText(partial, "flow"))) || !strings.Contains(notes, `columns not read: "declarant"`) {
			t.Errorf("notes: %s", notes)
		}
	}
	if _, err := Transactions(t.Context(), []string{first, first}, transactionOptions(dir, "twice")); err == nil || !strings.Contains(err.Error(), "same file") {
		t.Errorf("a file twice: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Transactions(ctx, []string{first}, transactionOptions(dir, "stopped")); err == nil {
		t.Error("no error when canceled")
	}
}

// TestTransactionRows gives one row each and what becomes of it.
func TestTransactionRows(t *testing.T) {
	const head = "date,importer,exporter,product,value,quantity\n"
	const good = "2024-03-15,USA,CHN,850760,10.5,2\n"
	f := func(row, problem, reason string, change ...func(*TransactionOptions)) {
		t.Helper()
		dir := t.TempDir()
		opt := transactionOptions(dir, "x")
		for _, c := range change {
			c(&opt)
		}
		path := write(t, filepath.Join(dir, "rows.csv"), []byte(head+good+row+"\n"))
		_, err := Transactions(t.Context(), []string{path}, opt)
		if (problem == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), problem) || !strings.Contains(err.Error(), "rows.csv:3:")) {
			t.Errorf("%s: %v, want %q", row, err, problem)
		}
		opt.Lenient, opt.Replace = true, true
		report, err := Transactions(t.Context(), []string{path}, opt)
		if err != nil {
			t.Fatalf("%s, lenient: %v", row, err)
		}
		got := ""
		if len(report.Aside) > 0 {
			got = report.Aside[0].Reason
		}
		if got != reason || report.Total.RowsRead != 2 || report.Total.RowsStored+report.Total.RowsAside != 2 || len(report.Aside) > 1 {
			t.Errorf("%s: set aside for %q, want %q; %+v", row, got, reason, report.Total)
		}
	}
	monthly := func(o *TransactionOptions) { o.Monthly = true }
	cut := func(o *TransactionOptions) { o.CutCodes = true }
	pad := func(o *TransactionOptions) { o.PadCodes = true }
	f("2024-02-29,276,Japan,010121,1,0", "", "")
	f("20240229,276,392,010121,1,", "", "")
	f("2024-02,DEU,JPN,010121,1e3,NA", "", "", monthly)
	f("2024,DEU,JPN,010121,.5,", "", "")
	f("2024,DEU,JPN,010121,.5,", "it has no month", "bad year", monthly)
	f("2023-02-29,DEU,JPN,010121,1,", "the date is", "bad year")
	f("15.3.2024,DEU,JPN,010121,1,", "the date is", "bad year")
	f("1024,DEU,JPN,010121,1,", "the date is", "bad year")
	f("2024,Atlantis,JPN,010121,1,", `importer is "Atlantis"`, "unknown economy")
	f("2024,DEU,,010121,1,", `exporter is ""`, "unknown economy")
	f("2024,DEU,JPN,10121,1,", "--pad-codes", "bad product code")
	f("2024,DEU,JPN,10121,1,", "", "", pad)
	f("2024,DEU,JPN,85076000,1,", "--cut-codes", "bad product code")
	f("2024,DEU,JPN,85076000,1,", "", "", cut)
	f("2024,DEU,JPN,8507600090,1,", "", "", cut)
	f("2024,DEU,JPN,850760,-1,", "is negative", "bad value")
	f("2024,DEU,JPN,850760,x,", "is not a number", "bad value")
	f("2024,DEU,JPN,850760,,", "is missing", "bad value")
	f("2024,DEU,JPN,850760,9e12,", "range", "bad value")
	f("2024,DEU,JPN,850760,1,-1", "is negative", "bad quantity")
	f("2024,DEU,276,850760,1,1", "", "self-flow")
	f("2024,DEU,JPN,850760,0,1", "", "zero value")
	f("2024,DEU,JPN,850760,1", "5 fields where the header has 6", "broken row")
	f(`2024,DEU,JPN,850760,"1,1`, `"`, "broken row")

	heads := func(head, want string) {
		t.Helper()
		dir := t.TempDir()
		path := write(t, filepath.Join(dir, "h.csv"), []byte(head))
		_, err := Transactions(t.Context(), []string{path}, transactionOptions(dir, "x"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", head, err, want)
		}
	}
	heads("", "no header")
	heads("date,importer,exporter,value\n", "no column product")
	heads("date;importer;exporter;product;value\n", "separated by semicolons")
	heads("importer,exporter,product,value\n", "date (or year and month)")
	heads("date,year,importer,exporter,product,value\n", "one or the other")
	heads("date,date,importer,exporter,product,value\n", "date twice")
	heads("date,importer,exporter,product,value\n", "no flow to store")
}

// FuzzMillionths checks that what text says to six decimals is kept, and that reading it back gives the same number.
func FuzzMillionths(f *testing.F) {
	f.Add(int64(1))
	f.Add(int64(999_999_999_999_999_999))
	f.Add(int64(8_999_999_999_999_999))
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 || n >= 1e18 {
			return
		}
		x, state := decimal(fmt.Appendf(nil, "%d.%06d", n/1e6, n%1e6), 0)
		got, exact := trade.ToMillionths(x)
		if state != numberOK || n < 4e15 && (got != n || !exact) || n%1e6 == 0 && (got != n || !exact) {
			t.Errorf("%d: %v, %d, exact %v", n, x, got, exact)
		}
	})
}
