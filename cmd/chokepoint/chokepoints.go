package main

import "github.com/spf13/cobra"

func (a *app) chokepointsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "chokepoints",
		Long: `Rank pairs of a product and a supplier on whom somebody depends by the method, of the latest year unless others are
asked for. The score is the geometric mean of what hangs on the pair (how many depend, for what value, what reaches third
economies by way of one other) and of how hard the supplier is to replace (its share of world exports, whether all others
together could deliver as much, how concentrated these are). All parts go from 0 to 1 and stand beside it.

--weights takes equal, reach, rerouting or a file of your own; rank_low and rank_high tell between which ranks a pair
stays when any one weight is left out or doubled. docs/chokepoints.md has the formulas.`,
		Example: `  chokepoint chokepoints --limit 20
  chokepoint chokepoints --partners CHN --products 85 --weights rerouting
  chokepoint chokepoints --importers EU27:members --partners CHN,USA --years 2024
  chokepoint chokepoints --products 850760 --partners CHN --years all --format csv`,
	}
	a.question(cmd)
	return cmd
}
