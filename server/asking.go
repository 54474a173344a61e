package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/analysis"
	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/result"
)

// definitionName is the parameter with a definition of the asker's own. The command line has a file in its place.
const definitionName = "definition"

// asking is one question with its dataset, checked and ready to be computed.
type asking struct {
	server   *Server
	question *analysis.Question
	request  analysis.Request
	source   *analysis.Source
	key      string // equal for equal answers
	books    []*book
	engines  []analysis.Engine
}

// close gives the datasets back.
func (a *asking) close() {
	for _, e := range a.engines {
		if err := e.Close(); err != nil {
			a.server.Log.Warn("engine", "error", err)
		}
	}
	a.engines = nil
	for _, b := range a.books {
		a.server.shelf.giveBack(b)
	}
	a.books = nil
}

// ask checks the parameters of a question, by name as flags have them. Wrong ones are in a problem that names each of them.
func (s *Server) ask(q *analysis.Question, values map[string]string) (*asking, error) {
	if errs := s.checkTexts(values); len(errs) > 0 {
		return nil, wrong(errs...)
	}
	given := map[string]string{}
	for name, value := range values {
		given[name] = value
	}
	definition := given[definitionName]
	delete(given, definitionName)
	var own *method.Method
	if definition != "" {
		var err error
		if own, err = ownMethod(q, definition); err != nil {
			return nil, wrong(&analysis.ParameterError{Parameter: definitionName, Value: definition, Err: err})
		}
		if strings.TrimSpace(given["method"]) == "" {
			given["method"] = own.ID
		}
	}
	r, errs := q.Read(given)
	if r.Dataset == "" {
		r.Dataset = s.Dataset
	}
	a := &asking{server: s, question: q, request: r}
	if err := fault.Do(func() error { return a.open(own, errs) }); err != nil {
		a.close()
		return nil, a.failed(err)
	}
	if own != nil {
		given["method"] = inFile(given["method"], own.ID)
	}
	a.source.Command = q.Command(given, a.source.Dataset.Manifest().Name)
	a.key = a.identify(definition)
	return a, nil
}

// inFile puts a file in the place of a method that the asker has defined: where it is kept is the asker's business.
func inFile(methods, id string) string {
	names := strings.Split(methods, ",")
	for i, name := range names {
		if strings.EqualFold(strings.TrimSpace(name), id) {
			names[i] = id + ".toml"
		}
	}
	return strings.Join(names, ",")
}

// open borrows the datasets and looks whether they know what the request names. errs are the errors found so far: a client
// hears of all at once.
func (a *asking) open(own *method.Method, errs []error) (err error) {
	if a.source, err = a.sourceOf("dataset", a.request.Dataset, own); err != nil {
		return err
	}
	for _, err := range a.source.Check(a.request, a.server.Limits.Parties) {
		if p := err.(*analysis.ParameterError); !slices.ContainsFunc(errs, func(e error) bool { return e.(*analysis.ParameterError).Parameter == p.Parameter }) {
			errs = append(errs, p)
		}
	}
	if against := a.request.Own["against"]; against != "" {
		if against == a.source.Dataset.Manifest().Name {
			errs = append(errs, &analysis.ParameterError{Parameter: "against", Value: against, Err: errors.New("want another dataset than the one it is compared with")})
		} else if a.request.Before, err = a.sourceOf("against", against, own); err != nil {
			return err
		}
	}
	if len(errs) > 0 {
		return wrong(errs...)
	}
	return nil
}

func (a *asking) sourceOf(parameter, name string, own *method.Method) (*analysis.Source, error) {
	b, err := a.server.shelf.borrow(name)
	var unknown *unknownDataset
	if errors.As(err, &unknown) {
		return nil, wrong(&analysis.ParameterError{Parameter: parameter, Value: name, Err: err})
	}
	if err != nil {
		return nil, problemOf(err)
	}
	a.books = append(a.books, b)
	var engine analysis.Engine
	if b.volume.Engine != nil {
		if engine, err = b.volume.Engine(); err != nil {
			return nil, problemOf(err)
		}
		a.engines = append(a.engines, engine)
	}
	return &analysis.Source{Dataset: b.Dataset, Engine: engine, Blocs: a.server.Blocs, Program: a.server.Program, MaxValues: a.server.Limits.Values,
		Method: func(name string) (*method.Method, error) { return findMethod(name, own) }}, nil
}

// findMethod knows the builtin methods and the one of the asker; it never opens a file.
func findMethod(name string, own *method.Method) (*method.Method, error) {
	switch {
	case own != nil && strings.EqualFold(name, own.ID):
		return own, nil
	case strings.HasSuffix(strings.ToLower(name), ".toml"):
		return nil, fmt.Errorf("files are not read here; send the text of the file as %s", definitionName)
	}
	return method.Get(name)
}

// ownMethod reads a definition sent with a question.
func ownMethod(q *analysis.Question, text string) (*method.Method, error) {
	if _, ok := q.Parameter("method"); !ok {
		return nil, fmt.Errorf("unknown parameter; %s takes no method", q.Name)
	}
	m, err := method.Parse(definitionName, []byte(text))
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(m.ID, "all") || slices.ContainsFunc(method.Builtin(), func(b *method.Method) bool { return strings.EqualFold(b.ID, m.ID) }) {
		return nil, fmt.Errorf("id %q is taken; ask for it as a method, or give the definition another", m.ID)
	}
	if len(m.Criteria) > maxCriteria {
		return nil, fmt.Errorf("%d criteria; at most %d are accepted", len(m.Criteria), maxCriteria)
	}
	return m, nil
}

// maxCriteria bounds a definition sent with a question.
const maxCriteria = 20

// checkTexts bounds every parameter, known or not, before anything reads it.
func (s *Server) checkTexts(values map[string]string) (errs []error) {
	for name, value := range values {
		most := s.Limits.Text
		if name == definitionName {
			most = s.Limits.Definition
		}
		var err error
		switch {
		case len(value) > most:
			err = fmt.Errorf("%d bytes; at most %d are accepted", len(value), most)
		case !utf8.ValidString(value) || !utf8.ValidString(name):
			err = errors.New("is not UTF-8")
		case strings.ContainsFunc(value, func(r rune) bool {
			return unicode.IsControl(r) && (name != definitionName || r != '\n' && r != '\t' && r != '\r')
		}):
			err = errors.New("has a control character")
		}
		if err != nil {
			errs = append(errs, &analysis.ParameterError{Parameter: strings.ToValidUTF8(name, "\uFFFD"), Value: strings.ToValidUTF8(value, "\uFFFD"), Err: err})
		}
	}
	return errs
}

// identify gives equal answers equal keys: what is asked, of which data, by which program and definitions.
func (a *asking) identify(definition string) string {
	h := sha256.New()
	line := func(parts ...string) { fmt.Fprintf(h, "%q\n", parts) }
	line(a.server.Program, a.question.Name, a.source.Command, definition)
	for _, b := range a.books {
		line(b.Manifest().Name, b.Manifest().Checksum(), b.Manifest().Generation)
	}
	line(a.request.Query.Canonical().String())
	names := make([]string, 0, len(a.request.Own))
	for name := range a.request.Own {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		line(name, a.request.Own[name])
	}
	for _, b := range a.server.Blocs.All() {
		line(b.String())
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// table computes the answer, or finds it among those kept. Nobody may change it.
func (a *asking) table(ctx context.Context) (*result.Table, error) {
	t, err := a.server.desk.recall(ctx, a.key, a.question.Name, func(ctx context.Context) (*result.Table, error) {
		return a.question.Answer(ctx, a.source, a.request)
	})
	if err != nil {
		return nil, a.failed(err)
	}
	return t, nil
}

// text computes the answer as people read it.
func (a *asking) text(ctx context.Context) (analysis.Text, error) {
	text, err := inTurn(ctx, a.server.desk, a.question.Name, func(ctx context.Context) (analysis.Text, error) {
		return a.question.AnswerText(ctx, a.source, a.request)
	})
	if err != nil {
		return nil, a.failed(err)
	}
	return text, nil
}

// failed is the problem of an error. What the client does not hear of a failure that is not its own is in the log, with the
// question.
func (a *asking) failed(err error) error {
	command := ""
	if a.source != nil {
		command = a.source.Command
	}
	return a.server.failed(a.question.Name, err, "command", command)
}

// failed is the problem of an error of what was asked for, which is in the log where the client does not hear of it.
func (s *Server) failed(what string, err error, more ...any) error {
	err = problemOf(err)
	if p, ok := err.(*problem); ok && p.cause != nil {
		s.logFailure(what, p.cause, more...)
	}
	return err
}

// wrong is the problem of wrong parameters: what we got, and in each message what we want.
func wrong(errs ...error) error {
	p := &problem{ErrorModel: huma.ErrorModel{Title: "Wrong parameters", Status: http.StatusUnprocessableEntity}}
	var says []string
	for _, err := range errs {
		var pe *analysis.ParameterError
		if !errors.As(err, &pe) {
			pe = &analysis.ParameterError{Err: err}
		}
		message := strings.TrimPrefix(pe.Err.Error(), pe.Parameter+" ") // "years "x": want …" names its parameter already
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: short(message), Location: pe.Parameter, Value: short(pe.Value)})
		says = append(says, pe.Parameter+": "+short(message))
	}
	p.Detail = strings.Join(says, "; ")
	return p
}

// short cuts what is echoed: an error is no place for ten thousand partners.
func short(text string) string {
	const most = 400
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + " …"
}
