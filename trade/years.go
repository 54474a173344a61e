package trade

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// YearRange is the years First to Last, both included.
type YearRange struct{ First, Last int }

func (r YearRange) String() string {
	if r.First == r.Last {
		return strconv.Itoa(r.First)
	}
	return fmt.Sprintf("%d:%d", r.First, r.Last)
}

var fourDigits = regexp.MustCompile(`^[1-9][0-9]{3}$`)

// ParseYears reads a list such as 2000,2010:2020. Empty text and "all" give nil, which stands for all years. Ranges are
// ascending and joined where they touch.
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
	return joinRanges(ranges), nil
}

func parseYearRange(text string) (YearRange, error) {
	first, last, isRange := strings.Cut(text, ":")
	if !isRange {
		last = first
	}
	first, last = strings.TrimSpace(first), strings.TrimSpace(last)
	if !fourDigits.MatchString(first) || !fourDigits.MatchString(last) {
		return YearRange{}, fmt.Errorf("%q is not a year or a range of years; want for example 2000,2010:2020", text)
	}
	var r YearRange
	r.First, _ = strconv.Atoi(first) // four digits always convert
	r.Last, _ = strconv.Atoi(last)
	if r.First > r.Last {
		return YearRange{}, fmt.Errorf("the range of years %s ends before it starts; want %d:%d", text, r.Last, r.First)
	}
	return r, nil
}

// joinRanges sorts ranges and joins those that overlap or follow one another. Ranges stay as they are otherwise.
func joinRanges(ranges []YearRange) []YearRange {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b YearRange) int { return cmp.Or(a.First-b.First, a.Last-b.Last) })
	var joined []YearRange
	for _, r := range sorted {
		if n := len(joined); n > 0 && r.First <= joined[n-1].Last+1 {
			joined[n-1].Last = max(joined[n-1].Last, r.Last)
			continue
		}
		joined = append(joined, r)
	}
	return joined
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

// PickYears returns those of the years a dataset has that the ranges ask for, ascending; nil ranges ask for all. A year
// asked for by itself that is absent is an error; a range is cut to what there is, with a note.
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
	dataset := FormatYears(single(sorted))
	for _, r := range ranges {
		var found []int
		for _, y := range sorted {
			if r.First <= y && y <= r.Last {
				found = append(found, y)
			}
		}
		switch missing := r.Last - r.First + 1 - len(found); {
		case len(found) == 0:
			return nil, nil, fmt.Errorf("the dataset has no year %s; it has %s", r, dataset)
		case missing > 0:
			notes = append(notes, fmt.Sprintf("years %s: the dataset has %s of them", r, FormatYears(single(found))))
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
