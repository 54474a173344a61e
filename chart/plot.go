package chart

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// Plot is a chart for paper, drawn without scripts: lines over years, with bands around them and single points.
type Plot struct {
	Title  string // for screen readers
	Years  []int  // ascending
	Unit   string // on the axis
	Lines  []Line
	Bands  []Band  // by year, NaN where there is none; the widest first
	Points []Point // published figures
	Mark   Mark    // an upright line; the zero Mark is none
	Label  func(y float64) string
}

// Mark is an upright line before a year, such as the first of a policy.
type Mark struct {
	Year int
	Text string
}

// Line is one line of a Plot; NaN where it has no value.
type Line struct {
	Name, Colour string
	Values       []float64
	Dashed       bool
}

// Point is a single value of a year.
type Point struct {
	Year  int
	Value float64
	Text  string
}

// The size of a Plot in units of its own; it takes the width that it is given.
const (
	plotWidth, plotHeight = 720.0, 300.0
	plotLeft, plotRight   = 64.0, 16.0
	plotTop, plotBottom   = 34.0, 28.0
)

// SVG draws the plot.
func (p *Plot) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s" font-family="inherit" font-size="13">`, plotWidth, plotHeight, html.EscapeString(p.Title))
	low, high := p.span()
	step := roundStep((high - low) / 5)
	low, high = step*math.Floor(low/step), step*math.Ceil(high/step)
	x := func(year int) float64 {
		first, last := p.Years[0], p.Years[len(p.Years)-1]
		if first == last {
			return (plotLeft + plotWidth - plotRight) / 2
		}
		return plotLeft + (plotWidth-plotLeft-plotRight)*float64(year-first)/float64(last-first)
	}
	y := func(v float64) float64 { return plotTop + (plotHeight-plotTop-plotBottom)*(high-v)/(high-low) }
	for v := low; v <= high+step/2; v += step {
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#d5dbe1"/><text x="%g" y="%.1f" text-anchor="end" fill="#52616f">%s</text>`,
			plotLeft, plotWidth-plotRight, y(v), y(v), plotLeft-8, y(v)+4, html.EscapeString(p.Label(v)))
	}
	p.axis(&b, x)
	for _, band := range p.Bands {
		fmt.Fprintf(&b, `<path d="%s" fill="%s" opacity="0.4"/>`, p.bandPath(band, x, y), band.Colour)
	}
	if low < 0 {
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#52616f"/>`, plotLeft, plotWidth-plotRight, y(0), y(0))
	}
	if at := slices.Index(p.Years, p.Mark.Year); at > 0 {
		middle := (x(p.Years[at-1]) + x(p.Years[at])) / 2
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="#d55e00" stroke-dasharray="4 3"/><text x="%.1f" y="%g" fill="#52616f">%s</text>`,
			middle, middle, plotTop, plotHeight-plotBottom, middle+5, plotTop+12, html.EscapeString(p.Mark.Text))
	}
	for _, l := range p.Lines {
		p.line(&b, l, x, y)
	}
	for _, q := range p.Points {
		if q.Year < p.Years[0] || q.Year > p.Years[len(p.Years)-1] {
			continue
		}
		fmt.Fprintf(&b, `<path d="M%.1f %.1fl7 7-7 7-7-7z" fill="#d55e00"><title>%s</title></path>`, x(q.Year), y(q.Value)-7, html.EscapeString(q.Text))
	}
	p.legend(&b)
	b.WriteString("</svg>")
	return b.String()
}

// span is the range of values; it begins at zero unless something lies below.
func (p *Plot) span() (low, high float64) {
	take := func(v float64) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high = min(low, v), max(high, v)
		}
	}
	for _, l := range p.Lines {
		for _, v := range l.Values {
			take(v)
		}
	}
	for _, band := range p.Bands {
		for i := range band.Low {
			take(band.Low[i])
			take(band.High[i])
		}
	}
	for _, q := range p.Points {
		take(q.Value)
	}
	if low == high {
		high = low + 1
	}
	return low, high
}

// roundStep rounds a distance up to 1, 2 or 5 times a power of ten.
func roundStep(x float64) float64 { return above(x) }

func (p *Plot) axis(b *strings.Builder, x func(int) float64) {
	every := max(1, int(math.Ceil(float64(len(p.Years))/12)))
	for i, year := range p.Years {
		if i%every == 0 || i == len(p.Years)-1 && i%every > every/2 {
			fmt.Fprintf(b, `<text x="%.1f" y="%g" text-anchor="middle" fill="#52616f">%d</text>`, x(year), plotHeight-8, year)
		}
	}
}

func (p *Plot) bandPath(band Band, x func(int) float64, y func(float64) float64) string {
	var up, down []string
	for i := range band.Low {
		if sum := band.Low[i] + band.High[i]; math.IsNaN(sum) || math.IsInf(sum, 0) {
			continue
		}
		up = append(up, fmt.Sprintf("%.1f %.1f", x(p.Years[i]), y(band.High[i])))
		down = append([]string{fmt.Sprintf("%.1f %.1f", x(p.Years[i]), y(band.Low[i]))}, down...)
	}
	return "M" + strings.Join(append(up, down...), "L") + "Z"
}

func (p *Plot) line(b *strings.Builder, l Line, x func(int) float64, y func(float64) float64) {
	dash := ""
	if l.Dashed {
		dash = ` stroke-dasharray="6 4"`
	}
	var path strings.Builder
	pen := "M"
	for i, v := range l.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, x(p.Years[i]), y(v))
		pen = "L"
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2.5"%s/>`, path.String(), l.Colour, dash)
	for i, v := range l.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s, %d: %s</title></circle>`, x(p.Years[i]), y(v), l.Colour, html.EscapeString(l.Name), p.Years[i], html.EscapeString(p.Label(v)))
		}
	}
}

func (p *Plot) legend(b *strings.Builder) {
	at := plotLeft
	entry := func(mark, text string) {
		fmt.Fprintf(b, `<g transform="translate(%.0f 14)">%s<text x="22" y="4" fill="#17212b">%s</text></g>`, at, mark, html.EscapeString(text))
		at += 40 + 6.6*float64(len([]rune(text)))
	}
	for _, l := range p.Lines {
		entry(fmt.Sprintf(`<line x1="0" x2="16" y1="0" y2="0" stroke="%s" stroke-width="3"/>`, l.Colour), l.Name)
	}
	for _, band := range p.Bands {
		entry(fmt.Sprintf(`<rect width="16" height="10" y="-5" fill="%s" opacity="0.4"/>`, band.Colour), band.Name)
	}
	if len(p.Points) > 0 {
		entry(`<path d="M8 -6l6 6-6 6-6-6z" fill="#d55e00"/>`, "published")
	}
	fmt.Fprintf(b, `<text x="%g" y="14" dy="4" text-anchor="end" fill="#52616f">%s</text>`, plotWidth-plotRight, html.EscapeString(p.Unit))
}
