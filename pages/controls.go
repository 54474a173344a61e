package pages

import (
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/brief"
	"chokepoint/chokepoints"
	"chokepoint/method"
	"chokepoint/policy"
	"chokepoint/sector"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/trade"
)

// Wrong says whether something is wrong with a field: then the form is shown open.
func (c *controls) Wrong() bool {
	return slices.ContainsFunc(c.Fields, func(f field) bool { return f.Fault != nil })
}

// controls is the form of a page. It is sent as the address of the page: what is chosen is in the link.
type controls struct {
	Path, Dataset string
	Fields        []field
	Parties       []option
	Sections      []option // of products
	Bench         *bench   // of the pages with sliders
	Own           string   // definition of the visitor, which other pages keep
	Hidden        string   // the scenario that comes with the program, where the page shows one
}

type field struct {
	Name, Label, Value, List, Hint string
	Options                        []option
	Fault                          *fieldError // what is wrong with the value
}

type option struct {
	Value, Text string
	Selected    bool
}

// labels of fields. Those of one page come first.
var labels = map[string]string{
	"chokepoints importers": "Whose dependence", "chokepoints partners": "Supplier", "industry importers": "Economy", "policy list": "Product list", "coverage": "Classes shown",
	"scenario partners": "Who stops", "scenario importers": "Whose loss is shown", "to": "To whom it stops", "rule": "Whom importers turn to",
	"chain products": "Goods used", "industry products": "Or goods instead of sectors", "policy products": "Or goods instead of a list",
	"importers": "Importer", "partners": "Partner", "products": "Goods", "method": "Definition", "years": "Year", "list": "Sectors", "policy": "Policy", "outcome": "Outcome",
	"weights": "Weights", "beside": "Compare with", "min-value": "Imports of at least (USD)", "against": "Compare with dataset", "tables": "Tables", "industries": "Industries that use", "inputs": "Inputs from", "article": "Article", "technology": "Technology", "without": "Terms", "dataset": "Dataset", server.DefinitionName: "Definition",
}

// labelOf names a parameter as the form does.
func (v *pageRequest) labelOf(name string) string {
	return study.OrElse(labels[v.page.name+" "+name], study.OrElse(labels[name], name))
}

// hints show how the fields with free text are filled in.
var hints = map[string]string{
	"chokepoints importers": "all", "chokepoints partners": "all", "industry importers": "CHN", "scenario importers": "who loses most", "scenario products": "850760, list:crm", "industry products": "batteries, 8541, 28", "policy products": "batteries, 8541, 28",
	"industries": "manufacturing, all, codes", "inputs": "the same industries",
	"importers": "USA, EU27, USA+CAN", "partners": "CHN", "products": "all, batteries, 8507", "beside": "EU27,USA,JPN", "min-value": "5000000, 5 million",
}

// form is the form of the page with what was chosen and, of a problem, what is wrong at each field. It is nil where there is
// nothing to choose.
func (v *pageRequest) form(p *failure) *controls {
	if v.dataset.Name == "" {
		return nil // none could be opened
	}
	c := &controls{Path: v.page.path, Dataset: v.dataset.Name, Parties: v.parties()}
	if v.page.name == "chain" {
		c.Parties = append(c.Parties, v.tableAreas()...)
	}
	if slices.Contains(v.page.parameters, "products") {
		c.Sections = v.goodsOptions()
	}
	for _, name := range append(slices.Clone(v.page.parameters), "dataset") {
		if f := v.field(name); f.Label != "" {
			f.Fault = p.at(name)
			c.Fields = append(c.Fields, f)
		}
	}
	if v.page.name == "workbench" {
		c.Bench, _, _ = v.definition()
		c.Bench.Fault = p.at(server.DefinitionName)
		for i := range c.Bench.Rows {
			c.Bench.Rows[i].Spread = v.distributions[c.Bench.Rows[i].Indicator]
		}
		for i := range c.Bench.Sliders {
			s := &c.Bench.Sliders[i]
			if s.Fault = p.at(s.Name); s.Fault != nil {
				s.Fault.Label = s.Label
			}
		}
	}
	switch v.page.name {
	case "loop":
		c.Bench = v.loopBench()
		c.Bench.Fault = p.at("without")
	case "scenario":
		c.Bench, c.Hidden = v.scenarioBench(p), v.values["scenario"]
	}
	if v.own != nil {
		c.Own = v.values[server.DefinitionName]
	}
	if len(c.Fields) == 0 {
		return nil
	}
	return c
}

// field makes the field of a parameter; one without a label is none of the form.
func (v *pageRequest) field(name string) field {
	f := field{Name: name, Label: v.labelOf(name), Value: v.value(name), Hint: study.OrElse(hints[v.page.name+" "+name], hints[name])}
	choose := func(options []option) {
		f.Options = options
		if len(options) > 0 && !slices.ContainsFunc(options, func(o option) bool { return o.Selected }) { // what was asked for stays to be seen
			f.Options = append(f.Options, option{f.Value, f.Value + " (unknown)", true})
		}
	}
	switch name {
	case "importers", "partners":
		f.List = "parties"
		if name == "partners" && v.pointsStop() {
			f.Hint = "all single points"
		}
	case "products":
		f.List = "goods"
	case "industries", "inputs":
		f.List = "industry-codes"
	case "min-value":
	case "method":
		f.Value = v.value("method")
		options := methodOptions(f.Value)
		if v.own != nil {
			options = append([]option{{v.own.ID, "your own", true}}, options...)
		}
		choose(options)
	case "years":
		choose(v.yearOptions(f.Value))
	case "rule":
		choose(ruleOptions(f.Value))
	case "to":
		f.List = "parties"
	case "list":
		choose(v.listOptions(f.Value))
	case "coverage":
		choose([]option{{"claims", "only if the data are sufficient", f.Value == "claims"}, {"none", "always", f.Value == "none"}})
	case "policy":
		choose(policyOptions(f.Value))
	case "outcome":
		choose(outcomeOptions(f.Value))
	case "weights":
		choose(namedOptions(f.Value, chokepoints.WeightNames()))
	case "article":
		choose(articleOptions(f.Value))
	case "technology":
		choose(technologyOptions(f.Value))
	case "against":
		choose(v.againstOptions(f.Value))
	case "tables":
		choose(v.tableOptions(f.Value))
	case "dataset":
		f.Value = v.dataset.Name
		if all := v.datasetOptions(); len(all) > 1 {
			choose(all)
		}
	}
	if f.Options == nil && f.List == "" && f.Hint == "" {
		return field{}
	}
	return f
}

// namedOptions are options that are shown by their values.
func namedOptions(chosen string, names []string) (list []option) {
	for _, name := range names {
		list = append(list, option{name, strings.ReplaceAll(name, "-", " "), name == chosen})
	}
	return list
}

func outcomeOptions(chosen string) []option {
	q, _ := analysis.QuestionOf("policy")
	outcome, _ := q.Parameter("outcome")
	return namedOptions(chosen, outcome.Values)
}

func policyOptions(chosen string) (list []option) {
	for _, p := range policy.IndustrialPolicies() {
		list = append(list, option{p.ID, p.Name, strings.EqualFold(p.ID, chosen)})
	}
	return list
}

func articleOptions(chosen string) (list []option) {
	for _, b := range brief.Builtin() {
		list = append(list, option{b.ID, b.Title, b.ID == chosen})
	}
	return list
}

func (v *pageRequest) listOptions(chosen string) (list []option) {
	if v.page.name == "policy" {
		list = append(list, option{"", "the sectors it names", chosen == ""})
	}
	for _, name := range sector.Builtin() {
		l, err := sector.OpenBuiltin(name)
		if err != nil {
			panic(err) // the lists are the program's
		}
		list = append(list, option{name, l.Name, name == chosen})
		if name == "mic25" { // with what is less sure
			list = append(list, option{name + ":medium", l.Name + ", including less certain codes", name+":medium" == chosen})
		}
	}
	return list
}

// againstOptions are the other datasets; none where there is no other.
func (v *pageRequest) againstOptions(chosen string) []option {
	list := []option{{"", "none", chosen == ""}}
	for _, o := range v.datasetOptions() {
		if o.Value != v.dataset.Name {
			list = append(list, option{o.Value, o.Text, o.Value == chosen})
		}
	}
	if len(list) == 1 {
		return nil
	}
	return list
}

func methodOptions(chosen string) (list []option) {
	for _, m := range method.Builtin() {
		list = append(list, option{m.ID, m.Title, m.ID == chosen})
	}
	return list
}

// sectionOptions lets a section of the Harmonized System stand for its chapters.
func (v *pageRequest) sectionOptions() (list []option) {
	for _, s := range trade.Sections() {
		if chapters := v.chapters(s); chapters != "" {
			list = append(list, option{Value: chapters, Text: s.Short})
		}
	}
	for _, name := range append(sector.Offered(), "strategic", "mic25") {
		if l, err := sector.OpenBuiltin(name); err == nil {
			list = append(list, option{Value: "list:" + name, Text: l.Name})
			for _, s := range l.Sectors {
				list = append(list, option{Value: "list:" + name + "/" + s.ID, Text: s.Name})
			}
		}
	}
	return list
}

func (v *pageRequest) yearOptions(chosen string) (list []option) {
	for _, y := range slices.Backward(v.years()) {
		list = append(list, option{strconv.Itoa(y), periodText(y), chosen == strconv.Itoa(y) || chosen == periodText(y)})
	}
	return list
}

func (v *pageRequest) datasetOptions() (list []option) {
	all, err := v.server.Datasets.Manifests()
	if err != nil && len(all) == 0 {
		return nil
	}
	for _, m := range all {
		list = append(list, option{m.Name, m.Name, m.Name == v.dataset.Name})
	}
	return list
}

// parties lists what an importer or partner can be, for the browser to complete.
func (v *pageRequest) parties() (list []option) {
	for _, b := range v.server.Blocs.All() {
		list = append(list, option{Value: b.ID, Text: b.Name})
	}
	for _, e := range v.economy.All() {
		if e.ISO3 != "" {
			list = append(list, option{Value: e.ISO3, Text: shortName(e.Name)})
		}
	}
	return list
}
