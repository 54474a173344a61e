package competition

import (
	"context"
	"fmt"
	"slices"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// SimilarityQuestion is the question similarity.
var SimilarityQuestion = &study.Question{
	Name: "similarity", Short: "Compare what an economy exports with what others export, over time",
	Long: `Compare what an economy exports with what others export (Finger and Kreinin 1979), year by year: 1 where the shares of
all products are the same, 0 where they sell nothing in common. A bloc or merged economies are one exporter: what members sell to one
another is left out, unless --world gross leaves it in.`,
	Examples: []string{
		`chokepoint similarity --economy CHN --partners DEU,JPN,VNM,MEX`,
		`chokepoint similarity --economy CHN --partners EU27,ASEAN --years 2024`,
		`chokepoint similarity --economy EU27 --partners CHN+HKG --years 2024`,
	},
	Parameters: study.Changed(study.Changed(study.ParameterList([]study.Parameter{study.EconomyParameter}, "partners", "years", "world"),
		"partners", func(p *study.Parameter) { p.Standard, p.Usage = "all", "whom to compare it with: as --importers" }),
		"world", func(p *study.Parameter) {
			p.Standard, p.Example = string(trade.Net), string(trade.Gross)
			p.Usage = "net leaves out what members of a bloc sell to one another; gross counts it among their exports"
		}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Similarity(ctx, s, r.Own["economy"], study.OrElse(r.Partners, "all"), r.Query)
	},
}

// Similarity compares what an economy exports with what others export, year by year. A bloc is one exporter without the trade among its
// members, unless q asks for the gross world.
func Similarity(ctx context.Context, s *study.Source, economy, others string, q study.Query) (*result.Table, error) {
	q.Importers, q.Partners, q.World = economy, others, study.OrElse(q.World, string(trade.Net))
	st, err := s.OneUnit(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	world, err := st.World()
	if err != nil {
		return nil, err
	}
	a := &similarities{Study: st, world: world}
	for _, y := range st.Years {
		if err := a.year(ctx, y); err != nil {
			return nil, err
		}
	}
	t := study.Answer(st, SimilaritySchema, fmt.Sprintf("%s: similarity of exports, %s", st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), a.rows)
	if a.blocs {
		t.Note("%s: what members of a bloc or merged economies sell to one another is %s", world, map[trade.World]string{trade.Net: "left out (--world gross counts it)", trade.Gross: "among their exports (--world net leaves it out)"}[world])
	}
	t.Note("similarity falls with finer products: compare it over time and between partners of one dataset, not with figures of other classifications")
	t.Add(st.WorldLacks()...)
	return t, nil
}

// similarities is one answer being made.
type similarities struct {
	*study.Study
	world trade.World
	blocs bool // one of those compared is several economies
	rows  []SimilarityRow
}

// year adds the rows of a year, one a partner.
func (a *similarities) year(ctx context.Context, y int) error {
	u := unitOf(a.Study, y)
	a.blocs = a.blocs || u.several(a.Study)
	gross, err := a.Industry(ctx, y)
	if err != nil {
		return err
	}
	own := gross
	if u.codes.Len() > 1 {
		if own, err = a.asOne(ctx, y, u.codes); err != nil {
			return err
		}
	}
	row := rowOf(own, u.codes.Codes())
	if row < 0 {
		return nil
	}
	sets := a.Sets(&a.PartnerSide, y)
	for i := range a.PartnerSide.Parties {
		party := &a.PartnerSide.Parties[i]
		sum, inside, err := a.exportsOf(ctx, gross, a.unitsOfParty(i, sets, u.codes), y)
		if err != nil {
			return err
		}
		if r, ok := similarity(own, row, gross, sum); ok {
			r.Year, r.Economy, r.Partner, r.PartnerName, r.MarketShare = y, u.label, party.Label, party.Name, r.exports/(own.Total-inside)
			r.Status = a.WorldStatus(y)
			a.rows = append(a.rows, r)
		}
	}
	return nil
}

// asOne reads a year in which some economies are one.
func (a *similarities) asOne(ctx context.Context, y int, codes trade.Set) (*industry.Year, error) {
	if a.world == trade.Net {
		return a.IndustryOf(ctx, y, codes)
	}
	m, err := a.Industry(ctx, y)
	if err == nil {
		m.Merge(codes, m)
	}
	return m, err
}

// unitsOfParty are the units that a party of partners is made of, less the economy itself. An economy counts once.
func (a *similarities) unitsOfParty(party int, sets []trade.Set, own trade.Set) (units []trade.Set) {
	var taken trade.Set
	for g, parties := range a.PartnerSide.PartiesOf {
		if !slices.Contains(parties, int32(party)) {
			continue
		}
		if u := sets[g].Minus(own).Minus(taken); u.Len() > 0 {
			units, taken = append(units, u), taken.Union(u)
			a.blocs = a.blocs || u.Len() > 1
		}
	}
	return units
}

// exportsOf adds up the exports of units by product of the gross year, without the trade inside units where that is not to count; inside
// is how much that is.
func (a *similarities) exportsOf(ctx context.Context, gross *industry.Year, units []trade.Set, y int) (sum []float64, inside float64, err error) {
	sum = make([]float64, len(gross.Products))
	add := func(m *industry.Year, set trade.Set) {
		for i, c := range m.Economies {
			if !set.Has(c) {
				continue
			}
			for k, p := range m.Products {
				if at, ok := gross.Column(p); ok {
					sum[at] += m.Exports[i][k]
				}
			}
		}
	}
	for _, u := range units {
		if a.world == trade.Gross || u.Len() == 1 {
			add(gross, u)
			continue
		}
		m, err := a.IndustryOf(ctx, y, u)
		if err != nil {
			return nil, 0, err
		}
		add(m, u)
		inside += gross.Total - m.Total
	}
	return sum, inside, nil
}

// similarity compares the economy in a row of own with exports by product of another year; ok is false where there are none.
func similarity(own *industry.Year, row int, m *industry.Year, exports []float64) (r SimilarityRow, ok bool) {
	var common float64
	for _, x := range exports {
		r.exports += x
	}
	for p, x := range exports {
		k, traded := own.Column(m.Products[p])
		if !traded {
			continue
		}
		r.Similarity += min(own.Exports[row][k]/own.ExportsOf[row], x/r.exports)
		if own.RCA(row, k) >= 1 {
			common += x
		}
	}
	r.Overlap = common / r.exports
	return r, r.exports > 0
}

// SimilarityRow compares the exports of an economy with those of another in a year.
type SimilarityRow struct {
	Year                             int
	Economy, Partner, PartnerName    string
	Similarity, Overlap, MarketShare float64

	Status result.Status

	exports float64 // of the partner
}

// SimilaritySchema is the table of similarity.
var SimilaritySchema = result.NewSchema("similarity",
	result.IntField("year", result.Year, "Calendar year.", func(r *SimilarityRow) int { return r.Year }),
	result.TextField("economy", "Economy or bloc, ISO3 or as asked.", func(r *SimilarityRow) string { return r.Economy }),
	result.TextField("partner", "Whom it is compared with: an economy, or a bloc as one exporter.", func(r *SimilarityRow) string { return r.Partner }),
	result.FloatField("similarity", "index", "Similarity of exports: sum over products of the smaller of both shares, 0 to 1 (Finger and Kreinin 1979).", func(r *SimilarityRow) float64 { return r.Similarity }),
	result.FloatField("overlap", result.Share, "Share of the partner's exports in products in which the economy has an RCA of at least 1.", func(r *SimilarityRow) float64 { return r.Overlap }),
	result.FloatField("world_market_share", result.Share, "The partner's share of world exports.", func(r *SimilarityRow) float64 { return r.MarketShare }),
	result.TextField("partner_name", "Name.", func(r *SimilarityRow) string { return r.PartnerName }),
	result.TextField("status", exportsStatusText, func(r *SimilarityRow) string { return string(r.Status) }).AsDetail(),
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
