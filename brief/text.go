package brief

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"chokepoint/result"
)

// defaultWidth is that of a page of text where nobody says how wide it is; leastWidth that of the narrowest.
const (
	defaultWidth = 100
	leastWidth   = 40
)

// WriteText writes the brief for a terminal of some columns; 0 is the usual width. Each claim goes with its verdict, its assertions and
// figures.
func (d *Document) WriteText(w io.Writer, width int) error {
	if width <= 0 || width > defaultWidth {
		width = defaultWidth
	}
	d = d.named()
	p := &text{bufio.NewWriter(w), max(width, leastWidth)}
	p.wrap("", d.Title)
	if d.Synthetic {
		p.wrap("", d.Banner())
	}
	p.wrap("", d.Source)
	p.line("")
	p.wrap("", d.Summary())
	sentence := ""
	for _, f := range d.Findings {
		p.line("")
		if f.Sentence != "" && f.Sentence != sentence {
			p.wrap("", "“"+f.Sentence+"”")
		}
		sentence = f.Sentence
		p.claim(f)
	}
	p.line("")
	for _, n := range d.Notes {
		if n.Kind != result.Reading && n.Kind != result.Origin {
			p.wrap("  ", "Note: "+n.Text)
		}
	}
	a := d.About
	p.wrap("  ", strings.Join(sentences(fmt.Sprintf("Data: %s, release %s, %s, SHA-256 %.12s", a.Dataset, a.Release, a.Nomenclature, a.Checksum), "Current US dollars",
		"Tables, charts, sources and all notes: --out brief.html; one row per claim: --format csv"), " "))
	return p.Flush()
}

// text is lines of some width.
type text struct {
	*bufio.Writer
	width int
}

func (p *text) line(text string) { fmt.Fprintln(p, text) }

// wrap writes a paragraph; lines after the first are indented.
func (p *text) wrap(indent, paragraph string) {
	line, used := "", 0
	for word := range strings.FieldsSeq(paragraph) {
		switch n := utf8.RuneCountInString(word); {
		case line == "":
			line, used = word, n
		case used+1+n > p.width:
			p.line(line)
			line, used = indent+word, len(indent)+n
		default:
			line, used = line+" "+word, used+1+n
		}
	}
	p.line(line)
}

// claim writes one claim.
func (p *text) claim(f *Finding) {
	const indent = "      "
	item := func(mark, text string) { p.indented(indent, mark, text) }
	p.indented(indent, fmt.Sprintf("%-6s", f.ID), f.Claim.Claim)
	item("→ ", f.Reasoned())
	if f.Several() {
		for _, a := range f.Parts {
			item("  – ", a.String())
		}
	}
	var beside []string
	if f.Figure != "" && !f.Several() {
		beside = append(beside, "Here: "+f.Figure)
	}
	if published := f.PublishedText(); published != "" {
		beside = append(beside, "Published: "+published)
	}
	if f.Settle != "" {
		beside = append(beside, "What would settle it: "+f.Settle)
	}
	for _, text := range sentences(beside...) {
		item("", text)
	}
	for _, e := range f.Evidence {
		item("", strings.Join(sentences("Beside the dataset: "+e.Title+": "+e.Text(), e.Bearing(f.Claim), "It decides nothing", "Limits: "+e.Limits), " "))
	}
	for _, c := range f.Commands {
		p.line(indent + c) // whole, to be copied
	}
}

// indented writes a paragraph after a mark, which stands in the indent where that has room for it.
func (p *text) indented(indent, mark, paragraph string) {
	first := indent + mark
	if utf8.RuneCountInString(mark) >= len(indent) {
		first = mark
	}
	width := utf8.RuneCountInString(first)
	inner := &text{p.Writer, p.width - width}
	var b strings.Builder
	inner.Writer = bufio.NewWriter(&b)
	inner.wrap("", paragraph)
	inner.Flush()
	for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		if i > 0 {
			first = strings.Repeat(" ", width)
		}
		p.line(first + line)
	}
}
