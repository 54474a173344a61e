package result

import "io"

// writeNDJSON writes one JSON object a row and line, with the columns in order and missing numbers as null. It has no
// room for notes and provenance: the JSON rendering of the same table has them.
func writeNDJSON(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	labels, err := t.jsonLabels()
	if err != nil {
		return err
	}
	buf := make([]byte, 0, 2*flushAt)
	for row := range t.Rows() {
		if buf, err = t.appendJSONRow(buf, labels, row); err != nil {
			return err
		}
		buf = append(buf, '\n')
		if len(buf) >= flushAt {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err = w.Write(buf)
	return err
}

// jsonLabels are the names of the columns as JSON writes them before a value.
func (t *Table) jsonLabels() (labels [][]byte, err error) {
	labels = make([][]byte, len(t.Columns))
	for i, c := range t.Columns {
		if labels[i], err = appendJSON(nil, c.Name); err != nil {
			return nil, err
		}
		labels[i] = append(labels[i], ':')
	}
	return labels, nil
}

// appendJSONRow appends a row as an object.
func (t *Table) appendJSONRow(buf []byte, labels [][]byte, row int) ([]byte, error) {
	buf = append(buf, '{')
	for i, c := range t.Columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, labels[i]...)
		var err error
		if buf, err = c.appendJSONValue(buf, row); err != nil {
			return buf, err
		}
	}
	return append(buf, '}'), nil
}
