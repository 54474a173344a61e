package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"chokepoint/textfile"
	"chokepoint/trade"
)

// transactionColumns are the columns that are read, by their names.
var transactionColumns = []string{"date", "year", "month", "importer", "exporter", "product", "value", "quantity"}

const (
	txDate = iota
	txYear
	txMonth
	txImporter
	txExporter
	txProduct
	txValue
	txQuantity
)

// likelyNames are names that tables give to the columns which must be there, as columnKey writes them.
var likelyNames = map[int][]string{
	txDate:     {"period", "refperiod", "day"},
	txImporter: {"reporter", "reportercode", "reporteriso", "country", "declarant", "destination", "dest", "buyer"},
	txExporter: {"partner", "partnercode", "partneriso", "origin", "seller"},
	txProduct:  {"hs", "hs6", "hscode", "commodity", "commoditycode", "cmdcode", "code"},
	txValue:    {"primaryvalue", "tradevalue", "tradevalue(us$)", "usd", "valueusd", "imports", "importvalue"},
}

// transactionHeader finds the columns by name; -1: absent.
func (in *summing) transactionHeader(names []string) (at [8]int, extra []string, err error) {
	for i := range at {
		at[i] = -1
	}
	for i, name := range names {
		c := slices.Index(transactionColumns, strings.ToLower(strings.TrimSpace(name)))
		switch {
		case c < 0:
			extra = append(extra, fmt.Sprintf("%q", name))
		case at[c] >= 0:
			return at, nil, fmt.Errorf("has the column %s twice", transactionColumns[c])
		default:
			at[c] = i
		}
	}
	if at[txDate] >= 0 && (at[txYear] >= 0 || at[txMonth] >= 0) {
		return at, nil, errors.New("has a date and a year or month as well; expected one or the other")
	}
	return at, extra, in.absentColumns(at, names)
}

// absentColumns names the columns that must be there and are not, and those that may be them.
func (in *summing) absentColumns(at [8]int, names []string) error {
	var absent, rename []string
	for _, c := range []int{txImporter, txExporter, txProduct, txValue, txDate} {
		name := transactionColumns[c]
		switch {
		case at[c] >= 0, c == txDate && at[txYear] >= 0 && (at[txMonth] >= 0 || !in.opt.Monthly):
			continue
		case c == txDate:
			name = "date (or year and month)"
		}
		absent = append(absent, name)
		if i := slices.IndexFunc(names, func(n string) bool { return slices.Contains(likelyNames[c], columnKey(n)) }); i >= 0 {
			rename = append(rename, fmt.Sprintf("%s to %s", names[i], transactionColumns[c]))
		}
	}
	if len(absent) == 0 {
		return nil
	}
	advice := ""
	if len(rename) > 0 {
		advice = "; perhaps rename " + strings.Join(rename, ", ")
	}
	return fmt.Errorf("has no column %s; its header is %q, expected date (or year, month), importer, exporter, product, value and, where known, quantity, separated by commas%s",
		strings.Join(absent, ", "), clipHeader(names), advice)
}

// transactionReader judges the rows of one file.
type transactionReader struct {
	*summing
	lines  *textfile.Lines
	got    *transactionsRead
	out    *outcome
	file   string
	at     [8]int
	width  int // fields of the header
	extra  []string
	splits []splitColumn
	row    []byte // as it stands in the file
	fields [][]byte
	t      trade.Transaction
}

// splitColumn is where a table has a column that splits flows up.
type splitColumn struct {
	at    int
	split *split
}

// header reads the first line.
func (w *transactionReader) header() error {
	line, err := w.lines.Next()
	switch {
	case err == io.EOF:
		return errNoHeader
	case err == textfile.ErrLongLine:
		if kind := fileKindOf(line[:kindBytes]); kind != nil {
			return kind
		}
		return fmt.Errorf("has no line end in its first %s bytes", rowsText(textfile.MaxLine))
	case err != nil:
		return err
	}
	return w.readHeader(line)
}

func (w *transactionReader) readHeader(line []byte) error {
	line, err := headerText(line)
	if err != nil {
		return err
	}
	fields, err := textfile.Split(line, ',', nil)
	if err != nil {
		return fmt.Errorf("has a broken header: %w", err)
	}
	var names []string
	for _, f := range fields {
		names = append(names, string(bytes.TrimSpace(f)))
	}
	w.width = len(names)
	if w.at, w.extra, err = w.transactionHeader(names); err != nil {
		if known := layoutOf(line, transactionsReader, func(names []string) error { _, _, err := w.transactionHeader(names); return err }); known != nil {
			return known
		}
		return err
	}
	for i, name := range names {
		s := w.summing.splits[columnKey(name)]
		if s == nil {
			if s = newSplit(name); s == nil || w.summing.splits == nil {
				continue
			}
			w.summing.splits[columnKey(name)] = s
		}
		w.splits = append(w.splits, splitColumn{i, s})
		w.extra = slices.DeleteFunc(w.extra, func(quoted string) bool { return quoted == fmt.Sprintf("%q", name) })
	}
	return nil
}

// brokenRow is a line that cannot be cut into the fields of the header.
type brokenRow struct{ error }

// next reads the next row; io.EOF after the last one. After a brokenRow the one after it can be read.
func (w *transactionReader) next() error {
	line, err := w.lines.Next()
	w.row = line
	switch {
	case err == textfile.ErrLongLine:
		return brokenRow{err}
	case err != nil:
		return err
	}
	if w.fields, err = textfile.Split(line, ',', w.fields[:0]); err != nil {
		return brokenRow{err}
	}
	if len(w.fields) == w.width {
		return nil
	}
	advice := ""
	if len(w.fields) == w.width+1 && len(w.field(w.width)) == 0 {
		advice = "; the row ends in a comma too many, as those of UN Comtrade's downloads do: take it off every row"
	}
	return brokenRow{fmt.Errorf("%w%s", textfile.CountError(len(w.fields), w.width), advice)}
}

// read reads a file once.
func (in *summing) read(ctx context.Context, m *member, number int, take func(*trade.Transaction) error) (*transactionsRead, error) {
	file, err := m.open()
	if err != nil {
		return nil, m.failed(err)
	}
	defer file.Close()
	r := &transactionsRead{periods: map[trade.Period]*periodRead{}, levels: map[string]*levels{}}
	w := &transactionReader{summing: in, lines: textfile.NewLines(&untilDone{ctx, file}), got: r, out: &outcome{}, file: m.label}
	if err := w.header(); err != nil {
		return nil, m.failed(err)
	}
	m.extra = w.extra
	for {
		err := w.next()
		if err == io.EOF {
			break
		}
		var broken brokenRow
		switch {
		case errors.As(err, &broken):
			r.account.RowsRead++
			w.out.unvalued++
			w.refuse(badRow, 0, broken.Error())
		case err != nil:
			return nil, m.failed(err)
		default:
			if t := w.transaction(); t != nil {
				if err := take(t); err != nil {
					return nil, err
				}
			}
		}
		if w.out.stop != nil {
			return nil, w.out.stop
		}
		if r.account.RowsRead%10_000 == 0 {
			in.progress.addRows(number, m.label, 10_000)
		}
	}
	w.out.cut = w.lines.Cut && r.account.RowsRead > 0
	r.findings.take(m, w.out, &r.account)
	return r, nil
}

// field is what a row has in a column; nothing where the column is absent.
func (w *transactionReader) field(at int) []byte {
	if at < 0 {
		return nil
	}
	return bytes.TrimSpace(w.fields[at])
}

func (w *transactionReader) text(column int) string { return string(w.field(w.at[column])) }

// refuse sets a row aside or, in strict mode, stops.
func (w *transactionReader) refuse(why reason, amount float64, problem string) {
	if w.lines.Cut {
		problem += "; the file ends here without a line end, is it cut off?"
	}
	row := clip(string(w.row))
	if !w.judge.lenient && !why.always() && !why.later() {
		w.out.stop = &RowError{File: w.file, Line: w.lines.Line, Text: row, Problem: problem}
		return
	}
	w.out.aside[why].add(1, amount)
	if len(w.out.quoted[why]) < samplesKept {
		w.out.quoted[why] = append(w.out.quoted[why], quoted{why, w.lines.Line, row, problem})
	}
}

// value reads the dollars of a row.
func (w *transactionReader) value() (float64, numberState) {
	value, state := decimal(w.field(w.at[txValue]), w.shift(w.opt.Thousands, 3))
	if state == numberOK && value >= trade.MaxMillionths {
		state = numberRange
	}
	return value, state
}

// transaction judges the row; nil: it is not stored. The transaction is valid until the next one is read.
func (w *transactionReader) transaction() *trade.Transaction {
	value, valueState := w.value()
	amount := value
	if valueState != numberOK {
		amount = 0
		w.out.unvalued++
	}
	w.got.account.RowsRead++
	w.got.account.ValueRead += amount
	w.out.fraction = w.out.fraction || amount != float64(int64(amount))
	t, why, problem := w.parties(amount)
	if why == reasons {
		why, problem = w.amounts(t, value, valueState)
	}
	if why < reasons {
		w.refuse(why, amount, problem)
		return nil
	}
	w.got.account.RowsStored++
	w.got.account.ValueStored += amount
	if amount > largeDollars {
		w.out.large.add(Sample{File: w.file, Line: w.lines.Line, Text: clip(string(w.row))}, amount)
	}
	w.count()
	w.countLevel(amount)
	return t
}

// parties reads what a row says of when, between whom and of what, or why it is not stored.
func (w *transactionReader) parties(amount float64) (*trade.Transaction, reason, string) {
	t := &w.t
	var problem string
	if t.Date, problem = w.date(); problem != "" {
		return nil, badYear, problem
	}
	for _, c := range w.splits {
		if value := string(w.field(c.at)); !c.split.kept(value) {
			return nil, c.split.why(), fmt.Sprintf("%s is %q, rows with %s are kept", c.split.column, value, c.split.written[c.split.keep])
		}
	}
	for _, side := range []struct {
		column int
		code   *trade.Code
	}{{txImporter, &t.Importer}, {txExporter, &t.Exporter}} {
		r := w.economy(side.column)
		if r.code == 0 {
			if r.why == unknownEconomy {
				w.out.countUnknown(economies, w.text(side.column), amount)
			}
			return nil, r.why, r.problem
		}
		*side.code = r.code
	}
	var why reason
	t.Product, why, problem = w.product(amount)
	return t, why, problem
}

// amounts reads value and quantity of a row, or why it is not stored.
func (w *transactionReader) amounts(t *trade.Transaction, value float64, state numberState) (reason, string) {
	quantity, exactQuantity, problem := w.quantity()
	millionths, exact := trade.ToMillionths(value)
	switch {
	case state != numberOK:
		return badValue, numberProblem("value", w.text(txValue), state)
	case problem != "":
		return badQuantity, problem
	case t.Importer == t.Exporter:
		return selfFlow, reasonNames[selfFlow]
	case millionths == 0:
		return zeroValue, reasonNames[zeroValue]
	}
	for _, exactly := range []bool{exact, exactQuantity} {
		if !exactly {
			w.got.rounded++
		}
	}
	t.Value, t.Quantity = millionths, quantity
	return reasons, ""
}

func (w *transactionReader) count() {
	period := trade.PeriodOf(w.t.Date, w.opt.Monthly)
	p := w.got.periods[period]
	if p == nil {
		p = &periodRead{}
		w.got.periods[period] = p
	}
	p.transactions++
	p.value += uint64(w.t.Value)
	p.dollars += trade.FromMillionths(w.t.Value)
	p.quantities = p.quantities || w.t.Quantity != trade.UnknownQuantity
}

// countLevel adds up the value of a product by the length of its code, where codes are cut.
func (w *transactionReader) countLevel(amount float64) {
	if !w.opt.CutCodes {
		return
	}
	l := w.got.levels[w.t.Product]
	if l == nil {
		l = &levels{}
		w.got.levels[w.t.Product] = l
	}
	if len(wholeText(w.field(w.at[txProduct]))) > 6 {
		l.national += amount
	} else {
		l.six += amount
	}
}

func (w *transactionReader) shift(given bool, by int) int {
	if given {
		return by
	}
	return 0
}

// date reads 2024-03-15, 20240315, 2024-03, 202403 or 2024, or the columns year and month.
func (w *transactionReader) date() (date int, problem string) {
	text := string(wholeText(w.field(w.at[txDate])))
	if w.at[txDate] < 0 {
		if text = string(wholeText(w.field(w.at[txYear]))); w.at[txMonth] >= 0 {
			month := string(wholeText(w.field(w.at[txMonth])))
			if len(month) == 1 {
				month = "0" + month
			}
			text += "-" + month
		}
	}
	day, err := dateOf(text)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("the date is %q: expected 2024-03-15, 2024-03 or 2024", clip(text))
	case w.opt.Monthly && day/100%100 == 0:
		return 0, fmt.Sprintf("the date is %q: it has no month, and the periods are months", text)
	}
	return day, ""
}

func dateOf(text string) (int, error) {
	digits := strings.ReplaceAll(text, "-", "")
	n, ok := wholeNumber([]byte(digits))
	form, scale := "", 0
	switch {
	case !ok:
	case len(text) == 10 && text[4] == '-' && text[7] == '-', len(text) == 8 && len(digits) == 8:
		form, scale = "20060102", 1
	case len(text) == 7 && text[4] == '-', len(text) == 6 && len(digits) == 6:
		form, scale = "200601", 100
	case len(text) == 4 && len(digits) == 4:
		form, scale = "2006", 10000
	}
	if form == "" {
		return 0, errors.New("no date")
	}
	if _, err := time.Parse(form, digits); err != nil {
		return 0, err
	}
	if !validYear(n * scale / 10000) {
		return 0, errors.New("no year of trade data")
	}
	return n * scale, nil
}

// untilDone reads until its context ends.
type untilDone struct {
	ctx    context.Context
	source io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.source.Read(p)
}

// maxRemembered bounds the texts that are remembered with what they stand for.
const maxRemembered = 1 << 17

// economy finds what the text of a column stands for. Of the economies that have had an ISO3 in turn it is the one that
// exists today; a number is always the one that has it.
func (w *transactionReader) economy(column int) resolved {
	field := wholeText(w.field(w.at[column]))
	if !utf8.Valid(field) {
		field, _ = charmap.Windows1252.NewDecoder().Bytes(field)
		w.got.latin = true
	}
	r, known := w.codes[string(field)]
	if !known {
		text := string(field)
		if r = w.resolveEconomy(text); len(text) <= 200 && len(w.codes) < maxRemembered {
			w.codes[text] = r
		}
	}
	switch r.why {
	case partnerSum:
		r.problem = partnerTotalProblem(transactionColumns[column], string(field))
	case unknownEconomy:
		r.problem = fmt.Sprintf("%s is %q: %s", transactionColumns[column], clip(string(field)), r.problem)
	}
	return r
}

func (w *transactionReader) resolveEconomy(text string) resolved {
	match, err := w.economies.Resolve(text)
	codes := match.Codes.Codes()
	switch n, number := wholeNumber([]byte(text)); {
	case err != nil && partnerTotal(text):
		return resolved{why: partnerSum}
	case err != nil:
		return resolved{why: unknownEconomy, problem: clip(err.Error())}
	case number && match.Codes.Has(trade.Code(n)):
		return resolved{code: trade.Code(n)}
	default:
		return resolved{code: codes[max(0, slices.IndexFunc(codes, func(c trade.Code) bool {
			e, _ := w.economies.Get(c)
			return e.Kind == trade.KindEconomy
		}))]}
	}
}

// productForm is what was done to a code to make it six characters.
type productForm struct{ cut, padded bool }

// sixCharacters brings a code as it stands in a file into the form of the dataset, where the options allow it.
func (w *transactionReader) sixCharacters(text []byte) (code []byte, form productForm) {
	digits := len(text) <= 10 && len(bytes.Trim(text, "0123456789")) == 0
	if !digits {
		return text, form
	}
	if n := len(text); w.judge.pad && (n == 5 || w.opt.CutCodes && (n == 7 || n == 9)) {
		text, form.padded = append([]byte("0"), text...), true
	}
	if n := len(text); w.opt.CutCodes && (n == 8 || n == 10) {
		text, form.cut = text[:6], true
	}
	return text, form
}

// product finds the six characters of the dataset.
func (w *transactionReader) product(amount float64) (code string, why reason, problem string) {
	text := wholeText(w.field(w.at[txProduct]))
	six, form := w.sixCharacters(text)
	code, known := w.products[string(six)]
	if !known {
		code = string(six)
		if why, problem = w.newProduct(code, string(text)); why < reasons {
			if why == unknownProduct || why == foreignProduct {
				w.out.countUnknown(products, code, amount)
			}
			return "", why, problem
		}
		w.products[code] = code
	}
	if form.cut {
		w.got.cut++
	}
	if form.padded {
		w.out.padded++
	}
	return code, reasons, ""
}

// newProduct takes in a code that has not been seen before, or says why not.
func (w *transactionReader) newProduct(code, text string) (reason, string) {
	if !trade.ValidProductCode(code) {
		if problem := productTotalProblem("product", text); problem != "" {
			return productSum, problem
		}
		return badProduct, fmt.Sprintf("product is %q, not six digits or capital letters%s", clip(text), productAdvice(text))
	}
	_, why := w.judge.products.take(code)
	switch {
	case why == foreignProduct:
		return why, fmt.Sprintf("product is %q, no code of %s", text, w.judge.listed)
	case why == unknownProduct && w.judge.products.open:
		return why, fmt.Sprintf("product is %q, one code more than the %d that a dataset can hold", text, w.judge.products.size())
	case why == unknownProduct:
		return why, fmt.Sprintf("product is %q, which %s does not list", text, w.judge.listed)
	}
	return reasons, ""
}

// productAdvice says what to do about a code of another length.
func productAdvice(text string) string {
	if strings.Trim(text, "0123456789") != "" {
		if _, state := decimal([]byte(text), 0); state == numberOK {
			return "; codes are text, and a program has made a number of it"
		}
		return ""
	}
	switch len(text) {
	case 5:
		return "; --pad-codes gives five digits their leading zero back"
	case 7, 9:
		return "; --pad-codes and --cut-codes give national codes their leading zero back and take their first six digits"
	case 8, 10:
		return "; --cut-codes takes the first six digits of national codes"
	}
	return ""
}

// quantity reads grams.
func (w *transactionReader) quantity() (grams int64, exact bool, problem string) {
	text := w.field(w.at[txQuantity])
	if missing(text) {
		return trade.UnknownQuantity, true, ""
	}
	tonnes, state := decimal(text, w.shift(w.opt.Kilograms, -3))
	if state == numberOK && tonnes >= trade.MaxMillionths {
		state = numberRange
	}
	if state != numberOK {
		return 0, false, numberProblem("quantity", string(text), state)
	}
	grams, exact = trade.ToMillionths(tonnes)
	return grams, exact, ""
}
