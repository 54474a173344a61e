package policy

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"chokepoint/panel"
	"chokepoint/sector"
	"chokepoint/study"
)

// permutation is a way to draw lists of as many products as the policy's has.
type permutation struct {
	kind     Kind
	label    string
	strata   [][]int // units; as many are drawn from each as the policy's list has there
	unlisted bool    // drawn from the others alone, and compared with the rest of them: strata is then one
}

// sizeClasses is into how many classes of imports products are divided.
const sizeClasses = 10

// permutations are all ways to draw. The first two permute the list within strata (Fisher 1935); the third asks how far a list that no policy
// meets moves from the rest, without the products that the policy does meet.
func (e *evaluation) permutations() []permutation {
	all := make([]int, len(e.products))
	for u := range all {
		all[u] = u
	}
	return []permutation{
		{kind: ByChapter, label: "at random, from the same chapters", strata: e.strata(all, func(u int) string { return e.products[u][:2] })},
		{kind: BySize, label: "at random, from the same tenths of imports before", strata: e.bySize()},
		{kind: UnlistedAlone, label: "at random, from all unlisted products", unlisted: true,
			strata: [][]int{slices.DeleteFunc(all, func(u int) bool { return e.panel.Treated[u] })}},
	}
}

// strata divides units by a key, in the order in which the keys appear.
func (e *evaluation) strata(units []int, key func(u int) string) (list [][]int) {
	place := map[string]int{}
	for _, u := range units {
		k, ok := place[key(u)]
		if !ok {
			k = len(list)
			place[key(u)], list = k, append(list, nil)
		}
		list[k] = append(list[k], u)
	}
	return list
}

// bySize divides units into tenths by what was imported of them before the policy; those of which nothing was are a class apart.
func (e *evaluation) bySize() (list [][]int) {
	var none, some []int
	for u, size := range e.size {
		if size > 0 {
			some = append(some, u)
		} else {
			none = append(none, u)
		}
	}
	slices.SortStableFunc(some, func(a, b int) int { return cmp.Compare(e.size[a], e.size[b]) })
	list = append(list, none)
	for k := range sizeClasses {
		list = append(list, some[k*len(some)/sizeClasses:(k+1)*len(some)/sizeClasses])
	}
	return list
}

// placebos adds what lists that are not the policy's come to.
func (e *evaluation) placebos(did *panel.Fit, freed *panel.Freed) {
	value := did.Estimates[0].Value
	unlisted := e.only(func(u, _ int) bool { return !e.panel.Treated[u] }).Free()
	whole, rest := freed.Lists(e.year), unlisted.Lists(e.year)
	for _, l := range e.permutations() {
		lists := whole
		if l.unlisted {
			lists = rest
		}
		estimates := e.draw(l, lists)
		if len(estimates) == 0 {
			e.note("%s: no list can be drawn %s", l.kind, l.label)
			continue
		}
		as := 1
		for _, x := range estimates {
			if math.Abs(x) >= math.Abs(value) {
				as++
			}
		}
		at := func(q float64) float64 { return estimates[int(q*float64(len(estimates)-1))] }
		e.add(l.kind, l.label, e.year, did, panel.Estimate{Value: value, Error: math.NaN(), Low: at(0.025), High: at(0.975), P: float64(as) / float64(len(estimates)+1)})
	}
	e.note("placebo-list, placebo-size, placebo-unlisted: %d lists of the same size each, seed 1; ci is the middle 95 %% of their estimates, p the share of them, and of this one, as far from zero. Those of placebo-unlisted are compared with other unlisted products alone", placeboLists)
	e.others(unlisted)
}

// draw estimates with random lists; ascending.
func (e *evaluation) draw(l permutation, lists *panel.Lists) (estimates []float64) {
	rng := rand.New(rand.NewPCG(1, 0))
	counts := make([]int, len(l.strata))
	for k, units := range l.strata {
		for _, u := range units {
			if e.panel.Treated[u] {
				counts[k]++
			}
		}
	}
	if l.unlisted {
		counts[0] = len(e.products) - len(l.strata[0])
	}
	for range placeboLists {
		var drawn []int
		for k, units := range l.strata {
			if counts[k] > len(units) {
				return nil
			}
			for _, i := range rng.Perm(len(units))[:counts[k]] {
				drawn = append(drawn, units[i])
			}
		}
		if x := lists.DiD(drawn); !math.IsNaN(x) {
			estimates = append(estimates, x)
		}
	}
	slices.Sort(estimates)
	return estimates
}

// others puts other lists in the policy's place: each HS section, and each list that comes with the program. Products that the policy
// names are left out of both sides.
func (e *evaluation) others(unlisted *panel.Freed) {
	unit := map[string]int{}
	for u, code := range e.products {
		unit[code] = u
	}
	sections, found := 0, 0
	try := func(label string, groups []study.ProductGroup, section bool) {
		clear(unlisted.Treated)
		for _, g := range groups {
			for _, code := range g.Products {
				if u, ok := unit[code]; ok && !e.panel.Treated[u] {
					unlisted.Treated[u] = true
				}
			}
		}
		fit, err := unlisted.DiD(e.year)
		if err != nil {
			return // it has no product that the policy does not name, or no other
		}
		e.add(OtherList, label, e.year, fit, fit.Estimates[0])
		if section {
			sections++
			if fit.Estimates[0].P < 0.05 {
				found++
			}
		}
	}
	for _, name := range sector.Originals() {
		groups, _, err := e.Groups(name)
		if err != nil {
			e.note("placebo-other: %v", err)
			continue
		}
		if name != "hs-sections" {
			try(name, groups, false)
			continue
		}
		for _, g := range groups {
			try(name+"/"+g.ID, []study.ProductGroup{g}, true)
		}
	}
	e.note("placebo-other: of %d HS sections instead of the list, without the products that it names, %d reach p below 0.05: this is how often goods of one kind diverge without a policy", sections, found)
}
