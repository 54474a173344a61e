package pages

import (
	"strconv"
	"strings"

	"chokepoint/catalogue"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// dataView is the page on what stands behind the numbers.
type dataView struct {
	Datasets   []store.Manifest
	Coverage   *figure
	Lacks      []lack // of its last year
	Notes      []string
	Methods    []methodWords
	Indicators []*indicator.Indicator
	Blocs      []trade.Bloc
	Inputs     []store.Input
	Manifest   store.Manifest
	Damaged    string
}

func (d *dataView) pageTitle() string { return "Data and definitions" }

func (v *pageRequest) dataPage() (any, error) {
	d := &dataView{Manifest: v.dataset, Indicators: indicator.All(), Blocs: v.server.Blocs.All(), Inputs: v.dataset.Inputs}
	var err error
	if d.Datasets, err = v.server.Datasets.Manifests(); err != nil {
		d.Damaged = "A dataset cannot be read; the server's log, or chokepoint datasets, says which."
		v.server.Log.Warn("datasets", "error", err)
	}
	b, err := v.server.Datasets.Acquire(v.dataset.Name)
	if err != nil {
		return nil, server.ProblemOf(err)
	}
	defer v.server.Datasets.Release(b)
	source := &study.Source{Dataset: b.Volume.Dataset, Program: v.server.Program, Command: "chokepoint datasets show " + v.dataset.Name}
	t, err := catalogue.Coverage(source)
	if err != nil {
		return nil, server.ProblemOf(err)
	}
	a := &answer{Table: t, question: "datasets/" + v.dataset.Name, given: map[string]string{}, Command: source.Command}
	v.answers = append(v.answers, a)
	d.Coverage = &figure{ID: "coverage", Title: "What " + v.dataset.Name + " covers", Open: true, Table: v.grid(a, 0, columnNames(a)...)}
	d.Notes, d.Lacks = result.Texts(t.Notes), v.lacksOf(t)
	for _, m := range method.Builtin() {
		w := wordsOf(study.MethodText(m), "years")
		w.Note = strings.TrimSpace(m.Note)
		d.Methods = append(d.Methods, w)
	}
	return d, nil
}

// lacksOf says in words what the last year of a dataset lacks.
func (v *pageRequest) lacksOf(coverage *result.Table) (list []lack) {
	rows := catalogue.CoverageSchema.Rows(coverage)
	r := &rows[len(rows)-1]
	year := periodText(r.Year)
	if len(r.NoImports) > 0 {
		text := "The dataset has no imports of " + andMore(v.inSentences(r.NoImports)) + " in " + year + "."
		if len(r.Blocs) > 0 {
			text += " It has the imports of only some members of these blocs: " + strings.Join(r.Blocs, ", ") + "."
		}
		list = append(list, lack{Mark: mark{Status: result.Missing}, Text: text})
	}
	if r.Status() == result.Partial && r.Products < r.Revision {
		list = append(list, lack{Mark: mark{Status: result.Partial}, Text: "It has " + result.ShortInt(r.Products) + " of the " + result.ShortInt(r.Revision) + " products of " + string(v.dataset.Nomenclature) + " in " + year + " (" + result.Percent(r.ProductShare()) + ")."})
	}
	for _, n := range coverage.Notes {
		if n.Kind == result.MissingYears {
			list = append(list, lack{Mark: mark{Status: n.Status}, Text: upperFirst(v.sentence(&n))})
		}
	}
	return list
}

// mostNamed is how many economies a sentence names.
const mostNamed = 12

// andMore names the first and counts the rest.
func andMore(names []string) string {
	if n := len(names); n > mostNamed {
		return strings.Join(names[:mostNamed], ", ") + " and " + strconv.Itoa(n-mostNamed) + " more"
	}
	return listed(names)
}
