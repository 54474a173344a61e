package servertest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/ingest"
	"chokepoint/result"
	"chokepoint/synth"
)

// SmallWorlds makes two small synthetic datasets, world and world-before, in folder, and returns where they are.
func SmallWorlds(folder string) (dataDir string, err error) {
	dataDir = filepath.Join(folder, "data")
	for i, name := range []string{"world", "world-before"} {
		archive := filepath.Join(folder, synth.ArchiveName)
		f, err := os.Create(archive)
		if err != nil {
			return "", err
		}
		world := synth.New(synth.Config{Seed: uint64(i + 1), FirstYear: 2022, LastYear: 2024, Products: 200, Economies: 24, FlowsPerYear: 6000, Quantities: true})
		err = world.WriteArchive(f, func(int, int64) {})
		if err = errors.Join(err, f.Close()); err != nil {
			return "", err
		}
		_, err = ingest.BACI(context.Background(), []string{archive}, ingest.Options{DataDir: dataDir, Name: name, Synthetic: true, Replace: true,
			Title: "A small world", Source: "made up", Licence: "none", Citation: "none", ProgramVersion: "test", Progress: func(ingest.Progress) {}})
		if err != nil {
			return "", err
		}
	}
	return dataDir, nil
}

// Ingested reads an archive into a folder of its own, as dataset load.
func Ingested(t *testing.T, archive string) string {
	t.Helper()
	folder := t.TempDir()
	_, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: folder, Name: "load", ProgramVersion: "test", Progress: func(ingest.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// Get asks s as a client on this computer does.
func Get(s http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	return Send(s, http.MethodGet, path, nil, headers...)
}

func Send(s http.Handler, verb, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(verb, "http://127.0.0.1:8080/", body)
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	r.RequestURI = path
	r.RemoteAddr = "127.0.0.1:4711"
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func Body(t testing.TB, w *httptest.ResponseRecorder, status int) []byte {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	return w.Body.Bytes()
}

type answerJSON struct {
	Title      string
	RowCount   int `json:"row_count"`
	Page       *result.Page
	Provenance result.Provenance
	Rows       []map[string]any
}

func ReadJSON(t testing.TB, text []byte) (a answerJSON) {
	t.Helper()
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return a
}
