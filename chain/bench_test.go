//go:build unix

package chain

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"chokepoint/icio"
	"chokepoint/study"
	"chokepoint/trade"
)

// writeSynthetic writes a made-up table with the labels of the OECD's of 2025, and areas by industries rows. It balances: output is the
// sum of what is sold, and inputs are scaled to a part of it.
func writeSynthetic(b *testing.B, path string, areas []string, layout *icio.Layout) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	var labels []string
	for _, a := range areas {
		for _, i := range layout.Industries {
			labels = append(labels, a+"_"+i.Code)
		}
	}
	w.WriteString("V1")
	for _, l := range labels {
		w.WriteString("," + l)
	}
	for _, a := range areas {
		for _, c := range layout.Categories {
			w.WriteString("," + a + "_" + c.Code)
		}
	}
	w.WriteString(",OUT\n")
	r := rand.New(rand.NewPCG(20, 25))
	var text []byte
	k := len(layout.Industries)
	for i, l := range labels {
		w.WriteString(l)
		sum := 0.0
		put := func(v float64) {
			sum += v
			text = append(text[:0], ',')
			text = strconv.AppendFloat(text, v, 'f', 4, 64)
			w.Write(text)
		}
		for j := range labels {
			v := r.Float64() * r.Float64() * 50
			if i/k == j/k {
				v *= 250
			}
			put(float64(int(v*1e4)) / 1e4)
		}
		for a := range areas {
			for c := range layout.Categories {
				v := 3.0
				if c == 0 && a == i/k {
					v = 180_000 // most of final demand is at home
				}
				put(v)
			}
		}
		w.WriteString("," + strconv.FormatFloat(sum, 'f', 4, 64) + "\n")
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// syntheticAreas are n economies, the last of them the rest of the world.
func syntheticAreas(n int) (areas []string) {
	for _, e := range trade.BuiltinEconomies().All() {
		if e.Kind == trade.KindEconomy && e.ISO3 != "" && len(areas) < n-1 {
			areas = append(areas, e.ISO3)
		}
	}
	return append(areas, "ROW")
}

// cpuTime is what the process has had of processors. Where others compute too, it says more than the clock.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// loop runs a part of the benchmark and reports processor time too.
func loop(b *testing.B, work func(i int)) {
	b.Helper()
	before := cpuTime(b)
	i := 0
	for ; b.Loop(); i++ {
		work(i)
	}
	b.ReportMetric(float64((cpuTime(b)-before).Milliseconds())/float64(i), "cpu-ms/op")
}

// BenchmarkTables measures made-up tables of 1,400 and of 4,050 rows, as wide as WIOD 2013 and the OECD's of 2025: the ingest, the first
// answer, answers about other users and answers that are remembered in part. B/op of ingest is what it allocates; peak-MB is the heap
// that the system gave.
func BenchmarkTables(b *testing.B) {
	var layout *icio.Layout
	for _, l := range icio.Layouts() {
		if l.ID == "oecd-icio-2025" {
			layout = l
		}
	}
	for _, n := range []int{28, 81} {
		if testing.Short() && n > 28 {
			b.Skip("writes and reads 180 MB")
		}
		rows := strconv.Itoa(n * len(layout.Industries))
		dir := b.TempDir()
		path := filepath.Join(dir, "2022_SYNTHETIC.csv")
		areas := syntheticAreas(n)
		writeSynthetic(b, path, areas, layout)
		b.Run("ingest/"+rows, func(b *testing.B) {
			loop(b, func(int) {
				if _, err := icio.Ingest(b.Context(), []string{path}, icio.Options{DataDir: dir, Replace: true, Synthetic: true}); err != nil {
					b.Fatal(err)
				}
			})
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapSys)/1e6, "peak-MB")
		})
		ask := func(b *testing.B, s *study.Source, importers, partners string) {
			b.Helper()
			r, errs := ExposureQuestion.Read(map[string]string{"importers": importers, "partners": partners})
			if len(errs) > 0 {
				b.Fatal(errs)
			}
			if _, err := ExposureQuestion.Answer(b.Context(), s, r); err != nil {
				b.Fatal(err)
			}
		}
		open := func() *study.Source {
			s := &study.Source{}
			s.Tables = icio.Open(dir)
			return s
		}
		b.Run("first/"+rows, func(b *testing.B) {
			loop(b, func(int) { ask(b, open(), areas[0], areas[1]) })
		})
		b.Run("other-user/"+rows, func(b *testing.B) {
			s := open()
			ask(b, s, areas[0], areas[1])
			loop(b, func(i int) { ask(b, s, areas[(i+1)%len(areas)]+"+"+areas[(i/len(areas)+2)%len(areas)], areas[1]) })
		})
		b.Run("other-supplier/"+rows, func(b *testing.B) {
			s := open()
			ask(b, s, areas[0], areas[1])
			loop(b, func(i int) { ask(b, s, areas[0], areas[(i+1)%len(areas)]) })
		})
		for name, asked := range map[string]struct {
			question *study.Question
			values   map[string]string
		}{
			"uses":         {UsesQuestion, map[string]string{"importers": areas[0], "partners": areas[1], "products": "850760"}},
			"chain":        {ChainQuestion, map[string]string{"importers": areas[0], "partners": areas[1], "paths": "200"}},
			"upstreamness": {UpstreamnessQuestion, nil},
			"value-added":  {ValueAddedQuestion, nil},
		} {
			b.Run("first-"+name+"/"+rows, func(b *testing.B) {
				loop(b, func(int) {
					r, errs := asked.question.Read(asked.values)
					if len(errs) > 0 {
						b.Fatal(errs)
					}
					if _, err := asked.question.Answer(b.Context(), open(), r); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
}
