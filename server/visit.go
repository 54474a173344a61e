package server

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/trade"
)

// page is one page of the workbench: a query in the URL and a template. Its parameters have the names of the flags.
type page struct {
	name, path string
	title      string // in the navigation
	about      string // one line
	parameters []string
	build      func(v *visit) (any, error)
}

// pages are in the order of the navigation.
func pages() []page {
	return []page{
		{"overview", "/", "Overview", "What an economy or bloc depends on imports for, and on whom", []string{"importers", "method", "years", "min-value"}, (*visit).overview},
		{"pair", "/pair", "Pair", "Two economies side by side: who depends on whom more", []string{"importers", "partners", "method", "years", "min-value"}, (*visit).pair},
		{"product", "/product", "Product", "One product: suppliers, importers, who depends on it, and why", []string{"importers", "partners", "products", "method", "years"}, (*visit).productPage},
		{"chokepoints", "/chokepoints", "Choke points", "Products and suppliers on whom many depend and whom nobody could replace", []string{"partners", "importers", "products", "method", "years", "weights", "min-value", "show"}, (*visit).chokepoints},
		{"industry", "/industry", "Industry", "What an economy is good at and where it depends, sector by sector", []string{"importers", "list", "method", "years"}, (*visit).industry},
		{"policy", "/policy", "Policy", "What a policy is, and what changed for the products that it names and not for others", []string{"policy", "outcome", "list", "method"}, (*visit).policy},
		{"map", "/map", "Map", "Who depends on an economy, or for a product", []string{"partners", "products", "method", "years", "min-value"}, (*visit).worldMap},
		{"workbench", "/workbench", "Workbench", "Move the thresholds of a definition, or write your own, and see what changes", []string{"importers", "partners", "method", "years", "min-value", definitionName}, (*visit).workbench},
		{"compare", "/compare", "Compare", "What methods agree on, and what two datasets disagree on", []string{"importers", "partners", "method", "years", "min-value", "against"}, (*visit).compare},
		{"brief", "/brief", "Brief", "The claims of an article, weighed on the data", []string{"article"}, (*visit).brief},
		{"data", "/data", "Data", "Datasets, definitions, indicators and blocs, with their sources", nil, (*visit).dataPage},
	}
}

// visit is one request for a page.
type visit struct {
	ctx     context.Context
	server  *Server
	page    *page
	values  map[string]string // parameters of the URL that are not empty
	dataset store.Manifest
	economy *trade.Economies
	product *trade.Products
	answers []*answer
}

// answer is a table with the question that it answers.
type answer struct {
	*result.Table
	question string
	given    map[string]string
	Command  string
}

// URL is the same question to the API. ending says the format.
func (a *answer) URL(ending string) string {
	values := url.Values{}
	for name, value := range a.given {
		values.Set(name, value)
	}
	return (&url.URL{Path: apiRoot + "/" + a.question + ending, RawQuery: values.Encode()}).String()
}

// visiting reads the parameters of a page and opens the dataset.
func (s *Server) visiting(r *http.Request, p *page) (*visit, func(), error) {
	v := &visit{ctx: r.Context(), server: s, page: p, values: map[string]string{}}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return v, nil, newProblem(http.StatusBadRequest, "Malformed address", short(err.Error()))
	}
	var errs []error
	for name, list := range query {
		switch {
		case !slices.Contains(p.parameters, name) && name != "dataset" && !isThreshold(name):
			errs = append(errs, &analysis.ParameterError{Parameter: name, Value: list[0], Err: errors.New("this page has no such parameter")})
		case len(list) > 1:
			errs = append(errs, &analysis.ParameterError{Parameter: name, Value: list[0], Err: errors.New("is given " + strconv.Itoa(len(list)) + " times; want it once")})
		case strings.TrimSpace(list[0]) != "":
			v.values[name] = strings.TrimSpace(list[0])
		}
	}
	if errs = append(errs, s.checkTexts(v.values)...); len(errs) > 0 {
		return v, nil, wrong(errs...)
	}
	b, err := s.shelf.borrow(orElse(v.values["dataset"], orElse(s.Dataset, s.shelf.opening())))
	var unknown *unknownDataset
	if errors.As(err, &unknown) {
		return v, nil, wrong(&analysis.ParameterError{Parameter: "dataset", Value: v.values["dataset"], Err: err})
	}
	if err != nil {
		return v, nil, problemOf(err)
	}
	v.dataset, v.economy, v.product = *b.Manifest(), b.Economies(), b.Products()
	return v, func() { s.shelf.giveBack(b) }, nil
}

// ask puts a question to the dataset of the visit. pairs are names and values of parameters; empty values are left out.
func (v *visit) ask(question string, pairs ...string) (*answer, error) {
	given := map[string]string{"dataset": v.dataset.Name}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			given[pairs[i]] = pairs[i+1]
		}
	}
	q, ok := analysis.QuestionOf(question)
	if !ok {
		panic("no question " + question) // pages are constant
	}
	a, err := v.server.ask(q, given)
	if err != nil {
		return nil, err
	}
	defer a.close()
	t, err := a.table(v.ctx)
	if err != nil {
		return nil, err
	}
	found := &answer{t, question, given, a.source.Command}
	v.answers = append(v.answers, found)
	return found, nil
}

// value is a parameter of the page, or what stands where it is not given.
func (v *visit) value(name, standard string) string { return orElse(v.values[name], standard) }

func (v *visit) years() []int {
	var years []int
	for _, y := range v.dataset.Years {
		years = append(years, y.Year)
	}
	slices.Sort(years)
	return years
}

// year is the year in focus: the last one, where the page names none.
func (v *visit) year() (int, error) {
	years := v.years()
	text := v.values["years"]
	if text == "" {
		return years[len(years)-1], nil
	}
	y, err := strconv.Atoi(text)
	if err != nil || !slices.Contains(years, y) {
		return 0, wrong(&analysis.ParameterError{Parameter: "years", Value: text,
			Err: errors.New("want one year that the dataset has, from " + strconv.Itoa(years[0]) + " to " + strconv.Itoa(years[len(years)-1]))})
	}
	return y, nil
}

// before is the year before y in the dataset; 0 where there is none.
func (v *visit) before(y int) int {
	years := v.years()
	if i := slices.Index(years, y); i > 0 {
		return years[i-1]
	}
	return 0
}

// firstOf returns the first of some labels that the dataset knows as importer or bloc.
func (v *visit) firstOf(labels ...string) string {
	for _, l := range labels {
		if _, err := trade.ParseSelection(l, v.economy, v.server.Blocs); err == nil {
			return l
		}
	}
	return "all"
}

// link is the address of a page with what the visitor has chosen, changed by pairs of names and values; "" takes one out.
func (v *visit) link(path string, pairs ...string) string {
	target := pageOf(path)
	values := url.Values{}
	for name, value := range v.values {
		if name == "dataset" || target != nil && slices.Contains(target.parameters, name) && name != definitionName {
			values.Set(name, value)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Del(pairs[i])
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	return (&url.URL{Path: path, RawQuery: values.Encode()}).String()
}

// permalink holds the whole state of the page, also what was taken for granted: a newer dataset or year does not change it.
func (v *visit) permalink(state ...string) string {
	values := url.Values{}
	for name, value := range v.values {
		values.Set(name, value)
	}
	for i := 0; i+1 < len(state); i += 2 {
		if state[i+1] != "" {
			values.Set(state[i], state[i+1])
		}
	}
	values.Set("dataset", v.dataset.Name)
	return (&url.URL{Path: v.page.path, RawQuery: values.Encode()}).String()
}

func pageOf(path string) *page {
	for _, p := range pages() {
		if p.path == path {
			return &p
		}
	}
	return nil
}

// about collects what the answers of the page were computed from.
func (v *visit) about() about {
	a := about{Dataset: v.dataset, Synthetic: v.dataset.Synthetic}
	methods := map[string]bool{}
	for _, t := range v.answers {
		for _, text := range t.Provisional {
			if !slices.Contains(a.Provisional, text) {
				a.Provisional = append(a.Provisional, text)
			}
		}
		for _, text := range t.Notes {
			if !slices.Contains(a.Notes, text) {
				a.Notes = append(a.Notes, text)
			}
		}
		for _, m := range t.Provenance.Methods {
			methods[m.ID] = true
		}
	}
	if len(v.answers) > 0 {
		main := v.answers[0]
		for _, t := range v.answers { // the one that shows the definition chosen
			if n := len(t.Provenance.Methods); n == 1 || n > len(main.Provenance.Methods) && len(main.Provenance.Methods) == 0 {
				main = t
				break
			}
		}
		a.Cite, a.BibTeX, a.Checksum, a.Program, a.Command = main.Provenance.Cite(), main.Provenance.BibTeX(), main.Provenance.Checksum, v.server.Program, main.Command
		for _, m := range main.Provenance.Methods {
			a.Methods = append(a.Methods, wordsOf(m))
			if m.Text == main.given[definitionName] {
				a.OwnFile = inFile(m.ID, m.ID)
			}
		}
	}
	a.MethodIDs = slices.Sorted(maps.Keys(methods))
	return a
}

// about is the foot of a page: what stands behind it.
type about struct {
	Dataset                                  store.Manifest
	Synthetic                                bool
	Provisional, Notes, MethodIDs            []string
	Methods                                  []methodWords
	Cite, BibTeX, Checksum, Program, Command string
	OwnFile                                  string // in Command: the definition that the visitor has written; "" is none
}

// methodWords is a definition for people.
type methodWords struct {
	ID, Title, Status, Source, URL, Note string
	Criteria                             []criterionWords
	More                                 []string
}

type criterionWords struct{ Words, Text string }

// wordsOf describes a definition as it was used.
func wordsOf(used result.MethodText) methodWords {
	m, err := method.Parse(used.ID, []byte(used.Text))
	if err != nil {
		return methodWords{ID: used.ID, Status: used.Status}
	}
	w := methodWords{ID: used.ID, Title: m.Title, Status: used.Status, Source: m.Source, URL: m.URL, Note: m.Note}
	for _, c := range m.Criteria {
		w.Criteria = append(w.Criteria, criterionWords{inWords(c.String()), c.String()})
	}
	if m.Persistence.Window > 1 {
		w.More = append(w.More, "in at least "+strconv.Itoa(m.Persistence.Years)+" of "+strconv.Itoa(m.Persistence.Window)+" years")
	}
	if m.MinValue > 0 {
		w.More = append(w.More, "where the importer buys at least "+people(m.MinValue, result.USD)+" USD of the product in the year")
	}
	return w
}
