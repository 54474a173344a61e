package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"chokepoint/store"
	"chokepoint/trade"
)

// TransactionOptions say how rows of transactions are read and summed.
type TransactionOptions struct {
	Options
	Monthly   bool // periods are months
	Thousands bool // values are in thousand US dollars
	Kilograms bool // quantities are in kilograms, not tonnes
	CutCodes  bool // national codes of 8 or 10 digits become their first six

	// Ledger keeps the transactions elsewhere than in memory: those of the files that are named.
	Ledger func(name string, files []uint64) (Ledger, error)
}

// Ledger keeps transactions and sums them: in memory, or on the shards of a cluster.
type Ledger interface {
	// File takes the transactions of a file, which read gives each time that it is called. A file that the ledger has is not
	// taken again.
	File(ctx context.Context, file uint64, read func(take func(*trade.Transaction) error) error) error
	// Sums gives the transactions of a period by product, in ascending order, importer and exporter.
	Sums(ctx context.Context, period trade.Period, take func(product string, sums []trade.Sum) error) error
}

// Transactions reads customs transactions, CSV with named columns, and stores the flows of each period that they add up to.
// After an error, or when ctx ends, there is nothing of a new dataset, and an older one of the name is as it was.
func Transactions(ctx context.Context, paths []string, opt TransactionOptions) (*Report, error) {
	began := time.Now()
	in := &summing{ingestion: &ingestion{opt: opt.Options, stats: map[int]*yearStats{}, report: newReport()}, opt: opt,
		periods: map[trade.Period]*periodRead{}, products: map[string]string{}, codes: map[string]resolved{}}
	return in.readFrom(ctx, paths, func() error { return in.run(ctx, began) })
}

// summing is one run of Transactions.
type summing struct {
	*ingestion
	opt      TransactionOptions
	periods  map[trade.Period]*periodRead
	products map[string]string   // codes as in the files: as in the dataset; empty: none
	codes    map[string]resolved // texts of economies
	cut      int                 // rows whose product code was cut
	rounded  int                 // rows with more than six decimals
	partial  tally               // flows whose quantity is known in part
}

// periodRead is what was read of a period.
type periodRead struct {
	transactions int
	value        uint64  // millionths of a dollar, modulo 2^64
	dollars      float64 // about
	quantities   bool
}

// resolved is what a text of an economy stands for.
type resolved struct {
	code    trade.Code // 0: nothing
	problem string
}

func (in *summing) run(ctx context.Context, began time.Time) error {
	if err := in.identify("transactions"); err != nil {
		return err
	}
	for _, m := range in.archive.flows {
		if m.parquet || m.input == nil {
			return fmt.Errorf("%s: transactions are read from CSV files, plain or gzipped", m.label)
		}
	}
	if err := in.readCodes(); err != nil {
		return err
	}
	target, err := in.ingestion.opt.target()
	if err != nil {
		return err
	}
	in.target = target
	defer target.Abort()
	if err := in.archive.sumInputs(ctx); err != nil {
		return err
	}
	in.archive.read.Store(0)
	ledger, err := in.ledger()
	if err != nil {
		return err
	}
	accounts := map[*member]*Account{}
	for i, m := range in.archive.flows {
		in.teller.await(m.size)
		in.teller.beginReading(i)
		var r *transactionsRead
		err := ledger.File(ctx, m.input.identity(), func(take func(*trade.Transaction) error) (err error) {
			r, err = in.read(ctx, m, i, take)
			return err
		})
		in.teller.endReading(i)
		if err != nil {
			return err
		}
		accounts[m] = &r.account
		in.book(r)
	}
	in.reportFiles(accounts)
	in.sortProducts()
	if in.described == nil {
		err = target.SetProducts(in.occurring())
	} else {
		err = target.SetProducts(in.described)
	}
	if err != nil {
		return err
	}
	for _, period := range slices.Sorted(maps.Keys(in.periods)) {
		if err := in.store(ctx, ledger, period); err != nil {
			return fmt.Errorf("%s: %w", period, err)
		}
	}
	in.remark()
	if err := in.conclude(began); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return in.commit()
}

// identity tells files apart by their content.
func (i *input) identity() uint64 {
	sum, _ := hex.DecodeString(i.sum)
	return binary.BigEndian.Uint64(sum)
}

// ledger opens the one of the options, or one in memory.
func (in *summing) ledger() (Ledger, error) {
	var files []uint64
	byContent := map[uint64]*member{}
	for _, m := range in.archive.flows {
		id := m.input.identity()
		if first := byContent[id]; first != nil {
			return nil, fmt.Errorf("%s and %s are the same file: its transactions would count twice", first.label, m.label)
		}
		byContent[id], files = m, append(files, id)
	}
	if in.opt.Ledger == nil {
		return &memoryLedger{monthly: in.opt.Monthly, sums: map[trade.Period]map[flowOf]*trade.Sum{}}, nil
	}
	return in.opt.Ledger(in.ingestion.opt.Name, files)
}

// transactionsRead is what one reading of a file came to.
type transactionsRead struct {
	account      Account
	findings     findings
	periods      map[trade.Period]*periodRead
	cut, rounded int
}

// book adds a file to the report.
func (in *summing) book(r *transactionsRead) {
	in.findings.add(&r.findings)
	in.cut, in.rounded = in.cut+r.cut, in.rounded+r.rounded
	for period, p := range r.periods {
		all := in.periods[period]
		if all == nil {
			all = &periodRead{}
			in.periods[period] = all
		}
		all.transactions += p.transactions
		all.value += p.value
		all.dollars += p.dollars
		all.quantities = all.quantities || p.quantities
	}
}

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
	var absent []string
	for _, c := range []int{txImporter, txExporter, txProduct, txValue} {
		if at[c] < 0 {
			absent = append(absent, transactionColumns[c])
		}
	}
	if at[txDate] < 0 && (at[txYear] < 0 || in.opt.Monthly && at[txMonth] < 0) {
		absent = append(absent, "date (or year and month)")
	}
	if len(absent) > 0 {
		return at, nil, fmt.Errorf("has no column %s; its header is %q, wanted are date (or year, month), importer, exporter, product, value and, where known, quantity, separated by commas",
			strings.Join(absent, ", "), strings.Join(names, ","))
	}
	if at[txDate] >= 0 && (at[txYear] >= 0 || at[txMonth] >= 0) {
		return at, nil, errors.New("has a date and a year or month as well; want one or the other")
	}
	return at, extra, nil
}

// read reads a file once.
func (in *summing) read(ctx context.Context, m *member, number int, take func(*trade.Transaction) error) (*transactionsRead, error) {
	file, err := m.open()
	if err != nil {
		return nil, m.failed(err)
	}
	defer file.Close()
	r := &transactionsRead{periods: map[trade.Period]*periodRead{}}
	rows := csv.NewReader(&withoutMark{Reader: file})
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err == io.EOF {
		err = errNoHeader
	}
	if err != nil {
		return nil, m.failed(err)
	}
	w := &transactionReader{summing: in, got: r, out: &outcome{}, file: m.label}
	if w.at, m.extra, err = in.transactionHeader(header); err != nil {
		return nil, m.failed(err)
	}
	for {
		w.record, err = rows.Read()
		if err == io.EOF {
			break
		}
		w.line, _ = rows.FieldPos(0)
		var broken *csv.ParseError
		switch {
		case errors.As(err, &broken):
			w.line = broken.Line
			r.account.RowsRead++
			w.refuse(badRow, 0, broken.Err.Error())
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
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			in.teller.tellRows(number, m.label, 10_000)
		}
	}
	r.findings.take(m, w.out, &r.account)
	return r, nil
}

// withoutMark passes by the byte order mark that a text may begin with.
type withoutMark struct {
	io.Reader
	begun bool
}

func (u *withoutMark) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if !u.begun && n > 0 {
		u.begun = true
		if rest, ok := bytes.CutPrefix(p[:n], utf8BOM); ok {
			n = copy(p, rest)
		}
	}
	return n, err
}

// transactionReader judges the rows of one file.
type transactionReader struct {
	*summing
	got    *transactionsRead
	out    *outcome
	file   string
	at     [8]int
	record []string
	line   int
	t      trade.Transaction
}

func (w *transactionReader) text(column int) string {
	if w.at[column] < 0 {
		return ""
	}
	return strings.TrimSpace(w.record[w.at[column]])
}

// refuse sets a row aside or, in strict mode, stops.
func (w *transactionReader) refuse(why reason, amount float64, problem string) {
	row := clip(strings.Join(w.record, ","))
	if !w.judge.lenient && !why.always() {
		w.out.stop = &RowError{File: w.file, Line: w.line, Text: row, Problem: problem}
		return
	}
	w.out.aside[why].add(1, amount)
	if len(w.out.quoted[why]) < samplesKept {
		w.out.quoted[why] = append(w.out.quoted[why], quoted{why, w.line, row, problem})
	}
}

// transaction reads the row; nil: it is not stored. The transaction is valid until the next one is read.
func (w *transactionReader) transaction() *trade.Transaction {
	value, valueState := decimal([]byte(w.text(txValue)), w.shift(w.opt.Thousands, 3))
	if valueState == numberOK && value >= trade.MaxMillionths {
		valueState = numberRange
	}
	amount := 0.0
	if valueState == numberOK {
		amount = value
	}
	w.got.account.RowsRead++
	w.got.account.ValueRead += amount
	w.out.fraction = w.out.fraction || amount != float64(int64(amount))
	date, problem := w.date()
	if problem != "" {
		w.refuse(badYear, amount, problem)
		return nil
	}
	importer, exporter := w.economy(txImporter), w.economy(txExporter)
	for _, side := range []struct {
		column int
		resolved
	}{{txImporter, importer}, {txExporter, exporter}} {
		if side.code == 0 {
			w.refuse(unknownEconomy, amount, fmt.Sprintf("%s is %q: %s", transactionColumns[side.column], w.text(side.column), side.problem))
			w.out.countUnknown(economies, w.text(side.column), amount)
			return nil
		}
	}
	product, why, problem := w.product()
	if why < reasons {
		w.refuse(why, amount, problem)
		if why == unknownProduct {
			w.out.countUnknown(products, w.text(txProduct), amount)
		}
		return nil
	}
	quantity, known, problem := w.quantity()
	millionths, exact := trade.ToMillionths(value)
	switch {
	case valueState != numberOK:
		w.refuse(badValue, 0, numberProblem("value", w.text(txValue), valueState))
	case problem != "":
		w.refuse(badQuantity, amount, problem)
	case importer.code == exporter.code:
		w.refuse(selfFlow, amount, reasonNames[selfFlow])
	case millionths == 0:
		w.refuse(zeroValue, amount, reasonNames[zeroValue])
	default:
		if !exact {
			w.got.rounded++
		}
		w.t = trade.Transaction{Date: date, Product: product, Importer: importer.code, Exporter: exporter.code, Value: millionths, Quantity: quantity}
		w.got.account.RowsStored++
		w.got.account.ValueStored += amount
		w.count(known)
		return &w.t
	}
	return nil
}

func (w *transactionReader) count(known bool) {
	period := trade.PeriodOf(w.t.Date, w.opt.Monthly)
	p := w.got.periods[period]
	if p == nil {
		p = &periodRead{}
		w.got.periods[period] = p
	}
	p.transactions++
	p.value += uint64(w.t.Value)
	p.dollars += trade.FromMillionths(w.t.Value)
	p.quantities = p.quantities || known
}

func (w *transactionReader) shift(given bool, by int) int {
	if given {
		return by
	}
	return 0
}

// date reads 2024-03-15, 20240315, 2024-03, 202403 or 2024, or the columns year and month.
func (w *transactionReader) date() (date int, problem string) {
	text := w.text(txDate)
	if w.at[txDate] < 0 {
		if text = w.text(txYear); w.at[txMonth] >= 0 {
			month := w.text(txMonth)
			if len(month) == 1 {
				month = "0" + month
			}
			text += "-" + month
		}
	}
	day, err := dateOf(text)
	switch {
	case err != nil:
		return 0, fmt.Sprintf("the date is %q: want 2024-03-15, 2024-03 or 2024", text)
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

// economy finds what the text of a column stands for. Of the economies that have had an ISO3 in turn it is the one that
// exists today; a number is always the one that has it.
func (w *transactionReader) economy(column int) resolved {
	text := w.text(column)
	if r, known := w.codes[text]; known {
		return r
	}
	r := resolved{}
	match, err := w.economies.Resolve(text)
	codes := match.Codes.Codes()
	switch n, number := wholeNumber([]byte(text)); {
	case err != nil:
		r.problem = err.Error()
	case number && match.Codes.Has(trade.Code(n)):
		r.code = trade.Code(n)
	default:
		r.code = codes[max(0, slices.IndexFunc(codes, func(c trade.Code) bool {
			e, _ := w.economies.Get(c)
			return e.Kind == trade.KindEconomy
		}))]
	}
	w.codes[strings.Clone(text)] = r
	return r
}

// product finds the six characters of the dataset.
func (w *transactionReader) product() (code string, why reason, problem string) {
	text := w.text(txProduct)
	_, digits := wholeNumber([]byte(text))
	long := w.opt.CutCodes && (len(text) == 8 && digits || len(text) == 10 && strings.Trim(text, "0123456789") == "")
	padded := w.judge.pad && len(text) == 5 && digits
	code, known := w.products[text]
	if !known {
		code = strings.Clone(text)
		switch {
		case long:
			code = code[:6]
		case padded:
			code = "0" + code
		}
		if !trade.ValidProductCode(code) {
			return "", badProduct, fmt.Sprintf("product is %q, not six digits or capital letters%s", text, productAdvice(text))
		}
		if _, ok := w.judge.products.find(code); !ok {
			if !w.judge.products.open {
				return "", unknownProduct, fmt.Sprintf("product is %q, which %s does not list", text, w.judge.listed)
			}
			if _, ok := w.judge.products.add(code); !ok {
				return "", unknownProduct, fmt.Sprintf("product is %q, one code more than the %d that a dataset can hold", text, w.judge.products.size())
			}
		}
		w.products[strings.Clone(text)] = code
	}
	if long {
		w.got.cut++
	}
	if padded {
		w.out.padded++
	}
	return code, reasons, ""
}

// productAdvice says what to do about a code of another length.
func productAdvice(text string) string {
	switch len(text) {
	case 5:
		return "; --pad-codes gives five digits their leading zero back"
	case 8, 10:
		return "; --cut-codes takes the first six digits of national codes"
	}
	return ""
}

// quantity reads grams.
func (w *transactionReader) quantity() (grams int64, known bool, problem string) {
	text := w.text(txQuantity)
	if missing([]byte(text)) {
		return trade.UnknownQuantity, false, ""
	}
	tonnes, state := decimal([]byte(text), w.shift(w.opt.Kilograms, -3))
	if state == numberOK && tonnes >= trade.MaxMillionths {
		state = numberRange
	}
	if state != numberOK {
		return 0, false, numberProblem("quantity", text, state)
	}
	grams, exact := trade.ToMillionths(tonnes)
	if !exact {
		w.got.rounded++
	}
	return grams, true, ""
}

// store takes the flows of a period from the ledger to the target.
func (in *summing) store(ctx context.Context, ledger Ledger, period trade.Period) error {
	read := in.periods[period]
	writer, err := in.target.Year(int(period), read.quantities)
	if err != nil {
		return err
	}
	stats := &yearStats{report: YearReport{Year: int(period)}}
	in.stats[int(period)] = stats
	transactions, value := int64(0), uint64(0)
	p := &productFlows{}
	err = ledger.Sums(ctx, period, func(product string, sums []trade.Sum) error {
		p.importer, p.exporter, p.value, p.quantity = p.importer[:0], p.exporter[:0], p.value[:0], p.quantity[:0]
		known := false
		for i := range sums {
			s := &sums[i]
			if s.Value <= 0 {
				return fmt.Errorf("product %s, economies %d to %d: the sum of the transactions is beyond the range of a number", product, s.Exporter, s.Importer)
			}
			transactions += s.Transactions
			value += uint64(s.Value)
			q := unknownQuantity
			switch s.Known {
			case 0:
			case s.Transactions:
				q, known = trade.FromMillionths(s.Quantity), true
			default:
				in.partial.add(1, trade.FromMillionths(s.Value))
			}
			p.importer, p.exporter = append(p.importer, uint16(s.Importer)), append(p.exporter, uint16(s.Exporter))
			p.value, p.quantity = append(p.value, trade.FromMillionths(s.Value)), append(p.quantity, q)
		}
		if !known {
			p.quantity = nil
		}
		stats.see(p, &in.nes)
		in.teller.tell(stageStore, period.String())
		return writer.Append(product, p.importer, p.exporter, p.value, p.quantity)
	})
	if err != nil {
		return err
	}
	if transactions != int64(read.transactions) || value != read.value {
		return fmt.Errorf("%d transactions of %d millionths of a dollar are summed, %d of %d were read; does another program write to the table?", transactions, value, read.transactions, read.value)
	}
	if math.Abs(stats.report.Value-read.dollars) > 1e-9*read.dollars {
		return fmt.Errorf("flows of %g dollars, transactions of %g: a sum is beyond the range of a number", stats.report.Value, read.dollars)
	}
	stats.finish()
	return in.target.CloseYear(writer)
}

// remark says what sums hide.
func (in *summing) remark() {
	flows := 0
	for _, s := range in.stats {
		flows += s.report.Rows
	}
	in.note("%s summed to %s by %s", countedText(in.stored(), "transaction"), countedText(flows, "flow"), in.frequency())
	if in.partial.rows > 0 {
		in.note("quantity not known, as only some of the transactions state one: %s (%s USD)", countedText(in.partial.rows, "flow"), dollarsText(in.partial.value))
	}
	if in.cut > 0 {
		in.note("product codes cut to six digits: %s", countedText(in.cut, "row"))
	}
	if in.rounded > 0 {
		in.note("%s rounded to millionths of a US dollar or to grams", countedText(in.rounded, "amount"))
	}
}

func (in *summing) stored() int { return in.report.Total.RowsStored }

func (in *summing) frequency() string {
	if in.opt.Monthly {
		return string(store.Monthly)
	}
	return "year"
}

// memoryLedger sums transactions in memory.
type memoryLedger struct {
	monthly bool
	sums    map[trade.Period]map[flowOf]*trade.Sum
}

type flowOf struct {
	product            string
	importer, exporter trade.Code
}

// File implements Ledger.
func (l *memoryLedger) File(_ context.Context, _ uint64, read func(take func(*trade.Transaction) error) error) error {
	return read(func(t *trade.Transaction) error {
		period := trade.PeriodOf(t.Date, l.monthly)
		if l.sums[period] == nil {
			l.sums[period] = map[flowOf]*trade.Sum{}
		}
		key := flowOf{t.Product, t.Importer, t.Exporter}
		s := l.sums[period][key]
		if s == nil {
			s = &trade.Sum{Importer: t.Importer, Exporter: t.Exporter}
			l.sums[period][key] = s
		}
		s.Add(t)
		return nil
	})
}

// Sums implements Ledger.
func (l *memoryLedger) Sums(_ context.Context, period trade.Period, take func(product string, sums []trade.Sum) error) error {
	byProduct := map[string][]trade.Sum{}
	for key, s := range l.sums[period] {
		byProduct[key.product] = append(byProduct[key.product], *s)
	}
	for _, product := range slices.Sorted(maps.Keys(byProduct)) {
		sums := byProduct[product]
		slices.SortFunc(sums, func(a, b trade.Sum) int {
			if a.Importer != b.Importer {
				return int(a.Importer) - int(b.Importer)
			}
			return int(a.Exporter) - int(b.Exporter)
		})
		if err := take(product, sums); err != nil {
			return err
		}
	}
	return nil
}
