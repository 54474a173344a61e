package main

import (
	"github.com/spf13/cobra"

	"chokepoint/analysis"
)

func (a *app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy",
		Long: `Compare the products that an industrial policy names with all other products of the same economy, before and after:
difference in differences, an event study, a joint test of the years before, false dates, and lists drawn by lot. Standard
errors are clustered by product. docs/policy.md has the formulas and says what this can and cannot show.`,
		Example: `  chokepoint policy --policy mic25
  chokepoint policy --policy mic25 --outcome world-share --list mic25:medium
  chokepoint policy --policy mic25 --outcome dependency --method hjs-2020 --years 2005:2022`,
		Args: cobra.NoArgs,
	}
	a.question(cmd)
	return cmd
}

func (a *app) policiesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policies", Short: "List industrial policies, with date, body, list, targets and successor",
		Example: "  chokepoint policies",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.write(analysis.Policies()) },
	}
	a.outputFlags(cmd)
	return cmd
}
