package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"chokepoint/clickhouse"
	"chokepoint/download"
	"chokepoint/fault"
	"chokepoint/ingest"
	"chokepoint/study"
)

// fetching is what `chokepoint fetch baci` was asked for.
type fetching struct {
	nomenclature, release string
	to, fromFolder        string
	mirror, name          string
	downloadOnly, replace bool
}

func (a *app) fetchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "fetch",
		Short:   "Download trade data from their publisher and ingest them",
		Example: "  chokepoint fetch baci",
		RunE: func(cmd *cobra.Command, args []string) error {
			return fault.Questionf("fetch: expected what to download, for example:\n%s", cmd.Example)
		},
	}
	cmd.AddCommand(a.fetchBACICommand())
	return cmd
}

func (a *app) fetchBACICommand() *cobra.Command {
	var v fetching
	cmd := &cobra.Command{
		Use:   "baci",
		Short: "Download a BACI archive from CEPII, check it and ingest it",
		Long: `Download a BACI archive from CEPII, check its length and every file in it, and ingest it. This is the only command
that downloads anything. It uses the system's proxy (HTTPS_PROXY, NO_PROXY).

If a download is interrupted, or you stop it with Ctrl-C, run the same command again: it resumes where it stopped. The address,
date, checksum, licence and citation are stored next to the archive, in NAME.zip.source.json.

On a computer without a network connection, put the archive into a folder and use --from-folder: it is checked and ingested in
the same way.`,
		Example: `  chokepoint fetch baci
  chokepoint fetch baci --nomenclature HS92 --release 202601 --to downloads
  chokepoint fetch baci --download-only
  chokepoint fetch baci --from-folder /media/usb`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.fetchBACI(cmd.Context(), &v) },
	}
	f := cmd.Flags()
	f.StringVar(&v.nomenclature, "nomenclature", "HS17", "HS92 for the longest series, HS17 or HS22 for the most detailed recent products; or HS96, HS02, HS07, HS12")
	f.StringVar(&v.release, "release", download.Latest, "release such as 202601, or "+download.Latest)
	f.StringVar(&v.to, "to", ".", "folder for the archive")
	f.StringVar(&v.fromFolder, "from-folder", "", "take the archive from this folder instead of the network")
	f.StringVar(&v.mirror, "mirror", "", "address of another folder with the same files")
	f.BoolVar(&v.downloadOnly, "download-only", false, "download and check, but do not ingest")
	f.StringVar(&v.name, "name", "", "name of the dataset (default: like baci-hs17-v202601)")
	f.BoolVar(&v.replace, "replace", false, "replace a dataset of the same name")
	return cmd
}

func (a *app) fetchBACI(ctx context.Context, v *fetching) error {
	source, err := download.BACI()
	if err != nil {
		return err
	}
	if v.mirror != "" {
		source.Folder = v.mirror + "/"
	}
	if v.fromFolder != "" && v.mirror != "" {
		return fault.Questionf("--from-folder and --mirror: expected one of them")
	}
	archive, path, err := a.archive(ctx, source, v)
	if err != nil {
		return err
	}
	if v.downloadOnly {
		fmt.Fprintf(a.out, "%s is complete. To ingest it: chokepoint %s\n", path, study.ShellLine([]string{"ingest", "baci", path}))
		return nil
	}
	opt := ingest.Options{Name: v.name, Replace: v.replace, Title: "BACI, trade flows by product", Source: "CEPII, BACI: International Trade Database at the Product-Level",
		Licence: "Etalab Open Licence 2.0", Citation: source.Citation}
	err = a.ingestTo(ctx, []string{path}, string(archive.Nomenclature), &opt, func(ctx context.Context, _ *clickhouse.Cluster) (*ingest.Report, error) {
		report, err := ingest.BACI(ctx, []string{path}, opt)
		if err == nil && archive.Rows > 0 && int64(report.Total.RowsRead) != archive.Rows {
			fmt.Fprintf(a.err, "note: %s has %d rows; %d are known of this release. CEPII may have published it again: say the checksum when you cite it\n", archive.Name, report.Total.RowsRead, archive.Rows)
		}
		return report, err
	})
	if err == nil {
		fmt.Fprintf(a.out, "\nLicence: %s\nCite: %s\n", source.Licence, source.Citation)
	}
	return err
}

// archive gives an archive that is whole, from the network or from a folder, and its path.
func (a *app) archive(ctx context.Context, source *download.Source, v *fetching) (*download.Archive, string, error) {
	if v.fromFolder != "" {
		archive, path, err := source.Find(v.fromFolder, v.nomenclature, v.release)
		if err != nil {
			return nil, "", fault.Questionf("fetch: %w", err)
		}
		show, stop := a.byteProgress("checking " + archive.Name)
		_, err = archive.Check(ctx, path, show)
		stop(err == nil)
		return archive, path, err
	}
	archive, err := source.Archive(v.nomenclature, v.release)
	if err != nil {
		return nil, "", fault.Questionf("fetch: %w", err)
	}
	about := ""
	if n := archive.EstimatedBytes(); n > 0 {
		about = fmt.Sprintf(", about %d MB", (n+5e5)/1e6)
	}
	fmt.Fprintf(a.err, "%s%s, to %s\n", archive.Address, about, filepath.Join(v.to, archive.Name))
	show, stop := a.byteProgress(archive.Name)
	f := download.Fetcher{Progress: show, Say: func(text string) { fmt.Fprintln(a.err, "note:", text) }}
	path, err := f.Fetch(ctx, archive, v.to)
	stop(err == nil)
	if ctx.Err() != nil {
		fmt.Fprintln(a.err, "note: what has come so far is kept; the same command continues from there")
	}
	var refused *download.RefusedError
	if errors.As(err, &refused) && refused.NotThere {
		err = fault.Question(err)
	}
	return archive, path, err
}

// byteProgress shows on standard error, if that is a terminal, how many bytes of something are done. stop ends it.
func (a *app) byteProgress(what string) (show func(done, total int64), stop func(completed bool)) {
	f, ok := a.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int64, int64) {}, func(bool) {}
	}
	bars := mpb.New(mpb.WithOutput(f), mpb.WithWidth(30), mpb.WithRefreshRate(150*time.Millisecond))
	bar := bars.AddBar(1, mpb.PrependDecorators(decor.Name(what+" ")),
		mpb.AppendDecorators(decor.CountersKiloByte("% .1f / % .1f"), decor.Name("  "), decor.AverageSpeed(decor.SizeB1000(0), "% .1f"), decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)))
	begun := false
	show = func(done, total int64) {
		if !begun { // what was there before says nothing about the speed
			begun = true
			bar.SetRefill(done)
			bar.DecoratorAverageAdjust(time.Now())
		}
		bar.SetTotal(cmp.Or(total, done+1), false)
		bar.SetCurrent(done)
	}
	stop = func(completed bool) {
		if completed {
			bar.SetTotal(-1, true)
		} else {
			bar.Abort(false)
		}
		bars.Wait()
	}
	return show, stop
}
