package analysis

import (
	"context"
	"fmt"
	"math"
	"strings"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/trade"
)

// Complexity ranks economies by the complexity of what they export, or products by that of who exports them.
func (s *Source) Complexity(ctx context.Context, q Query, by string) (*result.Table, error) {
	st, err := s.study(ctx, latest(s, q))
	if err != nil {
		return nil, err
	}
	year, item := result.IntColumn("year", result.Year, "Calendar year."), result.TextColumn("economy", "Economy, ISO3.")
	name, index := result.TextColumn("economy_name", "Name."), result.FloatColumn("eci", "index", "Economic complexity: mean complexity of the products in which the economy has an RCA of at least 1; mean 0, standard deviation 1 over economies.")
	advantages := result.IntColumn("rca_products", "count", "Products in which the economy has an RCA of at least 1.")
	exports := result.FloatColumn("exports_usd", result.USD, "Exports.")
	if by == "product" {
		item, name = result.TextColumn("product", "HS code, six characters."), result.TextColumn("description", "Description of the product.")
		index = result.FloatColumn("pci", "index", "Product complexity, in the scale of the economies' indices.")
		advantages = result.IntColumn("rca_economies", "count", "Economies with an RCA of at least 1.")
		exports = result.FloatColumn("world_exports_usd", result.USD, "Exports of all.")
	}
	rank := result.IntColumn("rank", "count", "Place by complexity in the year.")
	t := st.table("complexity", fmt.Sprintf("Complexity by %s, %s", by, yearsText(st.years)), year, rank, item, index, advantages, exports, name)
	for _, y := range st.years {
		m, err := s.industry(ctx, y)
		if err != nil {
			return nil, err
		}
		c, err := m.Complexity(industry.MinExports)
		if err != nil {
			t.Note("%s has no rows: %v", trade.Period(y), err)
			continue
		}
		values := c.ECI
		if by == "product" {
			values = c.PCI
		}
		for i, x := range values {
			if math.IsNaN(x) {
				continue
			}
			better := 1
			for _, other := range values {
				if other > x {
					better++
				}
			}
			year.AppendInt(int64(y))
			rank.AppendInt(int64(better))
			index.AppendFloat(x)
			if by == "product" {
				item.AppendText(m.Products[i])
				product, _ := s.Dataset.Products().Get(m.Products[i])
				name.AppendText(product.Description)
				advantages.AppendInt(int64(m.Ubiquity(i)))
				exports.AppendFloat(m.World[i])
				continue
			}
			economy, _ := st.economies.Get(m.Economies[i])
			item.AppendText(st.economies.Label(m.Economies[i]))
			name.AppendText(economy.Name)
			n, _ := m.Advantages(i, m.All())
			advantages.AppendInt(int64(n))
			exports.AppendFloat(m.ExportsOf[i])
		}
	}
	t.Note("economies that export less than 1 bn USD in the year are left out, as their advantages jump from year to year")
	t.Note("formula: Hidalgo and Hausmann 2009, as an eigenvector (Mealy, Farmer and Teytelboym 2019), scaled as in py-ecomplexity of Harvard's Growth Lab")
	t.Notes = append(t.Notes, st.gaps()...)
	return t, t.SortBy("year", "rank")
}

// latest asks for the last year where a question names none.
func latest(s *Source, q Query) Query {
	if strings.TrimSpace(q.Years) == "" { // "all" is all
		have := s.Dataset.Years()
		q.Years = fmt.Sprint(have[len(have)-1])
	}
	return q
}
