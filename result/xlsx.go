package result

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"chokepoint/trade"
)

const (
	dataSheet   = "data"
	readMeSheet = "read me"
	dataPart    = "xl/worksheets/sheet1.xml" // where the library stores the first sheet

	maxSheetRows = excelize.TotalRows - 1 // below the header
	maxCellUnits = excelize.TotalCellChars
)

// writeXLSX writes a workbook: the sheet "data" with a frozen header and a
// filter, and the sheet "read me". Text is text, never a formula or a number;
// missing numbers are empty cells, infinities the text inf.
//
// The library makes the workbook with the header, and the rows are put into
// its sheet here: the library rounds numbers to fifteen digits, which moves
// values that sit on a threshold.
func writeXLSX(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	if t.Rows() > maxSheetRows {
		return fmt.Errorf("%s do not fit a worksheet, which has room for %s: use the format csv or parquet",
			plural(t.Rows(), "row"), grouped(strconv.Itoa(maxSheetRows)))
	}
	if err := t.checkCells(); err != nil {
		return err
	}
	frame, styles, err := t.workbook()
	if err != nil {
		return err
	}
	parts, err := zip.NewReader(bytes.NewReader(frame), int64(len(frame)))
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed) // twice as fast for a third more bytes
	})
	for _, part := range parts.File {
		if part.Name == dataPart {
			err = t.copySheet(out, part, styles)
		} else {
			err = out.Copy(part)
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// checkCells refuses text that a cell would cut.
func (t *Table) checkCells() error {
	for _, c := range t.Columns {
		for row, s := range c.Text {
			if len(s) > maxCellUnits && units16(s) > maxCellUnits {
				return fmt.Errorf("column %q, row %d: a cell has room for %d characters, the text has %d: use the format csv or parquet",
					c.Name, row+1, maxCellUnits, units16(s))
			}
		}
	}
	return nil
}

// units16 counts the UTF-16 units of s, in which worksheets measure text.
func units16(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// copySheet copies the sheet with the header and puts the rows behind it.
func (t *Table) copySheet(out *zip.Writer, part *zip.File, styles []int) error {
	r, err := part.Open()
	if err != nil {
		return err
	}
	sheet, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	before, after, found := bytes.Cut(sheet, []byte("</sheetData>"))
	if !found {
		return fmt.Errorf("the sheet made by the library has no </sheetData>")
	}
	w, err := out.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	if _, err := w.Write(before); err != nil {
		return err
	}
	if err := t.writeSheetRows(w, styles); err != nil {
		return err
	}
	_, err = w.Write(append([]byte("</sheetData>"), after...))
	return err
}

func (t *Table) writeSheetRows(w io.Writer, styles []int) error {
	letters := make([]string, len(t.Columns))
	for i := range t.Columns {
		var err error
		if letters[i], err = excelize.ColumnNumberToName(i + 1); err != nil {
			return err
		}
	}
	buf := make([]byte, 0, 2*flushAt)
	for row := range t.Rows() {
		number := strconv.Itoa(row + 2) // below the header
		buf = append(buf, `<row r="`+number+`">`...)
		for i, c := range t.Columns {
			buf = c.appendCell(buf, row, letters[i]+number, styles[i])
		}
		buf = append(buf, `</row>`...)
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

func (c *Column) appendCell(b []byte, row int, ref string, style int) []byte {
	open := func(kind string) {
		b = append(b, `<c r="`...)
		b = append(b, ref...)
		if style != 0 {
			b = append(b, `" s="`...)
			b = strconv.AppendInt(b, int64(style), 10)
		}
		if kind != "" {
			b = append(b, `" t="`...)
			b = append(b, kind...)
		}
		b = append(b, `">`...)
	}
	inline := func(s string) {
		open("inlineStr")
		if strings.TrimSpace(s) == s {
			b = append(b, `<is><t>`...)
		} else {
			b = append(b, `<is><t xml:space="preserve">`...)
		}
		b = appendCellText(b, s)
		b = append(b, `</t></is></c>`...)
	}
	if c.IsMissing(row) {
		return b
	}
	switch c.Type {
	case Text:
		if c.Text[row] != "" {
			inline(c.Text[row])
		}
		return b
	case Bool:
		open("b")
		if c.Bool[row] {
			return append(b, `<v>1</v></c>`...)
		}
		return append(b, `<v>0</v></c>`...)
	case Float:
		if math.IsInf(c.Float[row], 0) {
			inline(c.Exact(row))
			return b
		}
	case Int:
		if c.isYear() && trade.Period(c.Int[row]).Monthly() {
			inline(c.Exact(row))
			return b
		}
	}
	open("")
	b = append(b, `<v>`...)
	b = c.appendExact(b, row)
	return append(b, `</v></c>`...)
}

// escapeLike matches text that a worksheet reader would take for an escape,
// also when the closing underscore is that of an escape that follows.
var escapeLike = regexp.MustCompile(`_(x[0-9A-Fa-f]{4})`)

// appendCellText escapes text for a cell: what XML reserves, and as _xHHHH_
// what XML cannot hold.
func appendCellText(b []byte, s string) []byte {
	if strings.Contains(s, "_x") {
		s = escapeLike.ReplaceAllString(s, "_x005F_$1")
	}
	for _, r := range s {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			b = fmt.Appendf(b, "_x%04X_", r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// workbook returns the file with both sheets, the first without its rows, and
// the style of each column's cells.
func (t *Table) workbook() (file []byte, styles []int, err error) {
	f := excelize.NewFile()
	defer f.Close()
	steps := []func() error{
		func() error { return f.SetSheetName("Sheet1", dataSheet) },
		func() (err error) { styles, err = t.styles(f); return err },
		func() error { return t.fillHeader(f) },
		func() error { return t.fillReadMe(f) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		return nil, nil, err
	}
	return buf.Bytes(), styles, nil
}

// styles makes one number format a column.
func (t *Table) styles(f *excelize.File) ([]int, error) {
	styles := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		format := c.numberFormat()
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			return nil, err
		}
		styles[i] = style
	}
	return styles, nil
}

// numberFormat is how the worksheet shows values; the cell holds all digits.
func (c *Column) numberFormat() string {
	switch {
	case c.Type == Text:
		return "@"
	case c.Type == Bool:
		return "General"
	case c.Unit == Year || c.Name == "year":
		return "0"
	case c.Type == Int, isUSD(c.Unit):
		return "#,##0"
	case c.Unit == Tonnes:
		return "#,##0.0"
	case isShare(c.Unit):
		return "0.000"
	}
	return "General"
}

func (t *Table) fillHeader(f *excelize.File) error {
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, c := range t.Columns {
		cell, err := excelize.CoordinatesToCellName(i+1, 1)
		if err != nil {
			return err
		}
		if err := f.SetCellStr(dataSheet, cell, c.Name); err != nil {
			return err
		}
		if err := f.SetCellStyle(dataSheet, cell, cell, bold); err != nil {
			return err
		}
		letter := strings.TrimRight(cell, "0123456789")
		if err := f.SetColWidth(dataSheet, letter, letter, t.sheetWidth(c)); err != nil {
			return err
		}
	}
	last, err := excelize.CoordinatesToCellName(len(t.Columns), t.Rows()+1)
	if err != nil {
		return err
	}
	if err := f.SetPanes(dataSheet, &excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
	}); err != nil {
		return err
	}
	if err := f.SetSheetDimension(dataSheet, "A1:"+last); err != nil {
		return err
	}
	return f.AutoFilter(dataSheet, "A1:"+last, nil)
}

// sheetWidth is a column's width by its name and first values, in characters.
func (t *Table) sheetWidth(c *Column) float64 {
	width := len(c.Name) + 4 // room for the filter's button
	if c.Type == Text {
		for _, s := range c.Text[:min(len(c.Text), 100)] {
			width = max(width, utf8.RuneCountInString(s)+2)
		}
	} else {
		width = max(width, 12)
	}
	return float64(min(width, 60))
}

// fillReadMe writes the second sheet.
func (t *Table) fillReadMe(f *excelize.File) error {
	if _, err := f.NewSheet(readMeSheet); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, line := range t.readMe() {
		for k, s := range line.cells {
			cell, err := excelize.CoordinatesToCellName(k+1, i+1)
			if err != nil {
				return err
			}
			if s == "" {
				continue
			}
			if err := f.SetCellStr(readMeSheet, cell, s); err != nil {
				return err
			}
			if line.heading || k == 0 {
				if err := f.SetCellStyle(readMeSheet, cell, cell, bold); err != nil {
					return err
				}
			}
		}
	}
	for _, w := range []struct {
		column string
		width  float64
	}{{"A", 28}, {"B", 80}, {"C", 14}, {"D", 100}} {
		if err := f.SetColWidth(readMeSheet, w.column, w.column, w.width); err != nil {
			return err
		}
	}
	return nil
}

type readMeLine struct {
	heading bool
	cells   []string
}

// readMe lists the lines of the second sheet: what a reader must know first.
func (t *Table) readMe() []readMeLine {
	var lines []readMeLine
	heading := func(cells ...string) { lines = append(lines, readMeLine{true, cells}) }
	entry := func(label, s string) {
		for i, piece := range cellPieces(s) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, readMeLine{false, []string{label, piece}})
		}
	}
	heading(t.Title)
	if t.IsSynthetic() {
		heading(banner)
	}
	for _, s := range t.Provisional {
		entry("Provisional", s)
	}
	for _, s := range Texts(t.Notes) {
		entry("Note", s)
	}
	heading()
	heading("Provenance")
	source := t.Provenance
	source.Synthetic = t.IsSynthetic()
	for _, f := range source.fields() {
		entry(f[0], f[1])
	}
	entry("Cite as", source.Cite())
	entry("BibTeX", source.BibTeX())
	heading()
	heading("Column", "Description", "Type", "Unit")
	for _, c := range t.Columns {
		lines = append(lines, readMeLine{false, []string{c.Name, cellPieces(c.Description + " ")[0], c.Type.String(), c.Unit}})
	}
	for _, m := range t.Provenance.Methods {
		heading()
		heading("Method " + m.ID)
		entry("Title", m.Title)
		entry("Status", m.Status)
		entry("Source", m.Source)
		entry("SHA-256", m.SHA256)
		entry("Text", m.Text)
	}
	for _, b := range t.Provenance.Blocs {
		heading()
		heading("Bloc " + b.ID)
		entry("Name", b.Name)
		entry("Source", b.Source)
		entry("Text", b.Text)
	}
	return lines
}

// cellPieces splits text into lines, and a line that exceeds a cell into more.
func cellPieces(s string) []string {
	var pieces []string
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, " \r\n")
		for len(line) > maxCellUnits { // bytes are never fewer than units
			cut := maxCellUnits
			for !utf8.RuneStart(line[cut]) {
				cut--
			}
			pieces = append(pieces, line[:cut])
			line = line[cut:]
		}
		pieces = append(pieces, line)
	}
	return pieces
}
