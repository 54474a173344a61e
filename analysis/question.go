package analysis

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// Parameter is one parameter of a question: a flag or an argument of the command line, a parameter of a URL, an argument
// of a tool.
type Parameter struct {
	Name     string
	Usage    string   // one sentence
	Standard string   // what it is where it is not given; "" where Usage says so
	Values   []string // the only values that it takes, where they are few
	Example  string
	Required bool
	Switch   bool   // true or false
	Argument int    // of the command: its position from 1; 0 where it is a flag
	File     string // ending of the files that the command line takes in place of a name; "" for none
}

// parameters are those that several questions have.
var parameters = []Parameter{
	{Name: "importers", Standard: "all", Example: "EU27", Usage: "who depends: USA, EU27, USA+EU27 (merged), USA,EU27 (listed), 'USA|EU27' (either), EU27:members, all"},
	{Name: "partners", Standard: "-", Example: "CHN", Usage: "on whom: as --importers, or - for anyone"},
	{Name: "products", Standard: "all", Example: "8507", Usage: "HS codes or their beginnings: 850760,8541,28; or a product list: list:mic25/rail (\"chokepoint lists\" lists them)"},
	{Name: "years", Standard: "all", Example: "2024", Usage: "2000,2010:2020, or months, 2023-11:2024-02"},
	{Name: "method", Standard: DefaultMethod, Example: "hjs-2020", File: ".toml", Usage: "definitions of dependency: ids, comma-separated (\"chokepoint methods\" lists them), or all"},
	{Name: "persistence", Example: "2/3", Usage: "K/N: criteria must hold in K of the N years that end in the year shown (default: the method's own)"},
	{Name: "world", Example: "net", Values: []string{string(trade.Gross), string(trade.Net)}, Usage: "how trade inside a bloc counts in world exports: gross leaves it in, net takes it out and the bloc as one exporter (default: the method's own)"},
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

// Request is a question's parameters.
type Request struct {
	Query
	Own    map[string]string // those that only this question has, defaults filled in
	Before *Source           // the dataset that `against` names
}

// Question is one question that can be put to a dataset: a command, a path of the API, a tool.
type Question struct {
	Name       string
	Short      string // one line
	Parameters []Parameter
	Ask        func(ctx context.Context, s *Source, r Request) (*result.Table, error)
	// Print asks for the answer as people read it, where that is not the table; nil elsewhere.
	Print func(ctx context.Context, s *Source, r Request) (Text, error)
}

// Text writes an answer for people.
type Text func(w io.Writer, opt result.Options) error

// Parameter returns the parameter of that name.
func (q *Question) Parameter(name string) (Parameter, bool) {
	i := slices.IndexFunc(q.Parameters, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return Parameter{}, false
	}
	return q.Parameters[i], true
}

// ParameterError says which parameter is wrong.
type ParameterError struct {
	Parameter, Value string
	Err              error
}

func (e *ParameterError) Error() string { return e.Parameter + ": " + e.Err.Error() }
func (e *ParameterError) Unwrap() error { return fault.Question(e.Err) }

// Read turns the texts of parameters into a request. Every parameter that is unknown, missing or not among its values is
// in the errors, each a *ParameterError; Check looks at what the others mean to a dataset.
func (q *Question) Read(values map[string]string) (r Request, errs []error) {
	r.Own = map[string]string{}
	fail := func(name, value, format string, args ...any) {
		errs = append(errs, &ParameterError{name, value, fmt.Errorf(format, args...)})
	}
	for name, value := range values {
		p, ok := q.Parameter(name)
		if name != "dataset" && !ok {
			fail(name, value, "unknown parameter; %s takes %s", q.Name, strings.Join(q.names(), ", "))
			continue
		}
		if len(p.Values) > 0 && value != "" && !slices.Contains(p.Values, value) {
			fail(name, value, "want %s", strings.Join(p.Values, " or "))
			continue
		}
		if p.Switch && value != "true" && value != "false" && value != "" {
			fail(name, value, "want true or false")
		}
	}
	for _, p := range q.Parameters {
		value := values[p.Name]
		if p.Required && strings.TrimSpace(value) == "" {
			if !slices.ContainsFunc(errs, func(err error) bool { return err.(*ParameterError).Parameter == p.Name }) {
				fail(p.Name, value, "is missing; for example %s=%s", p.Name, p.Example)
			}
			continue
		}
		if value == "" {
			value = p.Standard
		}
		if _, shared := ParameterOf(p.Name); !shared {
			r.Own[p.Name] = value
		} else if value != "" {
			if err := r.Set(p.Name, value); err != nil {
				fail(p.Name, value, "%w", err)
			}
		}
	}
	r.Dataset = values["dataset"]
	slices.SortFunc(errs, func(a, b error) int {
		return strings.Compare(a.(*ParameterError).Parameter, b.(*ParameterError).Parameter)
	})
	return r, errs
}

func (q *Question) names() []string {
	var list []string
	for _, p := range q.Parameters {
		list = append(list, p.Name)
	}
	if len(list) == 0 {
		return []string{"no parameters of its own"}
	}
	return list
}

// Check says what in r the dataset does not know, without computing anything. Each error is a *ParameterError. most bounds
// the parties of a selection and the members of a list; 0 is no bound.
func (s *Source) Check(r Request, most int) (errs []error) {
	check := func(name, value string, err error) {
		if err != nil {
			errs = append(errs, &ParameterError{name, value, err})
		}
	}
	selection := func(name, value string) {
		if value == "" {
			return
		}
		sel, err := trade.ParseSelection(value, s.Dataset.Economies(), s.Blocs)
		if n := len(sel.Parties); err == nil && most > 0 && n > most {
			err = fmt.Errorf("%d economies and blocs; at most %d are accepted", n, most)
		}
		check(name, value, err)
	}
	selection("importers", r.Importers)
	selection("partners", r.Partners)
	selection("a", r.Own["a"])
	selection("b", r.Own["b"])
	selection("markets", r.Own["markets"])
	_, _, err := s.parseProducts(r.Products)
	check("products", r.Products, err)
	ranges, err := trade.ParseYears(r.Years)
	if err == nil {
		_, _, err = trade.PickYears(ranges, s.Dataset.Years())
	}
	if strings.TrimSpace(r.Years) != "" || err != nil {
		check("years", r.Years, err)
	}
	if r.Persistence != "" {
		_, err = method.ParsePersistence(r.Persistence)
		check("persistence", r.Persistence, err)
	}
	if _, err = (Query{Method: r.Method}).methods(s.findMethod); err != nil {
		check("method", r.Method, err)
	}
	return errs
}

// with lists shared parameters by name, followed by a question's own.
func with(own []Parameter, names ...string) []Parameter {
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

// changed returns parameters of which one is changed.
func changed(list []Parameter, name string, change func(p *Parameter)) []Parameter {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Name == name {
			change(&list[i])
		}
	}
	return list
}

var judged = []string{"importers", "partners", "products", "years", "method", "persistence", "world", "min-value"}

// Questions lists all questions in the order in which help shows them.
func Questions() []*Question { return questions }

// QuestionOf returns the question of that name.
func QuestionOf(name string) (*Question, bool) {
	i := slices.IndexFunc(questions, func(q *Question) bool { return q.Name == name })
	if i < 0 {
		return nil, false
	}
	return questions[i], true
}

var questions = []*Question{
	{
		Name: "count", Short: "Count the products that importers depend on, by year, partner and method",
		Parameters: with([]Parameter{{Name: "zeros", Switch: true, Standard: "false", Example: "true",
			Usage: "give every importer and partner that trades a row, also where nothing is counted"}}, judged...),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			if r.Own["zeros"] == "true" {
				return s.CountZeros(ctx, r.Query)
			}
			return s.Count(ctx, r.Query)
		},
	},
	{
		Name: "dependencies", Short: "List the products behind a count, with every indicator used",
		Parameters: with(nil, judged...),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Dependencies(ctx, r.Query)
		},
	},
	{
		Name: "indicators", Short: "Print the indicators of importers and products, or the table of definitions",
		Parameters: with([]Parameter{{Name: "list", Switch: true, Standard: "false", Example: "true", Usage: "print the definitions instead"},
			{Name: "by", Standard: "importer", Values: []string{"importer", "exporter"}, Example: "exporter", Usage: "importer: a row an importer and product; exporter: who sells the product, whoever buys it (--partners names exporters)"}},
			"importers", "partners", "products", "years", "world", "min-value"),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			if r.Own["list"] == "true" {
				t := Definitions()
				t.Provenance.Program, t.Provenance.Command = s.Program, s.Command
				return t, nil
			}
			if r.Own["by"] == "exporter" {
				return s.Exporters(ctx, r.Query)
			}
			return s.Indicators(ctx, r.Query)
		},
	},
	{
		Name: "explain", Short: "Follow one importer, product and year from flows to verdicts",
		Parameters: explainParameters(),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			e, err := s.Explain(ctx, r.Query)
			if err != nil {
				return nil, err
			}
			return e.Table(), nil
		},
		Print: func(ctx context.Context, s *Source, r Request) (Text, error) {
			e, err := s.Explain(ctx, r.Query)
			if err != nil {
				return nil, err
			}
			return e.WriteText, nil
		},
	},
	{
		Name: "asymmetry", Short: "Put both directions of a pair side by side, over time",
		Parameters: with([]Parameter{
			{Name: "a", Argument: 1, Required: true, Example: "EU27", Usage: "the first economy or bloc, or several merged with +"},
			{Name: "b", Argument: 2, Required: true, Example: "CHN", Usage: "the second economy or bloc, or several merged with +"},
		}, "products", "years", "method", "persistence", "world", "min-value"),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Asymmetry(ctx, r.Own["a"], r.Own["b"], r.Query)
		},
	},
	{
		Name: "chokepoints", Short: "Rank products and suppliers on whom many depend and whom nobody could replace",
		Parameters: chokepointParameters(),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Chokepoints(ctx, r.Query, r.Own["weights"])
		},
	},
	{
		Name: "scoreboard", Short: "Measure an economy sector by sector: market share, advantage, balance, dependence both ways",
		Parameters: with([]Parameter{
			economyParameter, listParameter,
			{Name: "classes", Standard: "standing", Example: "standing", File: ".toml", Usage: "the rule that names where it stands"},
		}, "years", "method", "persistence", "world", "min-value"),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Scoreboard(ctx, r.Own["economy"], r.Own["list"], r.Own["classes"], r.Query)
		},
	},
	{
		Name: "breadth", Short: "Say how wide an economy's industrial base is: products with advantage, diversity, stages of processing, complexity",
		Parameters: with([]Parameter{economyParameter, listParameter,
			{Name: "by", Standard: "year", Values: []string{"year", "stage"}, Example: "stage", Usage: "year: a row a year; stage: a row a stage of processing"}}, "years"),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Breadth(ctx, r.Own["economy"], r.Own["list"], r.Own["by"], nil, r.Query)
		},
	},
	{
		Name: "similarity", Short: "Compare what an economy exports with what others export, over time",
		Parameters: changed(with([]Parameter{economyParameter}, "partners", "years"),
			"partners", func(p *Parameter) { p.Standard, p.Usage = "all", "whom to compare it with: as --importers" }),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Similarity(ctx, r.Own["economy"], orElse(r.Partners, "all"), r.Query)
		},
	},
	{
		Name: "displacement", Short: "Say how competitors fare in third markets where an economy gains share",
		Parameters: changed(changed(with([]Parameter{
			economyParameter,
			{Name: "markets", Standard: "all", Example: "EMERGING:any", Usage: "where they compete: as --importers; the economy and the competitor themselves are left out"},
			sectorParameter,
		}, "partners", "products", "years"),
			"partners", func(p *Parameter) {
				p.Standard, p.Example, p.Usage = competitors, "EU27,JPN", "competitors: as --importers; a bloc is one, BLOC:any is each of its members, added up"
			}),
			"years", func(p *Parameter) {
				p.Standard, p.Example, p.Usage = "", "2022,2024", "two years, or more: each is compared with the next (default: the first and the last)"
			}),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Displacement(ctx, r.Own["economy"], orElse(r.Partners, competitors), r.Own["markets"], r.Own["list"], r.Query)
		},
	},
	{
		Name: "complexity", Short: "Rank economies and products by complexity (ECI, PCI)",
		Parameters: changed(with([]Parameter{{Name: "by", Standard: "economy", Values: []string{"economy", "product"}, Example: "product", Usage: "what to rank: economies or products"}}, "years"),
			"years", func(p *Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" }),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Complexity(ctx, r.Query, r.Own["by"])
		},
	},
	{
		Name: "balance", Short: "Give an economy's trade balance, by partner, sector and year, beside its GDP and consumption",
		Parameters: changed(with([]Parameter{economyParameter, sectorParameter}, "partners", "products", "years"),
			"partners", func(p *Parameter) { p.Usage = "with whom: as --importers, or - for the world alone" }),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Balances(ctx, r.Own["economy"], orElse(r.Partners, "-"), r.Own["list"], r.Query)
		},
	},
	{
		Name: "firms", Short: "Count the firms of a register by sector, batch and province, beside the trade of their sectors",
		Parameters: changed(with([]Parameter{
			{Name: "economy", Standard: "CHN", Example: "CHN", Usage: "whose trade stands beside them"},
			{Name: "list", Standard: "mic25", Example: "mic25", File: ".csv or .toml", Usage: "the product list whose sectors the register names (\"chokepoint lists\" lists them)"},
			{Name: "by", Standard: FirmGroupings[0], Values: FirmGroupings, Example: "batch", Usage: "what to count by; all is batch, province and sector"},
		}, "years", "method"),
			"years", func(p *Parameter) { p.Standard, p.Usage = "", "year of the trade figures (default: the latest)" }),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Firms(ctx, r.Own["economy"], r.Own["list"], r.Own["by"], r.Query)
		},
	},
	{
		Name: "policy", Short: "Compare the products that a policy names with all others, before and after",
		Parameters: with([]Parameter{
			{Name: "policy", Required: true, Example: "mic25", Usage: "the policy (\"chokepoint policies\" lists them)"},
			{Name: "outcome", Standard: "log-imports", Example: "world-share", Values: outcomeNames(), Usage: "what it may have changed"},
			{Name: "economy", Example: "CHN", Usage: "whose trade (default: the policy's economy)"},
			{Name: "list", Example: "mic25:medium", File: ".csv or .toml", Usage: "the products to compare (default: those of the sectors that the policy names)"},
			{Name: "date", Example: "2016", Usage: "first year that can show an effect (default: the policy's)"},
		}, "years", "method", "min-value"),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			year := 0
			if text := r.Own["date"]; text != "" {
				var err error
				if year, err = strconv.Atoi(text); err != nil || year < 1900 || year > 2200 {
					return nil, fault.Questionf("date %q: want a year", text)
				}
			}
			return s.Policy(ctx, r.Own["policy"], r.Own["economy"], r.Own["list"], r.Own["outcome"], year, r.Query)
		},
	},
	{
		Name: "revisions", Short: "Find a code in other HS revisions: where it was split, merged or renumbered",
		Parameters: []Parameter{
			{Name: "codes", Argument: 1, Required: true, Example: "850760", Usage: "HS codes or their beginnings: 850760,8541"},
			{Name: "from", Example: "HS17", Usage: "their HS revision (default: the dataset's)"},
			{Name: "to", Standard: "all", Example: "HS92", Usage: "the other revision, or all"},
		},
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Revisions(r.Own["codes"], r.Own["from"], r.Own["to"])
		},
	},
	{
		Name: "sensitivity", Short: "Count over a grid of two thresholds; share of the grid in which a product stays flagged",
		Parameters: with([]Parameter{
			{Name: "x", Example: "partner_share=0.2:0.6:0.05", Usage: "first threshold, as indicator=from:to:step"},
			{Name: "y", Example: "partner_world_share=0.1:0.5:0.1", Usage: "second threshold, as indicator=from:to:step"},
			{Name: "by", Standard: "point", Values: []string{"point", "product"}, Example: "product", Usage: "point: the points of the grid; product: the products"},
		}, judged...),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			return s.Sensitivity(ctx, r.Query, r.Own["x"], r.Own["y"], r.Own["by"] == "product")
		},
		Print: func(ctx context.Context, s *Source, r Request) (Text, error) {
			t, err := s.Sensitivity(ctx, r.Query, r.Own["x"], r.Own["y"], r.Own["by"] == "product")
			if err != nil {
				return nil, err
			}
			if r.Own["by"] != "product" {
				t = GridMatrix(t)
			}
			return func(w io.Writer, opt result.Options) error { return result.Write(w, t, result.FormatTable, opt) }, nil
		},
	},
	{
		Name: "calibrate", Short: "Search the unpublished criterion of merics-2024 among candidate rules",
		Parameters: []Parameter{{Name: "by", Standard: "candidate", Values: []string{"candidate", "target"}, Example: "target",
			Usage: "candidate: one row a candidate; target: one row a candidate and published count"}},
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			s.Use("targets", "merics-2024-targets.toml", mericsTargets)
			return s.Calibrate(ctx, MericsTargets(), r.Own["by"] == "target")
		},
	},
	{
		Name: "compare", Short: "Compare methods (which flag what) and years (what stayed, entered, left)",
		Parameters: changed(with([]Parameter{{Name: "by", Standard: "method", Values: []string{"method", "product", "year"}, Example: "year", Usage: "method, product or year"}}, judged...),
			"method", func(p *Parameter) {
				p.Standard, p.Usage = "", "definitions to compare: ids, comma-separated, or all (default: all; --by year: "+DefaultMethod+")"
			}),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			if r.Method == "" && r.Own["by"] != "year" {
				r.Method = "all"
			}
			return s.Compare(ctx, r.Query, r.Own["by"])
		},
	},
	{
		Name: "diff", Short: "Ask two datasets the same question: what entered, what left, and why",
		Parameters: with([]Parameter{
			{Name: "against", Required: true, Example: "baci-hs17-v202501", Usage: "the earlier dataset"},
			{Name: "summary", Switch: true, Standard: "false", Example: "true", Usage: "count what stayed, entered and left instead of listing it"},
		}, judged...),
		Ask: func(ctx context.Context, s *Source, r Request) (*result.Table, error) {
			if r.Own["summary"] == "true" {
				return s.DiffSummary(ctx, r.Before, r.Query)
			}
			return s.Diff(ctx, r.Before, r.Query)
		},
	},
}

// explainParameters differ in what must be said and what is taken where it is not.
func explainParameters() []Parameter {
	list := with(nil, judged...)
	list = changed(list, "importers", func(p *Parameter) { p.Standard, p.Required = "", true })
	list = changed(list, "products", func(p *Parameter) { p.Standard, p.Required, p.Example = "", true, "850760" })
	list = changed(list, "years", func(p *Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" })
	return changed(list, "method", func(p *Parameter) { p.Standard = "all" })
}

func chokepointParameters() []Parameter {
	list := with([]Parameter{{Name: "weights", Standard: "equal", Example: "rerouting", File: ".toml", Usage: "how the parts make the score: " + strings.Join(WeightNames(), ", ")}}, judged...)
	list = changed(list, "importers", func(p *Parameter) {
		p.Usage = "whose dependence counts: " + strings.TrimPrefix(p.Usage, "who depends: ")
	})
	list = changed(list, "partners", func(p *Parameter) { p.Standard, p.Usage = "all", "suppliers to rank: as --importers" })
	list = changed(list, "years", func(p *Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" })
	return changed(list, "method", func(p *Parameter) {
		p.Usage = "one definition of dependency: its id (\"chokepoint methods\" lists them)"
	})
}

// competitors are whom an economy is compared with in third markets: both groups of the IMF.
const competitors = "ADVANCED:any,EMERGING:any"

var (
	sectorParameter  = Parameter{Name: "list", Example: "mic25", File: ".csv or .toml", Usage: "a product list whose sectors have rows of their own (default: none; \"chokepoint lists\" lists them)"}
	economyParameter = Parameter{Name: "economy", Required: true, Example: "CHN", Usage: "the economy to measure"}
	listParameter    = Parameter{Name: "list", Standard: "hs-sections", Example: "mic25", File: ".csv or .toml", Usage: "the product list that names the sectors (\"chokepoint lists\" lists them)"}
)
