package loop

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/icio"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// tablesParameter chooses the tables of the spill-over weight.
var tablesParameter = study.Parameter{Name: "tables", Example: "wiod-2013", Usage: "a set of input-output tables by name, for the weight of the users' gain (default: the only one; where there is none, or several, the weight is 1)"}

// spread is how a technology's gain spreads over the industries of an economy.
type spread struct {
	Weight    float64
	Year      int // of the table; result.MissingInt where the weight is 1 for want of one
	synthetic bool
}

// SpillOverWeight is Σ_j v_j w_j of an economy, which is areas of a table: v_j is the share of industry j in its value added (output less
// inputs), w_j what j buys of the supplying industry, from all areas, by unit of its output, relative to the mean, which is the same of all
// industries together. So it is 1 where all use alike; and splitting an industry in proportion changes nothing. NaN where nobody uses the
// supplying industry, or value added is not above 0.
func SpillOverWeight(t *icio.Table, areas []int, supplier int) float64 {
	inputs := t.Inputs()
	n := len(t.Industries)
	use, output, added := make([]float64, n), make([]float64, n), make([]float64, n)
	var allUse, allOutput, allAdded float64
	for _, a := range areas {
		for j := range n {
			user := t.Node(a, j)
			bought := 0.0
			for from := range t.Areas {
				bought += t.Sales(t.Node(from, supplier))[user]
			}
			use[j], output[j], added[j] = use[j]+bought, output[j]+t.Output[user], added[j]+t.Output[user]-inputs[user]
			allUse, allOutput, allAdded = allUse+bought, allOutput+t.Output[user], allAdded+t.Output[user]-inputs[user]
		}
	}
	if !(allUse > 0 && allAdded > 0) {
		return math.NaN()
	}
	sum := 0.0
	for j := range n {
		if output[j] > 0 {
			sum += added[j] / allAdded * (use[j] / output[j]) / (allUse / allOutput)
		}
	}
	return sum
}

// average is the weight where there is no table to take it from: every industry uses the technology alike.
func (x *setup) average(t *Technology, format string, args ...any) spread {
	x.notes = result.AddNotes(x.notes, result.Note{Kind: result.Origin, Subject: t.ID, Text: fmt.Sprintf(format, args...) + ": the gain of users spreads as on the average of industries (Σ v w = 1)"})
	return spread{Weight: 1, Year: result.MissingInt}
}

// chosenTables is the set that is named, or the only one. Where none is named and there is not just one, it is nil, and why says so.
func (x *setup) chosenTables() (set *icio.Manifest, why string, err error) {
	none := "no input–output table is loaded"
	if x.Tables == nil {
		if x.tables != "" {
			return nil, "", wrong("tables", x.tables, "there are no input-output tables here; `chokepoint tables ingest FILE…` reads them into a data folder")
		}
		return nil, none, nil
	}
	if x.tables != "" {
		set, err = x.Tables.Set(x.tables)
		return set, "", err
	}
	list, err := x.Tables.List()
	switch {
	case err != nil:
		return nil, "", err
	case len(list) == 1:
		return &list[0], "", nil
	case len(list) == 0:
		return nil, none, nil
	}
	var names []string
	for i := range list {
		names = append(names, list[i].Name)
	}
	return nil, fmt.Sprintf("none of the %d sets of input–output tables is chosen, which are %s (--tables NAME takes one)", len(list), strings.Join(names, ", ")), nil
}

// spreadOf takes the weight of a technology from the chosen tables, in their year nearest to the first of the simulation.
func (x *setup) spreadOf(ctx context.Context, t *Technology) (spread, error) {
	set, why, err := x.chosenTables()
	if err != nil {
		return spread{}, err
	}
	if set == nil {
		return x.average(t, "%s", why), nil
	}
	i := slices.IndexFunc(t.Suppliers, func(s string) bool { return strings.HasPrefix(s, set.Layout+"/") })
	if i < 0 {
		return x.average(t, "%s: the file of parameters names no industry of tables with the layout %s that supplies it (suppliers of [[technology]])", t.ID, set.Layout), nil
	}
	code := strings.TrimPrefix(t.Suppliers[i], set.Layout+"/")
	supplier := slices.IndexFunc(set.Industries, func(d icio.Industry) bool { return d.Code == code })
	if supplier < 0 {
		return x.average(t, "%s: tables %s have no industry %s, which supplies it by the file of parameters", t.ID, set.Name, code), nil
	}
	year := slices.MinFunc(set.Has(), func(a, b int) int { return max(a-x.first, x.first-a) - max(b-x.first, x.first-b) })
	areas, lacking := x.areasOf(set, year)
	if len(areas) == 0 {
		return x.average(t, "%s: tables %s do not have %s by itself", t.ID, set.Name, x.economy), nil
	}
	table, err := x.Tables.Table(ctx, set, year)
	if err != nil {
		return spread{}, err
	}
	x.Use("layout", table.Layout.ID, table.Layout.Text)
	x.UseFile("tables", set.Name, set.Checksum())
	weight := SpillOverWeight(table, areas, supplier)
	if !(weight > 0) {
		return x.average(t, "%s: in tables %s of %d no industry of %s has both value added and use of %s", t.ID, set.Name, year, x.economy, code), nil
	}
	x.sayWeight(t, set, weight, year, set.Industries[supplier], lacking)
	return spread{weight, year, set.Synthetic}, nil
}

// sayWeight says where a weight is from and what it is not.
func (x *setup) sayWeight(t *Technology, set *icio.Manifest, weight float64, year int, supplier icio.Industry, lacking []string) {
	note := func(kind result.NoteKind, format string, args ...any) {
		x.notes = result.AddNotes(x.notes, result.Note{Kind: kind, Subject: t.ID, Text: t.ID + ": " + fmt.Sprintf(format, args...)})
	}
	note(result.Origin, "the gain of users spreads with Σ v w = %s, from tables %s of %d (%s; checksum %s), by what the industries of %s buy of %s (%s) from all areas by unit of output, relative to all of them together",
		strconv.FormatFloat(weight, 'f', 4, 64), set.Name, year, set.Source, set.Checksum()[:12], x.economy, supplier.Code, supplier.Name)
	note(result.Reading, "%s makes far more than the technology, and what is bought as investment is not in the table's inputs: the weight is about the industry, not the technology", supplier.Code)
	if year != x.first {
		note(result.Reading, "the weight is of %d, the tables' year nearest to %d, and holds for all years", year, x.first)
	}
	if len(lacking) > 0 {
		note(result.Reading, "the weight is without %s, which tables %s do not have by themselves", strings.Join(lacking, ", "), set.Name)
	}
}

// areasOf are the areas of the tables that make up the economy, and the members that the tables lack.
func (x *setup) areasOf(set *icio.Manifest, year int) (areas []int, lacking []string) {
	if a := slices.Index(set.Areas, x.economy); a >= 0 {
		return []int{a}, nil
	}
	economies := trade.BuiltinEconomies()
	selection, err := trade.ParseSelection(x.economy, economies, x.Blocs)
	if err != nil || len(selection.Parties) != 1 || len(selection.Parties[0].Any) != 1 {
		return nil, nil
	}
	for _, c := range selection.Parties[0].Any[0].Codes(year).Codes() {
		label := economies.Label(c)
		if a := slices.Index(set.Areas, label); a >= 0 {
			areas = append(areas, a)
		} else {
			lacking = append(lacking, label)
		}
	}
	return areas, lacking
}
