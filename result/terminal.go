package result

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// terminalWidth measures text in cells of a terminal, the same whatever the locale is.
var terminalWidth = &runewidth.Condition{}

const (
	ansiBold, ansiFaint, ansiWarn, ansiReset = "\x1b[1m", "\x1b[2m", "\x1b[1;33m", "\x1b[0m"

	gap         = 2  // spaces between columns
	minTextCell = 12 // text is not shortened below this
	maxTextCell = 60 // and always to this
	ellipsis    = "…"
)

// writeTable writes the table for people: heading, aligned columns with short
// numbers, notes, and the provenance in at most five lines.
func writeTable(w io.Writer, t *Table, opt Options) error {
	b := bufio.NewWriterSize(w, flushAt)
	p := printer{b, opt.Color}
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
	columns, hidden := t.columnsForPeople()
	shortened := p.rows(columns, shown, opt.Width)
	switch rest := t.Rows() - shown; {
	case t.Rows() == 0:
		p.line("", "(no rows)")
	case rest > 0:
		p.line("", fmt.Sprintf("… %s more %s (use --limit 0 or --format csv)",
			grouped(strconv.Itoa(rest)), noun(rest, "row")))
	}
	if shortened {
		p.line("", "Text ending in … is shortened (--format csv has all of it).")
	}
	if len(hidden) > 0 {
		p.line("", "Columns left out here: "+strings.Join(hidden, ", ")+" (--format csv has them).")
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
func (t *Table) columnsForPeople() (columns []*Column, hidden []string) {
	for _, c := range t.Columns {
		code := t.Column(strings.TrimSuffix(c.Name, nameSuffix))
		switch name := t.Column(c.Name + nameSuffix); {
		case c.Detail && !(isStatusColumn(c.Name) && c.differs()):
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
	return slices.ContainsFunc(c.Text, func(text string) bool { return text != c.Text[0] })
}

const nameSuffix = "_name"

func withNames(code, name *Column) *Column {
	both := *code
	both.Text = make([]string, len(code.Text))
	for i, c := range code.Text {
		both.Text[i] = c
		if n := name.Text[i]; n != "" && n != c {
			both.Text[i] += " " + n
		}
	}
	return &both
}

type printer struct {
	*bufio.Writer // keeps the first error until Flush
	color         bool
}

// line writes one line in the given colour.
func (p printer) line(color, s string) {
	if s != "" {
		s = shortText(s)
	}
	p.WriteString(p.colored(color, s) + "\n")
}

func (p printer) colored(color, s string) string {
	if !p.color || color == "" || s == "" {
		return s
	}
	return color + s + ansiReset
}

// rows writes header and rows and says whether some text was shortened.
func (p printer) rows(columns []*Column, shown, width int) (shortened bool) {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = terminalWidth.StringWidth(c.heading())
		for row := range shown {
			widths[i] = max(widths[i], terminalWidth.StringWidth(c.Short(row)))
		}
		if c.Type == Text {
			widths[i] = min(widths[i], max(maxTextCell, terminalWidth.StringWidth(c.heading())))
		}
	}
	if width > 0 {
		fit(columns, widths, floors(columns, shown), width)
	}
	p.row(columns, widths, ansiBold, (*Column).heading)
	rules := make([]string, len(widths))
	for i, n := range widths {
		rules[i] = strings.Repeat("─", n)
	}
	p.WriteString(strings.Join(rules, strings.Repeat(" ", gap)) + "\n")
	for row := range shown {
		cut := p.row(columns, widths, "", func(c *Column) string { return c.Short(row) })
		shortened = shortened || cut
	}
	return shortened
}

func (p printer) row(columns []*Column, widths []int, color string, cell func(*Column) string) (shortened bool) {
	var b strings.Builder
	for i, c := range columns {
		s := cell(c)
		n := terminalWidth.StringWidth(s)
		if n > widths[i] {
			s = terminalWidth.Truncate(s, widths[i], ellipsis)
			n = terminalWidth.StringWidth(s)
			shortened = true
		}
		padding := strings.Repeat(" ", max(0, widths[i]-n))
		if c.Type == Text || c.Type == Bool {
			b.WriteString(s + padding)
		} else {
			b.WriteString(padding + s)
		}
		if i < len(columns)-1 {
			b.WriteString(strings.Repeat(" ", gap))
		}
	}
	p.WriteString(p.colored(color, strings.TrimRight(b.String(), " ")) + "\n")
	return shortened
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

// floors are below what columns of text do not get narrower. Ids, texts of one word, are not shortened: what is left of two may be the same.
func floors(columns []*Column, shown int) []int {
	list := make([]int, len(columns))
	for i, c := range columns {
		list[i] = max(minTextCell, terminalWidth.StringWidth(c.heading()))
		for row := range shown {
			if text := c.Short(row); !strings.Contains(text, " ") {
				list[i] = max(list[i], min(terminalWidth.StringWidth(text), maxTextCell))
			}
		}
	}
	return list
}

// fit narrows the widest text columns until the row fits the terminal or no
// text column can get narrower.
func fit(columns []*Column, widths, floors []int, width int) {
	total := gap * (len(widths) - 1)
	for _, n := range widths {
		total += n
	}
	for ; total > width; total-- {
		widest := -1
		for i, c := range columns {
			if c.Type == Text && widths[i] > floors[i] && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
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

// footer is the provenance in at most five lines.
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
