package analysis

import (
	"context"
	"fmt"
	"math"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/sector"
)

// Breadth says how wide an economy's industrial base is, year by year: in how many products it has an advantage, how evenly
// its exports spread over products, sectors and stages of processing, how far down the chain it sells and buys, how complex its
// exports are. by is year, or stage for a row a stage. positions gives a measured position to products; nil is none.
func (s *Source) Breadth(ctx context.Context, economy, list, by string, positions *Positions, q Query) (*result.Table, error) {
	q.Importers = economy
	st, codes, err := s.oneEconomy(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	groups, about, err := s.groups(list)
	if err != nil {
		return nil, err
	}
	b := &breadth{study: st, label: st.importers.parties[0].Label, groups: groups, positions: positions}
	title := fmt.Sprintf("%s: breadth of exports, %s", st.importers.parties[0].Name, yearsText(st.years))
	columns, add := b.yearColumns()
	if by == "stage" {
		title = fmt.Sprintf("%s: trade by stage of processing, %s", st.importers.parties[0].Name, yearsText(st.years))
		columns, add = b.stageColumns()
		about = []string{stageSource()}
	}
	t := st.table("breadth", title, columns...)
	for _, y := range st.years {
		m, err := s.industry(ctx, y)
		if err != nil {
			return nil, err
		}
		if row := rowOf(m, codes.Codes()); row >= 0 {
			add(m, row, y)
		}
	}
	t.Notes = append(append(t.Notes, about...), st.gaps()...)
	noteGaps(t, st.coverage()...)
	if by != "stage" {
		t.Note("downstream: %s", stageSource())
		t.Note("downstream is an ordinal index of our own over stages; upstreamness proper (Antràs, Chor, Fally and Hillberry 2012) needs input-output tables: --position FILE takes a table of it by product")
	}
	if positions != nil {
		t.Notes = append(t.Notes, positions.notes(s.Dataset)...)
	}
	return t, nil
}

// stageSource names the list of stages.
func stageSource() string {
	l, err := sector.OpenBuiltin("bec")
	if err != nil {
		panic(err) // the list is the program's
	}
	return fmt.Sprintf("stages of list %s, version %s of %s; source: %s", l.ID, l.Version, l.Date, l.Source)
}

// breadth is one answer being made.
type breadth struct {
	*study
	label     string
	groups    []group
	positions *Positions
}

// stages sorts the products of a year into the stages of processing, Unclassified last.
func (b *breadth) stages(m *industry.Year) [][]int {
	place := map[string]int{sector.Unclassified: len(sector.Stages)}
	for i, stage := range sector.Stages {
		place[stage] = i
	}
	products := make([][]int, len(sector.Stages)+1)
	for p, code := range m.Products {
		i := place[sector.StageOf(b.Dataset.Manifest().Nomenclature, code)]
		products[i] = append(products[i], p)
	}
	return products
}

// downstreamScale is how far down the chain a stage is, in equal steps: capital and consumption goods are both at its end.
var downstreamScale = []float64{0, 1.0 / 3, 2.0 / 3, 1, 1}

// downstream is the mean of the scale over goods that have a stage, weighted by value.
func downstream(values []float64, stages [][]int) float64 {
	var sum, all float64
	for i, at := range downstreamScale {
		v := sumOf(values, stages[i])
		sum += at * v
		all += v
	}
	return sum / all
}

func sumOf(values []float64, products []int) (sum float64) {
	for _, p := range products {
		sum += values[p]
	}
	return sum
}

// yearColumns are those of a row a year, and what adds one.
func (b *breadth) yearColumns() ([]*result.Column, func(m *industry.Year, row, y int)) {
	year, label := result.IntColumn("year", result.Year, "Calendar year."), result.TextColumn("economy", "Economy, ISO3.")
	traded := result.IntColumn("traded_products", "count", "Products that anybody trades in the year.")
	exported := result.IntColumn("exported_products", "count", "Products that the economy exports.")
	advantages := result.IntColumn("rca_products", "count", "Products with an RCA of at least 1 (Balassa 1965).")
	share := result.FloatColumn("rca_share", result.Share, "These ÷ products traded: HS revisions lose codes over time.")
	entropy := result.FloatColumn("entropy_products", "nats", "Entropy of exports over products (Shannon 1948).")
	effective := result.FloatColumn("effective_products", "count", "Its exponential: how many products of equal value would be as diverse.")
	sectors := result.FloatColumn("effective_sectors", "count", "The same over the sectors of the list.")
	strong := result.IntColumn("rca_sectors", "count", "Sectors of the list with an RCA of at least 1.")
	stageEntropy := result.FloatColumn("entropy_stages", "nats", "Entropy of exports over the stages of processing primary, processed, parts, capital, consumption; unclassified goods left out.")
	stages := result.FloatColumn("effective_stages", "count", "Its exponential, 1 to 5.")
	downExports := result.FloatColumn("downstream_exports", "index", "How far down the chain exports are: mean of primary 0, processed ⅓, parts ⅔, capital and consumption 1, weighted by value.")
	downImports := result.FloatColumn("downstream_imports", "index", "The same of imports.")
	gap := result.FloatColumn("downstream_gap", "index", "Exports less imports: above 0 the economy sells nearer to final use than it buys.")
	eci := result.FloatColumn("eci", "index", "Economic complexity (see complexity).")
	rank := result.IntColumn("eci_rank", "count", "Place by it; 0 where it is unknown.")
	columns := []*result.Column{year, label, traded, exported, advantages, share, entropy, effective, sectors, strong, stageEntropy, stages, downExports, downImports, gap, eci, rank}
	var position [4]*result.Column
	if b.positions != nil {
		for i, c := range [4]struct{ name, unit, text string }{{"position_exports", "index", "Position by the file named, mean weighted by exports of the products that it has."},
			{"position_exports_share", result.Share, "Share of exports that these are."},
			{"position_imports", "index", "The same weighted by imports."}, {"position_imports_share", result.Share, "Share of imports that these are."}} {
			position[i] = result.FloatColumn(c.name, c.unit, c.text)
		}
		columns = append(columns, position[:]...)
	}
	return columns, func(m *industry.Year, row, y int) {
		n, out := m.Advantages(row, m.All())
		h := industry.Entropy(m.Exports[row])
		var sums []float64
		leading := 0
		for _, g := range b.groups {
			products := m.Columns(g.products)
			sums = append(sums, sumOf(m.Exports[row], products))
			if m.RCA(row, products...) >= 1 {
				leading++
			}
		}
		byStage := b.stages(m)
		var ofStages []float64
		for _, products := range byStage[:len(sector.Stages)] {
			ofStages = append(ofStages, sumOf(m.Exports[row], products))
		}
		index, place := complexityOf(m, row)
		year.AppendInt(int64(y))
		label.AppendText(b.label)
		traded.AppendInt(int64(len(m.Products)))
		exported.AppendInt(int64(out))
		advantages.AppendInt(int64(n))
		share.AppendFloat(float64(n) / float64(len(m.Products)))
		entropy.AppendFloat(h)
		effective.AppendFloat(math.Exp(h))
		sectors.AppendFloat(math.Exp(industry.Entropy(sums)))
		strong.AppendInt(int64(leading))
		stageEntropy.AppendFloat(industry.Entropy(ofStages))
		stages.AppendFloat(math.Exp(industry.Entropy(ofStages)))
		x, i := downstream(m.Exports[row], byStage), downstream(m.Imports[row], byStage)
		downExports.AppendFloat(x)
		downImports.AppendFloat(i)
		gap.AppendFloat(x - i)
		eci.AppendFloat(index)
		rank.AppendInt(int64(place))
		if b.positions != nil {
			for k, values := range [][]float64{m.Exports[row], m.Imports[row]} {
				mean, covered := b.positions.mean(b.Dataset.Manifest().Nomenclature, m.Products, values)
				position[2*k].AppendFloat(mean)
				position[2*k+1].AppendFloat(covered)
			}
		}
	}
}

// complexityOf is the economy's index and place; NaN and 0 where they are unknown.
func complexityOf(m *industry.Year, row int) (index float64, place int) {
	c, err := m.Complexity(industry.MinExports)
	if err != nil || math.IsNaN(c.ECI[row]) {
		return math.NaN(), 0
	}
	place = 1
	for _, other := range c.ECI {
		if other > c.ECI[row] {
			place++
		}
	}
	return c.ECI[row], place
}

// stageColumns are those of a row a stage and year, and what adds these.
func (b *breadth) stageColumns() ([]*result.Column, func(m *industry.Year, row, y int)) {
	year, label := result.IntColumn("year", result.Year, "Calendar year."), result.TextColumn("economy", "Economy, ISO3.")
	stage := result.TextColumn("stage", "Stage of processing (list bec): primary, processed, parts, capital, consumption, unclassified.")
	traded := result.IntColumn("traded_products", "count", "Products of the stage that anybody trades in the year.")
	exported := result.IntColumn("exported_products", "count", "Products of the stage that the economy exports.")
	advantages := result.IntColumn("rca_products", "count", "Products with an RCA of at least 1 (Balassa 1965).")
	advantageShare := result.FloatColumn("rca_share", result.Share, "These ÷ products of the stage traded.")
	rca := result.FloatColumn("rca", "index", "Revealed comparative advantage in the stage as a whole.")
	exports, imports := result.FloatColumn("exports_usd", result.USD, "Exports of the economy."), result.FloatColumn("imports_usd", result.USD, "Imports of the economy.")
	exportShare, importShare := result.FloatColumn("export_share", result.Share, "Share of the stage in its exports."), result.FloatColumn("import_share", result.Share, "Share of the stage in its imports.")
	difference := result.FloatColumn("share_difference", "index", "Share in exports less share in imports, −1 to 1: above 0 the economy is specialised in the stage. They add to 0.")
	market := result.FloatColumn("world_market_share", result.Share, "Exports ÷ world exports of the stage.")
	entropy := result.FloatColumn("effective_products", "count", "Exponential of the entropy of its exports over the products of the stage (Shannon 1948).")
	columns := []*result.Column{year, label, stage, traded, exported, advantages, advantageShare, rca, exports, exportShare, imports, importShare, difference, market, entropy}
	return columns, func(m *industry.Year, row, y int) {
		bought := b.coverageOf(&b.importers.parties[0], y).status
		allExports, allImports := sumOf(m.Exports[row], m.All()), orNaN(bought, sumOf(m.Imports[row], m.All()))
		for i, products := range b.stages(m) {
			name := sector.Unclassified
			if i < len(sector.Stages) {
				name = sector.Stages[i]
			}
			n, out := m.Advantages(row, products)
			x, in := sumOf(m.Exports[row], products), orNaN(bought, sumOf(m.Imports[row], products))
			var values []float64
			for _, p := range products {
				values = append(values, m.Exports[row][p])
			}
			year.AppendInt(int64(y))
			label.AppendText(b.label)
			stage.AppendText(name)
			traded.AppendInt(int64(len(products)))
			exported.AppendInt(int64(out))
			advantages.AppendInt(int64(n))
			advantageShare.AppendFloat(float64(n) / float64(len(products)))
			rca.AppendFloat(m.RCA(row, products...))
			exports.AppendFloat(x)
			exportShare.AppendFloat(x / allExports)
			imports.AppendFloat(in)
			importShare.AppendFloat(in / allImports)
			difference.AppendFloat(x/allExports - in/allImports)
			market.AppendFloat(x / sumOf(m.World, products))
			entropy.AppendFloat(math.Exp(industry.Entropy(values)))
		}
	}
}
