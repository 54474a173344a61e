package result

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Field is one column of a table whose rows are values of type R: what it is called, in which unit, what it means, and where
// a row has it. Exactly one of the functions is set, that of its type.
type Field[R any] struct {
	head   Column // without values
	text   func(*R) string
	number func(*R) int64
	float  func(*R) float64
	yes    func(*R) bool
}

// TextField is a column of text.
func TextField[R any](name, description string, get func(*R) string) Field[R] {
	return Field[R]{head: Column{Name: name, Type: Text, Description: description}, text: get}
}

// IntField is a column of whole numbers.
func IntField[R any](name, unit, description string, get func(*R) int) Field[R] {
	return Field[R]{head: Column{Name: name, Type: Int, Unit: unit, Description: description}, number: func(r *R) int64 { return int64(get(r)) }}
}

// FloatField is a column of floating point numbers; NaN is a missing value.
func FloatField[R any](name, unit, description string, get func(*R) float64) Field[R] {
	return Field[R]{head: Column{Name: name, Type: Float, Unit: unit, Description: description}, float: get}
}

// BoolField is a column of true and false.
func BoolField[R any](name, description string, get func(*R) bool) Field[R] {
	return Field[R]{head: Column{Name: name, Type: Bool, Description: description}, yes: get}
}

// AsDetail keeps the column out of the table for people; all other formats have it.
func (f Field[R]) AsDetail() Field[R] {
	f.head.Detail = true
	return f
}

// Weighing says how long the column stays where a window is narrow.
func (f Field[R]) Weighing(w Weight) Field[R] {
	f.head.Weight = w
	return f
}

// Titled gives the column a heading for people, where its name would not read well.
func (f Field[R]) Titled(title string) Field[R] {
	f.head.Title = title
	return f
}

// Schema is the one definition of a table: its columns in order. Tables are made from it, pages and other questions read its
// rows, and the codebook prints it.
type Schema[R any] struct {
	name    string
	fields  []Field[R]
	byValue []string
	inOrder string // what the order of rows means, where people read them as they are
}

// NewSchema returns the schema of the table of that name. It panics where two columns have one name or a column has none: a
// schema is made when the program starts.
func NewSchema[R any](name string, fields ...Field[R]) *Schema[R] {
	s := &Schema[R]{name: name, fields: fields}
	if err := s.Table("", nil).CheckValid(); err != nil {
		panic(err.Error())
	}
	return s
}

// ByValue declares the order in which people read its tables, the largest first: on the terminal, in workbooks, and where a part of the rows
// is asked for. Whole files of data keep the order of keys. It panics as Pick does.
func (s *Schema[R]) ByValue(names ...string) *Schema[R] {
	s.byValue = s.Order(names...)
	return s
}

// InOrder declares that the order of its rows means something (a rank, a time, a grid), and what: people read them as they are.
func (s *Schema[R]) InOrder(meaning string) *Schema[R] {
	s.inOrder = meaning
	return s
}

// Reading is the order in which people read its tables: the columns of ByValue, or the meaning of InOrder.
func (s *Schema[R]) Reading() (byValue []string, inOrder string) { return s.byValue, s.inOrder }

// Name is that of its tables.
func (s *Schema[R]) Name() string { return s.name }

// Columns gives its columns without values.
func (s *Schema[R]) Columns() []*Column { return s.Table("", nil).Columns }

// Pick returns the names given, for a page that shows some columns. It panics on a name that the schema lacks, so that a column
// that was renamed is noticed when the program starts.
func (s *Schema[R]) Pick(names ...string) []string {
	for _, name := range names {
		if !slices.ContainsFunc(s.fields, func(f Field[R]) bool { return f.head.Name == name }) {
			panic(fmt.Sprintf("table %s has no column %q; its columns are %s", s.name, name, strings.Join(s.Table("", nil).columnNames(), ", ")))
		}
	}
	return names
}

// Fields are those of the names given, for a table that has some columns of another. It panics as Pick does.
func (s *Schema[R]) Fields(names ...string) (list []Field[R]) {
	for _, name := range s.Pick(names...) {
		list = append(list, s.fields[slices.IndexFunc(s.fields, func(f Field[R]) bool { return f.head.Name == name })])
	}
	return list
}

// Number finds what reads a column of numbers off a row, for a name that a user gave; NaN is a missing value. It is false where the
// schema has no numbers under the name.
func (s *Schema[R]) Number(name string) (get func(*R) float64, ok bool) {
	i := slices.IndexFunc(s.fields, func(f Field[R]) bool { return f.head.Name == name })
	if i < 0 {
		return nil, false
	}
	switch f := s.fields[i]; f.head.Type {
	case Int:
		return func(r *R) float64 { return IntNumber(int(f.number(r))) }, true
	case Float:
		return f.float, true
	}
	return nil, false
}

// Table makes a table of rows. It keeps them for Rows: nobody may change them.
func (s *Schema[R]) Table(title string, rows []R) *Table {
	t := &Table{Name: s.name, Title: title, ByValue: s.byValue, rows: typedRows[R](rows)}
	for i := range s.fields {
		t.Columns = append(t.Columns, s.fields[i].head.sized(len(rows)))
	}
	for lo := 0; lo < len(rows); lo += inCache {
		for i := range s.fields {
			s.fields[i].fill(t.Columns[i], rows[lo:min(lo+inCache, len(rows))], lo)
		}
	}
	return t
}

// Make is Table for n rows, by the million, which it does not keep: write writes those from one on into the slice that it gets, and does so again for Rows, the same.
// kept is how many bytes write needs for that. share calls do for each of so many parts, several at a time, which write must bear, and returns when all are done or
// one has failed. Texts are kept once each: Text of the columns is nil, TextAt reads them.
func (s *Schema[R]) Make(title string, n int, kept int64, write func(from int, rows []R), share func(parts int, do func(part int)) error) (*Table, error) {
	t := &Table{Name: s.name, Title: title, ByValue: s.byValue, rows: madeRows[R]{n, kept, write}}
	codes := make([]*textCodes, len(s.fields))
	for i := range s.fields {
		c := s.fields[i].head.like()
		if c.Type == Text {
			c.coded, codes[i] = &codedText{codes: make([]uint32, n)}, &textCodes{codes: map[string]uint32{}}
		} else {
			c = c.sized(n)
		}
		t.Columns = append(t.Columns, c)
	}
	memory := sync.Pool{New: func() any { return s.newFilling(codes) }}
	err := share((n+inPart-1)/inPart, func(part int) {
		f := memory.Get().(*filling[R])
		defer memory.Put(f)
		for from, end := part*inPart, min((part+1)*inPart, n); from < end; from += inCache {
			rows := f.rows[:min(inCache, end-from)]
			write(from, rows)
			f.fill(t, rows, from)
		}
	})
	for i, c := range t.Columns {
		if codes[i] != nil {
			c.coded.words = codes[i].words
		}
	}
	return t, err
}

// filling is what a core needs to fill the columns of a table.
type filling[R any] struct {
	s      *Schema[R]
	rows   []R
	recent []*recentTexts // by column; nil for those without text
}

func (s *Schema[R]) newFilling(codes []*textCodes) *filling[R] {
	f := &filling[R]{s, make([]R, inCache), make([]*recentTexts, len(codes))}
	for i, all := range codes {
		if all != nil {
			f.recent[i] = &recentTexts{all: all}
		}
	}
	return f
}

func (f *filling[R]) fill(t *Table, rows []R, at int) {
	for i := range f.s.fields {
		field := &f.s.fields[i]
		if recent := f.recent[i]; recent != nil {
			codes := t.Columns[i].coded.codes[at:]
			for k := range rows {
				codes[k] = recent.code(field.text(&rows[k]))
			}
			continue
		}
		field.fill(t.Columns[i], rows, at)
	}
}

// inPart is how many rows a core fills before it looks for more.
const inPart = 1 << 13

// inCache is how many rows every column is filled from before the next rows: they stay in the cache of the processor meanwhile.
const inCache = 256

// With returns the schema with columns more, which stand before the column of that name, or last where it is "". It is for columns
// that depend on the question: the indicators of its methods, say. It panics as NewSchema and Pick do.
func (s *Schema[R]) With(before string, more ...Field[R]) *Schema[R] {
	at := len(s.fields)
	if before != "" {
		s.Pick(before)
		at = slices.IndexFunc(s.fields, func(f Field[R]) bool { return f.head.Name == before })
	}
	with := NewSchema(s.name, slices.Insert(slices.Clone(s.fields), at, more...)...)
	with.byValue, with.inOrder = s.byValue, s.inOrder
	return with
}

// Width is the number of columns.
func (s *Schema[R]) Width() int { return len(s.fields) }

// Order returns the names given, for SortBy; those with a leading minus sort descending. It panics as Pick does.
func (s *Schema[R]) Order(names ...string) []string {
	for _, name := range names {
		s.Pick(strings.TrimPrefix(name, "-"))
	}
	return names
}

// Rows returns the rows that a table of this schema was made from, in the order in which the table has them. It panics on the
// table of another schema, which is a mistake in the program.
func (s *Schema[R]) Rows(t *Table) []R {
	switch rows := t.rows.(type) {
	case typedRows[R]:
		return rows
	case madeRows[R]:
		list := make([]R, rows.n)
		rows.write(0, list)
		return list
	}
	panic(fmt.Sprintf("table %s is not of the schema %s", t.Name, s.name))
}

// fill puts the values of rows into the column, from a place on.
func (f *Field[R]) fill(c *Column, rows []R, at int) {
	switch c.Type {
	case Text:
		for i := range rows {
			c.Text[at+i] = f.text(&rows[i])
		}
	case Int:
		for i := range rows {
			c.Int[at+i] = f.number(&rows[i])
		}
	case Float:
		for i := range rows {
			c.Float[at+i] = f.float(&rows[i])
		}
	default:
		for i := range rows {
			c.Bool[at+i] = f.yes(&rows[i])
		}
	}
}

// rowSet is the rows of a table, of whatever type.
type rowSet interface {
	pick(rows []int) rowSet
	slice(from, to int) rowSet
	size() int64
}

type typedRows[R any] []R

// pick implements rowSet.
func (r typedRows[R]) pick(rows []int) rowSet { return typedRows[R](pick(r, rows)) }

// size implements rowSet.
func (r typedRows[R]) size() int64 { return int64(cap(r)) * int64(reflect.TypeFor[R]().Size()) }

// slice implements rowSet.
func (r typedRows[R]) slice(from, to int) rowSet { return r[from:to:to] }

// madeRows are rows that are made when somebody asks for them.
type madeRows[R any] struct {
	n     int
	kept  int64
	write func(from int, rows []R)
}

// pick implements rowSet.
func (r madeRows[R]) pick(rows []int) rowSet {
	return madeRows[R]{len(rows), r.kept + 8*int64(len(rows)), func(from int, list []R) {
		for i := range list {
			r.write(rows[from+i], list[i:i+1])
		}
	}}
}

// slice implements rowSet.
func (r madeRows[R]) slice(from, to int) rowSet {
	return madeRows[R]{to - from, r.kept, func(at int, list []R) { r.write(from+at, list) }}
}

// size implements rowSet.
func (r madeRows[R]) size() int64 { return r.kept }

// Sorted returns rows in order. It moves each row once, which sorting large values in place does not; equal rows keep their order.
func Sorted[R any](rows []R, compare func(a, b *R) int) []R {
	order := make([]int32, len(rows))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(i, j int32) int { return compare(&rows[i], &rows[j]) })
	sorted := make([]R, len(rows))
	for i, at := range order {
		sorted[i] = rows[at]
	}
	return sorted
}
