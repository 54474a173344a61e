package ingest

import "fmt"

// findings are what there is to report of rows besides the flows that are stored.
type findings struct {
	aside    [reasons]tally
	samples  [reasons][]Sample
	unknown  [2]map[string]tally // economies, products
	warnings []string
	fraction bool // a value is not a whole number of dollars
	padded   int
}

// take adds what a block of a table came to, and books the rows set aside.
func (f *findings) take(m *member, out *outcome, account *Account) {
	f.fraction = f.fraction || out.fraction
	f.padded += out.padded
	for r := range reasons {
		f.setAside(r, out.aside[r], account)
		for _, q := range out.quoted[r] {
			f.sample(r, Sample{m.label, q.line, q.text, q.problem})
		}
	}
	f.countUnknown(out.unknown)
	if out.cut && out.stop == nil {
		f.warnings = append(f.warnings, fmt.Sprintf("%s has no line end after its last row; if it was cut off, rows are missing and the last quantity may be short", m.label))
	}
}

// add adds the findings of another table, which comes later in the report.
func (f *findings) add(g *findings) {
	f.fraction = f.fraction || g.fraction
	f.padded += g.padded
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

func (f *findings) countUnknown(unknown [2]map[string]tally) {
	for kind, codes := range unknown {
		for code, t := range codes {
			if f.unknown[kind] == nil {
				f.unknown[kind] = make(map[string]tally)
			}
			sum := f.unknown[kind][code]
			sum.add(t.rows, t.value)
			f.unknown[kind][code] = sum
		}
	}
}
