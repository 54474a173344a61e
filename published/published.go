// Package published reads lists of dependencies that others have published: which economy depends on others for which product in which
// year, with the values of the criteria where the file has them. CEPII's GeoDep is one.
//
// The package knows nothing of flows and datasets and must never import store, kernel, analysis or result.
package published

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/textfile"
	"chokepoint/trade"
)

// Flag is a verdict of the file. Values that the file does not have are NaN.
type Flag struct {
	Economy   string // ISO3
	Product   string // HS code, six characters
	Year      int
	Dependent bool

	ImportHHI      float64 // GeoDep's c1
	WorldExportHHI float64 // GeoDep's c2
	ImportsExports float64 // GeoDep's c3; infinite where it has 9999, which stands for no exports
	TopSupplier    string  // as the file writes it; GeoDep's EUN is the European Union
	TopShare       float64
	Line           int
}

// Account says what became of every row: Rows is Taken, NoVerdict and the sum of NoEconomy.
type Account struct {
	Rows      int
	Taken     int
	NoVerdict int            // the flag is empty: neither dependent nor not
	NoEconomy map[string]int // rows by a text that is no economy of BACI: groups of economies, or codes that BACI lacks
	Unread    []string       // columns that were not read
	GeoDep    bool           // the columns are those of CEPII's GeoDep

	tallies map[tallied]*tally // of what Checks looks at
}

// String is the account in words.
func (a *Account) String() string {
	text := fmt.Sprintf("%d rows: %d taken", a.Rows, a.Taken)
	if a.NoVerdict > 0 {
		text += fmt.Sprintf(", %d without a verdict", a.NoVerdict)
	}
	if len(a.NoEconomy) > 0 {
		n := 0
		for _, rows := range a.NoEconomy {
			n += rows
		}
		text += fmt.Sprintf(", %d of %s, which BACI does not have as an economy", n, strings.Join(slices.Sorted(maps.Keys(a.NoEconomy)), ", "))
	}
	if len(a.Unread) > 0 {
		text += "; columns not read: " + strings.Join(a.Unread, ", ")
	}
	return text
}

// names are the columns that are read, and what files call them.
var names = []struct {
	column string
	needed bool
	called []string
}{
	{"economy", true, []string{"economy", "importer", "iso_d"}},
	{"product", true, []string{"product", "hs6"}},
	{"year", true, []string{"year"}},
	{"flag", true, []string{"flag", "dependent"}},
	{"import_hhi", false, []string{"c1", "import_hhi"}},
	{"world_export_hhi", false, []string{"c2", "world_export_hhi"}},
	{"imports_exports", false, []string{"c3", "import_export_ratio"}},
	{"top_supplier", false, []string{"first_odpt", "top_supplier"}},
	{"top_share", false, []string{"share_odpt", "top_supplier_share"}},
}

// noExports is what GeoDep writes for imports over exports where there are none.
const noExports = 9999

// key is what a row is about, for finding rows that stand twice. GeoDep has some 3 million: it is small.
type key struct {
	economy [3]byte
	product [6]byte
	year    int16
}

// reading is a file being read.
type reading struct {
	table     *textfile.Table
	fields    []string
	at        map[string]int
	account   Account
	economies map[string]string // texts as ISO3; "" is none
	texts     map[string]string // each once, so that none keeps the text of its row
	lines     map[key]int32
}

// Read reads a list, a CSV with a header, and hands each verdict to take, in the order of the file; name is for messages. A row that
// cannot be read is an error with its line, and so is one that appears twice. Every other row is accounted for.
func Read(name string, file io.Reader, take func(Flag) error) (*Account, error) {
	table := textfile.ReadTable(name, file)
	table.AnyBytes = true // in columns that are not read
	if err := table.Header(nil, nil, new([]string)); err != nil {
		return nil, err
	}
	r := &reading{table: table, economies: map[string]string{}, texts: map[string]string{}, lines: map[key]int32{}}
	r.account.NoEconomy, r.account.tallies = map[string]int{}, map[tallied]*tally{}
	if err := r.columns(); err != nil {
		return nil, err
	}
	for {
		var err error
		if r.fields, err = table.Next(); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		if err := r.row(take); err != nil {
			return nil, err
		}
	}
	if r.account.Rows == 0 {
		return nil, table.Fail("no row below the header")
	}
	return &r.account, nil
}

// columns finds out which columns the file has.
func (r *reading) columns() error {
	r.at = map[string]int{}
	var read []string
	for _, n := range names {
		for _, called := range n.called {
			i := r.table.At(called)
			if i < 0 {
				continue
			}
			if _, twice := r.at[n.column]; twice {
				return r.table.Fail("more than one of the columns %s; expected one", strings.Join(n.called, ", "))
			}
			r.at[n.column] = i
			read = append(read, called)
		}
		if _, ok := r.at[n.column]; !ok && n.needed {
			return r.table.Fail("no column %s among %s; expected economy,product,year,flag, or GeoDep's iso_d,hs6,year,dependent", strings.Join(n.called, " or "), strings.Join(r.table.Head, ","))
		}
	}
	r.account.GeoDep = r.table.Has("iso_d", "hs6", "dependent", "first_odpt")
	for _, h := range r.table.Head {
		if !slices.Contains(read, h) {
			r.account.Unread = append(r.account.Unread, h)
		}
	}
	return nil
}

// text is what stands in a column of the row; "" where the file has no such column.
func (r *reading) text(column string) string {
	if i, ok := r.at[column]; ok {
		return r.fields[i]
	}
	return ""
}

func (r *reading) row(take func(Flag) error) error {
	r.account.Rows++
	f := Flag{Line: r.table.Line, Product: r.text("product"), TopSupplier: r.text("top_supplier")}
	if len(f.Product) != 6 || !trade.ValidProductCode(f.Product) {
		return r.table.Fail("product %q: expected six digits; a leading zero that a program dropped has to be put back", f.Product)
	}
	f.Product, f.TopSupplier = r.once(f.Product), r.once(f.TopSupplier)
	var err error
	if f.Year, err = strconv.Atoi(r.text("year")); err != nil || f.Year < 1900 || f.Year > 2200 {
		return r.table.Fail("year %q: expected a year such as 2022", r.text("year"))
	}
	for _, v := range []struct {
		column string
		x      *float64
	}{{"import_hhi", &f.ImportHHI}, {"world_export_hhi", &f.WorldExportHHI}, {"imports_exports", &f.ImportsExports}, {"top_share", &f.TopShare}} {
		if *v.x, err = number(r.text(v.column)); err != nil {
			return r.table.Fail("%s %q: %v", r.table.Head[r.at[v.column]], r.text(v.column), err)
		}
	}
	if f.ImportsExports == noExports {
		f.ImportsExports = math.Inf(1)
	}
	verdict := true
	switch flag := strings.ToLower(r.text("flag")); flag {
	case "1", "yes", "true":
		f.Dependent = true
	case "0", "no", "false":
	case "", "na", ".":
		verdict = false
	default:
		return r.table.Fail("flag %q: expected 1 or 0, yes or no, true or false, or nothing where there is no verdict", flag)
	}
	economy := r.text("economy")
	if f.Economy, err = r.economy(economy); err != nil {
		return r.table.Fail("economy: %v", err)
	}
	if f.Dependent {
		r.account.count(economy, &f)
	}
	if f.Economy == "" {
		r.account.NoEconomy[r.once(economy)]++
		return nil
	}
	k := key{[3]byte([]byte(f.Economy)), [6]byte([]byte(f.Product)), int16(f.Year)}
	if line, twice := r.lines[k]; twice {
		return r.table.Fail("%s, %s in %d is already in line %d", f.Economy, f.Product, f.Year, line)
	}
	r.lines[k] = int32(f.Line)
	if !verdict {
		r.account.NoVerdict++
		return nil
	}
	r.account.Taken++
	return take(f)
}

// once gives a text that does not keep its row.
func (r *reading) once(text string) string {
	if known, ok := r.texts[text]; ok {
		return known
	}
	text = strings.Clone(text)
	r.texts[text] = text
	return text
}

// number reads a value that may be missing.
func number(text string) (float64, error) {
	switch strings.ToLower(text) {
	case "", "na", ".":
		return math.NaN(), nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		return 0, fmt.Errorf("expected a number of at least 0, or nothing")
	}
	return x, nil
}

// economy finds the ISO3 of a text. What is no economy of BACI, such as a group, is "".
func (r *reading) economy(text string) (string, error) {
	if iso3, known := r.economies[text]; known {
		return iso3, nil
	}
	m, err := trade.BuiltinEconomies().Resolve(text)
	var absent *trade.AbsentError
	var group *trade.AggregateError
	iso3 := ""
	switch {
	case err == nil:
		economy, _ := trade.BuiltinEconomies().Get(m.Codes.Codes()[0])
		iso3 = economy.ISO3
	case errors.As(err, &absent), errors.As(err, &group), len(text) == 3 && strings.ToUpper(text) == text:
	default:
		return "", err
	}
	r.economies[strings.Clone(text)] = iso3
	return iso3, nil
}
