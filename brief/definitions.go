package brief

import (
	"math"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/study"
)

// lookback takes out the years for which a definition looks back further than the dataset goes: it counts what is missing as not
// met, which is no finding. A definition without any year left is no longer among the variants.
func (s *series) lookback() {
	for _, m := range method.Builtin() {
		values := s.values[m.ID]
		known := false
		for i := range values {
			if s.years[i]-m.Persistence.Window+1 < s.years[0] {
				values[i] = math.NaN()
			}
			known = known || !math.IsNaN(values[i])
		}
		if !known {
			delete(s.values, m.ID)
		}
	}
}

// distinct lists one definition for each rule, as a question takes it: three that are one rule say no more than one. The definition in
// focus stands for its rule, and is among them though it be a variant of another.
func distinct(main string) string {
	asked := slices.DeleteFunc(method.Builtin(), func(m *method.Method) bool { return m.VariantOf != "" && m.ID != main })
	var ids []string
	for _, group := range method.Rules(asked) {
		id := group[0].ID
		if slices.ContainsFunc(group, func(m *method.Method) bool { return m.ID == main }) {
			id = main
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, ",")
}

// applicable says whether a definition has a part in a range. Where the dataset lacks much of what the world buys, and the definition in
// focus does not look at that, neither do those beside it.
func applicable(id, main string, worldMissing bool) bool {
	return !worldMissing || !readsSales(byID(id)) || readsSales(byID(main))
}

// byID is a definition of the program; nil for another.
func byID(id string) *method.Method {
	m, err := method.Get(id)
	if err != nil {
		return nil
	}
	return m
}

// readsSales says whether a definition looks at what somebody exports, which is what others buy: it lacks what those buy whose
// imports are missing. Of one that does not come with the program nobody here knows; it may.
func readsSales(m *method.Method) bool {
	if m == nil {
		return true
	}
	for _, c := range m.Criteria {
		for _, s := range c.Sums() {
			if part := s.Part(); part == indicator.OfExporters || part == indicator.OfSellers || s == indicator.Exports {
				return true
			}
		}
	}
	return false
}

// anyReadsSales says so of a list of definitions, as questions take it.
func anyReadsSales(methods string) bool {
	for id := range strings.SplitSeq(orElse(methods, study.DefaultMethod), ",") {
		if readsSales(byID(strings.TrimSpace(id))) {
			return true
		}
	}
	return false
}
