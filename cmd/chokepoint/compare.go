package main

import "github.com/spf13/cobra"

func (a *app) compareCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "compare",
		Long: `Compare definitions of dependency and years.

--by method (the default) gives for each pair of methods how many products each flags and how many both; --by product
lists the products with the methods that flag them; --by year gives the churn of each method's list from one year to the
next and over five years.`,
		Example: `  chokepoint compare --importers USA --partners CHN --years 2024
  chokepoint compare --importers EU27 --partners CHN --by product --method merics-2024,hjs-2020,dsece-2022
  chokepoint compare --importers CHN --partners 'USA|EU27' --by year --method merics-2024`,
	}
	a.question(cmd)
	return cmd
}
