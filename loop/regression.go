package loop

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mathext"

	"chokepoint/symmetric"
)

// regression is an ordinary least squares fit with a constant.
type regression struct {
	coefficients []float64 // the constant first
	errors       []float64 // standard errors
	residual     float64   // sum of squared residuals
	variance     float64   // of the residuals, by degrees of freedom
	r2           float64
	n, freedom   int

	means   []float64 // of the regressors
	scales  []float64 // that they are divided by
	inverse *symmetric.Matrix
	mean    float64 // of y
}

// errCollinear says that the regressors do not tell their effects apart.
var errCollinear = errors.New("the regressors move together or do not move at all: their effects cannot be told apart")

// regress fits y on columns x. Means are taken out and columns scaled to length 1 first, so that the normal equations are well conditioned.
func regress(y []float64, x ...[]float64) (*regression, error) {
	k, n := len(x), len(y)
	if n < k+2 {
		return nil, errors.New("too few observations")
	}
	r := &regression{n: n, freedom: n - k - 1, mean: mean(y)}
	centred := make([][]float64, k)
	for j := range x {
		m := mean(x[j])
		c := make([]float64, n)
		for i := range c {
			c[i] = x[j][i] - m
		}
		scale := math.Sqrt(symmetric.Dot(c, c))
		if scale == 0 || scale < 1e-10*math.Abs(m)*math.Sqrt(float64(n)) {
			return nil, errCollinear
		}
		for i := range c {
			c[i] /= scale
		}
		r.means, r.scales, centred[j] = append(r.means, m), append(r.scales, scale), c
	}
	gram, right := symmetric.New(k), make([]float64, k)
	dy := make([]float64, n)
	for i := range dy {
		dy[i] = y[i] - r.mean
	}
	for a := range k {
		for b := a; b < k; b++ {
			gram.Set(a, b, symmetric.Dot(centred[a], centred[b]))
		}
		right[a] = symmetric.Dot(centred[a], dy)
	}
	root, ok := gram.Root()
	if !ok || root.Condition() < 1e-10 {
		return nil, errCollinear
	}
	beta := root.Solve(right)
	for i := range dy {
		e := dy[i]
		for j := range beta {
			e -= beta[j] * centred[j][i]
		}
		r.residual += e * e
	}
	r.variance = r.residual / float64(r.freedom)
	r.r2 = 1 - r.residual/symmetric.Dot(dy, dy)
	r.inverse = root.Inverse()
	constant := r.mean
	r.coefficients, r.errors = make([]float64, k+1), make([]float64, k+1)
	at := make([]float64, k) // of the constant: where all regressors are 0
	for j := range beta {
		r.coefficients[j+1] = beta[j] / r.scales[j]
		r.errors[j+1] = math.Sqrt(r.variance*r.inverse.At(j, j)) / r.scales[j]
		constant -= r.coefficients[j+1] * r.means[j]
		at[j] = 0
	}
	r.coefficients[0], r.errors[0] = constant, math.Sqrt(r.variance*r.leverage(at))
	return r, nil
}

// leverage is x'(X'X)⁻¹x of a point, the constant included.
func (r *regression) leverage(x []float64) float64 {
	h := 1 / float64(r.n)
	for a := range x {
		for b := range x {
			h += (x[a] - r.means[a]) / r.scales[a] * r.inverse.At(a, b) * (x[b] - r.means[b]) / r.scales[b]
		}
	}
	return h
}

// predict gives the fit at a point, and the half width of the interval in which a share of new observations lies.
func (r *regression) predict(share float64, x ...float64) (y, half float64) {
	y = r.coefficients[0]
	for j, v := range x {
		y += r.coefficients[j+1] * v
	}
	return y, studentQuantile(1-(1-share)/2, r.freedom) * math.Sqrt(r.variance*(1+r.leverage(x)))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// studentQuantile is the value below which a share u of Student's t lies, u ≥ ½.
func studentQuantile(u float64, freedom int) float64 {
	n := float64(freedom)
	x := mathext.InvRegIncBeta(n/2, 0.5, 2*(1-u)) // n / (n + t²)
	return math.Sqrt(n * (1 - x) / x)
}
