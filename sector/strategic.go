package sector

import (
	"fmt"
	"slices"
	"strings"
)

// strategicParts are the lists that the one of strategic goods is put together from; those of one sector become it whole.
var strategicParts = []struct{ list, sector, name string }{
	{"crm", "raw-materials", "Critical raw materials"},
	{"ec-strategic", "", ""},
	{"mic25", "", ""},
}

// strategic is the list of goods that a policy at hand calls strategic: the critical raw materials and the areas of strategic dependence
// of the European Union, and the sectors of Made in China 2025. What a part does not use by itself has low confidence here.
func strategic(find func(id string) *List) *List {
	s := &List{ID: "strategic", Name: "Strategic goods: critical raw materials, areas of strategic dependence, Made in China 2025", Version: "1",
		Licence: "facts; choice of codes: Apache-2.0, as the program", File: "strategic", least: Medium,
		Description: "What one of three lists of the program holds, as that list uses it: crm (critical raw materials of the European Union), ec-strategic (areas of strategic dependence, reconstructed) and mic25 (Made in China 2025). low: what these lists hold and do not use. A good that stands here is one that a policy names; whether anybody depends on it is another question, and a good that stands nowhere is not safe: see the watch list."}
	var sources []string
	for _, part := range strategicParts {
		l := find(part.list)
		s.madeOf = append(s.madeOf, l.ID)
		s.Date = max(s.Date, l.Date)
		sources = append(sources, fmt.Sprintf("%s: %s (version %s, %s)", l.ID, l.Name, l.Version, l.Date))
		if part.sector != "" {
			s.Sectors = append(s.Sectors, Sector{ID: part.sector, Name: part.name})
		} else {
			for _, x := range l.Sectors {
				s.Sectors = append(s.Sectors, Sector{ID: x.ID, Name: x.Name})
			}
		}
		s.take(l, part.sector)
	}
	s.Source = "Put together from lists of the program: " + strings.Join(sources, "; ")
	s.SHA256 = s.sum(nil, nil)
	return s
}

// take adds the entries of a list, all in one sector where one is named. There a code of several entries is one, with all reasons.
func (l *List) take(part *List, one string) {
	from := len(l.Entries)
	for _, e := range part.Entries {
		if !part.Used(e) {
			e.Confidence = Low
		}
		e.Reason = part.ID + ": " + e.Reason
		e.Direction = ""
		if one != "" {
			e.Sector = one
			i := slices.IndexFunc(l.Entries[from:], func(other Entry) bool { return other.Code == e.Code && other.Revisions == e.Revisions })
			if i >= 0 {
				other := &l.Entries[from+i]
				other.Confidence = max(other.Confidence, e.Confidence)
				other.Reason += "; " + e.Reason
				continue
			}
		}
		l.Entries = append(l.Entries, e)
	}
	for _, v := range part.invisible {
		v.Direction = ""
		if one != "" {
			v.Sector = one
		}
		l.invisible = append(l.invisible, v)
	}
}

// Originals lists the names of the embedded lists that are not put together from others.
func Originals() []string {
	var names []string
	for _, l := range builtin() {
		if l.madeOf == nil {
			names = append(names, l.ID)
		}
	}
	return names
}
