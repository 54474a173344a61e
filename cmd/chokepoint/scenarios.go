package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"chokepoint/scenario"
	"chokepoint/trade"
)

func (a *app) scenariosCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "scenarios [NAME]", Short: "List scenarios; show or check one",
		Long: `List the built-in scenarios: who stops selling what to whom, when, and the source. "chokepoint scenarios NAME" prints one with its
sources. "chokepoint scenario cut --scenario NAME" applies it to a dataset.`,
		Example: "  chokepoint scenarios\n  chokepoint scenarios coking-coal-2020\n  chokepoint scenarios lint mine.toml\n  chokepoint scenario cut --scenario coking-coal-2020",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.write(scenario.Files())
			}
			return a.showScenario(args[0])
		},
	}
	show := &cobra.Command{
		Use: "show NAME|FILE", Short: "Print a scenario with its sources",
		Example: "  chokepoint scenarios show coking-coal-2020\n  chokepoint scenarios show mine.toml",
		Args:    exactly(1, "the name of a scenario, or a file"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.showScenario(args[0]) },
	}
	lint := &cobra.Command{
		Use: "lint FILE", Short: "Check a scenario file",
		Long:    "Check that a scenario file has every required key and no others, and that each parameter is valid and has a source, and that the economies and blocs exist.",
		Example: "  chokepoint scenarios lint mine.toml",
		Args:    exactly(1, "a scenario file ending in .toml, or a name"),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := scenario.OpenFile(args[0])
			if err != nil {
				return err
			}
			blocs, err := a.blocTable()
			if err == nil {
				err = f.CheckNames(filepath.Base(args[0]), trade.BuiltinEconomies(), blocs)
			}
			if err == nil {
				fmt.Fprintf(a.text(), "%s: no faults; scenario %s, %d parameters\n", args[0], f.ID, len(f.Parameters))
			}
			return err
		},
	}
	a.outputFlags(cmd)
	a.outputFlags(show)
	cmd.AddCommand(show, lint)
	return cmd
}

func (a *app) showScenario(name string) error {
	f, err := scenario.OpenFile(name)
	if err != nil {
		return err
	}
	return a.write(f.Entries())
}
