package clickhouse_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"reflect"
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

// trusted are questions that use flows, sums and totals in every way.
var trusted = []string{
	"count importers=all partners=all years=2023,2024",
	"indicators importers=all partners=- years=2024",
	"chokepoints importers=all,EU27 partners=CHN,EU27 years=2024",
	"complexity years=2024",
	"explain importers=USA products=PRODUCT years=2024",
	"balance economy=USA partners=CHN years=2024",
}

// answersOf asks what trusted asks; questions that fail have no answer.
func answersOf(ctx context.Context, e *clickhouse.Engine) (tables [][][]string, errs []error) {
	session := e.Session()
	defer session.Close()
	source := &study.Source{Dataset: e.Dataset, Engine: session, Blocs: trade.BuiltinBlocs()}
	for _, question := range trusted {
		table, err := ask(ctx, source, question)
		tables, errs = append(tables, table), append(errs, err)
	}
	return tables, errs
}

// lies are what a shard has instead of the flows of a year: SELECTs from KEPT, where they are as they were pushed, of year 2024
// unless they say so.
var lies = []struct{ name, rows string }{
	{"values times 1000", "year, product, importer, exporter, value * 1000, quantity"},
	{"one flow worth a dollar more", "year, product, importer, exporter, value + if((product, importer, exporter) IN (SELECT product, importer, exporter FROM KEPT WHERE year = 2024 LIMIT 1), 1, 0), quantity"},
	{"one flow missing", "year, product, importer, exporter, value, quantity FROM KEPT WHERE year = 2024 AND (product, importer, exporter) NOT IN (SELECT product, importer, exporter FROM KEPT WHERE year = 2024 LIMIT 1)"},
	{"all flows missing", "year, product, importer, exporter, value, quantity FROM KEPT WHERE year = 1900"},
	{"each flow twice", "year, product, importer, exporter, value, quantity FROM KEPT ARRAY JOIN [1, 2] AS twice WHERE year = 2024"},
	{"one flow missing and another twice", "year, product, importer, exporter, value, quantity FROM (SELECT * FROM KEPT WHERE year = 2024 ORDER BY product, importer, exporter LIMIT 1, 1000000 UNION ALL SELECT * FROM KEPT WHERE year = 2024 ORDER BY product, importer, exporter LIMIT 1, 1)"},
	{"rows of another year", "toUInt32(2024), product, importer, exporter, value, quantity FROM KEPT WHERE year = 2023"},
	{"as many rows of another year", "toUInt32(2024), product, importer, exporter, value, quantity FROM KEPT WHERE year = 2023 LIMIT ROWS"},
	{"importers and exporters swapped", "year, product, exporter, importer, value, quantity"},
	{"values and quantities swapped", "year, product, importer, exporter, if(isNaN(quantity), value, quantity), if(isNaN(quantity), quantity, value)"},
	{"quantities of nothing", "year, product, importer, exporter, value, toFloat64(0)"},
	{"quantities unknown", "year, product, importer, exporter, value, nan"},
	{"products moved by one", "year, product + 1, importer, exporter, value, quantity"},
	{"products that there are not", "year, product + 100000, importer, exporter, value, quantity"},
	{"economies that there are not", "year, product, importer, toUInt16(exporter + 2000), value, quantity"},
	{"values turned round among flows", "year, product, importer, exporter, v, quantity FROM (SELECT year, groupArray(product) AS ps, groupArray(importer) AS ms, groupArray(exporter) AS xs, arrayReverse(groupArray(value)) AS vs, groupArray(quantity) AS qs FROM KEPT WHERE year = 2024 GROUP BY year) ARRAY JOIN ps AS product, ms AS importer, xs AS exporter, vs AS v, qs AS quantity"},
	{"values that are no numbers", "year, product, importer, exporter, nan, quantity"},
	{"values below zero", "year, product, importer, exporter, -value, quantity"},
}

// clockBehind pushes another dataset of the same name from a computer whose clock is thirty years behind the one that pushed before:
// the newest push answers.
func clockBehind(t *testing.T, c *clickhouse.Cluster) {
	t.Helper()
	err := c.Do(t.Context(), "INSERT INTO chokepoint_datasets SELECT name, checksum, shards, pushed + 1000000000000000000, manifest, economies, products FROM chokepoint_datasets")
	if err != nil {
		t.Fatal(err)
	}
	dir := made(t, synth.Config{Seed: 6, FirstYear: 2024, LastYear: 2024, Products: 96, Economies: 30, FlowsPerYear: 300})
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	e, err := c.Open(t.Context(), "world")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.Dataset.Manifest().Checksum(), files.Manifest().Checksum(); got != want {
		t.Errorf("after a push from a computer whose clock is behind, %s answers; want %s", got, want)
	}
}

// remembered says that an open dataset has, once it has answered, all that a question needs of flows: it was proved when it was read, and another
// answer, the same as before, reads nothing.
func remembered(question string) bool { return strings.HasPrefix(question, "chokepoints ") }

// TestShardsThatLie gives a shard other flows than were pushed. No question may answer otherwise than before without an error, verify
// names the shard and the year, and another push mends it.
func TestShardsThatLie(t *testing.T) {
	servers := loopback.Start(t, suite.Cluster, 3)
	dir := made(t, synth.Config{Seed: 5, FirstYear: 2023, LastYear: 2024, Products: 96, Economies: 30, FlowsPerYear: 3000, Quantities: true})
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	three := connect(t, threeShards, servers[0].Port)
	second := connect(t, oneServer, servers[1].Port)
	push := func() {
		t.Helper()
		if err := three.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *clickhouse.Engine {
		t.Helper()
		e, err := three.Open(t.Context(), "world")
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	verify := func() error { return three.Verify(t.Context(), "world", func(int64, int64) {}) }
	do := func(statement string) {
		t.Helper()
		if err := second.Do(t.Context(), statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	push()
	clockBehind(t, three)
	push()
	if err := verify(); err != nil {
		t.Fatal(err)
	}
	before := open()
	want, errs := answersOf(t.Context(), before)
	for i, err := range errs {
		if err != nil || len(want[i]) < 2 {
			t.Fatal(trusted[i], len(want[i]), err)
		}
	}
	refused := func(when string, e *clickhouse.Engine) {
		t.Helper()
		got, errs := answersOf(t.Context(), e)
		for i := range got {
			if errs[i] == nil && !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s: %s answers otherwise than before, without an error", when, trusted[i])
			} else if errs[i] == nil && !(e == before && remembered(trusted[i])) {
				t.Errorf("%s: %s answers as if nothing had happened: it reads what is wrong", when, trusted[i])
			}
		}
	}
	table := before.Table()
	for _, kept := range before.Tables() {
		do("CREATE TABLE " + kept + "_kept AS " + kept)
		do("INSERT INTO " + kept + "_kept SELECT * FROM " + kept)
	}
	var held uint64
	err = second.Ask(t.Context(), "SELECT count() FROM "+table+" WHERE year = 2024", func(_ int, rows answer.Rows) error { return rows.Scan(&held) })
	if err != nil {
		t.Fatal(err)
	}
	for _, lie := range lies {
		t.Run(lie.name, func(t *testing.T) {
			rows := lie.rows
			if !strings.Contains(rows, " FROM ") || strings.HasSuffix(rows, ", quantity") {
				rows += " FROM KEPT WHERE year = 2024"
			}
			rows = strings.NewReplacer("KEPT", table+"_kept", "ROWS", fmt.Sprint(held)).Replace(rows)
			do("ALTER TABLE " + table + " DROP PARTITION 2024")
			do("INSERT INTO " + table + " (year, product, importer, exporter, value, quantity) SELECT " + rows)
			refused("opened before", before)
			if _, err := three.Open(t.Context(), "world"); err == nil {
				refused("opened now", open())
			}
			err := verify()
			wantError(t, err, "shard 2 of 3", true)
			wantError(t, err, "2024", true)
			push()
			if err := verify(); err != nil {
				t.Errorf("after another push: %v", err)
			}
		})
	}
	for _, columns := range []string{"bought, sold * 1000, priced, tonnes", "sold, bought, priced, tonnes", "bought, sold, priced, tonnes * 2"} {
		t.Run("sums "+columns, func(t *testing.T) {
			sums := table + "_sums"
			do("ALTER TABLE " + sums + " DROP PARTITION 2024")
			do("INSERT INTO " + sums + " SELECT year, product, economy, " + columns + " FROM " + sums + "_kept WHERE year = 2024")
			refused("opened before", before)
			refused("opened now", open())
			wantError(t, verify(), "shard 2 of 3", true)
			push()
			if err := verify(); err != nil {
				t.Errorf("after another push: %v", err)
			}
		})
	}
	got, errs := answersOf(t.Context(), open())
	for i := range got {
		if errs[i] != nil || !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s after all of them: %v", trusted[i], errs[i])
		}
	}
	t.Run("a lie with a checksum of its own", func(t *testing.T) {
		do("ALTER TABLE " + table + " DROP PARTITION 2024")
		do("INSERT INTO " + table + " SELECT year, product, importer, exporter, value * 1000, quantity FROM " + table + "_kept WHERE year = 2024")
		do("INSERT INTO chokepoint_proofs SELECT holder, shard, year, rows, 1, value * 1000, 0, proved + 1000000000000 FROM chokepoint_proofs WHERE year = 2024 ORDER BY proved DESC LIMIT 1")
		_, err := three.Open(t.Context(), "world")
		wantError(t, err, "push it again", true)
		push()
		open()
	})
	t.Run("no checksums", func(t *testing.T) {
		do("DROP TABLE chokepoint_proofs")
		_, err := three.Open(t.Context(), "world")
		wantError(t, err, "datasets upgrade world", true)
		if err := three.Upgrade(t.Context(), "world", func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		open()
		do("DROP TABLE chokepoint_proofs")
		do("ALTER TABLE " + table + " DROP PARTITION 2024")
		do("INSERT INTO " + table + " SELECT year, product, importer, exporter, value * 1000, quantity FROM " + table + "_kept WHERE year = 2024")
		err = three.Upgrade(t.Context(), "world", func(int64, int64) {})
		wantError(t, err, "the manifest of dataset world says", true)
		push()
	})
	t.Run("lists of others", func(t *testing.T) {
		first := connect(t, oneServer, servers[0].Port)
		for _, edit := range []string{
			"replaceAll(manifest, '\"synthetic\": true', '\"synthetic\": false'), economies, products",
			"manifest, replaceAll(economies, 'USA', 'USB'), products",
			"manifest, economies, replaceAll(products, '01', '02')",
			"replaceAll(manifest, '\"name\": \"world\"', '\"name\": \"other\"'), economies, products",
		} {
			if err := first.Do(t.Context(), "INSERT INTO chokepoint_datasets SELECT name, checksum, shards, pushed + 1000000, "+edit+" FROM chokepoint_datasets ORDER BY pushed DESC LIMIT 1"); err != nil {
				t.Fatal(err)
			}
			if _, err := three.Open(t.Context(), "world"); err == nil {
				t.Errorf("%s: opened", edit)
			}
			time.Sleep(5 * time.Millisecond)
			push()
			open()
		}
	})
	t.Run("the way to the shard", func(t *testing.T) { disturbed(t, servers, want) })
}

// disturbed asks through something between the program and a shard that flips, cuts, delays, makes things up or says nothing.
func disturbed(t *testing.T, servers []*loopback.Server, want [][][]string) {
	tried, errors := 0, 0
	try := func(name string, disturb func(to io.Writer, from io.Reader) error) {
		t.Helper()
		address := between(t, servers[1].Port, disturb)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		tried++
		var shards []*clickhouse.Cluster
		for _, a := range []string{fmt.Sprintf("127.0.0.1:%d", servers[0].Port), address, fmt.Sprintf("127.0.0.1:%d", servers[2].Port)} {
			c, err := clickhouse.Connect(ctx, "clickhouse://default@"+a+"/default?timeout=2s")
			if err != nil {
				errors++
				return
			}
			defer c.Close()
			shards = append(shards, c)
		}
		e, err := clickhouse.Join(shards...).Open(ctx, "world")
		if err != nil {
			errors++
			return
		}
		got, errs := answersOf(ctx, e)
		for i := range got {
			if errs[i] == nil && !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s: %s answers otherwise, without an error", name, trusted[i])
			} else if errs[i] != nil {
				errors++
			}
		}
		if ctx.Err() != nil {
			t.Errorf("%s: no end within a minute", name)
		}
	}
	for seed := range uint64(32) {
		random := rand.New(rand.NewPCG(seed, 1))
		at := int64(random.IntN(1 << (8 + seed%8)))
		bit := byte(1) << random.IntN(8)
		try(fmt.Sprintf("bit %#x of byte %d flips", bit, at), func(to io.Writer, from io.Reader) error {
			if _, err := io.CopyN(to, from, at); err != nil {
				return err
			}
			b := make([]byte, 1)
			if _, err := io.ReadFull(from, b); err != nil {
				return err
			}
			b[0] ^= bit
			_, err := to.Write(b)
			if err == nil {
				_, err = io.Copy(to, from)
			}
			return err
		})
		if seed%4 == 0 {
			try(fmt.Sprintf("cut at byte %d", at), func(to io.Writer, from io.Reader) error {
				_, err := io.CopyN(to, from, at)
				return err
			})
			try(fmt.Sprintf("garbage from byte %d", at), func(to io.Writer, from io.Reader) error {
				if _, err := io.CopyN(to, from, at); err != nil {
					return err
				}
				noise := make([]byte, 4096)
				for i := range noise {
					noise[i] = byte(random.IntN(256))
				}
				_, err := to.Write(noise)
				return err
			})
		}
	}
	silent := func(after int64) func(to io.Writer, from io.Reader) error {
		return func(to io.Writer, from io.Reader) error {
			_, err := io.CopyN(to, from, after)
			if err == nil {
				_, err = io.Copy(io.Discard, from) // until the other side gives up
			}
			return err
		}
	}
	try("says nothing", silent(0))
	try("says nothing any more", silent(2000))
	if errors < tried/2 {
		t.Errorf("%d errors in %d tries: were they disturbed?", errors, tried)
	}
	t.Logf("%d tries, %d errors, no other answer", tried, errors)
}

// between is something between the program and a server, that hands on what the server says as disturb has it. It disturbs every
// connection, and lives as long as the test.
func between(t *testing.T, port int, disturb func(to io.Writer, from io.Reader) error) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var stopped atomic.Bool
	var mu sync.Mutex
	var open []net.Conn
	t.Cleanup(func() {
		stopped.Store(true)
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				client.Close()
				continue
			}
			mu.Lock()
			if open = append(open, client, server); stopped.Load() {
				client.Close()
				server.Close()
			}
			mu.Unlock()
			all.Go(func() { _, _ = io.Copy(server, client); server.Close() })
			all.Go(func() { _ = disturb(client, server); client.Close(); server.Close() })
		}
	})
	return l.Addr().String()
}
