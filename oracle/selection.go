package oracle

import (
	"fmt"
	"strings"
)

// selected is one alternative of a selection; alternatives share a label.
type selected struct {
	label   string
	members []Membership
}

// selection reads a comma list of importers or partners. Within an item `|`
// separates alternatives and `+` merges terms.
func (o *Oracle) selection(text string) ([]selected, error) {
	var out []selected
	if text == "" || text == "-" {
		return nil, nil
	}
	for item := range strings.SplitSeq(text, ",") {
		if item == "all" {
			for _, l := range o.Labels() {
				out = append(out, selected{l, always(l)})
			}
			continue
		}
		if bloc, ok := strings.CutSuffix(item, ":members"); ok {
			for _, m := range Blocs[bloc] {
				if o.known(m.Economy) { // Luxembourg is part of Belgium-Luxembourg in some releases
					out = append(out, selected{m.Economy, []Membership{m}})
				}
			}
			continue
		}
		if bloc, ok := strings.CutSuffix(item, ":any"); ok {
			for _, m := range Blocs[bloc] {
				out = append(out, selected{item, []Membership{m}})
			}
			continue
		}
		for alternative := range strings.SplitSeq(item, "|") {
			s := selected{label: item}
			for term := range strings.SplitSeq(alternative, "+") {
				if b, ok := Blocs[term]; ok {
					s.members = append(s.members, b...)
				} else if o.known(term) {
					s.members = append(s.members, always(term)...)
				} else {
					return nil, fmt.Errorf("neither an economy of the archive's list nor a bloc: %q", term)
				}
			}
			out = append(out, s)
		}
	}
	return out, nil
}

func (o *Oracle) known(label string) bool {
	for _, l := range o.labels {
		if l == label {
			return true
		}
	}
	return false
}
