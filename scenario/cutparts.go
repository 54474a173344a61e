package scenario

import (
	"sort"

	"chokepoint/store"
)

// cutParts are the rows of an answer in its order. Those of products, of which there are millions, are made when somebody reads them: references to their figures
// would take as much room as these.
type cutParts struct {
	list []cutPart
	rows int
	kept int64 // bytes that the rows are made of
}

// cutPart is rows that follow one another: as they are, or those of a party's products.
type cutPart struct {
	from         int // the first one
	rows         []CutRow
	segments     []segment
	combinations []Combination
	arrival      arrival
}

func (p *cutParts) addRows(rows []CutRow) {
	if len(rows) > 0 {
		p.list = append(p.list, cutPart{from: p.rows, rows: rows})
		p.rows += len(rows)
		p.kept += int64(len(rows)) * (store.SizeOf(CutRow{}) + store.SizeOf(CutCell{}) + store.SizeOf(Substitution{}))
	}
}

func (p *cutParts) addProducts(segments []segment, combinations []Combination, a arrival) {
	if n := len(segments) * len(combinations); n > 0 {
		p.list = append(p.list, cutPart{from: p.rows, segments: segments, combinations: combinations, arrival: a})
		p.rows += n
		p.kept += int64(len(segments))*(store.SizeOf(segment{})+store.SizeOf(CutCell{})) + int64(n)*store.SizeOf(Substitution{})
	}
}

// write writes the rows from one on.
func (p *cutParts) write(from int, rows []CutRow) {
	next := sort.Search(len(p.list), func(i int) bool { return p.list[i].from > from }) - 1
	for len(rows) > 0 {
		n := p.list[next].write(from-p.list[next].from, rows)
		from, rows, next = from+n, rows[n:], next+1
	}
}

// write writes the rows from one on, until it or rows end, and says how many these are.
func (p *cutPart) write(from int, rows []CutRow) int {
	if p.segments == nil {
		return copy(rows, p.rows[from:])
	}
	width := len(p.combinations)
	n := min(len(rows), len(p.segments)*width-from)
	for i := range rows[:n] {
		s, k := &p.segments[(from+i)/width], (from+i)%width
		rows[i] = CutRow{s.cell, &p.combinations[k], &s.outcomes[k], nil}
		if p.arrival.months > 0 {
			path := p.arrival.path(s, k)
			rows[i].Path = &path
		}
	}
	return n
}
