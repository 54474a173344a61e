// Package limit measures how fast this machine can read what a scan reads: no program that looks at every flow is faster.
package limit

import (
	"runtime"
	"sync"

	"chokepoint/store"
)

// Bytes a flow that Sum reads: importer, exporter and value.
const Bytes = 12

// Sum adds up importer, exporter and value of every flow of a dataset, on all cores.
func Sum(d *store.Dataset) (float64, error) {
	var years []*store.Year
	for _, y := range d.Years() {
		year, err := d.Year(y)
		if err != nil {
			return 0, err
		}
		years = append(years, year)
	}
	sums := make([]float64, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for g := range sums {
		all.Go(func() {
			for _, y := range years {
				for i := g * y.Len() / len(sums); i < (g+1)*y.Len()/len(sums); i++ { // each core its own stretch
					f := y.Flows(i)
					sums[g] += values(f.Value) + float64(codes(f.Importer)+codes(f.Exporter))
				}
			}
		})
	}
	all.Wait()
	total := 0.0
	for _, s := range sums {
		total += s
	}
	return total, nil
}

// values adds up eight numbers at a time, in sums that do not wait for one another.
func values(v []float64) float64 {
	var a, b, c, d, e, f, g, h float64
	for ; len(v) >= 8; v = v[8:] {
		a, b, c, d = a+v[0], b+v[1], c+v[2], d+v[3]
		e, f, g, h = e+v[4], f+v[5], g+v[6], h+v[7]
	}
	for _, x := range v {
		a += x
	}
	return a + b + c + d + e + f + g + h
}

func codes(v []uint16) uint64 {
	var a, b, c, d uint64
	for ; len(v) >= 8; v = v[8:] {
		a, b = a+uint64(v[0])+uint64(v[1]), b+uint64(v[2])+uint64(v[3])
		c, d = c+uint64(v[4])+uint64(v[5]), d+uint64(v[6])+uint64(v[7])
	}
	for _, x := range v {
		a += uint64(x)
	}
	return a + b + c + d
}
