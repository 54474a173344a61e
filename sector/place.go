package sector

import (
	"slices"
	"strings"

	"chokepoint/trade"
)

// SectorsOf gives the sectors of products in a revision: several are separated by blanks, and products that no entry holds are left out.
// The longest code decides: an entry of six digits takes a product out of the sector that holds its chapter. products are ascending.
func (l *List) SectorsOf(n trade.Nomenclature, products []string) map[string]string {
	longest := make(map[string]int, len(products))
	sectors := make(map[string]string, len(products))
	for i := range l.Entries {
		e := &l.Entries[i]
		if !l.Used(*e) || !e.Revisions.Has(n) {
			continue
		}
		for _, p := range expand(e.Code, products) {
			switch had := sectors[p]; {
			case len(e.Code) > longest[p]:
				longest[p], sectors[p] = len(e.Code), e.Sector
			case len(e.Code) == longest[p] && !slices.Contains(strings.Fields(had), e.Sector):
				sectors[p] = had + " " + e.Sector
			}
		}
	}
	return sectors
}
