// Command panel makes the SYNTHETIC panel of the benchmarks as a dataset, unless it is there.
//
//	go run ./bench/panel [-data FOLDER] [-split NAME]
//
// -split makes a dataset of the panel's flows instead: months, with a month of each flow in place of its year; lines-15000 and
// lines-50000, with more products in the last year.
// CHOKEPOINT_BENCH_SIZE=small makes a small one, which is enough to see that everything runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"chokepoint/bench/world"
)

func main() {
	log.SetFlags(0)
	data := flag.String("data", "", "folder of datasets (default: data in CHOKEPOINT_BENCH, or in the user's cache)")
	split := flag.String("split", "", "dataset to make of the panel: months, lines-15000 or lines-50000")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *data, *split); err != nil {
		log.Fatal("panel: ", err)
	}
}

func run(ctx context.Context, data, split string) error {
	size, err := world.Chosen()
	if err != nil {
		return err
	}
	if data == "" {
		home, err := size.Home()
		if err != nil {
			return err
		}
		data = filepath.Join(home, "data")
	}
	say := func(text string) { log.Print("panel: ", text) }
	if err := size.Make(ctx, data, say); err != nil {
		return err
	}
	name := world.Dataset
	if split != "" {
		s, ok := world.SplitNamed(split)
		if !ok {
			return fmt.Errorf("-split %s: expected months, lines-15000 or lines-50000", split)
		}
		if err := s.Make(ctx, data, say); err != nil {
			return err
		}
		name = s.Name
	}
	fmt.Printf("dataset %s is in %s\n", name, data)
	return nil
}
