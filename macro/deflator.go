package macro

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"chokepoint/datafile"
	"chokepoint/textfile"
)

// Deflator is an index of prices by year, from a user's file: it turns dollars of each year into dollars of one.
type Deflator struct {
	File   string
	Source string // what the file says of itself
	SHA256 string
	Text   []byte

	index map[int]float64
	lines map[int]int
	first int // year
	last  int
}

// OpenDeflator reads a file: year,index, with lines above or below that begin with # and say where it is from (# source: …).
func OpenDeflator(path string) (*Deflator, error) {
	text, err := datafile.Load(path, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("deflator: %w", err)
	}
	return ParseDeflator(filepath.Base(path), text)
}

// ParseDeflator reads the text of such a file; name is for messages. Each year stands once, none between the first and the last is
// missing, and every index is above zero.
func ParseDeflator(name string, text []byte) (*Deflator, error) {
	d := &Deflator{File: name, Source: sourceOf(text), SHA256: datafile.Sum(text), Text: text, index: map[int]float64{}, lines: map[int]int{}}
	t := textfile.NewTable(name, text)
	t.Comment = '#'
	if err := t.Header([]string{"year", "index"}, nil, new([]string)); err != nil {
		return nil, err
	}
	if d.Source == "" {
		return nil, &datafile.Error{File: name, Msg: "no source; add a line such as # source: Bureau of Economic Analysis, GDP deflator, 2026-01-30"}
	}
	if err := t.Each(d.add); err != nil {
		return nil, err
	}
	if len(d.index) == 0 {
		return nil, t.Fail("no year below the header")
	}
	for year := d.first; year <= d.last; year++ {
		if _, ok := d.index[year]; !ok {
			return nil, &datafile.Error{File: name, Msg: fmt.Sprintf("no index of %d, though there are %d and %d; expected every year between them", year, d.first, d.last)}
		}
	}
	return d, nil
}

func (d *Deflator) add(line int, field func(column string) string) error {
	year, err := strconv.Atoi(field("year"))
	if err != nil || year < 1800 || year > 2200 {
		return fmt.Errorf("year %q: expected a year such as 2015", field("year"))
	}
	x, err := strconv.ParseFloat(field("index"), 64)
	if err != nil || !(x > 0) || math.IsInf(x, 0) {
		return fmt.Errorf("index %q of %d: expected a number above 0, such as 97.3", field("index"), year)
	}
	if first, twice := d.lines[year]; twice {
		return fmt.Errorf("%d is already in line %d", year, first)
	}
	if len(d.index) == 0 {
		d.first, d.last = year, year
	}
	d.index[year], d.lines[year] = x, line
	d.first, d.last = min(d.first, year), max(d.last, year)
	return nil
}

// sourceOf finds what a file says of where it is from: its line # source: ….
func sourceOf(text []byte) string {
	for line := range bytes.Lines(text) {
		after, ok := strings.CutPrefix(string(line), "#")
		if !ok {
			continue
		}
		key, value, _ := strings.Cut(after, ":")
		if value = strings.TrimSpace(value); strings.EqualFold(strings.TrimSpace(key), "source") && value != "" {
			return value
		}
	}
	return ""
}

// Prices are dollars of one year.
type Prices struct {
	Base     int
	Deflator *Deflator
}

// ParsePrices reads constant:2015. Without a file, and without the base year in it, it is an error. The text current, and none, are nil:
// dollars of each year.
func ParsePrices(text string, d *Deflator) (*Prices, error) {
	if text == "" || text == "current" {
		return nil, nil
	}
	year, ok := strings.CutPrefix(text, "constant:")
	base, err := strconv.Atoi(year)
	if !ok || err != nil {
		return nil, fmt.Errorf("prices %q: expected current, or constant:YEAR such as constant:2015", text)
	}
	if d == nil {
		return nil, fmt.Errorf("prices %s: there is no deflator; the program has none of its own: give a file with year,index and a line # source: …", text)
	}
	p := &Prices{base, d}
	if err := p.Covers([]int{base}); err != nil {
		return nil, fmt.Errorf("prices %w", err)
	}
	return p, nil
}

// Covers fails where the index lacks one of some years.
func (p *Prices) Covers(years []int) error {
	d := p.Deflator
	for _, y := range years {
		if _, ok := d.index[y]; !ok {
			return fmt.Errorf("%s: %s has no index of %d; it has %d to %d", p.Parameter(), d.File, y, d.first, d.last)
		}
	}
	return nil
}

// Parameter is what ParsePrices reads as p.
func (p *Prices) Parameter() string { return "constant:" + strconv.Itoa(p.Base) }

// Of turns dollars of a year into dollars of the base year; nil leaves them as they are. A year without an index is missing, NaN.
func (p *Prices) Of(dollars float64, year int) float64 {
	if p == nil {
		return dollars
	}
	x, ok := p.Deflator.index[year]
	if !ok {
		return math.NaN()
	}
	return dollars * (p.Deflator.index[p.Base] / x)
}

// String says which dollars they are, for headings and charts.
func (p *Prices) String() string {
	if p == nil {
		return "current dollars"
	}
	return fmt.Sprintf("dollars of %d", p.Base)
}

// Note says how they were made, for provenance; nil is none.
func (p *Prices) Note() string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("values are dollars of %d, by the index of %s (%s); SHA-256 of its text %s", p.Base, p.Deflator.File, p.Deflator.Source, p.Deflator.SHA256[:12])
}

// Years lists the years that the file has.
func (d *Deflator) Years() []int {
	var years []int
	for year := range d.index {
		years = append(years, year)
	}
	slices.Sort(years)
	return years
}
