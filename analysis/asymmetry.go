package analysis

import (
	"context"
	"fmt"
	"math"

	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
)

// Asymmetry puts the two directions of a pair side by side, by year and method: on how many of b's products a depends,
// for what value, and the reverse. a and b are selections of one line each; q gives the rest of the question.
func (s *Source) Asymmetry(ctx context.Context, a, b string, q Query) (*result.Table, error) {
	there, err := s.direction(ctx, q, a, b)
	if err != nil {
		return nil, err
	}
	back, err := s.direction(ctx, q, b, a)
	if err != nil {
		return nil, err
	}
	c := newAsymmetryColumns()
	nameA, nameB := there.importers.parties[0], back.importers.parties[0]
	if nameA.Label == nameB.Label {
		return nil, fmt.Errorf("asymmetry: %q and %q are the same; want two economies or blocs", a, b)
	}
	t := there.judgedTable("asymmetry", fmt.Sprintf("%s and %s: who depends on whom, %s", nameA.Label, nameB.Label, yearsText(there.years)), c.list()...)
	for _, note := range append(back.inside(), back.gaps()...) {
		t.Note("%s", note)
	}
	noteGaps(t, back.coverage()...)
	for i, m := range there.methods {
		ab, err := there.flaggedByYear(ctx, m)
		if err != nil {
			return nil, err
		}
		ba, err := back.flaggedByYear(ctx, back.methods[i])
		if err != nil {
			return nil, err
		}
		for k := range ab {
			c.year.AppendInt(int64(ab[k].year))
			c.method.AppendText(m.ID)
			c.a.AppendText(nameA.Label)
			c.b.AppendText(nameB.Label)
			c.aName.AppendText(nameA.Name)
			c.bName.AppendText(nameB.Name)
			c.ab.add(&ab[k])
			c.ba.add(&ba[k])
			c.compare(&ab[k], &ba[k])
		}
	}
	return t, t.SortBy("year")
}

func (s *Source) direction(ctx context.Context, q Query, importer, partner string) (*study, error) {
	q.Importers, q.Partners = importer, partner
	st, err := s.study(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, side := range []struct {
		text string
		side side
	}{{importer, st.importers}, {partner, st.partners}} {
		if n := len(side.side.parties); n != 1 {
			return nil, fmt.Errorf("asymmetry: %q is %d lines; want one economy or bloc, or several merged with +", side.text, n)
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

func (st *study) flaggedByYear(ctx context.Context, m *method.Method) ([]flaggedYear, error) {
	scan, err := st.scan(m)
	if err != nil {
		return nil, err
	}
	var list []flaggedYear
	err = scan.run(ctx, func(year int, cells []cell) error {
		totals, err := scan.totals(ctx, year)
		if err != nil {
			return err
		}
		f := flaggedYear{year: year, status: st.statusOf(m, &st.importers.parties[0], year), products: map[string]bool{}, total: totals[0]}
		for i := range cells {
			f.products[cells[i].product] = true
			f.amount.products++
			f.amount.imports += cells[i].imports
			f.fromPartner += cells[i].fromPartner
		}
		list = append(list, f)
		return nil
	})
	return list, err
}

// directionColumns are the columns of one direction.
type directionColumns struct {
	products, imports, fromPartner, importShare, partnerShare, productShare, status *result.Column
}

func newDirectionColumns(prefix, from, to string) directionColumns {
	return directionColumns{
		products:     result.IntColumn(prefix+"_products", "count", "Products for which "+from+" depends on "+to+"."),
		imports:      result.FloatColumn(prefix+"_imports_usd", result.USD, "Imports of these products by "+from+" from everybody.").AsDetail(),
		fromPartner:  result.FloatColumn(prefix+"_imports_from_partner_usd", result.USD, "Imports of these products by "+from+" from "+to+"."),
		importShare:  result.FloatColumn(prefix+"_share_of_imports", result.Share, "Imports of these products in all imports of "+from+"."),
		partnerShare: result.FloatColumn(prefix+"_partner_share_of_imports", result.Share, "Imports of these products from "+to+" in all imports of "+from+".").AsDetail(),
		productShare: result.FloatColumn(prefix+"_share_of_products", result.Share, "These products in all products that "+from+" imports in the year.").AsDetail(),
		status:       result.TextColumn(prefix+"_status", statusText).AsDetail(),
	}
}

func (d *directionColumns) list() []*result.Column {
	return []*result.Column{d.products, d.imports, d.fromPartner, d.importShare, d.partnerShare, d.productShare}
}

func (d *directionColumns) add(f *flaggedYear) {
	d.products.AppendInt(int64(orMissing(f.status, f.amount.products)))
	d.imports.AppendFloat(orNaN(f.status, f.amount.imports))
	d.fromPartner.AppendFloat(orNaN(f.status, f.fromPartner))
	d.importShare.AppendFloat(orNaN(f.status, f.amount.imports/f.total.Imports))
	d.partnerShare.AppendFloat(orNaN(f.status, f.fromPartner/f.total.Imports))
	d.productShare.AppendFloat(orNaN(f.status, float64(f.amount.products)/float64(f.total.Products)))
	d.status.AppendText(string(f.status))
}

type asymmetryColumns struct {
	year                             *result.Column
	method, a, b, aName, bName       *result.Column
	ab, ba                           directionColumns
	ratio, difference, both, dollars *result.Column
}

func newAsymmetryColumns() *asymmetryColumns {
	return &asymmetryColumns{
		year:       result.IntColumn("year", result.Year, "Calendar year."),
		method:     result.TextColumn("method", "Definition of dependency."),
		a:          result.TextColumn("a", "First economy or bloc."),
		b:          result.TextColumn("b", "Second economy or bloc."),
		aName:      result.TextColumn("a_name", "Name of the first."),
		bName:      result.TextColumn("b_name", "Name of the second."),
		ab:         newDirectionColumns("a_on_b", "a", "b"),
		ba:         newDirectionColumns("b_on_a", "b", "a"),
		ratio:      result.FloatColumn("ratio", "ratio", "a_on_b_products / b_on_a_products; infinite where b depends on a for none, missing where the figures of one of them are."),
		difference: result.FloatColumn("difference", "count", "a_on_b_products less b_on_a_products: positive where a depends more; missing like ratio."),
		both:       result.IntColumn("both", "count", "Products for which each depends on the other; missing like ratio."),
		dollars:    result.FloatColumn("net_dependent_imports_usd", result.USD, "a_on_b_imports_from_partner_usd less b_on_a_imports_from_partner_usd; missing like ratio."),
	}
}

func (c *asymmetryColumns) list() []*result.Column {
	columns := []*result.Column{c.year, c.method, c.a, c.b, c.aName, c.bName}
	columns = append(columns, c.ab.list()...)
	columns = append(columns, c.ba.list()...)
	return append(columns, c.ratio, c.difference, c.both, c.dollars, c.ab.status, c.ba.status)
}

func (c *asymmetryColumns) compare(ab, ba *flaggedYear) {
	n, m := ab.amount.products, ba.amount.products
	ratio, difference, dollars := float64(n)/float64(m), float64(n-m), ab.fromPartner-ba.fromPartner
	if n == 0 && m == 0 {
		ratio = math.NaN()
	}
	both := int64(0)
	for p := range ab.products {
		if ba.products[p] {
			both++
		}
	}
	if !ab.status.Answers() || !ba.status.Answers() { // no side depends less for what is missing
		ratio, difference, dollars, both = math.NaN(), math.NaN(), math.NaN(), result.MissingInt
	}
	c.ratio.AppendFloat(ratio)
	c.difference.AppendFloat(difference)
	c.both.AppendInt(both)
	c.dollars.AppendFloat(dollars)
}
