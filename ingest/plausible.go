package ingest

import (
	"fmt"
	"slices"
)

// Bounds of the value and the quantity of one flow, where they are not zero. All that the world produces in a year is worth
// some 10^14 dollars. What is beyond them is an error of unit or a damaged figure, and exact arithmetic would need
// thousands of digits for it.
const (
	minDollars, maxDollars = 1e-6, 1e15
	minTonnes, maxTonnes   = 1e-12, 1e15
)

// largeDollars is a flow that may be, but that nobody has seen: the largest of BACI's are some 10^11.
const largeDollars = 1e12

// bounded says that a number which was read is beyond its bounds.
func bounded(v float64, state numberState, least, most float64) numberState {
	switch {
	case state != numberOK || v == 0:
		return state
	case v > most:
		return numberLarge
	case v < least:
		return numberSmall
	}
	return state
}

// largeFlows are rows of flows that are larger than any that has been seen.
type largeFlows struct {
	tally
	rows []Sample // the first of them
}

func (l *largeFlows) add(s Sample, amount float64) {
	l.tally.add(1, amount)
	if len(l.rows) < samplesKept {
		l.rows = append(l.rows, s)
	}
}

func (l *largeFlows) addAll(m *largeFlows) {
	l.tally.add(m.tally.rows, m.value)
	l.rows = append(l.rows, m.rows[:min(len(m.rows), samplesKept-len(l.rows))]...)
}

// warning is empty where there are none.
func (l *largeFlows) warning() string {
	if len(l.rows) == 0 {
		return ""
	}
	first := l.rows[0]
	return fmt.Sprintf("%s of more than %s USD, %s USD together, the first in %s:%d: %s; no flow is known that is so large: is the unit of the values right?",
		countedText(l.tally.rows, "row"), dollarsText(largeDollars), dollarsText(l.value), first.File, first.Line, first.Text)
}

// warnLarge puts the warning first: it is about the whole of the figures.
func (in *ingestion) warnLarge() {
	if w := in.findings.large.warning(); w != "" {
		in.report.Warnings = slices.Insert(in.report.Warnings, 0, w)
	}
}
