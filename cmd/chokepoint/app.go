package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"chokepoint/analysis"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
)

// version is set by the linker in releases.
var version = "0.1.0-dev"

// Exit codes, as documented in `chokepoint --help`.
const (
	exitOK          = 0
	exitFailed      = 1   // the work failed: unreadable data, damaged dataset, disk full
	exitUsage       = 2   // the question was wrong: unknown flag, economy, product, method
	exitInterrupted = 130 // Ctrl-C
)

// app is one run of the program: what to read from, where to write, and the flags that all questions share.
type app struct {
	out, err io.Writer
	args     []string
	data     string
	dataset  string
	blocs    []string
	format   string
	outFile  string
	limit    int
	query    analysis.Query
	minValue string
}

// run is the whole program as a function, for main and for tests.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	a := &app{out: out, err: errs, args: args}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(errs, "chokepoint: interrupted; nothing was changed")
		return exitInterrupted
	}
	fmt.Fprintln(errs, "chokepoint:", err)
	var failed *failure
	var damaged *store.DamagedError
	if errors.As(err, &failed) || errors.As(err, &damaged) {
		return exitFailed
	}
	return exitUsage
}

// failure marks an error as exit code 1: the question was right, the work failed.
type failure struct{ error }

func (f *failure) Unwrap() error { return f.error }

func failed(err error) error {
	if err == nil {
		return nil
	}
	return &failure{err}
}

// source opens the dataset that --data and --dataset name.
func (a *app) source() (*analysis.Source, error) { return a.sourceOf(a.dataset) }

func (a *app) sourceOf(dataset string) (*analysis.Source, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	blocs, err := a.blocTable()
	if err != nil {
		return nil, err
	}
	d, err := store.Open(dir, dataset)
	if err != nil {
		return nil, err
	}
	return &analysis.Source{Dataset: d, Blocs: blocs, Program: "chokepoint " + version, Command: a.command()}, nil
}

func (a *app) dataDir() (string, error) {
	if a.data != "" {
		return a.data, nil
	}
	return store.DefaultDir()
}

func (a *app) blocTable() (*trade.Blocs, error) {
	blocs := trade.BuiltinBlocs()
	for _, path := range a.blocs {
		if err := blocs.AddFile(path); err != nil {
			return nil, err
		}
	}
	return blocs, nil
}

// command is the command line as typed, without the data folder, which says where and not what.
func (a *app) command() string {
	words := []string{"chokepoint"}
	skip := false
	for _, arg := range a.args {
		switch {
		case skip:
			skip = false
		case arg == "--data" || arg == "--out":
			skip = true
		case strings.HasPrefix(arg, "--data=") || strings.HasPrefix(arg, "--out="):
		case strings.ContainsAny(arg, " |&;<>()$*'\""):
			words = append(words, "'"+strings.ReplaceAll(arg, "'", `'\''`)+"'")
		default:
			words = append(words, arg)
		}
	}
	return strings.Join(words, " ")
}

// ask opens the dataset, puts the question, prints the answer and closes the dataset.
func (a *app) ask(question func(s *analysis.Source, q analysis.Query) (*result.Table, error)) error {
	return a.withSource(func(s *analysis.Source, q analysis.Query) error {
		t, err := question(s, q)
		if err != nil {
			return err
		}
		return a.write(t)
	})
}

// withSource checks the output flags, reads the question, and opens the dataset for as long as answer runs.
func (a *app) withSource(answer func(s *analysis.Source, q analysis.Query) error) error {
	if _, err := a.outputFormat(); err != nil { // a wrong --format or --out is found before the work begins
		return err
	}
	q, err := a.readQuery()
	if err != nil {
		return err
	}
	s, err := a.source()
	if err != nil {
		return err
	}
	defer s.Dataset.Close()
	return answer(s, q)
}

func (a *app) readQuery() (analysis.Query, error) {
	q := a.query
	q.Dataset = a.dataset
	if a.minValue != "" {
		var err error
		if q.MinValue, err = analysis.ParseMinValue(a.minValue); err != nil {
			return q, err
		}
	}
	return q, nil
}

// outputFormat is --format, else what the ending of --out says, else the table.
func (a *app) outputFormat() (result.Format, error) {
	switch {
	case a.format != "":
		return result.ParseFormat(a.format)
	case a.outFile != "":
		return result.FormatOf(a.outFile)
	}
	return result.FormatTable, nil
}

func (a *app) write(t *result.Table) error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	if a.outFile != "" {
		if err := result.WriteFile(a.outFile, t, format); err != nil {
			return failed(err)
		}
		fmt.Fprintf(a.err, "%d rows written to %s\n", t.Rows(), a.outFile)
		return nil
	}
	if err := result.Write(a.out, t, format, a.tableOptions()); err != nil {
		return failed(err)
	}
	if format == result.FormatCSV {
		// CSV has no room for notes: say them where they do not disturb a pipe.
		for _, note := range t.Notes {
			fmt.Fprintln(a.err, "note:", note)
		}
	}
	return nil
}

// tableOptions fits the table format to where it is printed.
func (a *app) tableOptions() result.Options {
	opt := result.Options{MaxRows: a.limit}
	if f, ok := a.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		opt.Width, _, _ = term.GetSize(int(f.Fd()))
		opt.Color = os.Getenv("NO_COLOR") == ""
	}
	return opt
}

// queryFlags adds the flags that questions share. A command that does not use one leaves it out.
func (a *app) queryFlags(cmd *cobra.Command, names ...string) {
	f := cmd.Flags()
	for _, name := range names {
		switch name {
		case "importers":
			f.StringVar(&a.query.Importers, "importers", "all", "who depends: USA, EU27, USA+EU27 (merged), USA,EU27 (listed), 'USA|EU27' (either), EU27:members, all")
		case "partners":
			f.StringVar(&a.query.Partners, "partners", "-", "on whom: as --importers, or - for anyone")
		case "products":
			f.StringVar(&a.query.Products, "products", "all", "HS codes or their beginnings: 850760,8541,28")
		case "years":
			f.StringVar(&a.query.Years, "years", "all", "2000,2010:2020")
		case "method":
			f.StringVar(&a.query.Method, "method", analysis.DefaultMethod, "definitions of dependency: ids (\"chokepoint methods\" lists them) or files ending in .toml, comma-separated, or all")
		case "persistence":
			f.StringVar(&a.query.Persistence, "persistence", "", "K/N: criteria must hold in K of the N years that end in the year shown (default: the method's own)")
		case "world":
			f.StringVar(&a.query.World, "world", "", "how trade inside a bloc counts in world exports: gross leaves it in, net takes it out and the bloc as one exporter (default: the method's own)")
		case "min-value":
			f.StringVar(&a.minValue, "min-value", "", "keep products of which the importer buys at least this many US dollars in the year")
		default:
			panic("no such flag: " + name)
		}
	}
	for name, words := range a.completions() {
		if cmd.Flags().Lookup(name) != nil {
			cmd.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return words(), cobra.ShellCompDirectiveNoFileComp
			})
		}
	}
	a.outputFlags(cmd)
}

// completions gives the words that the shell offers for a flag.
func (a *app) completions() map[string]func() []string {
	blocs := func() (ids []string) {
		if table, err := a.blocTable(); err == nil {
			for _, b := range table.All() {
				ids = append(ids, b.ID)
			}
		}
		return append(ids, "all")
	}
	return map[string]func() []string{
		"importers": blocs,
		"partners":  blocs,
		"world":     func() []string { return []string{string(trade.Gross), string(trade.Net)} },
		"method": func() (ids []string) {
			for _, m := range method.Builtin() {
				ids = append(ids, m.ID+"\t"+m.Title)
			}
			return append(ids, "all")
		},
	}
}

func (a *app) outputFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.format, "format", "", "table, csv, json, parquet, xlsx, ndjson, arrow or sdmx-csv (default: by the ending of --out, else table)")
	f.StringVar(&a.outFile, "out", "", "write to this file; CSV gets its provenance in a second file beside it")
	f.IntVar(&a.limit, "limit", 50, "rows that the table format prints; 0 prints all")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(result.Formats(), cobra.ShellCompDirectiveNoFileComp))
}
