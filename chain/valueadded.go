package chain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
)

// ValueAddedQuestion is the question value-added.
var ValueAddedQuestion = &study.Question{
	Name: "value-added", Short: "Decompose exports by whose value added they contain, and compare economies by value added instead of exports",
	Schemas: []study.Schema{OriginSchema, WorldShareSchema},
	Long: `Decompose the exports of economies, in an inter-country input-output table, by whose value added they contain: value added that
ends in final demand abroad (VAX, Johnson and Noguera 2012), value added of others in exports, and the nine terms of Koopman, Wang
and Wei (2014, equation 36). --by industries gives, for each industry, its value added, its share of the world total and its
location quotient, and the same for its exports.

Value added is output less inputs. It includes taxes less subsidies on products even if the source lists them separately, so that
shares of value added add up to one.`,
	Examples: []string{
		`chokepoint value-added --years 2011 --sort -exports_usd`,
		`chokepoint value-added --economies CHN,DEU --by industries --years 1995,2011`,
	},
	Tables: true,
	Parameters: study.ParameterList([]study.Parameter{
		economiesParameter,
		{Name: "by", Standard: Origins[0], Values: Origins, Example: "industries", Usage: "one row per economy, with its exports decomposed, or one per industry of an economy, with its world shares"},
		tablesParameter,
	}, "years"),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		if r.Own["by"] == "industries" {
			return WorldShares(ctx, s, r)
		}
		return ValueAdded(ctx, s, r)
	},
}

// Origins are what value-added has rows of.
var Origins = []string{"areas", "industries"}

// The nine terms of Koopman, Wang and Wei (2014, equation 36), in their order.
const (
	dvaFinal       = iota // domestic value added in exports of final goods
	dvaInt                // in exports of inputs that the importer uses for its own final demand
	dvaReexport           // in exports of inputs that the importer uses for exports to third countries
	rdvFinal              // that returns home in final goods
	rdvInt                // that returns home in inputs
	doubleDomestic        // domestic content that crosses borders more than once and is counted twice
	fvaFinal              // value added of others in exports of final goods
	fvaInt                // in exports of inputs
	doubleForeign         // content of others that is counted twice
	kwwTerms
)

// OriginRow is whose value added the exports of an economy hold, in million US dollars.
type OriginRow struct {
	Year                     int
	Area                     string
	Output, Value            float64
	Exports, VAX, Foreign    float64
	Terms                    [kwwTerms]float64
	WorldShare, ExportsShare float64
}

// Rest is what the terms leave of exports: rows of rounded tables do not add up.
func (r *OriginRow) Rest() float64 {
	rest := r.Exports
	for _, v := range r.Terms {
		rest -= v
	}
	return rest
}

func kwwField(name, description string, term int) result.Field[OriginRow] {
	return result.FloatField(name, result.USD, description, func(r *OriginRow) float64 { return usd(r.Terms[term]) })
}

// OriginSchema is the table of the value added in exports.
var OriginSchema = result.NewSchema("value-added",
	result.IntField("year", result.Year, "Calendar year.", func(r *OriginRow) int { return r.Year }),
	result.TextField("area", "Economy or group of economies.", func(r *OriginRow) string { return r.Area }),
	result.FloatField("exports_usd", result.USD, "Exports to industries and to final demand in other areas.", func(r *OriginRow) float64 { return usd(r.Exports) }),
	result.FloatField("value_added_usd", result.USD, "Output minus inputs.", func(r *OriginRow) float64 { return usd(r.Value) }),
	result.FloatField("world_share", result.Share, "Share of the value added of all areas.", func(r *OriginRow) float64 { return r.WorldShare }),
	result.FloatField("world_export_share", result.Share, "Share of the exports of all areas.", func(r *OriginRow) float64 { return r.ExportsShare }),
	result.FloatField("vax_usd", result.USD, "Its value added that ends in final demand in other areas (Johnson and Noguera 2012).", func(r *OriginRow) float64 { return usd(r.VAX) }),
	result.FloatField("vax_ratio", result.Share, "vax_usd ÷ exports_usd.", func(r *OriginRow) float64 { return ratio(r.VAX, r.Exports) }),
	result.FloatField("foreign_usd", result.USD, "Foreign value added in its exports, counted each time it crosses the border (columns fva_final, fva_int and fdc).", func(r *OriginRow) float64 { return usd(r.Foreign) }),
	result.FloatField("foreign_share", result.Share, "foreign_usd ÷ exports_usd.", func(r *OriginRow) float64 { return ratio(r.Foreign, r.Exports) }),
	kwwField("dva_final_usd", "Domestic value added in exports of final goods (Koopman, Wang and Wei 2014, term 1).", dvaFinal),
	kwwField("dva_int_usd", "Domestic value added in exports of inputs that importers use for their own final demand (term 2).", dvaInt),
	kwwField("dva_reexport_usd", "Domestic value added in exports of inputs that importers use for final goods of third countries (term 3).", dvaReexport),
	kwwField("rdv_final_usd", "Domestic value added that returns home in final goods (term 4).", rdvFinal),
	kwwField("rdv_int_usd", "Domestic value added that returns home in inputs (term 5).", rdvInt),
	kwwField("ddc_usd", "Domestic content that is counted more than once (term 6).", doubleDomestic),
	kwwField("fva_final_usd", "Foreign value added in exports of final goods (term 7).", fvaFinal),
	kwwField("fva_int_usd", "Foreign value added in exports of inputs (term 8).", fvaInt),
	kwwField("fdc_usd", "Foreign content that is counted more than once (term 9).", doubleForeign),
	result.FloatField("rest_usd", result.USD, "Exports minus the nine terms: 0, except for rows of the table that do not add up.", func(r *OriginRow) float64 { return usd(r.Rest()) }),
).ByValue("year", "-exports_usd")

// accounts is what exports of a table are taken apart with.
type accounts struct {
	t        *icio.Table
	value    []float64   // value added per unit of output
	exports  []float64   // of each node, to all other areas
	finalOut []float64   // of each node, to final demand of other areas
	home     []float64   // final demand at home
	own      [][]float64 // by area: its value added in a unit of what each node makes, at all stages
	inside   []float64   // value added of its own area in a unit of each node, without trade
}

func (q *reading) accounts(ctx context.Context, t *icio.Table) (*accounts, error) {
	system, err := leontiefOf(ctx, t)
	if err != nil {
		return nil, err
	}
	n, k := t.N(), len(t.Industries)
	a := &accounts{t: t, value: make([]float64, n), exports: make([]float64, n), finalOut: make([]float64, n), home: make([]float64, n)}
	per := perUnit(t.Output)
	for i, in := range t.Inputs() {
		a.value[i] = (t.Output[i] - in) * per[i]
	}
	for i := range n {
		area := t.AreaOf(i)
		for to := range t.Areas {
			if v := t.FinalTo(i, to); to == area {
				a.home[i] = v
			} else {
				a.finalOut[i] += v
				a.exports[i] += t.SalesTo(i, to) + v
			}
		}
	}
	a.inside = system.DomesticTransposed(a.value)
	keys := make([]string, len(t.Areas))
	for s := range keys {
		keys[s] = fmt.Sprint("value ", s)
	}
	a.own, err = solved(t, keys, func(missing []int) (list [][]float64, err error) {
		for chunk := range slices.Chunk(missing, together) {
			var sides [][]float64
			for _, s := range chunk {
				v := make([]float64, n)
				copy(v[s*k:(s+1)*k], a.value[s*k:(s+1)*k])
				sides = append(sides, v)
			}
			x, err := system.SolveTransposed(ctx, sides...)
			if err != nil {
				return nil, err
			}
			list = append(list, x...)
		}
		return list, nil
	})
	return a, err
}

// rows takes the exports of each area apart.
func (a *accounts) rows(ctx context.Context) ([]OriginRow, error) {
	t, k := a.t, len(a.t.Industries)
	system, err := leontiefOf(ctx, t)
	if err != nil {
		return nil, err
	}
	// What importers make of inputs: (I − A_rr)⁻¹ Y_rr for their own final demand, (I − A_rr)⁻¹ E_r for exports. Inputs from others that go into either.
	used, err := system.Apply(ctx, system.Domestic(a.home), system.Domestic(a.exports))
	if err != nil {
		return nil, err
	}
	atHome := [2][]float64{}
	for side, made := range [][]float64{system.Domestic(a.home), system.Domestic(a.exports)} {
		atHome[side] = a.ownInputs(made)
	}
	rows := make([]OriginRow, len(t.Areas))
	world, worldExports := 0.0, 0.0
	for s := range rows {
		r := &rows[s]
		r.Year, r.Area = t.Year, t.Areas[s]
		p := a.own[s]
		for i := range p {
			area := t.AreaOf(i)
			abroad := a.finalOut[i] + a.home[i] - t.FinalTo(i, s) // final demand of other areas
			r.VAX += p[i] * abroad
			if area != s {
				r.Terms[dvaInt] += p[i] * a.home[i]
				r.Terms[rdvFinal] += p[i] * t.FinalTo(i, s)
				r.Terms[dvaReexport] += p[i] * (a.finalOut[i] - t.FinalTo(i, s))
			}
		}
		for i := s * k; i < (s+1)*k; i++ {
			r.Output += t.Output[i]
			r.Value += a.value[i] * t.Output[i]
			r.Exports += a.exports[i]
			others := 0.0
			if t.Output[i] > 0 {
				others = 1 - p[i]
			}
			r.Foreign += others * a.exports[i]
			r.Terms[dvaFinal] += p[i] * a.finalOut[i]
			r.Terms[rdvInt] += (p[i] - a.inside[i]) * a.home[i]
			r.Terms[doubleDomestic] += (p[i] - a.inside[i]) * a.exports[i]
			r.Terms[fvaFinal] += others * a.finalOut[i]
			r.Terms[fvaInt] += others * (used[0][i] - atHome[0][i])
			r.Terms[doubleForeign] += others * (used[1][i] - atHome[1][i])
		}
		world, worldExports = world+r.Value, worldExports+r.Exports
	}
	for s := range rows {
		rows[s].WorldShare, rows[s].ExportsShare = ratio(rows[s].Value, world), ratio(rows[s].Exports, worldExports)
	}
	return rows, nil
}

// ownInputs are what each node sells to its own area so that made is made.
func (a *accounts) ownInputs(made []float64) []float64 {
	t, k := a.t, len(a.t.Industries)
	per := perUnit(t.Output)
	sums := make([]float64, t.N())
	for i := range sums {
		from := t.AreaOf(i) * k
		for j := from; j < from+k; j++ {
			sums[i] += t.Sales(i)[j] * per[j] * made[j]
		}
	}
	return sums
}

// ValueAdded takes the exports of economies apart.
func ValueAdded(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	q, economies, err := openAbout(s, r)
	if err != nil {
		return nil, err
	}
	var rows []OriginRow
	var ratios []string
	err = q.each(ctx, func(t *icio.Table) error {
		a, err := q.accounts(ctx, t)
		if err != nil {
			return err
		}
		all, err := a.rows(ctx)
		if err != nil {
			return err
		}
		exports, vax := 0.0, 0.0
		for i := range all {
			exports, vax = exports+all[i].Exports, vax+all[i].VAX
		}
		ratios = append(ratios, fmt.Sprintf("%d %.3f", t.Year, ratio(vax, exports)))
		for _, p := range economies {
			areas, err := q.single(p, t.Year)
			if err != nil {
				return err
			}
			for _, area := range areas {
				rows = append(rows, all[area])
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, OriginSchema, "Value added in exports", rows)
	if err != nil {
		return nil, err
	}
	t.Note("value added of all areas that ends in final demand abroad ÷ exports of all areas: %s", strings.Join(ratios, ", "))
	q.noteTaxes(ctx, t)
	return t, nil
}

// noteTaxes says what value added holds.
func (q *reading) noteTaxes(ctx context.Context, t *result.Table) {
	table, err := q.table(ctx, q.years[0])
	switch {
	case err != nil:
	case table.ValueAdded == nil:
		t.Note("value added is output less inputs: the source has no value added, so it includes taxes less subsidies on products and transport margins")
	default:
		t.Note("value added is output less inputs: it includes taxes less subsidies on products, which the source lists separately")
	}
}

// WorldShareRow compares an industry of an economy by value added and by exports.
type WorldShareRow struct {
	Year                 int
	Area, Industry, Name string
	Value, Exports       float64 // million US dollars
	Share, ExportsShare  float64 // of the industry's in the world
	Total, ExportsTotal  float64 // the economy's share of all industries in the world
}

// Quotient is the location quotient: the economy's share of the industry ÷ its share of all industries.
func (r *WorldShareRow) Quotient() float64 { return ratio(r.Share, r.Total) }

// WorldShareSchema is the table of world shares.
var WorldShareSchema = result.NewSchema("value-added-industries",
	result.IntField("year", result.Year, "Calendar year.", func(r *WorldShareRow) int { return r.Year }),
	result.TextField("area", "Economy or group of economies.", func(r *WorldShareRow) string { return r.Area }),
	result.TextField("industry", "Code of the industry.", func(r *WorldShareRow) string { return r.Industry }),
	result.TextField("name", "What the industry makes.", func(r *WorldShareRow) string { return r.Name }),
	result.FloatField("value_added_usd", result.USD, "Output minus inputs.", func(r *WorldShareRow) float64 { return usd(r.Value) }),
	result.FloatField("world_share", result.Share, "Share of the industry's value added in all areas.", func(r *WorldShareRow) float64 { return r.Share }),
	result.FloatField("location_quotient", "index", "world_share ÷ the economy's share of the value added of all industries. Above 1 the economy is specialised in the industry.", (*WorldShareRow).Quotient),
	result.FloatField("exports_usd", result.USD, "Exports to industries and to final demand in other areas.", func(r *WorldShareRow) float64 { return usd(r.Exports) }),
	result.FloatField("world_export_share", result.Share, "Share of the industry's exports in all areas.", func(r *WorldShareRow) float64 { return r.ExportsShare }),
	result.FloatField("rca", "index", "world_export_share ÷ the economy's share of all exports: revealed comparative advantage by this table.", func(r *WorldShareRow) float64 { return ratio(r.ExportsShare, r.ExportsTotal) }),
).ByValue("year", "area", "-value_added_usd")

// WorldShares compares industries by value added and by exports.
func WorldShares(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	q, economies, err := openAbout(s, r)
	if err != nil {
		return nil, err
	}
	var rows []WorldShareRow
	err = q.each(ctx, func(t *icio.Table) error {
		w := worldOf(t)
		for _, p := range economies {
			rows = append(rows, w.shares(p.Label, q.areas(p, t.Year))...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, WorldShareSchema, "World shares by value added and by exports", rows)
	if err != nil {
		return nil, err
	}
	q.noteTaxes(ctx, t)
	t.Note("exports of a bloc are those to others than its members; world exports are those of every area, trade inside blocs included")
	return t, nil
}

// shares are the rows of the industries of areas that count as one.
func (w *world) shares(label string, areas []int) (rows []WorldShareRow) {
	if len(areas) == 0 {
		return nil
	}
	t := w.t
	var value, exports float64
	for _, a := range areas {
		for i := range t.Industries {
			value, exports = value+w.value[t.Node(a, i)], exports+w.exports(t.Node(a, i), areas)
		}
	}
	for i, industry := range t.Industries {
		row := WorldShareRow{Year: t.Year, Area: label, Industry: industry.Code, Name: industry.Name}
		for _, a := range areas {
			row.Value, row.Exports = row.Value+w.value[t.Node(a, i)], row.Exports+w.exports(t.Node(a, i), areas)
		}
		row.Share, row.ExportsShare = ratio(row.Value, w.industryValue[i]), ratio(row.Exports, w.industryExports[i])
		row.Total, row.ExportsTotal = ratio(value, w.allValue), ratio(exports, w.allExports)
		rows = append(rows, row)
	}
	return rows
}

// world is the value added and the exports of the industries of a table.
type world struct {
	t                              *icio.Table
	value                          []float64
	sold                           [][]float64 // by node: to each area
	industryValue, industryExports []float64
	allValue, allExports           float64
}

func worldOf(t *icio.Table) *world {
	w := &world{t: t, value: make([]float64, t.N()), industryValue: make([]float64, len(t.Industries)), industryExports: make([]float64, len(t.Industries))}
	for i, in := range t.Inputs() {
		w.value[i] = t.Output[i] - in
		sold := make([]float64, len(t.Areas))
		for a := range sold {
			sold[a] = t.SalesTo(i, a) + t.FinalTo(i, a)
		}
		w.sold = append(w.sold, sold)
		w.industryValue[t.IndustryOf(i)] += w.value[i]
		w.industryExports[t.IndustryOf(i)] += w.exports(i, []int{t.AreaOf(i)})
	}
	for i := range t.Industries {
		w.allValue, w.allExports = w.allValue+w.industryValue[i], w.allExports+w.industryExports[i]
	}
	return w
}

// exports are what a node sells to areas outside.
func (w *world) exports(node int, inside []int) (sum float64) {
	for a, v := range w.sold[node] {
		if !slices.Contains(inside, a) {
			sum += v
		}
	}
	return sum
}
