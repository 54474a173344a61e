package competition

import (
	"context"
	"fmt"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// SimilarityQuestion is the question similarity.
var SimilarityQuestion = &study.Question{
	Name: "similarity", Short: "Compare what an economy exports with what others export, over time",
	Long: `Compare what an economy exports with what others export (Finger and Kreinin 1979), year by year: 1 where the shares of
all products are the same, 0 where they sell nothing in common. A bloc is compared as one exporter.`,
	Examples: []string{
		`chokepoint similarity --economy CHN --partners DEU,JPN,VNM,MEX`,
		`chokepoint similarity --economy CHN --partners EU27,ASEAN --years 2024`,
	},
	Parameters: study.Changed(study.ParameterList([]study.Parameter{study.EconomyParameter}, "partners", "years"),
		"partners", func(p *study.Parameter) { p.Standard, p.Usage = "all", "whom to compare it with: as --importers" }),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Similarity(ctx, s, r.Own["economy"], study.OrElse(r.Partners, "all"), r.Query)
	},
}

// Similarity compares what an economy exports with what others export, year by year.
func Similarity(ctx context.Context, s *study.Source, economy, others string, q study.Query) (*result.Table, error) {
	q.Importers, q.Partners = economy, others
	st, codes, err := s.OneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	var rows []SimilarityRow
	for _, y := range st.Years {
		m, err := s.Industry(ctx, y)
		if err != nil {
			return nil, err
		}
		row := rowOf(m, codes.Codes())
		if row < 0 {
			continue
		}
		sets := st.PartySets(&st.PartnerSide, y)
		for i, party := range st.PartnerSide.Parties {
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
			rows = append(rows, SimilarityRow{Year: y, Economy: st.ImporterSide.Parties[0].Label, Partner: party.Label, PartnerName: party.Name,
				Similarity: all, Overlap: common / total, MarketShare: total / m.Total})
		}
	}
	t := study.Answer(st, SimilaritySchema, fmt.Sprintf("%s: similarity of exports, %s", st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), rows)
	t.Note("similarity falls with finer products: compare it over time and between partners of one dataset, not with figures of other classifications")
	t.Add(st.WorldLacks()...)
	return t, nil
}

// SimilarityRow compares the exports of an economy with those of another in a year.
type SimilarityRow struct {
	Year                             int
	Economy, Partner, PartnerName    string
	Similarity, Overlap, MarketShare float64
}

// SimilaritySchema is the table of similarity.
var SimilaritySchema = result.NewSchema("similarity",
	result.IntField("year", result.Year, "Calendar year.", func(r *SimilarityRow) int { return r.Year }),
	result.TextField("economy", "Economy, ISO3.", func(r *SimilarityRow) string { return r.Economy }),
	result.TextField("partner", "Whom it is compared with: an economy, or a bloc as one exporter.", func(r *SimilarityRow) string { return r.Partner }),
	result.FloatField("similarity", "index", "Similarity of exports: sum over products of the smaller of both shares, 0 to 1 (Finger and Kreinin 1979).", func(r *SimilarityRow) float64 { return r.Similarity }),
	result.FloatField("overlap", result.Share, "Share of the partner's exports in products in which the economy has an RCA of at least 1.", func(r *SimilarityRow) float64 { return r.Overlap }),
	result.FloatField("world_market_share", result.Share, "The partner's share of world exports.", func(r *SimilarityRow) float64 { return r.MarketShare }),
	result.TextField("partner_name", "Name.", func(r *SimilarityRow) string { return r.PartnerName }),
)

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
