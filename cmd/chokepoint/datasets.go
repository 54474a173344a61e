package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"chokepoint/catalogue"
	"chokepoint/clickhouse"
	"chokepoint/fault"
	"chokepoint/store"
)

func (a *app) datasetsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "datasets",
		Short:   "List datasets; show, use, verify, upgrade or remove one",
		Example: "  chokepoint datasets\n  chokepoint datasets use baci-hs17-v202601\n  chokepoint datasets verify baci-hs17-v202601",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.listDatasets() },
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show NAME", Short: "Show a dataset: source, release, years, totals, ingest report",
		Example: "  chokepoint datasets show baci-hs17-v202601",
		RunE:    func(_ *cobra.Command, args []string) error { return a.showDataset(args[0]) },
	}
	verify := &cobra.Command{
		Use: "verify NAME", Short: "Read a whole dataset and compare it with its manifest",
		Long: `Read a whole dataset and compare it with its manifest. With --engine every shard of the cluster reads every year and compares it with
the checksum recorded when it was pushed.`,
		Example: "  chokepoint datasets verify baci-hs17-v202601",
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.engine != "" {
				return a.onCluster(cmd.Context(), args[0], "verifying", (*clickhouse.Cluster).Verify, "every year on every shard is as it was pushed")
			}
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			show, stop := a.progress()
			err = store.Verify(cmd.Context(), dir, args[0], func(done, total int64) { show("verifying", done, total, 0) })
			stop(err == nil)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.text(), "%s: all files are as ingested\n", args[0])
			if list, _ := store.List(dir); slices.ContainsFunc(list, func(m store.Manifest) bool { return m.Name == args[0] && !m.Protected() }) {
				fmt.Fprintf(a.err, "note: its format has no block checksums, so questions would not notice later damage; `chokepoint datasets upgrade %s` adds them\n", args[0])
			}
			return nil
		},
	}
	upgrade := &cobra.Command{
		Use: "upgrade NAME", Short: "Add to a dataset in an older format the checksums that reveal damage",
		Long: `Add to a dataset in an older format the checksums that reveal damage: of every block of its files, and of its manifest. The dataset
is verified first. Its flows and its checksum do not change, and you can use it meanwhile. With --engine the shards create, from
their flows, what a dataset pushed by an earlier version lacks.`,
		Example: "  chokepoint datasets upgrade baci-hs17-v202601",
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.engine != "" {
				return a.onCluster(cmd.Context(), args[0], "upgrading", (*clickhouse.Cluster).Upgrade, "every year on every shard has the flows and dollars of the manifest, and what questions are proved by")
			}
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			show, stop := a.progress()
			err = store.Upgrade(cmd.Context(), dir, args[0], func(done, total int64) { show("verifying", done, total, 0) })
			stop(err == nil)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.text(), "%s: all files are as ingested, and have checksums that every question compares them with\n", args[0])
			return nil
		},
	}
	remove := &cobra.Command{
		Use: "remove NAME", Short: "Delete a dataset",
		Example: "  chokepoint datasets remove synthetic-demo",
		RunE: func(_ *cobra.Command, args []string) error {
			if a.engine != "" {
				return fault.Questionf("datasets remove: the program deletes nothing on a cluster; docs/scale.md names the tables of a dataset, which you can drop yourself")
			}
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			if err := store.Remove(dir, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(a.text(), "removed %s\n", args[0])
			return nil
		},
	}
	for _, sub := range []*cobra.Command{show, verify, upgrade, remove} {
		sub.Args = exactly(1, "the name of a dataset")
		cmd.AddCommand(sub)
	}
	cmd.AddCommand(a.useCommand())
	for _, sub := range cmd.Commands() {
		sub.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.datasetNames(), cobra.ShellCompDirectiveNoFileComp
		}
	}
	a.outputFlags(show)
	return cmd
}

// onCluster does something with a dataset of the cluster of --engine, and says what is so then.
func (a *app) onCluster(ctx context.Context, name, doing string, do func(*clickhouse.Cluster, context.Context, string, func(done, total int64)) error, done string) error {
	c, err := a.cluster(ctx)
	if err != nil {
		return err
	}
	show, stop := a.progress()
	err = do(c, ctx, name, func(done, total int64) { show(doing, done, total, 0) })
	stop(err == nil)
	if err == nil {
		fmt.Fprintf(a.text(), "%s: %s\n", name, done)
	}
	return err
}

func (a *app) useCommand() *cobra.Command {
	none := false
	use := &cobra.Command{
		Use: "use NAME", Short: "Choose the dataset for questions that name none",
		Long: `Choose the dataset for questions that name none, here and in serve and mcp. The choice is stored in the data folder; --none clears
it. --dataset overrides it. If nothing is chosen, the only dataset is used, or the only one with real data.`,
		Example: "  chokepoint datasets use baci-hs17-v202601\n  chokepoint datasets use --none",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 || none == (len(args) == 1) {
				return wrongArguments(cmd, len(args), "the name of a dataset, or --none")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if a.engine != "" {
				return fault.Questionf("datasets use: the choice is kept in the data folder; with --engine name the dataset with --dataset")
			}
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			if none {
				fmt.Fprintln(a.text(), "no dataset is chosen any more")
				return store.Forget(dir)
			}
			return a.useDataset(dir, args[0])
		},
	}
	use.Flags().BoolVar(&none, "none", false, "clear the choice")
	return use
}

func (a *app) useDataset(dir, name string) error {
	if err := store.Use(dir, name); err != nil {
		return err
	}
	fmt.Fprintf(a.text(), "%s answers from now on where no --dataset is given\n", name)
	return nil
}

// listCluster lists the datasets of the cluster of --engine.
func (a *app) listCluster() error {
	c, err := a.cluster(a.ctx)
	if err != nil {
		return err
	}
	list, damaged := c.List(a.ctx)
	if list == nil && damaged != nil {
		return damaged
	}
	choice, _ := store.Choose(list, damaged, "")
	t := catalogue.Datasets(list, choice.Name)
	if len(list) == 0 && damaged == nil {
		t.Note("none on the cluster: `chokepoint push` loads one")
	}
	if err := a.write(t); err != nil {
		return err
	}
	return damaged
}

func (a *app) listDatasets() error {
	if a.engine != "" {
		return a.listCluster()
	}
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	list, damaged := store.List(dir)
	inUse, err := store.InUse(dir)
	if err != nil {
		return err
	}
	choice, unchosen := store.Choose(list, damaged, inUse)
	t := catalogue.Datasets(list, choice.Name)
	if unchosen != nil && len(list) > 1 {
		t.Note("none is in use; choose one with `chokepoint datasets use NAME`, for questions without --dataset")
	}
	if len(list) == 0 && damaged == nil {
		t.Note("none in %s: %s", dir, store.HowToGet)
	}
	if err := a.write(t); err != nil {
		return err
	}
	return damaged
}

// showDataset prints a dataset year by year, with where it comes from as provenance and the ingest's remarks as notes.
func (a *app) showDataset(name string) error {
	a.dataset = name
	s, err := a.source()
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := catalogue.Coverage(s)
	if err != nil {
		return err
	}
	return a.write(t)
}
