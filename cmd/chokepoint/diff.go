package main

import (
	"errors"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/result"
)

func (a *app) diffCommand() *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "diff --dataset NEW --against OLD",
		Short: "Ask two datasets the same question: what entered, what left, and why",
		Long: `Ask two datasets, usually two releases, the same question, and list the products that are on one list only, with the
criterion that turned and its value in both. The later dataset is --dataset, the earlier --against. Both must be in the
same nomenclature; years that only one of them has are left out.`,
		Example: `  chokepoint diff --dataset baci-hs17-v202601 --against baci-hs17-v202501 --importers USA --partners CHN
  chokepoint diff --dataset baci-hs92-v202601 --against baci-hs92-v202501 --importers EU27 --partners CHN --years 2022 --format xlsx --out diff.xlsx`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if against == "" || a.dataset == "" {
				return errors.New("diff: name the later dataset with --dataset and the earlier with --against (see `chokepoint datasets`)")
			}
			if against == a.dataset {
				return errors.New("diff: --dataset and --against are the same dataset")
			}
			before, err := a.sourceOf(against)
			if err != nil {
				return err
			}
			defer before.Dataset.Close()
			return a.ask(func(s *analysis.Source, q analysis.Query) (*result.Table, error) {
				return s.Diff(cmd.Context(), before, q)
			})
		},
	}
	a.queryFlags(cmd, "importers", "partners", "products", "years", "method", "persistence", "world", "min-value")
	cmd.Flags().StringVar(&against, "against", "", "the earlier dataset")
	return cmd
}
