package suite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Tests finds the tests that ask for a suite: by folder, those that name it or call what names it. Modules inside root are not
// looked into.
func (s Suite) Tests(root string) (map[string][]string, error) {
	files, err := testFiles(root)
	if err != nil {
		return nil, err
	}
	found := map[string][]string{}
	for folder, paths := range files {
		calls, err := callsIn(paths)
		if err != nil {
			return nil, err
		}
		asks := map[string]bool{}
		for grown := true; grown; { // until no function more is found to ask
			grown = false
			for name, called := range calls {
				if !asks[name] && slices.ContainsFunc(called, func(c string) bool { return c == "suite."+s.constant() || asks[c] }) {
					asks[name], grown = true, true
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(asks)) {
			if strings.HasPrefix(name, "Test") {
				found[folder] = append(found[folder], name)
			}
		}
	}
	return found, nil
}

// constant is the suite's name in Go: ClusterReal.
func (s Suite) constant() (name string) {
	for word := range strings.SplitSeq(s.Name, "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

// testFiles are the files of tests, by folder.
func testFiles(root string) (map[string][]string, error) {
	files := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root {
			module, _ := filepath.Glob(filepath.Join(path, "go.mod"))
			if module != nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" {
				return fs.SkipDir
			}
		}
		if strings.HasSuffix(path, "_test.go") {
			folder := filepath.Dir(path)
			files[folder] = append(files[folder], path)
		}
		return nil
	})
	return files, err
}

// callsIn gives the names that each function of some files uses: f, and x.f both as f and as x.f.
func callsIn(paths []string) (map[string][]string, error) {
	calls := map[string][]string{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok {
						calls[f.Name.Name] = append(calls[f.Name.Name], x.Name+"."+n.Sel.Name)
					}
				case *ast.Ident:
					calls[f.Name.Name] = append(calls[f.Name.Name], n.Name)
				}
				return true
			})
		}
	}
	return calls, nil
}
