// Command panel writes the panel of the benchmarks: a SYNTHETIC BACI archive of full size, 28 years and 270 million
// flows, some 2.5 GB. It is written once and kept outside the repository.
//
//	go run ./bench/panel FILE.zip
package main

import (
	"fmt"
	"os"
	"time"

	"chokepoint/synth"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: panel FILE.zip")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "panel:", err)
		os.Exit(1)
	}
}

// write makes the archive beside its place and renames it, so that a broken run leaves nothing that looks whole.
func write(path string) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	start, total := time.Now(), int64(0)
	err = synth.New(synth.Panel()).WriteArchive(f, func(year int, rows int64) {
		total += rows
		fmt.Fprintf(os.Stderr, "\rSYNTHETIC panel: %d, %.1f M flows, %.1f M/s ", year, float64(total)/1e6, float64(total)/1e6/time.Since(start).Seconds())
	})
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
