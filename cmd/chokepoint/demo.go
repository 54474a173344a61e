package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"chokepoint/ingest"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/synth"
)

// demoDataset is the name of the dataset that `chokepoint demo` makes.
const demoDataset = "synthetic-demo"

func (a *app) demoCommand() *cobra.Command {
	seed, serve, addr := synth.Demo().Seed, false, ""
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Make a synthetic world, ingest it and print the headline tables",
		Long: `Make a synthetic world (real economy codes, made-up flows of 25 years, planted dependencies, one rising exporter),
ingest it on the same path as real data, and print the headline tables. Everything is marked SYNTHETIC. With --serve it
then shows the world in pages, until Ctrl-C.`,
		Example: "  chokepoint demo\n  chokepoint demo --seed 7\n  chokepoint demo --serve",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.demo(cmd.Context(), seed); err != nil || !serve {
				return err
			}
			return a.serveDemo(cmd.Context(), addr)
		},
	}
	cmd.Flags().BoolVar(&serve, "serve", false, "end with pages in the browser instead of ending")
	cmd.Flags().StringVar(&addr, "addr", "", "where to listen with --serve, host:port (default: "+defaultAddr+", or another port where that is taken)")
	cmd.Flags().Uint64Var(&seed, "seed", seed, "seed of the random numbers: the same seed gives the same world")
	return cmd
}

func (a *app) demo(ctx context.Context, seed uint64) error {
	folder, err := os.MkdirTemp("", "chokepoint-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	config := synth.Demo()
	config.Seed = seed
	world := synth.New(config)
	archive := filepath.Join(folder, synth.ArchiveName)
	if err := a.writeWorld(ctx, world, archive); err != nil {
		return err
	}
	opt := ingest.Options{Name: demoDataset, Replace: true, Synthetic: true,
		Title: "Synthetic world of the demonstration", Source: fmt.Sprintf("SYNTHETIC: made by Chokepoint, seed %d", seed),
		Licence: "Apache-2.0", Citation: "SYNTHETIC data, Chokepoint; not real trade"}
	report, err := a.ingest(&opt, func() (*ingest.Report, error) { return ingest.BACI(ctx, []string{archive}, opt) })
	if err != nil {
		return err
	}
	fmt.Fprintf(a.text(), "SYNTHETIC world, seed %d: %d flows of %d years ingested in %.1f s as dataset %s\n\n", seed, report.Total.RowsStored, len(report.Years), report.Seconds, demoDataset)
	return a.headlines(ctx, config)
}

// serveDemo shows the world of the demonstration in pages, on this computer alone.
func (a *app) serveDemo(ctx context.Context, addr string) error {
	a.dataset = demoDataset
	v := serving{addr: addr, log: "text", limits: server.DefaultLimits}
	if addr == "" {
		v.addr = defaultAddr
		if l, err := net.Listen("tcp", defaultAddr); err != nil {
			v.addr = "127.0.0.1:0"
		} else {
			l.Close()
		}
	}
	return a.serve(ctx, &v)
}

func (a *app) writeWorld(ctx context.Context, world *synth.World, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	show, stop := a.progress()
	years := int64(world.Config().LastYear - world.Config().FirstYear + 1)
	var done, total int64
	err = world.WriteArchive(contextWriter{ctx, f}, func(year int, rows int64) {
		done++
		total += rows
		show(fmt.Sprintf("making SYNTHETIC year %d", year), done, years, total)
	})
	stop(err == nil)
	if err != nil {
		return err
	}
	return f.Close()
}

// contextWriter ends a long write when the program is interrupted.
type contextWriter struct {
	ctx context.Context
	f   *os.File
}

func (w contextWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.f.Write(p)
}

// headlines prints what an analyst looks at first: the count over time, both ways, and the list. Each table is what the command
// above it prints.
func (a *app) headlines(ctx context.Context, config synth.Config) error {
	last := fmt.Sprint(config.LastYear)
	series := fmt.Sprintf("%d,%d,%d,%d,%d,%s", config.FirstYear, config.FirstYear+5, config.FirstYear+10, config.FirstYear+15, config.FirstYear+20, last)
	for _, args := range [][]string{
		{"count", "--importers", "USA,EU27", "--partners", "CHN", "--years", series},
		{"count", "--importers", "CHN", "--partners", "USA|EU27", "--years", series},
		{"dependencies", "--importers", "USA", "--partners", "CHN", "--years", last, "--limit", "12"},
	} {
		args = append(args, "--dataset", demoDataset)
		if a.data != "" {
			args = append(args, "--data", a.data)
		}
		fmt.Fprintf(a.out, "$ chokepoint %s\n", study.ShellLine(args))
		question := &app{ctx: ctx, out: a.out, err: a.err, width: a.width, args: args}
		if err := question.execute(); err != nil {
			return err
		}
		fmt.Fprintln(a.out)
	}
	return nil
}
