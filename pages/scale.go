package pages

import "chokepoint/study"

// Scales of the values of a series over the years.
var seriesScales = []option{{Value: "", Text: "linear"}, {Value: "log", Text: "logarithmic"}}

// scaled lets a reader choose the scale of a chart of lines without a band, by the parameter scale of the page.
func (v *pageRequest) scaled(f *figure) *figure {
	chosen := v.values["scale"]
	if chosen != "" && chosen != "log" {
		v.wrong = append(v.wrong, &study.ParameterError{Parameter: "scale", Value: chosen, Err: textError("expected log, or nothing, which is linear")})
	}
	if f == nil || f.Option == nil {
		return f
	}
	for _, o := range seriesScales {
		f.Scales = append(f.Scales, option{Value: v.here("scale", o.Value) + "#" + f.ID, Text: o.Text, Selected: o.Value == chosen})
	}
	if chosen == "log" {
		f.Option.OnLog()
		f.Note += " Logarithmic scale, which has no place for zero."
	}
	return f
}
