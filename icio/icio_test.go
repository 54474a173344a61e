package icio

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"chokepoint/fault"
	"chokepoint/store"
)

// wide is a table as the OECD's of 2025 are: two areas with two industries, which balances.
const wide = `V1,AUS_A01,AUS_C26,AUT_A01,AUT_C26,AUS_HFCE,AUS_INVNT,AUT_HFCE,AUT_INVNT,OUT
AUS_A01,10,5,1,2,20,-2,3,1,40
AUS_C26,4,8,0,3,25,0,5,0,45
AUT_A01,2,1,6,4,2,0,30,5,50
AUT_C26,1.5,3.5,5,9,1,0,39,1,60
TLS,0.5,0.5,1,1,1,0,2,0,6
VA,22,27,37,41,0,0,0,0,127
OUT,40,45,50,60,49,-2,79,7,328
`

// parts are the files of a table in parts: one area with two industries, and another.
var parts = map[string]string{
	"index.csv":       "id,country,industry\n1,CHN,c1\n2,CHN,c2\n3,USA,c1\n4,USA,c2\n",
	"industries.csv":  "industry,name\nc1,Farms\nc2,Mines\n",
	"w_2001_Z.csv":    "row,col,musd\n1,1,5\n1,4,2\n2,3,1\n3,3,4\n4,4,6\n",
	"w_2001_F.csv":    "row,country,category,musd\n1,CHN,1,10\n2,CHN,4,9\n3,USA,1,20\n4,USA,3,8\n4,CHN,5,-1\n",
	"w_2001_out.csv":  "id,output_musd\n1,17\n2,10\n3,24\n4,13\n",
	"w_2002_Z.csv":    "row,col,musd\n1,1,5\n",
	"w_2002_F.csv":    "row,country,category,musd\n1,CHN,1,10\n2,CHN,4,9\n3,USA,1,20\n4,USA,3,8\n",
	"w_2002_o.csv.gz": "id,output_musd\n1,15\n2,9\n3,20\n4,8\n",
}

// write puts files into a folder and gives their paths.
func write(t *testing.T, files map[string]string) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if strings.HasSuffix(name, ".gz") {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write([]byte(text))
			z.Close()
			text = b.String()
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return dir, paths
}

func ingest(t *testing.T, files map[string]string, change func(*Options)) (dir string, m *Manifest, err error) {
	t.Helper()
	dir, paths := write(t, files)
	opt := Options{DataDir: dir}
	if change != nil {
		change(&opt)
	}
	m, err = Ingest(t.Context(), paths, opt)
	return dir, m, err
}

// TestWide: what is read is what was written, through the store too.
func TestWide(t *testing.T) {
	dir, m, err := ingest(t, map[string]string{"2019_SML.csv": wide}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "oecd-icio-2025" || len(m.Years) != 1 || m.Years[0].Year != 2019 || len(m.Inputs) != 1 || m.Inputs[0].Bytes != int64(len(wide)) {
		t.Errorf("%+v", m)
	}
	table, err := Open(dir).Table(t.Context(), m, 2019)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(table.Output, []float64{40, 45, 50, 60}); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(table.Sales(3), []float64{1.5, 3.5, 5, 9}); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]float64{table.ValueAdded, table.Taxes}, [][]float64{{22, 27, 37, 41}, {0.5, 0.5, 1, 1}}); d != "" {
		t.Error(d)
	}
	if got := []float64{table.FinalTo(0, 0), table.FinalTo(2, 1), table.Inventories(2), table.Inventories(0)}; !cmp.Equal(got, []float64{18, 35, 5, -1}) {
		t.Errorf("final demand %v", got)
	}
	if got := table.Label(3); got != "AUT C26" {
		t.Errorf("label %q", got)
	}
	if places, err := table.PickIndustries("manufacturing"); err != nil || !cmp.Equal(places, []int{1}) {
		t.Errorf("manufacturing is %v, %v", places, err)
	}
	merged := table.ByArea()
	if merged.Output[1] != 110 || merged.Z[2] != 2+1+1.5+3.5 || merged.FinalTo(0, 1) != 3+1+5 {
		t.Errorf("merged: %v %v", merged.Output, merged.Z)
	}
	if err := Verify(t.Context(), dir, "oecd-icio-2025"); err != nil {
		t.Error(err)
	}
	// Earlier editions say TOTAL, VALU and TAX.
	other := strings.NewReplacer("OUT", "TOTAL", "VA,", "VALU,", "TLS", "TAX").Replace(wide)
	if _, m, err := ingest(t, map[string]string{"ICIO2015.csv": other}, nil); err != nil || m.Years[0].Year != 2015 {
		t.Errorf("labels of earlier editions: %v", err)
	}
}

// TestParts: several years in one call, with one index.
func TestParts(t *testing.T) {
	dir, m, err := ingest(t, parts, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "wiod-2013" || !cmp.Equal(m.Has(), []int{2001, 2002}) || len(m.Inputs) != len(parts) {
		t.Errorf("%+v", m)
	}
	table, err := Open(dir).Table(t.Context(), m, 2001)
	if err != nil {
		t.Fatal(err)
	}
	if table.Z[0*4+3] != 2 || table.FinalTo(3, 0) != -1 || table.Inventories(3) != -1 || table.Output[2] != 24 {
		t.Errorf("%v %v %v", table.Z, table.F, table.Output)
	}
}

const mapping = `id = "mine"
form = "long"
title = "Mine"
source = "me"
unit = 0.001
seller = "from"
seller_industry = "what"
buyer = "to"
buyer_industry = "use"
value = "thousands"
year = "when"
output = ["X"]
industries = [{code = "farm", name = "Farms"}, {code = "shop", name = "Shops"}]
categories = [{code = "C", name = "Consumption"}]
`

// TestLong reads a long table by a mapping, of two years in one file, in thousands of dollars.
func TestLong(t *testing.T) {
	layout, err := ParseLayout("mine.toml", []byte(mapping))
	if err != nil {
		t.Fatal(err)
	}
	text := "when,from,what,to,use,thousands,remark\n"
	for _, year := range []int{2020, 2021} {
		text += fmt.Sprintf("%d,A,farm,A,shop,2000,x\n%[1]d,A,farm,A,C,8000,\n%[1]d,A,shop,A,C,9000,\n%[1]d,B,farm,A,C,1000,\n%[1]d,B,shop,B,C,4000,\n%[1]d,A,farm,,X,%d,\n%[1]d,A,shop,,X,9000,\n%[1]d,B,farm,,X,1000,\n%[1]d,B,shop,,X,4000,\n", year, 10000)
	}
	dir, m, err := ingest(t, map[string]string{"flows.csv": text}, func(o *Options) { o.Mapping = layout })
	if err != nil {
		t.Fatal(err)
	}
	table, err := Open(dir).Table(t.Context(), m, 2021)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(m.Has(), []int{2020, 2021}) || table.Output[0] != 10 || table.Z[1] != 2 || table.FinalTo(2, 0) != 1 {
		t.Errorf("%v %v", m.Has(), table.Z)
	}
	// Without rows of output, output is what is sold.
	_, m, err = ingest(t, map[string]string{"flows.csv": "when,from,what,to,use,thousands\n2020,A,farm,A,C,7000\n2020,A,shop,A,C,1\n"}, func(o *Options) { o.Mapping = layout })
	if err != nil || m.Years[0].Output != 7.001 {
		t.Errorf("%v %v", m, err)
	}
}

// TestMalformed: each fault is named, is the user's, and leaves nothing behind.
func TestMalformed(t *testing.T) {
	f := func(want string, files map[string]string) {
		t.Helper()
		dir, _, err := ingest(t, files, nil)
		var asked *fault.QuestionError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &asked) {
			t.Errorf("got %v, want %q", err, want)
		}
		if list, err := List(dir); len(list) > 0 || err != nil {
			t.Errorf("%s: left %v, %v", want, list, err)
		}
	}
	edited := func(pairs ...string) map[string]string {
		return map[string]string{"2019.csv": strings.NewReplacer(pairs...).Replace(wide)}
	}
	changed := func(name string, pairs ...string) map[string]string {
		files := map[string]string{}
		for n, text := range parts {
			files[n] = text
		}
		if pairs == nil {
			delete(files, name)
			return files
		}
		files[name] = strings.NewReplacer(pairs...).Replace(files[name])
		return files
	}
	f("no row of AUT A01, of which there is a column", edited("AUT_A01,2,1,6,4,2,0,30,5,50\n", ""))
	f("2019.csv:4: the row AUS_C26 appears twice", edited("AUT_A01,2", "AUS_C26,2"))
	f("the column AUS_A01 appears twice", edited("AUS_A01,AUS_C26,AUT", "AUS_A01,AUS_A01,AUT"))
	f("no column of AUS C26, which other areas have", edited("AUS_C26,AUT_A01,AUT_C26", "AUT_INVNT,AUT_A01,AUT_C26", "AUT_HFCE,AUT_INVNT", "AUT_HFCE,AUT_GGFC"))
	f("unknown labels: AUT_C99. The layout oecd-icio-2025 that fits best", edited("AUT_C26", "AUT_C99"))
	f(`2019.csv:6: unknown label "TAXES" of a row`, edited("TLS", "TAXES"))
	f(`2019.csv:3: column 3 of the row AUS_C26: "n.a." is not a number`, edited("AUS_C26,4,8,0", "AUS_C26,4,n.a.,0"))
	f("2019.csv:5: 9 fields where the header has 10", edited("39,1,60", "39,60"))
	f("negative", edited("AUS_A01,10,5,1,2,20", "AUS_A01,10,-5,1,2,30"))
	f("output of AUS A01 is -40", edited("20,-2,3,1,40", "20,-2,3,1,-40", "OUT,40,45", "OUT,-40,45"))
	f("output in another unit than flows?", edited("20,-2,3,1,40", "20,-2,3,1,40000", "OUT,40,45", "OUT,40000,45"))
	f("output of AUS C26 is 46.5 in the row OUT and 45 in the column", edited("OUT,40,45", "OUT,40,46.5"))
	f("inputs, value added and taxes differ from output", edited("VA,22,27,37", "VA,22,29,37"))
	f("no year in the name of the file", map[string]string{"table.csv": wide})
	f("expected one", map[string]string{"a2019.csv": wide, "b2019.csv": wide})
	f("those of no table that is known", map[string]string{"t2019.csv": "t,i,j,k,v,q\n2019,1,2,010101,3,4\n"})
	f("is empty", map[string]string{"t2019.csv": ""})
	f("has no file of output", changed("w_2001_out.csv"))
	f("no index, which says what the numbers of rows mean", changed("index.csv"))
	f("no row of USA c2, which other areas have", changed("index.csv", "4,USA,c2\n", ""))
	f("index.csv:5: CHN c1 appears twice", changed("index.csv", "4,USA,c2", "4,CHN,c1"))
	f("w_2001_out.csv: no row of USA c2", changed("w_2001_out.csv", "4,13\n", ""))
	f(`w_2001_Z.csv:2: the number "9" is not in`, changed("w_2001_Z.csv", "1,1,5", "9,1,5"))
	f("w_2001_Z.csv:3: the flow from 1 to 1 appears twice", changed("w_2001_Z.csv", "1,4,2", "1,1,2"))
	f("sales of", changed("w_2001_F.csv", "3,USA,1,20\n", ""))
	f("the industries c1, d2 are those of no layout", changed("index.csv", "c2", "d2"))
	f("final demand", changed("w_2001_F.csv", "CHN,4,9", "CHN,8,9"))
	f("no row of the industry c2", changed("industries.csv", "c2,Mines\n", ""))
}

// TestRounding: a table in whole millions does not add up exactly; how far it is off is told by area.
func TestRounding(t *testing.T) {
	_, m, err := ingest(t, map[string]string{"2019.csv": strings.Replace(wide, "5,9,1,0,39,1,60", "5,9,1,0,38.5,1,60", 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if g := m.Years[0].Gaps[1]; g.Rows != 0.5 || g.Largest != 0.5 || g.Share() != 0.5/110 || g.Columns != 0 {
		t.Errorf("gap %+v", g)
	}
	if !strings.Contains(strings.Join(m.Remarks, "\n"), "0.256 % of world output") {
		t.Errorf("remarks %q", m.Remarks)
	}
}

// TestStored: sets are replaced when asked to, removed, and damage to them is found.
func TestStored(t *testing.T) {
	dir, m, err := ingest(t, map[string]string{"2019.csv": wide}, nil)
	if err != nil {
		t.Fatal(err)
	}
	again := func(replace bool) error {
		_, err := Ingest(t.Context(), []string{filepath.Join(dir, "2019.csv")}, Options{DataDir: dir, Replace: replace})
		return err
	}
	if err := again(false); err == nil || !strings.Contains(err.Error(), "use --replace") {
		t.Errorf("a second ingest: %v", err)
	}
	if err := again(true); err != nil {
		t.Error(err)
	}
	list, err := List(dir)
	if err != nil || len(list) != 1 || list[0].Checksum() != m.Checksum() || list[0].Generation == m.Generation {
		t.Errorf("%+v, %v", list, err)
	}
	if datasets, err := store.List(dir); len(datasets) != 0 || err != nil {
		t.Errorf("tables are taken for datasets: %v, %v", datasets, err)
	}
	path := filepath.Join(dir, folder, m.Name, list[0].Generation, list[0].Years[0].File.File)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range data {
		if at%97 != 0 {
			continue
		}
		data[at] ^= 1
		os.WriteFile(path, data, 0o666)
		var damaged *store.DamagedError
		if err := Verify(t.Context(), dir, m.Name); !errors.As(err, &damaged) {
			t.Fatalf("byte %d: %v", at, err)
		}
		data[at] ^= 1
	}
	home := filepath.Join(dir, folder, m.Name, manifestName)
	text, _ := os.ReadFile(home)
	os.WriteFile(home, bytes.Replace(text, []byte("2019"), []byte("2018"), 1), 0o666)
	if _, err := List(dir); err == nil || !strings.Contains(err.Error(), "damaged or edited") {
		t.Errorf("an edited manifest: %v", err)
	}
	if err := Remove(dir, m.Name); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(home)); !os.IsNotExist(err) {
		t.Errorf("left: %v", err)
	}
	if err := Remove(dir, m.Name); err == nil {
		t.Error("removed twice")
	}
}

// TestLooksLikeTable: files that are tables are told from flows.
func TestLooksLikeTable(t *testing.T) {
	f := func(header string, want bool) {
		t.Helper()
		if got := LooksLikeTable(strings.Split(header, ",")); got != want {
			t.Errorf("%s: %v", header, got)
		}
	}
	f("V1,AUS_A01,AUT_A01,OUT", true)
	f("id,EUROZONE:c1,EUROZONE:F1,output", true)
	f("row,col,musd", true)
	f("t,i,j,k,v,q", false)
	f("date,importer,exporter,product,value,quantity", false)
	f("industry,name", false)
}

func TestYearOf(t *testing.T) {
	f := func(name string, want int) {
		t.Helper()
		if got := yearOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	f("wiod2013_1995_Z.csv.gz", 1995)
	f("/2001/ICIO2021_SML.csv", 2021)
	f("table.csv", 0)
}

// TestLayouts: those that come with the program are whole, and the OECD's has the 50 industries of 2025.
func TestLayouts(t *testing.T) {
	for id, n := range map[string]int{"oecd-icio-2025": 50, "wiod-2013": 35, "wiod-2013-regions": 35} {
		found := false
		for _, l := range Layouts() {
			found = found || l.ID == id && len(l.Industries) == n && l.Source != ""
		}
		if !found {
			t.Errorf("no layout %s with %d industries", id, n)
		}
	}
	f := func(want, text string) {
		t.Helper()
		if _, err := ParseLayout("x.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f(`form "tall": expected wide, long or parts`, strings.Replace(mapping, `"long"`, `"tall"`, 1))
	f("names of its columns", strings.Replace(mapping, "seller = \"from\"\n", "", 1))
	f("appears twice", strings.Replace(mapping, `"shop"`, `"farm"`, 1))
	f("unit", strings.Replace(mapping, "0.001", "-1", 1))
	f("selle", strings.Replace(mapping, "seller =", "selle =", 1))
}

// FuzzNumber: what the short way reads is what strconv reads.
func FuzzNumber(f *testing.F) {
	for _, text := range []string{"0", "-1.5", "123456789012345", "1234567890123456", "0.1", "1e5", "-", ".", "", " 7 ", "1.2.3", "0.00000000000000000000001", "NaN", "-0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := number([]byte(text))
		want, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if plain := err == nil && want-want == 0; ok != plain && !strings.ContainsAny(text, "_xXpPnNiI+\u0085\u00a0") {
			t.Fatalf("%q: read %v, strconv %v", text, ok, err)
		}
		if ok && err == nil && got != want {
			t.Fatalf("%q: %v, want %v", text, got, want)
		}
	})
}

// FuzzWide: whatever a file holds, reading it is an answer or an error of the asker's.
func FuzzWide(f *testing.F) {
	f.Add(wide)
	f.Add(strings.Replace(wide, "AUS", "AUT", 3))
	f.Add(parts["index.csv"])
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, ",") > 2000 {
			t.Skip()
		}
		path := filepath.Join(t.TempDir(), "t2019.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		r := &reading{tell: func(string, int64) {}}
		err := r.sort([]string{path}, 0)
		var tables []*Table
		if err == nil {
			tables, err = r.table(t.Context(), 2019)
		}
		var asked *fault.QuestionError
		switch {
		case err != nil && !errors.As(err, &asked):
			t.Fatalf("%q: %v is no error of the asker's", text, err)
		case err == nil:
			tables[0].Check()
		}
	})
}
