package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/catalogue"
	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/study"
)

func (a *app) tablesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "tables",
		Short:   "List input-output tables; ingest, show, verify or remove them",
		Example: "  chokepoint tables\n  chokepoint tables ingest 2019.csv 2020.csv\n  chokepoint tables show wiod-2013",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.listTables() },
	}
	a.outputFlags(cmd)
	industries := false
	show := &cobra.Command{
		Use: "show NAME", Short: "Show a set of tables: source, years, and how far each area is from adding up",
		Example: "  chokepoint tables show wiod-2013\n  chokepoint tables show wiod-2013 --industries",
		RunE:    func(_ *cobra.Command, args []string) error { return a.showTables(args[0], industries) },
	}
	show.Flags().BoolVar(&industries, "industries", false, "list the industries")
	verify := &cobra.Command{
		Use: "verify NAME", Short: "Read a whole set of tables and compare it with its manifest",
		Example: "  chokepoint tables verify wiod-2013",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			if err := icio.Verify(cmd.Context(), dir, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: all files are as ingested\n", args[0])
			return nil
		},
	}
	remove := &cobra.Command{
		Use: "remove NAME", Short: "Delete a set of tables",
		Example: "  chokepoint tables remove wiod-2013",
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			if err := icio.Remove(dir, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "removed %s\n", args[0])
			return nil
		},
	}
	for _, sub := range []*cobra.Command{show, verify, remove} {
		sub.Args = exactly(1, "the name of a set of tables")
		sub.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.tableNames(), cobra.ShellCompDirectiveNoFileComp
		}
		cmd.AddCommand(sub)
	}
	a.outputFlags(show)
	cmd.AddCommand(a.ingestTablesCommand())
	return cmd
}

func (a *app) ingestTablesCommand() *cobra.Command {
	var opt icio.Options
	var mapping string
	cmd := &cobra.Command{
		Use:   "ingest FILE…",
		Short: "Read inter-country input-output tables",
		Long: `Read inter-country input-output tables (CSV, plain or gzip) into a set of tables, one or several years in one call:

  - OECD ICIO: one wide CSV per year, with labels such as AUS_A01, AUS_HFCE, TLS, VA and OUT (TAX, VALU and TOTAL work too).
  - World Input-Output Database of 2013 as long CSV: index (id,country,industry), industries (industry,name), and for each year
    intermediate flows (row,col,musd), final demand (row,country,category,musd) and output (id,output_musd).
  - any other wide or long CSV, with --mapping FILE.toml, which lists its industries and categories and says what its columns
    are (docs/chain.md).

The year is the last one in the name of the file. Unknown labels are an error that names them. The report shows, for each
area, what does not add up. A table whose sales differ from output by more than 1 % for the world, or 10 % for an area, is refused.
The set appears complete or not at all.`,
		Example: `  chokepoint tables ingest 2019_SML.csv 2020_SML.csv
  chokepoint tables ingest wiod2013_index.csv wiod2013_industries.csv wiod2013_*_Z.csv.gz wiod2013_*_F.csv.gz wiod2013_*_output.csv.gz
  chokepoint tables ingest mine.csv --mapping mine.toml --name mine --year 2020`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) (err error) {
			if opt.DataDir, err = a.dataDir(); err != nil {
				return err
			}
			if mapping != "" {
				text, err := readDefinition(mapping)
				if err != nil {
					return err
				}
				if opt.Mapping, err = icio.ParseLayout(mapping, text); err != nil {
					return fault.Question(err)
				}
			}
			opt.ProgramVersion = version
			show, stop := a.progress()
			opt.Progress = func(file string, read int64) { show("reading "+file, read, 0, 0) }
			m, err := icio.Ingest(cmd.Context(), paths, opt)
			stop(err == nil)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s: %s, %d areas with %d industries each\n", m.Name, study.YearsText(m.Has()), len(m.Areas), len(m.Industries))
			for _, remark := range m.Remarks {
				fmt.Fprintln(a.out, " ", remark)
			}
			fmt.Fprintf(a.out, "`chokepoint tables show %s` has what does not add up by area\n", m.Name)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.Name, "name", "", "name of the set (default: that of the layout)")
	f.StringVar(&mapping, "mapping", "", "a file that explains the labels of other tables (TOML)")
	f.IntVar(&opt.Year, "year", 0, "year of files whose names do not contain one")
	f.BoolVar(&opt.Replace, "replace", false, "replace a set of the same name")
	f.BoolVar(&opt.Synthetic, "synthetic", false, "mark the tables as made up; every answer says so")
	f.StringVar(&opt.Title, "title", "", "what the tables are, for lists (default: that of the layout)")
	f.StringVar(&opt.Source, "source", "", "who publishes the tables (default: that of the layout)")
	f.StringVar(&opt.Licence, "licence", "", "licence of the tables (default: that of the layout)")
	f.StringVar(&opt.Citation, "citation", "", "how to cite the tables (default: that of the layout)")
	return cmd
}

func (a *app) listTables() error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	list, damaged := icio.List(dir)
	t := catalogue.Tables(list)
	if len(list) == 0 && damaged == nil {
		t.Note("none in %s: `chokepoint tables ingest FILE…` reads them", dir)
	}
	if err := a.write(t); err != nil {
		return err
	}
	return damaged
}

func (a *app) showTables(name string, industries bool) error {
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	m, err := icio.Describe(dir, name)
	if err != nil {
		return err
	}
	if industries {
		return a.write(catalogue.TablesIndustries(&m))
	}
	return a.write(catalogue.TablesBalance(&m))
}

// tableNames are the sets of tables of the data folder, as the shell offers them.
func (a *app) tableNames() (names []string) {
	if dir, err := a.dataDir(); err == nil {
		list, _ := icio.List(dir)
		for _, m := range list {
			names = append(names, m.Name+"\t"+m.Title)
		}
	}
	return names
}
