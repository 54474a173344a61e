package analysis

import (
	"context"
	"fmt"
	"math"

	"chokepoint/industry"
	"chokepoint/result"
)

// Breadth says how wide an economy's industrial base is, year by year: in how many products it has an advantage, how evenly
// its exports spread over products and sectors, how complex they are.
func (s *Source) Breadth(ctx context.Context, economy, list string, q Query) (*result.Table, error) {
	q.Importers = economy
	st, codes, err := s.oneEconomy(q, economy)
	if err != nil {
		return nil, err
	}
	groups, about, err := s.groups(list)
	if err != nil {
		return nil, err
	}
	year, label := result.IntColumn("year", result.Year, "Calendar year."), result.TextColumn("economy", "Economy, ISO3.")
	traded := result.IntColumn("traded_products", "count", "Products that anybody trades in the year.")
	exported := result.IntColumn("exported_products", "count", "Products that the economy exports.")
	advantages := result.IntColumn("rca_products", "count", "Products with an RCA of at least 1 (Balassa 1965).")
	share := result.FloatColumn("rca_share", result.Share, "These ÷ products traded: HS revisions lose codes over time.")
	entropy := result.FloatColumn("entropy_products", "nats", "Entropy of exports over products (Shannon 1948).")
	effective := result.FloatColumn("effective_products", "count", "Its exponential: how many products of equal value would be as diverse.")
	sectors := result.FloatColumn("effective_sectors", "count", "The same over the sectors of the list.")
	strong := result.IntColumn("rca_sectors", "count", "Sectors of the list with an RCA of at least 1.")
	eci := result.FloatColumn("eci", "index", "Economic complexity (see complexity).")
	rank := result.IntColumn("eci_rank", "count", "Place by it; 0 where it is unknown.")
	t := st.table("breadth", fmt.Sprintf("%s: breadth of exports, %s", st.importers.parties[0].Name, yearsText(st.years)),
		year, label, traded, exported, advantages, share, entropy, effective, sectors, strong, eci, rank)
	for _, y := range st.years {
		m, err := s.industry(ctx, y)
		if err != nil {
			return nil, err
		}
		row := rowOf(m, codes.Codes())
		if row < 0 {
			continue
		}
		n, out := m.Advantages(row, m.All())
		h := industry.Entropy(m.Exports[row])
		var sums []float64
		leading := 0
		for _, g := range groups {
			products := m.Columns(g.products)
			var sum float64
			for _, p := range products {
				sum += m.Exports[row][p]
			}
			sums = append(sums, sum)
			if m.RCA(row, products...) >= 1 {
				leading++
			}
		}
		index, place := math.NaN(), 0
		if c, err := m.Complexity(industry.MinExports); err == nil && !math.IsNaN(c.ECI[row]) {
			index, place = c.ECI[row], 1
			for _, other := range c.ECI {
				if other > index {
					place++
				}
			}
		}
		year.AppendInt(int64(y))
		label.AppendText(st.importers.parties[0].Label)
		traded.AppendInt(int64(len(m.Products)))
		exported.AppendInt(int64(out))
		advantages.AppendInt(int64(n))
		share.AppendFloat(float64(n) / float64(len(m.Products)))
		entropy.AppendFloat(h)
		effective.AppendFloat(math.Exp(h))
		sectors.AppendFloat(math.Exp(industry.Entropy(sums)))
		strong.AppendInt(int64(leading))
		eci.AppendFloat(index)
		rank.AppendInt(int64(place))
	}
	t.Notes = append(append(t.Notes, about...), st.gaps()...)
	return t, nil
}
