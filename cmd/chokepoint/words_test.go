package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// avoided is what docs/style/words.md says not to write.
type avoided struct {
	pattern  *regexp.Regexp
	write    string
	messages bool // in Go alone, and not in pages
}

var wordRow = regexp.MustCompile("(?m)^\\| (`.+`) \\| (.+) \\|$")

func avoidedWords(t *testing.T) (list []avoided) {
	t.Helper()
	for section := range strings.SplitSeq(readDoc(t, "docs/style/words.md"), "\n## ") {
		for _, row := range wordRow.FindAllStringSubmatch(section, -1) {
			for _, phrase := range strings.Split(row[1], "`, `") {
				phrase = strings.ReplaceAll(strings.Trim(phrase, "`"), `\|`, "|")
				list = append(list, avoided{regexp.MustCompile(`(?i)` + boundary(phrase) + `(?:` + phrase + `)\b`), row[2], strings.HasPrefix(section, "Messages\n")})
			}
		}
	}
	if len(list) < 30 {
		t.Fatalf("docs/style/words.md has %d phrases", len(list))
	}
	return list
}

// boundary is where a phrase may begin: with a word, or with whatever it says.
func boundary(phrase string) string {
	if strings.HasPrefix(phrase, "[") || strings.HasPrefix(phrase, "^") {
		return ""
	}
	return `\b`
}

var (
	codeInText = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`|<!--.*?-->")
	tagsOfPage = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|\{\{.*?\}\}|<[^>]*>`)
)

// TestWords looks for what is not to be written where people read it.
func TestWords(t *testing.T) {
	list := avoidedWords(t)
	check := func(where, text string) {
		text = strings.Join(strings.Fields(text), " ")
		for _, a := range list {
			if a.messages && (!strings.Contains(where, ".go:") || strings.HasPrefix(where, "pages/") || strings.HasPrefix(where, "suite/") || strings.HasPrefix(where, "bench/") || strings.Contains(where, "test/")) {
				continue
			}
			if found := a.pattern.FindString(text); found != "" {
				t.Errorf("%s: %q; write %q", where, found, a.write)
			}
		}
	}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, "../../"))
		if entry.IsDir() {
			if strings.HasPrefix(entry.Name(), ".") && len(entry.Name()) > 2 || entry.Name() == "testdata" || entry.Name() == "node_modules" || entry.Name() == "vendor" {
				return filepath.SkipDir
			}
			return nil
		}
		switch {
		case name == "docs/style/words.md", strings.HasSuffix(name, "_test.go"):
			return nil
		case strings.HasSuffix(name, ".md"):
			text, err := os.ReadFile(path)
			check(name, codeInText.ReplaceAllString(string(text), " "))
			return err
		case strings.HasSuffix(name, ".html"):
			text, err := os.ReadFile(path)
			check(name, tagsOfPage.ReplaceAllString(string(text), " "))
			return err
		case strings.HasSuffix(name, ".go"):
			return eachText(path, func(line int, text string) { check(name+":"+strconv.Itoa(line), text) })
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// eachText gives the texts of a source file that people read: literals of several words, and comments of exported names.
func eachText(path string, use func(line int, text string)) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	comment := func(name *ast.Ident, doc *ast.CommentGroup) {
		if doc != nil && (name == nil || name.IsExported()) {
			use(files.Position(doc.Pos()).Line, doc.Text())
		}
	}
	comment(nil, file.Doc)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.FuncDecl:
			comment(n.Name, n.Doc)
		case *ast.TypeSpec:
			comment(n.Name, n.Doc)
		case *ast.GenDecl:
			comment(nil, n.Doc)
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && strings.Contains(text, " ") {
				use(files.Position(n.Pos()).Line, text)
			}
		}
		return true
	})
	return nil
}
