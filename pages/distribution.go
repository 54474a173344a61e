package pages

import (
	"math"
	"slices"

	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
)

// distribution says how an indicator is spread over the products that an importer buys, so that a threshold can be chosen.
type distribution struct {
	Words string
	Bars  []distributionBar
	Width int
}

type distributionBar struct{ X, Y, Height int }

// Of the small histogram beside a criterion: how many bars, and their height.
const (
	spreadBars   = 20
	spreadHeight = 24
)

// distributionsOf asks how the indicators in the criteria of a definition are spread. Where the figures alone are wanted the form stays as it is.
func (v *pageRequest) distributionsOf(m *method.Method, common []string) error {
	if v.live {
		return nil
	}
	a, err := v.ask("indicators", common...)
	if err != nil {
		return err
	}
	rows := dependence.PairIndicatorSchema.Rows(a.Table)
	v.distributions = map[string]*distribution{}
	for _, c := range m.Criteria {
		name, _, _, _ := c.Threshold()
		if part := comparison.FindStringSubmatch(c.String()); name == "" && part != nil {
			name = part[1]
		}
		ind, ok := indicator.Get(name)
		if !ok {
			continue
		}
		var values []float64
		for i := range rows {
			if x := rows[i].Value(ind); !math.IsNaN(x) && !math.IsInf(x, 0) {
				values = append(values, x)
			}
		}
		v.distributions[name] = distributionOf(values, ind)
	}
	return nil
}

// distributionOf describes values by their quartiles and draws how many there are of which size; nil where there are too few.
func distributionOf(values []float64, ind *indicator.Indicator) *distribution {
	if len(values) < 4 {
		return nil
	}
	slices.Sort(values)
	text := func(share float64) string {
		x := values[int(share*float64(len(values)-1))]
		if ind.Unit == "share" && !isIndex(ind.Name) {
			return result.Percent(x)
		}
		if ind.Unit == result.USD {
			return result.ShortFloat(x, ind.Unit) + " USD"
		}
		return result.ShortFloat(x, ind.Unit)
	}
	s := &distribution{Width: 6 * spreadBars, Words: "Of " + plural(len(values), "product", "products") + ", a quarter have less than " + text(0.25) + ", half less than " + text(0.5) + " and three quarters less than " + text(0.75) + "."}
	counts := make([]int, spreadBars)
	place := func(x float64) float64 { return x }
	if low := values[0]; ind.Unit != "share" && low > 0 && values[len(values)-1] > 1000*low { // amounts, which span orders of magnitude
		place = math.Log
	}
	low, high := place(values[0]), place(values[len(values)-1])
	for _, x := range values {
		k := 0
		if high > low {
			k = min(int((place(x)-low)/(high-low)*spreadBars), spreadBars-1)
		}
		counts[k]++
	}
	most := slices.Max(counts)
	for k, n := range counts {
		if n > 0 {
			h := max(1, n*spreadHeight/most)
			s.Bars = append(s.Bars, distributionBar{6 * k, spreadHeight - h, h})
		}
	}
	return s
}
