//go:build unix

package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"chokepoint/bench/limit"
	"chokepoint/bench/world"
	"chokepoint/dependence"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// openPanel opens the panel, which `make panel` makes.
func openPanel(b *testing.B) *study.Source {
	b.Helper()
	size, err := world.Chosen()
	if err != nil {
		b.Fatal(err)
	}
	home, err := size.Home()
	if err != nil {
		b.Fatal(err)
	}
	d, err := store.Open(filepath.Join(home, "data"), world.Dataset)
	if err != nil {
		b.Skipf("no %s panel, which make panel makes: %v", size.Name, err)
	}
	b.Cleanup(func() { d.Close() })
	return &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Files: os.ReadFile}
}

// flowsOf is the number of flows of the last n years, 0: all.
func flowsOf(d *store.Dataset, years []int) (n int64) {
	for _, y := range d.Manifest().Years {
		if years == nil || slices.Contains(years, y.Year) {
			n += y.Rows
		}
	}
	return n
}

func count(b *testing.B, s *study.Source, queries ...study.Query) {
	b.Helper()
	b.ReportAllocs()
	var peak uint64
	start := cpuTime(b)
	for b.Loop() {
		for _, q := range queries {
			if _, err := dependence.Count(context.Background(), s, q); err != nil {
				b.Fatal(err)
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
	}
	b.ReportMetric((cpuTime(b)-start).Seconds()*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(flowsOf(s.Dataset.(*store.Dataset), nil))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mflows/s")
	b.ReportMetric(float64(peak)/1e6, "MB-heap")
}

// BenchmarkRoofline sets the full scan of the speed goals beside the sum of every importer, exporter and value, which no program that looks at
// every flow does faster: times-sum is how many times as long the scan takes by the clock, cpu-times-sum by the work of all cores.
func BenchmarkRoofline(b *testing.B) {
	s := openPanel(b)
	queries := []study.Query{{Importers: "all,EU27", Partners: "all", Method: "merics-2024"}, {Importers: "all,EU27", Method: "geodep-2024"}}
	var sum, scan, sumWork, scanWork time.Duration
	for b.Loop() {
		start, worked := time.Now(), cpuTime(b)
		if _, err := limit.Sum(s.Dataset.(*store.Dataset)); err != nil {
			b.Fatal(err)
		}
		sum, sumWork = sum+time.Since(start), sumWork+cpuTime(b)-worked
		start, worked = time.Now(), cpuTime(b)
		for _, q := range queries {
			if _, err := dependence.Count(context.Background(), s, q); err != nil {
				b.Fatal(err)
			}
		}
		scan, scanWork = scan+time.Since(start), scanWork+cpuTime(b)-worked
	}
	b.ReportMetric(float64(scan)/float64(sum), "times-sum")
	b.ReportMetric(float64(scanWork)/float64(sumWork), "cpu-times-sum")
	b.ReportMetric(float64(limit.Bytes*flowsOf(s.Dataset.(*store.Dataset), nil))*float64(b.N)/sum.Seconds()/1e9, "GB/s-sum")
}

// BenchmarkScan is the full scan of the speed goals: two published methods, every economy and the EU as one, all years.
func BenchmarkScan(b *testing.B) {
	s := openPanel(b)
	merics := study.Query{Importers: "all,EU27", Partners: "all", Method: "merics-2024"}
	geodep := study.Query{Importers: "all,EU27", Method: "geodep-2024"}
	b.Run("merics-2024", func(b *testing.B) { count(b, s, merics) })
	b.Run("geodep-2024", func(b *testing.B) { count(b, s, geodep) })
	b.Run("both", func(b *testing.B) { count(b, s, merics, geodep) })
}

// BenchmarkChange is what an analyst does all day. Thresholds vary from run to run, so that nothing can be remembered.
func BenchmarkChange(b *testing.B) {
	s := openPanel(b)
	run := 0
	change := func(b *testing.B, q study.Query) {
		b.Helper()
		start := cpuTime(b)
		defer func() { b.ReportMetric((cpuTime(b)-start).Seconds()*1000/float64(b.N), "cpu-ms/op") }()
		for b.Loop() {
			run++
			q.Method = methodFile(b, fmt.Sprintf("0.4%06d", run))
			if _, err := dependence.Count(context.Background(), s, q); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("threshold USA×CHN", func(b *testing.B) { change(b, study.Query{Importers: "USA", Partners: "CHN"}) })
	b.Run("threshold USA×all", func(b *testing.B) { change(b, study.Query{Importers: "USA", Partners: "all"}) })
	b.Run("threshold all×all", func(b *testing.B) { change(b, study.Query{Importers: "all", Partners: "all"}) })
	b.Run("bloc USA+CAN+MEX×CHN+HKG+MAC", func(b *testing.B) {
		change(b, study.Query{Importers: "USA+CAN+MEX", Partners: "CHN+HKG+MAC"})
	})
}

// cpuTime is what all cores have worked for this process: steadier than the clock where others use the machine.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// methodFile writes merics-2024 with another threshold on the partner's share.
func methodFile(b *testing.B, threshold string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "changed-"+threshold+".toml")
	text := fmt.Sprintf("id = \"changed\"\ntitle = \"Changed\"\nstatus = \"own\"\nsource = \"benchmark\"\n"+
		"criteria = [\"imports >= 2 * exports\", \"partner_share >= %s\", \"partner_world_share >= 0.3\"]\n", threshold)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkOneProduct asks for one product, all importers, all years.
func BenchmarkOneProduct(b *testing.B) {
	s := openPanel(b)
	years := s.Dataset.Years()
	y, err := s.Dataset.(*store.Dataset).Year(years[len(years)-1])
	if err != nil {
		b.Fatal(err)
	}
	product, most := "", 0
	for i := range y.Len() {
		if n := len(y.Flows(i).Value); n > most {
			product, most = y.Product(i), n
		}
	}
	for b.Loop() {
		if _, err := dependence.Indicators(context.Background(), s, study.Query{Importers: "all", Products: product}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory is the limit: twelve bytes of every flow, summed on all cores.
func BenchmarkMemory(b *testing.B) {
	s := openPanel(b)
	for b.Loop() {
		if _, err := limit.Sum(s.Dataset.(*store.Dataset)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(limit.Bytes*float64(flowsOf(s.Dataset.(*store.Dataset), nil))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
}

// BenchmarkGrowth asks for the last 1 to 28 years: flows/s should stay the same.
func BenchmarkGrowth(b *testing.B) {
	s := openPanel(b)
	all := s.Dataset.Years()
	if _, err := dependence.Count(context.Background(), s, study.Query{Importers: "all,EU27", Partners: "all"}); err != nil { // files into memory
		b.Fatal(err)
	}
	for _, n := range []int{1, 7, 14, 28} {
		if n > len(all) {
			break // of the small panel
		}
		years := all[len(all)-n:]
		b.Run(fmt.Sprintf("years=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := dependence.Count(context.Background(), s, study.Query{Importers: "all,EU27", Partners: "all", Years: fmt.Sprintf("%d:%d", years[0], years[n-1])}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(flowsOf(s.Dataset.(*store.Dataset), years))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mflows/s")
		})
	}
}

// BenchmarkMore shows what another bloc among the importers costs, and another method.
func BenchmarkMore(b *testing.B) {
	s := openPanel(b)
	for _, importers := range []string{"all", "all,EU27", "all,EU27,USMCA", "all,EU27,USMCA,RCEP,G7"} {
		b.Run("importers="+importers, func(b *testing.B) { count(b, s, study.Query{Importers: importers, Partners: "all"}) })
	}
	for _, method := range []string{"merics-2024", "merics-2024,hjs-2020", "merics-2024,hjs-2020,geodep-2024", "all"} {
		b.Run("method="+method, func(b *testing.B) { count(b, s, study.Query{Method: method}) })
	}
}
