package chart

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOptions checks that every chart becomes JSON and that the functions it names are those that the page knows.
func TestOptions(t *testing.T) {
	s := Series{Name: "a", Colour: Ink, Values: []any{1.0, nil, 3.0}, Tips: []string{"x", "y", "z"}}
	names := []string{"2000", "2001", "2002"}
	known := regexp.MustCompile(`^@(usd|count|share|index|number)(-abs|-end)?$|^@(usd|count)-abs-end$|^@(shown|series|year|tip|ink|soft|pale|sequential|onmuch|onlittle|projection|apart|absent|nodata|paper)$`)
	for name, o := range map[string]Option{
		"lines":     Lines(names, "n", Count, &Band{Name: "b", Colour: Soft, Low: []float64{0, 1, 2}, High: []float64{2, 3, 4}}, s),
		"dots":      Dots(names, "n", Count, s),
		"dumbbells": Dumbbells(names, "n", Count, s, s),
		"intervals": Intervals("n", Number, []Interval{{Name: "a", Value: -0.5, Low: -0.7, High: 0.1}, {Name: "b", Value: math.NaN(), Low: math.NaN(), High: 2}}),
		"bars":      Bars(names, "n", Share, s.Coloured([]string{Ink, Soft, Pale})),
		"mirror":    Mirror(names, USD, s, s),
		"bubbles":   Bubbles(Axis{Name: "x", Format: Share, Max: 1}, Axis{Name: "y", Format: USD, Log: true, Min: 3, Max: 700}, 0.3, 10, []Bubble{{Name: "p", X: 0.5, Y: 20, Size: 0.5}}),
		"flows":     Flows("depends", "other trade", []FlowNode{{ID: "a", Name: "A"}, {ID: "b", Name: "B", Column: 1}}, []Flow{{From: "a", To: "b", Value: 2, Marked: true}}),
		"tree":      Tree([]Area{{Name: "s", Colour: Warning, Parts: []Area{{Name: "8507", Value: 3}}}}),
		"heat":      Heat([]string{"a", "b"}, []string{"c"}, "x", "y", [][]float64{{1, 2}}, [][]string{{"t", "u"}}, 1, 0),
		"parts":     Parts([]string{"a", "b"}, []string{"c"}, [][]float64{{0, 1}}, [][]string{{"t", "u"}}),
		"world":     World(Share, []string{"share of its imports"}, []Place{{ID: "156", Value: 3}, {ID: "76", Colour: Apart}}, []Kind{{"apart", Apart}, {"none", NoData}, {"absent", Absent}}),
	} {
		text, err := json.Marshal(o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, word := range regexp.MustCompile(`"(@[^"]*)"`).FindAllStringSubmatch(string(text), -1) {
			if !known.MatchString(word[1]) {
				t.Errorf("%s names %s, which the page does not know", name, word[1])
			}
		}
		if strings.Contains(string(text), "http") {
			t.Errorf("%s: a chart fetches nothing: %s", name, text)
		}
	}
}

// TestDumbbells: a line joins two values, and none begins at a missing one.
func TestDumbbells(t *testing.T) {
	o := Dumbbells([]string{"a", "b"}, "n", Share, Series{Name: "from", Values: []any{0.1, nil}}, Series{Name: "to", Values: []any{0.3, 0.4}})
	lines := o["series"].([]any)[0].(Option)["data"].([]any)
	if len(o["series"].([]any)) != 3 || len(lines) != 1 {
		t.Fatalf("%d series, %d lines", len(o["series"].([]any)), len(lines))
	}
	if ends := lines[0].(Option)["coords"].([]any); ends[0].([]any)[0] != 0.1 || ends[1].([]any)[0] != 0.3 || ends[1].([]any)[1] != "a" {
		t.Errorf("a line between %v", ends)
	}
}

// TestIntervals: the axis sees all ends, and an estimate that is not there is no point.
func TestIntervals(t *testing.T) {
	o := Intervals("n", Number, []Interval{{Name: "a", Value: -0.5, Low: -0.7, High: 0.1}, {Name: "b", Value: math.NaN(), Low: -0.1, High: 3}})
	points := o["series"].([]any)[1].(Option)["data"].([]any)
	if points[0].(Option)["value"] != -0.5 || points[1].(Option)["value"] != nil {
		t.Errorf("points %v", points)
	}
	if ends := o["series"].([]any)[2].(Option)["data"].([]any); len(ends) != 4 {
		t.Errorf("%d ends for the axis, want 4", len(ends))
	}
	lines := Lines([]string{"1", "2"}, "n", Number, nil, Series{Name: "s", Values: []any{1.0, 2.0}})
	lines.MarkAt("2", "here")
	if mark := lines["series"].([]any)[0].(Option)["markLine"]; mark == nil {
		t.Error("no mark")
	}
}

// TestOnLog: the axis holds all values above zero, and lines have gaps at the others.
func TestOnLog(t *testing.T) {
	o := Lines([]string{"1", "2", "3", "4"}, "n", Count, nil, Series{Name: "a", Values: []any{3, 0, nil, 40.0}}, Series{Name: "b", Values: []any{nil, 7e3, -1.0, 20}})
	o.OnLog()
	axis := o["yAxis"].(Option)
	if axis["type"] != "log" || axis["min"] != 2.0 || axis["max"] != 1e4 {
		t.Errorf("axis %v", axis)
	}
	var got []any
	for _, s := range o["series"].([]any) {
		for _, item := range s.(Option)["data"].([]any) {
			got = append(got, item.(Option)["value"])
		}
	}
	if want := []any{3, nil, nil, 40.0, nil, 7e3, nil, 20}; !slices.Equal(got, want) {
		t.Errorf("values %v, want %v", got, want)
	}
	none := Lines([]string{"1"}, "n", Count, nil, Series{Name: "a", Values: []any{0}})
	if none.OnLog(); none["yAxis"].(Option)["type"] != "value" {
		t.Error("a logarithmic axis of nothing")
	}
}

func TestLogarithmicBounds(t *testing.T) {
	for x, want := range map[float64][2]float64{3: {2, 5}, 10: {10, 10}, 0.7: {0.5, 1}, 6e9: {5e9, 1e10}} {
		if below(x) != want[0] || above(x) != want[1] {
			t.Errorf("%v lies between %v and %v, want %v", x, below(x), above(x), want)
		}
	}
}

func TestColours(t *testing.T) {
	seen := map[string]string{}
	for range 2 {
		for _, label := range []string{"CHN", "USA", "DEU", "XYZ"} {
			c := OfEconomy(label)
			if was := seen[label]; was != "" && was != c {
				t.Errorf("%s is %s, then %s", label, was, c)
			}
			seen[label] = c
		}
	}
	if seen["CHN"] == seen["USA"] {
		t.Error("China and the USA have one colour")
	}
}

// TestPlot checks that a plot is well-formed, escapes names, leaves gaps and stays within its frame.
func TestPlot(t *testing.T) {
	p := Plot{Title: "<a & b>", Years: []int{2000, 2001, 2003}, Unit: "n", Label: func(y float64) string { return "<" },
		Lines: []Line{{Name: "x<y", Colour: "#000", Values: []float64{1, math.NaN(), 3}}}, Bands: []Band{{Name: "z", Colour: "#999", Low: []float64{0, math.NaN(), -1}, High: []float64{2, math.NaN(), 4}}}, Mark: Mark{2001, "since <"},
		Points: []Point{{2001, 3, "p&q"}, {1990, 3, "outside"}}}
	svg := p.SVG()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v: %s", err, svg)
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "outside") || strings.Count(svg, "<circle") != 2 {
		t.Error(svg)
	}
	for _, same := range []Plot{{Years: []int{2000}, Lines: []Line{{Values: []float64{0}}}, Label: p.Label}, {Years: []int{1, 2}, Label: p.Label}} {
		if s := same.SVG(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			t.Error(s)
		}
	}
}

// TestOver: what is written on a colour of a group can be read there (WCAG 2 asks for 4.5).
func TestOver(t *testing.T) {
	for colour, want := range map[string]string{"#ffffff": "#000000", "#000000": "#ffffff", "#56b4e9": "#000000", "#882255": "#ffffff", "#1f78b4": "#ffffff", "#b8860b": "#000000"} {
		if got := over(colour); got != want {
			t.Errorf("on %s stands %s; want %s", colour, got, want)
		}
	}
}

// TestBubbleLabels: a name near an edge stands on the side where there is room for it.
func TestBubbleLabels(t *testing.T) {
	o := Bubbles(Axis{Format: Share, Max: 1}, Axis{Format: USD, Log: true, Min: 1, Max: 100}, 0.3, 10, []Bubble{{X: 0.01, Y: 2, Label: "left"}, {X: 0.5, Y: 2, Label: "middle"}, {X: 0.99, Y: 2, Label: "right"}})
	var at []any
	for _, item := range o["series"].([]any)[0].(Option)["data"].([]any) {
		at = append(at, item.(Option)["label"].(Option)["position"])
	}
	if want := []any{"right", "top", "left"}; !slices.Equal(at, want) {
		t.Errorf("names stand %v of their bubbles; want %v", at, want)
	}
}

// TestTreeNames: a large area shows what it is, not its code alone.
func TestTreeNames(t *testing.T) {
	o := Tree([]Area{{Name: "Machinery", Parts: []Area{{Name: "8471", Shown: "8471 Computers", Value: 2}, {Name: "8517", Value: 1}}}})
	parts := o["series"].([]any)[0].(Option)["data"].([]any)[0].(Option)["children"].([]any)
	for i, want := range []string{"8471 Computers", "8517"} {
		if got := parts[i].(Option)["shown"]; got != want {
			t.Errorf("area %d shows %v; want %s", i, got, want)
		}
	}
}
