package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/result"
)

func (a *app) calibrateCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "calibrate",
		Long: `Search the unpublished criterion 3 of merics-2024 ("few alternative suppliers"): compute the counts that MERICS has
published for every candidate rule, value floor, treatment of trade inside blocs and kind of inequality, and rank the
candidates by root mean squared logarithmic error. Years and economies that the dataset lacks are said and left out of the
fit.`,
		Example: `  chokepoint calibrate
  chokepoint calibrate --by target --format csv --out fit.csv`,
	}
	q, values := a.question(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if file == "" {
			return a.askQuestion(cmd.Context(), q, values)
		}
		r, err := a.request(q, values)
		if err != nil {
			return err
		}
		data, err := readFile(file)
		if err != nil {
			return err
		}
		targets, err := analysis.ParseTargets(file, data)
		if err != nil {
			return err
		}
		return a.ask(func(s *analysis.Source) (*result.Table, error) {
			return q.AnswerBy(s, r, func(s *analysis.Source) (*result.Table, error) {
				s.Use("targets", filepath.Base(file), data)
				return s.Calibrate(cmd.Context(), targets, r.Own["by"] == "target")
			})
		})
	}
	cmd.Flags().StringVar(&file, "targets", "", "published counts (TOML) in place of those of MERICS")
	return cmd
}
