package brief

import (
	"math"
	"slices"
)

// near is by how many years a year of the dataset may stand in for one that it lacks.
const near = 4

// series are the values of one column by year, for each of several variants: definitions, or points of a grid of thresholds.
type series struct {
	years  []int
	values map[string][]float64 // by variant; NaN where there is none
}

// seriesOf sums a number over the rows of a year and variant. A year of which a row has no number has none: a part is no sum.
func seriesOf[R any](rows []R, year func(*R) int, variant func(*R) string, number func(*R) float64) *series {
	s := &series{values: map[string][]float64{}}
	for i := range rows {
		if y := year(&rows[i]); !slices.Contains(s.years, y) {
			s.years = append(s.years, y)
		}
	}
	slices.Sort(s.years)
	seen := map[string][]bool{}
	for i := range rows {
		r := &rows[i]
		id := variant(r)
		if s.values[id] == nil {
			s.values[id], seen[id] = make([]float64, len(s.years)), make([]bool, len(s.years))
		}
		at := slices.Index(s.years, year(r))
		s.values[id][at] += number(r) // NaN stays
		seen[id][at] = true
	}
	for id, v := range s.values {
		for at := range v {
			if !seen[id][at] {
				v[at] = math.NaN()
			}
		}
	}
	return s
}

// at is the value of a variant in a year.
func (s *series) at(id string, year int) float64 {
	if i := slices.Index(s.years, year); i >= 0 && s.values[id] != nil {
		return s.values[id][i]
	}
	return math.NaN()
}

// line is a variant over the years.
func (s *series) line(id string) []float64 {
	if v := s.values[id]; v != nil {
		return v
	}
	return slices.Repeat([]float64{math.NaN()}, len(s.years))
}

// nearestYear is the year nearest to one asked for; ok where it is near enough to stand in for it.
func nearestYear(years []int, year int) (y int, ok bool) {
	y = years[0]
	for _, x := range years {
		if distance(x, year) < distance(y, year) {
			y = x
		}
	}
	return y, distance(y, year) <= near
}

func distance(a, b int) int { return max(a-b, b-a) }

// span is the lowest and the highest value of all variants in a year.
func (s *series) span(year int) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for id := range s.values {
		if x := s.at(id, year); !math.IsNaN(x) {
			low, high = math.Min(nanOr(low, x), x), math.Max(nanOr(high, x), x)
		}
	}
	return low, high
}

// agreement is how many of the variants that have both years rise (or fall) from one to the other.
func (s *series) agreement(first, second int, rises bool) (agree, asked int) {
	for id := range s.values {
		x, y := s.at(id, first), s.at(id, second)
		if math.IsNaN(x) || math.IsNaN(y) {
			continue
		}
		asked++
		if x != y && rises == (y > x) {
			agree++
		}
	}
	return agree, asked
}

// changes are the lowest and the highest ratio of a year to an earlier one.
func (s *series) changes(first, second int) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for id := range s.values {
		if x, y := s.at(id, first), s.at(id, second); x > 0 && !math.IsNaN(y) {
			low, high = math.Min(nanOr(low, y/x), y/x), math.Max(nanOr(high, y/x), y/x)
		}
	}
	return low, high
}

func nanOr(x, other float64) float64 {
	if math.IsNaN(x) {
		return other
	}
	return x
}
