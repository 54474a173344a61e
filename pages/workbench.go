package pages

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
)

// workbenchView is the page where a definition is changed: thresholds by sliders, or the whole as text.
type workbenchView struct {
	Importer, Partner         string
	ImporterName, PartnerName string
	Year                      int
	Base                      string // id of the method that the sliders begin with
	Own                       bool   // the definition is written out
	Text                      string // of the definition in use
	UseOn                     []option
	SaveAs, Reset             string // addresses: of it as a file; with the published numbers
	Products                  int
	Published                 string // what the definition counts with the numbers that it came with
	Worth, WorthExact, Share  string // of imports of these, from everybody
	FromPartner, Whole        string // of it; what the share is of
	standing
	Overlap, Heat, List, Added, Lost *figure
}

// bench is the part of the form in which the definition is changed.
type bench struct {
	Method  string // id of the one whose sliders these are
	Name    string // of it
	Sliders []slider
	Boxes   []box
	Fixed   []string    // criteria without a number to move, in words
	Own     bool        // the definition is written out
	Text    string      // of the definition in use
	Fault   *fieldError // of the text
	Reset   string      // address with the published numbers
	Rows    []criterionRow
	Keep    string // what of the definition no row says
}

// box switches a term off.
type box struct {
	Name, Label, Meaning string
	Off                  bool
}

// slider moves the number of one criterion.
type slider struct {
	Name, Label, Value, Published string
	Position                      string // of the slider: the value, where that is a number
	Min, Max, Step                string
	Fault                         *fieldError
}

func (w *workbenchView) pageTitle() string { return "Workbench" }

// PublishedWords is the published number as people write it.
func (s slider) PublishedWords() string {
	if x, err := strconv.ParseFloat(s.Published, 64); err == nil && x >= 1e5 {
		return largeNumber(x)
	}
	return s.Published
}

// isThreshold says that a parameter moves the number of a criterion: t1 that of the first.
func isThreshold(name string) bool {
	return len(name) == 2 && name[0] == 't' && name[1] >= '1' && name[1] <= '9'
}

// ownID is the name of a definition made at the workbench.
const ownID = "own"

// readSliders leaves out the sliders, or the text, of the definition that the form was made for where another was chosen in it.
func (v *pageRequest) readSliders() {
	made := v.values[formMethod]
	delete(v.values, formMethod)
	if made == "" || made == v.value("method") {
		return
	}
	for name := range v.values {
		if isThreshold(name) {
			delete(v.values, name)
		}
	}
	if v.values[server.DefinitionName] != "" {
		delete(v.values, server.DefinitionName)
		v.notices = append(v.notices, "Your own definition was replaced by "+v.definitionName(v.value("method"))+". Go back in the browser to return to it.")
	}
}

// definition makes the definition in use, one that is written out or a published one with other numbers, and the part of the
// form in which it is changed. The form can be shown in spite of errors, each of which names its parameter.
func (v *pageRequest) definition() (b *bench, m *method.Method, errs []error) {
	b = &bench{Method: v.value("method"), Name: v.definitionName(v.value("method")), Reset: v.link("/workbench", server.DefinitionName, "", "t1", "", "t2", "", "t3", "", "t4", "", "t5", "", "t6", "", "t7", "", "t8", "", "t9", "")}
	if b.Text = v.values[server.DefinitionName]; b.Text != "" {
		b.Own = true
		file, err := expanded(b.Text)
		if err == nil {
			b.Text = file
			question, _ := analysis.QuestionOf("count")
			m, err = server.OwnMethod(question, b.Text)
		}
		if m != nil {
			b.Rows, b.Keep = rowsOf(m)
		}
		if err != nil {
			errs = append(errs, &study.ParameterError{Parameter: server.DefinitionName, Value: b.Text, Err: err})
		}
		return b, m, errs
	}
	base, err := method.Get(b.Method)
	if err != nil {
		return b, nil, []error{&study.ParameterError{Parameter: "method", Value: b.Method, Err: err}}
	}
	changed := *base
	changed.Criteria = slices.Clone(base.Criteria)
	for i, c := range base.Criteria {
		s := sliderOf("t"+strconv.Itoa(i+1), c)
		if s == nil {
			b.Fixed = append(b.Fixed, inWords(c.String()))
			continue
		}
		if s.Value = v.values[s.Name]; s.Value != "" {
			moved, value, err := moveThreshold(c, s.Value)
			if err != nil {
				errs = append(errs, &study.ParameterError{Parameter: s.Name, Value: s.Value, Err: err})
			} else {
				changed.Criteria[i], s.Value, s.Position, v.values[s.Name] = moved, value, value, value
			}
			if s.Value == s.Published { // what is as published stays out of the address
				delete(v.values, s.Name)
			}
		}
		s.Value = study.OrElse(s.Value, s.Published)
		b.Sliders = append(b.Sliders, *s)
	}
	for name, value := range v.values {
		if isThreshold(name) && !slices.ContainsFunc(b.Sliders, func(s slider) bool { return s.Name == name }) {
			errs = append(errs, &study.ParameterError{Parameter: name, Value: value, Err: fmt.Errorf("%s has no such threshold", b.Name)})
		}
	}
	b.Text = definitionText(&changed, true)
	b.Rows, b.Keep = rowsOf(&changed)
	return b, &changed, errs
}

var (
	plainDecimal = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,18})?(e[+-]?[0-9]{1,2})?$`)
	percentage   = regexp.MustCompile(`^([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?:%|per cent|percent)$`)
)

// moveThreshold puts another number into a criterion: 0.4, or 40 % where it is about a share. A share beyond 1 is an error, so
// that 40 is never taken for 4000 %. It returns the number in digits.
func moveThreshold(c *indicator.Criterion, text string) (moved *indicator.Criterion, value string, err error) {
	name, published, with, _ := c.Threshold()
	value = plainNumber(strings.ToLower(text))
	if p := percentage.FindStringSubmatch(value); p != nil {
		if ind, ok := indicator.Get(name); !ok || ind.Unit != "share" || strings.Contains(c.String(), "*") {
			return nil, "", fmt.Errorf("this is not a share and takes no per cent sign; expected a number such as %s", published)
		}
		exact, _ := new(big.Rat).SetString(p[1])
		value = strings.TrimSuffix(strings.TrimRight(exact.Quo(exact, big.NewRat(100, 1)).FloatString(11), "0"), ".")
	}
	if !plainDecimal.MatchString(value) {
		return nil, "", fmt.Errorf("expected a number such as %s", published)
	}
	if moved, err = with(value); err != nil {
		return nil, "", fmt.Errorf("expected a number such as %s", published)
	}
	return moved, value, moved.CheckScale()
}

// sliderOf makes the slider of a criterion, with a range that suits the indicator; nil where there is no number to move.
func sliderOf(name string, c *indicator.Criterion) *slider {
	_, published, _, ok := c.Threshold()
	if !ok {
		return nil
	}
	left, right, _ := strings.Cut(c.String(), published)
	s := &slider{Name: name, Label: inWords(strings.TrimSpace(left)), Published: published, Position: published, Min: "0", Max: "1", Step: "0.01"}
	if right = strings.TrimSpace(right); right != "" {
		s.Label += " … " + inWords(right)
	}
	x, err := strconv.ParseFloat(published, 64)
	if err == nil && x > 1 || strings.Contains(c.String(), "*") {
		x = max(x, 1)
		scale := math.Pow(10, math.Floor(math.Log10(x)))
		s.Max, s.Step = strconv.FormatFloat(5*x, 'f', -1, 64), strconv.FormatFloat(scale/10, 'f', -1, 64)
	}
	return s
}

// shortNameOf names a definition; one of the visitor's own has no name but its title.
func shortNameOf(m *method.Method) string {
	if name, ok := method.ShortName(m.ID); ok {
		return name
	}
	return m.ID
}

// definitionText writes a definition as a file, with the source that it was made from.
func definitionText(m *method.Method, changed bool) string {
	if m.Text != "" && !changed {
		return m.Text
	}
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%s = %s\n", key, strconv.Quote(value)) }
	line("id", ownID)
	line("title", "Variant of "+shortNameOf(m))
	line("status", string(method.Own))
	line("based_on", m.ID)
	line("source", "Chokepoint workbench, after "+shortNameOf(m))
	b.WriteString("criteria = [\n")
	for _, c := range m.Criteria {
		fmt.Fprintf(&b, "    %s,\n", strconv.Quote(c.String()))
	}
	b.WriteString("]\n")
	if m.Persistence.Window > 1 {
		line("persistence", m.Persistence.String())
	}
	if m.MinValue > 0 {
		fmt.Fprintf(&b, "min_value = %s\n", strconv.FormatFloat(m.MinValue, 'f', -1, 64))
	}
	if m.World != "" {
		line("world", string(m.World))
	}
	return b.String()
}

func (v *pageRequest) workbench() (any, error) {
	w := &workbenchView{Importer: v.value("importers"), Partner: v.value("partners"), Base: v.value("method")}
	var err error
	if w.Year, err = v.year(); err != nil {
		return nil, err
	}
	now, floor := periodText(w.Year), v.values["min-value"]
	b, m, errs := v.definition()
	if len(errs) > 0 {
		return nil, server.Wrong(errs...)
	}
	w.Own, w.Text, w.SaveAs, w.Reset = b.Own, b.Text, v.fileLink(), b.Reset
	w.UseOn = v.usedOn(m)
	id := m.ID
	if !w.Own {
		id = ownID
	}
	common := []string{"importers", w.Importer, "partners", w.Partner, "years", now, "min-value", floor}
	count, err := v.ask("count", append(common, server.DefinitionName, w.Text)...)
	if err != nil {
		return nil, err
	}
	if err := onlyOne("importers", w.Importer, len(countsOf(count, w.Year))); err != nil {
		return nil, err
	}
	w.ImporterName, w.PartnerName = v.nameOf(w.Importer), v.nameOf(w.Partner)
	if count.Rows() > 0 {
		w.Cannot = v.unanswered(count, dependence.CountSchema.Rows(count.Table)[0].Status, w.Importer, w.Year)
	}
	if w.rest(v, count, w.Year); w.Cannot != "" {
		return w, nil
	}
	overlap, err := v.ask("compare", append(common, server.DefinitionName, w.Text, "method", strings.Join(append([]string{id}, builtinIDs()...), ","))...)
	if err != nil {
		return nil, err
	}
	list, err := v.ask("dependencies", append(common, server.DefinitionName, w.Text)...)
	if err != nil {
		return nil, err
	}
	if count.Rows() > 0 {
		r := dependence.CountSchema.Rows(count.Table)[0]
		w.Products, w.Worth, w.Share = r.Products, people(r.Imports, result.USD), result.Percent(r.ShareOfImports)
		w.WorthExact = result.ExactFloat(r.Imports, result.USD)
		w.FromPartner, w.Whole = people(r.ImportsFromPartner, result.USD), count.whole()
	}
	w.Overlap, w.List = v.overlapOf(overlap, id, w), v.topProducts(list, w.Importer, w.Year)
	w.List.Title = "Products that meet the definition"
	published, base := list, v.definitionName(w.Base)
	if moved := slices.ContainsFunc(b.Sliders, func(s slider) bool { return s.Value != s.Published }); moved || w.Base != m.ID {
		if published, err = v.ask("dependencies", append(common, "method", w.Base)...); err != nil {
			return nil, err
		}
		w.Added, w.Lost = v.newcomers("added", "Flagged by this definition, but not by "+base+" as published", list, published), v.newcomers("lost", "Flagged by "+base+" as published, but not by this definition", published, list)
	}
	if w.Published = "As published, " + base + " flags " + plural(published.Rows(), "product", "products"); v.notComputable(published, w.Year) != "" {
		w.Published = "As published, " + base + " cannot be computed with this dataset"
	}
	if w.Heat, err = v.heat(w, common); err != nil {
		return nil, err
	}
	return w, v.distributionsOf(m, common)
}

func builtinIDs() (ids []string) {
	for _, m := range method.Builtin() {
		ids = append(ids, m.ID)
	}
	return ids
}

// fileLink is the address of the definition in use as a file.
func (v *pageRequest) fileLink() string {
	p := *v
	p.page = &page{path: "/workbench.toml", parameters: v.page.parameters}
	return p.permalink()
}

// overlapOf shows how far published definitions agree with the one at hand.
func (v *pageRequest) overlapOf(a *answer, id string, w *workbenchView) *figure {
	both := chart.Series{Name: "flagged by both", Colour: chart.Ink}
	only := chart.Series{Name: "by that definition alone", Colour: chart.Pale}
	g := &grid{Caption: "Overlap with published definitions", Answer: a, Empty: "Nothing to compare.", Columns: []gridColumn{{Title: "Definition"}, {Title: "Products", Number: true},
		{Title: "Also flagged by this one", Number: true}, {Title: "Overlap (Jaccard)", Number: true, Help: "Products that both definitions flag, as a share of those that at least one flags."}}}
	var names []string
	for _, r := range dependence.OverlapSchema.Rows(a.Table) {
		other, n, common := r.MethodB, r.ProductsB, r.Both
		switch id {
		case r.MethodA:
		case r.MethodB:
			other, n = r.MethodA, r.ProductsA
		default:
			continue
		}
		link := v.link("/compare", "importers", w.Importer, "partners", w.Partner)
		if n == result.MissingInt {
			g.Rows = append(g.Rows, []cell{{Text: v.definitionName(other), Note: other, Head: true, Link: link}, {Text: string(result.NotComputable), Number: true}, {Text: "–", Number: true}, {Text: "–", Number: true}})
			continue
		}
		name := v.definitionName(other)
		names = append(names, name)
		tip := definitionTitle(other) + "\n" + people(float64(n), "count") + " products, " + people(float64(common), "count") + " of them flagged by this definition"
		both.Values, both.Tips = append(both.Values, common), append(both.Tips, tip)
		only.Values, only.Tips = append(only.Values, n-common), append(only.Tips, tip)
		g.Rows = append(g.Rows, []cell{{Text: name, Note: other, Head: true, Link: link}, {Text: people(float64(n), "count"), Number: true}, {Text: people(float64(common), "count"), Number: true},
			{Text: result.ShortFloat(r.Jaccard, result.Share), Exact: result.ExactFloat(r.Jaccard, result.Share), Number: true}})
	}
	g.Total = len(g.Rows)
	f := &figure{ID: "overlap", Title: "Overlap with published definitions", Note: "Products that each definition flags, and how many of them this definition flags too.", Source: v.source(a), Table: g}
	if len(names) > 0 {
		f.Option = chart.Bars(names, "products", chart.Count, both, only)
	}
	return f
}

// heat counts over a grid of the first two thresholds. Definitions without two are left out.
func (v *pageRequest) heat(w *workbenchView, common []string) (*figure, error) {
	a, err := v.ask("sensitivity", append(common, server.DefinitionName, w.Text)...)
	var known *server.Problem
	if errors.As(err, &known) && known.Status == http.StatusUnprocessableEntity {
		return nil, nil // the definition has no thresholds to vary
	}
	if err != nil {
		return nil, err
	}
	rows := dependence.SensitivitySchema.Rows(a.Table)
	var xs, ys []string
	for _, r := range rows {
		xs, ys = append(xs, r.X), append(ys, r.Y)
	}
	xs, ys = distinct(xs), distinct(ys)
	values, tips := make([][]float64, len(ys)), make([][]string, len(ys))
	for i := range ys {
		values[i], tips[i] = make([]float64, len(xs)), make([]string, len(xs))
	}
	markX, markY := -1, -1
	for _, r := range rows {
		x, y := slices.Index(xs, r.X), slices.Index(ys, r.Y)
		values[y][x] = float64(r.Products)
		tips[y][x] = inWords(r.XThreshold+" >= "+r.X) + "\n" + inWords(r.YThreshold+" >= "+r.Y) + "\n" + plural(r.Products, "product", "products")
		if r.Published {
			markX, markY = x, y
		}
	}
	if len(xs) == 0 || len(ys) < 2 {
		return nil, nil
	}
	return &figure{ID: "heat", Title: "How the count changes with the thresholds", Note: "The number of products that meet the definition, by two of its thresholds. The frame marks the current ones.", Source: v.source(a), Height: "tall",
		Option: chart.Heat(xs, ys, inWords(rows[0].XThreshold), inWords(rows[0].YThreshold), values, tips, markX, markY),
		Table:  v.grid(a, 0, heatColumns...)}, nil
}

func distinct(texts []string) (list []string) {
	seen := map[string]bool{}
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		return int(math.Copysign(1, x-y))
	})
	return list
}

// methodFile saves the definition of the workbench.
func (s site) methodFile(w http.ResponseWriter, r *http.Request) {
	v, done, err := s.newPageRequest(r, pageOf("/workbench"))
	defer done()
	if err != nil {
		s.problemPage(w, r, v, err)
		return
	}
	b, _, errs := v.definition()
	if len(errs) > 0 {
		s.problemPage(w, r, v, server.Wrong(errs...))
		return
	}
	w.Header().Set("Content-Type", "application/toml")
	w.Header().Set("Content-Disposition", `attachment; filename="own.toml"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(b.Text))
}

// compareView is the page on what methods, or two datasets, disagree about.
type compareView struct {
	Importer, Partner          string
	ImporterName, PartnerName  string
	Year                       int
	Agreement, Products, Pairs *figure
	Others                     bool // there are other datasets to compare with
	Diff, Summary              *figure
	AgainstName                string
	Many, OneOf, Asked, Either int
	Without                    string // definitions that cannot be computed
	standing
}

func (c *compareView) pageTitle() string { return "Compare definitions and releases" }

func (v *pageRequest) compare() (any, error) {
	c := &compareView{Importer: v.value("importers"), Partner: v.value("partners"), AgainstName: v.values["against"]}
	var err error
	if c.Year, err = v.year(); err != nil {
		return nil, err
	}
	now, methodID := periodText(c.Year), v.value("method")
	c.Others = len(v.datasetOptions()) > 1
	common := []string{"importers", c.Importer, "partners", c.Partner, "years", now, "min-value", v.values["min-value"]}
	asked := "" // all that come with the program
	if v.own != nil {
		asked = strings.Join(v.comparedIDs(), ",")
	}
	products, err := v.ask("compare", append(common, "by", "product", "method", asked)...)
	if err != nil {
		return nil, err
	}
	pairs, err := v.ask("compare", append(common, "method", asked)...)
	if err != nil {
		return nil, err
	}
	c.ImporterName, c.PartnerName = v.nameOf(c.Importer), v.nameOf(c.Partner)
	c.Without = v.notComputable(pairs, c.Year)
	if !slices.ContainsFunc(dependence.OverlapSchema.Rows(pairs.Table), func(r dependence.OverlapRow) bool {
		return r.ProductsA != result.MissingInt || r.ProductsB != result.MissingInt
	}) {
		c.Cannot = v.noImports(c.Importer, c.Year)
	}
	c.rest(v, products, c.Year)
	c.Agreement, c.Pairs = v.agreement(products, c), v.jaccards(pairs)
	c.Products = &figure{ID: "products", Title: "Products by number of definitions", Open: true, Note: "The more definitions agree, the less a finding depends on the choice of one.",
		Table: v.withAgreement(v.sheet("products", products, 25, agreementOrder, agreementColumns...), c.Importer, c.Partner)}
	if c.AgainstName == "" {
		return c, nil
	}
	list, err := v.ask("diff", append(common, "method", methodID, "against", c.AgainstName)...)
	var p *server.Problem
	if errors.As(err, &p) && p.Status == http.StatusUnprocessableEntity && len(p.Errors) == 0 { // such as no year in common
		return nil, server.Wrong(&study.ParameterError{Parameter: "against", Value: c.AgainstName, Err: errors.New(p.Detail)})
	}
	if err != nil {
		return nil, err
	}
	summary, err := v.ask("diff", append(common, "method", methodID, "against", c.AgainstName, "summary", "true")...)
	if err != nil {
		return nil, err
	}
	c.Summary = &figure{ID: "summary", Title: "Between " + c.AgainstName + " and " + v.dataset.Name, Open: true, Table: v.grid(summary, 0, columnNames(summary)...)}
	c.Diff = &figure{ID: "diff", Title: "Which products entered and left, and why", Open: true, Table: v.sheet("diff", list, 20, nil, columnNames(list)...)}
	return c, nil
}

// comparedIDs are the definitions that are compared: all that come with the program, and the visitor's own.
func (v *pageRequest) comparedIDs() []string {
	ids := builtinIDs()
	if v.own != nil {
		ids = append([]string{v.own.ID}, ids...)
	}
	return ids
}

func columnNames(a *answer) (names []string) {
	for _, c := range a.Columns {
		if !c.Detail {
			names = append(names, c.Name)
		}
	}
	return names
}

// Columns that the pages show.
var (
	heatColumns      = dependence.SensitivitySchema.Pick("x", "y", "products", "imports_usd")
	agreementColumns = dependence.AgreementSchema.Pick("product", "description", "methods_flagging", "imports_usd", "methods")
	agreementOrder   = dependence.AgreementSchema.Order("-methods_flagging", "-imports_usd")
	overlapColumns   = dependence.OverlapSchema.Pick("method_a", "method_b", "products_a", "products_b", "both", "jaccard")
)

// manyMethods is what the page calls broad agreement.
const manyMethods = 5

// agreement counts products by how many definitions flag them.
func (v *pageRequest) agreement(products *answer, c *compareView) *figure {
	by := map[int]int{}
	worth := map[int]float64{}
	for _, r := range dependence.AgreementSchema.Rows(products.Table) {
		by[len(r.Methods)]++
		worth[len(r.Methods)] += r.Imports
		c.Asked = r.MethodsAsked
	}
	s := chart.Series{Name: "Products", Colour: chart.Ink}
	g := &grid{Caption: "Products by number of definitions that flag them", Answer: products, Empty: "No definition flags any product.",
		Columns: []gridColumn{{Title: "Definitions", Number: true}, {Title: "Products", Number: true}, {Title: "Total imports", Unit: "USD", Number: true}}}
	var names []string
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(by))) {
		names = append(names, plural(n, "definition", "definitions"))
		s.Values, s.Tips = append(s.Values, by[n]), append(s.Tips, plural(n, "definition", "definitions")+"\n"+plural(by[n], "product", "products")+", total imports of "+people(worth[n], result.USD)+" USD")
		g.Rows = append(g.Rows, []cell{{Text: strconv.Itoa(n), Number: true, Head: true}, {Text: people(float64(by[n]), "count"), Number: true}, {Text: people(worth[n], result.USD), Exact: strconv.FormatFloat(worth[n], 'f', -1, 64), Number: true}})
		c.Either += by[n]
		if n >= manyMethods {
			c.Many += by[n]
		}
	}
	c.OneOf, g.Total = by[1], len(g.Rows)
	f := &figure{ID: "agreement", Title: "How many definitions agree", Source: v.source(products), Table: g}
	if len(names) > 0 {
		f.Option = chart.Bars(names, "products", chart.Count, s)
	}
	return f
}

// jaccards draws the overlap of each pair of definitions.
func (v *pageRequest) jaccards(pairs *answer) *figure {
	rows := dependence.OverlapSchema.Rows(pairs.Table)
	ids := slices.DeleteFunc(v.comparedIDs(), func(id string) bool { // those that cannot be computed
		return !slices.ContainsFunc(rows, func(r dependence.OverlapRow) bool {
			return r.MethodA == id && r.ProductsA != result.MissingInt || r.MethodB == id && r.ProductsB != result.MissingInt
		})
	})
	values, tips := make([][]float64, len(ids)), make([][]string, len(ids))
	for i := range ids {
		values[i], tips[i] = make([]float64, len(ids)), make([]string, len(ids))
		values[i][i], tips[i][i] = 100, definitionTitle(ids[i])
	}
	for _, r := range rows {
		a, b := slices.Index(ids, r.MethodA), slices.Index(ids, r.MethodB)
		if a < 0 || b < 0 {
			continue
		}
		tip := v.definitionName(ids[a]) + " and " + v.definitionName(ids[b]) + "\nboth flag " + plural(r.Both, "product", "products") + ", at least one flags " + people(result.IntNumber(r.Either), "count")
		for _, at := range [][2]int{{a, b}, {b, a}} {
			values[at[0]][at[1]], tips[at[0]][at[1]] = 0, tip
			if !math.IsNaN(r.Jaccard) {
				values[at[0]][at[1]] = math.Round(100 * r.Jaccard)
			}
		}
	}
	names := v.definitionNames(ids)
	return &figure{ID: "pairs", Title: "Overlap of definitions", Note: "Products that both definitions flag, as a percentage of those that at least one flags (Jaccard index).", Source: v.source(pairs), Height: "tall",
		Option: chart.Heat(names, names, "", "", values, tips, -1, -1), Table: v.grid(pairs, 60, overlapColumns...)}
}
