package result

import (
	"math"
	"slices"
	"strings"
)

// Status says what figures are based on.
type Status string

// The statuses. Where nothing can be computed, figures are missing.
const (
	Observed      Status = "observed"       // all that the figures need is in the dataset
	Partial       Status = "partial"        // some of it is: the figures are of what is there, and a note says what is not
	Missing       Status = "missing"        // the dataset lacks what the figures are made of: there are none
	NotApplicable Status = "not applicable" // the question does not arise: there are no figures
	NotComputable Status = "not computable" // the dataset has fewer years, or products, than the rule asks for: there are no figures
	NoSource      Status = "no_source"      // of a scenario: the rule names nobody who could fill what is lost, all of which stays unfilled
)

// StatusText describes columns of statuses.
const StatusText = "What the figures are based on. observed: complete data. partial: the dataset lacks some of the data (members of the importer, years that the method looks back to, importers in world totals), and the figures cover the rest. missing: the dataset has none of the data. not applicable: the question does not arise. not computable: the dataset has fewer years than the method requires. no_source, in a scenario: the rule names no supplier that could replace the loss. Figures are empty if the status is missing, not applicable or not computable. A note says what is lacking."

// observation is the code of OBS_STATUS (SDMX code list CL_OBS_STATUS) for a value that is there or not.
func (s Status) observation(there bool) byte {
	switch {
	case there && s == Partial:
		return 'U' // low reliability
	case there:
		return 'A' // normal value
	case s == Missing:
		return 'L' // missing: data exist but were not collected
	case s == NotComputable, s == Partial:
		return 'O' // missing value
	}
	return 'M' // missing: data cannot exist
}

// Answers says whether there are figures at all.
func (s Status) Answers() bool { return s != Missing && s != NotApplicable && s != NotComputable }

// Int is a count where there is something that it rests on.
func (s Status) Int(n int) int {
	if !s.Answers() {
		return MissingInt
	}
	return n
}

// Float is a number where there is something that it rests on.
func (s Status) Float(x float64) float64 {
	if !s.Answers() {
		return math.NaN()
	}
	return x
}

// Worst is the status of figures that rest on several things.
func Worst(list ...Status) Status {
	for _, worst := range []Status{Missing, NotComputable, NotApplicable, Partial} {
		for _, s := range list {
			if s == worst {
				return worst
			}
		}
	}
	return Observed
}

// Status is what an answer rests on as a whole: the status of its rows where they have one and the same, partial where they differ.
// An answer without rows, or without columns of statuses, rests on what its notes say. A note that most products are lacking makes
// partial what would be observed.
func (t *Table) Status() Status {
	s, found := Observed, false
	for _, c := range t.Columns {
		if c.Type != Text || !isStatusColumn(c.Name) {
			continue
		}
		for _, text := range c.texts(0, c.Len()) {
			switch row := Status(text); {
			case !slices.Contains(statuses, row): // such as that of a definition: published
			case !found:
				s, found = row, true
			case row != s:
				s = Partial
			}
		}
	}
	for _, n := range t.Notes {
		switch {
		case n.Kind == FewProducts, n.Kind == IncompleteBloc && !found:
			s = Worst(s, Partial)
		case !found && t.Rows() == 0 && (n.Kind == MissingImports || n.Kind == MissingYears):
			s = Worst(s, n.Status)
		}
	}
	return s
}

// statuses are all of them.
var statuses = []Status{Observed, Partial, Missing, NotApplicable, NotComputable, NoSource}

// isStatusColumn says that a column holds statuses: status, world_status, status_a.
func isStatusColumn(name string) bool {
	return name == "status" || strings.HasSuffix(name, "_status") || strings.HasPrefix(name, "status_")
}

// StatusColumn is the column that says what the column of that name rests on; nil where t has none. a_on_b_status is about columns that
// begin with a_on_b_, status_a about those that end with _a, status about all that have none of their own.
func (t *Table) StatusColumn(name string) (found *Column) {
	for _, c := range t.Columns {
		if c.Type != Text || !isStatusColumn(c.Name) {
			continue
		}
		prefix, first := strings.CutSuffix(c.Name, "status")
		suffix, last := strings.CutPrefix(c.Name, "status")
		about := first && strings.HasPrefix(name, prefix) || last && strings.HasSuffix(name, suffix)
		if about && (found == nil || len(c.Name) > len(found.Name)) {
			found = c
		}
	}
	return found
}

// statusesOf are the columns that say what the column of that name rests on: its own, or, in a table that compares two things and has a
// status of each, both.
func (t *Table) statusesOf(name string) (list []*Column) {
	if own := t.StatusColumn(name); own != nil {
		return []*Column{own}
	}
	for _, c := range t.Columns {
		if c.Type == Text && strings.HasPrefix(c.Name, "status_") {
			list = append(list, c)
		}
	}
	return list
}

// Heading is the title with the status of the answer, where that is not observed.
func (t *Table) Heading() string {
	if s := t.Status(); s != Observed && t.Title != "" {
		return t.Title + " (" + string(s) + ")"
	}
	return t.Title
}

// FileName is the name of a file of the answer without its ending: the table's, and its status where that is not observed.
func (t *Table) FileName(name string) string {
	if s := t.Status(); s != Observed {
		return name + "-" + strings.ReplaceAll(string(s), " ", "-")
	}
	return name
}
