package trade

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Period is the time key of flows: a year as YYYY, or a month as YYYYMM. A dataset has years or months, not both. Keys of
// one kind are ordered as time is, but one less is not always the one before: that is what Back and Since are for.
type Period int

// Monthly says whether p is a month.
func (p Period) Monthly() bool { return p > 9999 }

// Year is the year of p.
func (p Period) Year() int {
	if p.Monthly() {
		return int(p) / 100
	}
	return int(p)
}

// Valid says whether p is a year from 1900 to 2200, or a month of one.
func (p Period) Valid() bool {
	month := 1
	if p.Monthly() {
		month = int(p) % 100
	}
	return p.Year() >= 1900 && p.Year() <= 2200 && month >= 1 && month <= 12
}

// count numbers the periods of a kind without gaps.
func (p Period) count() int {
	if p.Monthly() {
		return p.Year()*12 + int(p)%100 - 1
	}
	return int(p)
}

// Back is the period n periods earlier: a month before 202401 is 202312. n may be negative.
func (p Period) Back(n int) Period {
	if !p.Monthly() {
		return p - Period(n)
	}
	c := p.count() - n
	return Period(c/12*100 + c%12 + 1)
}

// Later is the same year or month n years later.
func (p Period) Later(years int) Period { return p.Back(-years * p.perYear()) }

// perYear is the number of periods of p's kind in a year.
func (p Period) perYear() int {
	if p.Monthly() {
		return 12
	}
	return 1
}

// Since is the number of periods from q to p, both of one kind.
func (p Period) Since(q Period) int { return p.count() - q.count() }

// String writes 2024 or 2024-03.
func (p Period) String() string {
	if p.Monthly() {
		return fmt.Sprintf("%04d-%02d", p.Year(), int(p)%100)
	}
	return strconv.Itoa(int(p))
}

// Unit is what a number of periods such as p is counted in: year or months.
func (p Period) Unit(n int) string {
	unit := "year"
	if p.Monthly() {
		unit = "month"
	}
	if n != 1 {
		unit += "s"
	}
	return unit
}

// first and last are the months that a year has; a month is its own.
func (p Period) firstMonth() Period {
	if p.Monthly() {
		return p
	}
	return p*100 + 1
}

func (p Period) lastMonth() Period {
	if p.Monthly() {
		return p
	}
	return p*100 + 12
}

var periodForm = regexp.MustCompile(`^[1-9][0-9]{3}(-?(0[1-9]|1[0-2]))?$`)

// ParsePeriod reads a year, 2024, or a month, 2024-03 or 202403.
func ParsePeriod(text string) (Period, error) {
	if !periodForm.MatchString(text) {
		return 0, fmt.Errorf("%q is neither a year nor a month; expected, for example, 2024 or 2024-03", text)
	}
	n, err := strconv.Atoi(strings.Replace(text, "-", "", 1))
	return Period(n), err
}
