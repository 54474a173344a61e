package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
)

// DefinitionName is the parameter with a definition of the asker's own. The command line has a file in its place.
const DefinitionName = "definition"

// Asking is one question with its dataset, checked and ready to be computed.
type Asking struct {
	Server   *Server
	question *study.Question
	given    map[string]string // texts of the parameters, as the command line has them
	request  study.Request
	Source   *study.Source
	key      string // equal for equal answers
	datasets []*openDataset
	engines  []study.Engine
}

// Close gives the datasets back.
func (a *Asking) Close() {
	for _, e := range a.engines {
		if err := e.Close(); err != nil {
			a.Server.Log.Warn("engine", "error", err)
		}
	}
	a.engines = nil
	for _, b := range a.datasets {
		a.Server.Datasets.Release(b)
	}
	a.datasets = nil
}

// Ask checks the parameters of a question, by name as flags have them. Wrong ones are in a problem that names each of them.
func (s *Server) Ask(q *study.Question, values map[string]string) (*Asking, error) {
	if errs := s.CheckTexts(values, QuestionParameters(q)); len(errs) > 0 {
		return nil, Wrong(errs...)
	}
	given := map[string]string{}
	for name, value := range values {
		given[name] = value
	}
	meantNames(q, given)
	definition := given[DefinitionName]
	delete(given, DefinitionName)
	var own *method.Method
	if definition != "" {
		var err error
		if own, err = OwnMethod(q, definition); err != nil {
			return nil, Wrong(&study.ParameterError{Parameter: DefinitionName, Value: definition, Err: err})
		}
		if strings.TrimSpace(given["method"]) == "" {
			given["method"] = own.ID
		}
	}
	r, errs := q.Read(given)
	if !q.Tables {
		r.Dataset = s.wholeDataset(r.Dataset)
	}
	a := &Asking{Server: s, question: q, request: r}
	if err := fault.Do(func() error { return a.open(own, errs) }); err != nil {
		a.Close()
		return nil, a.failed(err)
	}
	if own != nil {
		given["method"] = InFile(given["method"], own.ID)
	}
	a.given = q.Named(given)
	a.Source.Command = a.command(result.Arrangement{})
	a.key = a.identify(definition)
	return a, nil
}

// command is the line that gives the answer at the terminal, so arranged.
func (a *Asking) command(arranged result.Arrangement) string {
	values := maps.Clone(a.given)
	maps.Copy(values, a.Source.BesideValues(a.question, a.request))
	maps.Copy(values, arranged.Values())
	if a.question.Tables {
		return a.question.Command(values, "")
	}
	return a.question.Command(values, a.Source.Dataset.Manifest().Name)
}

// InFile puts a file in place of a method that the asker has defined: where it is kept is the asker's business.
func InFile(methods, id string) string {
	names := strings.Split(methods, ",")
	for i, name := range names {
		if strings.EqualFold(strings.TrimSpace(name), id) {
			names[i] = id + ".toml"
		}
	}
	return strings.Join(names, ",")
}

// open acquires the datasets and looks whether they know what the request names. errs are the errors found so far: a client
// hears of all at once.
func (a *Asking) open(own *method.Method, errs []error) (err error) {
	if a.question.Tables {
		a.Source = &study.Source{Blocs: a.Server.Blocs, Program: a.Server.Program, Beside: a.Server.Beside, MaxValues: a.Server.Limits.Values}
		if len(errs) > 0 {
			return Wrong(errs...)
		}
		return nil
	}
	if a.Source, err = a.SourceOf("dataset", a.request.Dataset, own); err != nil {
		return err
	}
	for _, err := range a.Source.Check(a.request, a.Server.Limits.Parties) {
		if p := err.(*study.ParameterError); !slices.ContainsFunc(errs, func(e error) bool { return e.(*study.ParameterError).Parameter == p.Parameter }) {
			errs = append(errs, p)
		}
	}
	if against := a.request.Own["against"]; against != "" {
		if against == a.Source.Dataset.Manifest().Name {
			errs = append(errs, &study.ParameterError{Parameter: "against", Value: against, Err: errors.New("expected another dataset than the one it is compared with")})
		} else if a.request.Before, err = a.SourceOf("against", against, own); err != nil {
			return err
		}
	}
	if len(errs) > 0 {
		return Wrong(errs...)
	}
	return nil
}

func (a *Asking) SourceOf(parameter, name string, own *method.Method) (*study.Source, error) {
	b, err := a.Server.Datasets.Acquire(name)
	var unknown *UnknownDataset
	if errors.As(err, &unknown) {
		return nil, Wrong(&study.ParameterError{Parameter: parameter, Value: name, Err: err})
	}
	if err != nil {
		return nil, ProblemOf(err)
	}
	a.datasets = append(a.datasets, b)
	var engine study.Engine
	if b.Volume.Engine != nil {
		if engine, err = b.Volume.Engine(); err != nil {
			return nil, ProblemOf(err)
		}
		a.engines = append(a.engines, engine)
	}
	return &study.Source{Dataset: b.Volume.Dataset, Engine: engine, Blocs: a.Server.Blocs, Program: a.Server.Program, Beside: a.Server.Beside, MaxValues: a.Server.Limits.Values,
		Method: func(name string) (*method.Method, error) { return findMethod(name, own) }}, nil
}

// findMethod knows the builtin methods and the one of the asker; it never opens a file.
func findMethod(name string, own *method.Method) (*method.Method, error) {
	switch {
	case own != nil && strings.EqualFold(name, own.ID):
		return own, nil
	case strings.HasSuffix(strings.ToLower(name), ".toml"):
		return nil, fmt.Errorf("files are not read here; send the text of the file as %s", DefinitionName)
	}
	return method.Get(name)
}

// OwnMethod reads a definition sent with a question.
func OwnMethod(q *study.Question, text string) (*method.Method, error) {
	if _, ok := q.Parameter("method"); !ok {
		return nil, fmt.Errorf("unknown parameter; %s takes no method", q.Name)
	}
	m, err := method.Parse(DefinitionName, []byte(text))
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

// CheckTexts bounds every parameter, known or not, before anything reads it.
func (s *Server) CheckTexts(values map[string]string, parameters []study.Parameter) (errs []error) {
	for name, value := range values {
		lines := name == DefinitionName || slices.ContainsFunc(parameters, func(p study.Parameter) bool { return p.Name == name && p.Text })
		most := s.Limits.Text
		if lines {
			most = s.Limits.Definition
		}
		var err error
		switch {
		case len(value) > most:
			err = fmt.Errorf("%d bytes; at most %d are accepted", len(value), most)
		case !utf8.ValidString(value) || !utf8.ValidString(name):
			err = errors.New("is not UTF-8")
		case strings.ContainsFunc(value, func(r rune) bool {
			return unicode.IsControl(r) && (!lines || r != '\n' && r != '\t' && r != '\r')
		}):
			err = errors.New("has a control character")
		}
		if err != nil {
			errs = append(errs, &study.ParameterError{Parameter: strings.ToValidUTF8(name, "\uFFFD"), Value: strings.ToValidUTF8(value, "\uFFFD"), Err: err})
		}
	}
	return errs
}

// identify gives equal answers equal keys: what is asked, of which data, by which program and definitions.
func (a *Asking) identify(definition string) string {
	h := sha256.New()
	line := func(parts ...string) { fmt.Fprintf(h, "%q\n", parts) }
	line(a.Server.Program, a.question.Name, a.Source.Command, definition)
	for _, b := range a.datasets {
		line(b.Manifest().Name, b.Manifest().Checksum(), b.Manifest().Generation)
	}
	if _, asks := a.question.Parameter("tables"); asks && a.Server.Beside.Tables != nil {
		sets, _ := a.Server.Beside.Tables.List() // a damaged one is an error of the answer
		for i := range sets {
			line(sets[i].Name, sets[i].Checksum(), sets[i].Generation)
		}
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
	for _, b := range a.Server.Blocs.All() {
		line(b.String())
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Key is equal for equal answers.
func (a *Asking) Key() string { return a.key }

// Keeps says whether the answers with these keys are kept.
func (s *Server) Keeps(keys []string) bool {
	for _, key := range keys {
		if s.queue.find(key) == nil {
			return false
		}
	}
	return true
}

// Table computes the answer, or finds it among those kept. Nobody may change it. It is for pages, whose answers are small: a large one
// is to be used by Use, so that it is not held while its reader reads.
func (a *Asking) Table(ctx context.Context) (t *result.Table, err error) {
	if t = a.Server.queue.find(a.key); t != nil { // one that is kept takes no more memory for being read
		a.Server.queue.counters.answer(a.question.Name, "kept")
		return t, nil
	}
	err = a.Use(ctx, func(answer *result.Table) error {
		t = answer
		return nil
	})
	return t, err
}

// Use computes the answer, or finds it among those kept, and hands it to use, which may not change it and does not wait for
// anybody: the next question waits for it.
func (a *Asking) Use(ctx context.Context, use func(*result.Table) error) error {
	err := a.Server.queue.cached(ctx, a.key, a.question.Name, func(ctx context.Context, c *claim) (*result.Table, error) {
		t, err := a.question.Answer(ctx, a.growing(ctx, c), a.request)
		if err == nil {
			err = c.grow(ctx, t.Size())
		}
		return t, err
	}, use)
	if err != nil {
		return a.failed(err)
	}
	return nil
}

// growing is the source of the question, which claims memory as the answer grows.
func (a *Asking) growing(ctx context.Context, c *claim) *study.Source {
	s := *a.Source
	s.Growing = func(values int) error { return c.grow(ctx, valueSize*int64(values)) }
	return &s
}

// useText computes the answer as people read it, and hands it to use as Use does.
func (a *Asking) useText(ctx context.Context, use func(study.Text) error) error {
	err := a.Server.queue.inTurn(ctx, func(c *claim) error {
		text, err := timed(ctx, a.Server.queue, a.question.Name, func(ctx context.Context) (study.Text, error) {
			return a.question.AnswerText(ctx, a.growing(ctx, c), a.request)
		})
		if err != nil {
			return err
		}
		return fault.Do(func() error { return use(text) })
	})
	if err != nil {
		return a.failed(err)
	}
	return nil
}

// damage closes the dataset that is damaged where an error says that one is, and names it. Of two datasets it is the one that knows
// of its damage.
func (a *Asking) damage(err error) error {
	var damaged *store.DamagedError
	if !errors.As(err, &damaged) {
		return err
	}
	for _, b := range a.datasets {
		if len(a.datasets) == 1 || b.Volume.damaged() != nil {
			return a.Server.Datasets.damage(b, err)
		}
	}
	return err
}

// failed is the problem of an error. What the client does not hear of a failure that is not its own is in the log, with the
// question.
func (a *Asking) failed(err error) error {
	command := ""
	if a.Source != nil {
		command = a.Source.Command
	}
	err = a.damage(err)
	return a.Server.failed(a.question.Name, err, "command", command)
}

// failed is the problem of an error of what was asked for, which is in the log where the client does not hear of it.
func (s *Server) failed(what string, err error, more ...any) error {
	err = ProblemOf(err)
	if p, ok := err.(*Problem); ok && p.Cause != nil {
		s.logFailure(what, p.Cause, more...)
	}
	return err
}

// Wrong is the problem of wrong parameters: what we got, and in each message what we want.
func Wrong(errs ...error) error {
	p := &Problem{ErrorModel: huma.ErrorModel{Title: "Wrong parameters", Status: http.StatusUnprocessableEntity}}
	var says []string
	for _, err := range errs {
		var pe *study.ParameterError
		if !errors.As(err, &pe) {
			pe = &study.ParameterError{Err: err}
		}
		message := strings.TrimPrefix(pe.Err.Error(), pe.Parameter+" ") // "years "x": want …" names its parameter already
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: Shortened(message), Location: pe.Parameter, Value: Shortened(pe.Value)})
		says = append(says, pe.Parameter+": "+Shortened(message))
	}
	p.Detail = strings.Join(says, "; ")
	return p
}

// Shortened cuts what is echoed: an error is no place for ten thousand partners.
func Shortened(text string) string {
	const most = 400
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + " …"
}
