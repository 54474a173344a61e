package chain

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestBands compares value added by position with the definition: the upstreamness of industries of economies that the question gives for
// the last year, weighted by output, and output less inputs, summed over all that lie between two positions.
func TestBands(t *testing.T) {
	for seed := range uint64(4) {
		w := map[int]*small{2005: longSmall(seed + 10), 2011: longSmall(seed)}
		w[2005].silence(0)
		areas, industries := w[2011].areas, w[2011].industries
		s := source(t, w)
		up, output := map[string]float64{}, map[string]float64{}
		for _, p := range PositionSchema.Rows(must(t, UpstreamnessQuestion, s, "years", "2011")) {
			up[p.Industry], output[p.Industry] = up[p.Industry]+p.Upstreamness*p.OutputUSD, output[p.Industry]+p.OutputUSD
		}
		position := func(industry string) string {
			switch u := up[industry] / output[industry]; {
			case u < 2:
				return "under 2 stages"
			case u < 3:
				return "2 to 3 stages"
			}
			return "3 stages or more"
		}
		rows := BandSchema.Rows(must(t, UpstreamnessQuestion, s, "by", "positions", "industries", "c4:c7"))
		if len(rows) != 2*len(areas)*len(bands) {
			t.Fatalf("%d rows", len(rows))
		}
		for _, r := range rows {
			var value, world, own float64
			var codes []string
			for k, code := range industries[1:] {
				at := position(code) == r.Position
				if at {
					codes = append(codes, code)
				}
				for a, area := range areas {
					i := a*len(industries) + k + 1
					v := w[r.Year].output[i] - column(w[r.Year], i)
					if at {
						world += v
					}
					if area == r.Area {
						if own += v; at {
							value += v
						}
					}
				}
			}
			if r.Industries != strings.Join(codes, " ") || len(codes) == 0 || !near(r.Value, value) || !near(r.World, world) || !near(r.Own, own) {
				t.Errorf("seed %d: %+v, want %v: %v of %v, own %v", seed, r, codes, value, world, own)
			}
		}
		merged := BandSchema.Rows(must(t, UpstreamnessQuestion, s, "by", "positions", "economies", "CHN,USA,CHN+USA", "years", "2011"))
		for b := range bands {
			if got, want := merged[2*len(bands)+b], merged[b].Value+merged[len(bands)+b].Value; !near(got.Value, want) || got.World != merged[b].World {
				t.Errorf("seed %d: CHN+USA %+v, want %v", seed, got, want)
			}
		}
	}
	s := source(t, map[int]*small{2011: randomSmall(1, 3, 3)})
	if _, err := ask(t, UpstreamnessQuestion, s, "by", "areas", "industries", "c3"); err == nil || !strings.Contains(err.Error(), "merges all industries") {
		t.Errorf("some industries of merged ones: %v", err)
	}
	if rows := PositionSchema.Rows(must(t, UpstreamnessQuestion, s, "industries", "c4", "economies", "USA")); len(rows) != 1 || rows[0].Industry != "c4" {
		t.Errorf("one industry: %+v", rows)
	}
}

// longSmall is a table in which each industry sells most to the next of its area, and the last to final demand: its industries stand at all
// positions.
func longSmall(seed uint64) *small {
	const areas, industries = 4, 5
	r := rand.New(rand.NewPCG(seed, 9))
	s := &small{areas: smallAreas[:areas], industries: []string{"c3", "c4", "c5", "c6", "c7"}}
	for i := range areas * industries {
		row, final := make([]float64, areas*industries), make([]float64, 2*areas)
		for j := range row {
			row[j] = float64(r.IntN(4))
		}
		if k := i % industries; k < industries-1 {
			row[i+1] += float64(100 * (k + 1))
		} else {
			final[2*(i/industries)] = 100 * industries
		}
		final[2*r.IntN(areas)] += float64(r.IntN(30))
		final[1+2*r.IntN(areas)] = float64(r.IntN(9) - 4)
		sum := 0.0
		for _, v := range slices.Concat(row, final) {
			sum += v
		}
		s.z, s.f, s.output = append(s.z, row), append(s.f, final), append(s.output, sum)
	}
	return s
}

// column is what a node buys.
func column(w *small, j int) (sum float64) {
	for i := range w.z {
		sum += w.z[i][j]
	}
	return sum
}
