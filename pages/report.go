package pages

import (
	"strings"

	"chokepoint/brief"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/study"
)

// reportView is the page that says in words, for print, what the dataset holds on the dependence of one economy or bloc.
type reportView struct {
	Title string
	Year  int
	Parts []reportPart
	standing
}

// reportPart is a section of it, with links.
type reportPart struct {
	Title     string
	Sentences [][]option // Value is the address
	Items     [][]option
	Commands  []string
}

func (r *reportView) pageTitle() string { return r.Title + ", " + periodText(r.Year) }

func (v *pageRequest) report() (any, error) {
	s := brief.Subject{Importer: v.value("importers"), Partner: withoutDash(v.values["partners"]), Products: v.values["products"], Method: v.value("method"), MinValue: v.values["min-value"],
		Years: v.years(), Name: func(label string) string { return v.nameOf(ownName(label)) }, InSentence: func(label string) string { return v.inSentence(ownName(label)) }, Goods: v.goods()}
	if s.Goods == "" {
		s.Products = ""
	}
	s.Definition = v.definitionName(s.Method)
	var err error
	if s.Year, err = v.year(); err != nil {
		return nil, err
	}
	for name, label := range map[string]string{"importers": s.Importer, "partners": s.Partner} {
		if err := onlyOne(name, label, 1); err != nil {
			return nil, err
		}
	}
	asked := map[*result.Table]*answer{}
	ask := func(question string, values map[string]string) (*result.Table, error) {
		var pairs []string
		for name, value := range values {
			pairs = append(pairs, name, value)
		}
		a, err := v.ask(question, pairs...)
		if err != nil {
			return nil, err
		}
		asked[a.Table] = a
		return a.Table, nil
	}
	r, err := brief.MakeReport(v.ctx, ask, s)
	if err != nil {
		return nil, err
	}
	p := &reportView{Title: s.Name(s.Importer) + ": import dependence", Year: s.Year}
	if s.Partner != "" {
		p.Title = s.Name(s.Importer) + " and " + s.Name(s.Partner) + ": import dependence"
	}
	if s.Goods != "" {
		p.Title += ", " + s.Goods
	}
	headline := asked[r.Headline]
	if r.Cannot {
		p.Cannot = v.noImports(s.Importer, s.Year)
		if rows := dependence.CountSchema.Rows(r.Headline); len(rows) == 1 {
			p.Cannot = study.OrElse(v.unanswered(headline, rows[0].Status, s.Importer, s.Year), p.Cannot)
		}
	}
	p.rest(v, headline, s.Year)
	if p.Cannot == "" {
		for _, section := range r.Sections {
			p.Parts = append(p.Parts, reportPart{Title: section.Title, Sentences: v.linked(section.Sentences), Items: v.linked(section.Items), Commands: section.Commands})
		}
	}
	return p, nil
}

// linked gives sentences with the addresses that their numbers lead to.
func (v *pageRequest) linked(sentences []brief.Sentence) (list [][]option) {
	for _, sentence := range sentences {
		var line []option
		for _, phrase := range sentence {
			o := option{Text: phrase.Text}
			if phrase.Values != nil {
				o.Value = v.phraseLink(phrase.Values)
			}
			line = append(line, o)
		}
		list = append(list, line)
	}
	return list
}

// phraseLink is the page that shows what a question about a subject answers.
func (v *pageRequest) phraseLink(values map[string]string) string {
	path, fragment := "/overview", ""
	code := values["products"]
	pairs := []string{"importers", values["importers"], "products", code, "years", values["years"]}
	switch _, one := v.product.Get(code); {
	case one:
		path, pairs = "/product", append(pairs, "partners", values["partners"])
	case values["partners"] != "" && !strings.EqualFold(values["partners"], "all"):
		path, pairs = "/pair", append(pairs, "partners", values["partners"])
	case values["method"] == "all":
		fragment = "#methods"
	}
	return v.link(path, pairs...) + fragment
}
