package ingest

import (
	"fmt"
	"maps"
	"slices"
)

// findings are what there is to report of rows besides the flows that are stored.
type findings struct {
	aside    [reasons]tally
	samples  [reasons][]Sample
	unknown  [2]unknownCodes // economies, products
	warnings []string
	fraction bool // a value is not a whole number of dollars
	unvalued int  // rows whose value cannot be read
	padded   int
	large    largeFlows
}

// take adds what a block of a table came to, and books the rows set aside.
func (f *findings) take(m *member, out *outcome, account *Account) {
	f.fraction = f.fraction || out.fraction
	f.unvalued += out.unvalued
	f.padded += out.padded
	f.large.addAll(&out.large)
	for r := range reasons {
		f.setAside(r, out.aside[r], account)
		for _, q := range out.quoted[r] {
			f.sample(r, Sample{m.label, q.line, q.text, q.problem})
		}
	}
	f.countUnknown(out.unknown)
	if out.cut && out.stop == nil {
		f.warnings = append(f.warnings, fmt.Sprintf("%s has no line end after its last row; if it was cut off, rows are missing and its last field may be short", m.label))
	}
}

// add adds the findings of another table, which comes later in the report.
func (f *findings) add(g *findings) {
	f.fraction = f.fraction || g.fraction
	f.unvalued += g.unvalued
	f.padded += g.padded
	f.large.addAll(&g.large)
	for r := range reasons {
		f.aside[r].add(g.aside[r].rows, g.aside[r].value)
		for _, s := range g.samples[r] {
			f.sample(reason(r), s)
		}
	}
	f.countUnknown(g.unknown)
	f.warnings = append(f.warnings, g.warnings...)
}

func (f *findings) setAside(r reason, t tally, account *Account) {
	f.aside[r].add(t.rows, t.value)
	account.RowsAside += t.rows
	account.ValueAside += t.value
}

func (f *findings) sample(r reason, s Sample) {
	if len(f.samples[r]) < samplesKept {
		f.samples[r] = append(f.samples[r], s)
	}
}

func (f *findings) countUnknown(unknown [2]unknownCodes) {
	for kind, codes := range unknown {
		if f.unknown[kind] == nil && len(codes) > 0 {
			f.unknown[kind] = unknownCodes{}
		}
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			f.unknown[kind].add(code, codes[code])
		}
	}
}
