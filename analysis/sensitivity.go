package analysis

import (
	"context"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
)

// maxSteps bounds the thresholds of one axis, so that those a cell meets fit into one word.
const maxSteps = 64

// axis is one threshold of a method, with the values that it takes on the grid.
type axis struct {
	criterion int // of the method
	name      string
	published string
	values    []string // as decimal text, ascending
	criteria  []*indicator.Criterion
}

// Sensitivity counts dependencies over a grid of two thresholds of a method. x and y name them as
// `indicator=from:to:step`; where they are empty the first two thresholds of the method vary from half to one and a
// half times what is published. With byProduct it lists instead, for each product flagged anywhere on the grid, the
// share of the grid on which it is. Each year is judged alone; without years in q it is the latest.
func (s *Source) Sensitivity(ctx context.Context, q Query, x, y string, byProduct bool) (*result.Table, error) {
	if strings.TrimSpace(q.Years) == "" || strings.TrimSpace(q.Years) == "all" {
		q.Years = fmt.Sprint(slices.Max(s.Dataset.Years()))
	}
	st, err := s.study(q)
	if err != nil {
		return nil, err
	}
	if len(st.methods) != 1 {
		return nil, fmt.Errorf("sensitivity: %d methods; want one", len(st.methods))
	}
	m := st.methods[0]
	g := &grid{}
	if g.x, g.y, err = axes(m, x, y); err != nil {
		return nil, err
	}
	if m.Persistence.Window > 1 {
		st.notes = append(st.notes, fmt.Sprintf("the grid judges each year alone; the %s years that %s asks for are left aside", m.Persistence, m.ID))
		alone := *m
		alone.Persistence = method.Persistence{Years: 1, Window: 1}
		st.methods[0], m = &alone, &alone
	}
	if g.scan, err = st.scan(m); err != nil {
		return nil, err
	}
	for i, c := range m.Criteria {
		if i != g.x.criterion && i != g.y.criterion {
			g.fixed = append(g.fixed, c)
		}
	}
	g.level = slices.DeleteFunc(slices.Clone(g.fixed), func(c *indicator.Criterion) bool { return c.Level() == indicator.Pair })
	title := fmt.Sprintf("Sensitivity of %s to %s and %s: %s", m.ID, g.x.name, g.y.name, st.countTitle())
	if byProduct {
		return g.byProduct(ctx, title)
	}
	return g.byPoint(ctx, title)
}

// axes finds the two thresholds to vary.
func axes(m *method.Method, x, y string) (first, second axis, err error) {
	var all []axis
	for i, c := range m.Criteria {
		if name, value, _, ok := c.Threshold(); ok {
			all = append(all, axis{criterion: i, name: name, published: value})
		}
	}
	if len(all) < 2 {
		return first, second, fmt.Errorf("sensitivity: %s has %d criteria of the form `indicator > number` or `indicator > number * indicator`; a grid needs two", m.ID, len(all))
	}
	// Plain thresholds say more than factors between indicators.
	slices.SortStableFunc(all, func(a, b axis) int { return factorOf(m, a) - factorOf(m, b) })
	pick := func(spec string, taken int) (axis, error) {
		name, values, given := strings.Cut(spec, "=")
		for _, a := range all {
			if a.criterion != taken && (spec == "" || a.name == strings.TrimSpace(name)) {
				err := a.fill(m, values, given)
				return a, err
			}
		}
		var names []string
		for _, a := range all {
			names = append(names, a.name)
		}
		return axis{}, fmt.Errorf("sensitivity: %s has no threshold on %q; it has: %s", m.ID, name, strings.Join(names, ", "))
	}
	if first, err = pick(x, -1); err != nil {
		return first, second, err
	}
	if x == "" && y != "" { // do not take the threshold that y asks for
		if second, err = pick(y, -1); err == nil {
			first, err = pick("", second.criterion)
		}
		return first, second, err
	}
	second, err = pick(y, first.criterion)
	return first, second, err
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
		parts := strings.Split(spec, ":")
		ok := len(parts) == 3
		for i, r := range []*big.Rat{from, to, step} {
			if ok {
				_, ok = r.SetString(strings.TrimSpace(parts[i]))
			}
		}
		if !ok || step.Sign() <= 0 || from.Cmp(to) > 0 {
			return fmt.Errorf("sensitivity: %s=%s: want from:to:step with a step above 0, for example %s=0.2:0.6:0.05", a.name, spec, a.name)
		}
	} else {
		published, ok := new(big.Rat).SetString(a.published)
		if !ok {
			return fmt.Errorf("sensitivity: threshold %q of %s is not a decimal number", a.published, a.name)
		}
		from.Mul(published, big.NewRat(1, 2))
		to.Mul(published, big.NewRat(3, 2))
		step.Mul(published, big.NewRat(1, 10))
	}
	for v := from; v.Cmp(to) <= 0; v = new(big.Rat).Add(v, step) {
		if len(a.values) == maxSteps {
			return fmt.Errorf("sensitivity: %s=%s has more than %d steps", a.name, spec, maxSteps)
		}
		a.values = append(a.values, decimalText(v))
	}
	_, _, with, _ := m.Criteria[a.criterion].Threshold()
	for _, v := range a.values {
		c, err := with(v)
		if err != nil {
			return fmt.Errorf("sensitivity: %s=%s: %w", a.name, v, err)
		}
		a.criteria = append(a.criteria, c)
	}
	return nil
}

// decimalText prints a decimal fraction without trailing zeros.
func decimalText(r *big.Rat) string {
	text := r.FloatString(12)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func (a *axis) isPublished(value string) bool {
	v, _ := new(big.Rat).SetString(value)
	p, ok := new(big.Rat).SetString(a.published)
	return ok && v.Cmp(p) == 0
}

// grid is one scan that judges every point of the grid at once.
type grid struct {
	*scan
	x, y  axis
	fixed []*indicator.Criterion // the other criteria of the method
}

// gridCell is a product somewhere on the grid: bit j of points[i] says that it is flagged at x[i], y[j].
type gridCell struct {
	year              int
	importer, partner int32
	product           string
	imports           float64 // of the importers for which any point flags it
	points            []uint64
	lastImporter      int32
}

// gridJudge is the kernel's visitor.
type gridJudge struct {
	judge
	grid  *grid
	cells []gridCell
	met   [2][][]bool
}

func (g *grid) run(ctx context.Context, done func(year int, cells []gridCell) error) error {
	for _, y := range g.years {
		year, err := g.Dataset.Year(y)
		if err != nil {
			return err
		}
		view := kernel.View{Year: y, Importers: g.importers.sets(y), World: g.method.World, Products: g.products.Has, Sums: g.sums()}
		if g.pairs {
			view.Partners = g.partners.sets(y)
		}
		var cells []gridCell
		err = kernel.Scan(ctx, year, view,
			func() *gridJudge { return &gridJudge{judge: judge{scan: g.scan}, grid: g} },
			func(j *gridJudge) error { cells = append(cells, j.cells...); return nil })
		if err != nil {
			return err
		}
		if err := done(y, cells); err != nil {
			return err
		}
	}
	return nil
}

// Importers implements kernel.Visitor.
func (j *gridJudge) Importers(b *kernel.Batch) ([]bool, error) {
	j.scratch.Reset()
	if !j.pairs {
		j.points(b)
		return nil, nil
	}
	return j.meet(b, j.grid.level, &j.keep), nil
}

// Pairs implements kernel.Visitor.
func (j *gridJudge) Pairs(b *kernel.Batch) error {
	j.scratch.Reset()
	j.points(b)
	return nil
}

// points finds the points of the grid at which each cell of a product is flagged.
func (j *gridJudge) points(b *kernel.Batch) {
	now := j.meet(b, j.grid.fixed, &j.now)
	for k, a := range []*axis{&j.grid.x, &j.grid.y} {
		for len(j.met[k]) < len(a.criteria) {
			j.met[k] = append(j.met[k], nil)
		}
		for i, c := range a.criteria {
			keep := append(j.met[k][i][:0], now...)
			c.Meet(&b.Columns, &j.scratch, keep, b.Exact)
			j.met[k][i] = keep
		}
	}
	clear(j.entries)
	for i := range now {
		if !now[i] || j.onlyTop && !j.partnerIsTop(b, i) {
			continue
		}
		var y uint64
		for k, met := range j.met[1] {
			if met[i] {
				y |= 1 << k
			}
		}
		if y != 0 && slices.ContainsFunc(j.met[0], func(met []bool) bool { return met[i] }) {
			j.foldPoints(b, i, y)
		}
	}
}

func (j *gridJudge) foldPoints(b *kernel.Batch, i int, y uint64) {
	partners := []int32{-1}
	if b.Partner != nil {
		partners = j.partners.partiesOf[b.Partner[i]]
	}
	for _, importer := range j.importers.partiesOf[b.Importer[i]] {
		for _, partner := range partners {
			c := j.cell(b, importer, partner)
			if c.lastImporter != b.Importer[i] {
				c.imports += b.At(indicator.Imports, i)
				c.lastImporter = b.Importer[i]
			}
			for k, met := range j.met[0] {
				if met[i] {
					c.points[k] |= y
				}
			}
		}
	}
}

// cell finds or begins the cell of two parties for the product at hand.
func (j *gridJudge) cell(b *kernel.Batch, importer, partner int32) *gridCell {
	key := uint64(uint32(importer))<<32 | uint64(uint32(partner))
	at, ok := j.entries[key]
	if !ok {
		if j.entries == nil {
			j.entries = map[uint64]int{}
		}
		at = len(j.cells)
		j.entries[key] = at
		j.cells = append(j.cells, gridCell{year: b.Year, importer: importer, partner: partner, product: b.Product,
			points: make([]uint64, len(j.grid.x.values)), lastImporter: -1})
	}
	return &j.cells[at]
}

// partyLabels names the importer and the partner of a cell.
func (g *grid) partyLabels(importer, partner int32) (string, string) {
	if partner < 0 {
		return g.importers.parties[importer].Label, "-"
	}
	return g.importers.parties[importer].Label, g.partners.parties[partner].Label
}

func (g *grid) byPoint(ctx context.Context, title string) (*result.Table, error) {
	year := result.IntColumn("year", result.Year, "Calendar year.")
	id := result.TextColumn("method", "Definition of dependency.")
	importer := result.TextColumn("importer", "Economy or bloc that depends.")
	partner := result.TextColumn("partner", "Economy or bloc depended on; - is any partner or none.")
	x := result.TextColumn("x", "Threshold on "+g.x.name+", as decimal text.")
	y := result.TextColumn("y", "Threshold on "+g.y.name+", as decimal text.")
	products := result.IntColumn("products", "count", "Products flagged with these thresholds.")
	published := result.BoolColumn("published", "Both thresholds are those of the method.")
	xName := result.TextColumn("x_threshold", "Which threshold x is.").AsDetail()
	yName := result.TextColumn("y_threshold", "Which threshold y is.").AsDetail()
	t := g.judgedTable("sensitivity", title, year, id, importer, partner, x, y, products, published, xName, yName)
	t.Note("x is the threshold on %s (published: %s), y that on %s (published: %s)", g.x.name, g.x.published, g.y.name, g.y.published)
	err := g.run(ctx, func(yr int, cells []gridCell) error {
		counts := map[[2]int32][]int{}
		for _, i := range g.named() {
			counts[i] = make([]int, len(g.x.values)*len(g.y.values))
		}
		for k := range cells {
			c := &cells[k]
			key := [2]int32{c.importer, c.partner}
			if counts[key] == nil {
				counts[key] = make([]int, len(g.x.values)*len(g.y.values))
			}
			for i, points := range c.points {
				for ; points != 0; points &= points - 1 {
					counts[key][i*len(g.y.values)+bits.TrailingZeros64(points)]++
				}
			}
		}
		for _, key := range sortedKeysOf(counts) {
			from, on := g.partyLabels(key[0], key[1])
			for n, count := range counts[key] {
				xv, yv := g.x.values[n/len(g.y.values)], g.y.values[n%len(g.y.values)]
				year.AppendInt(int64(yr))
				id.AppendText(g.method.ID)
				importer.AppendText(from)
				partner.AppendText(on)
				x.AppendText(xv)
				y.AppendText(yv)
				products.AppendInt(int64(count))
				published.AppendBool(g.x.isPublished(xv) && g.y.isPublished(yv))
				xName.AppendText(g.x.name)
				yName.AppendText(g.y.name)
			}
		}
		return checkSize(t.Columns)
	})
	return t, err
}

// named lists the pairs of parties that have rows also where nothing is flagged.
func (g *grid) named() [][2]int32 {
	var pairs [][2]int32
	for i, importer := range g.importers.parties {
		if !importer.Named {
			continue
		}
		if !g.pairs {
			pairs = append(pairs, [2]int32{int32(i), -1})
		}
		for p, partner := range g.partners.parties {
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

func (g *grid) byProduct(ctx context.Context, title string) (*result.Table, error) {
	year := result.IntColumn("year", result.Year, "Calendar year.")
	id := result.TextColumn("method", "Definition of dependency.")
	importer := result.TextColumn("importer", "Economy or bloc that depends.")
	partner := result.TextColumn("partner", "Economy or bloc depended on; - is any partner or none.")
	product := result.TextColumn("product", "HS code, six characters.")
	description := result.TextColumn("description", "Description of the product.")
	share := result.FloatColumn("share_of_grid", result.Share, "Share of the points of the grid at which the product is flagged.")
	published := result.BoolColumn("flagged_as_published", "Flagged at the thresholds of the method; false also where these are not on the grid.")
	imports := result.FloatColumn("imports_usd", result.USD, "Imports of the product.")
	t := g.judgedTable("sensitivity-products", title, year, id, importer, partner, product, description, share, published, imports)
	t.Note("the grid: %s from %s to %s (published: %s), %s from %s to %s (published: %s)",
		g.x.name, g.x.values[0], g.x.values[len(g.x.values)-1], g.x.published, g.y.name, g.y.values[0], g.y.values[len(g.y.values)-1], g.y.published)
	px := slices.IndexFunc(g.x.values, g.x.isPublished)
	py := slices.IndexFunc(g.y.values, g.y.isPublished)
	err := g.run(ctx, func(yr int, cells []gridCell) error {
		for k := range cells {
			c := &cells[k]
			flagged := 0
			for _, points := range c.points {
				flagged += bits.OnesCount64(points)
			}
			from, on := g.partyLabels(c.importer, c.partner)
			p, _ := g.Dataset.Products().Get(c.product)
			year.AppendInt(int64(yr))
			id.AppendText(g.method.ID)
			importer.AppendText(from)
			partner.AppendText(on)
			product.AppendText(c.product)
			description.AppendText(p.Description)
			share.AppendFloat(float64(flagged) / float64(len(g.x.values)*len(g.y.values)))
			published.AppendBool(px >= 0 && py >= 0 && c.points[px]>>py&1 != 0)
			imports.AppendFloat(c.imports)
		}
		return checkSize(t.Columns)
	})
	if err != nil {
		return nil, err
	}
	return t, t.SortBy("year", "importer", "partner", "-share_of_grid", "-imports_usd")
}
