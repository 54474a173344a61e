// Package chokepoint_test checks what no package can check by itself: the arrows between packages.
package chokepoint_test

import (
	"go/ast"
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
	"fault":               {},
	"spelling":            {},
	"textfile":            {},
	"tomlfile":            {"spelling", "textfile"},
	"tomlfile/filetest":   {},
	"trade":               {"spelling", "tomlfile"},
	"datafile":            {"tomlfile"},
	"synth":               {"trade"},
	"store":               {"fault", "spelling", "trade"},
	"ingest":              {"fault", "textfile", "trade", "store"},
	"indicator":           {},
	"sector":              {"spelling", "textfile", "tomlfile", "datafile", "trade"},
	"symmetric":           {},
	"panel":               {"symmetric"},
	"loop":                {"fault", "spelling", "textfile", "tomlfile", "trade", "store", "sector", "symmetric", "result", "icio", "study"},
	"macro":               {"textfile", "datafile", "trade"},
	"register":            {"textfile", "tomlfile"},
	"entrepot":            {"datafile", "trade"},
	"published":           {"spelling", "textfile", "datafile", "trade"},
	"elasticity":          {"textfile", "datafile", "trade"},
	"rule":                {"spelling", "datafile"},
	"industry":            {"trade", "store", "symmetric"},
	"icio":                {"fault", "spelling", "textfile", "datafile", "store", "result"},
	"leontief":            {"fault"},
	"kernel":              {"fault", "trade", "store", "indicator"},
	"method":              {"spelling", "tomlfile", "trade", "indicator"},
	"result":              {"spelling", "trade"},
	"study":               {"fault", "spelling", "tomlfile", "trade", "store", "indicator", "kernel", "industry", "macro", "register", "entrepot", "published", "rule", "sector", "method", "result", "icio"},
	"study/studytest":     {"trade", "store", "kernel", "industry", "result", "study"},
	"dependence":          {"fault", "spelling", "tomlfile", "trade", "store", "indicator", "kernel", "published", "method", "result", "study", "chain"},
	"explanation":         {"fault", "trade", "indicator", "kernel", "method", "result", "study", "dependence"},
	"chokepoints":         {"fault", "spelling", "textfile", "tomlfile", "trade", "store", "indicator", "kernel", "elasticity", "rule", "sector", "result", "study", "dependence", "chain"},
	"competition":         {"fault", "trade", "store", "kernel", "industry", "macro", "register", "published", "rule", "sector", "result", "study", "dependence", "chokepoints"},
	"policy":              {"fault", "spelling", "tomlfile", "trade", "store", "indicator", "panel", "sector", "method", "result", "study", "dependence"},
	"scenario":            {"fault", "spelling", "textfile", "tomlfile", "datafile", "trade", "store", "kernel", "elasticity", "rule", "sector", "result", "study", "chokepoints"},
	"chain":               {"fault", "trade", "store", "icio", "leontief", "result", "study", "textfile", "datafile"},
	"catalogue":           {"fault", "trade", "store", "sector", "method", "result", "icio", "study"},
	"search":              {"fault", "textfile", "datafile", "trade", "sector", "method", "result", "study", "policy", "catalogue"},
	"analysis":            {"study", "dependence", "explanation", "chokepoints", "competition", "policy", "scenario", "loop", "chain", "catalogue", "search"},
	"clickhouse":          {"fault", "spelling", "trade", "store", "indicator", "kernel", "industry"},
	"clickhouse/loopback": {"suite"},
	"suite":               {},
	"suite/faults":        {},
	"suite/fuzz":          {"fault"},
	"suite/gotest":        {"suite"},
	"suite/notices":       {},
	"suite/rename":        {},
	"sample":              {"suite"},
	"download":            {"datafile", "trade"},
	"notices":             {},
	"suite/answers":       {},
	"suite/mutations":     {"tomlfile"},
	"chart":               {},
	"brief":               {"fault", "spelling", "tomlfile", "trade", "indicator", "rule", "method", "result", "study", "dependence", "chokepoints", "competition", "policy", "scenario", "loop", "chain", "analysis", "chart"},
	"server":              {"fault", "spelling", "tomlfile", "textfile", "trade", "store", "sector", "method", "result", "study", "policy", "scenario", "catalogue", "analysis", "brief"},
	"server/servertest":   {"synth", "ingest", "result"},
	"pages":               {"fault", "tomlfile", "trade", "store", "indicator", "rule", "sector", "method", "result", "study", "dependence", "explanation", "chokepoints", "competition", "policy", "scenario", "loop", "chain", "catalogue", "search", "analysis", "chart", "brief", "server"},
	"cmd/chokepoint":      {"fault", "spelling", "tomlfile", "trade", "synth", "sample", "download", "store", "ingest", "macro", "register", "published", "sector", "method", "result", "icio", "study", "policy", "scenario", "catalogue", "analysis", "clickhouse", "brief", "server", "pages", "notices"},
}

// heavy are packages of our dependencies that the program does without, and what each would bring. Tests may have them.
var heavy = map[string]string{
	"github.com/xuri/excelize/v2":                    "2 MB: character sets of East Asia",
	"gonum.org/v1/gonum/mat":                         "1 MB: every decomposition of matrices",
	"gonum.org/v1/gonum/stat/distuv":                 "the same, by gonum/mat",
	"github.com/apache/arrow-go/v18/parquet/pqarrow": "26 MB: gRPC, Protocol Buffers, compute kernels",
	"github.com/apache/arrow-go/v18/parquet/file":    "21 MB: compute kernels",
	"github.com/prometheus/client_golang/prometheus": "2 MB: Protocol Buffers",
}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	sources(t, parser.ImportsOnly, func(path, pkg string, file *ast.File) {
		may, ok := allowed[pkg]
		if !ok {
			t.Errorf("%s: package %s is not in the table of this test and of ARCHITECTURE.md", path, pkg)
			return
		}
		seen[pkg] = true
		for _, name := range imports(file) {
			if ours, ok := strings.CutPrefix(name, "chokepoint/"); ok && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s; package %s may import %v", path, ours, pkg, may)
			}
			if weight, ok := heavy[name]; ok && !strings.HasPrefix(pkg, "suite/") {
				t.Errorf("%s imports %s, which brings %s into the program (docs/decisions)", path, name, weight)
			}
			if name == "C" || name == "unsafe" {
				t.Errorf("%s imports %s; the main module is free of it", path, name)
			}
		}
	})
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("package %s is in the table but not in the tree", pkg)
		}
	}
}

// unguarded are the files that may start goroutines without package fault, and why.
var unguarded = map[string]string{
	"server/server.go":    "net/http recovers the panics of its requests",
	"synth/write.go":      "the demo: no question waits for it, and no server runs it",
	"synth/deflate.go":    "likewise",
	"synth/gravity.go":    "likewise",
	"clickhouse/loopback": "for tests",
}

// TestGoroutines: a panic in a goroutine ends the program, for everybody whom a server serves. Who starts one does it by
// fault.Group, or calls fault.Do in it.
func TestGoroutines(t *testing.T) {
	sources(t, parser.SkipObjectResolution, func(path, pkg string, file *ast.File) {
		names := imports(file)
		if pkg != "fault" && slices.Contains(names, "golang.org/x/sync/errgroup") {
			t.Errorf("%s imports errgroup; fault.WithContext gives groups whose goroutines may panic", path)
		}
		if unguarded[path] != "" || unguarded[pkg] != "" || slices.Contains(names, "chokepoint/fault") || pkg == "fault" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			starts := false
			switch n := n.(type) {
			case *ast.GoStmt:
				starts = true
			case *ast.CallExpr:
				method, ok := n.Fun.(*ast.SelectorExpr)
				starts = ok && method.Sel.Name == "Go"
			}
			if starts {
				t.Errorf("%s starts a goroutine without package fault", path)
			}
			return true
		})
	})
}

// sources parses the files of the main module that are no tests.
func sources(t *testing.T, mode parser.Mode, look func(path, pkg string, file *ast.File)) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == "oracle" || path == "bench" || path == "suite/release" || path == "dist" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, mode)
		if err != nil {
			return err
		}
		look(filepath.ToSlash(path), filepath.ToSlash(filepath.Dir(path)), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func imports(file *ast.File) (names []string) {
	for _, spec := range file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
		names = append(names, name)
	}
	return names
}
