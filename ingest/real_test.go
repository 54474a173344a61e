package ingest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chokepoint/suite"
)

// realData returns a file of the folder of real data, which is no part of the repository.
func realData(t testing.TB, name string) string {
	t.Helper()
	return suite.Real.File(t, name)
}

const (
	archive2024  = "baci-hs17-2024/BACI_HS17_V202601.zip"
	archivePaper = "baci-hs92-paper-1995-2018/BACI_HS92_V202001.zip"
)

// eachRow reads the flow tables of a zip with encoding/csv, by the positions t,i,j,k,v,q.
func eachRow(t testing.TB, path string, see func(record []string)) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "BACI_") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		c := csv.NewReader(r)
		c.ReuseRecord = true
		for n := 0; ; n++ {
			record, err := c.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				see(record)
			}
		}
		r.Close()
	}
}

func slowDollars(t testing.TB, v string) float64 {
	t.Helper()
	d, err := strconv.ParseFloat(v+"e3", 64)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func atoi(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReal2024(t *testing.T) {
	path := realData(t, archive2024)
	if testing.Short() {
		t.Skip("ten million rows")
	}
	dir := t.TempDir()
	report, err := BACI(context.Background(), []string{path}, Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.2f s, %.0f rows/s, peak memory of the process %d MB", report.Seconds, report.RowsPerSec, report.PeakMemory>>20)
	want := Account{10_083_540, 10_083_540, 0, 18_084_827_467_383, 18_084_827_467_383, 0}
	if report.Total != want || !report.Whole {
		t.Errorf("total %+v, whole dollars %v, want %+v", report.Total, report.Whole, want)
	}
	if y := report.Years[0]; y != (YearReport{2024, 10_083_540, 227, 221, 5303, 18_084_827_467_383, 10_083_540}) {
		t.Errorf("year: %+v", y)
	}
	if sum := report.Inputs[0].SHA256; sum != "f4a12bfd2320010f69db80f191d1379bc4733d9567725cfd38234b79678b6122" {
		t.Errorf("sha256 %s", sum)
	}
	warnings := strings.Join(report.Warnings, "\n")
	for _, economy := range []string{"DEU", "FRA", "GBR", "NLD", "ESP"} {
		if !strings.Contains(warnings, economy+" (exports") {
			t.Errorf("no warning that %s is no importer: %s", economy, warnings)
		}
	}

	// Every row, by a hash that does not depend on their order.
	var slow, fast uint64
	eachRow(t, path, func(r []string) {
		slow += mix(atoi(t, r[0]), r[3], atoi(t, r[2]), atoi(t, r[1]), slowDollars(t, r[4]))
	})
	eachStored(t, dir, report.Dataset, func(r row) {
		fast += mix(r.year, r.product, int(r.importer), int(r.exporter), r.value)
	})
	if fast != slow {
		t.Error("the rows stored are not the rows of the file")
	}
}

// mix hashes one row.
func mix(year int, product string, importer, exporter int, value float64) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(product) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	for _, n := range []uint64{uint64(year), uint64(importer), uint64(exporter), math.Float64bits(value)} {
		h = (h ^ n) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return h
}

func TestRealPaper(t *testing.T) {
	path := realData(t, archivePaper)
	report, got := take(t, Options{}, path)
	if report.Total.RowsRead != 97_816 || len(report.Years) != 24 || report.Missing != 0 || report.Whole {
		t.Errorf("total %+v, %d years, %d without quantity", report.Total, len(report.Years), report.Missing)
	}
	var want []row
	eachRow(t, path, func(r []string) {
		q, err := strconv.ParseFloat(r[5], 64)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, row{atoi(t, r[0]), strings.Clone(r[3]), uint16(atoi(t, r[2])), uint16(atoi(t, r[1])), slowDollars(t, r[4]), q})
	})
	sameRows(t, got, want)
}

// TestRealCodeLists reads the code lists of all releases and revisions at hand.
func TestRealCodeLists(t *testing.T) {
	f := func(name string, rows int) {
		t.Helper()
		text, err := os.ReadFile(realData(t, "nomenclature/baci/"+name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			r, err := unzipped(io.NopCloser(bytes.NewReader(text)), nil)
			if err != nil {
				t.Fatal(err)
			}
			if text, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
			list, _, err := readProducts(name, text, false)
			if err != nil || len(list) != rows {
				t.Errorf("%s: %d products, error %v, want %d", name, len(list), err, rows)
			}
			return
		}
		list, _, err := readEconomies(name, text)
		if err != nil || len(list) != rows {
			t.Errorf("%s: %d economies, error %v, want %d", name, len(list), err, rows)
		}
		for _, e := range list {
			if strings.Contains(e.Name, "Ã") || strings.Contains(e.Name, "\ufffd") {
				t.Errorf("%s: name %q", name, e.Name)
			}
			if e.Code == 384 && e.Name != "Côte d'Ivoire" {
				t.Errorf("%s: name %q", name, e.Name)
			}
		}
	}
	f("country_codes_V202001.csv", 227)
	for _, release := range []int{202201, 202301, 202501, 202601} {
		f(fmt.Sprintf("country_codes_V%d.csv", release), 238)
	}
	for revision, rows := range map[string]int{"92": 5022, "96": 5115, "02": 5223, "07": 5050, "12": 5202, "17": 5384, "22": 5609} {
		f("product_codes_HS"+revision+"_V202401.csv.gz", rows)
	}
}

// TestKill kills a process that replaces an older dataset, at random moments. What is found then is the older dataset or
// the new one, whole.
func TestKill(t *testing.T) {
	if dir := os.Getenv("CHOKEPOINT_TEST_KILL_DIR"); dir != "" {
		opt := Options{DataDir: dir, Name: "paper", Replace: true}
		if _, err := BACI(context.Background(), []string{os.Getenv("CHOKEPOINT_TEST_KILL_ARCHIVE")}, opt); err != nil {
			t.Fatal(err)
		}
		return
	}
	path := realData(t, archivePaper)
	dir := t.TempDir()
	opt := Options{DataDir: dir, Name: "paper"}
	began := time.Now()
	if _, err := BACI(context.Background(), []string{path}, opt); err != nil {
		t.Fatal(err)
	}
	whole := stored(t, dir, "paper")
	length := time.Since(began) * 3 / 2 // the start of the child takes some of it
	older := testArchive(testFlows).folder(t)
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	r := rand.New(rand.NewPCG(9, uint64(time.Now().UnixNano())))
	results := make(map[string]int)
	for range rounds {
		opt.Replace = true
		if _, err := BACI(context.Background(), []string{older}, opt); err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run", "^TestKill$")
		child.Env = append(os.Environ(), "CHOKEPOINT_TEST_KILL_DIR="+dir, "CHOKEPOINT_TEST_KILL_ARCHIVE="+path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(r.Int64N(int64(length))))
		killed := child.Process.Kill()
		ended := child.Wait()
		switch got := stored(t, dir, "paper"); len(got) {
		case len(testStored):
			sameRows(t, got, testStored)
			results["older"]++
			if killed != nil || ended == nil {
				t.Error("the child ended by itself and the older dataset is still there")
			}
		default:
			sameRows(t, got, whole)
			results["new"]++
		}
	}
	t.Logf("after %d kills: %v", rounds, results)
	if _, err := BACI(context.Background(), []string{path}, opt); err != nil {
		t.Errorf("after the kills: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "paper", "*"))
	left = slices.DeleteFunc(left, func(p string) bool { return filepath.Base(p) == ".lock" })
	if err != nil || len(left) != 2 {
		t.Errorf("after a whole ingest %q are left, want a manifest and one generation", left)
	}
}

func BenchmarkReal2024(b *testing.B) {
	benchmark(b, realData(b, archive2024), 10_083_540)
}

func BenchmarkPaper(b *testing.B) {
	benchmark(b, realData(b, archivePaper), 97_816)
}

// BenchmarkRandom ingests a made-up table of two years and some 700,000 rows, which needs no data.
func BenchmarkRandom(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	all := files{}
	rows := 0
	for year := 2023; year <= 2024; year++ {
		var text strings.Builder
		text.WriteString("t,i,j,k,v,q\n")
		for _, exporter := range []int{4, 24, 156, 276, 842} {
			for _, importer := range []int{8, 12, 36, 40, 56, 76, 124, 208, 246, 251, 300, 344, 348, 372} {
				for product := range 5000 {
					fmt.Fprintf(&text, "%d,%d,%d,%06d,%.3f,%.3f\n", year, exporter, importer, product*199, r.ExpFloat64()*1e3, r.ExpFloat64()*1e2)
					rows++
				}
			}
		}
		all[fmt.Sprintf("BACI_HS17_Y%d_V202601.csv", year)] = text.String()
	}
	benchmark(b, all.zip(b, "BACI_HS17_V202601.zip"), rows)
}

func benchmark(b *testing.B, path string, rows int) {
	opt := Options{DataDir: b.TempDir(), Replace: true}
	for b.Loop() {
		report, err := BACI(context.Background(), []string{path}, opt)
		if err != nil {
			b.Fatal(err)
		}
		if report.Total.RowsStored != rows {
			b.Fatalf("%d rows stored, want %d", report.Total.RowsStored, rows)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peakMemory()>>20), "peak-MB")
}
