package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"chokepoint/fault"
	"chokepoint/trade"
)

// world is a small random dataset as plain values: year → product → flows.
type world map[int][]Flows

func randomWorld(rng *rand.Rand, years, products int, whole bool) world {
	w := world{}
	for y := 2000; y < 2000+years; y++ {
		quantities := rng.IntN(3) > 0
		for p := range products {
			f := Flows{Product: fmt.Sprintf("%06d", 10100+p*7)}
			for imp := uint16(4); imp < 40; imp += 4 {
				for exp := uint16(4); exp < 40; exp += 4 {
					if imp == exp || rng.IntN(2) == 0 {
						continue
					}
					v := float64(1 + rng.IntN(1_000_000))
					if !whole {
						v += rng.Float64()
					}
					f.Importer, f.Exporter, f.Value = append(f.Importer, imp), append(f.Exporter, exp), append(f.Value, v)
					if quantities {
						q := rng.Float64() * 100
						if rng.IntN(5) == 0 {
							q = math.NaN()
						}
						f.Quantity = append(f.Quantity, q)
					}
				}
			}
			w[y] = append(w[y], f)
		}
	}
	return w
}

func (w world) write(t testing.TB, dir, name string, replace bool) {
	t.Helper()
	d, err := Create(dir, name, replace)
	if err != nil {
		t.Fatal(err)
	}
	w.commit(t, d)
}

// writeBatches writes a dataset with small batches.
func (w world) writeBatches(t testing.TB, dir, name string, batch int) {
	t.Helper()
	d, err := Create(dir, name, false)
	if err != nil {
		t.Fatal(err)
	}
	d.batch = batch
	w.commit(t, d)
}

func (w world) commit(t testing.TB, d *Draft) {
	t.Helper()
	defer d.Abort()
	if err := w.fill(d); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(Manifest{Title: "test", Nomenclature: "HS17", Release: "202601"}); err != nil {
		t.Fatal(err)
	}
}

// fill writes a world into a draft, with the economies that random worlds have.
func (w world) fill(d *Draft) error {
	var economies []trade.Economy
	for c := range trade.Code(40) {
		if e, ok := trade.BuiltinEconomies().Get(c); ok {
			economies = append(economies, e)
		} else if c > 0 {
			economies = append(economies, trade.Economy{Code: c, Name: fmt.Sprint("economy ", c)})
		}
	}
	return w.fillWith(d, economies)
}

// everyEconomy lists an economy for every code.
func everyEconomy() []trade.Economy {
	var economies []trade.Economy
	for c := trade.Code(1); c < trade.MaxCode; c++ {
		economies = append(economies, trade.Economy{Code: c, Name: fmt.Sprint("economy ", c)})
	}
	return economies
}

func (w world) fillWith(d *Draft, economies []trade.Economy) error {
	if err := d.SetEconomies(economies); err != nil {
		return err
	}
	var products []trade.Product
	for _, flows := range w {
		for _, f := range flows {
			products = append(products, trade.Product{Code: f.Product, Description: "product, with \"quotes\""})
		}
		break
	}
	if err := d.SetProducts(products); err != nil {
		return err
	}
	return w.fillYears(d)
}

func (w world) fillYears(d *Draft) error {
	for _, year := range slices.Sorted(maps.Keys(w)) {
		flows := w[year]
		quantities := slices.ContainsFunc(flows, func(f Flows) bool { return f.Quantity != nil })
		yw, err := d.Year(year, quantities)
		if err != nil {
			return err
		}
		for _, f := range flows {
			if err := yw.Append(f.Product, f.Importer, f.Exporter, f.Value, f.Quantity); err != nil {
				return err
			}
		}
		if _, err := yw.Close(); err != nil {
			return err
		}
	}
	return nil
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, whole := range []bool{true, false} {
		dir := t.TempDir()
		w := randomWorld(rng, 3, 40, whole)
		w.writeBatches(t, dir, "test", 100+rng.IntN(300))
		d, err := Open(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Manifest().Exact; got != whole {
			t.Errorf("exact is %v, want %v", got, whole)
		}
		var total float64
		for year, flows := range w {
			y, err := d.Year(year)
			if err != nil {
				t.Fatal(err)
			}
			if y.Len() != len(flows) || len(y.chunks) < 2 {
				t.Fatalf("%d products in %d batches, want %d in several", y.Len(), len(y.chunks), len(flows))
			}
			var importers, exporters trade.Set
			for i, want := range flows {
				got := y.Flows(i)
				if !sameFlows(got, want) {
					t.Fatalf("year %d: got %v, want %v", year, got, want)
				}
				if at, ok := y.Find(want.Product); !ok || at != i {
					t.Errorf("Find(%s) = %d, %v", want.Product, at, ok)
				}
				for k, v := range want.Value {
					total += v
					importers.Add(trade.Code(want.Importer[k]))
					exporters.Add(trade.Code(want.Exporter[k]))
				}
			}
			if y.Importers() != importers || y.Exporters() != exporters || d.Importers(year) != importers || d.Exporters(year) != exporters {
				t.Errorf("year %d: importers or exporters differ", year)
			}
			if _, ok := y.Find("999999"); ok {
				t.Error("found a product that is not there")
			}
		}
		if got := d.Manifest().ValueUSD; math.Abs(got-total) > 1e-9*total {
			t.Errorf("total %v, want %v", got, total)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := Verify(context.Background(), dir, "test", nil); err != nil {
			t.Error(err)
		}
	}
}

func sameFlows(a, b Flows) bool {
	same := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	if a.Quantity == nil && b.Quantity == nil {
		return reflect.DeepEqual(a, b)
	}
	return a.Product == b.Product && slices.Equal(a.Importer, b.Importer) && slices.Equal(a.Exporter, b.Exporter) &&
		slices.Equal(a.Value, b.Value) && slices.EqualFunc(a.Quantity, b.Quantity, same)
}

// TestMapped: the slices of flows lie in the mapped file, at addresses that suit their type, and opening a year costs
// next to no memory.
func TestMapped(t *testing.T) {
	dir := t.TempDir()
	w := world{2000: nil}
	for p := range 9 {
		flows := Flows{Product: fmt.Sprintf("%06d", p)}
		for imp := uint16(1); imp < 400; imp++ {
			for exp := uint16(1); exp < 400; exp++ {
				if imp != exp && (int(imp)+int(exp)+p)%7 > 0 {
					flows.Importer, flows.Exporter = append(flows.Importer, imp), append(flows.Exporter, exp)
					flows.Value, flows.Quantity = append(flows.Value, 1), append(flows.Quantity, 2)
				}
			}
		}
		w[2000] = append(w[2000], flows)
	}
	d, err := Create(dir, "big", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.fillWith(d, everyEconomy()); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(Manifest{}); err != nil {
		t.Fatal(err)
	}
	entry := d.years[0]
	path := filepath.Join(d.dir, entry.File.File)
	data, _, release, err := mapFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	y := &Year{entry: &entry}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := y.readFlows(&mapped{data: data}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	defer y.unmap()
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<18 || len(data) < 20<<20 || len(y.chunks) < 3 {
		t.Errorf("reading %d bytes in %d batches allocated %d bytes; the flows should stay in the file", len(data), len(y.chunks), used)
	}
	for i, c := range y.chunks {
		within(t, fmt.Sprintf("batch %d importer", i), data, c.importer, c.at[numbers(importerColumn)].from)
		within(t, fmt.Sprintf("batch %d exporter", i), data, c.exporter, c.at[numbers(exporterColumn)].from)
		within(t, fmt.Sprintf("batch %d value", i), data, c.value, c.at[numbers(valueColumn)].from)
		within(t, fmt.Sprintf("batch %d quantity", i), data, c.quantity, c.at[numbers(quantityColumn)].from)
	}
}

// within fails unless a slice lies in data at byte want, which is where its checksums are looked for, and a multiple of 8.
func within[T any](t *testing.T, what string, data []byte, s []T, want int) {
	t.Helper()
	if at, ok := place(data, s); !ok || at%8 != 0 || int(at) != want {
		t.Errorf("%s: at byte %d of the file, within it: %v; want byte %d, a multiple of 8", what, at, ok, want)
	}
}

// place says where in data a slice lies, if it does.
func place[T any](data []byte, s []T) (uintptr, bool) {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(s))) - uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	return at, at <= uintptr(len(data)) && at+uintptr(len(s))*unsafe.Sizeof(*new(T)) <= uintptr(len(data))
}

func TestAppendErrors(t *testing.T) {
	f := func(want, product string, importer, exporter []uint16, value, quantity []float64) {
		t.Helper()
		d, err := Create(t.TempDir(), "x", false)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Abort()
		w, err := d.Year(2000, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append("010101", []uint16{1}, []uint16{2}, []float64{1}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Append(product, importer, exporter, value, quantity); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	one := []float64{1}
	f("must ascend", "010101", []uint16{1}, []uint16{2}, one, nil)
	f("six-character", "10102", []uint16{1}, []uint16{2}, one, nil)
	f("with itself", "020101", []uint16{3}, []uint16{3}, one, nil)
	f("positive", "020101", []uint16{3}, []uint16{4}, []float64{0}, nil)
	f("positive", "020101", []uint16{3}, []uint16{4}, []float64{math.NaN()}, nil)
	f("equal numbers", "020101", []uint16{3}, []uint16{4}, []float64{1, 2}, nil)
	f("ascending", "020101", []uint16{3, 3}, []uint16{5, 4}, []float64{1, 2}, nil)
	f("ascending", "020101", []uint16{3, 3}, []uint16{4, 4}, []float64{1, 2}, nil)
	f("codes are", "020101", []uint16{0}, []uint16{4}, one, nil)
	f("begun without", "020101", []uint16{3}, []uint16{4}, one, one)
}

// TestFlippedByte: Verify finds one changed byte in any file, and a question that reads all of a damaged dataset ends with a
// DamagedError that names the file.
func TestFlippedByte(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	dir := t.TempDir()
	randomWorld(rng, 2, 10, true).write(t, dir, "test", false)
	files, err := filepath.Glob(filepath.Join(dir, "test", "*", "*"))
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		sound, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			damaged := slices.Clone(sound)
			i := rng.IntN(len(damaged))
			damaged[i] ^= 1 << rng.IntN(8)
			if err := os.WriteFile(file, damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := Verify(context.Background(), dir, "test", nil); err == nil || !strings.Contains(err.Error(), filepath.Base(file)) {
				t.Errorf("%s, byte %d flipped: got %v", filepath.Base(file), i, err)
			}
			var damage *DamagedError
			if err := readAll(dir, "test"); !errors.As(err, &damage) || !strings.Contains(err.Error(), filepath.Base(file)) {
				t.Errorf("%s, byte %d flipped: reading gives %v, want a DamagedError that names the file", filepath.Base(file), i, err)
			}
		}
		if err := os.WriteFile(file, sound, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Verify(context.Background(), dir, "test", nil); err != nil {
		t.Error(err)
	}
}

// readAll reads all flows of a dataset, as a question does.
func readAll(dir, name string) error {
	return fault.Do(func() error {
		d, err := Open(dir, name)
		if err != nil {
			return err
		}
		defer d.Close()
		for _, year := range d.Years() {
			y, err := d.Year(year)
			if err != nil {
				return err
			}
			for i := range y.Len() {
				y.Flows(i)
				y.Index(i)
			}
		}
		return d.Damaged()
	})
}

func TestReplace(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	dir := t.TempDir()
	old, next := randomWorld(rng, 1, 5, true), randomWorld(rng, 2, 6, true)
	old.write(t, dir, "test", false)
	if _, err := Create(dir, "test", false); err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("got %v, want an error that names --replace", err)
	}
	reader, err := Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	y, err := reader.Year(2000)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Create(dir, "test", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, "test", true); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("second writer: got %v", err)
	}
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	if err := Verify(context.Background(), dir, "test", nil); err != nil {
		t.Errorf("after an aborted replacement: %v", err)
	}
	next.write(t, dir, "test", true)
	if runtime.GOOS != "windows" && !sameFlows(y.Flows(0), old[2000][0]) {
		t.Error("a reader of the old dataset sees other flows after the replacement")
	}
	list, err := List(dir)
	if err != nil || len(list) != 1 || len(list[0].Years) != 2 {
		t.Errorf("got %v, %v", list, err)
	}
	if err := Remove(dir, "test"); err != nil {
		t.Error(err)
	}
	if _, err := Open(dir, "test"); err == nil || !strings.Contains(err.Error(), "no dataset") {
		t.Errorf("after removal: %v", err)
	}
}

// TestKill kills a process that replaces one of two datasets by the other over and over, at random moments. Whatever the
// moment, one of the two is left, whole.
func TestKill(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 99))
	worlds := []world{randomWorld(rng, 1, 30, true), randomWorld(rng, 3, 30, true)}
	if dir := os.Getenv("STORE_TEST_KILL"); dir != "" {
		for i := 0; ; i++ {
			os.Stdout.WriteString(".") // the one who kills waits for it: how long a start takes is nobody's business
			worlds[i%2].write(t, dir, "test", true)
		}
	}
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL on this platform")
	}
	dir := t.TempDir()
	known := map[string]int{}
	for i, w := range worlds {
		w.write(t, dir, "test", true)
		known[checksum(t, dir)] = i
	}
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	var left [2]int
	leftovers := 0
	// On a slow machine it takes more rounds until both datasets and remains of a draft have been seen.
	for round := 0; round < rounds || (left[0] == 0 || left[1] == 0 || leftovers == 0) && round < 20*rounds; round++ {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "STORE_TEST_KILL="+dir)
		begun, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(begun, make([]byte, 1+rng.IntN(3))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.IntN(40)) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		if err := Verify(context.Background(), dir, "test", nil); err != nil {
			t.Fatal(err)
		}
		sum := checksum(t, dir)
		i, ok := known[sum]
		if !ok {
			t.Fatalf("a dataset with checksum %s is left, which nobody wrote; want one of %v", sum, known)
		}
		left[i]++
		if len(entries(t, filepath.Join(dir, "test"))) > 3 {
			leftovers++
		}
	}
	t.Logf("kills left the datasets %v times, %d times with remains of a draft", left, leftovers)
	if left[0] == 0 || left[1] == 0 || leftovers == 0 {
		t.Error("the kills come too early or too late to mean anything")
	}
	worlds[0].write(t, dir, "test", true)
	if got := entries(t, filepath.Join(dir, "test")); len(got) != 3 {
		t.Errorf("after a whole write there are %q; want lock, manifest, generation", got)
	}
}

func checksum(t *testing.T, dir string) string {
	t.Helper()
	list, err := List(dir)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0].Checksum()
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestLabels(t *testing.T) {
	economies := trade.BuiltinEconomies()
	f := func(want map[trade.Code]string, years ...YearEntry) {
		t.Helper()
		if got := labels(economies, years); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	year := func(year int, importers, exporters []trade.Code) YearEntry {
		return YearEntry{Year: year, Importers: importers, Exporters: exporters}
	}
	none := map[trade.Code]string{}
	sudan := map[trade.Code]string{736: "SDN-736"}
	f(none)
	// Germany's codes follow one another, Sudan's meet in 2011.
	f(none, year(1990, []trade.Code{280}, nil), year(1991, []trade.Code{276}, nil))
	f(sudan, year(2011, []trade.Code{736, 280}, []trade.Code{729}), year(2012, []trade.Code{729, 276}, nil))
	// The code of today keeps the ISO3, also if the former one trades longer in the data.
	f(sudan, year(2011, []trade.Code{729}, []trade.Code{736}), year(2012, []trade.Code{736}, nil))
	f(map[trade.Code]string{58: "BEL-58", 736: "SDN-736"}, year(1998, []trade.Code{56, 58, 729, 736}, nil))
}

func FuzzManifest(f *testing.F) {
	dir := f.TempDir()
	randomWorld(rand.New(rand.NewPCG(1, 1)), 1, 2, true).write(f, dir, "test", false)
	data, err := os.ReadFile(filepath.Join(dir, "test", manifestFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			return
		}
		for _, y := range m.Years {
			if strings.ContainsAny(y.File.File, `/\`) {
				t.Fatalf("file %q leads out of the dataset", y.File.File)
			}
			trade.SetOf(y.Importers...)
		}
	})
}

// TestCatalogue: a dataset of which the texts are known and the files are elsewhere says the same of itself.
func TestCatalogue(t *testing.T) {
	dir := t.TempDir()
	randomWorld(rand.New(rand.NewPCG(3, 1)), 2, 5, true).write(t, dir, "test", false)
	want, err := Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	m := want.Manifest()
	var texts []string
	for _, path := range []string{manifestFile, filepath.Join(m.Generation, m.Economies.File), filepath.Join(m.Generation, m.Products.File)} {
		text, err := os.ReadFile(filepath.Join(dir, "test", path))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	got, err := ParseCatalogue(texts[0], texts[1], texts[2])
	if err != nil {
		t.Fatal(err)
	}
	year := want.Years()[0]
	if !reflect.DeepEqual(got.Manifest(), m) || !reflect.DeepEqual(got.Economies().All(), want.Economies().All()) ||
		!reflect.DeepEqual(got.Products(), want.Products()) || got.Importers(year) != want.Importers(year) || got.Exporters(year) != want.Exporters(year) {
		t.Error("what the texts say differs from what is stored")
	}
	for i := range texts {
		broken := slices.Clone(texts)
		broken[i] = "x"
		if _, err := ParseCatalogue(broken[0], broken[1], broken[2]); err == nil {
			t.Errorf("text %d is damaged, and nobody says so", i)
		}
	}
}
