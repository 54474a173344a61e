package pages

import (
	"errors"
	"slices"
)

// Scales of the values of a series over the years.
var seriesScales = []option{{Value: "", Text: "linear"}, {Value: "log", Text: "logarithmic"}}

// scaled lets a reader choose the scale of a chart of lines without a band, by the parameter scale of the page.
func (v *pageRequest) scaled(f *figure) *figure {
	chosen := v.values["scale"]
	if f == nil || f.Option == nil {
		return f
	}
	for _, o := range seriesScales {
		f.Scales = append(f.Scales, option{Value: v.here("scale", o.Value) + "#" + f.ID, Text: o.Text, Selected: o.Value == chosen})
	}
	if chosen == "log" {
		f.Option.OnLog()
		f.Note += " The scale is logarithmic, so zeros are not shown."
	}
	return f
}

// drawing is what a parameter that says how series are drawn may be, by page and name or by name alone.
var drawing = map[string]struct {
	options []option
	want    string
}{
	"pair unit":    {besideUnits, "expected products, usd or share"},
	"product unit": {seriesUnits, "expected usd, share or tonnes"},
	"scale":        {seriesScales, "expected log, or nothing for a linear scale"},
}

// checkDrawing checks how series are to be drawn, also where the dataset has but one year and none is.
func (v *pageRequest) checkDrawing(add func(name string, err error)) {
	for _, name := range []string{"unit", "scale"} {
		value := v.values[name]
		known, ok := drawing[v.page.name+" "+name]
		if !ok {
			known, ok = drawing[name]
		}
		if ok && value != "" && slices.Contains(v.page.parameters, name) && !slices.ContainsFunc(known.options, func(o option) bool { return o.Value == value }) {
			add(name, errors.New(known.want))
		}
	}
}
