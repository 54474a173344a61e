package rule

import "math"

// Coverage is what a dataset must hold in a year before a claim is tested on it.
type Coverage struct {
	About
	ProductsShare  *float64 `toml:"products_share"`  // least share of the products of the HS revision that are traded
	ImportersShare *float64 `toml:"importers_share"` // least share of world trade that goes to economies whose imports are there
}

func (r *Coverage) validate(c *checking) {
	c.number("products_share", r.ProductsShare, 0, 1)
	c.number("importers_share", r.ImportersShare, 0, 1)
}

// Testable says whether these shares of products and of importers are enough. A share that is not known is not.
func (r *Coverage) Testable(products, importers float64) bool {
	return products >= *r.ProductsShare && importers >= *r.ImportersShare
}

// OpenCoverage reads the coverage that claims need: "claims" and "none" come with the program.
func OpenCoverage(name string) (*Coverage, error) { return open[Coverage]("coverage", name) }

// CoverageNames lists those that come with the program.
func CoverageNames() []string { return names("coverage") }

// ParseCoverage reads the coverage that claims need from a text; name is for messages.
func ParseCoverage(name string, text []byte) (*Coverage, error) { return parse[Coverage](name, text) }

// SinglePoint says which pairs of a product and an exporter are called choke points, and which of these single points of failure. A
// choke point has enough dependents that buy enough from it; a single point of failure, in addition, cannot be replaced.
type SinglePoint struct {
	About
	Dependents    *float64 `toml:"dependents"`          // least number of importers that depend on it
	Bought        *float64 `toml:"bought_by_them_usd"`  // least sum of what they buy from it, US dollars a year
	WorldShare    *float64 `toml:"world_share"`         // least share of world exports that it has
	Rearrangement *float64 `toml:"rearrangement_ratio"` // least ratio of what they buy from it to what all others export
}

func (r *SinglePoint) validate(c *checking) {
	c.number("dependents", r.Dependents, 0, 1000)
	c.number("bought_by_them_usd", r.Bought, 0, 1e15)
	c.number("world_share", r.WorldShare, 0, 1)
	c.number("rearrangement_ratio", r.Rearrangement, 0, 1e6)
}

// Reached says whether as many dependents that buy as much are enough for a choke point.
func (r *SinglePoint) Reached(dependents int, bought float64) bool {
	return float64(dependents) >= *r.Dependents && bought >= *r.Bought
}

// Irreplaceable says whether an exporter with a share of world exports cannot be replaced, where dependents buy from it ratio times
// what all others export.
func (r *SinglePoint) Irreplaceable(share, ratio float64) bool {
	return share >= *r.WorldShare && ratio >= *r.Rearrangement
}

// OpenSinglePoint reads a rule of choke points and single points of failure: "single-point" and "none" come with the program.
func OpenSinglePoint(name string) (*SinglePoint, error) {
	return open[SinglePoint]("single-point", name)
}

// SinglePointNames lists those that come with the program.
func SinglePointNames() []string { return names("single-point") }

// ParseSinglePoint reads a rule of choke points and single points of failure from a text; name is for messages.
func ParseSinglePoint(name string, text []byte) (*SinglePoint, error) {
	return parse[SinglePoint](name, text)
}

// Complexity are the floors below which an economy or a product has no part in complexity: the advantages of the smallest jump from
// year to year, and each moves the figures of all others.
type Complexity struct {
	About
	Exports      *float64 `toml:"exports_usd"`       // of the economy in the year, US dollars
	Population   *float64 `toml:"population"`        // of the economy; used where populations are known
	WorldExports *float64 `toml:"world_exports_usd"` // of the product in the year, US dollars
}

func (r *Complexity) validate(c *checking) {
	c.number("exports_usd", r.Exports, 0, 1e15)
	c.number("population", r.Population, 0, 1e10)
	c.number("world_exports_usd", r.WorldExports, 0, 1e15)
}

// HasEconomy says whether an economy has a part. A population of NaN is not known and excludes nobody: who reads the figures is told.
func (r *Complexity) HasEconomy(exports, population float64) bool {
	return exports >= *r.Exports && (math.IsNaN(population) || population >= *r.Population)
}

// HasProduct says whether a product has a part.
func (r *Complexity) HasProduct(worldExports float64) bool { return worldExports >= *r.WorldExports }

// OpenComplexity reads the floors of complexity: "exports" and "atlas" come with the program.
func OpenComplexity(name string) (*Complexity, error) { return open[Complexity]("complexity", name) }

// ComplexityNames lists those that come with the program.
func ComplexityNames() []string { return names("complexity") }

// ParseComplexity reads the floors of complexity from a text; name is for messages.
func ParseComplexity(name string, text []byte) (*Complexity, error) {
	return parse[Complexity](name, text)
}
