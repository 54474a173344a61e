package study

import (
	"fmt"
	"slices"

	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/sector"
)

// fewProducts says that the dataset lacks most products of its HS revision in years asked for, where the question is about all
// products: totals, shares and counts are then about a handful, and not about trade. A made-up world has the products that it was
// made with. How many are enough stands in rule/data/coverage/claims.toml.
func (st *Study) fewProducts() []result.Note {
	m := st.Dataset.Manifest()
	all := len(sector.ProductsOf(m.Nomenclature))
	if m.Synthetic || all == 0 {
		return nil
	}
	enough, err := rule.OpenCoverage("claims")
	if err != nil {
		panic(err) // it comes with the program
	}
	n := result.Note{Kind: result.FewProducts, Status: result.Partial, Subject: m.Name}
	least, most := all, 0
	for _, y := range m.Years {
		if slices.Contains(st.Years, y.Year) && float64(y.Products) < *enough.ProductsShare*float64(all) {
			n.Years = append(n.Years, y.Year)
			least, most = min(least, y.Products), max(most, y.Products)
		}
	}
	if n.Years == nil {
		return nil
	}
	held := result.ShortInt(least)
	if most > least {
		held += " to " + result.ShortInt(most)
	}
	n.Text = fmt.Sprintf("dataset %s has %s of the %s products of %s in %s: totals, shares and counts are of these products alone", m.Name, held, result.ShortInt(all), m.Nomenclature, YearsText(n.Years))
	return []result.Note{n}
}
