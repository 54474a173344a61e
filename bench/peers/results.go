package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// put adds a measurement, in the place of an earlier one of the same.
func (b *bench) put(m measured) {
	for i, old := range b.results {
		if old.data == m.data && old.question == m.question && old.engine == m.engine {
			b.results[i] = m
			return
		}
	}
	b.results = append(b.results, m)
}

// runLine is a line of the results; the flows are in it so that the table can be made from the file.
var runLine = regexp.MustCompile(`^BenchmarkPeers/data=(\w+)/question=([\w-]+)/engine=([\w.]+)-\d+ 1 (\d+) ns/op (\d+) flows$`)

// read takes in the results of earlier runs, if there are any.
func (b *bench) read(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, line := range strings.Split(string(data), "\n") {
		m := runLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		took, _ := strconv.ParseInt(m[4], 10, 64) // digits, as the expression says
		flows, _ := strconv.ParseInt(m[5], 10, 64)
		i := slices.IndexFunc(b.results, func(r measured) bool { return r.data == m[1] && r.question == m[2] && r.engine == m[3] })
		if i < 0 {
			i = len(b.results)
			b.results = append(b.results, measured{m[1], m[2], m[3], flows, nil})
		}
		b.results[i].runs = append(b.results[i].runs, time.Duration(took))
	}
	return err
}

func median(runs []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(runs))
	return s[len(s)/2]
}

// table prints what was measured, as Markdown: a line a question, a column an engine, how many times longer in brackets.
func (b *bench) table() string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s, %d cores, %s/%s, %s. Medians of %d runs, engines in turns, page cache warm, answers equal. In brackets: times Chokepoint.\n\n",
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
			fmt.Fprintf(&t, "BenchmarkPeers/data=%s/question=%s/engine=%s-%d 1 %d ns/op %d flows\n", m.data, m.question, m.engine, runtime.GOMAXPROCS(0), run.Nanoseconds(), m.flows)
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
