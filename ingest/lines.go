package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds the lines of a table of transactions, in bytes.
const maxLine = 1 << 20

var errLongLine = fmt.Errorf("the line is longer than %s bytes", rowsText(maxLine))

// lineReader reads a text line by line. Every line is one row, whatever is in it: a fault ends with its line.
type lineReader struct {
	source *bufio.Reader
	line   int  // number of the line that was read last, from 1
	cut    bool // it has no line end
}

func newLineReader(ctx context.Context, source io.Reader) *lineReader {
	return &lineReader{source: bufio.NewReaderSize(&untilDone{ctx, source}, maxLine)}
}

// next returns the next line that is not blank, without its line end, valid until the following call; io.EOF after the last
// one. Of a line that is too long it returns the beginning and errLongLine, and goes on with the line after it.
func (r *lineReader) next() ([]byte, error) {
	for {
		line, err := r.source.ReadSlice('\n')
		if len(line) == 0 {
			return nil, err
		}
		r.line++
		if err == bufio.ErrBufferFull {
			return r.skip(line)
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		r.cut = err == io.EOF
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if r.line == 1 {
			line = bytes.TrimPrefix(line, utf8BOM)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
	}
}

// skip passes over the rest of a line that is too long.
func (r *lineReader) skip(line []byte) ([]byte, error) {
	begin := bytes.Clone(line[:1000])
	for {
		_, err := r.source.ReadSlice('\n')
		switch err {
		case bufio.ErrBufferFull:
			continue
		case nil, io.EOF:
			r.cut = err == io.EOF
			return begin, errLongLine
		}
		return nil, err
	}
}

// untilDone reads until its context ends.
type untilDone struct {
	ctx    context.Context
	source io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.source.Read(p)
}

var errAfterQuote = errors.New("a quoted field goes on after its closing quote")

// splitLine cuts a line into fields, which it appends to fields. A field that begins with a quote ends with one, and has a
// quote in it doubled; anywhere else a quote is a character like others.
func splitLine(line []byte, separator byte, fields [][]byte) ([][]byte, error) {
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
			return fields, errAfterQuote
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
	return nil, nil, errQuotes
}

// trimLeft takes blanks off the front of a field; a tab that separates is none.
func trimLeft(s []byte, separator byte) []byte {
	for len(s) > 0 && s[0] != separator && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}
