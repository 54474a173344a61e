package main

import (
	"archive/zip"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "write what the program prints into testdata and docs")

// TestMain lets the scripts run this test binary as the program itself.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chokepoint": main})
}

// TestScript runs the scripts of testdata: each is a session at the command line, with its files and the output wanted.
//
// Beside the commands of testscript there are
//
//	exits CODE chokepoint ARG…   run the program and want that exit code
//	steady stdout|FILE NAME      copy without dates, durations and memory, to compare
//	zip NAME FILE…               make an archive of files, in the root of it
//	within PATTERN FILE OTHER    want the lines that match among the lines of the other file
//	same PATTERN FILE…           want the pattern in each file, once, and the same text
//	gzip NAME FILE               compress a file
//	cut NAME BYTES               cut a file off
//	flip NAME BYTE               flip a bit of a file; NAME may be a pattern
//	parquet NAME                 print the columns, the number of rows and the provenance of a Parquet file
//	xlsx NAME                    print the sheets of a workbook as CSV, text cells in quotes
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: false,
		Condition: func(cond string) (bool, error) {
			if cond == "slow" {
				return !testing.Short(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("CHOKEPOINT_DATA", filepath.Join(env.WorkDir, "data"))
			// The race detector sleeps for a second at the end of each process otherwise, five hundred times.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "steady": steady, "zip": zipFiles, "gzip": gzipFile, "cut": cut, "flip": flip,
			"parquet": printParquet, "xlsx": printXLSX, "within": within, "same": same,
		},
	})
}

func want(ts *testscript.TestScript, neg, ok bool, usage string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 2, "exits CODE chokepoint ARG…")
	wanted, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != wanted {
		ts.Fatalf("exit code %d, want %d", got, wanted)
	}
}

// unsteady is what differs from one run to the next.
var unsteady = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(?m)^[\d.]+ s, [\d,]+ rows/s(, peak memory [\d,]+ MB)?\.$`), "N s, N rows/s, peak memory N MB."},
	{regexp.MustCompile(`in [\d.]+ s as dataset`), "in N s as dataset"},
	{regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b(T[\d:.]+Z)?`), "DATE"},
}

func steady(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "steady stdout|FILE NAME")
	text := ts.ReadFile(args[0])
	for _, u := range unsteady {
		text = u.what.ReplaceAllString(text, u.with)
	}
	text = strings.ReplaceAll(text, ts.Getenv("WORK"), "$WORK")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o666))
}

func within(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 3, "within PATTERN FILE OTHER")
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	found, all := 0, strings.Split(ts.ReadFile(args[2]), "\n")
	for line := range strings.SplitSeq(ts.ReadFile(args[1]), "\n") {
		if !pattern.MatchString(line) {
			continue
		}
		found++
		if !slices.Contains(all, line) {
			ts.Fatalf("%s does not have the line of %s\n%s", args[2], args[1], line)
		}
	}
	if found == 0 {
		ts.Fatalf("no line of %s matches %s", args[1], args[0])
	}
}

func same(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 3, "same PATTERN FILE FILE…")
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	first := ""
	for _, name := range args[1:] {
		found := pattern.FindAllString(ts.ReadFile(name), -1)
		if len(found) != 1 || first != "" && found[0] != first {
			ts.Fatalf("%s: got %q, want %q once", name, found, cmp.Or(first, args[0]))
		}
		first = found[0]
	}
}

func zipFiles(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 2, "zip NAME FILE…")
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := zip.NewWriter(f)
	for _, name := range args[1:] {
		w, err := z.Create(filepath.Base(name))
		ts.Check(err)
		_, err = io.WriteString(w, ts.ReadFile(name))
		ts.Check(err)
	}
	ts.Check(cmp.Or(z.Close(), f.Close()))
}

func gzipFile(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "gzip NAME FILE")
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := gzip.NewWriter(f)
	_, err = io.WriteString(z, ts.ReadFile(args[1]))
	ts.Check(cmp.Or(err, z.Close(), f.Close()))
}

func cut(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "cut NAME BYTES")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), int64(n)))
}

func flip(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "flip NAME BYTE")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) != 1 {
		ts.Fatalf("%s fits %d files, want one", args[0], len(names))
	}
	data, err := os.ReadFile(names[0])
	ts.Check(err)
	data[n] ^= 1
	ts.Check(os.WriteFile(names[0], data, 0o666))
}

func printParquet(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 1, "parquet NAME")
	r, err := file.OpenParquetFile(ts.MkAbs(args[0]), false)
	ts.Check(err)
	defer r.Close()
	schema := r.MetaData().Schema
	for i := range schema.NumColumns() {
		c := schema.Column(i)
		fmt.Fprintf(ts.Stdout(), "%s %s\n", c.Name(), c.PhysicalType())
	}
	fmt.Fprintf(ts.Stdout(), "%d rows\n", r.NumRows())
	if text := r.MetaData().KeyValueMetadata().FindValue("chokepoint.provenance"); text != nil {
		fmt.Fprintf(ts.Stdout(), "provenance %s\n", *text)
	}
}

func printXLSX(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 1, "xlsx NAME")
	book, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer book.Close()
	for _, sheet := range book.GetSheetList() {
		fmt.Fprintf(ts.Stdout(), "sheet %s\n", sheet)
		rows, err := book.GetRows(sheet, excelize.Options{RawCellValue: true})
		ts.Check(err)
		for r, row := range rows {
			for c := range row {
				at, err := excelize.CoordinatesToCellName(c+1, r+1)
				ts.Check(err)
				kind, err := book.GetCellType(sheet, at)
				ts.Check(err)
				if kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
					row[c] = strconv.Quote(row[c])
				}
			}
			fmt.Fprintln(ts.Stdout(), strings.Join(row, ","))
		}
	}
}

// TestInterrupted checks that Ctrl-C ends each kind of work with its own exit code and leaves nothing half done.
func TestInterrupted(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	world := tinyWorld(t)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	interrupted := func(args ...string) {
		t.Helper()
		var out strings.Builder
		if code := run(stopped, args, &out, &out); code != exitInterrupted {
			t.Errorf("chokepoint %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, exitInterrupted, out.String())
		}
	}
	interrupted("ingest", "baci", world)
	if !testing.Short() {
		interrupted("demo")
	}
	if list := rows(t, program(t, "datasets", "--format", "csv")); len(list) != 0 {
		t.Errorf("datasets after an interrupted ingest: %v", list)
	}
	program(t, "ingest", "baci", world)
	interrupted("ingest", "baci", "--replace", world)
	interrupted("datasets", "verify", "baci-hs17-v202601")
	interrupted("count")
	interrupted("dependencies")
	interrupted("indicators")
	program(t, "datasets", "verify", "baci-hs17-v202601")
}

// program runs the program in this process and fails unless it exits with 0.
func program(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if code := run(context.Background(), args, &out, &errs); code != exitOK {
		t.Fatalf("chokepoint %s: exit code %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String()
}

// rows reads CSV as one map a row, by column.
func rows(t *testing.T, text string) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		list = append(list, row)
	}
	return list
}
