package synth

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"testing"

	"chokepoint/suite"
)

// profile is the shape of a year of flows.
type profile struct {
	perProduct, perImporter, perExporter, perPair map[string]float64
	exportersOf                                   map[string]map[string]bool
	values                                        []float64
	rows                                          int
}

// readProfile counts a BACI member; only says which importers count.
func readProfile(t testing.TB, r io.Reader, only func(importer string) bool) *profile {
	t.Helper()
	p := &profile{map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]map[string]bool{}, nil, 0}
	s := bufio.NewScanner(r)
	s.Scan()
	for s.Scan() {
		f := bytes.Split(s.Bytes(), []byte(","))
		if !only(string(f[2])) {
			continue
		}
		i, k := string(f[1]), string(f[3])
		v, err := strconv.ParseFloat(string(f[4]), 64)
		if err != nil {
			t.Fatal(err)
		}
		p.rows++
		p.values = append(p.values, v)
		p.perProduct[k]++
		p.perImporter[string(f[2])]++
		p.perExporter[i]++
		p.perPair[i+","+string(f[2])]++
		if p.exportersOf[k] == nil {
			p.exportersOf[k] = map[string]bool{}
		}
		p.exportersOf[k][i] = true
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return p
}

// sorted returns the counts by key in ascending order.
func sorted(m map[string]float64) []float64 {
	var out []float64
	for _, x := range m {
		out = append(out, x)
	}
	sort.Float64s(out)
	return out
}

// distributions names the distributions compared.
func (p *profile) distributions() map[string][]float64 {
	exporters := map[string]float64{}
	for k, x := range p.exportersOf {
		exporters[k] = float64(len(x))
	}
	sort.Float64s(p.values)
	return map[string][]float64{
		"flows per product": sorted(p.perProduct), "flows per importer": sorted(p.perImporter), "flows per exporter": sorted(p.perExporter),
		"flows per pair": sorted(p.perPair), "exporters per product": sorted(exporters), "flow value": p.values,
	}
}

func quantile(a []float64, p float64) float64 { return a[int(math.Round(p*float64(len(a)-1)))] }

// TestCloseness compares the last year of the panel with the extract of BACI HS17 2024. The extract lacks five importers; they
// are left out of the panel as well. Flows per importer and per exporter are near by calibration, the others by choice of a
// few parameters.
func TestCloseness(t *testing.T) {
	if testing.Short() {
		t.Skip("reads ten million flows twice")
	}
	z, err := zip.OpenReader(suite.Real.File(t, "baci-hs17-2024", "BACI_HS17_V202601.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("BACI_HS17_Y2024_V202601.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	real := readProfile(t, f, func(string) bool { return true })

	c := Panel()
	r, wr := io.Pipe()
	go func() {
		_, err := New(c).WriteYear(wr, c.LastYear)
		wr.CloseWithError(err)
	}()
	missing := map[string]bool{"276": true, "251": true, "826": true, "528": true, "724": true}
	made := readProfile(t, r, func(importer string) bool { return !missing[importer] })

	total := func(p *profile) (sum float64) {
		for _, v := range p.values {
			sum += v
		}
		return sum / 1e9
	}
	t.Logf("real: %d flows worth %.2f tn USD; panel: %d flows worth %.2f tn USD", real.rows, total(real), made.rows, total(made))
	have, want := made.distributions(), real.distributions()
	for _, d := range []struct {
		name   string
		factor float64 // allowed
	}{
		{"flows per product", 1.3}, {"flows per importer", 1.3}, {"flows per exporter", 1.6}, {"flows per pair", 2.5}, {"exporters per product", 1.5}, {"flow value", 2.5},
	} {
		line := ""
		for _, p := range []float64{.1, .25, .5, .75, .9} {
			a, b := quantile(have[d.name], p), quantile(want[d.name], p)
			ratio := a / b
			line += fmt.Sprintf("  p%.0f %.4g/%.4g=%.2f", p*100, a, b, ratio)
			if ratio > d.factor || ratio < 1/d.factor {
				t.Errorf("%s: quantile %g is %.4g, real %.4g: off by more than a factor of %g", d.name, p, a, b, d.factor)
			}
		}
		t.Logf("%-22s%s", d.name, line)
	}
}
