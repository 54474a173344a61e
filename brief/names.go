package brief

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// What a brief says has names where questions and files have codes and ids. The codes stay in commands, in files for machines, and in
// brackets behind a name.

// codes finds what may be one, and what is left as it is: text to be typed, and what stands in brackets alone.
var codes = regexp.MustCompile("`[^`]*`|--[a-z][a-z-]*[ =][^ ,;)]+|\\([A-Z][A-Z0-9]{2,}\\)|\\b(?:the )?[A-Z][A-Z0-9]{2,}(?:[|+,][A-Z][A-Z0-9]{2,})*(?::any)?\\b|\\b[a-z]+(?:[-_][a-z0-9]+)+\\b|\\bmgi\\b")

// joins are what is between codes that are one selection, in words.
var joins = strings.NewReplacer("|", " or ", "+", " with ", ",", " and ")

// names are those of the economies of a dataset, of blocs and of definitions.
type names struct {
	of func(label string) (string, bool) // of an economy or bloc
}

// cell is a value of a table: a code or id that stands alone becomes its name.
func (n names) cell(text string) string {
	if name, ok := method.ShortName(text); ok {
		return name
	}
	if name, ok := n.of(strings.TrimSuffix(text, ":any")); ok {
		return name
	}
	return text
}

// sentence is a text with names in it.
func (n names) sentence(text string) string {
	named := n.clause(text)
	first, size := utf8.DecodeRuneInString(named)
	if before, _ := utf8.DecodeRuneInString(text); size > 0 && unicode.IsUpper(before) {
		return string(unicode.ToUpper(first)) + named[size:]
	}
	return named
}

// clause is a part of a sentence with names in it.
func (n names) clause(text string) string { return codes.ReplaceAllStringFunc(text, n.token) }

// token is one match of codes.
func (n names) token(text string) string {
	if name, ok := method.ShortName(text); ok {
		return name
	}
	if i, ok := indicator.Get(text); ok {
		return inSentence(i.Title)
	}
	if text[0] == '(' || text[0] == '`' || text[0] == '-' {
		return text
	}
	text = strings.TrimSuffix(text, ":any") // each of the members, added up
	labels := strings.FieldsFunc(strings.TrimPrefix(text, "the "), func(c rune) bool { return strings.ContainsRune("|+,", c) })
	var pairs []string
	for _, label := range slices.Compact(slices.Sorted(slices.Values(labels))) {
		name, ok := n.of(label)
		if !ok {
			return text
		}
		pairs = append(pairs, label, trade.WithArticle(name))
	}
	return strings.NewReplacer(pairs...).Replace(joins.Replace(strings.TrimPrefix(text, "the ")))
}

// WithNames is a sentence with names in place of codes of economies and blocs, which of knows, and of ids of definitions.
func WithNames(sentence string, of func(label string) (string, bool)) string {
	return names{of}.sentence(sentence)
}

// all are texts with names in them.
func (n names) all(texts []string) (named []string) {
	for _, text := range texts {
		named = append(named, n.sentence(text))
	}
	return named
}

// finding is a copy with names.
func (n names) finding(f *Finding) *Finding {
	g := *f
	g.names = &n
	claim := *f.Claim
	claim.Note = n.clause(claim.Note)
	g.Claim = &claim
	g.Because, g.Settle, g.Figure = n.clause(f.Because), n.clause(f.Settle), n.clause(f.Figure)
	g.Words, g.Caveats = n.all(f.Words), n.all(f.Caveats)
	g.Parts = slices.Clone(f.Parts)
	for i, p := range g.Parts {
		g.Parts[i] = Part{n.sentence(p.What), p.Verdict, n.clause(p.Detail)}
	}
	if f.Numbers != nil {
		g.Numbers = &Numbers{Head: n.all(f.Numbers.Head)}
		for _, row := range f.Numbers.Rows {
			g.Numbers.Rows = append(g.Numbers.Rows, n.all(row))
		}
	}
	return &g
}

// named is a copy of the document with names in what it says.
func (d *Document) named() *Document {
	n, copied := names{d.work.held.Name}, *d
	copied.Findings, copied.Notes = nil, nil
	for _, f := range d.Findings {
		copied.Findings = append(copied.Findings, n.finding(f))
	}
	for _, note := range d.Notes {
		note.Text = n.sentence(note.Text)
		copied.Notes = append(copied.Notes, note)
	}
	copied.Provisional = n.all(d.Provisional)
	return &copied
}

// Shown is a table of the claim, cut down for reading.
func (f *Finding) Shown(t *result.Table) shownTable {
	s := shown(t)
	if f.names == nil {
		return s
	}
	s.Title = f.names.sentence(s.Title)
	for _, row := range s.Rows {
		for i := range row {
			row[i] = f.names.cell(row[i])
		}
	}
	return s
}

// shortName is the short name of a definition; its id where it has none.
func shortName(id string) string {
	if name, ok := method.ShortName(id); ok {
		return name
	}
	return id
}
