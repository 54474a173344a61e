// Package chart builds the options of Apache ECharts charts: plain values that become JSON, so that a chart can be tested
// without a browser. Texts that begin with @ name functions of assets/chokepoint.js, which JSON cannot hold: @usd, @count,
// @share and @year format numbers, @tip shows the field tip of an item.
//
// It knows no tables, datasets or methods and must import nothing of ours.
package chart

import (
	"maps"
	"math"
	"slices"
	"strconv"
)

// Option is one chart.
type Option map[string]any

// Format says how numbers of an axis are written.
type Format string

// The formats.
const (
	USD    Format = "@usd"    // 1.2 bn
	Count  Format = "@count"  // 1,234
	Share  Format = "@share"  // 59 %
	Index  Format = "@index"  // 0.396
	Number Format = "@number" // 0.00481, three digits
	Year   Format = "@year"
)

// Series is one line or one part of stacked bars: a value for each category.
type Series struct {
	Name   string
	Colour string
	Values []any    // float64 or int; nil where missing
	Tips   []string // what a reader sees on the value; may be nil
	Links  []string // where a click leads; may be nil
	Dashed bool
}

// Band is an area between two lines: what several definitions find.
type Band struct {
	Name, Colour string
	Low, High    []float64
	Tips         []string
}

// base is what all charts share. Colours of text and lines come from the page, which knows light from dark.
func base() Option {
	return Option{
		"animationDuration": 250,
		"aria":              Option{"enabled": false}, // the page says in words what a chart shows
		"tooltip":           Option{"trigger": "item", "renderMode": "richText", "formatter": "@tip", "confine": true},
	}
}

func grid(left, bottom int) Option {
	return Option{"left": left, "right": 24, "top": 36, "bottom": bottom, "containLabel": true}
}

func legend(names []string) Option {
	return Option{"data": names, "type": "scroll", "top": 0, "left": 0, "itemWidth": 14, "itemHeight": 10}
}

func valueAxis(name string, f Format) Option {
	a := Option{"type": "value", "name": name, "nameLocation": "end", "nameGap": 12, "nameTextStyle": Option{"align": "left"}, "axisLabel": Option{"formatter": string(f)}}
	if f == Count {
		a["minInterval"] = 1
	}
	return a
}

func (s *Series) items() []any {
	items := make([]any, len(s.Values))
	for i, v := range s.Values {
		item := Option{"value": v}
		if c, ok := v.(coloured); ok {
			item["value"], item["itemStyle"] = c.value, Option{"color": c.colour}
		}
		if s.Tips != nil {
			item["tip"] = s.Tips[i]
		}
		if s.Links != nil && s.Links[i] != "" {
			item["href"] = s.Links[i]
		}
		items[i] = item
	}
	return items
}

// mostAtEnd is how long a name may be that stands at the end of its line; the legend has all.
const mostAtEnd = 24

// Lines draws series over categories, usually years, over a band where there is one.
func Lines(categories []string, axis string, f Format, band *Band, series ...Series) Option {
	o := base()
	var names []string
	var drawn []any
	if band != nil {
		names = append(names, band.Name)
		low, width := make([]any, len(categories)), make([]any, len(categories))
		for i := range categories {
			if !(band.Low[i] <= band.High[i]) || math.IsInf(band.High[i]-band.Low[i], 0) {
				continue // there is none
			}
			low[i] = band.Low[i]
			item := Option{"value": band.High[i] - band.Low[i]}
			if band.Tips != nil {
				item["tip"] = band.Tips[i]
			}
			width[i] = item
		}
		none := Option{"opacity": 0}
		drawn = append(drawn,
			Option{"type": "line", "name": "", "stack": "band", "stackStrategy": "all", "data": low, "symbol": "none", "lineStyle": none, "silent": true, "tooltip": Option{"show": false}},
			Option{"type": "line", "name": band.Name, "stack": "band", "stackStrategy": "all", "data": width, "symbol": "none", "lineStyle": none, "itemStyle": Option{"color": band.Colour},
				"areaStyle": Option{"color": band.Colour, "opacity": 0.25}})
	}
	for _, s := range series {
		names = append(names, s.Name)
		line := Option{"color": s.Colour, "width": 2.5}
		if s.Dashed {
			line["type"] = "dashed"
		}
		drawn = append(drawn, Option{"type": "line", "name": s.Name, "data": s.items(), "symbol": "circle", "symbolSize": 7, "lineStyle": line,
			"itemStyle": Option{"color": s.Colour}, "endLabel": Option{"show": len(series) > 1 && len([]rune(s.Name)) <= mostAtEnd, "formatter": "@series", "color": "@onlittle", "fontSize": 11, "width": 118, "overflow": "truncate"},
			"labelLayout": Option{"moveOverlap": "shiftY"}})
	}
	o["legend"] = legend(names)
	g := grid(8, 8)
	g["top"] = 56 // legend, then the name of the axis
	if len(series) > 1 {
		g["right"] = 128 // names at the ends of lines
	}
	o["grid"] = g
	o["xAxis"] = Option{"type": "category", "data": categories, "boundaryGap": len(categories) < 3, "axisTick": Option{"alignWithLabel": true}}
	o["yAxis"] = valueAxis(axis, f)
	o["series"] = drawn
	return o
}

// OnLog puts the values of lines without a band on a logarithmic scale. It has no place for zero and what is below: there lines have gaps.
func (o Option) OnLog() {
	low, high := math.Inf(1), 0.0
	for _, s := range o["series"].([]any) {
		for _, item := range s.(Option)["data"].([]any) {
			x, ok := numberOf(item.(Option)["value"])
			if !ok || x <= 0 {
				item.(Option)["value"] = nil
				continue
			}
			low, high = min(low, x), max(high, x)
		}
	}
	if high == 0 {
		return
	}
	axis := o["yAxis"].(Option)
	delete(axis, "minInterval")
	axis["type"], axis["min"], axis["max"] = "log", below(low), above(high)
}

// numberOf is a value of a series as a number; ok is false where it is missing.
func numberOf(value any) (x float64, ok bool) {
	switch n := value.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return 0, false
}

// MarkAt draws an upright line at a category of the first series, with a text.
func (o Option) MarkAt(category, text string) {
	drawn := o["series"].([]any)
	drawn[len(drawn)-1].(Option)["markLine"] = Option{"silent": true, "symbol": "none", "animation": false, "data": []any{Option{"xAxis": category}},
		"lineStyle": Option{"color": Warning, "type": "dashed"}, "label": Option{"formatter": text, "position": "end", "distance": 2, "color": "@soft"}}
}

// MarkValue draws an upright line at a number of the value axis of bars.
func (o Option) MarkValue(x float64) {
	drawn := o["series"].([]any)
	drawn[len(drawn)-1].(Option)["markLine"] = Option{"silent": true, "symbol": "none", "animation": false, "data": []any{Option{"xAxis": x}},
		"lineStyle": Option{"color": Warning, "type": "dashed"}, "label": Option{"show": false}}
}

// FitAxis lets the value axis begin where the values do, for lines that are compared with one another and not with zero.
func (o Option) FitAxis() { o["yAxis"].(Option)["scale"] = true }

// Dots draws a point a category and series, the first category on top.
func Dots(categories []string, axis string, f Format, series ...Series) Option {
	o := Bars(categories, axis, f, series...)
	for i, s := range o["series"].([]any) {
		dots := s.(Option)
		delete(dots, "stack")
		delete(dots, "label")
		dots["type"], dots["symbolSize"], dots["itemStyle"] = "scatter", 11, Option{"color": series[i].Colour, "opacity": 0.8}
	}
	return o
}

// Dumbbells draws two values a category, each a dot, and a line between them.
func Dumbbells(categories []string, axis string, f Format, from, to Series) Option {
	o := Dots(categories, axis, f, from, to)
	var spans []any
	for i, name := range categories {
		if from.Values[i] == nil || to.Values[i] == nil {
			continue // a line needs both
		}
		spans = append(spans, Option{"coords": []any{[]any{from.Values[i], name}, []any{to.Values[i], name}}, "lineStyle": Option{"color": Soft, "width": 3, "opacity": 0.5}})
	}
	o["series"] = append([]any{Option{"type": "lines", "coordinateSystem": "cartesian2d", "data": spans, "silent": true}}, o["series"].([]any)...)
	return o
}

// Interval is an estimate with its interval. Value is NaN where the interval has no middle to show.
type Interval struct {
	Name, Colour, Tip string
	Value, Low, High  float64
}

// Intervals draws estimates below each other, the first on top, each with a line from Low to High.
func Intervals(axis string, f Format, list []Interval) Option {
	o := base()
	var names []string
	var spans, points, ends []any
	for _, x := range list {
		names = append(names, x.Name)
		style := Option{"color": x.Colour}
		if !math.IsNaN(x.Low + x.High) {
			spans = append(spans, Option{"coords": []any{[]any{x.Low, x.Name}, []any{x.High, x.Name}}, "tip": x.Tip, "lineStyle": Option{"color": x.Colour, "width": 5, "opacity": 0.5}})
			ends = append(ends, Option{"value": []any{x.Low, x.Name}}, Option{"value": []any{x.High, x.Name}})
		}
		point := Option{"value": nil, "tip": x.Tip, "itemStyle": style}
		if !math.IsNaN(x.Value) {
			point["value"] = x.Value
		}
		points = append(points, point)
	}
	g := grid(8, 28)
	g["top"] = 8
	o["grid"] = g
	estimate := valueAxis(axis, f)
	estimate["nameLocation"], estimate["nameGap"], estimate["nameTextStyle"], estimate["splitNumber"] = "middle", 28, Option{"align": "center"}, 4
	o["xAxis"] = estimate
	o["yAxis"] = Option{"type": "category", "data": names, "inverse": true, "axisTick": Option{"show": false}, "axisLabel": Option{"width": 170, "overflow": "truncate", "interval": 0}, "axisLine": Option{"onZero": false}}
	// The axis does not see where lines end: points without size are there for it.
	o["series"] = []any{Option{"type": "lines", "coordinateSystem": "cartesian2d", "data": spans}, Option{"type": "scatter", "data": points, "symbolSize": 11},
		Option{"type": "scatter", "data": ends, "symbolSize": 0, "silent": true}}
	return o
}

// Named is how many categories a chart names below each other, all of which must be read.
func (o Option) Named() int {
	y, _ := o["yAxis"].(Option)
	names, _ := y["data"].([]string)
	if label, _ := y["axisLabel"].(Option); label["interval"] != 0 {
		return 0
	}
	return len(names)
}

// OfGroup is the colour of the n-th of several things that are no economies, such as sectors.
func OfGroup(n int) string { return ofGroup[n%len(ofGroup)] }

// ofGroup are told apart by lightness too, and stand out from light and dark paper (Tol 2021, muted, with changes).
var ofGroup = []string{"#1f78b4", "#d55e00", "#009e73", "#b8860b", "#aa4499", "#56b4e9", "#882255", "#66a61e", "#6a51a3", "#8c6d31"}

// Bars draws one horizontal bar a category, the first on top; several series are stacked.
func Bars(categories []string, axis string, f Format, series ...Series) Option {
	o := base()
	var names []string
	var drawn []any
	for _, s := range series {
		names = append(names, s.Name)
		bar := Option{"type": "bar", "name": s.Name, "stack": "all", "data": s.items(), "barMaxWidth": 22}
		if s.Colour != "" {
			bar["itemStyle"] = Option{"color": s.Colour}
		}
		drawn = append(drawn, bar)
	}
	top := 8
	if len(series) > 1 {
		o["legend"], top = legend(names), 36
	}
	g := grid(8, 28)
	g["top"] = top
	o["grid"] = g
	x := valueAxis(axis, f)
	x["nameLocation"], x["nameGap"], x["nameTextStyle"] = "middle", 28, Option{"align": "center"}
	x["splitNumber"] = 4
	if len(series) == 1 {
		drawn[0].(Option)["label"] = Option{"show": true, "position": "right", "formatter": string(f) + "-end", "color": "@onlittle"}
		g["right"] = 64
	}
	o["xAxis"] = x
	o["yAxis"] = Option{"type": "category", "data": categories, "inverse": true, "axisTick": Option{"show": false}, "axisLabel": Option{"width": 170, "overflow": "truncate", "interval": 0}}
	o["series"] = drawn
	return o
}

// Coloured gives each bar of a series a colour of its own.
func (s Series) Coloured(colours []string) Series {
	s.Values = slices.Clone(s.Values)
	for i, v := range s.Values {
		s.Values[i] = coloured{v, colours[i]}
	}
	return s
}

type coloured struct {
	value  any
	colour string
}

// Mirror draws two series away from each other: who needs whom more. Values of left are drawn to the left.
func Mirror(categories []string, f Format, left, right Series) Option {
	o := Bars(categories, "", f, left, right)
	for i, v := range left.Values {
		if n, ok := v.(float64); ok {
			o["series"].([]any)[0].(Option)["data"].([]any)[i].(Option)["value"] = -n
		}
	}
	o["xAxis"].(Option)["axisLabel"] = Option{"formatter": string(f) + "-abs"}
	delete(o["yAxis"].(Option)["axisLabel"].(Option), "interval") // years may be left out
	if len(categories) <= labelledPairs {
		for i, at := range []string{"left", "right"} {
			o["series"].([]any)[i].(Option)["label"] = Option{"show": true, "position": at, "formatter": string(f) + "-abs-end", "color": "@onlittle"}
		}
		o["xAxis"].(Option)["boundaryGap"] = []string{"12%", "12%"} // room for the values
	}
	return o
}

// labelledPairs are as many rows of a Mirror as have room for their values at the ends of bars.
const labelledPairs = 12

// Bubble is one product in a Bubbles chart.
type Bubble struct {
	Name, Tip, Link, Colour string
	Short, Label            string // how it is named in the chart, where it is named
	X, Y                    float64
	Size                    float64 // 0 to 1, drawn as area
}

// Axis describes an axis of Bubbles and Heat.
type Axis struct {
	Name     string
	Format   Format
	Log      bool
	Min, Max float64 // drawn where Max is above Min
}

func (a Axis) option() Option {
	o := valueAxis(a.Name, a.Format)
	o["nameLocation"], o["nameGap"] = "middle", 40
	o["nameTextStyle"] = Option{"align": "center"}
	if a.Log {
		o["type"] = "log"
	}
	if a.Max > a.Min {
		o["min"], o["max"] = a.Min, a.Max
	}
	if a.Log {
		o["min"], o["max"] = below(a.Min), above(a.Max)
	}
	return o
}

// below and above round the bounds of a logarithmic axis to 1, 2 or 5 times a power of ten.
func below(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{5, 2} {
		if m*power <= x {
			return m * power
		}
	}
	return power
}

func above(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x {
			return m * power
		}
	}
	return 10 * power
}

// Bubbles draws products by share and value. x and y are where threshold lines stand, which a reader can drag.
func Bubbles(x, y Axis, atX, atY float64, list []Bubble) Option {
	o := base()
	items := make([]any, len(list))
	for i, b := range list {
		items[i] = Option{"value": []float64{b.X, b.Y}, "name": b.Name, "tip": b.Tip, "href": b.Link, "symbolSize": 6 + 26*b.Size,
			"itemStyle": Option{"color": b.Colour, "opacity": 0.65}}
		if b.Label != "" {
			items[i].(Option)["label"] = Option{"show": true, "formatter": "@shown", "position": "top", "color": "@onlittle", "fontSize": 11, "textBorderColor": "@paper", "textBorderWidth": 2}
			if x.Max > x.Min && b.X > x.Max-(x.Max-x.Min)/8 { // it would be cut at the edge
				items[i].(Option)["label"].(Option)["position"] = "left"
			} else if b.X < x.Min+(x.Max-x.Min)/10 { // it would lie on the numbers of the axis
				items[i].(Option)["label"].(Option)["position"] = "right"
			}
			items[i].(Option)["shown"] = b.Label
		}
	}
	o["grid"] = Option{"left": 64, "right": 28, "top": 20, "bottom": 52}
	o["xAxis"], o["yAxis"] = x.option(), y.option()
	o["series"] = []any{Option{"type": "scatter", "data": items, "labelLayout": Option{"hideOverlap": true}}}
	o["thresholds"] = Option{"x": atX, "y": atY}
	return o
}

// Heat draws a number for each pair of categories; mark names the cell of the published definition, or is empty.
func Heat(xs, ys []string, xName, yName string, values [][]float64, tips [][]string, markX, markY int) Option {
	o := base()
	var items, marked []any
	most := 0.0
	for _, row := range values {
		most = max(most, slices.Max(row))
	}
	for i := range ys {
		for j := range xs {
			item := Option{"value": []any{j, i, values[i][j]}, "tip": tips[i][j]}
			if values[i][j] > most/2 {
				item["label"] = Option{"color": "@onmuch"}
			}
			items = append(items, item)
			if i == markY && j == markX {
				framed := maps.Clone(item)
				framed["itemStyle"] = Option{"borderColor": Warning, "borderWidth": 3}
				marked = append(marked, framed)
			}
		}
	}
	x := Option{"type": "category", "data": xs, "name": xName, "nameLocation": "middle", "nameGap": 30, "axisLabel": Option{"interval": 0}}
	if slices.ContainsFunc(xs, func(s string) bool { return len(s) > 6 }) {
		x["axisLabel"] = Option{"interval": 0, "rotate": 50}
	}
	y := Option{"type": "category", "data": ys, "name": yName, "nameLocation": "middle", "nameGap": 48, "axisLabel": Option{"interval": 0}}
	o["grid"] = Option{"left": 44, "right": 20, "top": 12, "bottom": 64, "containLabel": true}
	o["xAxis"], o["yAxis"] = x, y
	o["visualMap"] = Option{"min": 0, "max": most, "calculable": false, "orient": "horizontal", "left": "center", "bottom": 0, "itemHeight": 160,
		"inRange": Option{"color": Sequential}, "formatter": "@count", "text": []string{strconv.FormatFloat(most, 'f', -1, 64), "0"}}
	label := Option{"show": len(xs) <= 12, "color": "@onlittle"}
	o["series"] = []any{Option{"type": "heatmap", "data": items, "label": label}}
	if marked != nil { // in a series of its own, or its neighbours cover the frame
		o["series"] = append(o["series"].([]any), Option{"type": "heatmap", "data": marked, "label": label, "z": 3})
	}
	return o
}

// Parts draws for each row, the last on top, the parts of a score from 0 to 1.
func Parts(parts, rows []string, values [][]float64, tips [][]string) Option {
	o := Heat(parts, rows, "", "", values, tips, -1, -1)
	o["grid"] = Option{"left": 8, "right": 12, "top": 12, "bottom": 60, "containLabel": true}
	o["yAxis"].(Option)["axisLabel"] = Option{"width": 190, "overflow": "truncate", "fontSize": 11, "interval": 0}
	scale := o["visualMap"].(Option)
	scale["max"], scale["formatter"], scale["text"] = 1, string(Index), []string{"1", "0"}
	o["series"].([]any)[0].(Option)["label"] = Option{"show": false}
	return o
}

// Place is one economy on a map.
type Place struct {
	ID     string // ISO 3166 numeric, three digits
	Value  float64
	Colour string // of a kind in the legend; "" is the scale's at the value
	Tip    string
	Link   string
}

// Kind is an entry in the legend of a map: what a colour outside the scale means.
type Kind struct{ Name, Colour string }

// World draws economies by value or by kind. scale says what the shades show; it stands above them, in lines. The page registers the
// shapes under the name world.
func World(f Format, scale []string, places []Place, kinds []Kind) Option {
	o := base()
	most := 0.0
	items := make([]any, len(places))
	for i, p := range places {
		item := Option{"name": p.ID, "value": p.Value, "tip": p.Tip, "href": p.Link}
		if p.Colour != "" {
			item["visualMap"], item["itemStyle"] = false, Option{"areaColor": p.Colour, "color": p.Colour} // beside a scale ECharts takes the second
		} else {
			most = max(most, p.Value)
		}
		items[i] = item
	}
	left := 0
	if most > 0 {
		left = 96
		o["visualMap"] = Option{"min": 0, "max": most, "left": 0, "bottom": 0, "calculable": true, "itemHeight": 110, "inRange": Option{"color": Sequential}, "formatter": string(f)}
	}
	graphic := legendOf(kinds, left)
	for i, line := range scale {
		if most > 0 {
			graphic = append(graphic, Option{"type": "text", "left": 0, "bottom": 142 + 17*(len(scale)-1-i), "style": Option{"text": line, "fill": "@onlittle", "fontSize": 13}, "silent": true})
		}
	}
	o["graphic"] = graphic
	o["series"] = []any{Option{"type": "map", "map": "world", "nameProperty": "id", "roam": false, "scaleLimit": Option{"min": 1, "max": 12}, "data": items, "left": "center", "top": 0, "bottom": 0,
		"projection": "@projection",
		"label":      Option{"show": false}, "emphasis": Option{"label": Option{"show": false}}, "select": Option{"disabled": true}}}
	return o
}

// legendOf draws the kinds of a map in its lower left corner, the first on top.
func legendOf(kinds []Kind, left int) []any {
	const line = 19
	var list []any
	for i, k := range kinds {
		bottom := 2 + line*(len(kinds)-1-i)
		list = append(list, Option{"type": "rect", "left": left, "bottom": bottom, "shape": Option{"width": 14, "height": 14}, "style": Option{"fill": k.Colour}, "silent": true},
			Option{"type": "text", "left": left + 20, "bottom": bottom, "style": Option{"text": k.Name, "fill": "@onlittle", "fontSize": 13}, "silent": true})
	}
	return list
}
