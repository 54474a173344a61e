package store

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"chokepoint/trade"
)

// Index holds what a scan wants to know of the flows of one product before it looks at any: where each importer's flows
// are, what it imports, what each economy exports. It is computed once, when the year is written, and lies in a file
// beside the flows, with the same products in the same batches. Like Flows it belongs to the store.
type Index struct {
	Margins
	First []int32 // of each importer, the place of its first flow; the last one's end with the flows
	flows int32
	lazy  *chunk // of an index whose flows are verified where they are read
	row   int    // in it
}

// Margins is what economies import and export of one product in one year.
type Margins struct {
	Importer []uint16  // economies that import the product, ascending
	Imports  []float64 // of each, US dollars
	Exporter []uint16  // economies that export the product, ascending
	Exports  []float64 // of each, US dollars
	World    float64   // exports of all
}

// Clone is a copy that stays valid.
func (m Margins) Clone() Margins {
	m.Importer, m.Imports, m.Exporter, m.Exports = slices.Clone(m.Importer), slices.Clone(m.Imports), slices.Clone(m.Exporter), slices.Clone(m.Exports)
	return m
}

// Run returns the places of the flows of importer i: from lo up to, without, hi. The exporters and values of an index that Lazy
// gave are verified.
func (x *Index) Run(i int) (lo, hi int32) {
	lo, hi = x.First[i], x.Next(i)
	if x.lazy != nil {
		x.lazy.verifyRun(x.row, i, lo, hi)
	}
	return lo, hi
}

// Next returns the place after the last flow of importer i.
func (x *Index) Next(i int) int32 {
	if i+1 < len(x.First) {
		return x.First[i+1]
	}
	return x.flows
}

// IndexOf computes the index of the flows of one product, which are sorted by importer, then exporter.
func IndexOf(importer, exporter []uint16, value []float64) Index {
	var x indexer
	x.add(importer, exporter, value)
	return x.Index
}

func (x *Index) equal(o *Index) bool {
	return x.World == o.World && x.flows == o.flows && slices.Equal(x.Importer, o.Importer) && slices.Equal(x.First, o.First) &&
		slices.Equal(x.Imports, o.Imports) && slices.Equal(x.Exporter, o.Exporter) && slices.Equal(x.Exports, o.Exports)
}

// indexer computes one index after another in the same memory. Sums are added up in the order of the flows, and the
// world's in the order of exporters.
type indexer struct {
	Index
	exports [trade.MaxCode]float64
}

func (x *indexer) add(importer, exporter []uint16, value []float64) {
	x.Importer, x.First, x.Imports, x.Exporter, x.Exports, x.World = x.Importer[:0], x.First[:0], x.Imports[:0], x.Exporter[:0], x.Exports[:0], 0
	x.flows = int32(len(value))
	last := uint16(0)
	for i, v := range value {
		if imp := importer[i]; imp != last {
			x.Importer, x.First, x.Imports = append(x.Importer, imp), append(x.First, int32(i)), append(x.Imports, 0)
			last = imp
		}
		x.Imports[len(x.Imports)-1] += v
		exp := exporter[i]
		if x.exports[exp] == 0 {
			x.Exporter = append(x.Exporter, exp)
		}
		x.exports[exp] += v
	}
	slices.Sort(x.Exporter)
	for _, exp := range x.Exporter {
		x.Exports = append(x.Exports, x.exports[exp])
		x.World += x.exports[exp]
		x.exports[exp] = 0
	}
}

// indexSchema returns the columns of the index of a year, with the blocs whose inner trade is in it.
func indexSchema(year int, quantities bool, blocs []trade.Set) *arrow.Schema {
	meta := arrow.MetadataFrom(map[string]string{
		"chokepoint.format": "5", "chokepoint.year": strconv.Itoa(year), "chokepoint.value": "US dollars", "chokepoint.blocs": blocsText(blocs),
	})
	return arrow.NewSchema(append(oldIndexSchema(year).Fields(), extraFields(quantities)...), &meta)
}

// oldIndexSchema returns the columns of an index of formats 2 to 4.
func oldIndexSchema(year int) *arrow.Schema {
	meta := arrow.MetadataFrom(map[string]string{
		"chokepoint.format": "2", "chokepoint.year": strconv.Itoa(year), "chokepoint.value": "US dollars",
	})
	return arrow.NewSchema([]arrow.Field{
		{Name: "product", Type: arrow.BinaryTypes.String},
		{Name: "world", Type: arrow.PrimitiveTypes.Float64},
		{Name: "importer", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Uint16)},
		{Name: "first", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Int32)},
		{Name: "imports", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float64)},
		{Name: "exporter", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Uint16)},
		{Name: "exports", Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float64)},
	}, &meta)
}

// appendIndex adds a product's index to the builder of its batch.
func appendIndex(b *array.RecordBuilder, product string, x *Index) {
	b.Field(0).(*array.StringBuilder).Append(product)
	b.Field(1).(*array.Float64Builder).Append(x.World)
	list := func(field int) array.Builder {
		l := b.Field(field).(*array.ListBuilder)
		l.Append(true)
		return l.ValueBuilder()
	}
	list(2).(*array.Uint16Builder).AppendValues(x.Importer, nil)
	list(3).(*array.Int32Builder).AppendValues(x.First, nil)
	list(4).(*array.Float64Builder).AppendValues(x.Imports, nil)
	list(5).(*array.Uint16Builder).AppendValues(x.Exporter, nil)
	list(6).(*array.Float64Builder).AppendValues(x.Exports, nil)
}

// indexChunk is one record batch of an index, or the indexes of a batch of a year that was written without.
type indexChunk struct {
	record    arrow.RecordBatch
	computed  []Index // instead of what follows
	world     []float64
	importers []int32 // offsets
	exporters []int32 // offsets
	importer  []uint16
	first     []int32
	imports   []float64
	exporter  []uint16
	exports   []float64

	file   *mapped // of an index whose products are proved when they are read
	at     buffers
	proved bits // by product

	extra *extraColumns // nil before format 5

	importing, exporting trade.Set // economies that are in it
	value                float64   // of all products
}

// prove compares the index of a product with its checksums, and checks what keeps Index within the flows of c.
func (x *indexChunk) prove(c *chunk, row int) {
	world := x.at[indexNumbers[1]].from
	x.file.verify(world+8*row, world+8*row+8)
	for k, bytes := range []int{2, 4, 8, 2, 8} { // importer, first, imports, exporter, exports
		offsets := x.importers
		if k >= 3 {
			offsets = x.exporters
		}
		from := x.at[indexNumbers[k+2]].from
		x.file.verify(from+bytes*int(offsets[row]), from+bytes*int(offsets[row+1]))
	}
	if err := x.checkRow(c, row); err != nil {
		x.file.throw(fmt.Sprintf("product %s: %v", c.product[row], err))
	}
	x.proved.add(row)
}

// checkRow makes sure that runs lie within the flows of the product and that codes fit tables by economy.
func (x *indexChunk) checkRow(c *chunk, row int) error {
	if err := checkRuns(x.first[x.importers[row]:x.importers[row+1]], c.offsets[row+1]-c.offsets[row]); err != nil {
		return err
	}
	all := uint16(0)
	for _, codes := range [][]uint16{x.importer[x.importers[row]:x.importers[row+1]], x.exporter[x.exporters[row]:x.exporters[row+1]]} {
		for _, code := range codes {
			if all |= code; code == 0 {
				return errors.New("economy 0 in its index")
			}
		}
	}
	if all >= trade.MaxCode {
		return fmt.Errorf("an economy above %d in its index", trade.MaxCode-1)
	}
	return nil
}

// checkRuns makes sure that importers have their flows one after another, of so many.
func checkRuns(first []int32, flows int32) error {
	last, wrong := int64(-1), int64(0) // wrong is negative if any does not ascend
	for _, at := range first {
		wrong |= int64(at) - last - 1
		last = int64(at)
	}
	if len(first) > 0 && (first[0] != 0 || wrong < 0 || last >= int64(flows)) {
		return fmt.Errorf("flows of importers begin at %d of %d; expected ascending places from 0", first, flows)
	}
	return nil
}

// computeIndex indexes a batch of flows in memory.
func computeIndex(c *chunk) *indexChunk {
	index := &indexChunk{}
	for row := range c.product {
		f := c.flows(row)
		x := IndexOf(f.Importer, f.Exporter, f.Value)
		index.computed = append(index.computed, x)
		index.value += x.World
		importing, _ := setOf(x.Importer) // codes of flows that were checked
		exporting, _ := setOf(x.Exporter)
		index.importing, index.exporting = index.importing.Union(importing), index.exporting.Union(exporting)
	}
	return index
}

// read finds the slices of the batch and checks what keeps Index within them and within the flows of c.
func (x *indexChunk) read(c *chunk, blocs int) error {
	codes, world := x.record.Column(0).(*array.String), x.record.Column(1).(*array.Float64)
	if codes.Len() != len(c.product) || codes.NullN()+world.NullN() != 0 {
		return fmt.Errorf("%d products, some of them null: %v; the flows have %d", codes.Len(), codes.NullN()+world.NullN() != 0, len(c.product))
	}
	for row, product := range c.product {
		if codes.Value(row) != product {
			return fmt.Errorf("row %d is product %q, that of the flows %q", row, codes.Value(row), product)
		}
	}
	x.world = world.Float64Values()
	for k, field := range x.record.Schema().Fields()[2:innerColumn] {
		offsets := &x.importers
		if k >= 3 {
			offsets = &x.exporters
		}
		values, err := x.list(k+2, len(c.product), offsets)
		if err != nil {
			return err
		}
		switch field.Name {
		case "importer":
			x.importer = values.(*array.Uint16).Uint16Values()
		case "first":
			x.first = values.(*array.Int32).Int32Values()
		case "imports":
			x.imports = values.(*array.Float64).Float64Values()
		case "exporter":
			x.exporter = values.(*array.Uint16).Uint16Values()
		case "exports":
			x.exports = values.(*array.Float64).Float64Values()
		}
	}
	return x.readExtra(c, blocs)
}

// list returns the items of a column of lists, none of which is null; see listValues.
func (x *indexChunk) list(column, rows int, offsets *[]int32) (arrow.Array, error) {
	values, err := listValues(x.record.Column(column).(*array.List), rows, offsets)
	if err == nil && values.NullN() != 0 {
		err = fmt.Errorf("%d null items; expected none", values.NullN())
	}
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", x.record.ColumnName(column), err)
	}
	return values, nil
}

// check makes sure that every run lies within the flows of its product and that codes fit tables by economy. It finds what the
// manifest says of the year.
func (x *indexChunk) check(c *chunk) error {
	for row := range c.product {
		if err := checkRuns(x.first[x.importers[row]:x.importers[row+1]], c.offsets[row+1]-c.offsets[row]); err != nil {
			return fmt.Errorf("row %d: %w", row, err)
		}
	}
	var err error
	if x.importing, err = setOf(x.importer); err != nil {
		return err
	}
	if x.exporting, err = setOf(x.exporter); err != nil {
		return err
	}
	for _, world := range x.world {
		x.value += world
	}
	return nil
}

// setOf is the set of codes that may be many times in a list.
func setOf(codes []uint16) (set trade.Set, err error) {
	var in [trade.MaxCode]bool
	var all uint16
	for _, code := range codes {
		all |= code
		in[code&(trade.MaxCode-1)] = true
	}
	if all >= trade.MaxCode || in[0] { // MaxCode is a power of two
		return set, fmt.Errorf("economies %d to %d; codes are 1 to %d", slices.Min(codes), slices.Max(codes), trade.MaxCode-1)
	}
	for code, is := range in {
		if is {
			set.Add(trade.Code(code))
		}
	}
	return set, nil
}

// of returns the index of the product in a row whose flows are so many.
func (x *indexChunk) of(row int, flows int32) Index {
	if x.computed != nil {
		return x.computed[row]
	}
	i, j := x.importers[row], x.importers[row+1]
	k, l := x.exporters[row], x.exporters[row+1]
	margins := Margins{Importer: x.importer[i:j:j], Imports: x.imports[i:j:j], Exporter: x.exporter[k:l:l], Exports: x.exports[k:l:l], World: x.world[row]}
	return Index{Margins: margins, First: x.first[i:j:j], flows: flows}
}
