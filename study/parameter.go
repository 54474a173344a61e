package study

import (
	"iter"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/trade"
)

// Parameter is one parameter of a question: a flag or an argument of the command line, a parameter of a URL, an argument
// of a tool.
type Parameter struct {
	Name     string
	Usage    string          // one sentence
	Standard string          // what it is where it is not given; "" where Usage says so
	Values   []string        // the only values that it takes, where they are few
	Names    func() []string // names that the program knows, where others, files or several may be given too; nil for none
	Example  string
	Required bool
	Switch   bool   // true or false
	Argument int    // of the command: its position from 1; 0 where it is a flag
	Text     bool   // a text file: where no file may be opened, its text stands in place of the name
	File     string // ending of the files that the command line takes in place of a name; "" for none
	Repeat   bool   // may be given several times, as comma-separated values
	Own      bool   // it means something else here than the parameter of that name that several questions have
}

// parameters are those that several questions have.
var parameters = []Parameter{
	{Name: "importers", Standard: "all", Example: "EU27", Usage: "who depends: USA, EU27, USA+EU27 (merged), USA,EU27 (listed), 'USA|EU27' (either), EU27:members, all, or your own bloc: Nordics=DNK+FIN+NOR+SWE"},
	{Name: "partners", Standard: "-", Example: "CHN", Usage: "on whom: as --importers, or - for anyone"},
	{Name: "products", Standard: "all", Example: "8507", Usage: "HS codes or their beginnings: 850760,8541,28; or product lists: list:mic25/rail (\"chokepoint lists\" lists them); without:27 or without:list:bec/primary excludes goods"},
	{Name: "years", Standard: "all", Example: "2024", Usage: "2000,2010:2020, or months, 2023-11:2024-02"},
	{Name: "method", Standard: DefaultMethod, Example: "hjs-2020", File: ".toml", Usage: "definitions of dependency: ids, comma-separated (\"chokepoint methods\" lists them), or all"},
	{Name: "persistence", Example: "2/3", Usage: "K/N: criteria must hold in K of the N years that end in the year shown (default: the method's own)"},
	{Name: "world", Example: "net", Values: []string{string(trade.Gross), string(trade.Net)}, Usage: "how trade inside a bloc counts in world exports: gross includes it, net excludes it and counts the bloc as one exporter (default: the method's own)"},
	{Name: "hubs", Example: "entrepots", File: ".toml", Usage: "mark rows in which an economy that passes on goods of others has a large share: entrepots, the built-in list (default: no marks)"},
	{Name: "min-value", Example: "1e6", Usage: "keep products of which the importer buys at least this many US dollars in the year"},
}

// ParameterOf returns the parameter of that name that several questions have.
func ParameterOf(name string) (Parameter, bool) {
	i := slices.IndexFunc(parameters, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return Parameter{}, false
	}
	return parameters[i], true
}

// Shared says whether p is one of those that several questions have, which are in the query of a request.
func (p *Parameter) Shared() bool {
	_, ok := ParameterOf(p.Name)
	return ok && !p.Own
}

// ParameterError says which parameter is wrong.
type ParameterError struct {
	Parameter, Value string
	Err              error
}

// ParameterList lists shared parameters by name, followed by a question's own.
func ParameterList(own []Parameter, names ...string) []Parameter {
	var list []Parameter
	for _, name := range names {
		p, ok := ParameterOf(name)
		if !ok {
			panic("no such parameter: " + name)
		}
		list = append(list, p)
	}
	return append(list, own...)
}

// Changed returns parameters of which one is changed.
func Changed(list []Parameter, name string, change func(p *Parameter)) []Parameter {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Name == name {
			change(&list[i])
		}
	}
	return list
}

var Judged = []string{"importers", "partners", "products", "years", "method", "persistence", "world", "min-value"}

// Parameter returns the parameter of that name.
func (q *Question) Parameter(name string) (Parameter, bool) {
	return named(q.Parameters, name)
}

func named(list []Parameter, name string) (Parameter, bool) {
	i := slices.IndexFunc(list, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return Parameter{}, false
	}
	return list[i], true
}

// Competitors are whom an economy is compared with in third markets: both groups of the IMF.
const Competitors = "ADVANCED:any,EMERGING:any"

var (
	SectorParameter  = Parameter{Name: "list", Example: "mic25", File: ".csv or .toml", Usage: "a product list whose sectors each get their own row (default: none; \"chokepoint lists\" lists them)"}
	EconomyParameter = Parameter{Name: "economy", Required: true, Example: "CHN", Usage: "the economy to measure"}
	ListParameter    = Parameter{Name: "list", Standard: "hs-sections", Example: "mic25", File: ".csv or .toml", Usage: "the product list that defines the sectors (\"chokepoint lists\" lists them), or products: and codes, each a sector of its own, such as products:8507,28"}
)

func (e *ParameterError) Error() string { return e.Parameter + ": " + e.Err.Error() }

func (e *ParameterError) Unwrap() error { return fault.Question(e.Err) }

// Pairs goes through names and values that stand one after the other. An odd number of them is a bug in the program.
func Pairs(pairs ...string) iter.Seq2[string, string] {
	if len(pairs)%2 != 0 {
		panic("a name without a value: " + strings.Join(pairs, ", "))
	}
	return func(yield func(name, value string) bool) {
		for i := 0; i < len(pairs); i += 2 {
			if !yield(pairs[i], pairs[i+1]) {
				return
			}
		}
	}
}

// sameNames are words for parameters that people use in place of the parameter's own: the first of these that a question has is meant.
var sameNames = map[string][]string{
	"importer": {"importers", "economy"}, "importers": {"economy"}, "economy": {"importers"}, "economies": {"importers", "economy"},
	"partner": {"partners"}, "product": {"products"}, "year": {"years"}, "methods": {"method"}, "output": {"out"},
}

// Meant is the parameter that another usual word stands for, among those that there are; "" where there is none.
func Meant(word string, there func(name string) bool) string {
	for _, other := range sameNames[word] {
		if there(other) {
			return other
		}
	}
	return ""
}
