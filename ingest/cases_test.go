package ingest

import (
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/sector"
)

// TestPublicComplaints reads tables that are made as people have complained about others: testdata/cases has one folder each.
func TestPublicComplaints(t *testing.T) {
	type change = func(*TransactionOptions)
	lenient := func(o *TransactionOptions) { o.Lenient = true }
	pad := func(o *TransactionOptions) { o.PadCodes = true }
	cut := func(o *TransactionOptions) { o.CutCodes = true }
	hs92 := func(o *TransactionOptions) { o.Nomenclature = "HS92" }
	named := func(o *TransactionOptions) { o.Nomenclature, o.Release = "", "" } // the files say it
	read := func(reader, paths string, changes []change) (*Report, error) {
		opt := transactionOptions(t.TempDir(), "c")
		opt.ProductsOf = sector.ProductsOf
		for _, c := range changes {
			c(&opt)
		}
		var all []string
		for _, p := range strings.Fields(paths) {
			all = append(all, filepath.Join("testdata", "cases", filepath.FromSlash(p)))
		}
		if reader == "baci" {
			return BACI(t.Context(), all, opt.Options)
		}
		return Transactions(t.Context(), all, opt)
	}
	stops := func(reader, paths, want string, changes ...change) {
		t.Helper()
		if _, err := read(reader, paths, changes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s: %v; want %q", reader, paths, err, want)
		}
	}
	stores := func(reader, paths string, rows, aside int, usd float64, changes ...change) {
		t.Helper()
		r, err := read(reader, paths, changes)
		if err != nil {
			t.Errorf("%s %s: %v", reader, paths, err)
			return
		}
		if r.Total.RowsStored != rows || r.Total.RowsAside != aside || r.Total.ValueStored != usd {
			t.Errorf("%s %s: %+v; want %d rows of %v USD, %d set aside", reader, paths, r.Total, rows, usd, aside)
		}
	}
	stops("baci", "01/BACI_HS17_Y2020_V202301.csv", "BACI numbers 251", named)
	stores("transactions", "03/t.csv", 3, 0, 157)
	stops("transactions", "07/t.csv", "t.csv:4: exporter is \"WLD\": the world, a total")
	stores("transactions", "07/t.csv", 2, 4, 150, lenient)
	stops("transactions", "08/mot.csv", "column motCode has 3 values, 0 among them")
	stops("transactions", "08/flow.csv", "column flowCode has M, X, RM: only M are imports")
	stops("transactions", "10/t.csv", "5 of 6 product codes are no codes of HS17")
	stores("transactions", "14/t.csv", 3, 0, 200, cut, pad)
	stores("baci", "16/BACI_HS17_Y2020_V202301.csv", 2, 0, 1_334_568_000, named)
	stops("transactions", "16/t.csv", `product is "1e+05"`)
	stops("baci", "17/BACI_HS17_Y2020_V202301.parquet", "--pad-codes", named)
	stores("baci", "17/BACI_HS17_Y2020_V202301.parquet", 3, 0, 157_754, named, pad)
	stores("baci", "17/fl", 3, 0, 157_754, named)
	stores("baci", "19/BACI_HS17_Y2020_V202301.csv", 1, 0, 120_500, named)
	stops("transactions", "21/t.csv", "t.csv:3: a quoted field does not end on its line")
	stores("transactions", "21/t.csv", 5, 1, 500, lenient)
	stops("transactions", "22/TradeData.csv", "is a download of UN Comtrade")
	stops("transactions", "22/renamed.csv", "a comma too many, as those of UN Comtrade's")
	stops("transactions", "23/comtrade.csv", "is a download of UN Comtrade")
	stops("transactions", "25/full202052.dat", "is a file of Eurostat's Comext")
	stops("transactions", "25/full_v2_202352.dat", "is a file of Eurostat's Comext")
	stops("transactions", "25/full_v2_202352.7z", "is a 7-Zip archive")
	stops("transactions", "27/ICIO2021_SML.csv", "is an input-output table")
	stops("baci", "27/ICIO2021_SML.csv", "is an input-output table")
	stops("baci", "28/baci92_1998.csv", "BACI as CEPII published it until about 2017", hs92)
	for _, list := range []string{"country_code_baci92.csv", "product_code_baci92.csv", "product_code_baci96.csv"} {
		stops("baci", "28/flows_today.csv 28/"+list, "as CEPII published it until about 2017", hs92)
	}
	stops("baci", "29", "--pad-codes", named)
	stores("baci", "29", 2, 0, 127_600, named, pad)
	stores("transactions", "36/t.csv", 1, 1, 50)
	stops("baci", "39/a", "t is 2019, but the file's name says 2021", named)
	stops("baci", "39/b", "releases are mixed", named)
	stops("baci", "39/d", "the year 2020 is in", named)
	for file, what := range map[string]string{"table.xlsx": "an Excel workbook", "get.json": "JSON", "bulk.txt.gz": "a download of UN Comtrade", "t.csv.bz2": "a bzip2 file", "t.zip": "a zip archive"} {
		stops("transactions", "42/"+file, " is "+what)
	}
	stops("transactions", "43/imports_2020.csv", "perhaps rename country to importer")
	stops("transactions", "43/own.csv", "perhaps rename reporter to importer")
	for file, what := range map[string]string{"hs92_country_country_product_year_6_2020.csv": "Growth Lab's Atlas", "wits.csv": "WITS", "year_origin_destination_hs92_6.tsv": "the OEC", "trademap.txt": "Trade Map"} {
		stops("transactions", "44/"+file, what, hs92)
	}
}

// caseLines gives the first line of each text among the cases, as seeds.
func caseLines(f *testing.F) iter.Seq[string] {
	return func(yield func(string) bool) {
		names, err := filepath.Glob("testdata/cases/*/*")
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if line, _, _ := strings.Cut(string(text), "\n"); err == nil && len(line) < 2000 && !yield(line) {
				return
			}
		}
	}
}

// TestLinesOfBACIAreRows is TestLinesAreRows for the reader of archives, which cuts lines by the same rules.
func TestLinesOfBACIAreRows(t *testing.T) {
	const good, other = "2024,156,842,850760,0.1,NA\n", "2024,156,842,850650,0.1,NA\n"
	f := func(name, body, problem string, stored, aside int) {
		t.Helper()
		path := files{"BACI_HS17_Y2024_V202601.csv": "t,i,j,k,v,q\n" + body, "country_codes_V202601.csv": testEconomies}.folder(t)
		_, err := BACI(t.Context(), []string{path}, Options{DataDir: t.TempDir(), Name: "x"})
		if problem == "" && err != nil || problem != "" && (err == nil || !strings.Contains(err.Error(), problem)) {
			t.Errorf("%s: %v; want %q", name, err, problem)
		}
		report, err := BACI(t.Context(), []string{path}, Options{DataDir: t.TempDir(), Name: "x", Lenient: true})
		if err != nil {
			t.Errorf("%s, with --lenient: %v", name, err)
			return
		}
		if want := (Account{RowsRead: stored + aside, RowsStored: stored, RowsAside: aside, ValueRead: 100 * float64(stored), ValueStored: 100 * float64(stored)}); report.Total != want {
			t.Errorf("%s: the account is %+v, want %+v", name, report.Total, want)
		}
	}
	f("a quote that is never closed", good+"2024,156,842,850650,0.1,\"NA\n"+other, "csv:3: a quoted field does not end on its line", 2, 1)
	f("a closed quote that goes on", good+"2024,156,842,850650,\"0\".1,NA\n"+other, "csv:3: a quoted field goes on after its closing quote", 2, 1)
	f("quotes in and around fields", strings.Replace(good, "156", `"156" `, 1)+strings.Replace(other, "850650", `"850650"`, 1), "", 2, 0)
	f("a line longer than a block", good+strings.Repeat("x", 3*blockBytes)+"\n"+other, "csv:3: the line is longer", 2, 1)
	f("lines after a line longer than a block", good+strings.Repeat("x", 3*blockBytes)+"\n"+other+"2024\n", "csv:3: the line is longer", 2, 2)
	f("a line shorter than a block that is too long", good+strings.Repeat("x", blockBytes*3/4)+"\n"+other, "csv:3: the line is longer", 2, 1)
	f("a long line that ends the file", good+other+strings.Repeat("x", 3*blockBytes), "csv:4: the line is longer", 2, 1)
	f("nothing but a long line", good+other+strings.Repeat("x,", 3*blockBytes)+"\n", "csv:4: the line is longer", 2, 1)
	f("a first line longer than a block", strings.Repeat("x", blockBytes)+"\n"+good+other, "csv:2: the line is longer", 2, 1)
}
