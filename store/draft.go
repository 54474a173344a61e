package store

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
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

	"chokepoint/trade"
)

// Draft is a dataset in the making. Nothing of it is visible until Commit.
type Draft struct {
	home      string // DATA/<name>
	dir       string // of the generation
	name      string
	lock      *flock.Flock
	economies []trade.Economy
	products  []trade.Product
	years     []YearEntry
	exact     bool
	open      *YearWriter
	done      bool
}

// Create begins a dataset. Where one of that name exists, replace must be set. Leftovers of writers that were killed
// are removed; a writer that is still at work on the same name is an error.
func Create(dir, name string, replace bool) (*Draft, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("dataset name %q: want lower-case letters, digits, dots and dashes, at most 64", name)
	}
	home := filepath.Join(dir, name)
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	d := &Draft{home: home, name: name, exact: true, lock: flock.New(filepath.Join(home, ".lock"))}
	locked, err := d.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%s: lock: %w", home, err)
	}
	if !locked {
		return nil, fmt.Errorf("dataset %s is being written by another process; wait for it to end", name)
	}
	if err := d.begin(replace); err != nil {
		d.lock.Unlock()
		return nil, err
	}
	return d, nil
}

func (d *Draft) begin(replace bool) error {
	current := ""
	m, err := readManifest(filepath.Dir(d.home), d.name)
	switch {
	case err == nil && !replace:
		return fmt.Errorf("dataset %s exists (release %s, ingested %s): use --replace to put the new one in its place, or --name for another", d.name, m.Release, m.Created.Format(time.DateOnly))
	case err == nil:
		current = m.Generation
	case !errors.Is(err, fs.ErrNotExist) && !replace:
		return fmt.Errorf("%w (use --replace to put a new dataset in its place)", err)
	}
	if err := d.sweep(current); err != nil {
		return err
	}
	id := make([]byte, 8)
	rand.Read(id)
	d.dir = filepath.Join(d.home, hex.EncodeToString(id))
	return os.Mkdir(d.dir, 0o755)
}

// sweep removes all generations but one. A manifest that cannot be read names none, so that nothing is removed then
// that was not going to be replaced.
func (d *Draft) sweep(keep string) error {
	entries, err := os.ReadDir(d.home)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() && e.Name() != keep {
			errs = append(errs, os.RemoveAll(filepath.Join(d.home, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// SetEconomies gives the release's list of economies.
func (d *Draft) SetEconomies(list []trade.Economy) error {
	d.economies = slices.Clone(list)
	_, err := trade.NewEconomies(list)
	return err
}

// SetProducts gives the release's list of products.
func (d *Draft) SetProducts(list []trade.Product) error {
	d.products = slices.Clone(list)
	_, err := trade.NewProducts(list)
	return err
}

// Abort removes the draft. After Commit it does nothing.
func (d *Draft) Abort() error {
	if d.done {
		return nil
	}
	d.done = true
	var errs []error
	if d.open != nil {
		errs = append(errs, d.open.file.Close())
	}
	errs = append(errs, os.RemoveAll(d.dir))
	if _, err := os.Stat(filepath.Join(d.home, manifestFile)); errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, os.RemoveAll(d.home))
	}
	return errors.Join(append(errs, d.lock.Unlock())...)
}

// Commit makes the dataset visible in one step. The caller fills in where the data come from; what is in the files the
// draft knows itself.
func (d *Draft) Commit(m Manifest) error {
	if d.open != nil {
		return errors.New("store: commit with a year still open")
	}
	m.Format, m.Name, m.Generation, m.Exact = FormatVersion, d.name, filepath.Base(d.dir), d.exact
	if m.Created.IsZero() {
		m.Created = time.Now().UTC().Truncate(time.Second)
	}
	slices.SortFunc(d.years, func(a, b YearEntry) int { return a.Year - b.Year })
	m.Years, m.Rows, m.ValueUSD = d.years, 0, 0
	for _, y := range d.years {
		m.Rows += y.Rows
		m.ValueUSD += y.ValueUSD
	}
	m.Labels = d.labels()
	var err error
	if m.Economies, err = d.writeEconomies(); err != nil {
		return err
	}
	if m.Products, err = d.writeProducts(); err != nil {
		return err
	}
	if err := m.check(); err != nil {
		return fmt.Errorf("dataset %s: %w", d.name, err)
	}
	data, err := json.MarshalIndent(&m, "", "  ")
	if err != nil {
		return err
	}
	if err := syncDir(d.dir); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(d.home, manifestFile), append(data, '\n')); err != nil {
		return err
	}
	d.done = true
	return errors.Join(syncDir(d.home), syncDir(filepath.Dir(d.home)), d.sweep(m.Generation), d.lock.Unlock())
}

// replaceFile puts a file in the place of another in one step.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// labels tells apart the economies that share an ISO3 and trade in the same year: all but the one that trades in the
// latest year (of these the lowest code) get their number behind the ISO3.
func (d *Draft) labels() map[trade.Code]string {
	last := map[trade.Code]int{}
	clash := map[trade.Code]bool{}
	economies, err := trade.NewEconomies(d.economies)
	if err != nil {
		return nil
	}
	for _, y := range d.years {
		active := trade.SetOf(y.Importers...).Union(trade.SetOf(y.Exporters...)).Codes()
		byLabel := map[string]trade.Code{}
		for _, c := range active {
			last[c] = max(last[c], y.Year)
			label := economies.Label(c)
			if other, ok := byLabel[label]; ok {
				clash[c], clash[other] = true, true
				continue
			}
			byLabel[label] = c
		}
	}
	labels := map[trade.Code]string{}
	for c := range clash {
		for other := range clash {
			if other != c && economies.Label(other) == economies.Label(c) && (last[other] > last[c] || last[other] == last[c] && other < c) {
				labels[c] = fmt.Sprintf("%s-%d", economies.Label(c), c)
			}
		}
	}
	return labels
}

func (d *Draft) writeEconomies() (File, error) {
	rows := [][]string{economyHeader}
	for _, e := range d.economies {
		rows = append(rows, []string{strconv.Itoa(int(e.Code)), e.ISO3, e.ISO2, e.Name, string(e.Kind)})
	}
	return d.writeCSV("economies.csv", rows)
}

func (d *Draft) writeProducts() (File, error) {
	rows := [][]string{productHeader}
	for _, p := range d.products {
		rows = append(rows, []string{p.Code, p.Description})
	}
	return d.writeCSV("products.csv", rows)
}

func (d *Draft) writeCSV(name string, rows [][]string) (File, error) {
	f, err := newHashedFile(filepath.Join(d.dir, name))
	if err != nil {
		return File{}, err
	}
	w := csv.NewWriter(f)
	return f.finish(w.WriteAll(rows))
}

// hashedFile is a file whose checksum is known when it is closed.
type hashedFile struct {
	*os.File
	buffer *bufio.Writer
	hash   hash.Hash
	bytes  int64
}

func newHashedFile(path string) (*hashedFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	h := &hashedFile{File: f, hash: sha256.New()}
	h.buffer = bufio.NewWriterSize(io.MultiWriter(f, h.hash), 1<<20)
	return h, nil
}

func (h *hashedFile) Write(p []byte) (int, error) {
	h.bytes += int64(len(p))
	return h.buffer.Write(p)
}

// finish flushes, syncs and closes the file after a write that ended with err.
func (h *hashedFile) finish(err error) (File, error) {
	err = errors.Join(err, h.buffer.Flush(), h.File.Sync(), h.File.Close())
	return File{File: filepath.Base(h.Name()), Bytes: h.bytes, SHA256: hex.EncodeToString(h.hash.Sum(nil))}, err
}

var columnNames = []string{"product", "importer", "exporter", "value", "quantity"}

func schema(year int, name string, quantities bool) *arrow.Schema {
	fields := []arrow.Field{
		{Name: "product", Type: arrow.BinaryTypes.String},
		{Name: "importer", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Uint16)},
		{Name: "exporter", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Uint16)},
		{Name: "value", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float64)},
		{Name: "quantity", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64)},
	}
	if !quantities {
		fields = fields[:4]
	}
	meta := arrow.MetadataFrom(map[string]string{
		"chokepoint.format": strconv.Itoa(FormatVersion), "chokepoint.dataset": name, "chokepoint.year": strconv.Itoa(year),
		"chokepoint.value": "US dollars", "chokepoint.quantity": "metric tonnes",
	})
	return arrow.NewSchema(fields, &meta)
}

// batchFlows is the number of flows after which a batch is written.
const batchFlows = 1 << 18

// YearWriter writes the flows of one year, product by product.
type YearWriter struct {
	draft      *Draft
	entry      YearEntry
	file       *hashedFile
	writer     *ipc.FileWriter
	builder    *array.RecordBuilder
	quantities bool
	pending    int
	last       string
	importers  trade.Set
	exporters  trade.Set
}

// Year begins the flows of a year. quantities says whether any flow of the year has one. One year is open at a time.
func (d *Draft) Year(year int, quantities bool) (*YearWriter, error) {
	if d.open != nil {
		return nil, fmt.Errorf("store: year %d begun before the year before was closed", year)
	}
	f, err := newHashedFile(filepath.Join(d.dir, fmt.Sprintf("flows-%d.arrow", year)))
	if err != nil {
		return nil, err
	}
	s := schema(year, d.name, quantities)
	w, err := ipc.NewFileWriter(struct{ io.Writer }{f}, ipc.WithSchema(s))
	if err != nil {
		f.Close()
		return nil, err
	}
	d.open = &YearWriter{draft: d, entry: YearEntry{Year: year}, file: f, writer: w, quantities: quantities,
		builder: array.NewRecordBuilder(memory.DefaultAllocator, s)}
	return d.open, nil
}

// Append adds the flows of one product. Products come in ascending order; flows are sorted by importer, then exporter,
// without duplicates or flows of an economy with itself; values are positive US dollars; quantity is in tonnes with NaN
// where unknown, or nil where all are. The slices are copied.
func (w *YearWriter) Append(product string, importer, exporter []uint16, value, quantity []float64) error {
	if err := w.check(product, importer, exporter, value, quantity); err != nil {
		return fmt.Errorf("year %d, product %s: %w", w.entry.Year, product, err)
	}
	w.last = product
	w.builder.Field(0).(*array.StringBuilder).Append(product)
	for k, codes := range [][]uint16{importer, exporter} {
		list := w.builder.Field(1 + k).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Uint16Builder).AppendValues(codes, nil)
	}
	list := w.builder.Field(3).(*array.ListBuilder)
	list.Append(true)
	list.ValueBuilder().(*array.Float64Builder).AppendValues(value, nil)
	if w.quantities {
		w.appendQuantity(quantity, len(value))
	}
	for i, v := range value {
		w.entry.ValueUSD += v
		w.draft.exact = w.draft.exact && v == math.Trunc(v)
		w.importers.Add(trade.Code(importer[i]))
		w.exporters.Add(trade.Code(exporter[i]))
	}
	w.entry.Rows += int64(len(value))
	w.entry.Products++
	if w.pending += len(value); w.pending >= batchFlows {
		return w.flush()
	}
	return nil
}

// appendQuantity marks unknown quantities as null and leaves NaN in their slots, for readers of the raw values.
func (w *YearWriter) appendQuantity(quantity []float64, n int) {
	list := w.builder.Field(4).(*array.ListBuilder)
	list.Append(true)
	valid := make([]bool, n)
	if quantity == nil {
		quantity = make([]float64, n)
		for i := range quantity {
			quantity[i] = math.NaN()
		}
	}
	for i, q := range quantity {
		if valid[i] = !math.IsNaN(q); valid[i] {
			w.entry.QuantityRows++
		}
	}
	list.ValueBuilder().(*array.Float64Builder).AppendValues(quantity, valid)
}

func (w *YearWriter) check(product string, importer, exporter []uint16, value, quantity []float64) error {
	n := len(value)
	switch {
	case !trade.ValidProductCode(product):
		return errors.New("not a six-character product code")
	case product <= w.last:
		return fmt.Errorf("comes after %s; products must ascend", w.last)
	case n == 0 || len(importer) != n || len(exporter) != n || quantity != nil && len(quantity) != n:
		return fmt.Errorf("%d values, %d importers, %d exporters, %d quantities; want equal numbers above 0", n, len(importer), len(exporter), len(quantity))
	case quantity != nil && !w.quantities && slices.ContainsFunc(quantity, func(q float64) bool { return !math.IsNaN(q) }):
		return errors.New("quantities in a year begun without")
	}
	return checkFlows(importer, exporter, value, quantity)
}

// checkFlows states what must hold for the flows of one product; Verify asks the same.
func checkFlows(importer, exporter []uint16, value, quantity []float64) error {
	for i, v := range value {
		imp, exp := importer[i], exporter[i]
		switch {
		case imp == 0 || exp == 0 || imp >= trade.MaxCode || exp >= trade.MaxCode:
			return fmt.Errorf("flow %d: economies %d → %d; codes are 1 to %d", i, exp, imp, trade.MaxCode-1)
		case imp == exp:
			return fmt.Errorf("flow %d: economy %d with itself", i, imp)
		case !(v > 0) || math.IsInf(v, 0):
			return fmt.Errorf("flow %d: value %v; want a positive number", i, v)
		case quantity != nil && quantity[i] < 0 || quantity != nil && math.IsInf(quantity[i], 0):
			return fmt.Errorf("flow %d: quantity %v", i, quantity[i])
		case i > 0 && (imp < importer[i-1] || imp == importer[i-1] && exp <= exporter[i-1]):
			return fmt.Errorf("flow %d: importer %d, exporter %d after %d, %d; want ascending order without duplicates", i, imp, exp, importer[i-1], exporter[i-1])
		}
	}
	return nil
}

func (w *YearWriter) flush() error {
	if w.pending == 0 {
		return nil
	}
	w.pending = 0
	record := w.builder.NewRecordBatch()
	defer record.Release()
	return w.writer.Write(record)
}

// Close ends the year. Until then it is not part of the draft.
func (w *YearWriter) Close() (YearEntry, error) {
	w.draft.open = nil
	err := errors.Join(w.flush(), w.writer.Close())
	w.builder.Release()
	file, err := w.file.finish(err)
	if err != nil {
		return YearEntry{}, err
	}
	w.entry.File = file
	w.entry.Importers, w.entry.Exporters = w.importers.Codes(), w.exporters.Codes()
	w.draft.years = append(w.draft.years, w.entry)
	return w.entry, nil
}
