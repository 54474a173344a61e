package scenario

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chokepoints"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/trade"
)

// SinglePoints is the supplier of totals where each product has suppliers of its own that stop: those that are single points of failure.
const SinglePoints = "single-points"

// point is who stops selling a product, as a single point of failure of it.
type point struct {
	stops, hubs trade.Set
	label       string
}

// pointed says how many products have a single point of failure in a year.
type pointed struct {
	products, open int // open: missing importers could change that
	suppliers      []string
}

// pointsOf finds the single points of failure of a year among the products asked for, as the question chokepoints does.
func (c *cutting) pointsOf(ctx context.Context, year int) (map[string]*point, error) {
	q := study.Query{Dataset: c.Query.Dataset, Products: c.Query.Products, Importers: "all", Partners: "all", Years: strconv.Itoa(year)}
	if len(c.suppliers.Parties) > 0 {
		q.Partners = c.suppliers.Selection.String()
	}
	t, err := chokepoints.Chokepoints(ctx, c.Source, q, chokepoints.Options{SinglePoint: c.singlePoints})
	if err != nil {
		return nil, fmt.Errorf("single points of failure: %w", err)
	}
	c.method = t.Provenance.Methods[0].ID
	points, found := map[string]*point{}, pointed{}
	sets := map[string]trade.Set{}
	for _, r := range chokepoints.Schema.Rows(t) {
		if !r.Single {
			continue
		}
		label := r.Partner.Label
		if _, ok := sets[label]; !ok {
			side, err := c.Side("suppliers", label)
			if err != nil {
				return nil, err
			}
			sets[label] = c.union(&side, year)
			found.suppliers = append(found.suppliers, label)
		}
		p := points[r.Product.Code]
		if p == nil {
			p = &point{}
			points[r.Product.Code] = p
		}
		p.stops = p.stops.Union(sets[label])
		p.label = strings.TrimPrefix(p.label+","+label, ",")
		if r.Open {
			found.open++
		}
	}
	for _, p := range points {
		one := Cut{Stops: p.stops}
		c.addHubs(&one)
		p.stops, p.hubs = one.Stops, one.Hubs
	}
	if len(points) == 0 {
		return nil, fault.Questionf("no product of %s has a single point of failure by the rule %s: expected other products, or your own rule in the scenario (single_points)", trade.Period(year), c.singlePoints)
	}
	found.products = len(points)
	slices.Sort(found.suppliers)
	c.pointed[year] = found
	return points, nil
}

// noteSinglePoints says which products have suppliers that stop, and by which rule.
func (c *cutting) noteSinglePoints(t *result.Table) {
	if c.singlePoints == "" {
		return
	}
	r, err := rule.OpenSinglePoint(c.singlePoints)
	if err != nil {
		panic(err) // the reader of the scenario saw to it
	}
	for _, y := range c.Years {
		p := c.pointed[y]
		text := fmt.Sprintf("products of %s that have a single point of failure by the rule %s and the definition %s: %d; each supplier (%s) stops selling its own, and no other; %s",
			trade.Period(y), r.ID, c.method, p.products, strings.Join(p.suppliers, ", "), chokepoints.WordsOf(r))
		if p.open > 0 {
			text += fmt.Sprintf("; of %d importers whose imports are missing could decide otherwise", p.open)
		}
		t.Note("%s", text)
	}
}

// who stops, for titles and notes.
func (c *cutting) who() string {
	if c.singlePoints != "" {
		return "the supplier of every single point of failure"
	}
	return c.label
}
