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
	"chokepoint/store"
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

// failing is a supplier that is a single point of failure of a product.
type failing struct {
	product, supplier string
	open              bool // missing importers could change that
}

// failings are the single points of failure of a year.
type failings struct {
	list   []failing
	method string // of dependency
	used   []result.Definition
}

func (f *failings) size() int64 {
	return store.SizeOf(*f) + store.SizeOfSlice(f.list) + store.SizeOfSlice(f.used)
}

// failingsOf finds the single points of failure of a year among the products asked for, as the question chokepoints does. They do not depend on what is cut, and
// are remembered for the rules of the program: those of a user's own file may change.
func (c *cutting) failingsOf(ctx context.Context, year int) (*failings, error) {
	find := func() (*failings, error) { return c.findFailings(ctx, year) }
	if !slices.Contains(rule.SinglePointNames(), c.singlePoints) {
		return find()
	}
	type key struct {
		failings                  int
		rule, products, suppliers string
	}
	return store.Remember(ctx, c.Dataset.Memory(), key{year, c.singlePoints, c.Query.Products, c.suppliers.Selection.String()}, (*failings).size, find)
}

func (c *cutting) findFailings(ctx context.Context, year int) (*failings, error) {
	q := study.Query{Dataset: c.Query.Dataset, Products: c.Query.Products, Importers: "all", Partners: "all", Years: strconv.Itoa(year)}
	if len(c.suppliers.Parties) > 0 {
		q.Partners = c.suppliers.Selection.String()
	}
	source, used := c.Noting()
	t, err := chokepoints.Chokepoints(ctx, source, q, chokepoints.Options{SinglePoint: c.singlePoints})
	if err != nil {
		return nil, fmt.Errorf("single points of failure: %w", err)
	}
	f := &failings{method: t.Provenance.Methods[0].ID, used: used()}
	for _, r := range chokepoints.Schema.Rows(t) {
		if r.Single {
			f.list = append(f.list, failing{r.Product.Code, r.Partner.Label, r.Open})
		}
	}
	return f, nil
}

// pointsOf says who stops selling each product that has a single point of failure in a year.
func (c *cutting) pointsOf(ctx context.Context, year int) (map[string]*point, error) {
	f, err := c.failingsOf(ctx, year)
	if err != nil {
		return nil, err
	}
	c.UseAll(f.used)
	c.method = f.method
	points, found := map[string]*point{}, pointed{}
	sets := map[string]trade.Set{}
	for _, r := range f.list {
		label := r.supplier
		if _, ok := sets[label]; !ok {
			side, err := c.Side("suppliers", label)
			if err != nil {
				return nil, err
			}
			sets[label] = c.union(&side, year)
			found.suppliers = append(found.suppliers, label)
		}
		p := points[r.product]
		if p == nil {
			p = &point{}
			points[r.product] = p
		}
		p.stops = p.stops.Union(sets[label])
		p.label = strings.TrimPrefix(p.label+","+label, ",")
		if r.open {
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
