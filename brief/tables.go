package brief

import (
	"maps"
	"slices"
	"strings"

	"chokepoint/chain"
	"chokepoint/chokepoints"
	"chokepoint/competition"
	"chokepoint/dependence"
	"chokepoint/fault"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/scenario"
)

// tables are those of the questions that claims take numbers from, by the name of the question and, after a blank, by what "by" asks
// for. A claim that names a column which its table lacks is refused when the brief is read, and a brief that comes with the program
// when that starts.
var tables = map[string][]*result.Column{
	"count":               counts.Columns(),
	"asymmetry":           dependence.AsymmetrySchema.Columns(),
	"sensitivity":         grid.Columns(),
	"sensitivity product": dependence.SteadinessSchema.Columns(),
	"chokepoints":         chokepoints.Schema.Columns(),
	"scoreboard":          competition.ScoreboardSchema.Columns(),
	"breadth":             competition.BreadthSchema.Columns(),
	"breadth stage":       competition.StageSchema.Columns(),
	"similarity":          competition.SimilaritySchema.Columns(),
	"displacement":        competition.DisplacementSchema.Columns(),
	"balance":             competition.BalanceSchema.Columns(),
	"complexity":          competition.ComplexitySchema.Columns(),
	"complexity product":  competition.ProductComplexitySchema.Columns(),
	"policy":              policy.EstimateSchema.Columns(),
	"firms":               competition.FirmSchema.Columns(),
	"exposure":            chain.ExposureSchema.Columns(),
	"chain":               chain.PathSchema.Columns(),
	"scenario inputs":     chain.RiskSchema.Columns(),
	"upstreamness":        chain.PositionSchema.Columns(),
	"value-added":         chain.OriginSchema.Columns(),

	"upstreamness positions": chain.BandSchema.Columns(),
	"value-added industries": chain.WorldShareSchema.Columns(),
	"scenario cut":           scenario.CutSchema.Columns(),
	"scenario ranges":        scenario.RangeSchema.Columns(),
	"scenario compare":       scenario.CompareSchema.Columns(),
	"scenario path":          scenario.MonthsSchema.Columns(),
	"scenario sources":       scenario.SourceSchema.Columns(),
	"backtest":               scenario.ScoreSchema.Columns(),
	"backtest episode":       scenario.EpisodeSchema.Columns(),
	"backtest section":       scenario.SectionScoreSchema.Columns(),
}

// tableOf gives the columns of a question as it is asked; nil where they depend on more than that, and are seen when it is answered.
func tableOf(question string, ask map[string]string) []*result.Column {
	if columns := tables[strings.TrimSpace(question+" "+ask["by"])]; columns != nil {
		return columns
	}
	return tables[question]
}

// headOf finds a column by its name; nil where there is none.
func headOf(columns []*result.Column, name string) *result.Column {
	if i := slices.IndexFunc(columns, func(c *result.Column) bool { return c.Name == name }); i >= 0 {
		return columns[i]
	}
	return nil
}

// isNumber says that a column is there and has numbers.
func isNumber(c *result.Column) bool {
	return c != nil && (c.Type == result.Int || c.Type == result.Float)
}

// checkColumns sees that the table of a question has the columns that a claim names.
func (c *Claim) checkColumns(question string, columns []*result.Column) error {
	if columns == nil {
		return nil
	}
	for _, name := range c.columns() {
		if !isNumber(headOf(columns, name)) {
			return noNumber(question, name)
		}
	}
	for _, name := range fields(c.With["by"]) {
		if headOf(columns, name) == nil {
			return fault.Questionf("by: %s has no column %q", question, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Rows)) {
		if headOf(columns, name) == nil {
			return fault.Questionf("rows: %s has no column %q", question, name)
		}
	}
	return nil
}
