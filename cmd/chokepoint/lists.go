package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/sector"
	"chokepoint/trade"
)

func (a *app) listsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lists",
		Short: "List the product lists; show one or check your own",
		Long: `List the product lists: which HS codes make a sector, in which revision, how surely and why. In --list and, after list:,
in --products a name may ask for a part: mic25/rail (a sector or direction), mic25:medium (entries of medium confidence
too). A list of your own is a CSV file; docs/lists.md describes it.`,
		Example: "  chokepoint lists\n  chokepoint lists show mic25 --limit 0\n  chokepoint lists lint mine.csv\n  chokepoint count --importers USA --products list:mic25/nev",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.write(analysis.Lists()) },
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show NAME|FILE", Short: "Print the entries of a list, each with its reason",
		Example: "  chokepoint lists show mic25\n  chokepoint lists show mic25/aerospace:low --format csv",
		Args:    exactly(1, "the name of a list or a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := sector.Open(args[0])
			if err != nil {
				return err
			}
			return a.write(analysis.ListEntries(l))
		},
	}
	a.outputFlags(show)
	lint := &cobra.Command{
		Use: "lint [NAME|FILE…]", Short: "Check that each code exists in its revisions and has a reason; report sectors that share codes",
		Example: "  chokepoint lists lint\n  chokepoint lists lint mine.csv",
		RunE:    func(_ *cobra.Command, names []string) error { return a.lintLists(names) },
	}
	cmd.AddCommand(show, lint)
	return cmd
}

// lintLists checks lists; with no names, all that come with the program.
func (a *app) lintLists(names []string) error {
	if len(names) == 0 {
		names = sector.Builtin()
	}
	var errs []error
	for _, name := range names {
		l, err := sector.Open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		faults := l.Lint(nil)
		errs = append(errs, faults...)
		if len(faults) == 0 {
			fmt.Fprintf(a.out, "%s: sound: %d entries in %d sectors, %s\n", name, len(l.Entries), len(l.Sectors), l.Revisions())
		}
		for _, o := range sector.Overlaps(trade.HS17, l) {
			fmt.Fprintf(a.out, "%s: %s and %s share %d products of HS17: %v\n", name, o.A, o.B, len(o.Shared), o.Shared[:min(8, len(o.Shared))])
		}
	}
	return errors.Join(errs...)
}
