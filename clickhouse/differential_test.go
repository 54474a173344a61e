package clickhouse_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"chokepoint/analysis"
	"chokepoint/clickhouse"
	"chokepoint/ingest"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/synth"
	"chokepoint/trade"
)

const configuration = `<yandex><logger><level>warning</level><log>%[1]s/log</log><errorlog>%[1]s/errors</errorlog></logger>
<tcp_port>%[2]d</tcp_port><listen_host>127.0.0.1</listen_host><path>%[1]s/data/</path><tmp_path>%[1]s/tmp/</tmp_path>
<user_files_path>%[1]s/files/</user_files_path><format_schema_path>%[1]s/schemas/</format_schema_path>
<users_config>%[1]s/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>10000000</mark_cache_size><remote_servers><three>%[3]s</three>
<twins><shard>%[4]s</shard></twins></remote_servers></yandex>`

// profiles are the settings of users of the same names; locked has a password.
var profiles = map[string]string{
	"default": "<max_memory_usage>1000000000</max_memory_usage>",
	"reader":  "<readonly>2</readonly>",
	"strict":  "<readonly>1</readonly>",
	"small":   "<max_memory_usage>2000000</max_memory_usage>",
	"hasty":   "<max_execution_time>1</max_execution_time>",
	"frugal":  "<max_rows_to_read>100</max_rows_to_read>",
	"locked":  "",
}

func users() string {
	settings, list := "", ""
	for name, text := range profiles {
		password := ""
		if name == "locked" {
			password = "secret"
		}
		settings += fmt.Sprintf("<%[1]s>%[2]s</%[1]s>", name, text)
		list += fmt.Sprintf("<%[1]s><password>%[2]s</password><networks><ip>127.0.0.1</ip></networks><profile>%[1]s</profile><quota>default</quota></%[1]s>", name, password)
	}
	return "<yandex><profiles>" + settings + "</profiles><users>" + list + "</users><quotas><default></default></quotas></yandex>"
}

// startServers starts three servers on loopback, which know each other as the cluster "three", and the first two as the
// replicas "twins", and stops them at the end.
func startServers(t *testing.T) (ports [3]int, servers [3]*exec.Cmd) {
	t.Helper()
	binary, err := exec.LookPath("clickhouse-server")
	if err != nil {
		t.Skip("clickhouse-server is not installed (Debian: apt-get install clickhouse-server)")
	}
	shards, twins := "", ""
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port
		l.Close()
		replica := fmt.Sprintf("<replica><host>127.0.0.1</host><port>%d</port></replica>", ports[i])
		shards += "<shard>" + replica + "</shard>"
		if i < 2 {
			twins += replica
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	for i, port := range ports {
		dir := t.TempDir()
		err := errors.Join(os.WriteFile(filepath.Join(dir, "config.xml"), fmt.Appendf(nil, configuration, dir, port, shards, twins), 0o600),
			os.WriteFile(filepath.Join(dir, "users.xml"), []byte(users()), 0o600))
		for _, sub := range []string{"data", "tmp", "files", "schemas"} {
			err = errors.Join(err, os.Mkdir(filepath.Join(dir, sub), 0o700))
		}
		servers[i] = exec.CommandContext(ctx, binary, "--config-file="+filepath.Join(dir, "config.xml"))
		servers[i].Dir = dir
		if err = errors.Join(err, servers[i].Start()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			servers[i].Process.Kill()
			servers[i].Wait()
		})
	}
	for _, port := range ports {
		for {
			conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				conn.Close()
				break
			}
			select {
			case <-ctx.Done():
				t.Fatal("the servers do not start")
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return ports, servers
}

// madeUp is a folder with a small dataset, "world".
func madeUp(t *testing.T) (dir string) {
	t.Helper()
	return made(t, synth.Config{Seed: 7, FirstYear: 2022, LastYear: 2024, Products: 700, Economies: 30, FlowsPerYear: 20000, Quantities: true})
}

func made(t *testing.T, config synth.Config) (dir string) {
	t.Helper()
	dir = t.TempDir()
	archive := filepath.Join(dir, synth.ArchiveName)
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	world := synth.New(config)
	err = errors.Join(world.WriteArchive(f, func(int, int64) {}), f.Close())
	if err == nil {
		_, err = ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: dir, Name: "world", Synthetic: true, ProgramVersion: "test", Progress: func(ingest.Progress) {}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// asked are questions and their parameters.
var asked = []string{
	"count importers=all partners=all",
	"count importers=all,EU27 partners=- method=all world=gross",
	"count importers=EU27,USA,USA+CAN partners=CHN|USA,EU27,CHN method=all world=net",
	"count importers=EU27:members partners=EU27:any persistence=2/3 method=geodep-2024,merics-2024",
	"dependencies importers=all partners=CHN,EU27 method=geodep-2024,hjs-2020",
	"dependencies importers=USA|EU27 partners=- method=ec-2021,oecd-2024 world=net",
	"indicators importers=all,EU27 partners=- ",
	"indicators importers=EU27,USA partners=all,EU27 world=net",
	"asymmetry a=USA b=CHN",
	"asymmetry a=EU27 b=USA+CAN world=net",
	"sensitivity importers=USA partners=CHN",
	"compare importers=all partners=CHN method=all",
	"chokepoints importers=all partners=all",
	"balance economy=USA",
	"scoreboard economy=CHN",
	"breadth economy=CHN",
	"complexity",
}

// TestSameAnswers asks the files, one server and three shards the same.
func TestSameAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	ports, servers := startServers(t)
	dir := madeUp(t)
	files, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	local := &analysis.Source{Dataset: files, Blocs: trade.BuiltinBlocs()}
	var three *analysis.Source
	for i, address := range []string{"clickhouse://default@127.0.0.1:%d/default", "clickhouse://default@127.0.0.1:%d/default?cluster=three"} {
		c, err := clickhouse.Connect(t.Context(), fmt.Sprintf(address, ports[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for range 2 { // the second finds everything there
			if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err != nil {
				t.Fatal(err)
			}
		}
		e, err := c.Open(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		three = &analysis.Source{Dataset: e.Dataset, Engine: e, Blocs: trade.BuiltinBlocs()}
		for _, question := range asked {
			t.Run(fmt.Sprint(2*i+1, " ", question), func(t *testing.T) {
				want, err := ask(t.Context(), local, question)
				if err != nil {
					t.Fatal(err)
				}
				if len(want) < 2 {
					t.Error("the answer is empty: the comparison says nothing")
				}
				got, err := ask(t.Context(), three, question)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want, got)
			})
		}
	}
	t.Run("stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := ask(ctx, three, asked[0]); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
	})
	t.Run("reader", func(t *testing.T) {
		c, err := clickhouse.Connect(t.Context(), fmt.Sprintf("clickhouse://reader@127.0.0.1:%d/default", ports[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Push(t.Context(), dir, files, func(int64, int64) {}); err == nil || !strings.Contains(err.Error(), "may only read") {
			t.Errorf("push as a reader: %v", err)
		}
	})
	t.Run("shard down", func(t *testing.T) {
		servers[2].Process.Kill()
		servers[2].Wait()
		if answer, err := ask(t.Context(), three, asked[0]); err == nil {
			t.Errorf("an answer of %d rows without the third shard", len(answer))
		} else if !strings.Contains(err.Error(), "shard 3 of 3") {
			t.Errorf("got %v, want the shard named", err)
		}
	})
}

// ask puts a question and gives the table as text.
func ask(ctx context.Context, s *analysis.Source, question string) ([][]string, error) {
	words := strings.Fields(question)
	q, ok := analysis.QuestionOf(words[0])
	if !ok {
		return nil, fmt.Errorf("no question %s", words[0])
	}
	r := analysis.Request{Own: map[string]string{}}
	for _, p := range q.Parameters {
		if _, shared := analysis.ParameterOf(p.Name); !shared {
			r.Own[p.Name] = p.Standard
		}
	}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		if _, shared := analysis.ParameterOf(name); !shared {
			r.Own[name] = value
		} else if err := r.Set(name, value); err != nil {
			return nil, err
		}
	}
	table, err := q.Ask(ctx, s, r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := result.Write(&b, table, result.FormatCSV, result.Options{}); err != nil {
		return nil, err
	}
	return csv.NewReader(&b).ReadAll()
}

// closeEnough is how far ratios may be apart: sums of squares and of tonnes are rounded in another order.
const closeEnough = 1e-12

// same compares two tables: text, counts and sums of dollars to the digit, ratios to 1e-12.
func same(t *testing.T, want, got [][]string) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i, row := range want {
		for k, text := range row {
			if got[i][k] == text {
				continue
			}
			x, notX := strconv.ParseFloat(text, 64)
			y, notY := strconv.ParseFloat(got[i][k], 64)
			exact := strings.HasSuffix(want[0][k], "_usd") || strings.HasPrefix(want[0][k], "products")
			if notX != nil || notY != nil || exact || math.Abs(x-y) > closeEnough*math.Max(1, math.Abs(x)) {
				t.Fatalf("row %d, column %s: got %s, want %s\n%v\n%v", i, want[0][k], got[i][k], text, got[i], row)
			}
		}
	}
}
