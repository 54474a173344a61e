package server

import (
	"errors"
	"html/template"

	"chokepoint/analysis"
	"chokepoint/brief"
	"chokepoint/result"
)

// briefView is the page of an article whose claims are weighed on the dataset.
type briefView struct {
	Title  string
	Body   template.HTML
	Others []navigation
}

func (b *briefView) pageTitle() string { return b.Title }

func (v *visit) brief() (any, error) {
	name := v.value("article")
	b, err := brief.Get(name)
	if err != nil {
		return nil, wrong(&analysis.ParameterError{Parameter: "article", Value: name, Err: errors.New(err.Error())})
	}
	d, err := brief.Make(func(question string, values map[string]string) (*result.Table, error) {
		var pairs []string
		for name, value := range values {
			pairs = append(pairs, name, value)
		}
		a, err := v.ask(question, pairs...)
		if err != nil {
			return nil, err
		}
		return a.Table, nil
	}, v.years(), b)
	if err != nil {
		return nil, err
	}
	view := &briefView{Title: b.Title}
	for _, other := range brief.Builtin() {
		view.Others = append(view.Others, navigation{other.Title, v.link("/brief", "article", other.ID), other.ID == b.ID})
	}
	view.Body, err = d.Body()
	return view, err
}
