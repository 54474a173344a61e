package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"chokepoint/clickhouse"
	"chokepoint/ingest"
	"chokepoint/trade"
)

func (a *app) ingestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ingest",
		Short:   "Read trade data into a dataset",
		Example: "  chokepoint ingest baci BACI_HS17_V202601.zip",
		RunE: func(cmd *cobra.Command, args []string) error {
			return fmt.Errorf("ingest %s: want the kind of source, then its files; for example:\n%s", strings.Join(args, " "), cmd.Example)
		},
	}
	cmd.AddCommand(a.ingestBACICommand())
	return cmd
}

// baciCitation is what CEPII asks users of BACI to cite.
const baciCitation = "Gaulier, G. and Zignago, S. (2010), BACI: International Trade Database at the Product-Level. The 1994-2007 Version, CEPII Working Paper 2010-23"

func (a *app) ingestBACICommand() *cobra.Command {
	var opt ingest.Options
	var nomenclature string
	cmd := &cobra.Command{
		Use:   "baci PATH…",
		Short: "Read a BACI archive: the zip as downloaded, a folder, CSV (plain or gzip) or Parquet files",
		Long: `Read a BACI archive into a dataset: the zip as downloaded from CEPII, a folder, CSV files (plain or gzip) or Parquet
files with the columns t,i,j,k,v,q. Year, nomenclature and release are read from names such as
BACI_HS17_Y2024_V202601.csv; say them with flags where names do not tell.

The dataset appears whole or not at all. The report accounts for every row: rows read = rows stored + rows set aside,
value read = value stored + value set aside. Rows that contradict the format are an error that names file and line;
with --lenient they are set aside, counted and printed. Flows of an economy with itself and zero values are never
stored, and always reported.`,
		Example: `  chokepoint ingest baci BACI_HS17_V202601.zip
  chokepoint ingest baci --replace BACI_HS92_V202601.zip
  chokepoint ingest baci flows.parquet --nomenclature HS12 --release 202501 --name mine`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if nomenclature != "" {
				var err error
				if opt.Nomenclature, err = trade.ParseNomenclature(nomenclature); err != nil {
					return err
				}
			}
			report, err := a.ingest(cmd.Context(), paths, opt)
			if err != nil {
				return err
			}
			return report.WriteText(a.out)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opt.Name, "name", "", "name of the dataset (default: like baci-hs17-v202601)")
	f.StringVar(&nomenclature, "nomenclature", "", "HS92, HS96, HS02, HS07, HS12, HS17 or HS22 (H0 … H6), where names do not tell")
	f.StringVar(&opt.Release, "release", "", "release such as 202601, where names do not tell")
	f.StringVar(&opt.Title, "title", "BACI, trade flows by product", "what the data are, for lists of datasets")
	f.StringVar(&opt.Source, "source", "CEPII, BACI: International Trade Database at the Product-Level", "who publishes the data, where they are not CEPII's")
	f.StringVar(&opt.Licence, "licence", "Etalab Open Licence 2.0", "terms of the data, where they are not CEPII's")
	f.StringVar(&opt.Citation, "citation", baciCitation, "how the data ask to be cited, printed with every result")
	f.BoolVar(&opt.Replace, "replace", false, "put the new dataset in the place of one with the same name")
	f.BoolVar(&opt.Lenient, "lenient", false, "set bad rows aside and report them instead of stopping")
	f.BoolVar(&opt.PadCodes, "pad-codes", false, "give five-digit product codes their leading zero back")
	return cmd
}

// ingest runs one ingest with a progress bar on a terminal.
func (a *app) ingest(ctx context.Context, paths []string, opt ingest.Options) (*ingest.Report, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	opt.DataDir, opt.ProgramVersion = dir, version
	if a.engine != "" {
		c, err := clickhouse.Connect(ctx, a.engine)
		if err != nil {
			return nil, failed(err)
		}
		defer c.Close()
		opt.Target = func(name string, replace bool) (ingest.Target, error) { return c.Ingest(ctx, name, replace) }
	}
	progress, stop := a.progress()
	opt.Progress = func(p ingest.Progress) { progress(p.Stage+" "+p.File, p.Done, p.Total, int64(p.Rows)) }
	report, err := ingest.BACI(ctx, paths, opt)
	stop(err == nil)
	if err != nil {
		return nil, failed(err)
	}
	return report, nil
}

// progress shows work on standard error if that is a terminal: what, share done, rows, rate, time left. stop ends it.
func (a *app) progress() (show func(what string, done, total, rows int64), stop func(completed bool)) {
	f, ok := a.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(string, int64, int64, int64) {}, func(bool) {}
	}
	bars := mpb.New(mpb.WithOutput(f), mpb.WithWidth(40), mpb.WithRefreshRate(150*time.Millisecond))
	var text string
	var count int64
	start := time.Now()
	bar := bars.AddBar(1,
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return text })),
		mpb.AppendDecorators(decor.Percentage(), decor.Any(func(s decor.Statistics) string {
			rate := float64(count) / time.Since(start).Seconds()
			left := ""
			if s.Current > 0 && s.Total > s.Current {
				elapsed := time.Since(start)
				left = fmt.Sprintf(", %s left", (elapsed * time.Duration(s.Total-s.Current) / time.Duration(s.Current)).Round(time.Second))
			}
			return fmt.Sprintf("  %.1f M rows, %.1f M/s%s", float64(count)/1e6, rate/1e6, left)
		})))
	show = func(what string, done, total, rows int64) {
		text, count = what, rows
		bar.SetTotal(max(total, done)+1, false)
		bar.SetCurrent(done)
	}
	stop = func(completed bool) {
		bar.Abort(!completed)
		bars.Wait()
	}
	return show, stop
}
