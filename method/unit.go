package method

import (
	"slices"

	"chokepoint/indicator"
	"chokepoint/trade"
)

// countsSuppliers and countsExporters are the sums that depend on whether a bloc is one seller or many.
var (
	countsSuppliers = []indicator.Sum{indicator.Suppliers, indicator.ImportSquares, indicator.TopSupplierImports, indicator.Top3Imports}
	countsExporters = []indicator.Sum{indicator.Exporters, indicator.WorldSquares, indicator.TopExporterExports, indicator.Top3ExporterExports}
)

// MixesUnits says that the criteria ask about an importer's suppliers, among whom a partner bloc is one and members of the importer are
// none, and about the world's exporters, among whom the gross world counts each member. It is so of net worlds never: there a bloc is
// one exporter, too.
func (m *Method) MixesUnits() bool {
	has := func(list []indicator.Sum) bool {
		return slices.ContainsFunc(m.Criteria, func(c *indicator.Criterion) bool {
			return slices.ContainsFunc(c.Sums(), func(s indicator.Sum) bool { return slices.Contains(list, s) })
		})
	}
	return m.World != trade.Net && has(countsSuppliers) && has(countsExporters)
}
