package method

import (
	"slices"
	"strings"

	"chokepoint/indicator"
)

// Rule is what the method asks for in one spelling, by which definitions are compared: criteria, floor, persistence, and treatment of
// trade inside blocs. At least and more than make no difference: who published half and who published more than half publish one rule,
// and shares that are exactly half are rare.
func (m *Method) Rule() string {
	criteria := m.Criteria
	if m.MinValue > 0 {
		floor, err := indicator.ParseCriterion("imports >= " + number(m.MinValue))
		if err != nil {
			panic(err) // Parse lets no other number through
		}
		criteria = append(slices.Clone(criteria), floor)
	}
	var parts []string
	for _, text := range indicator.NormalOf(criteria) {
		parts = append(parts, strings.ReplaceAll(text, " >= ", " > "))
	}
	slices.Sort(parts)
	parts = append(slices.Compact(parts), "persistence "+m.Persistence.String(), "bloc "+m.Bloc)
	if slices.ContainsFunc(criteria, ofWorld) {
		parts = append(parts, "world "+string(m.World))
	}
	return strings.Join(parts, "; ")
}

// ofWorld says whether the treatment of trade inside blocs makes a difference to a criterion.
func ofWorld(c *indicator.Criterion) bool {
	return slices.ContainsFunc(c.Sums(), func(s indicator.Sum) bool {
		return s.Part() == indicator.OfExporters || s.Part() == indicator.OfSellers
	})
}

// Rules groups definitions by their rule, in the order of the first of each: agreement among definitions is counted by rule, as
// three that are one say no more than one.
func Rules(methods []*Method) [][]*Method {
	var groups [][]*Method
	at := map[string]int{}
	for _, m := range methods {
		rule := m.Rule()
		i, ok := at[rule]
		if !ok {
			i = len(groups)
			at[rule] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], m)
	}
	return groups
}
