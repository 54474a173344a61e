package result

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"chokepoint/trade"
)

// The dimensions whose codes are economies and blocs.
const (
	sdmxArea        = "REF_AREA"
	sdmxCounterpart = "COUNTERPART_AREA"

	pureNumber = "PURE_NUMB"
)

// sdmxDimensions says which column of ours is which dimension of SDMX, in the order in which they are written. A column is one dimension at most. Numbers are
// dimensions where number says so, and a dimension with a table is of that table alone, as others have a column of that name that means something else.
var sdmxDimensions = []struct {
	id      string
	columns []string
	number  bool
	table   string
}{
	{id: sdmxArea, columns: []string{"importer", "a", "exporter", "economy", "area", "user", "supplier"}},
	{id: sdmxCounterpart, columns: []string{"partner", "b", "supplier", "exporter"}},
	{id: "PRODUCT", columns: []string{"product"}},
	{id: "METHOD", columns: []string{"method"}},
	{id: "SECTOR", columns: []string{"sector"}},
	{id: "INDUSTRY", columns: []string{"industry", "industries"}},
	{id: "INPUTS", columns: []string{"inputs"}},
	{id: "RULE", columns: []string{"rule"}},
	{id: "SPARE", columns: []string{"spare"}, number: true},
	{id: "THETA", columns: []string{"theta"}, number: true},
	{id: "ASSUMPTION", columns: []string{"assumption"}},
	{id: "SOURCE", columns: []string{"source"}, table: "scenario-sources"},
	{id: "FORM", columns: []string{"form"}},
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
	if len(dimensions) == 0 || dimensions[0].id != sdmxArea {
		return fmt.Errorf("it has no economies: SDMX-CSV is for time series, use the format csv")
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
	head := "dataflow," + sdmxAgency + ":" + sdmxID(t.Name) + "(" + sdmxVersion + "),I,"
	for row := range t.Rows() {
		frequency := "A"
		if trade.Period(year.Int[row]).Monthly() {
			frequency = "M"
		}
		key := []byte(head + frequency)
		for _, d := range dimensions {
			key = appendCSVText(append(key, ','), d.code(row))
		}
		for k, c := range t.Columns {
			if !t.isIndicator(c, dimensions) {
				continue
			}
			buf = append(append(append(buf, key...), ','), sdmxID(c.Name)...)
			buf = year.appendExact(append(buf, ','), row)
			status := Observed
			for _, s := range statuses[k] {
				status = Worst(status, Status(s.TextAt(row)))
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
			c := t.Column(name)
			if c == nil || c.Type != Text && !(d.number && c.Type == Float) || d.table != "" && d.table != t.Name || isDimension(c, list) {
				continue
			}
			list = append(list, sdmxColumn{d.id, c})
			break
		}
	}
	return list
}

func isDimension(c *Column, list []sdmxColumn) bool {
	return slices.ContainsFunc(list, func(d sdmxColumn) bool { return d.column == c })
}

// isIndicator says whether a column holds figures: numbers that are neither the year nor a dimension.
func (t *Table) isIndicator(c *Column, dimensions []sdmxColumn) bool {
	return c.Name != "year" && (c.Type == Int || c.Type == Float) && !isDimension(c, dimensions)
}

// code is the code of a row in its dimension; _Z is not applicable.
func (d sdmxColumn) code(row int) string {
	if d.column.Type == Float {
		return string(d.column.appendExact(nil, row))
	}
	text := d.column.TextAt(row)
	switch {
	case text == "-" || text == "":
		return "_Z"
	case d.id == sdmxArea || d.id == sdmxCounterpart:
		return SDMXAreaCode(text)
	}
	return text
}

// SDMXAreaCode is the code of an economy, a bloc or several: USA+EU27 is USA_AND_EU27, and USA|EU27 is USA_OR_EU27.
func SDMXAreaCode(text string) string {
	text = strings.NewReplacer("+", "_AND_", "|", "_OR_").Replace(text)
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '@' || r == '$' {
			return r
		}
		return '_'
	}, text)
}

// sdmxKeysDiffer refuses a table in which two rows would be one observation.
func sdmxKeysDiffer(t *Table, year *Column, dimensions []sdmxColumn) error {
	seen := make(map[string]int, t.Rows())
	var key []byte
	for row := range t.Rows() {
		key = year.appendExact(key[:0], row)
		for _, d := range dimensions {
			key = append(append(key, 0), d.code(row)...)
		}
		if first, twice := seen[string(key)]; twice {
			return fmt.Errorf("rows %d and %d have the same year, economies, product and other dimensions: SDMX-CSV is for series, use the format csv", first+1, row+1)
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
	return append(append(append(b, ','), sdmxUnit(c.Unit)...), ',', status.observation(!c.IsMissing(row)))
}

// sdmxUnit is the code of a unit.
func sdmxUnit(unit string) string {
	if code, ok := sdmxUnits[unit]; ok {
		return code
	}
	if isUSD(unit) { // of one year
		return strings.ReplaceAll(unit, ofYear, "_")
	}
	return pureNumber
}
