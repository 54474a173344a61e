package server

import (
	"cmp"
	"slices"
	"strconv"

	"chokepoint/analysis"
	"chokepoint/chart"
	"chokepoint/result"
)

// industryView is the page of what an economy is good at, sector by sector.
type industryView struct {
	Controls                  controls
	Economy, List             string
	Year                      int
	Facts                     []fact
	Shares, Scoreboard, Broad *figure
	Classes                   []classCount
}

// classCount says how many sectors are of a class.
type classCount struct {
	Class, Sectors string
	N              int
}

func (i *industryView) pageTitle() string { return "Industry: " + i.Economy }

func (v *visit) industry() (any, error) {
	economy, list := v.value("importers", v.firstOf("CHN", "USA")), v.value("list", "mic25")
	p := &industryView{Economy: v.nameOf(economy), List: list}
	var err error
	if p.Year, err = v.year(); err != nil {
		return nil, err
	}
	now, methodID := strconv.Itoa(p.Year), v.value("method", analysis.DefaultMethod)
	p.Controls = v.controls("importers", economy, "list", list, "method", methodID, "years", now)
	a, err := v.ask("scoreboard", "economy", economy, "list", list, "method", methodID, "years", now)
	if err != nil {
		return nil, err
	}
	broad, err := v.ask("breadth", "economy", economy, "list", list)
	if err != nil {
		return nil, err
	}
	p.say(a, rowOf(broad, p.Year, "", ""), broad)
	p.Shares, p.Scoreboard = v.sectorShares(a), v.sectorTable(a)
	if len(v.years()) > 1 {
		p.Broad = v.breadthOver(broad)
	}
	return p, nil
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
		class := a.Column("class").Text[i]
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
		Table: v.grid(a, 0, "sector_name", "class", "exports_usd", "imports_usd", "world_market_share", "world_rank", "rca", "rca_share", "balance", "own_dependencies", "own_top_partner", "others_dependencies", "single_points", "relative_unit_value", "pci")}
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
		Option: chart.Lines(years, "share", chart.Share, nil, s), Table: v.grid(a, 0, "year", "rca_products", "rca_share", "effective_products", "effective_sectors", "eci", "eci_rank")}
}
