// Package datafile reads the small files that rules, lists and users' tables are written in. Every fault names file and line, what
// stands there and what is wanted.
//
// The package knows nothing of trade and must never import another package of this module.
package datafile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"chokepoint/tomlfile"
)

// Error is a fault in a file.
type Error struct {
	File string
	Line int // from 1; 0 where the fault has no place
	Msg  string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// Sum is the SHA-256 of a text, as provenance shows it.
func Sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Load reads a file, unpacked where it is packed with gzip; unpacked it has at most limit bytes.
func Load(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, &Error{File: path, Msg: "want a file, not a folder or a device"}
	}
	text := bufio.NewReader(f)
	var unpacked io.Reader = text
	if magic, _ := text.Peek(2); string(magic) == "\x1f\x8b" {
		if unpacked, err = gzip.NewReader(text); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	data, err := io.ReadAll(io.LimitReader(unpacked, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, &Error{File: path, Msg: fmt.Sprintf("want at most %d MB", limit>>20)}
	}
	return data, nil
}

// TOML reads a file into v, which has a field for every key. A key that v has no field for is an error.
func TOML(name string, text []byte, v any) error {
	return tomlfile.Decode(name, text, tomlfile.MaxFile, v)
}

// LineOf is the line in which a text first stands; 0 is nowhere. Of a text that begins with line breaks it is that behind them.
func LineOf(file []byte, text string) int {
	at := bytes.Index(file, []byte(text))
	if text == "" || at < 0 {
		return 0
	}
	at += len(text) - len(strings.TrimLeft(text, "\n"))
	return bytes.Count(file[:at], []byte("\n")) + 1
}

// Table is a CSV file that is read row by row. Its columns are found by name, in any order and in any capitals.
type Table struct {
	Name   string
	Header []string // in small letters, without blanks around them
	rows   *csv.Reader
	line   int
	row    []string
}

// CSV begins to read a table. Lines that begin with # are left out where comments is true. Fields are separated by commas.
func CSV(name string, text io.Reader, comments bool) (*Table, error) {
	t := &Table{Name: name, rows: csv.NewReader(&bomReader{r: text})}
	t.rows.ReuseRecord = true
	if comments {
		t.rows.Comment = '#'
	}
	head, err := t.rows.Read()
	if err == io.EOF {
		return nil, &Error{name, 1, "the file is empty; want a line with the names of the columns"}
	}
	if err != nil {
		return nil, t.fault(err)
	}
	for _, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		if h != "" && slices.Contains(t.Header, h) {
			return nil, &Error{name, 1, fmt.Sprintf("column %s stands twice", h)}
		}
		t.Header = append(t.Header, h)
	}
	return t, nil
}

// At finds a column by name; -1 is none.
func (t *Table) At(name string) int { return slices.Index(t.Header, name) }

// Has says whether the table has all of these columns.
func (t *Table) Has(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return t.At(name) < 0 })
}

// Need is an error where the table lacks one of the columns.
func (t *Table) Need(names ...string) error {
	for _, name := range names {
		if t.At(name) < 0 {
			return &Error{t.Name, 1, fmt.Sprintf("no column %s among %s; want %s", name, strings.Join(t.Header, ","), strings.Join(names, ","))}
		}
	}
	return nil
}

// Next goes to the next row; false is the end.
func (t *Table) Next() (bool, error) {
	row, err := t.rows.Read()
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, t.fault(err)
	}
	t.row = row
	t.line, _ = t.rows.FieldPos(0)
	return true, nil
}

// Line is that of the row, from 1.
func (t *Table) Line() int { return t.line }

// Field is the text of the row in a column, without blanks around it; "" where the table has no such column.
func (t *Table) Field(name string) string {
	if i := t.At(name); i >= 0 {
		return t.FieldAt(i)
	}
	return ""
}

// FieldAt is Field of the column at a place of the header.
func (t *Table) FieldAt(i int) string { return strings.TrimSpace(t.row[i]) }

// Fail is a fault of the row.
func (t *Table) Fail(format string, args ...any) error {
	return &Error{t.Name, t.line, fmt.Sprintf(format, args...)}
}

func (t *Table) fault(err error) error {
	var wrong *csv.ParseError
	if !errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w", t.Name, err)
	}
	switch {
	case errors.Is(wrong.Err, csv.ErrFieldCount):
		return &Error{t.Name, wrong.Line, fmt.Sprintf("want %d fields separated by commas, as the header has", len(t.Header))}
	case errors.Is(wrong.Err, csv.ErrQuote), errors.Is(wrong.Err, csv.ErrBareQuote):
		return &Error{t.Name, wrong.StartLine, "a quoted field does not end, or a quotation mark stands inside a field without quotes"}
	}
	return &Error{t.Name, wrong.Line, wrong.Err.Error()}
}

// bomReader leaves out the mark that some programs put at the beginning of UTF-8.
type bomReader struct {
	r       io.Reader
	started bool
}

func (b *bomReader) Read(p []byte) (int, error) {
	if b.started || len(p) < 3 {
		return b.r.Read(p)
	}
	b.started = true
	n, err := io.ReadFull(b.r, p[:3])
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	if n == 3 && string(p[:3]) == "\ufeff" {
		return 0, err
	}
	return n, err
}
