package icio

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"chokepoint/fault"
	"chokepoint/store"
	"chokepoint/textfile"
)

// The kinds of files that a table is read from.
const (
	indexFile      = "index"
	industriesFile = "industries"
	flowsFile      = "intermediate flows"
	finalFile      = "final demand"
	outputFile     = "output"
	wideFile       = "wide table"
	longFile       = "long table"
)

// headers are those of the parts of a table in files of their own.
var headers = map[string]string{
	"id,country,industry":       indexFile,
	"industry,name":             industriesFile,
	"row,col,musd":              flowsFile,
	"row,country,category,musd": finalFile,
	"id,output_musd":            outputFile,
}

// maxWideLine bounds a line of a table, in bytes: a row of 4,537 columns has some 100 kB.
const maxWideLine = 8 << 20

// source is a file that a table, or a part of one, is read from.
type source struct {
	path   string
	kind   string
	layout *Layout // of wide and long tables
	year   int     // 0 where the file belongs to all years
	head   []string
}

// sniff looks at the header of a file.
func sniff(path string, mapping *Layout, year int) (*source, error) {
	s := &source{path: path}
	f, err := s.open(nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if s.head, err = f.next(); err != nil {
		if err == io.EOF {
			err = fault.Questionf("%s is empty; expected a table with a header line", path)
		}
		return nil, err
	}
	s.head = slices.Clone(s.head)
	joined := strings.ToLower(strings.Join(s.head, ","))
	switch kind, known := headers[joined]; {
	case mapping != nil && mapping.Form == longForm:
		s.kind, s.layout = longFile, mapping
	case known:
		s.kind = kind
	default:
		if s.layout, err = wideLayout(path, s.head, mapping); err != nil {
			return nil, err
		}
		s.kind = wideFile
	}
	if s.kind == indexFile || s.kind == industriesFile || s.layout != nil && s.layout.Year != "" {
		return s, nil
	}
	if s.year = year; year == 0 {
		if s.year = yearOf(path); s.year == 0 {
			return nil, fault.Questionf("%s: no year in the name of the file; expected a name such as 2019_SML.csv, or --year for the files of one year", path)
		}
	}
	return s, nil
}

var yearInName = regexp.MustCompile(`(?:19[5-9]\d|20\d\d)`)

// yearOf is the last year in the name of a file; 0 is none.
func yearOf(path string) int {
	found := yearInName.FindAllString(filepath.Base(path), -1)
	if len(found) == 0 {
		return 0
	}
	year, _ := strconv.Atoi(found[len(found)-1])
	return year
}

// LooksLikeTable says whether the header of a file is one of an input-output table: labels of an area and an industry, or the columns of a
// part of a table.
func LooksLikeTable(head []string) bool {
	if _, known := headers[strings.ToLower(strings.Join(head, ","))]; known && len(head) > 2 {
		return true
	}
	if len(head) < 3 {
		return false
	}
	for _, l := range Layouts() {
		if l.Form != wideForm {
			continue
		}
		labels := 0
		for _, name := range head[1:] {
			if known, ok := l.read(name); ok && known.area != "" {
				labels++
			}
		}
		if labels > 0 && labels*2 >= len(head)-1 {
			return true
		}
	}
	return false
}

// IsTable says whether a file is an input-output table, or a part of one, by its header. What cannot be read is none.
func IsTable(path string) bool {
	f, err := (&source{path: path}).open(nil)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := f.next()
	return err == nil && LooksLikeTable(head)
}

// wideLayout finds the layout whose labels a wide table has: the latest, where a cut table has labels that several know.
func wideLayout(path string, head []string, mapping *Layout) (*Layout, error) {
	candidates := Layouts()
	if mapping != nil {
		candidates = []*Layout{mapping}
	}
	var best *Layout
	var unknown []string
	for _, l := range slices.Backward(candidates) {
		if l.Form != wideForm {
			continue
		}
		strange := l.unknown(head)
		if len(strange) == 0 {
			return l, nil
		}
		if best == nil || len(strange) < len(unknown) {
			best, unknown = l, strange
		}
	}
	switch {
	case best == nil:
		return nil, fault.Questionf("%s: the columns are %s; expected those of the layout %s", path, shortList(head), mapping.ID)
	case len(unknown)*2 > len(head):
		return nil, fault.Questionf("%s: the columns %s are those of no table that is known: expected a wide table with labels such as AUS_A01 and OUT, the files index, industries, Z, F and output of a long one, or --mapping FILE.toml that says what the labels mean", path, shortList(head))
	}
	return nil, fault.Questionf("%s: unknown labels: %s. The layout %s that fits best has the industries %s to %s and the categories %s; another set of labels takes --mapping FILE.toml that lists them",
		path, shortList(unknown), best.ID, best.Industries[0].Code, best.Industries[len(best.Industries)-1].Code, shortList(categoryCodes(best)))
}

func categoryCodes(l *Layout) (codes []string) {
	for _, c := range l.Categories {
		codes = append(codes, c.Code)
	}
	return codes
}

func shortList(list []string) string {
	const most = 8
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

// label is what the label of a column or row of a wide table means.
type label struct {
	area, code string // of an industry or of a category of an area, or the area that pays taxes; area is empty elsewhere
	final      bool
	total      string // output, value added or taxes
}

// The totals of a wide table.
const (
	outputTotal = "output"
	valueTotal  = "value added"
	taxesTotal  = "taxes"
)

func (l *Layout) read(text string) (label, bool) {
	for _, t := range []struct {
		labels []string
		total  string
	}{{l.Output, outputTotal}, {l.ValueAdded, valueTotal}, {l.Taxes, taxesTotal}} {
		if slices.Contains(t.labels, text) {
			return label{total: t.total}, true
		}
	}
	a, b, ok := strings.Cut(text, l.Separator)
	industry := l.industry(b)
	switch {
	case !ok || a == "" || b == "":
		return label{}, false
	case industry >= 0:
		return label{area: a, code: l.Industries[industry].Code}, true
	case slices.Contains(l.Taxes, b):
		return label{area: a, total: taxesTotal}, true
	case l.category(b) >= 0:
		return label{area: a, code: b, final: true}, true
	case l.category(a) >= 0: // F:Germany
		return label{area: b, code: a, final: true}, true
	}
	return label{}, false
}

// unknown lists the labels of a header that the layout does not know. The first column has the labels of rows.
func (l *Layout) unknown(head []string) (list []string) {
	for _, text := range head[1:] {
		if _, ok := l.read(text); !ok {
			list = append(list, text)
		}
	}
	return list
}

// file is a source that is being read.
type file struct {
	path   string
	disk   *os.File
	hash   hash.Hash
	bytes  int64
	lines  *bufio.Reader
	line   int
	long   []byte // a line that is longer than the buffer
	tell   func(read int64)
	fields [][]byte
	texts  []string
}

// open begins to read the file from its start. What is read is hashed as it stands on the disk.
func (s *source) open(tell func(read int64)) (*file, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, fault.Question(err)
	}
	if info.IsDir() || textfile.Irregular(info.Mode()) != "" && !info.Mode().IsRegular() {
		return nil, fault.Questionf("%s: expected a file, not a folder or a device", s.path)
	}
	f := &file{path: s.path, hash: sha256.New(), tell: tell}
	if f.disk, err = os.Open(s.path); err != nil {
		return nil, err
	}
	raw := bufio.NewReaderSize(f, 1<<16)
	var text io.Reader = raw
	if magic, _ := raw.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, errors.Join(fault.Questionf("%s: %w", s.path, err), f.disk.Close())
		}
		text = z
	}
	if magic, _ := raw.Peek(4); string(magic) == "PK\x03\x04" {
		return nil, errors.Join(fault.Questionf("%s is a zip archive; unpack it and give the CSV files in it", s.path), f.disk.Close())
	}
	f.lines = bufio.NewReaderSize(text, 1<<16)
	return f, nil
}

// Read reads the file as it stands on the disk.
func (f *file) Read(p []byte) (int, error) {
	n, err := f.disk.Read(p)
	f.hash.Write(p[:n])
	f.bytes += int64(n)
	if f.tell != nil {
		f.tell(f.bytes)
	}
	return n, err
}

func (f *file) Close() error { return f.disk.Close() }

// input describes the file when it has been read to its end.
func (f *file) input() store.Input {
	io.Copy(io.Discard, f)
	return store.Input{Name: filepath.Base(f.path), Bytes: f.bytes, SHA256: hex.EncodeToString(f.hash.Sum(nil))}
}

func (f *file) fail(format string, args ...any) error {
	return fault.Question(&textfile.LineError{File: f.path, Line: max(f.line, 1), Problem: fmt.Sprintf(format, args...)})
}

// nextLine returns the next line with its end, in memory of its own where it is longer than the buffer.
func (f *file) nextLine() ([]byte, error) {
	line, err := f.lines.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, err
	}
	f.long = f.long[:0]
	for err == bufio.ErrBufferFull {
		if f.long = append(f.long, line...); len(f.long) > maxWideLine {
			return nil, fmt.Errorf("line %d is longer than %d MB", f.line+1, maxWideLine>>20)
		}
		line, err = f.lines.ReadSlice('\n')
	}
	f.long = append(f.long, line...)
	return f.long, err
}

// nextBytes returns the fields of the next line that is not blank, valid until the following call; io.EOF after the last one.
func (f *file) nextBytes() ([][]byte, error) {
	for {
		line, err := f.nextLine()
		switch {
		case err != nil && err != io.EOF:
			return nil, fault.Questionf("%s: %w", f.path, err)
		case len(line) == 0:
			return nil, io.EOF
		}
		f.line++
		line = bytes.TrimRight(line, "\r\n")
		if f.line == 1 {
			line = bytes.TrimPrefix(line, textfile.BOM)
			if !utf8.Valid(line) {
				return nil, f.fail("this is not text in UTF-8; expected CSV")
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if f.fields, err = textfile.Split(line, ',', f.fields[:0]); err != nil {
			return nil, f.fail("%v", err)
		}
		return f.fields, nil
	}
}

// next is nextBytes as texts, without blanks around them.
func (f *file) next() ([]string, error) {
	fields, err := f.nextBytes()
	if err != nil {
		return nil, err
	}
	f.texts = f.texts[:0]
	for _, field := range fields {
		f.texts = append(f.texts, string(bytes.TrimSpace(field)))
	}
	return f.texts, nil
}

// each hands over the lines below the header, which have n fields.
func (f *file) each(ctx context.Context, n int, take func(row [][]byte) error) error {
	for {
		row, err := f.nextBytes()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case len(row) != n:
			return f.fail("%v", textfile.CountError(len(row), n))
		}
		if f.line%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := take(row); err != nil {
			return err
		}
	}
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number reads a decimal number. Up to 15 digits and 22 places it is one exact division of two exact numbers (Clinger 1990); whatever else
// strconv reads.
func number(text []byte) (float64, bool) {
	text = bytes.TrimSpace(text)
	var digits uint64
	count, places, point, i, any := 0, 0, false, 0, false
	if len(text) > 0 && text[0] == '-' {
		i = 1
	}
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits, any = digits*10+uint64(c-'0'), true
			if digits > 0 {
				count++
			}
			if point {
				places++
			}
		case c == '.' && !point:
			point = true
		default:
			return slowNumber(text)
		}
		if count > 15 || places > 22 {
			return slowNumber(text)
		}
	}
	if !any {
		return 0, false
	}
	v := float64(digits) / powers[places]
	if text[0] == '-' {
		v = -v
	}
	return v, true
}

func slowNumber(text []byte) (float64, bool) {
	v, err := strconv.ParseFloat(string(text), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}
