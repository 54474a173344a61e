package scenario

import "math"

// Cascade is a world of one good in which a fall of production spreads by trade, drawn-down reserves and consumption given up (Marchand et al.
// 2016; Heslin et al. 2020, proportional version). All amounts are in one unit.
type Cascade struct {
	Economies            []string
	Production, Reserves []float64 // a year's production; reserves at the start
	Trade                []Shipment
	ReserveShare         float64 // of reserves that may be used in a year
	ConsumptionShare     float64 // of a shortage that consumption gives up in each round
	Floor                float64 // part of base consumption under which a shortage or surplus counts as none
}

// Shipment is a flow of the base year between two economies, by their places.
type Shipment struct {
	From, To int
	Amount   float64
}

// Outcome is what becomes of the economies in a year, over their consumption C0 = production + imports − exports of the base.
type Outcome struct {
	Consumption   []float64 // ÷ C0; NaN where C0 is not above 0
	ReserveChange []float64 // ÷ C0; negative where reserves were drawn on
	Rounds        int
}

const (
	mostRounds       = 50
	countedShortage  = 1e-9   // the floor that users have
	acceptedShortage = 1e-5   // of consumption, under which consumption takes a shortage whole
	steadyFlow       = 1.5e-8 // change of a flow under which trade is at rest
)

// Run goes through years of declines: by year and economy, the part of production that is lost, 0 to 1. Production and trade begin each year as they
// were; what was used of reserves is gone.
func (w *Cascade) Run(declines [][]float64) (list []Outcome) {
	n := len(w.Economies)
	imports, exports := w.totals(amounts(w.Trade))
	base, reserves := make([]float64, n), append([]float64(nil), w.Reserves...)
	for i := range base {
		base[i] = w.Production[i] + imports[i] - exports[i]
	}
	for _, decline := range declines {
		o, used := w.year(decline, base, reserves)
		for i := range reserves {
			reserves[i] += used[i]
		}
		list = append(list, o)
	}
	return list
}

func amounts(trade []Shipment) (list []float64) {
	for _, s := range trade {
		list = append(list, s.Amount)
	}
	return list
}

// totals adds up what each economy imports and exports. Sums are compensated (Neumaier 1974), so that they do not depend on the order of flows.
func (w *Cascade) totals(flow []float64) (imports, exports []float64) {
	n := len(w.Economies)
	in, out := make([]compensatedSum, n), make([]compensatedSum, n)
	for k, s := range w.Trade {
		in[s.To].add(flow[k])
		out[s.From].add(flow[k])
	}
	imports, exports = make([]float64, n), make([]float64, n)
	for i := range n {
		imports[i], exports[i] = in[i].value(), out[i].value()
	}
	return imports, exports
}

// compensatedSum is a sum and what rounding has taken from it.
type compensatedSum struct{ sum, lost float64 }

func (s *compensatedSum) add(v float64) {
	t := s.sum + v
	if math.Abs(s.sum) >= math.Abs(v) {
		s.lost += (s.sum - t) + v
	} else {
		s.lost += (v - t) + s.sum
	}
	s.sum = t
}

func (s *compensatedSum) value() float64 { return s.sum + s.lost }

// cascadeYear is a year in the making.
type cascadeYear struct {
	*Cascade
	base, production, consumption, usable, change, shortage, flow []float64
}

func (y *cascadeYear) anew() {
	imports, exports := y.totals(y.flow)
	for i := range y.shortage {
		y.shortage[i] = y.consumption[i] - (((y.production[i] + imports[i]) - exports[i]) - y.change[i])
	}
}

func (w *Cascade) year(decline, base, reserves []float64) (o Outcome, change []float64) {
	n := len(base)
	y := &cascadeYear{Cascade: w, base: base, production: make([]float64, n), consumption: append([]float64(nil), base...),
		usable: make([]float64, n), change: make([]float64, n), shortage: make([]float64, n), flow: amounts(w.Trade)}
	for i := range base {
		y.shortage[i] = decline[i] * w.Production[i]
		y.production[i] = w.Production[i] - y.shortage[i] // production × (1 − decline) rounds apart from the shortage, and what is left of that keeps reserves from 0
		y.usable[i] = w.ReserveShare * reserves[i]
	}
	for moved := true; moved && o.Rounds < mostRounds; o.Rounds++ {
		y.draw()
		y.consume()
		moved = y.trade()
		y.anew()
	}
	imports, exports := w.totals(y.flow)
	for i := range base {
		supply := ((y.production[i] + imports[i]) - exports[i]) - y.change[i]
		if base[i] > 0 {
			o.Consumption, o.ReserveChange = append(o.Consumption, supply/base[i]), append(o.ReserveChange, y.change[i]/base[i])
		} else {
			o.Consumption, o.ReserveChange = append(o.Consumption, math.NaN()), append(o.ReserveChange, math.NaN())
		}
	}
	return o, y.change
}

// draw lets reserves take what they can of each shortage; a surplus goes back into them.
func (y *cascadeYear) draw() {
	for i, s := range y.shortage {
		if math.Abs(s) < y.Floor*y.base[i] {
			continue
		}
		take := min(s, y.usable[i])
		y.usable[i] -= take
		y.change[i] -= take
	}
	y.anew()
}

// consume lets consumption give up a part of what is still short, and all of what is nearly nothing.
func (y *cascadeYear) consume() {
	for i, s := range y.shortage {
		y.consumption[i] -= y.ConsumptionShare * s
	}
	y.anew()
	for i, s := range y.shortage {
		if s < acceptedShortage*y.consumption[i] {
			y.consumption[i] -= s
		}
	}
	y.anew()
}

// trade lets economies without usable reserves export less, and import more from those that have some. It is false where no flow moves.
func (y *cascadeYear) trade() (moved bool) {
	free := make([]float64, len(y.flow)) // flows from those that have reserves
	for k, s := range y.Trade {
		if y.usable[s.From] != 0 {
			free[k] = y.flow[k]
		}
	}
	_, links := y.totals(y.flow)
	able, _ := y.totals(free)
	ask := make([]float64, len(y.base))
	for i := range links {
		links[i] += able[i]
	}
	for i := range ask {
		if y.usable[i] == 0 && links[i] > 0 {
			ask[i] = min(y.shortage[i]/links[i], 1)
		}
	}
	for k, s := range y.Trade {
		change := -ask[s.From]
		if y.usable[s.From] != 0 {
			change += ask[s.To]
		}
		moved = moved || math.Abs(change) > steadyFlow
		y.flow[k] *= 1 + change
	}
	return moved
}

// ExportBans is the cascade that trade alone can run: an economy that loses more than theta of its imports, those of before, stops all its
// exports; until nobody more stops (Burkholz and Schweitzer 2019). flows are those of a product; it gives the round in which each economy stopped,
// 0 for those that begin.
func ExportBans(importer, exporter []uint16, value []float64, begin []uint16, theta float64) map[uint16]int {
	bought := map[uint16]float64{}
	for k, v := range value {
		bought[importer[k]] += v
	}
	stopped := map[uint16]int{}
	for _, code := range begin {
		stopped[code] = 0
	}
	for round := 1; ; round++ {
		lost := map[uint16]float64{}
		for k, v := range value {
			if _, ok := stopped[exporter[k]]; ok {
				lost[importer[k]] += v
			}
		}
		next := len(stopped)
		for code, v := range lost {
			if _, ok := stopped[code]; !ok && v > theta*bought[code] {
				stopped[code] = round
			}
		}
		if len(stopped) == next {
			return stopped
		}
	}
}
