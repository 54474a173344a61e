package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/industry"
	"chokepoint/kernel"
	"chokepoint/macro"
	"chokepoint/result"
	"chokepoint/trade"
)

// Balances gives what an economy sells to and buys from others, year by year, partner by partner and, where a list is given, sector by
// sector, beside its GDP and consumption where the source has macro series.
func (s *Source) Balances(ctx context.Context, economy, partners, list string, q Query) (*result.Table, error) {
	q.Importers, q.Partners = economy, partners
	st, codes, err := s.oneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	if s.Macro != nil {
		if err := s.onlyYears("balance with macro series"); err != nil {
			return nil, err
		}
	}
	b := &balances{study: st, codes: codes, sectors: []group{{id: "all", name: "All products"}}, columns: newTradeBalanceColumns(list != "", s.Macro != nil)}
	var about []string
	if list != "" {
		groups, notes, err := s.groups(list)
		if err != nil {
			return nil, err
		}
		b.sectors, about = append(b.sectors, groups...), notes
	}
	t := st.table("balance", fmt.Sprintf("%s: trade balance, %s", st.importers.parties[0].Name, yearsText(st.years)), b.columns.list()...)
	for _, y := range st.years {
		if err := b.year(ctx, y); err != nil {
			return nil, err
		}
	}
	t.Notes = append(t.Notes, about...)
	if s.Macro != nil {
		t.Notes = append(t.Notes, s.Macro.Notes()...)
		b.noteMissing(t)
		t.Note("net_exports_gdp_share: goods alone, as the trade data have them; services, and income from abroad, are not in it")
	}
	t.Notes = append(t.Notes, st.gaps()...)
	noteGaps(t, st.coverage()...)
	return t, nil
}

// noteMissing says for which years a series has no value of the economy.
func (b *balances) noteMissing(t *result.Table) {
	label := b.importers.parties[0].Label
	for _, name := range []macro.Series{macro.GDP, macro.Population, macro.Consumption} {
		var years []int
		for _, y := range b.years {
			if _, ok := b.Macro.Value(label, y, name); !ok {
				years = append(years, y)
			}
		}
		if len(years) > 0 {
			t.Note("no %s of %s in %s", name, label, yearsText(years))
		}
	}
}

// balances is one answer being made.
type balances struct {
	*study
	codes   trade.Set
	sectors []group // the first is all products
	columns *tradeBalanceColumns
}

// year adds the rows of a year: the world, then partners, each by sector.
func (b *balances) year(ctx context.Context, y int) error {
	sectors, err := b.dealsOf(ctx, y)
	if err != nil {
		return err
	}
	everyone := trade.Set{}
	for c := range trade.Code(trade.MaxCode) {
		everyone.Add(c)
	}
	sets := b.partySets(&b.partners, y)
	here := b.coverageOf(&b.importers.parties[0], y).status
	for p, party := range append([]trade.Party{{Label: "world", Name: "World"}}, b.partners.parties...) {
		set, there := everyone, result.Computed
		if p > 0 {
			there = b.coverageOf(&party, y).status // what it sells there is the partner's imports
			set = sets[p-1].Minus(b.codes)
		}
		for i, g := range b.sectors {
			var x, m float64
			for _, c := range set.Codes() {
				x += sectors[i].Sold[c]
				m += sectors[i].Bought[c]
			}
			if x, m = orNaN(there, x), orNaN(here, m); x > 0 || m > 0 {
				b.columns.add(b.study, y, party, g, x, m, sectors[i].World)
			}
		}
	}
	return nil
}

// dealsOf gives what an economy sells to and buys from every other, by sector.
func (b *balances) dealsOf(ctx context.Context, y int) ([]*kernel.Deals, error) {
	sectors, asked := make([]*kernel.Deals, len(b.sectors)), b.products.Codes()
	for i, g := range b.sectors {
		products := asked
		if i > 0 {
			products = []string{}
			for _, p := range g.products {
				if _, ok := slices.BinarySearch(asked, p); ok || asked == nil {
					products = append(products, p)
				}
			}
		}
		var err error
		if sectors[i], err = b.engine().Deals(ctx, y, b.codes, products); err != nil {
			return nil, err
		}
	}
	return sectors, nil
}

type tradeBalanceColumns struct {
	year                                                                            *result.Column
	label, partner, sector, partnerName, sectorName                                 *result.Column
	exports, imports, net, balance, share, gdp, perHead, netInGDP, consumptionShare *result.Column
}

// newTradeBalanceColumns hides from people what the question leaves empty.
func newTradeBalanceColumns(sectors, series bool) *tradeBalanceColumns {
	c := &tradeBalanceColumns{
		year:             result.IntColumn("year", result.Year, "Calendar year."),
		label:            result.TextColumn("economy", "Economy, ISO3."),
		partner:          result.TextColumn("partner", "Economy or bloc, or world for all."),
		sector:           result.TextColumn("sector", "Sector of the list; all for all products."),
		exports:          result.FloatColumn("exports_usd", result.USD, "What the economy sells there; missing where the dataset has no imports of the partner."),
		imports:          result.FloatColumn("imports_usd", result.USD, "What it buys there; missing where the dataset has no imports of the economy."),
		net:              result.FloatColumn("net_exports_usd", result.USD, "Exports − imports."),
		balance:          result.FloatColumn("balance", "index", "(exports − imports) ÷ (exports + imports), −1 to 1."),
		share:            result.FloatColumn("share_of_world_exports", result.Share, "What the economy sells there ÷ world exports of the sector."),
		gdp:              result.FloatColumn("gdp_usd", result.USD, "Gross domestic product of the economy, current US dollars, from --macro; empty without."),
		perHead:          result.FloatColumn("gdp_per_head_usd", result.USD, "This ÷ population, from --macro."),
		netInGDP:         result.FloatColumn("net_exports_gdp_share", "ratio", "(Exports − imports) ÷ gross domestic product."),
		consumptionShare: result.FloatColumn("household_consumption_share", result.Share, "Consumption of households ÷ gross domestic product, from --macro."),
		partnerName:      result.TextColumn("partner_name", "Name."),
		sectorName:       result.TextColumn("sector_name", "Name of the sector."),
	}
	if !sectors {
		c.sector.AsDetail()
		c.sectorName.AsDetail()
	}
	if !series {
		for _, x := range []*result.Column{c.gdp, c.perHead, c.netInGDP, c.consumptionShare} {
			x.AsDetail()
		}
	}
	return c
}

func (c *tradeBalanceColumns) list() []*result.Column {
	return []*result.Column{c.year, c.label, c.partner, c.sector, c.exports, c.imports, c.net, c.balance, c.share, c.netInGDP, c.gdp, c.perHead, c.consumptionShare, c.partnerName, c.sectorName}
}

func (c *tradeBalanceColumns) add(st *study, y int, party trade.Party, g group, x, m, world float64) {
	label := st.importers.parties[0].Label
	series := func(name macro.Series) float64 {
		if v, ok := st.Macro.Value(label, y, name); ok {
			return v
		}
		return math.NaN()
	}
	c.year.AppendInt(int64(y))
	c.label.AppendText(label)
	c.partner.AppendText(party.Label)
	c.sector.AppendText(g.id)
	c.exports.AppendFloat(x)
	c.imports.AppendFloat(m)
	c.net.AppendFloat(x - m)
	c.balance.AppendFloat(industry.Balance(x, m))
	c.share.AppendFloat(x / world)
	c.gdp.AppendFloat(series(macro.GDP))
	c.perHead.AppendFloat(series(macro.GDP) / series(macro.Population))
	c.netInGDP.AppendFloat((x - m) / series(macro.GDP))
	c.consumptionShare.AppendFloat(series(macro.Consumption))
	c.partnerName.AppendText(party.Name)
	c.sectorName.AppendText(g.name)
}
