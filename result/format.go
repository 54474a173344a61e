package result

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"chokepoint/spelling"
)

// Format is one rendering of a table.
type Format string

// The formats.
const (
	FormatTable   Format = "table" // for people, on a terminal; numbers are rounded
	FormatCSV     Format = "csv"
	FormatJSON    Format = "json"
	FormatParquet Format = "parquet"
	FormatXLSX    Format = "xlsx"
	FormatNDJSON  Format = "ndjson"      // one JSON object a line
	FormatArrow   Format = "arrow"       // Arrow IPC file
	FormatSDMX    Format = "sdmx-csv"    // SDMX-CSV 2.0, for series
	FormatStata   Format = "dta"         // Stata, release 118
	FormatPackage Format = "datapackage" // Frictionless Data Package: an archive of CSV and its description
	FormatSafeCSV Format = "csv-safe"    // CSV with an apostrophe before text that a spreadsheet would run as a formula
)

// rendering is one entry of the table that ParseFormat, FormatOf, Formats and
// Write read.
type rendering struct {
	format     Format
	extensions []string // lower case
	mediaType  string
	write      func(io.Writer, *Table, Options) error
}

var renderings = []rendering{
	{FormatTable, []string{".txt"}, "text/plain; charset=utf-8", writeTable},
	{FormatCSV, []string{".csv"}, "text/csv; charset=utf-8; header=present", writeCSV},
	{FormatJSON, []string{".json"}, "application/json", writeJSON},
	{FormatParquet, []string{".parquet"}, "application/vnd.apache.parquet", writeParquet},
	{FormatXLSX, []string{".xlsx"}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", writeXLSX},
	{FormatNDJSON, []string{".ndjson", ".jsonl"}, "application/x-ndjson", writeNDJSON},
	{FormatArrow, []string{".arrow", ".feather"}, "application/vnd.apache.arrow.file", writeArrow},
	{FormatSDMX, nil, "application/vnd.sdmx.data+csv; version=2.0.0", writeSDMX},
	{FormatStata, []string{".dta"}, "application/x-stata-dta", writeStata},
	{FormatPackage, []string{".zip"}, "application/zip", writeDataPackage},
	{FormatSafeCSV, nil, "text/csv; charset=utf-8; header=present", writeSafeCSV},
}

// RowsAlone says that the format has no room for notes and provenance, which stand in a second file.
func (f Format) RowsAlone() bool {
	return f == FormatCSV || f == FormatSafeCSV || f == FormatNDJSON || f == FormatSDMX
}

// Options apply to the table format; the others always render everything.
type Options struct {
	MaxRows int  // rows to print; 0 prints all. What is cut is counted in the output
	Width   int  // columns of the terminal, which the table fits; 0 is unlimited
	Wide    bool // show all columns and all of their text
	Color   bool // use ANSI colours
}

// Formats lists the names of the formats.
func Formats() []string {
	names := make([]string, len(renderings))
	for i, r := range renderings {
		names[i] = string(r.format)
	}
	return names
}

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	if r := renderingOf(Format(strings.ToLower(strings.TrimSpace(name)))); r != nil {
		return r.format, nil
	}
	return "", fmt.Errorf("unknown format %q: expected one of %s%s", name, strings.Join(Formats(), ", "), spelling.Hint(name, Formats()))
}

// Binary says that nobody reads the format as text.
func (f Format) Binary() bool {
	return f == FormatParquet || f == FormatXLSX || f == FormatArrow || f == FormatStata || f == FormatPackage
}

// ByValue says that people read the format, in which rows stand in order of value unless another order is asked for.
func (f Format) ByValue() bool { return f == FormatTable || f == FormatXLSX }

// Suits says why a file should not have that name in format f: its ending names another. CSV and NDJSON of all kinds end alike.
func (f Format) Suits(path string) error {
	named, err := FormatOf(path)
	if err != nil || named == f || named == FormatCSV && f == FormatSafeCSV || named == FormatCSV && f == FormatSDMX {
		return nil // an ending that names nothing contradicts nothing
	}
	return fmt.Errorf("--format %s with --out %s: the ending names the format %s; expected one of them, or both alike", f, path, named)
}

// FormatOf reads the format from the extension of a file name.
func FormatOf(path string) (Format, error) {
	if strings.HasSuffix(strings.ToLower(path), ".sdmx.csv") {
		return FormatSDMX, nil
	}
	ext := strings.ToLower(filepath.Ext(path))
	var known []string
	for _, r := range renderings {
		for _, e := range r.extensions {
			if e == ext {
				return r.format, nil
			}
			known = append(known, e)
		}
	}
	return "", fmt.Errorf("%s: the extension %q names no format: expected one of %s, or say which with --format%s",
		path, ext, strings.Join(known, ", "), spelling.Hint(ext, known))
}

// Extension is the ending of files in format f, with its dot.
func (f Format) Extension() string {
	if r := renderingOf(f); r != nil && len(r.extensions) > 0 {
		return r.extensions[0]
	}
	return "." + string(f)
}

// MediaType is the type of f for an HTTP answer.
func (f Format) MediaType() string {
	if r := renderingOf(f); r != nil {
		return r.mediaType
	}
	return "application/octet-stream"
}

func renderingOf(f Format) *rendering {
	for i := range renderings {
		if renderings[i].format == f {
			return &renderings[i]
		}
	}
	return nil
}

// Write renders t in format f. When it returns an error, w may hold a part.
func Write(w io.Writer, t *Table, f Format, opt Options) error {
	r := renderingOf(f)
	if r == nil {
		_, err := ParseFormat(string(f))
		return err
	}
	if err := t.CheckValid(); err != nil {
		return err
	}
	if err := r.write(w, t, opt); err != nil {
		return fmt.Errorf("write table %s as %s: %w", t.Name, f, err)
	}
	return nil
}
