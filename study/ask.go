package study

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/trade"
)

// Request is a question's parameters.
type Request struct {
	Query
	Own    map[string]string // those that only this question has, defaults filled in
	Before *Source           // the dataset that `against` names
}

// Question is one question that can be put to a dataset: a command, a path of the API, a tool.
type Question struct {
	Name       string   // the command: a word, or two where it stands below another question
	Short      string   // one line
	Long       string   // help, in paragraphs
	Examples   []string // commands
	Parameters []Parameter
	Schemas    []Schema // of the tables that answer it: the first where no parameter asks for another
	// Local are parameters of the command line alone: files of the asker, which no stranger may name.
	Local []Parameter
	// Tables says that it asks input-output tables, and no dataset.
	Tables bool
	Ask    func(ctx context.Context, s *Source, r Request) (*result.Table, error)
	// Print asks for the answer as people read it, where that is not the table; nil elsewhere.
	Print func(ctx context.Context, s *Source, r Request) (Text, error)
	// Limit bounds what Print writes of a list unless another bound is asked for, and LimitUsage says of what; 0 is no bound.
	Limit      int
	LimitUsage string
	// WithoutDataset answers where no dataset is chosen, if r needs none; ok is false where it needs one. nil: all need one.
	WithoutDataset func(r Request) (t *result.Table, ok bool, err error)
	// NeedsNoDataset says that Ask takes a source without a dataset, where none is chosen.
	NeedsNoDataset bool
}

// Schema is what the tables of an answer have in common: a result.Schema of whatever rows. An answer may have more columns, which depend on
// what is asked.
type Schema interface {
	Name() string
	Columns() []*result.Column
	Reading() (byValue []string, inOrder string)
}

// Text writes an answer for people.
type Text func(w io.Writer, opt result.Options) error

// Read turns the texts of parameters into a request, local ones excepted. Every parameter that is unknown, missing or not among its values is
// in the errors, each a *ParameterError; Check looks at what the others mean to a dataset.
func (q *Question) Read(values map[string]string) (r Request, errs []error) {
	return q.read(values, q.Parameters)
}

// ReadLocal is Read for an asker whose files may be opened.
func (q *Question) ReadLocal(values map[string]string) (r Request, errs []error) {
	return q.read(values, slices.Concat(q.Parameters, q.Local))
}

func (q *Question) read(values map[string]string, parameters []Parameter) (r Request, errs []error) {
	r.Own = map[string]string{}
	fail := func(name, value, format string, args ...any) {
		errs = append(errs, &ParameterError{name, value, fmt.Errorf(format, args...)})
	}
	for name, value := range values {
		p, ok := named(parameters, name)
		if !ok && (name != "dataset" || q.Tables && value != "") {
			hint := ""
			if near := spelling.Nearest(name, names(parameters)); near != "" {
				hint = "did you mean " + near + "? "
			}
			fail(name, value, "unknown parameter; %s%s takes %s", hint, q.Name, strings.Join(names(parameters), ", "))
			continue
		}
		if len(p.Values) > 0 && value != "" && !slices.Contains(p.Values, value) {
			fail(name, value, "expected %s%s", strings.Join(p.Values, " or "), spelling.Hint(value, p.Values))
			continue
		}
		if p.Switch && value != "true" && value != "false" && value != "" {
			fail(name, value, "expected true or false")
		}
	}
	for _, p := range parameters {
		value := values[p.Name]
		if p.Required && strings.TrimSpace(value) == "" {
			if !slices.ContainsFunc(errs, func(err error) bool { return err.(*ParameterError).Parameter == p.Name }) {
				fail(p.Name, value, "is missing; for example %s=%s", p.Name, p.Example)
			}
			continue
		}
		if value == "" {
			value = p.Standard
		}
		if _, ok := q.Parameter(p.Name); !ok && value == "" {
			continue // a local one that is not given
		}
		if !p.Shared() {
			r.Own[p.Name] = value
		} else if value != "" {
			if err := r.Set(p.Name, value); err != nil {
				fail(p.Name, value, "%w", err)
			}
		}
	}
	if !q.Tables {
		r.Dataset = values["dataset"]
	}
	slices.SortFunc(errs, func(a, b error) int {
		return strings.Compare(a.(*ParameterError).Parameter, b.(*ParameterError).Parameter)
	})
	return r, errs
}

func names(parameters []Parameter) []string {
	var list []string
	for _, p := range parameters {
		list = append(list, p.Name)
	}
	if len(list) == 0 {
		return []string{"no parameters of its own"}
	}
	return list
}

// Check says what in r the dataset does not know, without computing anything. Each error is a *ParameterError. most bounds
// the parties of a selection and the members of a list; 0 is no bound.
func (s *Source) Check(r Request, most int) (errs []error) {
	if s.Dataset == nil {
		return nil // input-output tables look themselves whether they know what is named
	}
	check := func(name, value string, err error) {
		if err != nil {
			errs = append(errs, &ParameterError{name, value, err})
		}
	}
	selection := func(name, value string) {
		if value == "" {
			return
		}
		sel, err := trade.ParseSelection(value, s.Dataset.Economies(), s.Blocs)
		if n := len(sel.Parties); err == nil && most > 0 && n > most {
			err = fmt.Errorf("%d economies and blocs; at most %d are accepted", n, most)
		}
		check(name, value, err)
	}
	selection("importers", r.Importers)
	selection("partners", r.Partners)
	selection("a", r.Own["a"])
	selection("b", r.Own["b"])
	selection("markets", r.Own["markets"])
	if r.Own["suppliers"] != "" {
		for _, name := range []string{"suppliers", "to", "not-from", "only-from"} {
			selection(name, r.Own[name])
		}
	}
	_, _, err := s.ParseProducts(r.Products)
	check("products", r.Products, err)
	ranges, err := trade.ParseYears(r.Years)
	if err == nil {
		_, _, err = trade.PickYears(ranges, s.Dataset.Years())
	}
	if strings.TrimSpace(r.Years) != "" || err != nil {
		check("years", r.Years, err)
	}
	if r.Persistence != "" {
		_, err = method.ParsePersistence(r.Persistence)
		check("persistence", r.Persistence, err)
	}
	if _, err = (Query{Method: r.Method}).methods(s.findMethod); err != nil {
		check("method", r.Method, err)
	}
	if _, err := s.pricesOf(r); err != nil {
		errs = append(errs, err)
	}
	return errs
}
