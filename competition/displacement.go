package competition

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"slices"

	"chokepoint/industry"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// DisplacementQuestion is the question displacement.
var DisplacementQuestion = &study.Question{
	Name: "displacement", Short: "Show how competitors fare in third markets where an economy gains share",
	Schemas: []study.Schema{DisplacementSchema},
	Long: `Show how competitors of an economy fare in third markets, product by product and market by market: what they sell, what they lost
through falling shares where the economy gained (constant market shares), what they lost to it, how much of their exports is under
threat, and how strong the competitive pressure is. docs/industry.md has the formulas.

The economy may be a bloc (EU27) or merged economies (CHN+HKG). They count as one, and their members are not markets.

By default the competitors are all advanced and all emerging economies, taken separately and added up by group.`,
	Examples: []string{
		`chokepoint displacement --economy CHN`,
		`chokepoint displacement --economy CHN --partners EU27,JPN,KOR,ASEAN --years 2000,2012,2024`,
		`chokepoint displacement --economy CHN --partners DEU --markets EMERGING --list mic25 --years 2010,2024`,
	},
	Parameters: study.Changed(study.Changed(study.ParameterList([]study.Parameter{
		study.EconomyParameter,
		{Name: "markets", Standard: "all", Example: "EMERGING:any", Usage: "where they compete: as --importers; the economy and the competitor themselves are left out"},
		study.SectorParameter,
	}, "partners", "products", "years"),
		"partners", func(p *study.Parameter) {
			p.Standard, p.Example, p.Usage = study.Competitors, "EU27,JPN", "competitors: as --importers; a bloc is one, BLOC:any is each of its members, added up"
		}),
		"years", func(p *study.Parameter) {
			p.Standard, p.Example, p.Usage = "", "2022,2024", "two years, or more: each is compared with the next (default: the first and the last)"
		}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Displacement(ctx, s, r.Own["economy"], study.OrElse(r.Partners, study.Competitors), r.Own["markets"], r.Own["list"], r.Query)
	},
}

// Displacement says how competitors fare in third markets, product by product and market by market, while an economy gains share there:
// from each year asked for to the next. list, where given, adds rows by sector.
func Displacement(ctx context.Context, s *study.Source, economy, competitors, markets, list string, q study.Query) (*result.Table, error) {
	years := q.Years
	q.Importers, q.Partners = economy, competitors
	st, err := s.OneUnit(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	if years == "" {
		st.Years = slices.Compact([]int{st.Have[0], st.Have[len(st.Have)-1]})
	}
	where, err := st.Side("markets", study.OrElse(markets, "all"))
	if err != nil {
		return nil, err
	}
	d := &displacements{Study: st, where: where, sectors: []study.ProductGroup{{ID: "all", Name: "All products"}}}
	var about []result.Note
	if list != "" {
		groups, notes, err := s.Groups(list)
		if err != nil {
			return nil, err
		}
		if err := st.CheckChosen(ctx, list, groups); err != nil {
			return nil, err
		}
		d.sectors, about = append(groups, d.sectors...), notes
	}
	if err := d.through(ctx); err != nil {
		return nil, err
	}
	t := study.Answer(st, DisplacementSchema, fmt.Sprintf("%s and its competitors in third markets, %s", st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), d.rows)
	for _, b := range where.Selection.Blocs {
		if !slices.ContainsFunc(t.Provenance.Blocs, func(have result.BlocText) bool { return have.ID == b.ID }) {
			t.Provenance.Blocs = append(t.Provenance.Blocs, result.BlocOf(b.ID, b.Name, b.Source, b.String()))
		}
	}
	t.Add(about...)
	d.note(t)
	return t, nil
}

// displacements is one answer being made.
type displacements struct {
	*study.Study
	where   study.Side           // markets
	sectors []study.ProductGroup // the last is all products
	rows    []DisplacementRow
}

// marketLayout is where competitors meet: who sells for whom, and which markets are third ones.
type marketLayout struct {
	codes    trade.Set // of the economy
	markets  int
	market   [trade.MaxCode]int32   // by code of an importer; -1 is none
	groupsOf [trade.MaxCode][]int32 // competitors, by code of an exporter
	third    [][]bool               // by competitor and market
	thirds   [][]bool               // by party and market: third for one of its competitors at least
}

// layout lays out competitors as they are in a year, so that a bloc has the same members in both years compared. The codes that an
// economy has had in turn are one exporter and one market.
func (d *displacements) layout(year int) *marketLayout {
	a := &marketLayout{}
	codesOf, wanted, place := d.codesOfEconomies(), trade.Set{}, map[trade.Code]int32{}
	for _, c := range d.ImporterSide.Groups[0].Codes(year).Codes() {
		a.codes = a.codes.Union(codesOf[c])
	}
	for _, set := range d.Sets(&d.where, year) {
		wanted = wanted.Union(set)
	}
	for c := range a.market {
		a.market[c] = -1
	}
	for _, e := range d.Economies.All() {
		if codes := codesOf[e.Code]; !a.codes.Has(e.Code) && codes.Intersect(wanted) != (trade.Set{}) {
			first := codes.Codes()[0]
			if _, ok := place[first]; !ok {
				place[first] = int32(len(place))
			}
			a.market[e.Code] = place[first]
		}
	}
	a.markets = len(place)
	for g, set := range d.Sets(&d.PartnerSide, year) {
		third := slices.Repeat([]bool{true}, a.markets)
		for _, member := range set.Codes() {
			for _, c := range codesOf[member].Minus(a.codes).Codes() {
				if !slices.Contains(a.groupsOf[c], int32(g)) {
					a.groupsOf[c] = append(a.groupsOf[c], int32(g))
				}
				if m := a.market[c]; m >= 0 {
					third[m] = false
				}
			}
		}
		a.third = append(a.third, third)
	}
	for range d.PartnerSide.Parties {
		a.thirds = append(a.thirds, make([]bool, a.markets))
	}
	for g, parties := range d.PartnerSide.PartiesOf {
		for _, p := range parties {
			for m, third := range a.third[g] {
				a.thirds[p][m] = a.thirds[p][m] || third
			}
		}
	}
	return a
}

// codesOfEconomies gives for each code those that the same economy has had in turn, itself included.
func (d *displacements) codesOfEconomies() map[trade.Code]trade.Set {
	by, list := map[string]trade.Set{}, map[trade.Code]trade.Set{}
	for _, e := range d.Economies.All() {
		label := d.Economies.Label(e.Code)
		by[label] = by[label].Union(trade.SetOf(e.Code))
	}
	for _, e := range d.Economies.All() {
		list[e.Code] = by[d.Economies.Label(e.Code)]
	}
	return list
}

// competitorTotal is a row being added up: a party of competitors, in a sector.
type competitorTotal struct {
	industry.Displacement
	all, economy [2]float64 // what the third markets buy
}

// stretch is years of which each is compared with the next, where all competitors are the same.
type stretch struct {
	years  []int
	layout *marketLayout
}

// stretches are those of the years asked for, none longer than most comparisons. A single year is compared with itself: only what stands is known.
func (d *displacements) stretches(most int) (list []stretch) {
	years := d.Years
	if len(years) == 1 {
		years = []int{years[0], years[0]}
	}
	for i, y := range years[1:] {
		a := d.layout(y)
		if n := len(list) - 1; n >= 0 && len(list[n].years) <= most && list[n].layout.equals(a) {
			list[n].years = append(list[n].years, y)
		} else {
			list = append(list, stretch{[]int{years[i], y}, a})
		}
	}
	return list
}

// equals says that the same sell for the same, in the same markets.
func (a *marketLayout) equals(o *marketLayout) bool {
	return a.codes == o.codes && a.market == o.market && slices.EqualFunc(a.groupsOf[:], o.groupsOf[:], slices.Equal)
}

// through adds the rows of all years, stretches of them side by side: the sums of two years do not depend on others.
func (d *displacements) through(ctx context.Context) error {
	cores := runtime.GOMAXPROCS(0)
	parts := d.stretches(max(1, (len(d.Years)-2+cores)/cores))
	return kernel.InOrder(ctx, len(parts), func(i int) ([]DisplacementRow, error) { return d.over(ctx, &parts[i]) }, func(rows []DisplacementRow) error {
		d.rows = append(d.rows, rows...)
		return nil
	})
}

// over makes the rows of a stretch, each of whose years is read once.
func (d *displacements) over(ctx context.Context, part *stretch) (rows []DisplacementRow, err error) {
	a := part.layout
	sectorsOf := map[string][]int{}
	for i, g := range d.sectors[:len(d.sectors)-1] {
		for _, product := range g.Products {
			sectorsOf[product] = append(sectorsOf[product], i)
		}
	}
	sums := make([]*displacementSums, len(part.years)-1)
	for i := range sums {
		sums[i] = d.newSums(a)
	}
	// The first group of exporters is the economy, the others are competitors.
	importers, exporters := a.marketCodes(), append([]trade.Set{a.codes}, a.competitors()...)
	b := newProductSales(a, a.marketsOf(importers))
	err = d.Purchases(ctx, part.years, importers, exporters, func(product string, bought [][]study.Purchase) {
		sectors := append(slices.Clone(sectorsOf[product]), len(d.sectors)-1)
		for i, list := range bought {
			if b.read(i%2, list); i > 0 {
				sums[i-1].add(b, i%2, sectors)
			}
		}
	})
	for i := range sums {
		for p, party := range d.PartnerSide.Parties {
			for s, g := range d.sectors {
				if total := &sums[i].totals[p][s]; total.Cells > 0 {
					rows = append(rows, d.row(party, g, part.years[i], part.years[i+1], total))
				}
			}
		}
	}
	return rows, err
}

// displacementSums are the rows of two years being added up.
type displacementSums struct {
	layout  *marketLayout
	parties [][]int32           // of competitors
	totals  [][]competitorTotal // by party and sector
	except  [][]int             // by party: markets that are not third ones; nil where sums are not exact
}

func (d *displacements) newSums(a *marketLayout) *displacementSums {
	x := &displacementSums{layout: a, parties: d.PartnerSide.PartiesOf, totals: make([][]competitorTotal, len(d.PartnerSide.Parties))}
	for p := range x.totals {
		x.totals[p] = make([]competitorTotal, len(d.sectors))
	}
	if d.Dataset.Manifest().Exact {
		x.except = a.notThird()
	}
	return x
}

// notThird lists for each party the markets that are not third ones.
func (a *marketLayout) notThird() [][]int {
	list := make([][]int, len(a.thirds))
	for p, third := range a.thirds {
		for m, yes := range third {
			if !yes {
				list[p] = append(list[p], m)
			}
		}
	}
	return list
}

// add adds a product in two years, of which b has the later one in a place.
func (x *displacementSums) add(b *productSales, now int, sectors []int) {
	then := 1 - now
	x.addMarkets(b, then, now, sectors)
	for g := range x.layout.third { // in this order, so that sums do not depend on that of flows
		from := g * b.stride
		for w := range b.stride / 64 {
			at := from + 64*w
			for word := b.touched[0][at/64] | b.touched[1][at/64]; word != 0; word &= word - 1 {
				k := at + bits.TrailingZeros64(word)
				m := k - from
				for _, p := range x.parties[g] {
					for _, s := range sectors {
						x.totals[p][s].AddIn(&b.market[then][m], &b.market[now][m], b.sold[then][k], b.sold[now][k])
					}
				}
			}
		}
	}
}

// addMarkets adds what third markets buy. Of whole dollars that is what all buy without those that are none, for sums are exact.
func (x *displacementSums) addMarkets(b *productSales, then, now int, sectors []int) {
	var all, economy [2]float64
	for t, year := range [2]int{then, now} {
		all[t], economy[t] = soldIn(b.market[year]), added(b.economy[year])
	}
	for p, third := range x.layout.thirds {
		if x.except != nil {
			own, less := all, economy
			for _, m := range x.except[p] {
				for t, year := range [2]int{then, now} {
					own[t] -= b.market[year][m].All
					less[t] -= b.economy[year][m]
				}
			}
			for _, s := range sectors {
				x.totals[p][s].buys(own, less)
			}
			continue
		}
		for m := range third {
			if third[m] {
				for _, s := range sectors {
					x.totals[p][s].buys([2]float64{b.market[then][m].All, b.market[now][m].All}, [2]float64{b.economy[then][m], b.economy[now][m]})
				}
			}
		}
	}
}

func soldIn(markets []industry.Market) (sum float64) {
	for i := range markets {
		sum += markets[i].All
	}
	return sum
}

func added(list []float64) (sum float64) {
	for _, v := range list {
		sum += v
	}
	return sum
}

func (f *competitorTotal) buys(all, economy [2]float64) {
	for t := range 2 {
		f.all[t] += all[t]
		f.economy[t] += economy[t]
	}
}

// marketCodes lists the economies that are markets, each by itself.
func (a *marketLayout) marketCodes() (sets []trade.Set) {
	for c, m := range a.market {
		if m >= 0 {
			sets = append(sets, trade.SetOf(trade.Code(c)))
		}
	}
	return sets
}

// marketsOf gives the market that each importer is, of one economy each.
func (a *marketLayout) marketsOf(importers []trade.Set) (list []int32) {
	for _, set := range importers {
		list = append(list, a.market[set.Codes()[0]])
	}
	return list
}

// competitors lists the economies of each competitor.
func (a *marketLayout) competitors() []trade.Set {
	sets := make([]trade.Set, len(a.third))
	for c, groups := range a.groupsOf {
		for _, g := range groups {
			sets[g] = sets[g].Union(trade.SetOf(trade.Code(c)))
		}
	}
	return sets
}

// productSales is the trade of one product in two years, each in its place, by market.
type productSales struct {
	*marketLayout
	marketOf []int32 // of importers
	market   [2][]industry.Market
	economy  [2][]float64
	sold     [2][]float64 // by competitor and market, where it is a third one
	touched  [2][]uint64  // of sold, bits of those that are not zero
	stride   int          // from one competitor to the next
}

func newProductSales(a *marketLayout, marketOf []int32) *productSales {
	b := &productSales{marketLayout: a, marketOf: marketOf, stride: (a.markets + 63) / 64 * 64}
	for t := range 2 {
		b.market[t], b.economy[t] = make([]industry.Market, a.markets), make([]float64, a.markets)
		b.sold[t], b.touched[t] = make([]float64, len(a.third)*b.stride), make([]uint64, len(a.third)*b.stride/64)
	}
	return b
}

// read takes what markets buy of a product in a year.
func (b *productSales) read(t int, bought []study.Purchase) {
	market, economy, sold, touched := b.market[t], b.economy[t], b.sold[t], b.touched[t]
	clear(market)
	clear(economy)
	for i, word := range touched {
		for ; word != 0; word &= word - 1 {
			sold[i*64+bits.TrailingZeros64(word)] = 0
		}
	}
	clear(touched)
	for i := range bought {
		p := &bought[i]
		m := b.marketOf[p.Importer]
		market[m].All += p.Imports
		for _, s := range p.Sales {
			g := int(s.Exporter) - 1 // 0 is the economy
			if g < 0 {
				economy[m] += s.Value
			} else if b.third[g][m] && s.Value != 0 {
				k := g*b.stride + int(m)
				touched[k/64] |= 1 << (k % 64)
				sold[k] += s.Value
			}
		}
	}
	for m := range market {
		market[m].Share = economy[m] / market[m].All
	}
}

func (d *displacements) note(t *result.Table) {
	if len(d.Years) == 1 {
		t.Note("one "+d.Unit(1)+", %s: it shows who meets whom (share_from, economy_share_from, pressure_from); who gains and who loses takes two years, so that these columns are empty", trade.Period(d.Years[0]))
	} else {
		t.Note("a loss for one and a gain for the other do not prove that one caused the other: goods of one code differ, exporters leave markets for their own reasons, and part of what the economy sells was made by the competitor's own firms or from its parts")
		t.Note("a cell is a product in a market; displaced_usd is what the competitor would sell more in the later year had it kept its share of the cells in which the economy gained; lost_to_economy_usd divides changes of shares among pairs of sellers, so that what one wins from another that one loses to it, and all pairs add up to each one's change (Chami Batista 2008)")
	}
	t.Note("third markets are all but the economy and the competitor; a bloc is one competitor, and its members are no third markets to it; BLOC:any takes each member as a competitor of its own and adds them up. Members are those of the later year in both years")
	t.Add(d.WorldLacks()...)
}

// DisplacementRow says how a competitor fares in the third markets of an economy, in a sector, from one year to a later one. What takes
// two years is NaN where one year alone is asked for.
type DisplacementRow struct {
	StatusFrom, StatusTo                     result.Status
	From, To                                 int
	Economy, Partner, PartnerName            string
	Sector, SectorName                       string
	Cells                                    int
	MarketFrom, MarketTo                     float64
	ExportsFrom, ExportsTo                   float64
	ShareFrom, ShareTo                       float64
	EconomyShareFrom, EconomyShareTo         float64
	MarketEffect, ShareEffect, NewCells      float64
	Displaced, DisplacedShare, LostToEconomy float64
	Threatened, DirectlyThreatened           float64
	PressureFrom, PressureTo                 float64
}

// DisplacementSchema is the table of displacement.
var DisplacementSchema = result.NewSchema("displacement",
	result.IntField("from", result.Year, "Earlier year.", func(r *DisplacementRow) int { return r.From }),
	result.IntField("to", result.Year, "Later year. Equal to the earlier year if the question has only one year.", func(r *DisplacementRow) int { return r.To }),
	result.TextField("economy", "Economy or bloc: ISO3 code, or as written in the question.", func(r *DisplacementRow) string { return r.Economy }),
	result.TextField("partner", "Competitor: an economy, or a bloc as one; with :any the sum over its members.", func(r *DisplacementRow) string { return r.Partner }),
	result.TextField("sector", "Sector of the list, or all for all products.", func(r *DisplacementRow) string { return r.Sector }),
	result.IntField("cells", "count", "Pairs of a product and a third market in which the competitor sells in either year.", func(r *DisplacementRow) int { return r.Cells }),
	result.FloatField("market_from_usd", result.USD, "Imports of the third markets from all, in the earlier year.", func(r *DisplacementRow) float64 { return r.MarketFrom }).AsDetail(),
	result.FloatField("market_to_usd", result.USD, "The same in the later year.", func(r *DisplacementRow) float64 { return r.MarketTo }).AsDetail(),
	result.FloatField("exports_from_usd", result.USD, "The competitor's exports to them, in the earlier year.", func(r *DisplacementRow) float64 { return r.ExportsFrom }),
	result.FloatField("exports_to_usd", result.USD, "The same in the later year.", func(r *DisplacementRow) float64 { return r.ExportsTo }),
	result.FloatField("share_from", result.Share, "The competitor's exports ÷ imports of the third markets, in the earlier year.", func(r *DisplacementRow) float64 { return r.ShareFrom }),
	result.FloatField("share_to", result.Share, "The same in the later year.", func(r *DisplacementRow) float64 { return r.ShareTo }),
	result.FloatField("economy_share_from", result.Share, "The economy's share of the same imports, in the earlier year.", func(r *DisplacementRow) float64 { return r.EconomyShareFrom }),
	result.FloatField("economy_share_to", result.Share, "The same in the later year.", func(r *DisplacementRow) float64 { return r.EconomyShareTo }),
	result.FloatField("market_effect_usd", result.USD, "Change in the competitor's exports if it had kept its share of each cell: Σ s(b,0) × (W(1) − W(0)) (Tyszynski 1951; Richardson 1971).", func(r *DisplacementRow) float64 { return r.MarketEffect }).AsDetail(),
	result.FloatField("share_effect_usd", result.USD, "Change in its exports because its shares changed: Σ (s(b,1) − s(b,0)) × W(1).", func(r *DisplacementRow) float64 { return r.ShareEffect }),
	result.FloatField("new_cells_usd", result.USD, "Its exports in cells that had no trade before. The change in its exports is the sum of these three columns.", func(r *DisplacementRow) float64 { return r.NewCells }).AsDetail(),
	result.FloatField("displaced_usd", result.USD, "Its losses of share in cells in which the economy gained share, in dollars; at least 0.", func(r *DisplacementRow) float64 { return r.Displaced }),
	result.FloatField("displaced_share", result.Share, "displaced_usd ÷ (its exports in the later year + displaced_usd).", func(r *DisplacementRow) float64 { return r.DisplacedShare }),
	result.FloatField("lost_to_economy_usd", result.USD, "Its net loss to the economy: Σ W(1) × (s(b,0) × s(a,1) − s(a,0) × s(b,1)) (Chami Batista 2008); below 0 for a net gain.", func(r *DisplacementRow) float64 { return r.LostToEconomy }).Titled("Net loss to the economy"),
	result.FloatField("threatened_share", result.Share, "Share of its earlier exports that is in cells in which the economy has since gained share: dynamic index of competitive threat (Jenkins 2008).", func(r *DisplacementRow) float64 { return r.Threatened }),
	result.FloatField("direct_threat_share", result.Share, "Share of its earlier exports that is in cells in which the economy gained share and it lost share: direct threat (Lall and Albaladejo 2004).", func(r *DisplacementRow) float64 { return r.DirectlyThreatened }),
	result.FloatField("pressure_from", result.Share, "Competition pressure: the economy's share of the competitor's cells, weighted by the competitor's exports to them (market commonality, Chen 1996), in the earlier year.", func(r *DisplacementRow) float64 { return r.PressureFrom }),
	result.FloatField("pressure_to", result.Share, "The same in the later year.", func(r *DisplacementRow) float64 { return r.PressureTo }),
	result.TextField("partner_name", "Name.", func(r *DisplacementRow) string { return r.PartnerName }),
	result.TextField("sector_name", "Name of the sector.", func(r *DisplacementRow) string { return r.SectorName }),
	result.TextField("status_from", "What the figures for the earlier year are based on: observed; partial, if the dataset lacks importers, which then do not count as third markets.", func(r *DisplacementRow) string { return string(r.StatusFrom) }).AsDetail(),
	result.TextField("status_to", "The same for the later year.", func(r *DisplacementRow) string { return string(r.StatusTo) }).AsDetail(),
).ByValue("from", "to", "sector", "-exports_to_usd")

// marketsIn says whether all importers of a year can be third markets.
func (d *displacements) marketsIn(year int) result.Status {
	if d.where.Selection.All {
		return d.WorldStatus(year)
	}
	status := result.Observed
	for i := range d.where.Parties {
		if d.CoverageOf(&d.where.Parties[i], year).Status != result.Observed {
			status = result.Partial
		}
	}
	return status
}

func (d *displacements) row(party trade.Party, g study.ProductGroup, from, to int, f *competitorTotal) DisplacementRow {
	change := func(x float64) float64 {
		if from == to {
			return math.NaN()
		}
		return x
	}
	return DisplacementRow{
		StatusFrom: d.marketsIn(from), StatusTo: d.marketsIn(to),
		From: from, To: to, Economy: d.ImporterSide.Parties[0].Label, Partner: party.Label, PartnerName: party.Name, Sector: g.ID, SectorName: g.Name, Cells: f.Cells,
		MarketFrom: f.all[0], MarketTo: change(f.all[1]),
		ExportsFrom: f.Exports[0], ExportsTo: change(f.Exports[1]),
		ShareFrom: f.Exports[0] / f.all[0], ShareTo: change(f.Exports[1] / f.all[1]),
		EconomyShareFrom: f.economy[0] / f.all[0], EconomyShareTo: change(f.economy[1] / f.all[1]),
		MarketEffect: change(f.MarketEffect), ShareEffect: change(f.ShareEffect), NewCells: change(f.New),
		Displaced: change(f.Displaced), DisplacedShare: change(f.Displaced / (f.Exports[1] + f.Displaced)), LostToEconomy: change(f.LostToEconomy),
		Threatened: change(f.Threatened()), DirectlyThreatened: change(f.Direct()),
		PressureFrom: f.Pressure(0), PressureTo: change(f.Pressure(1)),
	}
}
