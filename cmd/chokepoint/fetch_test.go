package main

import (
	"archive/zip"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/sample"
)

// TestFetch downloads an archive from a server of its own, ingests it, and says on what terms.
func TestFetch(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	const name = "BACI_HS17_V202601.zip"
	world := filepath.Join(t.TempDir(), name)
	zipFolder(t, tinyWorld(t), world)
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path != "/"+name {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, world)
	}))
	defer s.Close()
	to := t.TempDir()
	f := func(wantCode int, wantOut, wantErr string, args ...string) {
		t.Helper()
		var out, errs strings.Builder
		code := run(context.Background(), append([]string{"fetch", "baci"}, args...), &out, &errs)
		if code != wantCode || !strings.Contains(out.String(), wantOut) || !strings.Contains(errs.String(), wantErr) {
			t.Errorf("fetch baci %s: exit code %d, want %d\n%s\n%s\nwant %q and %q", strings.Join(args, " "), code, wantCode, out.String(), errs.String(), wantOut, wantErr)
		}
	}
	mirror := "--mirror=" + s.URL
	f(exitOK, "is complete. To ingest it: chokepoint ingest baci", s.URL+"/"+name+", about", mirror, "--to", to, "--download-only")
	f(exitOK, "Licence: Etalab Open Licence 2.0", "89207221 are known of this release", mirror, "--to", to)
	if asked != 1 {
		t.Errorf("%d requests; an archive that is there is not asked for again", asked)
	}
	if _, err := os.Stat(filepath.Join(to, name+".source.json")); err != nil {
		t.Error(err)
	}
	f(exitOK, "Cite: Gaulier", "", "--from-folder", to, "--name", "from-folder")
	if got := program(t, "datasets", "--format", "csv"); !strings.Contains(got, "baci-hs17-v202601") || !strings.Contains(got, "from-folder") {
		t.Errorf("datasets:\n%s", got)
	}

	f(exitUsage, "", "there is no such file. The newest release known here is 202601", mirror, "--to", to, "--release", "202599")
	f(exitUsage, "", "has no file BACI_HS92_V", "--from-folder", to, "--nomenclature", "HS92")
	f(exitUsage, "", "expected latest or year and month", "--release", "newest")
	f(exitUsage, "", "expected one of them", mirror, "--from-folder", to)
}

// zipFolder writes an archive of the files of a folder.
func zipFolder(t *testing.T, folder, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := errors.Join(z.AddFS(os.DirFS(folder)), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestNoData: what needs no dataset answers without one, and everything else says how to get one.
func TestNoData(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	for _, line := range []string{"economies", "economies 840 tw", "methods", "blocs", "lists", "policies", "scenarios", "indicators --list", "revisions 850760 --from HS17", "datasets", "tables"} {
		program(t, strings.Fields(line)...)
	}
	for _, line := range []string{"count", "dependencies USA CHN", "explain USA --products 850760", "products magnets"} {
		var out, errs strings.Builder
		code := run(context.Background(), strings.Fields(line), &out, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), "`chokepoint demo`") || !strings.Contains(errs.String(), "`chokepoint fetch baci`") {
			t.Errorf("%s: exit code %d, %s", line, code, errs.String())
		}
	}
	config, err := (&app{}).serverConfig()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/pair", "/data", "/api/v1/count.json?importers=USA"} {
		if text := served(t, config, path); !strings.Contains(text, "chokepoint demo") || !strings.Contains(text, "chokepoint fetch baci") {
			t.Errorf("%s does not say how to get data:\n%s", path, text)
		}
	}
}

// TestSampleAnswers: the sample answers alone or by its name, never in the place of other data.
func TestSampleAnswers(t *testing.T) {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	a := &app{ctx: t.Context(), out: new(strings.Builder), err: new(strings.Builder)}
	if err := a.demoSample(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	printed := a.out.(*strings.Builder).String()
	for _, want := range []string{"97816 flows of 24 years", "Etalab Open Licence 2.0", "$ chokepoint balance CHN --products 470790 --years 2010:2018 --dataset " + sample.Name, "Next, try: chokepoint explain CHN USA"} {
		if !strings.Contains(printed, want) {
			t.Errorf("the demonstration does not say %q:\n%s", want, printed)
		}
	}
	if strings.Contains(printed, "SYNTHETIC") {
		t.Error("real trade is called SYNTHETIC")
	}
	for line := range strings.Lines(printed) { // what it prints is what its commands print
		if command, ok := strings.CutPrefix(line, "$ chokepoint "); ok {
			if got := program(t, strings.Fields(command)...); !strings.Contains(printed, got) {
				t.Errorf("%s prints something else:\n%s", command, got)
			}
		}
	}
	choice := func() string {
		t.Helper()
		c, err := (&app{err: new(strings.Builder)}).choice()
		if err != nil {
			t.Fatal(err)
		}
		return c.Name
	}
	if got := choice(); got != sample.Name {
		t.Errorf("alone: %s answers", got)
	}
	program(t, "ingest", "baci", tinyWorld(t))
	if got := choice(); got != "baci-hs17-v202601" {
		t.Errorf("beside data that were ingested: %s answers", got)
	}
}
