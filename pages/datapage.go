package pages

import (
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
	d.Notes = result.Texts(t.Notes)
	for _, m := range method.Builtin() {
		w := wordsOf(study.MethodText(m))
		w.Note = strings.TrimSpace(m.Note)
		d.Methods = append(d.Methods, w)
	}
	return d, nil
}
