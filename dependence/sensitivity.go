package dependence

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/study"
	"chokepoint/trade"
)

// SensitivityQuestion is the question sensitivity.
var SensitivityQuestion = &study.Question{
	Name: "sensitivity", Short: "Show how counts change over a grid of two thresholds, and which products stay flagged",
	Schemas: []study.Schema{SensitivitySchema, SteadinessSchema},
	Long: `Count dependencies over a grid of two thresholds of a method. Without --x and --y the first two thresholds vary
from half to one and a half times the published value; for a method with a single threshold the grid has one row. --by product
lists the products flagged anywhere on the grid with the share of the grid on which they are flagged: 1 means that no threshold
matters, 0.1 that all of them do.

Thresholds are named by the left side of their criterion; "imports >= 2 * exports" is imports/exports. At the published
thresholds the grid equals the count. The default is the latest year. The table format prints a matrix, the others one row per
point.`,
	Examples: []string{
		`chokepoint sensitivity --importers USA --partners CHN`,
		`chokepoint sensitivity --importers EU27 --partners CHN --x partner_share=0.2:0.6:0.05 --y partner_world_share=0.1:0.5:0.1`,
		`chokepoint sensitivity --importers USA --partners CHN --x imports/exports=1:4:0.5 --y partner_share=0.3:0.6:0.1`,
		`chokepoint sensitivity --importers JPN --method geodep-2024 --by product --format csv`,
	},
	Parameters: study.ParameterList([]study.Parameter{
		{Name: "x", Example: "partner_share=0.2:0.6:0.05", Usage: "first threshold, as indicator=from:to:step"},
		{Name: "y", Example: "partner_world_share=0.1:0.5:0.1", Usage: "second threshold, as indicator=from:to:step"},
		{Name: "by", Standard: "point", Values: []string{"point", "product"}, Example: "product", Usage: "point: the points of the grid; product: the products"},
	}, study.Judged...),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Sensitivity(ctx, s, r.Query, r.Own["x"], r.Own["y"], r.Own["by"] == "product")
	},
	Print: func(ctx context.Context, s *study.Source, r study.Request) (study.Text, error) {
		t, err := Sensitivity(ctx, s, r.Query, r.Own["x"], r.Own["y"], r.Own["by"] == "product")
		if err != nil {
			return nil, err
		}
		if r.Own["by"] != "product" {
			t = GridMatrix(t)
		}
		return func(w io.Writer, opt result.Options) error { return result.Write(w, t, result.FormatTable, opt) }, nil
	},
}

// maxSteps bounds the thresholds of one axis, so that those a cell meets fit into one word beside the published one.
const maxSteps = 63

// axis is one threshold of a method, with the values that it takes on the grid. The zero axis, of a method with a single
// threshold, has one point that every cell meets.
type axis struct {
	criterion int    // of the method; -1 for none
	name      string // as in --x
	short     string // the left side alone, which will do where it names one threshold only
	published string
	values    []string // as decimal text, ascending
	criteria  []*indicator.Criterion
	at        int // index into criteria of the published threshold, which comes last where it is none of the values
}

// Sensitivity counts dependencies over a grid of two thresholds of a method. x and y name them as
// `indicator=from:to:step`; where they are empty the first two thresholds of the method vary from half to one and a
// half times what is published. A method with a single threshold has a grid of one row. With byProduct it lists instead,
// for each product flagged anywhere on the grid, the share of the grid on which it is. Without years in q it is the
// latest. All points are judged in one scan; that of the published thresholds is the count.
func Sensitivity(ctx context.Context, s *study.Source, q study.Query, x, y string, byProduct bool) (*result.Table, error) {
	if strings.TrimSpace(q.Years) == "" || strings.TrimSpace(q.Years) == "all" {
		q.Years = fmt.Sprint(slices.Max(s.Dataset.Years()))
	}
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(st.Methods) != 1 {
		return nil, fault.Questionf("sensitivity: %d methods; expected one", len(st.Methods))
	}
	m := st.Methods[0]
	g := &grid{}
	if g.x, g.y, err = axes(m, x, y); err != nil {
		return nil, err
	}
	if g.Scan, err = NewScan(st, m); err != nil {
		return nil, err
	}
	for i, c := range m.Criteria {
		if i != g.x.criterion && i != g.y.criterion {
			g.fixed = append(g.fixed, c)
		}
	}
	varied := g.x.name
	if g.y.criterion >= 0 {
		varied += " and " + g.y.name
	}
	title := fmt.Sprintf("Sensitivity of %s to %s: %s", m.ID, varied, countTitle(st))
	if byProduct {
		return g.byProduct(ctx, title)
	}
	return g.byPoint(ctx, title)
}

// axes finds the two thresholds to vary.
func axes(m *method.Method, x, y string) (first, second axis, err error) {
	all := thresholds(m)
	if len(all) == 0 {
		return first, second, fault.Questionf("sensitivity: no criterion of %s has the form `indicator > number` or `indicator > number * indicator`", m.ID)
	}
	pick := func(spec string, taken int) (axis, error) {
		name, values, given := strings.Cut(spec, "=")
		name = strings.TrimSpace(name)
		for _, a := range all {
			if a.criterion != taken && (spec == "" || a.name == name || a.short == name) {
				err := a.fill(m, values, given)
				return a, err
			}
		}
		var names []string
		for _, a := range all {
			names = append(names, a.name)
		}
		return axis{}, fault.Questionf("sensitivity: %s has no threshold on %q; it has: %s%s", m.ID, name, strings.Join(names, ", "), spelling.Hint(name, names))
	}
	none := axis{criterion: -1, name: "-", published: "-", values: []string{"-"}}
	switch {
	case x == "" && y != "": // do not take the threshold that y asks for
		if second, err = pick(y, -1); err != nil {
			return first, second, err
		}
		if len(all) == 1 {
			return second, none, nil
		}
		first, err = pick("", second.criterion)
	default:
		if first, err = pick(x, -1); err != nil {
			return first, second, err
		}
		if len(all) == 1 && y == "" {
			return first, none, nil
		}
		second, err = pick(y, first.criterion)
	}
	return first, second, err
}

// thresholds lists the criteria with a number to vary. Plain thresholds come first: they say more than factors between
// indicators.
func thresholds(m *method.Method) []axis {
	var all []axis
	for i, c := range m.Criteria {
		name, value, _, ok := c.Threshold()
		if !ok {
			continue
		}
		a := axis{criterion: i, name: name, short: name, published: value}
		if factorOf(m, a) == 1 {
			_, right, _ := strings.Cut(c.Sides()[0].Right.Text, " * ")
			a.name += "/" + right
		}
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b axis) int { return factorOf(m, a) - factorOf(m, b) })
	return all
}

// factorOf is 1 where the threshold is a factor of another indicator.
func factorOf(m *method.Method, a axis) int {
	if len(m.Criteria[a.criterion].Sides()[0].Right.Indicators()) > 0 || len(m.Criteria[a.criterion].Sides()[0].Right.Sums()) > 0 {
		return 1
	}
	return 0
}

// fill computes the values of the axis as exact decimals and the criterion for each.
func (a *axis) fill(m *method.Method, spec string, given bool) error {
	from, to, step := new(big.Rat), new(big.Rat), new(big.Rat)
	if given {
		wrong := func(why string) error {
			return fault.Questionf("sensitivity: %s=%s: expected from:to:step with a step above 0, for example %s=0.2:0.6:0.05%s", a.name, study.Shortened(spec), a.name, why)
		}
		parts := strings.Split(spec, ":")
		if len(parts) != 3 {
			return wrong("")
		}
		for i, r := range []*big.Rat{from, to, step} {
			n, err := indicator.ParseNumber(parts[i])
			if err != nil {
				return wrong("; " + err.Error())
			}
			r.Set(n.Rat())
		}
		if step.Sign() <= 0 || from.Cmp(to) > 0 {
			return wrong("")
		}
	} else {
		published := rational(a.published)
		if published.Sign() == 0 {
			return fault.Questionf("sensitivity: the threshold of %s is 0; expected %s=from:to:step", a.name, a.name)
		}
		from.Mul(published, big.NewRat(1, 2))
		to.Mul(published, big.NewRat(3, 2))
		step.Mul(published, big.NewRat(1, 10))
	}
	for v := from; v.Cmp(to) <= 0; v = new(big.Rat).Add(v, step) {
		if len(a.values) == maxSteps {
			return fault.Questionf("sensitivity: %s=%s has more than %d steps", a.name, spec, maxSteps)
		}
		a.values = append(a.values, decimalText(v))
	}
	_, _, with, _ := m.Criteria[a.criterion].Threshold()
	for _, v := range a.values {
		c, err := with(v)
		if err != nil {
			return fault.Questionf("sensitivity: %s=%s: %w", a.name, v, err)
		}
		a.criteria = append(a.criteria, c)
	}
	if a.at = slices.IndexFunc(a.values, a.isPublished); a.at < 0 {
		a.at = len(a.criteria)
		a.criteria = append(a.criteria, m.Criteria[a.criterion])
	}
	return nil
}

// decimalText prints a decimal fraction with all its digits.
func decimalText(r *big.Rat) string {
	digits, _ := r.FloatPrec() // sums and products of decimals are decimals
	return r.FloatString(digits)
}

// rational is the exact value of a number that a criterion has, or might have.
func rational(text string) *big.Rat {
	n, err := indicator.ParseNumber(text)
	if err != nil {
		panic(fmt.Sprintf("threshold %q: %v", text, err)) // it was parsed as part of the criterion
	}
	return n.Rat()
}

func (a *axis) isPublished(value string) bool {
	if a.criterion < 0 {
		return true
	}
	return rational(value).Cmp(rational(a.published)) == 0
}

// points is the number of criteria that a cell is judged by, 1 for no axis.
func (a *axis) points() int { return max(1, len(a.criteria)) }

// shown is the bits of those points that are on the grid.
func (a *axis) shown() uint64 { return 1<<len(a.values) - 1 }

// grid is one scan that judges every point of the grid at once.
type grid struct {
	*Scan
	x, y  axis
	fixed []*indicator.Criterion // the other criteria of the method
	past  []map[pastKey]square   // by product, where the method asks for several years
}

// square is the points of the grid at which a cell meets the criteria: every bit of x with every bit of y.
type square struct{ x, y uint64 }

func (s square) empty() bool { return s.x == 0 || s.y == 0 }

// pastKey is a cell, as the history of a scan names it, in a year.
type pastKey struct {
	importer, partner int32 // partner is -1 for cells that have none
	year              int
}

// gridCell is a product somewhere on the grid: bit j of points[i] says that it is flagged at x[i], y[j].
type gridCell struct {
	year              int
	importer, partner int32
	product           string
	points            []uint64
	importers         []gridImporter
}

// gridImporter is the part of one of the importers that a party consists of.
type gridImporter struct {
	group   int32
	imports float64
	points  []uint64
}

// imports at a point are those of the importers that depend there.
func (c *gridCell) imports(i, j int) float64 {
	var sum float64
	for _, imp := range c.importers {
		if imp.points[i]>>j&1 != 0 {
			sum += imp.imports
		}
	}
	return sum
}

// total is the imports of all importers that depend anywhere.
func (c *gridCell) total() float64 {
	var sum float64
	for _, imp := range c.importers {
		sum += imp.imports
	}
	return sum
}

// gridJudge is the kernel's visitor.
type gridJudge struct {
	judge
	grid    *grid
	cells   []gridCell
	squares []square // of the cells at hand
	met     []bool
}

func (g *grid) run(ctx context.Context, done func(year int, cells []gridCell) error) error {
	g.begin()
	g.past = make([]map[pastKey]square, len(g.place))
	g.applied = g.fixed
	if g.window > 1 {
		g.whole = func(product string) bool { return len(g.past[g.place[product]]) > 0 }
	}
	var cells []gridCell
	return scanYears(ctx, g.Scan,
		func() *gridJudge { return &gridJudge{judge: judge{Scan: g.Scan}, grid: g} },
		func(j *gridJudge) { cells = append(cells, j.cells...) },
		func(year int) error {
			defer func() { cells = nil }()
			return done(year, cells)
		})
}

func (j *gridJudge) reset() { j.cells = j.cells[:0] }

// Importers implements kernel.Visitor.
func (j *gridJudge) Importers(b *kernel.Batch) error {
	j.scratch.Reset()
	switch {
	case !j.pairs:
		return j.judgePoints(b)
	case j.onlyTop && j.window > 1:
		// As in judge.Importers: the importer is judged also in years without imports from the partner.
		past := j.pastOf(b.Product)
		squares, err := j.judgeSquares(b)
		if err != nil {
			return err
		}
		for i, s := range squares {
			if !s.empty() {
				past[pastKey{b.Importer[i], -1, b.Year}] = s
			}
		}
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (j *gridJudge) Pairs(b *kernel.Batch) error {
	j.scratch.Reset()
	return j.judgePoints(b)
}

func (j *gridJudge) pastOf(product string) map[pastKey]square {
	at := &j.grid.past[j.place[product]]
	if *at == nil {
		*at = map[pastKey]square{}
	}
	return *at
}

// judgeSquares finds the points at which each cell of a batch meets the criteria this year.
func (j *gridJudge) judgeSquares(b *kernel.Batch) ([]square, error) {
	now, err := j.judge.meet(b, j.grid.fixed, &j.now)
	if err != nil {
		return nil, err
	}
	j.squares = slices.Grow(j.squares[:0], b.N)[:b.N]
	clear(j.squares)
	for k, a := range []*axis{&j.grid.x, &j.grid.y} {
		bits := func(i int) *uint64 {
			if k == 0 {
				return &j.squares[i].x
			}
			return &j.squares[i].y
		}
		for n, c := range a.criteria {
			j.met = append(j.met[:0], now...)
			if err := c.Meet(&b.Columns, &j.scratch, j.met, b.Exact); err != nil {
				return nil, err
			}
			for i, met := range j.met {
				if met {
					*bits(i) |= 1 << n
				}
			}
		}
		if len(a.criteria) == 0 {
			for i, met := range now {
				if met {
					*bits(i) = 1
				}
			}
		}
	}
	return j.squares, nil
}

// judgePoints finds the points at which each cell of a product is flagged, persistence included, and folds it into the
// parties that it belongs to.
func (j *gridJudge) judgePoints(b *kernel.Batch) error {
	squares, err := j.judgeSquares(b)
	if err != nil {
		return err
	}
	asked := slices.Contains(j.Years, b.Year)
	clear(j.entries)
	points := make([]uint64, j.grid.x.points())
	for i, s := range squares {
		any := !s.empty()
		if j.window > 1 {
			any = j.persist(b, i, s, points)
		} else if any {
			s.spread(points)
		}
		if any && asked && (!j.onlyTop || j.partnerIsTop(b, i)) {
			j.foldPoints(b, i, points)
		}
	}
	return nil
}

// spread writes the points of a square.
func (s square) spread(points []uint64) {
	for k := range points {
		points[k] = 0
		if s.x>>k&1 != 0 {
			points[k] = s.y
		}
	}
}

// persist records the square of cell i and writes the points at which enough years of the window meet the criteria. Its
// keys are those of judge.flagged.
func (j *gridJudge) persist(b *kernel.Batch, i int, now square, points []uint64) (any bool) {
	past := j.pastOf(b.Product)
	partner := int32(-1)
	if b.Partner != nil {
		partner = j.judgedAs(b.Partner[i])
	}
	if !now.empty() && !(j.onlyTop && partner < 0) { // else Importers has recorded it
		past[pastKey{b.Importer[i], partner, b.Year}] = now
	}
	var years []square
	for n := range j.window {
		if s := past[pastKey{b.Importer[i], partner, study.Back(b.Year, n)}]; !s.empty() {
			years = append(years, s)
		}
	}
	want := j.Method.Persistence.Years
	if len(years) < want {
		return false
	}
	for k := range points {
		points[k] = 0
		for n := range j.grid.y.points() {
			held := 0
			for _, s := range years {
				held += int((s.x >> k) & (s.y >> n) & 1)
			}
			if held >= want {
				points[k] |= 1 << n
				any = true
			}
		}
	}
	return any
}

func (j *gridJudge) foldPoints(b *kernel.Batch, i int, points []uint64) {
	partners := []int32{-1}
	if b.Partner != nil {
		partners = j.Partners.PartiesOf[b.Partner[i]]
	}
	for _, importer := range j.ImporterSide.PartiesOf[b.Importer[i]] {
		for _, partner := range partners {
			c := j.cell(b, importer, partner)
			// Cells of one importer follow one another: its imports count once, however many partners it depends on.
			if n := len(c.importers); n == 0 || c.importers[n-1].group != b.Importer[i] {
				c.importers = append(c.importers, gridImporter{b.Importer[i], b.At(indicator.Imports, i), make([]uint64, len(points))})
			}
			last := &c.importers[len(c.importers)-1]
			for k, p := range points {
				c.points[k] |= p
				last.points[k] |= p
			}
		}
	}
}

// cell finds or begins the cell of two parties for the product at hand.
func (j *gridJudge) cell(b *kernel.Batch, importer, partner int32) *gridCell {
	at, known := j.entry(importer, partner, len(j.cells))
	if !known {
		j.cells = append(j.cells, gridCell{year: b.Year, importer: importer, partner: partner, product: b.Product,
			points: make([]uint64, j.grid.x.points())})
	}
	return &j.cells[at]
}

// partyLabels names the importer and the partner of a cell.
func (g *grid) partyLabels(importer, partner int32) (string, string) {
	if partner < 0 {
		return g.ImporterSide.Parties[importer].Label, "-"
	}
	return g.ImporterSide.Parties[importer].Label, g.Partners.Parties[partner].Label
}

// SensitivityRow is the count at one point of a grid of two thresholds.
type SensitivityRow struct {
	Asked
	Method                 string
	X, Y                   string  // thresholds, as decimal text
	Products               int     // result.MissingInt where it cannot be computed
	Imports                float64 // USD; NaN in the same way
	Published              bool    // both thresholds are those of the method
	XThreshold, YThreshold string  // what X and Y are thresholds of
	Status                 result.Status
}

// SensitivitySchema is the table of sensitivity by point. Sentences of its answers name the thresholds.
var SensitivitySchema = sensitivitySchema("one indicator", "another")

func sensitivitySchema(x, y string) *result.Schema[SensitivityRow] {
	return result.NewSchema("sensitivity",
		yearField(func(r *SensitivityRow) *Asked { return &r.Asked }),
		methodField(func(r *SensitivityRow) string { return r.Method }),
		gridImporterField(func(r *SensitivityRow) string { return r.Importer }),
		partnerField(func(r *SensitivityRow) *Asked { return &r.Asked }),
		result.TextField("x", "Threshold on "+x+", as decimal text.", func(r *SensitivityRow) string { return r.X }),
		result.TextField("y", "Threshold on "+y+", as decimal text.", func(r *SensitivityRow) string { return r.Y }),
		result.IntField("products", "count", "Products flagged with these thresholds. Missing if the method cannot be computed or the dataset has no imports of the importer.", func(r *SensitivityRow) int { return r.Products }),
		result.FloatField("imports_usd", result.USD, "Imports of these products from all partners. Missing under the same conditions.", func(r *SensitivityRow) float64 { return r.Imports }).Titled("Imports"),
		result.BoolField("published", "Whether both thresholds are those of the method.", func(r *SensitivityRow) bool { return r.Published }),
		result.TextField("x_threshold", "Name of the threshold x.", func(r *SensitivityRow) string { return r.XThreshold }).AsDetail(),
		result.TextField("y_threshold", "Name of the threshold y.", func(r *SensitivityRow) string { return r.YThreshold }).AsDetail(),
		result.TextField("status", result.StatusText, func(r *SensitivityRow) string { return string(r.Status) }).AsDetail(),
	).InOrder("the points of a grid")
}

func gridImporterField[R any](of func(*R) string) result.Field[R] {
	return result.TextField("importer", "Economy or bloc that depends.", of).Titled("Importer")
}

func (g *grid) byPoint(ctx context.Context, title string) (*result.Table, error) {
	schema := sensitivitySchema(g.x.name, g.y.name)
	var rows []SensitivityRow
	err := g.run(ctx, func(year int, cells []gridCell) error {
		counts := g.amounts(cells)
		for _, key := range sortedKeysOf(counts) {
			importer, partner := g.partyLabels(key[0], key[1])
			status := g.StatusOf(g.Method, &g.ImporterSide.Parties[key[0]], year)
			for n, count := range counts[key] {
				x, y := g.x.values[n/len(g.y.values)], g.y.values[n%len(g.y.values)]
				rows = append(rows, SensitivityRow{Asked: Asked{year, importer, partner}, Method: g.Method.ID, X: x, Y: y,
					Products: status.Int(int(count.products)), Imports: status.Float(count.imports),
					Status: status, Published: g.x.isPublished(x) && g.y.isPublished(y), XThreshold: g.x.name, YThreshold: g.y.name})
			}
		}
		return g.CheckRows(len(rows), schema.Width())
	})
	if err != nil {
		return nil, err
	}
	t := study.JudgedAnswer(g.Study, schema, title, rows)
	t.Add(result.NotesOf(result.Reading, g.notes()...)...)
	return t, nil
}

// amounts adds up the cells of a year by parties and point of the grid.
func (g *grid) amounts(cells []gridCell) map[[2]int32][]amount {
	counts := map[[2]int32][]amount{}
	for _, i := range g.named() {
		counts[i] = make([]amount, len(g.x.values)*len(g.y.values))
	}
	for k := range cells {
		c := &cells[k]
		key := [2]int32{c.importer, c.partner}
		for i, points := range c.points[:len(g.x.values)] {
			for points &= g.y.shown(); points != 0; points &= points - 1 {
				if counts[key] == nil {
					counts[key] = make([]amount, len(g.x.values)*len(g.y.values))
				}
				n := bits.TrailingZeros64(points)
				a := &counts[key][i*len(g.y.values)+n]
				a.products++
				a.imports += c.imports(i, n)
			}
		}
	}
	return counts
}

// gridRow is the points of one threshold x.
type gridRow struct {
	Asked
	x        string
	products []int // by threshold y
}

// gridSchema is the table with a column for each threshold y.
func gridSchema(ys []string) *result.Schema[gridRow] {
	fields := []result.Field[gridRow]{
		yearField(func(r *gridRow) *Asked { return &r.Asked }),
		gridImporterField(func(r *gridRow) string { return r.Importer }),
		partnerField(func(r *gridRow) *Asked { return &r.Asked }),
		result.TextField("x", "First threshold, as decimal text.", func(r *gridRow) string { return r.x }),
	}
	for k, y := range ys {
		name := "y=" + y
		if y == "-" { // the method has one threshold
			name = "products"
		}
		fields = append(fields, result.IntField(name, "count", "Products flagged with these thresholds.", func(r *gridRow) int { return r.products[k] }))
	}
	return result.NewSchema("sensitivity", fields...).InOrder("the points of a grid")
}

// GridMatrix turns the points of Sensitivity into a table for people: one row per threshold x, one column per threshold y,
// products in the cells.
func GridMatrix(points *result.Table) *result.Table {
	var rows []gridRow
	var ys []string
	for _, p := range SensitivitySchema.Rows(points) {
		if n := len(rows); n == 0 || rows[n-1].Asked != p.Asked || rows[n-1].x != p.X { // the points of a row follow one another
			rows = append(rows, gridRow{Asked: p.Asked, x: p.X})
		}
		if !slices.Contains(ys, p.Y) {
			ys = append(ys, p.Y)
		}
		last := &rows[len(rows)-1]
		last.products = append(last.products, p.Products)
	}
	matrix := *points
	matrix.Columns = gridSchema(ys).Table(points.Title, rows).Columns
	matrix.Notes = slices.Clone(points.Notes)
	matrix.Note("the cells are products flagged; other formats have one row per point, with the value of imports")
	return &matrix
}

// notes say what x and y are.
func (g *grid) notes() []string {
	var notes []string
	for _, a := range []struct {
		letter string
		*axis
	}{{"x", &g.x}, {"y", &g.y}} {
		if a.criterion < 0 {
			continue
		}
		note := fmt.Sprintf("%s is the number in `%s`", a.letter, g.Method.Criteria[a.criterion].Text)
		if a.at >= len(a.values) {
			note += ", which is not on the grid"
		}
		notes = append(notes, note)
	}
	return notes
}

// named lists the pairs of parties that have rows also where nothing is flagged.
func (g *grid) named() [][2]int32 {
	var pairs [][2]int32
	for i, importer := range g.ImporterSide.Parties {
		if !importer.Named {
			continue
		}
		if !g.pairs {
			pairs = append(pairs, [2]int32{int32(i), -1})
		}
		for p, partner := range g.Partners.Parties {
			if g.pairs && partner.Named {
				pairs = append(pairs, [2]int32{int32(i), int32(p)})
			}
		}
	}
	return pairs
}

func sortedKeysOf[V any](m map[[2]int32]V) [][2]int32 {
	keys := make([][2]int32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]int32) int {
		if a[0] != b[0] {
			return int(a[0] - b[0])
		}
		return int(a[1] - b[1])
	})
	return keys
}

// SteadinessRow is a product that is flagged somewhere on a grid of two thresholds.
type SteadinessRow struct {
	Asked
	Method             string
	Product            trade.Product
	ShareOfGrid        float64
	FlaggedAsPublished bool
	Imports            float64 // USD
}

// SteadinessSchema is the table of sensitivity by product.
var SteadinessSchema = result.NewSchema("sensitivity-products",
	yearField(func(r *SteadinessRow) *Asked { return &r.Asked }),
	methodField(func(r *SteadinessRow) string { return r.Method }),
	gridImporterField(func(r *SteadinessRow) string { return r.Importer }),
	partnerField(func(r *SteadinessRow) *Asked { return &r.Asked }),
	productField(func(r *SteadinessRow) *trade.Product { return &r.Product }),
	descriptionField(func(r *SteadinessRow) *trade.Product { return &r.Product }),
	result.FloatField("share_of_grid", result.Share, "Share of the grid's points at which the product is flagged.", func(r *SteadinessRow) float64 { return r.ShareOfGrid }),
	result.BoolField("flagged_as_published", "Whether the product is flagged at the method's own thresholds, which need not be on the grid.", func(r *SteadinessRow) bool { return r.FlaggedAsPublished }),
	result.FloatField("imports_usd", result.USD, "Imports of the product by all importers that depend on it somewhere on the grid.", func(r *SteadinessRow) float64 { return r.Imports }).Titled("Imports"),
).InOrder("products that are flagged on most of the grid first, then by imports")

var steadinessOrder = SteadinessSchema.Order("year", "importer", "partner", "-share_of_grid", "-imports_usd")

func (g *grid) byProduct(ctx context.Context, title string) (*result.Table, error) {
	var rows []SteadinessRow
	err := g.run(ctx, func(year int, cells []gridCell) error {
		for k := range cells {
			c := &cells[k]
			flagged := 0
			for _, points := range c.points[:len(g.x.values)] {
				flagged += bits.OnesCount64(points & g.y.shown())
			}
			importer, partner := g.partyLabels(c.importer, c.partner)
			p, _ := g.Dataset.Products().Get(c.product)
			rows = append(rows, SteadinessRow{Asked: Asked{year, importer, partner}, Method: g.Method.ID, Product: trade.Product{Code: c.product, Description: p.Description},
				ShareOfGrid:        float64(flagged) / float64(len(g.x.values)*len(g.y.values)),
				FlaggedAsPublished: c.points[g.x.at]>>g.y.at&1 != 0, Imports: c.total()})
		}
		return g.CheckRows(len(rows), SteadinessSchema.Width())
	})
	if err != nil {
		return nil, err
	}
	t := study.JudgedAnswer(g.Study, SteadinessSchema, title, rows)
	t.Add(result.NotesOf(result.Reading, g.notes()...)...)
	for _, a := range []*axis{&g.x, &g.y} {
		if a.criterion >= 0 {
			t.Note("the grid: %s from %s to %s in %d steps", a.name, a.values[0], a.values[len(a.values)-1], len(a.values))
		}
	}
	return t, t.SortBy(steadinessOrder...)
}
