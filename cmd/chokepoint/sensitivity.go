package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/result"
)

func (a *app) sensitivityCommand() *cobra.Command {
	var x, y, by string
	cmd := &cobra.Command{
		Use:   "sensitivity",
		Short: "Count over a grid of two thresholds; share of the grid in which a product stays flagged",
		Long: `Count dependencies over a grid of two thresholds of a method. Without --x and --y the first two thresholds vary
from half to one and a half times what is published. --by product lists the products flagged anywhere on the grid with the
share of the grid on which they stay flagged: 1 hangs on no cut-off, 0.1 hangs on all of them.

Each year is judged alone (persistence is left aside); without --years it is the latest.`,
		Example: `  chokepoint sensitivity --importers USA --partners CHN
  chokepoint sensitivity --importers EU27 --partners CHN --x partner_share=0.2:0.6:0.05 --y partner_world_share=0.1:0.5:0.1
  chokepoint sensitivity --importers JPN --method geodep-2024 --by product --format csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if by != "point" && by != "product" {
				return fmt.Errorf("--by %q: want point or product", by)
			}
			return a.ask(func(s *analysis.Source, q analysis.Query) (*result.Table, error) {
				return s.Sensitivity(cmd.Context(), q, x, y, by == "product")
			})
		},
	}
	a.queryFlags(cmd, "importers", "partners", "products", "years", "method", "persistence", "world", "min-value")
	cmd.Flags().StringVar(&x, "x", "", "first threshold, as indicator=from:to:step")
	cmd.Flags().StringVar(&y, "y", "", "second threshold, as indicator=from:to:step")
	cmd.Flags().StringVar(&by, "by", "point", "point: one row a point of the grid; product: one row a product")
	return cmd
}
