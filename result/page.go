package result

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
			n.Text = c.Text[from:to:to]
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
