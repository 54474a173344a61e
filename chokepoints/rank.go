package chokepoints

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// rank orders the pairs of a year by score, choke points before those that are none by the rule, and finds between which ranks each
// lies when a weight is left out or doubled.
func (c *ranking) rank(list []*choke) {
	order := func(weights []used) {
		for _, p := range list {
			p.weigh(weights)
		}
		slices.SortFunc(list, func(a, b *choke) int {
			return cmp.Or(first(a.reached, b.reached), cmp.Compare(b.score, a.score), cmp.Compare(b.fromPartner, a.fromPartner), strings.Compare(a.product, b.product), cmp.Compare(a.partner, b.partner))
		})
		for i, p := range list {
			p.rank = i + 1
			if p.low == 0 {
				p.low, p.high = p.rank, p.rank
			}
			p.low, p.high = min(p.low, p.rank), max(p.high, p.rank)
		}
	}
	weights := c.weights.used()
	for k := range weights {
		for _, factor := range []float64{0, 2} {
			changed := slices.Clone(weights)
			changed[k].weight *= factor
			order(changed)
		}
	}
	order(weights)
}

// first puts what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// used is a part that weights name.
type used struct {
	*part
	at     int // in parts
	weight float64
}

// used lists the parts that the weights name, in the order of the table.
func (w *Weights) used() (list []used) {
	for at := range parts {
		if weight, ok := w.Weights[parts[at].name]; ok {
			list = append(list, used{&parts[at], at, weight})
		}
	}
	return list
}

// weigh makes the score of parts: the geometric mean of exposure and irreplaceability, each the weighted mean of its parts, and of
// position, whose exponent is its share q of all weights: (E × I)^((1−q)/2) × P^q. A group without weights is left out.
func (p *choke) weigh(list []used) {
	var sums, weights [3]float64
	for _, u := range list {
		sums[u.group] += u.weight * p.parts[u.at]
		weights[u.group] += u.weight
	}
	product, groups := 1.0, 0.0
	for g := range p.groups {
		p.groups[g] = sums[g] / weights[g] // NaN without weights
		if weights[g] > 0 {
			product *= p.groups[g]
			groups++
		}
	}
	q := weights[position] / (weights[exposure] + weights[irreplaceable] + weights[position])
	p.score = 0
	switch {
	case q == 1:
		p.score = sums[position] / weights[position]
	case groups > 0:
		p.score = math.Pow(product, 1/groups)
		if q > 0 {
			p.score = math.Pow(p.score, 1-q) * math.Pow(sums[position]/weights[position], q)
		}
	}
}
