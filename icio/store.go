package icio

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/gofrs/flock"

	"chokepoint/fault"
	"chokepoint/store"
)

// Options say how tables are ingested.
type Options struct {
	DataDir                          string
	Name                             string // empty is the layout's
	Title, Source, Licence, Citation string // empty are the layout's
	Mapping                          *Layout
	Year                             int // of files whose names have none; 0 is none
	Replace                          bool
	Synthetic                        bool
	ProgramVersion                   string
	Progress                         func(file string, read int64)
}

// Ingest reads the tables of one or several years and stores them as one set, whole or not at all. One year at a time is in memory.
func Ingest(ctx context.Context, paths []string, opt Options) (*Manifest, error) {
	r := &reading{mapping: opt.Mapping, tell: opt.Progress}
	if r.tell == nil {
		r.tell = func(string, int64) {}
	}
	if err := r.sort(paths, opt.Year); err != nil {
		return nil, err
	}
	d := &draft{opt: opt}
	err := d.fill(ctx, r)
	if err == nil {
		err = d.commit(r)
	}
	if err != nil {
		return nil, errors.Join(err, d.abort())
	}
	return &d.m, nil
}

// draft is a set of tables in the making.
type draft struct {
	opt  Options
	m    Manifest
	home string
	dir  string // of the generation
	lock *flock.Flock
	done bool
}

func (d *draft) fill(ctx context.Context, r *reading) error {
	for _, year := range slices.Sorted(maps.Keys(r.years)) {
		tables, err := r.table(ctx, year)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := d.add(t); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(d.m.Years, func(a, b YearEntry) int { return a.Year - b.Year })
	return nil
}

// begin makes the folder of a set whose first table is t.
func (d *draft) begin(t *Table) error {
	o, l := &d.opt, t.Layout
	first := func(list ...string) string {
		for _, s := range list {
			if s != "" {
				return s
			}
		}
		return ""
	}
	d.m = Manifest{Format: FormatVersion, Name: first(o.Name, l.ID), Title: first(o.Title, l.Title), Source: first(o.Source, l.Source), Licence: first(o.Licence, l.Licence),
		Citation: first(o.Citation, l.Citation), Synthetic: o.Synthetic, Created: time.Now().UTC().Truncate(time.Second), ProgramVersion: o.ProgramVersion,
		Layout: l.ID, Areas: t.Areas, Industries: t.Industries}
	if !validName.MatchString(d.m.Name) {
		return fault.Questionf("--name %q: expected lower-case letters, digits, dots and dashes, at most 64", d.m.Name)
	}
	home := filepath.Join(o.DataDir, folder, d.m.Name)
	var err error
	if d.lock, err = lockHome(home); err != nil {
		return err
	}
	d.home = home
	if m, err := readManifest(home); err == nil && !o.Replace {
		return fault.Questionf("tables %s exist (%d years, ingested %s): use --replace to replace them, or --name for another name", m.Name, len(m.Years), m.Created.Format(time.DateOnly))
	}
	id := make([]byte, 8)
	rand.Read(id)
	d.m.Generation = hex.EncodeToString(id)
	d.dir = filepath.Join(home, d.m.Generation)
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		return err
	}
	d.m.LayoutFile, err = writeFile(filepath.Join(d.dir, layoutName), func(w io.Writer) error {
		_, err := w.Write(l.Text)
		return err
	})
	return err
}

func lockHome(home string) (*flock.Flock, error) {
	return store.Lock(home, fmt.Errorf("tables %s are being written by another process; wait for it to end", filepath.Base(home)))
}

func (d *draft) add(t *Table) error {
	remarks, err := t.Check()
	if err != nil {
		return err
	}
	if d.dir == "" {
		if err := d.begin(t); err != nil {
			return err
		}
	}
	switch {
	case t.Layout.ID != d.m.Layout:
		return fault.Questionf("tables ingest: the year %d has the layout %s, others %s; ingest them as sets of their own", t.Year, t.Layout.ID, d.m.Layout)
	case !slices.Equal(t.Areas, d.m.Areas) || !slices.Equal(t.Industries, d.m.Industries):
		return fault.Questionf("tables ingest: the year %d has other areas or industries than the years before; ingest it as a set of its own (--name)", t.Year)
	case slices.ContainsFunc(d.m.Years, func(y YearEntry) bool { return y.Year == t.Year }):
		return fault.Questionf("tables ingest: the year %d appears twice", t.Year)
	}
	y := YearEntry{Year: t.Year, Gaps: t.Gaps()}
	nonzero := 0
	for i, v := range t.Z {
		if v != 0 {
			nonzero++
		}
		y.Inputs += v
		if i < len(t.Output) {
			y.Output += t.Output[i]
		}
	}
	for _, v := range t.F {
		y.FinalDemand += v
	}
	y.Nonzero = float64(nonzero) / float64(len(t.Z))
	if y.File, err = writeFile(filepath.Join(d.dir, fmt.Sprintf("table-%d.arrow", t.Year)), t.writeArrow); err != nil {
		return err
	}
	d.m.Years, d.m.Remarks = append(d.m.Years, y), append(d.m.Remarks, remarks...)
	return nil
}

// commit makes the set visible in one step.
func (d *draft) commit(r *reading) error {
	d.m.Inputs = r.inputs
	data, err := d.m.encode()
	if err != nil {
		return err
	}
	path := filepath.Join(d.home, manifestName)
	part := filepath.Join(d.home, "."+manifestName+"-"+d.m.Generation)
	if _, err := writeFile(part, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return err
	}
	disk := store.SystemDisk{}
	if err := errors.Join(disk.SyncDir(d.dir), os.Rename(part, path), disk.SyncDir(d.home), disk.SyncDir(filepath.Dir(d.home))); err != nil {
		return err
	}
	d.done = true
	sweep(d.home, d.m.Generation)
	return d.lock.Unlock()
}

// abort removes what has been written.
func (d *draft) abort() error {
	if d.done || d.lock == nil {
		return nil
	}
	var errs []error
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	if _, err := os.Stat(filepath.Join(d.home, manifestName)); errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, os.RemoveAll(d.home))
	}
	return errors.Join(append(errs, d.lock.Unlock())...)
}

// sweep removes what is in the folder of a set but the lock, the manifest and the generation that it names. What cannot be removed
// now, the next writer removes.
func sweep(home, generation string) {
	entries, _ := os.ReadDir(home)
	for _, e := range entries {
		if name := e.Name(); name != generation && name != manifestName && name != ".lock" {
			os.RemoveAll(filepath.Join(home, name))
		}
	}
}

// writeFile writes a new file durably and describes it.
func writeFile(path string, write func(w io.Writer) error) (f store.File, err error) {
	disk, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return f, err
	}
	h := sha256.New()
	counted := &counter{w: io.MultiWriter(disk, h)}
	err = write(counted)
	if err == nil {
		err = disk.Sync()
	}
	err = errors.Join(err, disk.Close())
	return store.File{File: filepath.Base(path), Bytes: counted.n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// batchRows is the number of rows of a record batch: 8 MB of a table of 4,050 rows.
const batchRows = 256

// schema are the columns of the file of a year: a row an industry of an area, with what it sells to each row of the table, in their
// order, and to each category of final demand of each area.
func (t *Table) schema() *arrow.Schema {
	number := arrow.PrimitiveTypes.Float64
	list := func(n int) arrow.DataType { return arrow.FixedSizeListOfNonNullable(int32(n), number) }
	fields := []arrow.Field{
		{Name: "area", Type: arrow.BinaryTypes.String},
		{Name: "industry", Type: arrow.BinaryTypes.String},
		{Name: "output", Type: number},
		{Name: "value_added", Type: number, Nullable: true},
		{Name: "taxes", Type: number, Nullable: true},
		{Name: "sales", Type: list(t.N())},
		{Name: "final", Type: list(t.Demands())},
	}
	meta := arrow.MetadataFrom(map[string]string{"chokepoint.format": strconv.Itoa(FormatVersion), "chokepoint.year": strconv.Itoa(t.Year),
		"chokepoint.unit": "million US dollars", "chokepoint.layout": t.Layout.ID})
	return arrow.NewSchema(fields, &meta)
}

func (t *Table) writeArrow(w io.Writer) error {
	schema := t.schema()
	out, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	for from := 0; from < t.N(); from += batchRows {
		if err := t.writeBatch(out, schema, from, min(from+batchRows, t.N())); err != nil {
			return err
		}
	}
	return out.Close()
}

func (t *Table) writeBatch(out *ipc.FileWriter, schema *arrow.Schema, from, to int) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	optional := func(field int, values []float64) {
		column := b.Field(field).(*array.Float64Builder)
		if values == nil {
			column.AppendNulls(to - from)
			return
		}
		column.AppendValues(values[from:to], nil)
	}
	for i := from; i < to; i++ {
		b.Field(0).(*array.StringBuilder).Append(t.Areas[t.AreaOf(i)])
		b.Field(1).(*array.StringBuilder).Append(t.Industries[t.IndustryOf(i)].Code)
	}
	optional(2, t.Output)
	optional(3, t.ValueAdded)
	optional(4, t.Taxes)
	rows := func(field int, row func(int) []float64) {
		column := b.Field(field).(*array.FixedSizeListBuilder)
		values := column.ValueBuilder().(*array.Float64Builder)
		for i := from; i < to; i++ {
			column.Append(true)
			values.AppendValues(row(i), nil)
		}
	}
	rows(5, t.Sales)
	rows(6, t.FinalSales)
	record := b.NewRecordBatch()
	defer record.Release()
	return out.Write(record)
}

// load reads the table of a year, after its checksum was compared with that of the manifest.
func (m *Manifest) load(ctx context.Context, dir string, year int) (*Table, error) {
	at := slices.IndexFunc(m.Years, func(y YearEntry) bool { return y.Year == year })
	if at < 0 {
		return nil, fault.Questionf("tables %s: no year %d; there are %v", m.Name, year, m.Has())
	}
	generation := filepath.Join(dir, folder, m.Name, m.Generation)
	text, err := os.ReadFile(filepath.Join(generation, layoutName))
	if err != nil {
		return nil, err
	}
	layout, err := ParseLayout(layoutName, text)
	path := filepath.Join(generation, m.Years[at].File.File)
	if err == nil && hexSum(text) != m.LayoutFile.SHA256 {
		err = errors.New("its checksum is not that of the manifest")
	}
	if err != nil {
		return nil, &store.DamagedError{Err: fmt.Errorf("%s: %w", filepath.Join(generation, layoutName), err)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != m.Years[at].SHA256 {
		return nil, &store.DamagedError{Err: fmt.Errorf("%s: damaged: its checksum is %s, the manifest says %s. Ingest the source again", path, got, m.Years[at].SHA256)}
	}
	t := newTable(year, layout, m.Areas, m.Industries)
	if err := t.readArrow(ctx, f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func hexSum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (t *Table) readArrow(ctx context.Context, f *os.File) error {
	r, err := ipc.NewFileReader(f)
	if err != nil {
		return err
	}
	defer r.Close()
	if want := t.schema(); !r.Schema().Equal(want) {
		return fmt.Errorf("columns are %v; expected %v", r.Schema().Fields(), want.Fields())
	}
	at := 0
	for b := range r.NumRecords() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		record, err := r.RecordBatchAt(b)
		if err != nil {
			return err
		}
		if at, err = t.takeBatch(record, at); err != nil {
			return err
		}
		record.Release()
	}
	if at != t.N() {
		return fmt.Errorf("%d rows; expected %d", at, t.N())
	}
	return nil
}

func (t *Table) takeBatch(record arrow.RecordBatch, at int) (int, error) {
	rows := int(record.NumRows())
	if at+rows > t.N() {
		return at, fmt.Errorf("more than %d rows", t.N())
	}
	numbers := func(c arrow.Array) []float64 { return c.(*array.Float64).Float64Values() }
	list := func(c arrow.Array, n int) []float64 {
		values := numbers(c.(*array.FixedSizeList).ListValues())
		return values[:rows*n]
	}
	copy(t.Output[at:], numbers(record.Column(2)))
	for c, to := range map[int]*[]float64{3: &t.ValueAdded, 4: &t.Taxes} {
		if record.Column(c).NullN() > 0 {
			continue
		}
		if *to == nil {
			*to = make([]float64, t.N())
		}
		copy((*to)[at:], numbers(record.Column(c)))
	}
	copy(t.Z[at*t.N():], list(record.Column(5), t.N()))
	copy(t.F[at*t.Demands():], list(record.Column(6), t.Demands()))
	return at + rows, nil
}

// Verify reads a set whole and compares every file with the manifest.
func Verify(ctx context.Context, dir, name string) error {
	m, err := find(dir, name)
	if err != nil {
		return err
	}
	for _, y := range m.Years {
		if _, err := m.load(ctx, dir, y.Year); err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes a set, also a damaged one.
func Remove(dir, name string) error {
	home := filepath.Join(dir, folder, name)
	if _, err := os.Stat(filepath.Join(home, manifestName)); !validName.MatchString(name) || err != nil {
		_, err := find(dir, name)
		return err
	}
	l, err := lockHome(home)
	if err != nil {
		return err
	}
	// The manifest goes first: a removal that is cut short leaves no half set to be found.
	err = os.Remove(filepath.Join(home, manifestName))
	if err == nil {
		err = os.RemoveAll(home)
	}
	return errors.Join(err, l.Unlock())
}

// Describe is the manifest of the set of that name; "" is the only one.
func Describe(dir, name string) (Manifest, error) { return find(dir, name) }
