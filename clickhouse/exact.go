package clickhouse

import (
	"fmt"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/trade"
)

// define asks for the flows of a cell's product and adds them up for the cell.
func (h *handing) define(c *cell) (*kernel.Definition, error) {
	var partner trade.Set
	if c.partner >= 0 {
		partner = h.view.Partners[c.partner]
	}
	flows, err := h.Flows(h.ctx, h.view.Year, h.codes[c.product])
	if err != nil {
		return nil, err
	}
	sums := kernel.Define(flows, h.view.Importers[c.importer], h.view.InsideOf(c.importer), partner, h.view.World)
	if sums[indicator.Imports].Sign() == 0 || partner.Len() > 0 && !h.view.Idle && sums[indicator.ImportsFromPartner].Sign() == 0 {
		return nil, fmt.Errorf("product %s of %d: the flows have no such cell; was the dataset changed on the server?", h.codes[c.product], h.view.Year)
	}
	return sums, nil
}
