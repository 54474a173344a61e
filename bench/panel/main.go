// Command panel makes the SYNTHETIC panel of the benchmarks as a dataset, unless it is there.
//
//	go run ./bench/panel [-size full|small] [-data FOLDER]
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
	size := flag.String("size", world.Full, "full: 28 years, 265 million flows, 4 GB; small: enough to see that everything runs")
	data := flag.String("data", "", "folder of datasets (default: data in CHOKEPOINT_BENCH, or in the user's cache)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *size, *data); err != nil {
		log.Fatal("panel: ", err)
	}
}

func run(ctx context.Context, name, data string) error {
	size, err := world.SizeOf(name)
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
