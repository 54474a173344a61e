package pages

import (
	_ "embed"
	"html/template"
	"regexp"
	"strings"
	"sync"

	"chokepoint/tomlfile"
)

//go:embed glossary.toml
var glossaryTOML []byte

// glossaryTerm is a term of art with what it means.
type glossaryTerm struct {
	ID   string   `toml:"id"`
	Term string   `toml:"term"`
	Also []string `toml:"also"`
	Text string   `toml:"text"`
}

type glossaryFile struct {
	Terms []glossaryTerm `toml:"term"`
}

var glossary = sync.OnceValue(func() *glossaryFile {
	g := &glossaryFile{}
	if err := tomlfile.Decode("glossary.toml", glossaryTOML, 1<<20, g); err != nil {
		panic(err) // the file is the program's
	}
	return g
})

// termPattern finds the terms of the glossary in a text, longer ones first.
var termPattern = sync.OnceValue(func() *regexp.Regexp {
	var words []string
	for _, t := range glossary().Terms {
		for _, w := range append([]string{t.Term}, t.Also...) {
			words = append(words, regexp.QuoteMeta(w))
		}
	}
	return regexp.MustCompile(`(?i)\b(` + strings.Join(words, "|") + `)\b`)
})

// termsIn makes a button of the first term of the glossary in a text, which shows what it means. The text is escaped.
func termsIn(text string) template.HTML {
	at := termPattern().FindStringIndex(text)
	if at == nil {
		return template.HTML(template.HTMLEscapeString(text))
	}
	word := text[at[0]:at[1]]
	return template.HTML(template.HTMLEscapeString(text[:at[0]]) +
		`<button type="button" class="term" popovertarget="term-` + termOf(word) + `">` + template.HTMLEscapeString(word) + `</button>` +
		template.HTMLEscapeString(text[at[1]:]))
}

// codeInText is what a text has between backticks.
var codeInText = regexp.MustCompile("`([^`]+)`")

// termOf is the id of a term.
func termOf(word string) string {
	for _, t := range glossary().Terms {
		for _, w := range append([]string{t.Term}, t.Also...) {
			if strings.EqualFold(w, word) {
				return t.ID
			}
		}
	}
	return ""
}
