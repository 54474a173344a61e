package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"chokepoint/clickhouse"
	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/macro"
	"chokepoint/published"
	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/tomlfile"
	"chokepoint/trade"
)

// Exit codes, as documented in `chokepoint --help`.
const (
	exitOK          = 0
	exitFailed      = 1   // the work failed: unreadable data, damaged dataset, disk full
	exitUsage       = 2   // the question was wrong: unknown flag, economy, product, method
	exitInterrupted = 130 // Ctrl-C
)

// app is one run of the program: what to read from, where to write, and the flags that all questions share.
type app struct {
	ctx        context.Context // of the run
	out, err   io.Writer
	width      int      // of the terminal; 0 where there is none
	screen     *os.File // err, where it is a terminal that can show how far the work is
	args       []string
	data       string
	dataset    string
	engine     string
	blocs      []string
	macro      []string
	register   string
	flags      string // a list of dependencies
	prices     string // an index of prices
	format     string
	outFile    string
	wide       bool   // show all columns
	force      bool   // replace it where it is there
	provenance string // file that gets it
	filter     string
	sort       string
	limit      rowCount
	offset     rowCount

	connected *clickhouse.Cluster // by --engine; see cluster
}

// run is the whole program as a function, for main and for tests.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	a := &app{ctx: ctx, out: out, err: result.Wrapped(errs, windowOf(errs)), width: windowOf(out), args: args}
	if isTerminal(errs) {
		a.screen = errs.(*os.File)
	}
	err := fault.Do(a.execute)
	var thrown *fault.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &thrown):
		a.printFault(err, thrown)
		return exitFailed
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(a.err, "chokepoint: interrupted; nothing was changed")
		return exitInterrupted
	}
	fmt.Fprintln(a.err, "chokepoint:", err)
	return exitCode(err)
}

// exitCode is exitUsage for a known mistake of the user alone. Damaged data fail, also where it was a question that met them.
func exitCode(err error) int {
	var wrong *fault.QuestionError
	var damaged *store.DamagedError
	var server *clickhouse.Error
	if !errors.As(err, &wrong) || errors.As(err, &damaged) || errors.As(err, &server) {
		return exitFailed
	}
	return exitUsage
}

// execute runs the command that the arguments name.
func (a *app) execute() error {
	root := a.root()
	root.SetArgs(a.args)
	root.SetOut(a.text())
	root.SetErr(a.err)
	if err := switchWithValue(root, a.args); err != nil {
		return err
	}
	running := false
	begin(root, &running)
	err := root.ExecuteContext(a.ctx)
	if !running {
		err = fault.Question(err) // of flags and arguments
	}
	if a.connected != nil {
		err = errors.Join(err, a.connected.Close())
	}
	return err
}

// switchWithValue is an error where true or false follows a flag that is on when it is named: the word would be taken for an argument of the command.
func switchWithValue(root *cobra.Command, args []string) error {
	cmd, _, err := root.Find(args)
	if err != nil {
		return nil // which is said when the command is run
	}
	for i := 1; i < len(args) && args[i-1] != "--"; i++ {
		name, long := strings.CutPrefix(args[i-1], "--")
		if word := strings.ToLower(args[i]); !long || word != "true" && word != "false" {
			continue
		}
		if f := cmd.Flag(name); f != nil && f.NoOptDefVal == "true" {
			return fault.Questionf("%s: --%s %s: expected --%s alone or --%s=%s", cmd.CommandPath(), name, args[i], name, name, strings.ToLower(args[i]))
		}
	}
	return nil
}

// begin notes in running when a command begins its work: what fails before are flags and arguments.
func begin(cmd *cobra.Command, running *bool) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*running = true
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		begin(sub, running)
	}
}

// printFault says that the user has done nothing wrong, after what the authors need to find the mistake.
func (a *app) printFault(err error, thrown *fault.Error) {
	if thrown.Memory() {
		fmt.Fprintf(a.err, "chokepoint: %v\n  Was the data folder changed, or its disk removed? Run `chokepoint datasets verify`.\n", err)
		return
	}
	fmt.Fprintf(a.err, `%s
chokepoint: %v
  This is a bug in the program, not an error in your question. Please report it with
  the lines above, the name of the dataset and the command:
    %s
  (chokepoint %s). A damaged dataset can be the cause:
  run `+"`chokepoint datasets verify`"+`.
`, thrown.Stack, err, a.command(a.dataset), version)
}

// source opens the dataset that --dataset names, else the one that answers where none is named.
func (a *app) source() (*study.Source, error) {
	if err := a.wholeName(); err != nil {
		return nil, err
	}
	name := a.dataset
	if name == "" {
		c, err := a.choice()
		if err != nil {
			return nil, err
		}
		name = c.Name
	}
	return a.sourceOf(name)
}

// choice is the dataset that answers where a question names none, with its notes on standard error.
func (a *app) choice() (c store.Choice, err error) {
	if a.engine != "" {
		connected, err := a.cluster(a.ctx)
		if err != nil {
			return c, err
		}
		c, err = connected.Default(a.ctx)
		return c, a.printChoice(c, err)
	}
	dir, err := a.dataDir()
	if err != nil {
		return c, err
	}
	c, err = store.Default(dir)
	return c, a.printChoice(c, err)
}

// printChoice prints the notes of a choice; an error says them itself.
func (a *app) printChoice(c store.Choice, err error) error {
	if err == nil {
		for _, note := range c.Notes {
			fmt.Fprintln(a.err, "note:", note)
		}
	}
	return err
}

func (a *app) sourceOf(dataset string) (*study.Source, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	blocs, err := a.blocTable()
	if err != nil {
		return nil, err
	}
	var s *study.Source
	if a.engine != "" {
		s, err = a.clusterOf(dataset, blocs)
	} else {
		s, err = a.filesOf(dir, dataset, blocs)
	}
	if err != nil {
		return nil, err
	}
	if err := a.beside(s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (a *app) filesOf(dir, dataset string, blocs *trade.Blocs) (*study.Source, error) {
	d, err := store.Open(dir, dataset)
	if err != nil {
		return nil, err
	}
	return &study.Source{Dataset: d, Blocs: blocs, Files: readDefinition, Program: "chokepoint " + version, Command: a.command(dataset)}, nil
}

// beside opens the files of a user that go with the dataset.
func (a *app) beside(s *study.Source) (err error) {
	if len(a.macro) > 0 {
		if s.Macro, err = macro.Open(a.macro...); err != nil {
			return fault.Question(err)
		}
	}
	if a.register != "" {
		if s.Register, err = register.Open(a.register); err != nil {
			return fault.Question(err)
		}
	}
	s.Beside, err = a.besideAll()
	return err
}

// besideAll opens the files of a user that go with all datasets.
func (a *app) besideAll() (b study.Beside, err error) {
	if a.flags != "" {
		if b.Flags, err = published.Open(a.flags); err != nil {
			return b, fault.Question(err)
		}
	}
	if a.prices != "" {
		if b.Deflator, err = macro.OpenDeflator(a.prices); err != nil {
			return b, fault.Question(err)
		}
	}
	if dir, err := a.dataDir(); err == nil {
		b.Tables = icio.Open(dir)
	}
	return b, nil
}

// besideFlags are those of commands that answer many questions.
func (a *app) besideFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.flags, "flags", "", "a published list for compare published: GeoDep's CSV, or one with economy,product,year,flag")
	cmd.Flags().StringVar(&a.prices, "prices-file", "", "a price index for prices=constant:YEAR: CSV with year,index and a line # source: …")
}

// clusterOf opens a dataset of the cluster that --engine names.
func (a *app) clusterOf(dataset string, blocs *trade.Blocs) (*study.Source, error) {
	c, err := a.cluster(a.ctx)
	if err != nil {
		return nil, err
	}
	e, err := c.Open(a.ctx, dataset)
	if err != nil {
		return nil, err
	}
	return &study.Source{Dataset: e.Dataset, Engine: e, Blocs: blocs, Files: readDefinition, Program: "chokepoint " + version, Command: a.command(dataset)}, nil
}

// cluster connects to what --engine names; the connections are closed when the program ends.
func (a *app) cluster(ctx context.Context) (*clickhouse.Cluster, error) {
	if a.connected == nil {
		c, err := clickhouse.Connect(ctx, a.engine)
		if err != nil {
			return nil, err
		}
		a.connected = c
	}
	return a.connected, nil
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
			return nil, fault.Question(err)
		}
	}
	return blocs, nil
}

// command is the command line as typed, without the data folder, which says where and not what, and with the dataset, also
// where it was not typed: what is chosen today may not be chosen tomorrow.
func (a *app) command(dataset string) string {
	words, skip := []string{"chokepoint"}, false
	for _, arg := range a.args {
		switch {
		case skip:
			skip = false
		case arg == "--data" || arg == "--out" || arg == "--engine" || arg == "--provenance":
			skip = true
		case strings.HasPrefix(arg, "--data=") || strings.HasPrefix(arg, "--engine=") || strings.HasPrefix(arg, "--out=") || strings.HasPrefix(arg, "--provenance="):
		default:
			words = append(words, arg)
		}
	}
	if a.dataset == "" && dataset != "" {
		end := slices.Index(words, "--")
		if end < 0 {
			end = len(words)
		}
		words = slices.Insert(words, end, "--dataset", dataset)
	}
	return study.ShellLine(words)
}

// withSource checks the output flags and opens the dataset for as long as answer runs.
func (a *app) withSource(answer func(s *study.Source) error) error {
	if _, err := a.outputFormat(); err != nil { // a wrong --format or --out is found before the work begins
		return err
	}
	s, err := a.source()
	if err != nil {
		return err
	}
	defer s.Close()
	return answer(s)
}

// outputFormat is --format, else what the ending of --out says, else the table.
func (a *app) outputFormat() (format result.Format, err error) {
	switch {
	case a.format != "" && a.outFile != "":
		if format, err = result.ParseFormat(a.format); err == nil {
			err = format.Suits(a.outFile)
		}
	case a.format != "":
		format, err = result.ParseFormat(a.format)
	case a.outFile != "":
		format, err = result.FormatOf(a.outFile)
	default:
		format = result.FormatTable
	}
	if err == nil && a.provenance != "" && (a.outFile != "" || !format.RowsAlone()) {
		err = fmt.Errorf("--provenance %s: it is for csv, csv-safe, ndjson or sdmx-csv on standard output; --out writes a second file next to the first, and the other formats contain the provenance", a.provenance)
	}
	if err == nil && a.outFile == "" && format.Binary() && isTerminal(a.out) {
		err = fmt.Errorf("the format %s cannot be shown on a terminal; write it to a file with --out FILE, or pass it on with > FILE or | PROGRAM", format)
	}
	if err == nil {
		err = a.mayReplace(a.outFile)
	}
	return format, fault.Question(err)
}

// mayReplace refuses a file that is there already, unless --force is given.
func (a *app) mayReplace(path string) error {
	if path == "" || a.force {
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("--out %s: the file exists; --force replaces it", path)
	}
	return nil
}

func (a *app) write(t *result.Table) error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	if t, err = a.arrangement(format).Of(t); err != nil {
		return fault.Questionf("--sort %s: %w", a.sort, err)
	}
	if a.outFile != "" {
		if err := result.WriteFile(a.outFile, t, format); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "%d rows written to %s\n", t.Rows(), a.outFile)
		a.printNotes(t)
		return nil
	}
	if err := result.Write(a.out, t, format, a.tableOptions()); err != nil {
		return err
	}
	if format.RowsAlone() { // and has no room for them
		a.printNotes(t)
	}
	if a.provenance == "" {
		return nil
	}
	return result.ReplaceFile(a.provenance, func(w io.Writer) error { return result.WriteProvenance(w, t, format, "standard output") })
}

// printNotes says what a reader of t must know where it does not disturb a pipe.
func (a *app) printNotes(t *result.Table) {
	switch p := t.Page; {
	case p != nil && p.Total == 0: // the table says that it has no rows
	case p != nil && t.Rows() == 0:
		fmt.Fprintf(a.err, "note: none of the %d rows: --offset skips them all\n", p.Total)
	case p != nil:
		fmt.Fprintf(a.err, "note: rows %d to %d of %d\n", p.Offset+1, p.Offset+t.Rows(), p.Total)
	}
	for _, text := range t.Provisional {
		fmt.Fprintln(a.err, "provisional:", text)
	}
	for _, note := range result.Texts(t.Notes) {
		fmt.Fprintln(a.err, "note:", note)
	}
}

// tableOptions fits the table format to where it is printed.
func (a *app) tableOptions() result.Options {
	return result.Options{MaxRows: a.limit.rows, Width: a.width, Wide: a.wide, Color: isTerminal(a.out) && os.Getenv("NO_COLOR") == ""}
}

// text is where text for people goes: standard output, whose lines fit the window.
func (a *app) text() io.Writer { return result.Wrapped(a.out, a.width) }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// windowOf is how many columns the window has that w writes to; 0 where it is none. The variable COLUMNS says it for programs that pass the
// text on to a window, such as pagers.
func windowOf(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if !isTerminal(w) {
		return 0
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return width
}

// alternatives lists words as in "one, two or three".
func alternatives(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// datasetNames are the datasets of the data folder, as the shell offers them.
func (a *app) datasetNames() (names []string) {
	if dir, err := a.dataDir(); err == nil {
		list, _ := store.List(dir)
		for _, m := range list {
			names = append(names, m.Name+"\t"+m.Title)
		}
	}
	return names
}

func (a *app) outputFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.format, "format", "", alternatives(result.Formats())+" (default: by the ending of --out, otherwise table)")
	f.Func("out", "write to this file; for CSV, NDJSON and SDMX-CSV the provenance goes to a second file next to it; - is standard output", func(path string) error {
		if a.outFile = path; path == "-" {
			a.outFile = ""
		}
		return nil
	})
	f.BoolVar(&a.wide, "wide", false, "show all columns of the table with their whole text, however narrow the window")
	f.BoolVar(&a.force, "force", false, "replace the file of --out if it exists")
	f.StringVar(&a.provenance, "provenance", "", "with CSV, NDJSON or SDMX-CSV on standard output, write title, notes, provenance and columns to this file (JSON)")
	f.StringVar(&a.filter, "filter", "", "only rows that contain these words in their text columns, codes and names alike: \"battery CHN\"")
	f.StringVar(&a.sort, "sort", "", "columns to sort by, comma-separated; a minus before the name sorts in descending order (default: by value for the table, XLSX and parts of an answer; by keys for other files)")
	a.limit = rowCount{rows: 50}
	f.Var(&a.limit, "limit", "number of rows, starting at --offset; 0 means all, which is the default for everything but the table")
	f.Var(&a.offset, "offset", "number of rows to skip")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(result.Formats(), cobra.ShellCompDirectiveNoFileComp))
}

// rowCount is what the flags --limit and --offset hold. Where --limit is not given, only what people read is cut.
type rowCount struct {
	rows  int
	given bool
}

// String implements pflag.Value.
func (l *rowCount) String() string { return strconv.Itoa(l.rows) }

// Type implements pflag.Value.
func (l *rowCount) Type() string { return "rows" }

// Set implements pflag.Value.
func (l *rowCount) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return fmt.Errorf("expected a whole number of rows, 0 to %d", math.MaxInt32)
	}
	l.rows, l.given = int(n), true
	return nil
}

// arrangement is what --filter, --sort, --limit and --offset ask of a format. The table on the terminal says itself how many rows it leaves out.
func (a *app) arrangement(format result.Format) result.Arrangement {
	w := result.Arrangement{Filter: strings.TrimSpace(a.filter), Offset: a.offset.rows}
	if a.sort != "" {
		w.Sort = strings.Split(a.sort, ",")
	}
	if a.limit.given && (format != result.FormatTable || a.outFile != "") {
		w.Limit = a.limit.rows
	}
	w.ByValue = format.ByValue() || a.limit.given && a.limit.rows > 0 || w.Offset > 0
	return w
}

// readDefinition reads a file that a parameter names.
func readDefinition(name string) ([]byte, error) {
	data, err := tomlfile.ReadFile(name, tomlfile.MaxFile)
	return data, fault.Question(err)
}
