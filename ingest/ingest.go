// Package ingest reads BACI archives (zip, folder, CSV, gzipped CSV, Parquet) into a dataset of package store, and
// reports on every row: rows read are rows stored plus rows set aside, and so is their value.
//
// A reading goes one way: archive.go finds the tables in the paths, codes.go reads the code lists, scan.go cuts a flow
// table into blocks that workers parse (flows.go, number.go, parquet.go) and judge (judge.go), sort.go brings the flows of
// a year into the order of the store, report.go gives the account, and this file runs them year by year. Transactions are
// read line by line (transactionrows.go) into a ledger that sums them (transactions.go). What is no flow though it
// looks like one is known to totals.go, breakdown.go and revision.go; what is no table of flows at all, to kinds.go.
//
// The package must never import anything of ours but fault, textfile, trade and store.
package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"chokepoint/fault"
	"chokepoint/store"
	"chokepoint/trade"
)

// Options say where the dataset goes and how strictly an archive is read.
type Options struct {
	DataDir string // folder of all datasets
	Name    string // of the dataset; empty: such as baci-hs17-v202601

	Nomenclature trade.Nomenclature // where file names do not tell
	Release      string             // where file names do not tell, such as 202601

	Title, Source, Licence, Citation string // for the manifest
	Synthetic                        bool   // the data are made up
	Sample                           bool   // a part that comes with the program

	Lenient  bool // set bad rows aside instead of stopping
	PadCodes bool // give five-digit product codes their leading zero back
	Replace  bool // an existing dataset of the name

	// ProductsOf gives the codes of a revision, sorted: the list of products where the files bring none; nil: every code is
	// one that occurs.
	ProductsOf func(trade.Nomenclature) []string

	// Target begins a dataset elsewhere than in DataDir; nil: in DataDir.
	Target func(name string, replace bool) (Target, error)

	ProgramVersion string
	Progress       func(Progress) // called at most about ten times a second, never by two goroutines at once
}

// Target is where a dataset goes: the store's draft on this computer, or a cluster. Years come one at a time. Nothing of the
// dataset is visible until Commit.
type Target interface {
	// ProductsFirst says that the products must be set before the first year.
	ProductsFirst() bool
	SetEconomies([]trade.Economy) error
	SetProducts([]trade.Product) error
	// Year begins a year, or a month (see trade.Period).
	Year(year int, quantities bool) (*store.YearWriter, error)
	// CloseYear ends it. The next one may begin while the target still works on it: what goes wrong, a later call says.
	CloseYear(*store.YearWriter) error
	Commit(store.Manifest) error
	// Abort forgets the dataset. After Commit it does nothing.
	Abort() error
}

// target begins the dataset that the options name.
func (opt *Options) target() (Target, error) {
	if opt.Target != nil {
		return opt.Target(opt.Name, opt.Replace)
	}
	return store.Create(opt.DataDir, opt.Name, opt.Replace)
}

// groupRows bounds the rows of the years that are read together from a table of several years.
var groupRows = 12_000_000

// BACI reads the archives, folders and files at paths into one dataset. After an error, or when ctx ends, there is
// nothing of a new dataset, and an older one of the name is as it was.
func BACI(ctx context.Context, paths []string, opt Options) (*Report, error) {
	began := time.Now()
	in := &ingestion{opt: opt, stats: make(map[int]*yearStats), report: newReport()}
	return in.readFrom(ctx, paths, baciSource, func() error { return in.run(ctx, began) })
}

// readFrom opens the files for as long as run reads them.
func (in *ingestion) readFrom(ctx context.Context, paths []string, kind sourceKind, run func() error) (*Report, error) {
	var err error
	if in.archive, err = openArchive(ctx, paths, kind); err == nil {
		in.progress = progressMeter{call: in.opt.Progress, read: &in.archive.read}
		err = run()
	}
	in.archive.close()
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return in.report, nil
}

// ingestion is one run of BACI.
type ingestion struct {
	opt       Options
	archive   *archive
	economies *trade.Economies
	list      []trade.Economy // the archive's, or the program's own
	nes       [trade.MaxCode]bool
	described []trade.Product // as in the archive; nil when it has no list
	judge     *judge
	scanner   *scanner
	target    Target
	codes     []string // of products, by number
	order     []uint16 // product numbers in the order of their codes
	stats     map[int]*yearStats
	report    *Report
	findings  findings
	unlisted  map[string]tally // by product code
	progress  progressMeter
}

// unit is a table and the years that are read from it in one pass.
type unit struct {
	member *member
	number int // in the order of reading
	years  []int
	rows   int  // about
	all    bool // the file's name states the year
	again  bool // rows without a year were accounted for before
}

// pass is how the unit is read.
func (u *unit) pass() pass {
	p := pass{kind: collect, year: u.member.name.year, again: u.again}
	if !u.all {
		p.years = make(map[int]bool)
		for _, y := range u.years {
			p.years[y] = true
		}
	}
	return p
}

func (in *ingestion) run(ctx context.Context, began time.Time) error {
	if err := in.identify("baci"); err != nil {
		return err
	}
	if err := in.readCodes(); err != nil {
		return err
	}
	target, err := in.opt.target()
	if err != nil {
		return err
	}
	in.target = target
	defer target.Abort()
	if in.described != nil {
		if err := target.SetProducts(in.described); err != nil {
			return err
		}
	}

	group, groupCtx := fault.WithContext(ctx)
	group.Go(func() error { return in.archive.sumInputs(groupCtx) })
	group.Go(func() error { return in.readFlows(groupCtx) })
	if err := group.Wait(); err != nil {
		return err
	}
	if err := in.conclude(began); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return in.commit()
}

// identify settles nomenclature, release and name. kind begins the name where none is given.
func (in *ingestion) identify(kind string) error {
	release := strings.ToLower(in.opt.Release)
	release = strings.TrimPrefix(release, "v")
	if release != "" && !releaseForm.MatchString(release) {
		return fault.Questionf("release %q: expected year and month, such as 202601 or 202401b", in.opt.Release)
	}
	hs, release, err := in.archive.agree(string(in.opt.Nomenclature), release)
	if err != nil {
		return err
	}
	if in.opt.Nomenclature, err = trade.ParseNomenclature(hs); err != nil {
		return err
	}
	in.opt.Release = release
	if in.opt.Name == "" {
		in.opt.Name = strings.ToLower(fmt.Sprintf("%s-%s-v%s", kind, hs, release))
	}
	in.report.Dataset, in.report.Nomenclature, in.report.Release = in.opt.Name, hs, release
	for _, name := range in.archive.ignored {
		in.note("skipped: %s", name)
	}
	return nil
}

func (in *ingestion) note(format string, args ...any) {
	in.report.Notes = append(in.report.Notes, fmt.Sprintf(format, args...))
}

// readCodes reads the archive's code lists, or takes the embedded economies and the products that occur.
func (in *ingestion) readCodes() error {
	in.judge = &judge{lenient: in.opt.Lenient, pad: in.opt.PadCodes}
	m, notes := choose(in.archive.economies, "", in.report.Release)
	in.report.Notes = append(in.report.Notes, notes...)
	if m == nil {
		in.economies = trade.BuiltinEconomies()
		in.list = in.economies.All()
		in.judge.economies = "the program's own list"
		in.note("no country_codes table: the program's own list of economies is used")
	} else {
		text, err := m.text()
		if err != nil {
			return err
		}
		if in.list, notes, err = readEconomies(m.label, text); err != nil {
			return err
		}
		in.report.Notes = append(in.report.Notes, notes...)
		in.judge.economies = m.label
		if in.economies, err = trade.NewEconomies(in.list); err != nil {
			return fmt.Errorf("%s: %w", m.label, err)
		}
		in.list = in.economies.All() // completed from the program's own list
	}
	in.judge.table = in.economies
	for _, e := range in.list {
		in.judge.known[e.Code] = true
		in.nes[e.Code] = e.Kind == trade.KindNES
	}
	m, notes = choose(in.archive.products, in.report.Nomenclature, in.report.Release)
	in.report.Notes = append(in.report.Notes, notes...)
	if m == nil {
		in.judge.products = newDictionary(true, nil)
		in.useRevision()
		return nil
	}
	text, err := m.text()
	if err != nil {
		return err
	}
	if in.described, notes, err = readProducts(m.label, text, in.opt.PadCodes); err != nil {
		return err
	}
	in.report.Notes = append(in.report.Notes, notes...)
	in.judge.listed = m.label
	codes := make([]string, len(in.described))
	for i, p := range in.described {
		codes[i] = p.Code
	}
	in.judge.products = newDictionary(false, codes)
	return nil
}

// memoryRows bounds the rows of units that are in memory at the same time: one is stored while another is read, and
// where cores are left, one more is read. It makes the ingest's peak memory, at up to twenty bytes a row.
func memoryRows() int64 { return 2 * int64(groupRows) }

// readFlows reads and stores all years. Units are read side by side as far as memory allows. They are stored, and what is
// reported or goes wrong counts, in their order.
func (in *ingestion) readFlows(ctx context.Context) error {
	in.scanner = newScanner(in.judge)
	for _, m := range in.archive.flows {
		in.progress.await(m.size)
	}
	in.archive.read.Store(0)
	if in.described == nil && in.target.ProductsFirst() {
		if err := in.listProducts(ctx); err != nil {
			return err
		}
	}
	units, err := in.plan(ctx)
	if err != nil {
		return err
	}
	done := make([]chan *reading, len(units))
	for i := range done {
		done[i] = make(chan *reading, 1)
	}
	memory := semaphore.NewWeighted(memoryRows())
	group, ctx := fault.WithContext(ctx)
	group.Go(func() error {
		for i := range units {
			u := &units[i]
			if err := memory.Acquire(ctx, u.weight()); err != nil {
				return err
			}
			group.Go(func() error {
				done[i] <- in.read(ctx, u) // its error counts when its turn comes
				return nil
			})
		}
		return nil
	})
	accounts := make(map[*member]*Account)
	group.Go(func() error {
		for i := range units {
			u := &units[i]
			select {
			case r := <-done[i]:
				if err := in.storeUnit(ctx, u, r); err != nil {
					return err
				}
				if accounts[u.member] == nil {
					accounts[u.member] = &Account{}
				}
				accounts[u.member].add(r.account)
			case <-ctx.Done():
				return ctx.Err()
			}
			memory.Release(u.weight())
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	in.reportFiles(accounts)
	return nil
}

// listProducts reads all flows for the products that occur, where the archive lists none and the target must know them first.
func (in *ingestion) listProducts(ctx context.Context) error {
	for _, m := range in.archive.flows {
		in.progress.await(m.size)
		_, err := in.scanner.scan(ctx, m, pass{kind: collect, year: m.name.year}, func(out *outcome) error {
			in.scanner.pool.put(out.chunks)
			in.progress.report(stageCount, m.label)
			return nil
		})
		if err != nil {
			return err
		}
	}
	in.sortProducts()
	return in.target.SetProducts(in.occurring())
}

// occurring lists the products of the flows, for archives that list none.
func (in *ingestion) occurring() (list []trade.Product) {
	for _, id := range in.order {
		list = append(list, trade.Product{Code: in.codes[id]})
	}
	return list
}

// weight is the unit's part of memoryRows. No more units are read side by side than there are cores.
func (u *unit) weight() int64 {
	return min(max(int64(u.rows), memoryRows()/int64(runtime.GOMAXPROCS(0)+1)), memoryRows())
}

// reportFiles reports the tables in the order of the archive.
func (in *ingestion) reportFiles(accounts map[*member]*Account) {
	passedOver := make(map[string]int)
	for _, m := range in.archive.flows {
		if len(m.extra) > 0 {
			passedOver[strings.Join(m.extra, ", ")]++
		}
		in.report.Files = append(in.report.Files, FileReport{m.label, *accounts[m]})
		in.report.Total.add(*accounts[m])
	}
	for _, names := range slices.Sorted(maps.Keys(passedOver)) {
		in.note("columns not read: %s (in %s)", names, countedText(passedOver[names], "table"))
	}
}

// plan decides which years are read from which table in which pass. A year may come from one table only.
func (in *ingestion) plan(ctx context.Context) ([]unit, error) {
	var units []unit
	from := make(map[int]*member)
	for _, m := range in.archive.flows {
		if m.name.year == 0 {
			if err := in.countYears(ctx, m); err != nil {
				return nil, err
			}
		} else {
			m.years = map[int]int{m.name.year: 0}
		}
		groups := groupYears(m.years)
		for i, years := range groups {
			for _, y := range years {
				if first := from[y]; first != nil {
					return nil, fmt.Errorf("the year %d is in %s and in %s; give one of them", y, first.label, m.label)
				}
				from[y] = m
			}
			u := unit{member: m, years: years, all: m.name.year != 0, again: i > 0}
			for _, y := range years {
				u.rows += m.years[y]
			}
			if u.all {
				u.rows = m.rows()
			}
			units = append(units, u)
		}
		in.progress.await(m.size * int64(len(groups)-1))
	}
	slices.SortStableFunc(units, func(a, b unit) int { return cmp.Compare(a.first(), b.first()) })
	for i := range units { // sorting may have moved the groups of a table
		units[i].number = i
		units[i].again = slices.ContainsFunc(units[:i], func(u unit) bool { return u.member == units[i].member })
	}
	return units, nil
}

// first is the year by which units are sorted; a table without any row has none.
func (u unit) first() int {
	if len(u.years) == 0 {
		return 0
	}
	return u.years[0]
}

// groupYears puts years together as long as their rows fit.
func groupYears(counts map[int]int) [][]int {
	var groups [][]int
	rows := 0
	for _, y := range slices.Sorted(maps.Keys(counts)) {
		if len(groups) == 0 || rows+counts[y] > groupRows {
			groups = append(groups, nil)
			rows = 0
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], y)
		rows += counts[y]
	}
	if len(groups) == 0 {
		groups = [][]int{nil} // rows without a year are reported all the same
	}
	return groups
}

// countYears counts the rows of each year of a table whose name states no year.
func (in *ingestion) countYears(ctx context.Context, m *member) error {
	in.progress.await(m.size)
	m.years = make(map[int]int)
	_, err := in.scanner.scan(ctx, m, pass{kind: countYears}, func(out *outcome) error {
		for y, n := range out.counts {
			m.years[y] += n
		}
		in.progress.report(stageCount, m.label)
		return nil
	})
	return err
}

// reading is what came of reading a unit.
type reading struct {
	account  Account
	findings findings
	header   header
	chunks   map[int][]chunk // by year
	err      error
}

// read reads a unit into memory.
func (in *ingestion) read(ctx context.Context, u *unit) *reading {
	in.progress.beginReading(u.number)
	defer in.progress.endReading(u.number)
	r := &reading{chunks: make(map[int][]chunk)}
	r.header, r.err = in.scanner.scan(ctx, u.member, u.pass(), func(out *outcome) error {
		r.account.RowsRead += out.read.rows
		r.account.ValueRead += out.read.value
		r.findings.take(u.member, out, &r.account)
		for _, c := range out.chunks {
			r.chunks[c.year] = append(r.chunks[c.year], c)
		}
		in.progress.addRows(u.number, u.member.label, out.read.rows)
		return nil
	})
	return r
}

// storeUnit stores what was read and adds it to the report.
func (in *ingestion) storeUnit(ctx context.Context, u *unit, r *reading) error {
	if r.err != nil {
		return r.err
	}
	u.member.extra = r.header.extra
	in.findings.add(&r.findings)
	if err := in.stopForeign(u.member.label, &r.findings, r.account); err != nil {
		return err
	}
	in.sortProducts()
	twice := &twice{}
	for _, y := range slices.Sorted(maps.Keys(r.chunks)) {
		if err := in.storeYear(ctx, u.member, y, r.chunks[y], twice, &r.account); err != nil {
			return err
		}
		in.scanner.pool.put(r.chunks[y])
		delete(r.chunks, y)
	}
	if twice.rows > 0 {
		if err := in.reportTwice(ctx, u, twice, &r.account); err != nil {
			return err
		}
	}
	return nil
}

// sortProducts brings the product numbers into the order of their codes.
func (in *ingestion) sortProducts() {
	in.codes = in.judge.products.all()
	if len(in.order) == len(in.codes) {
		return
	}
	in.order = in.order[:0]
	for id := range in.codes {
		in.order = append(in.order, uint16(id))
	}
	slices.SortFunc(in.order, func(a, b uint16) int { return strings.Compare(in.codes[a], in.codes[b]) })
}

// twice holds the keys of flows that occur more than once.
type twice struct {
	tally
	keys map[flowKey]bool
}

// maxTwice bounds the duplicates that are looked up in the file again, for the report to quote.
const maxTwice = 100_000

func (t *twice) add(year int, product uint16, d *dropped) {
	t.tally.add(d.rows, d.value)
	for _, p := range d.keys {
		if t.keys == nil {
			t.keys = make(map[flowKey]bool)
		}
		if len(t.keys) < maxTwice {
			t.keys[flowKey{year, p.exporter, p.importer, product}] = true
		}
	}
}

// storeYear writes the flows of one year. While one product is written the next are sorted and counted.
func (in *ingestion) storeYear(ctx context.Context, m *member, year int, chunks []chunk, twice *twice, account *Account) error {
	quantities := slices.ContainsFunc(chunks, func(c chunk) bool { return c.quantity != nil })
	writer, err := in.target.Year(year, quantities)
	if err != nil {
		return err
	}
	stats := &yearStats{report: YearReport{Year: year}}
	in.stats[year] = stats

	const ahead = 4
	free, ready := make(chan *productFlows, ahead), make(chan *productFlows, ahead)
	for range ahead {
		free <- &productFlows{}
	}
	group, ctx := fault.WithContext(ctx)
	group.Go(func() error {
		defer close(ready)
		var g gatherer
		for _, product := range in.order {
			select {
			case p := <-free:
				g.gather(chunks, product, p)
				if len(p.value) == 0 {
					free <- p
					continue
				}
				stats.see(p, &in.nes)
				in.countUnlisted(in.codes[product], p.value)
				twice.add(year, p.product, &p.dropped)
				ready <- p
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		for p := range ready {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := writer.Append(in.codes[p.product], p.importer, p.exporter, p.value, p.quantity); err != nil {
				return err
			}
			in.progress.report(stageStore, m.label)
			free <- p
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err // Abort closes the writer
	}
	if err := in.target.CloseYear(writer); err != nil {
		return err
	}
	stats.finish()
	account.RowsStored += stats.report.Rows
	account.ValueStored += stats.report.Value
	return nil
}

// reportTwice finds the rows of flows that occur more than once in the file again. The first one is stored.
func (in *ingestion) reportTwice(ctx context.Context, u *unit, t *twice, account *Account) error {
	p := u.pass()
	p.kind, p.keys, p.again = locate, t.keys, true
	in.progress.await(u.member.size)
	first := make(map[flowKey]located)
	var stop error
	_, err := in.scanner.scan(ctx, u.member, p, func(out *outcome) error {
		in.progress.report(stageLocate, u.member.label)
		for _, row := range out.found {
			before, again := first[row.key]
			if !again {
				first[row.key] = row
				continue
			}
			problem := fmt.Sprintf("the same flow (%d, %s to %s, %s) as in line %d, there with %s USD, here with %s", row.key.year,
				in.economies.Label(trade.Code(row.key.exporter)), in.economies.Label(trade.Code(row.key.importer)),
				in.codes[row.key.product], before.line, dollarsText(before.value), dollarsText(row.value))
			if !in.opt.Lenient {
				stop = &RowError{u.member.label, row.line, clip(row.text), problem}
				return stop
			}
			in.findings.sample(duplicate, Sample{u.member.label, row.line, clip(row.text), problem})
		}
		return nil
	})
	if err == nil && !in.opt.Lenient {
		err = fmt.Errorf("%s: %d flows occur twice when it is read once and not when it is read again: it is changing", u.member.label, t.rows)
	}
	in.findings.setAside(duplicate, t.tally, account)
	return err
}

// nothingToStore says why no row is stored: each reason with its rows, their value and the first of them.
func (in *ingestion) nothingToStore() error {
	const shown = 3
	var b strings.Builder
	fmt.Fprintf(&b, "%s: no flow to store; rows read: %s", in.archive.flows[0].label, rowsText(in.report.Total.RowsRead))
	for r := range reasons {
		t := in.findings.aside[r]
		if t.rows == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s: %s, %s USD", reasonNames[r], countedText(t.rows, "row"), dollarsText(t.value))
		samples := in.findings.samples[r]
		for _, s := range samples[:min(len(samples), shown)] {
			fmt.Fprintf(&b, "\n  %s:%d: %s: %s", s.File, s.Line, s.Problem, s.Text)
		}
	}
	for _, w := range append(in.report.Warnings, in.findings.warnings...) {
		fmt.Fprintf(&b, "\nwarning: %s", w)
	}
	return errors.New(b.String())
}

// conclude fills in the report and checks that it is balanced.
func (in *ingestion) conclude(began time.Time) error {
	r := in.report
	if r.Total.RowsStored == 0 {
		return in.nothingToStore()
	}
	in.remarkUnlisted()
	in.warnLarge()
	r.Whole, r.PaddedCodes, r.Unvalued = !in.findings.fraction, in.findings.padded, in.findings.unvalued
	r.Warnings = append(r.Warnings, in.findings.warnings...)
	for _, f := range append(r.Files, FileReport{"all files", r.Total}) {
		if !f.balanced(r.Whole) {
			return fmt.Errorf("%s: the account does not balance; this is a bug in the program: %+v", f.Name, f.Account)
		}
	}
	for reason, t := range in.findings.aside {
		if t.rows > 0 {
			r.Aside = append(r.Aside, AsideReport{reasonNames[reason], t.rows, t.value, in.findings.samples[reason]})
		}
	}
	for kind, name := range []string{economies: "economy", products: "product"} {
		for _, code := range slices.Sorted(maps.Keys(in.findings.unknown[kind])) {
			t := in.findings.unknown[kind][code]
			r.Unknown = append(r.Unknown, UnknownReport{name, code, t.rows, t.value})
		}
	}
	r.cover(in.stats, in.list, in.economies.Label)
	for _, i := range in.archive.inputs {
		r.Inputs = append(r.Inputs, InputFile{i.path, i.size, i.sum})
	}
	r.Seconds = time.Since(began).Seconds()
	r.RowsPerSec = float64(r.Total.RowsRead) / r.Seconds
	r.PeakMemory = peakMemory()
	return nil
}

// commit hands the code lists and the report to the target and makes the dataset visible.
func (in *ingestion) commit() error {
	if err := in.target.SetEconomies(in.list); err != nil {
		return err
	}
	if in.described == nil {
		if err := in.target.SetProducts(in.occurring()); err != nil {
			return err
		}
	}
	report, err := json.Marshal(in.report)
	if err != nil {
		return err
	}
	m := store.Manifest{
		Title: in.opt.Title, Source: in.opt.Source, Release: in.opt.Release, Nomenclature: in.opt.Nomenclature,
		Licence: in.opt.Licence, Citation: in.opt.Citation, Synthetic: in.opt.Synthetic, Sample: in.opt.Sample, ProgramVersion: in.opt.ProgramVersion,
		Report: report,
	}
	for _, i := range in.report.Inputs {
		m.Inputs = append(m.Inputs, store.Input{Name: filepath.Base(i.Path), Bytes: i.Bytes, SHA256: i.SHA256})
	}
	return in.target.Commit(m)
}
