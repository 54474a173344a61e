package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"strconv"
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
	listed := map[string]*mcp.Tool{}
	for _, tool := range list.Tools {
		listed[tool.Name] = tool
		if !tool.Annotations.ReadOnlyHint {
			t.Errorf("%s does not say that it only reads", tool.Name)
		}
	}
	asked := map[string]string{}
	for i := range tools {
		schema, _ := json.Marshal(listed[tools[i].name].InputSchema)
		for _, name := range tools[i].questions {
			if asked[name] != "" {
				t.Errorf("%s is asked by %s and %s", name, asked[name], tools[i].name)
			}
			asked[name] = tools[i].name
			q, ok := analysis.QuestionOf(name)
			if !ok {
				t.Fatalf("%s: there is no question %s", tools[i].name, name)
			}
			for _, p := range q.Parameters {
				if !strings.Contains(string(schema), `"`+p.Name+`":{`) && !strings.Contains(string(schema), " "+p.Name) {
					t.Errorf("%s lacks %s of %s", tools[i].name, p.Name, name)
				}
			}
		}
	}
	for _, q := range analysis.Questions() {
		if asked[q.Name] == "" {
			t.Errorf("no tool asks %s", q.Name)
		}
	}
	converse(t, session)
	for arguments, want := range map[string]string{
		`{"question": "count", "importers": "XQZ"}`:                                "importers: ",
		`{"question": "count", "importrs": "USA"}`:                                 "did you mean importers?",
		`{"question": "count", "limit": 100000}`:                                   "limit: at most 1000",
		`{"question": "count", "method": "/etc/passwd.toml"}`:                      "files are not read here",
		`{"question": "count", "importers": [["USA"]]}`:                            "expected a list of text or numbers",
		`{"question": "count", "importers": "` + strings.Repeat("A,", 4000) + `"}`: "at most 4096",
		`{"question": "chain"}`:                                                    "expected one of count, dependencies",
		`{}`:                                                                       "expected one of count, dependencies",
		`{"question": "count", "options": ["world"]}`:                              "expected an object with parameters",
		`{"question": "count", "world": "net", "options": {"world": 1}}`:           "is given twice",
	} {
		var a map[string]any
		if err := json.Unmarshal([]byte(arguments), &a); err != nil {
			t.Fatal(err)
		}
		if text, isError := call(t, session, "dependence", a); !isError || !strings.Contains(text, want) {
			t.Errorf("%s: %s", Shortened(arguments), Shortened(text))
		}
	}
}

// converse is what an assistant asks, step by step, and what it gets.
func converse(t *testing.T, session *mcp.ClientSession) {
	for _, step := range []struct {
		tool, arguments string
		want            []string
	}{
		{"catalogue", `{"what": "datasets"}`, []string{"world,", "world-before"}},
		{"catalogue", `{"what": "blocs", "name": "EU"}`, []string{"GBR,1973,2019"}},
		{"catalogue", `{"what": "methods", "name": "mgi"}`, []string{`id = "mgi"`}},
		{"catalogue", `{"what": "lists", "name": "mic25", "limit": 3}`, []string{"go on with offset=3"}},
		{"catalogue", `{"what": "economies", "limit": 2}`, []string{"Australia"}},
		{"search", `{"question": "revisions", "codes": "850760"}`, []string{"850780"}},
		{"dependence", `{"question": "count", "importers": ["USA"], "partners": ["CHN"], "years": [2024], "method": "hjs-2020"}`,
			[]string{"SYNTHETIC DATA", "\n2024,hjs-2020,USA,CHN,", "Cite: SYNTHETIC", "imports_usd in USD"}},
		{"dependence", `{"question": "dependencies", "importers": "all", "limit": 3, "dataset": "world-b"}`, []string{"3 rows from row 0 on, of ", "dataset world-before"}},
		{"catalogue", `{"what": "parameters", "name": "scenario cut"}`, []string{"suppliers: ", "spare: "}},
		{"dependence", `{"question": "count", "importers": "USA", "partners": "CHN", "options": {"persistence": "1/1", "world": "net"}}`, []string{"imports_usd in USD"}},
		{"chokepoints", `{"limit": 2}`, []string{"score"}},
	} {
		var arguments map[string]any
		if err := json.Unmarshal([]byte(step.arguments), &arguments); err != nil {
			t.Fatal(err)
		}
		text, isError := call(t, session, step.tool, arguments)
		for _, want := range step.want {
			if isError || !strings.Contains(text, want) {
				t.Errorf("%s %s lacks %q: %s", step.tool, step.arguments, want, Shortened(text))
			}
		}
	}
	answer, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "dependence", Arguments: map[string]any{"question": "count", "importers": "USA", "partners": "CHN"}})
	if err != nil {
		t.Fatal(err)
	}
	content, _ := json.Marshal(answer.StructuredContent)
	var structured struct {
		Synthetic bool
		Units     map[string]string
		Rows      []struct {
			ImportsUSD float64 `json:"imports_usd"`
		}
		Command string
	}
	if err := json.Unmarshal(content, &structured); err != nil {
		t.Fatal(err)
	}
	if !structured.Synthetic || structured.Units["imports_usd"] != "USD" || len(structured.Rows) != 3 || !strings.HasPrefix(structured.Command, "chokepoint count") {
		t.Errorf("structured: %s", content)
	}
	for _, row := range structured.Rows {
		if short, _ := strconv.ParseFloat(fmt.Sprintf("%.4g", row.ImportsUSD), 64); short != row.ImportsUSD {
			t.Errorf("%v is not rounded", row.ImportsUSD)
		}
	}
}

// TestToolListIsShort: assistants read the list of tools before every conversation.
func TestToolListIsShort(t *testing.T) {
	s := newServer(t, nil)
	here, there := mcp.NewInMemoryTransports()
	go s.Tools().Run(t.Context(), there)
	list, err := connect(t, here).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(list.Tools)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) >= 15_000 {
		for _, tool := range list.Tools {
			one, _ := json.Marshal(tool)
			t.Logf("%s: %d bytes", tool.Name, len(one))
		}
		t.Errorf("the list of tools has %d bytes", len(text))
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
