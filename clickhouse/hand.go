package clickhouse

import (
	"context"
	"slices"

	"chokepoint/indicator"
	"chokepoint/kernel"
)

// block asks for a block of products and hands their cells over, view by view.
func (e *Engine) block(ctx context.Context, scans []*scanning, groups []*group, block []uint32, visitors []kernel.Visitor) error {
	list, err := e.answersTo(ctx, scans, groups, block)
	for i, s := range scans {
		if err == nil {
			err = s.hand(ctx, list, block, visitors[i])
		}
	}
	return err
}

// handing is the cells of some products on their way to a visitor.
type handing struct {
	*scanning
	ctx              context.Context
	importers, pairs []cell // by product, and in the order in which they are handed over
	scratch          indicator.Scratch
	deals            []deal // of the cell at hand
	offers           []offer
	sales            []sale
	order            []uint64
	fresh            [2][]cell // of the product at hand, in no order
}

// handCells are judged together: so many that it does not matter how few a product has, and few enough to stay in the cache.
const handCells = 2048

// hand hands over the cells of a block of products, product by product.
func (s *scanning) hand(ctx context.Context, list []*answered, block []uint32, v kernel.Visitor) error {
	h := &handing{scanning: s, ctx: ctx}
	from := 0
	for i, product := range block {
		if err := h.add(list, product); err != nil {
			return err
		}
		if len(h.importers)+len(h.pairs) >= handCells || i == len(block)-1 {
			if err := h.pass(block[from:i+1], v); err != nil {
				return err
			}
			from = i + 1
		}
	}
	return nil
}

// pass judges what there is and hands it over.
func (h *handing) pass(products []uint32, v kernel.Visitor) error {
	importers, err := h.left(h.importers, h.onImporters)
	if err != nil {
		return err
	}
	pairs, err := h.left(h.pairs, h.view.Criteria)
	if err != nil {
		return err
	}
	for _, product := range products {
		if err := importers.give(product, v.Importers); err != nil {
			return err
		}
		if err := pairs.give(product, v.Pairs); err != nil {
			return err
		}
	}
	h.importers, h.pairs = h.importers[:0], h.pairs[:0]
	return nil
}

// add adds the cells of a product, with all their sums.
func (h *handing) add(list []*answered, product uint32) error {
	importers, pairs, markets := h.fresh[0][:0], h.fresh[1][:0], map[*part]*market{}
	whole := h.view.Whole != nil && h.view.Whole(h.codes[product])
	for _, a := range list {
		importers, pairs = h.addAnswered(a, product, whole, importers, pairs)
	}
	for _, cells := range [][]cell{importers, pairs} {
		for i := range cells {
			if c := &cells[i]; h.fills(c.part) {
				if markets[c.part] == nil {
					markets[c.part] = h.market(c.part, product, nil)
				}
				h.fill(markets[c.part], c)
				h.fillSellers(markets[c.part], c)
			}
		}
	}
	importers, pairs, err := h.addBought(product, whole, importers, pairs)
	h.fresh = [2][]cell{importers, pairs}
	h.importers, h.pairs = h.inOrder(h.importers, importers), h.inOrder(h.pairs, pairs)
	return err
}

// inOrder adds cells to a list by the places of their importers and partners.
func (h *handing) inOrder(list, cells []cell) []cell {
	const bits = 21 // a place, and one of the cells of a product, are less than two million
	h.order = h.order[:0]
	for i := range cells {
		c := &cells[i]
		h.order = append(h.order, uint64(h.scanning.importers.place[c.importer])<<(2*bits)|uint64(h.partners.placeOf(c.partner))<<bits|uint64(i))
	}
	slices.Sort(h.order)
	for _, key := range h.order {
		list = append(list, cells[key&(1<<bits-1)])
	}
	return list
}

// handed are the cells that a visitor gets, in columns.
type handed struct {
	*handing
	cells []cell
	kernel.Batch
}

// left leaves out the cells that miss a criterion, unless all cells of their product are asked for.
func (h *handing) left(cells []cell, criteria []*indicator.Criterion) (*handed, error) {
	if len(cells) == 0 {
		return &handed{}, nil
	}
	columns := h.columns(cells)
	verdicts := slices.Repeat([]indicator.Verdict{indicator.Certain}, len(cells))
	exact := kernel.ExactSums(h.ctx, &columns, h.Dataset.Manifest().Exact, func(i int) (*kernel.Definition, error) { return h.define(&cells[i]) })
	for _, k := range criteria {
		if err := k.Judge(&columns, h.view.Unseen, &h.scratch, verdicts, exact); err != nil {
			return nil, err
		}
	}
	list := &handed{handing: h}
	for i := range cells {
		if c := &cells[i]; verdicts[i].May() || c.whole {
			list.cells = append(list.cells, *c)
			list.Verdicts = append(list.Verdicts, verdicts[i])
			list.Importer, list.Partner = append(list.Importer, c.importer), append(list.Partner, c.partner)
			list.TopSupplier, list.TopExporter = append(list.TopSupplier, c.topSupplier), append(list.TopExporter, c.topExporter)
		}
	}
	if list.Columns = columns; len(list.cells) < len(cells) {
		list.Columns = h.columns(list.cells)
	}
	return list, nil
}

// columns puts the sums of cells into columns.
func (h *handing) columns(cells []cell) indicator.Columns {
	columns, pairs := indicator.Columns{N: len(cells)}, len(cells) > 0 && cells[0].partner >= 0
	for s := range columns.Col {
		if sum := indicator.Sum(s); !h.need[sum] || !pairs && sum.Level() == indicator.Pair {
			continue
		}
		columns.Col[s] = make([]float64, len(cells))
		for i := range cells {
			columns.Col[s][i] = cells[i].sums[s]
		}
	}
	return columns
}

// give hands over the cells of a product, which are the next.
func (l *handed) give(product uint32, take func(*kernel.Batch) error) error {
	n := 0
	for n < len(l.cells) && l.cells[n].product == product {
		n++
	}
	if n == 0 {
		return nil
	}
	cells := l.cells[:n]
	b := &kernel.Batch{Year: l.view.Year, Product: l.codes[product]}
	b.N, l.cells = n, l.cells[n:]
	for s := range l.Col {
		if len(l.Col[s]) > 0 {
			b.Col[s], l.Col[s] = l.Col[s][:n], l.Col[s][n:]
		}
	}
	b.Importer, l.Importer = l.Importer[:n], l.Importer[n:]
	if b.Partner, l.Partner = l.Partner[:n], l.Partner[n:]; cells[0].partner < 0 {
		b.Partner = nil
	}
	b.TopSupplier, l.TopSupplier = l.TopSupplier[:n], l.TopSupplier[n:]
	b.TopExporter, l.TopExporter = l.TopExporter[:n], l.TopExporter[n:]
	if b.Verdicts, l.Verdicts = l.Verdicts[:n], l.Verdicts[n:]; l.view.Whole == nil && l.view.Unseen == 0 {
		b.Verdicts = nil
	}
	b.Exact = kernel.ExactSums(l.ctx, &b.Columns, l.Dataset.Manifest().Exact, func(i int) (*kernel.Definition, error) { return l.define(&cells[i]) })
	return take(b)
}
