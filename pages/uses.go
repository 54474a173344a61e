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
	f := &figure{ID: "uses", Title: "Which industries of " + p.ImporterName + " use it, and how much of that is from " + v.nameOf(supplier)}
	a, set, why, err := firstThatKnows(sets, func(s *tableSet) (*answer, error) {
		return v.ask("uses", "importers", p.Importer, "partners", supplier, "products", p.Product.Code, "tables", s.Name, "years", strconv.Itoa(s.nearest(p.Year)))
	})
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		f.Note = "This cannot be said: " + why + "."
		return f, nil
	}
	rows := slices.Clone(chain.UseSchema.Rows(a.Table))
	rows = slices.DeleteFunc(rows, func(r chain.UseRow) bool { return !(r.BoughtUSD > 0) })
	if len(rows) == 0 {
		f.Note = "The tables " + set.Name + " have no industry of " + p.ImporterName + " that buys what " + set.namesOf(chain.UseSchema.Rows(a.Table)[0].MadeBy) + " makes."
		return f, nil
	}
	slices.SortStableFunc(rows, func(a, b chain.UseRow) int { return cmp.Compare(b.BoughtUSD, a.BoughtUSD) })
	f.Note = useNote(set, &rows[0], v.nameOf(supplier))
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
		several = "; the classification does not say which, so that they are taken together"
	}
	return fmt.Sprintf("By proportionality: an input-output table knows industries, not goods. This one is made by %s%s; who uses it is taken to be who buys from there, each industry with its part of that, which stands before its name. "+
		"The shares are those of %s in all that is made there for the industry, bought directly and through all stages of production, not in this good alone. Final use took %s of what was bought. "+
		"The table is of %d. What passes through one other economy in goods of this code alone is the proxy two_hop_share of the choke points.",
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
