// Package result holds one answer: a table of typed columns, its provenance
// and its renderings as terminal text, CSV, JSON, Parquet, XLSX and others. Every
// rendering reads the same Table, so that a figure is the same number in each.
//
// It must never import store, kernel, method or analysis: a table does not
// know how it was computed, only what its provenance says.
package result

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"chokepoint/spelling"
)

// Type is the type of a column's values.
type Type uint8

// The column types. Text never means a number: product and economy codes are
// Text, also where they consist of digits.
const (
	Text Type = iota
	Int
	Float
	Bool
)

var typeNames = [...]string{Text: "text", Int: "int", Float: "float", Bool: "bool"}

// String gives the name of t as it appears in codebooks.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// Units that renderings know. Any other text is a valid unit too.
const (
	USD    = "USD"       // US dollars: printed exactly in files, short (1.23 bn) on a terminal
	Share  = "share 0–1" // shares and Herfindahl indices: three decimals on a terminal
	Tonnes = "t"         // metric tonnes
	Year   = "year"      // calendar year, or month as YYYYMM: never with a thousands separator, a month as 2024-03 in text
)

// MissingInt stands for a missing value in a column of whole numbers, as NaN does in Float.
const MissingInt = math.MinInt64

// Column is one named column. Only the slice that belongs to Type is filled; of text in an answer of very many rows not even that: TextAt reads both.
// In Float NaN means missing and in Int MissingInt; Text and Bool have no missing values.
type Column struct {
	Name        string
	Type        Type
	Unit        string
	Description string
	Title       string // heading for people; "" is made from the name
	Detail      bool   // in files, but not in the table for people
	Weight      Weight // which columns stay where a window is narrow

	Text  []string
	Int   []int64
	Float []float64
	Bool  []bool

	coded *codedText // in place of Text; nil for none
}

// Weight says how long a column stays where a window is too narrow for all: those of less weight go first, among equals the last.
type Weight int8

// The weights. Columns before the first number are keys where nothing else is said, all others are ordinary.
const (
	Ordinary Weight = iota
	Minor           // goes first
	Major           // goes after the ordinary ones
	Key             // says what a row is about
)

// AsDetail keeps c out of the table for people; all other formats have it.
func (c *Column) AsDetail() *Column {
	c.Detail = true
	return c
}

// TextColumn returns an empty column of text.
func TextColumn(name, description string) *Column {
	return &Column{Name: name, Type: Text, Description: description}
}

// IntColumn returns an empty column of whole numbers.
func IntColumn(name, unit, description string) *Column {
	return &Column{Name: name, Type: Int, Unit: unit, Description: description}
}

// FloatColumn returns an empty column of float64 numbers.
func FloatColumn(name, unit, description string) *Column {
	return &Column{Name: name, Type: Float, Unit: unit, Description: description}
}

// BoolColumn returns an empty column of true and false.
func BoolColumn(name, description string) *Column {
	return &Column{Name: name, Type: Bool, Description: description}
}

// AppendText adds values to a Text column.
func (c *Column) AppendText(v ...string) { c.Text = append(c.Text, v...) }

// AppendInt adds values to an Int column; MissingInt is a missing value.
func (c *Column) AppendInt(v ...int64) { c.Int = append(c.Int, v...) }

// AppendFloat adds values to a Float column; NaN is a missing value.
func (c *Column) AppendFloat(v ...float64) { c.Float = append(c.Float, v...) }

// AppendBool adds values to a Bool column.
func (c *Column) AppendBool(v ...bool) { c.Bool = append(c.Bool, v...) }

// Grow makes room for n more values.
func (c *Column) Grow(n int) {
	switch c.Type {
	case Text:
		c.Text = slices.Grow(c.Text, n)
	case Int:
		c.Int = slices.Grow(c.Int, n)
	case Float:
		c.Float = slices.Grow(c.Float, n)
	case Bool:
		c.Bool = slices.Grow(c.Bool, n)
	}
}

// sized returns a column that is c with n values, which are zero.
func (c *Column) sized(n int) *Column {
	sized := c.like()
	switch c.Type {
	case Text:
		sized.Text = make([]string, n)
	case Int:
		sized.Int = make([]int64, n)
	case Float:
		sized.Float = make([]float64, n)
	default:
		sized.Bool = make([]bool, n)
	}
	return sized
}

// Len is the number of values in c.
func (c *Column) Len() int {
	switch c.Type {
	case Text:
		if c.coded != nil {
			return len(c.coded.codes)
		}
		return len(c.Text)
	case Int:
		return len(c.Int)
	case Float:
		return len(c.Float)
	default:
		return len(c.Bool)
	}
}

// IsMissing says whether the number of a row is missing.
func (c *Column) IsMissing(row int) bool {
	switch c.Type {
	case Int:
		return c.Int[row] == MissingInt
	case Float:
		return math.IsNaN(c.Float[row])
	}
	return false
}

// Number returns the number of a row; NaN where it is missing, or where the column has no numbers.
func (c *Column) Number(row int) float64 {
	switch {
	case c.Type == Float:
		return c.Float[row]
	case c.Type == Int && !c.IsMissing(row):
		return float64(c.Int[row])
	}
	return math.NaN()
}

// like returns an empty column that is c in all but its values.
func (c *Column) like() *Column {
	empty := *c
	empty.Text, empty.Int, empty.Float, empty.Bool, empty.coded = nil, nil, nil, nil, nil
	return &empty
}

// compare orders rows i and j of c. Missing values come last in both
// directions; false comes before true.
func (c *Column) compare(i, j int, descending bool) int {
	switch first, second := c.IsMissing(i), c.IsMissing(j); {
	case first && second:
		return 0
	case first:
		return 1
	case second:
		return -1
	}
	var order int
	switch c.Type {
	case Text:
		order = cmp.Compare(c.TextAt(i), c.TextAt(j))
	case Int:
		order = cmp.Compare(c.Int[i], c.Int[j])
	case Float:
		order = cmp.Compare(c.Float[i], c.Float[j])
	case Bool:
		switch {
		case c.Bool[i] == c.Bool[j]:
		case c.Bool[j]:
			order = -1
		default:
			order = 1
		}
	}
	if descending {
		return -order
	}
	return order
}

// Table is one answer: columns of equal length, and what a reader must know
// about them. Name is a stable identifier (`count`), Title a sentence.
// Notes (warnings and reading aids) and Provisional (what in this answer may
// still change: a method's criterion, the last year of a release) accompany
// every rendering.
type Table struct {
	Name        string
	Title       string
	Columns     []*Column
	Provenance  Provenance
	Notes       []Note
	Synthetic   bool
	Provisional []string
	Page        *Page    // nil where the table is the whole answer
	ByValue     []string // the order for people, as SortBy takes it; nil where they read it as it is

	rows rowSet // what it was made from; nil where it was made column by column
}

// New returns a table of the given columns.
func New(name, title string, columns ...*Column) *Table {
	return &Table{Name: name, Title: title, Columns: columns}
}

// Rows is the number of rows.
func (t *Table) Rows() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return t.Columns[0].Len()
}

// Size is about how many bytes the values of t take, with the rows that it was made from. Text, which rows mostly share, is counted as
// references.
func (t *Table) Size() (bytes int64) {
	for _, c := range t.Columns {
		bytes += 16*int64(cap(c.Text)) + 8*int64(cap(c.Int)+cap(c.Float)) + int64(cap(c.Bool))
		if c.coded != nil {
			bytes += 4*int64(cap(c.coded.codes)) + 16*int64(len(c.coded.words))
		}
	}
	if t.rows != nil {
		bytes += t.rows.size()
	}
	return bytes
}

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// AsDetail keeps columns that an answer leaves empty out of its table for people.
func (t *Table) AsDetail(names ...string) {
	for _, name := range names {
		t.Column(name).AsDetail()
	}
}

// IsSynthetic says whether the table or the dataset behind it is synthetic.
func (t *Table) IsSynthetic() bool { return t.Synthetic || t.Provenance.Synthetic }

// Select returns a table of the given rows of t, in the given order. It
// shares everything but the values.
func (t *Table) Select(rows []int) *Table {
	selected := *t
	selected.Columns = make([]*Column, len(t.Columns))
	for k, c := range t.Columns {
		n := c.like()
		switch c.Type {
		case Text:
			c.pickText(n, rows)
		case Int:
			n.Int = pick(c.Int, rows)
		case Float:
			n.Float = pick(c.Float, rows)
		case Bool:
			n.Bool = pick(c.Bool, rows)
		}
		selected.Columns[k] = n
	}
	if t.rows != nil {
		selected.rows = t.rows.pick(rows)
	}
	return &selected
}

func pick[V any](values []V, rows []int) []V {
	picked := make([]V, len(rows))
	for i, r := range rows {
		picked[i] = values[r]
	}
	return picked
}

// SortBy sorts the rows in place by the named columns, first name first.
// A name with a leading minus sorts descending. Missing values come last;
// equal rows keep their order.
func (t *Table) SortBy(names ...string) error {
	type key struct {
		column     *Column
		descending bool
	}
	keys := make([]key, len(names))
	for k, name := range names {
		bare, descending := strings.CutPrefix(name, "-")
		c := t.Column(bare)
		if c == nil {
			return fmt.Errorf("sort table %s: it has no column %q; its columns are %s%s",
				t.Name, bare, strings.Join(t.columnNames(), ", "), spelling.Hint(bare, t.columnNames()))
		}
		keys[k] = key{c, descending}
	}
	if err := t.CheckValid(); err != nil {
		return err
	}
	rows := make([]int, t.Rows())
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(i, j int) int {
		for _, k := range keys {
			if order := k.column.compare(i, j, k.descending); order != 0 {
				return order
			}
		}
		return 0
	})
	sorted := t.Select(rows)
	for k, c := range sorted.Columns {
		*t.Columns[k] = *c
	}
	t.rows = sorted.rows
	return nil
}

func (t *Table) columnNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// CheckValid reports what would make a rendering of t wrong: no columns,
// columns of unequal length, empty or repeated names, values in the slice of
// another type, text that is not UTF-8. Every renderer calls it first.
func (t *Table) CheckValid() error {
	if t.Name == "" {
		return fmt.Errorf("table %q has no name", t.Title)
	}
	if len(t.Columns) == 0 {
		return fmt.Errorf("table %s has no columns", t.Name)
	}
	seen := make(map[string]bool, len(t.Columns))
	for i, c := range t.Columns {
		if err := c.checkValid(); err != nil {
			return fmt.Errorf("table %s, column %d: %w", t.Name, i+1, err)
		}
		if seen[c.Name] {
			return fmt.Errorf("table %s: two columns are named %q", t.Name, c.Name)
		}
		seen[c.Name] = true
		if c.Len() != t.Rows() {
			return fmt.Errorf("table %s: column %q has %d rows, column %q has %d",
				t.Name, c.Name, c.Len(), t.Columns[0].Name, t.Rows())
		}
	}
	if t.IsSynthetic() && seen[markName] {
		return fmt.Errorf("table %s: the column name %q is reserved for the mark of synthetic data", t.Name, markName)
	}
	return nil
}

func (c *Column) checkValid() error {
	if c == nil {
		return fmt.Errorf("the column is nil")
	}
	if c.Name == "" || strings.HasPrefix(c.Name, "-") {
		return fmt.Errorf("%q is no column name: it must not be empty or start with -", c.Name)
	}
	if int(c.Type) >= len(typeNames) {
		return fmt.Errorf("%q has the unknown type %v", c.Name, c.Type)
	}
	filled := len(c.Text) + len(c.Int) + len(c.Float) + len(c.Bool)
	if c.coded != nil {
		filled += len(c.coded.codes)
	}
	if filled != c.Len() {
		return fmt.Errorf("%q is of type %v and holds %d values of another type", c.Name, c.Type, filled-c.Len())
	}
	if c.coded != nil && !slices.ContainsFunc(c.coded.words, func(text string) bool { return !utf8.ValidString(text) }) {
		return nil
	}
	if c.Type != Text {
		return nil
	}
	for row, text := range c.texts(0, c.Len()) {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%q, row %d: %q is not UTF-8", c.Name, row+1, text)
		}
	}
	return nil
}

// Codebook returns a table with one row for each column of t.
func (t *Table) Codebook() *Table {
	name := TextColumn("column", "name of the column")
	kind := TextColumn("type", "text, int, float or bool")
	unit := TextColumn("unit", "unit of the values; empty for text")
	description := TextColumn("description", "what the column holds")
	for _, c := range t.Columns {
		name.AppendText(c.Name)
		kind.AppendText(c.Type.String())
		unit.AppendText(c.Unit)
		description.AppendText(c.Description)
	}
	return New(t.Name+"-codebook", "Columns of "+t.Name, name, kind, unit, description)
}

const (
	markName  = "data"      // column that marks synthetic rows in files
	markValue = "SYNTHETIC" // its value
	banner    = "SYNTHETIC DATA – not real trade"
)

// marked returns t as files show it: a synthetic table with one more column
// that says so in every row, since rows get copied without their heading.
func (t *Table) marked() *Table {
	if !t.IsSynthetic() {
		return t
	}
	mark := TextColumn(markName, banner)
	mark.Text = slices.Repeat([]string{markValue}, t.Rows())
	m := *t
	m.Columns = append(slices.Clone(t.Columns), mark)
	return &m
}
