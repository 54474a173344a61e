package main

import (
	"bytes"
	"context"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"chokepoint/server"
	"chokepoint/store"
)

// TestServerGivesTheFilesOfTheCommands compares what a browser saves with what --out writes.
func TestServerGivesTheFilesOfTheCommands(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	program(t, "ingest", "baci", "--name", "tiny", tinyWorld(t))
	a := &app{}
	config, err := a.serverConfig()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	questions := []struct {
		path string
		args []string
	}{
		{"count?importers=all&partners=CHN", []string{"count", "--importers", "all", "--partners", "CHN"}},
		{"dependencies?importers=USA%7CEU27&method=all", []string{"dependencies", "--importers", "USA|EU27", "--method", "all"}},
		{"indicators?importers=USA&world=net", []string{"indicators", "--importers", "USA", "--world", "net"}},
		{"asymmetry?b=CHN&a=USA&method=iw-2024", []string{"asymmetry", "USA", "CHN", "--method", "iw-2024"}},
		{"sensitivity?importers=USA&partners=CHN&by=product", []string{"sensitivity", "--importers", "USA", "--partners", "CHN", "--by", "product"}},
		{"compare?importers=USA", []string{"compare", "--importers", "USA"}},
	}
	for _, q := range questions {
		for _, ending := range []string{".csv", ".json", ".ndjson", ".arrow", ".parquet", ".xlsx", ".csv.provenance.json"} {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/"+strings.Replace(q.path, "?", ending+"?", 1), nil))
			csv := httptest.NewRecorder() // its name may say the status
			s.ServeHTTP(csv, httptest.NewRequest(http.MethodHead, "/api/v1/"+strings.Replace(q.path, "?", ".csv?", 1), nil))
			_, given, err := mime.ParseMediaType(csv.Header().Get("Content-Disposition"))
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(given["filename"], ".csv") + ending
			folder := t.TempDir()
			program(t, append(q.args, "--out", filepath.Join(folder, strings.TrimSuffix(name, ".provenance.json")))...)
			want, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), want) {
				t.Errorf("%s as %s: status %d, and the bytes differ from those of chokepoint %s", q.path, ending, w.Code, strings.Join(q.args, " "))
			}
		}
	}
}

func TestServeFlags(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"--addr :0", "expected a token"},
		{"--addr 0.0.0.0:0", "expected a token"},
		{"--addr [::]:0", "expected a token"},
		{"--addr 192.0.2.1:0", "expected a token"},
		{"--addr 8080", "expected HOST:PORT"},
		{"--public --token-file " + token, "contradict"},
		{"--token-file /nowhere", "token: stat /nowhere"},
		{"--tls-cert x", "go together"},
		{"--log xml", "expected text or json"},
		{"--scans 0", "above zero"},
	} {
		var out, errs strings.Builder
		if code := run(t.Context(), append([]string{"serve"}, strings.Fields(c.args)...), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), c.want) {
			t.Errorf("serve %s: exit code %d, %s; want %q", c.args, code, errs.String(), c.want)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"serve", "--addr", taken.Addr().String()}, &out, &errs); code != exitFailed {
		t.Errorf("a port that is taken: exit code %d, %s", code, errs.String())
	}
}

// TestServeStops starts the command, asks it and stops it. A quarter of its memory is for what datasets remember while it runs.
func TestServeStops(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	program(t, "ingest", "baci", "--name", "tiny", tinyWorld(t))
	ctx, stop := context.WithCancel(t.Context())
	out := make(lines, 1)
	var errs strings.Builder
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--memory", "512MiB"}, out, &errs) }()
	var url string
	select {
	case line := <-out:
		url = strings.Fields(line)[3]
	case <-time.After(10 * time.Second):
		t.Fatal("it does not say where it listens")
	}
	if n := store.LimitRemembered(128 << 20); n != 128<<20 {
		t.Errorf("datasets remember up to %d bytes", n)
	}
	answer, err := http.Get(url + "api/v1/count.csv?importers=USA")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 200 {
		t.Errorf("status %d", answer.StatusCode)
	}
	stop()
	select {
	case code := <-done:
		if code != exitOK {
			t.Errorf("exit code %d: %s", code, errs.String())
		}
		if n := store.LimitRemembered(store.DefaultRemembered); n != store.DefaultRemembered {
			t.Errorf("after the server datasets remember up to %d bytes", n)
		}
	case <-time.After(15 * time.Second):
		t.Fatal("it does not stop")
	}
}

// lines hands on what is written to it.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestURLsInDocs asks what docs/api.md asks of the synthetic world.
func TestURLsInDocs(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and ingests the synthetic world; left out with -short")
	}
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	program(t, "demo")
	config, err := (&app{}).serverConfig()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	doc := readDoc(t, "docs/api.md")
	n := 0
	for _, found := range regexp.MustCompile(`http://127\.0\.0\.1:8080(/[^'"\s]*\?[^'"\s{]+)'`).FindAllStringSubmatch(doc, -1) {
		n++
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+found[1], nil))
		if w.Code != 200 {
			t.Errorf("%s: status %d: %s", found[1], w.Code, w.Body)
		}
	}
	if n < 3 {
		t.Errorf("%d URLs found in docs/api.md", n)
	}
	for _, path := range regexp.MustCompile("`(/api/v1/[a-z]+)`").FindAllStringSubmatch(doc, -1) {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path[1], nil))
		if w.Code == http.StatusNotFound {
			t.Errorf("%s is no path", path[1])
		}
	}
}
