package trade

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// YearRange is the years or months First to Last, both included, as keys of Period.
type YearRange struct{ First, Last int }

func (r YearRange) String() string {
	first, last := Period(r.First).String(), Period(r.Last).String()
	if r.First == r.Last {
		return first
	}
	return first + ":" + last
}

// months is the range as months; both ends of a range are of one kind.
func (r YearRange) months() YearRange {
	return YearRange{int(Period(r.First).firstMonth()), int(Period(r.Last).lastMonth())}
}

// ParseYears reads a list such as 2000,2010:2020 or 2023-01:2024-06; 2010-2020 is understood too. Empty text and "all" give nil, which stands for all
// years. Ranges are ascending and joined where they touch; where one is of months, all are.
func ParseYears(text string) ([]YearRange, error) {
	if t := lower(text); t == "" || t == "all" {
		return nil, nil
	}
	var ranges []YearRange
	for part := range strings.SplitSeq(text, ",") {
		r, err := parseYearRange(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, r)
	}
	return joinRanges(sameKind(ranges)), nil
}

// sameKind turns years into their months where any range is of months.
func sameKind(ranges []YearRange) []YearRange {
	if !slices.ContainsFunc(ranges, func(r YearRange) bool { return Period(r.First).Monthly() }) {
		return ranges
	}
	var months []YearRange
	for _, r := range ranges {
		months = append(months, r.months())
	}
	return months
}

// hyphenated is a range of years as people write it: 2010-2018, or with a dash.
var hyphenated = regexp.MustCompile(`^([0-9]{4})\s*[-–]\s*([0-9]{4})$`)

func parseYearRange(text string) (YearRange, error) {
	first, last, isRange := strings.Cut(text, ":")
	if ends := hyphenated.FindStringSubmatch(text); ends != nil {
		first, last, isRange = ends[1], ends[2], true
	}
	if !isRange {
		last = first
	}
	from, err1 := ParsePeriod(strings.TrimSpace(first))
	to, err2 := ParsePeriod(strings.TrimSpace(last))
	if err1 != nil || err2 != nil {
		return YearRange{}, fmt.Errorf("%q is not a year or a range of years; expected, for example, 2000,2010:2020, or months, 2023-01:2024-06", text)
	}
	r := YearRange{int(from), int(to)}
	if from.Monthly() != to.Monthly() {
		r = r.months()
	}
	if r.First > r.Last {
		return YearRange{}, fmt.Errorf("the range of years %s ends before it starts; expected %s", text, YearRange{int(to), int(from)})
	}
	return r, nil
}

// joinRanges sorts ranges and joins those that overlap or follow one another. Ranges stay as they are otherwise.
func joinRanges(ranges []YearRange) []YearRange {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b YearRange) int { return cmp.Or(a.First-b.First, a.Last-b.Last) })
	var joined []YearRange
	for _, r := range sorted {
		if n := len(joined); n > 0 && Period(r.First).Since(Period(joined[n-1].Last)) <= 1 {
			joined[n-1].Last = max(joined[n-1].Last, r.Last)
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

// RangesOf joins ascending years, or months, that follow one another.
func RangesOf(years []int) (ranges []YearRange) {
	for _, y := range years {
		if n := len(ranges); n > 0 && Period(y).Since(Period(ranges[n-1].Last)) == 1 {
			ranges[n-1].Last = y
			continue
		}
		ranges = append(ranges, YearRange{First: y, Last: y})
	}
	return ranges
}

// FormatYears writes ranges as ParseYears reads them; none at all is "all".
func FormatYears(ranges []YearRange) string {
	if len(ranges) == 0 {
		return "all"
	}
	var parts []string
	for _, r := range joinRanges(ranges) {
		parts = append(parts, r.String())
	}
	return strings.Join(parts, ",")
}

// PickYears returns those of the years or months a dataset has that the ranges ask for, ascending; nil ranges ask for all,
// and a year of a dataset of months for its twelve. A year asked for by itself that is absent is an error; a range is cut
// to what there is, with a note.
func PickYears(ranges []YearRange, have []int) (years []int, notes []string, err error) {
	sorted := slices.Clone(have)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if len(sorted) == 0 {
		return nil, nil, errors.New("the dataset has no years")
	}
	if len(ranges) == 0 {
		return sorted, nil, nil
	}
	dataset, monthly := FormatYears(single(sorted)), Period(sorted[0]).Monthly()
	for _, asked := range ranges {
		r := asked
		switch {
		case monthly:
			r = r.months()
		case Period(r.First).Monthly():
			return nil, nil, fmt.Errorf("the dataset is yearly, so it has no %s; it has %s", r, dataset)
		}
		var found []int
		for _, y := range sorted {
			if r.First <= y && y <= r.Last {
				found = append(found, y)
			}
		}
		switch missing := Period(r.Last).Since(Period(r.First)) + 1 - len(found); {
		case len(found) == 0:
			return nil, nil, fmt.Errorf("the dataset has no %s %s; it has %s", Period(sorted[0]).Unit(1), asked, dataset)
		case missing > 0:
			notes = append(notes, fmt.Sprintf("years %s: the dataset has %s of them", asked, FormatYears(single(found))))
		}
		years = append(years, found...)
	}
	slices.Sort(years)
	return slices.Compact(years), notes, nil
}

func single(years []int) []YearRange {
	var ranges []YearRange
	for _, y := range years {
		ranges = append(ranges, YearRange{y, y})
	}
	return ranges
}
