package store

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
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

	"chokepoint/fault"
	"chokepoint/trade"
)

// Draft is a dataset in the making. Nothing of it is visible until Commit.
type Draft struct {
	disk      Disk
	home      string // DATA/<name>
	dir       string // of the generation
	name      string
	lock      *flock.Flock
	economies []trade.Economy
	products  []trade.Product
	years     []YearEntry
	exact     bool
	batch     int                          // flows after which a batch is written
	blocs     func(period int) []trade.Set // see SetBlocs
	open      *YearWriter
	failed    error // of a write; nothing can be committed after it
	done      bool  // committed or aborted
}

// Create begins a dataset. Where one of that name exists, replace must be set. Leftovers of writers that were killed
// are removed; a writer that is still at work on the same name is an error.
func Create(dir, name string, replace bool) (*Draft, error) {
	return CreateOn(SystemDisk{}, dir, name, replace)
}

// CreateOn is Create on another disk.
func CreateOn(disk Disk, dir, name string, replace bool) (*Draft, error) {
	if err := checkName(name); err != nil {
		return nil, fault.Question(err)
	}
	d := &Draft{disk: disk, home: filepath.Join(dir, name), name: name, exact: true, batch: batchFlows, blocs: trade.StandingBlocs}
	var err error
	if d.lock, err = lock(d.home); err != nil {
		return nil, err
	}
	if err := d.begin(replace); err != nil {
		return nil, errors.Join(err, d.Abort())
	}
	return d, nil
}

func (d *Draft) begin(replace bool) error {
	m, err := readManifest(filepath.Dir(d.home), d.name)
	switch {
	case err == nil && !replace:
		return fault.Questionf("dataset %s exists (release %s, ingested %s): use --replace to replace it, or --name for another name", d.name, m.Release, m.Created.Format(time.DateOnly))
	case err == nil || errors.Is(err, fs.ErrNotExist):
		if err := sweep(d.disk, d.home, m.Generation); err != nil {
			return err
		}
	case !replace:
		return fmt.Errorf("%w (use --replace to replace it)", err)
	} // what belongs to a manifest that cannot be read stays until there is a new one
	id := make([]byte, 8)
	rand.Read(id)
	d.dir = filepath.Join(d.home, hex.EncodeToString(id))
	return d.disk.Mkdir(d.dir)
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

// SetBlocs says whose inner trade the index of the years to come has, at most 32 blocs in each period. Without it these are the blocs that come with
// the program.
func (d *Draft) SetBlocs(blocs func(period int) []trade.Set) { d.blocs = blocs }

// Abort removes the draft. After Commit it does nothing.
func (d *Draft) Abort() error {
	if d.done {
		return nil
	}
	d.done = true
	var errs []error
	if d.open != nil {
		errs = append(errs, d.open.flows.file.file.Close(), d.open.index.file.file.Close())
	}
	if _, err := os.Stat(filepath.Join(d.home, manifestFile)); errors.Is(err, fs.ErrNotExist) {
		return errors.Join(append(errs, removeHome(d.disk, d.home, d.lock))...)
	}
	if d.dir != "" {
		errs = append(errs, d.disk.RemoveAll(d.dir))
	}
	return errors.Join(append(errs, d.lock.Unlock())...)
}

// Commit makes the dataset visible in one step. The caller fills in where the data come from; what is in the files the
// draft knows itself.
func (d *Draft) Commit(m Manifest) error {
	switch {
	case d.done:
		return errors.New("store: commit of a draft that was committed or aborted before")
	case d.open != nil:
		return errors.New("store: commit with a year still open")
	case d.failed != nil:
		return fmt.Errorf("store: commit of a draft that could not be written: %w", d.failed)
	}
	if err := d.describe(&m); err != nil {
		return fmt.Errorf("dataset %s: %w", d.name, err)
	}
	data, err := m.Encode()
	if err != nil {
		return err
	}
	if err := errors.Join(d.disk.SyncDir(d.dir), d.disk.SyncDir(d.home)); err != nil {
		return err
	}
	if err := replaceFile(d.disk, filepath.Join(d.home, manifestFile), data); err != nil {
		return err
	}
	d.done = true
	err = errors.Join(d.disk.SyncDir(d.home), d.disk.SyncDir(filepath.Dir(d.home)))
	if err == nil {
		sweep(d.disk, d.home, m.Generation) // what cannot be removed now, the next writer removes
	}
	return errors.Join(err, d.lock.Unlock())
}

// describe writes the code lists and fills in what a manifest says of the files.
func (d *Draft) describe(m *Manifest) error {
	economies, err := trade.NewEconomies(d.economies)
	if err != nil {
		return err
	}
	m.Format, m.Name, m.Generation = FormatVersion, d.name, filepath.Base(d.dir)
	if m.Created.IsZero() {
		m.Created = d.disk.Now()
	}
	m.Created = m.Created.UTC().Truncate(time.Second)
	slices.SortFunc(d.years, func(a, b YearEntry) int { return a.Year - b.Year })
	m.Years, m.Rows, m.ValueUSD, m.Frequency = d.years, 0, 0, Annual
	if len(d.years) > 0 {
		m.Frequency = FrequencyOf(trade.Period(d.years[0].Year))
	}
	for _, y := range d.years {
		m.Rows += y.Rows
		m.ValueUSD += y.ValueUSD
	}
	m.Exact = d.exact && m.ValueUSD < maxExact
	m.Labels = labels(economies, d.years)
	if m.Economies, err = d.writeEconomies(); err != nil {
		return err
	}
	if m.Products, err = d.writeProducts(); err != nil {
		return err
	}
	return m.check()
}

// maxExact bounds sums of whole dollars that float64 holds exactly in any order.
const maxExact = 1 << 53

// labels tells apart the economies that share a label and trade in the same year. The one that exists today keeps it (of
// several the one that trades last, then the one with the lower code), the others get their number behind it: SDN-736.
func labels(economies *trade.Economies, years []YearEntry) map[trade.Code]string {
	last := map[trade.Code]int{}
	clash := map[string]trade.Set{} // by label: codes that met another one
	for _, y := range years {
		byLabel := map[string]trade.Set{}
		for _, c := range trade.SetOf(y.Importers...).Union(trade.SetOf(y.Exporters...)).Codes() {
			last[c] = max(last[c], y.Year)
			set := byLabel[economies.Label(c)]
			set.Add(c)
			byLabel[economies.Label(c)] = set
		}
		for label, set := range byLabel {
			if set.Len() > 1 {
				clash[label] = clash[label].Union(set)
			}
		}
	}
	former := func(c trade.Code) int {
		if e, _ := economies.Get(c); e.Kind == trade.KindFormer {
			return 1
		}
		return 0
	}
	labels := map[trade.Code]string{}
	for label, set := range clash {
		codes := set.Codes()
		slices.SortFunc(codes, func(a, b trade.Code) int {
			return cmp.Or(former(a)-former(b), last[b]-last[a], int(a)-int(b))
		})
		for _, c := range codes[1:] {
			labels[c] = fmt.Sprintf("%s-%d", label, c)
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
	f, err := newHashedFile(d.disk, filepath.Join(d.dir, name), indexBlock)
	if err != nil {
		return File{}, err
	}
	return f.finish(csv.NewWriter(f).WriteAll(rows))
}

// writeBlocks writes the checksums of the blocks of a year's files.
func (d *Draft) writeBlocks(year int, sums []byte) (File, error) {
	f, err := newHashedFile(d.disk, filepath.Join(d.dir, blocksFile(year)), indexBlock)
	if err != nil {
		return File{}, err
	}
	_, err = f.Write(sums)
	return f.finish(err)
}

// blocksFile is named after the bytes of flows that share a checksum, as an upgrade must not touch the file of the format before.
func blocksFile(year int) string { return fmt.Sprintf("blocks-%d.%d.crc32c", year, flowsBlock) }

// hashedFile is a file whose checksum is known when it is closed.
type hashedFile struct {
	file   DiskFile
	path   string
	buffer *bufio.Writer
	hash   hash.Hash
	blocks blockSums
	bytes  int64
}

func newHashedFile(disk Disk, path string, block int) (*hashedFile, error) {
	f, err := disk.Create(path)
	if err != nil {
		return nil, err
	}
	h := &hashedFile{file: f, path: path, hash: sha256.New(), blocks: blockSums{block: block}}
	h.buffer = bufio.NewWriterSize(io.MultiWriter(f, h.hash, &h.blocks), 1<<20)
	return h, nil
}

func (h *hashedFile) Write(p []byte) (int, error) {
	h.bytes += int64(len(p))
	return h.buffer.Write(p)
}

// finish flushes, syncs and closes the file after a write that ended with err.
func (h *hashedFile) finish(err error) (File, error) {
	err = errors.Join(err, h.buffer.Flush(), h.file.Sync(), h.file.Close())
	return File{File: filepath.Base(h.path), Bytes: h.bytes, SHA256: hex.EncodeToString(h.hash.Sum(nil))}, err
}

// batchFlows is the number of flows after which a batch is written.
const batchFlows = 1 << 18

// YearWriter writes the flows of one year, product by product.
type YearWriter struct {
	draft      *Draft
	entry      YearEntry
	flows      *arrowFile
	index      *arrowFile
	indexer    indexer
	extra      *extraIndexer
	quantities bool
	pending    int
	last       string
	importers  trade.Set
	exporters  trade.Set
}

// Year begins the flows of a year. quantities says whether any flow of the year has one: if none has, the file has no
// such column. One year is open at a time; years come in any order.
func (d *Draft) Year(year int, quantities bool) (*YearWriter, error) {
	entry := YearEntry{Year: year}
	if err := entry.check(); err != nil {
		return nil, fmt.Errorf("year %d: %w", year, err)
	}
	if d.open != nil {
		return nil, fmt.Errorf("store: year %d begun before year %d was closed", year, d.open.entry.Year)
	}
	if slices.ContainsFunc(d.years, func(y YearEntry) bool { return y.Year == year }) {
		return nil, fmt.Errorf("store: year %d begun a second time", year)
	}
	flows, err := newArrowFile(d.disk, filepath.Join(d.dir, fmt.Sprintf("flows-%d.arrow", year)), schema(year, quantities), flowsBlock)
	if err != nil {
		return nil, err
	}
	blocs := d.blocs(year)
	if _, err := parseBlocs(blocsText(blocs)); err != nil {
		return nil, errors.Join(fmt.Errorf("store: blocs of year %d: %w", year, err), flows.file.file.Close())
	}
	index, err := newArrowFile(d.disk, filepath.Join(d.dir, fmt.Sprintf("index-%d.arrow", year)), indexSchema(year, quantities, blocs), indexBlock)
	if err != nil {
		return nil, errors.Join(err, flows.file.file.Close())
	}
	d.open = &YearWriter{draft: d, entry: entry, flows: flows, index: index, quantities: quantities, extra: newExtraIndexer(blocs)}
	return d.open, nil
}

// arrowFile is an Arrow file in the making, and the builder of its next batch.
type arrowFile struct {
	file    *hashedFile
	writer  *ipc.FileWriter
	builder *array.RecordBuilder
}

func newArrowFile(disk Disk, path string, s *arrow.Schema, block int) (*arrowFile, error) {
	f, err := newHashedFile(disk, path, block)
	if err != nil {
		return nil, err
	}
	w, err := ipc.NewFileWriter(struct{ io.Writer }{f}, ipc.WithSchema(s)) // hides Seek: the hash needs every byte in order
	if err != nil {
		return nil, errors.Join(err, f.file.Close())
	}
	return &arrowFile{f, w, array.NewRecordBuilder(memory.DefaultAllocator, s)}, nil
}

// flush writes what was built as a batch.
func (a *arrowFile) flush() error {
	record := a.builder.NewRecordBatch()
	defer record.Release()
	return a.writer.Write(record)
}

// finish closes the file after a write that ended with err.
func (a *arrowFile) finish(err error) (File, error) {
	err = errors.Join(err, a.writer.Close())
	a.builder.Release()
	return a.file.finish(err)
}

// Append adds the flows of one product. Products come in ascending order; flows are sorted by importer, then exporter,
// without duplicates or flows of an economy with itself; values are positive US dollars; quantity is in tonnes with NaN
// where unknown, or nil where all are. The slices are copied.
func (w *YearWriter) Append(product string, importer, exporter []uint16, value, quantity []float64) error {
	if err := w.check(product, importer, exporter, value, quantity); err != nil {
		return fmt.Errorf("year %d, product %s: %w", w.entry.Year, product, err)
	}
	return w.append(product, importer, exporter, value, quantity)
}

func (w *YearWriter) append(product string, importer, exporter []uint16, value, quantity []float64) error {
	w.last = product
	w.indexer.add(importer, exporter, value)
	appendIndex(w.index.builder, product, &w.indexer.Index)
	w.extra.add(importer, exporter, value, quantity, w.indexer.Exporter)
	appendExtra(w.index.builder, &w.extra.extraSums, w.quantities)
	w.flows.builder.Field(0).(*array.StringBuilder).Append(product)
	for k, codes := range [][]uint16{importer, exporter} {
		list := w.flows.builder.Field(1 + k).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Uint16Builder).AppendValues(codes, nil)
	}
	list := w.flows.builder.Field(3).(*array.ListBuilder)
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
	if w.pending += len(value); w.pending >= w.draft.batch {
		return w.flush()
	}
	return nil
}

// appendQuantity marks unknown quantities as null and leaves NaN in their slots, for readers of the raw values.
func (w *YearWriter) appendQuantity(quantity []float64, n int) {
	list := w.flows.builder.Field(4).(*array.ListBuilder)
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
		return fmt.Errorf("%d values, %d importers, %d exporters, %d quantities; expected equal numbers above 0", n, len(importer), len(exporter), len(quantity))
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
			return fmt.Errorf("flow %d: value %v; expected a positive number", i, v)
		case quantity != nil && quantity[i] < 0 || quantity != nil && math.IsInf(quantity[i], 0):
			return fmt.Errorf("flow %d: quantity %v", i, quantity[i])
		case i > 0 && (imp < importer[i-1] || imp == importer[i-1] && exp <= exporter[i-1]):
			return fmt.Errorf("flow %d: importer %d, exporter %d after %d, %d; expected ascending order without duplicates", i, imp, exp, importer[i-1], exporter[i-1])
		}
	}
	return nil
}

// ProductsFirst implements ingest.Target: files name their products themselves, the list may come last.
func (d *Draft) ProductsFirst() bool { return false }

// CloseYear implements ingest.Target.
func (d *Draft) CloseYear(w *YearWriter) error {
	_, err := w.Close()
	return err
}

// Move hands the flows of a closed year to take, which puts them elsewhere, and removes their files: what is committed
// then is the catalogue of a dataset whose flows are elsewhere. It may run while the next year is written.
func (d *Draft) Move(entry YearEntry, take func(*Year) error) error {
	y, err := openYear(d.dir, &entry, false)
	if err != nil {
		return err
	}
	if err := errors.Join(fault.Do(func() error { return take(y) }), y.unmap()); err != nil {
		return err
	}
	var errs []error
	for _, f := range []*File{&entry.File, entry.Index, entry.Blocks} {
		errs = append(errs, d.disk.Remove(filepath.Join(d.dir, f.File)))
	}
	return errors.Join(errs...)
}

func (w *YearWriter) flush() error {
	if w.pending == 0 {
		return nil
	}
	w.pending = 0
	err := errors.Join(w.flows.flush(), w.index.flush())
	if err != nil {
		w.draft.failed = err
	}
	return err
}

// Close ends the year and returns what the manifest will say of it. Until then the year is not part of the draft.
func (w *YearWriter) Close() (YearEntry, error) {
	w.draft.open = nil
	flows, err := w.flows.finish(w.flush())
	index, err := w.index.finish(err)
	if err != nil {
		w.draft.failed = err
		return YearEntry{}, err
	}
	blocks, err := w.draft.writeBlocks(w.entry.Year, slices.Concat(w.flows.file.blocks.finish(), w.index.file.blocks.finish()))
	if err != nil {
		w.draft.failed = err
		return YearEntry{}, err
	}
	w.entry.File, w.entry.Index, w.entry.Blocks, w.entry.FlowsBlock = flows, &index, &blocks, flowsBlock
	w.entry.Importers, w.entry.Exporters = w.importers.Codes(), w.exporters.Codes()
	w.draft.years = append(w.draft.years, w.entry)
	return w.entry, nil
}
