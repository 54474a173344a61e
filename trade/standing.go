package trade

import "sync"

// standing are the blocs that come with the program, with their members in every release.
var standing = sync.OnceValue(func() []Group {
	text, blocs := "", BuiltinBlocs()
	for i, b := range blocs.All() {
		if i > 0 {
			text += ","
		}
		text += b.ID
	}
	s, err := ParseSelection(text, BuiltinEconomies(), blocs)
	if err != nil {
		panic(err)
	}
	var groups []Group
	for _, p := range s.Parties {
		groups = append(groups, p.Any...)
	}
	return groups
})

// StandingBlocs returns the blocs that come with the program as they are in a year or month, each of several economies, and none twice.
func StandingBlocs(period int) []Set {
	var sets []Set
	seen := map[Set]bool{}
	for _, g := range standing() {
		if set := g.Codes(period); set.Len() > 1 && !seen[set] {
			seen[set] = true
			sets = append(sets, set)
		}
	}
	return sets
}
