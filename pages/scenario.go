package pages

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"chokepoint/chart"
	"chokepoint/chokepoints"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/scenario"
	"chokepoint/server"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// scenarioView is the page of a cut: what happens if a supplier stops.
type scenarioView struct {
	ID                    string // of the scenario that comes with the program; "" for one of the visitor's
	Stops, What           string // who stops, and what, in words
	Does                  string // what they do: stop selling it, to whom, how much of it
	Points                bool   // each product has suppliers of its own that stop: its single points of failure
	One                   string // address of the page where one supplier stops; where Points
	Later                 string // what comes with the next stage, while there are no figures yet
	Flows                 string // the year of the flows and how old they are
	Nothing               string // why there are no figures
	Facts                 []fact
	Quote                 string
	Freed                 string
	Past                  []string // how well the rules did
	Moves                 string   // which assumption moves the answer most
	Assumed               []string
	Known                 []knownScenario
	World, Losers, Fill   *figure
	Path, Ranges, Singles *figure
	standing

	focus, focusName, label string
	year                    int
	spares                  string
}

// knownScenario is a scenario that comes with the program, as a link.
type knownScenario struct{ Name, When, Link string }

func (p *scenarioView) pageTitle() string {
	return "What if " + withArticle(p.Stops) + " " + p.Does + "?"
}

// Who is who stops, within a sentence.
func (p *scenarioView) Who() string { return withArticle(p.Stops) }

// scenarioSliders are the numbers that the page moves, by the names of flags.
var scenarioSliders = []slider{
	{Name: "cut", Label: "Share of the flows that stops", Published: "1", Max: "1", Step: "0.05"},
	{Name: "spare", Label: "Spare capacity: what a supplier can add, as a share of its exports", Published: "0.1", Max: "1", Step: "0.05"},
	{Name: "stock-days", Label: "Stocks, in days of need", Published: "", Max: "365", Step: "5"},
	{Name: "ramp", Label: "Months until substitutes arrive in full", Published: "6", Max: "24", Step: "1"},
}

func scenarioParameters() []string {
	names := []string{"partners", "products", "importers", "to", "rule", "years", "scenario"}
	for _, s := range scenarioSliders {
		names = append(names, s.Name)
	}
	return names
}

// scenarioBench has the sliders as the visitor has moved them.
func (v *pageRequest) scenarioBench(p *failure) *bench {
	b := &bench{}
	for _, s := range scenarioSliders {
		s.Min, s.Value, s.Position = "0", v.value(s.Name), study.OrElse(s.Published, "0")
		if _, err := strconv.ParseFloat(s.Value, 64); err == nil {
			s.Position = s.Value
		}
		if s.Fault = p.at(s.Name); s.Fault != nil {
			s.Fault.Label = s.Label
		}
		b.Sliders = append(b.Sliders, s)
	}
	return b
}

// scenarioStandard is what the page shows of a parameter that its address does not name.
func (v *pageRequest) scenarioStandard(name string) string {
	f, known := scenario.Builtin(v.values["scenario"])
	if known && f.SinglePoints != "" && name == "partners" {
		return "" // all of them
	}
	if known && !f.OfTariff() {
		says := map[string]string{"partners": f.Suppliers, "products": f.Products, "to": study.OrElse(f.To, "all"), "importers": f.To}
		if slices.Contains(v.years(), f.Year) {
			says["years"] = strconv.Itoa(f.Year)
		}
		if text := study.OrElse(says[name], f.Parameter(name)); text != "" {
			return text
		}
	}
	switch name {
	case "partners":
		return v.firstOf("CHN", "USA")
	case "products":
		return v.exampleProduct()
	case "years":
		years := v.years()
		return strconv.Itoa(years[len(years)-1])
	case "to":
		return "all"
	case "rule":
		return string(scenario.Present)
	}
	for _, s := range scenarioSliders {
		if s.Name == name {
			return s.Published
		}
	}
	return ""
}

func ruleOptions(chosen string) (list []option) {
	for _, r := range scenario.Rules() {
		list = append(list, option{string(r), ruleNames[r], string(r) == chosen})
	}
	return list
}

// ageOf is how old flows of a year are in another, in words.
func ageOf(year, now int) string {
	switch n := now - year; {
	case n <= 0:
		return "of this year"
	case n == 1:
		return "of last year"
	default:
		return fmt.Sprintf("%d years old", n)
	}
}

// atOnceOfCut is how many flows a year may have for the cut of all its products to be shown at once.
const atOnceOfCut = 1_000_000

// longCut says whether the page takes long enough to come in stages: it is about all products of a large year.
func (v *pageRequest) longCut() bool {
	i := slices.IndexFunc(v.dataset.Years, func(y store.YearEntry) bool { return strconv.Itoa(y.Year) == v.value("years") })
	return i >= 0 && v.dataset.Years[i].Rows > atOnceOfCut && strings.EqualFold(v.value("products"), "all")
}

// The stages of the page. The first shows that it is being computed, and comes of a whole page alone.
const (
	stageLoss = 1 + iota
	stagePath
	stageFill
	stageSingles
)

func (v *pageRequest) scenarioPage() (any, error) {
	if strings.Contains(v.value("rule")+v.value("spare"), ",") {
		return nil, server.Wrong(&study.ParameterError{Parameter: "rule", Value: v.value("rule") + " " + v.value("spare"), Err: oneRule})
	}
	if err := v.checkScenario(); err != nil {
		return nil, err
	}
	p := &scenarioView{Known: v.knownScenarios()}
	if f, ok := scenario.Builtin(v.values["scenario"]); ok && !f.OfTariff() && v.value("products") == f.Products {
		if p.Points = f.SinglePoints != ""; p.Points || v.value("partners") == f.Suppliers {
			p.ID = f.ID
		}
	}
	v.scenarioNames(p)
	p.spares = sparesBeside(v.value("spare"))
	if v.later(stageLoss, place{id: "answer", title: "Who loses, and how sure that is"}) {
		p.Later = "Being computed: who loses what of all products, under each rule"
		return p, nil
	}
	asked := []string{"scenario", p.ID, "suppliers", v.value("partners"), "products", v.value("products"), "to", v.value("to"), "years", v.value("years"), "cut", v.value("cut")}
	pathed := append(slices.Clone(asked), "ramp", v.value("ramp"), "stock-days", v.value("stock-days"))
	central := []string{"rule", v.value("rule"), "spare", v.value("spare")}
	all, err := v.ask("scenario ranges", slices.Concat(pathed, central, []string{"importers", "all"})...)
	if err != nil {
		return nil, err
	}
	rows := p.losers(all)
	if len(rows) == 0 && v.values["importers"] == "" {
		p.Nothing, err = v.nothingLost(p, pathed)
		return p, err
	}
	if p.focus = v.value("importers"); p.focus == "" {
		p.focus = rows[0].Importer
	}
	p.focusName = v.nameOf(p.focus)
	focus, at := all, rangeRowsOf(all, p.focus, p.label)
	if len(at) == 0 { // a bloc, or who is not among those who lose
		if focus, err = v.ask("scenario ranges", slices.Concat(pathed, central, []string{"importers", p.focus})...); err != nil {
			return nil, err
		}
		if own := scenario.RangeSchema.Rows(focus.Table); len(own) > 0 && own[0].Importer != own[len(own)-1].Importer {
			return nil, server.Wrong(&study.ParameterError{Parameter: "importers", Value: p.focus, Err: oneParty})
		} else if len(own) > 0 {
			p.label = own[0].Product
			at = rangeRowsOf(focus, own[0].Importer, p.label)
		}
	}
	var own []scenario.RangeRow
	for _, i := range at {
		own = append(own, scenario.RangeSchema.Rows(focus.Table)[i])
	}
	if len(own) == 0 {
		p.Nothing = upperFirst(withArticle(p.focusName)) + " loses nothing in this dataset: it buys none of it from " + withArticle(p.Stops)
		if v.nobodyImports(focus, p.year) != "" {
			p.Nothing = "What " + withArticle(p.focusName) + " loses cannot be said: the dataset has no imports of it"
		}
	} else {
		v.scenarioFacts(p, own, rows)
		p.Ranges = v.scenarioRanges(p, focus, own, at)
	}
	losers := all.onlyRows(rangeRowsOver(all, p.label))
	p.World, p.Losers = v.scenarioMap(p, losers, rows), v.scenarioLosers(p, losers, rows)
	if err := v.scenarioRest(p, own, pathed, slices.Concat(asked, central)); err != nil {
		return nil, err
	}
	p.rest(v, all, p.year)
	for i := range p.Facts {
		p.Facts[i].Mark = p.Mark
	}
	return p, nil
}

// scenarioRest adds what later stages bring: the path, who fills, and which products have single points of failure. pathed and asked are what the page asks, with and
// without stocks and ramp.
func (v *pageRequest) scenarioRest(p *scenarioView, own []scenario.RangeRow, pathed, asked []string) error {
	path := place{id: "path", title: "How long: what is lacking, month by month"}
	places := []place{{id: "assumed", title: "How the rules did in the past"}}
	if len(own) > 0 {
		places = append(places, path, place{id: "quote", title: "A sentence to quote"})
	}
	if v.later(stagePath, places...) {
		if len(own) > 0 {
			p.Path = path.holder()
		}
	} else {
		a, err := v.ask("scenario path", slices.Concat(pathed, []string{"importers", p.focus, "rule", "all", "spare", p.spares, "months", "12"})...)
		if err != nil {
			return err
		}
		if len(own) > 0 {
			p.Quote, p.Freed = v.quote(p, &own[0], a), v.freed(p, a)
			p.Path = v.scenarioPath(p, a)
		}
		p.assume(a)
	}
	fill := place{id: "fill", title: "Who fills what is lost"}
	if v.later(stageFill, fill) {
		p.Fill = fill.holder()
	} else {
		sources, err := v.ask("scenario sources", slices.Concat(asked, []string{"importers", "all"})...)
		if err != nil {
			return err
		}
		p.Fill = v.scenarioFill(p, sources)
	}
	if !p.Points {
		return nil
	}
	singles := place{id: "singles", title: "Which products have a single point of failure"}
	if v.later(stageSingles, singles) {
		p.Singles = singles.holder()
		return nil
	}
	f, _ := scenario.Builtin(p.ID)
	a, err := v.ask("chokepoints", "products", v.value("products"), "importers", "all", "partners", study.OrElse(v.value("partners"), "all"), "years", v.value("years"), "single-point", f.SinglePoints, "history", chokepoints.NoHistory)
	if err == nil {
		p.Singles = v.singles(a)
		p.Singles.Note = strings.Replace(p.Singles.Note, "By the rule above.", "Each of these suppliers stops selling its product, and no other. A product and a supplier link to their pages.", 1)
		v.linkPairs(p.Singles.Table)
	}
	return err
}

// linkPairs lets the suppliers in a table of choke points lead to the pair of product and supplier.
func (v *pageRequest) linkPairs(g *grid) {
	shown := pairsOf(g.Answer)
	at := slices.IndexFunc(g.Columns, func(c gridColumn) bool { return c.Name == "partner" })
	for i := range g.Rows {
		if r := &shown[i]; at >= 0 {
			g.Rows[i][at].Link = v.link("/chokepoints", "products", r.Product.Code, "partners", r.Partner.Label)
		}
	}
}

const oneRule textError = "this page takes one rule and one spare capacity; the ranges beside its figures have the others"

func (v *pageRequest) knownScenarios() (list []knownScenario) {
	for _, f := range scenario.Builtins() {
		if !v.knows(f) {
			continue
		}
		list = append(list, knownScenario{f.Name, longDate(f.When), (&url.URL{Path: "/scenario", RawQuery: url.Values{"scenario": {f.ID}, "dataset": {v.dataset.Name}}.Encode()}).String()})
	}
	return list
}

// knows says whether the dataset has the products and the economies of a scenario of a stop.
func (v *pageRequest) knows(f *scenario.File) bool {
	if f.OfTariff() {
		return false
	}
	if f.SinglePoints != "" {
		return true
	}
	for code := range strings.SplitSeq(f.Products, ",") {
		if _, ok := v.product.Get(strings.TrimSpace(code)); !ok && !strings.HasPrefix(code, "list:") && code != "all" {
			return false
		}
	}
	for _, label := range []string{f.Suppliers, study.OrElse(f.To, "all")} {
		if _, err := trade.ParseSelection(label, v.economy, v.server.Blocs); err != nil {
			return false
		}
	}
	return true
}

// sparesBeside are the spare capacities that stand beside the one chosen.
func sparesBeside(chosen string) string {
	list := []string{"0.05", "0.1", "0.25"}
	if x, err := strconv.ParseFloat(chosen, 64); err == nil && x != 0.05 && x != 0.1 && x != 0.25 {
		list = append(list, chosen)
	}
	return strings.Join(list, ",")
}

// pointsStop says whether the suppliers that are single points of failure stop, each of them selling its own products.
func (v *pageRequest) pointsStop() bool {
	f, ok := scenario.Builtin(v.values["scenario"])
	return v.page.name == "scenario" && ok && f.SinglePoints != "" && v.value("products") == f.Products
}

// scenarioNames puts in what is asked, in words.
func (v *pageRequest) scenarioNames(p *scenarioView) {
	labels, products := v.stopping(), v.value("products")
	p.Stops, p.What = v.together(labels), v.goodsName(products)
	if d, ok := v.product.Get(products); ok {
		p.What = cut(lowerFirst(d.Description), 90) + " (" + d.Code + ")"
	} else if group, words, ok := strings.Cut(p.What, ": "); ok && len(v.product.Within(products)) > 0 {
		p.What = "the goods of " + lowerFirst(group) + " (" + cut(words, 90) + ")"
	} else if strings.HasPrefix(products, "list:") && !strings.Contains(products, ",") {
		p.What = "the goods of " + p.What
	} else if products == "all" {
		p.What = "everything"
	}
	if p.Points {
		p.One = v.link("/scenario", "scenario", "", "partners", "", "products", "")
		if p.What = "every product of which it is a single point of failure"; len(labels) == 0 {
			p.Stops, p.What = "the supplier of every single point of failure", "it"
		}
	}
	p.Does = v.doing(p, len(labels), "stops selling", "stop selling", "cuts its", "cut their")
	p.year, _ = strconv.Atoi(v.value("years"))
	p.Flows = fmt.Sprintf("flows of %d, %s", p.year, ageOf(p.year, time.Now().Year()))
}

// together names several economies and blocs, the first without its article, as a title may begin with it.
func (v *pageRequest) together(labels []string) string {
	var names []string
	for i, label := range labels {
		if name := v.nameOf(label); i == 0 {
			names = append(names, name)
		} else {
			names = append(names, withArticle(name))
		}
	}
	return listed(names)
}

// doing says what n suppliers do, with a verb for a whole stop and for a part of one, each for one supplier and for several.
func (v *pageRequest) doing(p *scenarioView, n int, stopsOne, stopMany, cutsOne, cutMany string) string {
	stops, cuts := stopsOne, cutsOne
	if n > 1 {
		stops, cuts = stopMany, cutMany
	}
	to := ""
	if text := v.value("to"); !strings.EqualFold(text, "all") {
		to = " to " + withArticle(v.together(labelsIn(text)))
	}
	if share, err := strconv.ParseFloat(v.value("cut"), 64); err == nil && share != 1 {
		return cuts + " sales of " + p.What + to + " by " + result.Percent(share)
	}
	return stops + " " + p.What + to
}

// checkScenario says what is wrong with the scenario that an address names.
func (v *pageRequest) checkScenario() error {
	name := v.values["scenario"]
	f, known := scenario.Builtin(name)
	switch {
	case name == "" || known && !f.OfTariff():
		return nil
	case known:
		return server.Wrong(&study.ParameterError{Parameter: "scenario", Value: name, Err: textError("is of a tariff, and this page is about stops; expected, for the tariff, /api/v1/scenario/tariff?scenario=" + f.ID + " or \"chokepoint scenario tariff --scenario " + f.ID + "\"")})
	}
	var names []string
	for _, f := range scenario.Builtins() {
		if !f.OfTariff() {
			names = append(names, f.ID)
		}
	}
	return server.Wrong(&study.ParameterError{Parameter: "scenario", Value: name, Err: textError("there is no such scenario; expected one of " + strings.Join(names, ", "))})
}

// nothingLost says why nobody loses: the dataset may lack the imports of those to whom the supplier stops selling.
func (v *pageRequest) nothingLost(p *scenarioView, pathed []string) (string, error) {
	to := v.value("to")
	if !strings.EqualFold(to, "all") {
		a, err := v.ask("scenario ranges", slices.Concat(pathed, []string{"importers", to})...)
		if err != nil {
			return "", err
		}
		if v.nobodyImports(a, p.year) != "" {
			return "What " + withArticle(v.together(labelsIn(to))) + " would lose cannot be said: the dataset has no imports of it in " + strconv.Itoa(p.year) + ". They are missing, not zero", nil
		}
		return upperFirst(withArticle(v.together(labelsIn(to)))) + " buys none of it from " + withArticle(p.Stops) + " in this dataset, so that nobody loses anything", nil
	}
	return "Nobody in this dataset buys it from " + withArticle(p.Stops) + ", so that nobody loses anything", nil
}

// stopping are the labels of those who stop; none where each product has suppliers of its own that do.
func (v *pageRequest) stopping() []string { return labelsIn(v.value("partners")) }

// labelsIn are the economies and blocs of a list with commas.
func labelsIn(text string) (labels []string) {
	for label := range strings.SplitSeq(text, ",") {
		if label = strings.TrimSpace(label); label != "" {
			labels = append(labels, label)
		}
	}
	return labels
}

// losers gives the rows over all changes, those who lose most first.
func (p *scenarioView) losers(all *answer) (rows []scenario.RangeRow) {
	for _, r := range scenario.RangeSchema.Rows(all.Table) {
		if p.label == "" {
			p.label = r.Product
		}
		if r.Assumption == scenario.AllAssumptions && r.Product == p.label {
			rows = append(rows, r)
		}
	}
	return rows
}

// Dated is the year of the flows and how old they are, at the beginning of a sentence.
func (p *scenarioView) Dated() string { return upperFirst(p.Flows) }

func spanText(s scenario.Span) string { return result.Percent(s.Low) + " to " + result.Percent(s.High) }

// scenarioFacts are the figures of the importer in focus, each with its range.
func (v *pageRequest) scenarioFacts(p *scenarioView, own, rows []scenario.RangeRow) {
	r := &own[0]
	lost := 0.0
	for i := range rows {
		lost += rows[i].Lost
	}
	p.Facts = []fact{
		{Label: upperFirst(withArticle(p.focusName)) + " would lose", Value: people(r.Lost, result.USD), Exact: result.ExactFloat(r.Lost, result.USD), Unit: "USD", Note: result.Percent(r.Lost/r.Imports) + " of its imports of these goods; " + p.Flows},
		{Label: "Shortfall over the first year", Value: result.Percent(r.Months.At), Exact: result.ExactFloat(r.Months.At, result.Share), Note: "of its imports; " + spanText(r.Months) + " with one assumption changed"},
		{Label: "Unfilled once substitutes have arrived", Value: result.Percent(r.Unfilled.At), Exact: result.ExactFloat(r.Unfilled.At, result.Share), Note: "of its imports; " + spanText(r.Unfilled) + " with one assumption changed"},
		priceFact(r.Price),
		{Label: "All importers would lose", Value: people(lost, result.USD), Exact: result.ExactFloat(lost, result.USD), Unit: "USD", Note: plural(len(rows), "economy", "economies") + "; " + p.Flows},
	}
	moves := strings.Replace(scenario.WordsOfRange(own), r.Importer+" in", withArticle(p.focusName)+" in", 1)
	p.Moves = upperFirst(strings.Replace(moves, ", of "+r.Product+":", ", of "+p.What+":", 1)) + "."
}

// freed says what the stop frees for others than its importers; "" for nothing.
func (v *pageRequest) freed(p *scenarioView, a *answer) string {
	for _, c := range scenario.MonthsSchema.Rows(a.Table) {
		if c.Freed > 0 && c.Product == p.label {
			text := "The stop frees goods worth " + people(c.Freed, result.USD) + " USD for others"
			if first := c.Buyer(0); first != "" {
				text += "; judging by what importers buy from " + withArticle(p.Stops) + " today, " + v.inSentence(first) + " could take most"
			}
			return text + "."
		}
	}
	return ""
}

func priceFact(s scenario.Span) fact {
	f := fact{Label: "Price index", Value: "not computable", Note: "so little is replaced that a price index has no meaning"}
	if !math.IsNaN(s.At) {
		f.Value, f.Exact = "× "+people(s.At, "index"), result.ExactFloat(s.At, "ratio")
		f.Note = "the range has no upper end, because under some assumptions almost nothing is left to buy"
		if !math.IsNaN(s.High) {
			f.Note = fmt.Sprintf("× %s to %s with one assumption changed; within a year, other goods hardly replace these", people(s.Low, "index"), people(s.High, "index"))
		}
	}
	return f
}

// quote is the sentence that may be quoted: with its range over all rules and spare capacities shown, its year, and what it is.
func (v *pageRequest) quote(p *scenarioView, r *scenario.RangeRow, cut *answer) string {
	low, high := 1.0, 0.0
	for _, c := range scenario.MonthsSchema.Rows(cut.Table) {
		if c.Product == p.label && c.Freed == 0 && c.Lost > 0 {
			low, high = min(low, c.Unfilled/c.Lost), max(high, c.Unfilled/c.Lost)
		}
	}
	synthetic := ""
	if v.dataset.Synthetic {
		synthetic = "SYNTHETIC DATA: "
	}
	return fmt.Sprintf("%sIf %s %s, %s would lose imports worth %s USD, %s of its imports of these goods. Other suppliers would leave between %s and %s of that loss unfilled, depending on which suppliers importers turn to and on spare capacity (%s). This is the result of a model, based on %s (%s), and not a prediction.",
		synthetic, withArticle(p.Stops), v.doing(p, len(v.stopping()), "stopped selling", "stopped selling", "cut its", "cut their"), withArticle(p.focusName), people(r.Lost, result.USD), result.Percent(r.Lost/r.Imports), result.Percent(low), result.Percent(high), strings.ReplaceAll(p.spares, ",", ", ")+" of exports", p.Flows, v.dataset.Name)
}

// sentence begins with a capital and ends with one full stop.
func sentence(text string) string { return strings.TrimSuffix(upperFirst(text), ".") + "." }

// assume parts the notes of an answer: how the rules did in the past, and what is assumed and left out.
func (p *scenarioView) assume(cut *answer) {
	for _, n := range cut.Notes {
		switch {
		case n.Kind == result.Origin:
			p.Past = append(p.Past, withRules(sentence(n.Text)))
		case n.Kind == result.Reading && !strings.Contains(n.Text, " unfilled under "):
			p.Assumed = append(p.Assumed, withoutFlags(withRules(sentence(n.Text))))
		}
	}
}

// scenarioMap shades who loses by what stays unfilled.
func (v *pageRequest) scenarioMap(p *scenarioView, all *answer, rows []scenario.RangeRow) *figure {
	var places []chart.Place
	seen := map[string]bool{}
	add := func(label, colour, tip string, value float64) {
		seen[label] = true
		if id := v.shapeOf(label); id != "" {
			places = append(places, chart.Place{ID: id, Value: value, Colour: colour, Tip: v.nameOf(label) + "\n" + tip, Link: v.link("/scenario", "importers", label)})
		}
	}
	for i := range rows {
		r := &rows[i]
		add(r.Importer, "", fmt.Sprintf("loses %s USD, %s of its imports\n%s lacking over the first year (%s)", people(r.Lost, result.USD), result.Percent(r.Lost/r.Imports), result.Percent(r.Months.At), spanText(r.Months)), r.Months.At)
	}
	for _, label := range v.stopping() {
		if !p.Points && !seen[label] {
			add(label, chart.OfEconomy(label), "stops selling", 0)
		}
	}
	for _, n := range all.Notes {
		if n.Kind == result.PartialWorld {
			for _, label := range n.Members {
				if !seen[label] {
					add(label, chart.NoData, "missing: the dataset has no imports of it", 0)
				}
			}
		}
	}
	for _, e := range v.economy.All() {
		if !seen[e.ISO3] && e.ISO3 != "" {
			add(e.ISO3, chart.Apart, "loses nothing: it buys none of it from "+p.Stops, 0)
		}
	}
	kinds := []chart.Kind{{Name: "loses nothing", Colour: chart.Apart}, {Name: "missing", Colour: chart.NoData}}
	if !p.Points {
		kinds = slices.Insert(kinds, 0, chart.Kind{Name: p.Stops, Colour: chart.OfEconomy(v.value("partners"))})
	}
	return &figure{ID: "map", Title: "Who loses: what is lacking over the first year, as a share of imports", Height: "map", Map: true, Source: v.source(all),
		Note:   "The shade is the figure in the middle, under the rule and the numbers chosen; the range is beside each economy, and in the table. A click shows an economy.",
		Option: chart.World(chart.Share, []string{"lacking, share", "of imports"}, places, kinds), Table: v.grid(all, 0, loserColumns...)}
}

var (
	loserColumns  = scenario.RangeSchema.Pick("importer", "imports_usd", "lost_usd", "first_year_share", "first_year_share_low", "first_year_share_high", "unfilled_share", "unfilled_share_low", "unfilled_share_high", "price_factor", "status")
	rangeColumns  = scenario.RangeSchema.Pick("assumption", "middle", "tried", "first_year_share_low", "first_year_share_high", "first_year_rank", "unfilled_share_low", "unfilled_share_high", "price_factor_low", "price_factor_high", "price_rank")
	sourceColumns = scenario.SourceSchema.Pick("source", "importer", "filled_usd", "share_of_loss", "status")
	pathColumnsOf = scenario.MonthsSchema.Pick("rule", "spare", "lost_usd", "filled_usd", "unfilled_usd", "unfilled_share")
)

// rangeRowsOver are the rows over all changes of a total.
func rangeRowsOver(all *answer, label string) (at []int) {
	for i, r := range scenario.RangeSchema.Rows(all.Table) {
		if r.Assumption == scenario.AllAssumptions && r.Product == label {
			at = append(at, i)
		}
	}
	return at
}

// rangeRowsOf are the rows of an importer: over all changes, then of each assumption.
func rangeRowsOf(a *answer, importer, label string) (at []int) {
	for i, r := range scenario.RangeSchema.Rows(a.Table) {
		if r.Importer == importer && r.Product == label {
			at = append(at, i)
		}
	}
	return at
}

// mostLosers are drawn as bars.
const mostLosers = 12

// scenarioLosers draws those who lose most, with what others fill.
func (v *pageRequest) scenarioLosers(p *scenarioView, all *answer, rows []scenario.RangeRow) *figure {
	filled, unfilled := chart.Series{Name: "others fill", Colour: chart.Pale}, chart.Series{Name: "unfilled", Colour: chart.Warning}
	var names []string
	for i := range rows[:min(len(rows), mostLosers)] {
		r := &rows[i]
		u := r.Unfilled.At * r.Imports
		names = append(names, v.nameOf(r.Importer))
		tip := fmt.Sprintf("%s\nloses %s USD\n%s unfilled, %s with one assumption changed", v.nameOf(r.Importer), people(r.Lost, result.USD), result.Percent(r.Unfilled.At), spanText(r.Unfilled))
		filled.Values, filled.Tips, filled.Links = append(filled.Values, drawn(r.Lost-u, r.Lost)), append(filled.Tips, tip), append(filled.Links, v.link("/scenario", "importers", r.Importer))
		unfilled.Values, unfilled.Tips, unfilled.Links = append(unfilled.Values, drawn(u, r.Lost)), append(unfilled.Tips, tip), append(unfilled.Links, v.link("/scenario", "importers", r.Importer))
	}
	return &figure{ID: "losers", Title: "Who loses most", Note: "By what is lost in a year, under the rule and the numbers chosen, when substitutes have arrived; shares are of imports. " + upperFirst(p.Flows) + ".", Height: "tall", Source: v.source(all),
		Option: chart.Bars(names, "US dollars", chart.USD, filled, unfilled), Table: v.grid(all, mostLosers, loserColumns...)}
}

// drawn is a part of a whole that is worth a bar; nil for one that is not.
func drawn(part, whole float64) any {
	if !(part > 1e-9*whole) {
		return nil
	}
	return part
}

// The nodes of the picture of who fills: twelve in all, what stays unfilled and the rest of both sides among them.
const (
	mostFillers   = 5
	mostReceivers = 4
)

// scenarioFill draws who fills whose loss, and what nobody fills.
func (v *pageRequest) scenarioFill(p *scenarioView, a *answer) *figure {
	given, taken := map[string]float64{}, map[string]float64{}
	var rows []scenario.SourceRow
	for _, r := range scenario.SourceSchema.Rows(a.Table) {
		if r.Product == p.label {
			rows = append(rows, r)
			taken[r.Importer] += r.Filled
			if r.Source != scenario.Nobody {
				given[r.Source] += r.Filled
			}
		}
	}
	node := func(side string, named []string, rest, label string) (id, name, colour string) {
		switch {
		case label == scenario.Nobody:
			return label, "nobody: unfilled", chart.Warning
		case slices.Contains(named, label):
			return side + " " + label, v.nameOf(label), chart.OfEconomy(label)
		}
		return side + " rest", rest, chart.Pale
	}
	var nodes []chart.FlowNode
	names := map[string]string{}
	flows := map[[2]string]*chart.Flow{}
	var order []*chart.Flow
	add := func(id, name, colour string, column int) {
		if names[id] == "" {
			names[id] = name
			nodes = append(nodes, chart.FlowNode{ID: id, Name: name, Colour: colour, Tip: name, Column: column})
		}
	}
	fillers, receivers := largestLabels(given, mostFillers), largestLabels(taken, mostReceivers)
	for _, r := range rows {
		from, fromName, fromColour := node("from", fillers, "other suppliers", r.Source)
		to, toName, toColour := node("to", receivers, "other importers", r.Importer)
		add(from, fromName, fromColour, 0)
		add(to, toName, toColour, 1)
		key := [2]string{from, to}
		if flows[key] == nil {
			flows[key] = &chart.Flow{From: from, To: to, Marked: from == scenario.Nobody}
			order = append(order, flows[key])
		}
		flows[key].Value += r.Filled
	}
	var list []chart.Flow
	for _, f := range order {
		f.Tip = names[f.From] + " → " + names[f.To] + "\n" + people(f.Value, result.USD) + " USD"
		list = append(list, *f)
	}
	slices.SortStableFunc(list, func(a, b chart.Flow) int { return cmp.Compare(b.Value, a.Value) })
	return &figure{ID: "fill", Title: "Who fills what is lost", Height: "tall", Source: v.source(a),
		Note:   "Suppliers that would sell more are on the left, importers that lose are on the right, " + withRules("under the rule "+v.value("rule")) + " and a spare capacity of " + v.value("spare") + ". The largest are named. Another rule names others, and no figure here says what will happen.",
		Option: chart.Flows("nobody fills it", "filled", nodes, list), Table: v.grid(a, 40, sourceColumns...)}
}

// largestLabels are the labels with the largest sums, by label where they are alike.
func largestLabels(sums map[string]float64, most int) []string {
	var labels []string
	for label := range sums {
		labels = append(labels, label)
	}
	slices.SortFunc(labels, func(a, b string) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), strings.Compare(a, b)) })
	return labels[:min(most, len(labels))]
}

// scenarioPath draws what is lacking month by month, in the middle and over all rules and spare capacities.
func (v *pageRequest) scenarioPath(p *scenarioView, a *answer) *figure {
	middle, _ := strconv.ParseFloat(v.value("spare"), 64)
	band := &chart.Band{Name: "all rules and spare capacities shown", Colour: chart.Soft}
	gap, left := chart.Series{Name: "lacking without any stocks", Colour: chart.Ink}, chart.Series{Name: "lacking while stocks are drawn on", Colour: chart.Warning, Dashed: true}
	var months []string
	var at []int
	for i, r := range scenario.MonthsSchema.Rows(a.Table) {
		if r.Product != p.label || r.Freed > 0 || r.Path == nil {
			continue
		}
		at = append(at, i)
		central := string(r.Rule) == v.value("rule") && r.Spare == middle
		for m, g := range r.Path.Gap {
			if len(band.Low) <= m {
				band.Low, band.High, months = append(band.Low, g), append(band.High, g), append(months, strconv.Itoa(m+1))
			}
			band.Low[m], band.High[m] = min(band.Low[m], g), max(band.High[m], g)
			if central {
				gap.Values, gap.Tips = append(gap.Values, finite(g)), append(gap.Tips, fmt.Sprintf("month %d\n%s USD that substitutes do not bring", m+1, people(g, result.USD)))
			}
		}
		for m, u := range r.Path.Unfilled {
			if central {
				left.Values, left.Tips = append(left.Values, finite(u)), append(left.Tips, fmt.Sprintf("month %d\n%s USD lacking when stocks are drawn on", m+1, people(u, result.USD)))
			}
		}
	}
	for m := range band.Low {
		band.Tips = append(band.Tips, fmt.Sprintf("month %d\n%s to %s USD", m+1, people(band.Low[m], result.USD), people(band.High[m], result.USD)))
	}
	series := []chart.Series{gap}
	note := "US dollars a month from the stop on. Stocks are not known: with them the first months are easier. "
	if len(left.Values) > 0 {
		series, note = append(series, left), "US dollars a month from the stop on. "
	}
	return &figure{ID: "path", Title: "How long: what " + withArticle(p.focusName) + " lacks, month by month", Note: note + "The band is over the rules and spare capacities of the table.", Source: v.source(a),
		Option: chart.Lines(months, "US dollars a month", chart.USD, band, series...), Table: v.rowsGrid(a, at, pathColumnsOf...)}
}

// scenarioRanges draws how far the answer moves with each assumption.
func (v *pageRequest) scenarioRanges(p *scenarioView, a *answer, own []scenario.RangeRow, at []int) *figure {
	var list []chart.Interval
	for i := range own {
		r := &own[i]
		name := upperFirst(strings.TrimPrefix(scenario.AssumptionWords(r.Assumption), "the "))
		if name == "Months until substitutes arrive" {
			name = "Months to arrive"
		} else if name == "Elasticity of substitution" {
			continue // it moves the price alone
		}
		list = append(list, chart.Interval{Name: name, Colour: chart.OfGroup(0), Value: r.Months.At, Low: r.Months.Low, High: r.Months.High,
			Tip: fmt.Sprintf("%s\n%s to %s of imports lacking over the first year\ntried: %s", name, result.Percent(r.Months.Low), result.Percent(r.Months.High), study.OrElse(triedInWords(r.Tried), "each of the others"))})
	}
	return &figure{ID: "ranges", Title: "How sure: what is lacking over the first year, one assumption changed at a time", Note: "The point is the figure in the middle; the line goes from the lowest to the highest of what is tried. Several assumptions wrong at once can lead farther.", Source: v.source(a), Open: true,
		Option: chart.Intervals("share of imports", chart.Share, list), Table: v.rangesGrid(a, at)}
}

// triedInWords is what was tried of an assumption, rules by name.
func triedInWords(tried string) string {
	text, _ := ruleList(tried)
	return text
}

// rangesGrid names the assumptions in words.
func (v *pageRequest) rangesGrid(a *answer, at []int) *grid {
	g := v.rowsGrid(a, at, rangeColumns...)
	for _, line := range g.Rows {
		c := &line[0]
		c.Text, c.Note = upperFirst(strings.TrimPrefix(scenario.AssumptionWords(c.Text), "the ")), c.Text
		for i := range line[1:] {
			if text, ok := ruleList(line[i+1].Text); ok {
				line[i+1].Text, line[i+1].Note = text, line[i+1].Text
			}
		}
	}
	return g
}

// withScenario adds a column to a table whose rows name a product and a supplier: what if this stops? pair gives both for a row of the
// table, "" for none.
func (v *pageRequest) withScenario(g *grid, importers string, pair func(row int) (product, supplier string)) *grid {
	if len(g.Rows) == 0 {
		return g
	}
	g.Columns = append(g.Columns, gridColumn{Name: "scenario", Title: "What if", Help: "What happens if the supplier stops selling the product: who loses, who fills, how long, how sure."})
	for i := range g.Rows {
		product, supplier := pair(i)
		c := cell{}
		if product != "" && withoutDash(supplier) != "" {
			c = cell{Text: "it stops?", Note: v.nameOf(supplier) + " stops selling " + product, Link: v.link("/scenario", "scenario", "", "partners", supplier, "products", product, "importers", importers, "years", v.value("years"))}
		}
		g.Rows[i] = append(g.Rows[i], c)
	}
	return g
}

// withDependencies is withScenario for a table of an answer that lists dependencies.
func (v *pageRequest) withDependencies(g *grid, importers string) *grid {
	return v.withScenario(g, importers, dependencyIn(g.Answer))
}

// withAgreement is withScenario for a table of products on whose supplier definitions agree.
func (v *pageRequest) withAgreement(g *grid, importers, supplier string) *grid {
	rows := dependence.AgreementSchema.Rows(g.Answer.Table)
	return v.withScenario(g, importers, func(i int) (string, string) { return rows[i].Product.Code, supplier })
}

// dependencyIn gives the product and the supplier of rows of a list of dependencies.
func dependencyIn(a *answer) func(row int) (product, supplier string) {
	rows := dependence.DependencySchema.Rows(a.Table)
	return func(i int) (string, string) { return rows[i].Product.Code, rows[i].Supplier() }
}

// pairIn gives the product and the supplier of rows of a ranking of choke points, which are those of the answer at these places.
func pairIn(a *answer, at []int) func(row int) (product, supplier string) {
	rows := pairsOf(a)
	return func(i int) (string, string) {
		if at != nil {
			i = at[i]
		}
		return rows[i].Product.Code, rows[i].Partner.Label
	}
}
