package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"chokepoint/scenario"
)

// scenarioCommand is above the questions about scenarios, which any package may add to: "scenario NAME".
func (a *app) scenarioCommand() *cobra.Command {
	return &cobra.Command{
		Use: "scenario", Short: "Show what happens when supplies stop, tariffs are imposed or bans spread",
		Long: `Show what happens when supplies stop, tariffs are imposed or bans spread. These are models, not forecasts: every answer states its
rule, its parameters with their sources, how well the rule fitted past episodes, and what it leaves out. docs/scenarios.md has the formulas.`,
		Example: "  chokepoint scenario cut --suppliers CHN --products 850760 --importers USA,EU27\n  chokepoint scenario cascade --suppliers CHN --products 850511",
		Args:    scenarioArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// scenarioArguments is noArguments, and leads those who look for scenarios as files to the command that has them.
func scenarioArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && (slices.Contains([]string{"list", "lint", "show"}, args[0]) || slices.Contains(scenario.FileNames(), args[0])) {
		return fmt.Errorf(`unknown command %q for %q; expected "chokepoint scenarios", which lists scenarios, "chokepoint scenarios NAME", "chokepoint scenarios lint FILE", or "chokepoint scenario cut --scenario NAME"`, args[0], cmd.CommandPath())
	}
	return noArguments(cmd, args)
}
