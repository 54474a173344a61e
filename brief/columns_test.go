package brief

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"chokepoint/competition"
	"chokepoint/result"
)

// TestColumnsOfMeasures checks that the questions have the columns that the built-in briefs take numbers and rows from: a column
// that was renamed would leave a claim without an answer.
func TestColumnsOfMeasures(t *testing.T) {
	columns := map[string][]*result.Column{
		"balance":      competition.BalanceSchema.Columns(),
		"breadth":      competition.BreadthSchema.Columns(),
		"displacement": competition.DisplacementSchema.Columns(),
		"firms":        competition.FirmSchema.Columns(),
		"scoreboard":   competition.ScoreboardSchema.Columns(),
		"similarity":   competition.SimilaritySchema.Columns(),
	}
	checked := 0
	for _, b := range Builtin() {
		for _, c := range b.Claims {
			have, ok := columns[c.With["question"]]
			if !ok {
				continue
			}
			checked++
			names := append(slices.Collect(maps.Keys(c.Rows)), c.With["column"])
			for name := range strings.SplitSeq(c.With["by"], ",") {
				names = append(names, strings.TrimSpace(name))
			}
			for _, name := range names {
				if name != "" && !slices.ContainsFunc(have, func(c *result.Column) bool { return c.Name == name }) {
					t.Errorf("brief %s: %s has no column %q", b.ID, c.With["question"], name)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no claim was checked")
	}
}
