package main

import (
	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/result"
)

func (a *app) compareCommand() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare methods (which flag what) and years (what stayed, entered, left)",
		Long: `Compare definitions of dependency and years.

--by method (the default) gives for each pair of methods how many products each flags and how many both; --by product
lists the products with the methods that flag them; --by year gives the churn of each method's list from one year to the
next and over five years.`,
		Example: `  chokepoint compare --importers USA --partners CHN --years 2024
  chokepoint compare --importers EU27 --partners CHN --by product --method merics-2024,hjs-2020,dsece-2022
  chokepoint compare --importers CHN --partners 'USA|EU27' --by year --method merics-2024`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.ask(func(s *analysis.Source, q analysis.Query) (*result.Table, error) {
				if !cmd.Flags().Changed("method") && by != "year" {
					q.Method = "all"
				}
				return s.Compare(cmd.Context(), q, by)
			})
		},
	}
	a.queryFlags(cmd, "importers", "partners", "products", "years", "method", "persistence", "world", "min-value")
	cmd.Flags().Lookup("method").DefValue = "all"
	cmd.Flags().Lookup("method").Usage = "definitions to compare: ids or files, comma-separated, or all (--by year: " + analysis.DefaultMethod + ")"
	cmd.Flags().StringVar(&by, "by", "method", "method, product or year")
	cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions([]string{"method", "product", "year"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
