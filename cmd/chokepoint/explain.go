package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/result"
)

// explainedRows is how many suppliers and alternatives an explanation shows unless --limit says otherwise.
const explainedRows = 10

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Follow one importer, product and year from flows to verdicts",
		Long: `Follow one importer, product and year from its flows to sums, to formulas with their numbers, to thresholds and
verdicts of each method, with the suppliers, the alternatives to them by size, and the years before.

Without --partners, methods about a partner are judged about the top supplier, and every partner that meets them is
listed. Without --years it is the latest. The table format is a text to read; csv, json, parquet and xlsx have one row a
number, by section: flows, sums, indicators, criteria, persistence, verdict, alternatives, history.`,
		Example: `  chokepoint explain --importers USA --products 850760
  chokepoint explain --importers CHN --products 470710 --partners USA --years 2016 --method geodep-2024,merics-2024
  chokepoint explain --importers EU27 --products 280530 --world net --format csv --out rare-earths.csv`,
		Args: cobra.NoArgs,
	}
	a.queryFlags(cmd, "importers", "partners", "products", "years", "method", "persistence", "world", "min-value")
	own := map[string]string{"importers": "", "products": "", "years": "the latest", "method": "all", "limit": fmt.Sprint(explainedRows)}
	for name, standard := range own {
		cmd.Flags().Lookup(name).DefValue = standard
	}
	cmd.Flags().Lookup("limit").Usage = "suppliers and alternatives that the table format prints; 0 prints all"
	cmd.MarkFlagRequired("importers")
	cmd.MarkFlagRequired("products")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("method") {
			a.query.Method = "all"
		}
		if !cmd.Flags().Changed("limit") {
			a.limit = explainedRows
		}
		return a.explain(cmd)
	}
	return cmd
}

// explain asks like other questions, but writes the table format as a text.
func (a *app) explain(cmd *cobra.Command) error {
	return a.withSource(func(s *analysis.Source, q analysis.Query) error {
		e, err := s.Explain(cmd.Context(), q)
		if err != nil {
			return err
		}
		switch format, _ := a.outputFormat(); {
		case format != result.FormatTable:
			return a.write(e.Table())
		case a.outFile == "":
			return failed(e.WriteText(a.out, a.tableOptions()))
		}
		err = result.ReplaceFile(a.outFile, func(w io.Writer) error {
			return e.WriteText(w, result.Options{MaxRows: a.limit})
		})
		if err != nil {
			return failed(err)
		}
		fmt.Fprintf(a.err, "explanation written to %s\n", a.outFile)
		return nil
	})
}
