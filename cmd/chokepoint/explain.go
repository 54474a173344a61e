package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// explainedRows is how many suppliers and alternatives an explanation shows unless --limit says otherwise.
const explainedRows = 10

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain",
		Long: `Follow one importer, product and year from its flows to sums, to formulas with their numbers, to thresholds and
verdicts of each method, with the suppliers, the alternatives to them by size, and the years before.

Without --partners, methods about a partner are judged about the top supplier, and every partner that meets them is
listed. Without --years it is the latest. The table format is a text to read; csv, json, parquet and xlsx have one row a
number, by section: flows, sums, indicators, criteria, persistence, verdict, alternatives, history.`,
		Example: `  chokepoint explain --importers USA --products 850760
  chokepoint explain --importers CHN --products 470710 --partners USA --years 2016 --method geodep-2024,merics-2024
  chokepoint explain --importers EU27 --products 280530 --world net --format csv --out rare-earths.csv`,
	}
	q, values := a.question(cmd)
	cmd.Flags().Lookup("limit").DefValue = fmt.Sprint(explainedRows)
	cmd.Flags().Lookup("limit").Usage = "suppliers and alternatives that the table format prints; 0 prints all"
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("limit") {
			a.limit = explainedRows
		}
		return a.askQuestion(cmd.Context(), q, values)
	}
	return cmd
}
