package oracle

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// peerCount is the question of the benchmark in DuckDB's best form that we know: integer codes, a native table sorted by
// product and importer, doubles. It counts merics-2024 for every importer and partner.
const peerCount = `
WITH imports AS (SELECT product, importer, sum(value) m FROM flows GROUP BY ALL),
     exports AS (SELECT product, exporter, sum(value) x FROM flows GROUP BY ALL),
     world   AS (SELECT product, sum(x) w FROM exports GROUP BY ALL)
SELECT f.importer, f.exporter, count(*) n
FROM flows f
JOIN imports i ON i.product = f.product AND i.importer = f.importer
JOIN exports p ON p.product = f.product AND p.exporter = f.exporter
JOIN world w ON w.product = f.product
LEFT JOIN exports e ON e.product = f.product AND e.exporter = f.importer
WHERE i.m >= 2 * coalesce(e.x, 0) AND f.value >= 0.3 * i.m AND p.x >= 0.3 * w.w
GROUP BY ALL`

// BenchmarkPeer runs the program and DuckDB on the real extract in one run: ingest, and the count of all importers on
// all partners. The program is timed as a process, start and output included. The last line of each is a ratio: how many
// times longer DuckDB takes.
func BenchmarkPeer(b *testing.B) {
	archive := realData(b, filepath.Join("baci-hs17-2024", "BACI_HS17_V202601.zip"))
	bin, err := program()
	if err != nil {
		b.Fatal(err)
	}
	dir := unpack(b, archive)
	data := filepath.Join(dir, "data")
	run := func(args ...string) (string, time.Duration) {
		start := time.Now()
		out, err := exec.Command(bin, append(args, "--data", data)...).Output()
		if err != nil {
			b.Fatalf("chokepoint %v: %v", args, err)
		}
		return string(out), time.Since(start)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	ctx := context.Background()

	b.Run("ingest", func(b *testing.B) {
		var ours, peer time.Duration
		for b.Loop() {
			_, took := run("ingest", "baci", "--replace", "--name", "peer", archive)
			ours += took
			start := time.Now()
			load := fmt.Sprintf(`CREATE OR REPLACE TABLE raw AS SELECT i::USMALLINT exporter, j::USMALLINT importer, k product, v*1000 AS value
				FROM read_csv('%s', types={'k':'VARCHAR','q':'VARCHAR'})`, filepath.Join(dir, "BACI_HS17_Y2024_V202601.csv"))
			if _, err := db.ExecContext(ctx, load); err != nil {
				b.Fatal(err)
			}
			peer += time.Since(start)
		}
		report(b, ours, peer)
	})
	if _, err := db.ExecContext(ctx, `CREATE TABLE flows AS SELECT product::INTEGER product, importer, exporter, round(value)::DOUBLE AS value
		FROM raw ORDER BY product, importer, exporter`); err != nil {
		b.Fatal(err)
	}
	b.Run("scan", func(b *testing.B) {
		var ours, peer time.Duration
		for b.Loop() {
			text, took := run("count", "--partners", "all", "--method", "merics-2024", "--format", "csv")
			ours += took
			start := time.Now()
			theirs := peerTotals(b, db)
			peer += time.Since(start)
			if rows := strings.Count(text, "\n") - 1; rows != theirs.rows {
				b.Fatalf("%d rows of ours, %d of DuckDB's", rows, theirs.rows)
			}
			if n := columnSum(b, text, 4); n != theirs.products {
				b.Fatalf("%d dependencies of ours, %d of DuckDB's", n, theirs.products)
			}
		}
		report(b, ours, peer)
	})
}

func report(b *testing.B, ours, peer time.Duration) {
	const rows = 10_083_540
	b.ReportMetric(rows*float64(b.N)/ours.Seconds(), "flows/s")
	b.ReportMetric(rows*float64(b.N)/peer.Seconds(), "duckdb-flows/s")
	b.ReportMetric(float64(peer)/float64(ours), "duckdb/ours")
}

type totals struct{ rows, products int }

func peerTotals(b *testing.B, db *sql.DB) (t totals) {
	rows, err := db.Query(peerCount)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var importer, exporter, n int
		if err := rows.Scan(&importer, &exporter, &n); err != nil {
			b.Fatal(err)
		}
		t.rows++
		t.products += n
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return t
}

// columnSum adds up a column of whole numbers of a CSV without quotes before it.
func columnSum(b *testing.B, text string, column int) int {
	sum := 0
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if i == 0 {
			continue
		}
		var n int
		if _, err := fmt.Sscan(strings.Split(line, ",")[column], &n); err != nil {
			b.Fatalf("line %d: %v", i+1, err)
		}
		sum += n
	}
	return sum
}
