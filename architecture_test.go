// Package chokepoint_test checks what no package can check by itself: the arrows between packages.
package chokepoint_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is the table of ARCHITECTURE.md: what each package may import of ours. Tests may import more.
var allowed = map[string][]string{
	"trade":               {},
	"synth":               {"trade"},
	"store":               {"trade"},
	"ingest":              {"trade", "store"},
	"indicator":           {"trade"},
	"sector":              {"trade"},
	"panel":               {},
	"macro":               {"trade"},
	"register":            {},
	"industry":            {"trade", "store"},
	"kernel":              {"trade", "store", "indicator"},
	"method":              {"trade", "indicator"},
	"result":              {"trade"},
	"analysis":            {"trade", "store", "indicator", "kernel", "industry", "panel", "macro", "register", "sector", "method", "result"},
	"clickhouse":          {"trade", "store", "indicator", "kernel"},
	"clickhouse/loopback": {"suite"},
	"suite":               {},
	"suite/gotest":        {"suite"},
	"chart":               {},
	"brief":               {"method", "result", "analysis", "chart"},
	"server":              {"trade", "store", "indicator", "method", "result", "sector", "analysis", "chart", "brief"},
	"cmd/chokepoint":      {"trade", "synth", "store", "ingest", "indicator", "kernel", "method", "result", "sector", "macro", "register", "analysis", "clickhouse", "brief", "server"},
}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == "oracle" || path == "bench" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		may, ok := allowed[pkg]
		if !ok {
			t.Errorf("%s: package %s is not in the table of this test and of ARCHITECTURE.md", path, pkg)
			return nil
		}
		seen[pkg] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(name, "chokepoint/"); ok && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s; package %s may import %v", path, ours, pkg, may)
			}
			if name == "C" || name == "unsafe" {
				t.Errorf("%s imports %s; the main module is free of it", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("package %s is in the table but not in the tree", pkg)
		}
	}
}
