package ingest

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"chokepoint/trade"
)

// Report accounts for every row of an ingest. Values are US dollars. It is stored in the dataset's manifest.
type Report struct {
	Dataset      string          `json:"dataset"`
	Nomenclature string          `json:"nomenclature"`
	Release      string          `json:"release"`
	Inputs       []InputFile     `json:"inputs"`
	Files        []FileReport    `json:"files"`
	Years        []YearReport    `json:"years"`
	Total        Account         `json:"total"`
	Whole        bool            `json:"whole_dollars"` // every value read is a whole number of dollars
	Aside        []AsideReport   `json:"set_aside"`     // rows that are not stored, by reason
	Unknown      []UnknownReport `json:"unknown_codes"`
	Unvalued     int             `json:"rows_without_value"` // their value cannot be read: they count as rows only
	PaddedCodes  int             `json:"padded_codes"`       // rows whose five-digit product code got its zero back
	Missing      int             `json:"missing_quantities"`
	NES          NESReport       `json:"areas_nes"`
	SharedISO3   []SharedISO3    `json:"shared_iso3"`
	NoImports    []NoImports     `json:"exporters_without_imports"`
	Notes        []string        `json:"notes"`
	Warnings     []string        `json:"warnings"`
	Seconds      float64         `json:"seconds"`
	RowsPerSec   float64         `json:"rows_per_second"`
	PeakMemory   int64           `json:"peak_memory_bytes"` // of the process; 0 where the platform does not tell
}

// newReport returns a report whose lists are empty, not null, in JSON.
func newReport() *Report {
	return &Report{Aside: []AsideReport{}, Unknown: []UnknownReport{}, SharedISO3: []SharedISO3{}, NoImports: []NoImports{},
		Notes: []string{}, Warnings: []string{}}
}

// InputFile is a file as it was read from disk.
type InputFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Account is the balance of a file or of an ingest: what was read is what was stored and what was set aside. Rows whose
// value cannot be read count as rows only.
type Account struct {
	RowsRead    int     `json:"rows_read"`
	RowsStored  int     `json:"rows_stored"`
	RowsAside   int     `json:"rows_set_aside"`
	ValueRead   float64 `json:"value_read_usd"`
	ValueStored float64 `json:"value_stored_usd"`
	ValueAside  float64 `json:"value_set_aside_usd"`
}

// FileReport is the account of one table.
type FileReport struct {
	Name string `json:"name"`
	Account
}

// YearReport says what is stored of one year.
type YearReport struct {
	Year      int     `json:"year"`
	Rows      int     `json:"rows"`
	Exporters int     `json:"exporters"`
	Importers int     `json:"importers"`
	Products  int     `json:"products"`
	Value     float64 `json:"value_usd"`
	Missing   int     `json:"missing_quantities"`
}

// AsideReport is what was set aside for one reason, with the first rows of it.
type AsideReport struct {
	Reason string   `json:"reason"`
	Rows   int      `json:"rows"`
	Value  float64  `json:"value_usd"`
	First  []Sample `json:"first"`
}

// Sample is one row that was set aside.
type Sample struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // of a Parquet file: the row, from 1
	Text    string `json:"text"`
	Problem string `json:"problem"`
}

// UnknownReport counts the rows with a code that the archive's lists do not have.
type UnknownReport struct {
	Kind  string  `json:"kind"` // economy or product
	Code  string  `json:"code"`
	Rows  int     `json:"rows"`
	Value float64 `json:"value_usd"`
}

// NESReport is the stored trade of areas not elsewhere specified.
type NESReport struct {
	Flows int     `json:"flows"`
	Value float64 `json:"value_usd"`
	Share float64 `json:"share_of_value"` // 0 … 1
}

// SharedISO3 is an ISO3 code that the archive's list gives to several economies.
type SharedISO3 struct {
	ISO3   string       `json:"iso3"`
	Codes  []trade.Code `json:"codes"`
	Traded []trade.Code `json:"traded"` // those with flows
}

// NoImports is an economy that exports in years in which it imports nothing: its imports are probably absent from the data.
type NoImports struct {
	Economy string  `json:"economy"`
	Name    string  `json:"name"`
	Years   []int   `json:"years"`
	Exports float64 `json:"exports_usd"` // in these years
}

// balanced says whether the account is balanced: rows exactly, values exactly where all are whole dollars whose sum is exact,
// else to 1e-9 of what was read.
func (a Account) balanced(whole bool) bool {
	if a.RowsRead != a.RowsStored+a.RowsAside {
		return false
	}
	difference := math.Abs(a.ValueRead - (a.ValueStored + a.ValueAside))
	if whole && a.ValueRead < 1<<53 {
		return difference == 0
	}
	return difference <= 1e-9*a.ValueRead
}

func (a *Account) add(b Account) {
	a.RowsRead += b.RowsRead
	a.RowsStored += b.RowsStored
	a.RowsAside += b.RowsAside
	a.ValueRead += b.ValueRead
	a.ValueStored += b.ValueStored
	a.ValueAside += b.ValueAside
}

// yearStats gathers what the report says of a year while its flows are stored.
type yearStats struct {
	report  YearReport
	exports [trade.MaxCode]float64
	imports [trade.MaxCode]float64
	nes     tally
}

// see takes in the flows of one product.
func (y *yearStats) see(p *productFlows, nes *[trade.MaxCode]bool) {
	y.report.Products++
	y.report.Rows += len(p.value)
	for i, v := range p.value {
		importer, exporter := p.importer[i], p.exporter[i]
		y.imports[importer] += v
		y.exports[exporter] += v
		y.report.Value += v
		if nes[importer] || nes[exporter] {
			y.nes.add(1, v)
		}
	}
	if p.quantity == nil {
		y.report.Missing += len(p.value)
	}
	for _, q := range p.quantity {
		if q != q {
			y.report.Missing++
		}
	}
}

func (y *yearStats) finish() {
	for c := range trade.MaxCode {
		if y.exports[c] > 0 {
			y.report.Exporters++
		}
		if y.imports[c] > 0 {
			y.report.Importers++
		}
	}
}

// cover fills in what the stored years say about the economies.
func (r *Report) cover(years map[int]*yearStats, list []trade.Economy, label func(trade.Code) string) {
	order := slices.Sorted(maps.Keys(years))
	byISO3 := make(map[string][]trade.Code)
	for _, e := range list {
		if e.ISO3 != "" {
			byISO3[e.ISO3] = append(byISO3[e.ISO3], e.Code)
		}
		if e.Kind == trade.KindNES {
			continue // such areas are often present on one side only
		}
		none := NoImports{Economy: label(e.Code), Name: e.Name}
		for _, y := range order {
			if s := years[y]; s.exports[e.Code] > 0 && s.imports[e.Code] == 0 {
				none.Years = append(none.Years, y)
				none.Exports += s.exports[e.Code]
			}
		}
		if len(none.Years) > 0 {
			r.NoImports = append(r.NoImports, none)
		}
	}
	slices.SortStableFunc(r.NoImports, func(a, b NoImports) int { return cmp.Compare(b.Exports, a.Exports) })
	for _, iso3 := range slices.Sorted(maps.Keys(byISO3)) {
		if codes := byISO3[iso3]; len(codes) > 1 {
			r.SharedISO3 = append(r.SharedISO3, r.shared(iso3, codes, order, years))
		}
	}
	var nes tally
	for i, y := range order {
		s := years[y]
		r.Years = append(r.Years, s.report)
		r.Missing += s.report.Missing
		nes.add(s.nes.rows, s.nes.value)
		if i > 0 && !follows(y, order[i-1]) {
			before, after := trade.Period(order[i-1]), trade.Period(y)
			r.Warnings = append(r.Warnings, fmt.Sprintf("no flows between %s and %s: the %s %s are missing", before, after, after.Unit(2),
				yearsText(yearRange(before.Back(-1), after.Back(1)))))
		}
	}
	r.NES = NESReport{Flows: nes.rows, Value: nes.value}
	if r.Total.ValueStored > 0 {
		r.NES.Share = nes.value / r.Total.ValueStored
	}
	r.warnNoImports(years)
}

// gapShare is the share of a year's value from which an exporter without imports in that year is worth a warning.
const gapShare = 0.001

// warnNoImports warns of large exporters whose imports are absent.
func (r *Report) warnNoImports(years map[int]*yearStats) {
	var parts []string
	for _, n := range r.NoImports {
		world := 0.0
		for _, y := range n.Years {
			world += years[y].report.Value
		}
		if n.Exports < gapShare*world {
			continue
		}
		text := fmt.Sprintf("%s (exports %s USD", n.Economy, dollarsText(n.Exports))
		if len(n.Years) < len(years) {
			text += ", " + yearsText(n.Years)
		}
		parts = append(parts, text+")")
	}
	if len(parts) == 0 {
		return
	}
	if more := len(r.NoImports) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("and %s with less than 0.1 %% of the value", countedText(more, "other")))
	}
	r.Warnings = append(r.Warnings, "present as exporter, no imports: "+strings.Join(parts, ", "))
}

// shared describes codes with one ISO3, and warns when two of them trade in one year.
func (r *Report) shared(iso3 string, codes []trade.Code, order []int, years map[int]*yearStats) SharedISO3 {
	s := SharedISO3{ISO3: iso3, Codes: codes, Traded: []trade.Code{}}
	traded := make(map[trade.Code]bool)
	var both []int
	for _, y := range order {
		n := 0
		for _, c := range codes {
			if years[y].exports[c] > 0 || years[y].imports[c] > 0 {
				traded[c] = true
				n++
			}
		}
		if n > 1 {
			both = append(both, y)
		}
	}
	for _, c := range codes {
		if traded[c] {
			s.Traded = append(s.Traded, c)
		}
	}
	if len(both) > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s is the ISO3 of the codes %s, and more than one trades in %s", iso3, codesText(codes), yearsText(both)))
	}
	return s
}

func yearRange(from, to trade.Period) []int {
	var years []int
	for y := from; y <= to; y = y.Back(-1) {
		years = append(years, int(y))
	}
	return years
}

// follows says whether a year, or month, is the one after before.
func follows(y, before int) bool { return trade.Period(y).Since(trade.Period(before)) == 1 }

// yearsText writes years with runs shortened: 1995-1998, 2001.
func yearsText(years []int) string {
	var parts []string
	for i := 0; i < len(years); {
		j := i
		for j+1 < len(years) && follows(years[j+1], years[j]) {
			j++
		}
		if i == j {
			parts = append(parts, trade.Period(years[i]).String())
		} else {
			parts = append(parts, rangeText(trade.Period(years[i]), trade.Period(years[j])))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// rangeText is 1995-1998, or 2023-11 to 2024-02.
func rangeText(first, last trade.Period) string {
	if first.Monthly() {
		return fmt.Sprintf("%s to %s", first, last)
	}
	return fmt.Sprintf("%s-%s", first, last)
}

func codesText(codes []trade.Code) string {
	parts := make([]string, len(codes))
	for i, c := range codes {
		parts[i] = strconv.Itoa(int(c))
	}
	return strings.Join(parts, ", ")
}

// dollarsText writes a value with commas, and cents only where there are any.
func dollarsText(v float64) string {
	text := strconv.FormatFloat(v, 'f', 2, 64)
	whole, cents, _ := strings.Cut(text, ".")
	text = countText(whole)
	if cents != "00" {
		text += "." + cents
	}
	return text
}

// countText puts commas into a row of digits.
func countText(digits string) string {
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// countedText writes a number and a noun: 1 row, 2 rows.
func countedText(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return rowsText(n) + " " + noun
}

func rowsText(n int) string { return countText(strconv.Itoa(n)) }

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	left := func(format string, args ...any) { t.Flush(); fmt.Fprintf(w, format+"\n", args...) }
	line := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")+"\t") }

	left("Dataset %s: %s, release %s", r.Dataset, r.Nomenclature, r.Release)
	for _, in := range r.Inputs {
		left("  %s  %s bytes  sha256 %s", in.Path, rowsText(int(in.Bytes)), in.SHA256)
	}
	left("")
	line("rows read", "stored", "set aside", "USD read", "stored", "set aside")
	accounts := r.Files
	if len(accounts) > 1 {
		accounts = append(slices.Clone(accounts), FileReport{"total", r.Total})
	}
	for _, f := range accounts {
		line(rowsText(f.RowsRead), rowsText(f.RowsStored), rowsText(f.RowsAside), dollarsText(f.ValueRead), dollarsText(f.ValueStored),
			dollarsText(f.ValueAside), f.Name)
	}
	left("%s", r.checkText())
	if r.Unvalued > 0 {
		left("The value of %s cannot be read, or is no amount of trade; it is in none of these sums.", countedText(r.Unvalued, "row"))
	}
	left("")
	line("year", "rows", "exporters", "importers", "products", "USD", "no quantity")
	for _, y := range r.Years {
		line(trade.Period(y.Year).String(), rowsText(y.Rows), rowsText(y.Exporters), rowsText(y.Importers), rowsText(y.Products),
			dollarsText(y.Value), rowsText(y.Missing))
	}
	r.writeAside(left)
	left("")
	left("Areas not elsewhere specified: %s, %s USD, %.3g %% of the value.", countedText(r.NES.Flows, "flow"), dollarsText(r.NES.Value), 100*r.NES.Share)
	for _, s := range r.SharedISO3 {
		left("ISO3 %s stands for the codes %s; with flows: %s.", s.ISO3, codesText(s.Codes), cmp.Or(codesText(s.Traded), "none"))
	}
	if r.PaddedCodes > 0 {
		left("Product codes padded to six digits: %s.", countedText(r.PaddedCodes, "row"))
	}
	for _, n := range r.Notes {
		left("Note: %s.", n)
	}
	for _, n := range r.Warnings {
		left("Warning: %s.", n)
	}
	memory := ""
	if r.PeakMemory > 0 {
		memory = fmt.Sprintf(", peak memory %d MB", r.PeakMemory>>20)
	}
	left("%.2f s, %s rows/s%s.", r.Seconds, rowsText(int(r.RowsPerSec)), memory)
	return t.Flush()
}

func (r *Report) checkText() string {
	how := "to 1e-9, as values are not whole dollars"
	if r.Whole {
		how = "to the dollar"
	}
	return fmt.Sprintf("Check: %s USD read = %s stored + %s set aside, %s.", dollarsText(r.Total.ValueRead),
		dollarsText(r.Total.ValueStored), dollarsText(r.Total.ValueAside), how)
}

func (r *Report) writeAside(left func(string, ...any)) {
	for _, a := range r.Aside {
		left("")
		left("Set aside, %s: %s, %s USD.", a.Reason, countedText(a.Rows, "row"), dollarsText(a.Value))
		for _, s := range a.First {
			left("  %s:%d: %s: %s", s.File, s.Line, s.Problem, s.Text)
		}
		if more := a.Rows - len(a.First); more > 0 {
			left("  and %s more", rowsText(more))
		}
	}
	for i, u := range r.Unknown {
		if i == samplesKept {
			left("And %s more.", countedText(len(r.Unknown)-i, "unknown code"))
			break
		}
		left("Unknown %s %q: %s, %s USD.", u.Kind, u.Code, countedText(u.Rows, "row"), dollarsText(u.Value))
	}
}
