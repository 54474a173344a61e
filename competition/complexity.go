package competition

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"chokepoint/industry"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// ComplexityQuestion is the question complexity.
var ComplexityQuestion = &study.Question{
	Name: "complexity", Short: "Rank economies and products by complexity (ECI, PCI)",
	Long: `Rank economies by economic complexity (ECI) or, --by product, products by product complexity (PCI), of the latest year
unless others are asked for.`,
	Examples: []string{
		`chokepoint complexity --limit 20`,
		`chokepoint complexity --by product --years 2024`,
	},
	Parameters: study.Changed(study.ParameterList([]study.Parameter{{Name: "by", Standard: "economy", Values: []string{"economy", "product"}, Example: "product", Usage: "what to rank: economies or products"}}, "years"),
		"years", func(p *study.Parameter) { p.Standard, p.Usage = "", p.Usage+" (default: the latest)" }),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Complexity(ctx, s, r.Query, r.Own["by"])
	},
}

// Complexity ranks economies by the complexity of what they export, or products by that of who exports them.
func Complexity(ctx context.Context, s *study.Source, q study.Query, by string) (*result.Table, error) {
	st, err := s.Study(ctx, study.Latest(s, q))
	if err != nil {
		return nil, err
	}
	var rows []ComplexityRow
	var missing []string
	for _, y := range st.Years {
		m, err := s.Industry(ctx, y)
		if err != nil {
			return nil, err
		}
		c, err := m.Complexity(industry.MinExports)
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s has no rows: %v", trade.Period(y), err))
			continue
		}
		values := c.ECI
		if by == "product" {
			values = c.PCI
		}
		for i, x := range values {
			if math.IsNaN(x) {
				continue
			}
			better := 1
			for _, other := range values {
				if other > x {
					better++
				}
			}
			r := ComplexityRow{Year: y, Rank: better, Index: x}
			if by == "product" {
				product, _ := s.Dataset.Products().Get(m.Products[i])
				r.Item, r.Name, r.Advantages, r.Exports = m.Products[i], product.Description, m.Ubiquity(i), m.World[i]
			} else {
				economy, _ := st.Economies.Get(m.Economies[i])
				r.Item, r.Name, r.Exports = st.Economies.Label(m.Economies[i]), economy.Name, m.ExportsOf[i]
				r.Advantages, _ = m.Advantages(i, m.All())
			}
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b ComplexityRow) int { return cmp.Or(a.Year-b.Year, a.Rank-b.Rank) })
	schema := ComplexitySchema
	if by == "product" {
		schema = ProductComplexitySchema
	}
	t := study.Answer(st, schema, fmt.Sprintf("Complexity by %s, %s", by, study.YearsText(st.Years)), rows)
	for _, note := range missing {
		t.Note("%s", note)
	}
	t.Note("economies that export less than 1 bn USD in the year are left out, as their advantages jump from year to year")
	t.Note("formula: Hidalgo and Hausmann 2009, as an eigenvector (Mealy, Farmer and Teytelboym 2019), scaled as in py-ecomplexity of Harvard's Growth Lab")
	t.Add(st.WorldLacks()...)
	return t, nil
}

// ComplexityRow ranks an economy, or a product, by complexity in a year.
type ComplexityRow struct {
	Year, Rank int
	Item, Name string
	Index      float64
	Advantages int     // products in which an economy has an advantage; economies that have one in a product
	Exports    float64 // of the economy; of all
}

// ComplexitySchema is the table of economies by complexity.
var ComplexitySchema = result.NewSchema("complexity",
	result.IntField("year", result.Year, "Calendar year.", func(r *ComplexityRow) int { return r.Year }),
	result.IntField("rank", "count", "Place by complexity in the year.", func(r *ComplexityRow) int { return r.Rank }),
	result.TextField("economy", "Economy, ISO3.", func(r *ComplexityRow) string { return r.Item }),
	result.FloatField("eci", "index", "Economic complexity: mean complexity of the products in which the economy has an RCA of at least 1; mean 0, standard deviation 1 over economies.", func(r *ComplexityRow) float64 { return r.Index }),
	result.IntField("rca_products", "count", "Products in which the economy has an RCA of at least 1.", func(r *ComplexityRow) int { return r.Advantages }),
	result.FloatField("exports_usd", result.USD, "Exports.", func(r *ComplexityRow) float64 { return r.Exports }),
	result.TextField("economy_name", "Name.", func(r *ComplexityRow) string { return r.Name }),
)

// ProductComplexitySchema is the table of products by complexity.
var ProductComplexitySchema = result.NewSchema("complexity",
	result.IntField("year", result.Year, "Calendar year.", func(r *ComplexityRow) int { return r.Year }),
	result.IntField("rank", "count", "Place by complexity in the year.", func(r *ComplexityRow) int { return r.Rank }),
	result.TextField("product", "HS code, six characters.", func(r *ComplexityRow) string { return r.Item }),
	result.FloatField("pci", "index", "Product complexity, in the scale of the economies' indices.", func(r *ComplexityRow) float64 { return r.Index }),
	result.IntField("rca_economies", "count", "Economies with an RCA of at least 1.", func(r *ComplexityRow) int { return r.Advantages }),
	result.FloatField("world_exports_usd", result.USD, "Exports of all.", func(r *ComplexityRow) float64 { return r.Exports }),
	result.TextField("description", "Description of the product.", func(r *ComplexityRow) string { return r.Name }),
)
