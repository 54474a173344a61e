package main

import "github.com/spf13/cobra"

func (a *app) asymmetryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "asymmetry",
		Long: `Put both directions of a pair side by side, by year and method: for how many products A depends on B and for what
value, and the reverse. A and B are economies or blocs, or several merged with +.`,
		Example: `  chokepoint asymmetry USA CHN
  chokepoint asymmetry EU27 CHN --method merics-2024,hjs-2020 --years 2000:2022
  chokepoint asymmetry USA+EU27 CHN --world net --format csv`,
	}
	a.question(cmd)
	return cmd
}
