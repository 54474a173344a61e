package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

func median(runs []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(runs))
	return s[len(s)/2]
}

// table prints what was measured, as Markdown: a line a question, a column an engine, how many times longer in brackets.
func (b *bench) table() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s, %d cores, %s/%s, %s. Median of %d runs, engines in turns, page cache warm, answers equal. In brackets: times Chokepoint.\n\n",
		cpuModel(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), b.runs)
	var names []string
	for _, m := range b.results {
		if !slices.Contains(names, m.engine) {
			names = append(names, m.engine)
		}
	}
	fmt.Fprintf(&t, "| data | question | goal | %s |\n|---|---|---|%s\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, data := range []string{"panel", "real"} {
		for _, q := range questions {
			cells := make([]string, len(names))
			var base time.Duration
			var flows int64
			for _, m := range b.results {
				if m.data != data || m.question != q.name {
					continue
				}
				took := median(m.runs)
				if base == 0 {
					base, flows = took, m.flows
				}
				text := duration(took)
				if took != base {
					text += fmt.Sprintf(" (%s×)", factor(took.Seconds()/base.Seconds()))
				}
				cells[slices.Index(names, m.engine)] = text
			}
			if base > 0 {
				fmt.Fprintf(&t, "| %s, %.0f M flows | %s | %s | %s |\n", data, float64(flows)/1e6, q.title, q.goal, strings.Join(cells, " | "))
			}
		}
	}
	for _, n := range b.notes {
		fmt.Fprintf(&t, "\n%s\n", n)
	}
	return t.String()
}

func factor(f float64) string {
	if f < 3 {
		return fmt.Sprintf("%.2f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

func duration(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	if d < time.Second {
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// benchstat prints every run in the format of Go benchmarks, which benchstat compares.
func (b *bench) benchstat() string {
	var t strings.Builder
	fmt.Fprintf(&t, "goos: %s\ngoarch: %s\ncpu: %s\n", runtime.GOOS, runtime.GOARCH, cpuModel())
	for _, m := range b.results {
		for _, run := range m.runs {
			fmt.Fprintf(&t, "BenchmarkPeers/data=%s/question=%s/engine=%s-%d 1 %d ns/op\n", m.data, m.question, m.engine, runtime.GOMAXPROCS(0), run.Nanoseconds())
		}
	}
	return t.String()
}

func writeResults(name, text, stat string) error {
	if err := os.WriteFile(name+".md", []byte(text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(name+".txt", []byte(stat), 0o644)
}
