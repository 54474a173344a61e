package server

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/result"
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

func (v *visit) industry() (any, error) {
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
	for _, g := range a.Gaps {
		if g.Status == result.NoImports && slices.Contains(g.Years, p.Year) {
			p.Missing = "The dataset has no imports of " + p.Economy + " in " + now + ". They are missing, not zero: what it buys, its balance and what it depends on are left out, and so is a class that these could decide."
		}
	}
	if text := v.notComputable(a, p.Year); text != "" {
		p.Missing = strings.TrimSpace(p.Missing + " " + text)
	}
	p.say(a, rowOf(broad, p.Year, "", ""), broad)
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
func (v *visit) industryOver(p *industryView, economy, list, methodID string) error {
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
func (v *visit) sectorsOver(a *answer, years []string) *figure {
	lines, exports := map[string]*chart.Series{}, map[string]float64{}
	for i, id := range a.Column("sector").Text {
		if id == "all" || a.Column("products").Int[i] == 0 {
			continue
		}
		s := lines[id]
		if s == nil {
			s = &chart.Series{Name: a.Column("sector_name").Text[i], Values: make([]any, len(years)), Tips: make([]string, len(years))}
			lines[id] = s
		}
		k := slices.Index(years, a.Column("year").Exact(i))
		share := number(a, "world_market_share", i)
		s.Values[k] = finite(share)
		s.Tips[k] = years[k] + "\n" + s.Name + "\n" + percent(share) + " of world exports, rank " + a.Column("world_rank").Short(i) + ", " + orElse(a.Column("class").Text[i], "no class")
		exports[id] = number(a, "exports_usd", i)
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
		Table: v.grid(a, 0, "year", "sector_name", "class", "world_market_share", "world_rank", "rca", "rca_products", "balance", "own_dependencies", "others_dependencies", "single_points", "relative_unit_value", "pci")}
}

// mostRivals is how many competitors are drawn.
const mostRivals = 15

// rivals draws whose exports are most like those of the economy.
func (v *visit) rivals(a *answer) *figure {
	rows := make([]int, a.Rows())
	for i := range rows {
		rows[i] = i
	}
	// Who sells next to nothing competes with nobody, whatever it sells.
	rows = slices.DeleteFunc(rows, func(i int) bool { return !(number(a, "world_market_share", i) >= 0.001) })
	slices.SortStableFunc(rows, func(i, j int) int { return cmp.Compare(number(a, "similarity", j), number(a, "similarity", i)) })
	if len(rows) == 0 {
		return nil
	}
	rows = rows[:min(mostRivals, len(rows))]
	s := chart.Series{Name: "Similarity"}
	var names, colours []string
	for _, i := range rows {
		label := textAt(a, "partner", i)
		names, colours = append(names, v.nameOf(label)), append(colours, chart.OfEconomy(label))
		s.Values = append(s.Values, finite(number(a, "similarity", i)))
		s.Tips = append(s.Tips, v.nameOf(label)+"\nsimilarity "+a.Column("similarity").Short(i)+"\n"+percent(number(a, "overlap", i))+" of its exports are products in which the economy has an advantage")
		s.Links = append(s.Links, v.link("/industry", "importers", label))
	}
	return &figure{ID: "rivals", Title: "Competitors", Note: "Whose exports are made up most alike (Finger and Kreinin 1979), among those with at least 0.1 % of world exports.", Height: "tall", Source: v.source(a),
		Option: chart.Bars(names, "similarity, 0 to 1", chart.Index, s.Coloured(colours)), Table: v.rowsGrid(a, rows, "partner", "similarity", "overlap", "world_market_share")}
}

// rivalsOver draws the similarity with groups of economies over the years.
func (v *visit) rivalsOver(a *answer) *figure {
	var years []string
	for _, y := range v.years() {
		years = append(years, strconv.Itoa(y))
	}
	var series []chart.Series
	for i, label := range a.Column("partner").Text {
		k := slices.IndexFunc(series, func(s chart.Series) bool { return s.Name == v.nameOf(label) })
		if k < 0 {
			k = len(series)
			series = append(series, chart.Series{Name: v.nameOf(label), Colour: chart.OfGroup(k), Dashed: k%2 == 1, Values: make([]any, len(years)), Tips: make([]string, len(years))})
		}
		at := slices.Index(years, a.Column("year").Exact(i))
		series[k].Values[at], series[k].Tips[at] = finite(number(a, "similarity", i)), years[at]+"\n"+v.nameOf(label)+": "+a.Column("similarity").Short(i)
	}
	return &figure{ID: "rivals-time", Title: "Competition with advanced and emerging economies", Note: "Similarity with each group of the IMF, as one exporter.", Source: v.source(a),
		Option: chart.Lines(years, "similarity, 0 to 1", chart.Index, nil, series...), Table: v.grid(a, 0, "year", "partner", "similarity", "overlap", "world_market_share")}
}

func (p *industryView) say(a *answer, row int, broad *answer) {
	for _, class := range []string{"leader", "catching up", "dependent"} {
		c := classCount{Class: class}
		for i, k := range a.Column("class").Text {
			if k != class || a.Column("sector").Text[i] == "all" || a.Column("products").Int[i] == 0 {
				continue
			}
			if c.N > 0 {
				c.Sectors += ", "
			}
			c.Sectors += a.Column("sector_name").Text[i]
			c.N++
		}
		if c.N > 0 {
			p.Classes = append(p.Classes, c)
		}
	}
	if row < 0 {
		return
	}
	p.Facts = append(p.Facts, fact{Label: "Products with an advantage", Value: people(number(broad, "rca_products", row), "count"), Note: percent(number(broad, "rca_share", row)) + " of all traded (RCA of at least 1)"},
		fact{Label: "Exports as diverse as", Value: people(number(broad, "effective_products", row), "count"), Unit: "equal products", Exact: broad.Column("effective_products").Exact(row)})
	if rank := int(number(broad, "eci_rank", row)); rank > 0 {
		p.Facts = append(p.Facts, fact{Label: "Economic complexity", Value: broad.Column("eci").Short(row), Exact: broad.Column("eci").Exact(row), Note: "rank " + strconv.Itoa(rank)})
	}
}

// classColours tell classes apart with any kind of colour vision.
var classColours = map[string]string{"leader": "#1f78b4", "catching up": "#b8860b", "dependent": "#d55e00"}

func (v *visit) sectorShares(a *answer) *figure {
	var rows []int
	for i, id := range a.Column("sector").Text {
		if id != "all" && a.Column("products").Int[i] > 0 {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(i, j int) int {
		return cmp.Compare(number(a, "world_market_share", j), number(a, "world_market_share", i))
	})
	s := chart.Series{Name: "World market share"}
	var names, colours []string
	for _, i := range rows {
		name := a.Column("sector_name").Text[i]
		class := orElse(a.Column("class").Text[i], "no class")
		names = append(names, name)
		colours = append(colours, orElse(classColours[class], chart.Soft))
		s.Values = append(s.Values, finite(number(a, "world_market_share", i)))
		s.Tips = append(s.Tips, name+"\n"+class+", rank "+a.Column("world_rank").Short(i)+"\n"+percent(number(a, "world_market_share", i))+" of world exports, RCA "+a.Column("rca").Short(i)+"\nexports "+people(number(a, "exports_usd", i), result.USD)+", imports "+people(number(a, "imports_usd", i), result.USD)+" USD")
		s.Links = append(s.Links, v.link("/chokepoints", "partners", a.Column("economy").Text[i], "products", "list:"+a.given["list"]+"/"+a.Column("sector").Text[i]))
	}
	return &figure{ID: "shares", Title: "World market share by sector", Note: "Blue: leader, ochre: catching up, red: dependent. A bar leads to the choke points held in the sector.", Height: "tall", Source: v.source(a),
		Option: chart.Bars(names, "share of world exports", chart.Share, s.Coloured(colours)), Table: v.grid(a, 0, "sector_name", "class", "world_market_share", "world_rank", "rca", "balance")}
}

func (v *visit) sectorTable(a *answer) *figure {
	return &figure{ID: "scoreboard", Title: "Scoreboard", Note: "What the economy sells and buys, where it depends on others, and who depends on it.", Open: true,
		Table: v.grid(a, 0, "sector_name", "class", "exports_usd", "imports_usd", "world_market_share", "world_rank", "rca", "rca_share", "balance", "own_dependencies", "own_dependent_imports_usd", "own_top_partner", "others_dependencies", "others_dependent_imports_usd", "single_points", "relative_unit_value", "pci")}
}

func (v *visit) breadthOver(a *answer) *figure {
	var years []string
	s := chart.Series{Name: "products with an advantage", Colour: chart.Ink}
	for i, y := range a.Column("year").Int {
		year := strconv.FormatInt(y, 10)
		years = append(years, year)
		s.Values = append(s.Values, finite(number(a, "rca_share", i)))
		s.Tips = append(s.Tips, year+"\n"+percent(number(a, "rca_share", i))+" of traded products")
	}
	return &figure{ID: "breadth", Title: "Breadth over time", Note: "Share of all traded products in which the economy has a revealed comparative advantage.", Source: v.source(a),
		Option: chart.Lines(years, "share", chart.Share, nil, s), Table: v.grid(a, 0, "year", "rca_products", "rca_share", "rca_sectors", "entropy_products", "effective_products", "effective_sectors", "eci", "eci_rank")}
}
