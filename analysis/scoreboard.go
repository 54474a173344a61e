package analysis

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/trade"
)

// group is a sector: some products under a name.
type group struct {
	id, name string
	products []string
}

// Scoreboard measures an economy sector by sector and year by year: what it sells, buys and is good at, whom it depends on and
// who depends on it. q gives years, method and floor; list names the sectors, classes the rule of the last column.
func (s *Source) Scoreboard(ctx context.Context, economy, list, classes string, q Query) (*result.Table, error) {
	q.Importers, q.Partners = economy, "-"
	st, code, err := s.oneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	if len(st.methods) != 1 {
		return nil, fmt.Errorf("method %q: a scoreboard is of one definition; want one", q.Method)
	}
	rule, err := s.classes(classes)
	if err != nil {
		return nil, err
	}
	groups, about, err := s.groups(list)
	if err != nil {
		return nil, err
	}
	b := &scoreboard{study: st, codes: code, label: st.importers.parties[0].Label, groups: groups, columns: newScoreColumns(), rule: rule}
	if err := b.dependence(ctx, q); err != nil {
		return nil, err
	}
	t := st.judgedTable("scoreboard", fmt.Sprintf("%s by sector, %s", st.importers.parties[0].Name, yearsText(st.years)), b.columns.list()...)
	for _, y := range st.years {
		if err := b.year(ctx, y); err != nil {
			return nil, err
		}
	}
	t.Notes = append(t.Notes, about...)
	t.Note("class by the rule %s: %s", rule.ID, rule.Source)
	t.Note("pci of a product is computed from all economies that export at least 1 bn USD in the year; a sector's is the mean weighted by the economy's exports")
	t.Note("values are gross: what is assembled from imported parts counts in full; services, and what is sold at home, are not in trade data")
	return t, nil
}

// oneEconomy resolves a question about one economy, not a bloc, and its codes.
func (s *Source) oneEconomy(ctx context.Context, q Query, economy string) (*study, trade.Set, error) {
	st, err := s.study(ctx, q)
	if err != nil {
		return nil, trade.Set{}, err
	}
	if len(st.importers.parties) != 1 || len(st.importers.groups) != 1 {
		return nil, trade.Set{}, fmt.Errorf("economy %q: want one economy", economy)
	}
	var codes trade.Set
	label := ""
	for _, y := range st.have {
		for _, c := range st.importers.groups[0].Codes(y).Codes() {
			if l := st.economies.Label(c); label == "" || l == label {
				label = l
			} else {
				return nil, trade.Set{}, fmt.Errorf("economy %q: %s and %s are different economies; want one, as a bloc has no exports of its own here", economy, label, l)
			}
			codes = codes.Union(trade.SetOf(c))
		}
	}
	return st, codes, nil
}

// scoreboard is one answer being made.
type scoreboard struct {
	*study
	codes   trade.Set
	label   string
	groups  []group
	columns *scoreColumns
	rule    *Classes
	own     map[int]map[string]ownDependence // by year and product
	held    map[int]map[string]heldPower
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
func (b *scoreboard) dependence(ctx context.Context, q Query) error {
	b.own, b.held = map[int]map[string]ownDependence{}, map[int]map[string]heldPower{}
	for _, y := range b.years {
		b.own[y], b.held[y] = map[string]ownDependence{}, map[string]heldPower{}
	}
	list, err := b.Source.Dependencies(ctx, q)
	if err != nil {
		return err
	}
	for i, product := range list.Column("product").Text {
		y := int(list.Column("year").Int[i])
		d := b.own[y][product]
		d.imports = list.Column("imports_usd").Float[i]
		if p := list.Column("partner").Text[i]; p != "-" {
			d.partners = append(d.partners, p)
		} else {
			d.partners = append(d.partners, list.Column("top_supplier").Text[i])
		}
		b.own[y][product] = d
	}
	q.Importers, q.Partners = "all", b.label
	q.Years = yearsText(b.years)
	pairs, err := b.Source.Chokepoints(ctx, q, "equal")
	if err != nil {
		return err
	}
	for i, product := range pairs.Column("product").Text {
		b.held[int(pairs.Column("year").Int[i])][product] = heldPower{int(pairs.Column("dependents").Int[i]), pairs.Column("imports_from_partner_usd").Float[i], pairs.Column("single_point").Bool[i]}
	}
	return nil
}

// year adds the rows of one year: a row a sector, and one of all products.
func (b *scoreboard) year(ctx context.Context, y int) error {
	m, err := b.industry(ctx, y)
	if err != nil {
		return err
	}
	row := rowOf(m, b.codes.Codes())
	if row < 0 {
		return nil
	}
	prices, err := b.engine().Prices(ctx, y, b.codes)
	if err != nil {
		return err
	}
	units := make([]industry.UnitValue, len(m.Products))
	for _, p := range prices {
		if k, ok := m.Column(p.Product); ok {
			units[k] = industry.UnitValue{Own: p.Value / p.Tonnes, World: p.World / p.WorldTonnes, Value: p.Value}
		}
	}
	complexity, err := m.Complexity(industry.MinExports)
	if err != nil {
		complexity = nil // too few economies: the columns stay empty
	}
	for _, g := range b.groups {
		b.add(m, row, y, g, units, complexity)
	}
	b.add(m, row, y, group{"all", "All products", m.Products}, units, complexity)
	return nil
}

// add measures one sector.
func (b *scoreboard) add(m *industry.Year, row, y int, g group, units []industry.UnitValue, complexity *industry.Complexity) {
	c, products := b.columns, m.Columns(g.products)
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
	own, held := b.ownOf(y, g.products), b.heldOf(y, g.products)
	bought, window := b.coverageOf(&b.importers.parties[0], y).status, b.windowOf(b.methods[0], y)
	depends := b.statusOf(b.methods[0], &b.importers.parties[0], y)
	imports, own.imports = orNaN(bought, imports), orNaN(depends, own.imports)
	c.year.AppendInt(int64(y))
	c.economy.AppendText(b.label)
	c.sector.AppendText(g.id)
	c.name.AppendText(g.name)
	c.products.AppendInt(int64(len(products)))
	c.exports.AppendFloat(exports)
	c.imports.AppendFloat(imports)
	c.share.AppendFloat(exports / world)
	c.rank.AppendInt(int64(worldRank(m, row, products, exports)))
	c.rca.AppendFloat(m.RCA(row, products...))
	c.exported.AppendInt(int64(exported))
	c.advantages.AppendInt(int64(advantages))
	c.advantageShare.AppendFloat(float64(advantages) / float64(len(products)))
	c.balance.AppendFloat(industry.Balance(exports, imports))
	c.own.AppendInt(orMissing(depends, own.products))
	c.ownImports.AppendFloat(own.imports)
	c.ownShare.AppendFloat(own.imports / imports)
	c.ownPartner.AppendText(own.partner)
	c.ownPartnerProducts.AppendInt(orMissing(depends, own.partnerProducts))
	c.others.AppendInt(orMissing(window, held.dependents))
	c.othersBought.AppendFloat(orNaN(window, held.bought))
	c.single.AppendInt(orMissing(window, held.single))
	c.unitValue.AppendFloat(industry.RelativeUnitValue(units, products))
	c.pci.AppendFloat(pci / weight)
	c.class.AppendText("")
	c.class.Text[len(c.class.Text)-1] = b.rule.of(c.list(), len(c.class.Text)-1)
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

type scoreColumns struct {
	year, products, rank, exported, advantages, own, ownPartnerProducts, others, single                       *result.Column
	economy, sector, name, ownPartner, class                                                                  *result.Column
	exports, imports, share, rca, advantageShare, balance, ownImports, ownShare, othersBought, unitValue, pci *result.Column
}

func newScoreColumns() *scoreColumns {
	return &scoreColumns{
		year:               result.IntColumn("year", result.Year, "Calendar year."),
		economy:            result.TextColumn("economy", "Economy measured, ISO3."),
		sector:             result.TextColumn("sector", "Sector of the list; all for all products."),
		name:               result.TextColumn("sector_name", "Name of the sector."),
		products:           result.IntColumn("products", "count", "Products of the sector that anybody trades in the year."),
		exports:            result.FloatColumn("exports_usd", result.USD, "Exports of the economy."),
		imports:            result.FloatColumn("imports_usd", result.USD, "Imports of the economy; missing where the dataset has none of them in the year."),
		share:              result.FloatColumn("world_market_share", result.Share, "Exports ÷ world exports of the sector."),
		rank:               result.IntColumn("world_rank", "count", "Place among all exporters of the sector; 0 where nothing is exported."),
		rca:                result.FloatColumn("rca", "index", "Revealed comparative advantage: share of the sector in the economy's exports ÷ its share in the world's (Balassa 1965)."),
		exported:           result.IntColumn("exported_products", "count", "Products of the sector that the economy exports.").AsDetail(),
		advantages:         result.IntColumn("rca_products", "count", "Products with an RCA of at least 1."),
		advantageShare:     result.FloatColumn("rca_share", result.Share, "Products with an RCA of at least 1 ÷ products of the sector."),
		balance:            result.FloatColumn("balance", "index", "Normalised trade balance (exports − imports) ÷ (exports + imports), −1 to 1."),
		own:                result.IntColumn("own_dependencies", "count", "Products of the sector that the economy depends on others for, by the method; missing where it cannot be computed or the dataset has no imports of the economy."),
		ownImports:         result.FloatColumn("own_dependent_imports_usd", result.USD, "Imports of these."),
		ownShare:           result.FloatColumn("own_dependent_share", result.Share, "These ÷ imports of the sector."),
		ownPartner:         result.TextColumn("own_top_partner", "Partner on whom it depends for most of these products."),
		ownPartnerProducts: result.IntColumn("own_top_partner_products", "count", "For how many."),
		others:             result.IntColumn("others_dependencies", "count", "Pairs of an importer and a product that depend on the economy, by the method; missing where it cannot be computed."),
		othersBought:       result.FloatColumn("others_dependent_imports_usd", result.USD, "What these importers buy from the economy of these products."),
		single:             result.IntColumn("single_points", "count", "Products of which the economy is a single point of failure (see chokepoints)."),
		unitValue:          result.FloatColumn("relative_unit_value", "ratio", "Median over products of the economy's export price a tonne ÷ the world's, weighted by its exports."),
		pci:                result.FloatColumn("pci", "index", "Product complexity of what it exports, mean weighted by exports (Hidalgo and Hausmann 2009)."),
		class:              result.TextColumn("class", "Where it stands, by the rule; empty where what is missing could decide it."),
	}
}

func (c *scoreColumns) list() []*result.Column {
	return []*result.Column{c.year, c.economy, c.sector, c.name, c.class, c.products, c.exports, c.imports, c.share, c.rank, c.rca, c.exported, c.advantages, c.advantageShare,
		c.balance, c.own, c.ownImports, c.ownShare, c.ownPartner, c.ownPartnerProducts, c.others, c.othersBought, c.single, c.unitValue, c.pci}
}
