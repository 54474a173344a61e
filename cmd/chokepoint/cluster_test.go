package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"chokepoint/clickhouse/loopback"
	"chokepoint/ingest"
	"chokepoint/server"
	"chokepoint/suite"
	"chokepoint/synth"
)

// TestServerOnClusterGivesTheSame asks a server on files and one on a cluster for the same pages, files and tools.
func TestServerOnClusterGivesTheSame(t *testing.T) {
	clickhouses := loopback.Start(t, suite.Cluster, 1)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	data := t.TempDir()
	t.Setenv("CHOKEPOINT_DATA", data)
	engine := fmt.Sprintf("clickhouse://default@127.0.0.1:%d/default", clickhouses[0].Port)
	for i, name := range []string{"world", "world-before"} {
		syntheticWorld(t, data, name, uint64(i+1))
		program(t, "push", "--dataset", name, "--engine", engine)
	}

	a := &app{ctx: t.Context(), dataset: "world"}
	onFiles := newServer(t, a)
	b := &app{ctx: t.Context(), dataset: "world", engine: engine}
	onCluster := newServer(t, b)
	paths := []string{"/api/v1/datasets.csv", "/api/v1/economies.csv", "/api/v1/methods.csv", "/api/v1/datasets/world.csv", "/api/v1/economies.csv?dataset=world-before",
		"/", "/?importers=EU27", "/pair?importers=EU27&partners=CHN", "/product?importers=USA", "/chokepoints?partners=CHN", "/industry?importers=CHN",
		"/map?partners=CHN", "/workbench?importers=USA&partners=CHN", "/compare?importers=USA&partners=CHN&against=world-before", "/brief", "/data", "/data?dataset=world-before",
		"/search?q=china", "/?importers=nowhere", "/?dataset=none"}
	for _, question := range []string{"count?importers=all,EU27&partners=CHN", "count?importers=CHN&partners=USA%7CEU27&min-value=1e6&world=net",
		"dependencies?importers=USA,EU27&partners=-&method=all", "indicators?importers=USA&partners=CHN", "asymmetry?a=EU27&b=CHN",
		"sensitivity?importers=USA&partners=CHN&by=product", "compare?importers=USA&by=year", "diff?importers=USA&partners=CHN&against=world-before",
		"calibrate?by=target", "chokepoints?importers=all", "scoreboard?economy=CHN", "balance?economy=USA", "complexity?", "similarity?economy=CHN&partners=USA"} {
		paths = append(paths, "/api/v1/"+strings.Replace(question, "?", ".json?", 1))
	}
	for _, path := range paths {
		want, got := get(onFiles, path), get(onCluster, path)
		if want.Code != got.Code || want.Code >= 500 {
			t.Errorf("%s: status %d of the cluster, %d of files: %s", path, got.Code, want.Code, got.Body)
		} else if diff := difference(announced.ReplaceAllString(want.Body.String(), ""), announced.ReplaceAllString(got.Body.String(), "")); diff != "" {
			t.Errorf("%s differs: %s", path, diff)
		}
	}

	// Many at once, of several datasets, none of them kept from before.
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			path := fmt.Sprintf("/api/v1/count.csv?importers=all&partners=CHN&min-value=%d&dataset=%s", 1000+i, []string{"world", "world-before"}[i%2])
			if want, got := get(onFiles, path), get(onCluster, path); got.Code != 200 || difference(want.Body.String(), got.Body.String()) != "" {
				t.Errorf("%s: status %d, and other than from files", path, got.Code)
			}
		})
	}
	all.Wait()

	// A client that goes away.
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	w := httptest.NewRecorder()
	onCluster.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/chokepoints.csv?importers=all&years=2022:2024&min-value=17", nil))

	if used, _ := os.ReadDir(temporary); len(used) > 0 {
		t.Errorf("answers put %v into the temporary folder, want nothing", used)
	}
	t.Run("server down", func(t *testing.T) {
		clickhouses[0].Kill()
		got := get(onCluster, "/api/v1/count.csv?importers=all&partners=CHN&min-value=99")
		var p struct {
			Title, Detail string
			Status        int
		}
		if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil || p.Status != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
			t.Errorf("status %d, %s; want 503 and when to ask again", got.Code, got.Body)
		}
		if strings.Contains(got.Body.String(), "127.0.0.1") {
			t.Errorf("the address of the cluster is shown: %s", got.Body)
		}
	})
	if err := errors.Join(onCluster.Close(), b.connected.Close()); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(temporary); len(left) > 0 {
		t.Errorf("%v are left in the temporary folder", left)
	}
}

var numeral = regexp.MustCompile(`-?\d+(\.\d+)?(e[+-]\d+)?`)

// announced is what the page of a brief says while it waits: nothing where it does not.
var announced = regexp.MustCompile(`(?s)<span class="weighing".*?</p>\n`)

// difference compares two texts: whole numbers and words to the digit, ratios, whose sums are rounded in another order, to 1e-12.
func difference(want, got string) string {
	a, b := numeral.FindAllStringIndex(want, -1), numeral.FindAllStringIndex(got, -1)
	if len(a) != len(b) {
		return fmt.Sprintf("%d numbers, expected %d", len(b), len(a))
	}
	from, to := 0, 0
	for i := range a {
		x, y := want[a[i][0]:a[i][1]], got[b[i][0]:b[i][1]]
		p, _ := strconv.ParseFloat(x, 64)
		q, _ := strconv.ParseFloat(y, 64)
		ratio := strings.ContainsAny(x+y, ".e") || math.Abs(p) > 1<<53
		close := ratio && math.Abs(p-q) <= 1e-12*math.Max(1, math.Abs(p))
		if want[from:a[i][0]] != got[to:b[i][0]] || x != y && !close {
			return fmt.Sprintf("got … %s …, expected … %s …", got[to:min(len(got), b[i][1]+80)], want[from:min(len(want), a[i][1]+80)])
		}
		from, to = a[i][1], b[i][1]
	}
	if want[from:] != got[to:] {
		return fmt.Sprintf("got … %s, expected … %s", got[to:], want[from:])
	}
	return ""
}

// syntheticWorld makes a synthetic dataset in a data folder.
func syntheticWorld(t *testing.T, data, name string, seed uint64) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), synth.ArchiveName)
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	world := synth.New(synth.Config{Seed: seed, FirstYear: 2022, LastYear: 2024, Products: 96, Economies: 24, FlowsPerYear: 3000, Quantities: true})
	if err := errors.Join(world.WriteArchive(f, func(int, int64) {}), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: data, Name: name, Synthetic: true, Progress: func(ingest.Progress) {}}); err != nil {
		t.Fatal(err)
	}
}

func newServer(t *testing.T, a *app) *server.Server {
	t.Helper()
	config, err := a.serverConfig()
	if err != nil {
		t.Fatal(err)
	}
	config.Log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	config.Limits.Rate, config.Limits.Wait, config.Limits.Scans = -1, time.Minute, 8
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// testWriter writes a log among the output of a test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func get(s http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}
