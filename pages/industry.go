package pages

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/competition"
	"chokepoint/result"
	"chokepoint/study"
)

// industryView is the page of what an economy is good at, sector by sector.
type industryView struct {
	Economy, List              string
	Year                       int
	Facts                      []fact
	Shares, Scoreboard, Broad  *figure
	Time, Rivals, RivalsInTime *figure
	Classes                    []classCount
	Missing                    string // why there are no figures of imports
}

// classCount says how many sectors are of a class.
type classCount struct {
	Class, Sectors string
	N              int
}

func (i *industryView) pageTitle() string { return "Industry: " + i.Economy }

func (v *pageRequest) industry() (any, error) {
	economy, list := v.value("importers"), v.value("list")
	p := &industryView{Economy: v.nameOf(economy), List: list}
	var err error
	if p.Year, err = v.year(); err != nil {
		return nil, err
	}
	now, methodID := strconv.Itoa(p.Year), v.value("method")
	a, err := v.ask("scoreboard", "economy", economy, "list", list, "method", methodID, "years", now)
	if err != nil {
		return nil, err
	}
	broad, err := v.ask("breadth", "economy", economy, "list", list)
	if err != nil {
		return nil, err
	}
	for _, g := range a.Notes {
		if g.Kind == result.MissingImports && slices.Contains(g.Years, p.Year) {
			p.Missing = "The dataset has no imports of " + p.Economy + " in " + now + ". They are missing, not zero: what it buys, its balance and what it depends on are left out, and so is a class that these could decide."
		}
	}
	if text := v.notComputable(a, p.Year); text != "" {
		p.Missing = strings.TrimSpace(p.Missing + " " + text)
	}
	p.say(competition.ScoreboardSchema.Rows(a.Table), competition.BreadthSchema.Rows(broad.Table))
	p.Shares, p.Scoreboard = v.sectorShares(a), v.sectorTable(a)
	rivals, err := v.ask("similarity", "economy", economy, "partners", "all", "years", now)
	if err != nil {
		return nil, err
	}
	p.Rivals = v.rivals(rivals)
	if len(v.years()) > 1 {
		p.Broad = v.breadthOver(broad)
		return p, v.industryOver(p, economy, list, methodID)
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

// industryOver adds what takes several years.
func (v *pageRequest) industryOver(p *industryView, economy, list, methodID string) error {
	var years []string
	for _, y := range spread(v.years(), mostYears) {
		years = append(years, strconv.Itoa(y))
	}
	over, err := v.ask("scoreboard", "economy", economy, "list", list, "method", methodID, "years", strings.Join(years, ","))
	if err != nil {
		return err
	}
	p.Time = v.sectorsOver(over, years)
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
	for _, r := range competition.ScoreboardSchema.Rows(a.Table) {
		if !r.IsSector() {
			continue
		}
		s := lines[r.Sector]
		if s == nil {
			s = &chart.Series{Name: r.SectorName, Values: make([]any, len(years)), Tips: make([]string, len(years))}
			lines[r.Sector] = s
		}
		k := slices.Index(years, strconv.Itoa(r.Year))
		s.Values[k] = finite(r.MarketShare)
		s.Tips[k] = years[k] + "\n" + s.Name + "\n" + result.Percent(r.MarketShare) + " of world exports, rank " + result.ShortInt(r.Rank) + ", " + study.OrElse(r.Class, "no class")
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
		note = "Share of world exports of the sector, for the ten sectors with the largest exports; the table has all."
	}
	if len(v.years()) > len(years) {
		note += " Some of the years of the dataset."
	}
	return &figure{ID: "time", Title: "Sectors over time", Note: note, Height: "tall", Source: v.source(a), Option: chart.Lines(years, "share of world exports", chart.Share, nil, series...),
		Table: v.grid(a, 0, sectorYearColumns...)}
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
		s.Tips = append(s.Tips, v.nameOf(r.Partner)+"\nsimilarity "+people(r.Similarity, "index")+"\n"+result.Percent(r.Overlap)+" of its exports are products in which the economy has an advantage")
		s.Links = append(s.Links, v.link("/industry", "importers", r.Partner))
	}
	return &figure{ID: "rivals", Title: "Competitors", Note: "Whose exports are made up most alike (Finger and Kreinin 1979), among those with at least 0.1 % of world exports.", Height: "tall", Source: v.source(a),
		Option: chart.Bars(names, "similarity, 0 to 1", chart.Index, s.Coloured(colours)), Table: v.rowsGrid(a, rows, similarityColumns...)}
}

var similarityYearColumns = competition.SimilaritySchema.Pick("year", "partner", "similarity", "overlap", "world_market_share")

// rivalsOver draws the similarity with groups of economies over the years.
func (v *pageRequest) rivalsOver(a *answer) *figure {
	var years []string
	for _, y := range v.years() {
		years = append(years, strconv.Itoa(y))
	}
	var series []chart.Series
	for _, r := range competition.SimilaritySchema.Rows(a.Table) {
		name := v.nameOf(r.Partner)
		k := slices.IndexFunc(series, func(s chart.Series) bool { return s.Name == name })
		if k < 0 {
			k = len(series)
			series = append(series, chart.Series{Name: name, Colour: chart.OfGroup(k), Dashed: k%2 == 1, Values: make([]any, len(years)), Tips: make([]string, len(years))})
		}
		at := slices.Index(years, strconv.Itoa(r.Year))
		series[k].Values[at], series[k].Tips[at] = finite(r.Similarity), years[at]+"\n"+name+": "+people(r.Similarity, "index")
	}
	return &figure{ID: "rivals-time", Title: "Competition with advanced and emerging economies", Note: "Similarity with each group of the IMF, as one exporter.", Source: v.source(a),
		Option: chart.Lines(years, "similarity, 0 to 1", chart.Index, nil, series...), Table: v.grid(a, 0, similarityYearColumns...)}
}

// say fills in the classes of the year, and the facts.
func (p *industryView) say(sectors []competition.ScoreboardRow, broad []competition.BreadthRow) {
	for _, class := range []string{"leader", "catching up", "dependent"} {
		c := classCount{Class: class}
		for _, r := range sectors {
			if r.Class != class || !r.IsSector() {
				continue
			}
			if c.N > 0 {
				c.Sectors += ", "
			}
			c.Sectors += r.SectorName
			c.N++
		}
		if c.N > 0 {
			p.Classes = append(p.Classes, c)
		}
	}
	i := slices.IndexFunc(broad, func(r competition.BreadthRow) bool { return r.Year == p.Year })
	if i < 0 {
		return
	}
	r := &broad[i]
	p.Facts = append(p.Facts, fact{Label: "Products with an advantage", Value: people(float64(r.Advantages), "count"), Note: result.Percent(r.AdvantageShare) + " of all traded (RCA of at least 1)"},
		fact{Label: "Exports as diverse as", Value: people(r.Effective, "count"), Unit: "equal products", Exact: result.ExactFloat(r.Effective, "count")})
	if r.ECIRank > 0 {
		p.Facts = append(p.Facts, fact{Label: "Economic complexity", Value: people(r.ECI, "index"), Exact: result.ExactFloat(r.ECI, "index"), Note: "rank " + strconv.Itoa(r.ECIRank)})
	}
}

// classColours tell classes apart with any kind of colour vision.
var classColours = map[string]string{"leader": "#1f78b4", "catching up": "#b8860b", "dependent": "#d55e00"}

// Columns of the scoreboard: beside the chart of a year, over some years, and all that are worth a look.
var (
	shareColumns      = competition.ScoreboardSchema.Pick("sector_name", "class", "world_market_share", "world_rank", "rca", "balance")
	sectorYearColumns = competition.ScoreboardSchema.Pick("year", "sector_name", "class", "world_market_share", "world_rank", "rca", "rca_products", "balance", "own_dependencies", "others_dependencies", "single_points", "relative_unit_value", "pci")
	sectorColumns     = competition.ScoreboardSchema.Pick("sector_name", "class", "exports_usd", "imports_usd", "world_market_share", "world_rank", "rca", "rca_share", "balance", "own_dependencies", "own_dependent_imports_usd", "own_top_partner", "others_dependencies", "others_dependent_imports_usd", "single_points", "relative_unit_value", "pci")
)

func (v *pageRequest) sectorShares(a *answer) *figure {
	var rows []competition.ScoreboardRow
	for _, r := range competition.ScoreboardSchema.Rows(a.Table) {
		if r.IsSector() {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b competition.ScoreboardRow) int { return cmp.Compare(b.MarketShare, a.MarketShare) })
	s := chart.Series{Name: "World market share"}
	var names, colours []string
	for _, r := range rows {
		class := study.OrElse(r.Class, "no class")
		names = append(names, r.SectorName)
		colours = append(colours, study.OrElse(classColours[class], chart.Soft))
		s.Values = append(s.Values, finite(r.MarketShare))
		s.Tips = append(s.Tips, r.SectorName+"\n"+class+", rank "+result.ShortInt(r.Rank)+"\n"+result.Percent(r.MarketShare)+" of world exports, RCA "+people(r.RCA, "index")+"\nexports "+people(r.Exports, result.USD)+", imports "+people(r.Imports, result.USD)+" USD")
		s.Links = append(s.Links, v.link("/chokepoints", "partners", r.Economy, "products", "list:"+a.given["list"]+"/"+r.Sector))
	}
	return &figure{ID: "shares", Title: "World market share by sector", Note: "Blue: leader, ochre: catching up, red: dependent. A bar leads to the choke points held in the sector.", Height: "tall", Source: v.source(a),
		Option: chart.Bars(names, "share of world exports", chart.Share, s.Coloured(colours)), Table: v.grid(a, 0, shareColumns...)}
}

func (v *pageRequest) sectorTable(a *answer) *figure {
	return &figure{ID: "scoreboard", Title: "Scoreboard", Note: "What the economy sells and buys, where it depends on others, and who depends on it.", Open: true,
		Table: v.grid(a, 0, sectorColumns...)}
}

var breadthColumns = competition.BreadthSchema.Pick("year", "rca_products", "rca_share", "rca_sectors", "entropy_products", "effective_products", "effective_sectors", "eci", "eci_rank")

func (v *pageRequest) breadthOver(a *answer) *figure {
	var years []string
	s := chart.Series{Name: "products with an advantage", Colour: chart.Ink}
	for _, r := range competition.BreadthSchema.Rows(a.Table) {
		year := strconv.Itoa(r.Year)
		years = append(years, year)
		s.Values = append(s.Values, finite(r.AdvantageShare))
		s.Tips = append(s.Tips, year+"\n"+result.Percent(r.AdvantageShare)+" of traded products")
	}
	return &figure{ID: "breadth", Title: "Breadth over time", Note: "Share of all traded products in which the economy has a revealed comparative advantage.", Source: v.source(a),
		Option: chart.Lines(years, "share", chart.Share, nil, s), Table: v.grid(a, 0, breadthColumns...)}
}
