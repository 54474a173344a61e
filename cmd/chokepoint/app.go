package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"chokepoint/analysis"
	"chokepoint/clickhouse"
	"chokepoint/fault"
	"chokepoint/ingest"
	"chokepoint/macro"
	"chokepoint/method"
	"chokepoint/register"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/textfile"
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
	ctx      context.Context // of the run
	out, err io.Writer
	args     []string
	data     string
	dataset  string
	engine   string
	blocs    []string
	macro    []string
	register string
	format   string
	outFile  string
	limit    int

	connected *clickhouse.Cluster // by --engine; see cluster
}

// run is the whole program as a function, for main and for tests.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	a := &app{ctx: ctx, out: out, err: errs, args: args}
	err := fault.Do(a.execute)
	var thrown *fault.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &thrown):
		a.tellFault(err, thrown)
		return exitFailed
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(errs, "chokepoint: interrupted; nothing was changed")
		return exitInterrupted
	}
	fmt.Fprintln(errs, "chokepoint:", err)
	var failed *failure
	var damaged *store.DamagedError
	var server *clickhouse.Error
	if errors.As(err, &failed) || errors.As(err, &damaged) || errors.As(err, &server) {
		return exitFailed
	}
	return exitUsage
}

// execute runs the command that the arguments name.
func (a *app) execute() error {
	root := a.root()
	root.SetArgs(a.args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(a.ctx)
	if a.connected != nil {
		err = errors.Join(err, a.connected.Close())
	}
	return err
}

// tellFault says that the user has done nothing wrong, after what the authors need to find the mistake.
func (a *app) tellFault(err error, thrown *fault.Error) {
	if thrown.Memory() {
		fmt.Fprintf(a.err, "chokepoint: %v\n  Was the data folder changed, or its disk removed? Run `chokepoint datasets verify`.\n", err)
		return
	}
	fmt.Fprintf(a.err, `%s
chokepoint: %v
  This is a fault of the program, not of your question. Please report it with
  the lines above, the name of the dataset and the command:
    %s
  (chokepoint %s). A damaged dataset can be the cause:
  run `+"`chokepoint datasets verify`"+`.
`, thrown.Stack, err, a.command(a.dataset), version)
}

// failure marks an error as exit code 1: the question was right, the work failed.
type failure struct{ error }

func (f *failure) Unwrap() error { return f.error }

// failed marks what went wrong in the work, but for what the asker can put right in the command.
func failed(err error) error {
	var name *store.NameError
	var option *ingest.OptionError
	if err == nil || errors.As(err, &name) || errors.As(err, &option) {
		return err
	}
	return &failure{err}
}

// source opens the dataset that --dataset names, else the one that answers where none is named.
func (a *app) source() (*analysis.Source, error) {
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
		return c, a.tell(c, err)
	}
	dir, err := a.dataDir()
	if err != nil {
		return c, err
	}
	c, err = store.Default(dir)
	return c, a.tell(c, err)
}

// tell prints the notes of a choice; an error says them itself.
func (a *app) tell(c store.Choice, err error) error {
	if err == nil {
		for _, note := range c.Notes {
			fmt.Fprintln(a.err, "note:", note)
		}
	}
	return err
}

func (a *app) sourceOf(dataset string) (*analysis.Source, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	blocs, err := a.blocTable()
	if err != nil {
		return nil, err
	}
	var s *analysis.Source
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

// maxFile bounds the small files of a user: definitions, weights, classes, policies, targets, positions.
const maxFile = 8 << 20

func readFile(name string) ([]byte, error) { return textfile.Read(name, maxFile) }

func (a *app) filesOf(dir, dataset string, blocs *trade.Blocs) (*analysis.Source, error) {
	d, err := store.Open(dir, dataset)
	if err != nil {
		return nil, err
	}
	return &analysis.Source{Dataset: d, Blocs: blocs, Files: readFile, Program: "chokepoint " + version, Command: a.command(dataset)}, nil
}

// beside opens the files of a user that stand beside the dataset.
func (a *app) beside(s *analysis.Source) (err error) {
	if len(a.macro) > 0 {
		if s.Macro, err = macro.Open(a.macro...); err != nil {
			return err
		}
	}
	if a.register != "" {
		s.Register, err = register.Open(a.register)
	}
	return err
}

// clusterOf opens a dataset of the cluster that --engine names.
func (a *app) clusterOf(dataset string, blocs *trade.Blocs) (*analysis.Source, error) {
	c, err := a.cluster(a.ctx)
	if err != nil {
		return nil, err
	}
	e, err := c.Open(a.ctx, dataset)
	if err != nil {
		return nil, err
	}
	return &analysis.Source{Dataset: e.Dataset, Engine: e, Blocs: blocs, Files: readFile, Program: "chokepoint " + version, Command: a.command(dataset)}, nil
}

// cluster connects to what --engine names; the connections are closed when the program ends.
func (a *app) cluster(ctx context.Context) (*clickhouse.Cluster, error) {
	if a.connected == nil {
		c, err := clickhouse.Connect(ctx, a.engine)
		if err != nil {
			return nil, failed(err)
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
			return nil, err
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
		case arg == "--data" || arg == "--out" || arg == "--engine":
			skip = true
		case strings.HasPrefix(arg, "--data=") || strings.HasPrefix(arg, "--engine=") || strings.HasPrefix(arg, "--out="):
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
	return analysis.ShellLine(words)
}

// ask opens the dataset, puts the question and prints the answer.
func (a *app) ask(question func(s *analysis.Source) (*result.Table, error)) error {
	return a.withSource(func(s *analysis.Source) error {
		t, err := question(s)
		if err != nil {
			return err
		}
		return a.write(t)
	})
}

// withSource checks the output flags and opens the dataset for as long as answer runs.
func (a *app) withSource(answer func(s *analysis.Source) error) error {
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
		a.tellNotes(t)
		return nil
	}
	if err := result.Write(a.out, t, format, a.tableOptions()); err != nil {
		return failed(err)
	}
	switch format {
	case result.FormatCSV, result.FormatSafeCSV, result.FormatNDJSON, result.FormatSDMX: // which have no room for them
		a.tellNotes(t)
	}
	return nil
}

// tellNotes says what a reader of t must know where it does not disturb a pipe.
func (a *app) tellNotes(t *result.Table) {
	for _, text := range t.Provisional {
		fmt.Fprintln(a.err, "provisional:", text)
	}
	for _, note := range t.Notes {
		fmt.Fprintln(a.err, "note:", note)
	}
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

// question gives cmd the help, flags and arguments of the question of its name, and unless cmd runs otherwise, asks it. values
// are those of its parameters, by name.
func (a *app) question(cmd *cobra.Command) (q *analysis.Question, values map[string]*string) {
	q, ok := analysis.QuestionOf(strings.Fields(cmd.Use)[0])
	if !ok {
		panic("no such question: " + cmd.Use)
	}
	cmd.Short = q.Short
	values = map[string]*string{}
	for _, p := range q.Parameters {
		value := new(string)
		values[p.Name] = value
		switch {
		case p.Argument > 0:
			continue
		case p.Switch:
			cmd.Flags().BoolFunc(p.Name, p.Usage, func(text string) error { *value = text; return nil })
			continue
		}
		usage := p.Usage
		if p.File != "" {
			usage += "; or a file ending in " + p.File
		}
		cmd.Flags().StringVar(value, p.Name, p.Standard, usage)
		if _, shared := analysis.ParameterOf(p.Name); shared && p.Required {
			cmd.MarkFlagRequired(p.Name)
		}
		if len(p.Values) > 0 {
			cmd.RegisterFlagCompletionFunc(p.Name, cobra.FixedCompletions(p.Values, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	for name, words := range a.completions() {
		if cmd.Flags().Lookup(name) != nil {
			cmd.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return words(), cobra.ShellCompDirectiveNoFileComp
			})
		}
	}
	a.arguments(cmd, q, values)
	a.outputFlags(cmd)
	if cmd.RunE == nil {
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.askQuestion(cmd.Context(), q, values) }
	}
	return q, values
}

// arguments lets cmd take those parameters of q that are arguments.
func (a *app) arguments(cmd *cobra.Command, q *analysis.Question, values map[string]*string) {
	list := q.Arguments()
	var usages []string
	for _, p := range list {
		cmd.Use += " " + strings.ToUpper(p.Name)
		usages = append(usages, strings.ToUpper(p.Name)+" ("+p.Usage+")")
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != len(list) {
			return wrongArguments(cmd, len(args), cmp.Or(strings.Join(usages, " and "), "none: what it takes are flags"))
		}
		for i, p := range list {
			*values[p.Name] = args[i]
		}
		return nil
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) (found []string, _ cobra.ShellCompDirective) {
		if len(args) < len(list) {
			if words := a.completions()[list[len(args)].Name]; words != nil {
				found = words()
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// askQuestion asks q and prints the answer: for people where the format is the table, whole where it is another.
func (a *app) askQuestion(ctx context.Context, q *analysis.Question, values map[string]*string) error {
	r, err := a.request(q, values)
	if err != nil {
		return err
	}
	return a.withSource(func(s *analysis.Source) error {
		format, _ := a.outputFormat()
		if q.Print == nil || format != result.FormatTable {
			t, err := q.Answer(ctx, s, r)
			if err != nil {
				return err
			}
			return a.write(t)
		}
		text, err := q.AnswerText(ctx, s, r)
		if err != nil {
			return err
		}
		if a.outFile == "" {
			return failed(text(a.out, a.tableOptions()))
		}
		err = result.ReplaceFile(a.outFile, func(w io.Writer) error { return text(w, result.Options{MaxRows: a.limit}) })
		if err != nil {
			return failed(err)
		}
		fmt.Fprintf(a.err, "%s written to %s\n", q.Name, a.outFile)
		return nil
	})
}

// request reads the parameters of q.
func (a *app) request(q *analysis.Question, values map[string]*string) (analysis.Request, error) {
	r := analysis.Request{Query: analysis.Query{Dataset: a.dataset}, Own: map[string]string{}}
	for _, p := range q.Parameters {
		value := *values[p.Name]
		_, shared := analysis.ParameterOf(p.Name)
		switch {
		case !shared && len(p.Values) > 0 && !slices.Contains(p.Values, value):
			return r, fmt.Errorf("--%s %q: want %s", p.Name, value, alternatives(p.Values))
		case !shared:
			r.Own[p.Name] = value
		case value != "":
			if err := r.Set(p.Name, value); err != nil {
				return r, err
			}
		}
	}
	return r, nil
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
		"a":         blocs,
		"b":         blocs,
		"markets":   blocs,
		"against":   a.datasetNames,
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
	f.StringVar(&a.format, "format", "", "table, csv, json, parquet, xlsx, ndjson, arrow, sdmx-csv or csv-safe (default: by the ending of --out, else table)")
	f.StringVar(&a.outFile, "out", "", "write to this file; CSV gets its provenance in a second file beside it")
	f.IntVar(&a.limit, "limit", 50, "rows that the table format prints; 0 prints all")
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(result.Formats(), cobra.ShellCompDirectiveNoFileComp))
}
