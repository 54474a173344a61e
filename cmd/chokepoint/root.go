package main

import (
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
)

const rootHelp = `Chokepoint is the open trade-dependency database: who depends on whom, for which product, since when and how
robustly, by any published definition or your own. It reads BACI archives as CEPII publishes them and answers from a
folder on this computer. It needs no account, and only fetch uses the network.

To begin:
  chokepoint demo                                  real trade in waste paper, and SYNTHETIC data to try everything on
  chokepoint fetch baci                            downloads BACI from CEPII and ingests it
  chokepoint ingest baci BACI_HS17_V202601.zip     real data, as downloaded from CEPII
  chokepoint count --importers USA --partners CHN

Economies can be given as ISO3, ISO2, BACI or M49 number or English name; blocs as EU27, ASEAN, G7 … (chokepoint blocs).
  A+B merges, A,B lists, 'A|B' means dependence on (or of) either.

Exit codes: 0 done; 1 the work failed (unreadable or damaged data, the disk, a bug in the program); 2 the question
was wrong (flag, economy, product, method, dataset, a file that it names); 130 interrupted.`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "chokepoint",
		Short:         "The open trade-dependency database",
		Long:          rootHelp,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&a.data, "data", "", "data folder (default: CHOKEPOINT_DATA, otherwise the platform's data folder)")
	root.PersistentFlags().StringVar(&a.dataset, "dataset", "", "name of the dataset (default: the one in use, otherwise the only one with real data; \"chokepoint datasets\" lists them)")
	root.PersistentFlags().StringVar(&a.engine, "engine", "", "answer from ClickHouse: clickhouse://user@host:9000/database?cluster=NAME (default: the data folder)")
	root.PersistentFlags().StringArrayVar(&a.blocs, "blocs", nil, "a file with your own blocs (TOML; may be repeated)")
	root.RegisterFlagCompletionFunc("dataset", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return a.datasetNames(), cobra.ShellCompDirectiveNoFileComp
	})
	root.AddCommand(a.demoCommand(), a.fetchCommand(), a.ingestCommand(), a.datasetsCommand(), a.tablesCommand(), a.briefCommand(), a.methodsCommand(), a.blocsCommand(), a.economiesCommand(), a.listsCommand(),
		a.policiesCommand(), a.scenarioCommand(), a.scenariosCommand(), a.serveCommand(), a.mcpCommand(), a.pushCommand(), a.licencesCommand())
	for _, q := range analysis.Questions() {
		above := root
		if words := strings.Fields(q.Name); len(words) == 2 {
			above, _, _ = root.Find(words[:1])
		}
		above.AddCommand(a.questionCommand(q))
	}
	root.SetFlagErrorFunc(unknownFlag)
	fitHelp(root, a.width)
	a.offerWords(root)
	return root
}
