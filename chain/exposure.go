package chain

import (
	"context"
	"fmt"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
)

// ExposureQuestion is the question exposure.
var ExposureQuestion = &study.Question{
	Name: "exposure", Short: "Compare what industries buy directly from a supplier with what they use through all stages of production",
	Schemas: []study.Schema{ExposureSchema},
	Long: `Compare, in an inter-country input-output table, what industries buy directly from a supplier with what they use of it through all
stages of production: inputs of inputs, from everywhere, including home.

The face share is the supplier's share in what the industries buy directly from all areas, including home. The through share is its
share in everything that is made for them at every stage. Both are for the inputs that --inputs names. The hidden factor is
through share ÷ face share.

The supplier's dollars are gross output in all rounds of production: a good that passes through three of its factories
counts three times. They are neither trade nor value added.`,
	Examples: []string{
		`chokepoint exposure --importers USA,DEU --partners CHN --years 1995,2011`,
		`chokepoint exposure --importers USA --partners CHN --industries all --by industries --format csv`,
		`chokepoint exposure --importers EU27 --partners CHN,RUS --industries c14 --inputs all`,
	},
	Tables: true,
	Parameters: study.Changed(study.Changed(study.ParameterList([]study.Parameter{
		industriesParameter, inputsParameter,
		{Name: "by", Standard: Breakdowns[0], Values: Breakdowns, Example: "industries", Usage: "one row for all, for each using industry, for each supplying industry, or for each pair of them"},
		tablesParameter,
	}, "importers", "partners", "years"),
		"importers", func(p *study.Parameter) { p.Usage = "who uses: USA, EU27, USA+EU27 (merged), USA,EU27 (listed), all" }),
		"partners", func(p *study.Parameter) {
			p.Standard, p.Required, p.Usage = "", true, "whose goods and services are used: as --importers"
		}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Exposure(ctx, s, r)
	},
}

// Breakdowns are the ways to break an exposure down.
var Breakdowns = []string{"total", "industries", "inputs", "both"}

// ExposureRow is how far a user's industries depend on a supplier's, at face value and through the chain.
type ExposureRow struct {
	Year                    int
	User, Supplier          string
	Industries, Inputs      string
	FaceShare, ThroughShare float64
	FaceUSD, ThroughUSD     float64
}

// HiddenFactor is through ÷ face, a ratio of shares; NaN where nothing is bought directly.
func (r *ExposureRow) HiddenFactor() float64 { return ratio(r.ThroughShare, r.FaceShare) }

// ExposureSchema is the table of exposures.
var ExposureSchema = result.NewSchema("exposure",
	result.IntField("year", result.Year, "Calendar year.", func(r *ExposureRow) int { return r.Year }),
	result.TextField("user", "The economy or bloc whose industries use the inputs.", func(r *ExposureRow) string { return r.User }),
	result.TextField("supplier", "The economy or bloc whose goods and services are used.", func(r *ExposureRow) string { return r.Supplier }),
	result.TextField("industries", "The using industries.", func(r *ExposureRow) string { return r.Industries }),
	result.TextField("inputs", "The industries whose goods and services are used; in the denominators, those of every area.", func(r *ExposureRow) string { return r.Inputs }),
	result.FloatField("face_share", result.Share, "The user's industries' purchases of these inputs from the supplier ÷ their purchases of them from all areas, including home.", func(r *ExposureRow) float64 { return r.FaceShare }),
	result.FloatField("through_share", result.Share, "The same for everything that is made for them at every stage of production: Σ output of the user × (L − I) in the numerator and the denominator, with L the Leontief inverse.", func(r *ExposureRow) float64 { return r.ThroughShare }),
	result.FloatField("hidden_factor", "index", "through_share ÷ face_share, a ratio of two shares. Empty if nothing is bought directly.", (*ExposureRow).HiddenFactor),
	result.FloatField("face_usd", result.USD, "The user's industries' purchases of these inputs from the supplier.", func(r *ExposureRow) float64 { return r.FaceUSD }),
	result.FloatField("through_usd", result.USD, "The supplier's gross output that is made for them at every stage. It is output in all rounds of production, not trade.", func(r *ExposureRow) float64 { return r.ThroughUSD }),
).ByValue("year", "-through_usd")

// industrySet is industries that make a row.
type industrySet struct {
	label  string
	places []int
}

// split is one set of all industries, or one of each.
func split(t *icio.Table, text string, places []int, each bool) []industrySet {
	if !each {
		return []industrySet{{text, places}}
	}
	var sets []industrySet
	for _, i := range places {
		sets = append(sets, industrySet{t.Industries[i].Code, []int{i}})
	}
	return sets
}

// Exposure compares purchases with what is used through the chain, of each user and supplier in each year.
func Exposure(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	q, err := open(s, r)
	if err != nil {
		return nil, err
	}
	users, suppliers, err := q.sides(study.OrElse(r.Importers, "all"), r.Partners)
	if err != nil {
		return nil, err
	}
	industries := study.OrElse(r.Own["industries"], industriesParameter.Standard)
	inputs := study.OrElse(r.Own["inputs"], industries)
	by := study.OrElse(r.Own["by"], Breakdowns[0])
	var rows []ExposureRow
	err = q.eachPicked(ctx, industries, inputs, func(t *icio.Table, u, b []int) error {
		using := split(t, industries, u, by == "industries" || by == "both")
		used := split(t, inputs, b, by == "inputs" || by == "both")
		if err := q.CheckRows(len(rows)+len(users)*len(suppliers)*len(using)*len(used), ExposureSchema.Width()); err != nil {
			return err
		}
		more, err := q.exposures(ctx, t, users, suppliers, using, used)
		rows = append(rows, more...)
		return err
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, ExposureSchema, fmt.Sprintf("Inputs of %s at face value and through the chain", industries), rows)
	if err != nil {
		return nil, err
	}
	if by != Breakdowns[0] {
		t.ByValue = ExposureSchema.Order("year", "user", "supplier", "-through_usd") // a user's industries follow one another
	}
	t.Note("through_usd is gross output of all rounds of production, not trade: a good that passes through three factories of the supplier counts three times")
	t.Note("hidden_factor is a ratio of shares; the ratio of the two amounts is larger, as there are more inputs at all stages than at the last")
	q.noteInside(t, users, suppliers)
	return t, nil
}

// noteInside says which suppliers are part of a user: home is among the suppliers here.
func (q *reading) noteInside(t *result.Table, users, suppliers []party) {
	last := q.years[len(q.years)-1]
	for _, u := range users {
		for _, s := range suppliers {
			inside := 0
			for _, a := range q.areas(s, last) {
				for _, b := range q.areas(u, last) {
					if a == b {
						inside++
					}
				}
			}
			if inside > 0 && u.Named && s.Named {
				t.Add(result.Note{Kind: result.InnerTrade, Subject: u.Label, Members: []string{s.Label},
					Text: fmt.Sprintf("%s is, in part or whole, %s itself: its purchases at home are in the figures", s.Label, u.Label)})
			}
		}
	}
}

// exposures are the rows of a year.
func (q *reading) exposures(ctx context.Context, t *icio.Table, users, suppliers []party, using, used []industrySet) (rows []ExposureRow, err error) {
	var sets [][]int
	for _, u := range users {
		areas := q.areas(u, t.Year)
		for _, set := range using {
			sets = append(sets, nodes(t, areas, set.places))
		}
	}
	made, err := madeFor(ctx, t, sets)
	if err != nil {
		return nil, err
	}
	for k, set := range sets {
		face, through := bought(t, set), made[k]
		user, using := users[k/len(using)], using[k%len(using)]
		for _, supplier := range suppliers {
			areas := q.areas(supplier, t.Year)
			for _, in := range used {
				from, all := nodes(t, areas, in.places), nodes(t, every(len(t.Areas)), in.places)
				f, w := sumAt(face, from), sumAt(through, from)
				rows = append(rows, ExposureRow{Year: t.Year, User: user.Label, Supplier: supplier.Label, Industries: using.label, Inputs: in.label,
					FaceShare: ratio(f, sumAt(face, all)), ThroughShare: ratio(w, sumAt(through, all)), FaceUSD: usd(f), ThroughUSD: usd(w)})
			}
		}
	}
	return rows, nil
}
