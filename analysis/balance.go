package analysis

import (
	"context"
	"fmt"

	"chokepoint/industry"
	"chokepoint/result"
)

// Balances gives what an economy sells to and buys from others, year by year and partner by partner.
func (s *Source) Balances(ctx context.Context, economy, partners string, q Query) (*result.Table, error) {
	q.Importers, q.Partners = economy, partners
	st, codes, err := s.oneEconomy(q, economy)
	if err != nil {
		return nil, err
	}
	year, label, with := result.IntColumn("year", result.Year, "Calendar year."), result.TextColumn("economy", "Economy, ISO3."), result.TextColumn("partner", "Economy or bloc, or world for all.")
	exports, imports := result.FloatColumn("exports_usd", result.USD, "What the economy sells there."), result.FloatColumn("imports_usd", result.USD, "What it buys there.")
	net := result.FloatColumn("net_exports_usd", result.USD, "Exports − imports.")
	balance := result.FloatColumn("balance", "index", "(exports − imports) ÷ (exports + imports), −1 to 1.")
	share := result.FloatColumn("share_of_world_exports", result.Share, "What the economy sells there ÷ world exports.")
	name := result.TextColumn("partner_name", "Name.")
	t := st.table("balance", fmt.Sprintf("%s: trade balance, %s", st.importers.parties[0].Name, yearsText(st.years)), year, label, with, exports, imports, net, balance, share, name)
	add := func(y int, to, toName string, x, m, world float64) {
		year.AppendInt(int64(y))
		label.AppendText(st.importers.parties[0].Label)
		with.AppendText(to)
		exports.AppendFloat(x)
		imports.AppendFloat(m)
		net.AppendFloat(x - m)
		balance.AppendFloat(industry.Balance(x, m))
		share.AppendFloat(x / world)
		name.AppendText(toName)
	}
	for _, y := range st.years {
		deals, err := st.engine().Deals(ctx, y, codes, st.products.Codes())
		if err != nil {
			return nil, err
		}
		sold, bought, world := deals.Sold, deals.Bought, deals.World
		var x, m float64
		for c := range sold {
			x += sold[c]
			m += bought[c]
		}
		if x+m == 0 {
			continue
		}
		add(y, "world", "World", x, m, world)
		sets := st.partySets(&st.partners, y)
		for i, party := range st.partners.parties {
			var x, m float64
			for _, c := range sets[i].Minus(codes).Codes() {
				x += sold[c]
				m += bought[c]
			}
			if x+m > 0 {
				add(y, party.Label, party.Name, x, m, world)
			}
		}
	}
	t.Notes = append(t.Notes, st.gaps()...)
	return t, nil
}
