package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/fault"
	"chokepoint/store"
)

func (a *app) pushCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "push",
		Short: "Load a dataset into a ClickHouse server or cluster",
		Long: `Load the dataset of --dataset into the ClickHouse server or cluster of --engine, sharded by product. If a push is
interrupted, run it again: each year is verified by a checksum over every flow on every shard, verified years are skipped, and an
incomplete year is sent again. Questions see the dataset once all of it is there.`,
		Example: "  chokepoint push --dataset baci-hs17-v202601 --engine clickhouse://default@127.0.0.1:9000/default",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.engine == "" {
				return fault.Questionf("push: expected --engine clickhouse://user@host:9000/database?cluster=NAME")
			}
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			choice, err := store.Choice{Name: a.dataset}, error(nil)
			if a.dataset == "" {
				if choice, err = store.Default(dir); a.printChoice(choice, err) != nil {
					return err
				}
			}
			d, err := store.Open(dir, choice.Name)
			if err != nil {
				return err
			}
			defer d.Close()
			c, err := a.cluster(cmd.Context())
			if err != nil {
				return err
			}
			show, stop := a.progress()
			err = c.Push(cmd.Context(), dir, d, func(done, total int64) { show("pushing", done, total, 0) })
			stop(err == nil)
			if err == nil {
				fmt.Fprintf(a.text(), "%s: %d flows of %d years, every year proved by its checksum\n", d.Manifest().Name, d.Manifest().Rows, len(d.Years()))
			}
			return err
		},
	}
}
