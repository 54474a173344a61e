package oracle

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// A Cut is a question about suppliers that stop, in codes.
type Cut struct {
	Stops, Hubs []int        // Hubs stop too, as their sales count as those of Stops
	To          map[int]bool // nil: all
	Not, Only   []int        // who may not fill; who alone may, nil: all
	Share       float64
}

// A Loss is what an importer loses of a product, and what becomes of it under each rule and spare capacity.
type Loss struct {
	Imports, Stopped, Lost, Others float64
	Unfilled, NoSource             map[string]float64         // by combination
	Gained                         map[string]map[int]float64 // by combination and exporter
}

// cutRules are the weights of each rule, from shares of what the importer buys and of what candidates export to others.
var cutRules = []struct {
	name   string
	weight func(s, x float64) float64
}{
	{"present", func(s, x float64) float64 { return s }},
	{"mixed", func(s, x float64) float64 { return s/2 + x/2 }},
	{"capacity", func(s, x float64) float64 { return x }},
	{"sqrt", func(s, x float64) float64 { return math.Sqrt(s * x) }},
}

func combination(rule string, spare float64) string { return fmt.Sprintf("%s %v", rule, spare) }

// products are those traded in a year.
func (o *Oracle) products(ctx context.Context, year int) (list []string, err error) {
	rows, err := o.db.QueryContext(ctx, "SELECT DISTINCT k FROM flow WHERE t = ? ORDER BY k", year)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k string
		if err := rows.Scan(&k); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

// flows are what importers buy of a product, by importer and exporter, US dollars.
func (o *Oracle) flows(ctx context.Context, year int, product string) (map[[2]int]float64, error) {
	rows, err := o.db.QueryContext(ctx, fmt.Sprintf("SELECT j, i, CAST(sum(v) AS DOUBLE) / %d FROM flow WHERE t = ? AND k = ? GROUP BY ALL", max(o.scale, 1)), year, product)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	bought := map[[2]int]float64{}
	for rows.Next() {
		var j, i int
		var v float64
		if err := rows.Scan(&j, &i, &v); err != nil {
			return nil, err
		}
		bought[[2]int{j, i}] = v
	}
	return bought, rows.Err()
}

// Lose says what every importer loses of a product: the definition in plain loops, over all pairs.
func (c *Cut) Lose(bought map[[2]int]float64, spares []float64) map[int]*Loss {
	stops := slices.Concat(c.Stops, c.Hubs)
	exports := map[int]float64{}
	var importers, candidates []int
	for pair, v := range bought {
		exports[pair[1]] += v
		if !slices.Contains(stops, pair[0]) && !slices.Contains(importers, pair[0]) {
			importers = append(importers, pair[0])
		}
		if i := pair[1]; !slices.Contains(candidates, i) && !slices.Contains(stops, i) && !slices.Contains(c.Not, i) && (c.Only == nil || slices.Contains(c.Only, i)) {
			candidates = append(candidates, i)
		}
	}
	slices.Sort(importers)
	slices.Sort(candidates)
	losses := map[int]*Loss{}
	for _, j := range importers {
		l := &Loss{Unfilled: map[string]float64{}, NoSource: map[string]float64{}, Gained: map[string]map[int]float64{}}
		losses[j] = l
		for pair, v := range bought {
			if pair[0] == j {
				l.Imports += v
				if slices.Contains(stops, pair[1]) {
					l.Stopped += v
				}
			}
		}
		if c.To == nil || c.To[j] {
			l.Lost = c.Share * l.Stopped
		}
		for _, i := range candidates {
			if i != j {
				l.Others += exports[i] - bought[[2]int{j, i}]
			}
		}
	}
	for _, rule := range cutRules {
		weights := map[[2]int]float64{}
		named := map[int]bool{}
		for _, j := range importers {
			present := 0.0
			for _, i := range candidates {
				present += bought[[2]int{j, i}]
			}
			for _, i := range candidates {
				if i == j {
					continue
				}
				s, x := 0.0, 0.0
				if present > 0 {
					s = bought[[2]int{j, i}] / present
				}
				if losses[j].Others > 0 {
					x = (exports[i] - bought[[2]int{j, i}]) / losses[j].Others
				}
				if w := rule.weight(s, x); w > 0 {
					weights[[2]int{j, i}] = w
					named[j] = true
				}
			}
		}
		for _, spare := range spares {
			key := combination(rule.name, spare)
			unfilled, gained := allocate(importers, candidates, losses, weights, exports, spare)
			for _, j := range importers {
				losses[j].Unfilled[key], losses[j].Gained[key] = unfilled[j], gained[j]
				if !named[j] {
					losses[j].NoSource[key] = losses[j].Lost
				}
			}
		}
	}
	return losses
}

// A Freeing is what a stop to some importers leaves for the suppliers' other buyers.
type Freeing struct {
	Freed float64
	Takes map[int]float64 // by other buyer: what it could have of it
}

// Free says what the stop of a product frees: all that its importers lose, of which the suppliers' other buyers could have parts in proportion to what they buy
// from them. losses are those of the product; a stop to all importers frees nothing for anybody.
func (c *Cut) Free(losses map[int]*Loss) *Freeing {
	f := &Freeing{Takes: map[int]float64{}}
	bought := 0.0
	for j, l := range losses {
		f.Freed += l.Lost
		if c.To != nil && !c.To[j] {
			bought += l.Stopped
		}
	}
	for j, l := range losses {
		if c.To != nil && !c.To[j] && l.Stopped > 0 && f.Freed > 0 {
			f.Takes[j] = f.Freed * l.Stopped / bought
		}
	}
	return f
}

// settled is the part of all needs under which nothing moves any more.
const settled = 1e-12

// allocate shares out what exporters can add: every unfilled need asks those that have something left in proportion to its weights, who is asked for more than
// it has gives in proportion, and what is refused is asked again of the others.
func allocate(importers, candidates []int, losses map[int]*Loss, weights map[[2]int]float64, exports map[int]float64, spare float64) (unfilled map[int]float64, gained map[int]map[int]float64) {
	unfilled, gained = map[int]float64{}, map[int]map[int]float64{}
	left, all := map[int]float64{}, 0.0
	for _, j := range importers {
		unfilled[j], gained[j] = losses[j].Lost, map[int]float64{}
		all += losses[j].Lost
	}
	for _, i := range candidates {
		left[i] = spare * exports[i]
	}
	for moved := true; moved; {
		moved = false
		asks, asked := map[[2]int]float64{}, map[int]float64{}
		for _, j := range importers {
			sum := 0.0
			for _, i := range candidates {
				if left[i] > settled*all {
					sum += weights[[2]int{j, i}]
				}
			}
			for _, i := range candidates {
				if w := weights[[2]int{j, i}]; sum > 0 && unfilled[j] > settled*all && left[i] > settled*all && w > 0 {
					asks[[2]int{j, i}] = unfilled[j] * w / sum
					asked[i] += unfilled[j] * w / sum
				}
			}
		}
		for pair, ask := range asks {
			give := ask * min(1, left[pair[1]]/asked[pair[1]])
			gained[pair[0]][pair[1]] += give
			unfilled[pair[0]] -= give
			moved = moved || give > settled*all
		}
		for i, x := range asked {
			left[i] -= min(left[i], x)
		}
	}
	for j, u := range unfilled {
		unfilled[j] = max(0, u)
	}
	return unfilled, gained
}
