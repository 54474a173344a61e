package clickhouse_test

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// passes are how many times a question about one year may read the flows of the year, without its sums by economy and product.
var passes = []struct {
	question string
	most     float64
}{
	{"count importers=USA partners=CHN years=2024", 1},
	{"count importers=USA,EU27 partners=CHN years=2024", 1},
	{"count importers=all partners=all years=2024", 1},
	{"dependencies importers=USA partners=CHN years=2024", 1},
	{"count importers=USA partners=CHN years=2023", 1},
	{"dependencies importers=all partners=all years=2024", 2},
	{"sensitivity importers=USA partners=CHN", 1},
	{"chokepoints importers=all partners=CHN years=2024", 2},
	{"chokepoints importers=all partners=all years=2024", 2},
	{"scoreboard economy=CHN years=2024", 2},
	{"scoreboard economy=EU27 years=2024", 4},
	{"compare importers=USA partners=CHN method=all years=2024", 1},
	{"indicators importers=all partners=- years=2024", 1},
	{"complexity years=2024", 0},
	{"breadth economy=CHN years=2024", 0},
	{"similarity economy=CHN partners=USA,EU27 years=2024", 1},
	{"balance economy=CHN years=2024", 2},
	{"balance economy=CHN partners=USA,EU27 list=hs-sections years=2024", 2},
	{"displacement economy=CHN partners=ADVANCED:any,EMERGING:any years=2024", 2},
}

// passesSlack is for products that are asked for one by one, as they are on a threshold: a server reads whole granules.
const passesSlack = 0.05

// TestPasses counts the rows that three shards read for a question: it fails when they grow.
func TestPasses(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 3)
	dir := made(t, synth.Config{Seed: 9, FirstYear: 2023, LastYear: 2024, Products: 400, Economies: 40, FlowsPerYear: 40000, Quantities: true})
	r := newReading(t, servers, threeShards, dir, "world")
	for _, p := range passes {
		r.question(t, p.question)
		t.Logf("%s: %.2f passes", p.question, r.passes())
		if r.passes() > p.most+passesSlack {
			t.Errorf("%s: %.2f passes, at most %.2f were made before; does it read what sums have, or what another statement has read?", p.question, r.passes(), p.most)
		}
	}
}

// TestFewPartners looks at what is read of flows for many importers of one partner: what the partner sells, and of suppliers of a bloc the partner
// alone is listed.
func TestFewPartners(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 1)
	dir := made(t, synth.Config{Seed: 9, FirstYear: 2023, LastYear: 2024, Products: 400, Economies: 40, FlowsPerYear: 40000})
	r := newReading(t, servers, oneServer, dir, "world")
	for question, want := range map[string]string{ // of the newest year the purchases of few importers are read
		"count importers=all partners=CHN years=2024":  "AND exporter IN (156,344)", // with what a note says of Hong Kong
		"count importers=EU27 partners=CHN years=2023": "exporter NOT IN (156,344))), toUInt16(65535), exporter)) AS supplier",
	} {
		if r.question(t, question); !slices.ContainsFunc(r.statements, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%s: no statement has %q:\n%s", question, want, strings.Join(r.statements, "\n\n"))
		}
	}
}

// TestStatementsRemembered asks a question twice: the second time no shard reads flows, and the answer is the same.
func TestStatementsRemembered(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 1)
	dir := made(t, synth.Config{Seed: 9, FirstYear: 2024, LastYear: 2024, Products: 400, Economies: 40, FlowsPerYear: 40000})
	r := newReading(t, servers, oneServer, dir, "world")
	var statements atomic.Int32
	r.cluster.Listen(func(a clickhouse.Account) {
		if strings.Contains(a.Text, "FROM "+r.engine.Table()+" ") {
			statements.Add(1)
		}
	})
	defer r.cluster.Listen(nil)
	source := &study.Source{Dataset: r.engine.Dataset, Engine: r.engine, Blocs: trade.BuiltinBlocs()}
	for _, question := range []string{"dependencies importers=EU27,USA partners=CHN years=2024", "count importers=all partners=all years=2024"} {
		statements.Store(0)
		first, err := ask(t.Context(), source, question)
		read := statements.Load()
		if err != nil || read == 0 || len(first) < 2 {
			t.Fatal(question, err, read, len(first))
		}
		again, err := ask(t.Context(), source, question)
		if err != nil || statements.Load() != read || !reflect.DeepEqual(first, again) {
			t.Errorf("%s: %d statements read flows the second time, want none; %v", question, statements.Load()-read, err)
		}
	}
}

// TestPurchasesRemembered asks several questions about few importers: their flows of the newest year are read for the first alone. About another year,
// about more importers than are remembered, and about products of which nothing is remembered, statements are put.
func TestPurchasesRemembered(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 1)
	dir := made(t, synth.Config{Seed: 9, FirstYear: 2023, LastYear: 2024, Products: 400, Economies: 40, FlowsPerYear: 40000, Quantities: true})
	r := newReading(t, servers, oneServer, dir, "world")
	var mu sync.Mutex
	var read []string
	var year string
	r.cluster.Listen(func(a clickhouse.Account) {
		mu.Lock()
		defer mu.Unlock()
		inside := strings.Contains(a.Text, " AS sides") // trade inside blocs, which is read and remembered by itself
		if strings.Contains(a.Text, "FROM "+r.engine.Table()+" ") && strings.Contains(a.Text, "year = "+year) && !inside {
			read = append(read, a.Text)
		}
	})
	defer r.cluster.Listen(nil)
	source := &study.Source{Dataset: r.engine.Dataset, Engine: r.engine, Blocs: trade.BuiltinBlocs()}
	for _, step := range []struct {
		question   string
		statements int
	}{
		{"count importers=USA,CHN,EU27 partners=CHN,USA years=2024", 1},
		{"dependencies importers=USA partners=JPN,CHN+KOR method=geodep-2024 years=2024", 0},
		{"compare importers=EU27 partners=CHN method=all years=2024", 0},
		{"sensitivity importers=CHN partners=USA", 0},
		{"count importers=USA partners=CHN products=84 years=2024", 0},
		{"count importers=JPN partners=CHN products=84 years=2024", 1},
		{"count importers=JPN,USA partners=CHN years=2024", 1}, // of Japan alone
		{"count importers=USA partners=CHN years=2023", 1},
		{"count importers=AUS,AUT,BEL,BGR,CAN,DEU,ESP,FRA,GBR partners=CHN years=2024", 1},
	} {
		read, year = nil, "2024"
		if strings.Contains(step.question, "years=2023") {
			year = "2023"
		}
		if table, err := ask(t.Context(), source, step.question); err != nil || len(table) < 2 || len(read) != step.statements {
			t.Errorf("%s: %d statements read flows, want %d; %v\n%s", step.question, len(read), step.statements, err, strings.Join(read, "\n\n"))
		}
	}
}

// reading counts what shards do for questions about a dataset.
type reading struct {
	servers []*loopback.Server
	cluster *clickhouse.Cluster
	engine  *clickhouse.Engine

	mu         sync.Mutex
	read, sums uint64   // rows that the shards read, and of them those of sums
	gave       uint64   // rows that they sent
	statements []string // that the first shard heard
	cpu, took  time.Duration
	rows       int // of the answer
}

// newReading pushes a dataset to an address and lets its newest year be proved.
func newReading(t *testing.T, servers []*loopback.Server, address, dir, name string) *reading {
	t.Helper()
	files, err := store.Open(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	r := &reading{servers: servers, cluster: connect(t, address, servers[0].Port)}
	if err := r.cluster.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	if r.engine, err = r.cluster.Open(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	r.question(t, "balance economy=USA") // the year is proved
	return r
}

// question asks as a program that was just started does: nothing is remembered but what is proved.
func (r *reading) question(t *testing.T, question string) {
	t.Helper()
	engine, err := r.cluster.Open(t.Context(), r.engine.Dataset.Manifest().Name)
	if err != nil {
		t.Fatal(err)
	}
	r.engine, r.read, r.gave, r.statements = engine, 0, 0, nil
	var scopes []string // of sums, as often as statements read them
	r.cluster.Listen(func(a clickhouse.Account) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !strings.Contains(a.Text, r.engine.Table()) {
			return
		}
		r.read, r.gave = r.read+a.ReadRows, r.gave+a.Rows
		if a.Shard == 0 { // the others are sent the same
			scopes = append(scopes, sumsScope.FindAllString(a.Text, -1)...)
			r.statements = append(r.statements, fmt.Sprintf("%d rows in %v: %s", a.ReadRows, a.Took, a.Text))
		}
	})
	spent, start := r.spent(), time.Now()
	table, err := ask(t.Context(), &study.Source{Dataset: r.engine.Dataset, Engine: r.engine, Blocs: trade.BuiltinBlocs()}, question)
	r.took, r.cpu = time.Since(start), r.spent()-spent
	r.sums = r.readBy(t, scopes)
	if err != nil || len(table) < 2 {
		t.Fatal(question, len(table), err)
	}
	r.rows = len(table) - 1
}

// sumsScope finds what statements read of sums.
var sumsScope = regexp.MustCompile(`FROM chokepoint_\w+_sums WHERE year = \d+( AND product (BETWEEN \d+ AND \d+|IN \([\d,]+\)))?`)

// readBy counts the rows that are read for scopes of sums.
func (r *reading) readBy(t *testing.T, scopes []string) (rows uint64) {
	t.Helper()
	times := map[string]uint64{}
	for _, scope := range scopes {
		times[scope]++
	}
	defer r.cluster.Listen(nil)
	for scope, n := range times {
		r.cluster.Listen(func(a clickhouse.Account) {
			r.mu.Lock()
			defer r.mu.Unlock()
			rows += n * a.ReadRows
		})
		if err := r.cluster.Ask(t.Context(), "SELECT sum(sold) "+scope, func(int, answer.Rows) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// spent is what all servers have computed so far.
func (r *reading) spent() (sum time.Duration) {
	for _, s := range r.servers {
		sum += s.CPU()
	}
	return sum
}

// passes are the rows of flows that were read for each flow of the dataset, without those of the sums by economy and product.
func (r *reading) passes() float64 { return r.perFlow(r.read - r.sums) }

func (r *reading) perFlow(rows uint64) float64 {
	return float64(rows) / float64(r.engine.Dataset.Manifest().Rows)
}

var passesOf = flag.String("passes", "", "a folder with datasets and the name of one, as FOLDER/NAME: TestPassesOf counts passes over its newest year")
var passesAsk = flag.String("passes.ask", "", "the questions that TestPassesOf asks, separated by semicolons; without it those of docs/scale.md")
var passesShow = flag.Bool("passes.show", false, "TestPassesOf shows the statements")

// measuredPasses are the questions of docs/scale.md.
var measuredPasses = []string{
	"count importers=USA partners=CHN",
	"count importers=USA,EU27 partners=CHN",
	"dependencies importers=USA partners=CHN",
	"sensitivity importers=USA partners=CHN",
	"explain importers=USA partners=CHN products=PRODUCT",
	"count importers=all partners=all",
	"dependencies importers=all partners=all",
	"chokepoints importers=all partners=CHN",
	"chokepoints importers=all partners=all",
	"scoreboard economy=CHN",
	"complexity",
	"similarity economy=CHN partners=USA,EU27",
	"breadth economy=CHN",
	"balance economy=USA",
	"balance economy=CHN partners=USA,EU27 list=mic25",
	"indicators importers=all partners=-",
	"compare importers=USA partners=CHN method=all",
	"displacement economy=CHN partners=ADVANCED:any,EMERGING:any",
}

// onePass is a plain pass over all flows, for comparison.
const onePass = "SELECT product, importer, sum(value), sum(value * value) FROM %s GROUP BY product, importer FORMAT Null"

// TestPassesOf measures the questions of docs/scale.md on one server and on three shards: rows read for each flow, statements, what travels, and
// computing time of the servers beside that of one plain pass.
//
//	CHOKEPOINT_TESTS=measure go test ./clickhouse -run TestPassesOf -v -args -passes FOLDER/DATASET
func TestPassesOf(t *testing.T) {
	suite.Measure.Request(t)
	if *passesOf == "" {
		t.Skip("without -passes there is no dataset to measure with")
	}
	questions := measuredPasses
	if *passesAsk != "" {
		questions = strings.Split(*passesAsk, ";")
	}
	servers := loopback.Start(t, suite.Measure, 3)
	for _, address := range []string{oneServer, threeShards} {
		r := newReading(t, servers, address, filepath.Dir(*passesOf), filepath.Base(*passesOf))
		var table strings.Builder
		table.WriteString("\n| question | passes over flows | rows of sums, in passes | statements a shard | rows that came back | s | s of CPU | in passes | rows |\n|---|---|---|---|---|---|---|---|---|\n")
		one := r.plain(t)
		fmt.Fprintf(&table, "| one pass | 1 | | 1 | | | %.2f | 1 | |\n", one.Seconds())
		for _, question := range questions {
			r.question(t, question)
			fmt.Fprintf(&table, "| `%s` | %.2f | %.2f | %d | %d | %.1f | %.1f | %.1f | %d |\n", question, r.passes(), r.perFlow(r.sums), len(r.statements), r.gave, r.took.Seconds(), r.cpu.Seconds(), r.cpu.Seconds()/one.Seconds(), r.rows)
			if *passesShow {
				t.Log(question, "\n", strings.Join(r.statements, "\n\n"))
			}
		}
		t.Log(address, table.String())
	}
}

// plain is the computing time of one plain pass, the least of three.
func (r *reading) plain(t *testing.T) time.Duration {
	least := time.Duration(math.MaxInt64)
	for range 3 {
		before := r.spent()
		if err := r.cluster.Do(t.Context(), fmt.Sprintf(onePass, r.engine.Table())); err != nil {
			t.Fatal(err)
		}
		least = min(least, r.spent()-before)
	}
	return least
}

// TestInnerTradeOfProducts asks what members of a bloc trade with others for some products, and then for all: what is remembered of the first is not taken
// for the second.
func TestInnerTradeOfProducts(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 1)
	dir := made(t, synth.Config{Seed: 9, FirstYear: 2024, LastYear: 2024, Products: 100, Economies: 40, FlowsPerYear: 10000})
	r := newReading(t, servers, oneServer, dir, "world")
	eu := trade.SetOf(40, 56, 251, 276, 380, 528, 616, 724)
	margins := func(e *clickhouse.Engine, products []string) map[string]store.Margins {
		list := map[string]store.Margins{}
		if err := e.Margins(t.Context(), 2024, products, eu, func(product string, m store.Margins) error { list[product] = m; return nil }); err != nil {
			t.Fatal(err)
		}
		return list
	}
	want := margins(r.engine, nil)
	other, err := r.cluster.Open(t.Context(), "world")
	if err != nil {
		t.Fatal(err)
	}
	first := slices.Sorted(maps.Keys(want))[3]
	for _, products := range [][]string{{}, {first}, nil, {first}} {
		got := margins(other, products)
		for product, m := range want {
			if asked := products == nil || slices.Contains(products, product); asked != (got[product].World > 0) || asked && !reflect.DeepEqual(got[product], m) {
				t.Errorf("products %v: %s has %v, want %v", products, product, got[product], m)
			}
		}
	}
}
