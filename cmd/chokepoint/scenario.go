package main

import (
	"github.com/spf13/cobra"
)

// scenarioCommand is above the questions about scenarios, which any package may add to: "scenario NAME".
func (a *app) scenarioCommand() *cobra.Command {
	return &cobra.Command{
		Use: "scenario", Short: "Show what happens when supplies stop, tariffs are imposed or bans spread",
		Long: `Show what happens when supplies stop, tariffs are imposed or bans spread. These are models, not forecasts: every answer states its
rule, its parameters with their sources, how well the rule fitted past episodes, and what it leaves out. docs/scenarios.md has the formulas.`,
		Example: "  chokepoint scenario cut --suppliers CHN --products 850760 --importers USA,EU27\n  chokepoint scenario cascade --suppliers CHN --products 850511",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}
