package study

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/trade"
)

// A definition may be about a bloc, as those of the European Commission are about the EU. Of a member that is asked about by itself
// trade with other members is then inside, as it is of the bloc.

// checkBloc says whether the bloc that a method is about is known.
func (st *Study) checkBloc(m *method.Method) error {
	if m.Bloc == "" {
		return nil
	}
	if _, ok := st.Blocs.Get(m.Bloc); !ok {
		return fault.Questionf("method %s: bloc %q is not known; expected the id of a bloc (`chokepoint blocs` lists them)", m.ID, m.Bloc)
	}
	return nil
}

// blocOf is the bloc of that id, which a method is about; ok is false where that is "", or the release has none of its members.
func (st *Study) blocOf(id string) (group trade.Group, bloc trade.Bloc, ok bool) {
	if id == "" {
		return trade.Group{}, trade.Bloc{}, false
	}
	selection, err := trade.ParseSelection(id, st.Economies, st.Blocs)
	if err != nil || len(selection.Parties) != 1 || len(selection.Blocs) != 1 {
		return trade.Group{}, trade.Bloc{}, false
	}
	return selection.Parties[0].Any[0], selection.Blocs[0], true
}

// InsideOf gives for each group of importers the bloc that a method is about where the group is a part of it in the year, and not all of
// it. nil: none is, or the method is about none, "".
func (st *Study) InsideOf(bloc string, importers *Side, year int) []trade.Set {
	group, _, ok := st.blocOf(bloc)
	if !ok {
		return nil
	}
	all := group.Codes(year)
	var inside []trade.Set
	for i, set := range st.Sets(importers, year) {
		if set.Len() > 0 && set != all && set.Minus(all).Len() == 0 {
			if inside == nil {
				inside = make([]trade.Set, len(importers.Groups))
			}
			inside[i] = all
		}
	}
	return inside
}

// members lists the importers that are part of the bloc that a method is about, in any of the years asked for.
func (st *Study) members(m *method.Method) (labels []string) {
	for _, y := range st.Years {
		for i, set := range st.InsideOf(m.Bloc, &st.ImporterSide, y) {
			if label := st.ImporterSide.Groups[i].Label; set.Len() > 0 && !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
	}
	return labels
}

// noteUnits says in which unit the methods asked count: that they are about a bloc of which an importer is a member, and that they count
// a bloc asked about once among suppliers and member by member among exporters.
func (st *Study) noteUnits(t *result.Table) {
	blocs := st.severalEconomies()
	for _, m := range st.Methods {
		if labels := st.members(m); len(labels) > 0 {
			t.Add(result.Note{Kind: result.InnerTrade, Subject: m.Bloc, Members: labels,
				Text: fmt.Sprintf("%s is about %s: for %s, imports are those from outside it, and what is bought from other members is trade inside", m.ID, m.Bloc, membersText(labels))})
			_, bloc, _ := st.blocOf(m.Bloc)
			if !slices.ContainsFunc(t.Provenance.Blocs, func(b result.BlocText) bool { return b.ID == bloc.ID }) {
				t.Provenance.Blocs = append(t.Provenance.Blocs, result.BlocOf(bloc.ID, bloc.Name, bloc.Source, bloc.String()))
			}
		}
		if m.MixesUnits() && len(blocs) > 0 {
			t.Note("%s counts %s once, or not at all, among an importer's suppliers and member by member among the world's exporters; --world net counts it once there, too", m.ID, strings.Join(blocs, ", "))
		}
	}
}

// membersText names members, or says how many they are.
func membersText(labels []string) string {
	switch {
	case len(labels) == 1:
		return "its member " + labels[0]
	case len(labels) > 3:
		return fmt.Sprintf("the %d importers here that are members of it", len(labels))
	}
	return "its members " + strings.Join(labels, ", ")
}

// severalEconomies lists the importers and partners asked for by name that are several economies as one.
func (st *Study) severalEconomies() (labels []string) {
	last := st.Years[len(st.Years)-1]
	for _, s := range []*Side{&st.ImporterSide, &st.PartnerSide} {
		for i, set := range st.Sets(s, last) {
			if label := s.Groups[i].Label; set.Len() > 1 && !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
	}
	return labels
}
