package brief

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/tomlfile"
)

// Holdings say what a dataset has and lacks, before anything is asked of it.
type Holdings interface {
	Years() []int // ascending
	About() result.Provenance
	// Products says how many of the products named are traded in a year, and how many there are; 0 where nobody knows.
	Products(ctx context.Context, year int, named string) (held, all int, err error)
	// NoImports and NoExports list the economies and blocs of a selection that lack them in a year, World whose imports the world lacks.
	NoImports(ctx context.Context, year int, selection string) ([]study.Lack, error)
	NoExports(year int, selection string) ([]study.Lack, error)
	World(ctx context.Context, year int) (*study.Lack, error)
	// TableSets are the sets of input-output tables that stand beside the dataset.
	TableSets() ([]study.TableSet, error)
	// Name is the name of an economy or bloc by its code; false where the text is no code.
	Name(label string) (string, bool)
}

//go:embed testable.toml
var testableFile []byte

// coverage is what a dataset must hold of the nomenclature and of trade: one rule for every kind of claim.
var coverage = func() *rule.Coverage {
	c, err := rule.OpenCoverage("claims")
	if err != nil {
		panic(err)
	}
	return c
}()

// tooMuch says that importers whose imports are missing have too large a share of trade for a verdict.
func tooMuch(missing float64) bool { return !coverage.Testable(1, 1-missing) }

// testable is of which products and flows that holds.
var testable = func() (t struct {
	ProductsSynthetic float64          `toml:"products_synthetic"`
	Questions         map[string]needs `toml:"questions"`
}) {
	if err := tomlfile.Decode("testable.toml", testableFile, tomlfile.MaxFile, &t); err != nil {
		panic(err)
	}
	return t
}()

// needs are the flows that a question takes: of the economies that these parameters name, and of the world.
type needs struct {
	Imports []string `toml:"imports"`
	Exports []string `toml:"exports"`
	World   string   `toml:"world"`
	Methods bool     `toml:"methods"` // of the world where a definition looks at what others export
	Row     string   `toml:"row"`     // how the party of a row joins the number in a sentence: net exports with the USA; "": after a comma
	Sides   bool     `toml:"sides"`   // a row is a difference between flows: one about a party of which much is missing is no finding
	Beside  []string `toml:"beside"`  // columns that no flow enters
}

// doubt is a reason why the dataset cannot tell, and what could.
type doubt struct {
	because, settle string
	nothing         bool // there is no figure to show either
	incomplete      bool // figures lack something
}

// subject is what a claim asks the dataset: a question, its parameters, and the years that decide.
type subject struct {
	question string
	values   map[string]string
	rows     map[string]string
	years    []int
}

// value is a parameter as given, or as it is where it is not.
func (s *subject) value(name string) string {
	if text := s.values[name]; text != "" {
		return text
	}
	q, _ := analysis.QuestionOf(s.question)
	p, _ := q.Parameter(name)
	return p.Standard
}

// doubts are all reasons why the dataset cannot tell of a claim, and remarks on what it lacks without harm.
func (w *work) doubts(c *Claim) (doubts []doubt, remarks []string, err error) {
	kind := kinds[c.Kind]
	w.lacks, w.worldMissing, w.set = lacks{}, false, nil
	if kind.asks == nil {
		return nil, nil, nil
	}
	if c.ofTables() {
		return w.tableDoubts(c)
	}
	s := kind.asks(c)
	if slices.Contains(testable.Questions[s.question].Beside, c.With["column"]) {
		return nil, nil, nil
	}
	years, yearless := kind.years(w, c)
	if yearless != nil {
		doubts = append(doubts, *yearless)
	}
	s.years = years
	if w.worldMissing, err = w.worldIsMissing(years); err != nil {
		return nil, nil, err
	}
	for _, look := range []func(s *subject) ([]doubt, []string, error){w.productDoubts, w.importDoubts, w.exportDoubts, w.worldDoubts} {
		more, remarked, err := look(s)
		if err != nil {
			return nil, nil, err
		}
		doubts, remarks = append(doubts, more...), append(remarks, remarked...)
	}
	return doubts, remarks, nil
}

// productDoubts says in which years too few of the products are traded.
func (w *work) productDoubts(s *subject) ([]doubt, []string, error) {
	least := *coverage.ProductsShare
	if w.held.About().Synthetic {
		least = testable.ProductsSynthetic
	}
	named := s.value("products")
	var few []int
	heldFew, of := 0, 0
	for _, y := range s.years {
		held, all, err := w.held.Products(w.ctx, y, named)
		if err != nil {
			return nil, nil, err
		}
		if all > 0 && float64(held) < least*float64(all) {
			few = append(few, y)
			heldFew, of = held, all
		}
	}
	if len(few) == 0 {
		return nil, nil, nil
	}
	what := "products of " + w.held.About().Nomenclature
	if named != "" && named != "all" {
		what = "products " + named
	}
	enough := fmt.Sprintf("at least %s", whole(math.Ceil(least*float64(of))))
	return []doubt{{
		because: fmt.Sprintf("it has trade in %s of the %s %s in %d, and a verdict takes %s", whole(float64(heldFew)), whole(float64(of)), what, few[len(few)-1], enough),
		settle:  fmt.Sprintf("a dataset with %s of these products in %s", enough, yearList(few)),
		nothing: true,
	}}, nil, nil
}

// importDoubts says whose imports are missing.
func (w *work) importDoubts(s *subject) ([]doubt, []string, error) {
	return w.lackDoubts(s, testable.Questions[s.question].Imports, "imports", func(y int, selection string) ([]study.Lack, error) {
		return w.held.NoImports(w.ctx, y, selection)
	})
}

// exportDoubts says whose exports are missing.
func (w *work) exportDoubts(s *subject) ([]doubt, []string, error) {
	return w.lackDoubts(s, testable.Questions[s.question].Exports, "exports", w.held.NoExports)
}

// lackDoubts asks for the economies that some parameters name, year by year, and gathers what is missing.
func (w *work) lackDoubts(s *subject, parameters []string, flow string, lacks func(y int, selection string) ([]study.Lack, error)) (doubts []doubt, remarks []string, err error) {
	g := gathered{flow: flow}
	for _, p := range parameters {
		selection := s.value(p)
		if selection == "" || selection == "-" || selection == "all" {
			continue
		}
		for _, y := range s.years {
			list, err := lacks(y, selection)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", p, err)
			}
			for _, l := range list {
				if s.concerns(p, l.Label) {
					g.add(l, y)
				}
			}
		}
	}
	w.lacks.add(&g)
	doubts, remarks = g.told()
	return doubts, remarks, nil
}

// concerns says whether a party that a parameter names is among the rows looked at.
func (s *subject) concerns(parameter, label string) bool {
	rows := fields(s.rows[strings.TrimSuffix(parameter, "s")]) // the column of partners is partner
	return len(rows) == 0 || slices.Contains(rows, label)
}

// worldDoubts says whose imports the world lacks, where the claim is about all of it.
func (w *work) worldDoubts(s *subject) (doubts []doubt, remarks []string, err error) {
	why := s.ofTheWorld()
	if why == "" {
		return nil, nil, nil
	}
	g := gathered{flow: "imports", why: why}
	for _, y := range s.years {
		l, err := w.held.World(w.ctx, y)
		if err != nil {
			return nil, nil, err
		}
		if l != nil {
			g.add(*l, y)
		}
	}
	w.lacks.add(&g)
	doubts, _ = g.told() // notes of the answers remark on the others
	return doubts, nil, nil
}

// worldIsMissing says whether too much of what the world buys is missing in one of the years.
func (w *work) worldIsMissing(years []int) (bool, error) {
	for _, y := range years {
		l, err := w.held.World(w.ctx, y)
		if err != nil {
			return false, err
		}
		if l != nil && tooMuch(l.Share) {
			return true, nil
		}
	}
	return false, nil
}

// ofTheWorld says why the answer takes the imports of everybody; "" where it does not.
func (s *subject) ofTheWorld() string {
	const all = "the claim is about the trade of the whole world"
	n := testable.Questions[s.question]
	for _, p := range n.Imports {
		if s.value(p) == "all" {
			return all
		}
	}
	name, values, conditional := strings.Cut(n.World, "=")
	if !conditional && name != "" {
		return all
	}
	for value := range strings.SplitSeq(values, "|") {
		if conditional && s.looksAt(name, value) {
			return all
		}
	}
	if n.Methods && s.judges() && anyReadsSales(s.value("method")) {
		return orElse(s.value("method"), study.DefaultMethod) + " looks at what the world buys"
	}
	return ""
}

// judges says that the answer is of definitions of dependency: of policy it is, where that is the outcome.
func (s *subject) judges() bool {
	q, _ := analysis.QuestionOf(s.question)
	_, chooses := q.Parameter("outcome")
	return !chooses || s.looksAt("outcome", "dependency")
}

// looksAt says whether a value of a parameter, or of a column, is among those looked at.
func (s *subject) looksAt(name, value string) bool {
	looked := s.rows[name]
	if looked == "" {
		looked = s.value(name)
	}
	for one := range strings.SplitSeq(looked, ",") {
		if one = strings.TrimSpace(one); one == value || one == "" { // no choice of rows is all rows
			return true
		}
	}
	return false
}

// gathered are lacks of several years, each told once.
type gathered struct {
	flow string
	why  string // the world is asked for
	list []struct {
		study.Lack
		years []int
	}
}

func (g *gathered) add(l study.Lack, year int) {
	for i := range g.list {
		if known := &g.list[i]; known.Label == l.Label && slices.Equal(known.Members, l.Members) {
			if !slices.Contains(known.years, year) {
				known.years = append(known.years, year)
			}
			known.Share = max(known.Share, l.Share)
			return
		}
	}
	g.list = append(g.list, struct {
		study.Lack
		years []int
	}{l, []int{year}})
}

// lacks are the years in which too much of a party, or of the world, is missing.
type lacks map[string][]int

func (l lacks) add(g *gathered) {
	for _, lack := range g.list {
		if len(lack.Members) == 0 || tooMuch(lack.Share) {
			l[lack.Label] = append(l[lack.Label], lack.years...)
		}
	}
}

// told puts what is missing in words: doubts, and remarks where it is too little to matter.
func (g *gathered) told() (doubts []doubt, remarks []string) {
	for _, l := range g.list {
		in, members := yearList(l.years), strings.Join(l.Members, ", ")
		switch {
		case len(l.Members) == 0:
			doubts = append(doubts, doubt{fmt.Sprintf("%s has no %s in this dataset in %s", l.Label, g.flow, in), fmt.Sprintf("the %s of %s in %s", g.flow, l.Label, in), true, true})
		case l.Label == "world" && tooMuch(l.Share):
			doubts = append(doubts, doubt{fmt.Sprintf("%s, and the imports of %s, which have %s of its exports, are missing in %s", g.why, members, result.Percent(l.Share), in),
				fmt.Sprintf("the imports of %s in %s", members, in), false, true})
		case tooMuch(l.Share):
			doubts = append(doubts, doubt{fmt.Sprintf("%s is incomplete in %s: members %s, which have %s of its exports, have no imports in this dataset", l.Label, in, members, result.Percent(l.Share)),
				fmt.Sprintf("the imports of %s in %s", members, in), false, true})
		case l.Label != "world":
			remarks = append(remarks, fmt.Sprintf("%s is not quite complete in %s: members %s, which have %s of its exports, have no imports in this dataset", l.Label, in, members, result.Percent(l.Share)))
		}
	}
	return doubts, remarks
}

// yearList writes years for people.
func yearList(years []int) string {
	list := strings.Split(listOf(years), ",")
	for i := range list {
		list[i] = strings.Replace(list[i], ":", " to ", 1)
	}
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return list[0]
}

// countOf is what kinds that count ask.
func countOf(c *Claim) *subject {
	return &subject{question: "count", values: map[string]string{"importers": orElse(c.With["importer"], c.With["importers"]), "partners": c.With["partners"], "method": c.With["method"]}}
}

func chokepointsOf(c *Claim) *subject {
	return &subject{question: "chokepoints", values: map[string]string{"partners": c.With["partners"], "products": "all"}}
}

func scoreboardOf(c *Claim) *subject {
	return &subject{question: "scoreboard", values: map[string]string{"economy": c.With["economy"]}}
}

// policyOf asks about the economy of the policy where the claim names none.
func policyOf(c *Claim) *subject {
	economy := c.With["economy"]
	for _, p := range policy.IndustrialPolicies() {
		if economy == "" && p.ID == c.With["policy"] {
			economy = p.Economy
		}
	}
	return &subject{question: "policy", values: map[string]string{"economy": economy, "outcome": c.With["outcomes"]}}
}

func measureOf(c *Claim) *subject {
	return &subject{question: c.With["question"], values: c.Ask, rows: c.Rows}
}

// lastYear is the last of the dataset.
func (w *work) lastYear() int { return w.years[len(w.years)-1] }

func (w *work) onlyLast(*Claim) ([]int, *doubt) { return []int{w.lastYear()}, nil }

func (w *work) firstAndLast(*Claim) ([]int, *doubt) {
	if w.years[0] == w.lastYear() {
		return w.years[:1], nil
	}
	return []int{w.years[0], w.lastYear()}, nil
}

func (w *work) everyYear(*Claim) ([]int, *doubt) { return w.years, nil }

// trendYears are the two years that a change is seen between, and those of the published figures; the last, where there are none.
func (w *work) trendYears(c *Claim) (years []int, _ *doubt) {
	from, to, err := c.span(0, 0)
	if err != nil {
		return nil, nil // the kind says it
	}
	if first, second, ok := w.between(from, to); ok {
		years = append(years, first, second)
	}
	for _, p := range c.Published {
		if y, ok := nearestYear(w.years, p.Year); ok && !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	if len(years) == 0 {
		years = []int{w.lastYear()}
	}
	return years, nil
}

// publishedYears are those that stand for the years of published figures.
func (w *work) publishedYears(c *Claim) (years []int, _ *doubt) {
	for _, p := range c.Published {
		if y, ok := nearestYear(w.years, p.Year); ok && !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	if len(years) == 0 {
		return []int{w.lastYear()}, w.noYearNear(c.Published[0].Year)
	}
	return years, nil
}

// noYearNear says that nothing stands in for a year.
func (w *work) noYearNear(year int) *doubt {
	return &doubt{because: fmt.Sprintf("it has %s and lacks years near %d", yearsOf(w.years), year), settle: fmt.Sprintf("a dataset with the year %d, or with one near it", year)}
}

// orderYear is the last year, or what stands for the one that is named.
func (w *work) orderYear(c *Claim) ([]int, *doubt) {
	asked, err := strconv.Atoi(orElse(c.With["year"], strconv.Itoa(w.lastYear())))
	if err != nil {
		return nil, nil // the kind says it
	}
	year, ok := nearestYear(w.years, asked)
	if !ok {
		return nil, &doubt{because: fmt.Sprintf("it has %s and lacks years near %d", yearsOf(w.years), asked), settle: fmt.Sprintf("a dataset with the year %d, or with one near it", asked), nothing: true}
	}
	return []int{year}, nil
}

// measureYears are those that a measure is compared in: one alone, where it does not ask for a change.
func (w *work) measureYears(c *Claim) ([]int, *doubt) {
	e, err := parseExpect(c.With["expect"])
	if err != nil {
		return nil, nil // the kind says it
	}
	from, to, err := c.measureSpan(e, w.years)
	if err != nil {
		return nil, nil // the kind says it
	}
	first, last := w.years[nearestOf(w.years, from)], w.years[nearestOf(w.years, to)]
	if n := len(c.Published); !e.change() && c.With["to"] == "" && n > 0 {
		if _, ok := nearestYear(w.years, c.Published[n-1].Year); !ok {
			return []int{last}, w.noYearNear(c.Published[n-1].Year)
		}
	}
	if !e.change() || first == last {
		return []int{last}, nil
	}
	return []int{first, last}, nil
}
