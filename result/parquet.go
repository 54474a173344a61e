package result

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// provenanceKey is the key of a Parquet file's metadata under which the same
// JSON stands as in the file beside a CSV.
const provenanceKey = "chokepoint.provenance"

// rowGroup is the number of rows that are compressed at a time.
const rowGroup = 1 << 17

var arrowTypes = [...]arrow.DataType{
	Text: arrow.BinaryTypes.String, Int: arrow.PrimitiveTypes.Int64,
	Float: arrow.PrimitiveTypes.Float64, Bool: arrow.FixedWidthTypes.Boolean,
}

// writeParquet writes a Zstandard-compressed file. Text is dictionary encoded,
// missing numbers are nulls, infinities are infinities.
func writeParquet(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	schema, err := t.arrowSchema()
	if err != nil {
		return err
	}
	options := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithDictionaryDefault(false),
		parquet.WithCreatedBy("chokepoint"),
	}
	for _, c := range t.Columns {
		if c.Type == Text {
			// The name is one step of a path, also when it contains a dot.
			options = append(options, parquet.WithDictionaryPath(parquet.ColumnPath{c.Name}, true))
		}
	}
	// The Parquet library closes a writer that can be closed; w is not ours.
	file, err := pqarrow.NewFileWriter(schema, struct{ io.Writer }{w},
		parquet.NewWriterProperties(options...), pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return err
	}
	for from := 0; from < t.Rows(); from += rowGroup {
		batch := t.arrowBatch(schema, from, min(from+rowGroup, t.Rows()))
		err := file.Write(batch)
		batch.Release()
		if err != nil {
			_ = file.Close()
			return err
		}
	}
	return file.Close()
}

func (t *Table) arrowSchema() (*arrow.Schema, error) {
	text, err := appendJSON(nil, t.head())
	if err != nil {
		return nil, err
	}
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = arrow.Field{
			Name: c.Name, Type: arrowTypes[c.Type], Nullable: c.Type == Float || c.Type == Int,
			Metadata: arrow.NewMetadata([]string{"unit", "description"}, []string{c.Unit, c.Description}),
		}
	}
	metadata := arrow.NewMetadata([]string{provenanceKey}, []string{string(text)})
	return arrow.NewSchema(fields, &metadata), nil
}

func (t *Table) arrowBatch(schema *arrow.Schema, from, to int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i, c := range t.Columns {
		switch field := b.Field(i).(type) {
		case *array.StringBuilder:
			field.AppendValues(c.Text[from:to], nil)
		case *array.Int64Builder:
			field.AppendValues(c.Int[from:to], c.present(from, to))
		case *array.BooleanBuilder:
			field.AppendValues(c.Bool[from:to], nil)
		case *array.Float64Builder:
			field.AppendValues(c.Float[from:to], c.present(from, to))
		}
	}
	return b.NewRecordBatch()
}

// present says of some rows which have a value.
func (c *Column) present(from, to int) []bool {
	list := make([]bool, to-from)
	for i := range list {
		list[i] = !c.IsMissing(from + i)
	}
	return list
}
