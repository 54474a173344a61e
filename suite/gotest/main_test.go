package main

import (
	"os"
	"strings"
	"testing"
)

// module is a small module: each file's text, by name.
var module = map[string]string{
	"go.mod": "module m\n\ngo 1.26\n",
	"a/a_test.go": `package a
import "testing"
func TestGood(t *testing.T) { t.Log("not shown") }
func TestServers(t *testing.T) { t.Skip("left out (cluster): needs servers") }
func TestOne(t *testing.T) { t.Run("x", func(t *testing.T) { t.Skip("left out (real): needs data") }) }
func TestWindows(t *testing.T) { t.Skip("not on this platform") }
`,
	"b/b_test.go": `package b
import "testing"
func TestGood(t *testing.T) { t.Log("not shown") }
func TestBad(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Error("shown") }) }
func TestPanic(t *testing.T) { panic("cut off") }
`,
	"c/c_test.go": "package c\nfunc broken() int {}\n",
	"d/d.go":      "package d\n",
}

// runModule runs the tests of some packages of the module.
func runModule(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("GOFLAGS", "")
	for name, text := range module {
		if folder, _, ok := strings.Cut(name, "/"); ok {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	code, err := run(args, &out, true)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), code
}

func TestLeftOut(t *testing.T) {
	said, code := runModule(t, "./a", "./d")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"ok  \tm/a\t", "?   \tm/d\t", "    1 test  clickhouse-server", "make cluster\n", "make real", "make browser", "m/a TestWindows: a_test.go:6: not on this platform"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if strings.Contains(said, "not shown") || strings.Contains(said, "=== ") {
		t.Errorf("output of tests that have passed:\n%s", said)
	}
}

func TestFailures(t *testing.T) {
	said, code := runModule(t, "./b", "./c")
	if code == 0 {
		t.Error("exit code 0")
	}
	for _, want := range []string{"--- FAIL: TestBad", "shown", "panic: cut off", "FAIL\tm/b\t", "missing return", "FAIL\tm/c [build failed]"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if strings.Contains(said, "not shown") {
		t.Errorf("output of a test that has passed:\n%s", said)
	}
}
