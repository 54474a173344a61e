package loop

// quantityDefinition is one quantity that the simulation gives year by year.
type quantityDefinition struct {
	Name, Symbol, Unit, Meaning string
	of                          func(*Year) float64
}

// quantities is the one definition of what a path gives, in the order in which a year is computed.
var quantities = []quantityDefinition{
	{"cumulative_output", "Q", "QUANTITY", "world output before the year", func(y *Year) float64 { return y.CumulativeOutput }},
	{"unit_cost", "c", "MONEY/QUANTITY", "cost of a unit", func(y *Year) float64 { return y.UnitCost }},
	{"subsidy", "s", "share of unit cost", "part of the cost that the state bears", func(y *Year) float64 { return y.Subsidy }},
	{"price", "p", "MONEY/QUANTITY", "what users pay", func(y *Year) float64 { return y.Price }},
	{"wanted", "a*", "share of users", "who would adopt at that price", func(y *Year) float64 { return y.Wanted }},
	{"adoption", "a", "share of users", "who have adopted", func(y *Year) float64 { return y.Adoption }},
	{"full_adoption", "K", "QUANTITY", "units at full adoption at home", func(y *Year) float64 { return y.FullAdoption }},
	{"home_demand", "d", "QUANTITY/year", "demand at home", func(y *Year) float64 { return y.HomeDemand }},
	{"others_demand", "f", "QUANTITY/year", "demand of other economies", func(y *Year) float64 { return y.OthersDemand }},
	{"unsold", "(d + f) x", "QUANTITY/year", "output beyond demand", (*Year).Unsold},
	{"output", "q", "QUANTITY/year", "world output", func(y *Year) float64 { return y.Output }},
	{"gain", "G", "share of product", "productivity gain of the users", func(y *Year) float64 { return y.Gain }},
	{"fiscal_cost", "F", "share of product", "what the support costs the state", func(y *Year) float64 { return y.FiscalCost }},
	{"drag", "D", "share of product", "productivity lost by misallocation", func(y *Year) float64 { return y.Drag }},
	{"net_gain", "N", "share of product", "gain less drag and fiscal cost", func(y *Year) float64 { return y.NetGain }},
}

// strengthQuantities are those of the strength of the loop, of the run with policy alone.
var strengthQuantities = []struct {
	Name, Meaning string
	of            func(*Strength) float64
}{
	{"loop_strength", "by how many % demand at home of the next five years rises where deployment is 1 % higher once, beyond pull-forward and replacement", func(s *Strength) float64 { return s.All }},
	{"loop_strength_learning", "the same by learning alone", func(s *Strength) float64 { return s.Learning }},
	{"loop_strength_spill_over", "the same by spill-over alone", func(s *Strength) float64 { return s.SpillOver }},
}

// The names of what a whole run comes to; their rows have no year.
const (
	ReachesHalf     = "reaches_half"
	TimeToHalf      = "time_to_half"
	TakesOff        = "takes_off"
	DiscountedGain  = "discounted_gain"
	DiscountedCost  = "discounted_fiscal_cost"
	DiscountedDrag  = "discounted_drag"
	DiscountedNet   = "discounted_net_gain"
	NetAboveZero    = "net_gain_above_zero"
	BreakEvenDrag   = "break_even_drag"
	BreakEvenExists = "break_even_exists"
)

// wholeMeanings say what the names of whole runs mean, with their units.
var wholeMeanings = []struct{ Name, Unit, Meaning string }{
	{ReachesHalf, "share of draws", "in which half of the users have adopted by the last year"},
	{TimeToHalf, "years from the first", "to the first year in which half have adopted, over the draws that have one"},
	{TakesOff, "share of draws", "in which adoption reaches half by the last year though the support ends in the sunset year"},
	{DiscountedGain, "share of a year's product", "discounted sum of the gain"},
	{DiscountedCost, "share of a year's product", "discounted sum of the fiscal cost"},
	{DiscountedDrag, "share of a year's product", "discounted sum of the drag"},
	{DiscountedNet, "share of a year's product", "discounted sum of the net gain"},
	{NetAboveZero, "share of draws", "in which that sum is above 0"},
	{BreakEvenDrag, "1", "drag μ at which the discounted sum of the net gain is 0, over the draws that have one"},
	{BreakEvenExists, "share of draws", "in which there is one: without, the sum is below 0 even without a drag, or nothing is spent"},
}

// MeaningOf says what the name of a whole run's figure means, and its unit; ok is false where there is no such name.
func MeaningOf(name string) (unit, meaning string, ok bool) {
	for _, m := range wholeMeanings {
		if m.Name == name {
			return m.Unit, m.Meaning, true
		}
	}
	return "", "", false
}
