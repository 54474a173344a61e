package pages

import (
	"slices"
	"strconv"

	"chokepoint/result"
	"chokepoint/search"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/trade"
)

// frontView is the first page: what this is, questions that the dataset can answer, and which datasets there are.
type frontView struct {
	Questions []navigation
	Datasets  []datasetLine
	Damaged   bool // some dataset cannot be read
}

// datasetLine is a dataset and what it covers.
type datasetLine struct {
	Name, Title, Link, Years, Coverage, Licence string
	Current, Synthetic                          bool
}

func (f *frontView) pageTitle() string { return "Who depends on whom, and for which goods" }

func (v *pageRequest) front() (any, error) {
	f := &frontView{}
	all, err := v.server.Datasets.Manifests()
	f.Damaged = err != nil
	for _, m := range all {
		f.Datasets = append(f.Datasets, v.datasetLine(&m))
	}
	f.Questions = v.questions()
	return f, nil
}

func (v *pageRequest) datasetLine(m *store.Manifest) datasetLine {
	years := make([]int, 0, len(m.Years))
	products, importers, exporters := 0, 0, 0
	for _, y := range m.Years {
		years = append(years, y.Year)
		products, importers, exporters = max(products, y.Products), max(importers, len(y.Importers)), max(exporters, len(y.Exporters))
	}
	slices.Sort(years)
	return datasetLine{Name: m.Name, Title: m.Title, Link: "/?dataset=" + m.Name, Years: yearsText(years), Licence: m.Licence, Current: m.Name == v.dataset.Name, Synthetic: m.Synthetic,
		Coverage: result.ShortInt(products) + " products of " + string(m.Nomenclature) + ", imports of " + strconv.Itoa(importers) + " economies, exports of " + strconv.Itoa(exporters)}
}

// questions are five that the dataset can answer, in words.
func (v *pageRequest) questions() (list []navigation) {
	add := func(title, path string, pairs ...string) {
		list = append(list, navigation{Title: title, Link: v.link(path, pairs...)})
	}
	partner := v.sellerOf("CHN", "USA", "DEU")
	first := v.buyerOf(partner, "DEU", "EU27", "USA", "JPN", "IND")
	second := v.buyerOf(partner, "EU27", "USA", "JPN")
	if partner != "" && first != "" {
		add("What does "+v.inSentence(first)+" depend on "+v.inSentence(partner)+" for?", "/pair", "importers", first, "partners", partner)
	}
	if partner != "" && second != "" {
		add("Does "+v.inSentence(partner)+" depend on "+v.inSentence(second)+", too?", "/pair", "importers", partner, "partners", second)
	}
	if v.hasGoods("mic25") {
		add("Where are the choke points in the sectors of Made in China 2025?", "/chokepoints", "products", "list:mic25")
	} else {
		add("Which goods have a single supplier that is hard to replace?", "/chokepoints", "products", "all")
	}
	if p, ok := v.product.Get(v.exampleProduct()); ok {
		add("Who sells "+v.plainName(p)+", and who depends on these suppliers?", "/product", "products", p.Code)
	}
	if partner != "" {
		add("Which economies depend most on "+v.inSentence(partner)+"?", "/map", "partners", partner)
	}
	if seller := v.sellerOf("CHN", "USA"); len(list) < 5 && seller != "" {
		add("What does "+v.inSentence(seller)+" sell to the world, sector by sector?", "/industry", "importers", seller)
	}
	return list[:min(5, len(list))]
}

// plainName is an everyday name of a product, where one is known.
func (v *pageRequest) plainName(p trade.Product) string {
	if name := search.Everyday(v.product, v.dataset.Nomenclature, p.Code); name != "" {
		return name + " (" + p.Code + ")"
	}
	return p.Code + " " + cut(p.Description, 60)
}

// last is the entry of the latest year.
func (v *pageRequest) last() store.YearEntry {
	return slices.MaxFunc(v.dataset.Years, func(a, b store.YearEntry) int { return a.Year - b.Year })
}

// sellerOf is the first of some labels that exports in the latest year; "" where none does.
func (v *pageRequest) sellerOf(labels ...string) string {
	exporters := v.last().Exporters
	for _, l := range labels {
		if v.tradesIn(l, exporters, false) {
			return l
		}
	}
	return ""
}

// buyerOf is the first of some labels of which the latest year has imports, all members of a bloc included; "" where none has them.
func (v *pageRequest) buyerOf(but string, labels ...string) string {
	importers := v.last().Importers
	for _, l := range labels {
		if l != but && v.tradesIn(l, importers, true) {
			return l
		}
	}
	for _, l := range labels { // an incomplete bloc is better than none: the page says what it lacks
		if l != but && v.tradesIn(l, importers, false) {
			return l
		}
	}
	return ""
}

// tradesIn says whether an economy, or some or all members of a bloc, are in a list of codes.
func (v *pageRequest) tradesIn(label string, list []trade.Code, all bool) bool {
	s, err := trade.ParseSelection(label, v.economy, v.server.Blocs)
	if err != nil || len(s.Parties) != 1 {
		return false
	}
	codes := s.Parties[0].Any[0].Codes(v.last().Year).Codes()
	has := func(c trade.Code) bool { return slices.Contains(list, c) }
	if all && len(codes) > 1 {
		return !slices.ContainsFunc(codes, func(c trade.Code) bool { return !has(c) })
	}
	return slices.ContainsFunc(codes, has)
}

// hasGoods says whether the dataset has products that a list uses.
func (v *pageRequest) hasGoods(name string) bool {
	l, err := sector.OpenBuiltin(name)
	if err != nil {
		panic(err) // the list is the program's
	}
	l, _ = l.Carry(v.dataset.Nomenclature)
	return slices.ContainsFunc(l.Entries, func(e sector.Entry) bool {
		return l.Used(e) && e.Revisions.Has(v.dataset.Nomenclature) && len(v.product.Within(e.Code)) > 0
	})
}
