package pages

import (
	"os"
	"testing"

	"chokepoint/server"
	"chokepoint/server/servertest"
)

// dataDir has two small synthetic datasets, made once for all tests.
var dataDir string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "chokepoint-pages-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(folder)
		if dataDir, err = servertest.SmallWorlds(folder); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// newServer returns a server of both datasets with pages, on loopback, without a bound on the rate unless change sets one.
func newServer(t testing.TB, change func(c *server.Config)) *server.Server {
	t.Helper()
	c := server.Config{Library: server.Folder(dataDir), Dataset: "world", Program: "chokepoint test", Local: true, Limits: server.Limits{Rate: -1}, Site: New}
	if change != nil {
		change(&c)
	}
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
