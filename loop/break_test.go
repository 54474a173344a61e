package loop

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// slowBreak is the definition: a regression before and one after every place.
func slowBreak(y []float64, x [][]float64) (at int, most float64) {
	n, k := len(y), len(x)+1
	whole, err := regress(y, x...)
	least := max(k+1, int(math.Ceil(breakTrim*float64(n))))
	if err != nil || n-2*k < 1 {
		return 0, math.NaN()
	}
	for m := least; m <= n-least; m++ {
		before, err1 := regress(y[:m], cut(x, 0, m)...)
		after, err2 := regress(y[m:], cut(x, m, n)...)
		if err1 != nil || err2 != nil {
			continue
		}
		apart := before.residual + after.residual
		if f := (whole.residual - apart) / float64(k) / (apart / float64(n-2*k)); at == 0 || f > most {
			at, most = m, f
		}
	}
	return at, most
}

// TestBreakAgainstDefinition compares the search with a regression at every place.
func TestBreakAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for trial := range 60 {
		n, k := 8+trial, 1+trial%2
		y, x := make([]float64, n), make([][]float64, k)
		for j := range x {
			x[j] = make([]float64, n)
			for i := range n {
				x[j][i] = 20 + float64(i)*.1*float64(j+1) + rng.NormFloat64()
			}
		}
		for i := range y {
			y[i] = 5 - .3*x[0][i] + .01*rng.NormFloat64()
			if i > n/2 && trial%3 == 0 {
				y[i] -= .02 * x[0][i]
			}
		}
		at, f := breaksIn(x).largest(y)
		wantAt, want := slowBreak(y, x)
		if at != wantAt || !near(f, want, 1e-8) {
			t.Errorf("%d rows, %d regressors: F %v at %d, want %v at %d", n, k, f, at, want, wantAt)
		}
	}
}

// TestPublishedBreak meets the example of the R package strucchange (Zeileis, Leisch, Hornik and Kleiber, Journal of Statistical Software 7,
// 2002): car drivers killed and injured in Great Britain, 1969 to 1984 (Harvey and Durbin 1986; UKDriverDeaths in R), on the values of one and
// of twelve months before. Version 1.5-3 prints sup.F = 19.333 for it, which is the number of coefficients times ours, and a break after October 1973, row 46 of 180.
func TestPublishedBreak(t *testing.T) {
	text, err := os.ReadFile("testdata/UKDriverDeaths.csv")
	if err != nil {
		t.Fatal(err)
	}
	var logs []float64
	for _, line := range strings.Fields(string(text))[1:] {
		v, err := strconv.ParseFloat(line, 64)
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, math.Log10(v))
	}
	const lag = 12
	n := len(logs)
	at, f := breaksIn([][]float64{logs[lag-1 : n-1], logs[:n-lag]}).largest(logs[lag:])
	if at != 46 || math.Round(3*f*1000) != 19333 || !near(3*f, 3*6.44437056752, 1e-10) {
		t.Errorf("3 F = %v after row %d, want 19.333 after row 46", 3*f, at)
	}
}

// TestBreakStops: a long search ends when it is asked to.
func TestBreakStops(t *testing.T) {
	c := &Curve{}
	for i := range 30 {
		c.Cost, c.Cumulative = append(c.Cost, 100/float64(i+1)), append(c.Cumulative, float64(i*i+1))
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Fit(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
