package panel

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"chokepoint/suite"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// random is a panel with gaps, in which treated units change by effect from year 2015 on.
func random(rng *rand.Rand, units, first, last int, gaps, effect float64) *Panel {
	p := &Panel{}
	for u := range units {
		p.Treated = append(p.Treated, u%3 == 0)
		level, slow := 3*rng.NormFloat64(), 0.0
		for y := first; y <= last; y++ {
			slow = 0.6*slow + rng.NormFloat64() // errors of a unit hang together
			if rng.Float64() < gaps {
				continue
			}
			x := level + 0.3*float64(y-first) + slow
			if p.Treated[u] && y >= 2015 {
				x += effect
			}
			p.Unit, p.Year, p.Outcome = append(p.Unit, u), append(p.Year, y), append(p.Outcome, x)
		}
	}
	return p
}

// slow estimates with a dummy for every unit and year, and states the clustered covariance as matrices.
func slow(p *Panel, columns [][]float64) (beta, errs []float64) {
	n := len(p.Unit)
	years := map[int]int{}
	for _, y := range p.Year {
		if _, ok := years[y]; !ok {
			years[y] = len(years)
		}
	}
	units, k := len(p.Treated), len(columns)
	width := k + units + len(years) - 1
	x, y := mat.NewDense(n, width, nil), mat.NewDense(n, 1, nil)
	for i := range n {
		for c := range columns {
			x.Set(i, c, columns[c][i])
		}
		x.Set(i, k+p.Unit[i], 1)
		if d := years[p.Year[i]]; d > 0 {
			x.Set(i, k+units+d-1, 1)
		}
		y.Set(i, 0, p.Outcome[i])
	}
	var b mat.Dense
	if err := b.Solve(x, y); err != nil {
		panic(err)
	}
	var fitted, cross, inverse mat.Dense
	fitted.Mul(x, &b)
	cross.Mul(x.T(), x)
	if err := inverse.Inverse(&cross); err != nil {
		panic(err)
	}
	middle := mat.NewDense(width, width, nil)
	for u := range units {
		score := mat.NewDense(width, 1, nil)
		for i := range n {
			if p.Unit[i] == u {
				for c := range width {
					score.Set(c, 0, score.At(c, 0)+x.At(i, c)*(y.At(i, 0)-fitted.At(i, 0)))
				}
			}
		}
		var outer mat.Dense
		outer.Mul(score, score.T())
		middle.Add(middle, &outer)
	}
	var v mat.Dense
	v.Product(&inverse, middle, &inverse)
	g := float64(units)
	correction := g / (g - 1) * float64(n-1) / float64(n-k-len(years))
	for c := range k {
		beta, errs = append(beta, b.At(c, 0)), append(errs, math.Sqrt(correction*v.At(c, c)))
	}
	return beta, errs
}

func TestAgainstDummies(t *testing.T) {
	for seed := range uint64(6) {
		p := random(rand.New(rand.NewPCG(seed, 3)), 24, 2010, 2019, 0.15*float64(seed%3), 0.5)
		did, err := p.DiD(2015)
		if err != nil {
			t.Fatal(err)
		}
		event, err := p.Event(2015)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			name string
			fit  *Fit
		}{{"did", did}, {"event", event}} {
			var columns [][]float64
			for _, e := range f.fit.Estimates {
				column := make([]float64, len(p.Unit))
				for i, u := range p.Unit {
					if p.Treated[u] && (e.Year == 0 && p.Year[i] >= 2015 || p.Year[i] == e.Year) {
						column[i] = 1
					}
				}
				columns = append(columns, column)
			}
			beta, errs := slow(p, columns)
			for k, e := range f.fit.Estimates {
				near(t, fmt.Sprintf("seed %d, %s %d", seed, f.name, e.Year), e.Value, beta[k], 1e-8)
				near(t, fmt.Sprintf("seed %d, error of %s %d", seed, f.name, e.Year), e.Error, errs[k], 1e-8)
			}
		}
	}
}

// TestByHand: two units, two years. The treated one rises by 5, the other by 2.
func TestByHand(t *testing.T) {
	p := &Panel{Unit: []int{0, 0, 1, 1, 2, 2}, Year: []int{1, 2, 1, 2, 1, 2}, Outcome: []float64{1, 6, 10, 12, 20, 22}, Treated: []bool{true, false, false}}
	f, err := p.DiD(2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "difference in differences", f.Estimates[0].Value, 3, 1e-12)
	if f.Units != 3 || f.Treated != 1 || f.Observations != 6 {
		t.Errorf("%d units, %d treated, %d observations", f.Units, f.Treated, f.Observations)
	}
}

// TestCoverage counts how often the interval of 95 % holds the planted effect, and how often a test finds one where there is none.
func TestCoverage(t *testing.T) {
	const worlds = 400
	held, found, before := 0, 0, 0
	for seed := range uint64(worlds) {
		rng := rand.New(rand.NewPCG(seed, 9))
		f, err := random(rng, 60, 2010, 2019, 0.1, 0.8).DiD(2015)
		if err != nil {
			t.Fatal(err)
		}
		if e := f.Estimates[0]; e.Low <= 0.8 && 0.8 <= e.High {
			held++
		}
		none := random(rng, 60, 2010, 2019, 0.1, 0)
		if f, err = none.DiD(2015); err != nil {
			t.Fatal(err)
		}
		if f.Estimates[0].P < 0.05 {
			found++
		}
		if f, err = none.Event(2015); err != nil {
			t.Fatal(err)
		}
		if f.PreP < 0.05 {
			before++
		}
	}
	if share := float64(held) / worlds; share < 0.91 || share > 0.985 {
		t.Errorf("the interval holds the effect in %.3f of worlds, want about 0.95", share)
	}
	for name, n := range map[string]int{"an effect": found, "a trend before": before} {
		if share := float64(n) / worlds; share > 0.10 {
			t.Errorf("%s is found in %.3f of worlds without one, want about 0.05", name, share)
		}
	}
}

func TestNoContrast(t *testing.T) {
	all := &Panel{Unit: []int{0, 0, 1, 1}, Year: []int{1, 2, 1, 2}, Outcome: []float64{1, 2, 3, 5}, Treated: []bool{true, true}}
	never := &Panel{Unit: all.Unit, Year: all.Year, Outcome: all.Outcome, Treated: []bool{false, false}}
	for name, p := range map[string]*Panel{"all treated": all, "none treated": never, "empty": {}} {
		if _, err := p.DiD(2); !errors.Is(err, ErrNoContrast) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := all.Event(9); err == nil {
		t.Error("an event study without a base year")
	}
}

// TestLists compares the short way for many lists with the regression, list by list, on panels with gaps.
func TestLists(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 4))
		p := random(rng, 40, 2008, 2020, 0.1*float64(seed%4), 0.5)
		lists := p.Free().Lists(2015)
		for range 10 {
			treated := rng.Perm(40)[:1+rng.IntN(38)]
			clear(p.Treated)
			for _, u := range treated {
				p.Treated[u] = true
			}
			fit, err := p.DiD(2015)
			if err != nil {
				t.Fatal(err)
			}
			near(t, fmt.Sprintf("seed %d, %d units", seed, len(treated)), lists.DiD(treated), fit.Estimates[0].Value, 1e-9)
		}
		if all := lists.DiD(rng.Perm(40)); !math.IsNaN(all) {
			t.Errorf("a list of all units has the estimate %v", all)
		}
		if none := lists.DiD(nil); !math.IsNaN(none) {
			t.Errorf("a list of no unit has the estimate %v", none)
		}
	}
}

// inR estimates both regressions by dummies and clusters the errors: written out, and by the packages that are there. The corrections
// of packages differ, so that they are asked for none, and G ÷ (G − 1) × (N − 1) ÷ (N − K) is applied, K without the units.
const inR = `d <- read.csv(commandArgs(TRUE)[1])
G <- length(unique(d$unit)); N <- nrow(d); T <- length(unique(d$year))
say <- function(how, what, b, se) cat(sprintf("%s %s %.15g %.15g %.15g\n", how, what, b, se, 2 * pt(-abs(b / se), G - 1)))
estimate <- function(what, columns) {
  k <- length(columns); c <- G / (G - 1) * (N - 1) / (N - k - T)
  right <- paste(columns, collapse = " + ")
  m <- lm(as.formula(paste("y ~", right, "+ factor(unit) + factor(year)")), d)
  X <- model.matrix(m); B <- solve(crossprod(X)); S <- rowsum(X * residuals(m), d$unit)
  covariance <- list(lm = c * (B %*% crossprod(S) %*% B)[columns, columns, drop = FALSE])
  if (requireNamespace("sandwich", quietly = TRUE))
    covariance$sandwich <- c * sandwich::vcovCL(m, cluster = d$unit, type = "HC0", cadjust = FALSE)[columns, columns, drop = FALSE]
  for (how in names(covariance)) for (x in columns) say(how, paste0(what, x), coef(m)[x], sqrt(covariance[[how]][x, x]))
  if (requireNamespace("plm", quietly = TRUE)) {
    f <- plm::plm(as.formula(paste("y ~", right)), d, index = c("unit", "year"), model = "within", effect = "twoways")
    V <- c * plm::vcovHC(f, method = "arellano", type = "HC0", cluster = "group")
    for (x in columns) say("plm", paste0(what, x), coef(f)[x], sqrt(V[x, x]))
  }
  if (requireNamespace("fixest", quietly = TRUE)) {
    f <- fixest::feols(as.formula(paste("y ~", right, "| unit + year")), d, cluster = ~unit)
    for (x in columns) say("fixest", paste0(what, x), coef(f)[x], fixest::se(f)[x])
  }
  invisible(list(b = coef(m), V = covariance$lm))
}
d$post <- d$treated * (d$year >= 2015)
estimate("did:", "post")
columns <- c()
for (s in sort(unique(d$year))) if (s != 2014) { x <- paste0("d", s); d[[x]] <- d$treated * (d$year == s); columns <- c(columns, x) }
e <- estimate("event:", columns)
before <- columns[columns < "d2014"]; b <- e$b[before]
F <- c(b %*% solve(e$V[before, before]) %*% b) / length(before)
cat(sprintf("lm pretrend %.15g 0 %.15g\n", F, pf(F, length(before), G - 1, lower.tail = FALSE)))
`

// TestAgainstR compares estimates, errors and the test of the years before with R: lm and the covariance written out, and
// sandwich, plm and fixest where they are installed.
func TestAgainstR(t *testing.T) {
	r := suite.R.Tool(t, "Rscript", "Debian: apt-get install r-base-core r-cran-sandwich")
	p := random(rand.New(rand.NewPCG(1, 3)), 40, 2008, 2020, 0.1, 0.5)
	var csv strings.Builder
	csv.WriteString("unit,year,y,treated\n")
	for i, u := range p.Unit {
		treated := 0
		if p.Treated[u] {
			treated = 1
		}
		fmt.Fprintf(&csv, "%d,%d,%v,%d\n", u, p.Year[i], p.Outcome[i], treated)
	}
	path := filepath.Join(t.TempDir(), "panel.csv")
	if err := os.WriteFile(path, []byte(csv.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(r, "--vanilla", "-e", inR, path)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("R: %v", err)
	}
	did, err := p.DiD(2015)
	if err != nil {
		t.Fatal(err)
	}
	event, err := p.Event(2015)
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]Estimate{"did:post": did.Estimates[0], "pretrend": {Value: event.PreF, P: event.PreP}}
	for _, e := range event.Estimates {
		ours["event:d"+strconv.Itoa(e.Year)] = e
	}
	compared := map[string]int{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) != 5 {
			t.Fatalf("R says %q", line)
		}
		e, known := ours[words[1]]
		if !known {
			t.Fatalf("R says %q", line)
		}
		for k, got := range []float64{e.Value, e.Error, e.P} {
			want, err := strconv.ParseFloat(words[2+k], 64)
			if err != nil {
				t.Fatal(err)
			}
			near(t, words[0]+", "+words[1]+", "+[]string{"estimate", "error", "p"}[k], got, want, 1e-8)
		}
		compared[words[0]]++
		if words[1] == "did:post" || words[1] == "pretrend" {
			t.Logf("%s %s: R %s %s %s, ours %.15g %.15g %.15g", words[0], words[1], words[2], words[3], words[4], e.Value, e.Error, e.P)
		}
	}
	if compared["lm"] != len(ours) {
		t.Errorf("R compared %d of %d numbers", compared["lm"], len(ours))
	}
	t.Logf("compared: %v", compared)
}

// BenchmarkLists draws 199 lists of 500 from a panel of 5,000 units and 28 years with gaps.
func BenchmarkLists(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	p := random(rng, 5000, 1995, 2022, 0.1, 0.5)
	for b.Loop() {
		lists := p.Free().Lists(2015)
		for range 199 {
			lists.DiD(rng.Perm(5000)[:500])
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	p := random(rand.New(rand.NewPCG(1, 1)), 5000, 1995, 2022, 0.1, 0.5)
	for b.Loop() {
		if _, err := p.Event(2015); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDots: products with several columns are those with each.
func TestDots(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	column := func() []float64 {
		x := make([]float64, 101)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		return x
	}
	for n := range 10 {
		x, columns := column(), make([][]float64, n)
		for k := range columns {
			columns[k] = column()
		}
		for k, got := range dots(x, columns) {
			if want := dot(x, columns[k]); got != want {
				t.Errorf("column %d of %d: %v, want %v", k, n, got, want)
			}
		}
	}
}
