package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// recordRows is the number of rows of a Parquet file that are judged at a time.
const recordRows = 1 << 16

// parquetFile is an open Parquet file that has the six columns.
type parquetFile struct {
	reader *pqarrow.FileReader
	at     [columns]int
	header header
	closer io.Closer
}

func (m *member) openParquetFile() (_ *parquetFile, err error) {
	source, size, closer, err := m.random()
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("is damaged (%v), fetch it again", p)
		}
		if err != nil {
			closer.Close()
		}
	}()
	raw, err := file.NewParquetReader(io.NewSectionReader(source, 0, size))
	if err != nil {
		return nil, fmt.Errorf("is not a whole Parquet file (%w): it is cut off or damaged, fetch it again", err)
	}
	p := &parquetFile{closer: closer}
	p.reader, err = pqarrow.NewFileReader(raw, pqarrow.ArrowReadProperties{BatchSize: recordRows}, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range raw.MetaData().Schema.NumColumns() {
		names = append(names, strings.ToLower(raw.MetaData().Schema.Column(i).Path()))
	}
	h, err := headerOf(names)
	if err != nil {
		return nil, err
	}
	p.header = h
	for i, c := range h.role {
		if c >= 0 {
			p.at[c] = i
		}
	}
	return p, nil
}

func (m *member) sniffParquet() error {
	p, err := m.openParquetFile()
	if err != nil {
		return m.failed(err)
	}
	return p.closer.Close()
}

// openParquet returns what feeds the rows of a Parquet file to the workers.
func (s *scanner) openParquet(ctx context.Context, m *member) (func(send func(job) error) error, header, error) {
	p, err := m.openParquetFile()
	if err != nil {
		return nil, header{}, err
	}
	return func(send func(job) error) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("is damaged (%v), fetch it again", r)
			}
			err = errors.Join(err, p.closer.Close())
		}()
		wanted := slices.Clone(p.at[:])
		slices.Sort(wanted)
		records, err := p.reader.GetRecordReader(ctx, wanted, nil)
		if err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
		defer records.Release()
		for sequence := 0; records.Next(); sequence++ {
			batch := records.RecordBatch()
			batch.Retain()
			if err := send(job{sequence: sequence, records: batch}); err != nil {
				batch.Release()
				return err
			}
		}
		if err := records.Err(); err != nil && err != io.EOF {
			return fmt.Errorf("cannot be read, it may be damaged: %w", err)
		}
		return nil
	}, p.header, nil
}

// parquetRow is a row of a record batch.
type parquetRow struct {
	columns *[columns]arrow.Array
	at      int
}

func (r *parquetRow) text(c column) string {
	a := r.columns[c]
	if a.IsNull(r.at) {
		return "NULL"
	}
	return a.ValueStr(r.at)
}

func (r *parquetRow) row() string {
	fields := make([]string, columns)
	for c := range fields {
		fields[c] = r.text(column(c))
	}
	return strings.Join(fields, ",")
}

// records judges a batch of rows of a Parquet file. Their lines are row numbers.
func (w *worker) records(batch arrow.RecordBatch) error {
	var cols [columns]arrow.Array
	for i, field := range batch.Schema().Fields() {
		if c := slices.Index(columnNames[:], strings.ToLower(field.Name)); c >= 0 {
			cols[c] = batch.Column(i)
		}
	}
	year, err := wholeColumn(cols[colYear])
	exporter, err2 := wholeColumn(cols[colExporter])
	importer, err3 := wholeColumn(cols[colImporter])
	product, err4 := textColumn(cols[colProduct])
	value, err5 := numberColumn(cols[colValue], toDollars)
	quantity, err6 := numberColumn(cols[colQuantity], 0)
	if err := firstError(err, err2, err3, err4, err5, err6); err != nil {
		return err
	}
	w.parquetRow = parquetRow{columns: &cols}
	n := int(batch.NumRows())
	var f flow
	for at := 0; at < n && w.out.stop == nil; at++ {
		f.year = year(at)
		if !validYear(f.year) {
			f.year = 0
		}
		if !w.wants(f.year) {
			continue
		}
		f.exporter, f.importer, f.product = exporter(at), importer(at), product(at)
		f.value, f.valueState = value(at)
		f.quantity, f.quantityState = quantity(at)
		if f.quantityState == numberText && math.IsNaN(f.quantity) {
			f.quantityState = numberMissing
		}
		w.parquetRow.at = at
		w.take(&f, at+1, &w.parquetRow)
	}
	w.out.lines = n
	return nil
}

// firstError returns the first error, with the name of its column.
func firstError(errs ...error) error {
	for c, err := range errs {
		if err != nil {
			return fmt.Errorf("has a column %s of %w", columnNames[c], err)
		}
	}
	return nil
}

// integerColumn returns what reads an array of whole numbers, or nil when a is not one.
func integerColumn(a arrow.Array) func(int) int64 {
	switch a := a.(type) {
	case *array.Int8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int64:
		return func(i int) int64 { return a.Value(i) }
	case *array.Uint8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint64:
		return func(i int) int64 { return int64(min(a.Value(i), math.MaxInt64)) }
	}
	return nil
}

// floatColumn returns what reads an array of floating point numbers and their width, or nil.
func floatColumn(a arrow.Array) (func(int) float64, int) {
	switch a := a.(type) {
	case *array.Float32:
		return func(i int) float64 { return float64(a.Value(i)) }, 32
	case *array.Float64:
		return a.Value, 64
	}
	return nil, 0
}

// textColumn returns what reads each value of an array as text; a missing one is empty. The bytes hold until the next call.
func textColumn(a arrow.Array) (func(int) []byte, error) {
	var buffer []byte
	var read func(i int) []byte
	if whole := integerColumn(a); whole != nil {
		read = func(i int) []byte { return strconv.AppendInt(buffer[:0], whole(i), 10) }
	} else if float, bits := floatColumn(a); float != nil {
		read = func(i int) []byte { return strconv.AppendFloat(buffer[:0], float(i), 'f', -1, bits) }
	} else {
		switch a := a.(type) {
		case *array.String:
			read = func(i int) []byte { return append(buffer[:0], a.Value(i)...) }
		case *array.LargeString:
			read = func(i int) []byte { return append(buffer[:0], a.Value(i)...) }
		case *array.StringView:
			read = func(i int) []byte { return append(buffer[:0], a.Value(i)...) }
		case *array.Binary:
			read = func(i int) []byte { return append(buffer[:0], a.Value(i)...) }
		case *array.LargeBinary:
			read = func(i int) []byte { return append(buffer[:0], a.Value(i)...) }
		case *array.Decimal128, *array.Decimal256, *array.Decimal32, *array.Decimal64:
			read = func(i int) []byte { return append(buffer[:0], a.ValueStr(i)...) }
		case *array.Dictionary:
			inner, err := textColumn(a.Dictionary())
			if err != nil {
				return nil, err
			}
			read = func(i int) []byte { return inner(a.GetValueIndex(i)) }
		default:
			return nil, fmt.Errorf("type %s; wanted are whole numbers, floating point numbers or text", a.DataType())
		}
	}
	return func(i int) []byte {
		if a.IsNull(i) {
			return nil
		}
		buffer = read(i)
		return trim(buffer)
	}, nil
}

// wholeColumn returns what reads each value as a whole number of at least zero, or -1.
func wholeColumn(a arrow.Array) (func(int) int, error) {
	if whole := integerColumn(a); whole != nil {
		return func(i int) int {
			if n := whole(i); !a.IsNull(i) && n >= 0 && n < 1e9 {
				return int(n)
			}
			return -1
		}, nil
	}
	if float, _ := floatColumn(a); float != nil {
		return func(i int) int {
			if n := float(i); !a.IsNull(i) && n >= 0 && n < 1e9 && n == math.Trunc(n) {
				return int(n)
			}
			return -1
		}, nil
	}
	text, err := textColumn(a)
	return func(i int) int { return economyOf(text(i)) }, err
}

// numberColumn returns what reads each value times 10^shift, which is 0 or toDollars. A float that is not a number comes
// back as itself with the state numberText.
func numberColumn(a arrow.Array, shift int) (func(int) (float64, numberState), error) {
	if float, bits := floatColumn(a); float != nil {
		return func(i int) (float64, numberState) {
			switch v := float(i); {
			case a.IsNull(i):
				return 0, numberMissing
			case math.IsNaN(v) || math.IsInf(v, 0):
				return v, numberText
			case v < 0:
				return 0, numberNegative
			case shift == toDollars:
				return dollarsOf(v, bits)
			case bits == 32:
				return decimal(strconv.AppendFloat(make([]byte, 0, 32), v, 'e', -1, 32), 0)
			default:
				return v, numberOK
			}
		}, nil
	}
	text, err := textColumn(a)
	return func(i int) (float64, numberState) {
		s := text(i)
		if missing(s) {
			return 0, numberMissing
		}
		return decimal(s, shift)
	}, err
}
