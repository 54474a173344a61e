package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"chokepoint/textfile"
	"chokepoint/trade"
)

// samplesKept is how many rows of each reason the report quotes.
const samplesKept = 20

// RowError is a row that stops an ingest.
type RowError struct {
	File    string
	Line    int
	Text    string // the row as it stands in the file
	Problem string
}

func (e *RowError) Error() string {
	return fmt.Sprintf("%s:%d: %s (the row is %q; --lenient sets such rows aside and counts them)", e.File, e.Line, e.Problem, e.Text)
}

// dictionary numbers the product codes: those of the archive's list, or, while it is open, those that occur.
type dictionary struct {
	open     bool
	revision map[string]bool // the codes that may occur while it is open; nil: all
	mu       sync.Mutex
	ids      map[string]uint16
	codes    []string
}

func newDictionary(open bool, codes []string) *dictionary {
	d := &dictionary{open: open, ids: make(map[string]uint16)}
	for _, code := range codes {
		d.add(code)
	}
	return d
}

// add returns the number of a code; false when there are too many codes.
func (d *dictionary) add(code string) (uint16, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, ok := d.ids[code]; ok {
		return id, true
	}
	if len(d.codes) >= 1<<16-1 {
		return 0, false
	}
	id := uint16(len(d.codes))
	d.ids[code] = id
	d.codes = append(d.codes, code)
	return id, true
}

func (d *dictionary) find(code string) (uint16, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, ok := d.ids[code]
	return id, ok
}

// take returns the number of a code that occurs, or why it has none.
func (d *dictionary) take(code string) (uint16, reason) {
	if id, ok := d.find(code); ok {
		return id, reasons
	}
	switch {
	case !d.open:
		return 0, unknownProduct
	case d.outside(code) && !unlisted(code):
		return 0, foreignProduct
	}
	if id, ok := d.add(code); ok {
		return id, reasons
	}
	return 0, unknownProduct
}

// outside says whether the revision, where it is known, lacks a code.
func (d *dictionary) outside(code string) bool { return d.revision != nil && !d.revision[code] }

// all returns the codes by their numbers; codes that are added later are not among them.
func (d *dictionary) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.codes[:len(d.codes):len(d.codes)]
}

func (d *dictionary) size() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.codes)
}

// lookup is one goroutine's copy of what it has asked the dictionary: six digits by table, other codes by map.
type lookup struct {
	from    *dictionary
	numeric []uint16 // number + 1
	other   map[string]uint16
}

func newLookup(d *dictionary) *lookup {
	return &lookup{from: d, numeric: make([]uint16, 1_000_000), other: make(map[string]uint16)}
}

// id returns the number of a product code, or why it has none.
func (l *lookup) id(code []byte) (uint16, reason) {
	n, ok := wholeNumber(code)
	if ok {
		if id := l.numeric[n]; id != 0 {
			return id - 1, reasons
		}
	} else if id, known := l.other[string(code)]; known {
		return id, reasons
	}
	text := string(code)
	id, why := l.from.take(text)
	switch {
	case why < reasons:
	case ok:
		l.numeric[n] = id + 1
	default:
		l.other[text] = id
	}
	return id, why
}

// judge knows what every row of an ingest is judged by.
type judge struct {
	known     [trade.MaxCode]bool
	table     *trade.Economies // those
	economies string           // where the known economies are listed, for messages
	products  *dictionary
	listed    string // where the known products are listed, for messages
	lenient   bool
	pad       bool
}

// elsewhere says which economy has a number in the UN's list that is none in BACI's; 0: none.
func (j *judge) elsewhere(text string) (trade.Code, string) {
	if j.table == nil {
		return 0, ""
	}
	match, err := j.table.Resolve(text)
	if codes := match.Codes.Codes(); err == nil && len(codes) > 0 {
		e, _ := j.table.Get(codes[0])
		return e.Code, e.Name
	}
	return 0, ""
}

// pass is one reading of one file.
type pass struct {
	file  string
	kind  passKind
	year  int              // the year that the file's name states, or 0
	years map[int]bool     // where not nil, only these years are read
	again bool             // rows without a year were accounted for by an earlier pass
	keys  map[flowKey]bool // for passes that locate rows
}

// passKind says what a pass is for.
type passKind uint8

const (
	collect    passKind = iota // take in the flows
	countYears                 // count the rows of each year
	locate                     // find the rows that have one of the keys
)

// flowKey is what may occur only once in a dataset.
type flowKey struct {
	year               int
	exporter, importer uint16
	product            uint16
}

// tally counts rows and their value in US dollars. Rows whose value cannot be read add none.
type tally struct {
	rows  int
	value float64
}

func (t *tally) add(n int, value float64) {
	t.rows += n
	t.value += value
}

// quoted is a row that the report shows.
type quoted struct {
	reason  reason
	line    int
	text    string
	problem string
}

// located is a row with one of the keys of a pass that locates.
type located struct {
	key   flowKey
	line  int
	text  string
	value float64
}

// outcome is what one block of rows came to. Its line numbers count from the start of the block until settle.
type outcome struct {
	sequence int
	lines    int
	read     tally
	fraction bool // a value is not a whole number of dollars
	unvalued int  // rows whose value cannot be read
	aside    [reasons]tally
	quoted   [reasons][]quoted
	unknown  [2]unknownCodes // economies, products
	padded   int
	large    largeFlows
	chunks   []chunk
	counts   map[int]int
	found    []located
	stop     *RowError
	cut      bool // the last line has no line end
}

const (
	economies = iota
	products
)

// rowSource gives the words for a message about the row under judgement.
type rowSource interface {
	text(column) string // one field
	row() string        // the whole row
}

// worker judges the rows of one block after the other.
type worker struct {
	*judge
	pass
	lookup     *lookup
	parser     textParser
	textRow    textRow
	parquetRow parquetRow
	rows       rowBuffer
	out        *outcome
	padBuf     [6]byte
	plain      bool // rows are expected in BACI's own form
	plainYear  plainYear
	cutRow     bool // the row under judgement ends the file without a line end
}

// begin readies the worker for a block of a file.
func (w *worker) begin(p pass, h header) {
	w.pass, w.parser.header = p, h
	w.textRow.parser = &w.parser
	w.plain, w.plainYear = p.kind == collect && plainHeader(h), noPlainYear
}

// text judges a block of whole lines.
func (w *worker) text(block []byte, last bool) {
	var f flow
	line := 0
	for len(block) > 0 && w.out.stop == nil {
		if w.plain {
			done, lines := w.plainRows(block)
			block = block[done:]
			line += lines
		}
		row := block
		if end := bytes.IndexByte(block, '\n'); end >= 0 {
			row, block = block[:end], block[end+1:]
		} else {
			block = nil
			w.cutRow = last
		}
		line++
		if n := len(row); n > 0 && row[n-1] == '\r' {
			row = row[:n-1]
		}
		if len(row) == 0 || row[0] <= ' ' && len(bytes.TrimSpace(row)) == 0 {
			continue
		}
		src := &w.textRow
		src.line = row
		if len(row) > textfile.MaxLine {
			w.broken(src, line, textfile.ErrLongLine)
			continue
		}
		if err := w.parser.split(row); err != nil {
			w.broken(src, line, err)
			continue
		}
		if w.cutRow && len(trim(row[bytes.LastIndexByte(row, ',')+1:])) == 0 {
			w.broken(src, line, errors.New("the last field is empty"))
			continue
		}
		if f.year = w.parser.year(); !w.wants(f.year) {
			continue
		}
		w.parser.parse(&f)
		w.take(&f, line, src)
	}
	w.out.lines = line
	w.out.cut = w.cutRow
}

// longLine judges a line that is too long for a block, by its beginning.
func (w *worker) longLine(begin []byte, last bool) {
	w.textRow.line, w.cutRow = begin, last
	w.broken(&w.textRow, 1, textfile.ErrLongLine)
	w.out.lines, w.out.cut = 1, last
}

// wants says whether the pass reads rows of this year now, and counts it if the pass counts.
func (w *worker) wants(year int) bool {
	switch {
	case w.kind == countYears:
		if year != 0 {
			w.out.counts[year]++
		}
		return year == 0 && !w.lenient
	case year == 0:
		return !w.again
	}
	return w.years == nil || w.years[year]
}

// textRow is a row of a CSV file.
type textRow struct {
	parser *textParser
	line   []byte
}

func (r *textRow) text(c column) string { return r.parser.text(c) }
func (r *textRow) row() string          { return string(r.line) }

// broken deals with a row that cannot be split into fields.
func (w *worker) broken(src rowSource, line int, err error) {
	if w.again || w.kind != collect && w.lenient {
		return
	}
	w.out.read.rows++
	w.out.unvalued++
	w.refuse(badRow, nil, src, line, 0, err.Error())
}

// take judges one row and keeps it or sets it aside.
func (w *worker) take(f *flow, line int, src rowSource) {
	f.valueState = bounded(f.value, f.valueState, minDollars, maxDollars)
	f.quantityState = bounded(f.quantity, f.quantityState, minTonnes, maxTonnes)
	amount := f.value
	if f.valueState != numberOK {
		amount = 0
		w.out.unvalued++
	}
	out := w.out
	out.read.add(1, amount)
	if amount != float64(int64(amount)) {
		out.fraction = true
	}
	id, why := w.decide(f)
	if why < reasons {
		why = w.total(f, why, src)
		w.refuse(why, f, src, line, amount, w.problem(f, why, src))
		return
	}
	key := flowKey{f.year, uint16(f.exporter), uint16(f.importer), id}
	if w.kind == locate {
		if w.keys[key] {
			out.found = append(out.found, located{key, line, src.row(), amount})
		}
		return
	}
	if f.value > largeDollars {
		out.large.add(Sample{File: w.file, Line: line, Text: clip(src.row())}, f.value)
	}
	quantity := f.quantity
	if f.quantityState == numberMissing {
		quantity = unknownQuantity
	}
	w.rows.add(storedRow{id, key.importer, key.exporter, int16(f.year), f.value, quantity})
}

// decide returns the product's number, and why the row is not kept, or reasons.
func (w *worker) decide(f *flow) (uint16, reason) {
	switch {
	case f.year == 0:
		return 0, badYear
	case w.year != 0 && f.year != w.year:
		return 0, otherYear
	case f.exporter < 0 || f.importer < 0:
		return 0, badEconomy
	case !w.knows(f.exporter) || !w.knows(f.importer):
		return 0, unknownEconomy
	}
	code := f.product
	if w.lostZero(code) {
		w.padBuf[0] = '0'
		copy(w.padBuf[1:], code)
		code = w.padBuf[:]
		w.out.padded++
	}
	if !trade.ValidProductCode(string(code)) {
		return 0, badProduct
	}
	id, why := w.lookup.id(code)
	switch {
	case why < reasons:
		return 0, why
	case f.valueState != numberOK:
		return 0, badValue
	case f.quantityState > numberMissing:
		return 0, badQuantity
	case f.exporter == f.importer:
		return 0, selfFlow
	case f.value == 0:
		return 0, zeroValue
	}
	return id, reasons
}

// lostZero says whether a code of five digits gets its leading zero back.
func (j *judge) lostZero(code []byte) bool {
	if !j.pad || len(code) != 5 {
		return false
	}
	_, digits := wholeNumber(code)
	return digits
}

func (j *judge) padded(code []byte) string {
	if j.lostZero(code) {
		return "0" + string(code)
	}
	return string(code)
}

// total finds out whether a code that is not good is that of a sum over partners or products.
func (w *worker) total(f *flow, why reason, src rowSource) reason {
	switch {
	case (why == badEconomy || why == unknownEconomy) && partnerTotal(src.text(w.culprit(f))):
		return partnerSum
	case why == badProduct && productTotal(src.text(colProduct)) != "":
		return productSum
	}
	return why
}

func (w *worker) knows(code int) bool { return code < trade.MaxCode && w.known[code] }

// problem says in words why a row is not kept.
func (w *worker) problem(f *flow, why reason, src rowSource) string {
	switch why {
	case badYear:
		return fmt.Sprintf("t is %q, not a year", src.text(colYear))
	case otherYear:
		return fmt.Sprintf("t is %d, but the file's name says %d", f.year, w.year)
	case partnerSum:
		c := w.culprit(f)
		return partnerTotalProblem(columnNames[c], src.text(c))
	case productSum:
		return productTotalProblem(columnNames[colProduct], src.text(colProduct))
	case foreignProduct:
		return fmt.Sprintf("k is %q, no code of %s", src.text(colProduct), w.listed)
	case badEconomy:
		c := w.culprit(f)
		return fmt.Sprintf("%s is %q, not a BACI economy code", columnNames[c], src.text(c))
	case unknownEconomy:
		c := w.culprit(f)
		elsewhere := ""
		if number, name := w.elsewhere(src.text(c)); number != 0 {
			elsewhere = fmt.Sprintf("; in the UN's numbers (M49) it is %s, which BACI numbers %d", name, number)
		}
		return fmt.Sprintf("%s is %s, an economy that %s does not list%s", columnNames[c], src.text(c), w.economies, elsewhere)
	case badProduct:
		code := src.text(colProduct)
		if _, ok := wholeNumber([]byte(code)); ok && len(code) == 5 {
			return fmt.Sprintf("k is %q: HS codes have six digits, the leading zero is lost; --pad-codes puts it back", code)
		}
		return fmt.Sprintf("k is %q, not six digits or capital letters", code)
	case unknownProduct:
		if w.products.open {
			return fmt.Sprintf("k is %q, one code more than the %d that a dataset can hold", src.text(colProduct), w.products.size())
		}
		return fmt.Sprintf("k is %q, a product that %s does not list", src.text(colProduct), w.listed)
	case badValue:
		return numberProblem("v", src.text(colValue), f.valueState)
	case badQuantity:
		return numberProblem("q", src.text(colQuantity), f.quantityState)
	}
	return reasonNames[why]
}

func numberProblem(name, text string, state numberState) string {
	if missing([]byte(text)) {
		state = numberMissing
	}
	return fmt.Sprintf("%s is %q: it %s", name, text, state.problem())
}

// culprit returns the column, exporter first, whose code is none; or, where both are codes, is not known.
func (w *worker) culprit(f *flow) column {
	bad := !w.knows(max(f.exporter, 0))
	if f.exporter < 0 || f.importer < 0 {
		bad = f.exporter < 0
	}
	if bad {
		return colExporter
	}
	return colImporter
}

// refuse sets a row aside or, in strict mode, stops.
func (w *worker) refuse(why reason, f *flow, src rowSource, line int, amount float64, problem string) {
	out := w.out
	if w.kind == locate {
		return
	}
	if w.cutRow {
		problem += "; the file ends here without a line end, is it cut off?"
	}
	if !w.lenient && !why.always() && !why.later() {
		out.stop = &RowError{File: w.file, Line: line, Text: clip(src.row()), Problem: problem}
		return
	}
	out.aside[why].add(1, amount)
	if len(out.quoted[why]) < samplesKept {
		out.quoted[why] = append(out.quoted[why], quoted{why, line, clip(src.row()), problem})
	}
	switch why {
	case unknownEconomy:
		out.countUnknown(economies, src.text(w.culprit(f)), amount)
	case unknownProduct:
		out.countUnknown(products, src.text(colProduct), amount)
	case foreignProduct:
		out.countUnknown(products, w.padded(wholeText([]byte(src.text(colProduct)))), amount)
	}
}

// unknownCodes counts rows by a code that no list has.
type unknownCodes map[string]tally

// maxUnknown bounds the codes that are counted one by one; the rest are counted together.
const (
	maxUnknown   = 10_000
	otherUnknown = "(others)"
)

func (u unknownCodes) add(code string, t tally) {
	code = clip(code)
	if _, known := u[code]; !known && len(u) >= maxUnknown {
		code = otherUnknown
	}
	sum := u[code]
	sum.add(t.rows, t.value)
	u[code] = sum
}

func (o *outcome) countUnknown(kind int, code string, amount float64) {
	if o.unknown[kind] == nil {
		o.unknown[kind] = unknownCodes{}
	}
	o.unknown[kind].add(code, tally{1, amount})
}

// settle moves the outcome's line numbers by the lines before its block.
func (o *outcome) settle(before int) {
	for r := range o.quoted {
		for i := range o.quoted[r] {
			o.quoted[r][i].line += before
		}
	}
	for i := range o.large.rows {
		o.large.rows[i].Line += before
	}
	for i := range o.found {
		o.found[i].line += before
	}
	if o.stop != nil {
		o.stop.Line += before
	}
}

// clip shortens a row for a message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
