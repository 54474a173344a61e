package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/result"
)

func (a *app) calibrateCommand() *cobra.Command {
	var file, by string
	cmd := &cobra.Command{
		Use:   "calibrate",
		Short: "Search the unpublished criterion of merics-2024 among candidate rules",
		Long: `Search the unpublished criterion 3 of merics-2024 ("few alternative suppliers"): compute the counts that MERICS has
published for every candidate rule, value floor, treatment of trade inside blocs and kind of inequality, and rank the
candidates by root mean squared logarithmic error. Years and economies that the dataset lacks are said and left out of the
fit.`,
		Example: `  chokepoint calibrate
  chokepoint calibrate --by target --format csv --out fit.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if by != "candidate" && by != "target" {
				return fmt.Errorf("--by %q: want candidate or target", by)
			}
			targets := analysis.MericsTargets()
			if file != "" {
				data, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				if targets, err = analysis.ParseTargets(file, data); err != nil {
					return err
				}
			}
			return a.ask(func(s *analysis.Source, _ analysis.Query) (*result.Table, error) {
				return s.Calibrate(cmd.Context(), targets, by == "target")
			})
		},
	}
	a.outputFlags(cmd)
	cmd.Flags().StringVar(&file, "targets", "", "published counts (TOML) in place of those of MERICS")
	cmd.Flags().StringVar(&by, "by", "candidate", "candidate: one row a candidate; target: one row a candidate and published count")
	return cmd
}
