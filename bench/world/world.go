// Package world makes the SYNTHETIC panel that benchmarks ask: once, in a folder outside the repository.
package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/synth"
)

// Dataset is the name of the panel's dataset, whatever its size.
const Dataset = "panel"

// Size is one of the sizes of the panel.
type Size struct {
	Name   string
	Config synth.Config
}

// sizes are the panels that can be made. Small is for seeing that everything runs: its times say nothing.
var sizes = []Size{
	{"full", synth.Panel()},
	{"small", synth.Config{Seed: 1, FirstYear: 2019, LastYear: 2024, Products: 400, Economies: 226, FlowsPerYear: 60_000, Quantities: true}},
}

// Full is the size that is measured.
const Full = "full"

// Chosen is the size that CHOKEPOINT_BENCH_SIZE names; full, where it names none.
func Chosen() (Size, error) {
	name := cmp.Or(os.Getenv("CHOKEPOINT_BENCH_SIZE"), Full)
	var names []string
	for _, s := range sizes {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Size{}, fmt.Errorf("CHOKEPOINT_BENCH_SIZE is %q: want %s", name, strings.Join(names, " or "))
}

// Home is the folder of everything that is built for a size: CHOKEPOINT_BENCH, by default in the user's cache, and in it a
// folder for each size but the full one.
func (s Size) Home() (string, error) {
	home := os.Getenv("CHOKEPOINT_BENCH")
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		home = filepath.Join(cache, "chokepoint-bench")
	}
	if s.Name != Full {
		home = filepath.Join(home, s.Name)
	}
	return home, nil
}

// Make makes the panel as a dataset in a folder of datasets, unless it is there. Its archive is removed once it is read.
func (s Size) Make(ctx context.Context, data string, say func(string)) error {
	if there, err := isThere(data, Dataset); there || err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(data, "panel-archive-*") // beside the dataset: it is large, and a system's folder of temporary files may be small
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	archive := filepath.Join(folder, synth.ArchiveName)
	if err := s.writeArchive(ctx, archive, say); err != nil {
		return err
	}
	say("ingesting")
	report, err := ingest.BACI(ctx, []string{archive}, ingest.Options{DataDir: data, Name: Dataset, Synthetic: true, Title: "Synthetic panel of the benchmarks",
		Source: fmt.Sprintf("SYNTHETIC: made by Chokepoint, seed %d", s.Config.Seed), Licence: "Apache-2.0", Citation: "SYNTHETIC data, Chokepoint; not real trade"})
	if err != nil {
		return err
	}
	say(fmt.Sprintf("%d flows of %d years ingested in %.0f s", report.Total.RowsStored, len(report.Years), report.Seconds))
	return nil
}

// isThere says whether a folder of datasets has one of that name.
func isThere(data, name string) (bool, error) {
	listed, err := store.List(data)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return slices.ContainsFunc(listed, func(m store.Manifest) bool { return m.Name == name }), err
}

func (s Size) writeArchive(ctx context.Context, path string, say func(string)) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	progress := func(year int, rows int64) { say(fmt.Sprintf("%d made, %d flows", year, rows)) }
	return errors.Join(synth.New(s.Config).WriteArchive(&stoppable{ctx, f}, progress), f.Close())
}

// stoppable is a file that takes nothing more once its context is done.
type stoppable struct {
	ctx context.Context
	*os.File
}

func (f *stoppable) Write(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}
