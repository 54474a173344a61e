package result_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"chokepoint/result"
)

// sale is a row of the tables below.
type sale struct {
	Year  int
	Buyer string
	Worth float64
	New   bool
}

var sales = result.NewSchema("sales",
	result.IntField("year", result.Year, "Calendar year.", func(s *sale) int { return s.Year }),
	result.TextField("buyer", "Who buys.", func(s *sale) string { return s.Buyer }).Titled("Buyer"),
	result.FloatField("worth_usd", result.USD, "What for.", func(s *sale) float64 { return s.Worth }),
	result.BoolField("new", "Bought nothing before.", func(s *sale) bool { return s.New }).AsDetail(),
)

// A question says each column once. Its rows become a table, which is written in any format.
func ExampleSchema() {
	t := sales.Table("Sales", []sale{{2023, "JPN", 1200, true}, {2024, "KOR", 340, false}})
	if err := result.Write(os.Stdout, t, result.FormatCSV, result.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// year,buyer,worth_usd,new
	// 2023,JPN,1200,true
	// 2024,KOR,340,false
}

// TestMake: a table of rows that are made when they are asked for is the one of the same rows, whatever is done to it.
func TestMake(t *testing.T) {
	var rows []sale
	for i := range 30_000 { // of buyers more than a core remembers of late
		rows = append(rows, sale{2000 + i/1000, fmt.Sprint(i * i % 1900), float64(i * 7 % 1000), i%3 == 0})
	}
	same := func(name string, got, want *result.Table) {
		t.Helper()
		for _, f := range result.Formats() {
			if f == string(result.FormatSDMX) { // it has no economies
				continue
			}
			var a, b strings.Builder
			if err := errors.Join(result.Write(&a, got, result.Format(f), result.Options{}), result.Write(&b, want, result.Format(f), result.Options{})); err != nil {
				t.Fatal(err)
			}
			if a.String() != b.String() {
				t.Errorf("%s: the tables differ as %s", name, f)
			}
		}
		if !slices.Equal(sales.Rows(got), sales.Rows(want)) || got.Status() != want.Status() {
			t.Errorf("%s: the rows or statuses differ", name)
		}
		if a, b := got.Filtered("77"), want.Filtered("77"); a.Rows() != b.Rows() || a.Rows() == 0 && name == "made" {
			t.Errorf("%s: filtered %d rows, want %d", name, a.Rows(), b.Rows())
		}
	}
	kept := sales.Table("Sales", rows)
	made, err := sales.Make("Sales", len(rows), 5, func(from int, list []sale) { copy(list, rows[from:]) }, shared)
	if err != nil {
		t.Fatal(err)
	}
	same("made", made, kept)
	if less := kept.Size() - made.Size(); less < 24*int64(len(rows)) {
		t.Errorf("it says that it keeps only %d bytes less", less)
	}
	order := []int{700, 3, 999, 3}
	same("selected", made.Select(order), kept.Select(order))
	same("sliced and selected", made.Slice(100, 800).Select(order[:2]), kept.Slice(100, 800).Select(order[:2]))
	for _, table := range []*result.Table{made, kept} {
		if err := table.SortBy("-worth_usd"); err != nil {
			t.Fatal(err)
		}
	}
	same("sorted", made, kept)
	same("sorted and sliced", made.Slice(10, 20), kept.Slice(10, 20))
}

// shared does the parts side by side.
func shared(parts int, do func(part int)) error {
	var cores sync.WaitGroup
	for part := range parts {
		cores.Go(func() { do(part) })
	}
	cores.Wait()
	return nil
}

// TestMakeFails: where the parts are not all done, there is an error.
func TestMakeFails(t *testing.T) {
	failure := errors.New("the work was cancelled")
	_, err := sales.Make("Sales", 1, 0, func(int, []sale) {}, func(int, func(int)) error { return failure })
	if !errors.Is(err, failure) {
		t.Errorf("got the error %v, want %v", err, failure)
	}
}

// TestSchemaRows checks that the rows of a table stay beside its columns, whatever is done to it.
func TestSchemaRows(t *testing.T) {
	table := sales.Table("Sales", []sale{{2022, "JPN", 3, false}, {2023, "KOR", 1, true}, {2024, "FRA", 2, false}})
	f := func(name string, table *result.Table, want ...string) {
		t.Helper()
		var rows []string
		for _, r := range sales.Rows(table) {
			rows = append(rows, r.Buyer)
		}
		if got := strings.Join(rows, " "); got != strings.Join(want, " ") || got != strings.Join(table.Column("buyer").Text, " ") {
			t.Errorf("%s: rows %s, column %s, want %s", name, got, table.Column("buyer").Text, want)
		}
	}
	f("made", table, "JPN", "KOR", "FRA")
	sorted, err := table.Sorted("worth_usd")
	if err != nil {
		t.Fatal(err)
	}
	f("sorted", sorted, "KOR", "FRA", "JPN")
	f("before", table, "JPN", "KOR", "FRA")
	f("sliced", sorted.Slice(1, 5), "FRA", "JPN")
	f("selected", table.Select([]int{2, 0}), "FRA", "JPN")
	if c := table.Select([]int{0}).Column("buyer"); c.Title != "Buyer" || c.Description != "Who buys." {
		t.Errorf("a selection loses what the column is: %+v", c)
	}
}

// TestSchemaMistakes checks that a mistake in a name stops the program when it starts.
func TestSchemaMistakes(t *testing.T) {
	f := func(want string, mistake func()) {
		t.Helper()
		defer func() {
			t.Helper()
			if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
				t.Errorf("panic %q, want %q", got, want)
			}
		}()
		mistake()
	}
	year := result.IntField("year", result.Year, "Calendar year.", func(s *sale) int { return s.Year })
	f(`two columns are named "year"`, func() { result.NewSchema("twice", year, year) })
	f(`has no column "worth"; its columns are year, buyer, worth_usd, new`, func() { sales.Pick("year", "worth") })
	f("table other is not of the schema sales", func() { sales.Rows(result.New("other", "Other", result.TextColumn("buyer", "Who."))) })
	f("table other is not of the schema sales", func() {
		sales.Rows(result.NewSchema("other", result.TextField("x", "X.", func(s *string) string { return *s })).Table("", nil))
	})
}

// TestSchemaNumber checks that numbers which users name are found, and that a missing one is no zero.
func TestSchemaNumber(t *testing.T) {
	year, ok := sales.Number("year")
	if !ok || year(&sale{Year: 2024}) != 2024 || !math.IsNaN(year(&sale{Year: result.MissingInt})) {
		t.Error("year is not read as a number, NaN where it is missing")
	}
	if worth, ok := sales.Number("worth_usd"); !ok || worth(&sale{Worth: 1.5}) != 1.5 {
		t.Error("worth_usd is not read as a number")
	}
	for _, name := range []string{"buyer", "new", "nobody"} {
		if _, ok := sales.Number(name); ok {
			t.Errorf("%s is taken for a number", name)
		}
	}
}

// TestRowNumbers checks that the numbers of rows are written as those of columns are.
func TestRowNumbers(t *testing.T) {
	for _, n := range []int{0, 7, 12345, -3, result.MissingInt} {
		c := result.IntColumn("n", "count", "")
		c.AppendInt(int64(n))
		if got := result.ShortInt(n); got != c.Short(0) {
			t.Errorf("%d: %q, a column has %q", n, got, c.Short(0))
		}
	}
	for _, unit := range []string{result.USD, result.Share, "index", "count"} {
		for _, x := range []float64{0, 0.0004, 0.25, 12.345, 12345678.9, math.NaN(), math.Inf(1)} {
			c := result.FloatColumn("x", unit, "")
			c.AppendFloat(x)
			if short, exact := result.ShortFloat(x, unit), result.ExactFloat(x, unit); short != c.Short(0) || exact != c.Exact(0) {
				t.Errorf("%v %s: %q and %q, a column has %q and %q", x, unit, short, exact, c.Short(0), c.Exact(0))
			}
		}
	}
}

// TestColumnsOfAQuestion checks a schema with columns that depend on the question.
func TestColumnsOfAQuestion(t *testing.T) {
	doubled := result.FloatField("doubled", "count", "Twice.", func(s *sale) float64 { return 2 * s.Worth })
	for before, want := range map[string]string{"": "year,buyer,worth_usd,new,doubled", "worth_usd": "year,buyer,doubled,worth_usd,new"} {
		s := sales.With(before, doubled)
		var names []string
		for _, c := range s.Columns() {
			names = append(names, c.Name)
		}
		table := s.Table("Sales", []sale{{Worth: 2}})
		if got := strings.Join(names, ","); got != want || s.Width() != 5 || table.Column("doubled").Float[0] != 4 || s.Name() != "sales" {
			t.Errorf("before %q: columns %s, want %s", before, got, want)
		}
		if rows := sales.Rows(table); len(rows) != 1 || rows[0].Worth != 2 {
			t.Errorf("before %q: rows %v", before, rows)
		}
	}
	if sales.Width() != 4 {
		t.Error("the schema itself has changed")
	}
	if got := fmt.Sprint(sales.Order("-worth_usd", "year")); got != "[-worth_usd year]" {
		t.Error(got)
	}
	for what, f := range map[string]func(){
		"before a column that it lacks": func() { sales.With("price", doubled) },
		"a second column of one name":   func() { sales.With("", doubled, doubled) },
		"an order by what it lacks":     func() { sales.Order("year", "-price") },
	} {
		if !panics(f) {
			t.Errorf("%s: no panic", what)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// TestSorted checks that equal rows keep their order and that the rows given stay as they are.
func TestSorted(t *testing.T) {
	rows := []sale{{2024, "a", 1, false}, {2023, "b", 2, false}, {2024, "c", 3, false}, {2023, "d", 4, false}}
	var got string
	for _, s := range result.Sorted(rows, func(a, b *sale) int { return a.Year - b.Year }) {
		got += s.Buyer
	}
	if got != "bdac" || rows[0].Buyer != "a" {
		t.Errorf("%s, and first of the rows given is %s", got, rows[0].Buyer)
	}
}
