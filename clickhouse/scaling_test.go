package clickhouse_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	answer "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/suite"
	"chokepoint/synth"
	"chokepoint/trade"
)

var (
	scalingFlows = flag.Int("scaling.flows", 1_000_000, "flows a year of the synthetic world of TestScaling")
	scalingYears = flag.String("scaling.years", "1,7,14,28", "numbers of years that TestScaling asks about, the largest last")
)

// scaled are the questions that are measured. A product is put in the place of PRODUCT.
var scaled = []string{
	"count importers=USA,EU27 partners=CHN",
	"count importers=all partners=all method=merics-2024",
	"dependencies importers=USA partners=CHN",
	"explain importers=USA partners=CHN products=PRODUCT",
}

// load is what the shards did for a question.
type load struct {
	mu                sync.Mutex
	statements        []int
	read, gave, bytes []uint64 // rows read; rows and bytes that came back, by shard
}

func (l *load) add(a clickhouse.Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.statements[a.Shard]++
	l.read[a.Shard] += a.ReadRows
	l.gave[a.Shard] += a.Rows
	l.bytes[a.Shard] += a.Bytes
}

// TestScaling measures what each shard holds, reads and gives back. All servers share this computer, so that seconds say little
// about a cluster; what each shard reads and what travels does not depend on that.
//
//	CHOKEPOINT_TESTS=measure go test ./clickhouse -run TestScaling -v -timeout 2h
func TestScaling(t *testing.T) {
	suite.Measure.Request(t)
	var counts []int
	for text := range strings.SplitSeq(*scalingYears, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("-scaling.years %q: want numbers of years", *scalingYears)
		}
		counts = append(counts, n)
	}
	most := slices.Max(counts)
	config := synth.Panel()
	config.FirstYear, config.FlowsPerYear = config.LastYear-most+1, *scalingFlows
	start := time.Now()
	dir := made(t, config)
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	t.Logf("SYNTHETIC, %d years, %d flows, made and ingested in %v", most, files.Manifest().Rows, time.Since(start).Round(time.Second))
	servers := loopback.Start(t, suite.Measure, 3)
	var table strings.Builder
	table.WriteString("\n| shards | years | question | s | files s | statements a shard | rows read a shard | of its flows | rows back a shard | MB back in all |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for n, name := range []string{"one", "two", "three"} {
		c := connect(t, "clickhouse://default@127.0.0.1:%d/default?cluster=%s", servers[0].Port, name)
		start := time.Now()
		if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d shards: pushed in %.1f s", n+1, time.Since(start).Seconds())
		e, err := c.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		held := holdings(t, c, e.Table(), n+1)
		for _, years := range counts {
			measure(t, &table, files, c, e, held, years)
		}
		e.Close()
		if err := c.Do(t.Context(), "DROP TABLE "+e.Table()); err != nil { // the disk is needed
			t.Fatal(err)
		}
	}
	t.Log(table.String())
}

// holdings logs what each shard holds, and gives its flows.
func holdings(t *testing.T, c *clickhouse.Cluster, table string, shards int) []uint64 {
	held := make([]uint64, shards)
	sizes := make([]string, shards)
	err := c.Ask(t.Context(), "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = '"+table+"'", func(shard int, rows answer.Rows) error {
		var bytes uint64
		err := rows.Scan(&held[shard], &bytes)
		sizes[shard] = fmt.Sprintf("%d flows of %.2f bytes", held[shard], float64(bytes)/float64(held[shard]))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d shards: %s", shards, strings.Join(sizes, ", "))
	return held
}

func measure(t *testing.T, table *strings.Builder, files *store.Dataset, c *clickhouse.Cluster, e *clickhouse.Engine, held []uint64, years int) {
	m := files.Manifest()
	last := m.Years[len(m.Years)-1].Year
	local := &study.Source{Dataset: files, Blocs: trade.BuiltinBlocs()}
	session := e.Session()
	defer session.Close()
	source := &study.Source{Dataset: e.Dataset, Engine: session, Blocs: trade.BuiltinBlocs()}
	product := files.Products().At(files.Products().Len() / 2).Code
	for _, question := range scaled {
		first := last - years + 1
		if strings.HasPrefix(question, "explain") { // is about one year, and shows them all
			first = last
		}
		question = strings.ReplaceAll(question, "PRODUCT", product) + fmt.Sprintf(" years=%d:%d", first, last)
		start := time.Now()
		want, err := ask(t.Context(), local, question)
		if err != nil {
			t.Fatal(question, ": ", err)
		}
		onFiles := time.Since(start)
		l := &load{statements: make([]int, len(held)), read: make([]uint64, len(held)), gave: make([]uint64, len(held)), bytes: make([]uint64, len(held))}
		c.Listen(l.add)
		start = time.Now()
		got, err := ask(t.Context(), source, question)
		took := time.Since(start)
		c.Listen(nil)
		if err != nil {
			t.Fatal(question, ": ", err)
		}
		same(t, want, got, true)
		share := 0.0
		for i := range held {
			share = max(share, float64(l.read[i])*float64(len(m.Years))/float64(years)/float64(held[i]))
		}
		bytes := uint64(0)
		for _, b := range l.bytes {
			bytes += b
		}
		fmt.Fprintf(table, "| %d | %d | `%s` | %.2f | %.2f | %d | %d | %.2f times | %d | %.2f |\n", len(held), years, question[:strings.LastIndex(question, " years=")],
			took.Seconds(), onFiles.Seconds(), slices.Max(l.statements), slices.Max(l.read), share, slices.Max(l.gave), float64(bytes)/1e6)
	}
}
