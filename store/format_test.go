package store

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"chokepoint/fault"
	"chokepoint/trade"
)

var (
	newGolden = flag.Bool("new-golden", false, "write testdata/v<FormatVersion>, once for each version of the format")
	update    = flag.Bool("update", false, "write testdata/tiny.txt anew")
)

var nan = math.NaN()

// tiny is the dataset of testdata: a year without quantities in which two codes of Sudan meet, and a year of two batches.
var tiny = world{
	2023: {
		flowsOf("280530", []uint16{729, 842}, []uint16{736, 156}, []float64{1, 9007199254740}, nil),
	},
	2024: {
		flowsOf("280530", []uint16{251, 842, 842}, []uint16{156, 156, 490}, []float64{1250, 60125, 176}, []float64{0.5, nan, 2}),
		flowsOf("850760", []uint16{276}, []uint16{156}, []float64{3}, []float64{0}),
		flowsOf("9999AA", []uint16{156}, []uint16{842}, []float64{44}, []float64{7.25}),
	},
}

func flowsOf(product string, importer, exporter []uint16, value, quantity []float64) Flows {
	return Flows{Product: product, Importer: importer, Exporter: exporter, Value: value, Quantity: quantity}
}

func writeTiny(t *testing.T, dir string) {
	t.Helper()
	d, err := Create(dir, "tiny", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	d.batch, d.blocs = 2, func(int) []trade.Set { return []trade.Set{trade.SetOf(156, 842), trade.SetOf(490, 736, 842)} }
	err = d.SetEconomies([]trade.Economy{
		{Code: 156, ISO3: "CHN", ISO2: "CN", Name: "China"},
		{Code: 251, ISO3: "FRA", ISO2: "FR", Name: "France"},
		{Code: 276, ISO3: "DEU", ISO2: "DE", Name: "Germany"},
		{Code: 490, Name: "Other Asia, nes"},
		{Code: 729, ISO3: "SDN", ISO2: "SD", Name: "Sudan"},
		{Code: 736, ISO3: "SDN", ISO2: "SD", Name: "Sudan (...2011)"},
		{Code: 842, ISO3: "USA", ISO2: "US", Name: "USA"},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.SetProducts([]trade.Product{{Code: "280530", Description: `Rare-earth metals, scandium and yttrium; "intermixed"`},
		{Code: "850760", Description: "Accumulateurs électriques"}, {Code: "9999AA"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := tiny.fillYears(d); err != nil {
		t.Fatal(err)
	}
	err = d.Commit(Manifest{
		Title: "A tiny dataset", Source: "nobody", Release: "202601", Nomenclature: "HS17", Licence: "none", Citation: "none",
		Synthetic: true, Created: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), ProgramVersion: "0.1.0",
		Inputs: []Input{{Name: "BACI_HS17_V202601.zip", Bytes: 7, SHA256: strings.Repeat("0", 64)}},
		Report: json.RawMessage(`{"rows_read":8}`),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestGolden reads the datasets that were written with each version of the format. Once written they never change:
// -new-golden adds one after FormatVersion was raised, and refuses to touch the others.
func TestGolden(t *testing.T) {
	if *newGolden {
		dir := fmt.Sprintf("testdata/v%d", FormatVersion)
		if _, err := os.Stat(dir); err == nil {
			t.Fatalf("%s is there already", dir)
		}
		writeTiny(t, dir)
		os.Remove(filepath.Join(dir, "tiny", lockFile))
	}
	for version := 1; version <= FormatVersion; version++ {
		dir := fmt.Sprintf("testdata/v%d", version)
		if err := Verify(context.Background(), dir, "", nil); err == nil {
			t.Error("Verify accepts an empty name")
		}
		if err := Verify(context.Background(), dir, "tiny", nil); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		d, err := Open(dir, "")
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		defer d.Close()
		checkTiny(t, d)
	}
}

func checkTiny(t *testing.T, d *Dataset) {
	t.Helper()
	for year, flows := range tiny {
		y, err := d.Year(year)
		if err != nil {
			t.Fatal(err)
		}
		var got []Flows
		for i := range y.Len() {
			f := y.Flows(i)
			got = append(got, f)
			if got, want := y.Index(i), IndexOf(f.Importer, f.Exporter, f.Value); !got.equal(&want) {
				t.Errorf("year %d, product %s: index %+v, want %+v", year, f.Product, got, want)
			}
		}
		same := cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
		if diff := cmp.Diff(flows, got, same, cmpopts.IgnoreUnexported(Flows{})); diff != "" {
			t.Errorf("year %d:\n%s", year, diff)
		}
	}
	m := d.Manifest()
	if m.Title != "A tiny dataset" || m.ValueUSD != 9007199316339 || !m.Exact || !m.Synthetic || m.Rows != 7 || m.Years[1].QuantityRows != 4 {
		t.Errorf("manifest: %+v", m)
	}
	var report bytes.Buffer
	if err := json.Compact(&report, m.Report); err != nil || report.String() != `{"rows_read":8}` {
		t.Errorf("report %s, %v", &report, err)
	}
	for code, want := range map[trade.Code]string{156: "CHN", 490: "TWN", 729: "SDN", 736: "SDN-736"} {
		if got := d.Economies().Label(code); got != want {
			t.Errorf("label of %d is %s, want %s", code, got, want)
		}
	}
	if p, ok := d.Products().Get("850760"); !ok || p.Description != "Accumulateurs électriques" {
		t.Errorf("product 850760 is %q", p.Description)
	}
}

// TestLayout compares a file, buffer by buffer, with testdata/tiny.txt: as written today, and as committed. A change is a
// new version of the format.
func TestLayout(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	got := dumpDataset(t, dir)
	if *update {
		if err := os.WriteFile("testdata/tiny.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/tiny.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("written today:\n%s", diff)
	}
	if diff := cmp.Diff(string(want), dumpDataset(t, fmt.Sprintf("testdata/v%d", FormatVersion))); diff != "" {
		t.Errorf("as committed:\n%s", diff)
	}
}

// dumpDataset shows the files of a dataset but the manifest's name of the generation, and so its checksum.
func dumpDataset(t *testing.T, dir string) string {
	t.Helper()
	d, err := Open(dir, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var w strings.Builder
	manifest, err := os.ReadFile(filepath.Join(dir, "tiny", manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	if at := ownChecksum.FindSubmatchIndex(manifest); at != nil {
		manifest = slices.Concat(manifest[:at[2]], []byte("CHECKSUM"), manifest[at[3]:])
	}
	fmt.Fprintf(&w, "== %s ==\n%s", manifestFile, strings.Replace(string(manifest), d.manifest.Generation, "GENERATION", 1))
	for _, f := range d.manifest.files()[:2] {
		data, err := os.ReadFile(filepath.Join(d.dir, f.File))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&w, "== %s ==\n%s", f.File, data)
	}
	for _, f := range d.manifest.files()[2:] {
		fmt.Fprintf(&w, "== %s ==\n", f.File)
		if strings.HasPrefix(f.File, "blocks-") {
			sums, err := f.read(d.dir)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&w, "%x\n", sums)
			continue
		}
		dumpArrow(t, &w, filepath.Join(d.dir, f.File))
	}
	return w.String()
}

// dumpArrow shows a file as any Arrow reader sees it: metadata, columns, and each buffer with its place and items.
func dumpArrow(t *testing.T, w io.Writer, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewMappedFileReader(data)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fmt.Fprintf(w, "%d bytes\n", len(data))
	meta := r.Schema().Metadata()
	for i, key := range meta.Keys() {
		fmt.Fprintf(w, "metadata %s = %s\n", key, meta.Values()[i])
	}
	for _, f := range r.Schema().Fields() {
		fmt.Fprintf(w, "column %-8s %s\n", f.Name, f.Type)
	}
	for i := range r.NumRecords() {
		record, err := r.RecordBatchAt(i)
		if err != nil {
			t.Fatal(err)
		}
		defer record.Release()
		fmt.Fprintf(w, "batch %d: %d products\n", i, record.NumRows())
		for k, field := range record.Schema().Fields() {
			dumpColumn(t, w, data, field.Name, record.Column(k))
		}
	}
}

func dumpColumn(t *testing.T, w io.Writer, data []byte, column string, a arrow.Array) {
	t.Helper()
	line := func(what string, buffer []byte, items any) {
		at, ok := place(data, buffer)
		if !ok || at%8 != 0 {
			t.Errorf("%s %s: not in the file, or at %d, which is no multiple of 8", column, what, at)
		}
		fmt.Fprintf(w, "  %-8s %-8s byte %4d: %v\n", column, what, at, items)
	}
	switch a := a.(type) {
	case *array.String:
		line("offsets", a.Data().Buffers()[1].Bytes(), a.ValueOffsets())
		line("text", a.Data().Buffers()[2].Bytes(), string(a.ValueBytes()))
	case *array.List:
		line("offsets", a.Data().Buffers()[1].Bytes(), a.Offsets())
		buffers := a.ListValues().Data().Buffers()
		if known := buffers[0]; known != nil && known.Len() > 0 {
			line("known", known.Bytes(), fmt.Sprintf("%08b", known.Bytes()[0]))
		}
		switch v := a.ListValues().(type) {
		case *array.Int32:
			line("i32", buffers[1].Bytes(), v.Int32Values())
		case *array.Uint16:
			line("u16", buffers[1].Bytes(), v.Uint16Values())
		case *array.Float64:
			line("f64", buffers[1].Bytes(), v.Float64Values())
		}
	case *array.Float64:
		line("f64", a.Data().Buffers()[1].Bytes(), a.Float64Values())
	default:
		t.Errorf("column %s is a %T", column, a)
	}
}

// goldenFiles reads the flows of a year of the golden dataset of this version, and their index.
func goldenFiles(t testing.TB, year int) (flows, index []byte) {
	t.Helper()
	var data [2][]byte
	for i, kind := range []string{"flows", "index"} {
		files, err := filepath.Glob(fmt.Sprintf("testdata/v%d/tiny/*/%s-%d.arrow", FormatVersion, kind, year))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if data[i], err = os.ReadFile(files[0]); err != nil {
			t.Fatal(err)
		}
	}
	return data[0], data[1]
}

// TestEveryBit flips each bit of the files of a year in turn: reading ends with an error or with slices of equal length, and
// takes no memory to speak of. (Lengths in Arrow's metadata can ask for more than there is, which ends a program without a
// word.)
func TestEveryBit(t *testing.T) {
	flows, index := goldenFiles(t, 2024)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, data := range [][]byte{flows, index} {
		refused := 0
		for bit := range 8 * len(data) {
			data[bit/8] ^= 1 << (bit % 8)
			if !readsOrRefuses(t, flows, index, 2024) {
				refused++
			}
			data[bit/8] ^= 1 << (bit % 8)
		}
		if refused < len(data) {
			t.Errorf("%d of %d files were refused; want at least every eighth", refused, 8*len(data))
		}
	}
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) / uint64(8*(len(flows)+len(index))); used > 1<<16 {
		t.Errorf("reading allocated %d bytes on average", used)
	}
	_, other := goldenFiles(t, 2023)
	if !readsOrRefuses(t, flows, index, 2024) || readsOrRefuses(t, flows, index, 2023) || readsOrRefuses(t, flows[:len(flows)-1], index, 2024) ||
		readsOrRefuses(t, flows, other, 2024) || readsOrRefuses(t, flows, index[:len(index)-1], 2024) {
		t.Error("want the files to be read as they are, and refused for another year, cut off, or with the index of another year")
	}
}

// golden is the golden dataset of this version.
var golden = sync.OnceValue(func() *Dataset {
	d, err := Open(fmt.Sprintf("testdata/v%d", FormatVersion), "tiny")
	if err != nil {
		panic(err)
	}
	return d
})

// readsOrRefuses says whether a year without checksums is read. If it is, its slices must be usable, and its numbers within
// bounds.
func readsOrRefuses(t *testing.T, flows, index []byte, year int) bool {
	d := golden()
	i, ok := d.index(year)
	if !ok {
		i = 0
	}
	y := &Year{entry: &d.manifest.Years[i], exact: true}
	defer y.unmap()
	none := func() error { return nil }
	if undamaged(&mapped{data: flows, release: none}, y.readFlows) != nil || undamaged(&mapped{data: index, release: none}, y.readIndex) != nil {
		return false
	}
	return fault.Do(func() error { mustBeUsable(t, y); return nil }) == nil
}

func mustBeUsable(t *testing.T, y *Year) {
	for i := range y.Len() {
		flows, index := y.Flows(i), y.Index(i)
		n := len(flows.Value)
		if n == 0 || len(flows.Importer) != n || len(flows.Exporter) != n || flows.Quantity != nil && len(flows.Quantity) != n {
			t.Fatalf("product %d has lists of different length", i)
		}
		at := int32(0)
		for k := range index.Importer {
			lo, hi := index.Run(k)
			if lo != at || hi <= lo || int(hi) > n {
				t.Fatalf("product %d: run %d is from %d to %d, the one before ends at %d of %d", i, k, lo, hi, at, n)
			}
			at = hi
		}
		if len(index.Importer) != len(index.Imports) || len(index.Exporter) != len(index.Exports) {
			t.Fatalf("product %d has an index of different lengths", i)
		}
		if k, ok := y.Find(y.Product(i)); !ok || k != i {
			t.Fatalf("product %d is found at %d, %v", i, k, ok)
		}
		for k, v := range flows.Value {
			if !codeInside(flows.Importer[k]) || !codeInside(flows.Exporter[k]) || !positive(v) || flows.Quantity != nil && (flows.Quantity[k] < 0 || math.IsInf(flows.Quantity[k], 0)) {
				t.Fatalf("product %d has a flow out of bounds: %+v", i, flows)
			}
		}
	}
}

// FuzzYear: whatever is in the files, reading them ends with an error or with slices of equal length.
func FuzzYear(f *testing.F) {
	for _, year := range []int{2023, 2024} {
		flows, index := goldenFiles(f, year)
		f.Add(flows, index, year)
	}
	f.Fuzz(func(t *testing.T, flows, index []byte, year int) { readsOrRefuses(t, flows, index, year) })
}
