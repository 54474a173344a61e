package chart

// Area is a part of a Tree: with parts it is as large as these together, else as its value.
type Area struct {
	Name, Colour, Tip, Link string
	Shown                   string // what stands in a large area; the name in a small one
	Value                   float64
	Parts                   []Area
}

// Tree draws areas in areas, as large as their values.
func Tree(areas []Area) Option {
	o := base()
	o["series"] = []any{Option{"type": "treemap", "data": areaItems(areas, "#ffffff"), "roam": false, "nodeClick": false, "breadcrumb": Option{"show": false}, "left": 0, "right": 0, "top": 0, "bottom": 0,
		"label": Option{"show": true, "color": "#ffffff", "fontSize": 12, "formatter": "@shown", "overflow": "break", "lineHeight": 15}, "upperLabel": Option{"show": true, "height": 22, "color": "#ffffff", "fontSize": 12, "fontWeight": "bold"},
		"itemStyle": Option{"gapWidth": 1, "borderWidth": 1, "borderColor": "@paper"}, "levels": []any{Option{"itemStyle": Option{"gapWidth": 3, "borderWidth": 0, "borderColor": "@paper"}, "upperLabel": Option{"show": false}}, Option{"itemStyle": Option{"gapWidth": 1, "borderWidth": 2}}}}}
	return o
}

func areaItems(areas []Area, label string) []any {
	items := make([]any, len(areas))
	for i, a := range areas {
		item := Option{"name": a.Name, "tip": a.Tip, "shown": a.Name}
		if a.Shown != "" {
			item["shown"] = a.Shown
		}
		if a.Colour != "" {
			item["itemStyle"] = Option{"color": a.Colour, "borderColor": a.Colour}
			label = over(a.Colour)
			item["upperLabel"] = Option{"color": label}
		}
		if a.Link != "" {
			item["href"] = a.Link
		}
		if a.Parts != nil {
			item["children"] = areaItems(a.Parts, label)
		} else {
			item["value"], item["label"] = a.Value, Option{"color": label}
		}
		items[i] = item
	}
	return items
}
