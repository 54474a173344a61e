package pages

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"chokepoint/analysis"
	"chokepoint/chain"
	"chokepoint/chart"
	"chokepoint/result"
	"chokepoint/server"
	"chokepoint/study"
)

// chainView is the page of an exposure through the chain, from an input-output table.
type chainView struct {
	User, Supplier     string   // names
	Subject            string   // industries that use, and those whose goods and services are used, in words
	Using, Used        string   // each of the two
	Goods              []string // what the goods chosen have to do with industries, in sentences
	Known              []option // industries to choose from
	only               func(industries string) string
	Year               int    // the last of the table
	None               string // why there are no figures
	Facts              []fact
	Words              []string
	Notes              []string
	Source             string
	Flow, Time         *figure
	Industries, Chains *figure
}

func (p *chainView) pageTitle() string {
	return p.Supplier + " in the supply chain of " + withArticle(p.User)
}

// columnsInWords puts words for the names of columns into notes.
var columnsInWords = strings.NewReplacer("through_usd", "the amount through the chain", "hidden_factor", "the hidden exposure factor")

// mostChains is how many paths are listed; drawnChains, how many the flow picture puts together.
const (
	mostChains  = 15
	drawnChains = 200
	mostUsing   = 25 // using industries that are drawn; the table has all
)

var (
	exposureTimeColumns = chain.ExposureSchema.Pick("year", "face_share", "through_share", "hidden_factor", "face_usd", "through_usd")
	exposureColumns     = chain.ExposureSchema.Pick("industries", "face_share", "through_share", "hidden_factor", "face_usd", "through_usd")
	pathColumns         = chain.PathSchema.Pick("rank", "path", "flow_usd", "share", "cumulative_share")
)

func (v *pageRequest) chain() (any, error) {
	user, supplier := v.value("importers"), v.value("partners")
	p := &chainView{User: v.nameOf(user), Supplier: v.nameOf(supplier), only: func(industries string) string { return v.link("/chain", "industries", industries) }}
	sets, err := v.chosenSets()
	switch {
	case err != nil:
		return nil, err
	case v.server.Beside.Tables == nil:
		p.None = "this server has no data folder with input-output tables"
		return p, nil
	case len(sets) == 0:
		p.None = "the server has no input-output tables yet. To add some, run `chokepoint tables ingest FILE…`"
		return p, nil
	}
	goods, err := v.chainGoods()
	if err != nil {
		return nil, err
	}
	asked := []string{"importers", user, "partners", supplier, "industries", v.value("industries")}
	var selection *server.Problem // what is wrong with the choice of industries
	years, set, why, err := firstThatKnows(sets, func(s *tableSet) (*answer, error) {
		if err := goods.place(v, s); err != nil {
			return nil, err
		}
		a, err := v.ask("exposure", append(asked, "inputs", goods.inputs, "tables", s.Name)...)
		if wrong := new(server.Problem); errors.As(err, &wrong) && slices.ContainsFunc(wrong.Errors, ofIndustries) {
			selection = wrong
		}
		return a, err
	})
	if p.Known = v.industriesOf(sets, set); years == nil {
		if p.None = why; selection != nil {
			return nil, selection
		}
		return p, err
	}
	v.pinned = map[string]string{"tables": set.Name}
	p.name(set, v.value("industries"), goods)
	rows := chain.ExposureSchema.Rows(years.Table)
	last := rows[len(rows)-1]
	p.Year, p.Source = last.Year, years.Provenance.Cite()
	for _, text := range result.Texts(years.Notes) {
		p.Notes = append(p.Notes, upperFirst(columnsInWords.Replace(text))+".")
	}
	now := strconv.Itoa(p.Year)
	asked = append(asked, "inputs", goods.inputs, "tables", set.Name, "years", now)
	byIndustry, err := v.ask("exposure", append(asked, "by", "industries")...)
	if err != nil {
		return nil, err
	}
	paths, err := v.ask("chain", append(asked, "paths", strconv.Itoa(drawnChains))...)
	if err != nil {
		return nil, err
	}
	first := slices.IndexFunc(rows, func(r chain.ExposureRow) bool { return !math.IsNaN(r.FaceShare) }) // a bloc may have no members at first
	p.say(&last, &rows[max(first, 0)])
	p.Time, p.Industries = v.exposureOver(years, p), v.exposureByIndustry(byIndustry, set)
	p.Flow, p.Chains = v.chainPicture(paths, set, p), v.chains(paths, set)
	return p, nil
}

// chainGoods are the goods that the page is restricted to, and the industries of a set that make them.
type chainGoods struct {
	name     string   // "" is none: the industries are chosen
	codes    []string // of goods
	makers   []string // codes of industries, those of most goods first
	unplaced int      // codes of goods without an industry
	inputs   string   // industries whose goods and services are used; "" is the same that use
}

// chainGoods reads the choice of goods. It goes before a choice of industries.
func (v *pageRequest) chainGoods() (*chainGoods, error) {
	g := &chainGoods{name: v.goods(), inputs: v.values["inputs"]}
	if g.name == "" {
		return g, nil
	}
	if g.inputs != "" {
		delete(v.values, "inputs")
		v.notices = append(v.notices, "The choice “"+v.labelOf("inputs")+"” was left out, because the goods chosen say which industries the inputs come from.")
	}
	count, _ := analysis.QuestionOf("count")
	a, err := v.server.Ask(count, map[string]string{"dataset": v.dataset.Name, "products": v.values["products"]})
	if err != nil {
		return nil, err
	}
	defer a.Close()
	selection, _, err := a.Source.ParseProducts(v.values["products"])
	g.codes = selection.Codes()
	return g, err
}

// place finds the industries of a set that make the goods.
func (g *chainGoods) place(v *pageRequest, s *tableSet) (err error) {
	if g.name == "" {
		return nil
	}
	g.makers, g.unplaced, err = s.makers(v.ctx, g.codes)
	if err != nil {
		return server.ProblemOf(err)
	}
	g.inputs = strings.Join(g.makers, ",")
	return nil
}

// mostMakers is how many industries that make goods are named in a sentence that is about something else.
const mostMakers = 3

// name puts into words what the page is about.
func (p *chainView) name(set *tableSet, industries string, g *chainGoods) {
	p.Using, p.Used = set.inWords(industries), set.inWords(study.OrElse(g.inputs, industries))
	if len(g.makers) > mostMakers {
		p.Used = "the " + strconv.Itoa(len(g.makers)) + " industries that make " + g.name
	}
	p.Subject = p.Using + " from " + p.Used
	if p.Using == p.Used {
		p.Subject = p.Using + " from the same industries"
		if _, one := set.Names[industries]; one {
			p.Subject = p.Using + " from the same industry"
		}
	}
	if g.name == "" {
		return
	}
	p.Goods = []string{"You chose " + g.name + ". An input-output table has industries, not goods. By their classes in ISIC, " + plural(len(g.codes)-g.unplaced, "such good is", "such goods are") + " made by " + set.inWords(g.inputs) + ". All figures are about everything that " +
		map[bool]string{true: "this industry makes", false: "these industries make"}[len(g.makers) == 1] + ", not about these goods alone."}
	if g.unplaced > 0 {
		p.Goods = append(p.Goods, "No industry of the table is known for "+plural(g.unplaced, "of the goods, which is left out", "of the goods, which are left out")+".")
	}
}

// industriesOf are the industries that the page can be asked about, as links to it: of the set that answers, else of all.
func (v *pageRequest) industriesOf(sets []tableSet, set *tableSet) (list []option) {
	add := func(value, text string) {
		if !slices.ContainsFunc(list, func(o option) bool { return o.Value == value }) {
			list = append(list, option{Value: value, Text: text, Selected: value == v.value("industries")})
		}
	}
	add("manufacturing", "all manufacturing")
	add("all", "all industries")
	for i := range sets {
		if set == nil || sets[i].Name == set.Name {
			for _, code := range sets[i].Codes {
				add(code, sets[i].Names[code])
			}
		}
	}
	return list
}

// ofIndustries says whether an error is about the choice of industries.
func ofIndustries(e *huma.ErrorDetail) bool {
	return e.Location == "industries" || e.Location == "inputs"
}

// Only is the address of the page about one industry, or a group of them.
func (p *chainView) Only(o option) string { return p.only(o.Value) }

// say fills in the facts and what follows from them.
func (p *chainView) say(last, first *chain.ExposureRow) {
	p.Facts = []fact{
		{Label: "At face value", Value: result.Percent(last.FaceShare), Exact: result.ExactFloat(last.FaceShare, result.Share), Note: "of inputs of " + p.Subject + ", bought directly"},
		{Label: "Through the chain", Value: result.Percent(last.ThroughShare), Exact: result.ExactFloat(last.ThroughShare, result.Share), Note: "of all such inputs made for it, at all stages"},
		{Label: "Hidden exposure, factor", Value: people(last.HiddenFactor(), "index"), Exact: result.ExactFloat(last.HiddenFactor(), "index"), Note: "through the chain ÷ at face value"},
	}
	if last.Year > first.Year {
		p.Words = append(p.Words, fmt.Sprintf("In %d, it was %s at face value and %s through the chain.", first.Year, result.Percent(first.FaceShare), result.Percent(first.ThroughShare)))
	}
	p.Words = append(p.Words, "Amounts through the chain are gross output at all stages of production, not trade: a good that passes through three factories counts three times.")
}

// tableSource is what an image of a figure from an input-output table must say.
func (v *pageRequest) tableSource(a *answer) string {
	text := a.Provenance.Dataset + " (" + a.Provenance.Source + ")"
	if a.Synthetic {
		text = "SYNTHETIC DATA – " + text
	}
	return text + "; " + v.server.Program
}

// shares are those of a row of a figure that compares purchases with what is used through the chain.
type shares struct {
	name          string
	face, through float64
}

// faceAndThrough are the two series of such a figure.
func faceAndThrough[R any](rows []R, of func(r *R) shares) (categories []string, face, through chart.Series) {
	face, through = chart.Series{Name: "At face value", Colour: chart.OfGroup(0)}, chart.Series{Name: "Through the chain", Colour: chart.OfGroup(1)}
	for i := range rows {
		r := of(&rows[i])
		categories = append(categories, r.name)
		tip := r.name + "\n" + result.Percent(r.face) + " at face value, " + result.Percent(r.through) + " through the chain"
		face.Values, face.Tips = append(face.Values, finite(r.face)), append(face.Tips, tip)
		through.Values, through.Tips = append(through.Values, finite(r.through)), append(through.Tips, tip)
	}
	return categories, face, through
}

func (v *pageRequest) exposureOver(a *answer, p *chainView) *figure {
	years, face, through := faceAndThrough(chain.ExposureSchema.Rows(a.Table), func(r *chain.ExposureRow) shares {
		return shares{strconv.Itoa(r.Year), r.FaceShare, r.ThroughShare}
	})
	return &figure{ID: "time", Title: "Over time", Note: "The share of the supplier in the inputs of " + p.Subject + ". All suppliers include the economy itself.", Source: v.tableSource(a),
		Option: chart.Lines(years, "share of inputs", chart.Share, nil, face, through), Table: v.grid(a, 0, exposureTimeColumns...)}
}

// exposureByIndustry draws each using industry with both shares, the largest first.
func (v *pageRequest) exposureByIndustry(a *answer, set *tableSet) *figure {
	all := chain.ExposureSchema.Rows(a.Table)
	at := make([]int, len(all))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(i, j int) int { return cmp.Compare(all[j].ThroughShare, all[i].ThroughShare) })
	var rows []chain.ExposureRow
	for _, i := range at[:min(mostUsing, len(at))] {
		rows = append(rows, all[i])
	}
	note := "Industries by their share through the chain: what each buys directly, and what is made for it at all stages."
	if len(rows) < len(all) {
		note += fmt.Sprintf(" The %d with the largest shares are drawn; the table has all %d.", len(rows), len(all))
	}
	names, face, through := faceAndThrough(rows, func(r *chain.ExposureRow) shares {
		return shares{set.namesOf(r.Industries), r.FaceShare, r.ThroughShare}
	})
	return &figure{ID: "industries", Title: "By industry", Note: note, Height: "tall", Source: v.tableSource(a),
		Option: chart.Dumbbells(names, "share of inputs", chart.Share, face, through), Table: v.rowsGrid(a, at, exposureColumns...)}
}

// chains draws the largest paths.
func (v *pageRequest) chains(a *answer, set *tableSet) *figure {
	s := chart.Series{Name: "Flow"}
	rows := chain.PathSchema.Rows(a.Table)
	rows = rows[:min(mostChains, len(rows))]
	var names []string
	var codes []string // of industries, each once
	for i := range rows {
		r := &rows[i]
		names = append(names, r.Path)
		s.Values = append(s.Values, finite(r.FlowUSD))
		s.Tips = append(s.Tips, strings.Join([]string{r.Path, people(r.FlowUSD, result.USD) + " USD, " + result.Percent(r.Share) + " of the exposure", result.Percent(r.Held) + " with all larger paths"}, "\n"))
		for _, stage := range stagesOf(r) {
			if !slices.Contains(codes, stage.industry) {
				codes = append(codes, stage.industry)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	s.Colour = chart.OfGroup(1)
	slices.Sort(codes)
	note := fmt.Sprintf("From an industry of the supplier to the industry that uses its output, by gross output of the supplier. These paths account for %s of the exposure. The codes mean: %s.", result.Percent(rows[len(rows)-1].Held), set.namesOf(strings.Join(codes, " ")))
	return &figure{ID: "chains", Title: "The largest paths", Note: note, Height: "tall", Source: v.tableSource(a),
		Option: chart.Bars(names, "US dollars", chart.USD, s), Table: v.sheet("chains", a, mostChains, nil, pathColumns...), Open: true}
}
