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
