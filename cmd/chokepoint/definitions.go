package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/catalogue"
	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/spelling"
	"chokepoint/tomlfile"
	"chokepoint/trade"
)

func (a *app) methodsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "methods",
		Short:   "List the definitions of dependency; show one or check your own",
		Example: "  chokepoint methods\n  chokepoint methods show geodep-2024 > mine.toml\n  chokepoint methods lint mine.toml",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.write(catalogue.Methods()) },
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show ID|FILE", Short: "Print a method file, for example as a starting point for your own",
		Example: "  chokepoint methods show geodep-2024 > mine.toml",
		Args:    exactly(1, "the id of a method or a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := method.Get(args[0])
			if err != nil {
				return fault.Question(err)
			}
			text := m.Text
			if origin := m.OriginText(); origin != "" {
				text = "# " + origin + "\n" + text
			}
			_, err = fmt.Fprint(a.out, text)
			return err
		},
	}
	lint := &cobra.Command{
		Use: "lint FILE…", Short: "Check method files",
		Example: "  chokepoint methods lint mine.toml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			var errs []error
			for _, name := range files {
				data, err := tomlfile.ReadFile(name, method.MaxFile)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				m, err := method.Parse(name, data)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				fmt.Fprintf(a.text(), "%s: method %s is sound: %d criteria, persistence %s, world %s\n", name, m.ID, len(m.Criteria), m.Persistence, m.World)
				if origin := m.OriginText(); origin != "" {
					fmt.Fprintf(a.text(), "%s: %s\n", name, origin)
				}
			}
			return fault.Question(errors.Join(errs...))
		},
	}
	cmd.AddCommand(show, lint)
	return cmd
}

func (a *app) blocsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "blocs",
		Short: "List blocs; show the dated members of one",
		Long: `List blocs. In selections a bloc merges its members; BLOC:members lists them one by one, and BLOC:any means any of them. You can
define your own blocs in a TOML file: --blocs FILE.`,
		Example: "  chokepoint blocs\n  chokepoint blocs show EU",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			blocs, err := a.blocTable()
			if err != nil {
				return err
			}
			return a.write(catalogue.Blocs(blocs))
		},
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show ID", Short: "Show the members of a bloc with their years",
		Example: "  chokepoint blocs show EU",
		Args:    exactly(1, "the id of a bloc"),
		RunE: func(_ *cobra.Command, args []string) error {
			blocs, err := a.blocTable()
			if err != nil {
				return err
			}
			b, ok := blocs.Get(args[0])
			if !ok {
				if group, ok := trade.AggregateOf(args[0]); ok {
					return fault.Question(blocs.Advise(&trade.AggregateError{Text: args[0], Aggregate: group}))
				}
				var names []string
				for _, b := range blocs.All() {
					names = append(names, b.ID)
				}
				return fault.Questionf("no bloc %q; `chokepoint blocs` lists them%s", args[0], spelling.Hint(args[0], names))
			}
			return a.write(catalogue.Members(b))
		},
	}
	a.outputFlags(show)
	cmd.AddCommand(show)
	return cmd
}

func (a *app) economiesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "economies [TEXT…]",
		Short:   "List the economies of a dataset, or look up names and numbers",
		Example: "  chokepoint economies\n  chokepoint economies 840 \"South Korea\" tw",
		RunE: func(_ *cobra.Command, args []string) error {
			if unchosen := a.unchosen(); unchosen != nil && unchosen.Count == 0 {
				return a.economiesWithoutDataset(args)
			}
			s, err := a.source()
			if err != nil {
				return err
			}
			defer s.Close()
			if len(args) > 0 {
				return a.printNames(s.Blocs, s.Dataset.Economies(), args)
			}
			return a.write(catalogue.EconomiesOf(s.Dataset))
		},
	}
	a.outputFlags(cmd)
	return cmd
}

// economiesWithoutDataset answers from the program's own list.
func (a *app) economiesWithoutDataset(args []string) error {
	blocs, err := a.blocTable()
	if err != nil {
		return err
	}
	if len(args) > 0 {
		return a.printNames(blocs, trade.BuiltinEconomies(), args)
	}
	t := catalogue.Economies("Economies known to the program, as no dataset is chosen", trade.BuiltinEconomies())
	t.Provenance.Program, t.Provenance.Command = "chokepoint "+version, a.command("")
	return a.write(t)
}

// printNames says what each text stands for; an error comes after the others.
func (a *app) printNames(blocs *trade.Blocs, economies *trade.Economies, texts []string) error {
	var errs []error
	for _, text := range texts {
		if b, ok := blocs.Get(text); ok {
			fmt.Fprintf(a.text(), "%s: the bloc %s, %s; `chokepoint blocs show %s` lists its members\n", text, b.ID, b.Name, b.ID)
			continue
		}
		m, err := economies.Find(text)
		if err != nil {
			errs = append(errs, blocs.Advise(err))
			continue
		}
		fmt.Fprintf(a.text(), "%s: %s %s, BACI %v, found by %s\n", text, m.Label, m.Name, m.Codes.Codes(), m.Form)
	}
	return fault.Question(errors.Join(errs...))
}
