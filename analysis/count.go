package analysis

import (
	"context"
	"fmt"
	"math"
	"strings"

	"chokepoint/method"
	"chokepoint/result"
)

// Count answers how many products each importer depends on, by year, method and partner, with the value concerned. A
// raw count misleads where nomenclatures lose codes over time, so the share of traded products stands beside it.
//
// Importers and partners asked for by name have a row also where the count is zero.
func (s *Source) Count(ctx context.Context, q Query) (*result.Table, error) {
	st, err := s.study(q)
	if err != nil {
		return nil, err
	}
	counts := make([][]tally, len(st.methods)) // by method, in order of years
	for i, m := range st.methods {
		if counts[i], err = st.tallies(ctx, m); err != nil {
			return nil, err
		}
	}
	c := newCountColumns()
	t := st.judgedTable("count", st.countTitle(), c.list()...)
	for y := range st.years {
		for i, m := range st.methods {
			c.add(st, m, &counts[i][y])
		}
	}
	return t, nil
}

// tally is the counts of one method and year, by parties.
type tally struct {
	scan   *scan
	year   int
	counts map[[2]int32]*amount
	totals []total
}

type amount struct {
	products             int
	imports, fromPartner float64
}

func (st *study) tallies(ctx context.Context, m *method.Method) ([]tally, error) {
	scan, err := st.scan(m)
	if err != nil {
		return nil, err
	}
	var list []tally
	err = scan.run(ctx, func(year int, cells []cell) error {
		t := tally{scan, year, map[[2]int32]*amount{}, scan.totals[year]}
		for i := range cells {
			c := &cells[i]
			a := t.counts[[2]int32{c.importer, c.partner}]
			if a == nil {
				a = &amount{}
				t.counts[[2]int32{c.importer, c.partner}] = a
			}
			a.products++
			a.imports += c.imports
			a.fromPartner += c.fromPartner
		}
		list = append(list, t)
		return nil
	})
	return list, err
}

type countColumns struct {
	year, products, traded                                             *result.Column
	method, importer, partner, importerName, partnerName               *result.Column
	imports, fromPartner, total, importShare, partnerShare, tradeShare *result.Column
}

func newCountColumns() *countColumns {
	return &countColumns{
		year:         result.IntColumn("year", result.Year, "Calendar year."),
		method:       result.TextColumn("method", "Definition of dependency."),
		importer:     result.TextColumn("importer", "Economy or bloc that depends, ISO3 or as asked."),
		partner:      result.TextColumn("partner", "Economy or bloc depended on; - is any partner or none."),
		products:     result.IntColumn("products", "count", "Products on which the importer depends."),
		imports:      result.FloatColumn("imports_usd", result.USD, "Imports of these products from everybody."),
		fromPartner:  result.FloatColumn("imports_from_partner_usd", result.USD, "Imports of these products from the partner; from those on whom it depends where several are asked for."),
		importerName: result.TextColumn("importer_name", "Name of the importer."),
		partnerName:  result.TextColumn("partner_name", "Name of the partner."),
		total:        result.FloatColumn("total_imports_usd", result.USD, "Imports of all products of the selection.").AsDetail(),
		importShare:  result.FloatColumn("share_of_imports", result.Share, "imports_usd / total_imports_usd."),
		partnerShare: result.FloatColumn("partner_share_of_imports", result.Share, "imports_from_partner_usd / total_imports_usd."),
		traded:       result.IntColumn("traded_products", "count", "Products of the selection that the importer imports at all in the year.").AsDetail(),
		tradeShare:   result.FloatColumn("share_of_products", result.Share, "products / traded_products."),
	}
}

func (c *countColumns) list() []*result.Column {
	return []*result.Column{c.year, c.method, c.importer, c.partner, c.products, c.imports, c.fromPartner,
		c.importerName, c.partnerName, c.total, c.importShare, c.partnerShare, c.traded, c.tradeShare}
}

func (c *countColumns) add(st *study, m *method.Method, t *tally) {
	partners := len(t.scan.partners.parties)
	if !t.scan.pairs {
		partners = 1
	}
	for i := range st.importers.parties {
		for p := range partners {
			c.addRow(st, m, t, int32(i), int32(p))
		}
	}
}

func (c *countColumns) addRow(st *study, m *method.Method, t *tally, i, p int32) {
	importer := st.importers.parties[i]
	partner, partnerName, named := "-", "", importer.Named
	if t.scan.pairs {
		party := t.scan.partners.parties[p]
		partner, partnerName, named = party.Label, party.Name, named && party.Named
	} else {
		p = -1
	}
	a := t.counts[[2]int32{i, p}]
	if a == nil {
		if !named {
			return
		}
		a = &amount{}
	}
	fromPartner := a.fromPartner
	if !t.scan.pairs {
		fromPartner = math.NaN()
	}
	total := t.totals[i]
	c.year.AppendInt(int64(t.year))
	c.method.AppendText(m.ID)
	c.importer.AppendText(importer.Label)
	c.partner.AppendText(partner)
	c.products.AppendInt(int64(a.products))
	c.imports.AppendFloat(a.imports)
	c.fromPartner.AppendFloat(fromPartner)
	c.importerName.AppendText(importer.Name)
	c.partnerName.AppendText(partnerName)
	c.total.AppendFloat(total.imports)
	c.importShare.AppendFloat(a.imports / total.imports)
	c.partnerShare.AppendFloat(fromPartner / total.imports)
	c.traded.AppendInt(int64(total.traded))
	c.tradeShare.AppendFloat(float64(a.products) / float64(total.traded))
}

func (st *study) countTitle() string {
	var ids []string
	for _, m := range st.methods {
		ids = append(ids, m.ID)
	}
	on := ""
	if !st.pickNone {
		on = " on " + st.partners.selection.String()
	}
	return fmt.Sprintf("Import dependencies of %s%s, %s, by %s", st.importers.selection.String(), on, yearsText(st.years), strings.Join(ids, ", "))
}
