package clickhouse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"chokepoint/clickhouse"
	"chokepoint/clickhouse/loopback"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/suite"
)

// servers are three servers on loopback and ways to them.
type servers struct{ ports []int }

func portsOf(list []*loopback.Server) (ports []int) {
	for _, s := range list {
		ports = append(ports, s.Port)
	}
	return ports
}

func (s *servers) connect(t *testing.T, address string) *clickhouse.Cluster {
	t.Helper()
	c, err := clickhouse.Connect(t.Context(), fmt.Sprintf(address, s.ports[0]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

const (
	oneServer   = "clickhouse://default@127.0.0.1:%d/default"
	threeShards = "clickhouse://default@127.0.0.1:%d/default?cluster=three"
)

// list asks each server for one column of text.
func (s *servers) list(t *testing.T, query string) (all []string) {
	t.Helper()
	for i, port := range s.ports {
		conn, err := driver.Open(&driver.Options{Addr: []string{fmt.Sprintf("127.0.0.1:%d", port)}, Auth: driver.Auth{Database: "default", Username: "default"}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		rows, err := conn.Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprint(i, " ", text))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// execute runs a statement on one server.
func (s *servers) execute(t *testing.T, server int, statement string) {
	t.Helper()
	conn, err := driver.Open(&driver.Options{Addr: []string{fmt.Sprintf("127.0.0.1:%d", s.ports[server])}, Auth: driver.Auth{Database: "default", Username: "default"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// parts lists what is on the disks of the shards; a push that sends nothing changes nothing of it.
func (s *servers) parts(t *testing.T) []string {
	t.Helper()
	return s.list(t, "SELECT concat(table, ' ', partition, ' ', toString(sum(rows)), ' ', toString(max(modification_time))) FROM system.parts WHERE active AND database = 'default' AND table NOT IN ('chokepoint_datasets', 'chokepoint_proofs') GROUP BY table, partition ORDER BY table, partition")
}

func (s *servers) tables(t *testing.T, want func(string) bool) (found []string) {
	t.Helper()
	for _, text := range s.list(t, "SELECT name FROM system.tables WHERE database = 'default' ORDER BY name") {
		if _, name, _ := strings.Cut(text, " "); want(name) {
			found = append(found, text)
		}
	}
	return found
}

func begun(table string) bool { return strings.HasPrefix(table, "chokepoint_begun_") }

// content is what a manifest says of a dataset, without when and where it was made.
func content(t *testing.T, m *store.Manifest) string {
	t.Helper()
	same := *m
	same.Created, same.Generation = time.Time{}, ""
	var report map[string]any
	if err := json.Unmarshal(m.Report, &report); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"seconds", "rows_per_second", "peak_memory_bytes"} {
		delete(report, key)
	}
	same.Report, _ = json.Marshal(report)
	text, err := json.MarshalIndent(&same, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sameOnCluster compares the dataset that the cluster lists with one on this computer, and pushes that: nothing may be sent.
func sameOnCluster(t *testing.T, s *servers, c *clickhouse.Cluster, dir, name string) {
	t.Helper()
	files, err := store.Open(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	e, err := c.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	got, want := content(t, e.Dataset.Manifest()), content(t, files.Manifest())
	if got != want {
		t.Errorf("manifest on the cluster:\n%s\nwant\n%s", got, want)
	}
	if e.Dataset.Manifest().Checksum() != files.Manifest().Checksum() {
		t.Error("another checksum")
	}
	if !slices.Equal(e.Dataset.Economies().All(), files.Economies().All()) || !reflect.DeepEqual(e.Dataset.Products(), files.Products()) {
		t.Error("other economies or products")
	}
	before := s.parts(t)
	if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	if after := s.parts(t); !slices.Equal(before, after) {
		t.Errorf("the push sent something:\n%s\nbefore\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	if left := s.tables(t, begun); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// toCluster sends what is ingested to c.
func toCluster(ctx context.Context, c *clickhouse.Cluster, opt ingest.Options) ingest.Options {
	opt.Target = func(name string, replace bool) (ingest.Target, error) { return c.Ingest(ctx, name, replace) }
	return opt
}

// TestIngest reads archives into files, and straight to one server and three shards: all are the same. It is killed in the
// middle, meets rows of others, and goes on.
func TestIngest(t *testing.T) {
	ports := portsOf(loopback.Start(t, suite.Cluster, 3))
	s := &servers{ports[:]}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	archive, dir := madeUpArchive(t), t.TempDir()
	if _, err := ingest.BACI(t.Context(), []string{archive}, options(dir)); err != nil {
		t.Fatal(err)
	}
	for i, address := range []string{oneServer, threeShards} {
		s.ports = ports[:1+2*i]
		c := s.connect(t, address)
		opt := options(t.TempDir())
		opt.Replace = address == threeShards // the one server is the first shard, and lists it
		ctx, cancel := context.WithCancel(t.Context())
		stopping := toCluster(ctx, c, opt)
		stopping.Target = func(name string, replace bool) (ingest.Target, error) {
			target, err := c.Ingest(ctx, name, replace)
			return &killed{Target: target, cancel: cancel}, err
		}
		if _, err := ingest.BACI(ctx, []string{archive}, stopping); err == nil {
			t.Fatal("the ingest was not killed")
		}
		if e, err := c.Open(t.Context(), "world"); err == nil && address == oneServer {
			t.Errorf("listed after it was killed: %v", e.Dataset.Years())
		}
		begunTables := s.tables(t, begun)
		if len(begunTables) == 0 {
			t.Fatal("nothing was begun")
		}
		_, table, _ := strings.Cut(begunTables[0], " ")
		held := s.list(t, "SELECT toString(year) FROM "+table+" GROUP BY year")
		if len(held) == 0 {
			t.Error("nothing was sent before it was killed")
		}
		s.execute(t, 0, "INSERT INTO "+table+" (year, product, importer, exporter, value, quantity) SELECT arrayJoin([toUInt32(2022), 1999]), 1, 4, 8, 1, 1")
		report, err := ingest.BACI(t.Context(), []string{archive}, toCluster(t.Context(), c, opt))
		if err != nil {
			t.Fatal(err)
		}
		if report.Total.RowsRead != report.Total.RowsStored+report.Total.RowsAside || report.Total.RowsStored == 0 {
			t.Errorf("account: %+v", report.Total)
		}
		sameOnCluster(t, s, c, dir, "world")
		if _, err := ingest.BACI(t.Context(), []string{archive}, toCluster(t.Context(), c, options(""))); err == nil || !strings.Contains(err.Error(), "use --replace") {
			t.Errorf("a second time: %v", err)
		}
		again := options("")
		again.Replace = true
		if _, err := ingest.BACI(t.Context(), []string{archive}, toCluster(t.Context(), c, again)); err != nil {
			t.Fatal(err)
		}
		sameOnCluster(t, s, c, dir, "world")
	}
	t.Run("no list of products", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "BACI_HS17_V202601.csv") // two years in one table, in no order
		if err := os.WriteFile(file, []byte("t,i,j,k,v,q\n2024,156,842,850760,5,1\n2023,842,156,010121,7,NA\n2024,276,842,010121,0,1\n2023,276,842,999999,1.5,0\n2024,156,276,020110,2,NA\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		dir, c := t.TempDir(), s.connect(t, threeShards)
		opt := options(dir)
		opt.Name = "listless"
		for _, o := range []ingest.Options{opt, toCluster(t.Context(), c, opt)} {
			if _, err := ingest.BACI(t.Context(), []string{file}, o); err != nil {
				t.Fatal(err)
			}
		}
		sameOnCluster(t, s, c, dir, "listless")
	})
	t.Run("stopped by a bad row", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "BACI_HS17_Y2024_V202601.csv")
		if err := os.WriteFile(file, []byte("t,i,j,k,v,q\n2024,156,842,850760,5,1\n2024,842,156,010121,x,NA\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := s.connect(t, threeShards)
		opt := options("")
		opt.Name = "bad"
		_, err := ingest.BACI(t.Context(), []string{file}, toCluster(t.Context(), c, opt))
		if err == nil || !strings.Contains(err.Error(), "csv:3: v is") {
			t.Errorf("got %v", err)
		}
		if _, err := c.Open(t.Context(), "bad"); err == nil {
			t.Error("it is listed")
		}
	})
	if left, err := os.ReadDir(temporary); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "chokepoint-ingest-") }) {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

// killed is a target whose context ends when the third year begins: one year was sent, one is under way.
type killed struct {
	ingest.Target
	cancel context.CancelFunc
	years  int
}

func (k *killed) Year(year int, quantities bool) (*store.YearWriter, error) {
	if k.years++; k.years == 3 {
		k.cancel()
	}
	return k.Target.Year(year, quantities)
}

// TestIngestReal does the same with the archive of the article (HS92, 24 years, values with cents).
func TestIngestReal(t *testing.T) {
	archive := suite.ClusterReal.File(t, "baci-hs92-paper-1995-2018/BACI_HS92_V202001.zip")
	ports := portsOf(loopback.Start(t, suite.ClusterReal, 3))
	s, dir := &servers{ports[:]}, t.TempDir()
	c := s.connect(t, threeShards)
	opt := ingest.Options{DataDir: dir, Name: "paper", ProgramVersion: "test"}
	for _, o := range []ingest.Options{opt, toCluster(t.Context(), c, opt)} {
		if _, err := ingest.BACI(t.Context(), []string{archive}, o); err != nil {
			t.Fatal(err)
		}
	}
	sameOnCluster(t, s, c, dir, "paper")
}
