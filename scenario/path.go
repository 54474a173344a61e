package scenario

// mostMonths bounds the path of a cut.
const mostMonths = 36

// daysOfMonth is the mean length of a month.
const daysOfMonth = 30.4

// Path is what an importer lacks month by month.
type Path struct {
	Gap      []float64 // what substitutes do not bring in the month
	Unfilled []float64 // Gap without what comes out of stocks; nil where no stocks are known
}

// PathOf spreads a year's need over months: D/12 a month, of which substitutes bring filled/12 in full from month ramp on, and before that
// in proportion to the months gone by. Stocks of so many days of the need are drawn on while they last; NaN days are unknown stocks.
func PathOf(need, filled, ramp, stockDays float64, months int) Path {
	p := Path{Gap: make([]float64, 0, months)}
	eachMonth(need, filled, ramp, stockDays, months, func(gap, unfilled float64) {
		p.Gap = append(p.Gap, gap)
		if stockDays >= 0 {
			p.Unfilled = append(p.Unfilled, unfilled)
		}
	})
	return p
}

// eachMonth hands over the gap of each month and what is left of it when stocks are drawn on; the latter means nothing where stocks are not known.
func eachMonth(need, filled, ramp, stockDays float64, months int, take func(gap, unfilled float64)) {
	stock := stockDays / daysOfMonth * need / 12
	for m := range months {
		gap := max(0, need/12-filled/12*arrivedBy(m, ramp))
		drawn := min(stock, gap)
		stock -= drawn
		take(gap, gap-drawn)
	}
}

// arrivedBy is the part of substitutes that arrives in a month, from 0.
func arrivedBy(month int, ramp float64) float64 {
	if ramp > 0 {
		return min(float64(month+1)/ramp, 1)
	}
	return 1
}

// The classes of rearrangement ratios.
const (
	easy       = "easy"
	hard       = "hard"
	impossible = "impossible"
)

// Class of a rearrangement ratio (McKinsey Global Institute 2025): easy below 0.1, impossible above 1.
func Class(ratio float64) string {
	switch {
	case ratio != ratio:
		return ""
	case ratio < 0.1:
		return easy
	case ratio <= 1:
		return hard
	}
	return impossible
}
