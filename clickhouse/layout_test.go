package clickhouse_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/trade"
)

var layouts = flag.String("layouts", "", "a BACI archive, or a folder with a dataset: measure orders and codecs of MergeTree with it (TestLayouts)")

// layout is a table of flows.
type layout struct {
	name, columns, tail string
	modern              bool // only a modern server knows it
}

const plainColumns = "year UInt16, product UInt32, importer UInt16, exporter UInt16, value Float64, quantity Float64"

// columnsBy gives columns with codecs.
func columnsBy(keys, values string) string {
	return fmt.Sprintf("year UInt16 CODEC(%[1]s), product UInt32 CODEC(%[1]s), importer UInt16 CODEC(%[1]s), exporter UInt16 CODEC(%[1]s), value Float64 CODEC(%[2]s), quantity Float64 CODEC(%[2]s)", keys, values)
}

var layoutTable = []layout{
	{"product, importer, exporter", plainColumns, "PARTITION BY year ORDER BY (product, importer, exporter)", false},
	{"product, exporter, importer", plainColumns, "PARTITION BY year ORDER BY (product, exporter, importer)", false},
	{"importer, product, exporter", plainColumns, "PARTITION BY year ORDER BY (importer, product, exporter)", false},
	{"importer, exporter, product", plainColumns, "PARTITION BY year ORDER BY (importer, exporter, product)", false},
	{"product, importer, exporter; granules of 1024", plainColumns, "PARTITION BY year ORDER BY (product, importer, exporter) SETTINGS index_granularity = 1024", false},
	{"product, importer, exporter; granules of 32768", plainColumns, "PARTITION BY year ORDER BY (product, importer, exporter) SETTINGS index_granularity = 32768", false},
	{"year, product, importer, exporter; no partitions", plainColumns, "PARTITION BY tuple() ORDER BY (year, product, importer, exporter)", false},
	{"keys ZSTD(1), values ZSTD(1)", columnsBy("ZSTD(1)", "ZSTD(1)"), "PARTITION BY year ORDER BY (product, importer, exporter)", true},
	{"keys Delta, LZ4; values LZ4", columnsBy("Delta, LZ4", "LZ4"), "PARTITION BY year ORDER BY (product, importer, exporter)", true},
	{"keys Delta, ZSTD(1); values ZSTD(1)", columnsBy("Delta, ZSTD(1)", "ZSTD(1)"), "PARTITION BY year ORDER BY (product, importer, exporter)", true},
	{"keys T64, LZ4; values LZ4", columnsBy("T64, LZ4", "LZ4"), "PARTITION BY year ORDER BY (product, importer, exporter)", true},
	{"keys Delta, ZSTD(1); values FPC, ZSTD(1)", columnsBy("Delta, ZSTD(1)", "FPC, ZSTD(1)"), "PARTITION BY year ORDER BY (product, importer, exporter)", true},
}

// typical are questions whose statements are measured on each layout, with a heading.
var typical = []struct{ heading, question string }{
	{"two chapters, all importers", "count importers=all partners=all products=84,85 method=merics-2024"},
	{"one importer", "dependencies importers=USA partners=CHN method=merics-2024"},
	{"a bloc", "count importers=EU27 partners=CHN method=merics-2024"},
	{"one product", "explain importers=USA partners=CHN products=850760"},
}

// TestLayouts measures orders and codecs: bytes a flow, rows loaded a second (from another table of the same server), and the
// statements of typical questions, the fastest of two times each, added up. Statements are taken from the engine, and their
// table is replaced.
//
//	CHOKEPOINT_TESTS=measure go test ./clickhouse -run TestLayouts -v -timeout 1h -args -layouts BACI_HS17_V202601.zip
func TestLayouts(t *testing.T) {
	suite.Measure.Request(t)
	if *layouts == "" {
		t.Fatal("no archive to measure with: -args -layouts ARCHIVE")
	}
	dir, name := extract(t, *layouts)
	files, err := store.Open(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	t.Run("18.16", func(t *testing.T) {
		old := connect(t, "clickhouse://default@127.0.0.1:%d/default", loopback.Start(t, suite.Measure, 1)[0].Port)
		measureLayouts(t, "ClickHouse 18.16", old, dir, files, false)
	})
	t.Run("26.x", func(t *testing.T) {
		measureLayouts(t, "chdb 26.x", clickhouse.Over(startModern(t, suite.Measure)), dir, files, true)
	})
}

// extract ingests an archive; a folder with a dataset is used as it is.
func extract(t *testing.T, path string) (dir, name string) {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		return filepath.Dir(path), filepath.Base(path)
	}
	dir = t.TempDir()
	_, err = ingest.BACI(t.Context(), []string{path}, ingest.Options{DataDir: dir, Name: "extract", ProgramVersion: "test", Progress: func(ingest.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	return dir, "extract"
}

func measureLayouts(t *testing.T, server string, c *clickhouse.Cluster, dir string, files *store.Dataset, modern bool) {
	if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	e, err := c.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	statements := statementsOf(t, c, e)
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s, %d flows\n\n| layout | bytes a flow | M flows/s |", server, files.Manifest().Rows)
	for _, q := range typical {
		fmt.Fprintf(&text, " %s (%d statements), s |", q.heading, len(statements[q.heading]))
	}
	text.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(typical)) + "\n")
	for i, l := range layoutTable {
		if l.modern && !modern {
			continue
		}
		table := fmt.Sprintf("layout_%d", i)
		do := func(statement string) {
			t.Helper()
			if err := c.Do(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		do("CREATE TABLE " + table + " (" + l.columns + ") ENGINE = MergeTree() " + l.tail)
		start := time.Now()
		do("INSERT INTO " + table + " SELECT year, product, importer, exporter, value, quantity FROM " + e.Table())
		loaded := time.Since(start)
		do("OPTIMIZE TABLE " + table + " FINAL")
		var rows, bytes uint64
		err := c.Ask(t.Context(), "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = '"+table+"'", func(_ int, r answer.Rows) error {
			return r.Scan(&rows, &bytes)
		})
		if err != nil || rows != uint64(files.Manifest().Rows) {
			t.Fatalf("%d rows, %v", rows, err)
		}
		fmt.Fprintf(&text, "| %s | %.2f | %.1f |", l.name, float64(bytes)/float64(rows), float64(rows)/loaded.Seconds()/1e6)
		for _, q := range typical {
			sum := time.Duration(0)
			for _, statement := range statements[q.heading] {
				sum += fastest(t, c, strings.ReplaceAll(statement, e.Table(), table))
			}
			fmt.Fprintf(&text, " %.2f |", sum.Seconds())
		}
		text.WriteString("\n")
		do("DROP TABLE " + table)
	}
	t.Log(text.String())
}

// statementsOf asks the typical questions and keeps what they sent about flows.
func statementsOf(t *testing.T, c *clickhouse.Cluster, e *clickhouse.Engine) map[string][]string {
	heard := map[string][]string{}
	for _, q := range typical {
		session := e.Session()
		var mu sync.Mutex
		c.Listen(func(a clickhouse.Account) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(a.Text, e.Table()) && !slices.Contains(heard[q.heading], a.Text) {
				heard[q.heading] = append(heard[q.heading], a.Text)
			}
		})
		if _, err := ask(t.Context(), &study.Source{Dataset: e.Dataset, Engine: session, Blocs: trade.BuiltinBlocs()}, q.question); err != nil {
			t.Fatal(err)
		}
		c.Listen(nil)
		session.Close()
	}
	return heard
}

// fastest is how long a statement takes, at best.
func fastest(t *testing.T, c *clickhouse.Cluster, statement string) (best time.Duration) {
	for i := range 2 {
		start := time.Now()
		if err := c.Ask(t.Context(), statement, func(int, answer.Rows) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); i == 0 || took < best {
			best = took
		}
	}
	return best
}
