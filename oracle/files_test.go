package oracle

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// duckTypes are the types that DuckDB must see in a Parquet file, by those of columns.
var duckTypes = map[string]string{"int": "BIGINT", "float": "DOUBLE", "text": "VARCHAR", "bool": "BOOLEAN"}

// TestParquet reads answers back with DuckDB: names and types of columns, and every value and null, against the CSV of the same answer.
// The world lacks imports and a year, so that there are missing numbers of both kinds; tariffs on goods without rivals are infinite.
func TestParquet(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	w, err := writeWorld(dir, 7)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "ingest", "baci", dir, "--data", data)
	tables := newTables(t, 7)
	first, last := fmt.Sprint(w.years[0]), fmt.Sprint(w.years[len(w.years)-1])
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	seen := map[string]bool{} // kinds of values
	for _, question := range []struct{ folder, line string }{
		{data, "count --importers all --partners CHN --method geodep-2024,merics-2024"}, // geodep-2024 looks back: the first years cannot be computed
		{data, "dependencies --importers all --partners CHN --method all --years " + last + " --since " + first},
		{data, "indicators --importers all --partners all --years all"},
		{data, "explain USA --products 850760 --years " + first},
		{data, "asymmetry USA CHN --years all"},
		{data, "compare USA CHN --by product"},
		{data, "chokepoints --products all --method iw-2024 --years " + first},
		{data, "balance CHN --years all"},
		{data, "breadth CHN --years all"},
		{data, "scoreboard CHN --list mic25 --coverage none --years all"},
		{data, "similarity CHN --years all"},
		{data, "scenario cut --suppliers CHN --importers USA,DEU --products all --spare 0.1"},
		{data, "economies"},
		{data, "datasets show " + datasetOf(t, data)},
		{tables.dir, "exposure --importers all --partners CHN --by both --industries all"},
		{tables.dir, "upstreamness"},
		{tables.dir, "value-added"},
	} {
		folder := t.TempDir()
		csv, parquet := filepath.Join(folder, "a.csv"), filepath.Join(folder, "a.parquet")
		for _, out := range []string{csv, parquet} {
			run(t, append(strings.Fields(question.line), "--data", question.folder, "--out", out)...)
		}
		t.Run(question.line, func(t *testing.T) { compareParquet(t, db, csv, parquet, seen) })
	}
	for _, kind := range []string{"BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN", "null BIGINT", "null DOUBLE", "infinite"} {
		if !seen[kind] {
			t.Errorf("no answer has %s: the comparison says nothing of it", kind)
		}
	}
}

// datasetOf is the name of the only dataset of a folder.
func datasetOf(t *testing.T, data string) string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(data, "*", "manifest.json"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%v: expected one dataset in %s: %v", list, data, err)
	}
	return filepath.Base(filepath.Dir(list[0]))
}

// compareParquet compares a Parquet file with the CSV of the same answer, column by column, and notes what kinds of values there were.
func compareParquet(t *testing.T, db *sql.DB, csv, parquet string, seen map[string]bool) {
	t.Helper()
	var head struct {
		Columns []struct{ Name, Type string }
	}
	text, err := os.ReadFile(csv + ".provenance.json")
	if err == nil {
		err = json.Unmarshal(text, &head)
	}
	if err != nil || len(head.Columns) == 0 {
		t.Fatalf("the provenance of %s: %d columns, %v", csv, len(head.Columns), err)
	}
	ask := func(query string, into ...any) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), query).Scan(into...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	rows, err := db.QueryContext(t.Context(), "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet("+quote(parquet)+"))")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got, want []string
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		got = append(got, name+" "+kind)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, c := range head.Columns {
		want = append(want, c.Name+" "+duckTypes[c.Type])
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Fatalf("columns\n got %s\nwant %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
	numbered := func(reader string) string {
		return "(SELECT row_number() OVER () AS row_of_file, * FROM " + reader + ")"
	}
	joined := numbered("read_parquet("+quote(parquet)+")") + " p FULL JOIN " +
		numbered("read_csv("+quote(csv)+", header = true, all_varchar = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '\\N', columns = "+varchars(want)+")") + " c USING (row_of_file)"
	var all int
	ask("SELECT count(*) FROM "+joined, &all)
	if all == 0 {
		t.Fatal("no rows")
	}
	for _, c := range head.Columns {
		kind, name := duckTypes[c.Type], `"`+c.Name+`"`
		written := "TRY_CAST(nullif(c." + name + ", '') AS " + kind + ")"
		if kind == "VARCHAR" {
			written = "c." + name // empty text is text
		}
		var differ, nulls, infinite int
		ask("SELECT count(*) FILTER (p."+name+" IS DISTINCT FROM "+written+"), count(*) FILTER (p."+name+" IS NULL), count(*) FILTER (c."+name+" IN ('inf', '-inf')) FROM "+joined, &differ, &nulls, &infinite)
		if differ > 0 {
			var of, in string
			ask("SELECT coalesce(CAST(p."+name+" AS VARCHAR), 'null'), coalesce(c."+name+", 'null') FROM "+joined+" WHERE p."+name+" IS DISTINCT FROM "+written+" LIMIT 1", &of, &in)
			t.Errorf("column %s: %d of %d rows differ, as %s in Parquet and %s in CSV", c.Name, differ, all, of, in)
		}
		if kind == "DOUBLE" {
			var nan int
			if ask("SELECT count(*) FILTER (isnan(p."+name+")) FROM "+joined, &nan); nan > 0 {
				t.Errorf("column %s: %d missing numbers are NaN, not null", c.Name, nan)
			}
		}
		seen[kind] = true
		seen["null "+kind] = seen["null "+kind] || nulls > 0
		seen["infinite"] = seen["infinite"] || infinite > 0
	}
}

// varchars are columns as text, as read_csv takes them.
func varchars(columns []string) string {
	var list []string
	for _, c := range columns {
		name, _, _ := strings.Cut(c, " ")
		list = append(list, quote(name)+": 'VARCHAR'")
	}
	return "{" + strings.Join(list, ", ") + "}"
}
