package pages

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/chokepoints"
	"chokepoint/rule"
	"chokepoint/sector"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/trade"
)

// failure is a problem as a page shows it: in place of the figures, and at each field that is wrong.
type failure struct {
	Page, Title, Detail string
	Faults              []*fieldError
	Back, BackText      string
}

// fieldError is what is wrong with one parameter.
type fieldError struct {
	Name, Label, Value, Message string
	Field                       bool // the form has a field of it
	Suggestions                 []navigation
}

// at finds what is wrong with a parameter, for the field of it in the form.
func (p *failure) at(name string) *fieldError {
	if p == nil {
		return nil
	}
	for _, f := range p.Faults {
		if f.Name == name {
			f.Field = true
			return f
		}
	}
	return nil
}

// fieldOf is the parameter of a page that a question has under another name.
func fieldOf(location string) string {
	switch location {
	case "a", "economy":
		return "importers"
	case "b":
		return "partners"
	}
	return location
}

func (v *pageRequest) failureOf(p *server.Problem) *failure {
	view := &failure{Page: v.page.title, Title: p.Title, Detail: p.Detail, BackText: "Open the page " + v.page.title + " without these choices"}
	for _, e := range p.Errors {
		if list, _ := e.Value.(string); e.Location == "list" && study.IsChosenGoods(list) { // goods that stand for a list
			e.Location, e.Value = "products", v.value("products")
		}
		f := &fieldError{Name: fieldOf(e.Location), Message: e.Message}
		f.Label = v.labelOf(f.Name)
		if e.Value != nil && f.Name != server.DefinitionName {
			f.Value = fmt.Sprint(e.Value)
			f.Message = strings.TrimPrefix(f.Message, strconv.Quote(f.Value)+": ") // the field has it
		}
		f.Message = inText.ReplaceAllString(f.Message, "line $1, column $2: ")
		if f.Suggestions = v.suggestions(f.Name, f.Value); f.Suggestions != nil {
			f.Message, _, _ = strings.Cut(f.Message, "; did you mean") // the links say it
		}
		view.Faults = append(view.Faults, f)
	}
	return view
}

// inText is a place in a definition that was sent as text, not as a file with a name.
var inText = regexp.MustCompile(`(?m)^` + server.DefinitionName + `:([0-9]+):([0-9]+): `)

// mostSuggestions is how many names a field offers in place of one that is unknown.
const mostSuggestions = 3

// suggestions are what may have been meant, as links to the page with that in the place of the value.
func (v *pageRequest) suggestions(name, value string) (list []navigation) {
	kinds := map[string][]string{"importers": {"economy", "bloc"}, "partners": {"economy", "bloc"}, "products": {"product"}}[name]
	if kinds == nil || v.economy == nil {
		return nil
	}
	seen := map[string]bool{value: true} // what is known is wrong for another reason
	for _, h := range v.search(value) {
		if slices.Contains(kinds, h.Kind) && !seen[h.Code] && len(list) < mostSuggestions {
			seen[h.Code] = true
			list = append(list, navigation{Title: h.Code + " " + cut(h.Text, 50), Link: v.link(v.page.path, name, h.Code)})
		}
	}
	return list
}

// onePerPage are the parameters of which a page shows one economy or bloc: the rows of several would be mistaken for one.
var onePerPage = map[string][]string{
	"overview": {"importers"}, "pair": {"importers", "partners"}, "product": {"importers"}, "industry": {"importers"},
	"map": {"partners"}, "workbench": {"importers", "partners"}, "compare": {"importers", "partners"}, "chain": {"importers", "partners"},
}

// check finds what is wrong with the parameters, all at once, before anything is computed.
func (v *pageRequest) check() error {
	found := map[string]error{}
	add := func(name string, err error) {
		if err != nil && found[name] == nil {
			found[name] = &study.ParameterError{Parameter: name, Value: v.value(name), Err: err}
		}
	}
	if err := v.checkSelections(add); err != nil {
		return err
	}
	if v.page.name == "chain" { // which asks tables: these may have areas that no dataset has
		for _, area := range v.tableAreas() {
			for _, name := range []string{"importers", "partners"} {
				if v.value(name) == area.Value {
					delete(found, name)
				}
			}
		}
	}
	for _, name := range onePerPage[v.page.name] {
		if s, err := trade.ParseSelection(v.value(name), v.economy, v.server.Blocs); err == nil && len(s.Parties) != 1 {
			add(name, oneParty)
		}
	}
	if v.page.name == "pair" && strings.EqualFold(v.value("importers"), v.value("partners")) {
		add("partners", errors.New("expected an economy or bloc other than the importer"))
	}
	if _, ok := v.product.Get(v.value("products")); v.page.name == "product" && !ok && !v.severalProducts() {
		add("products", errors.New("expected a six-digit code, a heading, a chapter or a list; the search at the top finds them by words"))
	}
	for label := range strings.SplitSeq(v.value("beside"), ",") {
		if label = strings.TrimSpace(label); label != "" {
			_, err := trade.ParseSelection(label, v.economy, v.server.Blocs)
			add("beside", err)
		}
	}
	v.checkDrawing(add)
	if list := v.value("list"); list != "" {
		_, err := sector.OpenBuiltin(list)
		add("list", err)
	}
	if weights := v.value("weights"); weights != "" && !slices.Contains(chokepoints.WeightNames(), weights) {
		add("weights", errors.New("expected "+strings.Join(chokepoints.WeightNames(), ", ")))
	}
	if coverage := v.value("coverage"); coverage != "" && !slices.Contains(rule.CoverageNames(), coverage) {
		add("coverage", errors.New("expected "+strings.Join(rule.CoverageNames(), ", ")))
	}
	if v.page.name == "workbench" {
		_, _, errs := v.definition()
		for _, err := range errs {
			found[err.(*study.ParameterError).Parameter] = err
		}
	}
	if len(found) == 0 {
		return nil
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(found)) {
		errs = append(errs, found[name])
	}
	return server.Wrong(errs...)
}

// checkSelections checks what most questions share, as the question for the count does.
func (v *pageRequest) checkSelections(add func(name string, err error)) error {
	if slices.Contains(v.page.parameters, "years") {
		if _, err := v.year(); err != nil {
			add("years", errors.New(err.(*server.Problem).Errors[0].Message))
		}
	}
	given := map[string]string{"dataset": v.dataset.Name}
	for _, name := range []string{"importers", "partners", "products", "method", "min-value"} {
		if value := v.value(name); value != "" {
			given[name] = value
		}
	}
	v.withOwn(given)
	count, _ := analysis.QuestionOf("count")
	a, err := v.server.Ask(count, given)
	if err == nil {
		a.Close()
		return nil
	}
	var p *server.Problem
	if !errors.As(err, &p) || len(p.Errors) == 0 {
		return err
	}
	for _, e := range p.Errors {
		add(e.Location, errors.New(e.Message))
	}
	return nil
}

var (
	grouped   = regexp.MustCompile(`^[0-9]{1,3}([, '\x{a0}\x{202f}][0-9]{3})+$`)
	dollars   = regexp.MustCompile(`(?i)^(?:USD|US\$|\$)?\s*([0-9][^$]*?)\s*(?:USD|US\$|\$|(?:US )?dollars?)?$`)
	magnitude = regexp.MustCompile(`^([0-9]{1,12})(?:\.([0-9]{1,12}))?\s*(k|thousand|m|mn|mio|million|bn|billion|tn|trillion)$`)
)

// zeros are those of the words for large numbers.
var zeros = map[string]int{"k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "bn": 9, "billion": 9, "tn": 12, "trillion": 12}

// plainNumber writes 5 million, 1.5 bn and 5,000,000 in digits alone. Whatever else it is given it returns as it is.
func plainNumber(text string) string {
	if grouped.MatchString(text) {
		return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }), "")
	}
	text = dollars.ReplaceAllString(text, "$1")
	if grouped.MatchString(text) {
		return plainNumber(text)
	}
	m := magnitude.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return text
	}
	whole, fraction, n := m[1], m[2], zeros[m[3]]
	if len(fraction) > n {
		return text
	}
	return study.OrElse(strings.TrimLeft(whole+fraction+strings.Repeat("0", n-len(fraction)), "0"), "0")
}
