package result

import (
	"bytes"
	"encoding/base64"
	"io"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go"
)

// provenanceKey is the key of a Parquet or Arrow file's metadata under which the same JSON stands as in the file beside a CSV.
const provenanceKey = "chokepoint.provenance"

// arrowSchemaKey is the key under which readers that know Arrow look for the metadata of columns: here units and descriptions.
const arrowSchemaKey = "ARROW:schema"

// rowGroup is the number of rows that are compressed at a time.
const rowGroup = 1 << 17

// writeParquet writes a Zstandard-compressed file. Text is dictionary encoded, missing numbers are nulls, infinities are
// infinities.
func writeParquet(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	metadata, err := t.parquetMetadata()
	if err != nil {
		return err
	}
	options := []parquet.WriterOption{t.parquetSchema(), parquet.Compression(&parquet.Zstd), parquet.CreatedBy("chokepoint", "", "")}
	for key, value := range metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	file := parquet.NewWriter(w, options...)
	for from := 0; from < t.Rows(); from += rowGroup {
		to := min(from+rowGroup, t.Rows())
		for i, c := range t.Columns {
			if _, err := file.ColumnWriters()[i].WriteRowValues(c.parquetValues(i, from, to)); err != nil {
				return err
			}
		}
		if err := file.Flush(); err != nil {
			return err
		}
	}
	return file.Close()
}

// parquetMetadata is what stands beside the columns.
func (t *Table) parquetMetadata() (map[string]string, error) {
	schema, err := t.arrowSchema()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	payload := ipc.GetSchemaPayload(schema, memory.DefaultAllocator)
	defer payload.Release()
	if _, err := payload.WritePayload(&b); err != nil {
		return nil, err
	}
	provenance, _ := schema.Metadata().GetValue(provenanceKey)
	return map[string]string{provenanceKey: provenance, arrowSchemaKey: base64.StdEncoding.EncodeToString(b.Bytes())}, nil
}

// columnsInOrder is a group of columns in the order of the table; parquet.Group sorts them by name.
type columnsInOrder struct {
	parquet.Group
	fields []parquet.Field
}

// Fields implements parquet.Node.
func (g columnsInOrder) Fields() []parquet.Field { return g.fields }

func (t *Table) parquetSchema() *parquet.Schema {
	root := columnsInOrder{Group: parquet.Group{}}
	for _, c := range t.Columns {
		root.Group[c.Name] = c.parquetNode()
		root.fields = append(root.fields, parquet.Group{c.Name: c.parquetNode()}.Fields()[0])
	}
	return parquet.NewSchema("schema", root)
}

func (c *Column) parquetNode() parquet.Node {
	switch c.Type {
	case Text:
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	case Int:
		return parquet.Optional(parquet.Leaf(parquet.Int64Type))
	case Float:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	default:
		return parquet.Leaf(parquet.BooleanType)
	}
}

// parquetValues gives rows of c, which is column i, as the library wants them.
func (c *Column) parquetValues(i, from, to int) []parquet.Value {
	values := make([]parquet.Value, 0, to-from)
	switch c.Type {
	case Text:
		for _, v := range c.texts(from, to) {
			values = append(values, parquet.ByteArrayValue([]byte(v)).Level(0, 0, i))
		}
	case Int:
		for row := from; row < to; row++ {
			values = append(values, c.optional(row, i, parquet.Int64Value(c.Int[row])))
		}
	case Float:
		for row := from; row < to; row++ {
			values = append(values, c.optional(row, i, parquet.DoubleValue(c.Float[row])))
		}
	default:
		for _, v := range c.Bool[from:to] {
			values = append(values, parquet.BooleanValue(v).Level(0, 0, i))
		}
	}
	return values
}

// optional is the number of a row of c, which is column i, or null where it is missing.
func (c *Column) optional(row, i int, number parquet.Value) parquet.Value {
	if c.IsMissing(row) {
		return parquet.NullValue().Level(0, 0, i)
	}
	return number.Level(0, 1, i)
}
