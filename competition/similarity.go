package competition

import (
	"context"
	"fmt"
	"slices"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// SimilarityQuestion is the question similarity.
var SimilarityQuestion = &study.Question{
	Name: "similarity", Short: "Compare what an economy exports with what others export, over time",
	Schemas: []study.Schema{SimilaritySchema},
	Long: `Compare what an economy exports with what others export (Finger and Kreinin 1979), year by year: 1 if the shares of all products are
the same, 0 if they sell nothing in common. A bloc or merged economies are one exporter: what members sell to one another is left
out, unless --world gross includes it.`,
	Examples: []string{
		`chokepoint similarity --economy CHN --partners DEU,JPN,VNM,MEX`,
		`chokepoint similarity --economy CHN --partners EU27,ASEAN --years 2024`,
		`chokepoint similarity --economy EU27 --partners CHN+HKG --years 2024`,
	},
	Parameters: study.Changed(study.Changed(study.ParameterList([]study.Parameter{study.EconomyParameter}, "partners", "years", "world"),
		"partners", func(p *study.Parameter) { p.Standard, p.Usage = "all", "whom to compare it with: as --importers" }),
		"world", func(p *study.Parameter) {
			p.Standard, p.Example = string(trade.Net), string(trade.Gross)
			p.Usage = "net excludes what members of a bloc sell to one another; gross includes it in their exports"
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
	err = study.InOrder(ctx, st.Years, func(y int) (similarityOfYear, error) { return a.year(ctx, y) }, func(_ int, of similarityOfYear) error {
		a.rows, a.blocs = append(a.rows, of.rows...), a.blocs || of.blocs
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := study.Answer(st, SimilaritySchema, fmt.Sprintf("%s: similarity of exports, %s", st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), a.rows)
	if a.blocs {
		t.Note("%s: what members of a bloc or merged economies sell to one another is %s", world, map[trade.World]string{trade.Net: "left out (--world gross counts it)", trade.Gross: "among their exports (--world net leaves it out)"}[world])
	}
	t.Note("similarity is lower for finer products: compare it over time and between partners in one dataset, not with figures from other classifications")
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

// similarityOfYear is what a year adds to the answer.
type similarityOfYear struct {
	rows  []SimilarityRow
	blocs bool // one of those compared is several economies
}

// year makes the rows of a year, one a partner.
func (a *similarities) year(ctx context.Context, y int) (of similarityOfYear, err error) {
	u := unitOf(a.Study, y)
	of.blocs = u.several(a.Study)
	gross, err := a.Industry(ctx, y)
	if err != nil {
		return of, err
	}
	m := gross
	if u.codes.Len() > 1 {
		if m, err = a.asOne(ctx, gross, y, u.codes); err != nil {
			return of, err
		}
	}
	row := rowOf(m, u.codes.Codes())
	if row < 0 {
		return of, nil
	}
	own := basketOf(m, row, gross)
	sets, units := a.Sets(&a.PartnerSide, y), a.units()
	if err := a.ahead(ctx, units, sets, u.codes, y); err != nil {
		return of, err
	}
	for i := range a.PartnerSide.Parties {
		party := &a.PartnerSide.Parties[i]
		of.blocs = of.blocs || slices.ContainsFunc(unitsOfParty(units[i], sets, u.codes), func(u trade.Set) bool { return u.Len() > 1 })
		sum, inside, err := a.exportsOf(ctx, gross, unitsOfParty(units[i], sets, u.codes), y)
		if err != nil {
			return of, err
		}
		if r, ok := own.similarity(sum); ok {
			r.Year, r.Economy, r.Partner, r.PartnerName, r.MarketShare = y, u.label, party.Label, party.Name, r.exports/(m.Total-inside)
			r.Status = a.WorldStatus(y)
			of.rows = append(of.rows, r)
		}
	}
	return of, nil
}

// asOne is a year in which some economies are one, of which gross has each by itself.
func (a *similarities) asOne(ctx context.Context, gross *industry.Year, y int, codes trade.Set) (*industry.Year, error) {
	m := gross.Clone()
	if a.world != trade.Net {
		m.Merge(codes, m)
		return m, nil
	}
	inner, err := a.Inner(ctx, y, codes)
	if err != nil || inner == nil {
		return a.IndustryOf(ctx, y, trade.Set{}, codes)
	}
	m.Join(codes, inner)
	return m, nil
}

// ahead reads what partners that are blocs sell inside once for all of them.
func (a *similarities) ahead(ctx context.Context, units [][]int, sets []trade.Set, own trade.Set, y int) error {
	if a.world != trade.Net {
		return nil
	}
	var blocs []trade.Set
	for _, groups := range units {
		blocs = append(blocs, unitsOfParty(groups, sets, own)...)
	}
	return a.InnersAhead(ctx, y, blocs)
}

// units lists the groups of each party of partners.
func (a *similarities) units() [][]int {
	list := make([][]int, len(a.PartnerSide.Parties))
	for g, parties := range a.PartnerSide.PartiesOf {
		for _, p := range parties {
			list[p] = append(list[p], g)
		}
	}
	return list
}

// unitsOfParty are the units that a party of some groups is made of, less the economy itself. An economy counts once.
func unitsOfParty(groups []int, sets []trade.Set, own trade.Set) (units []trade.Set) {
	var taken trade.Set
	for _, g := range groups {
		if u := sets[g].Minus(own).Minus(taken); u.Len() > 0 {
			units, taken = append(units, u), taken.Union(u)
		}
	}
	return units
}

// exportsOf adds up the exports of units by product of the gross year, without the trade inside units where that is not to count; inside
// is how much that is.
func (a *similarities) exportsOf(ctx context.Context, gross *industry.Year, units []trade.Set, y int) (sum []float64, inside float64, err error) {
	if len(units) == 1 && units[0].Len() == 1 {
		if row, ok := gross.Row(units[0].Codes()[0]); ok {
			return gross.Exports(row), 0, nil
		}
	}
	sum = make([]float64, len(gross.Products))
	for _, u := range units {
		if a.world == trade.Net && u.Len() > 1 {
			total, err := a.addOutward(ctx, gross, u, y, sum)
			if err != nil {
				return nil, 0, err
			}
			inside += gross.Total - total
			continue
		}
		for _, c := range u.Codes() {
			if row, ok := gross.Row(c); ok {
				for k, x := range gross.Exports(row) {
					sum[k] += x
				}
			}
		}
	}
	return sum, inside, nil
}

// addOutward adds what a unit exports to others, by product of the gross year, and gives the exports of all without those inside the
// unit. They are added up as industry.Year.Merge does it, the unit standing where its first member does, so that both round alike.
func (a *similarities) addOutward(ctx context.Context, gross *industry.Year, unit trade.Set, y int, sum []float64) (total float64, err error) {
	inner, err := a.Inner(ctx, y, unit)
	if err != nil {
		return 0, err
	}
	if inner != nil {
		total = gross.Total
		for k, x := range gross.SoldBy(unit, inner) {
			sum[k] += x
			total -= inner.Values[k]
		}
		return total, nil
	}
	first := slices.IndexFunc(gross.Economies, unit.Has)
	k := 0
	err = a.EngineOrFiles().Margins(ctx, y, nil, unit, func(product string, m store.Margins) error {
		for gross.Products[k] != product {
			k++
		}
		own, world := 0.0, 0.0
		for i, c := range m.Exporter {
			if unit.Has(trade.Code(c)) {
				own += m.Exports[i]
			}
		}
		added := first < 0
		for i, c := range m.Exporter {
			if !added && trade.Code(c) >= gross.Economies[first] {
				world, added = world+own, true
			}
			if !unit.Has(trade.Code(c)) {
				world += m.Exports[i]
			}
		}
		if !added {
			world += own
		}
		sum[k] += own
		total += world
		return nil
	})
	return total, err
}

// basket is what an economy exports, by the products of a year in which it may be several.
type basket struct {
	traded []bool    // by anybody but members of the economy
	shares []float64 // in its exports
	strong []bool    // it has an RCA of at least 1
	none   bool      // it exports nothing, and has no shares
}

// basketOf is that of the economy in a row of m, by the products of another year.
func basketOf(m *industry.Year, row int, by *industry.Year) *basket {
	n := len(by.Products)
	b := &basket{make([]bool, n), make([]float64, n), make([]bool, n), m.ExportsOf[row] == 0}
	for p, product := range by.Products {
		if k, ok := m.Column(product); ok {
			b.traded[p], b.shares[p], b.strong[p] = true, m.Exports(row)[k]/m.ExportsOf[row], m.RCA(row, k) >= 1
		}
	}
	return b
}

// similarity compares the economy with exports by product; ok is false where there are none.
func (b *basket) similarity(exports []float64) (r SimilarityRow, ok bool) {
	var common float64
	for _, x := range exports {
		r.exports += x
	}
	for p, x := range exports {
		if !b.traded[p] || x == 0 && !b.none {
			continue
		}
		r.Similarity += min(b.shares[p], x/r.exports)
		if b.strong[p] {
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
	result.TextField("economy", "Economy or bloc: ISO3 code, or as written in the question.", func(r *SimilarityRow) string { return r.Economy }),
	result.TextField("partner", "The economy it is compared with, or a bloc as one exporter.", func(r *SimilarityRow) string { return r.Partner }),
	result.FloatField("similarity", "index", "Similarity of exports: sum over products of the smaller of the two shares, 0 to 1 (Finger and Kreinin 1979).", func(r *SimilarityRow) float64 { return r.Similarity }),
	result.FloatField("overlap", result.Share, "Share of the partner's exports that is in products in which the economy has an RCA of at least 1.", func(r *SimilarityRow) float64 { return r.Overlap }),
	result.FloatField("world_market_share", result.Share, "The partner's share of world exports.", func(r *SimilarityRow) float64 { return r.MarketShare }),
	result.TextField("partner_name", "Name.", func(r *SimilarityRow) string { return r.PartnerName }),
	result.TextField("status", exportsStatusText, func(r *SimilarityRow) string { return string(r.Status) }).AsDetail(),
).ByValue("year", "-similarity")

// rowOf finds the first of an economy's codes that trades in a year; -1 where none does.
func rowOf(m *industry.Year, codes []trade.Code) int {
	for _, c := range codes {
		if row, ok := m.Row(c); ok {
			return row
		}
	}
	return -1
}
