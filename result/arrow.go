package result

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow/ipc"
)

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
