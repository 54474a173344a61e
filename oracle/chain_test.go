package oracle

import (
	"database/sql"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestExposure compares exposures through the chain with the Leontief inverse, which DuckDB adds up term by term.
func TestExposure(t *testing.T) {
	areas, industries := []string{"CHN", "DEU", "USA"}, []string{"C26", "C29", "G"}
	r := rand.New(rand.NewPCG(20, 1))
	n := len(areas) * len(industries)
	label := func(i int) string { return areas[i/3] + "_" + industries[i%3] }
	var table, flows strings.Builder
	table.WriteString("V1")
	for i := range n {
		table.WriteString("," + label(i))
	}
	for _, a := range areas {
		table.WriteString("," + a + "_HFCE")
	}
	table.WriteString(",OUT\n")
	flows.WriteString("i,j,v\n")
	var output strings.Builder
	output.WriteString("j,x\n")
	for i := range n {
		table.WriteString(label(i))
		sum := 0
		for j := range n {
			v := r.IntN(30)
			if i/3 == j/3 {
				v *= 4
			}
			sum += v
			fmt.Fprintf(&table, ",%d", v)
			fmt.Fprintf(&flows, "%d,%d,%d\n", i, j, v)
		}
		for range areas {
			v := 100 + r.IntN(300)
			sum += v
			fmt.Fprintf(&table, ",%d", v)
		}
		fmt.Fprintf(&table, ",%d\n", sum)
		fmt.Fprintf(&output, "%d,%d\n", i, sum)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run(t, "tables", "ingest", write("2020_SML.csv", table.String()), "--synthetic", "--data", dir)
	text, err := os.ReadFile(run(t, "exposure", "--partners", "all", "--industries", "all", "--by", "both", "--data", dir, "--format", "csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(query string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	exec("CREATE TABLE z AS SELECT * FROM read_csv(" + quote(write("z.csv", flows.String())) + ")")
	exec("CREATE TABLE x AS SELECT * FROM read_csv(" + quote(write("x.csv", output.String())) + ")")
	exec("CREATE TABLE a AS SELECT i, j, v::DOUBLE / x AS v FROM z JOIN x USING (j)")
	exec("CREATE TABLE term AS SELECT * FROM a")
	exec("CREATE TABLE made AS SELECT * FROM a")
	for range 150 { // L − I = A + A² + …
		exec("CREATE OR REPLACE TABLE term AS SELECT a.i, term.j, sum(a.v * term.v) AS v FROM a JOIN term ON a.j = term.i GROUP BY ALL")
		exec("CREATE OR REPLACE TABLE made AS SELECT i, j, made.v + term.v AS v FROM made JOIN term USING (i, j)")
	}
	want := func(query string) (x float64) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), query).Scan(&x); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return x
	}
	place := func(list []string, text string) int {
		for i, s := range list {
			if s == text {
				return i
			}
		}
		t.Fatalf("%q is not in %v", text, list)
		return 0
	}
	if len(rows) != 1+n*n {
		t.Fatalf("%d rows; want %d", len(rows)-1, n*n)
	}
	for _, row := range rows[1:] {
		j, i := 3*place(areas, row[1])+place(industries, row[3]), 3*place(areas, row[2])+place(industries, row[4])
		for column, query := range map[int]string{
			5: fmt.Sprintf("SELECT sum(v) FILTER (i = %d) / sum(v) FROM z WHERE j = %d AND i %% 3 = %d", i, j, i%3),
			6: fmt.Sprintf("SELECT sum(v) FILTER (i = %d) / sum(v) FROM made WHERE j = %d AND i %% 3 = %d", i, j, i%3),
			9: fmt.Sprintf("SELECT 1e6 * v * x FROM made JOIN x USING (j) WHERE j = %d AND i = %d", j, i),
		} {
			got, err := strconv.ParseFloat(row[column], 64)
			if w := want(query); err != nil || math.Abs(got-w) > 1e-8*(1+math.Abs(w)) {
				t.Errorf("%v: %s is %v, want %v", row[:5], rows[0][column], got, w)
			}
		}
	}
}
