package scenario

import "chokepoint/trade"

// Market is the trade of one product in a year as a cut sees it: what those who lose a supplier need, and who else exports the product.
type Market struct {
	Exporters []Exporter // candidates, ascending by code
	Importers []Importer // of the product that are no suppliers that stop, ascending by code
	Freed     float64    // what the suppliers that stop no longer sell to the importers of the cut, US dollars
	place     [trade.MaxCode]int32
	reading   int       // how often m was read, from 1: what is known of it holds until it is read again
	all       float64   // exports of all candidates
	exports   []float64 // those of Exporters
	needs     []int32   // places of importers with a need, whose purchases follow one another below
	suppliers []int32   // places of candidates from whom they buy
	values    []float64 // what they buy of each
}

// Exporter is a candidate: an economy that exports the product, does not stop, and may fill.
type Exporter struct {
	Code    uint16
	Exports float64 // of the product, to all, US dollars
}

// Importer is an economy that buys the product.
type Importer struct {
	Code     uint16
	Imports  float64 // of the product from all, US dollars
	Stopped  float64 // of these from the suppliers that stop, whatever the cut
	Need     float64 // the part of Stopped that is cut; 0 for those who are not part of the cut
	Hubs     float64 // of Stopped from the hubs of the suppliers, whose sales count as theirs
	Present  float64 // of Imports from candidates
	Others   float64 // what candidates, the importer itself excepted, export to others than the importer
	self     int32   // its place among the candidates; -1 where it is none
	from, to int32   // its purchases from candidates in those of the market; none where it has no need
}

// Cut is what stops.
type Cut struct {
	Stops trade.Set // suppliers that stop, their hubs included
	Hubs  trade.Set // of Stops: economies through which the suppliers' goods pass
	To    trade.Set // importers to whom they no longer sell
	Share float64   // of each flow that is cut, 0 to 1
	// May says who may fill; the zero value of Only is everybody but those of Not.
	Not, Only trade.Set
	Chosen    bool // Only is asked for
}

// fills says whether an economy is a candidate.
func (c *Cut) fills(code trade.Code) bool {
	return !c.Stops.Has(code) && !c.Not.Has(code) && (!c.Chosen || c.Only.Has(code))
}

// Read makes m the market of the flows of a product, sorted by importer, then exporter; memory of m is used again.
func (m *Market) Read(importer, exporter []uint16, value []float64, cut *Cut) {
	var exports [trade.MaxCode]float64
	for k, v := range value {
		exports[exporter[k]] += v
	}
	m.reading++
	m.Exporters, m.Importers, m.Freed, m.all = m.Exporters[:0], m.Importers[:0], 0, 0
	m.exports, m.needs, m.suppliers, m.values = m.exports[:0], m.needs[:0], m.suppliers[:0], m.values[:0]
	for code, x := range exports {
		m.place[code] = -1
		if x > 0 && cut.fills(trade.Code(code)) {
			m.place[code] = int32(len(m.Exporters))
			m.Exporters, m.exports = append(m.Exporters, Exporter{uint16(code), x}), append(m.exports, x)
			m.all += x
		}
	}
	for from := 0; from < len(value); {
		to := from
		for to < len(value) && importer[to] == importer[from] {
			to++
		}
		if !cut.Stops.Has(trade.Code(importer[from])) {
			m.add(importer[from], exporter[from:to], value[from:to], cut)
		}
		from = to
	}
}

// add takes one importer's purchases.
func (m *Market) add(code uint16, exporter []uint16, value []float64, cut *Cut) {
	c := Importer{Code: code, self: m.place[code], from: int32(len(m.values))}
	for k, v := range value {
		c.Imports += v
		if i := exporter[k]; cut.Stops.Has(trade.Code(i)) {
			c.Stopped += v
			if cut.Hubs.Has(trade.Code(i)) {
				c.Hubs += v
			}
		} else if at := m.place[i]; at >= 0 {
			m.suppliers, m.values = append(m.suppliers, at), append(m.values, v)
			c.Present += v
		}
	}
	c.Others = m.all - c.Present
	if c.self >= 0 {
		c.Others -= m.exports[c.self]
	}
	if c.Others < settled*m.all {
		c.Others = 0
	}
	if cut.To.Has(trade.Code(code)) {
		c.Need = cut.Share * c.Stopped
		m.Freed += c.Need
	}
	if c.Need > 0 {
		m.needs = append(m.needs, int32(len(m.Importers)))
	} else { // who needs nothing asks for nothing
		m.suppliers, m.values = m.suppliers[:c.from], m.values[:c.from]
	}
	c.to = int32(len(m.values))
	m.Importers = append(m.Importers, c)
}

// AskedOfHubs is what importers of the cut would ask of the suppliers' hubs under the rule present, were these kept as candidates.
func (m *Market) AskedOfHubs(share float64) (asked float64) {
	for i := range m.Importers {
		if c := &m.Importers[i]; c.Need > 0 && c.Hubs > 0 {
			asked += share * (c.Stopped - c.Hubs) * c.Hubs / (c.Hubs + c.Present)
		}
	}
	return asked
}

// Rearrangement is what an importer, or several as one, buys from the suppliers that stop ÷ what candidates export to others (MGI 2025).
// It is +Inf where these export nothing to others.
func (m *Market) Rearrangement(importers ...*Importer) float64 {
	stopped, others := m.rearranged(importers)
	return stopped / others
}

func (m *Market) rearranged(importers []*Importer) (stopped, others float64) {
	if len(importers) == 1 {
		return importers[0].Stopped, importers[0].Others
	}
	others = m.all
	for _, c := range importers {
		stopped += c.Stopped
		others -= c.Present
	}
	if others < settled*m.all {
		others = 0
	}
	return stopped, others
}
