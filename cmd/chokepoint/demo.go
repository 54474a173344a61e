package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"chokepoint/ingest"
	"chokepoint/sample"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/synth"
)

// demoDataset is the name of the synthetic dataset that `chokepoint demo` makes.
const demoDataset = "synthetic-demo"

func (a *app) demoCommand() *cobra.Command {
	seed, serve, addr := synth.Demo().Seed, false, ""
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Create a sample of real trade and a SYNTHETIC world to try everything on, and print first answers",
		Long: `Create two datasets, ingested in the same way as any data, and print first answers from each:

  ` + sample.Name + `  real: recovered paper and fuel wood, all economies, part of CEPII's BACI
  ` + demoDataset + `        SYNTHETIC: real economy codes, made-up flows of 25 years

Each table follows the command that prints it. With --serve you can then browse the synthetic world, until Ctrl-C.`,
		Example: "  chokepoint demo\n  chokepoint demo --seed 7\n  chokepoint demo --serve",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.demo(cmd.Context(), seed); err != nil || !serve {
				return err
			}
			return a.serveDemo(cmd.Context(), addr)
		},
	}
	cmd.Flags().BoolVar(&serve, "serve", false, "serve pages for the browser afterwards")
	cmd.Flags().StringVar(&addr, "addr", "", "where to listen with --serve, host:port (default: "+defaultAddr+", or another port if that one is taken)")
	cmd.Flags().Uint64Var(&seed, "seed", seed, "seed for random numbers: the same seed gives the same world")
	return cmd
}

func (a *app) demo(ctx context.Context, seed uint64) error {
	folder, err := os.MkdirTemp("", "chokepoint-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := a.demoSample(ctx, folder); err != nil {
		return err
	}
	return a.demoWorld(ctx, folder, seed)
}

// demoSample ingests the part of BACI that the program contains, and prints what it says of China's recovered paper.
func (a *app) demoSample(ctx context.Context, folder string) error {
	archive := filepath.Join(folder, sample.ArchiveName)
	if err := create(archive, func(f *os.File) error { return sample.WriteArchive(contextWriter{ctx, f}) }); err != nil {
		return err
	}
	opt := ingest.Options{Name: sample.Name, Replace: true, Sample: true, Title: sample.Title, Source: sample.Source, Licence: sample.Licence, Citation: baciCitation}
	report, err := a.ingest(&opt, func() (*ingest.Report, error) { return ingest.BACI(ctx, []string{archive}, opt) })
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, `Real trade: %d flows of %d years ingested in %.1f s as dataset %s
%s. %s.

China was the largest buyer of recovered paper. From 1 January 2018 it banned the unsorted kind (HS 470790).

`, report.Total.RowsStored, len(report.Years), report.Seconds, sample.Name, sample.Source, sample.Licence)
	return a.answers([][]string{
		{"balance", "CHN", "--products", "470790", "--years", "2010:2018", "--dataset", sample.Name},
		{"balance", "IND", "--products", "470790", "--years", "2014:2018", "--dataset", sample.Name},
	}, []string{"explain", "CHN", "USA", "--products", "470790", "--years", "2018", "--method", "hjs-2020", "--dataset", sample.Name})
}

// demoWorld makes and ingests the synthetic world, and prints what an analyst looks at first: the count over time, both ways, and
// the list.
func (a *app) demoWorld(ctx context.Context, folder string, seed uint64) error {
	config := synth.Demo()
	config.Seed = seed
	archive := filepath.Join(folder, synth.ArchiveName)
	if err := create(archive, func(f *os.File) error { return a.writeWorld(contextWriter{ctx, f}, synth.New(config)) }); err != nil {
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
	last := fmt.Sprint(config.LastYear)
	series := fmt.Sprintf("%d,%d,%d,%d,%d,%s", config.FirstYear, config.FirstYear+5, config.FirstYear+10, config.FirstYear+15, config.FirstYear+20, last)
	return a.answers([][]string{
		{"count", "--importers", "USA,EU27", "--partners", "CHN", "--years", series, "--dataset", demoDataset},
		{"count", "--importers", "CHN", "--partners", "USA|EU27", "--years", series, "--dataset", demoDataset},
		{"dependencies", "--importers", "USA", "--partners", "CHN", "--years", last, "--limit", "12", "--dataset", demoDataset},
	}, []string{"serve", "--dataset", demoDataset})
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

// create writes a file that has not been there.
func create(path string, write func(f *os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	return f.Close()
}

func (a *app) writeWorld(out io.Writer, world *synth.World) error {
	show, stop := a.progress()
	years := int64(world.Config().LastYear - world.Config().FirstYear + 1)
	var done, total int64
	err := world.WriteArchive(out, func(year int, rows int64) {
		done++
		total += rows
		show(fmt.Sprintf("making SYNTHETIC year %d", year), done, years, total)
	})
	stop(err == nil)
	return err
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

// answers prints each question's table below the command that prints it too, and the command to try next.
func (a *app) answers(questions [][]string, next []string) error {
	line := func(args []string) string {
		if a.data != "" {
			args = append(args, "--data", a.data)
		}
		return "chokepoint " + study.ShellLine(args)
	}
	for _, args := range questions {
		fmt.Fprintf(a.out, "$ %s\n", line(args))
		if a.data != "" {
			args = append(args, "--data", a.data)
		}
		question := &app{ctx: a.ctx, out: a.out, err: a.err, width: a.width, args: args}
		if err := question.execute(); err != nil {
			return err
		}
		fmt.Fprintln(a.out)
	}
	fmt.Fprintf(a.out, "Next, try: %s\n\n", line(next))
	return nil
}
