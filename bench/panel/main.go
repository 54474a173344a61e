// Command panel makes the SYNTHETIC panel of the benchmarks as a dataset, unless it is there.
//
//	go run ./bench/panel [-data FOLDER]
//
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
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *data); err != nil {
		log.Fatal("panel: ", err)
	}
}

func run(ctx context.Context, data string) error {
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
	if err := size.Make(ctx, data, func(text string) { log.Print("panel: ", text) }); err != nil {
		return err
	}
	fmt.Printf("dataset %s is in %s\n", world.Dataset, data)
	return nil
}
