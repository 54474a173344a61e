package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"chokepoint/fault"
	"chokepoint/trade"
)

// Flows are the flows of one product in one year, sorted by importer, then exporter. The slices have the same length
// and belong to the store: they must not be written to, and are valid until the dataset is closed.
type Flows struct {
	Product            string
	Importer, Exporter []uint16  // BACI codes
	Value              []float64 // US dollars, > 0
	Quantity           []float64 // tonnes, NaN where unknown; nil in years without any
	lazy               *chunk    // of flows that are verified where they are read
	row                int       // in it
}

// Verify makes sure that the numbers of flows which Lazy gave are those that were written. Where they are not, the question ends
// with a DamagedError.
func (f *Flows) Verify() {
	if f.lazy != nil {
		f.lazy.verifyRow(f.row, f.Quantity != nil)
	}
}

// VerifyValues is Verify for readers of exporters and values alone.
func (f *Flows) VerifyValues() {
	if f.lazy != nil {
		f.lazy.verifyValues(f.row)
	}
}

// Year is the flows of one year and their index, mapped into memory. It is safe for concurrent use.
type Year struct {
	entry   *YearEntry
	exact   bool
	chunks  []chunk
	first   []int // of each chunk, the place of its first product
	count   int
	files   []*mapped
	damage  atomic.Pointer[DamagedError]
	derived Memory      // see RememberOf
	blocs   []trade.Set // whose inner trade is in the index
}

// chunk is one record batch.
type chunk struct {
	file               *mapped
	exact              bool // sums of values are
	at                 buffers
	unproved           *checks // where the file has no checksums
	index              *indexChunk
	record             arrow.RecordBatch
	product            []string // copies: codes are kept in answers, which may outlive the mapping
	offsets            []int32  // a copy: whatever becomes of the file, places stay within it
	importer, exporter []uint16
	value, quantity    []float64
	known              *array.Float64 // quantity with its nulls
}

// schema returns the columns of a year. It is part of the format, as are the names and order of the metadata. Flows have
// not changed since format 1 and still say so: the checksum of a dataset stays what it was.
func schema(year int, quantities bool) *arrow.Schema {
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
		"chokepoint.format": "1", "chokepoint.year": strconv.Itoa(year),
		"chokepoint.value": "US dollars", "chokepoint.quantity": "metric tonnes",
	})
	return arrow.NewSchema(fields, &meta)
}

func checkSchema(got *arrow.Schema, year int) error {
	meta := got.Metadata().ToMap()
	if v, err := strconv.Atoi(meta["chokepoint.format"]); err != nil || v < 1 || v > FormatVersion {
		return fmt.Errorf("format version %q; this program reads 1 to %d", meta["chokepoint.format"], FormatVersion)
	}
	if meta["chokepoint.year"] != strconv.Itoa(year) {
		return fmt.Errorf("it says that it holds the year %q, the manifest says %d", meta["chokepoint.year"], year)
	}
	return nil
}

func checkColumns(got, want *arrow.Schema) error {
	if !got.Equal(want) {
		return fmt.Errorf("columns are %v; expected %v", got.Fields(), want.Fields())
	}
	return nil
}

// openYear maps the flows of a year and their index. A year of format 1 has none: it is computed, in memory.
func openYear(dir string, entry *YearEntry, exact bool) (*Year, error) {
	y := &Year{entry: entry, exact: exact}
	if err := y.read(dir); err != nil {
		return nil, errors.Join(err, y.unmap())
	}
	return y, nil
}

func (y *Year) read(dir string) error {
	flows, index, err := y.readSums(dir)
	if err != nil {
		return err
	}
	m, err := y.open(dir, y.entry.File, flows, y.entry.flowsBlock())
	if err != nil {
		return err
	}
	if err := undamaged(m, y.readFlows); err != nil || y.entry.Index == nil {
		return err
	}
	if m, err = y.open(dir, *y.entry.Index, index, indexBlock); err != nil {
		return err
	}
	return undamaged(m, y.readIndex)
}

// readSums reads the checksums of the blocks of the flows and of the index. Both are nil where the dataset has none.
func (y *Year) readSums(dir string) (flows, index []byte, err error) {
	if y.entry.Blocks == nil {
		return nil, nil, nil
	}
	sums, err := y.entry.Blocks.read(dir)
	if err != nil {
		return nil, nil, err
	}
	n := 4 * blocksOf(y.entry.Bytes, y.entry.flowsBlock())
	all := n
	if y.entry.Index != nil {
		all += 4 * blocksOf(y.entry.Index.Bytes, indexBlock)
	}
	if len(sums) != all {
		return nil, nil, damaged(fmt.Errorf("%s: %d bytes of checksums; expected %d. Ingest the source again", filepath.Join(dir, y.entry.Blocks.File), len(sums), all))
	}
	return sums[:n:n], sums[n:], nil
}

// undamaged reads a file. A panic becomes an error: a damaged file makes arrow-go panic in places.
func undamaged(m *mapped, read func(*mapped) error) error {
	err := fault.Do(func() error { return read(m) })
	var known *DamagedError
	var thrown *fault.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.As(err, &thrown):
		err = fmt.Errorf("damaged Arrow file: %v", thrown.Value)
	}
	return fmt.Errorf("%s: %w; run `chokepoint datasets verify`", m.path, err)
}

// readBatches hands over each record batch of a file whose columns are as wanted.
func (y *Year) readBatches(data []byte, want func(got *arrow.Schema) (*arrow.Schema, error), take func(i int, record arrow.RecordBatch) error) error {
	r, err := ipc.NewMappedFileReader(data)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := checkSchema(r.Schema(), y.entry.Year); err != nil {
		return err
	}
	columns, err := want(r.Schema())
	if err != nil {
		return err
	}
	if err := checkColumns(r.Schema(), columns); err != nil {
		return err
	}
	for i := range r.NumRecords() {
		record, err := r.RecordBatchAt(i)
		if err != nil {
			return err
		}
		if err := take(i, record); err != nil {
			return fmt.Errorf("batch %d: %w", i, err)
		}
	}
	return nil
}

// readFlows finds the slices of each batch, and checks what keeps Flows within them.
func (y *Year) readFlows(m *mapped) error {
	places, err := checkMetadata(m, flowsLayouts)
	if err != nil {
		return err
	}
	last := ""
	got := YearEntry{}
	want := func(got *arrow.Schema) (*arrow.Schema, error) { return schema(y.entry.Year, got.NumFields() == 5), nil }
	err = y.readBatches(m.data, want, func(i int, record arrow.RecordBatch) error {
		y.first = append(y.first, y.count)
		y.chunks = append(y.chunks, chunk{record: record, file: m, exact: y.exact, at: places[i]})
		c := &y.chunks[i]
		if err := c.read(last); err != nil {
			return err
		}
		last = c.product[len(c.product)-1]
		y.count += len(c.product)
		got.Rows += int64(len(c.value))
		if c.known != nil {
			got.QuantityRows += int64(len(c.value) - c.known.NullN())
		}
		return nil
	})
	if err != nil {
		return err
	}
	if e := y.entry; got.Rows != e.Rows || y.count != e.Products || got.QuantityRows != e.QuantityRows {
		return fmt.Errorf("%d flows, %d products, %d quantities; the manifest says %d, %d, %d", got.Rows, y.count, got.QuantityRows, e.Rows, e.Products, e.QuantityRows)
	}
	if y.entry.Index == nil {
		return y.computeIndexes()
	}
	return nil
}

// computeIndexes indexes the flows of a year of format 1, all of which are checked for that.
func (y *Year) computeIndexes() error {
	for i := range y.chunks {
		c := &y.chunks[i]
		for row := range c.product {
			c.verifyRow(row, true)
			f := c.flows(row)
			if err := checkFlows(f.Importer, f.Exporter, f.Value, f.Quantity); err != nil {
				return fmt.Errorf("product %s: %w", f.Product, err)
			}
		}
		c.index = computeIndex(c)
	}
	return y.checkTotals()
}

// readIndex finds the slices of each batch of the index, which has the products of the flows.
func (y *Year) readIndex(m *mapped) error {
	places, err := checkMetadata(m, indexLayouts)
	if err != nil {
		return err
	}
	read := 0
	err = y.readBatches(m.data, y.wantIndex, func(i int, record arrow.RecordBatch) error {
		if i >= len(y.chunks) {
			record.Release()
			return fmt.Errorf("the flows have %d", len(y.chunks))
		}
		read++
		y.chunks[i].index = &indexChunk{record: record}
		return y.chunks[i].index.read(&y.chunks[i], len(y.blocs))
	})
	if err == nil && read != len(y.chunks) {
		err = fmt.Errorf("%d batches; the flows have %d", read, len(y.chunks))
	}
	if err != nil {
		return err
	}
	if m.sums != nil { // what is in it is proved when somebody reads it: most questions ask for few products, or few years
		for i := range y.chunks {
			x := y.chunks[i].index
			x.file, x.at, x.proved = m, places[i], newBits(len(x.world))
		}
		return nil
	}
	group, _ := fault.WithContext(context.Background())
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range y.chunks {
		group.Go(func() error {
			if err := y.chunks[i].index.check(&y.chunks[i]); err != nil {
				return fmt.Errorf("batch %d: %w", i, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range y.chunks {
		y.chunks[i].unproved = newChecks(&y.chunks[i])
	}
	return y.checkTotals()
}

// wantIndex is the schema that an index must have, and finds the blocs whose inner trade is in it.
func (y *Year) wantIndex(got *arrow.Schema) (_ *arrow.Schema, err error) {
	if got.NumFields() <= innerColumn {
		return oldIndexSchema(y.entry.Year), nil
	}
	if y.blocs, err = parseBlocs(got.Metadata().ToMap()["chokepoint.blocs"]); err != nil {
		return nil, err
	}
	return indexSchema(y.entry.Year, got.NumFields() > tonnesColumn, y.blocs), nil
}

// checkTotals compares what the manifest says of the year with the index.
func (y *Year) checkTotals() error {
	var importers, exporters trade.Set
	value := 0.0
	for i := range y.chunks {
		x := y.chunks[i].index
		importers, exporters, value = importers.Union(x.importing), exporters.Union(x.exporting), value+x.value
	}
	if want := y.entry.ValueUSD; value != want && (y.exact || math.Abs(value-want) > roundingOf*want) {
		return fmt.Errorf("%v dollars; the manifest says %v", value, want)
	}
	if importers != y.Importers() || exporters != y.Exporters() {
		return errors.New("importers or exporters differ from the manifest's")
	}
	return nil
}

// roundingOf bounds the relative difference of sums of the same values in another order.
const roundingOf = 1e-9

// read finds the slices of a batch that follows product last.
func (c *chunk) read(last string) error {
	codes := c.record.Column(0).(*array.String)
	if codes.Len() == 0 || codes.NullN() != 0 {
		return fmt.Errorf("%d products, %d of them null; expected some and none", codes.Len(), codes.NullN())
	}
	for row := range codes.Len() {
		code := strings.Clone(codes.Value(row))
		if code <= last {
			return fmt.Errorf("product %q after %q; expected ascending order", code, last)
		}
		c.product, last = append(c.product, code), code
	}
	for k, field := range c.record.Schema().Fields()[1:] {
		if err := c.readList(field.Name, c.record.Column(k+1).(*array.List)); err != nil {
			return fmt.Errorf("column %s: %w", field.Name, err)
		}
	}
	return nil
}

// listValues returns the items of a column of lists. offsets is where the lists begin: found in the first column, the
// same in those that follow.
func listValues(list *array.List, rows int, offsets *[]int32) (arrow.Array, error) {
	got, values := list.Offsets()[:rows+1], list.ListValues()
	if *offsets == nil {
		if err := checkOffsets(got); err != nil {
			return nil, err
		}
		*offsets = slices.Clone(got)
	}
	if n := int(got[rows]); !slices.Equal(got, *offsets) || values.Len() != n {
		return nil, errors.New("its lists differ in length from the other columns'")
	}
	if list.NullN() != 0 {
		return nil, fmt.Errorf("%d null lists; expected none", list.NullN())
	}
	return values, nil
}

func (c *chunk) readList(name string, list *array.List) error {
	values, err := listValues(list, len(c.product), &c.offsets)
	if err != nil {
		return err
	}
	if values.NullN() != 0 && name != "quantity" {
		return fmt.Errorf("%d null items; expected none", values.NullN())
	}
	switch name {
	case "importer":
		c.importer = values.(*array.Uint16).Uint16Values()
	case "exporter":
		c.exporter = values.(*array.Uint16).Uint16Values()
	case "value":
		c.value = values.(*array.Float64).Float64Values()
	case "quantity":
		c.known = values.(*array.Float64)
		c.quantity = c.known.Float64Values()
	}
	return nil
}

func checkOffsets(offsets []int32) error {
	if offsets[0] != 0 {
		return fmt.Errorf("lists begin at item %d, expected 0", offsets[0])
	}
	for row := range len(offsets) - 1 {
		if offsets[row+1] <= offsets[row] {
			return fmt.Errorf("list of row %d is from %d to %d; expected at least one flow", row, offsets[row], offsets[row+1])
		}
	}
	return nil
}

func (y *Year) unmap() error {
	for _, c := range y.chunks {
		c.record.Release()
		if c.index != nil && c.index.record != nil {
			c.index.record.Release()
		}
	}
	y.chunks = nil
	var errs []error
	for _, m := range y.files {
		errs = append(errs, m.release())
	}
	y.files = nil
	return errors.Join(errs...)
}

// changed says that one of the year's files was written to since it was mapped.
func (y *Year) changed() bool { return slices.ContainsFunc(y.files, (*mapped).changed) }

// Len is the number of products with flows.
func (y *Year) Len() int { return y.count }

func (y *Year) at(i int) (*chunk, int) {
	k := sort.SearchInts(y.first, i+1) - 1
	return &y.chunks[k], i - y.first[k]
}

// Product returns the code of product i, 0 ≤ i < Len.
func (y *Year) Product(i int) string {
	c, row := y.at(i)
	return c.product[row]
}

// Flows returns the flows of product i, 0 ≤ i < Len. What is in the file there is compared with its checksums the first time;
// where it is not what was written the question ends with a DamagedError (see fault.Throw).
func (y *Year) Flows(i int) Flows {
	c, row := y.at(i)
	c.verifyRow(row, true)
	return c.flows(row)
}

// Priced is Flows for readers of exporters, values and tonnes: importers are not verified. The index has them too.
func (y *Year) Priced(i int) Flows {
	c, row := y.at(i)
	c.verifyPriced(row)
	return c.flows(row)
}

// Lazy returns the flows and the index of product i for readers of few numbers. Flows, which have no tonnes, are verified where
// they are read: those of an importer by Run of the index, all of them by VerifyValues or, with their importers, by Verify. Before
// that they may be anything.
func (y *Year) Lazy(i int) (Flows, Index) {
	f, x := y.lazy(i), y.Index(i)
	x.lazy, x.row = f.lazy, f.row
	return f, x
}

func (y *Year) lazy(i int) Flows {
	c, row := y.at(i)
	f := c.flows(row)
	f.Quantity, f.lazy, f.row = nil, c, row
	return f
}

func (c *chunk) flows(row int) Flows {
	lo, hi := c.offsets[row], c.offsets[row+1]
	f := Flows{Product: c.product[row], Importer: c.importer[lo:hi:hi], Exporter: c.exporter[lo:hi:hi], Value: c.value[lo:hi:hi]}
	if c.quantity != nil {
		f.Quantity = c.quantity[lo:hi:hi]
	}
	return f
}

// Index returns the index of product i, 0 ≤ i < Len.
func (y *Year) Index(i int) Index {
	c, row := y.at(i)
	switch x := c.index; {
	case x.proved != nil && !x.proved.has(row):
		x.prove(c, row)
	case c.unproved != nil:
		c.checkIndex(row)
	}
	return c.index.of(row, c.offsets[row+1]-c.offsets[row])
}

// Find returns the place of a product.
func (y *Year) Find(product string) (int, bool) {
	i := sort.Search(y.count, func(i int) bool { return y.Product(i) >= product })
	return i, i < y.count && y.Product(i) == product
}

// Exact says that all values are whole dollars and few enough that every sum of them is exact.
func (y *Year) Exact() bool { return y.exact }

// Importers returns the economies that import anything in the year.
func (y *Year) Importers() trade.Set { return trade.SetOf(y.entry.Importers...) }

// Exporters returns the economies that export anything in the year.
func (y *Year) Exporters() trade.Set { return trade.SetOf(y.entry.Exporters...) }
