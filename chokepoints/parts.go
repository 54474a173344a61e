package chokepoints

import "math"

// part is one part of the score. scaled brings it to 0 … 1 by a rule that does not look at other pairs, so that a pair keeps its
// parts whatever else is asked for.
type part struct {
	name   string
	group  int // exposure, irreplaceable or position
	text   string
	scaled func(c *choke, w *Weights) float64
}

// The groups of parts: what depends on a pair, and how hard its supplier is to replace. The score is their geometric mean, so
// that a monopoly in what hardly anybody buys is no choke point, nor are large sales of what everybody makes.
//
// What kind of good it is depends on neither: position in the chain shifts a score, by its share of all weights, and cannot make a
// choke point of what hardly anybody buys.
const (
	exposure = iota
	irreplaceable
	position
)

var groupNames = [2]string{"exposure", "irreplaceability"}

// parts are all that a file of weights may name; those that it does not name have no say in the score. New ones stand at the end, as
// columns do.
var parts = []part{
	{"reach", exposure, "dependents ÷ importers in the question that import anything", func(c *choke, _ *Weights) float64 {
		return float64(c.dependents) / float64(c.importers)
	}},
	{"value", exposure, "logarithm of the dependents' purchases from the supplier, between two bounds in the weights", func(c *choke, w *Weights) float64 {
		scale := math.Log(c.fromPartner/w.ValueScale.From) / math.Log(w.ValueScale.To/w.ValueScale.From)
		return min(max(scale, 0), 1)
	}},
	{"two_hop", exposure, "two_hop_share", func(c *choke, _ *Weights) float64 { return c.twoHop }},
	{"world_share", irreplaceable, "the supplier's share of world exports", func(c *choke, _ *Weights) float64 { return c.exports / c.world }},
	{"rearrangement", irreplaceable, "r ÷ (1 + r), with r the rearrangement ratio; ½ if dependents buy as much from the supplier as all others export", func(c *choke, _ *Weights) float64 {
		return c.fromPartner / (c.fromPartner + c.rest)
	}},
	{"second_line", irreplaceable, "HHI of the other exporters; 1 if there are none", func(c *choke, _ *Weights) float64 {
		if c.others == 0 {
			return 1
		}
		return c.secondHHI
	}},
	{"position", position, "position in the supply chain by stage of processing. Unless the weights say otherwise: 1 for inputs that are processed further (primary, processed, parts), ½ for capital goods and goods without a stage, ¼ for consumption goods. With --tables: 1 − 1 ÷ upstreamness of the supplier's industry that makes the good, at least ¼, if the tables have that industry", func(c *choke, w *Weights) float64 {
		if c.use != nil && !math.IsNaN(c.use.Upstreamness) {
			return max(leastPosition, 1-1/c.use.Upstreamness)
		}
		return w.PositionScale[c.stage]
	}},
	{"importers_share", exposure, "dependents_import_share", func(c *choke, _ *Weights) float64 { return c.importsShare }},
	{"price_index", irreplaceable, "1 − 1 ÷ price_index; 0 if prices do not rise, 1 if nothing is left to buy", func(c *choke, _ *Weights) float64 {
		return 1 - 1/c.priceIndex()
	}},
	{"rival_capacity", irreplaceable, "r ÷ (1 + r), with r the dependents' purchases from the supplier ÷ rival_capacity_usd; ½ if the two are equal, 1 if there are no rivals", func(c *choke, _ *Weights) float64 {
		return c.fromPartner / (c.fromPartner + c.rivals)
	}},
}

// leastPosition is the position of what goes to final use at once, as of consumption goods: a position of 0 would make every score 0.
const leastPosition = 0.25

// partNames are those that a file of weights may use.
func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}
