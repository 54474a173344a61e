package chart

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// FlowNode is one end of flows: an economy, a sector, a stage.
type FlowNode struct {
	ID                      string // unique in the picture
	Name, Colour, Tip, Link string
	Column                  int // 0 at the left
}

// Flow is what goes from one node to another, drawn as a ribbon.
type Flow struct {
	From, To  string // IDs of nodes, From in a column further left
	Value     float64
	Tip, Link string
	Marked    bool // such as: the buyer depends on the seller
}

// Flows draws nodes in columns and ribbons between them, as wide as what flows. marked and plain say in the legend what ribbons
// mean that are Marked and that are not. Flows without a value above zero are left out: nothing could be drawn of them. It is nil where
// nothing is left.
func Flows(marked, plain string, nodes []FlowNode, flows []Flow) Option {
	flows = slices.DeleteFunc(slices.Clone(flows), func(f Flow) bool { return !(f.Value > 0) })
	if len(flows) == 0 {
		return nil
	}
	used, last := map[string]bool{}, 0
	for _, f := range flows {
		used[f.From], used[f.To] = true, true
	}
	for _, n := range nodes {
		last = max(last, n.Column)
	}
	var drawn, ribbons []any
	for _, n := range nodes {
		if !used[n.ID] {
			continue
		}
		label := Option{"position": "right"}
		if n.Column == 0 {
			label = Option{"position": "left", "align": "right"}
		}
		item := Option{"name": n.ID, "shown": n.Name, "depth": n.Column, "tip": n.Tip, "itemStyle": Option{"color": n.Colour}, "label": label}
		if n.Link != "" {
			item["href"] = n.Link
		}
		drawn = append(drawn, item)
	}
	for _, f := range flows {
		style := Option{"color": Soft, "opacity": 0.35}
		if f.Marked {
			style = Option{"color": Warning, "opacity": 0.6}
		}
		item := Option{"source": f.From, "target": f.To, "value": f.Value, "tip": f.Tip, "lineStyle": style}
		if f.Link != "" {
			item["href"] = f.Link
		}
		ribbons = append(ribbons, item)
	}
	o := base()
	o["animation"] = false // it would draw the ribbons first and cut the names
	kinds := []Kind{{marked, Warning}, {plain, Soft}}
	if !slices.ContainsFunc(flows, func(f Flow) bool { return f.Marked }) {
		kinds = kinds[1:]
	}
	o["graphic"] = legendOf(kinds, 0)
	o["series"] = []any{Option{"type": "sankey", "data": drawn, "links": ribbons, "left": "26%", "right": "27%", "top": 8, "bottom": 12 + 19*len(kinds), "nodeWidth": 12, "nodeGap": 12,
		"draggable": false, "layoutIterations": 0, "emphasis": Option{"focus": "adjacency"},
		"label": Option{"formatter": "@shown", "color": "@onlittle", "width": 88, "overflow": "break", "lineHeight": 15}}}
	return o
}

// LargestFlows keeps the nodes of two columns with the largest sums, at most most in all, and gathers the flows of all others in one
// node a side, whose name is rest[0] or rest[1]. Where one side has fewer, the other may have more. Nodes and flows are in order of
// value, the rest last; flows that are Marked are never added to those that are not. tip describes a flow that was gathered.
func LargestFlows(most int, nodes []FlowNode, flows []Flow, rest [2]string, tip func(from, to string, value float64, marked bool) string) ([]FlowNode, []Flow) {
	sums := map[string]float64{}
	for _, f := range flows {
		sums[f.From] += max(f.Value, 0)
		sums[f.To] += max(f.Value, 0)
	}
	var sides [2][]FlowNode
	for _, n := range nodes {
		if sums[n.ID] > 0 {
			sides[n.Column] = append(sides[n.Column], n)
		}
	}
	half := most / 2
	room := [2]int{max(half, most-len(sides[1])), max(half, most-len(sides[0]))}
	at := map[string]string{} // where a node is drawn
	names := map[string]string{}
	var kept []FlowNode
	for i, side := range sides {
		slices.SortStableFunc(side, func(a, b FlowNode) int {
			return cmp.Or(cmp.Compare(sums[b.ID], sums[a.ID]), strings.Compare(a.ID, b.ID))
		})
		n := len(side)
		if n > room[i] {
			n = room[i] - 1 // one place is for the rest
			other := FlowNode{ID: "rest of column " + string(rune('0'+i)), Name: rest[i], Colour: Pale, Tip: rest[i], Column: i}
			for _, node := range side[n:] {
				at[node.ID] = other.ID
			}
			side = append(side[:n:n], other)
		}
		for _, node := range side {
			names[node.ID] = node.Name
			if _, gathered := at[node.ID]; !gathered {
				at[node.ID] = node.ID
			}
		}
		kept = append(kept, side...)
	}
	type key struct {
		from, to string
		marked   bool
	}
	by := map[key]*Flow{}
	for _, f := range flows {
		if !(f.Value > 0) {
			continue
		}
		k := key{at[f.From], at[f.To], f.Marked}
		if k.from == f.From && k.to == f.To && by[k] == nil {
			by[k] = &f
			continue
		}
		if by[k] == nil {
			by[k] = &Flow{From: k.from, To: k.to, Marked: f.Marked}
		}
		by[k].Value += f.Value
		by[k].Tip = tip(names[k.from], names[k.to], by[k].Value, f.Marked)
	}
	order := map[string]int{}
	for i, n := range kept {
		order[n.ID] = i
	}
	var all []Flow
	for _, k := range slices.SortedFunc(maps.Keys(by), func(a, b key) int {
		return cmp.Or(cmp.Compare(order[a.from], order[b.from]), cmp.Compare(order[a.to], order[b.to]), cmp.Compare(map[bool]int{true: 0, false: 1}[a.marked], map[bool]int{true: 0, false: 1}[b.marked]))
	}) {
		all = append(all, *by[k])
	}
	return kept, all
}
