package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"
	"time"

	"chokepoint/bench/limit"
)

// errNotAsked says that an engine is not made for a question on these data.
var errNotAsked = errors.New("not asked")

// open makes the engines ready. One that is not installed is left out, with a note that says what to install.
func open(ctx context.Context, home string, d *dataset, names []string) (engines []engine, notes []string, err error) {
	for _, name := range names {
		var e engine
		switch name {
		case "ours":
			e, err = newOurs(d)
		case "memory":
			e = byteSum{d}
		case "duckdb":
			e, err = newDuck(ctx, home, d)
		case "clickhouse":
			e, err = newClickHouse(home, d)
		case "pandas":
			e, err = newScript(home, d, "pandas", "/usr/bin/python3", "scripts/pandas_peer.py", "python3-pandas")
		case "datatable":
			e, err = newScript(home, d, "data.table", "Rscript", "scripts/datatable_peer.R", "r-cran-data.table")
		default:
			err = fmt.Errorf("no engine %q", name)
		}
		var missing missingError
		if errors.As(err, &missing) {
			notes = append(notes, fmt.Sprintf("%s, %s: left out: %v", d.name, name, err))
			continue
		}
		if err != nil {
			return engines, notes, fmt.Errorf("%s: %w", name, err)
		}
		engines = append(engines, e)
	}
	return engines, notes, nil
}

// missingError says that a peer cannot take part.
type missingError string

func (e missingError) Error() string { return string(e) }

// sqlOf fills in a peer's SQL for a part of a question: statements to run in order. One that follows the line
// `-- for each year` stands for as many as there are years.
func sqlOf(folder, part, threshold string, d *dataset) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(folder, part+".sql"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotAsked // nobody has written the question for this engine
	}
	if err != nil {
		return nil, err
	}
	product, _, err := d.largest()
	if err != nil {
		return nil, err
	}
	years, window, _ := strings.Cut(d.persistence(), "/")
	var statements []string
	for _, statement := range strings.Split(string(text), ";\n") {
		t, err := template.New(part).Funcs(template.FuncMap{"sections": d.sections}).Parse(statement)
		if err != nil {
			return nil, err
		}
		runs := []int{0}
		if strings.Contains(statement, "-- for each year\n") {
			runs = d.source.Dataset.Years()
		}
		for _, year := range runs {
			var b strings.Builder
			err := t.Execute(&b, map[string]any{"EU27": eu27, "Threshold": threshold, "Product": product, "Years": years, "Window": window, "Year": year, "Last": lastOf(d), "CSV": d.csv})
			if err != nil {
				return nil, err
			}
			statements = append(statements, b.String())
		}
	}
	return statements, nil
}

// sections are rows (section, first, last) for SQL: each section of the HS as ranges of places in the list of products.
func (d *dataset) sections() (string, error) {
	groups, _, err := d.source.Groups(sections)
	if err != nil {
		return "", err
	}
	section := map[string]int{}
	for i, g := range groups {
		for _, code := range g.Products {
			section[code] = i
		}
	}
	type span struct{ section, first, last int }
	var spans []span
	for i, p := range d.source.Dataset.Products().All() {
		if n := section[p.Code]; len(spans) > 0 && spans[len(spans)-1].section == n {
			spans[len(spans)-1].last = i
		} else {
			spans = append(spans, span{n, i, i})
		}
	}
	var rows []string
	for _, s := range spans {
		rows = append(rows, fmt.Sprintf("(%d, %d, %d)", s.section, s.first, s.last))
	}
	return strings.Join(rows, ", "), nil
}

// lastOf is the last year of a dataset.
func lastOf(d *dataset) int {
	years := d.source.Dataset.Years()
	return years[len(years)-1]
}

// byteSum is not a peer but the limit: how long the machine takes to read the columns of all flows once.
type byteSum struct{ *dataset }

func (m byteSum) name() string { return "memory" }
func (m byteSum) close()       {}

func (m byteSum) ask(_ context.Context, q question, _ string) ([]string, time.Duration, error) {
	if q.name != "scan" {
		return nil, 0, errNotAsked
	}
	start := time.Now()
	_, err := limit.Sum(m.files)
	return nil, time.Since(start), err
}

var threads = runtime.GOMAXPROCS(0)
