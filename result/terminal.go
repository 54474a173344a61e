package result

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// terminalWidth measures text in cells of a terminal, the same whatever the locale is.
var terminalWidth = &runewidth.Condition{}

const (
	ansiBold, ansiFaint, ansiWarn, ansiReset = "\x1b[1m", "\x1b[2m", "\x1b[1;33m", "\x1b[0m"

	gap         = 2  // spaces between columns
	maxTextCell = 60 // text is shortened to this, unless all of it is asked for
	ellipsis    = "…"
)

// whole names the flag that shows what a table for people leaves out.
func (o Options) whole() string {
	if o.Width > 0 {
		return "--wide"
	}
	return "--format csv"
}

// writeTable writes the table for people: heading, aligned columns with short
// numbers, notes, and the provenance.
func writeTable(w io.Writer, t *Table, opt Options) error {
	b := bufio.NewWriterSize(w, flushAt)
	p := printer{b, opt.Color, opt.Width}
	p.line(ansiBold, t.Heading())
	if t.IsSynthetic() {
		p.line(ansiWarn, banner)
	}
	if t.Title != "" || t.IsSynthetic() {
		p.line("", "")
	}
	shown := t.Rows()
	if opt.MaxRows > 0 && shown > opt.MaxRows {
		shown = opt.MaxRows
	}
	l := t.layout(shown, opt)
	p.layout(l)
	switch rest := t.Rows() - shown; {
	case t.Rows() == 0:
		p.line("", "(no rows)")
	case rest > 0:
		p.line("", fmt.Sprintf("… %s more %s (use --limit 0 or --format csv)",
			grouped(strconv.Itoa(rest)), noun(rest, "row")))
	}
	if l.shortened {
		p.line("", "Text ending in … is shortened ("+opt.whole()+" has all of it).")
	}
	if len(l.left) > 0 {
		p.line("", fmt.Sprintf("Columns left out to fit %d columns: %s (--wide has them).", opt.Width, strings.Join(l.left, ", ")))
	}
	if len(l.hidden) > 0 {
		p.line("", "Columns left out here: "+strings.Join(l.hidden, ", ")+" ("+opt.whole()+" has them).")
	}
	p.notes(t)
	if lines := t.footer(); len(lines) > 0 {
		p.line("", "")
		for _, line := range lines {
			p.line(ansiFaint, line)
		}
	}
	return b.Flush()
}

// columnsForPeople puts a code and its name into one column ("CHN China") and leaves out the columns that are for
// files only, whose names it returns. Statuses are shown where rows differ in them: where all are alike the title says it.
func (t *Table) columnsForPeople(all bool) (columns []*Column, hidden []string) {
	for _, c := range t.Columns {
		code := t.Column(strings.TrimSuffix(c.Name, nameSuffix))
		switch name := t.Column(c.Name + nameSuffix); {
		case c.Detail && !all && !(isStatusColumn(c.Name) && c.differs()):
			hidden = append(hidden, c.Name)
		case strings.HasSuffix(c.Name, nameSuffix) && code != nil:
		case name != nil && c.Type == Text && name.Type == Text:
			columns = append(columns, withNames(c, name))
		default:
			columns = append(columns, c)
		}
	}
	return columns, hidden
}

// differs says that a column of text has more than one value.
func (c *Column) differs() bool {
	for _, text := range c.texts(1, c.Len()) {
		if text != c.TextAt(0) {
			return true
		}
	}
	return false
}

const nameSuffix = "_name"

func withNames(code, name *Column) *Column {
	both := code.like()
	both.Text = make([]string, code.Len())
	for i, c := range code.texts(0, code.Len()) {
		both.Text[i] = c
		if n := name.TextAt(i); n != "" && n != c {
			both.Text[i] += " " + n
		}
	}
	return both
}

type printer struct {
	*bufio.Writer // keeps the first error until Flush
	color         bool
	width         int
}

// line writes one line in the given colour.
func (p printer) line(color, s string) {
	if s != "" {
		s = shortText(s)
	}
	for _, part := range wrap(s, p.width) {
		p.WriteString(p.colored(color, part) + "\n")
	}
}

func (p printer) colored(color, s string) string {
	if !p.color || color == "" || s == "" {
		return s
	}
	return color + s + ansiReset
}

// heading is the column's name, with the unit where the name lacks it.
func (c *Column) heading() string {
	name := shortText(c.Name)
	if c.Unit == Tonnes && !strings.Contains(name, "tonnes") ||
		isUSD(c.Unit) && !strings.Contains(strings.ToLower(name), "usd") {
		return name + " (" + c.Unit + ")"
	}
	return name
}

func (p printer) notes(t *Table) {
	if len(t.Notes)+len(t.Provisional) == 0 {
		return
	}
	p.line("", "")
	for _, s := range t.Provisional {
		p.line(ansiWarn, "Provisional: "+s)
	}
	for _, s := range Texts(t.Notes) {
		p.line("", "Note: "+s)
	}
}

// footer is the provenance in at most five lines, which a narrow window breaks.
func (t *Table) footer() []string {
	pv := t.Provenance
	var methods, blocs []string
	for _, m := range pv.Methods {
		methods = append(methods, m.ID+bracketed(m.Status))
	}
	for _, b := range pv.Blocs {
		blocs = append(blocs, b.ID+bracketed(b.Name))
	}
	exact := ""
	if pv.Dataset != "" && pv.Exact {
		exact = "whole dollars"
	}
	return nonEmpty(
		labelled("Data: ", joined(pv.Dataset, labelled("release ", pv.Release), pv.Nomenclature, pv.Years,
			labelled("sha256 ", short(pv.Checksum)), exact)),
		labelled(noun(len(methods), "Method")+": ", strings.Join(methods, ", ")),
		joined(labelled("Blocs: ", strings.Join(blocs, ", ")), labelled("World totals: ", pv.World)),
		labelled("Definitions: ", pv.definitionNames()),
		joined(strings.TrimSpace(pv.Program+" "+pv.Version), pv.Query),
	)
}

func joined(parts ...string) string { return strings.Join(nonEmpty(parts...), " · ") }

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func noun(n int, singular string) string {
	if n == 1 {
		return singular
	}
	return singular + "s"
}

func plural(n int, singular string) string {
	return grouped(strconv.Itoa(n)) + " " + noun(n, singular)
}
