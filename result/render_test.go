package result

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got; accept with -update):\n%s", path, diff)
	}
}

// anyTable lists the formats that render every valid table; SDMX-CSV is for series alone.
func anyTable() []string {
	return slices.DeleteFunc(Formats(), func(f string) bool { return Format(f) == FormatSDMX })
}

func render(t testing.TB, table *Table, f Format, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, table, f, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	empty := syntheticTable().Select(nil)
	f := func(name string, table *Table, format Format, opt Options) {
		t.Helper()
		golden(t, name, render(t, table, format, opt))
	}
	f("full.txt", fullTable(), FormatTable, Options{})
	f("synthetic-narrow-cut.txt", syntheticTable(), FormatTable, Options{Width: 100, MaxRows: 2, Color: true})
	f("empty.txt", empty, FormatTable, Options{})
	f("bare.txt", hardTable().Select([]int{0}), FormatTable, Options{MaxRows: 1})
	f("full.csv", fullTable(), FormatCSV, Options{})
	f("synthetic.csv", syntheticTable(), FormatCSV, Options{})
	f("empty.csv", empty, FormatCSV, Options{})
	f("full.json", fullTable(), FormatJSON, Options{})
	f("empty.json", empty, FormatJSON, Options{})
}

// decoded is a rendering read back: for each column its values as any of
// string, int64, float64, bool, or nil where the rendering has no value.
type decoded map[string][]any

// original is what a rendering must give back.
func original(t *Table) decoded {
	d := decoded{}
	for _, c := range t.marked().Columns {
		values := make([]any, c.Len())
		for row := range values {
			switch c.Type {
			case Text:
				values[row] = c.Text[row]
			case Int:
				if c.Int[row] != MissingInt {
					values[row] = c.Int[row]
				}
			case Bool:
				values[row] = c.Bool[row]
			case Float:
				if !math.IsNaN(c.Float[row]) {
					values[row] = c.Float[row]
				}
			}
		}
		d[c.Name] = values
	}
	return d
}

// parsed reads the exact text of a value of c's type.
func parsed(t *testing.T, c *Column, s string) any {
	t.Helper()
	var v any
	var err error
	switch c.Type {
	case Text:
		return s
	case Int:
		if s == "" {
			return nil
		}
		v, err = strconv.ParseInt(s, 10, 64)
	case Bool:
		v, err = strconv.ParseBool(s)
	case Float:
		if s == "" {
			return nil
		}
		v, err = strconv.ParseFloat(s, 64)
	}
	if err != nil {
		t.Fatalf("column %s: %v", c.Name, err)
	}
	return v
}

func readCSV(t *testing.T, table *Table, text []byte) decoded {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := table.marked().Columns
	d := decoded{}
	for i, c := range columns {
		if records[0][i] != c.Name {
			t.Fatalf("header %d: %q, want %q", i, records[0][i], c.Name)
		}
		d[c.Name] = []any{}
		for _, record := range records[1:] {
			d[c.Name] = append(d[c.Name], parsed(t, c, record[i]))
		}
	}
	return d
}

type jsonTable struct {
	head
	Rows []map[string]any `json:"rows"`
}

func readJSON(t *testing.T, text []byte) (jsonTable, decoded) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var j jsonTable
	if err := dec.Decode(&j); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	d := decoded{}
	for _, c := range j.Columns {
		d[c.Name] = []any{}
		for _, row := range j.Rows {
			v, ok := row[c.Name]
			if !ok {
				t.Fatalf("a row has no %q: %v", c.Name, row)
			}
			if n, isNumber := v.(json.Number); isNumber {
				var err error
				if c.Type == "int" {
					v, err = strconv.ParseInt(n.String(), 10, 64)
				} else {
					v, err = n.Float64()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			d[c.Name] = append(d[c.Name], v)
		}
	}
	return j, d
}

func readParquet(t *testing.T, text []byte) (arrow.Table, decoded) {
	t.Helper()
	table, err := pqarrow.ReadTable(t.Context(), bytes.NewReader(text), parquet.NewReaderProperties(nil),
		pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	d := decoded{}
	for i, field := range table.Schema().Fields() {
		values := []any{}
		for _, chunk := range table.Column(i).Data().Chunks() {
			for k := range chunk.Len() {
				switch a := chunk.(type) {
				case *array.String:
					values = append(values, strings.Clone(a.Value(k)))
				case *array.Int64:
					if a.IsNull(k) {
						values = append(values, nil)
					} else {
						values = append(values, a.Value(k))
					}
				case *array.Boolean:
					values = append(values, a.Value(k))
				case *array.Float64:
					if a.IsNull(k) {
						values = append(values, nil)
					} else {
						values = append(values, a.Value(k))
					}
				default:
					t.Fatalf("column %s is %T", field.Name, a)
				}
			}
		}
		d[field.Name] = values
	}
	return table, d
}

func openXLSX(t *testing.T, text []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func readXLSX(t *testing.T, table *Table, text []byte) decoded {
	t.Helper()
	f := openXLSX(t, text)
	d := decoded{}
	headings := table.marked().Headings()
	for i, c := range table.marked().Columns {
		letter, _ := excelize.ColumnNumberToName(i + 1)
		if heading, _ := f.GetCellValue(dataSheet, letter+"1"); heading != headings[i] {
			t.Fatalf("header %s: %q, want %q", letter, heading, headings[i])
		}
		d[c.Name] = []any{}
		for row := range table.Rows() {
			cell := letter + strconv.Itoa(row+2)
			raw, err := f.GetCellValue(dataSheet, cell, excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			kind, _ := f.GetCellType(dataSheet, cell)
			formula, _ := f.GetCellFormula(dataSheet, cell)
			if formula != "" {
				t.Errorf("%s holds the formula %q", cell, formula)
			}
			isText := kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString
			if wantText := c.Type == Text && raw != "" || strings.HasSuffix(raw, "inf"); isText != wantText {
				t.Errorf("%s = %q is text: %v, want %v", cell, raw, isText, wantText)
			}
			d[c.Name] = append(d[c.Name], parsed(t, c, raw))
		}
	}
	return d
}

func TestRoundTrips(t *testing.T) {
	f := func(what string, table *Table) {
		t.Helper()
		want := original(table)
		check := func(format Format, got decoded) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s as %s (-want +got):\n%s", what, format, diff)
			}
		}
		check(FormatCSV, readCSV(t, table, render(t, table, FormatCSV, Options{})))
		_, d := readParquet(t, render(t, table, FormatParquet, Options{}))
		check(FormatParquet, d)
		check(FormatXLSX, readXLSX(t, table, render(t, table, FormatXLSX, Options{})))

		for name, values := range want { // JSON has no infinity
			for i, v := range values {
				if x, ok := v.(float64); ok && math.IsInf(x, 0) {
					want[name][i] = nil
				}
			}
		}
		_, d = readJSON(t, render(t, table, FormatJSON, Options{}))
		check(FormatJSON, d)
	}
	f("full", fullTable())
	f("synthetic", syntheticTable())
	f("empty", syntheticTable().Select(nil))
	f("one empty text column", func() *Table {
		c := TextColumn("only", "")
		c.AppendText("", "a", "", " b", "\"", "\r\n")
		c.Text = slices.DeleteFunc(c.Text, func(s string) bool { return s == "\r\n" }) // encoding/csv reads CRLF as LF
		return New("one", "", c)
	}())
	f("one missing number", func() *Table {
		c := FloatColumn("only", USD, "")
		c.AppendFloat(math.NaN(), 1, math.NaN())
		return New("one", "", c)
	}())
	f("missing whole numbers", func() *Table {
		c := IntColumn("only", "count", "")
		c.AppendInt(MissingInt, 0, MissingInt+1)
		return New("one", "", c)
	}())
	f("random floats", randomFloats(2000))
}

// randomFloats has every kind of bit pattern.
func randomFloats(n int) *Table {
	r := rand.New(rand.NewPCG(1, 2))
	any, usd, share := FloatColumn("any", "", ""), FloatColumn("dotted.usd", USD, ""), FloatColumn("share", Share, "")
	for range n {
		any.AppendFloat(math.Float64frombits(r.Uint64()))
		usd.AppendFloat(math.Round(r.Float64()*1e13) / 1000)
		share.AppendFloat(r.Float64())
	}
	return New("random", "", any, usd, share)
}

// TestExactText pins the text of numbers, which scripts compare.
func TestExactText(t *testing.T) {
	f := func(x float64, unit, want string) {
		t.Helper()
		c := FloatColumn("x", unit, "")
		c.AppendFloat(x)
		if got := c.Exact(0); got != want {
			t.Errorf("Exact(%v %s) = %q, want %q", x, unit, got, want)
		}
	}
	f(176, USD, "176")
	f(0, USD, "0")
	f(math.Copysign(0, -1), USD, "0")
	f(9.6e12, USD, "9600000000000")
	f(1e22, USD, "10000000000000000000000")
	f(0.125, USD, "0.125")
	f(1e-7, USD, "0.0000001")
	f(18084827467383, USD, "18084827467383")
	f(-1<<53, USD, "-9007199254740992")
	f(0.30000000000000004, Share, "0.30000000000000004")
	f(0.3, Share, "0.3")
	f(1, Share, "1")
	f(1e-6, Share, "0.000001")
	f(9.99e-7, Share, "9.99e-07")
	f(1e21, "ratio", "1e+21")
	f(1e20, "ratio", "100000000000000000000")
	f(math.NaN(), USD, "")
	f(math.Inf(1), "ratio", "inf")
	f(math.Inf(-1), "ratio", "-inf")
}

func TestShortText(t *testing.T) {
	f := func(x float64, unit, want string) {
		t.Helper()
		c := FloatColumn("x", unit, "")
		c.AppendFloat(x)
		if got := c.Short(0); got != want {
			t.Errorf("Short(%v %s) = %q, want %q", x, unit, got, want)
		}
	}
	f(0, USD, "0")
	f(176, USD, "176")
	f(0.5, USD, "0.5")
	f(999.4, USD, "999")
	f(999.6, USD, "1.00 k")
	f(1000, USD, "1.00 k")
	f(9996, USD, "10.0 k")
	f(999_499, USD, "999 k")
	f(999_500, USD, "1.00 m")
	f(456e6, USD, "456 m")
	f(1.234e9, USD, "1.23 bn")
	f(-1.234e9, USD, "-1.23 bn")
	f(9.6e12, USD, "9.60 tn")
	f(1.2345e16, USD, "12,345 tn")
	f(1e300, USD, "1e+300")
	f(math.NaN(), USD, "–")
	f(1234567.8, Tonnes, "1.23 m")
	f(0.3, Share, "0.300")
	f(0.00049, Share, "<0.001")
	f(0.9996, Share, ">0.999")
	f(0, Share, "0.000")
	f(1, Share, "1.000")
	f(-0.0001, "index −1–1", ">-0.001")
	f(-0.9999, "index −1–1", "<-0.999")
	f(math.Copysign(0, -1), Share, "0.000")
	f(2, "ratio", "2")
	f(1.23456, "ratio", "1.235")
	f(1234.5, "USD/t", "1,234")
	f(9999.9, "USD/t", "10,000")
	f(12345, "USD/t", "12.3 k")
	f(math.Inf(1), "ratio", "∞")
	f(math.Inf(-1), "ratio", "-∞")

	for x := 1e-3; x < 1e15; x *= 1.0173 { // the short form is near the value
		s := scaled(x)
		for _, scale := range scales[1:] {
			if number, ok := strings.CutSuffix(s, scale.suffix); ok {
				s = strconv.FormatFloat(scale.factor, 'f', 0, 64)
				y, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
				if err != nil {
					t.Fatal(err)
				}
				if y < 1 || y >= 1000 && scale.factor < 1e12 || math.Abs(y*scale.factor-x) > 0.00501*x {
					t.Errorf("scaled(%v) = %q", x, scaled(x))
				}
			}
		}
	}
}

func TestTerminal(t *testing.T) {
	f := func(opt Options, want, reject []string) {
		t.Helper()
		got := string(render(t, syntheticTable(), FormatTable, opt))
		for _, s := range want {
			if !strings.Contains(got, s) {
				t.Errorf("%+v: no %q in\n%s", opt, s, got)
			}
		}
		for _, s := range reject {
			if strings.Contains(got, s) {
				t.Errorf("%+v: %q in\n%s", opt, s, got)
			}
		}
	}
	f(Options{}, []string{banner, "1E5"}, []string{"more row", "\x1b", "\x01", "shortened"})
	f(Options{MaxRows: 6}, []string{"… 1 more row (use --limit 0 or --format csv)"}, []string{"1E5"})
	f(Options{MaxRows: 2}, []string{"… 5 more rows"}, []string{"870380"})
	f(Options{MaxRows: 7}, nil, []string{"more row"})
	f(Options{Width: 60}, []string{"is shortened"}, nil)
	f(Options{Color: true}, []string{ansiWarn + banner + ansiReset}, nil)

	table := fullTable()
	for i := range 30 { // the footer stays short
		table.Provenance.Methods = append(table.Provenance.Methods, MethodText{ID: strconv.Itoa(i)})
	}
	if n := len(table.footer()); n > 4 {
		t.Errorf("the footer has %d lines", n)
	}
	big := FloatColumn("x", "", "")
	big.AppendFloat(make([]float64, 1236)...)
	if got := string(render(t, New("big", "", big), FormatTable, Options{MaxRows: 2})); !strings.Contains(got, "… 1,234 more rows") {
		t.Errorf("no grouped count in\n%s", got)
	}
}

// TestAccompanied looks for the mark of synthetic data, the notes and the
// whole provenance in every format.
func TestAccompanied(t *testing.T) {
	table := syntheticTable()
	want, err := appendJSON(nil, table.marked().head())
	if err != nil {
		t.Fatal(err)
	}
	var head map[string]any
	if err := json.Unmarshal(want, &head); err != nil {
		t.Fatal(err)
	}
	all := []string{"SYNTHETIC", "five importers are missing", "criterion 3 is a reconstruction", "imports >= 2 * exports", "EU27,040,2020,",
		"fedcba98", "Etalab 2.0", "v0.1.0", "gross", "--importers USA", "202601"}
	contains := func(what, s string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(s, w) {
				t.Errorf("%s: no %q", what, w)
			}
		}
	}
	contains("table", string(render(t, table, FormatTable, Options{})), banner, all[1], all[2], "baci-hs17", "release 202601", "HS17",
		"0123456789ab", "merics-2024 (provisional)", "EU27", "gross", "v0.1.0", table.Provenance.Query)

	contains("csv", string(render(t, table, FormatCSV, Options{})), "SYNTHETIC")
	contains("csv without rows", string(render(t, table.Select(nil), FormatCSV, Options{})), ",data\n")
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := WriteFile(path, table, FormatCSV); err != nil {
		t.Fatal(err)
	}
	beside, err := os.ReadFile(path + ProvenanceSuffix)
	if err != nil {
		t.Fatal(err)
	}
	contains("file beside the csv", string(beside), jsonEscaped(all)...)

	text := render(t, table, FormatJSON, Options{})
	contains("json", string(text), jsonEscaped(all)...)
	j, _ := readJSON(t, text)
	if diff := cmp.Diff(table.Provenance.Methods, j.Provenance.Methods); diff != "" || !j.Synthetic || !j.Provenance.Synthetic {
		t.Errorf("json: synthetic %v, methods %s", j.Synthetic, diff)
	}
	for i, c := range j.Columns {
		if infinite := infinities(table.marked().Columns[i].Float) > 0; infinite != strings.Contains(c.Description, "infinite") {
			t.Errorf("json: description of %s: %q", c.Name, c.Description)
		}
	}

	r, err := file.NewParquetReader(bytes.NewReader(render(t, table, FormatParquet, Options{})))
	if err != nil {
		t.Fatal(err)
	}
	metadata := r.MetaData().KeyValueMetadata().FindValue(provenanceKey)
	if metadata == nil {
		t.Fatal("parquet: no metadata")
	}
	contains("parquet", *metadata, jsonEscaped(all)...)
	arrowTable, d := readParquet(t, render(t, table, FormatParquet, Options{}))
	if d[markName][0] != markValue {
		t.Errorf("parquet: no mark in the rows")
	}
	field := arrowTable.Schema().Field(4)
	if unit, _ := field.Metadata.GetValue("unit"); unit != USD {
		t.Errorf("parquet: unit of %s is %q", field.Name, unit)
	}

	book := openXLSX(t, render(t, table, FormatXLSX, Options{}))
	rows, err := book.GetRows(readMeSheet)
	if err != nil {
		t.Fatal(err)
	}
	var flat strings.Builder
	for _, row := range rows {
		flat.WriteString(strings.Join(row, "\t") + "\n")
	}
	contains("xlsx", flat.String(), append(all, "@misc{", "share of the partner in imports", "USD")...)
	if rows[1][0] != banner {
		t.Errorf("xlsx: second line of the read-me sheet is %q", rows[1])
	}
}

// jsonEscaped lists texts as they stand inside a JSON string.
func jsonEscaped(texts []string) []string {
	escaped := make([]string, len(texts))
	for i, s := range texts {
		b, _ := appendJSON(nil, s)
		escaped[i] = strings.Trim(string(b), `"`)
	}
	return escaped
}

func TestXLSXLayout(t *testing.T) {
	f := openXLSX(t, render(t, fullTable(), FormatXLSX, Options{}))
	if got := f.GetSheetList(); !slices.Equal(got, []string{dataSheet, readMeSheet}) {
		t.Errorf("sheets %q", got)
	}
	if panes, err := f.GetPanes(dataSheet); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	if names := f.GetDefinedName(); len(names) != 1 || !strings.Contains(names[0].RefersTo, "$A$1:$I$8") {
		t.Errorf("filter %+v", names)
	}
	style := func(cell string) *excelize.Style {
		id, err := f.GetCellStyle(dataSheet, cell)
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := style("A1"); s.Font == nil || !s.Font.Bold {
		t.Errorf("the header is not bold: %+v", s)
	}
	shown := func(cell, want string) {
		t.Helper()
		if got, err := f.GetCellValue(dataSheet, cell); got != want || err != nil {
			t.Errorf("%s shows %q, %v; want %q", cell, got, err, want)
		}
	}
	shown("A2", "2024")
	shown("B2", "010121")
	shown("D4", "12,345")
	shown("E4", "9,600,000,000,000")
	shown("F2", "0.300")
	shown("G3", "inf")
	shown("F5", "")
	shown("I2", "TRUE")
	shown("C4", "=SUM(A1:A9)")
}

func TestXLSXLimits(t *testing.T) {
	flags := BoolColumn("flag", "")
	flags.Bool = make([]bool, maxSheetRows+1)
	var b bytes.Buffer
	err := Write(&b, New("big", "", flags), FormatXLSX, Options{})
	if err == nil || !strings.Contains(err.Error(), "1,048,576 rows") || !strings.Contains(err.Error(), "csv or parquet") || b.Len() > 0 {
		t.Errorf("too many rows: %v, %d bytes", err, b.Len())
	}

	f := func(s string, fits bool) {
		t.Helper()
		c := TextColumn("text", "")
		c.AppendText("", s)
		table := New("long", "", c)
		var b bytes.Buffer
		err := Write(&b, table, FormatXLSX, Options{})
		switch {
		case fits && err != nil:
			t.Error(err)
		case fits:
			if got := readXLSX(t, table, b.Bytes()); got["text"][1] != s {
				t.Errorf("%d bytes are read back as %d", len(s), len(got["text"][1].(string)))
			}
		case err == nil || !strings.Contains(err.Error(), `"text", row 2`):
			t.Errorf("%d bytes: %v", len(s), err)
		}
	}
	f(strings.Repeat("é", 32767), true)
	f(strings.Repeat("é", 32768), false)
	f(strings.Repeat("😀", 16384), false)

	table := fullTable() // long text of the provenance goes on in the next cell
	table.Provenance.Query = strings.Repeat("é123456789", 10000)
	rows, err := openXLSX(t, render(t, table, FormatXLSX, Options{})).GetRows(readMeSheet)
	if err != nil {
		t.Fatal(err)
	}
	var joined strings.Builder
	for i, found := 0, false; i < len(rows); i++ {
		row := rows[i]
		if len(row) > 1 && (row[0] == "Query" || found && row[0] == "") {
			found = true
			joined.WriteString(row[1])
		} else {
			found = false
		}
	}
	if joined.String() != table.Provenance.Query {
		t.Errorf("the query has %d bytes in the read-me sheet, want %d", joined.Len(), len(table.Provenance.Query))
	}
}

// TestReproducible renders twice: without a time of creation the bytes agree.
// The parts of a workbook carry no time, which would differ only later.
func TestReproducible(t *testing.T) {
	for _, f := range anyTable() {
		a := render(t, syntheticTable(), Format(f), Options{})
		if b := render(t, syntheticTable(), Format(f), Options{}); !bytes.Equal(a, b) {
			t.Errorf("%s differs between two renderings", f)
		}
	}
	text := render(t, syntheticTable(), FormatXLSX, Options{})
	parts, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts.File {
		if part.Modified.Year() > 1980 {
			t.Errorf("%s carries the time %v", part.Name, part.Modified)
		}
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(time.Now().UTC().Format("2006-01-02T"))) {
			t.Errorf("%s contains today's date", part.Name)
		}
	}
}

func TestWriteFile(t *testing.T) {
	for _, name := range anyTable() {
		format := Format(name)
		dir := t.TempDir()
		path := filepath.Join(dir, "out."+name)
		want := render(t, fullTable(), format, Options{})
		if err := WriteFile(path, fullTable(), format); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: the file differs from what Write gives, %v", name, err)
		}

		invalid := fullTable()
		invalid.Columns[0].AppendInt(1)
		if err := WriteFile(path, invalid, format); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: an invalid table: %v", name, err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: a failed rendering changed the file, %v", name, err)
		}
		files := []string{filepath.Base(path)}
		if format.RowsAlone() {
			files = append(files, filepath.Base(path)+ProvenanceSuffix)
		}
		if got := list(t, dir); !slices.Equal(got, files) {
			t.Errorf("%s: the folder holds %q, want %q", name, got, files)
		}
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteFilePlaces(t *testing.T) {
	dir := t.TempDir()
	if err := WriteFile(dir, fullTable(), FormatCSV); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if err := WriteFile(filepath.Join(dir, "no", "a.csv"), fullTable(), FormatCSV); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := WriteFile(os.DevNull, fullTable(), FormatCSV); err != nil {
		t.Errorf("a device: %v", err)
	}

	target, link := filepath.Join(dir, "target.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target.json", link); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(link, fullTable(), FormatJSON); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v", err)
	}
	info, err = os.Stat(target)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() < 100 {
		t.Errorf("target: %v, %v", info, err)
	}
}

// failingWriter accepts some bytes, as a full disk does.
type failingWriter struct{ left int }

var errFull = errors.New("disk full")

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorsReachTheCaller(t *testing.T) {
	table := randomFloats(5000)
	for _, f := range anyTable() {
		size := len(render(t, table, Format(f), Options{}))
		for _, left := range []int{0, 1, size / 2, size - 1} {
			if err := Write(&failingWriter{left}, table, Format(f), Options{}); !errors.Is(err, errFull) {
				t.Errorf("%s, %d of %d bytes accepted: %v", f, left, size, err)
			}
		}
		if err := Write(&failingWriter{size}, table, Format(f), Options{}); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// FuzzText renders any text and reads it back from every format.
func FuzzText(f *testing.F) {
	for _, s := range hardTable().Column("product_name").Text {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, n := TextColumn("text", s), IntColumn("n", "", "")
		c.AppendText("x", s)
		n.AppendInt(1, 2)
		table := New("fuzz", s, c, n)
		if table.CheckValid() != nil {
			t.Skip()
		}
		_, fromJSON := readJSON(t, render(t, table, FormatJSON, Options{}))
		_, fromParquet := readParquet(t, render(t, table, FormatParquet, Options{}))
		for format, got := range map[Format]decoded{
			FormatCSV:  readCSV(t, table, render(t, table, FormatCSV, Options{})),
			FormatJSON: fromJSON, FormatParquet: fromParquet,
			FormatXLSX: readXLSX(t, table, render(t, table, FormatXLSX, Options{})),
		} {
			want := s
			if format == FormatCSV {
				want = strings.ReplaceAll(s, "\r\n", "\n") // as encoding/csv reads it
			}
			if got["text"][1] != want {
				t.Errorf("%s: %q is read back as %q", format, s, got["text"][1])
			}
		}
		for line := range strings.Lines(string(render(t, table, FormatTable, Options{Width: 40}))) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' }) {
				t.Errorf("a control character reaches the terminal: %q", line)
			}
		}
	})
}

// benchTable has 25 columns of the kinds that dependencies has.
func benchTable(rows int) *Table {
	r := rand.New(rand.NewPCG(3, 4))
	t := New("bench", "")
	for i := range 25 {
		switch i % 5 {
		case 0:
			c := TextColumn("text"+strconv.Itoa(i), "")
			for range rows {
				c.AppendText(strconv.Itoa(100000 + r.IntN(800000)))
			}
			t.Columns = append(t.Columns, c)
		case 1:
			c := IntColumn("int"+strconv.Itoa(i), "", "")
			for range rows {
				c.AppendInt(r.Int64N(300))
			}
			t.Columns = append(t.Columns, c)
		case 2:
			c := FloatColumn("usd"+strconv.Itoa(i), USD, "")
			for range rows {
				c.AppendFloat(float64(r.Int64N(1e10)))
			}
			t.Columns = append(t.Columns, c)
		default:
			c := FloatColumn("share"+strconv.Itoa(i), Share, "")
			for range rows {
				c.AppendFloat(r.Float64())
			}
			t.Columns = append(t.Columns, c)
		}
	}
	return t
}

func BenchmarkWrite(b *testing.B) {
	const rows = 100_000
	table := benchTable(rows)
	for _, f := range []Format{FormatCSV, FormatJSON, FormatParquet, FormatXLSX} {
		b.Run(string(f), func(b *testing.B) {
			for b.Loop() {
				if err := Write(io.Discard, table, f, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// TestOuterSpace: readers that trim cells must see that spaces belong to them.
func TestOuterSpace(t *testing.T) {
	f := func(s, wantCSV, wantCell string) {
		t.Helper()
		if got := string(appendCSVText(nil, s)); got != wantCSV {
			t.Errorf("CSV of %q: %s, want %s", s, got, wantCSV)
		}
		c := TextColumn("x", "")
		c.AppendText(s)
		if got := string(c.appendCell(nil, 0, "A2", 0)); !strings.Contains(got, wantCell) {
			t.Errorf("cell of %q: %s, want %s", s, got, wantCell)
		}
	}
	f("a b", `a b`, `<t>a b</t>`)
	f(" a", `" a"`, `<t xml:space="preserve"> a</t>`)
	f("a ", `"a "`, `<t xml:space="preserve">a </t>`)
}

// TestIDsStayWhole: in a narrow window ids are not shortened, as what is left of two may be the same; sentences are.
func TestIDsStayWhole(t *testing.T) {
	id, words := TextColumn("id", ""), TextColumn("words", "")
	id.AppendText("merics-2024-floor", "merics-2024")
	words.AppendText("a sentence that goes on and on and on", "another")
	got := string(render(t, New("ids", "", id, words), FormatTable, Options{Width: 34}))
	if !strings.Contains(got, "merics-2024-floor  a sentence") || !strings.Contains(got, ellipsis) {
		t.Errorf("got\n%s", got)
	}
}
