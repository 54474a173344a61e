package ingest

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipOf packs one file.
func zipOf(t *testing.T, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestKindsOfFiles names files of other kinds as what they are, for both readers, and passes over them in a folder.
func TestKindsOfFiles(t *testing.T) {
	const table = "date,importer,exporter,product,value\n2020,USA,CHN,850760,100\n"
	tar := table + strings.Repeat("x", 257-len(table)) + "ustar\x0000" + strings.Repeat("\x00", 500)
	for _, f := range []struct{ name, content, what, todo string }{
		{"t.xlsx", zipOf(t, "xl/workbook.xml", "<workbook/>"), "is an Excel workbook", "as CSV"},
		{"t.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "is an Excel workbook of the old form", "as CSV"},
		{"get.json", `{"count":1,"data":[{"refYear":2020}]}`, "is JSON", "turn the JSON into CSV"},
		{"list.json", " \n[{\"refYear\":2020}]", "is JSON", "turn the JSON into CSV"},
		{"t.json.gz", zipped(t, `{"count":1,"data":"`+strings.Repeat("x", 200_000)+`"}`), "is JSON", "turn the JSON into CSV"},
		{"t.csv.bz2", "BZh91AY&SYvK\x82:\x00\x00\x10_", "is a bzip2 file", "bunzip2"},
		{"t.csv.xz", "\xfd7zXZ\x00\x00\x04", "is an xz file", "unxz"},
		{"t.csv.zst", "\x28\xb5\x2f\xfd\x04\x00", "is a Zstandard file", "unpack it"},
		{"t.7z", "7z\xbc\xaf'\x1c\x00\x04", "is a 7-Zip archive", "unpack it"},
		{"t.tar", tar, "is a tar archive", "tar xf"},
		{"t.tar.gz", zipped(t, tar), "is a tar archive", "tar xf"},
		{"t.csv", "<!DOCTYPE html>\n<html><body>404</body></html>", "is a web page", "fetch the table again"},
		{"t.rds", zipped(t, "X\n\x00\x00\x00\x03"+strings.Repeat("\x00", 40)), "is an R data file", "write.csv"},
		{"t.pdf", "%PDF-1.7\n", "is a PDF", "as CSV"},
	} {
		path := write(t, filepath.Join(t.TempDir(), f.name), []byte(f.content))
		opt := transactionOptions(t.TempDir(), "x")
		_, err := Transactions(t.Context(), []string{path}, opt)
		_, baci := BACI(t.Context(), []string{path}, opt.Options)
		for _, err := range []error{err, baci} {
			if err == nil || !strings.Contains(err.Error(), f.name+" "+f.what) || !strings.Contains(err.Error(), f.todo) {
				t.Errorf("%s: %v; want %q and %q", f.name, err, f.what, f.todo)
			}
		}
	}
	opt := transactionOptions(t.TempDir(), "x")
	path := write(t, filepath.Join(t.TempDir(), "t.zip"), []byte(zipOf(t, "t.csv", table)))
	if _, err := Transactions(t.Context(), []string{path}, opt); err == nil || !strings.Contains(err.Error(), "t.zip is a zip archive; unpack it") {
		t.Errorf("a zip of transactions: %v", err)
	}
	folder := files{"t.csv": table, "page.csv": "<html></html>", "packed.zip": zipOf(t, "t.csv", table), "baci.csv": "t,i,j,k,v,q\n"}.folder(t)
	report, err := Transactions(t.Context(), []string{folder}, opt)
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(report.Notes, "; ")
	for _, want := range []string{"page.csv is a web page", "packed.zip is a zip archive", "baci.csv is a BACI table"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes: %s; want %q", notes, want)
		}
	}
}

// TestKnownTables names tables of publishers by their headers and says what to do.
func TestKnownTables(t *testing.T) {
	for _, f := range []struct{ header, what, todo string }{
		{"typeCode,reporterCode,flowCode,partnerCode,partner2Code,cmdCode,customsCode,motCode,primaryValue", "is a download of UN Comtrade;", "rename the columns"},
		{"datasetCode\ttypeCode\treporterCode\tflowCode\tpartnerCode\tcmdCode\tprimaryValue", "is a download of UN Comtrade, its columns separated by tabs", "rename"},
		{"Classification,Year,Trade Flow Code,Trade Flow,Reporter Code,Partner Code,Commodity Code,Trade Value (US$)", "is a download of UN Comtrade", "rename"},
		{"DECLARANT,PARTNER,PRODUCT_NC,FLOW,PERIOD,VALUE_IN_EUROS", "is a file of Eurostat's Comext", "euro"},
		{"country_iso3_code,partner_iso3_code,product_hs92_code,year,export_value,import_value", "is a table of Growth Lab's Atlas", "import_value"},
		{"Nomenclature,ReporterISO3,ProductCode,PartnerISO3,Year,TradeFlowCode,TradeValue in 1000 USD", "is a download of WITS", "thousand-usd"},
		{"year\torigin\tdest\ths92\texport_val\timport_val", "is a table of the OEC, its columns separated by tabs", "rename"},
		{"Exporters\tImported value in 2019\tImported value in 2020", "is a table of Trade Map", "one row per flow"},
		{"V1,AUS_A01,AUT_A01,OUT", "is an input-output table", "no products"},
		{"t,hs6,i,j,v,q", "is BACI as CEPII published it until about 2017", "rename the column hs6 to k"},
		{"iso3,iso2,name_english,name_french,i", "is BACI's list of economies", "country_codes.csv"},
		{"CODE,SHORTDESCRIPTION", "is BACI's list of products", "code and description"},
		{"HS96;lib", "is BACI's list of products", "code and description"},
		{"t,i,j,k,v,q", "is a BACI table", "`ingest baci` reads it"},
		{"year;importer;exporter;product;value", "has its columns separated by semicolons", "commas"},
		{"country,partner,hs,value", "has no column importer, exporter, product, date", "perhaps rename country to importer, partner to exporter, hs to product"},
		{"sep=,\ndate,importer,exporter,product,value", "begins with a line for Excel", "delete that line"},
		{`"date,importer`, "has a broken header", "does not end on its line"},
	} {
		try(t, f.header+"\n").stops(t, "t.csv "+f.what, f.todo)
	}
	path := write(t, filepath.Join(t.TempDir(), "t.csv"), []byte("year,importer,exporter,product,value\n"))
	if _, err := BACI(t.Context(), []string{path}, transactionOptions(t.TempDir(), "x").Options); err == nil || !strings.Contains(err.Error(), "is a table of transactions; `ingest transactions` reads it") {
		t.Errorf("transactions read as BACI: %v", err)
	}
}

// TestFolderNamedLikeATable looks into a folder that is called x.csv, and passes over links to folders.
func TestFolderNamedLikeATable(t *testing.T) {
	folder := files{"x.csv/BACI_HS17_Y2024_V202601.csv": testFlows}.folder(t)
	if err := os.Symlink(t.TempDir(), filepath.Join(folder, "link.csv")); err != nil {
		t.Skip("no links here:", err)
	}
	report, rows := take(t, Options{}, folder)
	sameRows(t, rows, testStored)
	if notes := strings.Join(report.Notes, "; "); !strings.Contains(notes, "link.csv is a link to a folder") {
		t.Errorf("notes: %s", notes)
	}
}
