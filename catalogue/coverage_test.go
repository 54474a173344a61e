package catalogue_test

import (
	"slices"
	"testing"

	"chokepoint/catalogue"
	"chokepoint/result"
	"chokepoint/study/studytest"
)

// TestCoverage: what a dataset lacks stands in its table, year by year: Germany (276) exports in 2015 and imports nothing, Korea (410)
// trades in 2014 and 2017 alone, and the series has no 2016.
func TestCoverage(t *testing.T) {
	s := studytest.Source(t, []studytest.Flow{
		{2014, 156, 276, "850001", 5}, {2014, 276, 842, "850001", 5}, {2014, 410, 842, "850001", 5}, {2014, 842, 410, "850001", 5}, {2014, 842, 156, "850001", 5},
		{2015, 276, 842, "850001", 5}, {2015, 842, 156, "850002", 5}, {2015, 156, 842, "850002", 5},
		{2017, 410, 842, "850001", 5}, {2017, 842, 410, "850001", 5},
	})
	table := studytest.Must(t)(catalogue.Coverage(s))
	rows := catalogue.CoverageSchema.Rows(table)
	if r := rows[1]; !slices.Equal(r.NoImports, []string{"DEU"}) || !slices.Equal(r.Interruptions, []string{"KOR"}) || !slices.Contains(r.Blocs, "EU27 0 of 1") || r.Status() != result.Partial {
		t.Errorf("2015: %+v", r)
	}
	if r := rows[0]; len(r.NoImports) > 0 || len(r.Interruptions) > 0 || len(r.Blocs) > 0 {
		t.Errorf("2014 lacks nothing but products, got %+v", r)
	}
	if !slices.ContainsFunc(table.Notes, func(n result.Note) bool { return n.Kind == result.MissingYears && slices.Equal(n.Years, []int{2016}) }) {
		t.Errorf("no note on the missing year: %+v", table.Notes)
	}
}
