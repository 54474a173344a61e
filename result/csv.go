package result

import (
	"io"
	"strings"
)

// flushAt is the size at which the text renderers pass their buffer on.
const flushAt = 1 << 16

// writeCSV writes RFC 4180 text in UTF-8 with lines ending in LF: a header,
// one line a row, no comments. Notes and provenance are in the file that
// WriteFile puts beside it.
func writeCSV(w io.Writer, t *Table, _ Options) error {
	return writeRows(w, t, func(text string) string { return text })
}

// writeSafeCSV is writeCSV for spreadsheets that take text for formulas.
func writeSafeCSV(w io.Writer, t *Table, _ Options) error { return writeRows(w, t, harmless) }

// harmless puts an apostrophe before text that a spreadsheet would run as a formula. A lone sign is none: - stands for
// anyone in columns of partners.
func harmless(text string) string {
	if len(text) > 1 && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}

func writeRows(w io.Writer, t *Table, form func(string) string) error {
	t = t.marked()
	buf := make([]byte, 0, 2*flushAt)
	for i, c := range t.Columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendCSVText(buf, c.Name)
	}
	buf = append(buf, '\n')
	single := len(t.Columns) == 1
	for row := range t.Rows() {
		start := len(buf)
		for i, c := range t.Columns {
			if i > 0 {
				buf = append(buf, ',')
			}
			if c.Type == Text {
				buf = appendCSVText(buf, form(c.TextAt(row)))
			} else {
				buf = c.appendExact(buf, row)
			}
		}
		if single && len(buf) == start { // readers skip an empty line
			buf = append(buf, `""`...)
		}
		buf = append(buf, '\n')
		if len(buf) >= flushAt {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}

// appendCSVText quotes only where a reader would otherwise see other text.
func appendCSVText(b []byte, s string) []byte {
	if !needsQuotes(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		b = append(append(b, s[:i]...), `""`...)
		s = s[i+1:]
	}
	return append(append(b, s...), '"')
}

func needsQuotes(s string) bool {
	if s == "" {
		return false
	}
	if s[0] == ' ' || s[0] == '\t' || s[len(s)-1] == ' ' {
		return true
	}
	for i := range len(s) {
		switch s[i] {
		case ',', '"', '\n', '\r':
			return true
		}
	}
	return false
}
