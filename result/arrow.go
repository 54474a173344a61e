package result

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var arrowTypes = [...]arrow.DataType{
	Text: arrow.BinaryTypes.String, Int: arrow.PrimitiveTypes.Int64,
	Float: arrow.PrimitiveTypes.Float64, Bool: arrow.FixedWidthTypes.Boolean,
}

// writeArrow writes an Arrow IPC file (Feather, version 2), uncompressed so that every reader opens it: columns, nulls and
// metadata are those of the Parquet rendering.
func writeArrow(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	schema, err := t.arrowSchema()
	if err != nil {
		return err
	}
	file, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
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
			for _, text := range c.texts(from, to) {
				field.Append(text)
			}
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
