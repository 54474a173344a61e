package server

import (
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/method"
	"chokepoint/sector"
	"chokepoint/trade"
)

// controls is the form of a page. It is sent as the address of the page: what is chosen is in the link.
type controls struct {
	Path     string
	Fields   []field
	Parties  []option
	Sections []option // of products
}

type field struct {
	Name, Label, Value, List, Hint string
	Options                        []option
	Wide                           bool
}

type option struct {
	Value, Text string
	Selected    bool
}

// controls makes the form of a page from its parameters. given are names and values of those that the page chose itself.
func (v *visit) controls(given ...string) controls {
	c := controls{Path: v.page.path, Parties: v.parties()}
	value := func(name string) string {
		for i := 0; i+1 < len(given); i += 2 {
			if given[i] == name {
				return given[i+1]
			}
		}
		return v.values[name]
	}
	for _, name := range v.page.parameters {
		f := field{Name: name, Value: value(name)}
		switch name {
		case "importers":
			f.Label, f.List, f.Hint = "Importer", "parties", "USA, EU27, USA+CAN"
			if v.page.name == "chokepoints" {
				f.Label, f.Hint = "Whose dependence", "all"
			}
			if v.page.name == "industry" {
				f.Label, f.Hint = "Economy", "CHN"
			}
		case "partners":
			f.Label, f.List, f.Hint = "Partner", "parties", "CHN"
			if v.page.name == "chokepoints" {
				f.Label, f.Hint = "Supplier", "all"
			}
		case "products":
			f.Label, f.Hint = "Product", "850760"
			if v.page.name == "chokepoints" {
				f.Label, f.List, f.Hint, c.Sections = "Products", "sections", "all, 85, 850760", v.sectionOptions()
			}
		case "method":
			f.Label, f.Options = "Definition", methodOptions(value(name))
		case "years":
			f.Label, f.Options = "Year", v.yearOptions(value(name))
		case "list":
			if f.Label = "Sectors"; v.page.name == "policy" {
				f.Label = "Product list"
				f.Options = append(f.Options, option{"", "the sectors that it names", f.Value == ""})
			}
			for _, name := range sector.Builtin() {
				f.Options = append(f.Options, option{name, name, name == f.Value})
				if name == "mic25" { // with what is less sure
					f.Options = append(f.Options, option{name + ":medium", name + ":medium", name+":medium" == f.Value})
				}
			}
		case "policy":
			f.Label = "Policy"
			for _, p := range analysis.IndustrialPolicies() {
				f.Options = append(f.Options, option{p.ID, p.Name, p.ID == f.Value})
			}
		case "outcome":
			f.Label = "Outcome"
			q, _ := analysis.QuestionOf("policy")
			outcome, _ := q.Parameter("outcome")
			for _, name := range outcome.Values {
				f.Options = append(f.Options, option{name, strings.ReplaceAll(name, "-", " "), name == f.Value})
			}
		case "weights":
			f.Label = "Weights"
			for _, name := range analysis.WeightNames() {
				f.Options = append(f.Options, option{name, name, name == f.Value})
			}
		case "min-value":
			f.Label, f.Hint = "Least imports, USD", "0"
		default:
			continue
		}
		c.Fields = append(c.Fields, f)
	}
	if options := v.datasetOptions(); len(options) > 1 {
		c.Fields = append(c.Fields, field{Name: "dataset", Label: "Dataset", Options: options})
	}
	return c
}

func methodOptions(chosen string) (list []option) {
	for _, m := range method.Builtin() {
		list = append(list, option{m.ID, m.ID, m.ID == chosen})
	}
	return list
}

// sectionOptions lets a section of the Harmonized System stand for its chapters.
func (v *visit) sectionOptions() (list []option) {
	for _, s := range trade.Sections() {
		if chapters := v.chapters(s); chapters != "" {
			list = append(list, option{Value: chapters, Text: s.Short})
		}
	}
	if l, err := sector.OpenBuiltin("mic25"); err == nil {
		list = append(list, option{Value: "list:mic25", Text: l.Name})
		for _, s := range l.Sectors {
			list = append(list, option{Value: "list:mic25/" + s.ID, Text: s.Name})
		}
	}
	return list
}

func (v *visit) yearOptions(chosen string) (list []option) {
	for _, y := range slices.Backward(v.years()) {
		list = append(list, option{strconv.Itoa(y), strconv.Itoa(y), strconv.Itoa(y) == chosen})
	}
	return list
}

func (v *visit) datasetOptions() (list []option) {
	all, err := v.server.shelf.manifests()
	if err != nil && len(all) == 0 {
		return nil
	}
	for _, m := range all {
		list = append(list, option{m.Name, m.Name, m.Name == v.dataset.Name})
	}
	return list
}

// parties lists what an importer or partner can be, for the browser to complete.
func (v *visit) parties() (list []option) {
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
