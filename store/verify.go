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

	"github.com/apache/arrow-go/v18/arrow/array"

	"chokepoint/fault"
	"chokepoint/trade"
)

// Verify reads a dataset whole and reports everything that is wrong with it, with the file: checksums that are not those
// of the manifest, flows out of order, values that are none, unknown codes, totals that differ. Files whose checksum is
// wrong are not looked into further. progress, if not nil, hears of bytes read.
func Verify(ctx context.Context, dir, name string, progress func(done, total int64)) error {
	return withManifest(dir, name, func(m *Manifest) error {
		_, err := m.verify(ctx, dir, progress)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	})
}

// verify returns the checksums of the blocks of each file besides, as this program writes them.
func (m *Manifest) verify(ctx context.Context, dir string, progress func(done, total int64)) (map[string][]byte, error) {
	v := &verifier{dir: filepath.Join(dir, m.Name, m.Generation), manifest: m}
	var total, done int64
	for _, f := range m.files() {
		total += f.Bytes
	}
	sound, sums := map[string]bool{}, map[string][]byte{}
	flows := map[string]bool{}
	for _, y := range m.Years {
		flows[y.File.File] = true
	}
	for _, f := range m.files() {
		block := indexBlock
		if flows[f.File] {
			block = flowsBlock
		}
		var err error
		sums[f.File], err = f.verify(ctx, v.dir, block, func(n int64) {
			done += n
			if progress != nil {
				progress(done, total)
			}
		})
		sound[f.File] = err == nil
		v.add(err)
	}
	var err error
	if sound[m.Economies.File] {
		v.economies, err = readWith(parseEconomies, filepath.Join(v.dir, m.Economies.File))
		v.add(err)
	}
	if sound[m.Products.File] {
		v.products, err = readWith(parseProducts, filepath.Join(v.dir, m.Products.File))
		v.add(err)
	}
	for i := range m.Years {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		y := &m.Years[i]
		if !slices.ContainsFunc(append(y.mapped(), y.blocks()...), func(f File) bool { return !sound[f.File] }) {
			v.add(fault.Do(func() error { v.year(y); return nil }))
		}
	}
	return sums, errors.Join(v.errs...)
}

// verifier collects what is wrong with a dataset.
type verifier struct {
	dir       string
	manifest  *Manifest
	economies *trade.Economies // nil if damaged
	products  *trade.Products  // nil if damaged
	errs      []error
}

func (v *verifier) add(err error) {
	if err != nil {
		v.errs = append(v.errs, err)
	}
}

func (f File) verify(ctx context.Context, dir string, block int, read func(int64)) (sums []byte, err error) {
	path := filepath.Join(dir, f.File)
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	h := sha256.New()
	blocks := blockSums{block: block}
	buffer := make([]byte, 1<<20)
	var size int64
	for ctx.Err() == nil {
		n, err := file.Read(buffer)
		h.Write(buffer[:n])
		blocks.Write(buffer[:n])
		size += int64(n)
		read(int64(n))
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if ctx.Err() != nil {
		return nil, nil
	}
	return blocks.finish(), f.check(path, size, h.Sum(nil))
}

// check compares what was read of a file with what the manifest says of it.
func (f File) check(path string, size int64, sum []byte) error {
	if got := hex.EncodeToString(sum); got != f.SHA256 || size != f.Bytes {
		return fmt.Errorf("%s: damaged: %d bytes with SHA-256 %s; the manifest says %d bytes with %s. Ingest the source again", path, size, got, f.Bytes, f.SHA256)
	}
	return nil
}

// maxFaults bounds the errors that are quoted of one year; the rest is counted.
const maxFaults = 20

// year checks what readers rely on.
func (v *verifier) year(want *YearEntry) {
	path := filepath.Join(v.dir, want.File.File)
	y, err := openYear(v.dir, want, v.manifest.Exact)
	if err != nil {
		v.add(err)
		return
	}
	defer y.unmap()
	faults := 0
	bad := func(format string, args ...any) {
		if faults++; faults <= maxFaults {
			v.add(fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
		}
	}
	got := YearEntry{Products: y.Len()}
	var importers, exporters trade.Set
	exact := true
	for _, c := range y.chunks {
		if c.known != nil {
			checkKnown(c.known, bad)
		}
	}
	for _, m := range y.files {
		m.verify(0, len(m.data))
	}
	extra := newExtraIndexer(y.blocs)
	for i := range y.Len() {
		f := y.Flows(i)
		if v.products != nil {
			if _, ok := v.products.Get(f.Product); !ok {
				bad("product %s is not in %s", f.Product, v.manifest.Products.File)
			}
		}
		if err := checkFlows(f.Importer, f.Exporter, f.Value, f.Quantity); err != nil {
			bad("product %s: %v", f.Product, err)
			continue
		}
		if got, want := y.Index(i), IndexOf(f.Importer, f.Exporter, f.Value); !got.equal(&want) {
			bad("product %s: its index is not that of its flows", f.Product)
		} else if c, row := y.at(i); c.index.extra != nil {
			extra.add(f.Importer, f.Exporter, f.Value, f.Quantity, want.Exporter)
			if !c.index.extra.same(&extra.extraSums, c.index, row) {
				bad("product %s: what its index says of inner trade or of tonnes is not what its flows say", f.Product)
			}
		}
		for k, value := range f.Value {
			importers.Add(trade.Code(f.Importer[k]))
			exporters.Add(trade.Code(f.Exporter[k]))
			got.ValueUSD += value
			exact = exact && value == math.Trunc(value)
			if f.Quantity != nil && !math.IsNaN(f.Quantity[k]) {
				got.QuantityRows++
			}
		}
		got.Rows += int64(len(f.Value))
	}
	if got.Rows != want.Rows || got.Products != want.Products || got.ValueUSD != want.ValueUSD || got.QuantityRows != want.QuantityRows {
		bad("%d flows, %d products, %v dollars, %d quantities; the manifest says %d, %d, %v, %d", got.Rows, got.Products, got.ValueUSD, got.QuantityRows, want.Rows, want.Products, want.ValueUSD, want.QuantityRows)
	}
	if importers != trade.SetOf(want.Importers...) || exporters != trade.SetOf(want.Exporters...) {
		bad("importers or exporters differ from the manifest's")
	}
	if v.manifest.Exact && !exact {
		bad("values that are not whole dollars, though the manifest says that all are")
	}
	v.known(importers.Union(exporters), bad)
	if faults > maxFaults {
		v.add(fmt.Errorf("%s: %d more faults", path, faults-maxFaults))
	}
}

// known checks that the economies that trade are in the release's list.
func (v *verifier) known(active trade.Set, bad func(format string, args ...any)) {
	if v.economies == nil {
		return
	}
	for _, c := range active.Codes() {
		if _, ok := v.economies.Get(c); !ok {
			bad("economy %d is not in %s", c, v.manifest.Economies.File)
		}
	}
}

// checkKnown checks that exactly the null quantities are NaN.
func checkKnown(quantity *array.Float64, bad func(format string, args ...any)) {
	for i, q := range quantity.Float64Values() {
		if quantity.IsNull(i) != math.IsNaN(q) {
			bad("quantity %v is null: %v; expected NaN where null, and only there", q, quantity.IsNull(i))
		}
	}
}

// readWith reads a file whole and parses it.
func readWith[T any](parse func(path, text string) (*T, error), path string) (*T, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, string(text))
}

// Remove deletes a dataset. Readers that have it open keep what they mapped, where the platform maps files. A dataset that
// is being written is an error.
func Remove(dir, name string) error { return RemoveOn(SystemDisk{}, dir, name) }

// RemoveOn is Remove on another disk.
func RemoveOn(disk Disk, dir, name string) error {
	path := filepath.Join(dir, name, manifestFile)
	if _, err := find(dir, name); err != nil {
		if _, there := os.Stat(path); checkName(name) != nil || there != nil {
			return err
		} // a damaged one can be removed
	}
	home := filepath.Join(dir, name)
	l, err := lock(home)
	if err != nil {
		return err
	}
	if inUse, _ := InUse(dir); inUse == name {
		if err := forget(disk, dir); err != nil {
			return errors.Join(err, l.Unlock())
		}
	}
	// The manifest goes first, for good: a removal that is cut short leaves no half dataset to be found.
	err = disk.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = disk.SyncDir(home)
	}
	if err != nil {
		return errors.Join(err, l.Unlock())
	}
	return removeHome(disk, home, l)
}
