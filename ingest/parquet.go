package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// recordRows is the number of rows of a Parquet file that are judged at a time.
const recordRows = 1 << 16

// parquetFile is an open Parquet file that has the six columns.
type parquetFile struct {
	file   *parquet.File
	leaves [columns]parquet.LeafColumn
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
	p := &parquetFile{closer: closer}
	p.file, err = parquet.OpenFile(io.NewSectionReader(source, 0, size), size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("is not a whole Parquet file (%w): it is cut off or damaged, fetch it again", err)
	}
	paths := p.file.Schema().Columns()
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = strings.ToLower(strings.Join(path, "."))
	}
	if p.header, err = headerOf(names); err != nil {
		return nil, err
	}
	for i, c := range p.header.role {
		if c < 0 {
			continue
		}
		leaf, ok := p.file.Schema().Lookup(paths[i]...)
		if !ok || leaf.MaxRepetitionLevel > 0 {
			return nil, fmt.Errorf("has a column %s of lists; expected whole numbers, floating point numbers or text", columnNames[c])
		}
		p.leaves[c] = leaf
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
		sequence := 0
		for _, group := range p.file.RowGroups() {
			if err := p.readGroup(ctx, group, func(rows *parquetRows) error {
				sequence++
				return send(job{sequence: sequence - 1, records: rows})
			}); err != nil {
				return err
			}
		}
		return nil
	}, p.header, nil
}

// readGroup hands on the rows of a row group.
func (p *parquetFile) readGroup(ctx context.Context, group parquet.RowGroup, send func(*parquetRows) error) (err error) {
	var chunks [columns]*chunkReader
	for c := range chunks {
		chunks[c] = &chunkReader{pages: group.ColumnChunks()[p.leaves[c].ColumnIndex].Pages()}
		defer func() { err = errors.Join(err, chunks[c].close()) }()
	}
	for done := int64(0); done < group.NumRows(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := int(min(recordRows, group.NumRows()-done))
		rows := &parquetRows{file: p, rows: n}
		for c, chunk := range chunks {
			if rows.columns[c], err = chunk.read(n); err != nil {
				return fmt.Errorf("cannot be read, it may be damaged: column %s: %w", columnNames[c], err)
			}
		}
		if err := send(rows); err != nil {
			return err
		}
		done += int64(n)
	}
	return nil
}

// chunkReader reads the values of one column in a row group, page after page.
type chunkReader struct {
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buffer [1024]parquet.Value
}

// read gives the next n values. Their bytes are copied, so that they outlive the page.
func (r *chunkReader) read(n int) ([]parquet.Value, error) {
	list := make([]parquet.Value, 0, n)
	var bytes []byte
	for len(list) < n {
		if r.values == nil {
			page, err := r.pages.ReadPage()
			if err == io.EOF {
				return nil, fmt.Errorf("it has fewer rows than the file says: %w", io.ErrUnexpectedEOF)
			}
			if err != nil {
				return nil, err
			}
			r.page, r.values = page, page.Values()
		}
		got, err := r.values.ReadValues(r.buffer[:min(len(r.buffer), n-len(list))])
		for _, v := range r.buffer[:got] {
			if k := v.Kind(); k == parquet.ByteArray || k == parquet.FixedLenByteArray {
				from := len(bytes)
				bytes = append(bytes, v.ByteArray()...) // values before keep the array that they point to
				v = parquet.ByteArrayValue(bytes[from:len(bytes):len(bytes)])
			}
			list = append(list, v)
		}
		switch {
		case err == io.EOF || err == nil && got == 0:
			parquet.Release(r.page)
			r.page, r.values = nil, nil
		case err != nil:
			return nil, err
		}
	}
	return list, nil
}

func (r *chunkReader) close() error {
	parquet.Release(r.page)
	return r.pages.Close()
}

// parquetRows are some rows of a Parquet file.
type parquetRows struct {
	file    *parquetFile
	columns [columns][]parquet.Value
	rows    int
}

// parquetRow is one of them.
type parquetRow struct {
	rows *parquetRows
	at   int
}

func (r *parquetRow) text(c column) string {
	v := r.rows.columns[c][r.at]
	if v.IsNull() {
		return "NULL"
	}
	read, err := textColumn(r.rows.file.leaves[c].Node.Type(), r.rows.columns[c])
	if err != nil {
		return v.String()
	}
	return string(read(r.at))
}

func (r *parquetRow) row() string {
	fields := make([]string, columns)
	for c := range fields {
		fields[c] = r.text(column(c))
	}
	return strings.Join(fields, ",")
}

// records judges some rows of a Parquet file. Their lines are row numbers.
func (w *worker) records(rows *parquetRows) error {
	typeOf := func(c column) parquet.Type { return rows.file.leaves[c].Node.Type() }
	year, err := wholeColumn(typeOf(colYear), rows.columns[colYear])
	exporter, err2 := wholeColumn(typeOf(colExporter), rows.columns[colExporter])
	importer, err3 := wholeColumn(typeOf(colImporter), rows.columns[colImporter])
	product, err4 := textColumn(typeOf(colProduct), rows.columns[colProduct])
	value, err5 := numberColumn(typeOf(colValue), rows.columns[colValue], toDollars)
	quantity, err6 := numberColumn(typeOf(colQuantity), rows.columns[colQuantity], 0)
	if err := firstError(err, err2, err3, err4, err5, err6); err != nil {
		return err
	}
	w.parquetRow = parquetRow{rows: rows}
	var f flow
	for at := 0; at < rows.rows && w.out.stop == nil; at++ {
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
	w.out.lines = rows.rows
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

// integerColumn returns what reads whole numbers, or nil when the column holds something else.
func integerColumn(t parquet.Type, values []parquet.Value) func(int) int64 {
	signed := true
	if logical := t.LogicalType(); logical != nil && *logical != (format.LogicalType{}) {
		if logical.Integer == nil {
			return nil
		}
		signed = logical.Integer.IsSigned
	}
	switch kind := t.Kind(); {
	case kind == parquet.Int32 && signed:
		return func(i int) int64 { return int64(values[i].Int32()) }
	case kind == parquet.Int32:
		return func(i int) int64 { return int64(values[i].Uint32()) }
	case kind == parquet.Int64 && signed:
		return func(i int) int64 { return values[i].Int64() }
	case kind == parquet.Int64:
		return func(i int) int64 { return int64(min(values[i].Uint64(), math.MaxInt64)) }
	}
	return nil
}

// floatColumn returns what reads floating point numbers and their width, or nil.
func floatColumn(t parquet.Type, values []parquet.Value) (func(int) float64, int) {
	switch t.Kind() {
	case parquet.Float:
		return func(i int) float64 { return float64(values[i].Float()) }, 32
	case parquet.Double:
		return func(i int) float64 { return values[i].Double() }, 64
	}
	return nil, 0
}

// maxDigits is the largest precision of decimals that is in use, and decimalBytes what they take: a file may claim anything.
const (
	maxDigits    = 76
	decimalBytes = 32
)

// decimalColumn returns what reads decimal numbers as text, or nil.
func decimalColumn(t parquet.Type, values []parquet.Value) func(int) []byte {
	logical := t.LogicalType()
	if logical == nil || logical.Decimal == nil || logical.Decimal.Scale < 0 || logical.Decimal.Scale > maxDigits {
		return nil
	}
	return func(i int) []byte {
		if values[i].Kind() >= parquet.ByteArray && len(values[i].ByteArray()) > decimalBytes {
			return []byte("a number of more than 76 digits")
		}
		return decimalText(unscaled(values[i]), int(logical.Decimal.Scale))
	}
}

// unscaled reads the whole number of a decimal: in bytes it stands in two's complement, the highest first.
func unscaled(v parquet.Value) *big.Int {
	switch v.Kind() {
	case parquet.Int32:
		return big.NewInt(int64(v.Int32()))
	case parquet.Int64:
		return big.NewInt(v.Int64())
	}
	raw := v.ByteArray()
	n := new(big.Int).SetBytes(raw)
	if len(raw) > 0 && raw[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
	}
	return n
}

// decimalText writes n / 10^scale.
func decimalText(n *big.Int, scale int) []byte {
	digits := new(big.Int).Abs(n).String()
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if n.Sign() < 0 {
		digits = "-" + digits
	}
	return []byte(digits)
}

// isText says whether a column of bytes holds text.
func isText(t parquet.Type) bool {
	if t.Kind() != parquet.ByteArray {
		return false
	}
	logical := t.LogicalType()
	return logical == nil || *logical == (format.LogicalType{}) || logical.UTF8 != nil || logical.Enum != nil
}

// textColumn returns what reads each value of a column as text; a missing one is empty. The bytes hold until the next call.
func textColumn(t parquet.Type, values []parquet.Value) (func(int) []byte, error) {
	var buffer []byte
	var read func(i int) []byte
	float, bits := floatColumn(t, values)
	if whole := integerColumn(t, values); whole != nil {
		read = func(i int) []byte { return strconv.AppendInt(buffer[:0], whole(i), 10) }
	} else if float != nil {
		read = func(i int) []byte { return strconv.AppendFloat(buffer[:0], float(i), 'f', -1, bits) }
	} else if isText(t) {
		read = func(i int) []byte { return append(buffer[:0], values[i].ByteArray()...) }
	} else if read = decimalColumn(t, values); read == nil {
		return nil, fmt.Errorf("type %s; expected whole numbers, floating point numbers or text", strings.ToLower(t.String()))
	}
	return func(i int) []byte {
		if values[i].IsNull() {
			return nil
		}
		buffer = read(i)
		return trim(buffer)
	}, nil
}

// wholeColumn returns what reads each value as a whole number of at least zero, or -1.
func wholeColumn(t parquet.Type, values []parquet.Value) (func(int) int, error) {
	if whole := integerColumn(t, values); whole != nil {
		return func(i int) int {
			if n := whole(i); !values[i].IsNull() && n >= 0 && n < 1e9 {
				return int(n)
			}
			return -1
		}, nil
	}
	if float, _ := floatColumn(t, values); float != nil {
		return func(i int) int {
			if n := float(i); !values[i].IsNull() && n >= 0 && n < 1e9 && n == math.Trunc(n) {
				return int(n)
			}
			return -1
		}, nil
	}
	text, err := textColumn(t, values)
	return func(i int) int { return economyOf(text(i)) }, err
}

// numberColumn returns what reads each value times 10^shift, which is 0 or toDollars. A float that is not a number comes
// back as itself with the state numberText.
func numberColumn(t parquet.Type, values []parquet.Value, shift int) (func(int) (float64, numberState), error) {
	if float, bits := floatColumn(t, values); float != nil {
		return func(i int) (float64, numberState) {
			switch v := float(i); {
			case values[i].IsNull():
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
	text, err := textColumn(t, values)
	return func(i int) (float64, numberState) {
		s := text(i)
		if missing(s) {
			return 0, numberMissing
		}
		return decimal(s, shift)
	}, err
}
