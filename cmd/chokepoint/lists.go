package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/catalogue"
	"chokepoint/fault"
	"chokepoint/sector"
	"chokepoint/trade"
)

func (a *app) listsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lists",
		Short: "List the product lists; show one or check your own",
		Long: `List the product lists: which HS codes make up a sector, in which revision, with what confidence and why. In --list and, after list:,
in --products you can select a part: mic25/rail (a sector or direction), mic25:medium (entries of medium confidence
too). Your own list is a CSV file; docs/lists.md describes it.`,
		Example: "  chokepoint lists\n  chokepoint lists show mic25 --limit 0\n  chokepoint lists lint mine.csv\n  chokepoint count --importers USA --products list:mic25/nev",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.write(catalogue.Lists()) },
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show NAME|FILE", Short: "Print the entries of a list, each with its reason",
		Example: "  chokepoint lists show mic25\n  chokepoint lists show mic25/aerospace:low --format csv",
		Args:    exactly(1, "the name of a list or a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := sector.Open(args[0])
			if err != nil {
				return fault.Question(err)
			}
			return a.write(catalogue.ListEntries(l))
		},
	}
	a.outputFlags(show)
	lint := &cobra.Command{
		Use: "lint [NAME|FILE…]", Short: "Check that each code exists in its revisions and has a reason; report sectors that share codes",
		Long: `Check lists: each code must exist in its revisions, have a reason and occur only once. With --dataset, each code for the dataset's
revision must also be one of the dataset's products. The report names sectors that share codes, within one list or across several.`,
		Example: "  chokepoint lists lint\n  chokepoint lists lint mine.csv\n  chokepoint lists lint mine.csv mic25 --dataset baci-hs17-v202601",
		RunE:    func(_ *cobra.Command, names []string) error { return a.lintLists(names) },
	}
	cmd.AddCommand(show, lint)
	return cmd
}

// lintLists checks lists; with no names, all that come with the program. With --dataset it checks them against the dataset's own
// products too.
func (a *app) lintLists(names []string) error {
	several := len(names) > 1
	if len(names) == 0 {
		names = sector.Builtin()
	}
	n, products, err := a.lintProducts()
	if err != nil {
		return err
	}
	var errs []error
	var lists []*sector.List
	for _, name := range names {
		l, err := sector.Open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		lists = append(lists, l)
		faults := append(l.Lint(nil), l.LintDataset(a.dataset, n, products)...)
		errs = append(errs, faults...)
		if len(faults) == 0 {
			fmt.Fprintf(a.text(), "%s: sound: %d entries in %d sectors, %s\n", name, len(l.Entries), len(l.Sectors), l.Revisions())
		}
		if _, carried := l.Carry(n); carried != nil && a.dataset != "" {
			fmt.Fprintf(a.text(), "%s: %s\n", name, carried)
		}
		if !several {
			a.overlaps(n, l)
		}
	}
	if several {
		a.overlaps(n, lists...)
	}
	return fault.Question(errors.Join(errs...))
}

// lintProducts is the revision in which sectors are compared, and the products of the dataset that --dataset names.
func (a *app) lintProducts() (trade.Nomenclature, []string, error) {
	if a.dataset == "" {
		return trade.HS17, nil, nil
	}
	s, err := a.source()
	if err != nil {
		return "", nil, err
	}
	defer s.Close()
	var products []string
	for _, p := range s.Dataset.Products().All() {
		products = append(products, p.Code)
	}
	return s.Dataset.Manifest().Nomenclature, products, nil
}

// overlaps reports sectors that share products.
func (a *app) overlaps(n trade.Nomenclature, lists ...*sector.List) {
	for i, l := range lists {
		if l.Revisions().Has(n) {
			continue
		}
		if over, carried := l.Carry(n); carried != nil {
			lists[i] = over
		}
	}
	for _, o := range sector.Overlaps(n, lists...) {
		fmt.Fprintf(a.text(), "%s and %s share %d products of %s: %v\n", o.A, o.B, len(o.Shared), n, o.Shared[:min(8, len(o.Shared))])
	}
}
