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
from half to one and a half times what is published; a method with a single threshold has a grid of one row. --by product
lists the products flagged anywhere on the grid with the share of the grid on which they stay flagged: 1 hangs on no
cut-off, 0.1 hangs on all of them.

Thresholds are named by the left side of their criterion; "imports >= 2 * exports" is imports/exports. At the published
thresholds the grid is the count. Without --years it is the latest. The table format prints a matrix, the others one
row a point.`,
		Example: `  chokepoint sensitivity --importers USA --partners CHN
  chokepoint sensitivity --importers EU27 --partners CHN --x partner_share=0.2:0.6:0.05 --y partner_world_share=0.1:0.5:0.1
  chokepoint sensitivity --importers USA --partners CHN --x imports/exports=1:4:0.5 --y partner_share=0.3:0.6:0.1
  chokepoint sensitivity --importers JPN --method geodep-2024 --by product --format csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if by != "point" && by != "product" {
				return fmt.Errorf("--by %q: want point or product", by)
			}
			return a.ask(func(s *analysis.Source, q analysis.Query) (*result.Table, error) {
				t, err := s.Sensitivity(cmd.Context(), q, x, y, by == "product")
				if err != nil || by == "product" {
					return t, err
				}
				if format, err := a.outputFormat(); err != nil || format != result.FormatTable {
					return t, err
				}
				return analysis.GridMatrix(t), nil
			})
		},
	}
	a.queryFlags(cmd, "importers", "partners", "products", "years", "method", "persistence", "world", "min-value")
	cmd.Flags().StringVar(&x, "x", "", "first threshold, as indicator=from:to:step")
	cmd.Flags().StringVar(&y, "y", "", "second threshold, as indicator=from:to:step")
	cmd.Flags().StringVar(&by, "by", "point", "point: the points of the grid; product: the products")
	return cmd
}
