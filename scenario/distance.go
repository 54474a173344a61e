package scenario

import (
	"fmt"
	"math"
	"strconv"

	"chokepoint/datafile"
	"chokepoint/study"
	"chokepoint/textfile"
	"chokepoint/trade"
)

var distanceParameter = study.Parameter{Name: "distance", File: ".csv", Example: "dist_cepii.csv",
	Usage: "divide what candidates export to others by the distance to the importer: a CSV file with iso_o, iso_d and distw or dist, in km, such as CEPII's GeoDist (default: distance plays no part)"}

// Distances are kilometres between economies.
type Distances struct {
	File  string
	km    map[[2]uint16]float64
	pairs int
}

// maxDistances is the size in bytes, unpacked, of the largest file of distances accepted.
const maxDistances = 64 << 20

func openDistances(s *study.Source, name string, economies *trade.Economies) (*Distances, error) {
	return openOwn(s, distanceParameter, "distances", name, func(name string, text []byte) (*Distances, error) { return ParseDistances(name, text, economies) })
}

// ParseDistances reads a table of distances with the columns iso_o, iso_d, and distw or dist. Empty ones, "." and NA are not known. Economies that the
// dataset lacks are skipped.
func ParseDistances(name string, text []byte, economies *trade.Economies) (*Distances, error) {
	t := textfile.NewTable(name, text)
	if err := t.Header([]string{"iso_o", "iso_d"}, []string{"distw", "dist"}, new([]string)); err != nil {
		return nil, err
	}
	column := "distw"
	if !t.Has(column) {
		column = "dist"
	}
	if !t.Has(column) {
		return nil, &datafile.Error{File: name, Line: 1, Msg: "neither distw nor dist; expected one of them, in km"}
	}
	codes := map[string][]uint16{}
	for _, e := range economies.All() {
		codes[e.ISO3] = append(codes[e.ISO3], uint16(e.Code))
	}
	d := &Distances{File: name + ", " + column, km: map[[2]uint16]float64{}}
	err := t.Each(func(_ int, field func(string) string) error {
		text := field(column)
		if text == "" || text == "." || text == "NA" {
			return nil
		}
		km, err := strconv.ParseFloat(text, 64)
		if err != nil || !(km > 0) || math.IsInf(km, 0) {
			return fmt.Errorf("%s %q: expected kilometres above 0", column, text)
		}
		d.pairs++
		for _, from := range codes[field("iso_o")] {
			for _, to := range codes[field("iso_d")] {
				d.km[[2]uint16{from, to}] = km
			}
		}
		return nil
	})
	if err == nil && len(d.km) == 0 {
		err = &datafile.Error{File: name, Msg: fmt.Sprintf("none of its %d distances is between economies of the dataset", d.pairs)}
	}
	return d, err
}

func (d *Distances) about(economies *trade.Economies) string {
	known := map[uint16]bool{}
	for pair := range d.km {
		known[pair[0]] = true
	}
	var lacking []string
	for _, e := range economies.All() {
		if !known[uint16(e.Code)] {
			lacking = append(lacking, economies.Label(e.Code))
		}
	}
	text := fmt.Sprintf("what candidates export to others is divided by the distance to the importer (%s)", d.File)
	if len(lacking) > 0 {
		text += fmt.Sprintf("; %d economies have no distance there, and are asked by present shares alone", len(lacking))
	}
	return text
}

// FillByDistance is Fill where what candidates export to others counts the less the farther they are from the importer.
func (m *Market) FillByDistance(f *Fill, rule Rule, spare float64, d *Distances) {
	f.begin(m, rule)
	f.reading = 0 // its weights are of no use to others
	m.fillByTable(f, rule, spare, d)
}

// fillByTable is Fill by the definition, with a table of weights; d is nil where distance does not count.
func (m *Market) fillByTable(f *Fill, rule Rule, spare float64, d *Distances) {
	clear(f.Sources)
	need, add := make([]float64, len(m.Importers)), make([]float64, len(m.Exporters))
	weights := make([][]float64, len(m.Importers))
	for i, x := range m.exports {
		add[i] = spare * x
	}
	for _, c := range m.needs {
		b := &m.Importers[c]
		need[c], weights[c] = b.Need, make([]float64, len(m.Exporters))
		f.Sources[c] = m.weigh(b, rule, d, weights[c])
	}
	a := Allocate(need, add, weights)
	f.Unfilled, f.table = a.Unfilled, a.Gained
}

// weigh puts the weights of an importer into w; it is false where all are 0.
func (m *Market) weigh(b *Importer, rule Rule, d *Distances, w []float64) (some bool) {
	x := make([]float64, len(w))
	sum := 0.0
	for i, e := range m.Exporters {
		x[i] = e.Exports
	}
	for k, i := range m.suppliers[b.from:b.to] {
		v := m.values[int(b.from)+k]
		x[i] -= v
		w[i] = v / b.Present
	}
	for i, e := range m.Exporters {
		km := 1.0
		if d != nil {
			km = d.km[[2]uint16{e.Code, b.Code}]
		}
		if int32(i) == b.self || km == 0 {
			x[i] = 0
			continue
		}
		x[i] /= km
		sum += x[i]
	}
	for i := range w {
		if sum > 0 {
			x[i] /= sum
		}
		w[i] = rule.Weight(w[i], x[i])
		some = some || w[i] > 0
	}
	return some
}
