package main

import "github.com/spf13/cobra"

func (a *app) sensitivityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sensitivity",
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
	}
	a.question(cmd)
	return cmd
}
