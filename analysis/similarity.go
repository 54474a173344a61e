package analysis

import (
	"context"
	"fmt"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/trade"
)

// Similarity compares what an economy exports with what others export, year by year.
func (s *Source) Similarity(ctx context.Context, economy, others string, q Query) (*result.Table, error) {
	q.Importers, q.Partners = economy, others
	st, codes, err := s.oneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	year, label, with := result.IntColumn("year", result.Year, "Calendar year."), result.TextColumn("economy", "Economy, ISO3."), result.TextColumn("partner", "Whom it is compared with: an economy, or a bloc as one exporter.")
	similarity := result.FloatColumn("similarity", "index", "Similarity of exports: sum over products of the smaller of both shares, 0 to 1 (Finger and Kreinin 1979).")
	overlap := result.FloatColumn("overlap", result.Share, "Share of the partner's exports in products in which the economy has an RCA of at least 1.")
	share := result.FloatColumn("world_market_share", result.Share, "The partner's share of world exports.")
	name := result.TextColumn("partner_name", "Name.")
	t := st.table("similarity", fmt.Sprintf("%s: similarity of exports, %s", st.importers.parties[0].Name, yearsText(st.years)), year, label, with, similarity, overlap, share, name)
	for _, y := range st.years {
		m, err := s.industry(ctx, y)
		if err != nil {
			return nil, err
		}
		row := rowOf(m, codes.Codes())
		if row < 0 {
			continue
		}
		sets := st.partySets(&st.partners, y)
		for i, party := range st.partners.parties {
			sum, has := exportsOf(m, sets[i].Minus(codes))
			if !has {
				continue
			}
			var all, common, total float64
			for p, x := range sum {
				total += x
				if m.RCA(row, p) >= 1 {
					common += x
				}
			}
			for p, x := range sum {
				all += min(m.Exports[row][p]/m.ExportsOf[row], x/total)
			}
			year.AppendInt(int64(y))
			label.AppendText(st.importers.parties[0].Label)
			with.AppendText(party.Label)
			similarity.AppendFloat(all)
			overlap.AppendFloat(common / total)
			share.AppendFloat(total / m.Total)
			name.AppendText(party.Name)
		}
	}
	t.Note("similarity falls with finer products: compare it over time and between partners of one dataset, not with figures of other classifications")
	t.Notes = append(t.Notes, st.gaps()...)
	return t, nil
}

// rowOf finds the first of an economy's codes that trades in a year; -1 where none does.
func rowOf(m *industry.Year, codes []trade.Code) int {
	for _, c := range codes {
		if row, ok := m.Row(c); ok {
			return row
		}
	}
	return -1
}

// exportsOf sums the exports of economies by product.
func exportsOf(m *industry.Year, set trade.Set) (sum []float64, has bool) {
	sum = make([]float64, len(m.Products))
	for i, c := range m.Economies {
		if !set.Has(c) {
			continue
		}
		for p, x := range m.Exports[i] {
			sum[p] += x
			has = has || x > 0
		}
	}
	return sum, has
}
