package dependence

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Exporters lists who sells each product, whoever buys it: a row for each exporter, product and year with exports. The partners of q
// choose exporters; - is all. In the gross world trade inside a bloc counts, so that its exports are those of its members; in the net one
// it does not, nor in the world's exports beside it.
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
	var rows []ExporterRow
	for _, y := range st.Years {
		if rows, err = appendExporters(ctx, st, y, rows); err != nil {
			return nil, err
		}
		if err := st.CheckRows(len(rows), ExporterSchema.Width()); err != nil {
			return nil, err
		}
	}
	rows = result.Sorted(rows, func(a, b *ExporterRow) int {
		return cmp.Or(a.Year-b.Year, strings.Compare(a.Product, b.Product), cmp.Compare(b.Exports, a.Exports), strings.Compare(a.Exporter.Label, b.Exporter.Label))
	})
	t := study.Answer(st, ExporterSchema, "Exporters, "+study.YearsText(st.Years), rows)
	t.Add(st.WorldLacks()...)
	return t, nil
}

// onlyExporters refuses what is about importers.
func onlyExporters(q study.Query) error {
	fail := func(parameter, value, want string) error {
		return &study.ParameterError{Parameter: parameter, Value: value, Err: fmt.Errorf("%q: one row per exporter counts what everybody buys; %s", value, want)}
	}
	switch {
	case q.Importers != "":
		return fail("importers", q.Importers, "leave it out, or name exporters as partners")
	case q.Hubs != "":
		return fail("hubs", q.Hubs, "leave it out: an entrepôt has a row here")
	case q.MinValue != 0:
		return fail("min-value", fmt.Sprint(q.MinValue), "leave it out")
	}
	return nil
}

// ExporterRow is what an economy or bloc sells of a product in a year, whoever buys it.
type ExporterRow struct {
	Year           int
	Product        string
	Exporter       *trade.Party
	Exports, World float64 // USD
	Status         result.Status
}

// WorldShare is the share in world exports.
func (r *ExporterRow) WorldShare() float64 { return r.Exports / r.World }

// ExporterSchema is the table of exporters.
var ExporterSchema = result.NewSchema("exporters",
	result.IntField("year", result.Year, "Calendar year.", func(r *ExporterRow) int { return r.Year }).Titled("Year"),
	result.TextField("product", "HS code, six characters.", func(r *ExporterRow) string { return r.Product }).Titled("Product"),
	result.TextField("exporter", "Economy or bloc that exports: ISO3 code, or as written in the question.", func(r *ExporterRow) string { return r.Exporter.Label }),
	result.FloatField("exports_usd", result.USD, "Exports of the product to all importers; for a bloc, its members' exports, and with --world net only those to non-members.", func(r *ExporterRow) float64 { return r.Exports }),
	result.FloatField("share_of_world_exports", result.Share, "exports_usd / world_exports_usd.", (*ExporterRow).WorldShare),
	result.TextField("exporter_name", "Name of the exporter.", func(r *ExporterRow) string { return r.Exporter.Name }),
	result.FloatField("world_exports_usd", result.USD, "Exports of the product by all economies; with --world net without trade inside the bloc of the row.", func(r *ExporterRow) float64 { return r.World }).AsDetail(),
	result.TextField("status", WorldStatusText, func(r *ExporterRow) string { return string(r.Status) }).AsDetail(),
).ByValue("-year", "-exports_usd")

// appendExporters adds the rows of a year.
func appendExporters(ctx context.Context, st *study.Study, y int, rows []ExporterRow) ([]ExporterRow, error) {
	world, err := st.World()
	if err != nil {
		return nil, err
	}
	partiesOf := map[trade.Code][]int{}
	for p, set := range st.PartySets(&st.PartnerSide, y) {
		if world == trade.Net && set.Len() > 1 && len(st.PartnerSide.Parties[p].Any) == 1 {
			if rows, err = appendExports(ctx, st, y, set, func(trade.Code) []int { return []int{p} }, rows); err != nil {
				return nil, err
			}
			continue
		}
		for _, code := range set.Codes() {
			partiesOf[code] = append(partiesOf[code], p)
		}
	}
	return appendExports(ctx, st, y, trade.Set{}, func(c trade.Code) []int { return partiesOf[c] }, rows)
}

// appendExports adds the rows of parties by exporter, or of a bloc, without what its members sell to one another.
func appendExports(ctx context.Context, st *study.Study, y int, bloc trade.Set, partiesOf func(trade.Code) []int, rows []ExporterRow) ([]ExporterRow, error) {
	status := st.WorldStatus(y)
	err := st.EngineOrFiles().Margins(ctx, y, st.Products.Codes(), bloc, func(product string, m store.Margins) error {
		sold := make([]float64, len(st.PartnerSide.Parties))
		for i, x := range m.Exports {
			if bloc.Len() > 0 && !bloc.Has(trade.Code(m.Exporter[i])) {
				continue
			}
			for _, p := range partiesOf(trade.Code(m.Exporter[i])) {
				sold[p] += x
			}
		}
		for p, x := range sold {
			if x == 0 {
				continue
			}
			rows = append(rows, ExporterRow{y, product, &st.PartnerSide.Parties[p], x, m.World, status})
		}
		return nil
	})
	return rows, err
}
