package chain

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestExposureDefinition compares the answer with the definition, by an inverse.
func TestExposureDefinition(t *testing.T) {
	for seed := range uint64(6) {
		w := randomSmall(seed, 2+int(seed%3), 1+int(seed%4))
		k := len(w.industries)
		if seed == 5 {
			w.silence(1)
		}
		l := w.inverse()
		rows := ExposureSchema.Rows(must(t, ExposureQuestion, source(t, map[int]*small{2011: w}), "partners", "all", "industries", "all", "by", "both"))
		if len(rows) != len(w.areas)*len(w.areas)*k*k {
			t.Fatalf("seed %d: %d rows", seed, len(rows))
		}
		for _, r := range rows {
			user, supplier := slices.Index(w.areas, r.User), slices.Index(w.areas, r.Supplier)
			j, in := user*k+slices.Index(w.industries, r.Industries), slices.Index(w.industries, r.Inputs)
			var face, through, faceAll, throughAll float64
			for a := range w.areas {
				i := a*k + in
				made := l[i][j] * w.output[j]
				if i == j {
					made -= w.output[j]
				}
				faceAll, throughAll = faceAll+w.z[i][j], throughAll+made
				if a == supplier {
					face, through = w.z[i][j], made
				}
			}
			want := []float64{ratio(face, faceAll), ratio(through, throughAll), 1e6 * face, 1e6 * through}
			for x, got := range []float64{r.FaceShare, r.ThroughShare, r.FaceUSD, r.ThroughUSD} {
				if !near(got, want[x]) {
					t.Fatalf("seed %d, %s from %s, %s of %s: figure %d is %v, want %v", seed, r.User, r.Supplier, r.Industries, r.Inputs, x, got, want[x])
				}
			}
		}
	}
}

// TestExposureLaws: the shares of all suppliers add up to one, both by amounts add up to the total, merged suppliers to their sum.
func TestExposureLaws(t *testing.T) {
	s := source(t, map[int]*small{2011: randomSmall(3, 4, 3)})
	sums := map[string][2]float64{}
	for _, r := range ExposureSchema.Rows(must(t, ExposureQuestion, s, "partners", "all")) {
		v := sums[r.User]
		sums[r.User] = [2]float64{v[0] + r.FaceShare, v[1] + r.ThroughShare}
	}
	for user, v := range sums {
		if !near(v[0], 1) || !near(v[1], 1) {
			t.Errorf("%s: shares of all suppliers add up to %v", user, v)
		}
	}
	one := ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA", "partners", "CHN,DEU,CHN+DEU"))
	if got, want := one[2].ThroughUSD, one[0].ThroughUSD+one[1].ThroughUSD; !near(got/1e6, want/1e6) || !near(one[2].FaceShare, one[0].FaceShare+one[1].FaceShare) {
		t.Errorf("CHN+DEU: %v, want %v", got, want)
	}
	whole := ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA", "partners", "CHN"))[0]
	for _, by := range []string{"industries", "inputs", "both"} {
		face, through := 0.0, 0.0
		for _, r := range ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA", "partners", "CHN", "by", by)) {
			face, through = face+r.FaceUSD, through+r.ThroughUSD
		}
		if !near(face/1e6, whole.FaceUSD/1e6) || !near(through/1e6, whole.ThroughUSD/1e6) {
			t.Errorf("by %s: %v and %v, want %v and %v", by, face, through, whole.FaceUSD, whole.ThroughUSD)
		}
	}
}

// TestNoForeignExposure: who buys from itself alone has none.
func TestNoForeignExposure(t *testing.T) {
	w := randomSmall(5, 3, 2)
	for i := range w.z {
		for j := range w.z {
			if i/2 != 1 && j/2 == 1 { // what USA buys abroad
				w.output[i] -= w.z[i][j]
				w.z[i][j] = 0
			}
		}
	}
	for _, r := range ExposureSchema.Rows(must(t, ExposureQuestion, source(t, map[int]*small{2011: w}), "importers", "USA", "partners", "all")) {
		if home := r.Supplier == "USA"; home != (r.ThroughShare == 1) || home != (r.FaceShare == 1) || !home && r.ThroughUSD != 0 {
			t.Errorf("%+v", r)
		}
		if r.Supplier != "USA" && !math.IsNaN(r.HiddenFactor()) {
			t.Errorf("hidden factor %v where nothing is bought", r.HiddenFactor())
		}
	}
}

// TestMergedIndustries: the amount that is bought directly does not change where industries are counted together.
func TestMergedIndustries(t *testing.T) {
	w := randomSmall(8, 3, 4)
	a := must(t, ExposureQuestion, source(t, map[int]*small{2011: w}), "importers", "DEU", "partners", "CHN", "industries", "c3,c4", "by", "industries")
	b := must(t, ExposureQuestion, source(t, map[int]*small{2011: w}), "importers", "DEU", "partners", "CHN", "industries", "c3:c4")
	if rows, one := ExposureSchema.Rows(a), ExposureSchema.Rows(b)[0]; !near(rows[0].FaceUSD+rows[1].FaceUSD, one.FaceUSD) {
		t.Errorf("%v and %v, want %v", rows[0].FaceUSD, rows[1].FaceUSD, one.FaceUSD)
	}
}

// TestPaths compares the largest paths with all paths of up to eight purchases, and their sum with the exposure.
func TestPaths(t *testing.T) {
	w := randomSmall(4, 3, 2)
	s := source(t, map[int]*small{2011: w})
	exposure := ExposureSchema.Rows(must(t, ExposureQuestion, s, "importers", "USA", "partners", "CHN", "industries", "all"))[0].ThroughUSD / 1e6
	var want []float64
	var walk func(j int, carries float64, stages int)
	walk = func(j int, carries float64, stages int) {
		for i := range w.z {
			v := carries * w.z[i][j] / w.output[j]
			if i/2 == 0 && v > 0 {
				want = append(want, v)
			}
			if v > 1e-2 && stages < 8 {
				walk(i, v, stages+1)
			}
		}
	}
	for j := 2; j < 4; j++ {
		walk(j, w.output[j], 1)
	}
	slices.Sort(want)
	slices.Reverse(want)
	rows := PathSchema.Rows(must(t, ChainQuestion, s, "importers", "USA", "partners", "CHN", "industries", "all", "paths", "60"))
	if len(rows) != 60 {
		t.Fatalf("%d paths", len(rows))
	}
	held := 0.0
	for i, r := range rows {
		held += r.FlowUSD / 1e6
		if !near(r.FlowUSD/1e6, want[i]) || !near(r.Held, held/exposure) || r.Stages != len(r.Nodes)-1 || strings.Count(r.Path, "→") != r.Stages {
			t.Fatalf("path %d: %+v, want %v and %v", i, r, want[i], held/exposure)
		}
		if !strings.HasPrefix(r.Path, "CHN ") || !strings.Contains(r.Path, "→ USA ") {
			t.Errorf("path %q", r.Path)
		}
	}
}

// TestUpstreamness compares with the definition, and the world's U with its D.
func TestUpstreamness(t *testing.T) {
	w := randomSmall(6, 3, 3)
	n := len(w.z)
	rows := PositionSchema.Rows(must(t, UpstreamnessQuestion, source(t, map[int]*small{2011: w})))
	var up, down float64
	for _, r := range rows {
		up, down = up+r.OutputUSD*r.Upstreamness, down+r.OutputUSD*r.Downstreamness
	}
	if !near(up/down, 1) {
		t.Errorf("weighted by output, U is %v and D %v", up, down)
	}
	// U = 1 + Σ over buyers of (sales ÷ output) × U of the buyer, where sales are corrected for inventories.
	u := make([]float64, n)
	for i, r := range rows {
		at := slices.Index(w.areas, r.Area)*3 + slices.Index(w.industries, r.Industry)
		u[at] = rows[i].Upstreamness
	}
	for i := range n {
		rest := w.output[i]
		for a := range w.areas {
			rest -= w.f[i][2*a+1]
		}
		want := 1.0
		for j := range n {
			want += w.z[i][j] / rest * u[j]
		}
		if !near(u[i], want) {
			t.Errorf("row %d: U %v, want %v", i, u[i], want)
		}
	}
}

// TestStockTaken: an industry all of whose output goes into inventories has no position, and says so.
func TestStockTaken(t *testing.T) {
	w := randomSmall(6, 2, 2)
	sold := 0.0
	for j := range w.z {
		sold += w.z[0][j]
	}
	for a := range w.areas {
		sold += w.f[0][2*a]
		w.f[0][2*a+1] = 0
	}
	w.f[0][0] -= 2 * sold // final demand below nothing: all that is sold is taken out of it
	w.f[0][1] = 3 * sold
	w.output[0] = 2 * sold
	table := must(t, UpstreamnessQuestion, source(t, map[int]*small{2011: w}))
	for _, r := range PositionSchema.Rows(table) {
		if first := r.Area == "CHN" && r.Industry == "c3"; first != math.IsNaN(r.Upstreamness) || first != (r.Status() == "not computable") {
			t.Errorf("%+v: status %s", r, r.Status())
		}
	}
}

// TestValueAdded: the nine terms of an economy add up to its exports, value added of all in exports to them, and the terms that are
// value added abroad to VAX; each term is what the matrices of Koopman, Wang and Wei say.
func TestValueAdded(t *testing.T) {
	for seed := range uint64(4) {
		w := randomSmall(seed, 3, 1+int(seed))
		for _, r := range OriginSchema.Rows(must(t, ValueAddedQuestion, source(t, map[int]*small{2011: w}))) {
			if math.Abs(r.Rest()) > 1e-6*r.Exports {
				t.Errorf("seed %d, %s: terms leave %v of %v", seed, r.Area, r.Rest(), r.Exports)
			}
			if got := r.Terms[dvaFinal] + r.Terms[dvaInt] + r.Terms[dvaReexport]; math.Abs(got-r.VAX) > 1e-6*r.VAX {
				t.Errorf("seed %d, %s: terms 1 to 3 are %v, VAX %v", seed, r.Area, got, r.VAX)
			}
			if got := r.Terms[fvaFinal] + r.Terms[fvaInt] + r.Terms[doubleForeign]; math.Abs(got-r.Foreign) > 1e-6*(1+r.Foreign) {
				t.Errorf("seed %d, %s: terms 7 to 9 are %v, value added of others %v", seed, r.Area, got, r.Foreign)
			}
			w.checkTerms(t, &r)
		}
	}
}

// checkTerms computes terms 2, 5 and 8 by matrices.
func (s *small) checkTerms(t *testing.T, r *OriginRow) {
	t.Helper()
	n, k := len(s.z), len(s.industries)
	area := slices.Index(s.areas, r.Area)
	value := make([]float64, n)
	for j := range n {
		value[j] = 1
		for i := range n {
			value[j] -= s.z[i][j] / s.output[j]
		}
	}
	b := s.inverse()
	own := func(of, j int) (sum float64) { // value added of an area in a unit of j
		for i := of * k; i < (of+1)*k; i++ {
			sum += value[i] * b[i][j]
		}
		return sum
	}
	demand := func(i, a int) float64 { return s.f[i][2*a] + s.f[i][2*a+1] }
	// (I − A_rr)⁻¹ Y_rr, by a series.
	alone := func(a int) []float64 {
		made, term := make([]float64, n), make([]float64, n)
		for i := a * k; i < (a+1)*k; i++ {
			term[i] = demand(i, a)
		}
		for range 500 {
			next := make([]float64, n)
			for i := a * k; i < (a+1)*k; i++ {
				made[i] += term[i]
				for j := a * k; j < (a+1)*k; j++ {
					next[i] += s.z[i][j] / s.output[j] * term[j]
				}
			}
			term = next
		}
		return made
	}
	var two, five, eight float64
	for a := range s.areas {
		made := alone(a)
		for i := a * k; i < (a+1)*k; i++ {
			if a != area {
				two += own(area, i) * demand(i, a)
			}
		}
		for i := range n {
			for j := a * k; j < (a+1)*k; j++ {
				flow := s.z[i][j] / s.output[j] * made[j]
				switch {
				case a == area && i/k != area:
					five += own(area, i) * flow
				case a != area && i/k == area:
					for other := range s.areas {
						if other != area {
							eight += own(other, i) * flow
						}
					}
				}
			}
		}
	}
	for term, want := range map[int]float64{dvaInt: two, rdvInt: five, fvaInt: eight} {
		if math.Abs(r.Terms[term]-want) > 1e-6*(1+math.Abs(want)) {
			t.Errorf("%s: term %d is %v, want %v", r.Area, term+1, r.Terms[term], want)
		}
	}
}

// TestWorldShares: shares of all economies add up to one, and the location quotient of one economy alone is one.
func TestWorldShares(t *testing.T) {
	s := source(t, map[int]*small{2011: randomSmall(2, 3, 3)})
	sums := map[string][2]float64{}
	for _, r := range WorldShareSchema.Rows(must(t, ValueAddedQuestion, s, "by", "industries")) {
		v := sums[r.Industry]
		sums[r.Industry] = [2]float64{v[0] + r.Share, v[1] + r.ExportsShare}
	}
	for industry, v := range sums {
		if !near(v[0], 1) || !near(v[1], 1) {
			t.Errorf("%s: shares add up to %v", industry, v)
		}
	}
	for _, r := range WorldShareSchema.Rows(must(t, ValueAddedQuestion, s, "by", "industries", "economies", "CHN+USA+DEU")) {
		if !near(r.Quotient(), 1) || r.Exports != 0 {
			t.Errorf("the world as one: %+v", r)
		}
	}
}

// TestInputs states the bounds of the first round slowly, and what must hold of them.
func TestInputs(t *testing.T) {
	w := randomSmall(9, 4, 3)
	s := source(t, map[int]*small{2011: w})
	rows := RiskSchema.Rows(must(t, InputsQuestion, s, "importers", "DEU", "partners", "CHN", "cut", "0.4", "industries", "all", "inputs", "c3,c4"))
	for _, r := range rows[1:] {
		j := 2*3 + slices.Index(w.industries, r.Industry)
		all, cut, worst := 0.0, 0.0, 0.0
		for i := range w.z {
			all += w.z[i][j]
		}
		for industry := range 2 {
			got := 0.0
			for a := range w.areas {
				got += w.z[a*3+industry][j]
			}
			cut += 0.4 * w.z[industry][j]
			if got >= 0.01*all && got > 0 {
				worst = max(worst, 0.4*w.z[industry][j]/got)
			}
		}
		if lower := cut / all; !near(r.Lower, lower) || !near(r.Upper, max(worst, lower)) {
			t.Errorf("%s: %v and %v, want %v and %v", r.Industry, r.Lower, r.Upper, lower, worst)
		}
	}
	for _, r := range rows {
		if r.Lower > r.Upper+1e-12 || r.Upper > r.Rounds+1e-9 || r.Filled > r.FilledLeast+1e-12 || r.FilledLeast > r.Upper+1e-12 || r.Rounds > 0.4+1e-9 {
			t.Errorf("%+v", r)
		}
	}
	for _, r := range RiskSchema.Rows(must(t, InputsQuestion, s, "importers", "DEU", "partners", "CHN", "capacity", "0")) {
		if r.FilledLeast > r.Upper || r.Filled != r.FilledLeast {
			t.Errorf("without spare capacity: %+v", r)
		}
	}
	for _, r := range RiskSchema.Rows(must(t, InputsQuestion, s, "importers", "DEU", "partners", "DEU")) {
		if r.Upper != 0 || r.Rounds != 0 {
			t.Errorf("cut from itself: %+v", r)
		}
	}
}

// TestWrongQuestions: each says which parameter is wrong.
func TestWrongQuestions(t *testing.T) {
	s := source(t, map[int]*small{2010: randomSmall(2, 3, 3), 2011: randomSmall(3, 3, 3)})
	f := func(want string, pairs ...string) {
		t.Helper()
		q := ExposureQuestion
		if slices.Contains(pairs, "paths") {
			q = ChainQuestion
		}
		if slices.Contains(pairs, "cut") || slices.Contains(pairs, "capacity") {
			q = InputsQuestion
		}
		if _, err := ask(t, q, s, pairs...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", pairs, err, want)
		}
	}
	f("years", "partners", "CHN", "years", "1990")
	f("partners", "partners", "XQZ")
	f("alternatives", "partners", "CHN|USA")
	f(`industry "c99"`, "partners", "CHN", "industries", "c99")
	f(`inputs: industry "x"`, "partners", "CHN", "inputs", "x")
	f(`tables "nope": unknown; expected one of world`, "partners", "CHN", "tables", "nope")
	f("partners: is missing", "importers", "USA")
	f("paths", "importers", "USA", "partners", "CHN", "paths", "0")
	f("cut", "importers", "USA", "partners", "CHN", "cut", "1.5")
	f("capacity", "importers", "USA", "partners", "CHN", "capacity", "0.3:0.1")
	f("unknown parameter", "partners", "CHN", "dataset", "x")
	table := must(t, ExposureQuestion, s, "partners", "CHN", "years", "2011")
	if !table.IsSynthetic() || table.Provenance.Dataset != "world" || table.Provenance.Checksum == "" || table.Provenance.Query != "partners=CHN&years=2011" || len(table.Provenance.Definitions) != 1 {
		t.Errorf("provenance: %+v", table.Provenance)
	}
}
