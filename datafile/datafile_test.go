package datafile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTOML(t *testing.T) {
	var v struct {
		ID    string  `toml:"id"`
		Floor float64 `toml:"floor"`
	}
	f := func(text, want string) {
		t.Helper()
		err := TOML("r.toml", []byte(text), &v)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("id = \"a\"\nfloor = 1e7\n", "")
	f("id = \"a\"\n\nflor = 1\n", `r.toml:3:1: unknown key "flor"`)
	f("id = \"a\"\nfloor = \"much\"\n", "r.toml:2:9: ")
	f("id = a\n", "r.toml:1:6: ")
}

func TestCSV(t *testing.T) {
	table, err := CSV("t.csv", strings.NewReader("\ufeffYear, Index \n# a remark\n2015,\" 1 \"\n"), true)
	if err != nil {
		t.Fatal(err)
	}
	if more, err := table.Next(); !more || err != nil || table.Field("index") != "1" || table.Line() != 3 || table.Field("nothing") != "" {
		t.Errorf("%v, %v, line %d: %q", more, err, table.Line(), table.Field("index"))
	}
	if err := table.Fail("index %q", "1"); err.Error() != `t.csv:3: index "1"` {
		t.Error(err)
	}
	if err := table.Need("year", "value"); err == nil || err.Error() != "t.csv:1: no column value among year,index; want year,value" {
		t.Error(err)
	}
	if more, err := table.Next(); more || err != nil {
		t.Errorf("%v, %v", more, err)
	}
	f := func(text, want string) {
		t.Helper()
		table, err := CSV("t.csv", strings.NewReader(text), false)
		for more := err == nil; more && err == nil; {
			more, err = table.Next()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("", "t.csv:1: the file is empty")
	f("a,A\n", "t.csv:1: column a stands twice")
	f("a,b\n1,2\n1\n", "t.csv:3: want 2 fields")
	f("a,b\n1,2\n1,\"2\n", "t.csv:3: a quoted field does not end")
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("a,b\n"))
	z.Close()
	for name, data := range map[string][]byte{"plain.csv": []byte("a,b\n"), "packed.csv.gz": packed.Bytes()} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if text, err := Load(path, 4); err != nil || string(text) != "a,b\n" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		var fault *Error
		if _, err := Load(path, 3); !errors.As(err, &fault) {
			t.Errorf("%s is over the limit, but %v", name, err)
		}
	}
	if _, err := Load(dir, 10); err == nil {
		t.Error("a folder is read")
	}
	if _, err := Load(filepath.Join(dir, "nope"), 10); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("year,index\n2015,1\n")
	f.Add("\ufeff\"a\nb\",c\n#\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := CSV("t.csv", strings.NewReader(text), true)
		if err != nil {
			return
		}
		line := 1
		for {
			more, err := table.Next()
			if !more || err != nil {
				return
			}
			if table.Line() <= line {
				t.Fatalf("line %d after line %d", table.Line(), line)
			}
			line = table.Line()
			for i := range table.Header {
				table.FieldAt(i)
			}
		}
	})
}

func TestLineOf(t *testing.T) {
	f := func(text string, want int) {
		t.Helper()
		if got := LineOf([]byte("a = 1\nb = 2\n\nc = 3\n"), text); got != want {
			t.Errorf("%q stands in line %d, want %d", text, got, want)
		}
	}
	f("a", 1)
	f("b = 2", 2)
	f("\nb", 2)
	f("\n\nc", 4)
	f("d", 0)
	f("", 0)
}
