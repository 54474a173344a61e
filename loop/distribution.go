package loop

import "math"

// Distribution is what an input may be: a fixed value, or a range.
type Distribution struct {
	Kind      string  // fixed, uniform, triangular or normal
	Value     float64 // the middle: fixed value, mode or mean; of a uniform one what the runs without draws take
	Low, High float64 // of uniform and triangular ones, and where normal ones are cut off
	SD        float64 // of normal ones, before they are cut off
}

// The kinds of distributions.
const (
	fixed      = "fixed"
	uniform    = "uniform"
	triangular = "triangular"
	normal     = "normal"
)

// Quantile is the value below which a share u of the draws lies, 0 ≤ u ≤ 1.
func (d *Distribution) Quantile(u float64) float64 {
	switch d.Kind {
	case uniform:
		return d.Low + u*(d.High-d.Low)
	case triangular:
		width, left := d.High-d.Low, d.Value-d.Low
		if u*width < left {
			return d.Low + math.Sqrt(u*width*left)
		}
		return d.High - math.Sqrt((1-u)*width*(d.High-d.Value))
	case normal:
		from, to := normalShare((d.Low-d.Value)/d.SD), normalShare((d.High-d.Value)/d.SD)
		x := d.Value + d.SD*normalQuantile(from+u*(to-from))
		return min(max(x, d.Low), d.High)
	}
	return d.Value
}

func normalShare(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

func normalQuantile(u float64) float64 { return math.Sqrt2 * math.Erfinv(2*u-1) }
