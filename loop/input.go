package loop

import "slices"

// Input is one number that the simulation takes.
type Input uint8

// The inputs, in the order in which draws are made. A new one stands last, so that the draws of the others stay as they are.
const (
	Exponent Input = iota
	CostShock
	HalfPrice
	Steepness
	Innovation
	Imitation
	SpillOver
	Replacement
	OthersGrowth
	OthersElasticity
	Excess
	ExportSubsidy
	HomeShare
	Gain
	CumulativeOutput
	UnitCost
	Adoption
	FullAdoption
	OthersDemand
	Growth
	Drag
	Product
	Discount
	numInputs
)

// dimension is what an input is measured in; the file of parameters gives the units of quantities and money.
type dimension string

// The dimensions.
const (
	pure         dimension = "1"
	share        dimension = "share 0–1"
	perYear      dimension = "1/year"
	quantity     dimension = "QUANTITY"
	quantityYear dimension = "QUANTITY/year"
	price        dimension = "MONEY/QUANTITY"
	money        dimension = "MONEY"
)

// inputDefinition says what an input is and which numbers it may be.
type inputDefinition struct {
	Input
	Key, Symbol, Meaning string
	dimension            dimension
	low, high            float64 // what it may be, both inclusive
	common               bool    // the same for all technologies of an economy
}

// inputTable is the one definition of the inputs.
var inputTable = [numInputs]inputDefinition{
	{Exponent, "exponent", "b", "experience exponent: unit cost falls by 1 − 2^(−b) with each doubling of cumulative world output", pure, -1, 2, false},
	{CostShock, "cost-shock", "σ_c", "standard deviation of the yearly shock to the logarithm of the unit cost", pure, 0, 1, false},
	{HalfPrice, "half-price", "p̄", "price to users at which half of them would adopt", price, 1e-12, 1e12, false},
	{Steepness, "steepness", "θ", "steepness of the wanted share in the price", pure, 0, 50, false},
	{Innovation, "innovation", "λ0", "part of the gap to the wanted share that closes in a year without imitation", perYear, 0, 1, false},
	{Imitation, "imitation", "λ1", "further part of the gap that closes in a year at full adoption, by imitation", perYear, 0, 1, false},
	{SpillOver, "spill-over", "η", "growth of the units at full adoption that a productivity gain of the users brings", pure, 0, 50, false},
	{Replacement, "replacement", "δ", "part of the units in use that is replaced in a year", perYear, 0, 1, false},
	{OthersGrowth, "others-growth", "g_f", "growth of the demand of other economies in a year at an unchanged price", perYear, -0.5, 1, false},
	{OthersElasticity, "others-elasticity", "e", "price elasticity of the demand of other economies, as a positive number", pure, 0, 10, false},
	{Excess, "excess", "χ", "output beyond demand, as a share of demand, by unit of subsidy", pure, 0, 10, false},
	{ExportSubsidy, "export-subsidy", "σ_s", "share of exports that is subsidised", share, 0, 1, false},
	{HomeShare, "home-share", "h", "the economy's share of what other economies demand", share, 0, 1, false},
	{Gain, "gain", "γ", "productivity gain of users at full adoption, as a share of gross domestic product", share, 0, 1, false},
	{CumulativeOutput, "cumulative-output", "Q0", "cumulative world output at the start of the first year", quantity, 1e-12, 1e15, false},
	{UnitCost, "unit-cost", "c0", "unit cost in the first year", price, 1e-12, 1e12, false},
	{Adoption, "adoption", "a0", "share of users who have adopted in the first year", share, 0, 1, false},
	{FullAdoption, "full-adoption", "K0", "units at full adoption at home in the first year", quantity, 1e-12, 1e15, false},
	{OthersDemand, "others-demand", "f0", "demand of other economies in the first year", quantityYear, 0, 1e15, false},
	{Growth, "growth", "g", "growth of the economy, and of the units at full adoption, in a year", perYear, -0.2, 0.5, true},
	{Drag, "drag", "μ", "loss of productivity by misallocation, by unit of fiscal cost over product", pure, 0, 10, true},
	{Product, "product", "GDP0", "gross domestic product in the first year", money, 1e-12, 1e15, true},
	{Discount, "discount", "r", "discount rate", perYear, -0.5, 1, true},
}

// String is the name of an input in files and answers.
func (i Input) String() string { return inputTable[i].Key }

// inputOf finds an input by its name or its symbol.
func inputOf(name string) (Input, bool) {
	i := slices.IndexFunc(inputTable[:], func(d inputDefinition) bool { return d.Key == name || d.Symbol == name })
	return Input(max(i, 0)), i >= 0
}

func inputNames() (names []string) {
	for _, d := range inputTable {
		names = append(names, d.Key)
	}
	return names
}

// Parameters are a number for each input, the users of whom a technology's gain spreads to, and the horizon.
type Parameters struct {
	Value [numInputs]float64
	// Spread is Σ v_j w_j: how much the industries that use the supplying industry weigh in value added, relative to the mean. It is 1
	// without an input–output table.
	Spread float64
}

// Term is a part of the model that can be switched off.
type Term struct {
	Name    string
	Label   string // in words
	Usage   string // what the model is without it
	input   Input  // that is 0 without it
	subsidy bool   // it is the subsidy, which is no input
}

// terms is the one definition of the switches.
var terms = []Term{
	{Name: "learning", Label: "learning", Usage: "b = 0: output does not lower the unit cost", input: Exponent},
	{Name: "spill-over", Label: "spill-over to the market", Usage: "η = 0: the users' gain does not widen the market", input: SpillOver},
	{Name: "productivity", Label: "gain of users", Usage: "γ = 0: users gain nothing", input: Gain},
	{Name: "subsidy", Label: "subsidy", Usage: "s = 0: no support in any run", subsidy: true},
	{Name: "imitation", Label: "imitation", Usage: "λ1 = 0: adopters win no further adopters", input: Imitation},
	{Name: "replacement", Label: "replacement", Usage: "δ = 0: units in use last for ever", input: Replacement},
	{Name: "growth", Label: "growth of the economy", Usage: "g = 0: economy and market stay as large as they are", input: Growth},
	{Name: "exports", Label: "demand abroad", Usage: "f0 = 0: other economies demand nothing", input: OthersDemand},
	{Name: "others-growth", Label: "growth of demand abroad", Usage: "g_f = 0: the demand of others grows by price alone", input: OthersGrowth},
	{Name: "others-price", Label: "price response abroad", Usage: "e = 0: the demand of others does not follow the price", input: OthersElasticity},
	{Name: "excess", Label: "output beyond demand", Usage: "χ = 0: support leads to no unsold output", input: Excess},
	{Name: "export-subsidy", Label: "subsidy of exports", Usage: "σ_s = 0: exports are not subsidised", input: ExportSubsidy},
	{Name: "drag", Label: "drag", Usage: "μ = 0: support misallocates nothing", input: Drag},
	{Name: "shocks", Label: "shocks of cost", Usage: "σ_c = 0: costs follow the curve exactly", input: CostShock},
}

// Terms lists the switches.
func Terms() []Term { return slices.Clone(terms) }

// without switches a term off.
func (p *Parameters) without(t Term) {
	if !t.subsidy {
		p.Value[t.input] = 0
	}
}
