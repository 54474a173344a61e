package pages

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/chain"
	"chokepoint/chart"
	"chokepoint/result"
)

// mostInColumn is how many nodes a column of the flow picture of paths has, those of all others among them: with three columns twelve.
const mostInColumn = 4

// direct is the way of paths without a stage between supplier and user.
const direct = "bought directly"

// stage is an industry of an economy on a path.
type stage struct{ area, industry string }

// stagesOf takes a path apart.
func stagesOf(r *chain.PathRow) (list []stage) {
	for text := range strings.SplitSeq(r.Path, " → ") {
		at := strings.LastIndexByte(text, ' ')
		list = append(list, stage{text[:at], text[at+1:]})
	}
	return list
}

// wayOf names the economies in whose industries a path has stages between the supplier's and the user's, each once, in order.
func (v *pageRequest) wayOf(list []stage) string {
	var names []string
	for _, s := range list[1 : len(list)-1] {
		name := v.nameOf(s.area)
		if s.area == "ROW" {
			name = "the rest of the world"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return direct
	}
	return "through " + strings.Join(names, ", ")
}

// chainPicture draws what the largest paths carry: from industries of the supplier, directly or by way of economies, to industries that use
// it. It says on the page how much of the exposure that is.
func (v *pageRequest) chainPicture(a *answer, set *tableSet, p *chainView) *figure {
	rows := chain.PathSchema.Rows(a.Table)
	if len(rows) == 0 {
		return nil
	}
	legs := make([][3]string, len(rows)) // the columns in which a path has nodes
	sums := [3]map[string]float64{{}, {}, {}}
	straight := 0.0
	for i := range rows {
		stages := stagesOf(&rows[i])
		legs[i] = [3]string{set.namesOf(stages[0].industry), v.wayOf(stages), set.namesOf(stages[len(stages)-1].industry)}
		for k, name := range legs[i] {
			sums[k][name] += rows[i].FlowUSD
		}
		if len(stages) == 2 {
			straight += rows[i].Share
		}
	}
	ids := [3]map[string]string{{}, {}, {}}
	var nodes []chart.FlowNode
	for k, rest := range []string{"other industries", "other paths", "all other industries"} {
		names := largestLabels(sums[k], len(sums[k]))
		if at := slices.Index(names, direct); at > 0 { // it is named, however small
			names = slices.Insert(slices.Delete(names, at, at+1), min(at, mostInColumn-2), direct)
		}
		add := func(name, colour string) string {
			id := fmt.Sprint(k, " ", name)
			nodes = append(nodes, chart.FlowNode{ID: id, Name: name, Colour: colour, Tip: name, Column: k})
			return id
		}
		few := names
		if len(names) > mostInColumn {
			few = names[:mostInColumn-1]
		}
		for _, name := range few {
			ids[k][name] = add(name, []string{chart.OfGroup(1), chart.Soft, chart.OfGroup(0)}[k])
		}
		if len(few) < len(names) {
			id := add(rest, chart.Pale)
			for _, name := range names[len(few):] {
				ids[k][name] = id
			}
		}
	}
	var flows []chart.Flow
	for i := range rows {
		for k := range 2 {
			from, to := ids[k][legs[i][k]], ids[k+1][legs[i][k+1]]
			at := slices.IndexFunc(flows, func(f chart.Flow) bool { return f.From == from && f.To == to })
			if at < 0 {
				at = len(flows)
				flows = append(flows, chart.Flow{From: from, To: to, Marked: legs[i][1] != direct})
			}
			flows[at].Value += rows[i].FlowUSD
		}
	}
	for i := range flows {
		f := &flows[i]
		f.Tip = f.From[2:] + " → " + f.To[2:] + "\n" + people(f.Value, result.USD) + " USD"
	}
	held := rows[len(rows)-1].Held
	p.Words = append(p.Words, fmt.Sprintf("The %d largest paths account for %s of everything used through the chain. Those without a stage between %s and the industry that uses the output account for %s. The rest comes through many small paths.", len(rows), result.Percent(held), p.Supplier, result.Percent(straight)))
	return &figure{ID: "flow", Title: fmt.Sprintf("The paths of supply, %d", p.Year), Height: "tall", Source: v.tableSource(a), Table: v.grid(a, mostChains, pathColumns...),
		Note:   fmt.Sprintf("Left: industries of %s. Right: the industries of %s that use their output. In between: whether it is bought directly or passes through other industries, and in which economies. The largest are named. The figure shows the %d largest paths, %s of the exposure, in gross output of the supplier.", withArticle(p.Supplier), withArticle(p.User), len(rows), result.Percent(held)),
		Option: chart.Flows("through other industries", direct, nodes, flows)}
}
