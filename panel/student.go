package panel

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Both distributions follow from the regularised incomplete beta function (Abramowitz and Stegun 1964, 26.5.27 and 26.5.28).

// studentTails is the probability that Student's t with so many degrees of freedom is as far from zero as x, on either side.
func studentTails(freedom, x float64) float64 {
	if x == 0 {
		return 1
	}
	return mathext.RegIncBeta(freedom/2, 0.5, freedom/(x*x+freedom))
}

// studentQuantile is the value that Student's t with so many degrees of freedom exceeds with probability 1 − p, p above one half.
func studentQuantile(freedom, p float64) float64 {
	t := mathext.InvRegIncBeta(freedom/2, 0.5, 2*(1-p))
	return math.Sqrt(freedom * (1 - t) / t)
}

// fTail is the probability that F with q and r degrees of freedom exceeds x.
func fTail(q, r, x float64) float64 { return 1 - mathext.RegIncBeta(q/2, r/2, q*x/(q*x+r)) }
