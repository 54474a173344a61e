package clickhouse_test

import (
	"strings"
	"sync"
	"testing"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/synth"
	"chokepoint/trade"
)

// passes are how many times a question about one year may read as many rows as the year has flows. Sums by economy and product, of
// which this small world has three for each ten flows, are rows like others.
var passes = []struct {
	question string
	most     float64
}{
	{"count importers=USA partners=CHN years=2024", 4.2},
	{"count importers=all partners=all years=2024", 2.3},
	{"chokepoints importers=all partners=CHN years=2024", 6.5},
	{"scoreboard economy=CHN years=2024", 17},
	{"compare importers=USA partners=CHN years=2024", 35.2},
	{"complexity years=2024", 0.65},
	{"balance economy=CHN years=2024", 2.65},
}

// TestPasses counts the rows that three shards read for a question: it fails when they grow.
func TestPasses(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 3)
	dir := made(t, synth.Config{Seed: 9, FirstYear: 2024, LastYear: 2024, Products: 400, Economies: 40, FlowsPerYear: 40000, Quantities: true})
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	c := connect(t, threeShards, servers[0].Port)
	if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	e, err := c.Open(t.Context(), "world")
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]uint64{}
	var mu sync.Mutex
	for _, table := range e.Tables() {
		err := c.Ask(t.Context(), "SELECT count() FROM "+table, func(_ int, rows answer.Rows) error {
			var n uint64
			err := rows.Scan(&n)
			mu.Lock()
			defer mu.Unlock()
			held[table] += n
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("rows: %v", held)
	if _, err := ask(t.Context(), &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs()}, "balance economy=USA years=2024"); err != nil {
		t.Fatal(err) // the year is proved
	}
	for _, p := range passes {
		var read uint64
		c.Listen(func(a clickhouse.Account) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(a.Text, e.Table()) {
				read += a.ReadRows
			}
		})
		table, err := ask(t.Context(), &study.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs()}, p.question)
		c.Listen(nil)
		if err != nil || len(table) < 2 {
			t.Fatal(p.question, len(table), err)
		}
		made := float64(read) / float64(files.Manifest().Rows)
		t.Logf("%s: %.2f passes", p.question, made)
		if made > p.most {
			t.Errorf("%s: %.2f passes, at most %.2f were made before; does it read what sums have?", p.question, made, p.most)
		}
	}
}
