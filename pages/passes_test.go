package pages

import (
	"context"
	"strings"
	"testing"

	"chokepoint/server"
	"chokepoint/server/servertest"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

// countedLibrary is a library whose engine counts what it is asked for.
type countedLibrary struct {
	server.Folder
	passes *studytest.Passes
}

// lasting is an engine that questions do not close: the dataset does.
type lasting struct{ *studytest.Passes }

func (lasting) Close() error { return nil }

func (c *countedLibrary) Open(ctx context.Context, name string) (*server.Volume, error) {
	v, err := c.Folder.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	c.passes = studytest.CountPasses(&study.Source{Dataset: v.Dataset})
	v.Engine = func() (study.Engine, error) { return lasting{c.passes}, nil }
	return v, nil
}

// TestPasses counts the passes over years that each page asks for on a fresh server, of a world of three years: those of its first stage, and
// those that all its other stages add. Where a number grows, the page has become slower; where it falls, write the new one. The same page
// again asks for nothing.
func TestPasses(t *testing.T) {
	seen := map[string]bool{}
	f := func(path, first, rest string) {
		t.Helper()
		name, _, _ := strings.Cut(path, "?")
		seen[name] = true
		library := &countedLibrary{Folder: server.Folder(dataDir)}
		s := newServer(t, func(c *server.Config) { c.Library = library })
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		take := func(stage string) string {
			t.Helper()
			servertest.Body(t, servertest.Get(s, path+sep+"stage="+stage), 200)
			return library.passes.Take()
		}
		for _, stage := range []struct{ stage, want string }{{"0", first}, {"9", rest}, {"9", ""}} {
			if got := take(stage.stage); got != stage.want {
				t.Errorf("%s, stage %s: %s; want %s", path, stage.stage, got, stage.want)
			}
		}
	}
	f("/overview", "scan 23, totals 1", "scan 45, totals 2")
	f("/overview?importers=EU27", "scan 25, totals 1", "scan 45, totals 2")
	f("/pair?importers=EU27&partners=CHN", "scan 15, totals 3", "scan 10, totals 7")
	f("/report", "margins 1, onwards 1, scan 23, totals 3", "")
	f("/map", "scan 2, totals 1", "")
	f("/product", "margins 1, scan 143", "")
	f("/chokepoints", "margins 1, onwards 1, scan 1, totals 1", "scan 2")
	f("/chokepoints?products=all", "margins 1, onwards 1, scan 1, totals 1", "scan 2")
	f("/industry?importers=CHN", "inner trade 1, margins 5, prices 1, scan 2", "inner trade 5, margins 14, prices 3, scan 6")
	f("/industry?importers=EU27", "inner trade 1, margins 4, margins without inner trade 1, prices 1, scan 2", "inner trade 5, margins 12, margins without inner trade 3, prices 3, scan 6")
	f("/policy", "", "scan 3")
	f("/workbench", "scan 26, totals 1", "")
	f("/scenario", "", "")
	f("/compare", "scan 32", "")
	f("/brief", "deals 6", "")
	f("/data", "", "")
	library := &countedLibrary{Folder: server.Folder(dataDir)}
	servertest.Body(t, servertest.Get(newServer(t, func(c *server.Config) { c.Library = library }), "/"), 200)
	if got := library.passes.Take(); got != "" {
		t.Errorf("the first page: %s; want nothing that the index does not know", got)
	}
	for _, p := range pages() {
		if p.name != "front" && !seen[p.path] && p.name != "loop" && p.name != "chain" { // these two ask input-output tables
			t.Errorf("the passes of %s are not counted", p.path)
		}
	}
}

// TestPassesOfBrief counts the passes over years that a brief asks for of a world in which its claims have questions to ask, and that nothing
// is asked again. As TestPasses it fails when they grow.
func TestPassesOfBrief(t *testing.T) {
	folder, err := wide()
	if err != nil {
		t.Fatal(err)
	}
	library := &countedLibrary{Folder: server.Folder(folder)}
	s := newServer(t, func(c *server.Config) { c.Library = library })
	for _, want := range []string{"deals 5, inner trade 3, margins 15, onwards 5, prices 4, scan 86, totals 7", ""} {
		if body := string(servertest.Body(t, servertest.Get(s, "/brief?dataset=world"), 200)); !strings.Contains(body, allWeighed) {
			t.Error("the brief is not complete")
		}
		if got := library.passes.Take(); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
}
