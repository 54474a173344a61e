package study

import (
	"context"
	"slices"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// Purchase is what one importer buys of a product in a year.
type Purchase struct {
	Importer int32   // as asked for
	Imports  float64 // from all, US dollars
	Sales    []Sale  // from groups of exporters that sell any
}

// Sale is what a group of exporters sells to an importer, in US dollars.
type Sale struct {
	Exporter int32 // as asked for
	Value    float64
}

// From is what a group of exporters sells; to go through all of many, use Sales.
func (p *Purchase) From(exporter int) float64 {
	for _, s := range p.Sales {
		if s.Exporter == int32(exporter) {
			return s.Value
		}
	}
	return 0
}

// purchasedProducts are held at a time.
const purchasedProducts = 256

// Purchases visits the products asked for, ascending, with what importers buy from groups of exporters in each of some years;
// products that none of them buys are left out.
func (st *Study) Purchases(ctx context.Context, years []int, importers, exporters []trade.Set, visit func(product string, bought [][]Purchase)) error {
	products := st.Products.Codes()
	if products == nil {
		for _, p := range st.Dataset.Products().All() {
			products = append(products, p.Code)
		}
	}
	return st.purchasesOf(ctx, products, years, importers, nil, exporters, visit)
}

// purchasesOf is Purchases of some products, ascending. inside is as in kernel.View.
func (st *Study) purchasesOf(ctx context.Context, products []string, years []int, importers, inside, exporters []trade.Set, visit func(product string, bought [][]Purchase)) error {
	for block := range slices.Chunk(products, purchasedProducts) {
		found := map[string][][]Purchase{}
		for i, y := range years {
			if k := slices.Index(years, y); k < i { // of one year, given twice, both are the same
				for _, list := range found {
					list[i] = list[k]
				}
				continue
			}
			view := kernel.View{Year: y, Importers: importers, Inside: inside, Partners: exporters, World: trade.Gross, Products: block,
				Sums: []indicator.Sum{indicator.Imports, indicator.ImportsFromPartner}}
			start := func() *purchaseReader {
				return &purchaseReader{map[string][]Purchase{}, map[string]map[int32]int{}}
			}
			err := ScanYear(ctx, st.Source, y, view, start, func(r *purchaseReader) error {
				for product, list := range r.bought {
					if found[product] == nil {
						found[product] = make([][]Purchase, len(years))
					}
					found[product][i] = list
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		for _, product := range block {
			if bought := found[product]; bought != nil {
				visit(product, bought)
			}
		}
	}
	return nil
}

// purchaseReader is the kernel's visitor that collects purchases of a block of products. The cells of importers of several
// products may come before the pairs of the first.
type purchaseReader struct {
	bought map[string][]Purchase
	places map[string]map[int32]int // in bought, by product and importer
}

// Importers implements kernel.Visitor.
func (r *purchaseReader) Importers(b *kernel.Batch) error {
	list, place := make([]Purchase, b.N), make(map[int32]int, b.N)
	for i := range b.N {
		list[i] = Purchase{Importer: b.Importer[i], Imports: b.At(indicator.Imports, i)}
		place[b.Importer[i]] = i
	}
	r.bought[b.Product], r.places[b.Product] = list, place
	return nil
}

// Pairs implements kernel.Visitor.
func (r *purchaseReader) Pairs(b *kernel.Batch) error {
	list, place := r.bought[b.Product], r.places[b.Product]
	sales := make([]Sale, b.N)
	for i := range sales {
		sales[i] = Sale{b.Partner[i], b.At(indicator.ImportsFromPartner, i)}
	}
	for lo, hi := 0, 0; lo < b.N; lo = hi { // pairs of one importer mostly follow one another
		for hi = lo + 1; hi < b.N && b.Importer[hi] == b.Importer[lo]; {
			hi++
		}
		p := &list[place[b.Importer[lo]]]
		if p.Sales == nil {
			p.Sales = sales[lo:hi:hi]
		} else {
			p.Sales = append(p.Sales, sales[lo:hi]...)
		}
	}
	return nil
}
