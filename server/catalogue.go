package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/analysis"
	"chokepoint/brief"
	"chokepoint/catalogue"
	"chokepoint/method"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/scenario"
	"chokepoint/sector"
	"chokepoint/spelling"
	"chokepoint/study"
)

// listing is a table that is no question: what may be asked.
type listing struct {
	name, short string
	parameters  []study.Parameter
	dataset     bool // of a dataset, else of the program
	table       func(s *Server, d *study.Source) (*result.Table, error)
}

var listings = []listing{
	{"methods", "List the definitions of dependency", nil, false,
		func(*Server, *study.Source) (*result.Table, error) { return catalogue.Methods(), nil }},
	{"blocs", "List blocs", nil, false,
		func(s *Server, _ *study.Source) (*result.Table, error) { return catalogue.Blocs(s.Blocs), nil }},
	{"lists", "List the product lists", nil, false,
		func(*Server, *study.Source) (*result.Table, error) { return catalogue.Lists(), nil }},
	{"policies", "List industrial policies", nil, false,
		func(*Server, *study.Source) (*result.Table, error) { return policy.Policies(), nil }},
	{"scenarios", "List the scenarios that come with the program: who stops selling what to whom, or which tariffs come, with sources", nil, false,
		func(*Server, *study.Source) (*result.Table, error) { return scenario.Files(), nil }},
	{"briefs", "List the articles whose claims can be weighed", nil, false,
		func(*Server, *study.Source) (*result.Table, error) { return brief.Articles(), nil }},
	{"datasets", "List datasets", nil, false, func(s *Server, _ *study.Source) (*result.Table, error) {
		list, err := s.Datasets.Manifests()
		if err != nil && len(list) == 0 {
			return nil, err
		}
		return catalogue.Datasets(list, study.OrElse(s.Dataset, s.Datasets.inUse())), nil
	}},
	{"economies", "List the economies of a dataset", []study.Parameter{datasetParameter}, true,
		func(_ *Server, d *study.Source) (*result.Table, error) {
			return catalogue.EconomiesOf(d.Dataset), nil
		}},
}

// entry is one kind of thing that a listing has, as a table. find is false where there is none of that name; names are those that there are.
type entry struct {
	plural, singular, short string
	names                   func(s *Server) []string
	find                    func(s *Server, name string) (table func() (*result.Table, error), ok bool)
}

var entries = []entry{
	{"blocs", "bloc", "Show the members of a bloc with their years", blocNames, func(s *Server, name string) (func() (*result.Table, error), bool) {
		b, ok := s.Blocs.Get(name)
		return func() (*result.Table, error) { return catalogue.Members(b), nil }, ok
	}},
	{"lists", "list", "Show the entries of a product list, each with its reason", func(*Server) []string { return sector.Builtin() }, func(_ *Server, name string) (func() (*result.Table, error), bool) {
		l, err := sector.OpenBuiltin(name)
		return func() (*result.Table, error) { return catalogue.ListEntries(l), nil }, err == nil
	}},
	{"policies", "industrial-policy", "Show the sectors and targets of an industrial policy", policyNames, func(_ *Server, name string) (func() (*result.Table, error), bool) {
		known := slices.ContainsFunc(policy.IndustrialPolicies(), func(p *policy.IndustrialPolicy) bool { return strings.EqualFold(p.ID, name) })
		return func() (*result.Table, error) { return policy.PolicyEntries(name) }, known
	}},
	{"scenarios", "scenario", "Show what a scenario says, each parameter with its source", func(*Server) []string { return scenario.FileNames() }, func(_ *Server, name string) (func() (*result.Table, error), bool) {
		f, ok := scenario.Builtin(name)
		return func() (*result.Table, error) { return f.Entries(), nil }, ok
	}},
}

// named is the input of an operation on one thing of a listing.
type named struct {
	asked
	Name string `path:"name" maxLength:"100" doc:"Name, as the list has it"`
}

func (s *Server) catalogueOperations(api huma.API) {
	for _, c := range listings {
		parameters := append(slices.Clone(c.parameters), outputParameters...)
		op := huma.Operation{OperationID: c.name, Method: http.MethodGet, Path: APIRoot + "/" + c.name, Summary: c.short, Tags: []string{"Catalogues"},
			Parameters: documented(parameters), Errors: []int{http.StatusUnauthorized, http.StatusNotAcceptable, http.StatusUnprocessableEntity, http.StatusTooManyRequests},
			Responses: map[string]*huma.Response{"200": answerResponse(api, nil)}}
		huma.Register(api, op, func(ctx context.Context, in *asked) (*huma.StreamResponse, error) {
			return s.answerListing(ctx, in, c.name, in.values, parameters, func(source *study.Source) (*result.Table, error) { return c.table(s, source) }, c.dataset)
		})
	}
	s.methodOperation(api)
	s.sdmxOperations(api)
	for _, e := range entries {
		huma.Register(api, tableOperation(api, e.plural, e.singular, e.short, outputParameters), func(ctx context.Context, in *named) (*huma.StreamResponse, error) {
			table, ok := e.find(s, in.Name)
			if !ok {
				return nil, notListed(e.plural, strings.ReplaceAll(e.singular, "-", " "), in.Name, e.names(s))
			}
			return s.answerListing(ctx, &in.asked, e.singular, in.values, outputParameters, func(*study.Source) (*result.Table, error) { return table() }, false)
		})
	}
	huma.Register(api, tableOperation(api, "datasets", "dataset", "Show a dataset: years, source, release, ingest report", outputParameters), func(ctx context.Context, in *named) (*huma.StreamResponse, error) {
		values := maps.Clone(in.values)
		values["dataset"] = in.Name
		known := append(slices.Clone(outputParameters), datasetParameter)
		return s.answerListing(ctx, &in.asked, "dataset", values, known, func(d *study.Source) (*result.Table, error) {
			d.Command = "chokepoint datasets show " + d.Dataset.Manifest().Name
			return catalogue.Coverage(d)
		}, true)
	})
	briefParameters := append([]study.Parameter{datasetParameter}, outputParameters...)
	op := tableOperation(api, "briefs", "brief", "Test the claims of an article against the data, with one row per claim", briefParameters)
	op.Errors = append(op.Errors, http.StatusServiceUnavailable)
	huma.Register(api, op, func(ctx context.Context, in *named) (*huma.StreamResponse, error) {
		return s.answerBrief(ctx, in, briefParameters)
	})
}

// entryOperation documents one thing of a listing.
func entryOperation(plural, singular, short string) huma.Operation {
	return huma.Operation{OperationID: singular, Method: http.MethodGet, Path: APIRoot + "/" + plural + "/{name}", Summary: short, Tags: []string{"Catalogues"},
		Errors: []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusUnprocessableEntity}}
}

// tableOperation is entryOperation where the answer is a table.
func tableOperation(api huma.API, plural, singular, short string, parameters []study.Parameter) huma.Operation {
	op := entryOperation(plural, singular, short)
	op.Parameters = documented(parameters)
	op.Responses = map[string]*huma.Response{"200": answerResponse(api, nil)}
	return op
}

func blocNames(s *Server) (names []string) {
	for _, b := range s.Blocs.All() {
		names = append(names, b.ID)
	}
	return names
}

func policyNames(*Server) (names []string) {
	for _, p := range policy.IndustrialPolicies() {
		names = append(names, p.ID)
	}
	return names
}

func methodNames() (names []string) {
	for _, m := range method.Builtin() {
		names = append(names, m.ID)
	}
	return names
}

func briefNames() (names []string) {
	for _, b := range brief.Builtin() {
		names = append(names, b.ID)
	}
	return names
}

// notListed says that a listing has nothing of that name, and which of those that it has may be meant.
func notListed(plural, singular, name string, known []string) *Problem {
	text := "no " + singular + " " + strconv.Quote(Shortened(name)) + "; " + APIRoot + "/" + plural + " lists them"
	return NewProblem(http.StatusNotFound, "Not found", text+spelling.Hint(name, known))
}

// methodOperation gives the file of a definition.
func (s *Server) methodOperation(api huma.API) {
	op := entryOperation("methods", "method", "Show a method file: the start of a definition of your own")
	op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{"application/toml": {}}}}
	huma.Register(api, op, func(_ context.Context, in *named) (*huma.StreamResponse, error) {
		m := builtinMethod(in.Name)
		if m == nil {
			return nil, notListed("methods", "method", in.Name, methodNames())
		}
		return s.response(`W/"`+m.SHA256+`"`, &format{MediaType: "application/toml"}, m.ID, nil, strings.NewReader(m.Text)), nil
	})
}

// builtinMethod is the definition of that id; nil where there is none.
func builtinMethod(id string) *method.Method {
	i := slices.IndexFunc(method.Builtin(), func(m *method.Method) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return method.Builtin()[i]
}

// answerBrief weighs the claims of an article. Each question that it asks is one of this server, which bounds and keeps the answers.
func (s *Server) answerBrief(ctx context.Context, in *named, known []study.Parameter) (*huma.StreamResponse, error) {
	out, err := in.output()
	if err != nil {
		return nil, err
	}
	if errs := append(unknownParameters(in.values, known), s.CheckTexts(in.values, nil)...); len(errs) > 0 {
		return nil, Wrong(errs...)
	}
	b, err := brief.Get(in.Name)
	if err != nil {
		return nil, notListed("briefs", "brief", in.Name, briefNames())
	}
	t, err := s.weigh(ctx, b, s.wholeDataset(in.values["dataset"]))
	if err != nil {
		return nil, ProblemOf(err)
	}
	return s.tableResponse(ctx, "", &in.asked, &out, "brief", t, study.Arranged(t.Provenance.Command, out.Arrangement))
}

func (s *Server) weigh(ctx context.Context, b *brief.Brief, dataset string) (*result.Table, error) {
	a := &Asking{Server: s}
	defer a.Close()
	source, err := a.SourceOf("dataset", dataset, nil)
	if err != nil {
		return nil, err
	}
	name := source.Dataset.Manifest().Name
	source.Command = study.ShellLine([]string{"chokepoint", "brief", "--article", b.ID, "--dataset", name})
	ask := func(question string, values map[string]string) (t *result.Table, err error) {
		q, ok := analysis.QuestionOf(question)
		if !ok {
			return nil, fmt.Errorf("there is no question %q", question)
		}
		given := maps.Clone(values)
		if !q.Tables {
			given["dataset"] = name
		}
		asking, err := s.Ask(q, given)
		if err != nil {
			return nil, err
		}
		defer asking.Close()
		err = asking.Use(ctx, func(answer *result.Table) error { t = answer; return nil })
		return t, err
	}
	d, err := brief.Make(ctx, ask, &study.Holdings{Source: source}, b, func(int, *brief.Claim) {})
	if err != nil {
		return nil, err
	}
	return d.Table(), nil
}

func unknownParameters(values map[string]string, known []study.Parameter) (errs []error) {
	for _, p := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(known, func(k study.Parameter) bool { return k.Name == p }) {
			errs = append(errs, &study.ParameterError{Parameter: p, Value: values[p], Err: unknownName(p, known)})
		}
	}
	return errs
}

// answerListing answers with a table that costs nothing.
func (s *Server) answerListing(ctx context.Context, in *asked, name string, values map[string]string, known []study.Parameter, table func(*study.Source) (*result.Table, error), dataset bool) (*huma.StreamResponse, error) {
	if errs := append(unknownParameters(values, known), s.CheckTexts(values, nil)...); len(errs) > 0 {
		return nil, Wrong(errs...)
	}
	out, err := in.output()
	if err != nil {
		return nil, err
	}
	source := &study.Source{Program: s.Program}
	if dataset {
		b, err := s.Datasets.Acquire(s.wholeDataset(values["dataset"]))
		var unknown *UnknownDataset
		if errors.As(err, &unknown) {
			return nil, Wrong(&study.ParameterError{Parameter: "dataset", Value: values["dataset"], Err: err})
		}
		if err != nil {
			return nil, s.failed(name, err)
		}
		defer s.Datasets.Release(b)
		source.Dataset = b.Volume.Dataset
	}
	t, err := table(source)
	if err != nil {
		return nil, s.failed(name, err)
	}
	command := t.Provenance.Command
	if command != "" {
		command = study.Arranged(command, out.Arrangement)
	}
	response, err := s.tableResponse(ctx, "", in, &out, name, t, command)
	if err != nil {
		return nil, s.failed(name, err)
	}
	return response, nil
}
