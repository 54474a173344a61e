package pages

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/chokepoints"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/trade"
)

// chokeView is the page of products and suppliers who are hard to replace.
type chokeView struct {
	standing

	Supplier, Among       string // names of what the ranking is restricted to; "" for all
	Ranked                string // the goods, for the title
	Year                  int
	Pairs, Chokes, Single int
	Open                  int    // of Single, verdicts that missing importers could turn
	First, FirstN         string // the supplier with most among the first
	FirstLink             string
	Top                   int
	Parts, Suppliers      *figure
	List, History         *figure
	Singles, Sectors      *figure
	Ranks                 *figure // by all weights; nil unless asked for
	Watch                 *figure // goods that the ranking hides
	Goods, Weights        []navigation
	Words                 string // what choke point and single point of failure mean
	Compare               string // leads to Ranks
	Report                string // address of a report in words about these goods
}

func (c *chokeView) pageTitle() string {
	return "Choke points, " + c.Ranked + ", " + periodText(c.Year)
}

// stageSince brings since when each pair has been one, which takes most of the work. The other figures come again, with the addresses of the
// whole answer.
const stageSince = 1

// fewChokes is how many pairs the page draws, and lists at first.
const fewChokes = 20

func (v *pageRequest) chokepoints() (any, error) {
	c := &chokeView{Words: chokepoints.Words()}
	var err error
	if c.Year, err = v.year(); err != nil {
		return nil, err
	}
	products := v.value("products")
	for _, g := range []struct{ title, products string }{{"strategic goods", chokepoints.StrategicGoods}, {"all goods", "all"}} {
		c.Goods = append(c.Goods, navigation{g.title, v.link("/chokepoints", "products", g.products), products == g.products})
	}
	c.Report = v.link("/report", "products", products)
	now, methodID, weights := periodText(c.Year), v.value("method"), v.value("weights")
	if show := v.values["show"]; show != "" && show != "weights" {
		return nil, server.Wrong(&study.ParameterError{Parameter: "show", Value: show, Err: errors.New("expected weights")})
	}
	history := ""
	if len(v.years()) > 1 && v.stage < stageSince {
		history = chokepoints.NoHistory
	}
	ask := func(years, weights string) (*answer, error) {
		return v.ask("chokepoints", "importers", v.values["importers"], "partners", v.values["partners"], "products", products,
			"method", methodID, "years", years, "weights", weights, "min-value", v.values["min-value"], "history", history)
	}
	c.Supplier, c.Among = v.namesOf(v.values["partners"]), v.goodsName(products)
	c.Ranked = c.Among
	if strings.HasPrefix(products, "list:") && !slices.ContainsFunc(c.Goods, func(g navigation) bool { return g.Current }) {
		c.Among = "the goods of " + c.Among
	}
	if !slices.ContainsFunc(c.Goods, func(g navigation) bool { return g.Current }) {
		c.Goods = append(c.Goods, navigation{cut(c.Ranked, 60), v.link("/chokepoints", "products", products), true})
	}
	a, err := ask(now, weights)
	var p *server.Problem
	if v.values["products"] == "" && errors.As(err, &p) && p.Status == http.StatusUnprocessableEntity {
		c.Cannot = "This dataset has no strategic goods in " + now + ", so they cannot be ranked. Choose all goods to rank those that it has."
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	for _, name := range chokepoints.WeightNames() {
		c.Weights = append(c.Weights, navigation{name, v.link("/chokepoints", "weights", name), name == weights})
	}
	c.Pairs, c.Top = a.Rows(), min(fewChokes, a.Rows())
	for _, r := range pairsOf(a) {
		if r.Choke {
			c.Chokes++
		}
		if r.Single {
			c.Single++
		}
		if r.Single && r.Open {
			c.Open++
		}
	}
	c.Watch = v.watchList(a)
	if a.Rows() == 0 {
		if c.Cannot = v.notComputable(a, c.Year); c.Cannot == "" {
			c.Cannot = v.nobodyImports(a, c.Year)
		}
		c.rest(v, a, c.Year)
		return c, nil
	}
	c.rest(v, a, c.Year)
	c.say(v, a)
	c.Parts, c.Suppliers, c.List, c.Sectors = v.chokeParts(a), v.chokeSuppliers(a), v.chokeList(a), v.chokeSections(a)
	if c.Single > 0 {
		c.Singles = v.singles(a)
	}
	for _, f := range []*figure{c.List, c.Parts, c.Suppliers, c.Sectors, c.Singles, c.Watch} {
		if history != "" && f != nil {
			v.later(stageSince, place{id: f.ID})
		}
	}
	if len(v.waiting) > 0 {
		v.waiting[0].title = "Since when each pair has been one"
	}
	c.Compare = v.link("/chokepoints", "show", "weights")
	if v.values["show"] == "weights" {
		var others []*answer
		for _, name := range chokepoints.WeightNames() {
			other, err := ask(now, name)
			if err != nil {
				return nil, err
			}
			others = append(others, other)
		}
		c.Ranks, c.Compare = v.ranksByWeights(a, others), ""
	}
	if a.Rows() != 1 || len(v.years()) == 1 {
		return c, nil
	}
	if developed := (place{id: "history", title: "How it developed"}); v.later(stageSince, developed) {
		c.History = developed.holder()
		return c, nil
	}
	years, err := ask("all", weights)
	if err == nil {
		c.History = v.chokeHistory(years)
	}
	return c, err
}

// namesOf names the economies and blocs of a selection; what is none stays as it is.
func (v *pageRequest) namesOf(selection string) string {
	chosen, err := trade.ParseSelection(selection, v.economy, v.server.Blocs)
	if err != nil || chosen.All || chosen.None {
		return v.nameOf(selection)
	}
	var names []string
	for _, p := range chosen.Parties {
		names = append(names, v.nameOf(p.Label))
	}
	return strings.Join(names, ", ")
}

// chapters lists the chapters of a section of which the dataset has products: one of them, 77, is reserved.
func (v *pageRequest) chapters(s trade.Section) string {
	var list []string
	for _, c := range v.product.Chapters() {
		if c >= s.From && c <= s.To {
			list = append(list, c)
		}
	}
	return strings.Join(list, ",")
}

// say finds the supplier that holds most of the first pairs.
func (c *chokeView) say(v *pageRequest, a *answer) {
	held := map[string]int{}
	best := ""
	for _, r := range pairsOf(a)[:c.Top] {
		p := r.Partner.Label
		held[p]++
		if best == "" || held[p] > held[best] {
			best = p
		}
	}
	c.First, c.FirstN, c.FirstLink = v.nameOf(best), people(float64(held[best]), "count"), v.link("/chokepoints", "partners", best)
}

// chokeParts draws what the scores of the first pairs are made of.
func (v *pageRequest) chokeParts(a *answer) *figure {
	n := min(fewChokes, a.Rows())
	used := chokepoints.PartsOf(v.value("weights"))
	var names []string
	values, tips := make([][]float64, n), make([][]string, n)
	for i := range n { // the first on top
		row := n - 1 - i
		r := &pairsOf(a)[row]
		names = append(names, v.pairName(r))
		for _, k := range used {
			part := partColumns[k]
			values[i] = append(values[i], r.Parts[k])
			tips[i] = append(tips[i], r.Product.Code+" "+cut(r.Product.Description, 60)+"\n"+v.nameOf(r.Partner.Label)+", rank "+strconv.Itoa(row+1)+"\n"+partTitle(part)+": "+result.ShortFloat(r.Parts[k], "index"))
		}
	}
	var parts []string
	for _, k := range used {
		parts = append(parts, partTitle(partColumns[k]))
	}
	return &figure{ID: "parts", Title: v.chokeTitle("Parts of the scores", a), Note: firstPairs(n) + ", with the parts that the weights use. Each part goes from 0 to 1; the headings of the table explain it.", Height: "tall", Source: v.source(a),
		Option: chart.Parts(parts, names, values, tips), Table: v.sheet("parts", a, n, nil, partsTable...)}
}

// firstPairs names the pairs that a figure shows.
func firstPairs(n int) string {
	if n == 1 {
		return "The only pair"
	}
	return "The first " + people(float64(n), "count") + " pairs"
}

// pairsOf are the rows of an answer of choke points.
func pairsOf(a *answer) []chokepoints.Row { return chokepoints.Schema.Rows(a.Table) }

// Columns that the page shows.
var (
	partColumns    = chokepoints.PartColumns()
	partsTable     = chokepoints.Schema.Pick(append([]string{"rank", "product", "partner", "score", "exposure", "irreplaceability", "second_line_hhi", "two_hop_share"}, partColumns...)...)
	chokeColumns   = chokepoints.Schema.Pick("rank", "product", "description", "partner", "score", "dependents", "imports_from_partner_usd", "partner_world_share", "rearrangement_ratio", "single_point", "stage", "stockability", "rank_low")
	chokeYears     = chokepoints.Schema.Pick("rank", "product", "description", "partner", "score", "dependents", "imports_from_partner_usd", "partner_world_share", "rearrangement_ratio", "single_point", "stage", "stockability", "since", "rank_low")
	singleColumns  = chokepoints.Schema.Pick("rank", "product", "description", "partner", "partner_world_share", "rearrangement_ratio", "dependents", "imports_from_partner_usd", "rival_capacity_usd", "second_exporter", "stockability", "single_point_open")
	singleColumn   = chokepoints.Schema.Pick("single_point")[0]
	historyColumns = chokepoints.Schema.Pick("year", "dependents", "imports_from_partner_usd", "partner_world_share", "rearrangement_ratio", "second_line_hhi", "two_hop_share", "score")
)

func partTitle(column string) string {
	text := strings.ReplaceAll(strings.TrimPrefix(column, "part_"), "_", " ")
	return upperFirst(text)
}

// chokeSuppliers counts what each supplier holds.
func (v *pageRequest) chokeSuppliers(a *answer) *figure {
	type held struct {
		id                  string
		pairs, top, singles int
		sold                float64
	}
	all := map[string]*held{}
	for i, r := range pairsOf(a) {
		p := r.Partner.Label
		h := all[p]
		if h == nil {
			h = &held{id: p}
			all[p] = h
		}
		h.pairs++
		h.sold += r.FromPartner
		if i < 100 {
			h.top++
		}
		if r.Single {
			h.singles++
		}
	}
	list := slices.SortedFunc(maps.Values(all), func(a, b *held) int {
		return cmp.Or(cmp.Compare(b.top, a.top), cmp.Compare(b.pairs, a.pairs), strings.Compare(a.id, b.id))
	})
	g := &grid{Caption: "Choke points by supplier", Total: len(list), Answer: a, Columns: []gridColumn{{Title: "Supplier"}, {Title: "Among the first 100", Number: true},
		{Title: "Single points of failure", Number: true}, {Title: "All pairs", Number: true}, {Title: "Bought from the supplier by dependents", Unit: "USD", Number: true}}}
	s := chart.Series{Name: "Among the first 100"}
	var names, colours []string
	for i, h := range list {
		if i < 12 && h.top > 0 {
			names, colours = append(names, v.nameOf(h.id)), append(colours, chart.OfEconomy(h.id))
			s.Values, s.Tips = append(s.Values, h.top), append(s.Tips, v.nameOf(h.id)+"\n"+strconv.Itoa(h.top)+" of the first 100, "+plural(h.pairs, "pair", "pairs")+" in all")
			s.Links = append(s.Links, v.link("/chokepoints", "partners", h.id))
		}
		g.Rows = append(g.Rows, []cell{{Text: v.nameOf(h.id), Note: h.id, Head: true, Mark: chart.OfEconomy(h.id), Link: v.link("/chokepoints", "partners", h.id)},
			whole(h.top), whole(h.singles), whole(h.pairs), {Text: people(h.sold, result.USD), Exact: strconv.FormatFloat(h.sold, 'f', -1, 64), Number: true}})
	}
	v.arrangeRows("suppliers", g, fewChokes, "-among_the_first_100")
	return &figure{ID: "suppliers", Title: v.chokeTitle("Who holds them", a), Note: "How many of the first 100 pairs each supplier holds.", Source: v.source(a), Table: g,
		Option: chart.Bars(names, "pairs", chart.Count, s.Coloured(colours))}
}

// whole is a count in a table.
func whole(n int) cell { return cell{Text: people(float64(n), "count"), Number: true} }

func (v *pageRequest) chokeList(a *answer) *figure {
	columns := chokeColumns
	if len(v.years()) > 1 && v.stage >= stageSince {
		columns = chokeYears
	}
	f := &figure{ID: "list", Title: v.chokeTitle("The ranking", a), Note: "A rank links to the pair alone, a product to its page. The range shows between which ranks a pair stays if any one part is left out or counts double.", Open: true,
		Table: v.sheet("list", a, fewChokes, nil, columns...)}
	last, verdict := len(f.Table.Columns)-1, slices.Index(columns, singleColumn)
	if !f.Table.Arrangement.Machine {
		f.Table.Columns[last].Title, f.Table.Columns[verdict].Title = "Range", "Verdict"
		f.Table.Columns[verdict-1].Title = "Rearrange\u00adment ratio" // a soft hyphen, so that the range fits
	}
	shown := pairsOf(f.Table.Answer)
	for i, row := range f.Table.Rows {
		r := &shown[i]
		row[last].Text, row[last].Exact = rankRange(r), ""
		row[verdict].Text = verdictOf(r)
		row[0].Link = v.link("/chokepoints", "products", r.Product.Code, "partners", r.Partner.Label)
		row[2].Note, row[2].Text = row[2].Text, cut(row[2].Text, 70)
	}
	v.withScenario(f.Table, v.values["importers"], pairIn(f.Table.Answer, nil))
	return f
}

// verdictOf says what a pair is by the rule, and whether importers without data could turn it.
func verdictOf(r *chokepoints.Row) string {
	verdict := "–"
	switch {
	case r.Single:
		verdict = "single\u00a0point" // so that a row has two lines at most
	case r.Choke:
		verdict = "choke\u00a0point"
	}
	if r.Open {
		verdict += " (open)"
	}
	return verdict
}

// pairName names a pair, for charts.
func (v *pageRequest) pairName(r *chokepoints.Row) string {
	return v.nameOf(r.Partner.Label) + ": " + r.Product.Code + " " + cut(r.Product.Description, 34)
}

// rankRange says between which ranks a pair stays under other weights.
func rankRange(r *chokepoints.Row) string {
	return result.ShortInt(r.Low) + "–" + result.ShortInt(r.High)
}

// ranksByWeights shows what becomes of the first pairs under all weights that come with the program.
func (v *pageRequest) ranksByWeights(a *answer, others []*answer) *figure {
	n := min(fewChokes, a.Rows())
	g := &grid{Caption: "Ranks by weights", Total: n, Answer: a, Columns: []gridColumn{{Title: "Product and supplier"}}}
	ranks := make([]map[string]int, len(others))
	names := chokepoints.WeightNames()
	var series []chart.Series
	for k, other := range others {
		ranks[k] = map[string]int{}
		for i, r := range pairsOf(other) {
			ranks[k][r.Product.Code+r.Partner.Label] = i + 1
		}
		g.Columns = append(g.Columns, gridColumn{Title: names[k], Number: true})
		series = append(series, chart.Series{Name: names[k], Colour: chart.OfGroup(k)})
	}
	g.Columns = append(g.Columns, gridColumn{Title: "If one weight is left out or doubled", Number: true})
	var pairs []string
	for i := range n {
		r := &pairsOf(a)[i]
		pair := v.pairName(r)
		pairs = append(pairs, pair)
		row := []cell{{Text: pair, Head: true, Link: v.link("/chokepoints", "products", r.Product.Code, "partners", r.Partner.Label, "show", "")}}
		for k := range others {
			rank := ranks[k][r.Product.Code+r.Partner.Label]
			row = append(row, whole(rank))
			series[k].Values = append(series[k].Values, rank)
			series[k].Tips = append(series[k].Tips, pair+"\n"+names[k]+": rank "+strconv.Itoa(rank))
		}
		g.Rows = append(g.Rows, append(row, cell{Text: rankRange(r), Number: true}))
	}
	return &figure{ID: "ranks", Title: v.chokeTitle("Robustness of the ranking", a), Note: firstPairs(n) + ", and the rank under each of the built-in weights.", Height: "tall", Source: v.source(a), Open: true,
		Option: chart.Dots(pairs, "rank", chart.Count, series...), Table: g}
}

// singles lists the single points of failure, the highest score first.
func (v *pageRequest) singles(a *answer) *figure {
	var rows []int
	for i, r := range pairsOf(a) {
		if r.Single {
			rows = append(rows, i)
		}
	}
	f := &figure{ID: "singles", Title: v.chokeTitle("Single points of failure", a), Note: "By the rule above. Open means that the purchases of importers without data could change the verdict. The files have all pairs.", Open: true,
		Table: v.sheet("singles", a.onlyRows(rows), fewChokes, nil, singleColumns...)}
	for _, row := range f.Table.Rows {
		row[2].Note, row[2].Text = row[2].Text, cut(row[2].Text, 60)
	}
	v.withScenario(f.Table, v.values["importers"], pairIn(f.Table.Answer, nil))
	return f
}

// chokeSections counts choke points by section of the Harmonized System.
func (v *pageRequest) chokeSections(a *answer) *figure {
	pairs, single := map[string]int{}, map[string]int{}
	for _, r := range pairsOf(a) {
		pairs[r.Section]++
		if r.Single {
			single[r.Section]++
		}
	}
	s := chart.Series{Name: "single points of failure", Colour: chart.Warning}
	rest := chart.Series{Name: "other pairs", Colour: chart.Pale}
	g := &grid{Caption: "Choke points by section", Total: len(pairs), Answer: a, Columns: []gridColumn{{Title: "Section"}, {Title: "Single points of failure", Number: true}, {Title: "All pairs", Number: true}}}
	var names []string
	for _, section := range trade.Sections() {
		n := pairs[section.Number]
		if n == 0 {
			continue
		}
		link := v.link("/chokepoints", "products", v.chapters(section))
		tip := section.Short + "\n" + plural(single[section.Number], "single point", "single points") + " of failure among " + plural(n, "pair", "pairs")
		names = append(names, section.Short)
		for series, x := range map[*chart.Series]int{&s: single[section.Number], &rest: n - single[section.Number]} {
			series.Values, series.Tips, series.Links = append(series.Values, x), append(series.Tips, tip), append(series.Links, link)
		}
		g.Rows = append(g.Rows, []cell{{Text: section.Short, Head: true, Link: link}, whole(single[section.Number]), whole(n)})
	}
	return &figure{ID: "by-section", Title: v.chokeTitle("In which goods", a), Note: "Pairs of product and supplier by section of the Harmonized System. A bar links to its section. Product lists and their sectors can be chosen above.", Height: "tall", Source: v.source(a), Table: g,
		Option: chart.Bars(names, "pairs", chart.Count, s, rest)}
}

// chokeHistory draws how one pair came to be.
func (v *pageRequest) chokeHistory(a *answer) *figure {
	var years []string
	at := map[int]int{}
	for _, y := range v.years() {
		at[y] = len(years)
		years = append(years, periodText(y))
	}
	line := func(name, colour string, value func(r *chokepoints.Row) float64) chart.Series {
		s := chart.Series{Name: name, Colour: colour, Values: make([]any, len(years)), Tips: make([]string, len(years))}
		for _, r := range pairsOf(a) {
			k := at[r.Year]
			s.Values[k], s.Tips[k] = finite(value(&r)), years[k]+"\n"+name+": "+result.Percent(value(&r))
		}
		return s
	}
	partner := pairsOf(a)[a.Rows()-1].Partner.Label
	return &figure{ID: "history", Title: "How it developed", Note: "In years without a point, no economy depended on the supplier.", Source: v.source(a),
		Option: chart.Lines(years, "share", chart.Share, nil, line("share of world exports", chart.OfEconomy(partner), (*chokepoints.Row).WorldShare), line("through one other economy (proxy)", chart.Soft, (*chokepoints.Row).TwoHopShare)),
		Table:  v.grid(a, 0, historyColumns...)}
}

// chokeTitle is the title of a figure, which also stands on its image: it says which goods are ranked, and of which year.
func (v *pageRequest) chokeTitle(title string, a *answer) string {
	return title + ": " + v.goodsName(v.value("products")) + ", " + a.given["years"]
}

// watchList shows the goods that their code or their route hides, and where their codes stand here.
func (v *pageRequest) watchList(a *answer) *figure {
	w := sector.Watched()
	g := &grid{Caption: w.Title, Answer: a, Columns: []gridColumn{{Title: "Good"}, {Title: "Codes"}, {Title: "Hidden by"}, {Title: "Place in this ranking"}, {Title: "Why"}, {Title: "Source"}}}
	for i := range w.Goods {
		good := &w.Goods[i]
		codes := good.In(v.dataset.Nomenclature)
		if len(codes) == 0 {
			continue
		}
		by := strings.Join(good.HiddenBy, " and ")
		if len(good.Through) > 0 {
			by += " (" + listed(v.namesOfAll(good.Through)) + ")"
		}
		here := cell{Text: "not ranked", Class: "short"}
		for k, r := range pairsOf(a) {
			if slices.Contains(codes, r.Product.Code) {
				here = cell{Text: "rank " + strconv.Itoa(k+1) + ", " + v.nameOf(r.Partner.Label), Link: v.link("/chokepoints", "products", r.Product.Code, "partners", r.Partner.Label)}
				break
			}
		}
		code := cell{Text: strings.Join(codes, ", ")}
		if _, ok := v.product.Get(codes[0]); ok {
			code.Link = v.link("/product", "products", codes[0])
		}
		g.Rows = append(g.Rows, []cell{{Text: good.Good, Head: true}, code, {Text: by}, here,
			{Text: good.Why, Class: "words"}, {Text: cut(good.Source, 60), Note: good.Source}})
	}
	if g.Total = len(g.Rows); g.Total == 0 {
		return nil
	}
	return &figure{ID: "watch", Title: w.Title, Note: "These goods may be choke points, but a ranking by product code cannot show that. A low rank, or none, does not mean that they are safe. Watch list of " + longDate(w.Date) + ".", Open: true, Table: g}
}
