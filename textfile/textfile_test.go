package textfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(path, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := Read(path, 4); err != nil || string(data) != "four" {
		t.Errorf("%q, %v", data, err)
	}
	f := func(name string, max int64, want string) {
		t.Helper()
		if _, err := Read(name, max); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
	f(path, 3, "a.csv is larger than 3 bytes")
	f(dir, 3, "is a folder; expected a file")
	f(os.DevNull, 3, "is a device; write its content to a file")
	f(filepath.Join(dir, "none"), 3, "no such file")
}

func TestLines(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		for l := NewLines(strings.NewReader(text)); ; {
			line, err := l.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				line = []byte(err.Error())
			}
			got = append(got, string(line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.60q: %.200q, want %q", text, got, want)
		}
	}
	f("")
	f("\n \t\r\n")
	f("\ufeffa\nb\r\n\nc", "a", "b", "c")
	f("a\n"+strings.Repeat("x", 3*MaxLine)+"\nb\n", "a", ErrLongLine.Error(), "b")
	f(strings.Repeat("x", MaxLine), ErrLongLine.Error())
	f(strings.Repeat("x", MaxLine-1)+"\nb", strings.Repeat("x", MaxLine-1), "b")
}

func TestSplit(t *testing.T) {
	f := func(line string, want ...string) {
		t.Helper()
		fields, err := Split([]byte(line), ',', nil)
		var got []string
		for _, field := range fields {
			got = append(got, string(field))
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	f("", "")
	f("a,,b,", "a", "", "b", "")
	f(`"a,b", "c""d" ,12" pipe,5" nail`, "a,b", `c"d`, `12" pipe`, `5" nail`)
	f(`"a`, ErrQuotes.Error())
	f(`x,"a""`, ErrQuotes.Error())
	f(`"12" pipe",x`, ErrAfterQuote.Error())
}

// read gives the rows and errors of a table with the columns a and, perhaps, b.
func read(text string) (rows []string, err error) {
	t := NewTable("t.csv", []byte(text))
	t.Comment = '#'
	var others []string
	if err := t.Header([]string{"a"}, []string{"b"}, &others); err != nil {
		return nil, err
	}
	err = t.Each(func(_ int, field func(string) string) error {
		if field("a") == "wrong" {
			return errors.New("is wrong")
		}
		rows = append(rows, field("a")+"|"+field("b"))
		return nil
	})
	return rows, err
}

func TestTable(t *testing.T) {
	f := func(text, wantErr string, want ...string) {
		t.Helper()
		rows, err := read(text)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if !slices.Equal(rows, want) || said != wantErr && (wantErr == "" || !strings.HasPrefix(said, wantErr)) {
			t.Errorf("%q: %q, %v; want %q, %s", text, rows, err, want, wantErr)
		}
	}
	f("# note\nB, A ,c\n1,2,3\n\n#4,5,6\n \"7\" ,\"8,9\",\n", "", "2|1", "8,9|7")
	f("\ufeffa\r\nx\r\n", "", "x|")
	f("", "t.csv:1: no header line; expected a,b")
	f("b\n", "t.csv:1: no column a; expected a,b")
	f("a;b\n1;2\n", "t.csv:1: no column a; expected a,b; the columns are separated by semicolons, expected commas")
	f("a,A\n", `t.csv:1: the column "a" appears twice`)
	f("a,b\n1\n", "t.csv:2: 1 field where the header has 2")
	f("a\n1\n\"two\nlines\"\n", "t.csv:3: a quoted field does not end on its line", "1|")
	f("a\n1\nwrong\n", "t.csv:3: is wrong", "1|")
	f("a\nC\xf4te\n", "t.csv:2: this is not text in UTF-8")
	f("\xff\xfea\x00\n\x00", "t.csv:1: this is not text in UTF-8")
	f("a\n\x00\n", "t.csv:2: this is not text in UTF-8")
	f("a\n"+strings.Repeat("x", MaxLine)+"\n", "t.csv:2: the line is longer")
	unknown := NewTable("t.csv", []byte("a,c\n"))
	if err := unknown.Header([]string{"a"}, nil, nil); err == nil || err.Error() != `t.csv:1: the column "c" is unknown; expected a` {
		t.Error(err)
	}
}

// FuzzTable: a line is a row, is blank, or is the one that the error names; and what encoding/csv writes without line breaks in
// its fields is read as it was.
func FuzzTable(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "A\n\"x,\"\"y\"\n", "a;b\n", "\ufeffb,a\r\n,\r\n", "a\n12\" pipe\n\"12\" pipe\n", "a\n\x00", "#\na\n#\n"} {
		f.Add(text)
	}
	cases, err := filepath.Glob("../ingest/testdata/cases/*/*.csv")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range cases {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := read(text)
		lines := strings.Count(text, "\n") + 1
		var at *LineError
		if err != nil && (!errors.As(err, &at) || at.Line < 1 || at.Line > lines) {
			t.Fatalf("%v of %d lines", err, lines)
		}
		if len(rows) >= lines {
			t.Fatalf("%d rows in %d lines", len(rows), lines)
		}
		asCSV(t, text)
	})
}

// asCSV writes the words of a text as encoding/csv does and reads them back.
func asCSV(t *testing.T, text string) {
	var want []string
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for i, field := range strings.FieldsFunc(strings.ToValidUTF8(text, "?"), func(r rune) bool { return strings.ContainsRune("\r\n\x00", r) }) {
		field = strings.TrimSpace(field)
		if i == 0 {
			field = "a" + field // a first field may not look like a mark or a comment
		}
		want = append(want, field)
	}
	if len(want) == 0 || len(text) > MaxLine/4 {
		return
	}
	w.Write(want)
	w.Flush()
	got, err := NewTable("t.csv", b.Bytes()).Next()
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%q was read as %q, %v", want, got, err)
	}
}

// TestColumnsWithoutNames: files of other programs have columns without names, such as R's numbers of rows, which nobody reads.
func TestColumnsWithoutNames(t *testing.T) {
	table := ReadTable("t.csv", strings.NewReader("\ufeff,Year,,Index\n# a remark\n1,2015,x,97.3\n"))
	table.Comment = '#'
	var others []string
	if err := table.Header([]string{"year"}, []string{"index"}, &others); err != nil || len(others) != 2 || !table.Has("year", "index") || table.Has("value") {
		t.Fatalf("%v, others %q of %q", err, others, table.Head)
	}
	err := table.Each(func(line int, field func(string) string) error {
		if line != 3 || field("year") != "2015" || field("index") != "97.3" || field("value") != "" {
			t.Errorf("line %d: %q, %q", line, field("year"), field("index"))
		}
		return table.Fail("index %q", field("index"))
	})
	if err == nil || err.Error() != `t.csv:3: index "97.3"` {
		t.Error(err)
	}
	if err := ReadTable("t.csv", strings.NewReader("")).Header(nil, nil, new([]string)); err == nil || err.Error() != "t.csv:1: no header line; expected a line with the names of the columns" {
		t.Error(err)
	}
}
