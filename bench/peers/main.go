// Command peers asks Chokepoint, DuckDB, ClickHouse, pandas and R's data.table the same questions about the same flows,
// in turns and in one run, checks that the answers are equal, and prints how much longer each takes than Chokepoint.
//
//	go run . [-runs 5] [-engines ours,duckdb,clickhouse,pandas,datatable] [-data panel,real] [-out results]
//
// With -out, what was measured before on the same day stays in the results, unless it is measured again.
//
// Everything that is built lies in CHOKEPOINT_BENCH (by default in the user's cache folder), outside the repository: the
// SYNTHETIC panel of 28 years, the datasets, and each peer's own tables. With CHOKEPOINT_BENCH_SIZE=small the panel is a small
// one, which is enough to see that everything runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"chokepoint/bench/world"
)

func main() {
	log.SetFlags(0)
	runs := flag.Int("runs", 5, "timed runs of each question, after one to warm up")
	names := flag.String("engines", "ours,memory,duckdb,clickhouse,pandas,datatable", "who is asked; memory sums the same bytes")
	data := flag.String("data", "real,panel", "real: the BACI 2024 extract; panel: 28 synthetic years")
	only := flag.String("questions", "", "comma list; empty: all")
	out := flag.String("out", "", "folder for the results; empty: print only")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	size, err := world.Chosen()
	if err == nil {
		err = run(ctx, size, *runs, list(*names), list(*data), list(*only), *out)
	}
	if err != nil {
		log.Fatal("peers: ", err)
	}
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func run(ctx context.Context, size world.Size, runs int, names, data, only []string, out string) error {
	home, err := size.Home()
	if err != nil {
		return err
	}
	b := &bench{runs: runs, home: home}
	if size.Name != world.Full {
		if out != "" {
			return fmt.Errorf("-out with the %s panel: results are kept of the %s one alone", size.Name, world.Full)
		}
		b.notes = append(b.notes, fmt.Sprintf("The panel is the %s one: that everything runs and that the answers are equal is all that this says.", size.Name))
	}
	if out != "" {
		out = filepath.Join(out, time.Now().Format(time.DateOnly))
		if err := b.read(out + ".txt"); err != nil {
			return err
		}
	}
	for _, name := range data {
		d, err := prepare(ctx, home, name, size)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if err := b.measure(ctx, d, names, only); err != nil {
			return err
		}
		d.files.Close()
	}
	text := b.table()
	fmt.Print(text)
	if out == "" {
		return nil
	}
	return writeResults(out, text, b.benchstat())
}

// engine answers questions. Its time is that of the answer alone: connections and tables are ready, the cache is warm.
type engine interface {
	name() string
	ask(ctx context.Context, q question, threshold string) (answer []string, took time.Duration, err error)
	close()
}

// bench collects measurements.
type bench struct {
	runs    int
	home    string
	results []measured
	notes   []string
}

// measured is the runs of one engine on one question.
type measured struct {
	data, question, engine string
	flows                  int64
	runs                   []time.Duration
}

// measure lets the engines answer each question in turns, so that whatever else the machine does hits all alike.
func (b *bench) measure(ctx context.Context, d *dataset, names, only []string) error {
	engines, notes, err := open(ctx, b.home, d, names)
	if err != nil {
		return err
	}
	b.notes = append(b.notes, notes...)
	defer func() {
		for _, e := range engines {
			e.close()
		}
	}()
	for _, q := range questions {
		if only != nil && !slices.Contains(only, q.name) || q.realOnly && d.name != "real" {
			continue
		}
		times := make([][]time.Duration, len(engines))
		for round := range b.runs + 1 {
			threshold := fmt.Sprintf("0.4%03d", round) // another one each time, so that nobody remembers the answer
			var first []string
			for i, e := range engines {
				answer, took, err := e.ask(ctx, q, threshold)
				if err == errNotAsked {
					continue
				}
				if err != nil {
					return fmt.Errorf("%s, %s, %s: %w", e.name(), d.name, q.name, err)
				}
				if i == 0 {
					first = answer
				} else if err := same(first, answer); answer != nil && err != nil {
					return fmt.Errorf("%s, %s: %s and %s differ: %w", d.name, q.name, engines[0].name(), e.name(), err)
				}
				if round > 0 {
					times[i] = append(times[i], took)
				}
				log.Printf("%s, %s, %s: %v, %d rows", d.name, q.name, e.name(), took.Round(time.Millisecond), len(answer))
			}
		}
		for i, e := range engines {
			if times[i] != nil {
				b.put(measured{d.name, q.name, e.name(), d.flows, times[i]})
			}
		}
	}
	return nil
}

// same compares two answers, whose rows are in any order.
func same(a, b []string) error {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return fmt.Errorf("%d rows and %d; the second has %q more", len(a), len(b), b[i])
		case i >= len(b):
			return fmt.Errorf("%d rows and %d; the first has %q more", len(a), len(b), a[i])
		case a[i] != b[i]:
			return fmt.Errorf("row %d of %d and %d: %q and %q", i, len(a), len(b), a[i], b[i])
		}
	}
	return nil
}
