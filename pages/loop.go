package pages

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chart"
	"chokepoint/loop"
	"chokepoint/result"
)

// loopView is the page of the reinforcing loop: sliders, a diagram whose arrows carry their strength, bands, cost beside benefit, words.
type loopView struct {
	Illustration    string
	Words           []string
	Facts           []fact
	Diagram         *loopDiagram
	Adoption, Price *figure
	Balance, Rows   *figure
}

func (p *loopView) pageTitle() string { return "The loop and its price" }

// loopSliders are the numbers that the page moves: names of --set, with what the program has.
var loopSliders = []slider{
	{Name: "subsidy", Label: "Subsidy, share of unit cost", Published: "0.2", Max: "0.6", Step: "0.01"},
	{Name: "gain", Label: "Productivity gain of users at full adoption, share of product", Published: "0.01", Max: "0.05", Step: "0.001"},
	{Name: "drag", Label: "Drag per unit of fiscal cost", Published: "0.27", Max: "2", Step: "0.01"},
	{Name: "spill-over", Label: "Spill-over: market growth per gain of users", Published: "1", Max: "5", Step: "0.1"},
	{Name: "excess", Label: "Output beyond demand per unit of subsidy", Published: "0.3", Max: "2", Step: "0.05"},
	{Name: "steepness", Label: "Price sensitivity of adoption (steepness)", Published: "4", Max: "10", Step: "0.1"},
}

// loopParameters are the parameters of the page.
func loopParameters() []string {
	names := []string{"technology", "without", "draws"}
	for _, s := range loopSliders {
		names = append(names, s.Name)
	}
	return names
}

// loopBench has the sliders and boxes as the visitor has set them. One that is not moved keeps the range of the file.
func (v *pageRequest) loopBench() *bench {
	b := &bench{}
	for _, s := range loopSliders {
		s.Min, s.Value, s.Position = "0", v.values[s.Name], s.Published
		if _, err := strconv.ParseFloat(s.Value, 64); err == nil {
			s.Position = s.Value
		}
		b.Sliders = append(b.Sliders, s)
	}
	off := strings.Split(v.values["without"], ",")
	for _, t := range loop.Terms() {
		b.Boxes = append(b.Boxes, box{t.Name, t.Label, t.Usage, slices.Contains(off, t.Name)})
	}
	return b
}

// technologyOptions are the technologies of the program's file, by name.
func technologyOptions(chosen string) (list []option) {
	set := loop.Builtin()
	for _, id := range set.Technologies() {
		list = append(list, option{id, set.NameOf(id), id == chosen})
	}
	return list
}

// sentences are those on the technology of the page, which its form names.
func (v *pageRequest) sentences(a *answer) (list []string) {
	for _, s := range loop.Words(a.Table) {
		list = append(list, strings.TrimPrefix(s, v.value("technology")+": "))
	}
	return list
}

func (v *pageRequest) loop() (any, error) {
	var set []string
	for _, s := range loopSliders {
		if value := v.values[s.Name]; value != "" {
			set = append(set, s.Name+"="+value)
		}
	}
	a, err := v.ask("loop", "technology", v.value("technology"), "without", v.values["without"], "draws", v.values["draws"], "set", strings.Join(set, ","))
	if err != nil {
		return nil, err
	}
	n := numbersOf(a)
	p := &loopView{Illustration: loop.CapitalIllustration(), Words: v.sentences(a), Diagram: n.diagram()}
	p.Adoption = v.loopFigure(a, n, "adoption", "Adoption at home", "Share of users, mean of the draws. The band covers 90 % of the draws in the run with policy.", chart.Share)
	p.Price = v.loopFigure(a, n, "unit_cost", "Unit cost", "In billion USD per unit of the technology. The band covers 90 % of the draws.", chart.Number)
	p.Balance = v.loopBalance(a, n)
	for _, s := range loop.Shares(a.Table) {
		p.Facts = append(p.Facts, fact{Label: "Draws in which half adopt, with policy", Value: s.WithPolicy, Note: s.NoPolicy + " without policy; " + s.Sunset + " if support ends"},
			fact{Label: "Draws with a net gain above 0", Value: s.NetAboveZero, Note: "policy minus no policy: " + s.AddedAboveZero})
	}
	p.Rows = &figure{ID: "whole", Title: "Results of the runs", Note: "Over all years. The files have every year and quantity.", Open: true, Table: v.wholeRuns(a)}
	return p, nil
}

// wholeRuns are the figures of whole runs, which have no year, in words.
func (v *pageRequest) wholeRuns(a *answer) *grid {
	n := 0
	for _, r := range loop.Schema.Rows(a.Table) {
		if r.Year != result.MissingInt {
			break
		}
		n++
	}
	g := v.grid(a, n, loopColumns...)
	for i, title := range []string{"Mean", "5 % of draws below", "95 % of draws below"} { // rows have units of their own
		g.Columns[2+i].Title, g.Columns[2+i].Unit = title, ""
	}
	for _, line := range g.Rows {
		quantity := &line[1]
		unit, meaning, ok := loop.MeaningOf(quantity.Text)
		if !ok {
			continue
		}
		*quantity = cell{Text: upperFirst(unit) + " " + meaning, Note: quantity.Text, Class: "words"}
		if strings.HasPrefix(meaning, "share of draws") || strings.HasPrefix(unit, "share") {
			inPercent(line[2:])
		}
		if unit == "1" {
			quantity.Text = upperFirst(meaning)
		} else if strings.HasPrefix(unit, "years") || strings.HasPrefix(unit, "share of a year") {
			quantity.Text = upperFirst(meaning) + " (" + unit + ")"
		}
	}
	return g
}

// inPercent writes shares as percentages.
func inPercent(cells []cell) {
	for i := range cells {
		if x := cells[i].number(); !math.IsNaN(x) {
			cells[i] = cell{Text: minus(result.Percent(x)), Exact: result.ExactFloat(x, ""), Number: true}
		}
	}
}

var loopColumns = loop.Schema.Pick("run", "quantity", "mean", "low", "high")

// loopNumbers are the rows of an answer of one technology by run and quantity, each by year.
type loopNumbers struct {
	years []int
	by    map[loop.Run]map[string][]loop.Row
}

func numbersOf(a *answer) *loopNumbers {
	n := &loopNumbers{by: map[loop.Run]map[string][]loop.Row{}}
	for _, r := range loop.Schema.Rows(a.Table) {
		if n.by[r.Run] == nil {
			n.by[r.Run] = map[string][]loop.Row{}
		}
		if n.by[r.Run][r.Quantity] = append(n.by[r.Run][r.Quantity], r); r.Run == loop.WithPolicy && r.Quantity == "adoption" {
			n.years = append(n.years, r.Year)
		}
	}
	return n
}

// at is a mean of the run with policy in the middle year.
func (n *loopNumbers) at(quantity string, offset int) float64 {
	return n.by[loop.WithPolicy][quantity][len(n.years)/2+offset].Mean
}

// loopFigure draws a quantity of all three runs, with the band of the run with policy.
func (v *pageRequest) loopFigure(a *answer, n *loopNumbers, quantity, title, note string, f chart.Format) *figure {
	var years []string
	for _, y := range n.years {
		years = append(years, strconv.Itoa(y))
	}
	band := &chart.Band{Name: "90 % of draws, policy", Colour: chart.Soft}
	for _, r := range n.by[loop.WithPolicy][quantity] {
		band.Low, band.High = append(band.Low, r.Low), append(band.High, r.High)
		band.Tips = append(band.Tips, fmt.Sprintf("%d\n%.4g to %.4g", r.Year, r.Low, r.High))
	}
	var series []chart.Series
	for i, run := range []loop.Run{loop.WithPolicy, loop.NoPolicy, loop.Sunset} {
		s := chart.Series{Name: string(run), Colour: []string{chart.Ink, chart.Warning, chart.OfGroup(2)}[i], Dashed: i > 0}
		for _, r := range n.by[run][quantity] {
			s.Values, s.Tips = append(s.Values, finite(r.Mean)), append(s.Tips, fmt.Sprintf("%d, %s\n%.4g", r.Year, run, r.Mean))
		}
		series = append(series, s)
	}
	return &figure{ID: quantity, Title: title, Note: note, Source: v.source(a), Option: chart.Lines(years, "", f, band, series...), Table: v.loopGrid(a, quantity)}
}

// loopBalance draws cost beside benefit.
func (v *pageRequest) loopBalance(a *answer, n *loopNumbers) *figure {
	var years []string
	var series []chart.Series
	for i, q := range []string{"gain", "fiscal_cost", "drag", "net_gain"} {
		s := chart.Series{Name: strings.ReplaceAll(q, "_", " "), Colour: chart.OfGroup(i), Dashed: i == 1 || i == 2}
		for _, r := range n.by[loop.WithPolicy][q] {
			if i == 0 {
				years = append(years, strconv.Itoa(r.Year))
			}
			s.Values, s.Tips = append(s.Values, finite(r.Mean)), append(s.Tips, fmt.Sprintf("%d, %s\n%.3f %% of product (%.3f to %.3f)", r.Year, s.Name, 100*r.Mean, 100*r.Low, 100*r.High))
		}
		series = append(series, s)
	}
	return &figure{ID: "balance", Title: "Costs and benefits", Note: "Shares of gross domestic product in the run with policy, mean of the draws. Users also gain without support: compare the runs in the table below.", Source: v.source(a),
		Option: chart.Lines(years, "share of product", chart.Share, nil, series...), Table: v.loopGrid(a, "gain", "fiscal_cost", "drag", "net_gain")}
}

// loopGrid shows the rows of quantities year by year.
func (v *pageRequest) loopGrid(a *answer, quantities ...string) *grid {
	var rows []int
	for i, r := range loop.Schema.Rows(a.Table) {
		if r.Year != result.MissingInt && slices.Contains(quantities, r.Quantity) {
			rows = append(rows, i)
		}
	}
	return v.rowsGrid(a, rows, append([]string{"year"}, loopColumns...)...)
}

// loopDiagram is the causal diagram: boxes, and arrows whose width says how strong they are.
type loopDiagram struct {
	Year   int
	Boxes  []loopBox
	Arrows []loopArrow
}

type loopBox struct {
	X, Y int
	Text string
}

type loopArrow struct {
	X1, Y1, X2, Y2, LabelX, LabelY int
	Width, Strength, Colour        string
	Anchor                         string // of the label
	From, To                       string // what it joins
}

// diagram takes the strength of each arrow from the middle year of the run with policy.
func (n *loopNumbers) diagram() *loopDiagram {
	d := &loopDiagram{Year: n.years[len(n.years)/2], Boxes: []loopBox{{90, 60, "subsidy"}, {330, 60, "price to users"}, {570, 60, "adoption"}, {570, 200, "gain of users"},
		{330, 200, "demand, output"}, {130, 200, "unit cost"}, {90, 330, "fiscal cost"}, {570, 330, "net gain"}, {330, 330, "drag"}}}
	arrow := func(from, to string, x1, y1, x2, y2 int, strength float64, text string, costly bool) {
		colour := "currentColor"
		if costly {
			colour = chart.Warning
		}
		width := 1 + 3*math.Min(1, math.Abs(strength))
		a := loopArrow{x1, y1, x2, y2, (x1 + x2) / 2, (y1+y2)/2 - 8, strconv.FormatFloat(width, 'f', 1, 64), minus(text), colour, "middle", from, to}
		if x1 == x2 {
			a.LabelX, a.LabelY, a.Anchor = x1+10, y2-30, "start"
		} else if y1 != y2 { // clear of the line, which leans
			a.LabelX, a.Anchor = a.LabelX-12, "end"
		}
		d.Arrows = append(d.Arrows, a)
	}
	fall := n.at("unit_cost", 0)/n.at("unit_cost", -1) - 1
	rise := n.at("adoption", 0) - n.at("adoption", -1)
	gain, cost, drag, net := n.at("gain", 0), n.at("fiscal_cost", 0), n.at("drag", 0), n.at("net_gain", 0)
	most := math.Max(gain, math.Max(cost, math.Max(drag, 1e-12)))
	learning, spill := n.at("loop_strength_learning", 0), n.at("loop_strength_spill_over", 0)
	arrow("subsidy", "price to users", 150, 60, 265, 60, 2*n.at("subsidy", 0), fmt.Sprintf("-%.0f %%", 100*n.at("subsidy", 0)), false)
	arrow("price to users", "adoption", 395, 60, 510, 60, 20*rise, fmt.Sprintf("%+.1f points per year", 100*rise), false)
	arrow("adoption", "gain of users", 570, 85, 570, 175, gain/most, fmt.Sprintf("%.2f %% of product", 100*gain), false)
	arrow("gain of users", "demand, output", 510, 200, 395, 200, spill, fmt.Sprintf("R %.3f %%", spill), false)
	arrow("demand, output", "unit cost", 265, 200, 195, 200, learning, fmt.Sprintf("R %.2f %%", learning), false)
	arrow("unit cost", "price to users", 160, 175, 300, 85, 10*fall, fmt.Sprintf("%+.1f %% per year", 100*fall), false)
	arrow("adoption", "demand, output", 520, 85, 370, 175, 20*rise, "new users", false)
	arrow("subsidy", "fiscal cost", 50, 85, 50, 305, cost/most, fmt.Sprintf("%.2f %% of product", 100*cost), true)
	arrow("fiscal cost", "drag", 150, 330, 268, 330, drag/most, fmt.Sprintf("%.2f %%", 100*drag), true)
	arrow("drag", "net gain", 392, 330, 508, 330, drag/most, fmt.Sprintf("-%.2f %%", 100*drag), true)
	arrow("gain of users", "net gain", 570, 225, 570, 305, math.Abs(net)/most, fmt.Sprintf("net %.2f %%", 100*net), net < 0)
	return d
}
