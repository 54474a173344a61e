package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/store"
)

func (a *app) datasetsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "datasets",
		Short:   "List datasets; show, verify or remove one",
		Example: "  chokepoint datasets\n  chokepoint datasets verify baci-hs17-v202601",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.listDatasets() },
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show NAME", Short: "Show a dataset: source, release, years, totals, ingest report",
		Example: "  chokepoint datasets show baci-hs17-v202601",
		RunE:    func(_ *cobra.Command, args []string) error { return a.showDataset(args[0]) },
	}
	verify := &cobra.Command{
		Use: "verify NAME", Short: "Read a dataset whole and compare it with its manifest",
		Example: "  chokepoint datasets verify baci-hs17-v202601",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			show, stop := a.progress()
			err = store.Verify(cmd.Context(), dir, args[0], func(done, total int64) { show("verifying", done, total, 0) })
			stop(err == nil)
			if err == nil {
				fmt.Fprintf(a.out, "%s: all files are as ingested\n", args[0])
			}
			return failed(err)
		},
	}
	remove := &cobra.Command{
		Use: "remove NAME", Short: "Delete a dataset",
		Example: "  chokepoint datasets remove synthetic-demo",
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			if err := store.Remove(dir, args[0]); err != nil {
				return failed(err)
			}
			fmt.Fprintf(a.out, "removed %s\n", args[0])
			return nil
		},
	}
	for _, sub := range []*cobra.Command{show, verify, remove} {
		sub.Args = exactly(1, "the name of a dataset")
		cmd.AddCommand(sub)
	}
	a.outputFlags(show)
	return cmd
}

func (a *app) listDatasets() error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	list, damaged := store.List(dir)
	t := analysis.Datasets(list)
	if len(list) == 0 && damaged == nil {
		t.Notes = append(t.Notes, "none in "+dir+": `chokepoint demo` makes a synthetic one, `chokepoint ingest baci FILE.zip` reads a real one")
	}
	if err := a.write(t); err != nil {
		return err
	}
	return failed(damaged)
}

// showDataset prints a dataset year by year, with where it comes from as provenance and the ingest's remarks as notes.
func (a *app) showDataset(name string) error {
	a.dataset = name
	s, err := a.source()
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := s.Coverage()
	if err != nil {
		return failed(err)
	}
	return a.write(t)
}
