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
}

//go:embed testable.toml
var testableFile []byte

// testable is what a dataset must hold for a claim to be weighed on it.
var testable = func() (t struct {
	Products          float64          `toml:"products"`
	ProductsSynthetic float64          `toml:"products_synthetic"`
	Missing           float64          `toml:"missing"`
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
	Beside  []string `toml:"beside"` // columns that no flow enters
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
	if kind.asks == nil {
		return nil, nil, nil
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
	least := testable.Products
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
				g.add(l, y)
			}
		}
	}
	doubts, remarks = g.told()
	return doubts, remarks, nil
}

// worldDoubts says whose imports the world lacks, where the claim is about all of it.
func (w *work) worldDoubts(s *subject) (doubts []doubt, remarks []string, err error) {
	if !s.ofTheWorld() {
		return nil, nil, nil
	}
	g := gathered{flow: "imports"}
	for _, y := range s.years {
		l, err := w.held.World(w.ctx, y)
		if err != nil {
			return nil, nil, err
		}
		if l != nil {
			g.add(*l, y)
		}
	}
	doubts, _ = g.told() // notes of the answers remark on the others
	return doubts, nil, nil
}

// ofTheWorld says whether the answer takes the imports of everybody.
func (s *subject) ofTheWorld() bool {
	n := testable.Questions[s.question]
	for _, p := range n.Imports {
		if s.value(p) == "all" {
			return true
		}
	}
	name, value, conditional := strings.Cut(n.World, "=")
	if !conditional {
		return n.World != ""
	}
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

// told puts what is missing in words: doubts, and remarks where it is too little to matter.
func (g *gathered) told() (doubts []doubt, remarks []string) {
	for _, l := range g.list {
		in, members := yearList(l.years), strings.Join(l.Members, ", ")
		switch {
		case len(l.Members) == 0:
			doubts = append(doubts, doubt{fmt.Sprintf("%s has no %s in this dataset in %s", l.Label, g.flow, in), fmt.Sprintf("the %s of %s in %s", g.flow, l.Label, in), true, true})
		case l.Label == "world" && l.Share > testable.Missing:
			doubts = append(doubts, doubt{fmt.Sprintf("the claim is about the trade of the whole world, and the imports of %s, which have %s of its exports, are missing in %s", members, result.Percent(l.Share), in),
				fmt.Sprintf("the imports of %s in %s", members, in), false, true})
		case l.Share > testable.Missing:
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
	return &subject{question: "count", values: map[string]string{"importers": c.With["importers"], "partners": c.With["partners"]}}
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

// trendYears are the two years that a change is seen between.
func (w *work) trendYears(c *Claim) ([]int, *doubt) {
	from, to, err := c.span(0, 0)
	if err != nil {
		return nil, nil // the kind says it
	}
	first, okFirst := nearestYear(w.years, from)
	second, okSecond := nearestYear(w.years, to)
	if !okFirst || !okSecond || first == second {
		return []int{w.lastYear()}, &doubt{because: fmt.Sprintf("it has %s and lacks years near %d and %d, so that it shows no change", yearsOf(w.years), from, to),
			settle: fmt.Sprintf("a dataset with the years %d and %d, or with years near them", from, to)}
	}
	return []int{first, second}, nil
}

// publishedYears are those that stand for the years of published figures.
func (w *work) publishedYears(c *Claim) (years []int, _ *doubt) {
	for _, p := range c.Published {
		if y, ok := nearestYear(w.years, p.Year); ok && !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	if len(years) == 0 {
		return []int{w.lastYear()}, &doubt{because: fmt.Sprintf("it has %s and lacks years near %d", yearsOf(w.years), c.Published[0].Year),
			settle: fmt.Sprintf("a dataset with the year %d, or with one near it", c.Published[0].Year)}
	}
	return years, nil
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

// measureYears are those that a measure is compared in: the last alone, where it does not ask for a change.
func (w *work) measureYears(c *Claim) ([]int, *doubt) {
	from, to, err := c.span(w.years[0], w.lastYear())
	if err != nil {
		return nil, nil // the kind says it
	}
	first, last := w.years[nearestOf(w.years, from)], w.years[nearestOf(w.years, to)]
	if e, err := parseExpect(c.With["expect"]); err != nil || !e.change() || first == last {
		return []int{last}, nil
	}
	return []int{first, last}, nil
}
