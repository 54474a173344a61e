package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"chokepoint/trade"
)

// Verify reads a dataset whole and reports everything that is wrong with it: files whose checksum is not that of the
// manifest, flows out of order, unknown codes, totals that differ. progress, if not nil, hears of bytes read.
func Verify(ctx context.Context, dir, name string, progress func(done, total int64)) error {
	m, err := readManifest(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		list, _ := List(dir)
		return fmt.Errorf("no dataset %q in %s; there are: %s", name, dir, names(list))
	}
	if err != nil {
		return err
	}
	files := []File{m.Economies, m.Products}
	for _, y := range m.Years {
		files = append(files, y.File)
	}
	var total, done int64
	for _, f := range files {
		total += f.Bytes
	}
	var errs []error
	for _, f := range files {
		err := f.verify(ctx, filepath.Join(dir, name, m.Generation), func(n int64) {
			done += n
			if progress != nil {
				progress(done, total)
			}
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err // what a damaged file says is of no interest
	}
	d, err := Open(dir, name)
	if err != nil {
		return err
	}
	defer d.Close()
	var rows int64
	for i := range m.Years {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		errs = append(errs, d.verifyYear(&m.Years[i]))
		rows += m.Years[i].Rows
	}
	if rows != m.Rows {
		errs = append(errs, fmt.Errorf("manifest: %d rows in all, %d in the years", m.Rows, rows))
	}
	return errors.Join(errs...)
}

func (f File) verify(ctx context.Context, dir string, read func(int64)) error {
	path := filepath.Join(dir, f.File)
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	buffer := make([]byte, 1<<20)
	var size int64
	for ctx.Err() == nil {
		n, err := file.Read(buffer)
		h.Write(buffer[:n])
		size += int64(n)
		read(int64(n))
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); ctx.Err() == nil && (got != f.SHA256 || size != f.Bytes) {
		return fmt.Errorf("%s: damaged: %d bytes with SHA-256 %s; the manifest says %d bytes with %s. Ingest the source again", path, size, got, f.Bytes, f.SHA256)
	}
	return nil
}

// verifyYear checks what the kernel relies on.
func (d *Dataset) verifyYear(want *YearEntry) error {
	y, err := d.Year(want.Year)
	if err != nil {
		return err
	}
	var errs []error
	bad := func(format string, args ...any) {
		if len(errs) < 20 {
			errs = append(errs, fmt.Errorf("%s: %s", want.File.File, fmt.Sprintf(format, args...)))
		}
	}
	var got YearEntry
	var importers, exporters trade.Set
	last := ""
	exact := true
	for i := range y.Len() {
		f := y.Flows(i)
		if f.Product <= last {
			bad("product %s after %s", f.Product, last)
		}
		last = f.Product
		if _, ok := d.products.Get(f.Product); !ok {
			bad("product %s is not in products.csv", f.Product)
		}
		if err := checkFlows(f.Importer, f.Exporter, f.Value, f.Quantity); err != nil {
			bad("product %s: %v", f.Product, err)
			continue
		}
		for k, v := range f.Value {
			importers.Add(trade.Code(f.Importer[k]))
			exporters.Add(trade.Code(f.Exporter[k]))
			got.ValueUSD += v
			exact = exact && v == math.Trunc(v)
			if f.Quantity != nil && !math.IsNaN(f.Quantity[k]) {
				got.QuantityRows++
			}
		}
		got.Rows += int64(len(f.Value))
	}
	if got.Rows != want.Rows || y.Len() != want.Products || got.ValueUSD != want.ValueUSD || got.QuantityRows != want.QuantityRows {
		bad("%d flows, %d products, %v dollars, %d quantities; the manifest says %d, %d, %v, %d", got.Rows, y.Len(), got.ValueUSD, got.QuantityRows, want.Rows, want.Products, want.ValueUSD, want.QuantityRows)
	}
	if !slices.Equal(importers.Codes(), want.Importers) || !slices.Equal(exporters.Codes(), want.Exporters) {
		bad("importers or exporters differ from the manifest's")
	}
	if d.manifest.Exact && !exact {
		bad("values that are not whole dollars, though the manifest says that all are")
	}
	for _, c := range importers.Union(exporters).Codes() {
		if _, ok := d.economies.Get(c); !ok {
			bad("economy %d is not in economies.csv", c)
		}
	}
	return errors.Join(errs...)
}

// Remove deletes a dataset. Readers that have it open keep what they mapped.
func Remove(dir, name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("dataset name %q: want lower-case letters, digits, dots and dashes", name)
	}
	home := filepath.Join(dir, name)
	// The manifest goes first: a removal that is cut short leaves no half dataset to be found.
	err := os.Remove(filepath.Join(home, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		list, _ := List(dir)
		return fmt.Errorf("no dataset %q in %s; there are: %s", name, dir, names(list))
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(home)
}
