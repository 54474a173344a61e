package textfile

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table is delimited text with a header line and commas between its columns. Every row stands on one line.
type Table struct {
	Name string   // of the file, for errors
	Head []string // names of the columns, once they are read
	Line int      // of the row that was read last, from 1

	Comment  byte // lines that begin with it are passed over; 0: none are
	AnyBytes bool // the text need not be UTF-8

	lines  *Lines
	fields [][]byte
}

// NewTable reads a text.
func NewTable(name string, text []byte) *Table {
	size := min(len(text)+1, MaxLine) // a short text needs no long buffer
	return &Table{Name: name, lines: &Lines{source: bufio.NewReaderSize(bytes.NewReader(text), size)}}
}

// ReadTable reads a text of any length, of which it holds a line at a time.
func ReadTable(name string, text io.Reader) *Table { return &Table{Name: name, lines: NewLines(text)} }

// LineError is a line that cannot be read.
type LineError struct {
	File    string
	Line    int
	Problem string
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem) }

// Fail is a fault of the row that was read last.
func (t *Table) Fail(format string, args ...any) error {
	return &LineError{t.Name, max(t.Line, 1), fmt.Sprintf(format, args...)}
}

// Next returns the next row that is not blank, its fields without blanks around them; io.EOF after the last one. Once there
// is a header it wants as many fields as that has.
func (t *Table) Next() ([]string, error) {
	for {
		line, err := t.lines.Next()
		t.Line = t.lines.Line
		switch {
		case err == io.EOF:
			return nil, err
		case t.Comment != 0 && len(line) > 0 && line[0] == t.Comment:
			continue
		case err == nil && !t.AnyBytes && !utf8.Valid(line), bytes.IndexByte(line, 0) >= 0:
			return nil, t.Fail("this is not text in UTF-8; save the table as CSV in UTF-8, with commas between the columns")
		}
		if err == nil {
			t.fields, err = Split(line, ',', t.fields[:0])
		}
		if err == nil && t.Head != nil && len(t.fields) != len(t.Head) {
			err = CountError(len(t.fields), len(t.Head))
		}
		if err != nil {
			return nil, t.Fail("%v", err)
		}
		row := make([]string, len(t.fields))
		for i, f := range t.fields {
			row[i] = string(bytes.TrimSpace(f))
		}
		return row, nil
	}
}

// Header reads the header line, with names in any case and order. All of need must be among them, and none may stand there
// twice; columns that are in neither need nor may are an error, or, where others is given, are appended to it. Only others may be
// without a name.
func (t *Table) Header(need, may []string, others *[]string) error {
	want := cmp.Or(strings.Join(append(slices.Clone(need), may...), ","), "a line with the names of the columns")
	head, err := t.Next()
	if err == io.EOF {
		return t.Fail("no header line; expected %s", want)
	}
	if err != nil {
		return err
	}
	for i, name := range head {
		head[i] = strings.ToLower(name)
		switch {
		case head[i] != "" && slices.Contains(head[:i], head[i]):
			return t.Fail("the column %q appears twice", head[i])
		case slices.Contains(need, head[i]) || slices.Contains(may, head[i]):
		case others == nil:
			return t.Fail("the column %q is unknown; expected %s%s", head[i], want, separatedBy(head))
		default:
			*others = append(*others, head[i])
		}
	}
	for _, name := range need {
		if !slices.Contains(head, name) {
			return t.Fail("no column %s; expected %s%s", name, want, separatedBy(head))
		}
	}
	t.Head = head
	return nil
}

// separatedBy says what else than commas seems to stand between the columns of a header.
func separatedBy(head []string) string {
	for _, s := range []struct{ mark, name string }{{";", "semicolons"}, {"\t", "tabs"}, {"|", "bars"}} {
		if len(head) == 1 && strings.Contains(head[0], s.mark) {
			return "; the columns are separated by " + s.name + ", expected commas"
		}
	}
	return ""
}

// At is the place of a column, -1 where the table does not have it.
func (t *Table) At(name string) int { return slices.Index(t.Head, name) }

// Has says whether the table has all of these columns.
func (t *Table) Has(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return t.At(name) < 0 })
}

// Each hands over the rows below the header with a function that gives the field of a column, empty where the table has no
// such column. What take says is wrong is an error of its line.
func (t *Table) Each(take func(line int, field func(column string) string) error) error {
	var row []string
	field := func(column string) string {
		if i := t.At(column); i >= 0 {
			return row[i]
		}
		return ""
	}
	for {
		var err error
		if row, err = t.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var known *LineError
		if err := take(t.Line, field); errors.As(err, &known) {
			return err
		} else if err != nil {
			return t.Fail("%v", err)
		}
	}
}
