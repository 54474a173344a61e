// Package chain asks input-output tables: how much of what an industry uses comes from a supplier when one looks through all stages of
// production, by which paths, where industries stand in the chain, whose value added exports hold, and what is at risk when inputs stop.
//
// It must never read files: tables come from package icio.
package chain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/icio"
	"chokepoint/leontief"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Parameters that several questions have.
var (
	tablesParameter     = study.Parameter{Name: "tables", Example: "wiod-2013", Usage: "a set of input-output tables by name (default: the only one; \"chokepoint tables\" lists them)"}
	industriesParameter = study.Parameter{Name: "industries", Standard: "manufacturing", Example: "c14", Usage: "industries that use: codes of the table, ranges (c3:c16), manufacturing, or all"}
	economiesParameter  = study.Parameter{Name: "economies", Standard: "all", Example: "CHN", Usage: "economies and blocs to show: USA, EU27, USA,DEU (listed), EU27:members, all"}
	inputsParameter     = study.Parameter{Name: "inputs", Example: "manufacturing", Usage: "industries whose goods and services are used, of every area, as --industries (default: the same industries)"}
)

// reading is a question to a set of tables under way.
type reading struct {
	*study.Source
	set       *icio.Manifest
	economies *trade.Economies
	codes     []trade.Code // by area of the tables
	years     []int
	blocs     []trade.Bloc
	notes     []result.Note
}

// open finds the set that a request names and the years that it asks for.
func open(s *study.Source, r study.Request) (*reading, error) {
	if s.Tables == nil {
		return nil, fault.Questionf("there are no input-output tables here; `chokepoint tables ingest FILE…` reads them into a data folder")
	}
	set, err := s.Tables.Set(strings.TrimSpace(r.Own["tables"]))
	if err != nil {
		return nil, err
	}
	q := &reading{Source: s, set: set}
	if q.economies, q.codes, err = economiesOf(set.Areas); err != nil {
		return nil, err
	}
	ranges, err := trade.ParseYears(r.Years)
	if err != nil {
		return nil, fault.Questionf("years: %w", err)
	}
	var absent []string
	if q.years, absent, err = trade.PickYears(ranges, set.Has()); err != nil {
		return nil, fault.Questionf("years: %w", err)
	}
	q.notes = result.NotesOf(result.MissingYears, absent...)
	return q, nil
}

// openAbout is open for questions about economies, which are all where a request names none.
func openAbout(s *study.Source, r study.Request) (*reading, []party, error) {
	q, err := open(s, r)
	if err != nil {
		return nil, nil, err
	}
	economies, err := q.parties("economies", study.OrElse(r.Own["economies"], "all"))
	return q, economies, err
}

// economiesOf makes a code list of the areas of a table. Areas that are no economies, such as the rest of the world, get codes that no
// economy has.
func economiesOf(areas []string) (*trade.Economies, []trade.Code, error) {
	known := map[string]trade.Economy{}
	taken := map[trade.Code]bool{}
	for _, e := range trade.BuiltinEconomies().All() {
		taken[e.Code] = true
		if old, ok := known[e.ISO3]; !ok || old.Kind != trade.KindEconomy {
			known[e.ISO3] = e
		}
	}
	var list []trade.Economy
	var codes []trade.Code
	labels := map[trade.Code]string{}
	free := trade.Code(trade.MaxCode - 1)
	for _, area := range areas {
		e, ok := known[area]
		if area == "TWN" {
			e, ok = known[trade.BuiltinEconomies().Label(490)], true
		}
		if !ok {
			for taken[free] {
				free--
			}
			e = trade.Economy{Code: free, Name: area, Kind: trade.KindEconomy}
			if area == "ROW" {
				e.Name = "Rest of the world"
			}
			labels[free] = area
			taken[free] = true
		}
		list, codes = append(list, e), append(codes, e.Code)
	}
	economies, err := trade.NewEconomies(list)
	if err != nil {
		return nil, nil, err
	}
	return economies.WithLabels(labels), codes, nil
}

// party is a user or a supplier: an economy, or several counted together.
type party struct {
	trade.Party
	index int
}

// sides reads who uses and who supplies.
func (q *reading) sides(importers, partners string) (users, suppliers []party, err error) {
	if users, err = q.parties("importers", importers); err != nil {
		return nil, nil, err
	}
	suppliers, err = q.parties("partners", partners)
	return users, suppliers, err
}

// parties reads a selection.
func (q *reading) parties(name, text string) ([]party, error) {
	ofTables := func(text string) string {
		return strings.ReplaceAll(text, "not in the code list of this release", "not in these tables by itself, but part of the rest of the world")
	}
	selection, err := trade.ParseSelection(text, q.economies, q.Blocs)
	if err != nil {
		return nil, fault.Questionf("%s: %s", name, ofTables(err.Error()))
	}
	if selection.None {
		return nil, fault.Questionf("%s %q: expected economies, blocs or all", name, text)
	}
	for _, b := range selection.Blocs {
		if !slices.ContainsFunc(q.blocs, func(o trade.Bloc) bool { return o.ID == b.ID }) {
			q.blocs = append(q.blocs, b)
		}
	}
	for i, note := range selection.Notes {
		selection.Notes[i] = ofTables(note)
	}
	q.notes = result.AddNotes(q.notes, result.NotesOf(result.Selected, selection.Notes...)...)
	var list []party
	for i, p := range selection.Parties {
		if len(p.Any) > 1 {
			return nil, fault.Questionf("%s %q: alternatives are about single goods; expected A+B for both together, or A,B for one after the other", name, p.Label)
		}
		list = append(list, party{p, i})
	}
	return list, nil
}

// areas are those of a party in a year.
func (q *reading) areas(p party, year int) (list []int) {
	codes := p.Any[0].Codes(year)
	for a, c := range q.codes {
		if codes.Has(c) {
			list = append(list, a)
		}
	}
	return list
}

// single is areas of a party that must be one economy: what is said of it cannot be added up. None is there in years in which a bloc
// has no members.
func (q *reading) single(p party, year int) ([]int, error) {
	areas := q.areas(p, year)
	if len(areas) > 1 {
		return nil, fault.Questionf("economies %q: this is about one economy at a time; expected %s:members", p.Label, p.Label)
	}
	return areas, nil
}

// nodes are industries of areas.
func nodes(t *icio.Table, areas, industries []int) (list []int) {
	for _, a := range areas {
		for _, i := range industries {
			list = append(list, t.Node(a, i))
		}
	}
	return list
}

// pick reads a parameter of industries.
func pick(t *icio.Table, name, text string) ([]int, error) {
	list, err := t.PickIndustries(text)
	if err != nil {
		return nil, &study.ParameterError{Parameter: name, Value: text, Err: fault.Question(err)}
	}
	return list, nil
}

// table is that of a year; the answer's provenance has its layout.
func (q *reading) table(ctx context.Context, year int) (*icio.Table, error) {
	t, err := q.Tables.Table(ctx, q.set, year)
	if err == nil {
		q.Use("layout", t.Layout.ID, t.Layout.Text)
	}
	return t, err
}

// each does work with the table of each year asked for.
func (q *reading) each(ctx context.Context, work func(t *icio.Table) error) error {
	for _, year := range q.years {
		t, err := q.table(ctx, year)
		if err != nil {
			return err
		}
		if err := work(t); err != nil {
			return err
		}
	}
	return nil
}

// eachPicked is each, with the places of the using industries and of the inputs in the table.
func (q *reading) eachPicked(ctx context.Context, industries, inputs string, work func(t *icio.Table, using, used []int) error) error {
	return q.each(ctx, func(t *icio.Table) error {
		using, err := pick(t, "industries", industries)
		if err != nil {
			return err
		}
		used, err := pick(t, "inputs", inputs)
		if err != nil {
			return err
		}
		return work(t, using, used)
	})
}

// answer is a table of rows with its provenance.
func answer[R any](q *reading, schema *result.Schema[R], title string, rows []R) (*result.Table, error) {
	if err := q.CheckRows(len(rows), schema.Width()); err != nil {
		return nil, err
	}
	t := schema.Table(title+", "+study.YearsText(q.years), rows)
	t.Synthetic = q.set.Synthetic
	t.Add(q.notes...)
	t.Provenance = q.set.Provenance()
	t.Provenance.Years, t.Provenance.Program, t.Provenance.Command = study.YearsText(q.years), q.Program, q.Command
	for _, b := range q.blocs {
		t.Provenance.Blocs = append(t.Provenance.Blocs, result.BlocOf(b.ID, b.Name, b.Source, b.String()))
	}
	for _, y := range q.set.Years {
		if !slices.Contains(q.years, y.Year) {
			continue
		}
		out, gap := 0.0, 0.0
		for _, g := range y.Gaps {
			out, gap = out+g.Output, gap+g.Rows
		}
		if gap > 1e-6*out {
			t.Note("%s: the table's sales differ from output by %.2f %% of world output (`chokepoint tables show %s` has it by area)", trade.Period(y.Year), 100*gap/out, q.set.Name)
		}
	}
	return t, nil
}

// perUnit is 1 ÷ x, and 0 where x is 0.
func perUnit(x []float64) []float64 {
	inverse := make([]float64, len(x))
	for i, v := range x {
		if v > 0 {
			inverse[i] = 1 / v
		}
	}
	return inverse
}

type systemKey struct{}

// leontiefOf is I − A of a table: A are inputs per unit of output.
func leontiefOf(ctx context.Context, t *icio.Table) (*leontief.System, error) {
	return store.Remember(ctx, t.Memory(), systemKey{}, (*leontief.System).Size, func() (*leontief.System, error) {
		return leontief.New(t.N(), len(t.Industries), t.Z, nil, perUnit(t.Output))
	})
}

type solutionKey struct{ of string }

// solved gives the solutions of keys, those that the table does not remember by one call of solve.
func solved(t *icio.Table, keys []string, solve func(missing []int) ([][]float64, error)) ([][]float64, error) {
	list := make([][]float64, len(keys))
	var missing []int
	for k, key := range keys {
		known, ok := store.Known[solutionKey, []float64](t.Memory(), solutionKey{key})
		if !ok {
			missing = append(missing, k)
		}
		list[k] = known
	}
	if len(missing) == 0 {
		return list, nil
	}
	found, err := solve(missing)
	if err != nil {
		return nil, err
	}
	for m, k := range missing {
		list[k] = found[m]
		store.Keep(t.Memory(), solutionKey{keys[k]}, found[m], store.SizeOfSlice(found[m]))
	}
	return list, nil
}

// together bounds the right-hand sides that are solved at a time: their vectors take 20 MB of a table of 4,050 rows.
const together = 64

// madeFor gives, for each set of nodes, what all stages of production before them take of every node: (L − I) x, x their output.
func madeFor(ctx context.Context, t *icio.Table, sets [][]int) ([][]float64, error) {
	return beyond(ctx, t, "through", sets, func(node int) float64 { return t.Output[node] }, (*leontief.System).Solve)
}

// reachOf gives, for each set of nodes, what all stages of production take of it for a unit of output of every node: 1ᵀ(L − I) with ones
// for the set.
func reachOf(ctx context.Context, t *icio.Table, sets [][]int) ([][]float64, error) {
	return beyond(ctx, t, "reach", sets, func(int) float64 { return 1 }, (*leontief.System).SolveTransposed)
}

// beyond gives, for each set of nodes, the solution whose right-hand side is value at its nodes, less that side: what lies beyond the first
// stage. name tells such solutions from others that the table remembers.
func beyond(ctx context.Context, t *icio.Table, name string, sets [][]int, value func(node int) float64, solve func(*leontief.System, context.Context, ...[]float64) ([][]float64, error)) ([][]float64, error) {
	system, err := leontiefOf(ctx, t)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(sets))
	for k, set := range sets {
		keys[k] = fmt.Sprint(name, " ", set)
	}
	return solved(t, keys, func(missing []int) (list [][]float64, err error) {
		for chunk := range slices.Chunk(missing, together) {
			var sides [][]float64
			for _, k := range chunk {
				side := make([]float64, t.N())
				for _, node := range sets[k] {
					side[node] = value(node)
				}
				sides = append(sides, side)
			}
			x, err := solve(system, ctx, sides...)
			if err != nil {
				return nil, err
			}
			for k := range x {
				for i := range x[k] {
					x[k][i] -= sides[k][i]
				}
			}
			list = append(list, x...)
		}
		return list, nil
	})
}

// madeAt is what a reach gives for the output of nodes.
func madeAt(t *icio.Table, reach []float64, at []int) (sum float64) {
	for _, i := range at {
		sum += t.Output[i] * reach[i]
	}
	return sum
}

// bought gives what a set of nodes buys directly of every node.
func bought(t *icio.Table, set []int) []float64 {
	sums := make([]float64, t.N())
	for i := range sums {
		row := t.Sales(i)
		for _, j := range set {
			sums[i] += row[j]
		}
	}
	return sums
}

func sumAt(v []float64, at []int) (sum float64) {
	for _, i := range at {
		sum += v[i]
	}
	return sum
}

// ratio is a ÷ b, missing where b is 0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}

// usd is million dollars as dollars.
func usd(million float64) float64 { return 1e6 * million }
