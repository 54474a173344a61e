package pages

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/competition"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
)

// industryView is the page of what an economy sells and what it needs, sector by sector.
type industryView struct {
	standing

	Economy, Goods             string // Goods are instead of a list of sectors
	Year                       int
	Facts                      []fact
	Shares, Intensity          *figure // charts of both axes
	Sells, Needs, Published    *figure // tables
	Broad                      *figure
	Time, Rivals, RivalsInTime *figure
	Axes                       []boardAxis
	Within                     []string // what the parts of sectors are, in sentences
}

// boardAxis says which sectors are of which class on an axis.
type boardAxis struct {
	Title   string
	Classes []classCount
}

// classCount says which sectors are of a class.
type classCount struct {
	Class, Sectors string
	N              int
}

func (i *industryView) pageTitle() string { return "Industry: " + i.Economy }

func (v *pageRequest) industry() (any, error) {
	economy, list := v.value("importers"), v.listOrGoods()
	p := &industryView{Economy: v.nameOf(economy), Goods: v.goods()}
	var err error
	if p.Year, err = v.year(); err != nil {
		return nil, err
	}
	now, methodID := periodText(p.Year), v.value("method")
	a, err := v.ask("scoreboard", "economy", economy, "list", list, "method", methodID, "years", now, "by", "direction", "coverage", v.value("coverage"), "beside", "all")
	if err != nil {
		return nil, err
	}
	broad, err := v.ask("breadth", "economy", economy, "list", list, "years", v.yearsUpTo(1, now))
	if err != nil {
		return nil, err
	}
	rows := competition.ScoreboardSchema.Rows(a.Table)
	p.explain(v, a)
	p.say(rows, competition.BreadthSchema.Rows(broad.Table))
	p.Shares, p.Intensity = v.sectorShares(a, rows), v.sectorIntensity(a, rows)
	p.Sells = &figure{ID: "sells", Title: "What it sells", Note: "Rank and lead count the European Union as one exporter. For a member of the Union, the other members are one.", Open: true, Table: v.sheet("sells", a, 0, nil, sellsColumns...)}
	if slices.ContainsFunc(rows, func(r competition.ScoreboardRow) bool { return r.BoughtStatus.Answers() }) {
		p.Needs = &figure{ID: "needs", Title: "What it needs", Note: "The import intensity is 1 if the share of the sector in the imports of the economy equals its share in world imports.", Open: true, Table: v.sheet("needs", a, 0, nil, needsColumns...)}
	}
	p.Published = v.publishedBoards(a)
	rivals, err := v.ask("similarity", "economy", economy, "partners", "all", "years", now)
	if err != nil {
		return nil, err
	}
	p.Rivals = v.rivals(rivals)
	if len(v.years()) > 1 {
		return p, v.industryOver(p, broad, economy, list, methodID)
	}
	return p, nil
}

// mostYears is how many years the chart of sectors over time has: each is a scoreboard of its own.
const mostYears = 10

// spread picks at most n of some years, evenly, the first and the last among them.
func spread(years []int, n int) (list []int) {
	if len(years) <= n {
		return years
	}
	for i := range n {
		list = append(list, years[i*(len(years)-1)/(n-1)])
	}
	return list
}

// Where figures of all years come.
var (
	broadPlace  = place{id: "breadth", title: "Breadth over time"}
	timePlace   = place{id: "time", title: "Sectors over time"}
	rivalsPlace = place{id: "rivals-time", title: "Competition with advanced and emerging economies"}
)

// industryOver adds what takes several years.
func (v *pageRequest) industryOver(p *industryView, broad *answer, economy, list, methodID string) error {
	p.Broad, p.Time, p.RivalsInTime = broadPlace.holder(), timePlace.holder(), rivalsPlace.holder()
	first, second, third := v.later(1, broadPlace), v.later(2, timePlace), v.later(3, rivalsPlace)
	if first {
		return nil
	}
	p.Broad = v.breadthOver(broad)
	if second {
		return nil
	}
	var years []string
	for _, y := range spread(v.years(), mostYears) {
		years = append(years, periodText(y))
	}
	over, err := v.ask("scoreboard", "economy", economy, "list", list, "method", methodID, "years", strings.Join(years, ","), "coverage", v.value("coverage"))
	if err != nil {
		return err
	}
	p.Time = v.sectorsOver(over, years)
	if third {
		return nil
	}
	groups, err := v.ask("similarity", "economy", economy, "partners", "ADVANCED,EMERGING")
	if err != nil {
		return err
	}
	p.RivalsInTime = v.rivalsOver(groups)
	return nil
}

// mostSectors is how many sectors the chart over time has, the largest exports first.
const mostSectors = 10

// sectorsOver draws world market shares of sectors over some years.
func (v *pageRequest) sectorsOver(a *answer, years []string) *figure {
	lines, exports := map[string]*chart.Series{}, map[string]float64{}
	rows := competition.ScoreboardSchema.Rows(a.Table)
	for i := range rows {
		r := &rows[i]
		if !r.IsSector() {
			continue
		}
		s := lines[r.Sector]
		if s == nil {
			s = &chart.Series{Name: r.SectorName, Values: make([]any, len(years)), Tips: make([]string, len(years))}
			lines[r.Sector] = s
		}
		k := slices.Index(years, periodText(r.Year))
		s.Values[k] = finite(r.MarketShare)
		s.Tips[k] = years[k] + "\n" + s.Name + "\n" + result.Percent(r.MarketShare) + " of world exports, rank " + result.ShortInt(r.RankEU) + "\n" + standsAt(r, boardAxes[0].id) + "; " + standsAt(r, boardAxes[1].id)
		exports[r.Sector] = r.Exports
	}
	ids := slices.SortedFunc(maps.Keys(lines), func(a, b string) int { return cmp.Or(cmp.Compare(exports[b], exports[a]), cmp.Compare(a, b)) })
	var series []chart.Series
	for n, id := range ids[:min(mostSectors, len(ids))] {
		s := lines[id]
		s.Colour, s.Dashed = chart.OfGroup(n), n%2 == 1
		series = append(series, *s)
	}
	note := "Share of world exports of the sector."
	if len(ids) > mostSectors {
		note = "Share of world exports of the sector, for the ten sectors with the largest exports. The table has all sectors."
	}
	if len(v.years()) > len(years) {
		note += " Only some years of the dataset are shown."
	}
	return &figure{ID: "time", Title: "Sectors over time", Note: note, Height: "tall", Source: v.source(a), Option: chart.Lines(years, "share of world exports", chart.Share, nil, series...),
		Table: v.sheet("time", a, 20, nil, sectorYearColumns...)}
}

// mostRivals is how many competitors are drawn.
const mostRivals = 15

// similarityColumns are those beside the chart of competitors.
var similarityColumns = competition.SimilaritySchema.Pick("partner", "similarity", "overlap", "world_market_share")

// rivals draws whose exports are most like those of the economy.
func (v *pageRequest) rivals(a *answer) *figure {
	all := competition.SimilaritySchema.Rows(a.Table)
	var rows []int
	for i, r := range all {
		if r.MarketShare >= 0.001 { // who sells next to nothing competes with nobody, whatever it sells
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(i, j int) int { return cmp.Compare(all[j].Similarity, all[i].Similarity) })
	if len(rows) == 0 {
		return nil
	}
	rows = rows[:min(mostRivals, len(rows))]
	s := chart.Series{Name: "Similarity"}
	var names, colours []string
	for _, i := range rows {
		r := &all[i]
		names, colours = append(names, v.nameOf(r.Partner)), append(colours, chart.OfEconomy(r.Partner))
		s.Values = append(s.Values, finite(r.Similarity))
		s.Tips = append(s.Tips, v.nameOf(r.Partner)+"\nsimilarity "+people(r.Similarity, "index")+"\n"+result.Percent(r.Overlap)+" of its exports are in products in which this economy has an advantage")
		s.Links = append(s.Links, v.link("/industry", "importers", r.Partner))
	}
	return &figure{ID: "rivals", Title: "Competitors", Note: "The economies whose exports have the most similar composition (Finger and Kreinin 1979), among those with at least 0.1 % of world exports.", Height: "tall", Source: v.source(a),
		Option: chart.Bars(names, "similarity, 0 to 1", chart.Index, s.Coloured(colours)), Table: v.rowsGrid(a, rows, similarityColumns...)}
}

var similarityYearColumns = competition.SimilaritySchema.Pick("year", "partner", "similarity", "overlap", "world_market_share")

// rivalsOver draws the similarity with groups of economies over the years.
func (v *pageRequest) rivalsOver(a *answer) *figure {
	var years []string
	for _, y := range v.years() {
		years = append(years, periodText(y))
	}
	var series []chart.Series
	for _, r := range competition.SimilaritySchema.Rows(a.Table) {
		name := v.nameOf(r.Partner)
		k := slices.IndexFunc(series, func(s chart.Series) bool { return s.Name == name })
		if k < 0 {
			k = len(series)
			series = append(series, chart.Series{Name: name, Colour: chart.OfGroup(k), Dashed: k%2 == 1, Values: make([]any, len(years)), Tips: make([]string, len(years))})
		}
		at := slices.Index(years, periodText(r.Year))
		series[k].Values[at], series[k].Tips[at] = finite(r.Similarity), years[at]+"\n"+name+": "+people(r.Similarity, "index")
	}
	return &figure{ID: "rivals-time", Title: "Competition with advanced and emerging economies", Note: "Similarity with each group of the IMF, taken as one exporter.", Source: v.source(a),
		Option: chart.Lines(years, "similarity, 0 to 1", chart.Index, nil, series...), Table: v.grid(a, 0, similarityYearColumns...)}
}

// explain says above the figures what they lack, and why there is no class.
func (p *industryView) explain(v *pageRequest, a *answer) {
	p.rest(v, a, p.Year)
	for _, n := range a.Notes {
		if n.Kind == result.NoClass && slices.Contains(n.Years, p.Year) {
			p.Lacks = append(p.Lacks, lack{Mark: mark{Status: n.Status}, Text: upperFirst(n.Text) + "."})
		}
	}
	if text := v.notComputable(a, p.Year); text != "" {
		p.Lacks = append(p.Lacks, lack{Mark: mark{Status: result.NotComputable}, Text: text})
	}
}

// What a sector has that is in no class.
const (
	noClass     = "none of the classes"
	notTestable = "not testable"
)

// classOf is the class on an axis, or why there is none: it cannot be tested, or it can and no class fits.
func classOf(v *rule.Verdict) string {
	switch {
	case v.Missing:
		return notTestable
	case v.Class == "":
		return noClass
	}
	return v.Class
}

// standsAt is where a row stands on an axis, in words.
func standsAt(r *competition.ScoreboardRow, axis string) string {
	if v := r.On(axis); v != nil {
		return v.String()
	}
	return "no class"
}

// say fills in the classes of the year, and the facts.
func (p *industryView) say(sectors []competition.ScoreboardRow, broad []competition.BreadthRow) {
	all := 0
	for i := range sectors {
		if sectors[i].IsSector() {
			all++
		}
	}
	for _, axis := range boardAxes {
		x := boardAxis{Title: axis.title}
		for _, class := range append(slices.Clone(axis.classes), noClass, notTestable) {
			c := classCount{Class: upperFirst(class)}
			for i := range sectors {
				r := &sectors[i]
				v := r.On(axis.id)
				if !r.IsSector() || v == nil || classOf(v) != class {
					continue
				}
				if c.N++; c.N > 1 {
					c.Sectors += ", "
				}
				if c.Sectors += r.SectorName; v.Borderline() {
					c.Sectors += " (borderline: may be " + v.Others() + ")"
				}
			}
			switch {
			case c.N == all && class == notTestable:
				x.Classes = append(x.Classes, classCount{Class: c.Class, Sectors: "any of the sectors"})
			case c.N > 0:
				x.Classes = append(x.Classes, c)
			}
		}
		p.Axes = append(p.Axes, x)
	}
	for i := range sectors {
		if text := within(&sectors[i], sectors); text != "" {
			p.Within = append(p.Within, text)
		}
	}
	i := slices.IndexFunc(broad, func(r competition.BreadthRow) bool { return r.Year == p.Year })
	if i < 0 {
		return
	}
	r := &broad[i]
	p.Facts = append(p.Facts, fact{Label: "Products with an advantage", Value: people(float64(r.Advantages), "count"), Note: result.Percent(r.AdvantageShare) + " of all traded (RCA of at least 1)"},
		fact{Label: "Diversity of exports", Value: people(r.Effective, "count"), Unit: "products", Exact: result.ExactFloat(r.Effective, "count"), Note: "of equal value would be as diverse"})
	if r.ECIRank > 0 {
		p.Facts = append(p.Facts, fact{Label: "Economic complexity", Value: people(r.ECI, "index"), Exact: result.ExactFloat(r.ECI, "index"), Note: "rank " + strconv.Itoa(r.ECIRank)})
	}
}

// within says of a sector in which of its parts the economy leads and in which it depends; "" where in none.
func within(sector *competition.ScoreboardRow, rows []competition.ScoreboardRow) string {
	var words []string
	for _, axis := range []struct{ id, class string }{{"sells", "leader"}, {"needs", "dependent"}} {
		for i := range rows {
			r := &rows[i]
			if v := r.On(axis.id); r.PartOf == sector.Sector && r.PartOf != "" && v != nil && v.Class == axis.class {
				text := axis.class + " in " + lowerFirst(r.SectorName)
				if v.Borderline() {
					text += " (borderline)"
				}
				words = append(words, text)
			}
		}
	}
	if len(words) == 0 {
		return ""
	}
	return sector.SectorName + ": " + strings.Join(words, ", ")
}

// boardAxes are those of the rule two-axes, with its classes in the order of the page. Colours tell classes apart with any kind of colour
// vision; grey is what is not testable, and nothing else.
var boardAxes = []struct {
	id, title string
	classes   []string
}{
	{"sells", "What it sells", []string{"leader", "strong exporter", "other exporter"}},
	{"needs", "What it needs", []string{"dependent", "net importer", "balanced", "net exporter"}},
}

var classColours = map[string]string{"leader": "#1f78b4", "strong exporter": "#56b4e9", "other exporter": "#b8860b",
	"dependent": "#d55e00", "net importer": "#b8860b", "balanced": "#66a61e", "net exporter": "#1f78b4"}

// Columns of the scoreboard: of each axis, beside what others have published, and over some years.
var (
	sellsColumns      = competition.ScoreboardColumns.Pick("sector_name", "class_sells", "exports_usd", "world_market_share", "world_rank_eu", "lead", "lead_over", "rca", "rca_share", "others_dependencies", "others_dependent_imports_usd", "single_points", "relative_unit_value", "pci", "status")
	needsColumns      = competition.ScoreboardColumns.Pick("sector_name", "class_needs", "imports_usd", "import_intensity", "balance", "own_dependencies", "own_dependent_imports_usd", "own_dependent_share", "own_value_partner", "own_partner_share", "imports_status")
	shareColumns      = competition.ScoreboardColumns.Pick("sector_name", "class_sells", "world_market_share")
	intensityColumns  = competition.ScoreboardColumns.Pick("sector_name", "class_needs", "import_intensity")
	sectorYearColumns = competition.ScoreboardColumns.Pick("year", "sector_name", "class_sells", "class_needs", "world_market_share", "world_rank_eu", "rca", "rca_products", "import_intensity", "balance", "own_dependencies", "others_dependencies", "single_points", "relative_unit_value", "pci")
	publishedColumns  = []string{"sector_name", "published", "class_sells", "class_needs", "published_agree", "published_disagree", "published_open"}
)

// Columns that are shown in a way of their own.
var (
	standingColumns = competition.ScoreboardColumns.Pick("class_sells", "class_needs")
	sectorColumn    = competition.ScoreboardColumns.Pick("sector_name")[0]
	partOfColumn    = competition.ScoreboardColumns.Pick("part_of")[0]
	sectorIDColumn  = competition.ScoreboardColumns.Pick("sector")[0]
)

// boardCell is a class of the scoreboard with how sure it is.
func boardCell(a *answer, column string, row int) cell {
	x := cell{Text: textIn(a, column, row), Note: textIn(a, column+"_because", row), Class: "stands"}
	switch verdict := textIn(a, column+"_verdict", row); verdict {
	case "borderline":
		x.Text, x.Note = x.Text+" (borderline)", textIn(a, column+"_possible", row)+", by "+x.Note
	case "not testable":
		x.Text = verdict
	}
	return x
}

// heldIn is the address of the choke points that the economy of a scoreboard holds in a sector: of all who depend on it.
func (v *pageRequest) heldIn(a *answer, sector string) string {
	list, sure, medium := strings.Cut(a.given["list"], ":")
	products := "list:" + list + "/" + sector
	switch {
	case sector == "all":
		products = sector
	case study.IsChosenGoods(a.given["list"]):
		products = sector
		if v.parsed(sector) == 0 { // all that were chosen, or a sector of a list among them
			products = v.value("products")
		}
	case medium:
		products += ":" + sure
	}
	return v.link("/chokepoints", "importers", "", "partners", a.given["economy"], "products", products)
}

// sectorBars draws a number of each sector, in the colours of its class on an axis.
func (v *pageRequest) sectorBars(a *answer, rows []competition.ScoreboardRow, axis, name string, format chart.Format, value func(*competition.ScoreboardRow) float64) chart.Option {
	s := chart.Series{Name: name}
	var names, colours []string
	for i := range rows {
		r := &rows[i]
		names = append(names, r.SectorName)
		class := ""
		if on := r.On(axis); on != nil {
			class = on.Class
		}
		colours = append(colours, study.OrElse(classColours[class], chart.Soft))
		s.Values = append(s.Values, finite(value(r)))
		s.Tips = append(s.Tips, r.SectorName+"\n"+standsAt(r, axis)+"\n"+result.Percent(r.MarketShare)+" of world exports, rank "+result.ShortInt(r.RankEU)+", RCA "+people(r.RCA, "index")+
			"\nexports "+people(r.Exports, result.USD)+", imports "+people(r.Imports, result.USD)+" USD, import intensity "+people(r.Intensity, "index"))
		s.Links = append(s.Links, v.heldIn(a, r.Sector))
	}
	return chart.Bars(names, name, format, s.Coloured(colours))
}

// sectorsBy are the sectors of the list by a number, the largest first.
func sectorsBy(rows []competition.ScoreboardRow, value func(*competition.ScoreboardRow) float64) (list []competition.ScoreboardRow) {
	for _, r := range rows {
		if r.IsSector() {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b competition.ScoreboardRow) int { return cmp.Compare(value(&b), value(&a)) })
	return list
}

func (v *pageRequest) sectorShares(a *answer, rows []competition.ScoreboardRow) *figure {
	share := func(r *competition.ScoreboardRow) float64 { return r.MarketShare }
	return &figure{ID: "shares", Title: "World market share by sector", Table: v.grid(a, 0, shareColumns...), Height: "tall", Source: v.source(a),
		Note:   lacking("Blue: leader; light blue: strong exporter; ochre: other exporter; grey: not testable. A bar links to the choke points that the economy holds in the sector.", a),
		Option: v.sectorBars(a, sectorsBy(rows, share), "sells", "share of world exports", chart.Share, share)}
}

// sectorIntensity draws import intensities; nil where there are none.
func (v *pageRequest) sectorIntensity(a *answer, rows []competition.ScoreboardRow) *figure {
	intensity := func(r *competition.ScoreboardRow) float64 { return r.Intensity }
	list := slices.DeleteFunc(sectorsBy(rows, intensity), func(r competition.ScoreboardRow) bool { return math.IsNaN(r.Intensity) })
	if len(list) == 0 {
		return nil
	}
	f := &figure{ID: "intensity", Title: "Import intensity by sector", Table: v.grid(a, 0, intensityColumns...), Height: "tall", Source: v.source(a),
		Note:   lacking("Above 1 (the dashed line), the sector has a larger share in the imports of the economy than in world imports. Red: dependent; ochre: net importer; green: balanced; blue: net exporter; grey: not testable.", a),
		Option: v.sectorBars(a, list, "needs", "import intensity", chart.Index, intensity)}
	f.Option.MarkValue(1)
	return f
}

// publishedBoards shows what others have published beside the classes here; nil where nobody has.
func (v *pageRequest) publishedBoards(a *answer) *figure {
	var rows []int
	for i, r := range competition.ScoreboardSchema.Rows(a.Table) {
		if len(r.Published.Words) > 0 {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return &figure{ID: "published", Title: "Compared with what others have published", Note: "Open means that the two cannot be compared, because the class here is borderline or not testable. The notes at the foot of the page give the sources.", Open: true,
		Table: v.rowsGrid(a, rows, publishedColumns...)}
}

var breadthColumns = competition.BreadthSchema.Pick("year", "rca_products", "rca_share", "rca_sectors", "entropy_products", "effective_products", "effective_sectors", "eci", "eci_rank")

func (v *pageRequest) breadthOver(a *answer) *figure {
	var years []string
	s := chart.Series{Name: "products with an advantage", Colour: chart.Ink}
	for _, r := range competition.BreadthSchema.Rows(a.Table) {
		year := periodText(r.Year)
		years = append(years, year)
		s.Values = append(s.Values, finite(r.AdvantageShare))
		s.Tips = append(s.Tips, year+"\n"+result.Percent(r.AdvantageShare)+" of traded products")
	}
	return &figure{ID: "breadth", Title: "Breadth over time", Note: "The share of all traded products in which the economy has a revealed comparative advantage.", Source: v.source(a),
		Option: chart.Lines(years, "share", chart.Share, nil, s), Table: v.grid(a, 0, breadthColumns...)}
}
