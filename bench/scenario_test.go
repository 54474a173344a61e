//go:build unix

package bench

import (
	"context"
	"testing"

	"chokepoint/scenario"
	"chokepoint/study"
)

// BenchmarkCut asks what every importer loses of every product if China stops: under one rule and one spare capacity, and under all four rules with
// three capacities each. The rows of the answer, of which there are millions, are in it; writing them into a file is not. bench/peers has the first
// beside DuckDB.
func BenchmarkCut(b *testing.B) {
	cuts := []struct {
		name   string
		values map[string]string
	}{
		{"one", map[string]string{"suppliers": "CHN", "rule": "present", "spare": "0.1"}},
		{"twelve", map[string]string{"suppliers": "CHN"}},
	}
	for name, path := range archives(b) {
		s := sourceOf(b, path)
		for _, c := range cuts {
			b.Run(name+"/"+c.name, func(b *testing.B) { cut(b, s, c.values) })
		}
	}
}

func cut(b *testing.B, s *study.Source, values map[string]string) {
	b.Helper()
	r, errs := scenario.CutQuestion.Read(values)
	if errs != nil {
		b.Fatal(errs)
	}
	b.ReportAllocs()
	rows := 0
	start := cpuTime(b)
	for b.Loop() {
		t, err := scenario.CutQuestion.Answer(context.Background(), s, r)
		if err != nil {
			b.Fatal(err)
		}
		rows = t.Rows()
	}
	b.ReportMetric((cpuTime(b)-start).Seconds()*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(rows), "rows")
}
