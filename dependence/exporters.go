package dependence

import (
	"context"
	"fmt"
	"strings"

	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Exporters lists who sells each product, whoever buys it: a row for each exporter, product and year with exports. The partners of q
// choose exporters; - is all. Trade inside a bloc counts, so that its exports are those of its members.
func Exporters(ctx context.Context, s *study.Source, q study.Query) (*result.Table, error) {
	if err := onlyExporters(q.Canonical()); err != nil {
		return nil, err
	}
	if p := strings.TrimSpace(q.Partners); p == "" || p == "-" {
		q.Partners = "all"
	}
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	c := newExporterColumns()
	t := st.Table("exporters", "Exporters, "+study.YearsText(st.Years), c.list()...)
	t.Notes = append(t.Notes, st.Gaps()...)
	for _, y := range st.Years {
		if err := c.add(ctx, st, y); err != nil {
			return nil, err
		}
		if err := st.CheckSize(t.Columns); err != nil {
			return nil, err
		}
	}
	return t, t.SortBy("year", "product", "-exports_usd", "exporter")
}

// onlyExporters refuses what is about importers.
func onlyExporters(q study.Query) error {
	fail := func(parameter, value, want string) error {
		return &study.ParameterError{parameter, value, fmt.Errorf("%q: a row an exporter counts what everybody buys; %s", value, want)}
	}
	switch {
	case q.Importers != "":
		return fail("importers", q.Importers, "leave it out, or name exporters as partners")
	case q.World == string(trade.Net):
		return fail("world", q.World, "want gross")
	case q.MinValue != 0:
		return fail("min-value", fmt.Sprint(q.MinValue), "leave it out")
	}
	return nil
}

type exporterColumns struct {
	year                    *result.Column
	product, exporter, name *result.Column
	exports, share, world   *result.Column
}

func newExporterColumns() *exporterColumns {
	return &exporterColumns{
		year:     result.IntColumn("year", result.Year, "Calendar year."),
		product:  result.TextColumn("product", "HS code, six characters."),
		exporter: result.TextColumn("exporter", "Economy or bloc that exports, ISO3 or as asked."),
		exports:  result.FloatColumn("exports_usd", result.USD, "Exports of the product to everybody; of a bloc: of its members."),
		share:    result.FloatColumn("share_of_world_exports", result.Share, "exports_usd / world_exports_usd."),
		name:     result.TextColumn("exporter_name", "Name of the exporter."),
		world:    result.FloatColumn("world_exports_usd", result.USD, "Exports of the product by all economies.").AsDetail(),
	}
}

func (c *exporterColumns) list() []*result.Column {
	return []*result.Column{c.year, c.product, c.exporter, c.exports, c.share, c.name, c.world}
}

// add adds the rows of a year.
func (c *exporterColumns) add(ctx context.Context, st *study.Study, y int) error {
	partiesOf := map[trade.Code][]int{}
	for p, set := range st.PartySets(&st.PartnerSide, y) {
		for _, code := range set.Codes() {
			partiesOf[code] = append(partiesOf[code], p)
		}
	}
	return st.EngineOrFiles().Margins(ctx, y, st.Products.Codes(), trade.Set{}, func(product string, m store.Margins) error {
		sold := make([]float64, len(st.PartnerSide.Parties))
		for i, x := range m.Exports {
			for _, p := range partiesOf[trade.Code(m.Exporter[i])] {
				sold[p] += x
			}
		}
		for p, x := range sold {
			if x == 0 {
				continue
			}
			party := &st.PartnerSide.Parties[p]
			c.year.AppendInt(int64(y))
			c.product.AppendText(product)
			c.exporter.AppendText(party.Label)
			c.exports.AppendFloat(x)
			c.share.AppendFloat(x / m.World)
			c.name.AppendText(party.Name)
			c.world.AppendFloat(m.World)
		}
		return nil
	})
}
