package result

import (
	"math"
	"strconv"
)

// roundedDigits are as many as a reader uses.
const roundedDigits = 4

// Rounded returns t with its numbers as people read them: four significant digits. Counts and years
// stay as they are.
func (t *Table) Rounded() *Table {
	rounded := *t
	rounded.rows = nil
	rounded.Columns = make([]*Column, len(t.Columns))
	for k, c := range t.Columns {
		n := *c
		if c.Type == Float {
			n.Float = make([]float64, len(c.Float))
			for i, x := range c.Float {
				n.Float[i] = round(x)
			}
		}
		rounded.Columns[k] = &n
	}
	return &rounded
}

func round(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', roundedDigits-1, 64), 64)
	if err != nil {
		return x
	}
	return short
}

// JSONRows are the rows as the JSON rendering has them: objects with a member a column, missing numbers null.
func (t *Table) JSONRows() ([]byte, error) {
	t = t.marked()
	labels, err := t.jsonLabels()
	if err != nil {
		return nil, err
	}
	text := []byte{'['}
	for row := range t.Rows() {
		if row > 0 {
			text = append(text, ',')
		}
		if text, err = t.appendJSONRow(text, labels, row); err != nil {
			return nil, err
		}
	}
	return append(text, ']'), nil
}
