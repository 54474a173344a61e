package brief

import (
	_ "embed"
	"io"
	"strings"
	"text/template"
)

//go:embed templates/brief.md
var markdown string

// inMarkdown takes from text what Markdown would read as marks of its own.
var inMarkdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "|", `\|`, "<", "&lt;", "[", `\[`, "#", `\#`, "\n", " ")

var markdownTemplate = template.Must(template.New("brief.md").Funcs(template.FuncMap{
	"text":  inMarkdown.Replace,
	"short": shortName,
	"cells": func(cells []string) string {
		var escaped []string
		for _, c := range cells {
			escaped = append(escaped, inMarkdown.Replace(c))
		}
		return "| " + strings.Join(escaped, " | ") + " |"
	},
	"rule": func(cells []string) string { return "|" + strings.Repeat("---|", len(cells)) },
}).Parse(markdown))

// WriteMarkdown writes the brief as Markdown, without its charts and the tables behind it.
func (d *Document) WriteMarkdown(w io.Writer) error { return markdownTemplate.Execute(w, d.named()) }
