package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"chokepoint/clickhouse"
	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/ingest"
	"chokepoint/sector"
	"chokepoint/spelling"
	"chokepoint/study"
	"chokepoint/trade"
)

func (a *app) ingestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ingest",
		Short:   "Read trade data into a dataset",
		Example: "  chokepoint ingest baci BACI_HS17_V202601.zip\n  chokepoint ingest transactions 2024-*.csv.gz --period month --nomenclature HS22 --release 202501",
		RunE: func(cmd *cobra.Command, args []string) error {
			return fault.Questionf("ingest %s: expected the kind of source, then its files; for example:\n%s", strings.Join(args, " "), cmd.Example)
		},
	}
	cmd.AddCommand(a.ingestBACICommand(), a.ingestTransactionsCommand())
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
BACI_HS17_Y2024_V202601.csv; use flags if the names do not contain them.

The dataset appears complete or not at all. The report accounts for every row: rows read = rows stored + rows set aside,
value read = value stored + value set aside. Rows that violate the format are an error that names file and line;
with --lenient they are set aside, counted and printed. Flows of an economy with itself and zero values are never
stored, but always reported. Without a product list, only codes of the HS revision are valid; other codes stop the ingest,
and the error says how many there are.`,
		Example: `  chokepoint ingest baci BACI_HS17_V202601.zip
  chokepoint ingest baci --replace BACI_HS92_V202601.zip
  chokepoint ingest baci flows.parquet --nomenclature HS12 --release 202501 --name mine`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			return a.ingestTo(cmd.Context(), paths, nomenclature, &opt, func(ctx context.Context, _ *clickhouse.Cluster) (*ingest.Report, error) {
				return ingest.BACI(ctx, paths, opt)
			})
		},
	}
	f := cmd.Flags()
	sourceFlags(cmd, &opt, &nomenclature, "baci")
	f.StringVar(&opt.Title, "title", "BACI, trade flows by product", "what the data are, for lists of datasets")
	f.StringVar(&opt.Source, "source", "CEPII, BACI: International Trade Database at the Product-Level", "publisher of the data, if they are not CEPII's")
	f.StringVar(&opt.Licence, "licence", "Etalab Open Licence 2.0", "licence of the data, if they are not CEPII's")
	f.StringVar(&opt.Citation, "citation", baciCitation, "how to cite the data; printed with every result")
	return cmd
}

// sourceFlags are the flags that all kinds of sources share.
func sourceFlags(cmd *cobra.Command, opt *ingest.Options, nomenclature *string, kind string) {
	f := cmd.Flags()
	f.StringVar(&opt.Name, "name", "", "name of the dataset (default: like "+kind+"-hs17-v202601)")
	f.StringVar(nomenclature, "nomenclature", "", "HS92, HS96, HS02, HS07, HS12, HS17 or HS22 (H0 … H6), if file names do not say")
	f.StringVar(&opt.Release, "release", "", "release such as 202601, if file names do not say")
	f.BoolVar(&opt.Replace, "replace", false, "replace a dataset of the same name")
	f.BoolVar(&opt.Lenient, "lenient", false, "set bad rows aside and report them instead of stopping")
	f.BoolVar(&opt.PadCodes, "pad-codes", false, "restore the leading zero of five-digit product codes")
}

func (a *app) ingestTransactionsCommand() *cobra.Command {
	var opt ingest.TransactionOptions
	var nomenclature, period, valueUnit, quantityUnit string
	cmd := &cobra.Command{
		Use:   "transactions FILE…",
		Short: "Read customs transactions and store the flows that they add up to, by year or month",
		Long: `Read CSV files (plain or gzip) with one row per transaction into a dataset of flows by year or month. Columns are found by
name, in any order: date (2024-03-15, 20240315, 2024-03 or 2024) or year and month; importer and exporter (ISO3, BACI or
M49 number, or name); product (six characters); value; and quantity, which may be absent or empty (unknown, which is not 0).
Files named like product_codes_HS22.csv and country_codes.csv are read as code lists.

Every line is one row that is stored or set aside, with its value. Without a product list, only codes of the HS revision are valid;
other codes stop the ingest, and the error says how many there are. Totals over partners or products also stop it, and so do columns
that split flows and contain a total as well as its parts (motCode, customsCode, partner2Code, flowCode …). With --lenient such rows
are set aside.

Values are added in millionths of a dollar and quantities in grams, as whole numbers, so sums are exact. With --engine the
transactions are kept on the shards, which add them up; files already there are verified and not sent again.`,
		Example: `  chokepoint ingest transactions 2023.csv.gz 2024.csv.gz --nomenclature HS22 --release 202501 --name customs
  chokepoint ingest transactions 2024-*.csv --period month --quantity-unit kg --cut-codes --nomenclature HS22 --release 202501`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, paths []string) error {
			for _, w := range []struct {
				flag, value string
				words       []string
				is          *bool
			}{{"period", period, []string{"year", "month"}, &opt.Monthly}, {"value-unit", valueUnit, []string{"usd", "thousand-usd"}, &opt.Thousands},
				{"quantity-unit", quantityUnit, []string{"t", "kg"}, &opt.Kilograms}} {
				if !slices.Contains(w.words, w.value) {
					return fault.Questionf("--%s %q: expected %s%s", w.flag, w.value, alternatives(w.words), spelling.Hint(w.value, w.words))
				}
				*w.is = w.value == w.words[1]
			}
			return a.ingestTo(cmd.Context(), paths, nomenclature, &opt.Options, func(ctx context.Context, c *clickhouse.Cluster) (*ingest.Report, error) {
				if c != nil {
					opt.Ledger = func(name string, files []uint64) (ingest.Ledger, error) {
						return c.Transactions(ctx, name, opt.Monthly, files)
					}
				}
				return ingest.Transactions(ctx, paths, opt)
			})
		},
	}
	f := cmd.Flags()
	sourceFlags(cmd, &opt.Options, &nomenclature, "transactions")
	f.StringVar(&period, "period", "year", "sum transactions by year or month")
	f.StringVar(&valueUnit, "value-unit", "usd", "unit of the values: usd or thousand-usd")
	f.StringVar(&quantityUnit, "quantity-unit", "t", "unit of the quantities: t or kg")
	f.BoolVar(&opt.CutCodes, "cut-codes", false, "take the first six digits of national codes with 8 or 10 digits (with --pad-codes also 7 or 9)")
	f.StringVar(&opt.Title, "title", "Customs transactions, trade flows by product", "what the data are, for lists of datasets")
	f.StringVar(&opt.Source, "source", "", "publisher of the data")
	f.StringVar(&opt.Licence, "licence", "", "licence of the data")
	f.StringVar(&opt.Citation, "citation", "", "how to cite the data; printed with every result")
	return cmd
}

// ingestTo runs an ingest of files into the data folder, or to the cluster of --engine, and prints its report.
func (a *app) ingestTo(ctx context.Context, paths []string, nomenclature string, opt *ingest.Options, read func(context.Context, *clickhouse.Cluster) (*ingest.Report, error)) (err error) {
	for _, path := range paths {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fault.Questionf("ingest: %s: no such file or folder", path)
		}
		if icio.IsTable(path) {
			return fault.Questionf("ingest: %s is an input-output table, not trade by product: `chokepoint tables ingest %s` reads it", path, study.ShellLine([]string{path}))
		}
	}
	if nomenclature != "" {
		if opt.Nomenclature, err = trade.ParseNomenclature(nomenclature); err != nil {
			return fault.Question(err)
		}
	}
	var c *clickhouse.Cluster
	if a.engine != "" {
		if c, err = clickhouse.Connect(ctx, a.engine); err != nil {
			return err
		}
		defer c.Close()
		opt.Target = func(name string, replace bool) (ingest.Target, error) { return c.Ingest(ctx, name, replace) }
	}
	report, err := a.ingest(opt, func() (*ingest.Report, error) { return read(ctx, c) })
	if err != nil {
		return err
	}
	return report.WriteText(a.text())
}

// ingest runs an ingest with a progress bar on a terminal.
func (a *app) ingest(opt *ingest.Options, read func() (*ingest.Report, error)) (_ *ingest.Report, err error) {
	if opt.DataDir, err = a.dataDir(); err != nil {
		return nil, err
	}
	opt.ProgramVersion, opt.ProductsOf = version, sector.ProductsOf
	progress, stop := a.progress()
	opt.Progress = func(p ingest.Progress) { progress(p.Stage+" "+p.File, p.Done, p.Total, int64(p.Rows)) }
	// Nearly all memory is a year's flows, which hold no pointers: collecting often costs little and keeps the peak low.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	report, err := read()
	stop(err == nil)
	return report, err
}

// progress shows work on standard error if that is a terminal: what, share done, rows, rate, time left. stop ends it.
func (a *app) progress() (show func(what string, done, total, rows int64), stop func(completed bool)) {
	if a.screen == nil {
		return func(string, int64, int64, int64) {}, func(bool) {}
	}
	return progressBar(mpb.WithOutput(a.screen), mpb.WithWidth(40), mpb.WithRefreshRate(150*time.Millisecond))
}

// progressBar is a bar that show moves and stop ends.
func progressBar(options ...mpb.ContainerOption) (show func(what string, done, total, rows int64), stop func(completed bool)) {
	bars := mpb.New(options...)
	var text string
	var count int64
	start := time.Now()
	bar := bars.AddBar(0, // a bar that begins with a total keeps it
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return text })),
		mpb.AppendDecorators(decor.Percentage(), decor.Any(func(s decor.Statistics) string {
			rate := float64(count) / time.Since(start).Seconds()
			left := ""
			if s.Current > 0 && s.Total > s.Current {
				elapsed := time.Since(start)
				left = fmt.Sprintf(", %s left", (elapsed * time.Duration(s.Total-s.Current) / time.Duration(s.Current)).Round(time.Second))
			}
			if count == 0 {
				return left
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
