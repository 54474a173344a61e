package result

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
)

// head is what accompanies the rows of a table: the first members of the JSON
// rendering, the file beside a CSV and the metadata of a Parquet file.
type head struct {
	Table       string       `json:"table"`
	Title       string       `json:"title"`
	Synthetic   bool         `json:"synthetic"`
	Provisional []string     `json:"provisional,omitempty"`
	Provenance  Provenance   `json:"provenance"`
	Notes       []string     `json:"notes"`
	Details     []Note       `json:"note_details,omitempty"` // what the notes are about, for programs
	RowCount    int          `json:"row_count"`
	Page        *Page        `json:"page,omitempty"` // which rows, where they are a part
	File        *fileMark    `json:"file,omitempty"` // only beside a CSV
	Columns     []columnHead `json:"columns"`
}

// fileMark ties the file beside a CSV to its content.
type fileMark struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

type columnHead struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Unit        string `json:"unit,omitempty"`
	Description string `json:"description"`
}

// head describes t, which is marked already.
func (t *Table) head() head {
	h := head{
		Table: t.Name, Title: t.Heading(), Synthetic: t.IsSynthetic(), Provisional: t.Provisional,
		Provenance: t.Provenance, Notes: Texts(t.Notes), Details: t.details(), RowCount: t.Rows(), Page: t.Page,
		Columns: make([]columnHead, len(t.Columns)),
	}
	h.Provenance.Synthetic = h.Synthetic
	for i, c := range t.Columns {
		h.Columns[i] = columnHead{c.Name, c.Type.String(), c.Unit, c.Description}
	}
	return h
}

// appendJSON appends v as JSON without the HTML escapes, which would make
// method texts such as `imports >= 2 * exports` hard to read.
func appendJSON(b []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...), nil
}

// writeJSON writes one object: the members of head, then "rows", one object a
// line with the columns in order. Missing numbers are null. JSON has no
// infinity: such values are null too, and the column's description says so.
func writeJSON(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	h := t.head()
	for i, c := range t.Columns {
		if n := infinities(c.Float); n > 0 {
			h.Columns[i].Description = noteInfinities(c.Description, n)
		}
	}
	buf, err := appendIndented(make([]byte, 0, 2*flushAt), h)
	if err != nil {
		return err
	}
	buf = bytes.TrimSuffix(buf, []byte("\n}\n"))
	buf = append(buf, ",\n  \"rows\": ["...)
	labels, err := t.jsonLabels()
	if err != nil {
		return err
	}
	for row := range t.Rows() {
		if row > 0 {
			buf = append(buf, ',')
		}
		if buf, err = t.appendJSONRow(append(buf, "\n    "...), labels, row); err != nil {
			return err
		}
		if len(buf) >= flushAt {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	if t.Rows() > 0 {
		buf = append(buf, "\n  "...)
	}
	_, err = w.Write(append(buf, "]\n}\n"...))
	return err
}

// appendIndented appends v as indented JSON with a line feed at the end.
func appendIndented(b []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	return append(b, buf.Bytes()...), nil
}

func (c *Column) appendJSONValue(b []byte, row int) ([]byte, error) {
	switch c.Type {
	case Text:
		return appendJSONText(b, c.TextAt(row))
	case Float:
		if x := c.Float[row]; math.IsNaN(x) || math.IsInf(x, 0) {
			return append(b, "null"...), nil
		}
	case Int: // a month is the number 202403 here, as in Parquet and Arrow
		if c.IsMissing(row) {
			return append(b, "null"...), nil
		}
		return strconv.AppendInt(b, c.Int[row], 10), nil
	}
	return c.appendExact(b, row), nil
}

// appendJSONText takes the short way for text that needs no escape.
func appendJSONText(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return appendJSON(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"'), nil
}

func infinities(values []float64) int {
	n := 0
	for _, x := range values {
		if math.IsInf(x, 0) {
			n++
		}
	}
	return n
}

func noteInfinities(description string, n int) string {
	note := "null stands for an infinite value in " + plural(n, "row") + " and for a missing one in any other"
	if description == "" {
		return note
	}
	return description + "; " + note
}
