package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"chokepoint/published"
	"chokepoint/server/servertest"
)

// TestComparePublished: the API and the tools compare with the list that the server was started with, and name no other file.
func TestComparePublished(t *testing.T) {
	const path = APIRoot + "/compare/published.csv?importers=USA&persistence=1/1&years=2024"
	none := string(servertest.Body(t, servertest.Get(newServer(t, nil), path), 422))
	if !strings.Contains(none, "chokepoint serve --flags FILE.csv") {
		t.Errorf("without a list: %s", none)
	}
	list := filepath.Join(t.TempDir(), "synthetic.csv")
	if err := os.WriteFile(list, []byte("economy,product,year,flag\nUSA,850760,2024,1\nUSA,850760,1990,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := published.Open(list)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, func(c *Config) { c.Beside.Flags = f })
	if text := string(servertest.Body(t, servertest.Get(s, path), 200)); !strings.Contains(text, "\n2024,USA,-,850760,") {
		t.Errorf("with a list: %s", text)
	}
	if text := string(servertest.Body(t, servertest.Get(s, strings.Replace(path, ".csv", ".json", 1)), 200)); !strings.Contains(text, `"command": "chokepoint compare published --importers USA --years 2024 --persistence 1/1 --flags synthetic.csv --dataset world"`) {
		t.Errorf("the command does not name the list: %s", text)
	}
	servertest.Body(t, servertest.Get(s, path+"&flags=/etc/passwd"), 422)
	client, tools := mcp.NewInMemoryTransports()
	if _, err := s.Tools().Connect(t.Context(), tools, nil); err != nil {
		t.Fatal(err)
	}
	session := connect(t, client)
	text, isError := call(t, session, "robustness", map[string]any{"question": "compare published", "importers": "USA", "persistence": "1/1", "years": 2024, "by": "economy"})
	if isError || !strings.Contains(text, "\n2024,USA,-,1,") {
		t.Errorf("the tool says %s", text)
	}
}
