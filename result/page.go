package result

import (
	"slices"
	"strconv"
	"strings"
)

// Page says which rows of a longer answer a table holds.
type Page struct {
	Offset int `json:"offset"` // rows before these
	Limit  int `json:"limit"`  // rows asked for
	Total  int `json:"total"`  // rows of the whole answer
}

// Slice returns the rows of t from offset on, at most limit of them; a page after the last has no rows. It shares the
// values of t and says in Page which rows it has.
func (t *Table) Slice(offset, limit int) *Table {
	from := min(max(offset, 0), t.Rows())
	to := from + min(max(limit, 0), t.Rows()-from)
	part := *t
	part.Page = &Page{Offset: offset, Limit: limit, Total: t.Rows()}
	part.Columns = make([]*Column, len(t.Columns))
	for k, c := range t.Columns {
		n := c.like()
		switch c.Type {
		case Text:
			c.sliceText(n, from, to)
		case Int:
			n.Int = c.Int[from:to:to]
		case Float:
			n.Float = c.Float[from:to:to]
		case Bool:
			n.Bool = c.Bool[from:to:to]
		}
		part.Columns[k] = n
	}
	if t.rows != nil {
		part.rows = t.rows.slice(from, to)
	}
	return &part
}

// Sorted returns t in another order, as SortBy would put it, and leaves t as it is.
func (t *Table) Sorted(names ...string) (*Table, error) {
	sorted := *t
	sorted.Columns = make([]*Column, len(t.Columns))
	for k, c := range t.Columns {
		n := *c
		sorted.Columns[k] = &n
	}
	return &sorted, sorted.SortBy(names...)
}

// Filtered returns the rows of t that hold each word of filter in a column of text, whatever the case of its letters. A note says how
// many of how many rows they are. t stays as it is.
func (t *Table) Filtered(filter string) *Table {
	words := strings.Fields(strings.ToLower(filter))
	var rows []int
	for row := range t.Rows() {
		if !slices.ContainsFunc(words, func(word string) bool { return !t.holds(row, word) }) {
			rows = append(rows, row)
		}
	}
	some := t.Select(rows)
	some.Notes = slices.Clone(t.Notes)
	some.Note("%d of %d rows, those that contain %q", len(rows), t.Rows(), strings.Join(words, " "))
	return some
}

// holds says whether a column of text has a word, in lower case, at a row.
func (t *Table) holds(row int, word string) bool {
	return slices.ContainsFunc(t.Columns, func(c *Column) bool { return c.Type == Text && strings.Contains(strings.ToLower(c.TextAt(row)), word) })
}

// Arrangement is the order in which an answer is given, and which of its rows. The zero value is the answer as it is.
type Arrangement struct {
	Filter string   // words that a row must hold; "" is all rows
	Sort   []string // columns; those with a leading minus sort descending
	Offset int      // rows left out before the first
	Limit  int      // rows given; 0 is all

	// ByValue asks for the table's own order for people where there is no Sort: of formats that people read, and of every part of an answer,
	// so that the same part is the same rows in all formats.
	ByValue bool
}

// IsZero says that the answer stays as it is, but for the order in which people read it.
func (a Arrangement) IsZero() bool {
	return a.Filter == "" && a.Sort == nil && a.Offset == 0 && a.Limit == 0
}

// Of filters, sorts and cuts a table, which it leaves as it is. The error says what is wrong with Sort.
func (a Arrangement) Of(t *Table) (*Table, error) {
	if a.Filter != "" {
		t = t.Filtered(a.Filter)
	}
	sort := a.Sort
	if len(sort) == 0 && a.ByValue {
		sort = t.ByValue
	}
	if len(sort) > 0 {
		sorted, err := t.Sorted(sort...)
		if err != nil {
			return nil, err
		}
		t = sorted
	}
	if a.Limit > 0 {
		return t.Slice(a.Offset, a.Limit), nil
	}
	if a.Offset > 0 {
		return t.Slice(a.Offset, t.Rows()), nil
	}
	return t, nil
}

// Values are its parameters, by the names that the command line and the API have for them.
func (a Arrangement) Values() map[string]string {
	values := map[string]string{}
	if a.Filter != "" {
		values["filter"] = a.Filter
	}
	if a.Sort != nil {
		values["sort"] = strings.Join(a.Sort, ",")
	}
	if a.Limit > 0 {
		values["limit"] = strconv.Itoa(a.Limit)
	}
	if a.Offset > 0 {
		values["offset"] = strconv.Itoa(a.Offset)
	}
	return values
}
