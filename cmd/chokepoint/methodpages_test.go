package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/tomlfile"
)

// methodText is docs/methods/pages.toml: what documents say about methods that their files do not.
type methodText struct {
	Symbols map[string]string `toml:"symbols"`
	Method  []struct {
		ID        string `toml:"id"`
		Sentence  string `toml:"sentence"`
		Criticism string `toml:"criticism"`
	} `toml:"method"`
}

func readMethodWords(t *testing.T) (words methodText) {
	t.Helper()
	if err := tomlfile.Decode("docs/methods/pages.toml", []byte(readDoc(t, "docs/methods/pages.toml")), 1<<20, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// sentence is a method in one sentence.
func (w *methodText) of(id string) (sentence, criticism string) {
	for _, m := range w.Method {
		if m.ID == id {
			return m.Sentence, strings.TrimSpace(m.Criticism)
		}
	}
	return "", ""
}

var word = regexp.MustCompile(`[a-z_][a-z0-9_]*`)

// TestMethodPages keeps a page for each published definition: what its source says, what is inferred, the formula in words and
// symbols, and what is known against it.
func TestMethodPages(t *testing.T) {
	words := readMethodWords(t)
	used := map[string]bool{}
	var index strings.Builder
	index.WriteString("| definition | flags a product when | page |\n|---|---|---|\n")
	for _, m := range method.Builtin() {
		sentence, criticism := words.of(m.ID)
		if sentence == "" || criticism == "" {
			t.Errorf("docs/methods/pages.toml has no sentence or no criticism of %s", m.ID)
		}
		text, names := methodPage(m, sentence, criticism, words.Symbols)
		for _, name := range names {
			used[name] = true
			if words.Symbols[name] == "" {
				t.Errorf("docs/methods/pages.toml has no symbols for %s, which %s uses", name, m.ID)
			}
		}
		writeGenerated(t, "docs/methods/"+m.ID+".md", text)
		fmt.Fprintf(&index, "| `%s` | %s | [%s](docs/methods/%s.md) |\n", m.ID, cell(sentence), m.Status, m.ID)
	}
	generated(t, "README.md", "sentences", index.String())
	for _, name := range slices.Sorted(maps.Keys(words.Symbols)) {
		if !used[name] {
			t.Errorf("docs/methods/pages.toml has symbols for %s, which no method uses", name)
		}
	}
	if len(words.Method) != len(method.Builtin()) {
		t.Errorf("docs/methods/pages.toml has %d methods, the program %d", len(words.Method), len(method.Builtin()))
	}
	pages, err := filepath.Glob(filepath.Join(top, "docs/methods/*.md"))
	if err != nil || len(pages) != len(method.Builtin()) {
		t.Errorf("%d pages for %d methods: %v", len(pages), len(method.Builtin()), err)
	}
}

// methodPage is the page of a method, and the indicators that it uses.
func methodPage(m *method.Method, sentence, criticism string, symbols map[string]string) (text string, names []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- Written by go test ./cmd/chokepoint -update from method/builtin/%s.toml and pages.toml. -->\n# %s\n\n`--method %s` · %s · [all methods](../methods.md)\n\n%s\n", m.ID, m.Title, m.ID, m.Status, sentence)
	fmt.Fprintf(&b, "\n## What the source says\n\n%s", m.Source)
	if m.URL != "" {
		fmt.Fprintf(&b, " ([link](%s))", m.URL)
	}
	fmt.Fprintf(&b, "\n\n%s\n\n## What is inferred\n\n", strings.TrimSpace(m.Note))
	switch {
	case m.Reason != "":
		fmt.Fprintf(&b, "This definition is *%s*: %s.\n", m.Status, m.Reason)
	default:
		fmt.Fprintf(&b, "Nothing in the criteria. This definition is *%s*.\n", m.Status)
	}
	for _, c := range m.Provisional {
		fmt.Fprintf(&b, "- `%s` stands in for a rule that is not public.\n", c)
	}
	for _, c := range m.Assumed {
		fmt.Fprintf(&b, "- `%s`: the criterion is in the source, but its number could not be found there.\n", c)
	}
	if m.Fit != "" {
		fmt.Fprintf(&b, "\nFit: %s.\n", strings.TrimRight(m.Fit, "."))
	}
	b.WriteString("\n## Formula\n\nm(i,j,k) is importer i's imports of product k from supplier j in a year, in current dollars. M(i,k) = Σⱼ m(i,j,k) is its imports of the product from all suppliers, and X(i,k) = Σⱼ m(j,i,k) is its exports of the\nproduct to all economies. p is the partner.\n\n| criterion | in symbols | in words |\n|---|---|---|\n")
	var texts []string
	for _, c := range m.Criteria {
		texts = append(texts, c.Text)
	}
	if m.MinValue > 0 {
		texts = append(texts, fmt.Sprintf("imports >= %.0f", m.MinValue))
	}
	for _, text := range texts {
		var meanings []string
		inSymbols := word.ReplaceAllStringFunc(text, func(name string) string {
			i := slices.IndexFunc(indicator.All(), func(x *indicator.Indicator) bool { return x.Name == name })
			if i < 0 {
				return name
			}
			names = append(names, name)
			meanings = append(meanings, fmt.Sprintf("`%s`: %s", name, strings.TrimRight(indicator.All()[i].Meaning, ".")))
			return symbols[name]
		})
		inSymbols = strings.NewReplacer(">=", "≥", "<=", "≤", " * ", " · ").Replace(inSymbols)
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", cell(text), cell(inSymbols), cell(strings.Join(meanings, "<br>")))
	}
	if m.Persistence.Window == 1 {
		b.WriteString("\nAll criteria must hold in the year shown.")
	} else {
		fmt.Fprintf(&b, "\nAll criteria must hold in %d of the %d years that end in the year shown.", m.Persistence.Years, m.Persistence.Window)
	}
	if m.Bloc != "" {
		fmt.Fprintf(&b, " The definition is about %s.", m.Bloc)
	}
	fmt.Fprintf(&b, "\n\n## Known criticism\n\n%s\n\n## Use it\n\n```console\n$ chokepoint dependencies USA CHN --method %s\n$ chokepoint methods show %s\n```\n", criticism, m.ID, m.ID)
	return b.String(), names
}

// writeGenerated checks, or with -update writes, a document that is written whole.
func writeGenerated(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(top, name)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not what the program has (%v): run go test ./cmd/chokepoint -update, and read what changed", name, err)
	}
}
