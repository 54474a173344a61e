package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"chokepoint/trade"
)

// TestVerifyFaults: flows that no writer accepts, put into a file with its proper checksum, are found one and all.
func TestVerifyFaults(t *testing.T) {
	f := func(product string, importer, exporter []uint16, value, quantity []float64, want ...string) {
		t.Helper()
		dir := t.TempDir()
		d, err := Create(dir, "test", false)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Abort()
		if err := (world{2000: nil}).fill(d); err != nil { // and a year without flows is no fault
			t.Fatal(err)
		}
		if err := d.SetProducts([]trade.Product{{Code: "010101"}}); err != nil {
			t.Fatal(err)
		}
		w, err := d.Year(2002, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.append(product, importer, exporter, value, quantity); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(Manifest{}); err != nil {
			t.Fatal(err)
		}
		wantError(t, Verify(context.Background(), dir, "test", nil), want...)
	}
	one := []float64{1}
	f("010101", []uint16{4}, []uint16{8}, one, one)
	f("010102", []uint16{4}, []uint16{8}, one, nil, "flows-2002.arrow: product 010102 is not in products.csv")
	f("010101", []uint16{8}, []uint16{8}, one, nil, "economy 8 with itself")
	f("010101", []uint16{8, 4}, []uint16{4, 8}, []float64{1, 1}, nil, "importer 4, exporter 8 after 8, 4")
	f("010101", []uint16{8, 8}, []uint16{4, 4}, []float64{1, 1}, nil, "without duplicates")
	f("010101", []uint16{8}, []uint16{4}, []float64{0}, nil, "value 0")
	f("010101", []uint16{8}, []uint16{4}, one, []float64{-1}, "quantity -1")
	f("010101", []uint16{8}, []uint16{900}, one, nil, "economy 900 is not in economies.csv")
	f("01010", []uint16{9}, []uint16{901}, one, nil, "product 01010 is not", "economy 901 is not")
}

// TestVerifyTotals: figures of the manifest that are not those of the files.
func TestVerifyTotals(t *testing.T) {
	f := func(change func(*Manifest), want ...string) {
		t.Helper()
		dir := t.TempDir()
		writeTiny(t, dir)
		rewrite(t, dir, "tiny", change)
		wantError(t, Verify(context.Background(), dir, "tiny", nil), want...)
	}
	f(func(*Manifest) {})
	f(func(m *Manifest) { m.Rows++ }, "8 rows")
	f(func(m *Manifest) { m.Rows++; m.Years[1].Rows++ }, "flows-2024.arrow", "5 flows", "the manifest says 6")
	f(func(m *Manifest) { m.ValueUSD++; m.Years[0].ValueUSD++ }, "flows-2023.arrow", "9.007199254741e+12", "9.007199254742e+12")
	f(func(m *Manifest) { m.Years[0].Importers = m.Years[0].Importers[1:] }, "flows-2023.arrow: importers or exporters differ")
	f(func(m *Manifest) { m.Years[1].QuantityRows-- }, "4 quantities", "3")
	f(func(m *Manifest) {
		m.Years[0].File, m.Years[1].File = m.Years[1].File, m.Years[0].File
		m.Years[0].Blocks, m.Years[1].Blocks = nil, nil
	},
		`flows-2024.arrow: it says that it holds the year "2024", the manifest says 2023`, `flows-2023.arrow: it says`)
}

// TestVerifyReportsAll: one damaged file does not hide another.
func TestVerifyReportsAll(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	generation := filepath.Join(dir, "tiny", readTest(t, dir, "tiny").Generation)
	for _, name := range []string{"flows-2023.arrow", "economies.csv"} {
		if err := os.WriteFile(filepath.Join(generation, name), []byte("damaged"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(generation, "products.csv")); err != nil {
		t.Fatal(err)
	}
	rewrite(t, dir, "tiny", func(m *Manifest) { m.Years[1].QuantityRows-- })
	wantError(t, Verify(context.Background(), dir, "tiny", nil),
		"flows-2023.arrow: damaged", "economies.csv: damaged", "products.csv: no such file", "flows-2024.arrow: 5 flows")
	ctx, cancel := context.WithCancel(context.Background())
	err := Verify(ctx, dir, "tiny", func(done, total int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

func TestVerifyProgress(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	var last, all int64
	err := Verify(context.Background(), dir, "tiny", func(done, total int64) {
		if done < last || done > total {
			t.Errorf("progress from %d to %d of %d", last, done, total)
		}
		last, all = done, total
	})
	if err != nil || last != all || all == 0 {
		t.Errorf("read %d of %d bytes: %v", last, all, err)
	}
}

// rewrite changes a manifest on disk, with its checksum but without the checks of a writer.
func rewrite(t *testing.T, dir, name string, change func(*Manifest)) {
	t.Helper()
	m := readTest(t, dir, name)
	change(&m)
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(SystemDisk{}, filepath.Join(dir, name, manifestFile), data); err != nil {
		t.Fatal(err)
	}
}

func readTest(t *testing.T, dir, name string) Manifest {
	t.Helper()
	m, err := readManifest(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wantError fails unless an error says all that is wanted; nothing wanted means no error.
func wantError(t *testing.T, err error, want ...string) {
	t.Helper()
	if len(want) == 0 {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	for _, w := range want {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("got %v, want %q", err, w)
		}
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	if list, err := List(filepath.Join(dir, "none")); err != nil || len(list) != 0 {
		t.Errorf("no folder: got %v, %v", list, err)
	}
	for _, name := range []string{"b", "c", "a"} {
		randomWorld(rand.New(rand.NewPCG(1, 1)), 1, 2, true).write(t, dir, name, false)
	}
	d, err := Create(dir, "unfinished", false)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	damage(t, dir, "b")
	list, err := List(dir)
	if got := listed(list); got != "a, c" {
		t.Errorf("got %s, want a, c", got)
	}
	wantError(t, err, filepath.Join(dir, "b", manifestFile))
	_, err = Open(dir, "")
	wantError(t, err, manifestFile)
	_, err = Open(dir, "d")
	wantError(t, err, `no dataset "d"`, "a, c")
	_, err = Open(dir, "../a")
	wantError(t, err, "lower-case letters")
	if err := os.Rename(filepath.Join(dir, "c"), filepath.Join(dir, "d")); err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, "d")
	wantError(t, err, `describes dataset "c"`, "renamed")
}

func damage(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name, manifestFile), []byte(`{"format": 99}`), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedManifest: a dataset whose manifest cannot be read, perhaps of a newer version, is replaced only by a whole
// one, and can be removed.
func TestDamagedManifest(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	damage(t, dir, "tiny")
	before := entries(t, filepath.Join(dir, "tiny"))
	_, err := Create(dir, "tiny", false)
	wantError(t, err, "format version 99", "--replace")
	d, err := Create(dir, "tiny", true)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	if after := entries(t, filepath.Join(dir, "tiny")); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("an aborted replacement leaves %q, want %q", after, before)
	}
	if d, err = Create(dir, "tiny", true); err != nil {
		t.Fatal(err)
	}
	randomWorld(rand.New(rand.NewPCG(1, 1)), 1, 2, true).commit(t, d)
	if got := entries(t, filepath.Join(dir, "tiny")); len(got) != 3 {
		t.Errorf("after the replacement there are %q; want lock, manifest, generation", got)
	}
	wantError(t, Verify(context.Background(), dir, "tiny", nil))
	damage(t, dir, "tiny")
	wantError(t, Remove(dir, "tiny"))
	if got := entries(t, dir); len(got) != 0 {
		t.Errorf("after the removal there are %q", got)
	}
}

// TestDraft: what a draft refuses, and what it leaves.
func TestDraft(t *testing.T) {
	dir := t.TempDir()
	d, err := Create(dir, "x", false)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, Remove(dir, "x"), `no dataset "x"`)
	_, err = d.Year(24, false)
	wantError(t, err, "year 24: not a year")
	w, err := d.Year(2000, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Year(2001, false)
	wantError(t, err, "year 2001 begun before year 2000 was closed")
	wantError(t, d.Commit(Manifest{}), "a year still open")
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = d.Year(2000, false)
	wantError(t, err, "year 2000 begun a second time")
	if err := d.Abort(); err != nil {
		t.Fatal(err)
	}
	wantError(t, d.Commit(Manifest{}), "committed or aborted before")
	if got := entries(t, dir); len(got) != 0 {
		t.Errorf("an aborted draft leaves %q", got)
	}
	_, err = Create(dir, "X", false)
	wantError(t, err, `dataset name "X"`)
	if d, err = Create(dir, "x", false); err != nil {
		t.Fatal(err)
	}
	wantError(t, d.Commit(Manifest{}), "no years")
	if w, err = d.Year(2000, false); err != nil {
		t.Fatal(err)
	}
	w.flows.file.file.Close() // as if the disk were full
	_, err = w.Close()
	wantError(t, err, "file already closed")
	wantError(t, d.Commit(Manifest{}), "could not be written")
	wantError(t, d.Abort())
}

// TestReaderMeetsReplacement: a dataset that is replaced between Open and Year says what to do.
func TestReaderMeetsReplacement(t *testing.T) {
	dir := t.TempDir()
	w := randomWorld(rand.New(rand.NewPCG(1, 1)), 1, 2, true)
	w.write(t, dir, "test", false)
	d, err := Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, dir, "test", true)
	_, err = d.Year(2000)
	wantError(t, err, "replaced or removed meanwhile")
	_, err = d.Year(1999)
	wantError(t, err, "has no year 1999; it has [2000]")
	wantError(t, d.Close())
	wantError(t, d.Close())
	_, err = d.Year(2000)
	wantError(t, err, "closed")
}

// TestOpenDuringReplacements: readers that open a dataset again and again while it is replaced always get a whole one.
func TestOpenDuringReplacements(t *testing.T) {
	dir := t.TempDir()
	w := randomWorld(rand.New(rand.NewPCG(1, 1)), 1, 2, true)
	w.write(t, dir, "test", false)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				w.write(t, dir, "test", true)
			}
		}
	}()
	again := func(what string, read func() error) {
		n := 0
		for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); n++ {
			if err := read(); err != nil {
				t.Errorf("%s, after %d times: %v", what, n, err)
				return
			}
		}
	}
	again("open", func() error {
		d, err := Open(dir, "test")
		if err != nil {
			return err
		}
		return d.Close()
	})
	again("verify", func() error { return Verify(context.Background(), dir, "test", nil) })
	close(stop)
	<-done
}

// TestOpenAgain: a reader whose files vanish because of a replacement begins again; otherwise it ends with the error.
func TestOpenAgain(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	missing := fmt.Errorf("economies.csv: %w", fs.ErrNotExist)
	var seen []string
	err := withManifest(dir, "tiny", func(m *Manifest) error {
		seen = append(seen, m.Generation)
		if len(seen) == 1 {
			randomWorld(rand.New(rand.NewPCG(1, 1)), 1, 2, true).write(t, dir, "tiny", true)
			return missing
		}
		return nil
	})
	if err != nil || len(seen) != 2 || seen[0] == seen[1] {
		t.Errorf("read generations %q: %v", seen, err)
	}
	calls := 0
	err = withManifest(dir, "tiny", func(*Manifest) error { calls++; return missing })
	if !errors.Is(err, missing) || calls != 1 {
		t.Errorf("without a replacement: %d calls, %v", calls, err)
	}
}

// TestMissingFiles: a dataset that lacks one of its files is damaged, which is no mistake of the asker.
func TestMissingFiles(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	m := readTest(t, dir, "tiny")
	for _, f := range m.files() {
		path := filepath.Join(dir, "tiny", m.Generation, f.File)
		if err := os.Rename(path, path+"-away"); err != nil {
			t.Fatal(err)
		}
		var damage *DamagedError
		if err := openAll(dir); !errors.As(err, &damage) {
			t.Errorf("without %s: got %T %v, want a DamagedError", f.File, err, err)
		} else {
			wantError(t, err, f.File, "dataset tiny lacks a file", "ngest the source again")
		}
		if err := os.Rename(path+"-away", path); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, openAll(dir))
	if err := os.WriteFile(filepath.Join(dir, "tiny", m.Generation, m.Products.File), []byte("code,description\n280530,Butter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantError(t, openAll(dir), "products.csv: damaged")
}

// openAll opens a dataset and each of its years.
func openAll(dir string) error {
	d, err := Open(dir, "tiny")
	if err != nil {
		return err
	}
	defer d.Close()
	for _, year := range d.Years() {
		if _, err := d.Year(year); err != nil {
			return err
		}
	}
	return nil
}

// TestLockRace: of many who create and abort a dataset at once, one at a time has it.
func TestLockRace(t *testing.T) {
	dir := t.TempDir()
	const writers = 8
	holder := make(chan int, 1) // one slot: a second holder finds it taken
	results := make(chan error, writers)
	for i := range writers {
		go func() {
			var err error
			for n := 0; n < 50 && err == nil; n++ {
				var d *Draft
				if d, err = Create(dir, "x", false); err != nil {
					if strings.Contains(err.Error(), "another process") {
						err = nil
					}
					continue
				}
				select {
				case holder <- i:
				default:
					err = errors.New("two hold the lock at once")
				}
				time.Sleep(time.Millisecond / 4)
				<-holder
				err = errors.Join(err, d.Abort())
			}
			results <- err
		}()
	}
	for range writers {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "x", manifestFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestLockOfRemovedFile: a lock on a file that another process has removed, and perhaps made anew, counts for nothing.
func TestLockOfRemovedFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be removed on this platform")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, lockFile)
	l, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Unlock()
	if !current(l, path) {
		t.Error("a lock just taken does not count")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if current(l, path) {
		t.Error("the lock counts after its file was removed")
	}
	second, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Unlock()
	if current(l, path) || !current(second, path) {
		t.Error("the lock of the removed file counts, or that of the new file does not")
	}
}

func TestCheckOffsets(t *testing.T) {
	f := func(offsets []int32, want ...string) {
		t.Helper()
		wantError(t, checkOffsets(offsets), want...)
	}
	f([]int32{0, 1})
	f([]int32{0, 3, 4, 9})
	f([]int32{1, 2}, "begin at item 1")
	f([]int32{0, 3, 3}, "row 1 is from 3 to 3")
	f([]int32{0, 3, 2}, "row 1 is from 3 to 2")
	f([]int32{0, -1}, "row 0 is from 0 to -1")
}

// TestExact: sums of whole dollars are exact below 2^53.
func TestExact(t *testing.T) {
	f := func(want bool, values ...float64) {
		t.Helper()
		dir := t.TempDir()
		w := world{}
		for i, v := range values {
			w[2000+i] = []Flows{flowsOf("010101", []uint16{4}, []uint16{8}, []float64{v}, nil)}
		}
		w.write(t, dir, "test", false)
		if got := readTest(t, dir, "test").Exact; got != want {
			t.Errorf("%v: exact is %v, want %v", values, got, want)
		}
	}
	f(true, 1, 2)
	f(false, 1, 2.5)
	f(true, 1<<52, 1<<52-1)
	f(false, 1<<52, 1<<52)
}

func TestDefaultDir(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", "here")
	if dir, err := DefaultDir(); dir != "here" || err != nil {
		t.Errorf("got %q, %v", dir, err)
	}
	t.Setenv("CHOKEPOINT_DATA", "")
	if dir, err := DefaultDir(); filepath.Base(dir) != "chokepoint" || err != nil {
		t.Errorf("got %q, %v", dir, err)
	}
}

// TestQuantity: unknown tonnes are null for Arrow and NaN for readers of the raw slots.
func TestQuantity(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	d, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	y, err := d.Year(2024)
	if err != nil {
		t.Fatal(err)
	}
	nulls := 0
	for _, c := range y.chunks {
		nulls += c.known.NullN()
		for i, q := range c.quantity {
			if c.known.IsNull(i) != math.IsNaN(q) {
				t.Errorf("quantity %v is null: %v", q, c.known.IsNull(i))
			}
		}
	}
	if nulls != 1 {
		t.Errorf("%d nulls, want 1", nulls)
	}
}

// TestManifestErrors: what a manifest without a checksum of its own may not say, as those before format 3.
func TestManifestErrors(t *testing.T) {
	data, err := os.ReadFile("testdata/v2/tiny/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	f := func(old, replacement string, want ...string) {
		t.Helper()
		text := strings.Replace(string(data), old, replacement, 1)
		if old != "" && text == string(data) {
			t.Fatalf("the manifest has no %q", old)
		}
		_, err := parseManifest([]byte(text))
		wantError(t, err, want...)
	}
	f("", "")
	f(`"format": 2`, `"format": 0`, "format version 0; this program reads 1 to 5")
	f(`"format": 2`, `"format": 6`, "newer program")
	f(`"format": 2`, `"format": 3`, "does not end with its checksum")
	f(`"title"`, `"titel"`, `unknown field "titel"`)
	f(`"tiny"`, `"../tiny"`, "dataset name")
	f(`"generation": "`, `"generation": "../`, "not a folder name")
	f(`"flows-2023.arrow"`, `"../flows-2023.arrow"`, "file")
	f(`"flows-2023.arrow"`, `"flows-2024.arrow"`, "listed twice")
	f(`"flows-2023.arrow"`, `"a\\b"`, "file")
	f(`"year": 2023`, `"year": 2025`, "year 2024 after 2025")
	f(`"year": 2023`, `"year": 23`, "year 23: not a year")
	f("729,", "842,", "economy 842 after 842")
	f("729,", "2000,", "not an economy code")
	f(`"rows": 7`, `"rows": 8`, "8 rows")
	f(`"736": "SDN-736"`, `"736": ""`, `label "" of economy 736`)
	f(`"HS17"`, `"HS71"`, `nomenclature "HS71"; expected one of [HS92`)
	f(`"202601"`, `"2026\u0000"`, `release is "2026\x00"`)
	f(`"synthetic": true,`, `"synthetic": true, "synthetic": false,`, `the manifest has the field "synthetic" twice`)
	f(`"synthetic": true,`, `"synthetic": true, "Synthetic": false,`, `"Synthetic" twice`)
	f(`"rows": 2,`, `"rows": 2, "ROWS": 2,`, `years has the field "ROWS" twice`)
	f(`"rows_read": 8`, `"rows_read": 8, "Rows_read": 9`)
	f(`"rows_read": 8`, `"rows_read": 8, "rows_read": 9`, `report has the field "rows_read" twice`)
	f(`"bytes": 7`, `"bytes": -7`, "input")
	f(`"format": 2`, `"format": 2, "manifest_sha256": "`+strings.Repeat("0", 64)+`"`, "its checksum is not at its end")
	m, err := parseManifest(data)
	if err != nil {
		t.Fatal(err)
	}
	f(m.Economies.SHA256, "X", "checksum")
	f("{", "{}{", "after top-level value")
}

// TestManifestChecksum: whatever is changed in a manifest, it is refused, by every way of opening the dataset.
func TestManifestChecksum(t *testing.T) {
	dir := t.TempDir()
	writeTiny(t, dir)
	path := filepath.Join(dir, "tiny", manifestFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseManifest(data); err != nil {
		t.Fatal(err)
	}
	f := func(old, replacement string) {
		t.Helper()
		text := strings.Replace(string(data), old, replacement, 1)
		if text == string(data) {
			t.Fatalf("the manifest has no %q", old)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, opened := Open(dir, "tiny")
		_, listed := List(dir)
		for _, err := range []error{opened, listed, Verify(context.Background(), dir, "tiny", nil)} {
			var damage *DamagedError
			if wantError(t, err, path, "damaged or edited", "Ingest the source again"); !errors.As(err, &damage) {
				t.Errorf("%T, want a DamagedError", err)
			}
		}
	}
	f(`"synthetic": true`, `"synthetic": false`)
	f(`"release": "202601"`, `"release": "202602"`)
	f(`"nomenclature": "HS17"`, `"nomenclature": "HS22"`)
	f(`"SDN-736"`, `"SSD-736"`)
	f(`"year": 2023`, `"year": 2022`)
	f("{\n", "{\n\n")
	f("}\n", "}\n ")
	f(`"manifest_sha256": "`, `"manifest_sha256": "0`)
	for bit := range 8 * len(data) {
		data[bit/8] ^= 1 << (bit % 8)
		if m, err := parseManifest(data); err == nil {
			t.Fatalf("bit %d of byte %d flipped: read as %+v", bit%8, bit/8, m)
		}
		data[bit/8] ^= 1 << (bit % 8)
	}
}
