package textfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxLine bounds the lines of a table, in bytes.
const MaxLine = 1 << 20

// What is wrong with a line, whatever its fields mean.
var (
	ErrLongLine   = errors.New("the line is longer than 1,048,576 bytes")
	ErrQuotes     = errors.New("a quoted field does not end on its line")
	ErrAfterQuote = errors.New("a quoted field goes on after its closing quote")
)

// BOM marks a text as UTF-8.
var BOM = []byte("\xef\xbb\xbf")

// Lines reads a text line by line. Every line is one row, whatever is in it: a fault ends with its line.
type Lines struct {
	Line   int  // number of the line that was read last, from 1
	Cut    bool // it has no line end
	source *bufio.Reader
}

// NewLines reads lines of at most MaxLine bytes.
func NewLines(source io.Reader) *Lines {
	return &Lines{source: bufio.NewReaderSize(source, MaxLine)}
}

// Next returns the next line that is not blank, without its line end, valid until the following call; io.EOF after the last
// one. Of a line that is too long it returns the beginning and ErrLongLine, and goes on with the line after it.
func (r *Lines) Next() ([]byte, error) {
	for {
		line, err := r.source.ReadSlice('\n')
		if len(line) == 0 {
			return nil, err
		}
		r.Line++
		if err == bufio.ErrBufferFull {
			return r.skip(line)
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		r.Cut = err == io.EOF
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if r.Line == 1 {
			line = bytes.TrimPrefix(line, BOM)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
	}
}

// skip passes over the rest of a line that is too long.
func (r *Lines) skip(line []byte) ([]byte, error) {
	begin := bytes.Clone(line[:1000])
	for {
		_, err := r.source.ReadSlice('\n')
		switch err {
		case bufio.ErrBufferFull:
			continue
		case nil, io.EOF:
			r.Cut = err == io.EOF
			return begin, ErrLongLine
		}
		return nil, err
	}
}

// Split cuts a line into fields, which it appends to fields. A field that begins with a quote ends with one, and has a quote
// in it doubled; anywhere else a quote is a character like others.
func Split(line []byte, separator byte, fields [][]byte) ([][]byte, error) {
	for {
		rest := trimLeft(line, separator)
		if len(rest) == 0 || rest[0] != '"' {
			end := bytes.IndexByte(line, separator)
			if end < 0 {
				return append(fields, line), nil
			}
			fields, line = append(fields, line[:end]), line[end+1:]
			continue
		}
		field, after, err := quotedField(rest[1:])
		if err != nil {
			return fields, err
		}
		fields, after = append(fields, field), trimLeft(after, separator)
		if len(after) == 0 {
			return fields, nil
		}
		if after[0] != separator {
			return fields, ErrAfterQuote
		}
		line = after[1:]
	}
}

// quotedField reads up to the closing quote and returns what follows it.
func quotedField(s []byte) (field, after []byte, err error) {
	doubled := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '"':
		case i+1 < len(s) && s[i+1] == '"':
			doubled = true
			i++
		default:
			if field = s[:i]; doubled {
				field = bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
			}
			return field, s[i+1:], nil
		}
	}
	return nil, nil, ErrQuotes
}

// trimLeft takes blanks off the front of a field; a tab that separates is none.
func trimLeft(s []byte, separator byte) []byte {
	for len(s) > 0 && s[0] != separator && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

// CountError says that a row has not as many fields as the header.
func CountError(got, want int) error {
	fields := "fields"
	if got == 1 {
		fields = "field"
	}
	return fmt.Errorf("%d %s where the header has %d", got, fields, want)
}
