package result

import (
	"fmt"
	"io"
	"math"
	"strings"

	"chokepoint/trade"
)

// sdmxDimensions says which column of ours is which dimension of SDMX, in the order in which they are written.
var sdmxDimensions = []struct {
	id      string
	columns []string
}{
	{"REF_AREA", []string{"importer", "a", "exporter"}},
	{"COUNTERPART_AREA", []string{"partner", "b"}},
	{"PRODUCT", []string{"product"}},
	{"METHOD", []string{"method"}},
}

// sdmxUnits are codes of UNIT_MEASURE; what is not here is a pure number.
var sdmxUnits = map[string]string{USD: "USD", Tonnes: "T"}

// writeSDMX writes SDMX-CSV 2.0: one line an observation. Each column of numbers is an INDICATOR; text columns that are no
// dimension (names, top supplier) and columns of yes and no have no place in it. A partner of - is _Z, not applicable.
func writeSDMX(w io.Writer, t *Table, _ Options) error {
	year := t.Column("year")
	if year == nil || year.Type != Int {
		return fmt.Errorf("it has no years: SDMX-CSV is for series, use the format csv")
	}
	dimensions := t.sdmxColumns()
	if len(dimensions) == 0 || dimensions[0].id != "REF_AREA" {
		return fmt.Errorf("it has no importers: SDMX-CSV is for series, use the format csv")
	}
	if err := sdmxKeysDiffer(t, year, dimensions); err != nil {
		return err
	}
	buf := append(make([]byte, 0, 2*flushAt), "STRUCTURE,STRUCTURE_ID,ACTION,FREQ"...)
	for _, d := range dimensions {
		buf = append(append(buf, ','), d.id...)
	}
	buf = append(buf, ",INDICATOR,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OBS_STATUS"...)
	comment := ""
	if t.IsSynthetic() {
		buf = append(buf, ",COMMENT_OBS"...)
		comment = "," + banner
	}
	buf = append(buf, '\n')
	statuses := make([][]*Column, len(t.Columns))
	for k, c := range t.Columns {
		statuses[k] = t.statusesOf(c.Name)
	}
	head := "dataflow,CHOKEPOINT:" + strings.ToUpper(strings.ReplaceAll(t.Name, "-", "_")) + "(1.0),I,"
	for row := range t.Rows() {
		frequency := "A"
		if trade.Period(year.Int[row]).Monthly() {
			frequency = "M"
		}
		key := []byte(head + frequency)
		for _, d := range dimensions {
			key = appendCSVText(append(key, ','), sdmxCode(d.column.Text[row]))
		}
		for k, c := range t.Columns {
			if c == year || c.Type != Int && c.Type != Float {
				continue
			}
			buf = append(append(append(buf, key...), ','), strings.ToUpper(c.Name)...)
			buf = year.appendExact(append(buf, ','), row)
			status := Observed
			for _, s := range statuses[k] {
				status = Worst(status, Status(s.Text[row]))
			}
			buf = c.appendObservation(append(buf, ','), row, status)
			buf = append(append(buf, comment...), '\n')
		}
		if len(buf) >= flushAt {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}

type sdmxColumn struct {
	id     string
	column *Column
}

func (t *Table) sdmxColumns() (list []sdmxColumn) {
	for _, d := range sdmxDimensions {
		for _, name := range d.columns {
			if c := t.Column(name); c != nil && c.Type == Text {
				list = append(list, sdmxColumn{d.id, c})
				break
			}
		}
	}
	return list
}

func sdmxCode(text string) string {
	if text == "-" || text == "" {
		return "_Z"
	}
	return text
}

// sdmxKeysDiffer refuses a table in which two rows would be one observation.
func sdmxKeysDiffer(t *Table, year *Column, dimensions []sdmxColumn) error {
	seen := make(map[string]int, t.Rows())
	var key []byte
	for row := range t.Rows() {
		key = year.appendExact(key[:0], row)
		for _, d := range dimensions {
			key = append(append(key, 0), d.column.Text[row]...)
		}
		if first, twice := seen[string(key)]; twice {
			return fmt.Errorf("rows %d and %d have the same year, importer, partner, product and method: SDMX-CSV is for series, use the format csv", first+1, row+1)
		}
		seen[string(key)] = row
	}
	return nil
}

// appendObservation appends value, unit and status.
func (c *Column) appendObservation(b []byte, row int, status Status) []byte {
	switch {
	case c.IsMissing(row):
	case c.Type == Float && math.IsInf(c.Float[row], 0):
		b = append(b, strings.ToUpper(string(c.appendExact(nil, row)))...)
	default:
		b = c.appendExact(b, row)
	}
	unit, ok := sdmxUnits[c.Unit]
	switch {
	case ok:
	case isUSD(c.Unit): // of one year
		unit = strings.ReplaceAll(c.Unit, ofYear, "_")
	default:
		unit = "PURE_NUMB"
	}
	return append(append(append(b, ','), unit...), ',', status.observation(!c.IsMissing(row)))
}
