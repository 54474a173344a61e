package scenario

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// CutSchema is the table of scenario cut.
var CutSchema = result.NewSchema("scenario-cut",
	result.IntField("year", result.Year, "Year whose trade flows are rerouted.", func(r *CutRow) int { return r.Year }),
	result.TextField("importer", "The importer that loses supply: ISO3 code, or as written in the question. A bloc is the sum of its members, each of which competes for itself. others, in a row on freed goods: the importers whose supply continues.", func(r *CutRow) string { return r.Importer }),
	result.TextField("supplier", "Who stops, as written in the question; several stop at the same time.", func(r *CutRow) string { return r.Suppliers }),
	result.TextField("product", "HS code; all for all products in the question, list:NAME for those of a list.", func(r *CutRow) string { return r.Product }),
	result.TextField("rule", "Which suppliers importers turn to: present, mixed, capacity or sqrt.", func(r *CutRow) string { return string(r.Rule) }),
	result.FloatField("spare", "ratio", "Assumed spare capacity: what a supplier can add ÷ its exports of the product.", func(r *CutRow) float64 { return r.Spare }),
	result.FloatField("imports_usd", result.USD, "The importer's purchases from all suppliers of the product, or of all products in the row.", func(r *CutRow) float64 { return r.Imports }),
	result.FloatField("lost_usd", result.USD, "Its loss: the part of its purchases from the suppliers that stop that is cut.", func(r *CutRow) float64 { return r.Lost }),
	result.FloatField("filled_usd", result.USD, "The part of the loss that other suppliers replace. filled_usd + unfilled_usd = lost_usd.", func(r *CutRow) float64 { return r.Filled() }),
	result.FloatField("unfilled_usd", result.USD, "The part of the loss that no supplier replaces.", func(r *CutRow) float64 { return r.Unfilled }),
	result.FloatField("unfilled_share", result.Share, "unfilled_usd ÷ imports_usd.", func(r *CutRow) float64 {
		if r.Unfilled == 0 {
			return 0
		}
		return r.Unfilled / r.Imports
	}),
	result.FloatField("rearrangement_ratio", "ratio", "Its purchases from the suppliers that stop, whatever part is cut, ÷ the candidates' exports to other importers (MGI 2025). For a total, sums over the products concerned. Empty if the candidates export nothing to others.", func(r *CutRow) float64 { return r.ratio() }),
	result.TextField("first_source", "The supplier that replaces most. Empty if there is none.", func(r *CutRow) string { return r.Source(0) }),
	result.FloatField("first_source_usd", result.USD, "What this supplier replaces.", func(r *CutRow) float64 { return r.FirstUSD }),
	result.TextField("second_source", "The supplier that replaces second most.", func(r *CutRow) string { return r.Source(1) }),
	result.TextField("third_source", "The supplier that replaces third most.", func(r *CutRow) string { return r.Source(2) }),
	result.TextField("class", "Class by rearrangement_ratio: easy below 0.1, hard up to 1, impossible above (MGI 2025).", func(r *CutRow) string { return r.class() }),
	result.FloatField("no_source_usd", result.USD, "The part of unfilled_usd for which the rule names no supplier, because the importer buys the product only from the suppliers that stop.", func(r *CutRow) float64 { return r.NoSource }).AsDetail(),
	result.FloatField("price_factor", "ratio", "Factor by which the product's price index rises: (1 − s)^(1/(1 − σ)) (Feenstra 1994), with s unfilled_share and σ the first value of --sigma. Empty if s is 0.99 or more.", func(r *CutRow) float64 { return r.Price }),
	result.FloatField("price_factor_low", "ratio", "The same with the largest value of --sigma.", func(r *CutRow) float64 { return r.Low }),
	result.FloatField("price_factor_high", "ratio", "Upper bound: the same for the whole loss, as if nothing were replaced, with the smallest value of --sigma.", func(r *CutRow) float64 { return r.High }),
	result.TextField("status", result.StatusText, func(r *CutRow) string { return string(r.State()) }),
).ByValue("year", "-lost_usd")

func (r *CutRow) ratio() float64 {
	if r.Freed > 0 || r.Others == 0 {
		return math.NaN()
	}
	return r.Stopped / r.Others
}

func (r *CutRow) class() string {
	if r.Freed == 0 && r.Others == 0 && r.Stopped > 0 {
		return Class(math.Inf(1))
	}
	return Class(r.ratio())
}

// schema is CutSchema with the columns that the question asks for.
func (c *cutting) schema() *result.Schema[CutRow] {
	s := CutSchema
	tonnes := false
	for _, y := range c.Years {
		tonnes = tonnes || c.quantities(y)
	}
	if tonnes {
		s = s.With("", tonnesFields()...)
	}
	if !c.to.Selection.All {
		s = s.With("", freedFields()...)
	}
	if c.months > 0 {
		s = s.With("", pathFields(c.months)...)
	}
	return s
}

func (c *cutting) width() int { return c.schema().Width() }

func tonnesFields() []result.Field[CutRow] {
	return []result.Field[CutRow]{
		result.FloatField("lost_tonnes", "t", "Tonnes of lost_usd. Empty if the weight of any part is unknown.", func(r *CutRow) float64 { return r.LostTonnes }).AsDetail(),
		result.FloatField("unfilled_tonnes", "t", "lost_tonnes × unfilled_usd ÷ lost_usd.", func(r *CutRow) float64 { return r.LostTonnes * r.Unfilled / r.Lost }).AsDetail(),
	}
}

func freedFields() []result.Field[CutRow] {
	buyer := func(i int) func(r *CutRow) string {
		return func(r *CutRow) string { return r.Buyer(i) }
	}
	return []result.Field[CutRow]{
		result.FloatField("freed_usd", result.USD, "What the suppliers no longer sell to the importers of the cut, and others could have. In rows of the importer others.", func(r *CutRow) float64 {
			if r.Freed > 0 {
				return r.Freed
			}
			return math.NaN()
		}),
		result.TextField("first_buyer", "Which other buyer of the suppliers could take most of it, by what it buys from them.", buyer(0)),
		result.FloatField("first_buyer_usd", result.USD, "How much.", func(r *CutRow) float64 {
			if r.takers != nil {
				return r.takers.first
			}
			return math.NaN()
		}),
		result.TextField("second_buyer", "Which could take second most.", buyer(1)),
		result.TextField("third_buyer", "Which could take third most.", buyer(2)),
	}
}

func pathFields(months int) (list []result.Field[CutRow]) {
	at := func(get func(p *Path) []float64, m int) func(*CutRow) float64 {
		return func(r *CutRow) float64 {
			if r.Path == nil || m >= len(get(r.Path)) {
				return math.NaN()
			}
			return get(r.Path)[m]
		}
	}
	for m := range months {
		list = append(list, result.FloatField("gap_month_"+strconv.Itoa(m+1)+"_usd", result.USD, "What substitutes do not bring in the month: a twelfth of lost_usd less a twelfth of filled_usd, of which the part arrives that --ramp says.", at(func(p *Path) []float64 { return p.Gap }, m)).AsDetail())
	}
	for m := range months {
		list = append(list, result.FloatField("unfilled_month_"+strconv.Itoa(m+1)+"_usd", result.USD, "What is left of the gap when stocks (--stock-days) are drawn on; empty where stocks are not known.", at(func(p *Path) []float64 { return p.Unfilled }, m)).AsDetail())
	}
	return list
}

// note says what the model is, what it assumes, how it did, and what the dataset lacks.
func (c *cutting) note(ctx context.Context, t *result.Table) error {
	c.noteSinglePoints(t)
	t.Note("a model, not a forecast: it reroutes the flows of %s and ignores contracts, quality, the time needed to build capacity, and substitution between goods", study.YearsText(c.Years))
	c.noteStopping(t)
	if c.file != nil {
		c.file.note(t, c.Years)
	}
	c.noteRules(t)
	t.Note("assumed: a supplier can add %s times its exports of the product (spare); no source says how much is right, so compare them", c.sparesText())
	for _, k := range c.combinations {
		if k.Spare > 1 {
			t.Note("a spare capacity of %s lets a supplier add more than it exports; if per cent were meant, write %s as %s", floatText(k.Spare), floatText(k.Spare)+" per cent", floatText(k.Spare/100))
			break
		}
	}
	if !c.shortfallsOnly {
		t.Note("price factors use elasticities of substitution of %s; 2 applies to two to three years, 2.25 to seven years or more (Boehm, Levchenko and Pandalai-Nayar 2023); within a year goods hardly replace each other, so no factor can be given", floatsText(c.sigmas))
	}
	if c.months > 0 {
		stock := "stocks are not known, so that the columns unfilled_month are empty"
		if c.stockDays >= 0 {
			stock = fmt.Sprintf("each importer is taken to have %s days of what it loses in stock", strconv.FormatFloat(c.stockDays, 'g', -1, 64))
		}
		t.Note("by month: substitutes arrive in equal steps over %s months (assumed, --ramp); %s", strconv.FormatFloat(c.ramp, 'g', -1, 64), stock)
	}
	if c.distances != nil {
		t.Note("%s", c.distances.about(c.Economies))
	}
	if !c.to.Selection.All {
		t.Note("rows of the importer others are the goods that the stop frees (freed_usd), by product and in all, and who could take them: the suppliers' other buyers, in proportion to what they buy from them")
		c.noteFreed(t)
	}
	c.noteTargets(t)
	if err := c.noteRanges(ctx, t); err != nil {
		return err
	}
	c.noteHubs(t)
	t.Note("values are for the code, which may cover several goods; if an importer resells goods, losing them is not a shortage at home")
	t.Add(c.WorldLacks()...)
	t.Add(c.Coverage()...)
	if err := c.noteHappened(ctx, t); err != nil {
		return err
	}
	return c.noteScores(ctx, t)
}

// noteRules says in words what the rules of the answer are.
func (c *cutting) noteRules(t *result.Table) {
	seen := map[Rule]bool{}
	for _, k := range c.combinations {
		if !seen[k.Rule] {
			seen[k.Rule] = true
			t.Note("rule %s: %s", k.Rule, k.Rule.Words())
		}
	}
}

// noteFreed says what a targeted stop frees: its row may stand below hundreds of others.
func (c *cutting) noteFreed(t *result.Table) {
	for i := range c.rows {
		r := &c.rows[i]
		if !(r.Freed > 0) || r.Product != c.groups[0].label {
			continue
		}
		text := fmt.Sprintf("in %d the stop frees %s USD of %s for others", r.Year, result.ShortFloat(r.Freed, result.USD), productText(r.Product))
		if r.takers != nil && r.Buyer(0) != "" {
			text += fmt.Sprintf("; %s could take most, %s", r.Buyer(0), result.ShortFloat(r.takers.first, result.USD))
			if r.Buyer(1) != "" {
				text += ", then " + r.Buyer(1)
			}
		}
		t.Note("%s", text)
	}
}

// noteTargets says to whom supply stops without anything known of what they buy: their loss is missing, and the rows of others are of 0.
func (c *cutting) noteTargets(t *result.Table) {
	if c.to.Selection.All {
		return
	}
	for _, y := range c.Years {
		for i, set := range c.PartySets(&c.to, y) {
			if set.Len() > 0 && set.Intersect(c.Dataset.Importers(y)).Len() == 0 {
				t.Note("to %s: the dataset has no imports of it in %s, so what it loses is missing, not zero", c.to.Parties[i].Label, trade.Period(y))
			}
		}
	}
}

// noteStopping says of whom there are no rows because they stop themselves.
func (c *cutting) noteStopping(t *result.Table) {
	if len(c.stopping) > 0 {
		t.Note("%s: no rows, because a supplier that stops, or a hub that counts as one, is not among those who lose", strings.Join(c.stopping, ", "))
	}
}

func (c *cutting) sparesText() string {
	var list []float64
	for _, k := range c.combinations {
		if k.Rule == c.combinations[0].Rule {
			list = append(list, k.Spare)
		}
	}
	return floatsText(list)
}

func floatsText(list []float64) string {
	var words []string
	for _, x := range list {
		words = append(words, strconv.FormatFloat(x, 'g', -1, 64))
	}
	return strings.Join(words, ", ")
}

// noteHubs says what it moves to count hubs as the suppliers whose goods pass through them.
func (c *cutting) noteHubs(t *result.Table) {
	if len(c.hubs) == 0 {
		return
	}
	for _, y := range c.Years {
		m := c.moved[y]
		t.Add(result.Note{Kind: result.Entrepot, Subject: c.label, Members: c.hubs, Years: []int{y},
			Text: fmt.Sprintf("%s counts as %s, whose goods pass through it: of %s USD lost in %s, %s are its sales. Counted as itself (--hubs keep) it would be asked for %s under the rule present",
				strings.Join(c.hubs, ", "), strings.Join(c.hubsOf, ", "), result.ShortFloat(m.need, result.USD), trade.Period(y), result.ShortFloat(m.sales, result.USD), result.ShortFloat(m.asked, result.USD))})
	}
}
