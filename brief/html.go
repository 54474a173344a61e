package brief

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"strings"

	"chokepoint/result"
)

//go:embed templates/brief.html
var page string

var pageTemplate = template.Must(template.New("brief").Funcs(template.FuncMap{
	"svg":   func(text string) template.HTML { return template.HTML(text) }, // drawn by package chart, which escapes
	"short": shortName,
	// A string of CSS: all but letters, digits and spaces as code points.
	"quoted": func(text string) template.CSS {
		return template.CSS(`"` + unsafeInCSS.ReplaceAllStringFunc(text, func(c string) string { return fmt.Sprintf(`\%06x `, []rune(c)[0]) }) + `"`)
	},
}).Parse(page))

var unsafeInCSS = regexp.MustCompile(`[^\p{L}\p{N} ]`)

// Banner is what every page says of data that are made up; "" for others.
func (d *Document) Banner() string {
	if d.Synthetic {
		return "SYNTHETIC DATA – not real trade"
	}
	return ""
}

// WriteHTML writes the brief as one page without scripts that needs nothing else.
func (d *Document) WriteHTML(w io.Writer) error { return pageTemplate.Execute(w, d.named()) }

// Named is a finding with names in place of codes and ids, for readers.
func (d *Document) Named(f *Finding) *Finding { return names{d.work.held.Name}.finding(f) }

// ClaimHTML is the section of one claim, for a page that sends them one by one.
func (d *Document) ClaimHTML(f *Finding) (template.HTML, error) {
	var b strings.Builder
	err := pageTemplate.ExecuteTemplate(&b, "claim", d.Named(f))
	return template.HTML(b.String()), err // made by a template that escapes
}

// Slug is the verdict as a class of CSS.
func (f *Finding) Slug() string {
	if f.Failure != "" {
		return "failed"
	}
	return f.Verdict.slug()
}

// Failures is how many claims could not be weighed.
func (d *Document) Failures() (n int) {
	for _, f := range d.Findings {
		if f.Failure != "" {
			n++
		}
	}
	return n
}

// mostRows is how many rows of an answer a brief prints; the command gives all.
const mostRows = 12

// shownTable is a table cut down for reading.
type shownTable struct {
	Title   string
	Head    []string
	Rows    [][]string
	Numbers []bool
	More    int
}

func shown(t *result.Table) shownTable {
	s := shownTable{Title: t.Title}
	var columns []*result.Column
	for _, c := range t.Columns {
		if !c.Detail && len(columns) < 9 {
			columns = append(columns, c)
			s.Head = append(s.Head, strings.ReplaceAll(strings.TrimSuffix(c.Name, "_usd"), "_", " "))
			s.Numbers = append(s.Numbers, c.Type == result.Int || c.Type == result.Float)
		}
	}
	for i := range min(t.Rows(), mostRows) {
		var row []string
		for _, c := range columns {
			row = append(row, c.Short(i))
		}
		s.Rows = append(s.Rows, row)
	}
	s.More = t.Rows() - len(s.Rows)
	return s
}

// Table is the brief as a table, one row per claim.
func (d *Document) Table() *result.Table {
	columns := []*result.Column{
		result.TextColumn("claim", "Number of the claim in the article."),
		result.TextColumn("verdict", "Whether the dataset supports the claim, or why the dataset cannot tell."),
		result.TextColumn("would_settle", "Which data would settle the claim, if the dataset cannot tell.").AsDetail(),
		result.TextColumn("figure", "Figure computed here."),
		result.TextColumn("published", "Figure in the article."),
		result.TextColumn("text", "What the article says."),
		result.TextColumn("finding", "What the data say, in words derived from the numbers."),
		result.TextColumn("command", "Command that prints the numbers."),
		result.TextColumn("assertions", "The assertions of the claim, each with its verdict and figures.").AsDetail(),
		result.TextColumn("evidence", "Figures from outside the dataset that are relevant to the claim but do not decide it, with their limits and sources.").AsDetail(),
	}
	t := result.New("brief", d.Title, columns...)
	t.Synthetic, t.Provenance = d.Synthetic, d.About
	t.Add(append(result.NotesOf(result.Reading, d.untold()...), d.Notes...)...)
	for _, f := range d.Findings {
		for i, text := range []string{f.ID, f.Said(), f.Settle, f.Figure, f.PublishedText(), f.Claim.Claim, strings.Join(f.Words, " "), strings.Join(f.Commands, "; "), f.assertions(), f.evidence()} {
			columns[i].AppendText(text)
		}
	}
	return t
}

// assertions are all, in words.
func (f *Finding) assertions() string {
	var list []string
	for _, p := range f.Parts {
		list = append(list, p.String())
	}
	return strings.Join(list, "; ")
}

// evidence is what goes with the dataset, in words.
func (f *Finding) evidence() string {
	var list []string
	for _, e := range f.Evidence {
		list = append(list, strings.Join(sentences(e.Title+": "+e.Text(), e.Bearing(f.Claim), "Limits: "+e.Limits, "Source: "+e.Source), " "))
	}
	return strings.Join(list, " ")
}

// sentences ends each text with a full stop, and leaves out those that are empty.
func sentences(texts ...string) (list []string) {
	for _, text := range texts {
		if text != "" {
			list = append(list, strings.TrimSuffix(text, ".")+".")
		}
	}
	return list
}

// untold says in full why claims cannot be told, and what would settle them: columns of a terminal are too narrow. Claims of one
// reason share a note.
func (d *Document) untold() (notes []string) {
	claims := map[string][]string{}
	for _, f := range d.Findings {
		if f.Settle == "" {
			continue
		}
		note := f.Said() + "; what would settle it: " + f.Settle
		if claims[note] == nil {
			notes = append(notes, note)
		}
		claims[note] = append(claims[note], f.ID)
	}
	for i, note := range notes {
		notes[i] = strings.Join(claims[note], ", ") + ": " + note
	}
	return notes
}

// PublishedText lists the published figures.
func (c *Claim) PublishedText() string {
	var list []string
	for _, p := range c.Published {
		text := p.Text
		if text == "" {
			text = whole(p.Value)
		}
		if p.Year != 0 {
			text += " in " + strconv.Itoa(p.Year)
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// Summary says how many claims fare how.
func (d *Document) Summary() string {
	var words []string
	for _, v := range []struct {
		verdict   Verdict
		one, many string
	}{{Stands, "stands", "stand"}, {InPart, "stands in part", "stand in part"}, {Falls, "does not stand", "do not stand"},
		{Unsaid, "cannot be said with this dataset", "cannot be said with this dataset"}, {NoNumber, "is not a matter of trade data", "are not a matter of trade data"},
		{Untested, "is illustrated, not tested", "are illustrated, not tested"}} {
		n := 0
		for _, f := range d.Findings {
			if f.Failure == "" && f.Verdict == v.verdict {
				n++
			}
		}
		switch n {
		case 0:
		case 1:
			words = append(words, "1 "+v.one)
		default:
			words = append(words, strconv.Itoa(n)+" "+v.many)
		}
	}
	if n := d.Failures(); n > 0 {
		words = append(words, strconv.Itoa(n)+" could not be weighed")
	}
	return fmt.Sprintf("Of %d claims, %s.", len(d.Findings), strings.Join(words, ", ")) + d.asserted()
}

// asserted says the same of their assertions, where claims have several.
func (d *Document) asserted() string {
	stand, said, all := 0, 0, 0
	for _, f := range d.Findings {
		for _, p := range f.Parts {
			all++
			if p.Verdict != Unsaid {
				said++
			}
			if p.Verdict == Stands {
				stand++
			}
		}
	}
	if said == 0 || all == len(d.Findings) {
		return ""
	}
	verb := "stand"
	if stand == 1 {
		verb = "stands"
	}
	return fmt.Sprintf(" Of %d assertions in them, %d can be told and %d %s.", all, said, stand, verb)
}
