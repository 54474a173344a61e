package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// series is a table with a value, a missing one and an infinite one.
func series() *Table {
	year, products := IntColumn("year", Year, ""), IntColumn("products", "count", "")
	importer, partner, name := TextColumn("importer", ""), TextColumn("partner", ""), TextColumn("importer_name", "")
	value, ratio := FloatColumn("imports_usd", USD, ""), FloatColumn("ratio", "ratio", "")
	year.AppendInt(2023, 2024)
	products.AppendInt(3, 4)
	importer.AppendText("USA", "USA+EU27")
	partner.AppendText("CHN", "-")
	name.AppendText("USA", "USA, EU27")
	value.AppendFloat(1.5e9, math.NaN())
	ratio.AppendFloat(math.Inf(1), 0.25)
	return New("count", "A series", year, importer, partner, name, products, value, ratio)
}

func TestSDMX(t *testing.T) {
	want := `STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,COUNTERPART_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OBS_STATUS
dataflow,CHOKEPOINT:COUNT(1.0),I,A,USA,CHN,PRODUCTS,2023,3,PURE_NUMB,A
dataflow,CHOKEPOINT:COUNT(1.0),I,A,USA,CHN,IMPORTS_USD,2023,1500000000,USD,A
dataflow,CHOKEPOINT:COUNT(1.0),I,A,USA,CHN,RATIO,2023,INF,PURE_NUMB,A
dataflow,CHOKEPOINT:COUNT(1.0),I,A,USA_AND_EU27,_Z,PRODUCTS,2024,4,PURE_NUMB,A
dataflow,CHOKEPOINT:COUNT(1.0),I,A,USA_AND_EU27,_Z,IMPORTS_USD,2024,,USD,M
dataflow,CHOKEPOINT:COUNT(1.0),I,A,USA_AND_EU27,_Z,RATIO,2024,0.25,PURE_NUMB,A
`
	if got := string(render(t, series(), FormatSDMX, Options{})); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	synthetic := series()
	synthetic.Synthetic = true
	for i, line := range strings.Split(strings.TrimSpace(string(render(t, synthetic, FormatSDMX, Options{}))), "\n") {
		if i > 0 && !strings.HasSuffix(line, ",SYNTHETIC DATA – not real trade") {
			t.Errorf("line without mark: %s", line)
		}
	}
}

// TestSDMXOfTwo: what two sides are compared in rests on both.
func TestSDMXOfTwo(t *testing.T) {
	year, importer, methodA := IntColumn("year", Year, ""), TextColumn("importer", ""), TextColumn("method_a", "")
	a, both := IntColumn("products_a", "count", ""), IntColumn("both", "count", "")
	statusA, statusB := TextColumn("status_a", ""), TextColumn("status_b", "")
	year.AppendInt(2024, 2024)
	importer.AppendText("USA", "DEU")
	methodA.AppendText("mgi", "mgi")
	a.AppendInt(3, 4)
	both.AppendInt(2, MissingInt)
	statusA.AppendText("observed", "observed")
	statusB.AppendText("partial", "missing")
	got := string(render(t, New("compare", "Two", year, importer, methodA, a, both, statusA, statusB), FormatSDMX, Options{}))
	for _, want := range []string{"PRODUCTS_A,2024,3,PURE_NUMB,A", "BOTH,2024,2,PURE_NUMB,U", "PRODUCTS_A,2024,4,PURE_NUMB,A", "BOTH,2024,,PURE_NUMB,L"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

// TestSDMXOfModels: an assumption that rows differ in is a dimension, also where it is a number, and not a figure.
func TestSDMXOfModels(t *testing.T) {
	f := func(want string, table *Table) {
		t.Helper()
		if got := string(render(t, table, FormatSDMX, Options{})); !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	table := func(name string, columns ...*Column) *Table {
		year, lost := IntColumn("year", Year, ""), FloatColumn("lost_usd", USD, "")
		year.AppendInt(2024, 2024)
		lost.AppendFloat(10, 20)
		return New(name, "A model", append([]*Column{year, lost}, columns...)...)
	}
	text := func(name string, values ...string) *Column {
		c := TextColumn(name, "")
		c.AppendText(values...)
		return c
	}
	number := func(name string, values ...float64) *Column {
		c := FloatColumn(name, "ratio", "")
		c.AppendFloat(values...)
		return c
	}
	importer, supplier := text("importer", "USA", "USA"), text("supplier", "CHN", "CHN")
	f("FREQ,REF_AREA,COUNTERPART_AREA,RULE,SPARE,INDICATOR", table("scenario-cut", importer, supplier, text("rule", "present", "present"), number("spare", 0.05, 0.1)))
	f(",A,USA,CHN,present,0.05,LOST_USD,2024,10,USD,A\n", table("scenario-cut", importer, supplier, text("rule", "present", "present"), number("spare", 0.05, 0.1)))
	f(",A,USA,CHN,nobody,LOST_USD,2024,20,", table("scenario-sources", importer, supplier, text("source", "JPN", "nobody")))
	f(",A,CHN,0.5,LOST_USD,2024,20,", table("scenario-cascade", supplier, number("theta", 0.1, 0.5)))
	f(",A,USA,CHN,levels,LOST_USD,2024,20,", table("scenario-tariff", importer, text("exporter", "CHN", "CHN"), text("form", "linear", "levels")))
	f("REF_AREA,INDICATOR", table("firms", text("economy", "USA", "DEU"), text("source", "a register", "a list"))) // there a source is no dimension
}

func TestSDMXRefuses(t *testing.T) {
	f := func(want string, table *Table) {
		t.Helper()
		var b bytes.Buffer
		err := Write(&b, table, FormatSDMX, Options{})
		if err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("got %v and %d bytes, want an error with %q", err, b.Len(), want)
		}
	}
	f("no years", randomFloats(3))
	twice := series()
	twice.Column("year").Int[1], twice.Column("importer").Text[1], twice.Column("partner").Text[1] = 2023, "USA", "CHN"
	f("rows 1 and 2 have the same", twice)
	bare := series()
	bare.Column("importer").Name = "who"
	f("no economies", bare)
}

// TestSlice compares pages with the rows of the whole, in each format that has lines.
func TestSlice(t *testing.T) {
	table := fullTable()
	whole := strings.SplitAfter(string(render(t, table, FormatNDJSON, Options{})), "\n")
	for _, limit := range []int{0, 1, 3, 100} {
		for offset := 0; offset <= table.Rows()+2; offset++ {
			page := table.Slice(offset, limit)
			got := string(render(t, page, FormatNDJSON, Options{}))
			from := min(offset, table.Rows())
			if want := strings.Join(whole[from:min(from+limit, table.Rows())], ""); got != want {
				t.Fatalf("rows %d to %d: got\n%swant\n%s", offset, offset+limit, got, want)
			}
			if want := (Page{offset, limit, table.Rows()}); *page.Page != want {
				t.Errorf("page %+v, want %+v", *page.Page, want)
			}
		}
	}
	if table.Page != nil {
		t.Error("Slice marked the whole table as a page")
	}
}

func TestSortedLeavesTheTable(t *testing.T) {
	table := fullTable()
	before := render(t, table, FormatCSV, Options{})
	if _, err := table.Sorted("-" + table.Columns[0].Name); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, render(t, table, FormatCSV, Options{})) {
		t.Error("Sorted changed its table")
	}
}

// TestLines compares NDJSON with the rows of the JSON rendering.
func TestLines(t *testing.T) {
	var whole struct{ Rows []json.RawMessage }
	if err := json.Unmarshal(render(t, fullTable(), FormatJSON, Options{}), &whole); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(render(t, fullTable(), FormatNDJSON, Options{})))
	n := 0
	for ; lines.Scan(); n++ {
		if !bytes.Equal(lines.Bytes(), whole.Rows[n]) {
			t.Errorf("row %d: %s, in JSON %s", n, lines.Bytes(), whole.Rows[n])
		}
	}
	if n != len(whole.Rows) {
		t.Errorf("%d lines, %d rows", n, len(whole.Rows))
	}
}

func TestArrowFile(t *testing.T) {
	table := fullTable()
	r, err := ipc.NewFileReader(bytes.NewReader(render(t, table, FormatArrow, Options{})))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, ok := r.Schema().Metadata().GetValue(provenanceKey); !ok {
		t.Error("no provenance in the metadata")
	}
	rows := 0
	for i := range r.NumRecords() {
		batch, err := r.RecordBatch(i)
		if err != nil {
			t.Fatal(err)
		}
		for k, c := range table.Columns {
			for n := range int(batch.NumRows()) {
				if texts, ok := batch.Column(k).(*array.String); ok && texts.Value(n) != c.Text[rows+n] {
					t.Errorf("%s, row %d: %q, want %q", c.Name, rows+n, texts.Value(n), c.Text[rows+n])
				}
				if floats, ok := batch.Column(k).(*array.Float64); ok && floats.IsValid(n) && floats.Value(n) != c.Float[rows+n] {
					t.Errorf("%s, row %d: %v, want %v", c.Name, rows+n, floats.Value(n), c.Float[rows+n])
				}
			}
		}
		rows += int(batch.NumRows())
	}
	if rows != table.Rows() {
		t.Errorf("%d rows, want %d", rows, table.Rows())
	}
}

func TestFiltered(t *testing.T) {
	text, n := TextColumn("name", "Name."), IntColumn("n", "count", "Number.")
	for i, name := range []string{"Germany DEU", "France FRA", "Germany and France"} {
		text.AppendText(name)
		n.AppendInt(int64(i))
	}
	table := New("t", "T", text, n)
	f := func(filter string, want ...int64) {
		t.Helper()
		some, err := Arrangement{Filter: filter, Sort: []string{"-n"}}.Of(table)
		if err != nil {
			t.Fatal(err)
		}
		if got := some.Column("n").Int; !slices.Equal(got, want) {
			t.Errorf("%q: rows %v, want %v", filter, got, want)
		}
		if filter != "" && len(some.Notes) != 1 {
			t.Errorf("%q: the answer does not say that rows are left out: %v", filter, some.Notes)
		}
	}
	f("", 2, 1, 0)
	f("germany", 2, 0)
	f("FRANCE germany", 2)
	f("  deu ", 0)
	f("2")
	if len(table.Notes) != 0 || table.Rows() != 3 {
		t.Error("the table itself was changed")
	}
}
