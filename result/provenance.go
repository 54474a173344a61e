package result

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Provenance is what it takes to cite an answer and to compute it again.
type Provenance struct {
	Dataset      string `json:"dataset,omitempty"`
	Checksum     string `json:"checksum,omitempty"` // SHA-256 of the dataset, hexadecimal
	Release      string `json:"release,omitempty"`  // 202601, 202401b
	Nomenclature string `json:"nomenclature,omitempty"`
	Source       string `json:"source,omitempty"`
	Licence      string `json:"licence,omitempty"`
	Citation     string `json:"citation,omitempty"` // of the data, as the source asks for it
	Years        string `json:"years,omitempty"`    // 2017:2024
	Exact        bool   `json:"exact"`              // all values are whole dollars: sums are exact
	Synthetic    bool   `json:"synthetic"`

	Methods []MethodText `json:"methods,omitempty"`
	Blocs   []BlocText   `json:"blocs,omitempty"`
	World   string       `json:"world,omitempty"` // gross, net: how trade inside a bloc counts in world totals

	// Definitions are the other files that decided the answer: weights, classes, product lists, policies, a user's series.
	Definitions []Definition `json:"definitions,omitempty"`

	Program string `json:"program,omitempty"`
	Version string `json:"version,omitempty"`
	Query   string `json:"query,omitempty"`   // canonical query text
	Command string `json:"command,omitempty"` // command line as typed

	// Created is left out when zero, so that output can be reproduced byte by byte.
	Created time.Time `json:"created,omitzero"`
}

// MethodText is one method as used: its whole file, and the checksum of that.
type MethodText struct {
	ID     string `json:"id"`
	Title  string `json:"title,omitempty"`
	Status string `json:"status,omitempty"` // published, reconstructed, provisional or own; own, based on ID; published, changed here: …
	Source string `json:"source,omitempty"`
	Text   string `json:"text,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Name is the id, with the status where that is not one of a definition as it was published.
func (m MethodText) Name() string {
	if strings.Contains(m.Status, ",") {
		return m.ID + " (" + m.Status + ")"
	}
	return m.ID
}

// maxText is the length of the longest file that answers carry whole: every list of the program is shorter.
const maxText = 512 << 10

// Definition is a file that decided an answer. Text is empty where the file is longer than maxText: the checksum tells it apart all
// the same.
type Definition struct {
	Kind   string `json:"kind"` // weights, classes, list, policy, macro, register, positions, targets, article, rule
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	Text   string `json:"text,omitempty"`
}

// DefinitionOf is the definition that a text gives.
func DefinitionOf(kind, id string, text []byte) Definition {
	d := Definition{Kind: kind, ID: id, SHA256: sumOf(text)}
	if len(text) <= maxText {
		d.Text = string(text)
	}
	return d
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Name is kind, id and the beginning of the checksum; a definition that is called as its kind is named once.
func (d Definition) Name() string {
	name := d.Kind + " " + d.ID
	if d.Kind == d.ID {
		name = d.ID
	}
	return name + " (sha256 " + short(d.SHA256) + ")"
}

// BlocText is one bloc as used: its definition (members and dates), and the checksum of that.
type BlocText struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Source string `json:"source,omitempty"`
	Text   string `json:"text,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// BlocOf is the bloc that a text defines.
func BlocOf(id, name, source, text string) BlocText {
	return BlocText{ID: id, Name: name, Source: source, Text: text, SHA256: sumOf([]byte(text))}
}

// Cite returns one paragraph that cites the data, the methods and the program.
func (p Provenance) Cite() string {
	var s []string
	if p.Synthetic {
		s = append(s, banner)
	}
	s = append(s, p.dataText())
	for _, m := range p.Methods {
		s = append(s, m.text())
	}
	for _, d := range p.Definitions {
		s = append(s, "Definition: "+d.Name())
	}
	if p.Licence != "" {
		s = append(s, "Licence of the data: "+p.Licence)
	}
	if computed := p.computedText(); computed != "" {
		s = append(s, computed)
	}
	var b strings.Builder
	for _, sentence := range s {
		if sentence == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strings.TrimRight(sentence, ". "))
		b.WriteByte('.')
	}
	return b.String()
}

func (p Provenance) dataText() string {
	parts := nonEmpty(strings.TrimRight(first(p.Citation, p.Source), ". "),
		labelled("dataset ", p.Dataset), labelled("release ", p.Release), p.Nomenclature,
		labelled("years ", p.Years), labelled("SHA-256 ", p.Checksum))
	return strings.Join(parts, ", ")
}

func (m MethodText) text() string {
	s := "Method " + m.ID
	if in := nonEmpty(m.Status, labelled("SHA-256 ", short(m.SHA256))); len(in) > 0 {
		s += " (" + strings.Join(in, ", ") + ")"
	}
	if about := nonEmpty(m.Title, m.Source); len(about) > 0 {
		s += ": " + strings.Join(about, "; ")
	}
	return s
}

func (p Provenance) computedText() string {
	parts := nonEmpty(strings.TrimSpace(p.Program+" "+p.Version), labelled("query ", p.Query))
	if len(parts) == 0 {
		return ""
	}
	return "Computed with " + strings.Join(parts, ", ")
}

// BibTeX returns the same as an entry of type misc.
func (p Provenance) BibTeX() string {
	key := bibKey(first(p.Program, "trade") + "-" + first(p.Dataset, "dataset") + "-" + short(p.Checksum))
	title := strings.Join(nonEmpty(first(p.Program, "Trade data"), p.Dataset, labelled("release ", p.Release)), ", ")
	if p.Synthetic {
		title = banner + ": " + title
	}
	fields := [][2]string{{"title", title}}
	if year := p.bibYear(); year != "" {
		fields = append(fields, [2]string{"year", year})
	}
	fields = append(fields,
		[2]string{"version", p.Version},
		[2]string{"howpublished", first(p.Citation, p.Source)},
		[2]string{"note", strings.Join(p.bibNotes(), ". ")})
	var b strings.Builder
	fmt.Fprintf(&b, "@misc{%s", key)
	for _, f := range fields {
		if f[1] != "" {
			fmt.Fprintf(&b, ",\n  %-12s = {%s}", f[0], bibEscape(f[1]))
		}
	}
	b.WriteString("\n}\n")
	return b.String()
}

func (p Provenance) bibNotes() []string {
	notes := nonEmpty(p.Nomenclature, labelled("Years ", p.Years), labelled("SHA-256 ", p.Checksum),
		labelled("Query ", p.Query), labelled("Licence ", p.Licence))
	for _, m := range p.Methods {
		notes = append(notes, m.text())
	}
	for _, d := range p.Definitions {
		notes = append(notes, "Definition: "+d.Name())
	}
	return notes
}

// bibYear is the year of the answer, else that of the release.
func (p Provenance) bibYear() string {
	if !p.Created.IsZero() {
		return p.Created.UTC().Format("2006")
	}
	if len(p.Release) >= 6 {
		if _, err := time.Parse("200601", p.Release[:6]); err == nil {
			return p.Release[:4]
		}
	}
	return ""
}

var bibSpecial = strings.NewReplacer(
	`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `%`, `\%`, `&`, `\&`, `#`, `\#`,
	`$`, `\$`, `_`, `\_`, `~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`, "\n", " ")

func bibEscape(s string) string { return bibSpecial.Replace(s) }

// bibKey keeps what every BibTeX reader accepts in an entry's key.
func bibKey(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '-'
	}, s), "-")
}

// short is the beginning of a checksum, enough to tell two apart.
func short(checksum string) string {
	if len(checksum) > 12 {
		return checksum[:12]
	}
	return checksum
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func labelled(label, s string) string {
	if s == "" {
		return ""
	}
	return label + s
}

func nonEmpty(texts ...string) []string {
	var kept []string
	for _, s := range texts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func (p Provenance) definitionNames() string {
	var names []string
	for _, d := range p.Definitions {
		names = append(names, d.Name())
	}
	return strings.Join(names, ", ")
}

// fields lists what is short enough for a line, with labels.
func (p Provenance) fields() [][2]string {
	created := ""
	if !p.Created.IsZero() {
		created = p.Created.UTC().Format(time.RFC3339)
	}
	values := "not all are whole dollars: sums are rounded to float64"
	if p.Exact {
		values = "whole dollars: sums are exact"
	}
	all := [][2]string{
		{"Dataset", p.Dataset}, {"SHA-256", p.Checksum}, {"Release", p.Release},
		{"Nomenclature", p.Nomenclature}, {"Years", p.Years}, {"Values", values},
		{"Source", p.Source}, {"Licence", p.Licence}, {"Citation", p.Citation},
		{"World totals", p.World}, {"Definitions", p.definitionNames()}, {"Program", strings.TrimSpace(p.Program + " " + p.Version)},
		{"Query", p.Query}, {"Command", p.Command}, {"Created", created},
	}
	return slices.DeleteFunc(all, func(f [2]string) bool { return f[1] == "" })
}
