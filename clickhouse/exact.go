package clickhouse

import (
	"fmt"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// define asks for the flows of the product and adds them up for a cell of a batch.
func (p *productCells) define(b *kernel.Batch, i int) (*kernel.Definition, error) {
	var partner trade.Set
	if len(b.Partner) > 0 {
		partner = p.view.Partners[b.Partner[i]]
	}
	flows, err := p.Flows(p.ctx, p.view.Year, b.Product)
	if err != nil {
		return nil, err
	}
	sums := kernel.Define(flows, p.view.Importers[b.Importer[i]], p.view.InsideOf(b.Importer[i]), partner, p.view.World)
	if sums[indicator.Imports].Sign() == 0 || partner.Len() > 0 && !p.view.Idle && sums[indicator.ImportsFromPartner].Sign() == 0 {
		return nil, fmt.Errorf("product %s of %d: the flows have no such cell; was the dataset changed on the server?", b.Product, b.Year)
	}
	return sums, nil
}
