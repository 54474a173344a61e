package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"chokepoint/ingest"
	"chokepoint/server"
)

// TestChoice follows README.md: after the demonstration and the ingest of one archive the archive answers, on the command line,
// over HTTP and in the lists of both.
func TestChoice(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CHOKEPOINT_DATA", dir)
	world := tinyWorld(t)
	if _, err := ingest.BACI(t.Context(), []string{world}, ingest.Options{DataDir: dir, Name: demoDataset, Synthetic: true}); err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) (out, errs string, code int) {
		var o, e strings.Builder
		code = run(context.Background(), args, &o, &e)
		return o.String(), e.String(), code
	}
	answers := func(want, note string) {
		t.Helper()
		out, errs, code := ask("count", "--importers", "USA", "--format", "json")
		if code != exitOK || !strings.Contains(out, `"dataset": "`+want+`"`) || !strings.Contains(out, `--dataset `+want+`"`) || !strings.Contains(errs, note) || note == "" && errs != "" {
			t.Errorf("count: exit code %d, want an answer from %s and the note %q:\n%s%s", code, want, note, errs, out)
		}
		if got := datasetOfServer(t); got != want {
			t.Errorf("the server answers from %q, want %s", got, want)
		}
		for _, row := range rows(t, program(t, "datasets", "--format", "csv")) {
			if in := row["in_use"] == "yes"; in != (row["dataset"] == want) {
				t.Errorf("datasets: in_use is %q at %s, want yes at %s", row["in_use"], row["dataset"], want)
			}
		}
	}

	answers(demoDataset, "")
	program(t, "ingest", "baci", world)
	answers("baci-hs17-v202601", "note: dataset baci-hs17-v202601, the only one of real data; there is also synthetic-demo")
	program(t, "datasets", "use", demoDataset)
	answers(demoDataset, "")
	program(t, "datasets", "use", "--none")
	answers("baci-hs17-v202601", "the only one of real data")
	program(t, "ingest", "baci", world, "--name", "later")
	if _, errs, code := ask("count"); code != exitUsage || !strings.Contains(errs, "baci-hs17-v202601, later, synthetic-demo") || !strings.Contains(errs, "datasets use NAME") {
		t.Errorf("two of real data: exit code %d, %s", code, errs)
	}
	if got := datasetOfServer(t); got != "" {
		t.Errorf("two of real data: the server answers from %s", got)
	}
	program(t, "datasets", "use", "later")
	answers("later", "")
}

// datasetOfServer is the dataset that the API answers from where none is named; "" where it asks which.
func datasetOfServer(t *testing.T) string {
	t.Helper()
	config, err := (&app{}).serverConfig()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(served(t, config, "/api/v1/count.json?importers=USA"), `"dataset": "`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// served is what the server answers to a path.
func served(t *testing.T, config server.Config, path string) string {
	t.Helper()
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Body.String()
}
