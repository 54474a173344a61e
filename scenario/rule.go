// Package scenario says what happens when trade stops: whom else importers turn to when a supplier stops (a cut), what a tariff moves
// (GSIM), how a shortage spreads (cascades), and how well the same rules did on past episodes (a back-test). docs/scenarios.md has the
// formulas and their sources.
//
// The models are functions of small inputs and know nothing of datasets: allocation.go, market.go, gsim.go, cascade.go, ban.go, episode.go.
// The questions put them to a dataset. A model is not a forecast: it leaves out contracts, quality, the time to build, and goods that stand
// in for others.
package scenario

import (
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/spelling"
)

// Rule says whom an importer asks for what it lost, and for how much: it gives each candidate a weight.
type Rule string

// The rules. s is the importer's present shares without the suppliers that stop, x the candidates' shares in exports to others than the
// importer; both add to 1 over the candidates.
const (
	Present  Rule = "present"  // s
	Mixed    Rule = "mixed"    // s/2 + x/2
	Capacity Rule = "capacity" // x
	Sqrt     Rule = "sqrt"     // √(s x)
)

// Rules lists them in the order in which answers have them.
func Rules() []Rule { return []Rule{Present, Mixed, Capacity, Sqrt} }

// Words say what a rule means.
func (r Rule) Words() string {
	switch r {
	case Present:
		return "importers turn to those that supply them today, in proportion to what these sell them"
	case Mixed:
		return "half of the need goes to today's suppliers, half to whoever exports the product to others"
	case Capacity:
		return "importers turn to whoever exports the product, in proportion to what these sell to others"
	}
	return "importers turn to today's suppliers, the more the larger these are elsewhere too (the root of share times exports)"
}

// present is the weight a of present shares in a rule that is a mean of s and x.
func (r Rule) present() float64 {
	switch r {
	case Present:
		return 1
	case Mixed:
		return 0.5
	}
	return 0
}

// Weight of a candidate with the shares s and x.
func (r Rule) Weight(s, x float64) float64 {
	if r == Sqrt {
		return math.Sqrt(s * x)
	}
	a := r.present()
	return a*s + (1-a)*x
}

// parseRules reads a comma list of rules.
func parseRules(text string) ([]Rule, error) {
	var list []Rule
	for word := range strings.SplitSeq(text, ",") {
		r := Rule(strings.ToLower(strings.TrimSpace(word)))
		switch {
		case r == "all":
			return Rules(), nil
		case !slices.Contains(Rules(), r):
			return nil, fault.Questionf("rule %q: expected %s, or several of them with commas, or all%s", strings.TrimSpace(word), strings.Join(ruleNames(), ", "), spelling.Hint(word, ruleNames()))
		case slices.Contains(list, r):
			return nil, fault.Questionf("rule %s is named twice", r)
		}
		list = append(list, r)
	}
	return list, nil
}

func ruleNames() (names []string) {
	for _, r := range Rules() {
		names = append(names, string(r))
	}
	return names
}
