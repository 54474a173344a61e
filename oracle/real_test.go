package oracle

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// realData finds an extract in the folder that CHOKEPOINT_TEST_DATA names, or skips.
func realData(t testing.TB, archive string) string {
	t.Helper()
	root := os.Getenv("CHOKEPOINT_TEST_DATA")
	if root == "" {
		t.Skip("left out (real): CHOKEPOINT_TEST_DATA=FOLDER names the folder of the real archives")
	}
	return filepath.Join(root, archive)
}

// unpack extracts a zip for the oracle, which reads plain files.
func unpack(t testing.TB, path string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := t.TempDir()
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(filepath.Join(dir, filepath.Base(f.Name)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
		in.Close()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestKnownCounts holds the SQL itself to the counts that are known of the 2024 extract.
func TestKnownCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("reads ten million rows")
	}
	o := open(t, unpack(t, filepath.Join(realData(t, "baci-hs17-2024/BACI_HS17_V202601.zip"))), 1)
	f := func(query string, want ...string) {
		t.Helper()
		if got := lines(t, o, query); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	f("SELECT count(*), sum(v) FROM flow", "10083540 18084827467383")
	ask(t, o, Query{Importers: "USA", Partners: "CHN", Methods: []string{"merics-2024"}})
	f("SELECT products FROM total", "622")
	f(`SELECT count(*), count(*) FILTER (10 * partner_exports >= 3 * world), count(*) FILTER (10 * partner_exports >= 4 * world),
		count(*) FILTER (4 * world_sq >= world * world)
		FROM partner_row WHERE imports >= 2 * exports AND 10 * from_partner >= 3 * imports`, "715 622 490 439")
	compare2024(t, o)
}

// compare2024 asks both about 221 importers and 5,303 products.
func compare2024(t *testing.T, o *Oracle) {
	data := t.TempDir()
	run(t, "ingest", "baci", realData(t, "baci-hs17-2024/BACI_HS17_V202601.zip"), "--data", data)
	rows := 0
	f := func(q Query, commands ...string) {
		t.Helper()
		if len(q.Methods) == 0 && commands[0] != "indicators" {
			q.Methods = allMethods()
		}
		rows += check(t, o, data, q, commands...)
	}
	f(Query{Importers: "all"}, "indicators")
	f(Query{Importers: "EU27,USA+EU27,BRICS"}, "indicators")
	f(Query{Importers: "EU27,USA+EU27,BRICS", Net: true}, "indicators")
	f(Query{Importers: "all", Partners: "CHN", Need: 1, Of: 1}, "count")
	f(Query{Importers: "all", Partners: "-", Need: 1, Of: 1, Methods: []string{"geodep-2024", "ec-2021", "oecd-2024", "mgi"}}, "count")
	f(Query{Importers: "all", Partners: "all", Methods: []string{"merics-2024"}}, "count")
	f(Query{Importers: "all", Partners: "EU27", Methods: []string{"merics-2024", "hjs-2020", "oecd-2024"}, Net: true}, "count", "dependencies")
	f(Query{Importers: "USA,CHN,JPN,TWN,EU27,BRICS,CHN+HKG+MAC", Partners: "CHN,USA,TWN", Need: 1, Of: 1}, "count", "dependencies")
	f(Query{Importers: "USA,CHN,JPN,BRICS", Partners: "EU27,USA+EU27,CHN+HKG+MAC", Need: 1, Of: 1}, "count", "dependencies")
	f(Query{Importers: "CHN,JPN,BRICS", Partners: "EU27,USA+EU27", Need: 1, Of: 1, Net: true}, "count", "dependencies")
	f(Query{Importers: "CHN,IND", Partners: "USA|EU27,USA|JPN|KOR"}, "count", "dependencies")
	f(Query{Importers: "EU27:members,EU27:any,USA|JPN", Partners: "CHN,CHN+HKG", MinValue: 1_000_000}, "count", "dependencies")
	t.Logf("%d rows compared", rows)
}

// TestIndustry2024 compares what four economies are good at, and every choke point.
func TestIndustry2024(t *testing.T) {
	if testing.Short() {
		t.Skip("reads ten million rows")
	}
	path := realData(t, "baci-hs17-2024/BACI_HS17_V202601.zip")
	o := open(t, unpack(t, path), 1)
	data := t.TempDir()
	run(t, "ingest", "baci", path, "--data", data)
	checkIndustry(t, o, data, true, "CHN", "USA", "JPN", "VNM")
}

// TestPaper1995to2018 compares 24 years, quantities, codes that change, and values that are not whole dollars.
func TestPaper1995to2018(t *testing.T) {
	path := realData(t, "baci-hs92-paper-1995-2018/BACI_HS92_V202001.zip")
	o := open(t, unpack(t, path), 0)
	data := t.TempDir()
	run(t, "ingest", "baci", path, "--data", data)
	rows := 0
	for _, q := range []Query{
		{Importers: "all", Partners: "all"},
		{Importers: "all", Partners: "-"},
		{Importers: "CHN,USA,EU27,EU,BRICS,CHN+HKG+MAC,SDN,ZAF,BEL,ITA", Partners: "USA,CHN,JPN,GBR,HKG", Need: 2, Of: 3},
		{Importers: "CHN,IND,IDN,KOR", Partners: "EU27,EU,USA+EU27,USA|JPN,USA|EU27|JPN", Net: true},
		{Importers: "EU27:members,EU27:any,CHN|IND", Partners: "USA,GBR|CHE", Need: 3, Of: 4, MinValue: 100_000},
		{Importers: "CHN", Partners: "USA", Years: []int{2005, 2016, 2018}},
	} {
		q.Methods = allMethods()
		rows += check(t, o, data, q, "count", "dependencies")
	}
	rows += check(t, o, data, Query{Importers: "all"}, "indicators")
	rows += check(t, o, data, Query{Importers: "EU,EU27,BRICS,CHN+HKG+MAC", Net: true}, "indicators")
	checkIndustry(t, o, data, false, "CHN", "USA", "DEU", "BEL")
	t.Logf("%d rows compared", rows)
}
