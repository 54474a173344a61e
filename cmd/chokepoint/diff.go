package main

import (
	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/fault"
	"chokepoint/result"
)

func (a *app) diffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "diff --dataset NEW --against OLD",
		Long: `Ask two datasets, usually two releases, the same question, and list the products that are on one list only, with the
criteria that are met in one and not in the other and the value of the first of them in both. The later dataset is
--dataset, the earlier --against. Years that only one of them has are left out, and so are codes that only one of two
nomenclatures has; the notes say which and how many. --summary counts instead, by year, method, importer and partner.

Where the question leaves open who it is about (--partners -, 'USA|EU27'), the reason names the economies that put the
product on the one list, and is about the same economies in the other dataset.`,
		Example: `  chokepoint diff --dataset baci-hs17-v202601 --against baci-hs17-v202501 --importers USA --partners CHN
  chokepoint diff --dataset baci-hs92-v202601 --against baci-hs92-v202501 --importers EU27 --partners CHN --years 2022 --format xlsx --out diff.xlsx
  chokepoint diff --dataset baci-hs17-v202601 --against baci-hs17-v202501 --importers all --partners CHN --method all --summary`,
	}
	q, values := a.question(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		against := *values["against"]
		if against == "" || a.dataset == "" {
			return fault.Questionf("diff: name the later dataset with --dataset and the earlier with --against (see `chokepoint datasets`)")
		}
		if against == a.dataset {
			return fault.Questionf("diff: --dataset and --against are the same dataset")
		}
		r, err := a.request(q, values)
		if err != nil {
			return err
		}
		before, err := a.sourceOf(against)
		if err != nil {
			return err
		}
		defer before.Close()
		return a.ask(func(s *analysis.Source) (*result.Table, error) {
			r.Before = before
			return q.Answer(cmd.Context(), s, r)
		})
	}
	return cmd
}
