// Package macro reads yearly series of economies, such as GDP, from files of the World Bank, of the Penn World Table or of a user.
// None come with the program.
//
// The package knows nothing of flows and datasets and must never import store, kernel, analysis or result.
package macro

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"chokepoint/trade"
)

// Series is what a value is of.
type Series string

// The series that are used.
const (
	GDP         Series = "gdp_usd"
	Population  Series = "population"
	Consumption Series = "household_consumption_share"
)

// definition says how a series is measured and where it is found.
type definition struct {
	series    Series
	meaning   string
	indicator string // of the World Bank
	scale     float64
	pwt       string // column of the Penn World Table; "" where its own is another measure
	positive  bool
}

var definitions = []definition{
	{GDP, "gross domestic product, current US dollars", "NY.GDP.MKTP.CD", 1, "", true},
	{Population, "people", "SP.POP.TOTL", 1, "", true},
	{Consumption, "consumption of households ÷ gross domestic product, 0 to 1", "NE.CON.PRVT.ZS", 0.01, "csh_c", false},
}

func seriesNames() string {
	var list []string
	for _, d := range definitions {
		list = append(list, string(d.series))
	}
	return strings.Join(list, ", ")
}

func definitionOf(series string) (definition, bool) {
	i := slices.IndexFunc(definitions, func(d definition) bool { return string(d.series) == series })
	if i < 0 {
		return definition{}, false
	}
	return definitions[i], true
}

// key is an economy (ISO3), a year and a series.
type key struct {
	economy string
	year    int
	series  Series
}

// value is one of a file.
type value struct {
	x    float64
	file int
	line int
}

// Set holds the values of some files. Where two files have the same one, the file that was added first is believed.
type Set struct {
	Files  []*File
	values map[key]value

	economies map[string]string // texts that files had, as ISO3; "" is none
}

// File says what was read from a file, and what was not.
type File struct {
	Name, SHA256, Format string
	Text                 []byte // the file
	Series               []Series
	Values               int            // taken
	Missing              int            // empty, NA or ..
	Aggregates           map[string]int // values by code that is no economy of BACI: groups of economies, or unknown
	Superseded           int            // values that a file before has too
}

// Value is that of an economy (ISO3) in a year.
func (s *Set) Value(economy string, year int, series Series) (float64, bool) {
	if s == nil {
		return 0, false
	}
	v, ok := s.values[key{economy, year, series}]
	return v.x, ok
}

// Notes say where the values are from and what was not used.
func (s *Set) Notes() []string {
	if s == nil {
		return nil
	}
	var notes []string
	for _, f := range s.Files {
		var series []string
		for _, x := range f.Series {
			d, _ := definitionOf(string(x))
			series = append(series, fmt.Sprintf("%s (%s)", x, d.meaning))
		}
		note := fmt.Sprintf("%s: %d values of %s; %s; SHA-256 of its text %s", f.Name, f.Values, strings.Join(series, ", "), f.Format, f.SHA256[:12])
		if f.Missing > 0 {
			note += fmt.Sprintf("; %d missing", f.Missing)
		}
		if n := len(f.Aggregates); n > 0 {
			values := 0
			for _, v := range f.Aggregates {
				values += v
			}
			codes := slices.Sorted(maps.Keys(f.Aggregates))
			note += fmt.Sprintf("; not used: %d values of %d codes that are no economy of BACI (%s", values, n, strings.Join(codes[:min(8, n)], ", "))
			if n > 8 {
				note += ", …"
			}
			note += ")"
		}
		if f.Superseded > 0 {
			note += fmt.Sprintf("; %d values are in a file before it, which is believed", f.Superseded)
		}
		notes = append(notes, note)
	}
	return notes
}

// economyOf finds the economy of BACI that a text names, by its ISO3. What is none, such as a group of economies, is "".
func economyOf(text string) (iso3 string, err error) {
	m, err := trade.BuiltinEconomies().Resolve(text)
	var absent *trade.AbsentError
	var group *trade.AggregateError
	switch {
	case errors.As(err, &absent), errors.As(err, &group):
		return "", nil
	case err != nil && len(text) == 3 && strings.ToUpper(text) == text: // a code of the publisher's own
		return "", nil
	case err != nil:
		return "", err
	}
	economy, _ := trade.BuiltinEconomies().Get(m.Codes.Codes()[0])
	return economy.ISO3, nil
}

// add takes a value over. It fails where the same file has one already.
func (s *Set) add(line int, economy string, year int, d definition, x float64) error {
	n := len(s.Files) - 1
	f := s.Files[n]
	iso3, known := s.economies[economy]
	if !known {
		var err error
		if iso3, err = economyOf(economy); err != nil {
			return fmt.Errorf("economy: %w", err)
		}
		if s.economies == nil {
			s.economies = map[string]string{}
		}
		s.economies[economy] = iso3
	}
	if iso3 == "" {
		f.Aggregates[economy]++
		return nil
	}
	economy = iso3
	k := key{economy, year, d.series}
	switch before, ok := s.values[k]; {
	case ok && before.file == n:
		return fmt.Errorf("%s of %s in %d is already in line %d", d.series, economy, year, before.line)
	case ok:
		f.Superseded++
		return nil
	}
	s.values[k] = value{x, n, line}
	f.Values++
	if !slices.Contains(f.Series, d.series) {
		f.Series = append(f.Series, d.series)
		slices.SortFunc(f.Series, func(a, b Series) int { return cmp.Compare(a, b) })
	}
	return nil
}
