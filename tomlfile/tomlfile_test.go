package tomlfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

type table struct {
	ID    string             `toml:"id"`
	Year  int                `toml:"year"`
	Parts map[string]float64 `toml:"parts"`
	Items []*item            `toml:"item"`
	Names []string           `toml:"names"`
	Limit struct {
		From float64 `toml:"from"`
		Open bool    `toml:"open"`
	} `toml:"limit"`
	Text []byte `toml:"-"`
}

type item struct {
	Source string `toml:"source"`
}

func TestDecode(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var v table
		err := Decode("f.toml", []byte(text), 1000, &v)
		if got := errorText(err); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	f("id = \"x\"\nyear = 2024\n[parts]\na = 1\nb = 0.5\n", "")
	f("\ufeffid = \"x\"\n", "")
	f("\ufeffidd = \"x\"\n", `f.toml:1:1: unknown key "idd"; known keys are id, year, parts, item, names, limit (did you mean id?)`)
	f("[[item]]\nsource = \"a\"\n[[item]]\nsorce = \"b\"\n", `f.toml:4:1: unknown key "item.sorce"; known keys in item are source (did you mean source?)`)
	f("[limit]\nform = 1\n", `f.toml:2:1: unknown key "limit.form"; known keys in limit are from, open (did you mean from?)`)
	f("a_word_like_no_other = 1\n[nothing]\n", "f.toml:1:1: unknown key \"a_word_like_no_other\"; known keys are id, year, parts, item, names, limit\n"+
		"f.toml:2:2: unknown key \"nothing\"; known keys are id, year, parts, item, names, limit")
	f("id = 1\n", `f.toml:1:6: id: got a number, expected a text, as in "…"`)
	f("year = 2024.5\n", `f.toml:1:8: year: got a number, expected a whole number`)
	f("[parts]\na = \"1\"\n", `f.toml:2:5: parts.a: got a text, expected a number`)
	f("names = \"a\"\n", `f.toml:1:9: names: got a text, expected a list, as in [ … ], each a text, as in "…"`)
	f("item = 1\n", `f.toml:1:8: item: got a number, expected tables, each headed by its name in [[ ]]`)
	f("limit = true\n", `f.toml:1:9: limit: got true or false, expected a table`)
	f("[limit]\nopen = 2024-01-01\n", `f.toml:2:8: limit.open: got a date or time, expected true or false`)
	f("year = 1\nyear = 2\n", `f.toml:2:1: key year is already defined`)
	f("id = \"x\nyear = 1\n", `f.toml:1:8: basic strings cannot have new lines`)
	f("id = \"x\"\nyear = 1\nnames = [\"caf\xe9\"]\n", `f.toml:3:14: byte 0xE9 is not UTF-8; save the file again as UTF-8`)
	f(strings.Repeat("#", 1001), "f.toml: more than 1000 bytes; such a file has at most as many")
	for _, bytes := range []string{utf16Text("\ufeffid = 1\n", true), utf16Text("\ufeffid = 1\n", false), utf16Text("id = 1\n", true), utf16Text("id = 1\n", false)} {
		f(bytes, "f.toml: the file is UTF-16; expected UTF-8: save it again with that encoding, or run `iconv -f UTF-16 -t UTF-8`")
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// utf16Text writes a text as UTF-16, which is what some editors call Unicode.
func utf16Text(text string, little bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if little {
			b = append(b, byte(u), byte(u>>8))
		} else {
			b = append(b, byte(u>>8), byte(u))
		}
	}
	return string(b)
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.toml")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(path, 10); err != nil || string(data) != "0123456789" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := ReadFile(path, 9); err == nil || !strings.Contains(err.Error(), "larger than 9 bytes") {
		t.Errorf("a file of ten bytes, at most nine: got %v", err)
	}
	if _, err := ReadFile(path+"x", 9); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("id = \"x\"\n[[item]]\nsorce = 1\n"))
	f.Add([]byte("[parts]\na.b = 1\n"))
	f.Add([]byte("\xff\xfei\x00"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		var v table
		_ = Decode("f.toml", data, 1<<16, &v) // it does not panic
	})
}
