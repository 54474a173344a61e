package pages

import (
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/search"
	"chokepoint/study"
	"chokepoint/trade"
)

// treeOf draws a list of dependencies as areas: sections of the Harmonized System, their headings, as large as the imports.
func (v *pageRequest) treeOf(list *answer, importer string, year int) *figure {
	seen := map[string]bool{}
	worth, count := map[string]float64{}, map[string]int{}
	headings := map[string][]string{} // by number of the section, in order of their first product
	var sections []trade.Section
	for _, r := range dependence.DependencySchema.Rows(list.Table) {
		code := r.Product.Code
		s, ok := trade.SectionOf(code)
		if !ok || seen[code] {
			continue
		}
		seen[code] = true
		heading := code[:4]
		if headings[s.Number] == nil {
			sections = append(sections, s)
		}
		if count[heading] == 0 {
			headings[s.Number] = append(headings[s.Number], heading)
		}
		worth[heading] += r.Imports
		worth[s.Number] += r.Imports
		count[heading]++
	}
	if len(sections) == 0 {
		return nil
	}
	var areas []chart.Area
	g := &grid{Caption: "Dependencies by heading", Answer: list, Columns: []gridColumn{{Title: "Heading"}, {Title: "Section"}, {Title: "Products", Number: true}, {Title: "Total imports", Unit: result.USD, Number: true}}}
	for k, s := range sections {
		area := chart.Area{Name: s.Short, Colour: chart.OfGroup(k), Tip: s.Title + "\n" + people(worth[s.Number], result.USD) + " USD"}
		for _, heading := range headings[s.Number] {
			link := v.link("/chokepoints", "importers", importer, "products", heading)
			_, name, _ := strings.Cut(search.GroupName(v.product, heading), ": ")
			area.Parts = append(area.Parts, chart.Area{Name: heading, Shown: strings.TrimSpace(heading + " " + cut(name, 60)), Value: worth[heading], Link: link,
				Tip: "Heading " + heading + ", " + study.OrElse(cut(name, 80), s.Short) + "\n" + plural(count[heading], "product", "products") + ", " + people(worth[heading], result.USD) + " USD"})
			g.Rows = append(g.Rows, []cell{{Text: strings.TrimSpace(heading + " " + cut(name, 80)), Head: true, Link: link}, {Text: s.Short}, {Text: strconv.Itoa(count[heading]), Number: true}, amount(worth[heading], result.USD)})
		}
		areas = append(areas, area)
	}
	v.arrangeRows("tree", g, 40, "-total_imports")
	return &figure{ID: "tree", Minor: true, Title: "Import-dependent products by section and heading, " + periodText(year), Height: "tall", Source: v.source(list),
		Note: "The area is the value of total imports of the import-dependent products, by section and heading of the Harmonized System.", Option: chart.Tree(areas), Table: g}
}
