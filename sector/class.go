package sector

import (
	"fmt"

	"chokepoint/trade"
)

// Classes gives the sector of each product of a revision, for a list that puts a product into one sector: a table of stages or of end
// use, such as BEC Rev. 5, from a user's file with the columns code, revision and sector. Products that it does not have are in none.
func (l *List) Classes(n trade.Nomenclature) (map[string]string, error) {
	groups, err := l.Groups(string(n))
	if err != nil {
		return nil, err
	}
	classes := map[string]string{}
	for _, g := range groups {
		for _, code := range g.Products {
			if other, twice := classes[code]; twice {
				return nil, fmt.Errorf("list %s: %s is in %s and in %s in %s; expected one class for each product", l.ID, code, other, g.ID, n)
			}
			classes[code] = g.ID
		}
	}
	return classes, nil
}
