package competition

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// ComplexityQuestion is the question complexity.
var ComplexityQuestion = &study.Question{
	Name: "complexity", Short: "Rank economies and products by complexity (ECI, PCI)",
	Schemas: []study.Schema{ComplexitySchema, ProductComplexitySchema},
	Long: `Rank economies by economic complexity (ECI) or, with --by product, products by product complexity (PCI), by default for the latest
year. Each figure depends on all economies that are included; --floors sets the rule, and notes name those left out.
--economies CHN+HKG,EU27 shows only these, and all,CHN+HKG shows all. A bloc or merged economies replace their members, and what
these sell to one another is left out.`,
	Examples: []string{
		`chokepoint complexity --limit 20`,
		`chokepoint complexity --by product --years 2024`,
		`chokepoint complexity --economies all,EU27,CHN+HKG --years 2024`,
	},
	Parameters: study.Changed(study.ParameterList([]study.Parameter{
		{Name: "by", Standard: "economy", Values: []string{"economy", "product"}, Example: "product", Usage: "what to rank: economies or products"},
		{Name: "economies", Standard: "all", Example: "all,CHN+HKG", Usage: "which economies to show; a bloc or merged economies replace their members"},
		FloorsParameter}, "years"),
		"years", func(p *study.Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" }),
	Local: []study.Parameter{macroParameter},
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Complexity(ctx, s, r.Own["economies"], r.Query, r.Own["by"], r.Own["floors"])
	},
}

// Complexity ranks economies by the complexity of what they export, or products by that of who exports them. economies are those to
// show, blocs and merged ones each in place of their members; floorsName names the floors of who has a part.
func Complexity(ctx context.Context, s *study.Source, economies string, q study.Query, by, floorsName string) (*result.Table, error) {
	q.Importers = economies
	st, err := s.Study(ctx, study.Latest(s, q))
	if err != nil {
		return nil, err
	}
	f, err := floorsOf(st, floorsName)
	if err != nil {
		return nil, err
	}
	a := &complexities{Study: st, floors: f, byProduct: by == "product", left: map[int]*left{}}
	err = study.InOrder(ctx, st.Years, func(y int) (complexityOfYear, error) { return a.year(ctx, y) }, func(y int, of complexityOfYear) error {
		a.rows, a.left[y], a.merged = append(a.rows, of.rows...), of.left, a.merged || of.merged
		if of.missing != "" {
			a.missing = append(a.missing, of.missing)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(a.rows, func(a, b ComplexityRow) int { return cmp.Or(a.Year-b.Year, a.Rank-b.Rank) })
	schema := ComplexitySchema
	if a.byProduct {
		schema = ProductComplexitySchema
	}
	t := study.Answer(st, schema, fmt.Sprintf("Complexity by %s, %s", by, study.YearsText(st.Years)), a.rows)
	if a.merged {
		t.Provenance.World = string(trade.Net)
		t.Note("blocs and merged economies replace their members: what these sell to one another is left out, also from world exports")
	}
	for _, note := range a.missing {
		t.Note("%s", note)
	}
	for _, y := range st.Years {
		f.note(t, y, a.left[y])
	}
	t.Note("floors %s: %s", f.ID, f.Source)
	t.Note("formula: Hidalgo and Hausmann 2009, as an eigenvector (Mealy, Farmer and Teytelboym 2019), scaled as in py-ecomplexity of Harvard's Growth Lab")
	t.Add(st.WorldLacks()...)
	return t, nil
}

// complexities is one answer being made.
type complexities struct {
	*study.Study
	floors    *floors
	byProduct bool
	rows      []ComplexityRow
	left      map[int]*left // by year: who has no part
	missing   []string
	merged    bool // a unit is several economies
}

// complexityOfYear is what a year adds to the answer.
type complexityOfYear struct {
	rows    []ComplexityRow
	left    *left
	missing string // why there are no rows
	merged  bool   // a unit is several economies
}

// year makes the rows of a year.
func (a *complexities) year(ctx context.Context, y int) (of complexityOfYear, err error) {
	units, err := unitsOf(a.Study, y)
	if err != nil {
		return of, err
	}
	var sets []trade.Set
	for _, u := range units {
		sets = append(sets, u.codes)
		of.merged = of.merged || u.several(a.Study)
	}
	m, err := a.IndustryOf(ctx, y, trade.Set{}, sets...)
	if err != nil {
		return of, err
	}
	c, l, err := a.floors.complexity(m, units...)
	of.left = l
	if err != nil {
		of.missing = fmt.Sprintf("%s has no rows: %v", trade.Period(y), err)
		return of, nil
	}
	if a.byProduct {
		place, ubiquity := places(c.PCI), m.Ubiquities()
		for p, x := range c.PCI {
			if !math.IsNaN(x) {
				product, _ := a.Dataset.Products().Get(m.Products[p])
				of.rows = append(of.rows, ComplexityRow{Year: y, Rank: place(x), Item: m.Products[p], Name: product.Description, Index: x, Advantages: ubiquity[p], Exports: m.World[p], Status: a.WorldStatus(y)})
			}
		}
		return of, nil
	}
	place, diversity := places(c.ECI), m.Diversities()
	for _, u := range units {
		row := rowOf(m, u.codes.Codes())
		if row < 0 || math.IsNaN(c.ECI[row]) {
			continue
		}
		of.rows = append(of.rows, ComplexityRow{Year: y, Rank: place(c.ECI[row]), Item: u.label, Name: u.name, Index: c.ECI[row], Advantages: diversity[row], Exports: m.ExportsOf[row], Status: a.WorldStatus(y)})
	}
	return of, nil
}

// places gives the place of each of some values, the largest first: 1 more than there are larger ones. Values that are not there have none.
func places(values []float64) func(x float64) int {
	sorted := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	slices.Sort(sorted)
	return func(x float64) int {
		notLarger, _ := slices.BinarySearchFunc(sorted, x, func(v, x float64) int {
			if v > x {
				return 1
			}
			return -1
		})
		return 1 + len(sorted) - notLarger
	}
}

// ComplexityRow ranks an economy, or a product, by complexity in a year.
type ComplexityRow struct {
	Year, Rank int
	Item, Name string
	Index      float64
	Advantages int     // products in which an economy has an advantage; economies that have one in a product
	Exports    float64 // of the economy; of all
	Status     result.Status
}

var complexityStatus = result.TextField("status", exportsStatusText, func(r *ComplexityRow) string { return string(r.Status) }).AsDetail()

// ComplexitySchema is the table of economies by complexity.
var ComplexitySchema = result.NewSchema("complexity",
	result.IntField("year", result.Year, "Calendar year.", func(r *ComplexityRow) int { return r.Year }),
	result.IntField("rank", "count", "Rank by complexity in the year.", func(r *ComplexityRow) int { return r.Rank }),
	result.TextField("economy", "Economy or bloc: ISO3 code, or as written in the question.", func(r *ComplexityRow) string { return r.Item }).Weighing(result.Key),
	result.FloatField("eci", "index", "Economic complexity index: mean complexity of the products in which the economy has an RCA of at least 1, scaled to mean 0 and standard deviation 1 over economies.", func(r *ComplexityRow) float64 { return r.Index }),
	result.IntField("rca_products", "count", "Products in which the economy has an RCA of at least 1.", func(r *ComplexityRow) int { return r.Advantages }),
	result.FloatField("exports_usd", result.USD, "The economy's exports.", func(r *ComplexityRow) float64 { return r.Exports }),
	result.TextField("economy_name", "Name.", func(r *ComplexityRow) string { return r.Name }),
	complexityStatus,
).InOrder("by rank")

// ProductComplexitySchema is the table of products by complexity.
var ProductComplexitySchema = result.NewSchema("complexity",
	result.IntField("year", result.Year, "Calendar year.", func(r *ComplexityRow) int { return r.Year }),
	result.IntField("rank", "count", "Rank by complexity in the year.", func(r *ComplexityRow) int { return r.Rank }),
	result.TextField("product", "HS code, six characters.", func(r *ComplexityRow) string { return r.Item }).Weighing(result.Key),
	result.FloatField("pci", "index", "Product complexity index, on the scale of the economies' indices.", func(r *ComplexityRow) float64 { return r.Index }).Weighing(result.Major),
	result.IntField("rca_economies", "count", "Economies with an RCA of at least 1.", func(r *ComplexityRow) int { return r.Advantages }),
	result.FloatField("world_exports_usd", result.USD, "Exports of all economies.", func(r *ComplexityRow) float64 { return r.Exports }),
	result.TextField("description", "Description of the product.", func(r *ComplexityRow) string { return r.Name }).Weighing(result.Major),
	complexityStatus,
).InOrder("by rank")
