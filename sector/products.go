package sector

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"
	"sync"

	"chokepoint/trade"
)

// The codes of all revisions, from CEPII's lists of products (BACI, release 202401, Etalab Open Licence 2.0).
//
//go:embed nomenclature/products.csv
var productsCSV []byte

var productsOf = sync.OnceValue(func() map[trade.Nomenclature][]string {
	rows, err := csv.NewReader(bytes.NewReader(productsCSV)).ReadAll()
	if err != nil {
		panic("nomenclature/products.csv: " + err.Error())
	}
	codes := map[trade.Nomenclature][]string{}
	for _, row := range rows[1:] {
		revisions, err := ParseRevisions(row[1])
		if err != nil {
			panic("nomenclature/products.csv: " + row[0] + ": " + err.Error())
		}
		for _, n := range revisions.List() {
			codes[n] = append(codes[n], row[0])
		}
	}
	return codes
})

// ProductsOf returns the product codes of a revision as BACI lists them, sorted. The caller must not change them.
func ProductsOf(n trade.Nomenclature) []string { return productsOf()[n] }

// expand returns the products that a code means: itself, or those of a heading or chapter.
func expand(code string, products []string) []string {
	if len(code) == 6 {
		return []string{code}
	}
	from, _ := slices.BinarySearch(products, code)
	to := from
	for to < len(products) && strings.HasPrefix(products[to], code) {
		to++
	}
	return products[from:to]
}
