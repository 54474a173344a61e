package server

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"chokepoint/analysis"
	"chokepoint/server/servertest"
)

// connect returns a client of the server's tools.
func connect(t *testing.T, transport mcp.Transport) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// call returns the text of a tool's answer.
func call(t *testing.T, session *mcp.ClientSession, name string, arguments map[string]any) (text string, isError bool) {
	t.Helper()
	answer, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, c := range answer.Content {
		text += c.(*mcp.TextContent).Text
	}
	return text, answer.IsError
}

func checkTools(t *testing.T, session *mcp.ClientSession) {
	t.Helper()
	list, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tools := map[string]*mcp.Tool{}
	for _, tool := range list.Tools {
		tools[tool.Name] = tool
		if !tool.Annotations.ReadOnlyHint {
			t.Errorf("%s does not say that it only reads", tool.Name)
		}
	}
	for _, q := range analysis.Questions() {
		tool := tools[q.Joined("-")]
		if tool == nil {
			t.Errorf("no tool %s", q.Name)
			continue
		}
		schema, _ := json.Marshal(tool.InputSchema)
		for _, p := range q.Parameters {
			if !strings.Contains(string(schema), `"`+p.Name+`":{`) {
				t.Errorf("%s lacks %s", q.Name, p.Name)
			}
		}
	}
	for _, c := range listings {
		if tools[c.name] == nil {
			t.Errorf("no tool %s", c.name)
		}
	}
	text, isError := call(t, session, "count", map[string]any{"importers": "USA", "partners": "CHN", "years": 2024, "method": "hjs-2020"})
	if isError || !strings.Contains(text, "SYNTHETIC DATA") || !strings.Contains(text, "\n2024,hjs-2020,USA,CHN,") || !strings.Contains(text, "Cite: SYNTHETIC") {
		t.Errorf("count: %s", text)
	}
	text, isError = call(t, session, "dependencies", map[string]any{"importers": "all", "limit": 3, "sort": "-imports_usd"})
	if isError || !strings.Contains(text, "3 rows from row 0 on, of ") || !strings.Contains(text, "go on with offset=3") {
		t.Errorf("dependencies: %s", Shortened(text))
	}
	for arguments, want := range map[string]string{
		`{"importers": "XQZ"}`:                                "importers: ",
		`{"nope": "1"}`:                                       "nope: unknown parameter",
		`{"limit": 100000}`:                                   "limit: at most 1000",
		`{"method": "/etc/passwd.toml"}`:                      "files are not read here",
		`{"importers": ["USA"]}`:                              "want a text",
		`{"importers": "` + strings.Repeat("A,", 4000) + `"}`: "at most 4096",
	} {
		var a map[string]any
		if err := json.Unmarshal([]byte(arguments), &a); err != nil {
			t.Fatal(err)
		}
		if text, isError := call(t, session, "count", a); !isError || !strings.Contains(text, want) {
			t.Errorf("%s: %s", Shortened(arguments), Shortened(text))
		}
	}
	if text, isError := call(t, session, "methods", nil); isError || !strings.Contains(text, "merics-2024") {
		t.Errorf("methods: %s", text)
	}
	if text, isError := call(t, session, "economies", map[string]any{"limit": 2}); isError || !strings.Contains(text, "Australia") {
		t.Errorf("economies: %s", text)
	}
}

func TestToolsInMemory(t *testing.T) {
	s := newServer(t, nil)
	here, there := mcp.NewInMemoryTransports()
	go s.Tools().Run(t.Context(), there)
	checkTools(t, connect(t, here))
}

func TestToolsOverHTTP(t *testing.T) {
	s := newServer(t, nil)
	l := httptest.NewServer(s)
	defer l.Close()
	checkTools(t, connect(t, &mcp.StreamableClientTransport{Endpoint: l.URL + "/mcp", MaxRetries: -1}))
	servertest.Body(t, servertest.Send(s, "POST", "/mcp", strings.NewReader(`{}`), "Host", "evil.example"), 421)
	servertest.Body(t, servertest.Send(s, "POST", "/mcp", strings.NewReader(strings.Repeat("x", 70_000))), 413)
}

// TestServeToolsEnds checks that `chokepoint mcp` ends with its input.
func TestServeToolsEnds(t *testing.T) {
	s := newServer(t, nil)
	in, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.ServeTools(context.Background(), in, nopWriteCloser{io.Discard}) }()
	out.Close()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on without input")
	}
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }
