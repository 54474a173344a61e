package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
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
	name, nomenclature := result.TextColumn("dataset", "Name."), result.TextColumn("nomenclature", "HS revision.")
	release, years := result.TextColumn("release", "Release of the source."), result.TextColumn("years", "Years.")
	rows := result.IntColumn("flows", "count", "Flows stored.")
	value := result.FloatColumn("value_usd", result.USD, "Sum of all flows.")
	ingested, title := result.TextColumn("ingested", "Date of the ingest."), result.TextColumn("title", "What it is.")
	t := result.New("datasets", "Datasets", name, nomenclature, release, years, rows, value, ingested, title)
	for _, m := range list {
		name.AppendText(m.Name)
		nomenclature.AppendText(string(m.Nomenclature))
		release.AppendText(m.Release)
		years.AppendText(yearSpan(m))
		rows.AppendInt(m.Rows)
		value.AppendFloat(m.ValueUSD)
		ingested.AppendText(m.Created.Format(time.DateOnly))
		mark := ""
		if m.Synthetic {
			mark = "SYNTHETIC: "
		}
		title.AppendText(mark + m.Title)
	}
	if len(list) == 0 && damaged == nil {
		t.Notes = append(t.Notes, "none in "+dir+": `chokepoint demo` makes a synthetic one, `chokepoint ingest baci FILE.zip` reads a real one")
	}
	if err := a.write(t); err != nil {
		return err
	}
	return failed(damaged)
}

func yearSpan(m store.Manifest) string {
	first, last := m.Years[0].Year, m.Years[len(m.Years)-1].Year
	if last-first+1 == len(m.Years) {
		return trade.FormatYears([]trade.YearRange{{First: first, Last: last}})
	}
	return fmt.Sprintf("%d of %d:%d", len(m.Years), first, last)
}

// showDataset prints a dataset year by year, with where it comes from as provenance and the ingest's remarks as notes.
func (a *app) showDataset(name string) error {
	a.dataset = name
	s, err := a.source()
	if err != nil {
		return err
	}
	defer s.Dataset.Close()
	m := s.Dataset.Manifest()
	year := result.IntColumn("year", result.Year, "Calendar year.")
	rows := result.IntColumn("flows", "count", "Flows stored.")
	products := result.IntColumn("products", "count", "Products with flows.")
	importers := result.IntColumn("importers", "count", "Economies that import.")
	exporters := result.IntColumn("exporters", "count", "Economies that export.")
	value := result.FloatColumn("value_usd", result.USD, "Sum of the flows.")
	quantities := result.FloatColumn("with_quantity", result.Share, "Share of flows whose tonnes are known.")
	file := result.TextColumn("file", "File of the year.")
	t := result.New("dataset", m.Name+": "+m.Title, year, rows, products, importers, exporters, value, quantities, file)
	t.Synthetic = m.Synthetic
	for _, y := range m.Years {
		year.AppendInt(int64(y.Year))
		rows.AppendInt(y.Rows)
		products.AppendInt(int64(y.Products))
		importers.AppendInt(int64(len(y.Importers)))
		exporters.AppendInt(int64(len(y.Exporters)))
		value.AppendFloat(y.ValueUSD)
		quantities.AppendFloat(float64(y.QuantityRows) / float64(y.Rows))
		file.AppendText(y.File.File)
	}
	t.Provenance = result.Provenance{Dataset: m.Name, Checksum: m.Checksum(), Release: m.Release, Nomenclature: string(m.Nomenclature),
		Source: m.Source, Licence: m.Licence, Citation: m.Citation, Exact: m.Exact, Synthetic: m.Synthetic, Program: s.Program, Command: s.Command, Created: m.Created}
	exact := "all values are whole dollars: sums are exact"
	if !m.Exact {
		exact = "values are not whole dollars: sums are rounded in the 16th digit"
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%d flows, %s; checksum %s", m.Rows, exact, m.Checksum()))
	for _, in := range m.Inputs {
		t.Notes = append(t.Notes, fmt.Sprintf("from %s, %d bytes, SHA-256 %s", in.Name, in.Bytes, in.SHA256))
	}
	remarks, err := reportRemarks(m.Report)
	if err != nil {
		return failed(err)
	}
	t.Notes = append(t.Notes, remarks...)
	return a.write(t)
}
