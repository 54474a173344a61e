// Package competition measures what an economy sells and needs: market shares, advantage, breadth, complexity, similarity, displacement,
// balances, and firms beside the trade of their sectors.
package competition

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/chokepoints"
	"chokepoint/dependence"
	"chokepoint/fault"
	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// ScoreboardQuestion is the question scoreboard.
var ScoreboardQuestion = &study.Question{
	Name: "scoreboard", Short: "Measure an economy sector by sector: market share, advantage, balance, dependence both ways",
	Long: `Measure an economy sector by sector and year by year: exports, world market share and rank, revealed comparative
advantage, trade balance, what it depends on others for and on whom, who depends on it, single points of failure that it
holds, export prices against the world's, complexity of what it sells, and a class by a rule that is a data file.

--list names the sectors: a list that comes with the program ("chokepoint lists") or a file of your own.`,
	Examples: []string{
		`chokepoint scoreboard --economy CHN --years 2024`,
		`chokepoint scoreboard --economy CHN --list hs-sections --format xlsx --out china.xlsx`,
		`chokepoint scoreboard --economy DEU --method hjs-2020 --years 2024`,
	},
	Parameters: study.ParameterList([]study.Parameter{
		study.EconomyParameter, study.ListParameter,
		{Name: "classes", Standard: "standing", Example: "standing", File: ".toml", Usage: "the rule that names where it stands"},
	}, "years", "method", "persistence", "world", "min-value"),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Scoreboard(ctx, s, r.Own["economy"], r.Own["list"], r.Own["classes"], r.Query)
	},
}

// allProducts is the sector that all products are.
const allProducts = "all"

// Scoreboard measures an economy sector by sector and year by year: what it sells, buys and is good at, whom it depends on and
// who depends on it. q gives years, method and floor; list names the sectors, classes the rule of the last column.
func Scoreboard(ctx context.Context, s *study.Source, economy, list, classes string, q study.Query) (*result.Table, error) {
	q.Importers, q.Partners = economy, "-"
	st, code, err := s.OneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	if len(st.Methods) != 1 {
		return nil, fault.Questionf("method %q: a scoreboard is of one definition; want one", q.Method)
	}
	rule, err := classesOf(s, classes)
	if err != nil {
		return nil, err
	}
	groups, about, err := s.Groups(list)
	if err != nil {
		return nil, err
	}
	b := &scoreboard{Study: st, codes: code, label: st.ImporterSide.Parties[0].Label, groups: groups, rule: rule}
	if err := b.dependence(ctx, q); err != nil {
		return nil, err
	}
	for _, y := range st.Years {
		if err := b.year(ctx, y); err != nil {
			return nil, err
		}
	}
	t := study.JudgedAnswer(st, ScoreboardSchema, fmt.Sprintf("%s by sector, %s", st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), b.rows)
	t.Add(about...)
	t.Note("class by the rule %s: %s", rule.ID, rule.Source)
	t.Note("pci of a product is computed from the economies above the floors atlas (see complexity); a sector's is the mean weighted by the economy's exports")
	t.Note("values are gross: what is assembled from imported parts counts in full; services, and what is sold at home, are not in trade data")
	return t, nil
}

// scoreboard is one answer being made.
type scoreboard struct {
	*study.Study
	codes  trade.Set
	label  string
	groups []study.ProductGroup
	rule   *Classes
	own    map[int]map[string]ownDependence // by year and product
	held   map[int]map[string]heldPower
	rows   []ScoreboardRow
}

// ownDependence is a product that the economy depends on.
type ownDependence struct {
	imports  float64
	partners []string
}

// heldPower is a product for which others depend on the economy.
type heldPower struct {
	dependents int
	bought     float64 // by them, there
	single     bool
}

// dependence asks for both directions.
func (b *scoreboard) dependence(ctx context.Context, q study.Query) error {
	b.own, b.held = map[int]map[string]ownDependence{}, map[int]map[string]heldPower{}
	for _, y := range b.Years {
		b.own[y], b.held[y] = map[string]ownDependence{}, map[string]heldPower{}
	}
	list, err := dependence.Dependencies(ctx, b.Source, q)
	if err != nil {
		return err
	}
	for _, r := range dependence.DependencySchema.Rows(list) {
		d := b.own[r.Year][r.Product.Code]
		d.imports = r.Imports
		d.partners = append(d.partners, r.Supplier())
		b.own[r.Year][r.Product.Code] = d
	}
	q.Importers, q.Partners = "all", b.label
	q.Years = study.YearsText(b.Years)
	pairs, err := chokepoints.Chokepoints(ctx, b.Source, q, chokepoints.Options{})
	if err != nil {
		return err
	}
	for _, r := range chokepoints.Schema.Rows(pairs) {
		b.held[r.Year][r.Product.Code] = heldPower{r.Dependents, r.FromPartner, r.Single}
	}
	return nil
}

// year adds the rows of one year: a row a sector, and one of all products.
func (b *scoreboard) year(ctx context.Context, y int) error {
	m, err := b.Industry(ctx, y)
	if err != nil {
		return err
	}
	row := rowOf(m, b.codes.Codes())
	if row < 0 {
		return nil
	}
	prices, err := b.EngineOrFiles().Prices(ctx, y, b.codes)
	if err != nil {
		return err
	}
	units := make([]industry.UnitValue, len(m.Products))
	for _, p := range prices {
		if k, ok := m.Column(p.Product); ok {
			units[k] = industry.UnitValue{Own: p.Value / p.Tonnes, World: p.World / p.WorldTonnes, Value: p.Value}
		}
	}
	floors, err := floorsOf(b.Study, "")
	if err != nil {
		return err
	}
	complexity, _, err := floors.complexity(m)
	if err != nil {
		complexity = nil // too few economies: the columns stay empty
	}
	for _, g := range b.groups {
		b.rows = append(b.rows, b.measure(m, row, y, g, units, complexity))
	}
	b.rows = append(b.rows, b.measure(m, row, y, study.ProductGroup{allProducts, "All products", m.Products}, units, complexity))
	return nil
}

// measure measures one sector.
func (b *scoreboard) measure(m *industry.Year, row, y int, g study.ProductGroup, units []industry.UnitValue, complexity *industry.Complexity) ScoreboardRow {
	products := m.Columns(g.Products)
	var exports, imports, world, pci, weight float64
	for _, p := range products {
		exports += m.Exports[row][p]
		imports += m.Imports[row][p]
		world += m.World[p]
		if complexity != nil && m.Exports[row][p] > 0 && !math.IsNaN(complexity.PCI[p]) {
			pci += m.Exports[row][p] * complexity.PCI[p]
			weight += m.Exports[row][p]
		}
	}
	advantages, exported := m.Advantages(row, products)
	own, held := b.ownOf(y, g.Products), b.heldOf(y, g.Products)
	bought, window := b.CoverageOf(&b.ImporterSide.Parties[0], y).Status, b.WindowOf(b.Methods[0], y)
	depends := b.StatusOf(b.Methods[0], &b.ImporterSide.Parties[0], y)
	imports, own.imports = bought.Float(imports), depends.Float(own.imports)
	r := ScoreboardRow{
		Year: y, Economy: b.label, Sector: g.ID, SectorName: g.Name,
		Products: len(products), Exports: exports, Imports: imports, MarketShare: exports / world, Rank: worldRank(m, row, products, exports),
		RCA: m.RCA(row, products...), Exported: exported, Advantages: advantages, AdvantageShare: float64(advantages) / float64(len(products)),
		Balance: industry.Balance(exports, imports),
		Own:     depends.Int(own.products), OwnImports: own.imports, OwnShare: own.imports / imports,
		OwnPartner: own.partner, OwnPartnerProducts: depends.Int(own.partnerProducts),
		Others: window.Int(held.dependents), OthersImports: window.Float(held.bought), SinglePoints: window.Int(held.single),
		UnitValue: industry.RelativeUnitValue(units, products), PCI: pci / weight,
	}
	r.Class = b.rule.of(&r)
	return r
}

// worldRank is the place of an economy among the exporters of a sector; 0 where it exports nothing.
func worldRank(m *industry.Year, row int, products []int, exports float64) int {
	if exports == 0 {
		return 0
	}
	rank := 1
	for c := range m.Economies {
		var x float64
		for _, p := range products {
			x += m.Exports[c][p]
		}
		if c != row && x > exports {
			rank++
		}
	}
	return rank
}

type ownSum struct {
	products, partnerProducts int
	imports                   float64
	partner                   string
}

func (b *scoreboard) ownOf(y int, products []string) (sum ownSum) {
	partners := map[string]int{}
	for _, p := range products {
		d, ok := b.own[y][p]
		if !ok {
			continue
		}
		sum.products++
		sum.imports += d.imports
		for _, partner := range d.partners {
			partners[partner]++
		}
	}
	most := slices.SortedFunc(maps.Keys(partners), func(a, b string) int { return cmp.Or(cmp.Compare(partners[b], partners[a]), strings.Compare(a, b)) })
	if len(most) > 0 {
		sum.partner, sum.partnerProducts = most[0], partners[most[0]]
	}
	return sum
}

type heldSum struct {
	dependents, single int
	bought             float64
}

func (b *scoreboard) heldOf(y int, products []string) (sum heldSum) {
	for _, p := range products {
		h := b.held[y][p]
		sum.dependents += h.dependents
		sum.bought += h.bought
		if h.single {
			sum.single++
		}
	}
	return sum
}

// ScoreboardRow measures an economy in a sector and year.
type ScoreboardRow struct {
	Year                    int
	Economy                 string
	Sector, SectorName      string
	Class                   string // by the rule; "" where what is missing could decide it
	Products                int
	Exports, Imports        float64
	MarketShare             float64
	Rank                    int
	RCA                     float64
	Exported, Advantages    int
	AdvantageShare, Balance float64
	Own                     int // dependencies
	OwnImports, OwnShare    float64
	OwnPartner              string
	OwnPartnerProducts      int
	Others                  int // dependencies
	OthersImports           float64
	SinglePoints            int
	UnitValue, PCI          float64
}

// IsSector says that the row is of a sector of the list, and that anybody trades in it: the last row of a year is of all products.
func (r *ScoreboardRow) IsSector() bool { return r.Sector != allProducts && r.Products > 0 }

// ScoreboardSchema is the table of a scoreboard.
var ScoreboardSchema = result.NewSchema("scoreboard",
	result.IntField("year", result.Year, "Calendar year.", func(r *ScoreboardRow) int { return r.Year }),
	result.TextField("economy", "Economy measured, ISO3.", func(r *ScoreboardRow) string { return r.Economy }),
	result.TextField("sector", "Sector of the list; all for all products.", func(r *ScoreboardRow) string { return r.Sector }),
	result.TextField("sector_name", "Name of the sector.", func(r *ScoreboardRow) string { return r.SectorName }),
	result.TextField("class", "Where it stands, by the rule; empty where what is missing could decide it.", func(r *ScoreboardRow) string { return r.Class }),
	result.IntField("products", "count", "Products of the sector that anybody trades in the year.", func(r *ScoreboardRow) int { return r.Products }),
	result.FloatField("exports_usd", result.USD, "Exports of the economy.", func(r *ScoreboardRow) float64 { return r.Exports }),
	result.FloatField("imports_usd", result.USD, "Imports of the economy; missing where the dataset has none of them in the year.", func(r *ScoreboardRow) float64 { return r.Imports }),
	result.FloatField("world_market_share", result.Share, "Exports ÷ world exports of the sector.", func(r *ScoreboardRow) float64 { return r.MarketShare }),
	result.IntField("world_rank", "count", "Place among all exporters of the sector; 0 where nothing is exported.", func(r *ScoreboardRow) int { return r.Rank }),
	result.FloatField("rca", "index", "Revealed comparative advantage: share of the sector in the economy's exports ÷ its share in the world's (Balassa 1965).", func(r *ScoreboardRow) float64 { return r.RCA }),
	result.IntField("exported_products", "count", "Products of the sector that the economy exports.", func(r *ScoreboardRow) int { return r.Exported }).AsDetail(),
	result.IntField("rca_products", "count", "Products with an RCA of at least 1.", func(r *ScoreboardRow) int { return r.Advantages }),
	result.FloatField("rca_share", result.Share, "Products with an RCA of at least 1 ÷ products of the sector.", func(r *ScoreboardRow) float64 { return r.AdvantageShare }),
	result.FloatField("balance", "index", "Normalised trade balance (exports − imports) ÷ (exports + imports), −1 to 1.", func(r *ScoreboardRow) float64 { return r.Balance }),
	result.IntField("own_dependencies", "count", "Products of the sector that the economy depends on others for, by the method; missing where it cannot be computed or the dataset has no imports of the economy.", func(r *ScoreboardRow) int { return r.Own }),
	result.FloatField("own_dependent_imports_usd", result.USD, "Imports of these.", func(r *ScoreboardRow) float64 { return r.OwnImports }),
	result.FloatField("own_dependent_share", result.Share, "These ÷ imports of the sector.", func(r *ScoreboardRow) float64 { return r.OwnShare }),
	result.TextField("own_top_partner", "Partner on whom it depends for most of these products.", func(r *ScoreboardRow) string { return r.OwnPartner }),
	result.IntField("own_top_partner_products", "count", "For how many.", func(r *ScoreboardRow) int { return r.OwnPartnerProducts }),
	result.IntField("others_dependencies", "count", "Pairs of an importer and a product that depend on the economy, by the method; missing where it cannot be computed.", func(r *ScoreboardRow) int { return r.Others }),
	result.FloatField("others_dependent_imports_usd", result.USD, "What these importers buy from the economy of these products.", func(r *ScoreboardRow) float64 { return r.OthersImports }),
	result.IntField("single_points", "count", "Products of which the economy is a single point of failure (see chokepoints).", func(r *ScoreboardRow) int { return r.SinglePoints }),
	result.FloatField("relative_unit_value", "ratio", "Median over products of the economy's export price a tonne ÷ the world's, weighted by its exports.", func(r *ScoreboardRow) float64 { return r.UnitValue }),
	result.FloatField("pci", "index", "Product complexity of what it exports, mean weighted by exports (Hidalgo and Hausmann 2009).", func(r *ScoreboardRow) float64 { return r.PCI }),
)
