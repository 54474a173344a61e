// Command rename gives the module another name, everywhere: in go.mod files, imports and the strings of tests that name packages. It is
// for the day on which the module gets an address:
//
//	go run ./suite/rename github.com/NAME/chokepoint
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "rename: expected the new name of the module, such as github.com/NAME/chokepoint")
		os.Exit(2)
	}
	n, err := rename(".", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "rename:", err)
		os.Exit(1)
	}
	fmt.Printf("%d files changed. Now: go build ./... && make modules\n", n)
}

var validName = regexp.MustCompile(`^[a-z0-9.-]+(/[A-Za-z0-9._~-]+)*$`)

// rename changes the name of the module in root, and of those in folders below it, to name.
func rename(root, name string) (changed int, err error) {
	if !validName.MatchString(name) {
		return 0, fmt.Errorf("%q is no path of a module; want one such as github.com/NAME/chokepoint", name)
	}
	old, err := moduleOf(filepath.Join(root, "go.mod"))
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base == "node_modules" || base == ".git" || base == "dist" {
				return fs.SkipDir
			}
			return nil
		}
		if base := d.Name(); base != "go.mod" && !strings.HasSuffix(base, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		renamed := renameModules(text, old, name)
		if strings.HasSuffix(path, ".go") {
			if renamed, err = renameImports(path, text, old, name); err != nil {
				return err
			}
		}
		if bytes.Equal(text, renamed) {
			return nil
		}
		changed++
		return os.WriteFile(path, renamed, 0o666)
	})
	return changed, err
}

// moduleOf is the name of the module that a go.mod declares.
func moduleOf(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	m := regexp.MustCompile(`(?m)^module (\S+)$`).FindSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("%s declares no module", path)
	}
	return string(m[1]), nil
}

// renameModules changes a go.mod: the module, what it requires, and what it replaces.
func renameModules(text []byte, old, name string) []byte {
	return regexp.MustCompile(`(?m)(^|[ \t])`+regexp.QuoteMeta(old)+`($|[/ ])`).ReplaceAll(text, []byte("${1}"+name+"${2}"))
}

// renameImports changes a file of Go: its imports, and strings that begin with the module's name and a slash, which name packages.
func renameImports(path string, text []byte, old, name string) ([]byte, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, text, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	for i := len(parsed.Imports) - 1; i >= 0; i-- {
		spec := parsed.Imports[i].Path
		imported, err := strconv.Unquote(spec.Value)
		if err != nil {
			return nil, err
		}
		if rest, ok := strings.CutPrefix(imported, old+"/"); ok {
			from, to := files.Position(spec.Pos()).Offset, files.Position(spec.End()).Offset
			text = append(append(bytes.Clone(text[:from]), strconv.Quote(name+"/"+rest)...), text[to:]...)
		}
	}
	if strings.HasSuffix(path, "_test.go") {
		text = bytes.ReplaceAll(text, []byte(`"`+old+`/`), []byte(`"`+name+`/`))
	}
	return format.Source(text)
}
