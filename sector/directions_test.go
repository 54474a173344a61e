package sector

import (
	"slices"
	"testing"
)

// TestDirections: parts hold the codes of their sector and no others, and what has one direction has no parts.
func TestDirections(t *testing.T) {
	l, err := Open("mic25")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := l.Groups("HS17")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := l.DirectionsIn("HS17", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		var all, ids []string
		for _, p := range parts[g.ID] {
			ids, all = append(ids, p.ID), append(all, p.Products...)
			if p.Name == "" || len(p.Products) == 0 {
				t.Errorf("%s: %+v", g.ID, p)
			}
		}
		slices.Sort(all)
		if all = slices.Compact(all); len(ids) > 0 && !slices.Equal(all, g.Products) {
			t.Errorf("%s: its directions have %v, it has %v", g.ID, all, g.Products)
		}
		switch g.ID {
		case "biopharma-medical":
			if !slices.Equal(ids, []string{"biopharma-medical/biopharma", "biopharma-medical/devices"}) {
				t.Errorf("%s: %v", g.ID, ids)
			}
		case "rail":
			if ids != nil {
				t.Errorf("%s has one direction: %v", g.ID, ids)
			}
		}
	}
	one, err := Open("mic25/devices")
	if err != nil {
		t.Fatal(err)
	}
	if parts, err := one.DirectionsIn("HS17", nil); err != nil || len(parts) != 0 {
		t.Errorf("a list of one direction has parts: %v, %v", parts, err)
	}
	if _, err := l.DirectionsIn("HS99", nil); err == nil {
		t.Error("HS99 is a revision")
	}
}
