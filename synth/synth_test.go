package synth

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"chokepoint/trade"
)

// small is a world with everything planted in it that tests can go through slowly.
func small() Config {
	return Config{Seed: 7, FirstYear: 2005, LastYear: 2024, Products: 600, Economies: 50, FlowsPerYear: 60_000, Quantities: true}
}

// line is a parsed line of a year; values in USD, quantities in kg or NaN.
type line struct {
	i, j trade.Code
	k    string
	v, q float64
}

func parse(t *testing.T, text []byte, year int) []line {
	t.Helper()
	var out []line
	s := bufio.NewScanner(bytes.NewReader(text))
	if s.Scan(); s.Text() != "t,i,j,k,v,q" {
		t.Fatalf("header %q", s.Text())
	}
	for s.Scan() {
		f := strings.Split(s.Text(), ",")
		if len(f) != 6 || f[0] != fmt.Sprint(year) {
			t.Fatalf("line %q of year %d", s.Text(), year)
		}
		thousandths := func(x string) float64 {
			whole, rest, ok := strings.Cut(x, ".")
			var n float64
			if _, err := fmt.Sscan(whole+rest, &n); err != nil || !ok || len(rest) != 3 {
				t.Fatalf("line %q: %q has not three decimals", s.Text(), x)
			}
			return n
		}
		l := line{i: trade.Code(number(f[1])), j: trade.Code(number(f[2])), k: f[3], v: thousandths(f[4]), q: math.NaN()}
		if f[5] != "NA" {
			l.q = thousandths(f[5])
		}
		out = append(out, l)
	}
	return out
}

// smallWorld is small made once.
var smallWorld = sync.OnceValue(func() *World { return New(small()) })

var (
	smallYears map[int][]line
	smallOnce  sync.Once
)

// years returns all flows of smallWorld by year.
func years(t *testing.T) map[int][]line {
	t.Helper()
	smallOnce.Do(func() { smallYears = writeYears(t, smallWorld()) })
	return smallYears
}

func writeYears(t *testing.T, w *World) map[int][]line {
	t.Helper()
	out := map[int][]line{}
	for y := w.cfg.FirstYear; y <= w.cfg.LastYear; y++ {
		var b bytes.Buffer
		n, err := w.WriteYear(&b, y)
		if err != nil {
			t.Fatal(err)
		}
		out[y] = parse(t, b.Bytes(), y)
		if int64(len(out[y])) != n {
			t.Fatalf("year %d: %d rows said, %d written", y, n, len(out[y]))
		}
	}
	return out
}

func TestYearsAreSorted(t *testing.T) {
	if testing.Short() {
		t.Skip("makes several years of a world")
	}
	w := smallWorld()
	missing, all := 0, 0
	for y, lines := range years(t) {
		if len(lines) < w.cfg.FlowsPerYear*85/100 || len(lines) > w.cfg.FlowsPerYear*115/100 {
			t.Errorf("year %d has %d flows, want about %d", y, len(lines), w.cfg.FlowsPerYear)
		}
		for x, l := range lines {
			if l.i == l.j {
				t.Fatalf("year %d: self-flow %+v", y, l)
			}
			if l.v <= 0 || l.q <= 0 {
				t.Fatalf("year %d: zero in %+v", y, l)
			}
			if math.IsNaN(l.q) {
				missing++
			}
			all++
			if len(l.k) != 6 {
				t.Fatalf("product %q", l.k)
			}
			if x == 0 {
				continue
			}
			// Strictly ascending: sorted and without duplicates.
			p := lines[x-1]
			if l.i < p.i || l.i == p.i && l.j < p.j || l.i == p.i && l.j == p.j && l.k <= p.k {
				t.Fatalf("year %d: %+v after %+v", y, l, p)
			}
		}
	}
	if share := float64(missing) / float64(all); math.Abs(share-.02) > .003 {
		t.Errorf("%.4f of quantities missing, want about 0.02", share)
	}
}

func TestDeterministic(t *testing.T) {
	c := small()
	c.FirstYear = 2014
	c.LastYear = 2017
	sum := func(c Config, procs int) [32]byte {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		var b bytes.Buffer
		if err := New(c).WriteArchive(&b, nil); err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(b.Bytes())
	}
	want := sum(c, 1)
	for _, procs := range []int{2, 5} {
		if sum(c, procs) != want {
			t.Errorf("GOMAXPROCS=%d gives other bytes", procs)
		}
	}
	c.Seed++
	if sum(c, 2) == want {
		t.Error("another seed gives the same bytes")
	}
}

func TestArchive(t *testing.T) {
	c := small()
	c.FirstYear, c.LastYear, c.Quantities = 2023, 2024, false
	w := New(c)
	var b bytes.Buffer
	rows := map[int]int64{}
	if err := w.WriteArchive(&b, func(y int, n int64) { rows[y] = n }); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if s := read("README_SYNTHETIC.txt"); !strings.HasPrefix(s, "SYNTHETIC") {
		t.Errorf("readme %q", s)
	}
	for _, y := range []int{2023, 2024} {
		lines := parse(t, []byte(read(fmt.Sprintf("BACI_HS17_Y%d_V190001s.csv", y))), y)
		if int64(len(lines)) != rows[y] {
			t.Errorf("year %d: progress said %d, archive has %d", y, rows[y], len(lines))
		}
		for _, l := range lines {
			if !math.IsNaN(l.q) {
				t.Fatalf("quantity in a world without: %+v", l)
			}
		}
	}
	products := strings.Split(strings.TrimSpace(read("product_codes_HS17_V190001s.csv")), "\n")
	chapters := map[string]bool{}
	for _, p := range products[1:] {
		code, name, _ := strings.Cut(p, ",")
		chapters[code[:2]] = true
		if len(code) != 6 || !strings.HasPrefix(name, "SYNTHETIC product") {
			t.Errorf("product %q", p)
		}
	}
	if len(products) != 601 || len(chapters) != 96 || chapters["77"] {
		t.Errorf("%d products in %d chapters", len(products)-1, len(chapters))
	}
	economies := strings.Split(strings.TrimSpace(read("country_codes_V190001s.csv")), "\n")
	if len(economies) != 51 || economies[0] != "country_code,country_name,country_iso2,country_iso3" {
		t.Errorf("%d economies under %q", len(economies)-1, economies[0])
	}
}

// sums are what the slow loops below need of a year.
type sums struct {
	imports, exports map[string]float64 // by economy and product
	flow             map[string]float64 // by exporter, importer and product
	product          map[string]float64
	exporter         map[trade.Code]float64
	total            float64
}

func sumUp(lines []line) *sums {
	s := &sums{map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}, map[trade.Code]float64{}, 0}
	for _, l := range lines {
		s.imports[fmt.Sprint(l.j, l.k)] += l.v
		s.exports[fmt.Sprint(l.i, l.k)] += l.v
		s.flow[fmt.Sprint(l.i, l.j, l.k)] += l.v
		s.product[l.k] += l.v
		s.exporter[l.i] += l.v
		s.total += l.v
	}
	return s
}

// depends is the definition of a dependency the plan aims at: M >= 2X, partner share >= 0.3, partner's world share >= 0.3.
func (s *sums) depends(j, p trade.Code, k string) (ok bool, share, world float64) {
	m, x := s.imports[fmt.Sprint(j, k)], s.exports[fmt.Sprint(j, k)]
	if m == 0 {
		return false, 0, 0
	}
	share, world = s.flow[fmt.Sprint(p, j, k)]/m, s.exports[fmt.Sprint(p, k)]/s.product[k]
	return m >= 2*x && share >= .3 && world >= .3, share, world
}

func TestPlantedTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("makes several years of a world")
	}
	w := smallWorld()
	truth := w.Truth()
	all := map[int]*sums{}
	for y, lines := range years(t) {
		all[y] = sumUp(lines)
	}
	if len(truth.Dependencies) < 100 {
		t.Errorf("only %d dependencies planted", len(truth.Dependencies))
	}
	for y, s := range all {
		for _, d := range truth.Dependencies {
			ok, share, world := s.depends(d.Importer, d.Partner, d.Product)
			if y < d.Start && (ok || share > .2) {
				t.Errorf("%d, before its start: %+v has share %.3f", y, d, share)
			}
			if y >= d.Start && (!ok || math.Abs(share-d.Share) > .08 || world < d.WorldShare-.05) {
				t.Errorf("%d: %+v has share %.3f, world share %.3f", y, d, share, world)
			}
		}
	}
	share := func(y int) float64 { return all[y].exporter[truth.Riser.Exporter] / all[y].total }
	first, last := share(truth.Riser.FirstYear), share(truth.Riser.LastYear)
	t.Logf("the riser goes from %.3f to %.3f", first, last)
	if math.Abs(math.Log(first/truth.Riser.FirstShare)) > .4 || math.Abs(math.Log(last/truth.Riser.LastShare)) > .25 {
		t.Errorf("the riser goes from %.3f to %.3f, want %g to %g", first, last, truth.Riser.FirstShare, truth.Riser.LastShare)
	}
	// The number of products for which anybody depends on the riser grows, and the partner of the pair does not depend.
	count := func(y int, j, p trade.Code) (n int) {
		for _, k := range w.codes {
			if ok, _, _ := all[y].depends(j, p, k); ok {
				n++
			}
		}
		return n
	}
	if a, b := count(2005, 842, 156), count(2024, 842, 156); b < 3*a {
		t.Errorf("USA depends on CHN for %d products in 2005, %d in 2024: want it to grow", a, b)
	}
	for y := range all {
		there, back := count(y, truth.Asymmetry.Dependent, truth.Asymmetry.Partner), count(y, truth.Asymmetry.Partner, truth.Asymmetry.Dependent)
		if there < len(truth.Asymmetry.Products) || back > there/3 {
			t.Errorf("%d: %d dependencies one way, %d the other", y, there, back)
		}
	}
}

// TestPolicy estimates the policy's effect by the difference of mean log imports between the products concerned and the
// others, per year from the year before, and that there is nothing of the kind before.
func TestPolicy(t *testing.T) {
	if testing.Short() {
		t.Skip("makes several years of a world")
	}
	w := smallWorld()
	p := w.Truth().Policy
	of := map[string]bool{}
	for _, k := range p.Products {
		of[k] = true
	}
	planted := map[string]bool{}
	for _, d := range w.Truth().Dependencies {
		planted[d.Product] = true
	}
	all := map[int]*sums{}
	for y, lines := range years(t) {
		all[y] = sumUp(lines)
	}
	// gap is the mean change of log imports from one year to another, products of the policy less others, and its standard error.
	gap := func(from, to int) (mean, se float64) {
		var n, sum, squares [2]float64
		for _, k := range w.codes {
			a, b := all[from].imports[fmt.Sprint(p.Importer, k)], all[to].imports[fmt.Sprint(p.Importer, k)]
			if a == 0 || b == 0 || planted[k] {
				continue
			}
			g := 0
			if of[k] {
				g = 1
			}
			x := math.Log(b / a)
			n[g]++
			sum[g] += x
			squares[g] += x * x
		}
		for g := range n {
			m := sum[g] / n[g]
			se += (squares[g]/n[g] - m*m) / n[g]
		}
		return sum[1]/n[1] - sum[0]/n[0], math.Sqrt(se)
	}
	for y := w.cfg.FirstYear; y <= w.cfg.LastYear; y++ {
		want := p.Effect * float64(max(y-p.Year+1, 0))
		// Bounds of four standard errors: twenty years are looked at.
		if got, se := gap(p.Year-1, y); math.Abs(got-want) > 4*se+1e-9 {
			t.Errorf("%d: %.3f log points against %d, want %.3f (standard error %.3f)", y, got, p.Year-1, want, se)
		}
	}
	got, se := gap(p.Year-1, w.cfg.LastYear)
	t.Logf("to the last year %.3f, planted %.3f, standard error %.3f", got, p.Effect*float64(w.cfg.LastYear-p.Year+1), se)
	if got+3*se > 0 {
		t.Error("the effect drowns in noise")
	}
}

// TestChurn measures how many of the products for which the USA depends on CHN in a year no longer do in the next.
func TestChurn(t *testing.T) {
	if testing.Short() {
		t.Skip("makes several years of a world")
	}
	w := New(Config{Seed: 3, FirstYear: 2016, LastYear: 2024, Products: 2000, Economies: 60, FlowsPerYear: 200_000})
	was := map[string]bool{}
	var left, stood float64
	for y := 2020; y <= 2024; y++ {
		var b bytes.Buffer
		if _, err := w.WriteYear(&b, y); err != nil {
			t.Fatal(err)
		}
		s := sumUp(parse(t, b.Bytes(), y))
		is := map[string]bool{}
		for _, k := range w.codes {
			is[k], _, _ = s.depends(842, 156, k)
			if was[k] {
				stood++
				if !is[k] {
					left++
				}
			}
		}
		was = is
	}
	churn := left / stood
	t.Logf("%.0f dependent products a year, %.3f of them leave", stood/4, churn)
	if churn < .07 || churn > .22 {
		t.Errorf("%.3f of dependent products leave each year, want 0.10 to 0.20", churn)
	}
}

func TestConfigs(t *testing.T) {
	for _, c := range []Config{Demo(), Panel()} {
		if err := c.check(); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []Config{{}, {FirstYear: 2000, LastYear: 1999}, {FirstYear: 2000, LastYear: 2001, Products: 100, Economies: 300, FlowsPerYear: 1000}} {
		if c.check() == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	// The extremes can be made.
	for _, c := range []Config{
		{FirstYear: 2024, LastYear: 2024, Products: 96, Economies: 12, FlowsPerYear: 2000},
		{FirstYear: 2014, LastYear: 2015, Products: 9000, Economies: 12, FlowsPerYear: 50_000},
	} {
		if _, err := New(c).WriteYear(io.Discard, c.LastYear); err != nil {
			t.Error(err)
		}
		codes, _ := productCodes(c.Products)
		for k := 1; k < len(codes); k++ {
			if codes[k-1] >= codes[k] || len(codes[k]) != 6 {
				t.Fatalf("product %q after %q", codes[k], codes[k-1])
			}
		}
	}
	if _, err := smallWorld().WriteYear(io.Discard, 1999); err == nil {
		t.Error("a year outside of the world is written")
	}
}

// TestEconomies has the table agree with the vocabulary, and the demonstration hold the economies its tables are about.
func TestEconomies(t *testing.T) {
	known := map[trade.Code]trade.Economy{}
	for _, e := range trade.BuiltinEconomies().All() {
		known[e.Code] = e
	}
	for _, e := range economyTable() {
		if k, ok := known[e.code]; !ok || k.ISO3 != e.iso3 || k.Name == "" {
			t.Errorf("%d %s is %+v in the vocabulary", e.code, e.iso3, k)
		}
	}
	have := map[string]bool{}
	for _, e := range New(Demo()).economies {
		have[e.iso3] = true
	}
	for _, c := range strings.Fields(`USA CHN JPN KOR TWN IND VNM BRA RUS GBR CAN MEX AUS AUT BEL BGR HRV CYP CZE DNK EST FIN FRA DEU GRC
		HUN IRL ITA LVA LTU LUX MLT NLD POL PRT ROU SVK SVN ESP SWE`) {
		if !have[c] {
			t.Errorf("the demonstration lacks %s", c)
		}
	}
}

// full fails after some bytes.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, os.ErrClosed
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	f := func(left int) {
		t.Helper()
		if err := smallWorld().WriteArchive(&full{left}, nil); err == nil {
			t.Errorf("a disk full after %d bytes goes unnoticed", left)
		}
	}
	f(0)
	f(100)
	f(1_000_000)
	if _, err := smallWorld().WriteYear(&full{50_000}, 2010); err == nil {
		t.Error("a failed write of a year goes unnoticed")
	}
}

func TestNoise(t *testing.T) {
	// Mean 0 and variance 1 of every noise; the fast exponential against the library's.
	moments := func(name string, f func(h uint64) float32) {
		t.Helper()
		const n = 200_000
		var sum, squares float64
		for x := range n {
			v := float64(f(key(5, uint64(x))))
			sum += v
			squares += v * v
		}
		if m, v := sum/n, squares/n; math.Abs(m) > .02 || math.Abs(v-1) > .02 {
			t.Errorf("%s: mean %.4f, variance %.4f", name, m, v)
		}
	}
	moments("first", func(h uint64) float32 { a, _ := normals(h); return a })
	moments("second", func(h uint64) float32 { _, b := normals(h); return b })
	moments("slow", func(h uint64) float32 { a, _ := slow(h, 2003); return a })
	moments("yearly", func(h uint64) float32 { _, b := yearly(h, 2003); return b })
	for x := -40.; x < 40; x += .0137 {
		if got, want := exp(x), math.Exp(x); math.Abs(got/want-1) > 1e-6 {
			t.Fatalf("exp(%g) is %g, want %g", x, got, want)
		}
	}
}

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

// BenchmarkPanelArchiveYear includes making the world, and compression.
func BenchmarkPanelArchiveYear(b *testing.B) {
	c := Panel()
	c.FirstYear = c.LastYear
	var rows int64
	for range b.N {
		if err := New(c).WriteArchive(io.Discard, func(_ int, n int64) { rows += n }); err != nil {
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
