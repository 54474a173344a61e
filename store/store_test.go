package store

import (
	"context"
	"fmt"
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
	defer d.Abort()
	if err := w.fill(d); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(Manifest{Title: "test", Nomenclature: "HS17", Release: "202601"}); err != nil {
		t.Fatal(err)
	}
}

func (w world) fill(d *Draft) error {
	var economies []trade.Economy
	for _, e := range trade.BuiltinEconomies().All() {
		if e.Code < 100 {
			economies = append(economies, e)
		}
	}
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
	for year, flows := range w {
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
		w.write(t, dir, "test", false)
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
			if y.Len() != len(flows) {
				t.Fatalf("%d products, want %d", y.Len(), len(flows))
			}
			for i, want := range flows {
				got := y.Flows(i)
				if !sameFlows(got, want) {
					t.Fatalf("year %d: got %v, want %v", year, got, want)
				}
				if at, ok := y.Find(want.Product); !ok || at != i {
					t.Errorf("Find(%s) = %d, %v", want.Product, at, ok)
				}
				for _, v := range want.Value {
					total += v
				}
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

// TestMapped: opening a year costs next to no memory, because the slices lie in the mapped file.
func TestMapped(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files are read, not mapped, on this platform")
	}
	dir := t.TempDir()
	flows := Flows{Product: "010121"}
	for imp := uint16(1); imp < 1000; imp++ {
		for exp := uint16(1); exp < 1000; exp++ {
			if imp != exp {
				flows.Importer, flows.Exporter, flows.Value = append(flows.Importer, imp), append(flows.Exporter, exp), append(flows.Value, 1)
			}
		}
	}
	w := world{2000: {flows}}
	d, err := Create(dir, "big", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.fill(d); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(Manifest{}); err != nil {
		t.Fatal(err)
	}
	data, err := Open(dir, "big")
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := data.Year(2000); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("opening %d flows allocated %d bytes; they should stay in the mapped file", len(flows.Value), used)
	}
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

// TestFlippedByte: Verify finds one changed byte in any file, and reading a damaged dataset never crashes.
func TestFlippedByte(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	dir := t.TempDir()
	randomWorld(rng, 2, 10, true).write(t, dir, "test", false)
	files, err := filepath.Glob(filepath.Join(dir, "test", "*", "*"))
	if err != nil || len(files) != 4 {
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
			if d, err := Open(dir, "test"); err == nil {
				for _, y := range d.Years() {
					d.Year(y)
				}
				d.Close()
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

// TestKill kills a process that replaces a dataset over and over, at random moments. Whatever the moment, a whole
// dataset is left: the old one or a new one.
func TestKill(t *testing.T) {
	if dir := os.Getenv("STORE_TEST_KILL"); dir != "" {
		rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
		for {
			randomWorld(rng, 1+rng.IntN(3), 30, true).write(t, dir, "test", true)
		}
	}
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL on this platform")
	}
	rng := rand.New(rand.NewPCG(1, 99))
	dir := t.TempDir()
	randomWorld(rng, 1, 3, true).write(t, dir, "test", false)
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	checksums := map[string]bool{}
	for range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "STORE_TEST_KILL="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+rng.IntN(120)) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		if err := Verify(context.Background(), dir, "test", nil); err != nil {
			t.Fatal(err)
		}
		list, err := List(dir)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		checksums[list[0].Checksum()] = true
	}
	if len(checksums) < 2 {
		t.Error("no replacement ever got through; the test kills too early to mean anything")
	}
	// Leftovers of the killed writers are gone with the next one.
	randomWorld(rng, 1, 3, true).write(t, dir, "test", true)
	entries, err := os.ReadDir(filepath.Join(dir, "test"))
	if err != nil {
		t.Fatal(err)
	}
	folders := 0
	for _, e := range entries {
		if e.IsDir() {
			folders++
		}
	}
	if folders != 1 {
		t.Errorf("%d generations are left, want 1", folders)
	}
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
