package store

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"chokepoint/fault"
)

// TestCutWhileMapped: a file that is cut off while it is mapped is the error of the questions that read it, which names the file,
// and the dataset answers none after it.
func TestCutWhileMapped(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems keep what is mapped, or refuse to cut it off")
	}
	for _, lazily := range []bool{false, true} {
		dir := t.TempDir()
		randomWorld(rand.New(rand.NewPCG(1, 2)), 1, 400, true).write(t, dir, "test", false)
		d, err := Open(dir, "test")
		if err != nil {
			t.Fatal(err)
		}
		y, err := d.Year(d.Years()[0])
		if err != nil {
			t.Fatal(err)
		}
		if !lazily {
			for i := range y.Len() {
				y.Flows(i)
			}
		}
		path := filepath.Join(d.dir, d.manifest.Years[0].File.File)
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		err = fault.Do(func() error {
			for i := range y.Len() {
				for _, v := range y.Flows(i).Value {
					sum += v
				}
			}
			return nil
		})
		var damage *DamagedError
		if !errors.As(err, &damage) {
			t.Fatalf("got %T %v, want a DamagedError", err, err)
		}
		wantError(t, err, path, "cut off", "Ingest the source again")
		if d.Damaged() == nil {
			t.Error("the dataset does not know that it is damaged")
		}
		_, err = d.Year(d.Years()[0])
		wantError(t, err, path, "cut off")
		wantError(t, d.Close())
	}
}

// TestChangedWhileMapped: what is written into a mapped file is found by the next question, though its size is what it was and
// all of it was verified before.
func TestChangedWhileMapped(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a mapped file cannot be written to")
	}
	dir := t.TempDir()
	writeTiny(t, dir)
	d, err := Open(dir, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	y, err := d.Year(2024)
	if err != nil {
		t.Fatal(err)
	}
	value := y.Flows(0).Value[0]
	path := filepath.Join(d.dir, d.manifest.Years[1].File.File)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[y.chunks[0].at[numbers(valueColumn)].from] ^= 1
	info, err := os.Stat(path)
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err == nil && runtime.GOOS == "linux" {
		err = os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err = d.Year(2024); err == nil {
		t.Fatalf("the flow of %v is answered from a file that was changed", value)
	}
	wantError(t, err, path, "not what was written")
}

// TestLazy: flows that Lazy gives are verified by Run of the index and by Verify, in datasets with checksums and without.
func TestLazy(t *testing.T) {
	for _, version := range []string{"testdata/v2", "testdata/v3", "testdata/v4"} {
		for _, column := range []int{importerColumn, exporterColumn, valueColumn} {
			d, err := Open(version, "tiny")
			if err != nil {
				t.Fatal(err)
			}
			y, err := d.Year(2024)
			if err != nil {
				t.Fatal(err)
			}
			c := &y.chunks[0]
			file := *c.file
			file.data = append([]byte(nil), c.file.data...)
			file.sound = newBits(1)
			c.file = &file
			switch column { // the last flow
			case importerColumn:
				c.importer = append([]uint16(nil), c.importer...)
				c.importer[2] ^= 1
			case exporterColumn:
				c.exporter = append([]uint16(nil), c.exporter...)
				c.exporter[2] |= 1 << 12
			case valueColumn:
				c.value = append([]float64(nil), c.value...)
				c.value[2]++
			}
			file.data[c.at[numbers(column)].from+3] ^= 1
			flows, index := y.Lazy(0)
			run := fault.Do(func() error { index.Run(1); return nil })
			if (run != nil) != (column != importerColumn) && version == "testdata/v2" {
				t.Errorf("%s, column %d: Run gives %v", version, column, run)
			}
			if err := fault.Do(func() error { flows.Verify(); return nil }); err == nil {
				t.Errorf("%s, column %d: Verify finds nothing", version, column)
			}
			if err := fault.Do(func() error { y.Flows(0); return nil }); err == nil {
				t.Errorf("%s, column %d: Flows finds nothing", version, column)
			}
			if err := fault.Do(func() error { flows.VerifyValues(); return nil }); err == nil && column != importerColumn {
				t.Errorf("%s, column %d: VerifyValues finds nothing", version, column)
			}
			d.Close()
		}
	}
}

// TestIndexIsProved: a year whose index is damaged in one of its columns opens, and a question ends that reads a product there.
func TestIndexIsProved(t *testing.T) {
	dir := t.TempDir()
	randomWorld(rand.New(rand.NewPCG(1, 2)), 1, 400, true).write(t, dir, "test", false)
	d, err := Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	year := d.Years()[0]
	y, err := d.Year(year)
	if err != nil {
		t.Fatal(err)
	}
	x := y.chunks[0].index
	var places []int // a byte of each column, in a block that opening the year does not read
	for k := range 5 {
		column := x.at[indexNumbers[k+2]]
		for at := column.from; at < column.to; at++ {
			if !x.file.sound.has(at / indexBlock) {
				places = append(places, at)
				break
			}
		}
	}
	if len(places) < 3 {
		t.Fatalf("the index is too small: opening the year has read all but %d columns", len(places))
	}
	path := filepath.Join(d.dir, d.manifest.Years[0].Index.File)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range places {
		data := bytes.Clone(sound)
		data[at] ^= 1
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := Open(dir, "test")
		if err != nil {
			t.Fatal(err)
		}
		if y, err = d.Year(year); err != nil {
			t.Fatal(err)
		}
		err = fault.Do(func() error {
			for i := range y.Len() {
				y.Index(i)
			}
			return nil
		})
		var damage *DamagedError
		if !errors.As(err, &damage) || d.Damaged() == nil {
			t.Errorf("byte %d: got %T %v, want a DamagedError", at, err, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestIndexRow: what a row of an index may not hold, whatever its checksums say.
func TestIndexRow(t *testing.T) {
	f := func(importer, exporter []uint16, first []int32, want ...string) {
		t.Helper()
		x := indexChunk{importers: []int32{0, int32(len(importer))}, exporters: []int32{0, int32(len(exporter))}, importer: importer, exporter: exporter, first: first}
		wantError(t, x.checkRow(&chunk{offsets: []int32{0, 3}}, 0), want...)
	}
	f([]uint16{4, 8}, []uint16{12}, []int32{0, 2})
	f([]uint16{4, 8}, []uint16{12}, []int32{0, 3}, "begin at [0 3] of 3")
	f([]uint16{4, 8}, []uint16{12}, []int32{0, 0}, "begin at [0 0] of 3")
	f([]uint16{4, 8}, []uint16{12}, []int32{1, 2}, "begin at [1 2] of 3")
	f([]uint16{0, 8}, []uint16{12}, []int32{0, 2}, "economy 0")
	f([]uint16{4, 8}, []uint16{0}, []int32{0, 2}, "economy 0")
	f([]uint16{4, 1024}, []uint16{12}, []int32{0, 2}, "an economy above 1023")
	f([]uint16{4, 8}, []uint16{1024}, []int32{0, 2}, "an economy above 1023")
}

// TestUpgrade: datasets of older formats get checksums of blocks and of the manifest, and stay what they are.
func TestUpgrade(t *testing.T) {
	for _, version := range []string{"v1", "v2", "v3"} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", version))); err != nil {
			t.Fatal(err)
		}
		before := readTest(t, dir, "tiny")
		reader, err := Open(dir, "tiny")
		if err != nil || before.Protected() != (version == "v3") {
			t.Fatal(before.Protected(), err)
		}
		defer reader.Close()
		for range 2 { // a second time changes nothing
			if err := Upgrade(context.Background(), dir, "tiny", nil); err != nil {
				t.Fatal(err)
			}
		}
		wantError(t, Verify(context.Background(), dir, "tiny", nil))
		after := readTest(t, dir, "tiny")
		if !after.Protected() || after.Checksum() != before.Checksum() || after.Generation != before.Generation {
			t.Errorf("%s: upgraded to %+v", version, after)
		}
		checkTiny(t, reader)
		d, err := Open(dir, "tiny")
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		checkTiny(t, d)
		for _, f := range after.files() {
			path := filepath.Join(dir, "tiny", after.Generation, f.File)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 4
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			wantError(t, readAll(dir, "tiny"), f.File)
			wantError(t, Upgrade(context.Background(), dir, "tiny", nil), f.File)
			data[len(data)/2] ^= 4
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantError(t, Upgrade(context.Background(), t.TempDir(), "tiny", nil), `no dataset "tiny"`)
}
