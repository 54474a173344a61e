package study

import (
	"context"
	"slices"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// Purchase is what one importer buys of a product in a year.
type Purchase = kernel.Purchase

// Sale is what a group of exporters sells to an importer.
type Sale = kernel.Sale

// purchasedProducts are held at a time, of all years together.
const purchasedProducts = 512

// Purchases visits the products asked for, ascending, with what importers buy from groups of exporters in each of some years, which it reads
// once; products that none of them buys are left out.
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
	for block := range slices.Chunk(products, max(purchasedProducts/len(years), 1)) {
		found := make([][][]Purchase, len(block)) // by product and year
		for i, y := range years {
			if k := slices.Index(years, y); k < i { // of one year, given twice, both are the same
				for _, list := range found {
					if list != nil {
						list[i] = list[k]
					}
				}
				continue
			}
			lists, err := st.purchasesIn(ctx, y, block, importers, inside, exporters)
			if err != nil {
				return err
			}
			for k, list := range lists {
				if list != nil && found[k] == nil {
					found[k] = make([][]Purchase, len(years))
				}
				if list != nil {
					found[k][i] = list
				}
			}
		}
		for k, product := range block {
			if found[k] != nil {
				visit(product, found[k])
			}
		}
	}
	return nil
}

// purchasesIn gives the purchases of some products in a year, nil where nobody asked for buys any.
func (st *Study) purchasesIn(ctx context.Context, year int, products []string, importers, inside, exporters []trade.Set) ([][]Purchase, error) {
	files, ok := st.EngineOrFiles().(local)
	if !ok || inside != nil || !apart(importers) {
		return st.scannedPurchases(ctx, year, products, importers, inside, exporters)
	}
	y, err := files.Year(year)
	if err != nil {
		return nil, err
	}
	return kernel.PurchasesOf(ctx, y, products, importers, exporters)
}

// apart says that sets are economies by themselves, none of them twice.
func apart(sets []trade.Set) bool {
	var all trade.Set
	for _, set := range sets {
		if set.Len() != 1 || all.Intersect(set).Len() > 0 {
			return false
		}
		all = all.Union(set)
	}
	return true
}

// scannedPurchases is purchasesIn by a scan, for any engine and importers of any kind.
func (st *Study) scannedPurchases(ctx context.Context, year int, products []string, importers, inside, exporters []trade.Set) ([][]Purchase, error) {
	view := kernel.View{Year: year, Importers: importers, Inside: inside, Partners: exporters, World: trade.Gross, Products: products,
		Sums: []indicator.Sum{indicator.Imports, indicator.ImportsFromPartner}}
	start := func() *purchaseReader {
		return &purchaseReader{map[string][]Purchase{}, map[string]map[int32]int{}}
	}
	lists := make([][]Purchase, len(products))
	return lists, ScanYear(ctx, st.Source, year, view, start, func(r *purchaseReader) error {
		for product, list := range r.bought {
			k, _ := slices.BinarySearch(products, product)
			lists[k] = list
		}
		return nil
	})
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
