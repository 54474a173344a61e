package study

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// Answer is the table of the rows that a question found, with its provenance.
func Answer[R any](st *Study, schema *result.Schema[R], title string, rows []R) *result.Table {
	return st.withProvenance(schema.Table(title, rows))
}

// manyRows are as many as a large answer has at least: it does not keep them, and all cores fill its columns.
const manyRows = 1 << 16

// LargeAnswer is Answer for rows that may come by the million: n of them, as Make of a schema has it. Of less than manyRows it is Answer.
func LargeAnswer[R any](ctx context.Context, st *Study, schema *result.Schema[R], title string, n int, kept int64, write func(from int, rows []R)) (*result.Table, error) {
	if n < manyRows {
		rows := make([]R, n)
		write(0, rows)
		return Answer(st, schema, title, rows), nil
	}
	t, err := schema.Make(title, n, kept, write, func(parts int, do func(part int)) error {
		return kernel.InOrder(ctx, parts, func(i int) (struct{}, error) {
			do(i)
			return struct{}{}, nil
		}, func(struct{}) error { return nil })
	})
	if err != nil {
		return nil, err
	}
	return st.withProvenance(t), nil
}

func (st *Study) withProvenance(t *result.Table) *result.Table {
	t.Synthetic = st.Dataset.Manifest().Synthetic
	t.Add(st.Notes...)
	t.Provenance = st.Provenance()
	t.Provenance.Years, t.Provenance.World, t.Provenance.Query = YearsText(st.Years), OrElse(st.Query.World, string(trade.Gross)), OrElse(st.request, st.Query.String())
	seen := map[string]bool{}
	for _, b := range append(slices.Clone(st.ImporterSide.Selection.Blocs), st.PartnerSide.Selection.Blocs...) {
		if !seen[b.ID] {
			seen[b.ID] = true
			t.Provenance.Blocs = append(t.Provenance.Blocs, result.BlocOf(b.ID, b.Name, b.Source, b.String()))
		}
	}
	return t
}

// JudgedAnswer is the answer of rows whose verdicts come from methods.
func JudgedAnswer[R any](st *Study, schema *result.Schema[R], title string, rows []R) *result.Table {
	return st.judged(Answer(st, schema, title, rows))
}

// LargeJudgedAnswer is JudgedAnswer as LargeAnswer is Answer.
func LargeJudgedAnswer[R any](ctx context.Context, st *Study, schema *result.Schema[R], title string, n int, kept int64, write func(from int, rows []R)) (*result.Table, error) {
	t, err := LargeAnswer(ctx, st, schema, title, n, kept, write)
	if err != nil {
		return nil, err
	}
	return st.judged(t), nil
}

// judged adds the methods, and what their verdicts rest on.
func (st *Study) judged(t *result.Table) *result.Table {
	var worlds []string
	for _, m := range st.Methods {
		if !slices.Contains(worlds, string(m.World)) {
			worlds = append(worlds, string(m.World))
		}
	}
	t.Provenance.World = strings.Join(worlds, ", ")
	for _, m := range st.Methods {
		t.Provenance.Methods = append(t.Provenance.Methods, MethodText(m))
		if text := m.OriginText(); text != "" {
			t.Add(result.Note{Kind: result.Origin, Subject: m.ID, Text: text})
		}
		t.Provisional = append(t.Provisional, m.ProvisionalTexts()...)
	}
	st.noteUnits(t)
	t.Add(slices.Concat(st.Windows(), st.Inside(), st.WorldLacks(), st.Coverage())...)
	return t
}

// MethodText is a method as answers carry it.
func MethodText(m *method.Method) result.MethodText {
	return result.MethodText{ID: m.ID, Title: m.Title, Status: m.StatusText(), Source: m.Source, Text: m.Text, SHA256: m.SHA256}
}

// Inside says which partners asked for are part of an importer: what a bloc buys from its own members is no import.
func (st *Study) Inside() []result.Note {
	var notes []result.Note
	last := st.Years[len(st.Years)-1]
	union := func(p trade.Party) (set trade.Set) {
		for _, g := range p.Any {
			set = set.Union(g.Codes(last))
		}
		return set
	}
	for _, partner := range st.PartnerSide.Parties {
		for _, importer := range st.ImporterSide.Parties {
			if !partner.Named || !importer.Named || len(importer.Any) > 1 {
				continue
			}
			codes := union(partner)
			if codes.Len() > 0 && codes.Minus(union(importer)).Len() == 0 {
				notes = append(notes, result.Note{Kind: result.InnerTrade, Status: result.NotApplicable, Subject: importer.Label, Members: []string{partner.Label},
					Text: fmt.Sprintf("%s is part of the importer %s, whose inner trade is not imports: its zeros follow from that", partner.Label, importer.Label)})
				continue
			}
			for _, m := range st.Methods {
				group, _, ok := st.blocOf(m.Bloc)
				if bloc := group.Codes(last); ok && codes.Len() > 0 && codes.Minus(bloc).Len() == 0 && union(importer).Minus(bloc).Len() == 0 && union(importer).Len() > 0 {
					notes = append(notes, result.Note{Kind: result.InnerTrade, Status: result.NotApplicable, Subject: importer.Label, Members: []string{partner.Label},
						Text: fmt.Sprintf("%s and %s are members of %s, which %s is about: what one buys from the other is trade inside, and zeros follow from that", importer.Label, partner.Label, m.Bloc, m.ID)})
				}
			}
		}
	}
	return notes
}

func YearsText(years []int) string { return trade.FormatYears(trade.RangesOf(years)) }

// MaxValues bounds an answer, which is held in memory whole, at rows times columns: a few GB at the worst.
const MaxValues = 150_000_000

func (s *Source) CheckSize(columns []*result.Column) error {
	return s.CheckRows(columns[0].Len(), len(columns))
}

func (s *Source) CheckRows(rows, columns int) error {
	most := cmp.Or(s.MaxValues, MaxValues)
	if rows*columns > most {
		return fault.Questionf("the answer has more than %d rows of %d columns; ask for fewer years, importers, partners or products, for example one year at a time", most/columns, columns)
	}
	if s.Growing != nil {
		return s.Growing(rows * columns)
	}
	return nil
}

// Shortened cuts a description to what fits into a list.
func Shortened(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
