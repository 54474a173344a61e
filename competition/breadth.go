package competition

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"chokepoint/chokepoints"
	"chokepoint/fault"
	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/study"
)

// BreadthQuestion is the question breadth.
var BreadthQuestion = &study.Question{
	Name: "breadth", Short: "Show how broad an economy's industrial base is: products with advantage, diversity, stages of processing, complexity",
	Schemas: []study.Schema{BreadthSchema, PositionSchema, StageSchema},
	Long: `Show how broad an economy's industrial base is, year by year: in how many products it has a revealed comparative advantage, how
evenly its exports are spread over products, sectors and stages of processing, how far downstream it sells and buys, and how complex
its exports are. --by stage gives one row per stage: raw, processed, parts, capital, consumption. A bloc (EU27) or merged economies
(CHN+HKG) count as one: what they sell to one another is left out, also from world exports.`,
	Examples: []string{
		`chokepoint breadth --economy CHN`,
		`chokepoint breadth --economy CHN+HKG --years 2024`,
		`chokepoint breadth --economy DEU --years 2024 --by stage`,
		`chokepoint breadth --economy DEU --years 2024 --position upstreamness.csv`,
	},
	Parameters: study.ParameterList([]study.Parameter{study.EconomyParameter, study.ListParameter, FloorsParameter,
		{Name: "by", Standard: "year", Values: []string{"year", "stage"}, Example: "stage", Usage: "year: one row per year; stage: one row per stage of processing"}}, "years"),
	Local: []study.Parameter{macroParameter, {Name: "position", File: ".csv", Example: "upstreamness.csv",
		Usage: "a CSV file with code,position: measured positions of products in the chain, for instance upstreamness"}},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		positions, err := positionsOf(s, r)
		if err != nil {
			return nil, err
		}
		return Breadth(ctx, s, r.Own["economy"], r.Own["list"], r.Own["by"], r.Own["floors"], positions, r.Query)
	},
}

// positionsOf reads the file of positions that a request names; nil where it names none.
func positionsOf(s *study.Source, r study.Request) (*chokepoints.Positions, error) {
	name := r.Own["position"]
	if name == "" {
		return nil, nil
	}
	if r.Own["by"] != "year" {
		return nil, fault.Questionf("--position is a mean over all stages: leave out --by %s", r.Own["by"])
	}
	data, err := s.Files(name)
	if err != nil {
		return nil, err
	}
	s.Use("positions", filepath.Base(name), data)
	positions, err := chokepoints.ParsePositions(name, data)
	return positions, fault.Question(err)
}

// Breadth says how wide an economy's industrial base is, year by year: in how many products it has an advantage, how evenly
// its exports spread over products, sectors and stages of processing, how far down the chain it sells and buys, how complex its
// exports are. by is year, or stage for one row per stage. floorsName names the floors of complexity. positions gives a measured position to
// products; nil is none.
func Breadth(ctx context.Context, s *study.Source, economy, list, by, floorsName string, positions *chokepoints.Positions, q study.Query) (*result.Table, error) {
	q.Importers = economy
	st, err := s.OneUnit(ctx, q, economy)
	if err != nil {
		return nil, err
	}
	floors, err := floorsOf(st, floorsName)
	if err != nil {
		return nil, err
	}
	groups, about, err := s.Groups(list)
	if err != nil {
		return nil, err
	}
	if err := st.CheckChosen(ctx, list, groups); err != nil {
		return nil, err
	}
	s.UseStages()
	b := &breadth{Study: st, label: st.ImporterSide.Parties[0].Label, groups: groups, positions: positions, floors: floors, left: map[int]*left{}}
	err = study.InOrder(ctx, st.Years, func(y int) (rows breadthRows, err error) {
		m, row, err := yearOf(ctx, st, unitOf(st, y), y)
		switch {
		case err != nil || row < 0:
		case by == "stage":
			rows.byStage = b.stageRows(m, row, y)
		default:
			row, l := b.yearRow(m, row, y)
			rows.byYear, rows.left = []BreadthRow{row}, l
		}
		return rows, err
	}, func(y int, rows breadthRows) error {
		b.byYear, b.byStage = append(b.byYear, rows.byYear...), append(b.byStage, rows.byStage...)
		if rows.left != nil {
			b.left[y] = rows.left
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := b.table(by)
	st.NoteUnit(t)
	if by == "stage" {
		about = []result.Note{{Kind: result.Origin, Text: stageSource()}}
	}
	t.Add(append(about, st.WorldLacks()...)...)
	t.Add(st.Coverage()...)
	if by != "stage" {
		b.noteFloors(t)
		t.Note("downstream: %s", stageSource())
		t.Note("downstream is an ordinal index of our own over stages; upstreamness proper (Antràs, Chor, Fally and Hillberry 2012) needs input-output tables: --position FILE takes a table of it by product")
	}
	if positions != nil {
		t.Add(result.NotesOf(result.Origin, positions.Notes(s.Dataset)...)...)
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
	*study.Study
	label     string
	groups    []study.ProductGroup
	positions *chokepoints.Positions
	floors    *floors
	left      map[int]*left // by year: who has no part in complexity
	byYear    []BreadthRow
	byStage   []StageRow
}

// breadthRows are the rows of a year, and who has no part in its complexity; nil where nobody asks.
type breadthRows struct {
	byYear  []BreadthRow
	byStage []StageRow
	left    *left
}

// table is the answer, of one row per stage or a year.
func (b *breadth) table(by string) *result.Table {
	name, years, schema := b.ImporterSide.Parties[0].Name, study.YearsText(b.Years), BreadthSchema
	if by == "stage" {
		return study.Answer(b.Study, StageSchema, fmt.Sprintf("%s: trade by stage of processing, %s", name, years), b.byStage)
	}
	if b.positions != nil {
		schema = PositionSchema
	}
	return study.Answer(b.Study, schema, fmt.Sprintf("%s: breadth of exports, %s", name, years), b.byYear)
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

// BreadthRow says how wide an economy's exports are in a year. Positions are NaN where no file gives them.
type BreadthRow struct {
	Year                                  int
	Economy                               string
	Traded, Exported, Advantages          int // products
	AdvantageShare                        float64
	Entropy, Effective                    float64 // over products
	EffectiveSectors                      float64
	StrongSectors                         int
	StageEntropy, EffectiveStages         float64
	DownstreamExports, DownstreamImports  float64
	ECI                                   float64
	ECIRank                               int
	PositionExports, PositionExportsShare float64
	PositionImports, PositionImportsShare float64
	Tenth                                 int     // products of which it sells at least a tenth
	TenthShare                            float64 // of the products traded
	EffectiveHHI                          float64 // inverse of the Herfindahl index of exports over products
	Status, ImportsStatus                 result.Status
}

// Tables of breadth by year: BreadthSchema, and PositionSchema where a file gives positions.
var (
	breadthFields = []result.Field[BreadthRow]{
		result.IntField("year", result.Year, "Calendar year.", func(r *BreadthRow) int { return r.Year }),
		result.TextField("economy", "Economy or bloc: ISO3 code, or as written in the question.", func(r *BreadthRow) string { return r.Economy }),
		result.IntField("traded_products", "count", "Products that are traded in the year.", func(r *BreadthRow) int { return r.Traded }),
		result.IntField("exported_products", "count", "Products that the economy exports.", func(r *BreadthRow) int { return r.Exported }),
		result.IntField("rca_products", "count", "Products with an RCA of at least 1 (Balassa 1965).", func(r *BreadthRow) int { return r.Advantages }),
		result.FloatField("rca_share", result.Share, "rca_products ÷ traded_products. A share, because the number of codes in use falls over the life of an HS revision.", func(r *BreadthRow) float64 { return r.AdvantageShare }).Titled("Share of products with a comparative advantage"),
		result.FloatField("entropy_products", "nats", "Entropy of exports over products (Shannon 1948).", func(r *BreadthRow) float64 { return r.Entropy }),
		result.FloatField("effective_products", "count", "Exponential of entropy_products: the number of products of equal value that would be as diverse.", func(r *BreadthRow) float64 { return r.Effective }).Titled("Effective number of products"),
		result.FloatField("effective_sectors", "count", "The same for the sectors of the list.", func(r *BreadthRow) float64 { return r.EffectiveSectors }),
		result.IntField("rca_sectors", "count", "Sectors of the list with an RCA of at least 1.", func(r *BreadthRow) int { return r.StrongSectors }),
		result.FloatField("entropy_stages", "nats", "Entropy of exports over the stages of processing (primary, processed, parts, capital, consumption), without unclassified goods.", func(r *BreadthRow) float64 { return r.StageEntropy }),
		result.FloatField("effective_stages", "count", "Exponential of entropy_stages, 1 to 5.", func(r *BreadthRow) float64 { return r.EffectiveStages }).Titled("Effective number of stages of processing"),
		result.FloatField("downstream_exports", "index", "How far down the supply chain exports are: mean by value of primary 0, processed ⅓, parts ⅔, capital and consumption 1.", func(r *BreadthRow) float64 { return r.DownstreamExports }),
		result.FloatField("downstream_imports", "index", "The same for imports.", func(r *BreadthRow) float64 { return r.DownstreamImports }),
		result.FloatField("downstream_gap", "index", "downstream_exports minus downstream_imports. Above 0 the economy's exports are nearer to final use than its imports.", func(r *BreadthRow) float64 { return r.DownstreamExports - r.DownstreamImports }),
		result.FloatField("eci", "index", "Economic complexity index (see complexity).", func(r *BreadthRow) float64 { return r.ECI }),
		result.IntField("eci_rank", "count", "Rank by eci. Missing if eci is missing.", func(r *BreadthRow) int { return r.ECIRank }),
	}
	sizeFields = []result.Field[BreadthRow]{
		result.IntField("tenth_products", "count", "Products in which the economy has at least a tenth of world exports. Unlike RCA, this does not fall by definition as an economy grows.", func(r *BreadthRow) int { return r.Tenth }),
		result.FloatField("tenth_share", result.Share, "tenth_products ÷ traded_products.", func(r *BreadthRow) float64 { return r.TenthShare }).Titled("Share of products with a tenth of world exports"),
		result.FloatField("effective_products_hhi", "count", "1 ÷ the Herfindahl index of exports over products: the number of products of equal value that would be as concentrated. Large products have more weight than in effective_products.", func(r *BreadthRow) float64 { return r.EffectiveHHI }).Titled("Effective number of products (Herfindahl)"),
		result.TextField("status", exportsStatusText, func(r *BreadthRow) string { return string(r.Status) }).AsDetail(),
		result.TextField("imports_status", importsStatusText, func(r *BreadthRow) string { return string(r.ImportsStatus) }).AsDetail(),
	}
	BreadthSchema  = result.NewSchema("breadth", append(slices.Clone(breadthFields), sizeFields...)...).InOrder("a series of years")
	PositionSchema = result.NewSchema("breadth", append(append(slices.Clone(breadthFields),
		result.FloatField("position_exports", "index", "Position by the file named, mean weighted by exports of the products that it has.", func(r *BreadthRow) float64 { return r.PositionExports }),
		result.FloatField("position_exports_share", result.Share, "Share of exports that these are.", func(r *BreadthRow) float64 { return r.PositionExportsShare }),
		result.FloatField("position_imports", "index", "The same weighted by imports.", func(r *BreadthRow) float64 { return r.PositionImports }),
		result.FloatField("position_imports_share", result.Share, "Share of imports that these are.", func(r *BreadthRow) float64 { return r.PositionImportsShare }),
	), sizeFields...)...).InOrder("a series of years")
)

// yearRow is the row of a year, and says who has no part in its complexity.
func (b *breadth) yearRow(m *industry.Year, row, y int) (BreadthRow, *left) {
	n, out := m.Advantages(row, m.All())
	h := industry.Entropy(m.Exports(row))
	var sums []float64
	leading := 0
	for _, g := range b.groups {
		products := m.Columns(g.Products)
		sums = append(sums, sumOf(m.Exports(row), products))
		if m.RCA(row, products...) >= 1 {
			leading++
		}
	}
	byStage := b.stages(m)
	var ofStages []float64
	for _, products := range byStage[:len(sector.Stages)] {
		ofStages = append(ofStages, sumOf(m.Exports(row), products))
	}
	index, place, l := b.complexityOf(m, row, y)
	r := BreadthRow{
		Year: y, Economy: b.label, Traded: len(m.Products), Exported: out, Advantages: n, AdvantageShare: float64(n) / float64(len(m.Products)),
		Entropy: h, Effective: math.Exp(h), EffectiveSectors: math.Exp(industry.Entropy(sums)), StrongSectors: leading,
		StageEntropy: industry.Entropy(ofStages), EffectiveStages: math.Exp(industry.Entropy(ofStages)),
		DownstreamExports: downstream(m.Exports(row), byStage), DownstreamImports: downstream(m.Imports[row], byStage),
		ECI: index, ECIRank: place,
		PositionExports: math.NaN(), PositionExportsShare: math.NaN(), PositionImports: math.NaN(), PositionImportsShare: math.NaN(),
	}
	r.Status, r.ImportsStatus = b.WorldStatus(y), b.CoverageOf(&b.ImporterSide.Parties[0], y).Status
	r.DownstreamImports = r.ImportsStatus.Float(r.DownstreamImports)
	r.Tenth, r.EffectiveHHI = large(m, row)
	r.TenthShare = float64(r.Tenth) / float64(len(m.Products))
	if b.positions != nil {
		n := b.Dataset.Manifest().Nomenclature
		r.PositionExports, r.PositionExportsShare = b.positions.Mean(n, m.Products, m.Exports(row))
		r.PositionImports, r.PositionImportsShare = b.positions.Mean(n, m.Products, m.Imports[row])
	}
	return r, l
}

// large is how many products the economy has at least a tenth of world exports of, and the inverse Herfindahl index of its exports.
func large(m *industry.Year, row int) (n int, effective float64) {
	var sum, squares float64
	for p, x := range m.Exports(row) {
		if x > 0 && 10*x >= m.World[p] { // exact in whole dollars
			n++
		}
		sum += x
		squares += x * x
	}
	return n, sum * sum / squares
}

// complexityOf is the economy's index and place; both are missing where they are unknown. It says who has no part.
func (b *breadth) complexityOf(m *industry.Year, row, year int) (index float64, place int, l *left) {
	c, l, err := b.floors.complexity(m, unitOf(b.Study, year))
	if err != nil || math.IsNaN(c.ECI[row]) {
		return math.NaN(), result.MissingInt, l
	}
	return c.ECI[row], places(c.ECI)(c.ECI[row]), l
}

// noteFloors says who has a part in the complexity of the last year that has any; complexity says it of others.
func (b *breadth) noteFloors(t *result.Table) {
	for _, y := range slices.Backward(b.Years) {
		if l := b.left[y]; l != nil {
			b.floors.note(t, y, l)
			return
		}
	}
}

// StageRow is an economy's trade in the goods of a stage of processing in a year.
type StageRow struct {
	Year                         int
	Economy, Stage               string
	Traded, Exported, Advantages int // products
	AdvantageShare, RCA          float64
	Exports, ExportShare         float64
	Imports, ImportShare         float64
	MarketShare, Effective       float64
	Status, ImportsStatus        result.Status
}

// StageSchema is the table of breadth by stage.
var StageSchema = result.NewSchema("breadth",
	result.IntField("year", result.Year, "Calendar year.", func(r *StageRow) int { return r.Year }),
	result.TextField("economy", "Economy or bloc: ISO3 code, or as written in the question.", func(r *StageRow) string { return r.Economy }),
	result.TextField("stage", "Stage of processing (list bec): primary, processed, parts, capital, consumption or unclassified.", func(r *StageRow) string { return r.Stage }),
	result.IntField("traded_products", "count", "Products of the stage that are traded in the year.", func(r *StageRow) int { return r.Traded }),
	result.IntField("exported_products", "count", "Products of the stage that the economy exports.", func(r *StageRow) int { return r.Exported }),
	result.IntField("rca_products", "count", "Products with an RCA of at least 1 (Balassa 1965).", func(r *StageRow) int { return r.Advantages }),
	result.FloatField("rca_share", result.Share, "rca_products ÷ traded_products.", func(r *StageRow) float64 { return r.AdvantageShare }).Titled("Share of products with a comparative advantage"),
	result.FloatField("rca", "index", "Revealed comparative advantage in the stage as a whole.", func(r *StageRow) float64 { return r.RCA }),
	result.FloatField("exports_usd", result.USD, "The economy's exports.", func(r *StageRow) float64 { return r.Exports }),
	result.FloatField("export_share", result.Share, "The stage's share of the economy's exports.", func(r *StageRow) float64 { return r.ExportShare }),
	result.FloatField("imports_usd", result.USD, "The economy's imports.", func(r *StageRow) float64 { return r.Imports }),
	result.FloatField("import_share", result.Share, "The stage's share of the economy's imports.", func(r *StageRow) float64 { return r.ImportShare }),
	result.FloatField("share_difference", "index", "export_share minus import_share, −1 to 1. Above 0 the economy is specialised in the stage. The values of all stages add up to 0.", func(r *StageRow) float64 { return r.ExportShare - r.ImportShare }),
	result.FloatField("world_market_share", result.Share, "Exports ÷ world exports of the stage.", func(r *StageRow) float64 { return r.MarketShare }),
	result.FloatField("effective_products", "count", "Exponential of the entropy of the economy's exports over the products of the stage (Shannon 1948).", func(r *StageRow) float64 { return r.Effective }).Titled("Effective number of products"),
	result.TextField("status", exportsStatusText, func(r *StageRow) string { return string(r.Status) }).AsDetail(),
	result.TextField("imports_status", importsStatusText, func(r *StageRow) string { return string(r.ImportsStatus) }).AsDetail(),
).InOrder("stages of processing, from first to last")

// What columns of statuses say where exports, and imports, are what figures are based on.
const (
	exportsStatusText = "What export figures are based on: observed; partial, if the dataset lacks importers, whose purchases are then not in exports."
	importsStatusText = "What import figures are based on: observed; partial, if the dataset lacks the imports of members; missing, if it has no imports."
)

// stageRows are those of a year.
func (b *breadth) stageRows(m *industry.Year, row, y int) (rows []StageRow) {
	bought := b.CoverageOf(&b.ImporterSide.Parties[0], y).Status
	allExports, allImports := sumOf(m.Exports(row), m.All()), bought.Float(sumOf(m.Imports[row], m.All()))
	for i, products := range b.stages(m) {
		name := sector.Unclassified
		if i < len(sector.Stages) {
			name = sector.Stages[i]
		}
		n, out := m.Advantages(row, products)
		x, in := sumOf(m.Exports(row), products), bought.Float(sumOf(m.Imports[row], products))
		var values []float64
		for _, p := range products {
			values = append(values, m.Exports(row)[p])
		}
		rows = append(rows, StageRow{
			Year: y, Economy: b.label, Stage: name, Traded: len(products), Exported: out, Advantages: n, AdvantageShare: float64(n) / float64(len(products)),
			RCA: m.RCA(row, products...), Exports: x, ExportShare: x / allExports, Imports: in, ImportShare: in / allImports,
			MarketShare: x / sumOf(m.World, products), Effective: math.Exp(industry.Entropy(values)), Status: b.WorldStatus(y), ImportsStatus: bought,
		})
	}
	return rows
}
