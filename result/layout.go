package result

import (
	"fmt"
	"slices"
	"strings"
)

// layout is how rows stand in a window: side by side where all columns fit. Else what is the same in all rows stands in a line above them,
// headings break after an underscore, text gets shorter and columns of little weight are left out; and one row, or rows whose keys alone are
// too wide, stand one column below the other.
type layout struct {
	columns   []*Column
	widths    []int
	shown     int  // rows
	folded    bool // headings are broken
	stacked   bool
	same      []string // what all rows have in common
	left      []string // columns left out
	hidden    []string // columns that are for files
	shortened bool     // some text is
}

func (t *Table) layout(shown int, opt Options) *layout {
	l := &layout{shown: shown}
	l.columns, l.hidden = t.columnsForPeople(opt.Wide)
	longest := maxTextCell
	if opt.Wide {
		longest = 1 << 20
	}
	for _, c := range l.columns {
		l.widths = append(l.widths, l.natural(c, longest))
	}
	if opt.Width > 0 && !opt.Wide && l.total() > opt.Width {
		l.narrow(opt.Width)
	}
	l.shortened = !l.stacked && slices.ContainsFunc(l.columns, func(c *Column) bool { return l.natural(c, 1<<20) > longest && c.Type == Text })
	return l
}

// natural is the width of a column, whose text is shortened to longest.
func (l *layout) natural(c *Column, longest int) int {
	return max(l.heading(c), min(l.content(c), l.bound(c, longest)))
}

func (l *layout) bound(c *Column, longest int) int {
	if c.Type == Text {
		return longest
	}
	return 1 << 20
}

// content is the width of what a column holds.
func (l *layout) content(c *Column) (width int) {
	for row := range l.shown {
		width = max(width, terminalWidth.StringWidth(c.Short(row)))
	}
	return width
}

// heading is the width of a heading.
func (l *layout) heading(c *Column) (width int) {
	for _, line := range l.headingLines(c) {
		width = max(width, terminalWidth.StringWidth(line))
	}
	return width
}

// foldedHeading is about how wide a heading is that is broken.
const foldedHeading = 14

func (l *layout) headingLines(c *Column) []string {
	if !l.folded {
		return []string{c.heading()}
	}
	var lines []string
	current := ""
	for _, word := range strings.SplitAfter(c.heading(), "_") {
		if current != "" && terminalWidth.StringWidth(current+word) > foldedHeading {
			lines, current = append(lines, current), ""
		}
		current += word
	}
	return append(lines, current)
}

func (l *layout) total() int { return sum(l.widths) + gap*max(0, len(l.widths)-1) }

func sum(list []int) (total int) {
	for _, n := range list {
		total += n
	}
	return total
}

// narrow makes the layout fit.
func (l *layout) narrow(width int) {
	if l.shown <= 1 {
		l.stacked = l.shown == 1
		if l.shown == 0 {
			l.columns = nil
		}
		return
	}
	all := slices.Clone(l.columns)
	keys := keysOf(all)
	l.takeCommon()
	l.folded = true
	least := func() (widths []int) {
		for _, c := range l.columns {
			widths = append(widths, l.least(c))
		}
		return widths
	}
	for l.widths = least(); l.total() > width; l.widths = least() {
		i := l.lightest(keys)
		if i < 0 {
			l.columns, l.stacked, l.same, l.left = all, true, nil, nil
			return
		}
		l.left = append(l.left, l.columns[i].Name)
		l.columns = slices.Delete(l.columns, i, i+1)
	}
	slices.SortFunc(l.left, func(a, b string) int {
		place := func(name string) int { return slices.IndexFunc(all, func(c *Column) bool { return c.Name == name }) }
		return place(a) - place(b)
	})
	l.widen(width)
}

// least is the width below which a column says nothing: that of its numbers and ids, and of the first word of its texts.
func (l *layout) least(c *Column) (width int) {
	width = l.heading(c)
	for row := range l.shown {
		text := c.Short(row)
		if c.Type == Text {
			if first, _, more := strings.Cut(text, " "); more {
				text = first + " " + ellipsis
			}
		}
		width = max(width, terminalWidth.StringWidth(text))
	}
	return width
}

// widen gives what is left of a line to the texts, the narrowest first.
func (l *layout) widen(width int) {
	for rest := width - l.total(); rest > 0; rest-- {
		least := -1
		for i, c := range l.columns {
			if c.Type == Text && l.widths[i] < l.natural(c, maxTextCell) && (least < 0 || l.widths[i] < l.widths[least]) {
				least = i
			}
		}
		if least < 0 {
			return
		}
		l.widths[least]++
	}
}

// takeCommon takes columns that are the same in all rows out of them.
func (l *layout) takeCommon() {
	var differ []*Column
	for _, c := range l.columns {
		same := true
		for row := range l.shown {
			same = same && c.Short(row) == c.Short(0)
		}
		if same {
			l.same = append(l.same, c.heading()+" "+c.Short(0))
		} else {
			differ = append(differ, c)
		}
	}
	if differ == nil { // rows that repeat each other are still rows
		l.same = nil
		return
	}
	l.columns = differ
}

// keysOf are the columns that say what a row is about: those that are declared, and those before the first number that are not declared
// something else.
func keysOf(columns []*Column) map[*Column]bool {
	keys := map[*Column]bool{}
	before := true
	for _, c := range columns {
		before = before && (c.Type == Text || c.isYear())
		if c.Weight == Key || before && c.Weight == Ordinary {
			keys[c] = true
		}
	}
	return keys
}

// lightest is the column to leave out next; -1 where there are keys and one column beside them, or less.
func (l *layout) lightest(keys map[*Column]bool) (lightest int) {
	order := map[Weight]int{Minor: 0, Ordinary: 1, Major: 2}
	lightest, others := -1, 0
	for i, c := range l.columns {
		if keys[c] {
			continue
		}
		others++
		if lightest < 0 || order[c.Weight] <= order[l.columns[lightest].Weight] {
			lightest = i
		}
	}
	if others < 2 {
		return -1
	}
	return lightest
}

// layout writes header and rows.
func (p printer) layout(l *layout) {
	if len(l.same) > 0 {
		p.line("", "In all rows: "+strings.Join(l.same, " · "))
		p.line("", "")
	}
	if l.stacked {
		p.stacked(l)
		return
	}
	if len(l.columns) == 0 {
		return
	}
	p.headings(l)
	rules := make([]string, len(l.widths))
	for i, n := range l.widths {
		rules[i] = strings.Repeat("─", n)
	}
	p.WriteString(strings.Join(rules, strings.Repeat(" ", gap)) + "\n")
	for row := range l.shown {
		l.shortened = p.cells(l, "", func(c *Column) string { return c.Short(row) }) || l.shortened
	}
}

// headings writes the names of the columns, which end above the rule.
func (p printer) headings(l *layout) {
	height := 0
	for _, c := range l.columns {
		height = max(height, len(l.headingLines(c)))
	}
	for i := range height {
		p.cells(l, ansiBold, func(c *Column) string {
			lines := l.headingLines(c)
			if at := i - height + len(lines); at >= 0 {
				return lines[at]
			}
			return ""
		})
	}
}

// cells writes one line of cells and says whether text was shortened.
func (p printer) cells(l *layout, color string, cell func(*Column) string) (shortened bool) {
	var b strings.Builder
	for i, c := range l.columns {
		s := cell(c)
		n := terminalWidth.StringWidth(s)
		if n > l.widths[i] {
			s = cutWords(s, l.widths[i])
			n = terminalWidth.StringWidth(s)
			shortened = true
		}
		padding := strings.Repeat(" ", max(0, l.widths[i]-n))
		if c.Type == Text || c.Type == Bool {
			b.WriteString(s + padding)
		} else {
			b.WriteString(padding + s)
		}
		if i < len(l.columns)-1 {
			b.WriteString(strings.Repeat(" ", gap))
		}
	}
	p.WriteString(p.colored(color, strings.TrimRight(b.String(), " ")) + "\n")
	return shortened
}

// cutWords shortens a text after a whole word, a word alone where it must.
func cutWords(s string, width int) string {
	cut := terminalWidth.Truncate(s, width-1, "")
	if at := strings.LastIndexByte(cut, ' '); at > 0 && !strings.HasPrefix(s[len(cut):], " ") {
		cut = cut[:at+1]
	} else if at <= 0 || strings.HasPrefix(s[len(cut):], " ") && terminalWidth.StringWidth(cut) < width-1 {
		cut += " "
		cut = strings.TrimRight(cut, " ")
	}
	return cut + ellipsis
}

// stacked writes each row as lines of a name and a value.
func (p printer) stacked(l *layout) {
	names := 0
	for _, c := range l.columns {
		names = max(names, terminalWidth.StringWidth(c.heading()))
	}
	for row := range l.shown {
		if row > 0 {
			p.WriteString("\n")
		}
		for _, c := range l.columns {
			name := c.heading()
			padding := strings.Repeat(" ", names-terminalWidth.StringWidth(name)+gap)
			p.column(name+padding, c.Short(row))
		}
	}
}

// column writes a name and its value, whose further lines stand below the first.
func (p printer) column(name, value string) {
	indent := terminalWidth.StringWidth(name)
	if p.width == 0 || p.width < indent+20 {
		p.line("", name+value)
		return
	}
	for i, part := range wrap(value, p.width-indent) {
		if i > 0 {
			name, part = strings.Repeat(" ", indent), strings.TrimLeft(part, " ")
		}
		p.WriteString(fmt.Sprintf("%s%s\n", name, part))
	}
}
