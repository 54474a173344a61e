package kernel

import (
	"slices"

	"chokepoint/indicator"
)

// Views that count need to know of a pair which of them take it, and no more. To hand each its own batch would copy a pair as often as there are
// views that take it, some four of fifteen, product by product.

// marks says that the pairs of a view may arrive marked.
func (m *member) marks() bool {
	v := m.plan.view
	return v.Mark != 0 && v.OnlyPairs && len(v.Partners) > 0 && v.Unseen == 0 && v.Whole == nil && m.plan.topOnly == v.TopOnly &&
		slices.Contains(m.ofPair, indicator.ImportsFromPartner)
}

// What is known is looked up by some bits of a product with an odd number.
const (
	bitsKnown = 11
	mostKnown = 1 << bitsKnown
)

// marksOf is the marks of the views that take a pair by what it meets.
type marksOf struct{ met, marks uint64 }

// mark adds the pairs of a block that marked views take.
func (w *commonWorker) mark(list *[]Marked) error {
	of, from := &w.ofPair, len(*list)
	to := slices.Grow(*list, len(of.Met))[:from+len(of.Met)]
	imports, fromPartner := w.cells.Col[indicator.Imports], w.pairs.Col[indicator.ImportsFromPartner]
	n := from
	for i := range of.Met {
		if of.Open[i]&w.markable != 0 {
			if err := w.settleMarked(i); err != nil {
				return err
			}
		}
		row, marks := w.row[i], w.marksOf(of.Met[i]&w.markable)
		to[n] = Marked{imports[row], fromPartner[i], marks, w.asked[w.cells.importer[row]], w.pairs.partner[i]}
		if marks != 0 {
			n++
		}
	}
	*list = to[:n]
	return nil
}

// settleMarked decides criteria that are open of a pair, as far as a view depends on them.
func (w *commonWorker) settleMarked(i int) error {
	of := &w.ofPair
	for k := range w.marked {
		need := w.marked[k].pairs
		if open := of.Open[i] & need; open != 0 && (of.Met[i]|open)&need == need {
			if err := w.settlePair(open, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// marksOf finds the views whose criteria are among those met. Few words occur, and most have been met before.
func (w *commonWorker) marksOf(met uint64) uint64 {
	known := &w.views[met*0x9e3779b97f4a7c15>>(64-bitsKnown)] // nothing is met: no marks, which is right at the beginning
	if known.met != met {
		known.met, known.marks = met, 0
		for k := range w.marked {
			if need := w.marked[k].pairs; met&need == need {
				known.marks |= w.marked[k].plan.view.Mark
			}
		}
	}
	return known.marks
}
