package study

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"chokepoint/result"
)

// Answer puts q to a dataset. The table carries the whole question, and every definition that decided it.
func (q *Question) Answer(ctx context.Context, s *Source, r Request) (*result.Table, error) {
	return q.AnswerBy(s, r, func(s *Source) (*result.Table, error) { return q.Ask(ctx, s, r) })
}

// AnswerBy is Answer where something beside the parameters decides, such as a file of the command line's: ask puts the question
// to the source that it is given, and tells it what it uses.
func (q *Question) AnswerBy(s *Source, r Request, ask func(s *Source) (*result.Table, error)) (*result.Table, error) {
	s = s.asked(q, r)
	prices, err := s.pricesOf(r)
	if err != nil {
		return nil, err
	}
	t, err := ask(s)
	if err != nil {
		return nil, err
	}
	if err := s.atPrices(t, prices); err != nil {
		return nil, err
	}
	t.Provenance.Query = s.request
	t.Provenance.Definitions = s.used.sorted()
	return t, nil
}

// AnswerText is Answer for people, where q has an answer that is no table. Its texts know current dollars alone: at other prices it is
// the table.
func (q *Question) AnswerText(ctx context.Context, s *Source, r Request) (Text, error) {
	switch prices, err := s.pricesOf(r); {
	case err != nil:
		return nil, err
	case prices == nil:
		return q.Print(ctx, s.asked(q, r), r)
	}
	t, err := q.Answer(ctx, s, r)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer, opt result.Options) error { return result.Write(w, t, result.FormatTable, opt) }, nil
}

// asked is a source that knows the whole question put to it, and remembers the definitions used.
func (s *Source) asked(q *Question, r Request) *Source {
	c := *s
	if r.Dataset == "" && s.Dataset != nil && !q.Tables {
		r.Dataset = s.Dataset.Manifest().Name // what is chosen today may not be chosen tomorrow
	}
	c.request, c.used = q.Text(c.named(q, r)), &definitions{}
	return &c
}

// named is a request with the names of files in place of texts that stand for them: what they say is among the definitions used.
func (s *Source) named(q *Question, r Request) Request {
	if s.Files == nil {
		r.Own = q.Named(r.Own)
	}
	return r
}

// Named has the name of a file in place of each text that stands for one.
func (q *Question) Named(values map[string]string) map[string]string {
	values = maps.Clone(values)
	for _, p := range q.Parameters {
		if p.Text && values[p.Name] != "" {
			values[p.Name] = p.Name + textEnding
		}
	}
	return values
}

// Text writes a request to q as URL parameters in a fixed order: the dataset, the parameters that several questions have, and
// q's own. What is as it would be anyway is left out.
func (q *Question) Text(r Request) string {
	var shared, own []string
	for _, p := range slices.Concat(q.Parameters, q.Local) {
		value, isOwn := r.Own[p.Name]
		if !isOwn {
			value = r.text(p.Name)
		}
		if value = strings.TrimSpace(value); value == "" || value == p.Standard {
			continue
		}
		pair := p.Name + "=" + url.QueryEscape(value)
		if isOwn {
			own = append(own, pair)
		} else {
			shared = append(shared, pair)
		}
	}
	parts := slices.Concat(shared, own)
	if r.Dataset != "" {
		parts = slices.Insert(parts, 0, "dataset="+url.QueryEscape(r.Dataset))
	}
	return strings.Join(parts, "&")
}

// text is a parameter that several questions have, as Set reads it.
func (r *Request) text(name string) string {
	if name == "min-value" {
		if r.MinValue == 0 {
			return ""
		}
		return formatMinValue(r.MinValue)
	}
	if at := r.At(name); at != nil {
		return *at
	}
	return ""
}

// Parse reads what Text writes.
func (q *Question) Parse(text string) (Request, []error) {
	list, err := url.ParseQuery(text)
	if err != nil {
		return Request{}, []error{fmt.Errorf("question %q: %w", text, err)}
	}
	values := map[string]string{}
	for name, v := range list {
		if len(v) != 1 {
			return Request{}, []error{&ParameterError{name, strings.Join(v, ", "), fmt.Errorf("is given %d times; expected once", len(v))}}
		}
		values[name] = v[0]
	}
	return q.ReadLocal(values)
}

// definitions are those that an answer has used, each once. They may be added by several goroutines.
type definitions struct {
	mu   sync.Mutex
	list []result.Definition
}

// Use tells s that a definition decides the answer: text is its file. Kinds are weights, classes, list, policy, macro, register and
// the like, one word each.
func (s *Source) Use(kind, id string, text []byte) {
	s.uses(result.DefinitionOf(kind, id, text))
}

// UseFile is Use of a file that is too large to be carried along: sum is its SHA-256, in hexadecimal digits.
func (s *Source) UseFile(kind, id, sum string) {
	s.uses(result.Definition{Kind: kind, ID: id, SHA256: sum})
}

// Noting is s for the computation of something that is remembered, and what that has used so far, to be remembered with it for UseAll.
func (s *Source) Noting() (noting *Source, used func() []result.Definition) {
	c := *s
	c.used = &definitions{}
	return &c, c.used.sorted
}

// UseAll is Use of the definitions that something remembered rests on.
func (s *Source) UseAll(list []result.Definition) {
	for _, d := range list {
		s.uses(d)
	}
}

func (s *Source) uses(d result.Definition) {
	if s.used == nil {
		return // nobody keeps the answer's provenance
	}
	s.used.mu.Lock()
	defer s.used.mu.Unlock()
	if !slices.Contains(s.used.list, d) {
		s.used.list = append(s.used.list, d)
	}
}

// sorted lists them by kind and id, so that equal answers have equal provenance.
func (d *definitions) sorted() []result.Definition {
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.SortFunc(d.list, func(a, b result.Definition) int {
		return strings.Compare(a.Kind+" "+a.ID+" "+a.SHA256, b.Kind+" "+b.ID+" "+b.SHA256)
	})
	return d.list
}
