package pages

import (
	"strings"

	"chokepoint/chart"
	"chokepoint/dependence"
	"chokepoint/result"
)

// mostFlowNodes is how many economies a flow picture names, the rest of both sides among them.
const mostFlowNodes = 12

// pairFlowColumns are those of the table beside a flow picture.
var (
	pairFlowColumns = dependence.PairIndicatorSchema.Pick("partner", "importer", "imports_from_partner_usd", "partner_share", "partner_world_share")
	pairFlowOrder   = dependence.PairIndicatorSchema.Order("-imports_from_partner_usd", "importer", "partner")
)

// flowPicture draws who sells a product to whom, and marks the flows to importers that depend on the seller by a definition.
// pairs are indicators by importer and partner, depended the dependencies of all importers on all partners.
func (v *pageRequest) flowPicture(pairs, depended *answer, code, year string) *figure {
	type key struct{ seller, buyer string }
	marked := map[key]bool{}
	for _, r := range dependence.DependencySchema.Rows(depended.Table) {
		marked[key{r.Supplier(), r.Importer.Label}] = true
	}
	tip := func(from, to string, value float64, depends bool) string {
		text := from + " → " + to + "\n" + people(value, result.USD) + " USD"
		if depends {
			text += "\nthe importer depends on the exporter"
		}
		return text
	}
	var nodes []chart.FlowNode
	var flows []chart.Flow
	seen := map[string]bool{}
	node := func(side, label string, column int) string {
		id := side + " " + label
		if !seen[id] {
			seen[id] = true
			nodes = append(nodes, chart.FlowNode{ID: id, Name: v.nameOf(label), Colour: chart.OfEconomy(label), Tip: v.nameOf(label), Column: column})
		}
		return id
	}
	for _, r := range dependence.PairIndicatorSchema.Rows(pairs.Table) {
		value := r.Value(importsFromPartner)
		if !(value > 0) {
			continue
		}
		flows = append(flows, chart.Flow{From: node("from", r.Partner(), 0), To: node("to", r.Importer(), 1), Value: value, Marked: marked[key{r.Partner(), r.Importer()}]})
	}
	nodes, flows = chart.LargestFlows(mostFlowNodes, nodes, flows, [2]string{"other exporters", "other importers"}, tip)
	for i := range nodes { // of those that are drawn: most are not
		n := &nodes[i]
		side, label, _ := strings.Cut(n.ID, " ")
		if parameter := map[string]string{"from": "partners", "to": "importers"}[side]; parameter != "" {
			n.Link = v.link("/product", "products", code, parameter, label)
		}
	}
	for i := range flows {
		f := &flows[i]
		from, named := strings.CutPrefix(f.From, "from ")
		to, both := strings.CutPrefix(f.To, "to ")
		if named && both {
			f.Tip, f.Link = tip(v.nameOf(from), v.nameOf(to), f.Value, f.Marked), v.link("/product", "products", code, "importers", to, "partners", from)
		}
	}
	sorted := *pairs
	values := dependence.PairIndicatorSchema.Rows(pairs.Table)
	sorted.Table = pairs.Select(rowsWhere(pairs, func(i int) bool { return values[i].Value(importsFromPartner) > 0 }))
	return &figure{ID: "flows", Minor: true, Title: "Who sells " + code + " to whom, " + year, Height: "tall", Source: v.source(depended),
		Note:   lacking("Exporters on the left, importers on the right. The largest are named, all others are combined. Flows are marked if the importer depends on the exporter by the definition chosen.", pairs),
		Option: chart.Flows("the importer depends on the exporter", "other trade", nodes, flows), Table: v.sheet("flows", &sorted, 40, pairFlowOrder, pairFlowColumns...)}
}
