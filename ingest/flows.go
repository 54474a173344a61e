package ingest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chokepoint/textfile"
)

// column is one of the six columns of a BACI flow file.
type column int

const (
	colYear column = iota
	colExporter
	colImporter
	colProduct
	colValue
	colQuantity
	columns
)

// columnNames are the names of the columns in BACI's header.
var columnNames = [columns]string{"t", "i", "j", "k", "v", "q"}

// header says where the six columns are.
type header struct {
	role  []int8 // by position in the file: the column, or -1 for one that is not read
	extra []string
}

var (
	errNoHeader = errors.New("is empty: no header")
)

// readHeader reads a header line without its line end.
func readHeader(line []byte) (header, error) {
	line, err := headerText(line)
	if err != nil {
		return header{}, err
	}
	h, err := headerOf(splitHeader(line, ','))
	if err == nil {
		return h, nil
	}
	known := layoutOf(line, baciReader, func(names []string) error { _, err := headerOf(names); return err })
	return header{}, cmp.Or(known, err)
}

func splitHeader(line []byte, separator byte) []string {
	fields, err := textfile.Split(line, separator, nil)
	if err != nil {
		fields = bytes.Split(line, []byte{separator})
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(trim(f))
	}
	return names
}

// headerOf finds the six columns by name, in upper or lower case, in any order, among others.
func headerOf(names []string) (header, error) {
	h := header{role: make([]int8, len(names))}
	at := [columns]int{}
	for i, name := range names {
		h.role[i] = -1
		c := slices.Index(columnNames[:], strings.ToLower(name))
		if c < 0 {
			h.extra = append(h.extra, fmt.Sprintf("%q", name))
			continue
		}
		if at[c]++; at[c] > 1 {
			return header{}, fmt.Errorf("has the column %s twice", columnNames[c])
		}
		h.role[i] = int8(c)
	}
	var absent []string
	for c, n := range at {
		if n == 0 {
			absent = append(absent, columnNames[c])
		}
	}
	if len(absent) > 0 {
		return header{}, fmt.Errorf("has no column %s; its header is %q, expected %s",
			strings.Join(absent, ", "), clipHeader(names), strings.Join(columnNames[:], ","))
	}
	return h, nil
}

// reason says why a row is not stored.
type reason uint8

const (
	badRow reason = iota
	badYear
	otherYear
	partnerSum
	badEconomy
	productSum
	badProduct
	badValue
	badQuantity
	unknownEconomy
	unknownProduct
	foreignProduct
	otherDirection
	partOfTotal
	selfFlow
	zeroValue
	duplicate
	reasons
)

// reasonNames are the names of the reasons in the report.
var reasonNames = [reasons]string{
	badRow:         "broken row",
	badYear:        "bad year",
	otherYear:      "other year than the file's name",
	partnerSum:     "total over partners",
	badEconomy:     "bad economy code",
	productSum:     "total over products",
	badProduct:     "bad product code",
	badValue:       "bad value",
	badQuantity:    "bad quantity",
	unknownEconomy: "unknown economy",
	unknownProduct: "unknown product",
	foreignProduct: "product code that the revision does not have",
	otherDirection: "another flow than imports",
	partOfTotal:    "part of a total that is there as well",
	selfFlow:       "self-flow",
	zeroValue:      "zero value",
	duplicate:      "duplicate",
}

// always says whether rows are set aside for this reason without --lenient too.
func (r reason) always() bool { return r == selfFlow || r == zeroValue }

// later says whether rows stop an ingest only when their table has been read, so that the error can say how many they are.
func (r reason) later() bool { return r == foreignProduct }

// flow is one row as it comes from a file, each field judged on its own.
type flow struct {
	year               int
	exporter, importer int // -1: not a whole number
	product            []byte
	value, quantity    float64
	valueState         numberState
	quantityState      numberState
}

// textParser reads the lines of one CSV file.
type textParser struct {
	header header
	fields [columns][]byte
	all    [][]byte // fields of a line with quotes
}

// split finds the six fields of a line.
func (p *textParser) split(line []byte) error {
	role := p.header.role
	at, start := 0, 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ',':
			if at < len(role) && role[at] >= 0 {
				p.fields[role[at]] = line[start:i]
			}
			at++
			start = i + 1
		case '"':
			return p.splitQuoted(line)
		}
	}
	if at < len(role) && role[at] >= 0 {
		p.fields[role[at]] = line[start:]
	}
	if at+1 != len(role) {
		return textfile.CountError(at+1, len(role))
	}
	return nil
}

// splitQuoted is split for lines with quotes.
func (p *textParser) splitQuoted(line []byte) (err error) {
	if p.all, err = textfile.Split(line, ',', p.all[:0]); err != nil {
		return err
	}
	role := p.header.role
	if len(p.all) != len(role) {
		return textfile.CountError(len(p.all), len(role))
	}
	for at, field := range p.all {
		if role[at] >= 0 {
			p.fields[role[at]] = field
		}
	}
	return nil
}

// year reads the year of a split line; 0 is not a year.
func (p *textParser) year() int { return yearOf(wholeText(trim(p.fields[colYear]))) }

func yearOf(s []byte) int {
	if y, ok := wholeNumber(s); ok && validYear(y) {
		return y
	}
	return 0
}

// validYear bounds the years that a flow may have.
func validYear(y int) bool { return y >= 1900 && y <= 2199 }

// parse reads the fields of a split line, except the year.
func (p *textParser) parse(f *flow) {
	f.exporter = economyOf(wholeText(trim(p.fields[colExporter])))
	f.importer = economyOf(wholeText(trim(p.fields[colImporter])))
	f.product = wholeText(trim(p.fields[colProduct]))
	f.value, f.valueState = decimal(trim(p.fields[colValue]), toDollars)
	if q := trim(p.fields[colQuantity]); missing(q) {
		f.quantityState = numberMissing
	} else {
		f.quantity, f.quantityState = decimal(q, 0)
	}
}

// text is field c for a message.
func (p *textParser) text(c column) string { return string(trim(p.fields[c])) }

func economyOf(s []byte) int {
	if n, ok := wholeNumber(s); ok {
		return n
	}
	return -1
}
