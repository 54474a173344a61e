package store

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"chokepoint/trade"
)

// Flows are the flows of one product in one year, sorted by importer, then exporter. The slices have the same length
// and belong to the store: they must not be written to, and are valid until the dataset is closed.
type Flows struct {
	Product            string
	Importer, Exporter []uint16  // BACI codes
	Value              []float64 // US dollars, > 0
	Quantity           []float64 // tonnes, NaN where unknown; nil in years without any
}

// Year is the flows of one year, mapped into memory. It is safe for concurrent use.
type Year struct {
	entry   *YearEntry
	chunks  []chunk
	first   []int // index of the first product of each chunk
	count   int
	release func() error
}

// chunk is one record batch.
type chunk struct {
	record             arrow.RecordBatch
	product            []string // copies: codes are kept in answers, which may outlive the mapping
	offsets            []int32
	importer, exporter []uint16
	value, quantity    []float64
	known              *array.Float64 // quantity with its nulls
}

// schema returns the columns of a year. It is part of the format, as are the names and order of the metadata.
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
		"chokepoint.format": strconv.Itoa(FormatVersion), "chokepoint.year": strconv.Itoa(year),
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
	if want := schema(year, got.NumFields() == 5); !got.Equal(want) {
		return fmt.Errorf("columns are %v; want %v", got.Fields(), want.Fields())
	}
	return nil
}

func openYear(path string, entry *YearEntry) (*Year, error) {
	data, release, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	y := &Year{entry: entry, release: release}
	if err := y.read(data); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w; run `chokepoint datasets verify`", path, err), y.unmap())
	}
	return y, nil
}

// read finds the slices of each batch, and checks what keeps Flows within them. A damaged file makes arrow-go panic in
// places, which becomes an error here.
func (y *Year) read(data []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged Arrow file: %v", r)
		}
	}()
	if err := checkMetadata(data); err != nil {
		return err
	}
	r, err := ipc.NewMappedFileReader(data)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := checkSchema(r.Schema(), y.entry.Year); err != nil {
		return err
	}
	last := ""
	for i := range r.NumRecords() {
		record, err := r.RecordBatchAt(i)
		if err != nil {
			return err
		}
		y.first = append(y.first, y.count)
		y.chunks = append(y.chunks, chunk{record: record})
		c := &y.chunks[i]
		if err := c.read(last); err != nil {
			return fmt.Errorf("batch %d: %w", i, err)
		}
		last = c.product[len(c.product)-1]
		y.count += len(c.product)
	}
	return nil
}

// read finds the slices of a batch that follows product last.
func (c *chunk) read(last string) error {
	codes := c.record.Column(0).(*array.String)
	if codes.Len() == 0 || codes.NullN() != 0 {
		return fmt.Errorf("%d products, %d of them null; want some and none", codes.Len(), codes.NullN())
	}
	for row := range codes.Len() {
		code := strings.Clone(codes.Value(row))
		if code <= last {
			return fmt.Errorf("product %q after %q; want ascending order", code, last)
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

func (c *chunk) readList(name string, list *array.List) error {
	offsets, values := list.Offsets()[:len(c.product)+1], list.ListValues()
	if c.offsets == nil {
		if err := checkOffsets(offsets); err != nil {
			return err
		}
		c.offsets = offsets
	}
	if n := int(offsets[len(offsets)-1]); !slices.Equal(offsets, c.offsets) || values.Len() != n {
		return errors.New("its lists differ in length from the other columns'")
	}
	if list.NullN() != 0 || values.NullN() != 0 && name != "quantity" {
		return fmt.Errorf("%d null lists, %d null items; want none", list.NullN(), values.NullN())
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
		return fmt.Errorf("lists begin at item %d, want 0", offsets[0])
	}
	for row := range len(offsets) - 1 {
		if offsets[row+1] <= offsets[row] {
			return fmt.Errorf("list of row %d is from %d to %d; want at least one flow", row, offsets[row], offsets[row+1])
		}
	}
	return nil
}

func (y *Year) unmap() error {
	for _, c := range y.chunks {
		c.record.Release()
	}
	y.chunks = nil
	return y.release()
}

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

// Flows returns the flows of product i, 0 ≤ i < Len.
func (y *Year) Flows(i int) Flows {
	c, row := y.at(i)
	lo, hi := c.offsets[row], c.offsets[row+1]
	f := Flows{Product: c.product[row], Importer: c.importer[lo:hi:hi], Exporter: c.exporter[lo:hi:hi], Value: c.value[lo:hi:hi]}
	if c.quantity != nil {
		f.Quantity = c.quantity[lo:hi:hi]
	}
	return f
}

// Find returns the index of a product.
func (y *Year) Find(product string) (int, bool) {
	i := sort.Search(y.count, func(i int) bool { return y.Product(i) >= product })
	return i, i < y.count && y.Product(i) == product
}

// Importers returns the economies that import anything in the year.
func (y *Year) Importers() trade.Set { return trade.SetOf(y.entry.Importers...) }

// Exporters returns the economies that export anything in the year.
func (y *Year) Exporters() trade.Set { return trade.SetOf(y.entry.Exporters...) }
