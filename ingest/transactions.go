package ingest

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
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
		periods: map[trade.Period]*periodRead{}, products: map[string]string{}, codes: map[string]resolved{}, splits: map[string]*split{}, levels: map[string]*levels{}}
	return in.readFrom(ctx, paths, transactionSource, func() error { return in.run(ctx, began) })
}

// summing is one run of Transactions.
type summing struct {
	*ingestion
	opt      TransactionOptions
	periods  map[trade.Period]*periodRead
	products map[string]string   // codes as in the files: as in the dataset; empty: none
	codes    map[string]resolved // texts of economies
	splits   map[string]*split   // columns that split flows up
	cut      int                 // rows whose product code was cut
	levels   map[string]*levels  // by product, where codes are cut
	latin    bool                // names of economies are not UTF-8
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
	why     reason
	problem string
}

// transactionSource is tables of transactions.
var transactionSource = sourceKind{wanted: "CSV files of transactions, plain or gzipped",
	header: func(line []byte) error {
		w := &transactionReader{summing: &summing{}}
		return w.readHeader(line)
	}}

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
	if err := in.survey(ctx); err != nil {
		return err
	}
	in.archive.read.Store(0)
	ledger, err := in.ledger()
	if err != nil {
		return err
	}
	accounts := map[*member]*Account{}
	for i, m := range in.archive.flows {
		in.progress.await(m.size)
		in.progress.beginReading(i)
		var r *transactionsRead
		err := ledger.File(ctx, m.input.identity(), func(take func(*trade.Transaction) error) (err error) {
			if r, err = in.read(ctx, m, i, take); err == nil && !in.ingestion.opt.Lenient {
				err = in.stopForeign(m.label, &r.findings, r.account)
			}
			return err
		})
		in.progress.endReading(i)
		if err != nil {
			return err
		}
		accounts[m] = &r.account
		in.book(r)
		if err := in.stopForeign(m.label, &r.findings, r.account); err != nil {
			return err
		}
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
	levels       map[string]*levels // by product, where codes are cut
	latin        bool               // names of economies are not UTF-8
}

// levels is the value of a product in rows of six digits and of national codes, which are cut.
type levels struct{ six, national float64 }

// book adds a file to the report.
func (in *summing) book(r *transactionsRead) {
	in.findings.add(&r.findings)
	in.cut, in.rounded = in.cut+r.cut, in.rounded+r.rounded
	in.latin = in.latin || r.latin
	for code, l := range r.levels {
		all := in.levels[code]
		if all == nil {
			all = &levels{}
			in.levels[code] = all
		}
		all.six, all.national = all.six+l.six, all.national+l.national
	}
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
				return fmt.Errorf("product %s, economies %d to %d: the sum of the transactions is beyond the range of a number%s", product, s.Exporter, s.Importer, in.largeNote())
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
		in.countUnlisted(product, p.value)
		in.progress.report(stageStore, period.String())
		return writer.Append(product, p.importer, p.exporter, p.value, p.quantity)
	})
	if err != nil {
		return err
	}
	if transactions != int64(read.transactions) || value != read.value {
		return fmt.Errorf("%d transactions of %d millionths of a dollar are summed, %d of %d were read; does another program write to the table?", transactions, value, read.transactions, read.value)
	}
	if math.Abs(stats.report.Value-read.dollars) > 1e-9*read.dollars {
		return fmt.Errorf("flows of %g dollars, transactions of %g: a sum is beyond the range of a number%s", stats.report.Value, read.dollars, in.largeNote())
	}
	stats.finish()
	return in.target.CloseYear(writer)
}

// largeNote names the rows that may be why a sum is too large.
func (in *summing) largeNote() string {
	if w := in.findings.large.warning(); w != "" {
		return "; " + w
	}
	return ""
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
	if in.latin {
		in.note("names of economies read as Latin-1")
	}
	in.warnLevels()
	if in.rounded > 0 {
		in.note("%s rounded to millionths of a US dollar or to grams", countedText(in.rounded, "amount"))
	}
}

// warnLevels warns of products that have rows of six digits and rows of national codes: one may be the sum of the other.
func (in *summing) warnLevels() {
	both := map[string]tally{}
	for code, l := range in.levels {
		if l.six > 0 && l.national > 0 {
			both[code] = tally{1, l.six}
		}
	}
	if len(both) == 0 {
		return
	}
	in.report.Warnings = append(in.report.Warnings, fmt.Sprintf("%s in six digits and as national codes, which are cut to them: %s; if the rows of six digits (%s USD) are the sums of the others, they count twice",
		countedText(len(both), "product"), firstCodes(both), dollarsText(totalOf(both).value)))
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
