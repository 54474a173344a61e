package pages

import (
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/study"
)

// mark is what a figure rests on and why, as answers say it. It is shown where that is not all that the figure needs.
type mark struct {
	Status result.Status
	Why    string
}

// Shown says whether a reader must see it.
func (m mark) Shown() bool { return m.Status != "" && m.Status != result.Observed }

// On adds the mark to a title of a page, an image or a file.
func (m mark) On(title string) string {
	if !m.Shown() {
		return title
	}
	return title + " (" + string(m.Status) + ")"
}

// lack is a sentence on what the figures of a page lack, and what that makes of them.
type lack struct {
	Mark mark
	Text string
	of   result.NoteKind
}

// standing is what the figures of a page rest on: the mark of its headline, and what is lacking, which stands above all figures.
type standing struct {
	Mark   mark
	Lacks  []lack
	Cannot string // why there are no figures
}

func (s *standing) pageMark() mark { return s.Mark }

// rest says what the headline rests on: rows of one answer. Nothing is said twice.
func (s *standing) rest(v *pageRequest, headline *answer, year int) {
	s.Mark = headline.mark()
	for _, l := range v.lacks(year) {
		said := strings.Contains(s.Cannot, l.Text)
		needless := l.of == result.PartialWorld && !s.Mark.Status.Answers() // where there are no figures at all
		if !said && !needless {
			s.Lacks = append(s.Lacks, l)
		}
	}
}

// onlyRows is an answer with some of its rows alone.
func (a *answer) onlyRows(rows []int) *answer {
	b := *a
	b.Table = a.Select(rows)
	return &b
}

// sortedBy is an answer in another order, by columns of its schema.
func (a *answer) sortedBy(order ...string) *answer {
	sorted, err := a.Table.Sorted(order...)
	if err != nil {
		panic(err) // the names are picked from the schema
	}
	b := *a
	b.Table = sorted
	return &b
}

// whole names what shares of imports are of: of a handful of products nobody says all.
func (a *answer) whole() string {
	if products := a.given["products"]; products != "" && products != "all" {
		return "its imports of these goods"
	}
	if slices.ContainsFunc(a.Notes, func(n result.Note) bool { return n.Kind == result.FewProducts }) {
		return "its imports in this dataset"
	}
	return "all its imports"
}

// mark is the mark of an answer.
func (a *answer) mark() mark { return mark{a.Table.Status(), a.why} }

// Mark is the mark of a figure: of the answer that it shows.
func (f *figure) Mark() mark {
	if f.Table == nil || f.Table.Answer == nil {
		return mark{}
	}
	return f.Table.Answer.mark()
}

// whyOf are the sentences on what an answer lacks.
func (v *pageRequest) whyOf(notes []result.Note) string {
	var texts []string
	for _, kind := range lackKinds {
		for i := range notes {
			if text := v.lackText(&notes[i]); text != "" && notes[i].Kind == kind {
				texts = append(texts, text)
			}
		}
	}
	return strings.Join(texts, " ")
}

// withoutWhom names those whose imports world totals lack.
func (v *pageRequest) withoutWhom(notes []result.Note) string {
	for _, n := range notes {
		if n.Kind == result.PartialWorld {
			return listed(v.inSentences(n.Members))
		}
	}
	return ""
}

// lackText is the sentence of a note for people; "" where the note is not about what is lacking.
func (v *pageRequest) lackText(n *result.Note) string {
	switch n.Kind {
	case result.MissingImports:
		return "The dataset has no imports of " + v.inSentence(n.Subject) + " in " + yearsText(n.Years) + ": they are missing, not zero."
	case result.IncompleteBloc:
		return v.incompleteText(n)
	case result.MissingYears:
		if n.Subject != "" {
			return v.ofDefinition(n, v.sentence(n))
		}
	case result.PartialWorld, result.MissingExports, result.FewProducts:
		text := v.sentence(n)
		return upperFirst(text)
	}
	return ""
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// sentence is the text of a note with names in the place of labels, and years as people write them.
func (v *pageRequest) sentence(n *result.Note) string {
	text := n.Text + "."
	if len(n.Members) > 0 {
		text = strings.Replace(text, strings.Join(n.Members, ", "), listed(v.inSentences(n.Members)), 1)
	}
	if len(n.Years) > 0 {
		text = strings.Replace(text, " in "+study.YearsText(n.Years), " in "+yearsText(n.Years), 1)
	}
	return text
}

// inSentences are names as they stand inside a sentence.
func (v *pageRequest) inSentences(labels []string) (names []string) {
	for _, l := range labels {
		names = append(names, v.inSentence(l))
	}
	return names
}

func (v *pageRequest) namesOfAll(labels []string) (names []string) {
	for _, l := range labels {
		names = append(names, v.nameOf(l))
	}
	return names
}

// lackKinds are the kinds of notes on what figures lack, the gravest first.
var lackKinds = []result.NoteKind{result.MissingImports, result.IncompleteBloc, result.FewProducts, result.MissingExports, result.MissingYears, result.PartialWorld}

// lacks are the sentences on what the answers of the page lack, each once. Of world totals and years that a definition looks back
// to those of the year in focus are said.
func (v *pageRequest) lacks(year int) (list []lack) {
	type about struct {
		kind            result.NoteKind
		subject, others string
	}
	said := map[about]bool{}
	for _, a := range v.answers {
		for i := range a.Notes {
			n := &a.Notes[i]
			key := about{n.Kind, n.Subject, strings.Join(n.Members, ",")}
			here := len(n.Years) == 0 || slices.Contains(n.Years, year)
			switch n.Kind {
			case result.PartialWorld:
				key.subject = ""
			case result.MissingYears:
				here = here && n.Status == result.Partial && n.Subject == v.value("method")
			default:
				here = true
			}
			text := v.lackText(n)
			if !here || text == "" || said[key] {
				continue
			}
			said[key] = true
			list = append(list, lack{mark{Status: n.Status}, text, n.Kind})
		}
	}
	slices.SortStableFunc(list, func(a, b lack) int { return slices.Index(lackKinds, a.of) - slices.Index(lackKinds, b.of) })
	return list
}

// statusOf is the column that says what a column of an answer rests on; nil where there is none. world_status is about whatever looks at
// all exporters.
func statusOf(a *answer, name string) *result.Column {
	if isOfWorld(name) {
		if c := a.Column("world_status"); c != nil {
			return c
		}
	}
	return a.StatusColumn(name)
}

// ofWorld are columns of indicators that look at what all economies export.
var ofWorld = func() (names []string) {
	for _, ind := range indicator.All() {
		if ind.Level() == indicator.World || strings.Contains(ind.Name, "world") {
			names = append(names, ind.Column)
		}
	}
	return names
}()

func isOfWorld(name string) bool { return name == "top_exporter" || slices.Contains(ofWorld, name) }

// markColumns marks what the columns of a table rest on: at the head where it is so in all rows, else at the first number of each row.
// The status of the whole table stands in the caption of its figure.
func (g *grid) markColumns(a *answer, shown []*result.Column, rows []int, first int) {
	marked := map[*result.Column]bool{} // columns of statuses that are shown already
	for k, c := range shown {
		s := statusOf(a, c.Name)
		if s == nil || s == c || !g.Columns[k].Number || slices.Contains(shown, s) {
			continue
		}
		if same, all := sameStatus(s, first); all {
			if s.Name != "status" && same != result.Observed {
				g.Columns[k].Status = mark{Status: same}
			}
			continue
		}
		if marked[s] {
			continue
		}
		marked[s] = true
		for i, line := range g.Rows {
			row := rows[i]
			status := result.Status(s.TextAt(row))
			switch {
			case status == "" || status == result.Observed:
			case c.IsMissing(row):
				line[k].Text = string(status)
			default:
				line[k].Status = mark{Status: status}
			}
		}
	}
}

// sameStatus is the status of the first rows, where it is the same in all.
func sameStatus(s *result.Column, rows int) (same result.Status, all bool) {
	if rows == 0 {
		return "", true
	}
	for row := range rows {
		if s.TextAt(row) != s.TextAt(0) {
			return "", false
		}
	}
	return result.Status(s.TextAt(0)), true
}
