package synth

import (
	"io"
	"testing"
)

func BenchmarkPanelYear(b *testing.B) {
	w := New(Panel())
	b.ResetTimer()
	var rows int64
	for range b.N {
		n, err := w.WriteYear(io.Discard, 2024)
		if err != nil {
			b.Fatal(err)
		}
		rows += n
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkDemoArchive(b *testing.B) {
	var rows int64
	for range b.N {
		if err := New(Demo()).WriteArchive(io.Discard, func(_ int, n int64) { rows += n }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkNewPanel(b *testing.B) {
	for range b.N {
		New(Panel())
	}
}
