package pages

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chain"
	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/trade"
)

// The industries of an importer that use a product, by an input-output table, and a supplier's share there.

// mostUsers is how many using industries are drawn.
const mostUsers = 8

var (
	useColumns = chain.UseSchema.Pick("name", "use_share", "face_share", "through_share", "bought_usd")
	useOrder   = chain.UseSchema.Order("-bought_usd", "industry")
)

// usesOf names the main using industries of the product at the importer, and the share there of the partner chosen, else of the largest
// supplier or exporter. It is nil where no table stands beside the dataset; made-up tables are for made-up datasets alone.
func (v *pageRequest) usesOf(p *productView, own, exporters *answer) (*figure, error) {
	sets, err := v.tableSets()
	if err != nil {
		return nil, err
	}
	sets = slices.DeleteFunc(sets, func(s tableSet) bool { return s.Synthetic != v.dataset.Synthetic })
	supplier := supplierOf(p, own, exporters)
	if len(sets) == 0 || supplier == "" {
		return nil, nil
	}
	slices.SortStableFunc(sets, func(a, b tableSet) int { return cmp.Compare(distanceOf(&a, p.Year), distanceOf(&b, p.Year)) })
	f := &figure{ID: "uses", Minor: true, Title: "Which industries of " + withArticle(p.ImporterName) + " use it, and how much of it comes from " + v.inSentence(supplier)}
	a, set, why, err := firstThatKnows(sets, func(s *tableSet) (*answer, error) {
		return v.ask("uses", "importers", p.Importer, "partners", supplier, "products", p.Product.Code, "tables", s.Name, "years", strconv.Itoa(s.nearest(p.Year)))
	})
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		f.Note = "This cannot be computed: " + why + "."
		return f, nil
	}
	rows := slices.Clone(chain.UseSchema.Rows(a.Table))
	rows = slices.DeleteFunc(rows, func(r chain.UseRow) bool { return !(r.BoughtUSD > 0) })
	if len(rows) == 0 {
		f.Note = "The tables " + set.Name + " have no industry of " + withArticle(p.ImporterName) + " that buys what " + set.namesOf(chain.UseSchema.Rows(a.Table)[0].MadeBy) + " makes."
		return f, nil
	}
	slices.SortStableFunc(rows, func(a, b chain.UseRow) int { return cmp.Compare(b.BoughtUSD, a.BoughtUSD) })
	f.Note = useNote(set, &rows[0], v.inSentence(supplier))
	f.Source = v.tableSource(a)
	names, face, through := faceAndThrough(rows[:min(mostUsers, len(rows))], func(r *chain.UseRow) shares {
		return shares{result.Percent(r.Share) + " " + set.namesOf(r.Industry), r.FaceShare, r.ThroughShare}
	})
	f.Option = chart.Dumbbells(names, "share of "+v.nameOf(supplier), chart.Share, face, through)
	f.Table = v.sheet("uses", a, mostUsers, useOrder, useColumns...)
	return f, nil
}

// useNote says by what reasoning the industries are named, which is not of the good alone.
func useNote(set *tableSet, r *chain.UseRow, supplier string) string {
	several := ""
	if strings.Contains(r.MadeBy, " ") {
		several = " (the classification does not say by which of them, so they are taken together)"
	}
	return fmt.Sprintf("An assumption of proportionality: an input-output table has industries, not goods. This good is made by %s%s. Each industry is assumed to use it in proportion to what it buys from there; the percentage before its name is its part. "+
		"The shares are those of %s in everything made there for the industry, bought directly and through all stages of production, not only in this good. Final users bought %s. "+
		"The table is for %d. For trade in this code that passes through one other economy, see the proxy on the page of choke points.",
		set.namesOf(r.MadeBy), several, supplier, result.Percent(r.FinalShare), r.Year)
}

// supplierOf is the partner chosen, else the largest supplier of the importer, else the largest exporter; "" is none.
func supplierOf(p *productView, own, exporters *answer) string {
	if partner := withoutDash(p.Partner); partner != "" {
		return partner
	}
	for _, r := range dependence.IndicatorSchema.Rows(own.Table) {
		if r.Year() == p.Year && withoutDash(r.TopSupplier()) != "" {
			return r.TopSupplier()
		}
	}
	if rows := dependence.ExporterSchema.Rows(exporters.Table); len(rows) > 0 {
		return slices.MaxFunc(rows, func(a, b dependence.ExporterRow) int { return cmp.Compare(a.Exports, b.Exports) }).Exporter.Label
	}
	return ""
}

// distanceOf is how many years a set is from a period of trade.
func distanceOf(s *tableSet, period int) int {
	year := s.nearest(period)
	return max(year-trade.Period(period).Year(), trade.Period(period).Year()-year)
}
