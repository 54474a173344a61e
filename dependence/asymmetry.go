package dependence

import (
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
)

// AsymmetryQuestion is the question asymmetry.
var AsymmetryQuestion = &study.Question{
	Name: "asymmetry", Short: "Show how far each of two economies depends on the other, over time",
	Schemas: []study.Schema{AsymmetrySchema},
	Long: `Show how far each of two economies depends on the other, by year and method: for how many products A depends on B, with their value,
and the reverse. A and B are economies or blocs, or several merged with +.`,
	Examples: []string{
		`chokepoint asymmetry USA CHN`,
		`chokepoint asymmetry EU27 CHN --method merics-2024,hjs-2020 --years 2000:2022`,
		`chokepoint asymmetry USA+EU27 CHN --world net --format csv`,
	},
	Parameters: study.ParameterList([]study.Parameter{
		{Name: "a", Argument: 1, Required: true, Example: "EU27", Usage: "the first economy or bloc, or several merged with +"},
		{Name: "b", Argument: 2, Required: true, Example: "CHN", Usage: "the second economy or bloc, or several merged with +"},
	}, "products", "years", "method", "persistence", "world", "min-value"),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Asymmetry(ctx, s, r.Own["a"], r.Own["b"], r.Query)
	},
}

// Asymmetry puts the two directions of a pair side by side, by year and method: on how many of b's products a depends,
// for what value, and the reverse. a and b are selections of one line each; q gives the rest of the question.
func Asymmetry(ctx context.Context, s *study.Source, a, b string, q study.Query) (*result.Table, error) {
	there, err := direction(ctx, s, q, a, b)
	if err != nil {
		return nil, err
	}
	back, err := direction(ctx, s, q, b, a)
	if err != nil {
		return nil, err
	}
	nameA, nameB := there.ImporterSide.Parties[0], back.ImporterSide.Parties[0]
	if nameA.Label == nameB.Label {
		return nil, fault.Questionf("asymmetry: %q and %q are the same; expected two economies or blocs", a, b)
	}
	var rows []AsymmetryRow
	for i, m := range there.Methods {
		ab, err := flaggedByYear(ctx, there, m)
		if err != nil {
			return nil, err
		}
		ba, err := flaggedByYear(ctx, back, back.Methods[i])
		if err != nil {
			return nil, err
		}
		for k := range ab {
			r := AsymmetryRow{Year: ab[k].year, Method: m.ID, A: nameA.Label, AName: nameA.Name, B: nameB.Label, BName: nameB.Name,
				AOnB: ab[k].direction(), BOnA: ba[k].direction()}
			r.compare(&ab[k], &ba[k])
			rows = append(rows, r)
		}
	}
	t := study.JudgedAnswer(there, AsymmetrySchema, fmt.Sprintf("%s and %s: who depends on whom, %s", nameA.Label, nameB.Label, study.YearsText(there.Years)), rows)
	t.Add(slices.Concat(back.Inside(), back.WorldLacks(), back.Coverage())...)
	return t, t.SortBy("year")
}

func direction(ctx context.Context, s *study.Source, q study.Query, importer, partner string) (*study.Study, error) {
	q.Importers, q.Partners = importer, partner
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, side := range []struct {
		text string
		side study.Side
	}{{importer, st.ImporterSide}, {partner, st.PartnerSide}} {
		if n := len(side.side.Parties); n != 1 {
			return nil, fault.Questionf("asymmetry: %q is %d lines; expected one economy or bloc, or several merged with +", side.text, n)
		}
	}
	return st, nil
}

// flaggedYear is what one party depends on another for in a year.
type flaggedYear struct {
	year     int
	status   result.Status
	products map[string]bool
	amount
	total kernel.Total
}

func flaggedByYear(ctx context.Context, st *study.Study, m *method.Method) ([]flaggedYear, error) {
	scan, err := NewScan(st, m)
	if err != nil {
		return nil, err
	}
	scan.bare = true
	var list []flaggedYear
	err = scan.Run(ctx, func(year int, cells []Cell) error {
		totals, err := scan.totals(ctx, year)
		if err != nil {
			return err
		}
		f := flaggedYear{year: year, status: st.StatusOf(m, &st.ImporterSide.Parties[0], year), products: map[string]bool{}, total: totals[0]}
		for i := range cells {
			f.products[cells[i].Product] = true
			f.amount.products++
			f.amount.imports += cells[i].Imports
			f.fromPartner += cells[i].FromPartner
		}
		list = append(list, f)
		return nil
	})
	return list, err
}

// Direction is what one side of a pair depends on the other for. What rests on nothing is missing: whole numbers are
// result.MissingInt, others NaN.
type Direction struct {
	Products                     int
	Imports, ImportsFromPartner  float64 // of these products, USD
	ShareOfImports, PartnerShare float64 // in all imports
	ShareOfProducts              float64 // in all products imported
	Status                       result.Status
}

// AsymmetryRow is both directions of a pair in a year, by a method. What compares them is missing where one of them is.
type AsymmetryRow struct {
	Year       int
	Method     string
	A, AName   string
	B, BName   string
	AOnB, BOnA Direction
	Ratio      float64 // infinite where b depends on a for none
	Difference float64
	Both       int
	NetImports float64 // USD
}

// AsymmetrySchema is the table of asymmetry.
var AsymmetrySchema = newAsymmetrySchema()

func newAsymmetrySchema() *result.Schema[AsymmetryRow] {
	aOnB := func(r *AsymmetryRow) *Direction { return &r.AOnB }
	bOnA := func(r *AsymmetryRow) *Direction { return &r.BOnA }
	fields := slices.Concat([]result.Field[AsymmetryRow]{
		result.IntField("year", result.Year, "Calendar year.", func(r *AsymmetryRow) int { return r.Year }),
		result.TextField("method", "Definition of dependency.", func(r *AsymmetryRow) string { return r.Method }),
		result.TextField("a", "First economy or bloc.", func(r *AsymmetryRow) string { return r.A }),
		result.TextField("b", "Second economy or bloc.", func(r *AsymmetryRow) string { return r.B }),
		result.TextField("a_name", "Name of the first economy or bloc.", func(r *AsymmetryRow) string { return r.AName }),
		result.TextField("b_name", "Name of the second economy or bloc.", func(r *AsymmetryRow) string { return r.BName }),
	}, directionFields("a_on_b", "a", "b", aOnB), directionFields("b_on_a", "b", "a", bOnA), []result.Field[AsymmetryRow]{
		result.FloatField("ratio", "ratio", "a_on_b_products / b_on_a_products. Infinite if b depends on a for no product, missing if the figures of either are missing.", func(r *AsymmetryRow) float64 { return r.Ratio }),
		result.FloatField("difference", "count", "a_on_b_products minus b_on_a_products: positive if a depends more. Missing under the same conditions as ratio.", func(r *AsymmetryRow) float64 { return r.Difference }),
		result.IntField("both", "count", "Products for which each depends on the other. Missing under the same conditions as ratio.", func(r *AsymmetryRow) int { return r.Both }),
		result.FloatField("net_dependent_imports_usd", result.USD, "a_on_b_imports_from_partner_usd minus b_on_a_imports_from_partner_usd. Missing under the same conditions as ratio.", func(r *AsymmetryRow) float64 { return r.NetImports }),
		result.TextField("a_on_b_status", result.StatusText, func(r *AsymmetryRow) string { return string(r.AOnB.Status) }).AsDetail(),
		result.TextField("b_on_a_status", result.StatusText, func(r *AsymmetryRow) string { return string(r.BOnA.Status) }).AsDetail(),
	})
	return result.NewSchema("asymmetry", fields...).InOrder("a series of years")
}

// directionFields are the columns of one direction.
func directionFields(prefix, from, to string, side func(*AsymmetryRow) *Direction) []result.Field[AsymmetryRow] {
	return []result.Field[AsymmetryRow]{
		result.IntField(prefix+"_products", "count", "Products for which "+from+" depends on "+to+".", func(r *AsymmetryRow) int { return side(r).Products }),
		result.FloatField(prefix+"_imports_usd", result.USD, from+"'s imports of these products from all partners.", func(r *AsymmetryRow) float64 { return side(r).Imports }).AsDetail(),
		result.FloatField(prefix+"_imports_from_partner_usd", result.USD, from+"'s imports of these products from "+to+".", func(r *AsymmetryRow) float64 { return side(r).ImportsFromPartner }),
		result.FloatField(prefix+"_share_of_imports", result.Share, "Imports of these products ÷ all imports of "+from+".", func(r *AsymmetryRow) float64 { return side(r).ShareOfImports }),
		result.FloatField(prefix+"_partner_share_of_imports", result.Share, "Imports of these products from "+to+" ÷ all imports of "+from+".", func(r *AsymmetryRow) float64 { return side(r).PartnerShare }).AsDetail(),
		result.FloatField(prefix+"_share_of_products", result.Share, "These products ÷ all products that "+from+" imports in the year.", func(r *AsymmetryRow) float64 { return side(r).ShareOfProducts }).AsDetail(),
	}
}

func (f *flaggedYear) direction() Direction {
	return Direction{
		Products: f.status.Int(int(f.amount.products)), Imports: f.status.Float(f.amount.imports), ImportsFromPartner: f.status.Float(f.fromPartner),
		ShareOfImports: f.status.Float(f.amount.imports / f.total.Imports), PartnerShare: f.status.Float(f.fromPartner / f.total.Imports),
		ShareOfProducts: f.status.Float(float64(f.amount.products) / float64(f.total.Products)), Status: f.status,
	}
}

// compare fills in what takes both directions.
func (r *AsymmetryRow) compare(ab, ba *flaggedYear) {
	if !ab.status.Answers() || !ba.status.Answers() { // no side depends less for what is missing
		r.Ratio, r.Difference, r.NetImports, r.Both = math.NaN(), math.NaN(), math.NaN(), result.MissingInt
		return
	}
	n, m := ab.amount.products, ba.amount.products
	r.Ratio, r.Difference, r.NetImports = float64(n)/float64(m), float64(n-m), ab.fromPartner-ba.fromPartner
	if n == 0 && m == 0 {
		r.Ratio = math.NaN()
	}
	for p := range ab.products {
		if ba.products[p] {
			r.Both++
		}
	}
}
