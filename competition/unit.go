package competition

import (
	"context"
	"math"

	"chokepoint/fault"
	"chokepoint/industry"
	"chokepoint/macro"
	"chokepoint/study"
	"chokepoint/trade"
)

// unit is an economy, or several that count as one, in a year.
type unit struct {
	label, name string
	codes       trade.Set
}

// unitOf is the unit that a question about one is about.
func unitOf(st *study.Study, year int) unit {
	p := st.ImporterSide.Parties[0]
	return unit{p.Label, p.Name, st.UnitIn(year)}
}

// several says whether the unit is more than one economy.
func (u unit) several(st *study.Study) bool {
	codes := u.codes.Codes()
	for _, c := range codes {
		if st.Economies.Label(c) != st.Economies.Label(codes[0]) {
			return true
		}
	}
	return false
}

// yearOf reads a year in which the unit is one economy, in row; -1 where it does not trade.
func yearOf(ctx context.Context, st *study.Study, u unit, year int) (m *industry.Year, row int, err error) {
	if m, err = st.IndustryOf(ctx, year, u.codes, u.codes); err != nil {
		return nil, -1, err
	}
	return m, rowOf(m, u.codes.Codes()), nil
}

// seriesOf is a series of a unit: of several economies the sum, and of a share in GDP its mean weighted by GDP; NaN where one of them has no
// value.
func seriesOf(st *study.Study, u unit, year int, series macro.Series) float64 {
	if !u.several(st) {
		if v, ok := st.Macro.Value(st.Economies.Label(u.codes.Codes()[0]), year, series); ok {
			return v
		}
		return math.NaN()
	}
	var sum, weights float64
	for _, c := range u.codes.Codes() {
		v, ok := st.Macro.Value(st.Economies.Label(c), year, series)
		weight := 1.0
		if series == macro.Consumption {
			gdp, known := st.Macro.Value(st.Economies.Label(c), year, macro.GDP)
			weight, ok = gdp, ok && known
		}
		if !ok {
			return math.NaN()
		}
		sum, weights = sum+v*weight, weights+weight
	}
	if series == macro.Consumption {
		return sum / weights
	}
	return sum
}

// unitsOf are the economies and blocs to be ranked in a year, of whom none may be part of another: those that are several economies
// stand in place of their members.
func unitsOf(st *study.Study, year int) ([]unit, error) {
	var units []unit
	var taken trade.Set
	sets := st.Sets(&st.ImporterSide, year)
	for _, named := range []bool{true, false} { // what stands in all gives way to what is named
		for i, p := range st.ImporterSide.Parties {
			if len(p.Any) != 1 {
				return nil, fault.Questionf("economies %q: alternatives have no rank; expected economies, blocs and merged economies such as CHN+HKG, comma-separated", p.Label)
			}
			if p.Named != named {
				continue
			}
			group := 0
			for g, parties := range st.ImporterSide.PartiesOf {
				if len(parties) > 0 && parties[0] == int32(i) {
					group = g
				}
			}
			u := unit{p.Label, p.Name, sets[group]}
			common := u.codes.Intersect(taken)
			if named && common.Len() > 0 {
				return nil, fault.Questionf("economies: %s of %s has a rank already; each economy is ranked once, alone or as part of one bloc", st.Economies.Label(common.Codes()[0]), p.Label)
			}
			if common.Len() == 0 {
				units, taken = append(units, u), taken.Union(u.codes)
			}
		}
	}
	return units, nil
}
