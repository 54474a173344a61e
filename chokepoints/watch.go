package chokepoints

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/sector"
)

// watchNotes name the goods of the watch list that are traded under codes of the dataset's revision, and where these codes stand in the
// answer: a low place, or none, says nothing of the goods.
func (c *ranking) watchNotes() (notes []result.Note) {
	n := c.Dataset.Manifest().Nomenclature
	for _, g := range c.watched.Goods {
		codes := g.In(n)
		if len(codes) == 0 {
			continue
		}
		notes = append(notes, result.Note{Kind: result.HiddenGoods, Subject: c.watched.ID, Members: []string{g.Good}, Products: codes,
			Text: fmt.Sprintf("watch list: %s (%s), %s: %s; that is not safety", g.Good, strings.Join(codes, ", "), hiddenBy(&g), c.place(codes))})
	}
	return notes
}

// hiddenBy says what hides a good.
func hiddenBy(g *sector.WatchedGood) string {
	words := map[string]string{"code": "whose code holds other goods too", "route": "which comes by way of " + strings.Join(g.Through, ", ")}
	var parts []string
	for _, by := range g.HiddenBy {
		parts = append(parts, words[by])
	}
	return strings.Join(parts, " and ")
}

// place says where the first pair of some codes stands in the last year of the answer.
func (c *ranking) place(codes []string) string {
	for i := range c.rows {
		r := &c.rows[i]
		if r.Year != c.Years[len(c.Years)-1] || !slices.Contains(codes, r.Product.Code) {
			continue
		}
		what := "no choke point"
		switch {
		case r.Single:
			what = "a single point of failure"
		case r.Choke:
			what = "a choke point"
		}
		return fmt.Sprintf("rank %d here (%s, %s)", r.Rank, r.Partner.Label, what)
	}
	return "not in this answer"
}
