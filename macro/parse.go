package macro

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"chokepoint/textfile"
)

// MaxFile is the size in bytes, unpacked, of the largest file accepted.
const MaxFile = 64 << 20

// Open reads files, each FILE or SERIES=FILE, or all .csv and .csv.gz of a folder.
func Open(names ...string) (*Set, error) {
	s := &Set{values: map[key]value{}}
	for _, name := range names {
		series, path := "", name
		if before, after, ok := strings.Cut(name, "="); ok && !strings.ContainsAny(before, `/\.`) {
			if _, ok := definitionOf(before); !ok {
				return nil, fmt.Errorf("macro %s: there is no series %q; expected one of %s", name, before, seriesNames())
			}
			series, path = before, after
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("macro: %w", err)
		}
		files := []string{path}
		if info.IsDir() {
			if files, err = filesOf(path); err != nil {
				return nil, err
			}
		}
		for _, file := range files {
			data, err := load(file)
			if err != nil {
				return nil, fmt.Errorf("macro: %w", err)
			}
			if err := s.Add(filepath.Base(file), series, data); err != nil {
				return nil, fmt.Errorf("macro: %w", err)
			}
		}
	}
	return s, nil
}

// filesOf lists the CSV files of a folder.
func filesOf(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("macro: %w", err)
	}
	var files []string
	for _, e := range entries {
		if name := strings.ToLower(e.Name()); strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".csv.gz") {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("macro: %s has no file that ends in .csv or .csv.gz", folder)
	}
	return files, nil
}

// load reads a file, unpacked where it is packed with gzip.
func load(path string) ([]byte, error) {
	data, err := textfile.Read(path, MaxFile)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if data, err = io.ReadAll(io.LimitReader(z, MaxFile+1)); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%s: expected at most %d MB", path, MaxFile>>20)
	}
	return data, nil
}

// table is a CSV being read. Columns are found in any case.
type table struct{ *textfile.Table }

func (t *table) fail(line int, format string, args ...any) error {
	return &textfile.LineError{File: t.Name, Line: line, Problem: fmt.Sprintf(format, args...)}
}

// at finds a column; -1 is none.
func (t *table) at(name string) int {
	return slices.IndexFunc(t.Head, func(h string) bool { return strings.EqualFold(h, name) })
}

func (t *table) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return t.at(name) < 0 })
}

// findHeader finds the header line: that of a World Bank download stands below a preamble.
func (t *table) findHeader() error {
	for n := 0; n < 10; n++ {
		t.Head = nil // a line of any length may be the header
		row, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		t.Head = row
		if t.has("Country Code") || t.has("isocode", "year") || t.has("economy", "year", "series", "value") {
			return nil
		}
	}
	return t.fail(1, "no header of a known format; expected economy,year,series,value; or Country Name,Country Code,Year,Value; or a World Bank download with one column per year; or the columns isocode and year of the Penn World Table")
}

// Add reads a file's text. series says what its values are where the file does not; "" takes it from the file or its name.
func (s *Set) Add(name, series string, text []byte) error {
	sum := sha256.Sum256(text)
	t := &table{textfile.NewTable(name, text)}
	t.AnyBytes = true // names of economies may be Latin-1, codes and numbers are not
	if err := t.findHeader(); err != nil {
		return err
	}
	if s.values == nil {
		s.values = map[key]value{}
	}
	s.Files = append(s.Files, &File{Name: name, SHA256: hex.EncodeToString(sum[:]), Text: text, Aggregates: map[string]int{}})
	f := s.Files[len(s.Files)-1]
	var err error
	switch {
	case t.has("Country Code", "Year", "Value"):
		f.Format, err = "World Bank, one row per year", s.long(t, series)
	case t.has("Country Code", "Indicator Code"):
		f.Format, err = "World Bank, one column per year", s.wide(t)
	case t.has("isocode", "year"):
		f.Format, err = "Penn World Table (Feenstra, Inklaar and Timmer 2015)", s.pwt(t)
	case t.has("economy", "year", "series", "value"):
		f.Format, err = "economy,year,series,value", s.own(t)
	default:
		err = t.fail(1, "columns %s: expected Country Code with Year and Value, or with Indicator Code and one column per year", strings.Join(t.Head, ","))
	}
	if err == nil && f.Values+f.Superseded == 0 {
		err = fmt.Errorf("%s has no value of an economy", name)
	}
	return err
}

// each hands over the rows.
func (s *Set) each(t *table, take func(line int, field func(i int) string) error) error {
	for {
		row, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(t.Line, func(i int) string { return row[i] }); err != nil {
			return err
		}
	}
}

// put reads a value and takes it over.
func (s *Set) put(t *table, line int, economy, year string, d definition, scale float64, text string) error {
	if text == "" || text == "NA" || text == ".." {
		s.Files[len(s.Files)-1].Missing++
		return nil
	}
	y, err := strconv.Atoi(year)
	if err != nil || y < 1000 || y > 2200 {
		return t.fail(line, "year %q: expected a year such as 2020", year)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return t.fail(line, "%s of %s in %d is %q: expected a number, or nothing where it is missing", d.series, economy, y, text)
	}
	if d.positive && x <= 0 {
		return t.fail(line, "%s of %s in %d is %s: expected more than 0", d.series, economy, y, text)
	}
	if err := s.add(line, economy, y, d, x*scale); err != nil {
		return t.fail(line, "%v", err)
	}
	return nil
}

// long reads Country Name,Country Code,Year,Value, which does not say what its values are: the series is given, or in the file's name.
func (s *Set) long(t *table, series string) error {
	d, ok := definitionOf(series)
	if !ok {
		if d, ok = definitionIn(t.Name); !ok {
			return t.fail(1, "neither the columns nor the name of the file say what its values are; name the series, one of %s: %s=%s", seriesNames(), GDP, t.Name)
		}
	}
	code, year, value := t.at("Country Code"), t.at("Year"), t.at("Value")
	return s.each(t, func(line int, field func(int) string) error {
		return s.put(t, line, field(code), field(year), d, d.scale, field(value))
	})
}

// definitionIn finds the series that the name of a file tells: an indicator's code, current GDP or population.
func definitionIn(name string) (definition, bool) {
	name = strings.ToLower(name)
	for _, d := range definitions {
		if strings.Contains(name, strings.ToLower(d.indicator)) {
			return d, true
		}
	}
	switch {
	case strings.Contains(name, "gdp") && strings.Contains(name, "current") && strings.Contains(name, "usd"):
		return definitionOf(string(GDP))
	case strings.Contains(name, "population"):
		return definitionOf(string(Population))
	}
	return definition{}, false
}

// wide reads a download of the World Bank: an indicator and an economy a row, a column a year. Other indicators are left out.
func (s *Set) wide(t *table) error {
	code, indicator := t.at("Country Code"), t.at("Indicator Code")
	return s.each(t, func(line int, field func(int) string) error {
		i := slices.IndexFunc(definitions, func(d definition) bool { return d.indicator == field(indicator) })
		if i < 0 {
			return nil
		}
		for c, year := range t.Head {
			if _, err := strconv.Atoi(year); err != nil {
				continue
			}
			if err := s.put(t, line, field(code), year, definitions[i], definitions[i].scale, field(c)); err != nil {
				return err
			}
		}
		return nil
	})
}

// pwt reads the columns of the Penn World Table that are series here.
func (s *Set) pwt(t *table) error {
	code, year := t.at("isocode"), t.at("year")
	found := false
	for _, d := range definitions {
		found = found || d.pwt != "" && t.at(d.pwt) >= 0
	}
	if !found {
		return t.fail(1, "columns %s: expected csh_c, the share of household consumption", strings.Join(t.Head, ","))
	}
	return s.each(t, func(line int, field func(int) string) error {
		for _, d := range definitions {
			if c := t.at(d.pwt); d.pwt != "" && c >= 0 {
				if err := s.put(t, line, field(code), field(year), d, 1, field(c)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// own reads economy,year,series,value.
func (s *Set) own(t *table) error {
	economy, year, series, value := t.at("economy"), t.at("year"), t.at("series"), t.at("value")
	return s.each(t, func(line int, field func(int) string) error {
		d, ok := definitionOf(field(series))
		if !ok {
			return t.fail(line, "series %q: expected one of %s", field(series), seriesNames())
		}
		return s.put(t, line, field(economy), field(year), d, 1, field(value))
	})
}
