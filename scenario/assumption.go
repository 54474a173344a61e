package scenario

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/result"
	"chokepoint/study"
)

// What scenario ranges tries beside what is asked for. Nothing says which of them is right.
var (
	triedSpares = []float64{0.05, 0.1, 0.25}
	triedSigmas = []float64{2, 2.25, 4}
	triedRamps  = []float64{3, 6, 12}
	triedStocks = []float64{0, 30, 90}
)

// RangesQuestion is the question scenario ranges.
var RangesQuestion = &study.Question{
	Name: "scenario ranges", Short: "Show how far the answer to a cut moves with one assumption at a time, and which matters most",
	Schemas: []study.Schema{RangeSchema},
	Long: `Show how far the answer to a cut moves when one assumption changes and the others stay the same: the rule, spare capacity, the
elasticity of substitution, stocks, and the months until substitutes arrive. This is a model, not a forecast.

The central figure uses the first rule, the middle one of the spare capacities you give, the first elasticity, and the ramp and
stocks you give; unknown stocks count as none. In addition to your values it tries all rules, spare capacities of 0.05, 0.1
and 0.25, elasticities of 2, 2.25 and 4, ramps of 3, 6 and 12 months, and stocks of 0, 30 and 90 days. Ranks show which
assumption moves a figure most. The row "all of these" has the lowest and highest values over all single changes.`,
	Examples: []string{
		`chokepoint scenario ranges --suppliers CHN --products 850760 --importers USA,EU27`,
		`chokepoint scenario ranges --scenario graphite-2023 --importers JPN --stock-days 60`,
	},
	Parameters: slices.DeleteFunc(cutParameters(), func(p study.Parameter) bool { return p.Name == "months" }),
	Local:      []study.Parameter{distanceParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		c, err := readCut(ctx, s, r)
		if err != nil {
			return nil, err
		}
		return c.ranges(ctx)
	},
}

// RangeRow is how far the figures of a loss move with one assumption.
type RangeRow struct {
	*CutCell
	Assumption              string // rule, spare, sigma, ramp, stock-days; AllAssumptions
	Middle, Tried           string
	Unfilled, Months, Price Span
	MonthsRank, PriceRank   int // 1 is the assumption that moves the figure most
}

// AllAssumptions is the assumption of the row over all changes.
const AllAssumptions = "all of these"

// Span is a figure in the middle, the lowest and the highest.
type Span struct{ At, Low, High float64 }

func (s *Span) widen(x float64) { s.Low, s.High = min(s.Low, x), max(s.High, x) }

func (s Span) width() float64 { return s.High - s.Low }

// RangeSchema is the table of scenario ranges.
var RangeSchema = result.NewSchema("scenario-ranges",
	result.IntField("year", result.Year, "Year whose trade flows are rerouted.", func(r *RangeRow) int { return r.Year }),
	result.TextField("importer", "The importer that loses supply: ISO3 code, or as written in the question.", func(r *RangeRow) string { return r.Importer }),
	result.TextField("supplier", "Who stops, as written in the question.", func(r *RangeRow) string { return r.Suppliers }),
	result.TextField("product", "HS code; all for all products in the question, list:NAME for those of a list.", func(r *RangeRow) string { return r.Product }),
	result.FloatField("imports_usd", result.USD, "The importer's purchases from all suppliers of the product, or of all products in the row.", func(r *RangeRow) float64 { return r.Imports }),
	result.FloatField("lost_usd", result.USD, "Its loss: the part of its purchases from the suppliers that stop that is cut.", func(r *RangeRow) float64 { return r.Lost }),
	result.TextField("assumption", "The assumption that is changed while the others stay the same: rule, spare, sigma, ramp or stock-days; all of these in the row for all changes.", func(r *RangeRow) string { return r.Assumption }),
	result.TextField("middle", "Its value for the middle figure.", func(r *RangeRow) string { return r.Middle }),
	result.TextField("tried", "The values tried instead.", func(r *RangeRow) string { return r.Tried }),
	result.FloatField("unfilled_share", result.Share, "Unfilled ÷ imports once substitutes have arrived: the middle figure.", func(r *RangeRow) float64 { return r.Unfilled.At }).Titled("Unfilled, share of imports"),
	result.FloatField("unfilled_share_low", result.Share, "The lowest figure of those tried.", func(r *RangeRow) float64 { return r.Unfilled.Low }).Titled("Unfilled, lowest"),
	result.FloatField("unfilled_share_high", result.Share, "The highest figure of those tried.", func(r *RangeRow) float64 { return r.Unfilled.High }).Titled("Unfilled, highest"),
	result.FloatField("first_year_share", result.Share, "Shortfall over the first twelve months, while substitutes arrive and stocks last, ÷ imports: the middle figure.", func(r *RangeRow) float64 { return r.Months.At }).Titled("Lacking over the first year, share of imports"),
	result.FloatField("first_year_share_low", result.Share, "The lowest figure of those tried.", func(r *RangeRow) float64 { return r.Months.Low }).Titled("Lacking over the first year, lowest"),
	result.FloatField("first_year_share_high", result.Share, "The highest figure of those tried.", func(r *RangeRow) float64 { return r.Months.High }).Titled("Lacking over the first year, highest"),
	result.IntField("first_year_rank", "count", "1 for the assumption that changes first_year_share most. Assumptions with the same effect have the same rank; empty for one without effect.", func(r *RangeRow) int { return r.MonthsRank }).Titled("Rank by the first year"),
	result.FloatField("price_factor", "ratio", "Price factor for what remains unfilled: the middle figure. Empty if the unfilled share is 0.99 or more.", func(r *RangeRow) float64 { return r.Price.At }).Titled("Price factor"),
	result.FloatField("price_factor_low", "ratio", "The lowest figure of those tried. Empty if any of them cannot be computed.", func(r *RangeRow) float64 { return r.Price.Low }).Titled("Price factor, lowest"),
	result.FloatField("price_factor_high", "ratio", "The highest figure of those tried.", func(r *RangeRow) float64 { return r.Price.High }).Titled("Price factor, highest"),
	result.IntField("price_rank", "count", "The same rank for price_factor.", func(r *RangeRow) int { return r.PriceRank }).Titled("Rank by price factor"),
	result.TextField("status", result.StatusText, func(r *RangeRow) string { return string(r.Status) }),
	result.FloatField("easy_share", result.Share, "Share of lost_usd in products with a rearrangement ratio below 0.1: the importer's purchases from the suppliers that stop ÷ the candidates' exports to others (MGI 2025).", func(r *RangeRow) float64 { return r.Easy / r.Lost }).AsDetail(),
	result.FloatField("impossible_share", result.Share, "Share of lost_usd in products with a ratio above 1: trade alone cannot replace the suppliers.", func(r *RangeRow) float64 { return r.Impossible / r.Lost }).AsDetail(),
).InOrder("all changes together, then one assumption after the other")

// assumptions are what a figure rests on.
type assumptions struct {
	Combination
	ramp, stock float64
}

// middle are the assumptions of the figure in the middle, and what is tried in their place, each with those of the middle.
func (c *cutting) middle() (at assumptions, rules []Rule, spares, sigmas, ramps, stocks []float64) {
	with := func(tried []float64, asked ...float64) (list []float64) {
		list = slices.Concat(tried, asked)
		slices.Sort(list)
		return slices.Compact(list)
	}
	for _, k := range c.combinations {
		if k.Rule == c.combinations[0].Rule {
			spares = append(spares, k.Spare)
		}
	}
	at = assumptions{Combination{c.combinations[0].Rule, spares[len(spares)/2]}, c.ramp, max(0, c.stockDays)}
	if math.IsNaN(c.stockDays) {
		at.stock = 0
	}
	return at, Rules(), with(triedSpares, spares...), with(triedSigmas, c.sigmas...), with(triedRamps, at.ramp), with(triedStocks, at.stock)
}

// outcome is what a loss comes to under some assumptions, as shares of imports.
type outcome struct{ unfilled, months float64 }

// supply is how soon substitutes arrive and how long stocks last: the part of a year's substitutes that arrives in the first year, and stocks as a part of the
// year's need.
type supply struct{ arrives, stock float64 }

// supplyOf is the supply of a ramp of so many months and of stocks of so many days.
func supplyOf(ramp, stockDays float64) supply {
	s := supply{stock: stockDays / daysOfMonth / 12}
	for m := range 12 {
		s.arrives += arrivedBy(m, ramp) / 12
	}
	return s
}

// lackOf is what a loss comes to over its first year, US dollars: the sum of what eachMonth hands over. No month brings more than its need, and stocks are drawn
// on until nothing is left of them, so that only the sums matter.
func (s *supply) lackOf(lost, filled float64) float64 {
	return max(0, lost-filled*s.arrives-s.stock*lost)
}

// ranges changes one assumption at a time.
func (c *cutting) ranges(ctx context.Context) (*result.Table, error) {
	at, list, err := c.rangeList(ctx)
	if err != nil {
		return nil, err
	}
	t := study.Answer(c.Study, RangeSchema, fmt.Sprintf("How far the answer moves where %s stops, one assumption at a time, %s (a model)", c.who(), study.YearsText(c.Years)), list)
	c.addBlocs(t)
	c.noteTargets(t)
	return t, c.noteOfRanges(ctx, t, at, list)
}

// rangeList is the rows of all losses, rangesOfLoss of each, and the assumptions of the figures in the middle.
func (c *cutting) rangeList(ctx context.Context) (at assumptions, list []RangeRow, err error) {
	at, rules, spares, sigmas, ramps, stocks := c.middle()
	combinations := []Combination{at.Combination}
	add := func(k Combination) {
		if !slices.Contains(combinations, k) {
			combinations = append(combinations, k)
		}
	}
	for _, r := range rules {
		add(Combination{r, at.Spare})
	}
	for _, s := range spares {
		add(Combination{at.Rule, s})
	}
	supplies := []supply{supplyOf(at.ramp, at.stock)}
	for _, x := range ramps {
		supplies = append(supplies, supplyOf(x, at.stock))
	}
	for _, x := range stocks {
		supplies = append(supplies, supplyOf(at.ramp, x))
	}
	found, err := c.shortfallsOf(ctx, combinations)
	if err != nil {
		return at, nil, err
	}
	for n, cell := range found[0].cells {
		if !cell.Status.Answers() || !(cell.Lost > 0) {
			continue
		}
		under := func(f *shortfalls, s supply) outcome {
			return outcome{f.unfilled[n] / cell.Imports, f.losses[n].lackOf(s) / cell.Imports}
		}
		base := map[Combination]outcome{}
		for k, combination := range combinations {
			base[combination] = under(found[k], supplies[0])
		}
		var tried []outcome
		for _, s := range supplies[1:] {
			tried = append(tried, under(found[0], s))
		}
		list = append(list, c.rangeRows(cell, at, base, tried[:len(ramps)], tried[len(ramps):], sigmas)...)
	}
	return at, list, nil
}

// rangesOfLoss are the rows of one loss: over all changes, and one for each assumption.
const rangesOfLoss = 6

// rangeRows compares what a loss comes to under each assumption.
func (c *cutting) rangeRows(cell *CutCell, at assumptions, base map[Combination]outcome, byRamp, byStock []outcome, sigmas []float64) []RangeRow {
	middle := base[at.Combination]
	price := func(o outcome, sigma float64) float64 { return priceFactor(o.unfilled, sigma) }
	begin := func(name, value string) RangeRow {
		p := price(middle, c.sigmas[0])
		return RangeRow{CutCell: cell, Assumption: name, Middle: value, Unfilled: Span{middle.unfilled, middle.unfilled, middle.unfilled},
			Months: Span{middle.months, middle.months, middle.months}, Price: Span{p, p, p}}
	}
	try := func(row *RangeRow, value string, o outcome, sigma float64) {
		row.Tried = strings.TrimPrefix(row.Tried+", "+value, ", ")
		row.Unfilled.widen(o.unfilled)
		row.Months.widen(o.months)
		row.Price.widen(price(o, sigma))
	}
	rule, spare, sigma := begin("rule", string(at.Rule)), begin("spare", floatText(at.Spare)), begin("sigma", floatText(c.sigmas[0]))
	ramp, stock := begin("ramp", floatText(at.ramp)), begin("stock-days", floatText(at.stock))
	if math.IsNaN(c.stockDays) {
		stock.Middle = "not known, taken as 0"
	}
	for _, k := range Rules() {
		try(&rule, string(k), base[Combination{k, at.Spare}], c.sigmas[0])
	}
	_, _, spares, _, ramps, stocks := c.middle()
	for _, s := range spares {
		try(&spare, floatText(s), base[Combination{at.Rule, s}], c.sigmas[0])
	}
	for _, s := range sigmas {
		try(&sigma, floatText(s), middle, s)
	}
	for i, m := range ramps {
		try(&ramp, floatText(m), byRamp[i], c.sigmas[0])
	}
	for i, d := range stocks {
		try(&stock, floatText(d), byStock[i], c.sigmas[0])
	}
	rows := []RangeRow{rule, spare, sigma, ramp, stock}
	rank(rows, func(r *RangeRow) float64 { return r.Months.width() }, func(r *RangeRow) *int { return &r.MonthsRank })
	rank(rows, func(r *RangeRow) float64 { return r.Price.width() }, func(r *RangeRow) *int { return &r.PriceRank })
	all := begin(AllAssumptions, "")
	all.MonthsRank, all.PriceRank = result.MissingInt, result.MissingInt
	for i := range rows {
		for _, pair := range [][2]*Span{{&all.Unfilled, &rows[i].Unfilled}, {&all.Months, &rows[i].Months}, {&all.Price, &rows[i].Price}} {
			pair[0].Low, pair[0].High = min(pair[0].Low, pair[1].Low), max(pair[0].High, pair[1].High)
		}
	}
	return append([]RangeRow{all}, rows...)
}

// movesLittle is the width of a range under which an assumption does not move a figure.
const movesLittle = 1e-9

// rank numbers rows by how much they move a figure.
func rank(rows []RangeRow, width func(r *RangeRow) float64, into func(r *RangeRow) *int) {
	for i := range rows {
		*into(&rows[i]) = result.MissingInt
		if w := width(&rows[i]); w > movesLittle {
			above := 1
			for k := range rows {
				if width(&rows[k]) > w+movesLittle {
					above++
				}
			}
			*into(&rows[i]) = above
		}
	}
}

func floatText(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// noteOfRanges says what the ranges are, and which assumption moves the answer most.
func (c *cutting) noteOfRanges(ctx context.Context, t *result.Table, at assumptions, list []RangeRow) error {
	c.noteSinglePoints(t)
	t.Note("a model, not a forecast: it reroutes the flows of %s and ignores contracts, quality, the time needed to build capacity, and substitution between goods", study.YearsText(c.Years))
	if c.file != nil {
		c.file.note(t, c.Years)
	}
	noted := map[string]bool{}
	for i := range list {
		if r := &list[i]; len(noted) < rangesNoted && r.Assumption == AllAssumptions && !noted[r.Importer] {
			noted[r.Importer] = true
			t.Note("%s", WordsOfRange(list[i:i+rangesOfLoss]))
		}
	}
	t.Note("one assumption is changed at a time; several wrong ones together can have a larger effect; the alternatives are assumptions, and no source says which is right")
	if math.IsNaN(c.stockDays) {
		t.Note("stocks are unknown: the central figure assumes none, and those of 30 and 90 days are examples (--stock-days)")
	}
	c.noteStopping(t)
	c.noteHubs(t)
	t.Add(c.WorldLacks()...)
	t.Add(c.Coverage()...)
	c.combinations = nil
	for _, r := range Rules() {
		c.combinations = append(c.combinations, Combination{r, at.Spare})
	}
	c.noteRules(t)
	return c.noteScores(ctx, t)
}

// WordsOfRange says how far a figure moves, in words, from the rows of one loss, the first of which is over all changes.
func WordsOfRange(rows []RangeRow) string {
	all := &rows[0]
	return fmt.Sprintf("%s in %d, of %s: %s", all.Importer, all.Year, productText(all.Product), wordsOfMoves(rows))
}

// wordsOfMoves says how far what is lacking over the first year moves, and which two assumptions move it most.
func wordsOfMoves(rows []RangeRow) string {
	all := &rows[0]
	text := fmt.Sprintf("over the first year %s of imports is lacking, and %s with one assumption changed at a time", result.Percent(all.Months.At), spanText(all.Months))
	moves := slices.DeleteFunc(slices.Clone(rows[1:]), func(r RangeRow) bool { return r.MonthsRank == result.MissingInt })
	slices.SortStableFunc(moves, func(a, b RangeRow) int { return cmp.Compare(a.MonthsRank, b.MonthsRank) })
	if len(moves) == 0 {
		return text
	}
	text += fmt.Sprintf("; what moves it most is %s (%s)", AssumptionWords(moves[0].Assumption), spanText(moves[0].Months))
	if len(moves) > 1 {
		text += fmt.Sprintf(", then %s (%s)", AssumptionWords(moves[1].Assumption), spanText(moves[1].Months))
	}
	return text
}

// AssumptionWords names an assumption in words.
func AssumptionWords(name string) string {
	switch name {
	case "rule":
		return "the rule"
	case "spare":
		return "spare capacity"
	case "sigma", "substitution":
		return "the elasticity of substitution"
	case "demand":
		return "the elasticity of import demand"
	case "supply":
		return "the elasticity of export supply"
	case "form":
		return "the form of the model"
	case "ramp":
		return "the months until substitutes arrive"
	case "stock-days":
		return "stocks"
	}
	return name
}
