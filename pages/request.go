package pages

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
	"chokepoint/brief"
	"chokepoint/chokepoints"
	"chokepoint/method"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/server"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// page is one page of the workbench: a query in the URL and a template. Its parameters have the names of the flags.
type page struct {
	name, path string
	title      string // in the navigation
	about      string // one line
	parameters []string
	build      func(v *pageRequest) (any, error)
	traits     traits
}

// traits are what few pages have.
type traits struct {
	world        bool                                          // it draws a map
	long         func(v *pageRequest) bool                     // whether it comes in stages, its figures alone too; nil: by the length of the dataset, and only as a whole
	standard     func(v *pageRequest, parameter string) string // what it shows of a parameter that its address does not name; nil: as all pages do
	plain        bool                                          // it draws nothing, and needs no library for charts
	noDefinition bool                                          // it judges by none: that of a table on it says nothing of the page
	aliases      map[string]string                             // other names of its parameters, as the command and the API call them
}

// pages are in the order of the navigation.
func pages() []page {
	return []page{
		{"front", "/", "", "What this is, what it can be asked, and which data it has", nil, (*pageRequest).front, traits{plain: true}},
		{"overview", "/overview", "Overview", "What an economy or bloc depends on imports for, and on whom", []string{"importers", "products", "method", "years", "min-value", "scale", server.DefinitionName}, (*pageRequest).overview, traits{}},
		{"pair", "/pair", "Pair", "Two economies side by side: who depends on whom more", []string{"importers", "partners", "products", "method", "years", "min-value", "beside", "unit", "scale", server.DefinitionName}, (*pageRequest).pair, traits{}},
		{"report", "/report", "Report", "What an economy or bloc depends on, as a report for print in which every number has its source", []string{"importers", "partners", "products", "method", "years", "min-value", server.DefinitionName}, (*pageRequest).report, traits{plain: true}},
		{"product", "/product", "Product", "One product: suppliers, importers, who depends on it, and why", []string{"importers", "partners", "products", "method", "years", "unit", "scale", server.DefinitionName}, (*pageRequest).productOrGroup, traits{}},
		{"chokepoints", "/chokepoints", "Choke points", "Products and suppliers that many economies depend on and that are hard to replace", []string{"partners", "importers", "products", "method", "years", "weights", "min-value", "show", server.DefinitionName}, (*pageRequest).chokepoints, traits{}},
		{"industry", "/industry", "Industry", "What an economy exports and what it needs, sector by sector", []string{"importers", "list", "products", "method", "years", "coverage", server.DefinitionName}, (*pageRequest).industry, traits{}},
		{"chain", "/chain", "Chain", "What the industries of an economy use from a supplier, counting all stages of production, from an input-output table", []string{"importers", "partners", "products", "industries", "inputs", "tables"}, (*pageRequest).chain, traits{}},
		{"policy", "/policy", "Policy", "What a policy is, and what changed for the products that it names but not for others", []string{"policy", "outcome", "list", "products", "method"}, (*pageRequest).policy, traits{}},
		{"scenario", "/scenario", "What if", "What happens if a supplier stops: who loses, who steps in, how long it takes, and how certain that is", scenarioParameters(), (*pageRequest).scenarioPage, traits{world: true, long: (*pageRequest).longCut, standard: (*pageRequest).scenarioStandard, noDefinition: true, aliases: map[string]string{"suppliers": "partners"}}},
		{"loop", "/loop", "Loop", "How deployment, demand and learning reinforce each other, and what that costs: an illustration", loopParameters(), (*pageRequest).loop, traits{}},
		{"map", "/map", "Map", "Who depends on an economy, in total or for a product", []string{"partners", "products", "method", "years", "min-value", server.DefinitionName}, (*pageRequest).worldMap, traits{world: true}},
		{"workbench", "/workbench", "Workbench", "Move the thresholds of a definition, or write your own, and see what changes", []string{"importers", "partners", "products", "method", "years", "min-value", server.DefinitionName}, (*pageRequest).workbench, traits{}},
		{"compare", "/compare", "Compare", "Where definitions agree, and where two datasets differ", []string{"importers", "partners", "products", "method", "years", "min-value", "against", server.DefinitionName}, (*pageRequest).compare, traits{}},
		{"brief", "/brief", "Brief", "The claims of an article, weighed on the data", []string{"article"}, (*pageRequest).brief, traits{plain: true}},
		{"data", "/data", "Data", "Datasets, definitions, indicators and blocs, with their sources", nil, (*pageRequest).dataPage, traits{plain: true}},
	}
}

// pageRequest is one request for a page.
type pageRequest struct {
	ctx     context.Context
	server  site
	page    *page
	values  map[string]string // parameters of the URL that are not empty
	dataset store.Manifest
	economy *trade.Economies
	product *trade.Products
	answers []*answer
	notices []string // what was changed of what was asked for

	pinned        map[string]string        // what the page chose by itself, for links that stay
	wrong         []error                  // in what the address asks of tables
	own           *ownDefinition           // nil where a published one is chosen
	switched      bool                     // a form made for another dataset was sent
	distributions map[string]*distribution // of the indicators in the criteria of the workbench
	live          bool                     // the figures alone are wanted, as a slider moves
	stages
}

// A form says in these two parameters what it was made for: the dataset, and the definition whose sliders it has. Where another
// dataset or definition was chosen in it, the other choices were made for the former one, and what does not fit the new one is
// left out, and said. An address written by hand, or kept as a permanent link, has neither: what is wrong in it is an error.
const (
	formDataset = "form-dataset"
	formMethod  = "form-method"
)

// answer is a table with the question that it answers.
type answer struct {
	*result.Table
	question string
	given    map[string]string
	Command  string
	why      string // what it lacks, in sentences
	without  string // names of those whose imports world totals lack
	key      string // under which the server keeps it
}

// URL is the same question to the API. ending says the format.
func (a *answer) URL(ending string) string {
	values := url.Values{}
	for name, value := range a.given {
		values.Set(name, value)
	}
	return (&url.URL{Path: server.APIRoot + "/" + strings.ReplaceAll(a.question, " ", "/") + ending, RawQuery: values.Encode()}).String()
}

// newPageRequest reads the parameters of a page and opens the dataset; where that cannot be had, the one that opens by itself, so that
// the form can be shown. done must be called in any case.
func (s site) newPageRequest(r *http.Request, p *page) (v *pageRequest, done func(), err error) {
	v, done = &pageRequest{ctx: server.ForPage(r.Context()), server: s, page: p, values: map[string]string{}}, func() {}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return v, done, server.NewProblem(http.StatusBadRequest, "Malformed address", server.Shortened(err.Error()))
	}
	var errs []error
	for name, list := range query {
		if as := p.traits.aliases[name]; as != "" && query[as] == nil {
			name = as
		}
		switch {
		case !p.has(name):
			errs = append(errs, &study.ParameterError{Parameter: name, Value: list[0], Err: p.lacks()})
		case len(list) > 1 && p.name == "loop" && name == "without": // boxes, each of its own
			v.values[name] = strings.Join(list, ",")
		case len(list) > 1:
			errs = append(errs, &study.ParameterError{Parameter: name, Value: list[0], Err: errors.New("is given " + strconv.Itoa(len(list)) + " times; expected once")})
		case strings.TrimSpace(list[0]) != "":
			v.values[name] = strings.TrimSpace(list[0])
		}
	}
	for _, err := range s.CheckTexts(v.values, nil) {
		errs = append(errs, err)
		delete(v.values, err.(*study.ParameterError).Parameter) // too long, or no text: nothing to show again
	}
	if err := v.readDefinition(); err != nil {
		errs = append(errs, err)
	}
	standard := study.OrElse(s.Dataset, s.Datasets.Opening())
	b, err := s.Datasets.Acquire(study.OrElse(v.values["dataset"], standard))
	var unknown *server.UnknownDataset
	if errors.As(err, &unknown) {
		errs = append(errs, &study.ParameterError{Parameter: "dataset", Value: v.values["dataset"], Err: err})
		b, err = s.Datasets.Acquire(standard)
	}
	if err == nil {
		done = func() { s.Datasets.Release(b) }
		v.dataset, v.economy, v.product = *b.Manifest(), b.Economies(), b.Products()
		v.readForm()
		if err := v.readStage(r); err != nil {
			errs = append(errs, err)
		}
	}
	switch {
	case len(errs) > 0:
		return v, done, server.Wrong(errs...)
	case err != nil:
		return v, done, server.ProblemOf(err)
	}
	return v, done, nil
}

// has says whether a page takes a parameter.
func (p *page) has(name string) bool {
	return slices.Contains(p.parameters, name) || tableParameter.MatchString(name) || name == "dataset" || name == formDataset || name == stageName || p.name == "workbench" && (isThreshold(name) || rowParameter.MatchString(name) || name == formMethod)
}

// lacks is the error about a parameter that a page does not take: it names those that it takes.
func (p *page) lacks() error {
	text := "this page has no such parameter"
	if len(p.parameters) > 0 {
		text += "; it has " + listed(p.parameters)
	}
	return errors.New(text)
}

// readForm takes out what forms say of themselves, and puts numbers into plain digits.
func (v *pageRequest) readForm() {
	made := v.values[formDataset]
	v.switched = made != "" && made != v.dataset.Name
	delete(v.values, formDataset)
	v.readRows()
	v.readSliders()
	if text, ok := v.values["min-value"]; ok {
		v.values["min-value"] = plainNumber(text)
	}
	v.readProducts()
}

// content checks what was chosen and builds the page. What a dataset that was just switched to does not have is left out.
func (v *pageRequest) content() (any, error) {
	for {
		content, err := v.build()
		if err == nil || !v.switched || !v.leaveOut(err) {
			return content, err
		}
		v.answers, v.wrong = nil, nil
	}
}

func (v *pageRequest) build() (any, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	content, err := v.page.build(v)
	if err == nil {
		err = v.checkTables()
	}
	return content, err
}

// ofDataset are the parameters whose values one dataset may have and another may lack.
var ofDataset = []string{"years", "importers", "partners", "products", "list", "against"}

// leaveOut takes out the choices that an error names and says so. It reports whether there were any.
func (v *pageRequest) leaveOut(err error) bool {
	var p *server.Problem
	if !errors.As(err, &p) {
		return false
	}
	out := false
	for _, e := range p.Errors {
		name := fieldOf(e.Location)
		value, given := v.values[name]
		if !given || !slices.Contains(ofDataset, name) {
			continue
		}
		delete(v.values, name)
		out = true
		notice := v.labelOf(name) + " “" + server.Shortened(value) + "” is not in " + v.dataset.Name
		if name == "against" {
			notice = v.dataset.Name + " cannot be compared with “" + server.Shortened(value) + "”"
		}
		if instead := v.value(name); instead != "" {
			notice += ". " + upperFirst(v.inSentence(instead)) + " is shown instead"
		} else if name != "against" {
			notice += ". All are shown instead"
		}
		v.notices = append(v.notices, notice+".")
	}
	return out
}

// ask puts a question to the dataset of the page. pairs are names and values of parameters; empty values are left out.
func (v *pageRequest) ask(question string, pairs ...string) (*answer, error) {
	q, ok := analysis.QuestionOf(question)
	if !ok {
		panic("no question " + question) // pages are constant
	}
	given := map[string]string{}
	if !q.Tables {
		given["dataset"] = v.dataset.Name
	}
	for name, value := range study.Pairs(pairs...) {
		if value != "" {
			given[name] = value
		}
	}
	v.withOwn(given)
	if _, takes := q.Parameter("products"); takes && slices.Contains(restricted, v.page.name) && !named(pairs, "products") && v.values["products"] != "" {
		given["products"] = v.values["products"] // the goods that the page is restricted to
	}
	a, err := v.server.Ask(q, given)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	t, err := a.Table(v.ctx)
	if err != nil {
		return nil, err
	}
	found := &answer{t, question, given, a.Source.Command, v.whyOf(t.Notes), v.withoutWhom(t.Notes), a.Key()}
	v.answers = append(v.answers, found)
	return found, nil
}

// restricted are pages of which every answer is about the goods chosen alone; others say themselves which are.
var restricted = []string{"overview", "pair", "workbench", "compare"}

// named says whether pairs of names and values have a name.
func named(pairs []string, name string) bool {
	for n := range study.Pairs(pairs...) {
		if n == name {
			return true
		}
	}
	return false
}

// value is a parameter of the page, or what stands where it is not given.
func (v *pageRequest) value(name string) string {
	if name == "method" && v.own != nil {
		return v.own.ID
	}
	return study.OrElse(v.values[name], v.standard(name))
}

// standard is what a page shows of a parameter that its address does not name; "" is nothing, or all of it.
func (v *pageRequest) standard(name string) string {
	if !slices.Contains(v.page.parameters, name) {
		return ""
	}
	if of := v.page.traits.standard; of != nil {
		return of(v, name)
	}
	switch v.page.name + " " + name {
	case "chokepoints products":
		if v.hasStrategic() {
			return chokepoints.StrategicGoods
		}
		return "all"
	case "chokepoints importers", "chokepoints partners", "product partners", "map products", "chain products", "overview products", "pair products", "workbench products", "compare products", "report partners", "report products", "industry products", "policy products":
		return ""
	case "industry importers":
		return v.firstOf("CHN", "USA")
	case "pair importers": // nobody depends on itself
		return v.firstOf(without(v.value("partners"), "USA", "EU27")...)
	case "pair beside":
		return v.besideStandard()
	case "pair partners":
		return v.firstOf(without(v.values["importers"], "CHN", "USA")...)
	case "industry list":
		return "mic25"
	case "loop technology":
		return "pv"
	}
	switch name {
	case "importers":
		return v.firstOf("USA", "EU27")
	case "partners":
		return v.firstOf("CHN", "USA")
	case "products":
		return v.exampleProduct()
	case "method":
		return study.DefaultMethod
	case "years":
		years := v.years()
		return strconv.Itoa(years[len(years)-1])
	case "weights":
		return chokepoints.DefaultWeights
	case "coverage":
		return "claims"
	case "policy":
		return policy.IndustrialPolicies()[0].ID
	case "outcome":
		return "log-imports"
	case "article":
		return brief.Standard
	case "industries":
		return "manufacturing"
	}
	return ""
}

// hasStrategic says whether the dataset knows any of the strategic goods.
func (v *pageRequest) hasStrategic() bool {
	l, err := sector.OpenBuiltin(strings.TrimPrefix(chokepoints.StrategicGoods, "list:"))
	if err != nil {
		panic(err) // the list is the program's
	}
	l, _ = l.Carry(v.dataset.Nomenclature)
	return slices.ContainsFunc(l.Entries, func(e sector.Entry) bool {
		_, ok := v.product.Get(e.Code)
		return ok && l.Used(e) && e.Revisions.Has(v.dataset.Nomenclature)
	})
}

func (v *pageRequest) years() []int {
	var years []int
	for _, y := range v.dataset.Years {
		years = append(years, y.Year)
	}
	slices.Sort(years)
	return years
}

// timeline are the years of a chart: from the first to the last of the dataset, with those between that it lacks, so that a gap is
// seen as one.
func (v *pageRequest) timeline() (list []int) {
	years := v.years()
	for y := years[0]; y < years[len(years)-1]; y = int(trade.Period(y).Back(-1)) {
		list = append(list, y)
	}
	return append(list, years[len(years)-1])
}

// year is the year in focus: the last one, where the page names none.
func (v *pageRequest) year() (int, error) {
	years := v.years()
	text := v.value("years")
	at := slices.IndexFunc(years, func(y int) bool { return text == strconv.Itoa(y) || text == periodText(y) })
	if at < 0 {
		has := "from " + periodText(years[0]) + " to " + periodText(years[len(years)-1])
		if len(years) == 1 {
			has = "which has only " + periodText(years[0])
		}
		return 0, server.Wrong(&study.ParameterError{Parameter: "years", Value: text, Err: errors.New("expected one of the years of the dataset, " + has)})
	}
	return years[at], nil
}

// periodText is a year, or a month as 2024-03.
func periodText(y int) string { return trade.Period(y).String() }

// before is the year before y in the dataset; 0 where there is none.
func (v *pageRequest) before(y int) int {
	years := v.years()
	if i := slices.Index(years, y); i > 0 {
		return years[i-1]
	}
	return 0
}

// firstOf returns the first of some labels that the dataset knows as importer or bloc.
func (v *pageRequest) firstOf(labels ...string) string {
	for _, l := range labels {
		if _, err := trade.ParseSelection(l, v.economy, v.server.Blocs); err == nil {
			return l
		}
	}
	return "all"
}

// link is the address of a page with what the visitor has chosen, changed by pairs of names and values; "" takes one out.
func (v *pageRequest) link(path string, pairs ...string) string {
	target := pageOf(path)
	values := url.Values{}
	for name, value := range v.values {
		if name == "dataset" || target != nil && slices.Contains(target.parameters, name) {
			values.Set(name, value)
		}
	}
	own := target != nil && target.name != "workbench"
	if own && values.Get(server.DefinitionName) != "" {
		values.Del("method") // it was where the definition began
	}
	for name, value := range study.Pairs(pairs...) {
		values.Del(name)
		if name == "importers" || name == "partners" {
			value = v.spelledOut(value)
		}
		if value != "" {
			values.Set(name, value)
		}
	}
	if own && values.Get("method") != "" {
		values.Del(server.DefinitionName)
	}
	return (&url.URL{Path: path, RawQuery: values.Encode()}).String()
}

// spelledOut gives a bloc that the visitor has named with its members, where it is called by its name.
func (v *pageRequest) spelledOut(label string) string {
	for _, name := range []string{"importers", "partners"} {
		if own, _, ok := strings.Cut(v.values[name], "="); ok && strings.TrimSpace(own) == label {
			return v.values[name]
		}
	}
	return label
}

// permalink holds the whole state of the page, also what was taken for granted: a newer dataset or year does not change it.
func (v *pageRequest) permalink() string {
	values := url.Values{}
	for _, name := range v.page.parameters {
		if value := v.value(name); value != "" {
			values.Set(name, value)
		}
	}
	for _, chosen := range []map[string]string{v.pinned, v.values} {
		for name, value := range chosen {
			values.Set(name, value)
		}
	}
	values.Set("dataset", v.dataset.Name)
	return (&url.URL{Path: v.page.path, RawQuery: values.Encode()}).String()
}

// pageOf is the page at a path; nil where there is none.
func pageOf(path string) *page { return pageAt[path] }

// pageAt are the pages by path. It is filled when the program starts: pages refer to it themselves.
var pageAt = map[string]*page{}

func init() {
	for _, p := range pages() {
		pageAt[p.path] = &p
	}
}

// about collects what the answers of the page were computed from.
func (v *pageRequest) about() about {
	a := about{Dataset: v.dataset, Synthetic: v.dataset.Synthetic, Program: v.server.Program}
	methods, unit := map[string]bool{}, "years"
	if v.dataset.Monthly() {
		unit = "months"
	}
	for _, t := range v.answers {
		for _, text := range t.Provisional {
			if text = v.withNames(v.namingDefinition(text)); !slices.Contains(a.Provisional, text) {
				a.Provisional = append(a.Provisional, text)
			}
		}
		for _, text := range result.Texts(t.Notes) {
			if text = v.withNames(text); !slices.Contains(a.Notes, text) {
				a.Notes = append(a.Notes, text)
			}
		}
		for _, m := range t.Provenance.Methods {
			methods[m.ID] = true
		}
	}
	if len(v.answers) > 0 {
		main := v.answers[0]
		for _, t := range v.answers { // the one that shows the definition chosen, else the first with any
			if v.page.traits.noDefinition {
				break
			}
			if n := len(t.Provenance.Methods); n == 1 {
				main = t
				break
			} else if n > 0 && len(main.Provenance.Methods) == 0 {
				main = t
			}
		}
		a.Cite, a.BibTeX, a.Checksum, a.Command = main.Provenance.Cite(), main.Provenance.BibTeX(), main.Provenance.Checksum, main.Command
		if pv := &main.Provenance; pv.Dataset != "" && pv.Dataset != v.dataset.Name {
			a.Other = strings.Join(slices.DeleteFunc([]string{pv.Dataset + " (" + pv.Source + ")", pv.Years, pv.Licence}, func(s string) bool { return s == "" }), ", ")
			a.Synthetic = main.Synthetic
		}
		for _, m := range main.Provenance.Methods {
			a.Methods = append(a.Methods, wordsOf(m, unit))
			if m.Text == main.given[server.DefinitionName] {
				a.OwnFile = server.InFile(m.ID, m.ID)
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
	Other                                    string // what the figures are from, where that is not the dataset: input-output tables
	OwnFile                                  string // in Command: the definition that the visitor has written; "" is none
}

// methodWords is a definition for people.
type methodWords struct {
	ID, Title, Status, Source, URL, Note string
	Criteria                             []criterionWords
	More                                 []string
}

type criterionWords struct{ Words, Text string }

// wordsOf describes a definition as it was used; unit is what its window counts.
func wordsOf(used result.MethodText, unit string) methodWords {
	m, err := method.Parse(used.ID, []byte(used.Text))
	if err != nil {
		return methodWords{ID: used.ID, Status: used.Status}
	}
	status := used.Status
	if name, ok := method.ShortName(m.BasedOn); ok {
		status = strings.Replace(status, "based on "+m.BasedOn, "based on "+name, 1)
	}
	w := methodWords{ID: used.ID, Title: m.Title, Status: status, Source: m.Source, URL: m.URL, Note: m.Note}
	for _, c := range m.Criteria {
		w.Criteria = append(w.Criteria, criterionWords{inWords(c.String()), c.String()})
	}
	if m.Persistence.Window > 1 {
		w.More = append(w.More, "in at least "+strconv.Itoa(m.Persistence.Years)+" of "+strconv.Itoa(m.Persistence.Window)+" "+unit)
	}
	if m.MinValue > 0 {
		w.More = append(w.More, "if the importer buys at least "+people(m.MinValue, result.USD)+" USD of the product in the year")
	}
	return w
}
