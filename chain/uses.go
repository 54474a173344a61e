package chain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
)

// UsesQuestion is the question uses.
var UsesQuestion = &study.Question{
	Name: "uses", Short: "Show which industries use a good, and a supplier's share in each through all stages of production",
	Long: `Show which industries of an economy use a good, according to an inter-country input-output table, and what share a supplier has in
their use of such goods, directly and through all stages of production.

Input-output tables have industries, not goods. The industry that makes the good is found by its ISIC class, and the good is assumed
to be used in the same proportions as everything that industry makes. If several industries are possible, all of them are taken
together. Through the chain means everything that these industries make, in every area, for the user at every stage.`,
	Examples: []string{
		`chokepoint uses --importers USA --partners CHN --products 850760 --years 2011`,
		`chokepoint uses --importers DEU --partners CHN --products 2846,8505 --tables wiod-2013 --format csv`,
	},
	Tables:  true,
	Schemas: []study.Schema{UseSchema},
	Parameters: study.Changed(study.Changed(study.Changed(study.ParameterList([]study.Parameter{tablesParameter}, "importers", "partners", "products", "years"),
		"importers", func(p *study.Parameter) {
			p.Standard, p.Required, p.Example, p.Usage = "", true, "USA", "who uses: USA, EU27, USA+EU27 (merged), USA,EU27 (listed)"
		}),
		"partners", func(p *study.Parameter) {
			p.Standard, p.Required, p.Usage = "", true, "whose goods are used: as --importers"
		}),
		"products", func(p *study.Parameter) {
			p.Standard, p.Required, p.Example, p.Usage = "", true, "850760", "HS codes of any revision, or their beginnings: 850760,2846"
		}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return uses(ctx, s, r)
	},
}

// UseRow is an industry that uses a good, and a supplier's share there.
type UseRow struct {
	Year                            int
	User, Supplier, Product, MadeBy string
	Industry, Name                  string
	Share                           float64 // of what the user's industries buy of such goods
	FinalShare                      float64 // of what the user buys of such goods, what final use takes
	FaceShare, ThroughShare         float64
	BoughtUSD, ThroughUSD           float64
}

// UseSchema is the table of uses.
var UseSchema = result.NewSchema("uses",
	result.IntField("year", result.Year, "Calendar year.", func(r *UseRow) int { return r.Year }),
	result.TextField("user", "The economy or bloc whose industries use the good.", func(r *UseRow) string { return r.User }),
	result.TextField("supplier", "The economy or bloc whose goods are used.", func(r *UseRow) string { return r.Supplier }),
	result.TextField("product", "HS code.", func(r *UseRow) string { return r.Product }),
	result.TextField("made_by", madeByMeaning, func(r *UseRow) string { return r.MadeBy }),
	result.TextField("industry", "The user's industry that uses it.", func(r *UseRow) string { return r.Industry }),
	result.TextField("name", "What that industry makes.", func(r *UseRow) string { return r.Name }),
	result.FloatField("use_share", result.Share, "The industry's share of all purchases of made_by by the user's industries, from all areas.", func(r *UseRow) float64 { return r.Share }),
	result.FloatField("final_share", result.Share, "Share of the user's purchases of made_by that goes to final use (households, government, investment). It is the same in all rows of a good.", func(r *UseRow) float64 { return r.FinalShare }).AsDetail(),
	result.FloatField("face_share", result.Share, "The supplier's share of the industry's purchases of made_by.", func(r *UseRow) float64 { return r.FaceShare }),
	result.FloatField("through_share", result.Share, "The supplier's share of everything that made_by makes for the industry at every stage of production.", func(r *UseRow) float64 { return r.ThroughShare }),
	result.FloatField("bought_usd", result.USD, "The industry's purchases of made_by from all areas.", func(r *UseRow) float64 { return r.BoughtUSD }),
	result.FloatField("through_usd", result.USD, "Gross output of the supplier's made_by for the industry at every stage. It is output in all rounds of production, not trade.", func(r *UseRow) float64 { return r.ThroughUSD }).AsDetail(),
).ByValue("year", "user", "supplier", "product", "-bought_usd")

const madeByMeaning = "Industries of the table that make the good, by its ISIC class. There are several if the classification does not say which."

// uses answers the question.
func uses(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
	q, err := open(s, r)
	if err != nil {
		return nil, err
	}
	users, suppliers, err := q.sides(r.Importers, r.Partners)
	if err != nil {
		return nil, err
	}
	c := goodsOf()
	codes, unknown := c.pick(r.Products)
	if len(unknown) > 0 {
		return nil, fault.Questionf("products %q: no code of any HS revision that has a class of ISIC is or begins with %q; expected codes or their beginnings, comma-separated: 850760,2846", r.Products, unknown[0])
	}
	q.useConcordance()
	var rows []UseRow
	err = q.each(ctx, func(t *icio.Table) error {
		goods, err := goodsByMaker(c, t, codes)
		if err != nil {
			return err
		}
		for _, user := range users {
			for _, g := range goods {
				if err := q.CheckRows(len(rows)+len(suppliers)*len(g.codes)*len(t.Industries), UseSchema.Width()); err != nil {
					return err
				}
				more, err := q.usesOf(ctx, t, user, suppliers, g)
				if err != nil {
					return err
				}
				rows = append(rows, more...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t, err := answer(q, UseSchema, "Who uses goods, and suppliers' shares there", rows)
	if err != nil {
		return nil, err
	}
	noteProportion(t)
	q.noteInside(t, users, suppliers)
	return t, nil
}

// noteProportion says what a table can say of goods.
func noteProportion(t *result.Table) {
	t.Note("by proportionality: the table has industries, not goods; a good is assumed to be used in the same proportions as everything that made_by makes (HS to ISIC: %s %s of %s, from WITS and the United Nations)", goodsOf().ID, goodsOf().Version, goodsOf().Date)
}

// useConcordance tells that the concordance decides the answer.
func (q *reading) useConcordance() {
	q.UseFile("concordance", goodsOf().ID, goodsOf().sum())
}

// goods are those that the same industries make.
type goods struct {
	codes  []string
	makers []int
}

// goodsByMaker puts codes together that the same industries make. Those that the table cannot place are an error.
func goodsByMaker(c *concordance, t *icio.Table, codes []string) ([]goods, error) {
	layout := t.Layout.WithISIC()
	if layout.ISICRevision == 0 {
		return nil, fault.Questionf("tables of the layout %s: its industries have no classes of ISIC, so that nobody knows which makes a good; expected isic_revision, and isic for each industry, in the mapping", layout.ID)
	}
	places := map[string]int{}
	var list []goods
	for _, code := range codes {
		makers := c.makers(layout, t.Industries, code)
		if len(makers) == 0 {
			continue
		}
		key := fmt.Sprint(makers)
		if _, ok := places[key]; !ok {
			places[key] = len(list)
			list = append(list, goods{makers: makers})
		}
		list[places[key]].codes = append(list[places[key]].codes, code)
	}
	if len(list) == 0 {
		return nil, fault.Questionf("products: no industry of the tables is known to make %s", strings.Join(codes, ", "))
	}
	return list, nil
}

// usesOf are the rows of a user and of goods that the same industries make. What everybody takes of the makers, and of those of each
// supplier, says it for all using industries: two systems to solve, however many use it.
func (q *reading) usesOf(ctx context.Context, t *icio.Table, user party, suppliers []party, g goods) (rows []UseRow, err error) {
	areas := q.areas(user, t.Year)
	made := nodes(t, every(len(t.Areas)), g.makers)
	sources := [][]int{made}
	for _, supplier := range suppliers {
		sources = append(sources, nodes(t, q.areas(supplier, t.Year), g.makers))
	}
	reach, err := reachOf(ctx, t, sources)
	if err != nil {
		return nil, err
	}
	using := make([][]int, len(t.Industries))
	purchases := make([]float64, len(using)) // of the makers of all areas
	all, final := 0.0, 0.0
	for j := range using {
		using[j] = nodes(t, areas, []int{j})
		purchases[j] = flowing(t, made, using[j])
		all += purchases[j]
	}
	for _, i := range made {
		for _, a := range areas {
			final += t.FinalTo(i, a)
		}
	}
	for k, supplier := range suppliers {
		var part []UseRow
		for j, d := range t.Industries {
			stages := madeAt(t, reach[1+k], using[j])
			part = append(part, UseRow{Year: t.Year, User: user.Label, Supplier: supplier.Label, MadeBy: codesOf(t, g.makers), Industry: d.Code, Name: d.Name,
				Share: ratio(purchases[j], all), FinalShare: ratio(final, final+all), FaceShare: ratio(flowing(t, sources[1+k], using[j]), purchases[j]),
				ThroughShare: ratio(stages, madeAt(t, reach[0], using[j])), BoughtUSD: usd(purchases[j]), ThroughUSD: usd(stages)})
		}
		slices.SortStableFunc(part, func(a, b UseRow) int { return cmp.Compare(b.BoughtUSD, a.BoughtUSD) })
		for _, code := range g.codes {
			for _, r := range part {
				r.Product = code
				rows = append(rows, r)
			}
		}
	}
	return rows, nil
}

// codesOf are the codes of industries.
func codesOf(t *icio.Table, places []int) string {
	var codes []string
	for _, i := range places {
		codes = append(codes, t.Industries[i].Code)
	}
	return strings.Join(codes, " ")
}
