package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/ingest"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// reportRemarks takes the notes and warnings out of a stored ingest report.
func reportRemarks(stored json.RawMessage) ([]string, error) {
	if len(stored) == 0 {
		return nil, nil
	}
	var r ingest.Report
	if err := json.Unmarshal(stored, &r); err != nil {
		return nil, fmt.Errorf("ingest report in the manifest: %w", err)
	}
	return append(r.Warnings, r.Notes...), nil
}

func (a *app) methodsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "methods",
		Short:   "List the definitions of dependency; show one or check your own",
		Example: "  chokepoint methods\n  chokepoint methods show geodep-2024 > mine.toml\n  chokepoint methods lint mine.toml",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.write(methodTable()) },
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show ID|FILE", Short: "Print a method file: the start of one of your own",
		Example: "  chokepoint methods show geodep-2024 > mine.toml",
		Args:    exactly(1, "the id of a method or a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := method.Get(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.out, m.Text)
			return failed(err)
		},
	}
	lint := &cobra.Command{
		Use: "lint FILE…", Short: "Check method files",
		Example: "  chokepoint methods lint mine.toml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			var errs []error
			for _, name := range files {
				data, err := os.ReadFile(name)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				m, err := method.Parse(name, data)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				fmt.Fprintf(a.out, "%s: method %s is sound: %d criteria, persistence %s, world %s\n", name, m.ID, len(m.Criteria), m.Persistence, m.World)
			}
			return errors.Join(errs...)
		},
	}
	cmd.AddCommand(show, lint)
	return cmd
}

func methodTable() *result.Table {
	columns := []*result.Column{
		result.TextColumn("id", "Name in --method."), result.TextColumn("status", "published, reconstructed or provisional."),
		result.TextColumn("partner", "Whether it is about a partner or about the importer alone."),
		result.TextColumn("criteria", "All must hold."), result.TextColumn("persistence", "In how many years of how many."),
		result.TextColumn("title", "What it is."), result.TextColumn("source", "Where it is published."),
	}
	t := result.New("methods", "Definitions of dependency", columns...)
	for _, m := range method.Builtin() {
		partner := "no"
		if m.HasPartner() {
			partner = "yes"
		}
		var criteria []string
		for _, c := range m.Criteria {
			criteria = append(criteria, c.Text)
		}
		for i, v := range []string{m.ID, string(m.Status), partner, strings.Join(criteria, "; "), m.Persistence.String(), m.Title, m.Source} {
			columns[i].AppendText(v)
		}
		for _, c := range m.Provisional {
			t.Provisional = append(t.Provisional, fmt.Sprintf("%s: `%s` stands in for a rule that is not public", m.ID, c))
		}
	}
	return t
}

func (a *app) blocsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "blocs",
		Short: "List blocs; show the dated members of one",
		Long: `List blocs. In selections a bloc merges its members; BLOC:members lists them one by one, BLOC:any asks for any of
them. Blocs of your own come from a TOML file: --blocs FILE.`,
		Example: "  chokepoint blocs\n  chokepoint blocs show EU",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			blocs, err := a.blocTable()
			if err != nil {
				return err
			}
			id, name := result.TextColumn("id", "Name in selections."), result.TextColumn("name", "Name.")
			members := result.IntColumn("memberships", "count", "Dated memberships.")
			source, note := result.TextColumn("source", "Source."), result.TextColumn("note", "What to know.")
			t := result.New("blocs", "Blocs", id, name, members, source, note)
			for _, b := range blocs.All() {
				id.AppendText(b.ID)
				name.AppendText(b.Name)
				members.AppendInt(int64(len(b.Members)))
				source.AppendText(b.Source)
				note.AppendText(b.Note)
			}
			return a.write(t)
		},
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show ID", Short: "Show the members of a bloc with their years",
		Example: "  chokepoint blocs show EU",
		Args:    exactly(1, "the id of a bloc"),
		RunE: func(_ *cobra.Command, args []string) error {
			blocs, err := a.blocTable()
			if err != nil {
				return err
			}
			b, ok := blocs.Get(args[0])
			if !ok {
				return fmt.Errorf("no bloc %q; `chokepoint blocs` lists them", args[0])
			}
			member := result.TextColumn("member", "Economy, ISO3.")
			from, to := result.TextColumn("from", "First year; empty is always."), result.TextColumn("to", "Last year, inclusive; empty is to this day.")
			t := result.New("bloc", b.ID+": "+b.Name, member, from, to)
			for _, m := range b.Members {
				member.AppendText(m.Economy)
				from.AppendText(yearOrEmpty(m.From))
				to.AppendText(yearOrEmpty(m.To))
			}
			t.Notes = append(t.Notes, "source: "+b.Source+" "+b.URL)
			if b.Note != "" {
				t.Notes = append(t.Notes, b.Note)
			}
			return a.write(t)
		},
	}
	a.outputFlags(show)
	cmd.AddCommand(show)
	return cmd
}

func yearOrEmpty(y int) string {
	if y == trade.Always || y == trade.Forever {
		return ""
	}
	return fmt.Sprint(y)
}

func (a *app) economiesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "economies [TEXT…]",
		Short:   "List the economies of a dataset, or say what names and numbers stand for",
		Example: "  chokepoint economies\n  chokepoint economies 840 \"South Korea\" tw",
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := a.source()
			if err != nil {
				return err
			}
			defer s.Dataset.Close()
			e := s.Dataset.Economies()
			if len(args) > 0 {
				for _, text := range args {
					m, err := e.Resolve(text)
					if err != nil {
						return err
					}
					fmt.Fprintf(a.out, "%s: %s %s, BACI %v, found by %s\n", text, m.Label, m.Name, m.Codes.Codes(), m.Form)
				}
				return nil
			}
			code := result.IntColumn("code", "", "BACI code.")
			label, iso2 := result.TextColumn("economy", "As printed."), result.TextColumn("iso2", "ISO 3166 alpha-2.")
			name, kind := result.TextColumn("name", "Name."), result.TextColumn("kind", "economy, former, or nes (not elsewhere specified).")
			t := result.New("economies", "Economies of "+s.Dataset.Manifest().Name, code, label, iso2, name, kind)
			t.Synthetic = s.Dataset.Manifest().Synthetic
			for _, x := range e.All() {
				code.AppendInt(int64(x.Code))
				label.AppendText(e.Label(x.Code))
				iso2.AppendText(x.ISO2)
				name.AppendText(x.Name)
				kind.AppendText(string(x.Kind))
			}
			return a.write(t)
		},
	}
	a.outputFlags(cmd)
	return cmd
}
