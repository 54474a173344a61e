package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chokepoint/server/servertest"
)

// TestDamagedWhileOpen: a dataset whose files change under the server is closed with a clear message, also for pages and tools; the others
// answer; it opens again when it is ingested again, or when its files are put right.
func TestDamagedWhileOpen(t *testing.T) {
	folder := t.TempDir()
	data, err := servertest.SmallWorlds(folder)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := newServer(t, func(c *Config) {
		c.Library, c.Log = Folder(data), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	})
	question := APIRoot + "/count.csv?importers=all"
	want := servertest.Body(t, servertest.Get(newServer(t, func(c *Config) { c.Library = Folder(data) }), question), 200)
	other := APIRoot + "/count.csv?importers=all&dataset=world-before"
	servertest.Body(t, servertest.Get(s, APIRoot+"/economies"), 200) // opens it

	files, err := filepath.Glob(filepath.Join(data, "world", "*", "flows-*.arrow"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	sound := map[string][]byte{}
	spoil := func() {
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sound[name] = bytes.Clone(text)
			for i := range text {
				text[i] ^= 0x40
			}
			overwrite(t, name, text)
		}
	}
	damaged := func(when string) {
		t.Helper()
		w := servertest.Get(s, question)
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "the dataset world is damaged and was closed") || strings.Contains(w.Body.String(), folder) {
			t.Errorf("%s: status %d: %.400s", when, w.Code, w.Body)
		}
	}
	spoil()
	damaged("the question that meets the damage")
	damaged("the next one")
	if s.readers("world") != 0 {
		t.Errorf("%d read the damaged dataset; want it closed", s.readers("world"))
	}
	if w := servertest.Get(s, APIRoot+"/economies"); w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "world is damaged") {
		t.Errorf("a list: status %d: %s", w.Code, w.Body)
	}
	if text, isError := call(t, connectTo(t, s), "dependence", map[string]any{"question": "count", "importers": "all"}); !isError || !strings.Contains(text, "world is damaged") {
		t.Errorf("a tool says %s", text)
	}
	servertest.Body(t, servertest.Get(s, other), 200)
	if !strings.Contains(log.String(), "dataset is damaged and closed") || !strings.Contains(log.String(), "flows-") {
		t.Errorf("the log does not say which file: %s", log.String())
	}

	for name, text := range sound { // from a backup
		overwrite(t, name, text)
	}
	s.Datasets.mu.Lock()
	found := s.Datasets.damaged["world"]
	if found != nil {
		found.since = time.Now().Add(-2 * damagedTime)
	}
	s.Datasets.mu.Unlock()
	if found == nil {
		t.Fatal("the server does not know that the dataset is damaged")
	}
	if got := servertest.Body(t, servertest.Get(s, question), 200); !bytes.Equal(got, want) {
		t.Error("another answer after the files were put right")
	}

	spoil()
	servertest.Get(s, APIRoot+"/count.csv?importers=all&min-value=7")
	damaged("damaged again")
	if _, err := servertest.SmallWorlds(folder); err != nil {
		t.Fatal(err)
	}
	s.Datasets.mu.Lock()
	s.Datasets.listed = time.Time{}
	s.Datasets.mu.Unlock()
	if got := servertest.Body(t, servertest.Get(s, question), 200); !bytes.Equal(got, want) {
		t.Error("another answer after it was ingested again")
	}
}

// overwrite changes a file in place, as a disk does that fails.
func overwrite(t *testing.T, name string, text []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		t.Fatal(err)
	}
}
