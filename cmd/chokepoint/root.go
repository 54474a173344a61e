package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

const rootHelp = `Chokepoint is the open trade-dependency database: who depends on whom, for which product, since when, how
firmly, by any published definition or your own. It reads BACI archives as CEPII publishes them and answers from a
folder on this machine; no network, no account.

Begin:
  chokepoint demo                                  a synthetic world to try everything on
  chokepoint ingest baci BACI_HS17_V202601.zip     real data, as downloaded from CEPII
  chokepoint count --importers USA --partners CHN

Economies are accepted as ISO3, ISO2, BACI or M49 number or English name; blocs as EU27, ASEAN, G7 … (chokepoint blocs).
  A+B merges, A,B lists, 'A|B' asks for dependence on (or of) either.

Exit codes: 0 done; 1 the work failed (unreadable or damaged data, disk, a fault of the program); 2 the question was
wrong (flag, economy, product, method, dataset, a file that it names); 130 interrupted.`

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "chokepoint",
		Short:         "The open trade-dependency database",
		Long:          rootHelp,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&a.data, "data", "", "data folder (default: CHOKEPOINT_DATA, else the platform's data directory)")
	root.PersistentFlags().StringVar(&a.dataset, "dataset", "", "dataset by name (default: the one in use, else the only one of real data; \"chokepoint datasets\" lists them)")
	root.PersistentFlags().StringVar(&a.engine, "engine", "", "answer from ClickHouse: clickhouse://user@host:9000/database?cluster=NAME (default: the data folder)")
	root.PersistentFlags().StringArrayVar(&a.blocs, "blocs", nil, "a file with blocs of your own (TOML; may be repeated)")
	root.RegisterFlagCompletionFunc("dataset", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return a.datasetNames(), cobra.ShellCompDirectiveNoFileComp
	})
	root.AddCommand(
		a.demoCommand(), a.ingestCommand(), a.datasetsCommand(),
		a.countCommand(), a.dependenciesCommand(), a.indicatorsCommand(), a.explainCommand(), a.asymmetryCommand(), a.sensitivityCommand(), a.calibrateCommand(),
		a.compareCommand(), a.diffCommand(), a.chokepointsCommand(), a.scoreboardCommand(), a.breadthCommand(), a.similarityCommand(), a.displacementCommand(), a.complexityCommand(), a.balanceCommand(), a.firmsCommand(), a.policyCommand(), a.briefCommand(),
		a.methodsCommand(), a.blocsCommand(), a.economiesCommand(), a.listsCommand(), a.revisionsCommand(), a.policiesCommand(),
		a.serveCommand(), a.mcpCommand(), a.pushCommand(),
	)
	return root
}

func (a *app) countCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "count",
		Long: `Count the products that importers depend on, by year, partner and method, with the value concerned, its share of
imports, and the share of traded products (HS revisions lose codes over time; a raw count alone misleads).

Importers and partners asked for by name have a row also where the count is zero; --zeros gives one to all that trade. With
--partners - (the default) a product counts once if the importer depends on anyone. Where the dataset has no imports of an
importer, or fewer years than a definition asks for, there is no count: figures are empty, and status and notes say why.`,
		Example: `  chokepoint count --importers USA --partners CHN --method merics-2024
  chokepoint count --importers EU27 --partners CHN,USA --method merics-2024,hjs-2020 --world net
  chokepoint count --importers CHN --partners 'USA|EU27' --years 2000,2022
  chokepoint count --importers EU27:members --partners CHN --format xlsx --out members.xlsx
  chokepoint count --importers all --method geodep-2024 --persistence 1/1`,
	}
	a.question(cmd)
	return cmd
}

func (a *app) dependenciesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "dependencies",
		Long: `List the products behind a count, with every indicator that the criteria use, the distance to the nearest
threshold, how many other methods agree, and in how many of the last five years the criteria were met.

For methods without a criterion on the partner the partner column is -, and --partners CHN keeps the products whose top
supplier is China.`,
		Example: `  chokepoint dependencies --importers USA --partners CHN --years 2024 --limit 20
  chokepoint dependencies --importers CHN --method geodep-2024 --persistence 1/1 --partners EU27
  chokepoint dependencies --importers JPN --products 28,8505 --method all --format csv --out japan.csv`,
	}
	a.question(cmd)
	return cmd
}

func (a *app) indicatorsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "indicators",
		Long: `Print every indicator for importers, products and years; with --partners also those about a partner. One row
where imports are above zero. --by exporter lists instead who sells each product to the world, whoever buys it. --list prints
the definitions: name, unit, range, formula, source.`,
		Example: `  chokepoint indicators --importers USA --products 850760 --years 2024
  chokepoint indicators --importers EU27 --partners CHN --products 8541
  chokepoint indicators --by exporter --products 850760 --years 2024
  chokepoint indicators --list`,
	}
	a.question(cmd)
	return cmd
}

// exactly is cobra.ExactArgs with an error that says what was wanted.
func exactly(n int, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return wrongArguments(cmd, len(args), want)
		}
		return nil
	}
}

func wrongArguments(cmd *cobra.Command, got int, want string) error {
	words := "arguments"
	if got == 1 {
		words = "argument"
	}
	return fmt.Errorf("%s: got %d %s, want %s; for example:\n%s", cmd.CommandPath(), got, words, want, cmd.Example)
}
