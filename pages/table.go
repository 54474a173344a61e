package pages

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
)

// A table of a page has an id, and its parameters begin with it: top.sort=-imports_usd orders its rows, top.filter keeps those that
// hold words, top.rows says how many are shown (or all), top.names=machine heads columns as files do.
var tableParameter = regexp.MustCompile(`^([a-z0-9-]+)\.(sort|filter|rows|names)$`)

// mostTableRows bounds what a page shows of a table; files have all.
const mostTableRows = 2000

// arrangement is what the address asks of a table, and the links that change it.
type arrangement struct {
	ID, Sort, Filter string
	Machine          bool     // columns are headed by their names in files
	Given            bool     // the address asks for something
	Path             string   // of the page
	Hidden           []option // the rest of the address, for the form of the filter
	More             []option // other numbers of rows
	Names            option   // the other kind of headings
	WithoutFilter    string   // address
	Found, Of        int      // rows that hold the words, of all
	rows, standard   int      // shown at most; 0 is all
	link             func(name, value string) string
}

// sheet is a grid that a reader can sort, filter and open: a in the order given where the address asks for no other.
func (v *pageRequest) sheet(id string, a *answer, most int, order []string, columns ...string) *grid {
	s := v.arrangementOf(id, most)
	sorted := *a
	sorted.given = maps.Clone(a.given)
	by := order
	if s.Sort != "" {
		by = append([]string{s.Sort}, order...)
	}
	filter := v.filterOf(a, s.Filter)
	table, err := result.Arrangement{Filter: filter, Sort: by}.Of(a.Table)
	if err != nil {
		v.wrong = append(v.wrong, &study.ParameterError{Parameter: id + ".sort", Value: s.Sort, Err: err})
		table = a.Table
	}
	sorted.Table = table
	shown := ""
	if len(by) > 0 {
		sorted.given["sort"], shown = strings.Join(by, ","), by[0]
	}
	if filter != "" {
		sorted.given["filter"] = filter
	}
	g := v.grid(&sorted, s.most(), columns...)
	s.Found, s.Of = table.Rows(), a.Rows()
	g.arranged(s, shown)
	return g
}

// filterOf is the filter in the words of an answer: a name of an economy that its rows do not hold becomes its code.
func (v *pageRequest) filterOf(a *answer, filter string) string {
	if filter == "" || a.Table.Filtered(filter).Rows() > 0 || v.economy == nil {
		return filter
	}
	if m, err := v.economy.Resolve(filter); err == nil {
		return m.Label
	}
	return filter
}

// arrangeRows does for a grid whose cells were made one by one what sheet does for an answer: order is the column that it is in.
func (v *pageRequest) arrangeRows(id string, g *grid, most int, order string) {
	s := v.arrangementOf(id, most)
	for i := range g.Columns {
		if c := &g.Columns[i]; c.Name == "" {
			c.Name = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(c.Title), " ", "_"))
		}
	}
	s.Of = len(g.Rows)
	if words := strings.Fields(strings.ToLower(s.Filter)); len(words) > 0 {
		g.Rows = slices.DeleteFunc(g.Rows, func(line []cell) bool {
			return slices.ContainsFunc(words, func(word string) bool {
				return !slices.ContainsFunc(line, func(c cell) bool { return strings.Contains(strings.ToLower(c.Text+" "+c.Note), word) })
			})
		})
	}
	s.Found = len(g.Rows)
	by := study.OrElse(s.Sort, order)
	name, descending := strings.CutPrefix(by, "-")
	k := slices.IndexFunc(g.Columns, func(c gridColumn) bool { return c.Name == name })
	if k < 0 && by != "" {
		v.wrong = append(v.wrong, &study.ParameterError{Parameter: id + ".sort", Value: by, Err: errors.New("the table has no column of this name")})
	} else if k >= 0 {
		slices.SortStableFunc(g.Rows, func(a, b []cell) int { return compareCells(&a[k], &b[k], descending) })
	}
	if n := s.most(); len(g.Rows) > n {
		g.Rows = g.Rows[:n]
	}
	g.Total = s.Found
	g.arranged(s, by)
}

// compareCells orders cells by their exact numbers, else by their text; those without a number come last.
func compareCells(a, b *cell, descending bool) int {
	x, y := a.number(), b.number()
	switch {
	case math.IsNaN(x) && math.IsNaN(y):
		if a.Number {
			return 0
		}
		if descending {
			return strings.Compare(b.Text, a.Text)
		}
		return strings.Compare(a.Text, b.Text)
	case math.IsNaN(x):
		return 1
	case math.IsNaN(y):
		return -1
	case descending:
		return cmp.Compare(y, x)
	}
	return cmp.Compare(x, y)
}

// number is what a cell says, exactly; NaN where it is no number.
func (c *cell) number() float64 {
	if !c.Number {
		return math.NaN()
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(study.OrElse(c.Exact, c.Text), ",", ""), 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

// most is how many rows are shown.
func (s *arrangement) most() int {
	if s.rows == 0 {
		return mostTableRows
	}
	return min(s.rows, mostTableRows)
}

// arranged puts the links of an arrangement into a grid that is in the order of by.
func (g *grid) arranged(s *arrangement, by string) {
	g.Arrangement = s
	name, descending := strings.CutPrefix(by, "-")
	for i := range g.Columns {
		c := &g.Columns[i]
		if c.Name == "" {
			continue
		}
		to := c.Name
		if c.Number {
			to = "-" + to
		}
		if c.Name == name {
			c.Sorted = map[bool]string{true: "descending", false: "ascending"}[descending]
			if to == by {
				to = strings.TrimPrefix("-"+to, "--")
			}
		}
		c.SortLink = s.link("sort", to)
		if s.Machine {
			c.Title, c.Unit = c.Name, ""
		}
	}
	n := len(g.Rows)
	for _, rows := range []int{20, 100} {
		if rows != n && rows < s.Found {
			s.More = append(s.More, option{Value: s.link("rows", strconv.Itoa(rows)), Text: strconv.Itoa(rows)})
		}
	}
	if n < s.Found && n < mostTableRows {
		text := "all " + people(float64(s.Found), "count")
		if s.Found > mostTableRows {
			text = people(mostTableRows, "count")
		}
		s.More = append(s.More, option{Value: s.link("rows", "all"), Text: text})
	}
	s.Names = option{Value: s.link("names", "machine"), Text: "Column names as in files"}
	if s.Machine {
		s.Names = option{Value: s.link("names", ""), Text: "Plain column names"}
	}
}

// arrangementOf reads what the address asks of a table.
func (v *pageRequest) arrangementOf(id string, most int) *arrangement {
	s := &arrangement{ID: id, Sort: v.values[id+".sort"], Filter: v.values[id+".filter"], Machine: v.values[id+".names"] == "machine", Path: v.page.path, rows: most, standard: most}
	fail := func(name, want string) {
		v.wrong = append(v.wrong, &study.ParameterError{Parameter: id + "." + name, Value: v.values[id+"."+name], Err: errors.New(want)})
	}
	switch text := v.values[id+".rows"]; text {
	case "":
	case "all":
		s.rows = 0
	default:
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			fail("rows", "expected a number of rows, or all")
		}
		s.rows = n
	}
	if text := v.values[id+".names"]; text != "" && text != "machine" {
		fail("names", "expected machine, or nothing")
	}
	s.link = func(name, value string) string { return v.here(id+"."+name, value) + "#" + id }
	s.WithoutFilter = s.link("filter", "")
	for _, name := range slices.Sorted(maps.Keys(v.values)) {
		switch part := tableParameter.FindStringSubmatch(name); {
		case part != nil && part[1] == id:
			s.Given = true
			if part[2] == "filter" {
				continue
			}
			fallthrough
		default:
			s.Hidden = append(s.Hidden, option{Value: v.values[name], Text: name})
		}
	}
	return s
}

// here is the address of the page as it is, but for pairs of names and values.
func (v *pageRequest) here(pairs ...string) string {
	values := url.Values{}
	for name, value := range v.values {
		values.Set(name, value)
	}
	for name, value := range study.Pairs(pairs...) {
		values.Del(name)
		if value != "" {
			values.Set(name, value)
		}
	}
	return (&url.URL{Path: v.page.path, RawQuery: values.Encode()}).String()
}

// checkTables says what is wrong with what the address asks of tables: once the page is made, all tables are known.
func (v *pageRequest) checkTables() error {
	if len(v.wrong) == 0 {
		return nil
	}
	return server.Wrong(v.wrong...)
}
