package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/catalogue"
	"chokepoint/store"
)

func (a *app) revisionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "revisions",
		Long: `Find codes in other revisions of the Harmonized System: which codes hold their goods there, with flags where a code was
split, merged or renumbered, and what else is in them. The codes are of the revision --from, else of the dataset's; with
--from no dataset is needed.`,
		Example: `  chokepoint revisions 850760 --from HS17 --to HS92
  chokepoint revisions 854140 --from HS17 --to HS22
  chokepoint revisions 8806 --from HS22 --format csv`,
	}
	q, values := a.question(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if without, err := a.withoutDataset(*values["from"]); err != nil || !without {
			if err != nil {
				return err
			}
			return a.askQuestion(cmd.Context(), q, values)
		}
		t, err := catalogue.RevisionsOf(args[0], *values["from"], *values["to"])
		if err != nil {
			return err
		}
		t.Provenance.Program, t.Provenance.Command = "chokepoint "+version, a.command("")
		return a.write(t)
	}
	return cmd
}

// withoutDataset says whether a question that names its revision is asked where no dataset is chosen.
func (a *app) withoutDataset(from string) (bool, error) {
	if strings.TrimSpace(from) == "" || a.dataset != "" || a.engine != "" {
		return false, nil
	}
	dir, err := a.dataDir()
	if err != nil {
		return false, err
	}
	_, err = store.Default(dir)
	var unchosen *store.UnchosenError
	return errors.As(err, &unchosen), nil
}
