package ingest

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chokepoint/store"
)

// The code lists of the tests: Germany twice, Taiwan without a code of its own, Namibia without its ISO2, an area nes.
const (
	testEconomies = `country_code,country_name,country_iso2,country_iso3
4,Afghanistan,AF,AFG
24,Angola,AO,AGO
156,China,CN,CHN
276,Germany,DE,DEU
280,Fed. Rep. of Germany (...1990),DE,DEU
490,"Other Asia, nes",,S19
516,Namibia,,NAM
697,"Europe EFTA, nes",,R20
842,USA,US,USA
`
	testProducts = `code,description
010121,"Horses: live, pure-bred breeding animals"
080810,"Fruit, edible: apples, fresh"
850760,Electric accumulators: lithium-ion
9999AA,Commodities not specified
`
	testFlows = `t,i,j,k,v,q
2024,4,24,080810,0.176,NA
2024,156,842,010121,12,3.5
2024,156,842,850760,1234.567,13.235
2024,842,156,9999AA,36.9707899148844,
`
)

// testStored is what testFlows comes to.
var testStored = []row{
	{2024, "010121", 842, 156, 12000, 3.5},
	{2024, "080810", 24, 4, 176, math.NaN()},
	{2024, "850760", 842, 156, 1234567, 13.235},
	{2024, "9999AA", 156, 842, 36970.7899148844, math.NaN()},
}

// row is one stored flow.
type row struct {
	year               int
	product            string
	importer, exporter uint16
	value, quantity    float64
}

func (r row) String() string {
	return fmt.Sprintf("%d %s %d<-%d %v %v", r.year, r.product, r.importer, r.exporter, r.value, r.quantity)
}

func compareRows(a, b row) int {
	return cmp.Or(cmp.Compare(a.year, b.year), cmp.Compare(a.product, b.product), cmp.Compare(a.importer, b.importer),
		cmp.Compare(a.exporter, b.exporter))
}

func sameRow(a, b row) bool {
	return compareRows(a, b) == 0 && a.value == b.value && (a.quantity == b.quantity || a.quantity != a.quantity && b.quantity != b.quantity)
}

// sameRows fails unless the rows stored are the rows wanted, in the store's order.
func sameRows(t *testing.T, got, want []row) {
	t.Helper()
	want = slices.Clone(want)
	slices.SortFunc(want, compareRows)
	if len(got) != len(want) {
		t.Fatalf("%d rows stored, want %d\ngot  %v\nwant %v", len(got), len(want), got[:min(5, len(got))], want[:min(5, len(want))])
	}
	for i := range want {
		if !sameRow(got[i], want[i]) {
			t.Fatalf("row %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// files are names and contents.
type files map[string]string

// testArchive is the small archive with other flows.
func testArchive(flows string) files {
	return files{
		"BACI_HS17_Y2024_V202601.csv":    flows,
		"country_codes_V202601.csv":      testEconomies,
		"product_codes_HS17_V202601.csv": testProducts,
	}
}

// folder writes the files into a new folder.
func (f files) folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// zip writes the files into a zip of that name.
func (f files) zip(t testing.TB, name string) string {
	t.Helper()
	var buffer bytes.Buffer
	z := zip.NewWriter(&buffer)
	names := make([]string, 0, len(f))
	for n := range f {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[n])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, buffer.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func zipped(t testing.TB, content string) string {
	t.Helper()
	var buffer bytes.Buffer
	z := gzip.NewWriter(&buffer)
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

// take ingests paths and returns the report and what is stored.
func take(t testing.TB, opt Options, paths ...string) (*Report, []row) {
	t.Helper()
	opt.DataDir = t.TempDir()
	report, err := BACI(context.Background(), paths, opt)
	if err != nil {
		t.Fatal(err)
	}
	return report, stored(t, opt.DataDir, report.Dataset)
}

// refuse ingests paths, which must fail with an error that says all of want, and leave nothing behind.
func refuse(t testing.TB, opt Options, paths []string, want ...string) {
	t.Helper()
	opt.DataDir = t.TempDir()
	report, err := BACI(context.Background(), paths, opt)
	if err == nil {
		t.Errorf("no error, want one with %q; read %+v", want, report.Total)
		return
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error %q does not say %q", err, w)
		}
	}
	nothingIn(t, opt.DataDir)
}

// nothingIn fails when a dataset or a part of one is in a data folder.
func nothingIn(t testing.TB, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && !strings.HasSuffix(p, ".lock") {
			t.Errorf("%s is left behind", p)
		}
		return nil
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// aside returns what a report says of one reason.
func (r *Report) aside(why reason) AsideReport {
	for _, a := range r.Aside {
		if a.Reason == reasonNames[why] {
			return a
		}
	}
	return AsideReport{}
}

// stored reads a dataset back.
func stored(t testing.TB, dir, name string) []row {
	t.Helper()
	var all []row
	eachStored(t, dir, name, func(r row) {
		r.product = strings.Clone(r.product)
		all = append(all, r)
	})
	return all
}

// eachStored reads a dataset back row by row; the product's code holds until the next row.
func eachStored(t testing.TB, dir, name string, see func(row)) {
	t.Helper()
	d, err := store.Open(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, year := range d.Years() {
		y, err := d.Year(year)
		if err != nil {
			t.Fatal(err)
		}
		for i := range y.Len() {
			flows := y.Flows(i)
			for n, v := range flows.Value {
				q := math.NaN()
				if flows.Quantity != nil {
					q = flows.Quantity[n]
				}
				see(row{year, y.Product(i), flows.Importer[n], flows.Exporter[n], v, q})
			}
		}
	}
}
