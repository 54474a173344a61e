package main

import (
	"fmt"
	"slices"

	"chokepoint/chokepoints"
	"chokepoint/competition"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/scenario"
)

// rows are an answer of ours as rows of six numbers.
func (o *ours) rows(t *result.Table) ([]string, error) {
	switch t.Name {
	case scenario.CutSchema.Name():
		return o.unfilled(t), nil
	case competition.ScoreboardSchema.Name():
		return o.sectors(t)
	case dependence.OverlapSchema.Name():
		return o.overlaps(t), nil
	case chokepoints.Schema.Name():
		return o.dependents(t), nil
	}
	return o.counts(t), nil
}

func row(year, importer, partner, products int, imports, from float64) string {
	return fmt.Sprintf("%d,%d,%d,%d,%.0f,%.0f", year, importer, partner, products, imports, from)
}

// counts are the products that depend, by importer and partner, and indicators by importer.
func (o *ours) counts(t *result.Table) (rows []string) {
	products, imports, from := t.Column("products"), t.Column("imports_usd"), t.Column("imports_from_partner_usd")
	if products == nil {
		products, from = t.Column("suppliers"), t.Column("top_supplier_imports_usd")
	}
	for i := range t.Rows() {
		if !(products.Number(i) > 0) {
			continue // lines that are printed for whoever was asked for by name
		}
		partner, dollars := 0, 0.0
		if p := t.Column("partner"); p != nil && p.TextAt(i) != "-" {
			partner = o.codes[p.TextAt(i)]
		}
		if partner > 0 || t.Column("products") == nil {
			dollars = from.Float[i]
		}
		rows = append(rows, row(int(t.Column("year").Int[i]), o.codes[t.Column("importer").TextAt(i)], partner, int(products.Number(i)), imports.Float[i], dollars))
	}
	return rows
}

// unfilled are the sums of a cut by importer.
func (o *ours) unfilled(t *result.Table) (rows []string) {
	products := map[string]int{}
	list := scenario.CutSchema.Rows(t)
	for i := range list {
		if list[i].Product != "all" {
			products[list[i].Importer]++
		}
	}
	for i := range list {
		if r := &list[i]; r.Product == "all" {
			rows = append(rows, row(r.Year, o.codes[r.Importer], o.codes["CHN"], products[r.Importer], r.Lost, r.Unfilled/1e6))
		}
	}
	return rows
}

// sectors are three rows a sector of a scoreboard: what the economy sells and buys; what it depends on others for; who depends on it. See
// duckdb/scoreboard.sql.
func (o *ours) sectors(t *result.Table) (rows []string, err error) {
	groups, _, err := o.source.Groups(sections)
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	for i, g := range groups {
		place[g.ID] = i
	}
	list := competition.ScoreboardSchema.Rows(t)
	for i := range list {
		r := &list[i]
		n, of := place[r.Sector]
		if !of {
			continue // all products
		}
		if r.Exports > 0 {
			rows = append(rows, row(r.Year, n, r.Rank, r.Advantages, r.Exports, r.Imports))
		}
		if r.Own > 0 {
			rows = append(rows, row(r.Year, 100+n, 0, r.Own, r.OwnImports, 0))
		}
		if r.Others > 0 {
			rows = append(rows, row(r.Year, 200+n, 0, r.Others, r.OthersImports, 0))
		}
	}
	return rows, nil
}

// overlaps number partners by ten with the pair of definitions behind, and have the products of each and of both. See duckdb/compare.sql.
func (o *ours) overlaps(t *result.Table) (rows []string) {
	list := dependence.OverlapSchema.Rows(t)
	var pairs [][2]string
	for i := range list {
		r := &list[i]
		pair := [2]string{r.MethodA, r.MethodB}
		n := slices.Index(pairs, pair)
		if n < 0 {
			n = len(pairs)
			pairs = append(pairs, pair)
		}
		if r.Either > 0 {
			rows = append(rows, row(r.Year, o.codes[r.Importer], 10*o.codes[r.Partner]+n, r.Both, float64(r.ProductsA), float64(r.ProductsB)))
		}
	}
	return rows
}

// dependents are products by their place in the list, and suppliers: how many depend, what these buy in all and from the supplier.
func (o *ours) dependents(t *result.Table) (rows []string) {
	place := map[string]int{}
	for i, p := range o.source.Dataset.Products().All() {
		place[p.Code] = i
	}
	list, all := chokepoints.Schema.Rows(t), t.Column("dependent_imports_usd")
	for i := range list {
		r := &list[i]
		rows = append(rows, row(r.Year, place[r.Product.Code], o.codes[r.Partner.Label], r.Dependents, all.Float[i], r.FromPartner))
	}
	return rows
}
