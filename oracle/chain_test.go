package oracle

import (
	"database/sql"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tables is a made-up input-output table, ingested by the program and known to DuckDB.
type tables struct {
	*testing.T
	db  *sql.DB
	dir string // data folder of the program
}

var (
	tableAreas      = []string{"CHN", "DEU", "USA", "ROW"}
	tableIndustries = []string{"C26", "C27", "C29", "G"}
)

// newTables writes a table that balances as the program reads it, and as node (i, a area, k industry), z (i, j, v), f (i, a area, stock, v)
// and x (i, out output) for DuckDB. Everything here is written from the definitions.
func newTables(t *testing.T, seed uint64) *tables {
	t.Helper()
	s := &tables{T: t, dir: t.TempDir()}
	r := rand.New(rand.NewPCG(seed, 20))
	k := len(tableIndustries)
	n := len(tableAreas) * k
	label := func(i int) string { return tableAreas[i/k] + "_" + tableIndustries[i%k] }
	var table, node, z, f, x strings.Builder
	table.WriteString("V1")
	for i := range n {
		table.WriteString("," + label(i))
		fmt.Fprintf(&node, "%d,%d,%d,%s,%s\n", i, i/k, i%k, tableAreas[i/k], tableIndustries[i%k])
	}
	for _, a := range tableAreas {
		table.WriteString("," + a + "_HFCE," + a + "_INVNT")
	}
	table.WriteString(",OUT\n")
	for i := range n {
		table.WriteString(label(i))
		sum := 0
		put := func(v int) {
			sum += v
			fmt.Fprintf(&table, ",%d", v)
		}
		for j := range n {
			v := r.IntN(30)
			if i/k == j/k {
				v *= 4
			}
			put(v)
			fmt.Fprintf(&z, "%d,%d,%d\n", i, j, v)
		}
		for a := range tableAreas {
			final, stock := 100+r.IntN(300), r.IntN(30)-10
			put(final)
			put(stock)
			fmt.Fprintf(&f, "%d,%d,false,%d\n%[1]d,%[2]d,true,%[4]d\n", i, a, final, stock)
		}
		fmt.Fprintf(&table, ",%d\n", sum)
		fmt.Fprintf(&x, "%d,%d\n", i, sum)
	}
	path := filepath.Join(s.dir, "2020_SML.csv")
	if err := os.WriteFile(path, []byte(table.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	run(t, "tables", "ingest", path, "--synthetic", "--data", s.dir)
	var err error
	if s.db, err = sql.Open("duckdb", ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	s.db.SetMaxOpenConns(1)
	for name, columns := range map[string]string{"node": "i INTEGER, a INTEGER, k INTEGER, area VARCHAR, industry VARCHAR", "z": "i INTEGER, j INTEGER, v DOUBLE",
		"f": "i INTEGER, a INTEGER, stock BOOLEAN, v DOUBLE", "x": "i INTEGER, out DOUBLE"} {
		path := filepath.Join(s.dir, name+".data")
		if err := os.WriteFile(path, []byte(map[string]string{"node": node.String(), "z": z.String(), "f": f.String(), "x": x.String()}[name]), 0o666); err != nil {
			t.Fatal(err)
		}
		s.exec("CREATE TABLE " + name + " (" + columns + ")")
		s.exec("COPY " + name + " FROM " + quote(path) + " (FORMAT csv, HEADER false)")
	}
	return s
}

func (s *tables) exec(query string) {
	s.Helper()
	if _, err := s.db.ExecContext(s.Context(), query); err != nil {
		s.Fatalf("%s: %v", query, err)
	}
}

// series makes a table of M + M² + …, of a matrix (i, j, v), term by term.
func (s *tables) series(name, matrix string) {
	s.Helper()
	s.exec("CREATE OR REPLACE TABLE m AS " + matrix)
	s.exec("CREATE OR REPLACE TABLE term AS SELECT * FROM m")
	s.exec("CREATE OR REPLACE TABLE " + name + " AS SELECT * FROM m")
	for most := 1.0; most > 1e-16; {
		s.exec("CREATE OR REPLACE TABLE term AS SELECT m.i, term.j, sum(m.v * term.v) AS v FROM m JOIN term ON m.j = term.i GROUP BY ALL")
		s.exec("CREATE OR REPLACE TABLE " + name + " AS SELECT i, j, " + name + ".v + coalesce(term.v, 0) AS v FROM " + name + " LEFT JOIN term USING (i, j)")
		if err := s.db.QueryRowContext(s.Context(), "SELECT max(abs(v)) FROM term").Scan(&most); err != nil {
			s.Fatal(err)
		}
	}
}

// compare asks the program and DuckDB the same: rows with the same keys, which are the first columns of the query, have the same numbers in
// the others.
func (s *tables) compare(keys int, query string, command ...string) {
	s.Helper()
	text, err := os.ReadFile(run(s.T, append(command, "--data", s.dir, "--format", "csv")...))
	if err != nil {
		s.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		s.Fatal(err)
	}
	rows, err := s.db.QueryContext(s.Context(), query)
	if err != nil {
		s.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		s.Fatal(err)
	}
	at := make([]int, len(columns)) // of the program's
	for c, name := range columns {
		if at[c] = slices.Index(lines[0], name); at[c] < 0 {
			s.Fatalf("%v has no column %s: %v", command, name, lines[0])
		}
	}
	got := map[string][]string{}
	for _, line := range lines[1:] {
		var key []string
		for _, c := range at[:keys] {
			key = append(key, line[c])
		}
		got[strings.Join(key, " ")] = line
	}
	n := 0
	for rows.Next() {
		texts, numbers := make([]string, keys), make([]sql.NullFloat64, len(columns)-keys)
		var into []any
		for c := range texts {
			into = append(into, &texts[c])
		}
		for c := range numbers {
			into = append(into, &numbers[c])
		}
		if err := rows.Scan(into...); err != nil {
			s.Fatal(err)
		}
		line := got[strings.Join(texts, " ")]
		if n++; line == nil {
			s.Errorf("%v has no row %v", command, texts)
			continue
		}
		for c, want := range numbers {
			text := line[at[keys+c]]
			x, err := strconv.ParseFloat(text, 64)
			if want.Valid != (text != "") || want.Valid && (err != nil || math.Abs(x-want.Float64) > 1e-8*(1+math.Abs(want.Float64))) {
				s.Errorf("%v, %v: %s is %q, want %v", command, texts, columns[keys+c], text, want)
			}
		}
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
	if n != len(lines)-1 || n == 0 {
		s.Errorf("%v has %d rows, want %d", command, len(lines)-1, n)
	}
}

// TestTables compares what the program says of made-up input-output tables with the definitions, in SQL: exposure through the chain, who uses
// a good, positions in the chain, and whose value added exports hold.
func TestTables(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newTables(t, seed)
			s.exec("CREATE TABLE a AS SELECT z.i, z.j, z.v / out AS v FROM z JOIN x ON x.i = z.j")
			s.series("made", "SELECT * FROM a") // L − I
			s.exec(`CREATE TABLE flow AS SELECT p.a AS sa, p.k AS sk, q.a AS ua, q.k AS uk, p.area AS supplier, p.industry AS inputs, q.area AS "user", q.industry AS industries,
				z.v AS z, made.v * x.out AS m FROM z JOIN made USING (i, j) JOIN node p ON p.i = z.i JOIN node q ON q.i = z.j JOIN x ON x.i = z.j`)
			s.exposures()
			s.positions()
			s.valueAdded()
		})
	}
}

// exposures compares exposure and uses. 850760 is of class 3140 of ISIC Revision 3, which is 2720 in Revision 4: C27.
func (s *tables) exposures() {
	s.compare(4, `SELECT "user", supplier, industries, inputs, z / nullif(sum(z) OVER w, 0) AS face_share, m / sum(m) OVER w AS through_share, 1e6 * z AS face_usd, 1e6 * m AS through_usd
		FROM flow WINDOW w AS (PARTITION BY ua, uk, sk)`, "exposure", "--partners", "all", "--industries", "all", "--by", "both")
	s.compare(2, `WITH s AS (SELECT "user", supplier, sum(z) AS z, sum(m) AS m FROM flow WHERE inputs IN ('C26', 'C27', 'C29') AND industries IN ('C26', 'C27', 'C29') GROUP BY ALL)
		SELECT "user", supplier, z / sum(z) OVER w AS face_share, m / sum(m) OVER w AS through_share, (m / sum(m) OVER w) / (z / sum(z) OVER w) AS hidden_factor FROM s WINDOW w AS (PARTITION BY "user")`,
		"exposure", "--partners", "all")
	s.compare(3, `WITH s AS (SELECT *, sum(z) OVER w AS bought, sum(m) OVER w AS staged FROM flow WHERE inputs = 'C27' WINDOW w AS (PARTITION BY ua, uk)),
		fin AS (SELECT f.a, sum(f.v) AS v FROM f JOIN node USING (i) WHERE industry = 'C27' GROUP BY ALL)
		SELECT "user", supplier, industries AS industry, bought / sum(z) OVER u AS use_share, fin.v / (fin.v + sum(z) OVER u) AS final_share, z / nullif(bought, 0) AS face_share,
			m / staged AS through_share, 1e6 * bought AS bought_usd, 1e6 * m AS through_usd FROM s JOIN fin ON fin.a = s.ua WINDOW u AS (PARTITION BY ua)`,
		"uses", "--importers", "all", "--partners", "all", "--products", "850760")
}

// positions compares upstreamness, of industries and of economies, and value added by position.
func (s *tables) positions() {
	s.upstream("place", "z", "SELECT x.i, out AS x, stock.v AS n, fin.v AS f FROM x JOIN (SELECT i, sum(v) AS v FROM f WHERE stock GROUP BY i) stock USING (i) JOIN (SELECT i, sum(v) AS v FROM f WHERE NOT stock GROUP BY i) fin USING (i)")
	const columns = "u AS upstreamness, d AS downstreamness, final_share, value_added_share, 1e6 * x AS output_usd"
	s.compare(2, "SELECT area, industry, "+columns+" FROM place JOIN node USING (i)", "upstreamness")
	s.exec("CREATE TABLE wide AS SELECT p.a AS i, q.a AS j, sum(v) AS v FROM z JOIN node p ON p.i = z.i JOIN node q ON q.i = z.j GROUP BY ALL")
	s.upstream("whole", "wide", "SELECT node.a AS i, sum(out) AS x, sum(stock.v) AS n, sum(fin.v) AS f FROM x JOIN node USING (i) JOIN (SELECT i, sum(v) AS v FROM f WHERE stock GROUP BY i) stock USING (i) JOIN (SELECT i, sum(v) AS v FROM f WHERE NOT stock GROUP BY i) fin USING (i) GROUP BY node.a")
	s.compare(1, "SELECT area, "+columns+" FROM whole JOIN (SELECT DISTINCT a AS i, area FROM node) USING (i)", "upstreamness", "--by", "areas")
	s.compare(3, `WITH band(position, low, high) AS (VALUES ('under 2 stages', 0, 2), ('2 to 3 stages', 2, 3), ('3 stages or more', 3, 1e9)),
		world AS (SELECT industry, sum(u * x) / sum(x) AS u FROM place JOIN node USING (i) WHERE industry IN ('C26', 'C27', 'C29') GROUP BY industry),
		worth AS (SELECT area, industry, out - inputs AS v FROM x JOIN (SELECT j AS i, sum(v) AS inputs FROM z GROUP BY j) USING (i) JOIN node USING (i))
		SELECT b.area, position, coalesce(string_agg(industry, ' ' ORDER BY industry), '') AS industries, 1e6 * coalesce(sum(v), 0) AS value_added_usd,
			sum(v) / sum(sum(v)) OVER (PARTITION BY position) AS world_share, coalesce(sum(v), 0) / sum(sum(v)) OVER (PARTITION BY b.area) AS own_share
		FROM (SELECT * FROM (SELECT DISTINCT area FROM node) CROSS JOIN band) b LEFT JOIN (SELECT * FROM world JOIN worth USING (industry)) w ON w.area = b.area AND u >= low AND u < high
		GROUP BY b.area, position`, "upstreamness", "--by", "positions", "--industries", "manufacturing")
}

// upstream makes a table of positions of the nodes of a matrix of flows: flows of a row are multiplied by output ÷ (output − inventories).
func (s *tables) upstream(name, flows, nodes string) {
	s.Helper()
	s.exec("CREATE OR REPLACE TABLE own AS " + nodes)
	s.series("sold", "SELECT z.i, z.j, z.v / (p.x - p.n) AS v FROM "+flows+" z JOIN own p ON p.i = z.i")
	s.exec("CREATE OR REPLACE TABLE bought AS SELECT z.i, z.j, z.v * p.x / (p.x - p.n) / q.x AS v FROM " + flows + " z JOIN own p ON p.i = z.i JOIN own q ON q.i = z.j")
	s.series("used", "SELECT * FROM bought")
	s.exec("CREATE TABLE " + name + ` AS SELECT own.i, x, u, d, f / (x - n) AS final_share, 1 - inputs AS value_added_share FROM own
		JOIN (SELECT i, 1 + sum(v) AS u FROM sold GROUP BY i) USING (i) JOIN (SELECT j AS i, 1 + sum(v) AS d FROM used GROUP BY j) USING (i)
		JOIN (SELECT j AS i, sum(v) AS inputs FROM bought GROUP BY j) USING (i)`)
}

// valueAdded compares what exports hold, by the nine terms of Koopman, Wang and Wei (2014, equation 36), and world shares by industry.
func (s *tables) valueAdded() {
	s.exec("CREATE TABLE value AS SELECT x.i, (out - inputs) / out AS v FROM x JOIN (SELECT j AS i, sum(v) AS inputs FROM z GROUP BY j) b USING (i)")
	s.exec("CREATE TABLE l AS SELECT i, j, v + CASE WHEN i = j THEN 1 ELSE 0 END AS v FROM made")
	s.series("near", "SELECT a.i, a.j, CASE WHEN p.a = q.a THEN a.v ELSE 0 END AS v FROM a JOIN node p ON p.i = a.i JOIN node q ON q.i = a.j")
	s.exec("CREATE TABLE home AS SELECT i, j, v + CASE WHEN i = j THEN 1 ELSE 0 END AS v FROM near") // (I − A_rr)⁻¹ of each area
	s.exec("CREATE TABLE y AS SELECT f.i, node.a AS seller, f.a AS buyer, sum(f.v) AS v FROM f JOIN node USING (i) GROUP BY ALL")
	s.exec(`CREATE TABLE e AS SELECT node.i, node.a, coalesce(goods.v, 0) + fin.v AS v FROM node
		LEFT JOIN (SELECT z.i, sum(z.v) AS v FROM z JOIN node p ON p.i = z.i JOIN node q ON q.i = z.j WHERE p.a <> q.a GROUP BY z.i) goods USING (i)
		JOIN (SELECT i, sum(v) AS v FROM y WHERE seller <> buyer GROUP BY i) fin USING (i)`)
	// By node: what its area makes, with inputs of its own alone, for its final demand at home, and for its exports.
	s.exec("CREATE TABLE made_home AS SELECT home.i, sum(home.v * y.v) AS v FROM home JOIN y ON y.i = home.j AND y.seller = y.buyer GROUP BY home.i")
	s.exec("CREATE TABLE made_out AS SELECT home.i, sum(home.v * e.v) AS v FROM home JOIN e ON e.i = home.j GROUP BY home.i")
	// By origin and node: value added of the origin in a unit of what the node makes.
	s.exec("CREATE TABLE part AS SELECT o.a AS origin, l.j AS i, q.a, sum(value.v * l.v) AS v FROM l JOIN value ON value.i = l.i JOIN node o ON o.i = l.i JOIN node q ON q.i = l.j GROUP BY ALL")
	// By node of r and area s: what the others' inputs from node, for s's own production for home and for exports, amount to.
	s.exec("CREATE TABLE bought_home AS SELECT a.i, p.a, q.a AS buyer, sum(a.v * m.v) AS v FROM a JOIN node p ON p.i = a.i JOIN node q ON q.i = a.j JOIN made_home m ON m.i = a.j WHERE p.a <> q.a GROUP BY ALL")
	s.exec("CREATE TABLE bought_out AS SELECT a.i, p.a, q.a AS buyer, sum(a.v * m.v) AS v FROM a JOIN node p ON p.i = a.i JOIN node q ON q.i = a.j JOIN made_out m ON m.i = a.j WHERE p.a <> q.a GROUP BY ALL")
	s.compare(1, `SELECT area,
		1e6 * (SELECT sum(v) FROM e WHERE e.a = s.a) AS exports_usd,
		1e6 * (SELECT sum(value.v * out) FROM value JOIN x USING (i) JOIN node USING (i) WHERE node.a = s.a) AS value_added_usd,
		1e6 * (SELECT sum(part.v * y.v) FROM part JOIN y USING (i) WHERE origin = s.a AND buyer <> s.a) AS vax_usd,
		1e6 * (SELECT sum(part.v * e.v) FROM part JOIN e USING (i) WHERE origin <> s.a AND e.a = s.a) AS foreign_usd,
		1e6 * (SELECT sum(part.v * y.v) FROM part JOIN y USING (i) WHERE origin = s.a AND seller = s.a AND buyer <> s.a) AS dva_final_usd,
		1e6 * (SELECT sum(part.v * y.v) FROM part JOIN y USING (i) WHERE origin = s.a AND seller <> s.a AND buyer = seller) AS dva_int_usd,
		1e6 * (SELECT sum(part.v * y.v) FROM part JOIN y USING (i) WHERE origin = s.a AND seller <> s.a AND buyer NOT IN (s.a, seller)) AS dva_reexport_usd,
		1e6 * (SELECT sum(part.v * y.v) FROM part JOIN y USING (i) WHERE origin = s.a AND seller <> s.a AND buyer = s.a) AS rdv_final_usd,
		1e6 * (SELECT sum(part.v * b.v) FROM part JOIN bought_home b USING (i) WHERE origin = s.a AND b.buyer = s.a) AS rdv_int_usd,
		1e6 * (SELECT sum(part.v * b.v) FROM part JOIN bought_out b USING (i) WHERE origin = s.a AND b.buyer = s.a) AS ddc_usd,
		1e6 * (SELECT sum(part.v * y.v) FROM part JOIN y USING (i) WHERE origin <> s.a AND seller = s.a AND buyer <> s.a) AS fva_final_usd,
		1e6 * (SELECT sum(part.v * b.v) FROM part JOIN bought_home b USING (i) WHERE origin <> s.a AND b.a = s.a) AS fva_int_usd,
		1e6 * (SELECT sum(part.v * b.v) FROM part JOIN bought_out b USING (i) WHERE origin <> s.a AND b.a = s.a) AS fdc_usd
		FROM (SELECT DISTINCT a, area FROM node) s`, "value-added")
	s.compare(2, `WITH w AS (SELECT area, industry, value.v * out AS v, e.v AS e FROM value JOIN x USING (i) JOIN e USING (i) JOIN node USING (i))
		SELECT area, industry, 1e6 * v AS value_added_usd, v / sum(v) OVER k AS world_share, (v / sum(v) OVER k) / (sum(v) OVER s / sum(v) OVER ()) AS location_quotient,
			1e6 * e AS exports_usd, e / sum(e) OVER k AS world_export_share, (e / sum(e) OVER k) / (sum(e) OVER s / sum(e) OVER ()) AS rca
		FROM w WINDOW k AS (PARTITION BY industry), s AS (PARTITION BY area)`, "value-added", "--by", "industries")
}
