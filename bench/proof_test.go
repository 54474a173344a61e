//go:build unix

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"chokepoint/bench/world"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// BenchmarkProof opens the panel and answers one question, with the checksums of what the question reads and, in turns, without: what it
// costs that no number is used before its block is proved. unproved/op is the same work on the same files, which a manifest without checksums of
// blocks, as those of format 2 were, describes.
func BenchmarkProof(b *testing.B) {
	source := openPanel(b)
	size, err := world.Chosen()
	if err != nil {
		b.Fatal(err)
	}
	home, err := size.Home()
	if err != nil {
		b.Fatal(err)
	}
	proved := filepath.Join(home, "data")
	unproved := withoutProofs(b, proved, source.Dataset.(*store.Dataset).Manifest())
	for name, q := range map[string]study.Query{
		"USA-CHN": {Importers: "USA", Partners: "CHN"},
		"all":     {Importers: "all,EU27", Partners: "all"},
	} {
		b.Run(name, func(b *testing.B) {
			answers := map[string]string{}
			spent := map[string]float64{}
			ask := func(dir string) {
				start := cpuTime(b)
				d, err := store.Open(dir, world.Dataset)
				if err != nil {
					b.Fatal(err)
				}
				t, err := dependence.Count(context.Background(), &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Files: os.ReadFile}, q)
				if err != nil {
					b.Fatal(err)
				}
				if err := d.Close(); err != nil {
					b.Fatal(err)
				}
				spent[dir] += (cpuTime(b) - start).Seconds()
				var w bytes.Buffer
				if err := result.Write(&w, t, result.FormatCSV, result.Options{}); err != nil {
					b.Fatal(err)
				}
				answers[dir] = w.String()
			}
			ask(proved) // pages of the files come into memory
			clear(spent)
			for b.Loop() {
				ask(unproved)
				ask(proved)
			}
			if answers[proved] != answers[unproved] || len(answers[proved]) < 100 {
				b.Fatal("the answers differ")
			}
			b.ReportMetric(1000*spent[proved]/float64(b.N), "proved-cpu-ms/op")
			b.ReportMetric(1000*spent[unproved]/float64(b.N), "unproved-cpu-ms/op")
			b.ReportMetric(spent[proved]/spent[unproved], "proved/unproved")
		})
	}
}

// withoutProofs is a data folder whose dataset has the same files as the one in dir and no checksums of their blocks.
func withoutProofs(b *testing.B, dir string, m *store.Manifest) string {
	b.Helper()
	out := b.TempDir()
	from, to := filepath.Join(dir, m.Name), filepath.Join(out, m.Name)
	if err := os.MkdirAll(to, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(from, m.Generation), filepath.Join(to, m.Generation)); err != nil {
		b.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(from, "manifest.json"))
	if err != nil {
		b.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		b.Fatal(err)
	}
	fields["format"] = 2
	delete(fields, "manifest_sha256")
	for _, y := range fields["years"].([]any) {
		delete(y.(map[string]any), "blocks")
		delete(y.(map[string]any), "flows_block")
	}
	if data, err = json.Marshal(fields); err == nil {
		err = os.WriteFile(filepath.Join(to, "manifest.json"), data, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
	return out
}
