package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/store"
	"chokepoint/study"
)

// asked is a question with the flags and arguments of its command.
type asked struct {
	*study.Question
	values map[string]*string   // of its parameters, by name
	lists  map[string]*[]string // of those that may be repeated
}

// questionCommand is the command of a question: help, flags, arguments and completion come from it.
func (a *app) questionCommand(question *study.Question) *cobra.Command {
	q := &asked{question, map[string]*string{}, map[string]*[]string{}}
	cmd := &cobra.Command{Use: q.Name[strings.LastIndexByte(q.Name, ' ')+1:], Short: q.Short, Long: q.Long, Example: "  " + strings.Join(q.Examples, "\n  ")}
	for _, p := range slices.Concat(q.Parameters, q.Local) {
		q.addFlag(cmd, p)
	}
	a.addArguments(cmd, q)
	a.outputFlags(cmd)
	understandFlags(cmd)
	if q.Limit > 0 {
		limit := cmd.Flags().Lookup("limit")
		limit.DefValue, limit.Usage = fmt.Sprint(q.Limit), q.LimitUsage
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if q.Limit > 0 && !a.limit.given {
			a.limit.rows = q.Limit
		}
		return a.askQuestion(cmd.Context(), q)
	}
	return cmd
}

// addFlag lets cmd take a parameter of q, unless it is an argument.
func (q *asked) addFlag(cmd *cobra.Command, p study.Parameter) {
	value := new(string)
	q.values[p.Name] = value
	usage := p.Usage
	if _, stranger := q.Parameter(p.Name); p.File != "" && stranger {
		usage += "; or a file ending in " + p.File
	}
	switch {
	case p.Argument > 0:
	case p.Switch:
		cmd.Flags().BoolFunc(p.Name, p.Usage, func(text string) error { *value = text; return nil })
	case p.Repeat:
		q.lists[p.Name] = cmd.Flags().StringArray(p.Name, nil, usage)
	default:
		cmd.Flags().StringVar(value, p.Name, p.Standard, usage)
		if len(p.Values) > 0 {
			cmd.RegisterFlagCompletionFunc(p.Name, cobra.FixedCompletions(p.Values, cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// addArguments lets cmd take those parameters of q that are arguments.
func (a *app) addArguments(cmd *cobra.Command, q *asked) {
	list := q.Arguments()
	var usages []string
	for _, p := range list {
		cmd.Use += " " + strings.ToUpper(p.Name)
		usages = append(usages, strings.ToUpper(p.Name)+" ("+p.Usage+")")
	}
	words := positional(q.Question)
	for _, name := range words {
		cmd.Use += " [" + strings.ToUpper(name) + "]"
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(list) == 0 {
			return giveWords(cmd, words, args)
		}
		if len(args) != len(list) {
			return wrongArguments(cmd, len(args), strings.Join(usages, " and "))
		}
		for i, p := range list {
			*q.values[p.Name] = args[i]
		}
		return nil
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) (found []string, _ cobra.ShellCompDirective) {
		names := words
		for _, p := range list {
			names = append(names, p.Name)
		}
		if len(args) < len(names) {
			if offer := a.completions()[names[len(args)]]; offer != nil {
				return offered(offer)(cmd, args, typed)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// request reads the parameters of q.
func (a *app) request(q *asked) (study.Request, error) {
	if err := a.wholeName(); err != nil {
		return study.Request{}, err
	}
	r := study.Request{Query: study.Query{Dataset: a.dataset}, Own: map[string]string{}}
	for _, p := range slices.Concat(q.Parameters, q.Local) {
		value := *q.values[p.Name]
		if list := q.lists[p.Name]; list != nil {
			value = strings.Join(*list, ",")
		}
		shared := p.Shared()
		_, forAll := q.Parameter(p.Name)
		switch {
		case !forAll && value == "":
		case !shared && len(p.Values) > 0 && !slices.Contains(p.Values, value):
			return r, fault.Questionf("--%s %q: expected %s%s", p.Name, value, alternatives(p.Values), spelling.Hint(value, p.Values))
		case !shared:
			r.Own[p.Name] = value
		case value != "":
			if err := r.Set(p.Name, value); err != nil {
				return r, fault.Question(err)
			}
		}
	}
	return r, nil
}

// askQuestion asks q and prints the answer: for people where the format is the table, whole where it is another.
func (a *app) askQuestion(ctx context.Context, q *asked) error {
	r, err := a.request(q)
	if err != nil {
		return err
	}
	if q.Tables {
		return a.askTables(ctx, q, r)
	}
	if q.WithoutDataset != nil && a.unchosen() != nil {
		if t, ok, err := q.WithoutDataset(r); err != nil || ok {
			if err != nil {
				return err
			}
			t.Provenance.Program, t.Provenance.Command = "chokepoint "+version, a.command("")
			return a.write(t)
		}
	}
	if unchosen := a.unchosen(); q.NeedsNoDataset && unchosen != nil {
		beside, err := a.besideAll()
		if err != nil {
			return err
		}
		return a.withoutDataset(ctx, q, r, beside.Tables, unchosen)
	}
	if against, ok := r.Own["against"]; ok {
		if r.Before, err = a.earlier(q.Name, against); err != nil {
			return err
		}
		defer r.Before.Close()
	}
	if list := q.lists["macro"]; list != nil {
		a.macro = *list
	}
	a.register, a.flags, a.prices = r.Own["register"], r.Own["flags"], r.Own["prices-file"]
	return a.withSource(func(s *study.Source) error { return a.answer(ctx, q, s, r) })
}

// askTables asks q of the input-output tables of the data folder.
func (a *app) askTables(ctx context.Context, q *asked, r study.Request) error {
	if a.dataset != "" || a.engine != "" {
		return fault.Questionf("%s: it uses input-output tables in the data folder, not a dataset; expected --tables NAME instead of --dataset and --engine", q.Name)
	}
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	return a.withoutDataset(ctx, q, r, icio.Open(dir), nil)
}

// withoutDataset answers a question that needs none; tables are those of the data folder, nil where there is no folder. unchosen are
// the datasets of which none is chosen.
func (a *app) withoutDataset(ctx context.Context, q *asked, r study.Request, tables *icio.Library, unchosen *store.UnchosenError) error {
	if _, err := a.outputFormat(); err != nil {
		return err
	}
	blocs, err := a.blocTable()
	if err != nil {
		return err
	}
	s := &study.Source{Blocs: blocs, Files: readDefinition, Program: "chokepoint " + version, Command: a.command("")}
	s.Tables, s.Unchosen = tables, unchosen
	return a.answer(ctx, q, s, r)
}

// answer puts q to a dataset and prints what it says.
func (a *app) answer(ctx context.Context, q *asked, s *study.Source, r study.Request) error {
	format, _ := a.outputFormat()
	if q.Print == nil || format != result.FormatTable || a.filter != "" || a.sort != "" || a.offset.rows > 0 {
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
		return text(a.text(), a.tableOptions())
	}
	err = result.ReplaceFile(a.outFile, func(w io.Writer) error { return text(w, result.Options{MaxRows: a.limit.rows}) })
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "%s written to %s\n", q.Name, a.outFile)
	return nil
}

// earlier opens the dataset that a question compares with.
func (a *app) earlier(question, against string) (*study.Source, error) {
	switch {
	case against == "" || a.dataset == "":
		return nil, fault.Questionf("%s: name the later dataset with --dataset and the earlier with --against (see `chokepoint datasets`)", question)
	case against == a.dataset:
		return nil, fault.Questionf("%s: --dataset and --against are the same dataset", question)
	}
	return a.sourceOf(against)
}

// unchosen says why no dataset answers: none is named, and none answers by default. It is nil where one does, or where looking fails.
func (a *app) unchosen() *store.UnchosenError {
	if a.dataset != "" || a.engine != "" {
		return nil
	}
	dir, err := a.dataDir()
	if err != nil {
		return &store.UnchosenError{}
	}
	_, err = store.Default(dir)
	var unchosen *store.UnchosenError
	errors.As(err, &unchosen)
	return unchosen
}

// exactly is cobra.ExactArgs with an error that says what was wanted.
func exactly(n int, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return wrongArguments(cmd, len(args), want)
		}
		return nil
	}
}

// noArguments is for commands that take none. An argument of one with commands of its own is a command that is misspelt.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return fmt.Errorf("%s takes no arguments; got %q", cmd.CommandPath(), args[0])
	}
	cmd.SuggestionsMinimumDistance = 2
	known := cmd.SuggestionsFor(args[0])
	text := "did you mean " + strings.Join(known, " or ") + "?"
	if len(known) == 0 {
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				known = append(known, c.Name())
			}
		}
		text = "its commands are " + strings.Join(known, ", ")
	}
	return fmt.Errorf("unknown command %q for %q: %s", args[0], cmd.CommandPath(), text)
}

func wrongArguments(cmd *cobra.Command, got int, want string) error {
	words := "arguments"
	if got == 1 {
		words = "argument"
	}
	return fmt.Errorf("%s: got %d %s, expected %s; for example:\n%s", cmd.CommandPath(), got, words, want, cmd.Example)
}
