// Package oracle answers the program's questions a second time, in SQL written
// from the definitions and run by DuckDB on the raw files of an archive.
//
// It exists to disagree: it must never import a package of the program, nor
// take a list, a formula or a number from one. It meets the program only at
// its command line.
package oracle

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the database
)

var (
	//go:embed sql/sums.sql
	sumsSQL string
	//go:embed sql/answers.sql
	answersSQL string
)

// An Oracle holds the flows of one archive.
type Oracle struct {
	db     *sql.DB
	scale  int64          // units per dollar; 0: amounts are floating-point dollars
	labels map[int]string // of every code in the archive's list
	trades []int          // codes with flows
	years  []int
}

// Open loads the flows and the country list of an unpacked archive.
//
// With scale n > 0 amounts are whole n-ths of a dollar, held as 128-bit
// integers, and every comparison is exact; a value that is no whole number of
// n-ths is an error. With scale 0 amounts are dollars in floating point.
func Open(ctx context.Context, dir string, scale int64) (*Oracle, error) {
	flows, err := filepath.Glob(filepath.Join(dir, "BACI_*_Y*_V*.csv"))
	if err != nil || len(flows) == 0 {
		return nil, fmt.Errorf("no BACI_*_Y*_V*.csv in %s (%v)", dir, err)
	}
	lists, err := filepath.Glob(filepath.Join(dir, "country_codes_V*.csv"))
	if err != nil || len(lists) != 1 {
		return nil, fmt.Errorf("expected one country_codes_V*.csv in %s, got %d (%v)", dir, len(lists), err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // temporary tables live in one connection
	o := &Oracle{db: db, scale: scale}
	if err := o.load(ctx, flows, lists[0]); err != nil {
		db.Close()
		return nil, err
	}
	return o, nil
}

// Close frees the database.
func (o *Oracle) Close() error { return o.db.Close() }

func (o *Oracle) load(ctx context.Context, flows []string, list string) error {
	amount := "CAST(raw AS DOUBLE) * 1000"
	bad := "false"
	product := "a * b"
	if o.scale > 0 {
		// Six decimals of a thousand dollars are thousandths of a dollar.
		milli := "(CAST(split_part(raw, '.', 1) AS BIGINT) * 1000000 + CAST(rpad(split_part(raw, '.', 2), 6, '0') AS BIGINT))"
		amount = fmt.Sprintf("%s * %d // 1000", milli, o.scale)
		bad = fmt.Sprintf("length(split_part(raw, '.', 2)) > 6 OR %s * %d %% 1000 <> 0", milli, o.scale)
		product = wideProduct
	}
	var paths []string
	for _, f := range flows {
		paths = append(paths, quote(f))
	}
	err := o.exec(ctx, fmt.Sprintf(`
		CREATE TABLE raw_flow AS
		SELECT CAST(t AS INTEGER) AS t, CAST(i AS INTEGER) AS i, CAST(j AS INTEGER) AS j, k, trim(v) AS raw,
			TRY_CAST(trim(q) AS DOUBLE) AS q
		FROM read_csv([%s], header = true, delim = ',', quote = '"', all_varchar = true);
		CREATE TABLE flow AS
		SELECT t, i, j, k, %s AS v, q FROM raw_flow WHERE i <> j;
		DELETE FROM flow WHERE v = 0;
		CREATE TABLE world_exporter AS SELECT t, k, i, sum(v) AS v FROM flow GROUP BY ALL;
		CREATE MACRO scale() AS %d;
		CREATE MACRO product(a, b) AS %s;
	`, strings.Join(paths, ", "), amount, max(o.scale, 1), product))
	if err != nil {
		return err
	}
	var n int
	if err := o.db.QueryRowContext(ctx, "SELECT count(*) FROM raw_flow WHERE "+bad).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("%d values are no whole number of 1/%d dollars", n, o.scale)
	}
	if err := o.exec(ctx, "DROP TABLE raw_flow"); err != nil {
		return err
	}
	if o.years, err = o.ints(ctx, "SELECT DISTINCT t FROM flow ORDER BY t"); err != nil {
		return err
	}
	return o.loadLabels(ctx, list)
}

// wideProduct multiplies two numbers below 1e30 exactly, in limbs of 1e15;
// the results compare like the products.
const wideProduct = `(SELECT {'hi': h + m // 1000000000000000, 'mid': m % 1000000000000000, 'lo': l} FROM (
	SELECT a1 * b1 AS h, a1 * b0 + a0 * b1 + a0 * b0 // 1000000000000000 AS m, a0 * b0 % 1000000000000000 AS l FROM (
	SELECT CAST(a AS HUGEINT) // 1000000000000000 AS a1, CAST(a AS HUGEINT) % 1000000000000000 AS a0,
	       CAST(b AS HUGEINT) // 1000000000000000 AS b1, CAST(b AS HUGEINT) % 1000000000000000 AS b0)))`

// placeholder ISO3 codes of areas that BACI keeps apart and ISO does not know.
var withoutISO3 = map[int]string{490: "TWN", 697: "R20"}

// retired are the codes of economies that gave their ISO3 to a successor.
var retired = []int{58, 280, 711, 736}

func valuesOf(labels map[int]string) string {
	var rows []string
	for code, label := range labels {
		rows = append(rows, fmt.Sprintf("(%d, %s)", code, quote(label)))
	}
	return strings.Join(rows, ",")
}

// loadLabels reads the archive's country list and labels every code that
// trades by its ISO3. Two codes with one ISO3 are one economy, unless both
// trade in the same year: then the one that is no longer in use is
// labelled ISO3-CODE.
func (o *Oracle) loadLabels(ctx context.Context, list string) error {
	f, err := os.Open(list)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.LazyQuotes = true
	rows, err := r.ReadAll()
	if err != nil {
		return err
	}
	iso3 := slices.IndexFunc(rows[0], func(h string) bool { return h == "country_iso3" || h == "iso_3digit_alpha" })
	if iso3 < 0 {
		return fmt.Errorf("%s: no column of ISO3 codes in %q", list, rows[0])
	}
	o.trades, err = o.ints(ctx, "SELECT DISTINCT i FROM flow UNION SELECT DISTINCT j FROM flow")
	if err != nil {
		return err
	}
	o.labels = map[int]string{}
	for _, row := range rows[1:] {
		code, err := strconv.Atoi(row[0])
		if err != nil {
			return err
		}
		label := row[iso3]
		if l, ok := withoutISO3[code]; ok && (code == 490 || label == "" || label == "N/A") {
			label = l
		}
		o.labels[code] = label
	}
	both, err := o.ints(ctx, `
		WITH label AS (SELECT * FROM (VALUES `+valuesOf(o.labels)+`) AS l(code, label)),
		     trade AS (SELECT DISTINCT t, label, code FROM (SELECT t, i AS code FROM flow UNION SELECT t, j FROM flow) JOIN label USING (code))
		SELECT DISTINCT a.code FROM trade a JOIN trade b ON a.t = b.t AND a.label = b.label AND a.code <> b.code`)
	if err != nil {
		return err
	}
	for _, code := range both {
		if slices.Contains(retired, code) {
			o.labels[code] = fmt.Sprintf("%s-%d", o.labels[code], code)
		}
	}
	for _, code := range o.trades {
		if o.labels[code] == "" {
			return fmt.Errorf("economy %d trades and has no label in %s", code, list)
		}
	}
	return o.exec(ctx, "CREATE TABLE label AS SELECT * FROM (VALUES "+valuesOf(o.labels)+") AS l(code, label)")
}

// Labels returns the labels of all economies that trade, each once.
func (o *Oracle) Labels() []string {
	var out []string
	for _, code := range o.trades {
		out = append(out, o.labels[code])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Years returns the years of the archive in order.
func (o *Oracle) Years() []int { return o.years }

// A Query is a question in the words of the command line.
type Query struct {
	Importers string   // selection: economies, blocs, A+B, A|B, BLOC:members, BLOC:any, all, comma lists
	Partners  string   // the same, or "-": any economy, one by one
	Methods   []string // identifiers
	Years     []int    // nil: all
	Need, Of  int      // persistence; 0: the method's
	Net       bool
	Own       bool  // the world is that of each method, and Net is not asked
	MinValue  int64 // dollars
}

func (q Query) anyPartner() bool { return q.Partners == "-" || q.Partners == "" }

// Ask computes the answers to q into temporary tables: fact and view_of (the
// indicators) and, if q names methods, dependency and total.
func (o *Oracle) Ask(ctx context.Context, q Query) error {
	importers, err := o.selection(q.Importers)
	if err != nil {
		return err
	}
	partners, err := o.selection(q.Partners)
	if err != nil {
		return err
	}
	if q.anyPartner() && slices.ContainsFunc(Methods, func(m Method) bool { return m.Partner && slices.Contains(q.Methods, m.ID) }) {
		// A method that looks at a partner holds if it does for any economy.
		if partners, err = o.selection("all"); err != nil {
			return err
		}
	}
	// Each view of the trade has its own sums: another world, or a bloc whose members trade inside it.
	by := map[view][]Method{}
	for _, id := range q.Methods {
		n := slices.IndexFunc(Methods, func(m Method) bool { return m.ID == id })
		if n < 0 {
			return fmt.Errorf("no method %q", id)
		}
		v := view{q.Net, Methods[n].Bloc}
		if q.Own {
			v.net = Methods[n].Net
		}
		by[v] = append(by[v], Methods[n])
	}
	views := []view{{true, "EU27"}, {false, "EU27"}, {!q.Net, ""}, {q.Net, ""}} // the sums of the last one stay
	var verdicts []string
	for n, v := range views {
		if len(by[v]) == 0 && v != (view{q.Net, ""}) {
			continue
		}
		if err := o.parameters(ctx, q, v, importers, partners); err != nil {
			return err
		}
		if err := o.exec(ctx, sumsSQL); err != nil {
			return err
		}
		var parts []string
		for _, m := range by[v] {
			parts = append(parts, o.verdict(m, q))
		}
		if len(parts) == 0 {
			continue
		}
		verdicts = append(verdicts, fmt.Sprintf("FROM verdict_%d", n))
		if err := o.exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE verdict_%d AS %s", n, strings.Join(parts, "\nUNION ALL\n"))); err != nil {
			return err
		}
	}
	if len(verdicts) == 0 {
		return nil
	}
	return o.exec(ctx, "CREATE OR REPLACE TEMP TABLE verdict AS "+strings.Join(verdicts, " UNION ALL ")+";\n"+answersSQL)
}

// view is how methods see trade: a bloc of the row as one exporter, and a bloc whose members' trade with one another is inside.
type view struct {
	net  bool
	bloc string
}

// verdict is the query for the rows that m flags: criteria hold in Need of the
// years t-Of+1 .. t, and the row exists in t.
func (o *Oracle) verdict(m Method, q Query) string {
	rows := "importer_row"
	if m.Partner {
		rows = "partner_row"
	}
	if q.anyPartner() && !m.Partner {
		rows = "(SELECT * FROM importer_row WHERE p = 0)"
	}
	need, of := m.Need, m.Of
	if q.Of > 0 {
		need, of = q.Need, q.Of
	}
	criteria := fmt.Sprintf("(%s) AND imports >= %d * scale()", m.Criteria, q.MinValue)
	columns := fmt.Sprintf("%s AS method, %t AS partnered, c, p, t, k, imports, exports, from_partner, partner_exports, world",
		quote(m.ID), m.Partner)
	if of == 1 {
		return fmt.Sprintf("SELECT %s FROM %s WHERE (%s) AND eligible AND t IN (FROM asked_year)", columns, rows, criteria)
	}
	return fmt.Sprintf(`SELECT %s FROM (
			SELECT *, count(*) FILTER (WHERE %s) OVER (
				PARTITION BY c, p, k ORDER BY t RANGE BETWEEN %d PRECEDING AND CURRENT ROW) AS met
			FROM %s)
		WHERE met >= %d AND eligible AND t IN (FROM asked_year)`, columns, criteria, of-1, rows, need)
}

func (o *Oracle) parameters(ctx context.Context, q Query, v view, importers, partners []selected) error {
	type member struct{ set, year, code int }
	expand := func(sets []selected) (members []member, labels []string) {
		for n, s := range sets {
			labels = append(labels, s.label)
			for _, y := range o.years {
				for code, label := range o.labels {
					if slices.ContainsFunc(s.members, func(m Membership) bool {
						return m.Economy == label && m.From <= y && y <= m.To
					}) {
						members = append(members, member{n + 1, y, code})
					}
				}
			}
		}
		return
	}
	years := q.Years
	if years == nil {
		years = o.years
	}
	im, il := expand(importers)
	pm, pl := expand(partners)
	inside := slices.Clone(im)
	if v.bloc != "" {
		all, _ := expand([]selected{{v.bloc, Blocs[v.bloc]}})
		of := func(list []member, set, year int) (codes []int) {
			for _, m := range list {
				if m.set == set && m.year == year {
					codes = append(codes, m.code)
				}
			}
			return codes
		}
		for n := range importers {
			for _, y := range o.years {
				own, bloc := of(im, n+1, y), of(all, 1, y)
				if len(own) == 0 || slices.ContainsFunc(own, func(c int) bool { return !slices.Contains(bloc, c) }) {
					continue
				}
				for _, c := range bloc {
					if !slices.Contains(own, c) {
						inside = append(inside, member{n + 1, y, c})
					}
				}
			}
		}
	}
	var asked [][2]int
	for c := range importers {
		if q.anyPartner() {
			asked = append(asked, [2]int{c + 1, 0})
		}
		for p := range partners {
			asked = append(asked, [2]int{c + 1, p + 1})
		}
	}
	tables := []struct {
		schema string
		n      int
		row    func(int) string
	}{
		{"importer_member(c INTEGER, t INTEGER, code INTEGER)", len(im), func(n int) string {
			return fmt.Sprintf("(%d,%d,%d)", im[n].set, im[n].year, im[n].code)
		}},
		{"inside_member(c INTEGER, t INTEGER, code INTEGER)", len(inside), func(n int) string {
			return fmt.Sprintf("(%d,%d,%d)", inside[n].set, inside[n].year, inside[n].code)
		}},
		{"partner_member(p INTEGER, t INTEGER, code INTEGER)", len(pm), func(n int) string {
			return fmt.Sprintf("(%d,%d,%d)", pm[n].set, pm[n].year, pm[n].code)
		}},
		{"asked(c INTEGER, p INTEGER)", len(asked), func(n int) string { return fmt.Sprintf("(%d,%d)", asked[n][0], asked[n][1]) }},
		{"importer(c INTEGER, label VARCHAR)", len(il), func(n int) string { return fmt.Sprintf("(%d,%s)", n+1, quote(il[n])) }},
		{"partner(p INTEGER, label VARCHAR, total_label VARCHAR)", len(pl) + 1, func(n int) string {
			if n == 0 {
				return "(0, '-', '-')"
			}
			total := pl[n-1]
			if q.anyPartner() {
				total = "-"
			}
			return fmt.Sprintf("(%d,%s,%s)", n, quote(pl[n-1]), quote(total))
		}},
		{"asked_year(t INTEGER)", len(years), func(n int) string { return fmt.Sprintf("(%d)", years[n]) }},
		{"setting(net BOOLEAN)", 1, func(int) string { return fmt.Sprintf("(%t)", v.net) }},
	}
	for _, t := range tables {
		if err := o.table(ctx, t.schema, t.n, t.row); err != nil {
			return err
		}
	}
	return nil
}

// table creates or replaces a temporary table of n rows.
func (o *Oracle) table(ctx context.Context, schema string, n int, row func(int) string) error {
	name, _, _ := strings.Cut(schema, "(")
	if err := o.exec(ctx, "CREATE OR REPLACE TEMP TABLE "+schema); err != nil {
		return err
	}
	for from := 0; from < n; from += 1000 {
		var rows []string
		for k := from; k < min(n, from+1000); k++ {
			rows = append(rows, row(k))
		}
		if err := o.exec(ctx, "INSERT INTO "+name+" VALUES "+strings.Join(rows, ",")); err != nil {
			return err
		}
	}
	return nil
}

func (o *Oracle) exec(ctx context.Context, query string) error {
	if _, err := o.db.ExecContext(ctx, query); err != nil {
		return fmt.Errorf("%w in\n%s", err, query)
	}
	return nil
}

func (o *Oracle) ints(ctx context.Context, query string) ([]int, error) {
	rows, err := o.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
