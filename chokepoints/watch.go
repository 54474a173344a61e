package chokepoints

import (
	"fmt"
	"strings"

	"chokepoint/sector"
)

// Watched is a good that its code or its route hides, as an answer has it.
type Watched struct {
	sector.WatchedGood
	Codes []string // under which it is traded in the dataset's revision
}

// watchedGoods are those of the watch list that are traded under codes of the dataset's revision.
func (c *ranking) watchedGoods() (list []Watched) {
	n := c.Dataset.Manifest().Nomenclature
	for _, g := range c.watched.Goods {
		if codes := g.In(n); len(codes) > 0 {
			list = append(list, Watched{g, codes})
		}
	}
	return list
}

// By says what hides the good.
func (w *Watched) By() string {
	words := map[string]string{"code": "its code holds other goods too", "route": "it comes by way of " + strings.Join(w.Through, ", ")}
	var parts []string
	for _, by := range w.HiddenBy {
		parts = append(parts, words[by])
	}
	return strings.Join(parts, "; ")
}

// watchText names the goods of the watch list.
func (c *ranking) watchText() string {
	var goods []string
	for _, w := range c.watchedGoods() {
		goods = append(goods, fmt.Sprintf("%s (%s: %s)", w.Good, strings.Join(w.Codes, ", "), w.By()))
	}
	if len(goods) == 0 {
		return fmt.Sprintf("watch list %s (%s): none of its goods has a code in this revision", c.watched.ID, c.watched.Date)
	}
	return fmt.Sprintf("watch list %s (%s), goods that may be choke points and that no ranking by code shows as what they are, so that a low place or none is not safety: %s",
		c.watched.ID, c.watched.Date, strings.Join(goods, "; "))
}
