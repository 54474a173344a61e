package suite

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEverySuiteRuns: each has tests, if it is one of the main module, and a target of the Makefile.
func TestEverySuiteRuns(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range All {
		if !regexp.MustCompile(`(?m)^([\w-]+ )*` + s.Name + `( [\w-]+)*:.*##`).Match(makefile) {
			t.Errorf("the Makefile has no target %s", s.Name)
		}
		if s.Outside {
			continue
		}
		if tests, err := s.Tests(".."); err != nil || len(tests) == 0 {
			t.Errorf("%s: no test asks for it, %v", s.Name, err)
		}
	}
}

// TestTests finds tests that ask through a function of their package.
func TestTests(t *testing.T) {
	tests, err := Real.Tests("..")
	if err != nil {
		t.Fatal(err)
	}
	if got := tests[filepath.Join("..", "ingest")]; !slices.Contains(got, "TestRealPaper") || slices.Contains(got, "TestFolder") {
		t.Errorf("tests of ingest on real data: %v", got)
	}
	if got := tests[filepath.Join("..", "clickhouse")]; len(got) > 0 {
		t.Errorf("tests of clickhouse ask for servers first: %v", got)
	}
}

// TestNothingIsLookedFor: tests do not take programs or data because they find them. What is not asked for is left out.
func TestNothingIsLookedFor(t *testing.T) {
	looks := regexp.MustCompile(`\bexec\.LookPath\(|"shared"|shared/data`)
	script := regexp.MustCompile(`^(\[[^]]*\] *)?(! *)?exec `) // of a program that may not be there
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); d.IsDir() && path != ".." && err == nil {
			return fs.SkipDir // a module of its own, whose tests are asked for by their target
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		wrong := looks
		switch {
		case filepath.Ext(path) == ".txtar":
			wrong = script
		case !strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "suite_test.go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if wrong.MatchString(line) {
				t.Errorf("%s:%d: %s\nwant a suite of package suite, which is asked for", path, i+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRequest(t *testing.T) {
	for asked, want := range map[string]bool{"": false, "cluster": true, "cluster-real": false, "r,cluster": true, "clusters": false} {
		t.Setenv(Variable, asked)
		if got := Cluster.Asked(); got != want {
			t.Errorf("%s=%q: asked %v", Variable, asked, got)
		}
	}
	if name, ok := LeftOut("    x_test.go:3: left out (cluster-real): needs much; run `make cluster-real`"); !ok || name != "cluster-real" {
		t.Errorf("left out: %q, %v", name, ok)
	}
	if _, err := Of("nonsense"); err == nil || !strings.Contains(err.Error(), "cluster-real") {
		t.Errorf("a suite that is none: %v", err)
	}
}
