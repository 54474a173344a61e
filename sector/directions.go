package sector

import (
	"slices"

	"chokepoint/trade"
)

// DirectionsIn gives the parts of each sector, by the sector's id: its directions with their products, as GroupsIn gives the sectors,
// ascending by id. The id of a part is that of the sector and that of the direction, with a slash between. A sector that has one
// direction alone, or of which the name of the list asks for one, has no parts: they would repeat it.
func (l *List) DirectionsIn(revision string, products []string) (map[string][]Group, error) {
	n, err := trade.ParseNomenclature(revision)
	if err != nil {
		return nil, err
	}
	if products == nil {
		products = ProductsOf(n)
	}
	codes := map[string]map[string][]string{}
	for _, e := range l.Entries {
		if e.Direction == "" || !l.Used(e) || !e.Revisions.Has(n) {
			continue
		}
		if codes[e.Sector] == nil {
			codes[e.Sector] = map[string][]string{}
		}
		codes[e.Sector][e.Direction] = append(codes[e.Sector][e.Direction], expand(e.Code, products)...)
	}
	parts := map[string][]Group{}
	for _, s := range l.Sectors {
		if len(codes[s.ID]) < 2 {
			continue
		}
		for _, id := range sortedKeys(codes[s.ID]) {
			g := Group{ID: s.ID + "/" + id, Name: id, Products: codes[s.ID][id]}
			if s.Directions[id] != "" {
				g.Name = s.Directions[id]
			}
			slices.Sort(g.Products)
			g.Products = slices.Compact(g.Products)
			parts[s.ID] = append(parts[s.ID], g)
		}
	}
	return parts, nil
}
