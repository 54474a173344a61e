package scenario

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
)

// cutParameters are those of questions about a cut, in the order of help.
func cutParameters() []study.Parameter {
	list := study.ParameterList(nil, "products", "importers", "years", "hubs")
	list = study.Changed(list, "years", func(p *study.Parameter) { p.Standard, p.Usage = "", "years of the flows (default: the latest)" })
	list = study.Changed(list, "importers", func(p *study.Parameter) {
		p.Usage = "who is shown: USA, EU27 (the sum of its members), EU27:members, all; whose supply stops is --to"
	})
	list = study.Changed(list, "hubs", hubsOfStop)
	list = study.Changed(list, "products", func(p *study.Parameter) {
		p.Standard = ""
		p.Usage += " (default: all, or those of --scenario)"
	})
	return slices.Concat([]study.Parameter{{Name: "suppliers", Example: "CHN", Usage: "who stops, all at once: CHN, RUS,BLR, EU27 (default: those in --scenario)"}, scenarioParameter}, list, []study.Parameter{
		{Name: "to", Example: "USA,EU27", Usage: "to whom they stop selling: as --importers (default: all)"},
		{Name: "cut", Example: "0.5", Usage: "the share of each of these flows that stops, 0 to 1 (default: 1)"},
		{Name: "rule", Names: ruleNames, Example: "present", Usage: "whom importers turn to: present (today's suppliers), capacity (who exports to others), mixed (half and half), sqrt (root of both), several with commas (default: all four)"},
		{Name: "spare", Example: "0.1", Usage: "what each supplier can add, as a share of its exports of the product; an assumption, so give several with commas (default: 0.05,0.1,0.25)"},
		{Name: "not-from", Example: "RUS,IRN", Usage: "who may not fill the gap"},
		{Name: "only-from", Example: "G7", Usage: "the only ones who may fill the gap"},
		{Name: "sigma", Example: "2,4", Usage: "elasticities of substitution for the price factor, above 1, the first for the headline (default: 2,2.25, for 2 to 3 years and for 7 years or more)"},
		{Name: "months", Example: "12", Usage: "add a monthly path, up to 36 months (default: none, 12 with --stock-days)"},
		{Name: "ramp", Example: "12", Usage: "months until substitutes arrive in full; an assumption (default: 6)"},
		{Name: "stock-days", Example: "60", Usage: "importers' stocks, in days of need (default: unknown)"},
	})
}

// hubsOfStop says what the parameter hubs means where suppliers stop.
func hubsOfStop(p *study.Parameter) {
	p.Standard, p.Example = "entrepots", "keep"
	p.Usage = "economies whose sales count as those of a supplier that stops, as Hong Kong's do as China's: entrepots, the list that comes with the program; keep counts each as itself"
}

// hubsAsked are the hubs of a question about a stop, as a study takes them: "" where each counts as itself.
func hubsAsked(text string) string {
	if text = study.OrElse(strings.TrimSpace(text), "entrepots"); text == "keep" {
		return ""
	}
	return text
}

// CutQuestion is the question scenario cut.
var CutQuestion = &study.Question{
	Name: "scenario cut", Short: "Show what importers lose when suppliers stop, who fills the gap, and what remains unfilled",
	Schemas: []study.Schema{CutSchema},
	Long: `Show what importers lose when suppliers stop selling, who fills the gap under each rule, and what remains unfilled. This is a model,
not a forecast: it reroutes one year's flows and ignores contracts, quality, the time needed to build capacity, and substitution
between goods.

A rule says whom an importer asks. Each supplier can add no more than its spare capacity, a share of its exports of the product;
what it refuses is requested from the others. There are figures for each rule and each spare capacity, and no single one is the
answer. Importers compete for the same supplies. --to says whose supply stops, --importers which importers are shown.

The status no_source means that the rule names nobody: the importer buys only from the suppliers that stop. Totals have the
product all, or list:NAME. docs/scenarios.md has the formulas and how well the rules did in the past ("chokepoint backtest").`,
	Examples: []string{
		`chokepoint scenario cut --suppliers CHN --products 850760 --importers USA,EU27`,
		`chokepoint scenario cut --suppliers CHN --products 850760,list:crm --importers EU27:members,USA --cut 0.5 --rule present --spare 0.1`,
		`chokepoint scenario cut --suppliers CHN --products list:crm --to USA --importers all --not-from RUS,IRN --format csv`,
		`chokepoint scenario cut --scenario coking-coal-2020 --importers CHN,JPN`,
		`chokepoint scenario cut --suppliers CHN --products 850511 --importers JPN --stock-days 60 --ramp 12`,
	},
	Parameters: cutParameters(),
	Local:      []study.Parameter{distanceParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		c, err := readCut(ctx, s, r)
		if err != nil {
			return nil, err
		}
		return c.answer(ctx)
	},
}

// Combination is one rule with one spare capacity.
type Combination struct {
	Rule  Rule
	Spare float64
}

// cutting is one question about a cut, and its answer being made.
type cutting struct {
	*study.Study
	file                             *File // the scenario asked for; nil for none
	suppliers, to, notFrom, onlyFrom study.Side
	label                            string // of the suppliers
	share                            float64
	combinations                     []Combination
	sigmas                           []float64 // the first is the headline's
	arrival
	groups         []productGroup
	single         bool // one product is asked for
	distances      *Distances
	hubs, hubsOf   []string // labels of the suppliers' hubs, and of whom they are
	stopping       []string // labels of importers asked for by name that stop themselves
	singlePoints   string   // the rule by which each product has suppliers of its own that stop; "" for none
	method         string   // of that rule
	pointed        map[int]pointed
	totalsOnly     bool // rows of single products are not wanted
	bySource       bool // who fills is wanted in full
	shortfallsOnly bool // who fills is not wanted
	byProduct      bool // of totals, what is lost is wanted product by product too

	rows    []CutRow  // totals
	parts   *cutParts // the rows of the answer
	lost    []losses  // by row of a total that is not of freed goods, where byProduct is wanted
	sources []SourceRow
	moved   map[int]hubMove // by year
}

// arrival says how substitutes arrive, and over how many months that is shown.
type arrival struct {
	ramp, stockDays float64 // months; days, negative where stocks are not known
	months          int     // 0 if nothing is shown by month
}

// productGroup is a total: all, or a list.
type productGroup struct {
	label    string
	products map[string]bool // nil is all
}

// hubMove is what counting hubs as their suppliers changes in a year, US dollars.
type hubMove struct{ sales, asked, need float64 }

func readCut(ctx context.Context, s *study.Source, r study.Request) (*cutting, error) {
	if err := s.OnlyYears("scenario cut"); err != nil {
		return nil, err
	}
	c := &cutting{parts: &cutParts{}, moved: map[int]hubMove{}, pointed: map[int]pointed{}}
	var err error
	if c.file, err = complete(s, &r); err != nil {
		return nil, err
	}
	if c.file != nil {
		c.singlePoints = c.file.SinglePoints
	}
	if strings.TrimSpace(r.Own["suppliers"]) == "" && c.singlePoints == "" {
		return nil, &study.ParameterError{Parameter: "suppliers", Err: errors.New("is missing; for example suppliers=CHN, or scenario=coking-coal-2020")}
	}
	r.Products = study.OrElse(r.Products, "all")
	q := study.Latest(s, r.Query)
	q.Hubs, q.Partners, q.Method = hubsAsked(q.Hubs), "-", ""
	if c.Study, err = s.Study(ctx, q); err != nil {
		return nil, err
	}
	for _, side := range []struct {
		name, text string
		at         *study.Side
	}{{"suppliers", r.Own["suppliers"], &c.suppliers}, {"to", study.OrElse(r.Own["to"], "all"), &c.to}, {"not-from", r.Own["not-from"], &c.notFrom}, {"only-from", r.Own["only-from"], &c.onlyFrom}} {
		if strings.TrimSpace(side.text) == "" {
			continue
		}
		if *side.at, err = c.Side(side.name, side.text); err != nil {
			return nil, err
		}
		if side.at.Selection.None {
			return nil, fault.Questionf("%s %q: expected economies or blocs", side.name, side.text)
		}
	}
	if c.suppliers.Selection.All {
		return nil, fault.Questionf("suppliers %q: expected economies or blocs; nobody would be left to fill", r.Own["suppliers"])
	}
	var labels []string
	for _, p := range c.suppliers.Parties {
		labels = append(labels, p.Label)
	}
	c.label = study.OrElse(strings.Join(labels, ","), SinglePoints)
	if err := c.readNumbers(r.Own); err != nil {
		return nil, err
	}
	if err := c.readGroups(q.Products); err != nil {
		return nil, err
	}
	c.distances, err = openDistances(s, r.Own["distance"], c.Economies)
	return c, err
}

func (c *cutting) readNumbers(own map[string]string) error {
	rules, err := parseRules(own["rule"])
	if err != nil {
		return err
	}
	if c.share, err = numberIn("cut", own["cut"], 0, 1); err != nil {
		return err
	}
	spares, err := numbersIn("spare", own["spare"], 0, 1e6)
	if err != nil {
		return err
	}
	for _, rule := range rules {
		for _, spare := range spares {
			c.combinations = append(c.combinations, Combination{rule, spare})
		}
	}
	if c.sigmas, err = numbersIn("sigma", own["sigma"], 1+1e-9, 1e3); err != nil {
		return err
	}
	if c.ramp, err = numberIn("ramp", own["ramp"], 0, 600); err != nil {
		return err
	}
	c.stockDays = math.NaN()
	if text := own["stock-days"]; text != "" {
		if c.stockDays, err = numberIn("stock-days", text, 0, 3650); err != nil {
			return err
		}
		c.months = 12
	}
	if text := own["months"]; text != "" {
		m, err := numberIn("months", text, 1, mostMonths)
		if err != nil || m != math.Floor(m) {
			return fault.Questionf("months %q: expected a whole number from 1 to %d", text, mostMonths)
		}
		c.months = int(m)
	}
	return nil
}

// numberIn reads a number of a range.
func numberIn(name, text string, low, high float64) (float64, error) {
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(x >= low && x <= high) {
		return 0, fault.Questionf("%s %q: expected a number from %s to %s%s", name, text, strconv.FormatFloat(low, 'g', 7, 64), strconv.FormatFloat(high, 'g', 7, 64), perCentHint(text, low, high))
	}
	return x, nil
}

// largestShare is the largest bound of a number that people may think of in per cent.
const largestShare = 10

// perCentHint says how to write a number that was given in per cent, with its sign or, where shares are asked for, without; "" if it was not.
func perCentHint(text string, low, high float64) string {
	text = strings.TrimSpace(text)
	number, signed := strings.CutSuffix(text, "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if x /= 100; err != nil || !(x >= low && x <= high) || !signed && high > largestShare {
		return ""
	}
	if !signed {
		text += " per cent"
	}
	return fmt.Sprintf("; write %s as %s", text, strconv.FormatFloat(x, 'g', -1, 64))
}

// numbersIn reads numbers of a range with commas between, each once.
func numbersIn(name, text string, low, high float64) (list []float64, err error) {
	for word := range strings.SplitSeq(text, ",") {
		x, err := numberIn(name, word, low, high)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, x) {
			return nil, fault.Questionf("%s %q: %s appears twice", name, text, strings.TrimSpace(word))
		}
		list = append(list, x)
	}
	return list, nil
}

// readGroups finds the totals: all products asked for, and each list. Of one product alone the total is its row.
func (c *cutting) readGroups(products string) error {
	c.groups = []productGroup{{label: "all"}}
	if codes := c.Products.Codes(); len(codes) == 1 {
		c.groups[0].label, c.single = codes[0], true
	}
	lists, _ := study.SplitProducts(products)
	for _, name := range lists {
		groups, _, err := c.Groups(name)
		if err != nil {
			return err
		}
		of := productGroup{"list:" + name, map[string]bool{}}
		for _, g := range groups {
			for _, p := range g.Products {
				of.products[p] = true
			}
		}
		c.groups = append(c.groups, of)
	}
	return nil
}

// quantities says whether the dataset knows tonnes in a year.
func (c *cutting) quantities(year int) bool {
	m := c.Dataset.Manifest()
	return m.HasQuantities(year)
}

func (c *cutting) answer(ctx context.Context) (*result.Table, error) {
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	title := fmt.Sprintf("What if %s stops: who loses, who fills, %s (a model)", c.who(), study.YearsText(c.Years))
	if c.share < 1 {
		title = fmt.Sprintf("What if %s of what %s sells stops: who loses, who fills, %s (a model)", result.Percent(c.share), c.who(), study.YearsText(c.Years))
	}
	t, err := study.LargeAnswer(ctx, c.Study, c.schema(), title, c.parts.rows, c.parts.kept, c.parts.write)
	if err != nil {
		return nil, err
	}
	c.addBlocs(t)
	return t, c.note(ctx, t)
}

// addBlocs adds the blocs that other parameters than importers name.
func (c *cutting) addBlocs(t *result.Table) {
	for _, side := range []*study.Side{&c.suppliers, &c.to, &c.notFrom, &c.onlyFrom} {
		for _, b := range side.Selection.Blocs {
			if !slices.ContainsFunc(t.Provenance.Blocs, func(have result.BlocText) bool { return have.ID == b.ID }) {
				t.Provenance.Blocs = append(t.Provenance.Blocs, result.BlocOf(b.ID, b.Name, b.Source, b.String()))
			}
		}
	}
}
