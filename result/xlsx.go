package result

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"chokepoint/trade"
)

const (
	dataSheet   = "data"
	readMeSheet = "read me"

	maxSheetRows = 1<<20 - 1 // below the header
	maxCellUnits = 32767     // UTF-16 units
)

// writeXLSX writes a workbook (ECMA-376): the sheet "data" with plain headings, frozen, and a filter, and the sheet "read me", which has
// beside each heading the name of the column in other formats. Text is text,
// never a formula or a number; missing numbers are empty cells, infinities the text inf. Numbers have all their digits: the libraries
// for workbooks round them to fifteen, which moves values that sit on a threshold.
func writeXLSX(w io.Writer, t *Table, _ Options) error {
	t = t.marked()
	if t.Rows() > maxSheetRows {
		return fmt.Errorf("%s do not fit on a worksheet, which has room for %s: use the format csv or parquet",
			plural(t.Rows(), "row"), grouped(strconv.Itoa(maxSheetRows)))
	}
	if err := t.checkCells(); err != nil {
		return err
	}
	out := zip.NewWriter(w)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed) // twice as fast for a third more bytes
	})
	for _, part := range workbookParts {
		if err := t.writePart(out, part.name, part.write); err != nil {
			return err
		}
	}
	return out.Close()
}

// writePart writes one file of the workbook.
func (t *Table) writePart(out *zip.Writer, name string, write func(w *bufio.Writer, t *Table)) error {
	w, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, flushAt) // keeps the first error until Flush
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n")
	write(b, t)
	return b.Flush()
}

// checkCells refuses text that a cell would cut.
func (t *Table) checkCells() error {
	for _, c := range t.Columns {
		if c.Type != Text {
			continue
		}
		for row, s := range c.texts(0, c.Len()) {
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

// writeDataSheet writes the sheet of the rows.
func writeDataSheet(w *bufio.Writer, t *Table) {
	area := "A1:" + columnLetters(len(t.Columns)-1) + strconv.Itoa(t.Rows()+1)
	w.WriteString(`<worksheet xmlns="` + sheetNames + `"><dimension ref="` + area + `"/><sheetViews><sheetView tabSelected="1" workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews><cols>`)
	letters, styles := make([]string, len(t.Columns)), make([]int, len(t.Columns))
	headings := t.Headings()
	for i, c := range t.Columns {
		letters[i], styles[i] = columnLetters(i), c.style()
		writeWidth(w, i, c.sheetWidth(headings[i]))
	}
	w.WriteString(`</cols><sheetData><row r="1">`)
	for i := range t.Columns {
		w.Write(appendInline(w.AvailableBuffer(), letters[i]+"1", boldStyle, headings[i]))
	}
	w.WriteString(`</row>`)
	for row := range t.Rows() {
		number := strconv.Itoa(row + 2) // below the header
		w.WriteString(`<row r="` + number + `">`)
		for i, c := range t.Columns {
			w.Write(c.appendCell(w.AvailableBuffer(), row, letters[i]+number, styles[i]))
		}
		w.WriteString(`</row>`)
	}
	w.WriteString(`</sheetData><autoFilter ref="` + area + `"/></worksheet>`)
}

// columnLetters is the name of a column: A is the first, AA the one after Z.
func columnLetters(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnLetters(i/26-1) + columnLetters(i%26)
}

func writeWidth(w *bufio.Writer, column int, width float64) {
	fmt.Fprintf(w, `<col min="%d" max="%[1]d" width="%g" customWidth="1"/>`, column+1, width)
}

// appendOpen begins a cell.
func appendOpen(b []byte, ref string, style int, kind string) []byte {
	b = append(append(b, `<c r="`...), ref...)
	if style != 0 {
		b = strconv.AppendInt(append(b, `" s="`...), int64(style), 10)
	}
	if kind != "" {
		b = append(append(b, `" t="`...), kind...)
	}
	return append(b, `">`...)
}

// appendInline appends a cell of text.
func appendInline(b []byte, ref string, style int, s string) []byte {
	b = appendOpen(b, ref, style, "inlineStr")
	if strings.TrimSpace(s) == s {
		b = append(b, `<is><t>`...)
	} else {
		b = append(b, `<is><t xml:space="preserve">`...)
	}
	return append(appendCellText(b, s), `</t></is></c>`...)
}

func (c *Column) appendCell(b []byte, row int, ref string, style int) []byte {
	if c.IsMissing(row) {
		return b
	}
	switch c.Type {
	case Text:
		if c.TextAt(row) != "" {
			return appendInline(b, ref, style, c.TextAt(row))
		}
		return b
	case Bool:
		b = appendOpen(b, ref, style, "b")
		if c.Bool[row] {
			return append(b, `<v>1</v></c>`...)
		}
		return append(b, `<v>0</v></c>`...)
	case Float:
		if math.IsInf(c.Float[row], 0) {
			return appendInline(b, ref, style, c.Exact(row))
		}
	case Int:
		if c.isYear() && trade.Period(c.Int[row]).Monthly() {
			return appendInline(b, ref, style, c.Exact(row))
		}
	}
	b = append(appendOpen(b, ref, style, ""), `<v>`...)
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

// sheetNames is the namespace of workbooks, and relations that of what joins their files.
const (
	sheetNames = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relations  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// workbookParts are the files of a workbook.
var workbookParts = []struct {
	name  string
	write func(w *bufio.Writer, t *Table)
}{
	{"[Content_Types].xml", func(w *bufio.Writer, _ *Table) {
		const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
		w.WriteString(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`)
		for _, part := range [][2]string{{"workbook", "sheet.main+xml"}, {"styles", "styles+xml"}, {"worksheets/sheet1", "worksheet+xml"}, {"worksheets/sheet2", "worksheet+xml"}} {
			w.WriteString(`<Override PartName="/xl/` + part[0] + `.xml" ContentType="` + kind + part[1] + `"/>`)
		}
		w.WriteString(`</Types>`)
	}},
	{"_rels/.rels", func(w *bufio.Writer, _ *Table) { writeRelations(w, "officeDocument", "xl/workbook.xml") }},
	{"xl/workbook.xml", func(w *bufio.Writer, t *Table) {
		w.WriteString(`<workbook xmlns="` + sheetNames + `" xmlns:r="` + relations + `"><sheets><sheet name="` + dataSheet + `" sheetId="1" r:id="rId1"/>` +
			`<sheet name="` + readMeSheet + `" sheetId="2" r:id="rId2"/></sheets><definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">` +
			dataSheet + `!$A$1:$` + columnLetters(len(t.Columns)-1) + `$` + strconv.Itoa(t.Rows()+1) + `</definedName></definedNames></workbook>`)
	}},
	{"xl/_rels/workbook.xml.rels", func(w *bufio.Writer, _ *Table) {
		writeRelations(w, "worksheet", "worksheets/sheet1.xml", "worksheet", "worksheets/sheet2.xml", "styles", "styles.xml")
	}},
	{"xl/styles.xml", writeStyles},
	{"xl/worksheets/sheet1.xml", writeDataSheet},
	{"xl/worksheets/sheet2.xml", writeReadMe},
}

// writeRelations writes which files belong to one: kinds and names in turn.
func writeRelations(w *bufio.Writer, pairs ...string) {
	w.WriteString(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(w, `<Relationship Id="rId%d" Type="%s/%s" Target="%s"/>`, i/2+1, relations, pairs[i], pairs[i+1])
	}
	w.WriteString(`</Relationships>`)
}

// boldStyle is the style of headings, plain text and numbers are 0, and a number format has firstFormat and its place in numberFormats.
const (
	boldStyle   = 1
	firstFormat = 2
	customFirst = 164 // the first number that the standard leaves to formats of a file
)

// numberFormats are those that columns use.
var numberFormats = []string{"@", "0", "#,##0", "#,##0.0", "0.000"}

// style is that of a column's cells.
func (c *Column) style() int {
	if i := slices.Index(numberFormats, c.numberFormat()); i >= 0 {
		return firstFormat + i
	}
	return 0
}

func writeStyles(w *bufio.Writer, _ *Table) {
	fmt.Fprintf(w, `<styleSheet xmlns="%s"><numFmts count="%d">`, sheetNames, len(numberFormats))
	for i, format := range numberFormats {
		fmt.Fprintf(w, `<numFmt numFmtId="%d" formatCode="%s"/>`, customFirst+i, format)
	}
	w.WriteString(`</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>`)
	fmt.Fprintf(w, `<cellXfs count="%d"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>`,
		firstFormat+len(numberFormats))
	for i := range numberFormats {
		fmt.Fprintf(w, `<xf numFmtId="%d" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`, customFirst+i)
	}
	w.WriteString(`</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`)
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

// sheetWidth is a column's width by its heading and first values, in characters.
func (c *Column) sheetWidth(heading string) float64 {
	width := utf8.RuneCountInString(heading) + 4 // room for the filter's button
	if c.Type == Text {
		for _, s := range c.texts(0, min(c.Len(), 100)) {
			width = max(width, utf8.RuneCountInString(s)+2)
		}
	} else {
		width = max(width, 12)
	}
	return float64(min(width, 60))
}

// writeReadMe writes the second sheet.
func writeReadMe(w *bufio.Writer, t *Table) {
	w.WriteString(`<worksheet xmlns="` + sheetNames + `"><cols>`)
	for column, width := range []float64{34, 80, 14, 100, 34} {
		writeWidth(w, column, width)
	}
	w.WriteString(`</cols><sheetData>`)
	for i, line := range t.readMe() {
		number := strconv.Itoa(i + 1)
		w.WriteString(`<row r="` + number + `">`)
		for k, s := range line.cells {
			if s == "" {
				continue
			}
			style := 0
			if line.heading || k == 0 {
				style = boldStyle
			}
			w.Write(appendInline(w.AvailableBuffer(), columnLetters(k)+number, style, s))
		}
		w.WriteString(`</row>`)
	}
	w.WriteString(`</sheetData></worksheet>`)
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
	heading(cellPieces(t.Heading() + " ")[0])
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
	heading("Column", "Description", "Type", "Unit", "Name in CSV, JSON and Parquet")
	headings := t.Headings()
	for i, c := range t.Columns {
		lines = append(lines, readMeLine{false, []string{headings[i], cellPieces(c.Description + " ")[0], c.Type.String(), c.Unit, c.Name}})
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
