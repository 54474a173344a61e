package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chokepoint/store"
	"chokepoint/trade"
)

// TestForms reads the same flows in every form a file may have.
func TestForms(t *testing.T) {
	f := func(name, flows string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			report, got := take(t, Options{}, testArchive(flows).folder(t))
			sameRows(t, got, testStored)
			if report.Total.RowsRead != 4 || report.Missing != 2 || report.Whole {
				t.Errorf("report: %+v", report)
			}
		})
	}
	f("as published", testFlows)
	f("carriage returns", strings.ReplaceAll(testFlows, "\n", "\r\n"))
	f("byte order mark", "\ufeff"+testFlows)
	f("no line end at the end, quantity there", strings.TrimSuffix(testFlows, "\n")+"NA")
	f("blank lines", strings.ReplaceAll(testFlows, "\n2024,156", "\n\n \r\n2024,156"))
	f("quoted header", strings.Replace(testFlows, "t,i,j,k,v,q", `"t","i","j","k","v","q"`, 1))
	f("capital header", strings.Replace(testFlows, "t,i,j,k,v,q", `T, I, J, K, V, Q`, 1))
	f("quoted fields", `t,i,j,k,v,q
2024,4,24,"080810","0.176","           NA"
2024,156,842,"010121",12,"        3.500"
2024,"156","842","850760","1234.567","       13.235"
2024,842,156,"9999AA",36.9707899148844,""
`)
	f("padded fields", `t,i,j,k,v,q
2024,  4, 24,080810,     0.176,           NA
2024,156,842,010121,    12.000,        3.500
2024,156,842,850760,  1234.567,       13.235
2024,842,156,9999AA,36.9707899148844,       `+`
`)
	f("other order, more columns", `"",q,note,v,k,j,i,t
1,NA,"a, ""quoted"" note",0.176,080810,24,4,2024
2,3.5,,12,010121,842,156,2024
3,13.235,b,1234.567,850760,842,156,2024
4,,,36.9707899148844,9999AA,156,842,2024
`)
	f("exponents, zeros before codes", `t,i,j,k,v,q
2024,004,024,080810,1.76e-01,NaN
2024,156,842,010121,1.2e+01,35e-1
2024,156,842,850760,+1234.5670,1.3235e1
2024,842,156,9999AA,0.369707899148844e2,N/A
`)
	f("other order of rows", `t,i,j,k,v,q
2024,842,156,9999AA,36.9707899148844,
2024,156,842,850760,1234.567,13.235
2024,4,24,080810,0.176,NA
2024,156,842,010121,12,3.5
`)
}

// TestLayouts reads the same archive packed in every way.
func TestLayouts(t *testing.T) {
	f := func(name string, opt Options, paths ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			report, got := take(t, opt, paths...)
			sameRows(t, got, testStored)
			if report.Dataset != "baci-hs17-v202601" || report.Nomenclature != "HS17" || report.Release != "202601" {
				t.Errorf("dataset %s, %s, %s", report.Dataset, report.Nomenclature, report.Release)
			}
			if len(report.Inputs) == 0 || len(report.Inputs[0].SHA256) != 64 {
				t.Errorf("inputs: %+v", report.Inputs)
			}
		})
	}
	all := testArchive(testFlows)
	f("zip", Options{}, all.zip(t, "BACI_HS17_V202601.zip"))
	f("zip without a telling name", Options{}, all.zip(t, "download.zip"))
	f("zip fetched twice", Options{}, all.zip(t, "BACI_HS17_V202601 (1).zip"))
	inner := files{"__MACOSX/._BACI_HS17_Y2024_V202601.csv": "\x00\x05", "BACI_HS17_V202601/Readme.txt": "read me"}
	for name, content := range all {
		inner["BACI_HS17_V202601/"+name] = content
	}
	f("zip with a folder level", Options{}, inner.zip(t, "x.zip"))
	f("zip whose members say nothing", Options{}, files{"Y2024.csv": testFlows, "country_codes.csv": testEconomies,
		"product_codes.csv": testProducts}.zip(t, "BACI_HS17_V202601.zip"))
	f("folder", Options{}, all.folder(t))
	f("zip in a folder", Options{}, filepath.Dir(all.zip(t, "BACI_HS17_V202601.zip")))
	dir := files{"BACI_HS17_Y2024_V202601.csv.gz": zipped(t, testFlows), "country_codes_V202601.csv.gz": zipped(t, testEconomies),
		"product_codes_HS17_V202601.csv": testProducts, "missing_codes.csv": "code,why\n1,2\n"}.folder(t)
	f("folder of gzip", Options{}, dir)
	f("files one by one", Options{}, filepath.Join(dir, "product_codes_HS17_V202601.csv"), filepath.Join(dir, "country_codes_V202601.csv.gz"),
		filepath.Join(dir, "BACI_HS17_Y2024_V202601.csv.gz"))
	hs17, err := trade.ParseNomenclature("H5")
	if err != nil {
		t.Fatal(err)
	}
	f("names say nothing", Options{Nomenclature: hs17, Release: "V202601"}, files{"flows.csv": testFlows}.folder(t))
	f("no lists", Options{}, files{"baci_h5_y2024_v202601.csv": testFlows}.folder(t))
	f("lists of all revisions", Options{}, all.folder(t), files{"product_codes_HS92_V202601.csv": "code,description\n010110,Horses\n"}.folder(t))
}

func TestYearsOfSeveralFiles(t *testing.T) {
	all := testArchive("t,i,j,k,v,q\n2024,4,24,080810,1,NA\n")
	all["BACI_HS17_Y2022_V202601.csv"] = "t,i,j,k,v,q\n2022,4,24,080810,2,NA\n2022,276,24,080810,5,1\n"
	report, got := take(t, Options{}, all.zip(t, "BACI_HS17_V202601.zip"))
	sameRows(t, got, []row{{2022, "080810", 24, 4, 2000, math.NaN()}, {2022, "080810", 24, 276, 5000, 1}, {2024, "080810", 24, 4, 1000, math.NaN()}})
	if len(report.Years) != 2 || report.Years[0] != (YearReport{2022, 2, 2, 1, 1, 7000, 1}) {
		t.Errorf("years: %+v", report.Years)
	}
	text := strings.Join(report.Warnings, "\n")
	for _, want := range []string{"the years 2023 are missing", "AFG (exports 3,000 USD)", "DEU (exports 5,000 USD, 2022)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the warnings %q do not say %q", text, want)
		}
	}
}

// TestYearsInOneFile reads a table of several years, whose name says none, in groups of years.
func TestYearsInOneFile(t *testing.T) {
	defer func(n int) { groupRows = n }(groupRows)
	flows := `t,i,j,k,v,q
2002,4,24,080810,2,NA
2003,4,24,080810,3,1
2001,4,24,080810,1,NA
2001,842,24,080810,1,NA
x,4,24,080810,7,NA
2004,4,24,080810,4,NA
2003,24,24,080810,9,NA
2001,4
2003,156,24,080810,5,NA
2003,156,24,080810,6,NA
`
	want := []row{{2001, "080810", 24, 4, 1000, math.NaN()}, {2001, "080810", 24, 842, 1000, math.NaN()}, {2002, "080810", 24, 4, 2000, math.NaN()},
		{2003, "080810", 24, 4, 3000, 1}, {2003, "080810", 24, 156, 5000, math.NaN()}, {2004, "080810", 24, 4, 4000, math.NaN()}}
	dir := files{"BACI_HS17_V202601.csv": flows}.folder(t)
	for _, groupRows = range []int{1, 3, 4, 100} {
		report, got := take(t, Options{Lenient: true}, dir)
		sameRows(t, got, want)
		if report.Total != (Account{10, 6, 4, 38000, 16000, 22000}) {
			t.Errorf("groups of %d rows: %+v", groupRows, report.Total)
		}
		for _, why := range []reason{badRow, badYear, selfFlow, duplicate} {
			if a := report.aside(why); a.Rows != 1 || len(a.First) != 1 {
				t.Errorf("groups of %d rows: %s: %+v", groupRows, reasonNames[why], a)
			}
		}
		if d := report.aside(duplicate).First[0]; d.Line != 11 || !strings.Contains(d.Problem, "line 10") {
			t.Errorf("groups of %d rows: %+v", groupRows, d)
		}
		refuse(t, Options{}, []string{dir}, "BACI_HS17_V202601.csv:6: t is \"x\", not a year")
	}
}

func TestErrors(t *testing.T) {
	f := func(flows string, want ...string) {
		t.Helper()
		refuse(t, Options{}, []string{testArchive(flows).folder(t)}, append(want, "BACI_HS17_Y2024_V202601.csv")...)
	}
	line := func(fields string, want ...string) {
		t.Helper()
		f("t,i,j,k,v,q\n2024,4,24,080810,0.176,NA\n"+fields+"\n2024,4,24,850760,1,NA\n", append(want, "V202601.csv:3: ")...)
	}
	line("2023,4,24,850760,1,1", "t is 2023, but the file's name says 2024")
	line("2x,4,24,850760,1,1", `t is "2x", not a year`)
	line("2024,AFG,24,850760,1,1", `i is "AFG", not a BACI economy code`)
	line("2024,4,,850760,1,1", `j is "", not a BACI economy code`)
	line("2024,4,999,850760,1,1", "j is 999, an economy that country_codes_V202601.csv does not list")
	line("2024,5000,24,850760,1,1", "i is 5000, an economy")
	line("2024,4,24,850761,1,1", `k is "850761", a product that product_codes_HS17_V202601.csv does not list`)
	line("2024,4,24,80810,1,1", `k is "80810"`, "--pad-codes")
	line("2024,4,24,9999aa,1,1", `k is "9999aa", not six digits or capital letters`)
	line("2024,4,24,850760,abc,1", `v is "abc": it is not a number`)
	line("2024,4,24,850760,,1", `v is "": it is missing`)
	line("2024,4,24,850760,NA,1", `v is "NA": it is missing`)
	line("2024,4,24,850760,NaN,1", `v is "NaN"`)
	line("2024,4,24,850760,Inf,1", `v is "Inf"`)
	line("2024,4,24,850760,-1,1", `v is "-1": it is negative`)
	line("2024,4,24,850760,1e999,1", `beyond the range`)
	line("2024,4,24,850760,1,many", `q is "many": it is not a number`)
	line("2024,4,24,850760,1,-2", `q is "-2": it is negative`)
	line("2024,4,24,850760,1", "5 fields where the header has 6")
	line("2024,4,24,850760,1,5,2", "7 fields where the header has 6")
	line(`2024,4,24,"850760,1,2`, "quoted field does not end")
	line("2024,4,24,080810,0.2,NA", "the same flow (2024, AFG to AGO, 080810) as in line 2, there with 176 USD, here with 200")
	f("t,i,j,k,v\n2024,4,24,080810,1\n", "has no column q", `"t,i,j,k,v"`)
	f("2024,4,24,080810,1,NA\n", "has no column t, i, j, k, v, q", "2024,4,24")
	f("t,i,j,k,v,q,t\n", "column t twice")
	f("t;i;j;k;v;q\n2024;4;24;080810;1,5;NA\n", "separated by semicolons")
	f("t\ti\tj\tk\tv\tq\n", "separated by tabs")
	f("", "is empty")
	f("t,i,j,k,v,q\n", "no flow to store")
	f("\xff\xfet\x00,\x00", "UTF-16")
	f("t,i,j,k,v,q\n2024,4,24,080810,0.1", "5 fields", "cut off?")
	f("t,i,j,k,v,q\n2024,4,24,080810,0.176,", "the last field is empty", "cut off?")
	f("t,i,j,k,v,q\n2024,4,24,080810,0.176,N", `q is "N"`, "cut off?")
}

func TestPaths(t *testing.T) {
	f := func(opt Options, paths []string, want ...string) {
		t.Helper()
		refuse(t, opt, paths, want...)
	}
	one := files{"BACI_HS17_Y2024_V202601.csv": testFlows}.folder(t)
	f(Options{}, nil, "no file")
	f(Options{}, []string{filepath.Join(one, "absent.zip")}, "absent.zip")
	f(Options{}, []string{t.TempDir()}, "no flow table")
	f(Options{}, []string{one, one}, "the year 2024 is in", "and in")
	f(Options{}, []string{one, files{"BACI_HS92_Y2023_V202601.csv": testFlows}.folder(t)}, "nomenclatures are mixed", "HS17", "HS92")
	f(Options{}, []string{one, files{"BACI_HS17_Y2023_V202501.csv": testFlows}.folder(t)}, "releases are mixed", "202501", "202601")
	f(Options{}, []string{files{"BACI_HS92_Y2023_V202601.csv": testFlows}.zip(t, "BACI_HS17_V202601.zip")}, "nomenclature is HS92", "is HS17")
	f(Options{}, []string{files{"flows.csv": testFlows}.folder(t)}, "does not tell the nomenclature", "--nomenclature")
	f(Options{}, []string{files{"BACI_HS17.csv": testFlows}.folder(t)}, "does not tell the release", "--release")
	f(Options{Release: "202501"}, []string{one}, "its name says release 202601, the option says 202501")
	f(Options{Release: "new"}, []string{one}, `release "new"`)
	f(Options{}, []string{files{"BACI_HS95_Y2023_V202601.csv": testFlows}.folder(t)}, "HS95")
	f(Options{}, []string{files{"x.csv.gz": "no gzip"}.folder(t)}, "x.csv.gz is not a gzip file")
	f(Options{}, []string{files{"x.zip": "no zip"}.folder(t)}, "x.zip is not a whole zip archive")
	f(Options{}, []string{files{"x.parquet": "no Parquet"}.folder(t)}, "x.parquet is not a Parquet file")
	f(Options{}, []string{files{"x.parquet": "PAR1PAR1PAR1PAR1"}.folder(t)}, "no flow table")
	f(Options{}, []string{filepath.Join(files{"x.parquet": "PAR1PAR1PAR1PAR1"}.folder(t), "x.parquet")}, "--nomenclature")
	letter, _ := take(t, Options{}, files{"BACI_HS17_Y2024_V202401b.csv": testFlows}.folder(t))
	if letter.Release != "202401b" || letter.Dataset != "baci-hs17-v202401b" {
		t.Errorf("release %s, dataset %s", letter.Release, letter.Dataset)
	}
}

func TestCodeListErrors(t *testing.T) {
	f := func(name, content string, want ...string) {
		t.Helper()
		all := testArchive(testFlows)
		all[name] = content
		refuse(t, Options{}, []string{all.folder(t)}, append(want, name)...)
	}
	f("country_codes_V202601.csv", "", "is empty")
	f("country_codes_V202601.csv", "code,name\n4,A\n", "has no column country_name")
	f("country_codes_V202601.csv", "country_code,country_name,country_iso2,country_iso3\n", "lists no economy")
	f("country_codes_V202601.csv", "country_code,country_name,country_iso2,country_iso3\n4,A,AF\n", ":2: 3 fields")
	f("country_codes_V202601.csv", "country_code,country_name,country_iso2,country_iso3\nx,A,AF,AFG\n", ":2: \"x\" is not")
	f("country_codes_V202601.csv", "country_code,country_name,country_iso2,country_iso3\n4,A,AF,AFG\n4,B,AF,AFG\n", ":3: the code 4 is listed twice")
	f("product_codes_HS17_V202601.csv", "code,text\n", "has no column description")
	f("product_codes_HS17_V202601.csv", "code,description\n10121,x\n", "--pad-codes")
	f("product_codes_HS17_V202601.csv", "code,description\n01,x\n", "not a product code")
	f("product_codes_HS17_V202601.csv", "code,description\n010121,x\n010121,y\n", ":3: the code 010121 is listed twice")
}

// TestAside checks that rows set aside are counted with their value, quoted with their line, and that nothing else is lost.
func TestAside(t *testing.T) {
	flows := `t,i,j,k,v,q
2024,4,24,080810,0.176,NA
2024,4,4,080810,2,NA
2024,4,24,850760,0,NA
2024,999,24,850760,3,NA
2024,999,4,850760,4,NA
2024,4,998,850760,5,NA
2024,4,156,850761,6,NA
2024,4,156,850760,-6,NA
2024,4,156,850760,7,x
2023,4,156,850760,8,NA
2024,4,156,85076,9,NA
2024,4,24,080810,0.177,NA
2024,4,156,850760
2024,697,156,850760,11,NA
`
	want := []row{{2024, "080810", 24, 4, 176, math.NaN()}, {2024, "850760", 156, 697, 11000, math.NaN()}}
	report, got := take(t, Options{Lenient: true}, testArchive(flows).folder(t))
	sameRows(t, got, want)
	if report.Total != (Account{14, 2, 12, 55353, 11176, 44177}) || !report.Whole {
		t.Errorf("total: %+v", report.Total)
	}
	f := func(why reason, rows int, value float64, line int, text string) {
		t.Helper()
		a := report.aside(why)
		if a.Rows != rows || a.Value != value || len(a.First) == 0 || a.First[0].Line != line || a.First[0].Text != text {
			t.Errorf("%s: %+v", reasonNames[why], a)
		}
	}
	f(selfFlow, 1, 2000, 3, "2024,4,4,080810,2,NA")
	f(zeroValue, 1, 0, 4, "2024,4,24,850760,0,NA")
	f(unknownEconomy, 3, 12000, 5, "2024,999,24,850760,3,NA")
	f(unknownProduct, 1, 6000, 8, "2024,4,156,850761,6,NA")
	f(badValue, 1, 0, 9, "2024,4,156,850760,-6,NA")
	f(badQuantity, 1, 7000, 10, "2024,4,156,850760,7,x")
	f(otherYear, 1, 8000, 11, "2023,4,156,850760,8,NA")
	f(badProduct, 1, 9000, 12, "2024,4,156,85076,9,NA")
	f(duplicate, 1, 177, 13, "2024,4,24,080810,0.177,NA")
	f(badRow, 1, 0, 14, "2024,4,156,850760")
	wantUnknown := []UnknownReport{{"economy", "998", 1, 5000}, {"economy", "999", 2, 7000}, {"product", "850761", 1, 6000}}
	if len(report.Unknown) != 3 || report.Unknown[0] != wantUnknown[0] || report.Unknown[1] != wantUnknown[1] || report.Unknown[2] != wantUnknown[2] {
		t.Errorf("unknown: %+v", report.Unknown)
	}
	if report.NES.Flows != 1 || report.NES.Value != 11000 || math.Abs(report.NES.Share-11000./11176) > 1e-15 {
		t.Errorf("areas nes: %+v", report.NES)
	}
	var text strings.Builder
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Check: 55,353 USD read = 11,176 stored + 44,177 set aside, to the dollar.",
		"Set aside, duplicate: 1 row, 177 USD.", "V202601.csv:13: the same flow", `Unknown economy "999": 2 rows, 7,000 USD.`,
		"ISO3 DEU stands for the codes 276, 280; with flows: none."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}

// TestAlwaysAside checks that self-flows and zero values do not stop a strict ingest, and that it counts them.
func TestAlwaysAside(t *testing.T) {
	report, got := take(t, Options{}, testArchive(testFlows+"2024,4,4,080810,2,NA\n2024,4,24,850760,0.000,NA\n").folder(t))
	sameRows(t, got, testStored)
	if report.aside(selfFlow).Value != 2000 || report.aside(zeroValue).Rows != 1 || report.Total.RowsAside != 2 {
		t.Errorf("set aside: %+v", report.Aside)
	}
}

func TestBalanced(t *testing.T) {
	f := func(a Account, whole, want bool) {
		t.Helper()
		if a.balanced(whole) != want {
			t.Errorf("%+v, whole dollars %v: balanced is %v", a, whole, !want)
		}
	}
	f(Account{3, 2, 1, 10e12, 9e12, 1e12}, true, true)
	f(Account{3, 2, 1, 10e12, 9e12, 1e12 - 1}, true, false)
	f(Account{3, 2, 1, 10e12, 9e12, 1e12 - 1}, false, true)
	f(Account{3, 2, 1, 10e12, 9e12, 1e12 - 20_000}, false, false)
	f(Account{3, 2, 0, 10, 10, 0}, true, false)
}

func TestFirstTwentyAreQuoted(t *testing.T) {
	report, _ := take(t, Options{}, testArchive(testFlows+strings.Repeat("2024,4,4,080810,2,NA\n", 50)).folder(t))
	a := report.aside(selfFlow)
	if a.Rows != 50 || len(a.First) != 20 || a.First[0].Line != 6 || a.First[19].Line != 25 {
		t.Errorf("set aside: %+v", a)
	}
}

func TestPadCodes(t *testing.T) {
	all := testArchive(strings.NewReplacer(",080810,", ",80810,", ",010121,", ",10121,").Replace(testFlows))
	all["product_codes_HS17_V202601.csv"] = strings.Replace(testProducts, "\n0", "\n", 2)
	report, got := take(t, Options{PadCodes: true}, all.folder(t))
	sameRows(t, got, testStored)
	if report.PaddedCodes != 2 {
		t.Errorf("%d rows padded, want 2", report.PaddedCodes)
	}
}

// TestCutOff cuts files everywhere; whatever is left, an ingest fails and stores nothing.
func TestCutOff(t *testing.T) {
	f := func(name, whole string, step int, want string) {
		t.Helper()
		dir := t.TempDir()
		p := filepath.Join(dir, name)
		for n := 0; n < len(whole); n += step {
			if err := os.WriteFile(p, []byte(whole[:n]), 0o644); err != nil {
				t.Fatal(err)
			}
			if n < 10 { // not even the head of the packed data
				refuse(t, Options{}, []string{p}, name)
			} else {
				refuse(t, Options{}, []string{p}, name, want)
			}
		}
	}
	archive, err := os.ReadFile(testArchive(testFlows).zip(t, "x.zip"))
	if err != nil {
		t.Fatal(err)
	}
	f("BACI_HS17_V202601.zip", string(archive), 37, "it is cut off or damaged, fetch it again")
	f("BACI_HS17_Y2024_V202601.csv.gz", zipped(t, testFlows), 7, "the file is cut off, fetch it again")
	// A byte changed in the packed data is found by the checksum.
	gz := []byte(zipped(t, testFlows))
	gz[len(gz)-6]++
	refuse(t, Options{}, []string{files{"BACI_HS17_Y2024_V202601.csv.gz": string(gz)}.folder(t)}, "is damaged")
}

// TestFlippedByte changes one byte of a zip: either an ingest says so, or it was one that does not matter.
func TestFlippedByte(t *testing.T) {
	whole, err := os.ReadFile(testArchive(testFlows).zip(t, "x.zip"))
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(t.TempDir(), "BACI_HS17_V202601.zip")
	for at := 0; at < len(whole); at += 7 {
		flipped := slices.Clone(whole)
		flipped[at] ^= 0x21
		if err := os.WriteFile(p, flipped, 0o644); err != nil {
			t.Fatal(err)
		}
		opt := Options{DataDir: t.TempDir()}
		if report, err := BACI(context.Background(), []string{p}, opt); err != nil {
			nothingIn(t, opt.DataDir)
		} else {
			sameRows(t, stored(t, opt.DataDir, report.Dataset), testStored)
		}
	}
}

// TestReportText compares the report for people with testdata/report.txt; -update writes it.
func TestReportText(t *testing.T) {
	all := testArchive("t,i,j,k,v,q,note\n" + strings.ReplaceAll(strings.TrimPrefix(testFlows, "t,i,j,k,v,q\n"), "\n", ",x\n") +
		"2024,4,4,080810,2,NA,\n2024,999,24,850760,3,NA,\n2024,276,24,850760,300,2,\n2024,697,4,850760,30,NA,\n2024,697,4,850760,31,NA,\n")
	all["BACI_HS17_Y2022_V202601.csv"] = "t,i,j,k,v,q\n2022,4,24,080810,1234.5,NA\n"
	all["Readme.txt"] = "read me"
	report, _ := take(t, Options{Lenient: true}, all.zip(t, "BACI_HS17_V202601.zip"))
	report.Inputs = []InputFile{{"BACI_HS17_V202601.zip", 1234567, strings.Repeat("0123456789abcdef", 4)}}
	report.Seconds, report.RowsPerSec, report.PeakMemory = 1.5, 7, 250<<20
	var text strings.Builder
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "report.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("the report is\n%s\nwant\n%s", text.String(), want)
	}
}

var update = flag.Bool("update", false, "write the golden files")

// TestCancel ends an ingest in each of its stages.
func TestCancel(t *testing.T) {
	dir := files{"BACI_HS17_V202601.csv": testFlows + "2024,4,24,080810,1,NA\n"}.folder(t)
	for _, stage := range []string{stageCount, stageRead, stageStore, stageLocate} {
		ctx, cancel := context.WithCancel(context.Background())
		opt := Options{DataDir: t.TempDir(), Lenient: true, Progress: func(p Progress) {
			if p.Stage == stage {
				cancel()
			}
		}}
		if _, err := BACI(ctx, []string{dir}, opt); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want context canceled", stage, err)
		}
		nothingIn(t, opt.DataDir)
		cancel()
	}
}

func TestManifest(t *testing.T) {
	opt := Options{DataDir: t.TempDir(), Title: "a title", Source: "a source", Licence: "a licence", Citation: "a citation",
		Synthetic: true, ProgramVersion: "1.2.3"}
	archive := testArchive(testFlows).zip(t, "BACI_HS17_V202601.zip")
	report, err := BACI(context.Background(), []string{archive}, opt)
	if err != nil {
		t.Fatal(err)
	}
	d, err := store.Open(opt.DataDir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	m := d.Manifest()
	if m.Title != opt.Title || m.Source != opt.Source || m.Licence != opt.Licence || m.Citation != opt.Citation || !m.Synthetic ||
		m.ProgramVersion != opt.ProgramVersion || m.Nomenclature != trade.HS17 || m.Release != "202601" || m.Exact || m.Rows != 4 {
		t.Errorf("manifest: %+v", m)
	}
	want := store.Input{Name: "BACI_HS17_V202601.zip", Bytes: report.Inputs[0].Bytes, SHA256: report.Inputs[0].SHA256}
	if len(m.Inputs) != 1 || m.Inputs[0] != want || len(want.SHA256) != 64 {
		t.Errorf("inputs %+v, want %+v", m.Inputs, want)
	}
	var kept Report
	if err := json.Unmarshal(m.Report, &kept); err != nil || !reflect.DeepEqual(&kept, report) {
		t.Errorf("the report kept is %+v (%v), want %+v", kept, err, report)
	}
	if p, ok := d.Products().Get("850760"); !ok || p.Description != "Electric accumulators: lithium-ion" {
		t.Errorf("product: %+v", p)
	}
	if label := d.Economies().Label(490); label != "TWN" {
		t.Errorf("490 is %s", label)
	}
}

func TestReplace(t *testing.T) {
	dir := testArchive(testFlows).folder(t)
	opt := Options{DataDir: t.TempDir(), Name: "one"}
	f := func(want bool) {
		t.Helper()
		if _, err := BACI(context.Background(), []string{dir}, opt); (err == nil) != want {
			t.Errorf("error %v", err)
		}
		sameRows(t, stored(t, opt.DataDir, "one"), testStored)
	}
	f(true)
	f(false)
	opt.Replace = true
	f(true)
}

func TestProgress(t *testing.T) {
	var last Progress
	stages := make(map[string]bool)
	opt := Options{Progress: func(p Progress) {
		if p.Done < last.Done || p.Done > p.Total || p.Rows < last.Rows {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
		stages[p.Stage] = true
	}}
	take(t, opt, testArchive(testFlows).zip(t, "BACI_HS17_V202601.zip"))
	if !stages[stageRead] || !stages[stageStore] || last.Rows != 4 || last.File == "" {
		t.Errorf("stages %v, last %+v", stages, last)
	}
}
