package store

import (
	"fmt"
	bitset "math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"chokepoint/trade"
)

// From format 5 on the index of a year has, beside what a scan wants to know, what else takes all flows: what blocs sell inside, and which part of
// exports has a known weight.

// extraSums are these sums of one product.
type extraSums struct {
	inner                    []float64 // by bloc: what its members sell to one another, US dollars
	worldPriced, worldTonnes float64   // of all flows whose weight is known and not 0: US dollars, tonnes
	priced, tonnes           []float64 // the same by exporter, in the order of the index
}

// maxBlocs is how many blocs have bits.
const maxBlocs = 32

// extraIndexer computes the extra sums of one product after another in the same memory.
type extraIndexer struct {
	extraSums
	in             [trade.MaxCode]uint32 // by economy: bits of the blocs that it is a member of
	pricedBy, tons [trade.MaxCode]float64
}

func newExtraIndexer(blocs []trade.Set) *extraIndexer {
	b := &extraIndexer{}
	b.inner = make([]float64, len(blocs))
	for i, set := range blocs {
		for _, c := range set.Codes() {
			b.in[c] |= 1 << i
		}
	}
	return b
}

// add adds up a product, whose exporters are in its index. Sums are in the order of the flows, as those of a reader of the flows are.
func (b *extraIndexer) add(importer, exporter []uint16, value, quantity []float64, exporters []uint16) {
	clear(b.inner)
	for i, v := range value {
		for both := b.in[importer[i]] & b.in[exporter[i]]; both != 0; both &= both - 1 {
			b.inner[bitset.TrailingZeros32(both)] += v
		}
	}
	b.worldPriced, b.worldTonnes, b.priced, b.tonnes = 0, 0, b.priced[:0], b.tonnes[:0]
	for i, q := range quantity {
		if q > 0 {
			b.worldPriced += value[i]
			b.worldTonnes += q
			b.pricedBy[exporter[i]] += value[i]
			b.tons[exporter[i]] += q
		}
	}
	for _, exp := range exporters {
		b.priced, b.tonnes = append(b.priced, b.pricedBy[exp]), append(b.tonnes, b.tons[exp])
		b.pricedBy[exp], b.tons[exp] = 0, 0
	}
}

// Columns of an index beyond those that it has had since format 2.
const (
	innerColumn = 7 + iota
	worldPricedColumn
	worldTonnesColumn
	pricedColumn
	tonnesColumn
)

// extraFields are the columns of extra sums; those of tonnes are absent where none are known.
func extraFields(quantities bool) []arrow.Field {
	numbers := arrow.ListOfNonNullable(arrow.PrimitiveTypes.Float64)
	fields := []arrow.Field{
		{Name: "inner", Type: numbers},
		{Name: "world_priced", Type: arrow.PrimitiveTypes.Float64},
		{Name: "world_tonnes", Type: arrow.PrimitiveTypes.Float64},
		{Name: "priced", Type: numbers},
		{Name: "tonnes", Type: numbers},
	}
	if !quantities {
		fields = fields[:1]
	}
	return fields
}

// appendExtra adds those of a product to the builder of its batch.
func appendExtra(b *array.RecordBuilder, s *extraSums, quantities bool) {
	list := func(column int, values []float64) {
		l := b.Field(column).(*array.ListBuilder)
		l.Append(true)
		l.ValueBuilder().(*array.Float64Builder).AppendValues(values, nil)
	}
	list(innerColumn, s.inner)
	if quantities {
		b.Field(worldPricedColumn).(*array.Float64Builder).Append(s.worldPriced)
		b.Field(worldTonnesColumn).(*array.Float64Builder).Append(s.worldTonnes)
		list(pricedColumn, s.priced)
		list(tonnesColumn, s.tonnes)
	}
}

// extraColumns are the extra sums of a batch.
type extraColumns struct {
	blocs                    int // that inner has a sum of, for each product
	inner                    []float64
	worldPriced, worldTonnes []float64 // nil where no tonnes are known
	priced, tonnes           []float64
}

// readExtra finds the slices of a batch, and checks what keeps extra sums within them.
func (x *indexChunk) readExtra(c *chunk, blocs int) error {
	rows, columns := len(c.product), int(x.record.NumCols())
	if columns <= innerColumn {
		return nil
	}
	if (columns > tonnesColumn) != (c.quantity != nil) {
		return fmt.Errorf("%d columns beside flows with tonnes: %v; expected %d without and %d with", columns, c.quantity != nil, innerColumn+1, tonnesColumn+1)
	}
	x.extra = &extraColumns{blocs: blocs}
	if err := x.readInner(rows); err != nil || columns <= tonnesColumn {
		return err
	}
	return x.readWeighed(rows)
}

// readInner finds the sums of inner trade: as many for each product as there are blocs.
func (x *indexChunk) readInner(rows int) error {
	inner, blocs := x.record.Column(innerColumn).(*array.List), x.extra.blocs
	for row, at := range inner.Offsets()[:rows+1] {
		if int(at) != row*blocs {
			return fmt.Errorf("column inner: list of row %d begins at item %d; expected %d, for %d blocs", row, at, row*blocs, blocs)
		}
	}
	values := inner.ListValues().(*array.Float64)
	if values.Len() != rows*blocs || values.NullN()+inner.NullN() != 0 {
		return fmt.Errorf("column inner: %d items, or some that are null; expected %d", values.Len(), rows*blocs)
	}
	x.extra.inner = values.Float64Values()
	return nil
}

// readWeighed finds the sums of flows of known weight.
func (x *indexChunk) readWeighed(rows int) error {
	for k, to := range []*[]float64{&x.extra.worldPriced, &x.extra.worldTonnes} {
		column := worldPricedColumn + k
		c := x.record.Column(column).(*array.Float64)
		if c.Len() != rows || c.NullN() != 0 {
			return fmt.Errorf("column %s: %d items, %d of them null; expected %d and none", x.record.ColumnName(column), c.Len(), c.NullN(), rows)
		}
		*to = c.Float64Values()
	}
	for k, to := range []*[]float64{&x.extra.priced, &x.extra.tonnes} {
		values, err := x.list(pricedColumn+k, rows, &x.exporters)
		if err != nil {
			return err
		}
		*to = values.(*array.Float64).Float64Values()
	}
	return nil
}

// same says that a product has the sums.
func (b *extraColumns) same(s *extraSums, x *indexChunk, row int) bool {
	if !slices.Equal(b.inner[row*b.blocs:(row+1)*b.blocs], s.inner) {
		return false
	}
	lo, hi := x.exporters[row], x.exporters[row+1]
	return b.priced == nil || b.worldPriced[row] == s.worldPriced && b.worldTonnes[row] == s.worldTonnes && slices.Equal(b.priced[lo:hi], s.priced) && slices.Equal(b.tonnes[lo:hi], s.tonnes)
}

// number proves a number of a column and returns it.
func (x *indexChunk) number(column int, values []float64, i int) float64 {
	from := x.at[indexNumbers[column]].from + 8*i
	x.file.verify(from, from+8)
	return values[i]
}

// hasExtra says that the year has them, and checksums to prove them by.
func (y *Year) hasExtra() bool {
	return len(y.chunks) > 0 && y.chunks[0].index.extra != nil && y.chunks[0].index.proved != nil
}

// Inner gives what the members of a bloc sell to one another of product i, 0 ≤ i < Len, in US dollars, where the files of the year have it: of the
// blocs that came with the program when the year was written, if sums of its values are exact in any order. Members that trade nothing do not count.
func (y *Year) Inner(bloc trade.Set) (of func(i int) float64, ok bool) {
	if !y.exact || !y.hasExtra() {
		return nil, false
	}
	present := y.Importers().Union(y.Exporters())
	at := slices.IndexFunc(y.blocs, func(b trade.Set) bool { return b.Intersect(present) == bloc.Intersect(present) })
	if at < 0 {
		return nil, false
	}
	return func(i int) float64 {
		c, row := y.at(i)
		x := c.index
		return x.number(innerColumn, x.extra.inner, row*x.extra.blocs+at)
	}, true
}

// Weighed is value and weight of flows whose weight is known and not 0.
type Weighed struct{ Value, Tonnes float64 } // US dollars, tonnes

// Weighed gives those of product i, 0 ≤ i < Len, of an exporter and of all, where the files of the year have them.
func (y *Year) Weighed(exporter trade.Code) (of func(i int) (own, world Weighed), ok bool) {
	if !y.hasExtra() {
		return nil, false
	}
	return func(i int) (own, world Weighed) {
		c, row := y.at(i)
		x := c.index
		if x.extra.priced == nil {
			return own, world
		}
		if k, found := slices.BinarySearch(y.Index(i).Exporter, uint16(exporter)); found {
			k += int(x.exporters[row])
			own = Weighed{x.number(pricedColumn, x.extra.priced, k), x.number(tonnesColumn, x.extra.tonnes, k)}
		}
		return own, Weighed{x.number(worldPricedColumn, x.extra.worldPriced, row), x.number(worldTonnesColumn, x.extra.worldTonnes, row)}
	}, true
}

// blocsText writes blocs as the metadata of an index has them: codes of members with blanks between them, blocs with semicolons.
func blocsText(blocs []trade.Set) string {
	var list []string
	for _, set := range blocs {
		var codes []string
		for _, c := range set.Codes() {
			codes = append(codes, strconv.Itoa(int(c)))
		}
		list = append(list, strings.Join(codes, " "))
	}
	return strings.Join(list, ";")
}

// parseBlocs reads what blocsText writes.
func parseBlocs(text string) ([]trade.Set, error) {
	if text == "" {
		return nil, nil
	}
	var blocs []trade.Set
	for part := range strings.SplitSeq(text, ";") {
		var set trade.Set
		for word := range strings.FieldsSeq(part) {
			code, err := strconv.ParseUint(word, 10, 16)
			if err != nil || code == 0 || code >= trade.MaxCode {
				return nil, fmt.Errorf("bloc %d has the member %.20q; expected a code from 1 to %d", len(blocs)+1, word, trade.MaxCode-1)
			}
			set.Add(trade.Code(code))
		}
		if blocs = append(blocs, set); len(blocs) > maxBlocs || set.Len() == 0 {
			return nil, fmt.Errorf("bloc %d has %d members; expected at most %d blocs, each with some", len(blocs), set.Len(), maxBlocs)
		}
	}
	return blocs, nil
}
