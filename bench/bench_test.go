// Package bench measures the whole path on real data and on the synthetic world: ingest, full scans, single questions.
// The peers, with the same questions in the same run, are in bench/peers.
package bench

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"

	"chokepoint/bench/world"
	"chokepoint/dependence"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/synth"
	"chokepoint/trade"
)

// archives are what the benchmarks run on: a synthetic world and, where CHOKEPOINT_TEST_DATA names its folder, the real extract.
func archives(b *testing.B) map[string]string {
	paths := map[string]string{}
	if dir := os.Getenv("CHOKEPOINT_TEST_DATA"); dir != "" {
		paths["real2024"] = filepath.Join(dir, "baci-hs17-2024", "BACI_HS17_V202601.zip")
	} else {
		b.Log("CHOKEPOINT_TEST_DATA names no folder of real archives: the real extract is left out")
	}
	config := worldOf(b)
	path := filepath.Join(b.TempDir(), synth.ArchiveName)
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(synth.New(config).WriteArchive(f, nil), f.Close()); err != nil {
		b.Fatal(err)
	}
	paths[fmt.Sprintf("synthetic%dyears", config.LastYear-config.FirstYear+1)] = path
	return paths
}

// worldOf is the world of the demonstration, or a small one.
func worldOf(b *testing.B) synth.Config {
	size, err := world.Chosen()
	if err != nil {
		b.Fatal(err)
	}
	if size.Name == world.Full {
		return synth.Demo()
	}
	return size.Config
}

func BenchmarkIngest(b *testing.B) {
	for name, path := range archives(b) {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			rows := 0
			for b.Loop() {
				report, err := ingest.BACI(context.Background(), []string{path}, ingest.Options{DataDir: dir, Name: "bench", Replace: true})
				if err != nil {
					b.Fatal(err)
				}
				rows += report.Total.RowsStored
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "flows/s")
		})
	}
}

// BenchmarkInflate only unpacks the archives, each member on a core: no ingest can be faster.
func BenchmarkInflate(b *testing.B) {
	for name, path := range archives(b) {
		b.Run(name, func(b *testing.B) {
			z, err := zip.OpenReader(path)
			if err != nil {
				b.Fatal(err)
			}
			defer z.Close()
			z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(r) })
			var size int64
			for b.Loop() {
				var group errgroup.Group
				group.SetLimit(runtime.GOMAXPROCS(0))
				for _, member := range z.File {
					size += int64(member.UncompressedSize64)
					group.Go(func() error {
						r, err := member.Open()
						if err != nil {
							return err
						}
						_, err = io.Copy(io.Discard, r)
						return errors.Join(err, r.Close())
					})
				}
				if err := group.Wait(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)/b.Elapsed().Seconds()/1e6, "MB/s")
		})
	}
}

func BenchmarkQuestions(b *testing.B) {
	questions := []struct {
		name  string
		query study.Query
	}{
		{"merics-2024,all×all", study.Query{Partners: "all"}},
		{"geodep-2024,all", study.Query{Method: "geodep-2024", Persistence: "1/1"}},
		{"merics-2024,EU27×CHN,net", study.Query{Importers: "EU27", Partners: "CHN", World: "net"}},
		{"merics-2024,USA×CHN", study.Query{Importers: "USA", Partners: "CHN"}},
		{"all methods,USA×CHN", study.Query{Importers: "USA", Partners: "CHN", Method: "all", Persistence: "1/1"}},
	}
	for name, path := range archives(b) {
		s := sourceOf(b, path)
		for _, q := range questions {
			b.Run(name+"/"+q.name, func(b *testing.B) {
				for b.Loop() {
					if _, err := dependence.Count(context.Background(), s, q.query); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(s.Dataset.Manifest().Rows)*float64(b.N)/b.Elapsed().Seconds(), "flows/s")
			})
		}
	}
}

func BenchmarkSyntheticWorld(b *testing.B) {
	config := worldOf(b)
	w := synth.New(config)
	var rows int64
	for b.Loop() {
		n, err := w.WriteYear(io.Discard, config.LastYear)
		if err != nil {
			b.Fatal(err)
		}
		rows += n
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "flows/s")
}

// sourceOf ingests an archive, to be asked about as long as the benchmark runs.
func sourceOf(b *testing.B, path string) *study.Source {
	b.Helper()
	dir := b.TempDir()
	if _, err := ingest.BACI(context.Background(), []string{path}, ingest.Options{DataDir: dir, Name: "bench"}); err != nil {
		b.Fatal(err)
	}
	d, err := store.Open(dir, "bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	return &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Files: os.ReadFile}
}
