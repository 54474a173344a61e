package result

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// hardTable holds the values that renderings get wrong: leading zeros, codes
// with letters, missing and infinite numbers, sums that are no short decimal,
// trillions of dollars, and text that a spreadsheet takes for a formula.
func hardTable() *Table {
	year := IntColumn("year", Year, "calendar year")
	product := TextColumn("product", "six-character product code")
	name := TextColumn("product_name", "text of the nomenclature")
	suppliers := IntColumn("suppliers", "", "exporters with a positive flow")
	imports := FloatColumn("imports_usd", USD, "imports from non-members")
	share := FloatColumn("partner_share", Share, "share of the partner in imports")
	ratio := FloatColumn("rearrangement_ratio", "ratio", "imports from the partner over the exports of everybody else")
	quantity := FloatColumn("quantity", Tonnes, "quantity imported")
	dependent := BoolColumn("dependent", "the method is met")
	t := New("dependencies", "Dependencies of the USA on China", year, product, name, suppliers, imports, share, ratio, quantity, dependent)

	add := func(code, label string, n int64, usd, s, r, q float64, is bool) {
		year.AppendInt(2024)
		product.AppendText(code)
		name.AppendText(label)
		suppliers.AppendInt(n)
		imports.AppendFloat(usd)
		share.AppendFloat(s)
		ratio.AppendFloat(r)
		quantity.AppendFloat(q)
		dependent.AppendBool(is)
	}
	nan, inf := math.NaN(), math.Inf(1)
	add("010121", "Horses; live, pure-bred breeding animals", 1, 176, 0.30000000000000004, 2, 0.176, true)
	add("9999AA", "Commodities \"not specified\"", 0, 0, 0, inf, nan, false)
	add("851712", "=SUM(A1:A9)", 12345, 9.6e12, 1, -inf, 1234567.891, true)
	add("870380", "+1 -1 @cmd", 7, 1234567890, nan, nan, 0, false)
	add("260300", "Côte d’Ivoire, Türkiye, 中国\nsecond line ", -3, 1234567890.125, 0.99999, 5e-324, 1e300, true)
	add("000000", "", math.MaxInt64, math.MaxFloat64, 1e-7, 1e21, 12345678.9, false)
	add("1E5", "-2+3 _x0041_ <b>&amp;</b>\ttab\x01", MissingInt, 1<<53+2, 0.0004, -0.5, 1, false)
	return t
}

// provenanceExample is a provenance with every field filled.
func provenanceExample() Provenance {
	return Provenance{
		Dataset: "baci-hs17", Checksum: strings.Repeat("0123456789abcdef", 4), Release: "202601", Nomenclature: "HS17",
		Source: "CEPII, BACI", Licence: "Etalab 2.0", Years: "2022:2024", Exact: true,
		Citation: "Gaulier, G. and Zignago, S. (2010), BACI, CEPII Working Paper 2010-23.",
		Methods: []MethodText{{
			ID: "merics-2024", Title: "MERICS dependency", Status: "provisional", Source: "MERICS (2024)",
			Text: "id = \"merics-2024\"\n\n[[criteria]]\n  expr = \"imports >= 2 * exports\"\n", SHA256: strings.Repeat("fedcba98", 8),
		}},
		Blocs: []BlocText{{ID: "EU27", Name: "European Union since 2020", Source: "EUR-Lex", Text: "EU27,040,2020,\nEU27,056,2020,\n"}},
		World: "gross", Program: "chokepoint", Version: "v0.1.0",
		Query:   "dependencies importers=USA partners=CHN method=merics-2024 years=2024",
		Command: "chokepoint dependencies --importers USA --partners CHN",
	}
}

// fullTable is hardTable with all that accompanies it.
func fullTable() *Table {
	t := hardTable()
	t.Provenance = provenanceExample()
	t.Note("five importers are missing in %d", 2024)
	t.Provisional = []string{"merics-2024: criterion 3 is a reconstruction"}
	return t
}

func syntheticTable() *Table {
	t := fullTable()
	t.Synthetic = true
	return t
}

func TestCheckValid(t *testing.T) {
	f := func(what, want string, change func(*Table)) {
		t.Helper()
		table := hardTable()
		change(table)
		err := table.CheckValid()
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", what, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got error %v, want one with %q", what, err, want)
		}
		for _, format := range anyTable() {
			var b strings.Builder
			if err := Write(&b, table, Format(format), Options{}); (err != nil) != (want != "") {
				t.Errorf("%s: Write as %s: got error %v, want %q", what, format, err, want)
			} else if err != nil && b.Len() > 0 {
				t.Errorf("%s: Write as %s wrote %d bytes of an invalid table", what, format, b.Len())
			}
		}
	}
	f("valid", "", func(*Table) {})
	f("no name", "has no name", func(t *Table) { t.Name = "" })
	f("no columns", "no columns", func(t *Table) { t.Columns = nil })
	f("lengths", `"product" has 8 rows`, func(t *Table) { t.Column("product").AppendText("x") })
	f("repeated name", `two columns are named "year"`, func(t *Table) { t.Columns[3].Name = "year" })
	f("empty name", "no column name", func(t *Table) { t.Columns[0].Name = "" })
	f("minus", "no column name", func(t *Table) { t.Columns[0].Name = "-year" })
	f("nil", "is nil", func(t *Table) { t.Columns[2] = nil })
	f("unknown type", "unknown type", func(t *Table) { t.Columns[2].Type = 9 })
	f("wrong slice", "7 values of another type", func(t *Table) {
		t.Column("suppliers").AppendFloat(make([]float64, 7)...)
	})
	f("not UTF-8", `row 2: "C\xf4te" is not UTF-8`, func(t *Table) { t.Column("product_name").Text[1] = "C\xf4te" })
	f("data column", "", func(t *Table) { t.Columns[1].Name = "data" })
	f("data column, synthetic", `"data" is reserved`, func(t *Table) { t.Columns[1].Name = "data"; t.Provenance.Synthetic = true })
}

func TestSortBy(t *testing.T) {
	code := TextColumn("code", "")
	value := FloatColumn("value", USD, "")
	count := IntColumn("count", "", "")
	flag := BoolColumn("flag", "")
	code.AppendText("b", "a", "c", "d", "e")
	value.AppendFloat(2, math.NaN(), math.Inf(1), 2, -1)
	count.AppendInt(3, 1, 2, 2, 9)
	flag.AppendBool(true, false, true, false, true)
	table := New("t", "", code, value, count, flag)
	f := func(want string, names ...string) {
		t.Helper()
		sorted := table.Select([]int{0, 1, 2, 3, 4})
		if err := sorted.SortBy(names...); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(sorted.Column("code").Text, ""); got != want {
			t.Errorf("SortBy(%q) = %s, want %s", names, got, want)
		}
	}
	f("bacde")
	f("abcde", "code")
	f("edcba", "-code")
	f("ebdca", "value")  // stable, missing last
	f("cbdea", "-value") // missing last
	f("acdbe", "count")
	f("adbce", "flag")
	f("ebcda", "-flag", "value", "code")
	f("ebdca", "-count", "-code")
	if err := table.SortBy("valeu"); err == nil || !strings.Contains(err.Error(), `no column "valeu"`) {
		t.Errorf("unknown column: %v", err)
	}
	if got := strings.Join(code.Text, ""); got != "bacde" {
		t.Errorf("sorting a selection changed the table: %s", got)
	}
}

func TestSelectKeepsWhatAccompanies(t *testing.T) {
	table := syntheticTable()
	got := table.Select([]int{4, 0, 0})
	if got.Rows() != 3 || !slices.Equal(got.Column("product").Text, []string{"260300", "010121", "010121"}) {
		t.Errorf("rows: %q", got.Column("product").Text)
	}
	if !got.IsSynthetic() || !reflect.DeepEqual(got.Provenance, table.Provenance) || len(got.Notes) != 1 || got.Column("imports_usd").Unit != USD {
		t.Errorf("lost: %+v", got)
	}
	if err := got.CheckValid(); err != nil {
		t.Error(err)
	}
}

func TestCodebook(t *testing.T) {
	table := hardTable()
	book := table.Codebook()
	if err := book.CheckValid(); err != nil {
		t.Fatal(err)
	}
	if book.Rows() != len(table.Columns) {
		t.Fatalf("%d rows for %d columns", book.Rows(), len(table.Columns))
	}
	for i, c := range table.Columns {
		row := []string{book.Columns[0].Text[i], book.Columns[1].Text[i], book.Columns[2].Text[i], book.Columns[3].Text[i]}
		if want := []string{c.Name, c.Type.String(), c.Unit, c.Description}; !slices.Equal(row, want) {
			t.Errorf("row %d: %q, want %q", i, row, want)
		}
	}
}

func TestNoteOnce(t *testing.T) {
	table := New("t", "")
	table.Note("a %d", 1)
	table.Note("a %d", 1)
	table.Note("b")
	if !slices.Equal(Texts(table.Notes), []string{"a 1", "b"}) {
		t.Errorf("%q", Texts(table.Notes))
	}
}

func TestCite(t *testing.T) {
	p := provenanceExample()
	golden(t, "cite.txt", []byte(p.Cite()+"\n"+p.BibTeX()))

	p.Synthetic = true
	p.Created = time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range []string{p.Cite(), p.BibTeX()} {
		if !strings.Contains(s, "SYNTHETIC") {
			t.Errorf("no mark in %q", s)
		}
	}
	if !strings.Contains(p.BibTeX(), "{2031}") {
		t.Errorf("year of creation: %s", p.BibTeX())
	}
	if got := (Provenance{}).Cite(); got != "" {
		t.Errorf("empty provenance cites %q", got)
	}
	tex := Provenance{Dataset: "a_b", Source: `50% & {x} \ # $ ~ ^`}.BibTeX()
	if want := `{50\% \& \{x\} \textbackslash{} \# \$ \textasciitilde{} \textasciicircum{}}`; !strings.Contains(tex, want) {
		t.Errorf("escapes: %s", tex)
	}
}

func TestFormats(t *testing.T) {
	f := func(path string, want Format) {
		t.Helper()
		got, err := FormatOf(path)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("FormatOf(%q) = %q, %v; want %q", path, got, err, want)
		}
	}
	f("a.csv", FormatCSV)
	f("dir.json/A.XLSX", FormatXLSX)
	f("a.b.parquet", FormatParquet)
	f("a.json", FormatJSON)
	f("a.txt", FormatTable)
	f("a.xls", "")
	f("csv", "")
	f("", "")
	for _, name := range Formats() {
		if got, err := ParseFormat(name); err != nil || string(got) != name {
			t.Errorf("ParseFormat(%q) = %q, %v", name, got, err)
		}
		if Format(name).MediaType() == "application/octet-stream" {
			t.Errorf("no media type for %s", name)
		}
	}
	if _, err := ParseFormat("xls"); err == nil || !strings.Contains(err.Error(), "table, csv, json, parquet, xlsx") {
		t.Errorf("ParseFormat(xls): %v", err)
	}
	if err := Write(nil, hardTable(), "xls", Options{}); err == nil {
		t.Error("Write accepts an unknown format")
	}
}

// TestStatusesOnTerminal: statuses stand beside the figures on a terminal where rows differ in them; where they are alike the title says it.
func TestStatusesOnTerminal(t *testing.T) {
	for text, shown := range map[string]bool{"missing": true, "observed": false} {
		n, s := IntColumn("products", "count", "."), TextColumn("status", StatusText).AsDetail()
		n.AppendInt(MissingInt, 7)
		s.AppendText(text, "observed")
		var b strings.Builder
		if err := Write(&b, New("count", "Counts", n, s), FormatTable, Options{}); err != nil {
			t.Fatal(err)
		}
		if head := strings.Split(b.String(), "\n")[2]; strings.Contains(head, "status") != shown {
			t.Errorf("%s and observed: %q, want the column %v", text, head, shown)
		}
	}
}
