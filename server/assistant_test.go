package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// malformed are lines that are no message, with the code of the answer; 0: none, as the line is blank.
var malformed = []struct {
	name, line string
	code       int
}{
	{"empty", "", 0},
	{"blank", " \t\r", 0},
	{"words", "hello", -32700},
	{"invalid UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"pi\xffng\"}", -32700},
	{"NUL", "\x00", -32700},
	{"NUL in a text", "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"pi\x00ng\"}", -32700},
	{"half a message", `{"jsonrpc":"2.0","id":2,`, -32700},
	{"two messages", `{"jsonrpc":"2.0","id":2,"method":"ping"} {"jsonrpc":"2.0","id":3,"method":"ping"}`, -32700},
	{"words behind", `{"jsonrpc":"2.0","id":2,"method":"ping"} x`, -32700},
	{"UTF-16", "{\x00}\x00", -32700},
	{"single quotes", `{'jsonrpc':'2.0'}`, -32700},
	{"NaN", `{"jsonrpc":"2.0","id":NaN,"method":"ping"}`, -32700},
	{"HTTP", "GET / HTTP/1.1\r", -32700},
	{"a header", "Content-Length: 40\r", -32700},
	{"too deep", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), -32700},
	{"too long", `{"jsonrpc":"2.0","id":2,"method":"ping","params":{"a":"` + strings.Repeat("x", 3<<20) + `"}}`, -32700},
	{"deep parameters", `{"jsonrpc":"2.0","id":2,"method":"ping","params":{"a":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}}`, -32600},
	{"empty batch", "[]", -32600},
	{"batch", `[{"jsonrpc":"2.0","id":2,"method":"ping"}]`, -32600},
	{"array", "[1,2]", -32600},
	{"number", "42", -32600},
	{"null", "null", -32600},
	{"text", `"x"`, -32600},
	{"true", "true", -32600},
	{"empty object", "{}", -32600},
	{"wrong version", `{"jsonrpc":"1.0","id":2,"method":"ping"}`, -32600},
	{"no version", `{"id":2,"method":"ping"}`, -32600},
	{"other case", `{"JSONRPC":"2.0","ID":2,"Method":"ping"}`, -32600},
	{"id true", `{"jsonrpc":"2.0","id":true,"method":"ping"}`, -32600},
	{"id object", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, -32600},
	{"id array", `{"jsonrpc":"2.0","id":[1],"method":"ping"}`, -32600},
	{"id with a fraction", `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, -32600},
	{"id too large", `{"jsonrpc":"2.0","id":1e30,"method":"ping"}`, -32600},
	{"method is a number", `{"jsonrpc":"2.0","id":2,"method":5}`, -32600},
	{"neither method nor id", `{"jsonrpc":"2.0"}`, -32600},
	{"error is a text", `{"jsonrpc":"2.0","id":77,"error":"x"}`, -32600},
	{"unknown method", `{"jsonrpc":"2.0","id":2,"method":"nope"}`, -32601},
	{"empty method", `{"jsonrpc":"2.0","id":2,"method":""}`, -32601},
	{"parameters are a text", `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":"x"}`, -32602},
	{"no parameters", `{"jsonrpc":"2.0","id":2,"method":"tools/call"}`, -32600},
	{"unknown tool", `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"nope"}}`, -32602},
	{"unknown notification", `{"jsonrpc":"2.0","method":"nope"}`, 0},
	{"answer to nothing", `{"jsonrpc":"2.0","id":77,"result":{}}`, 0},
	{"cancels nothing", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}`, 0},
}

const (
	initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
`
	lastCall = `{"jsonrpc":"2.0","id":"last","method":"tools/call","params":{"name":"catalogue","arguments":{"what":"methods"}}}` + "\n"
)

// answers runs a session whose input ends at once, and gives the code of each answer by its id; 0 is a result.
func answers(t *testing.T, s *Server, input string) (byID map[any]int) {
	t.Helper()
	var out bytes.Buffer
	if err := s.ServeTools(t.Context(), io.NopCloser(strings.NewReader(input)), nopWriteCloser{&out}); err != nil {
		t.Fatal(err)
	}
	byID = map[any]int{}
	for line := range strings.Lines(out.String()) {
		var m struct {
			ID    any
			Error *struct{ Code int }
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %.200s", err, line)
		}
		byID[m.ID] = 0
		if m.Error != nil {
			byID[m.ID] = m.Error.Code
		}
	}
	return byID
}

// TestMalformedLines: what is no message gets an answer, and the session goes on; the input may end before the answers are there.
func TestMalformedLines(t *testing.T) {
	s := newServer(t, nil)
	for _, c := range malformed {
		got := answers(t, s, initialize+c.line+"\n"+lastCall)
		if code, ok := got["last"]; !ok || code != 0 {
			t.Errorf("%s: the session ended: %v", c.name, got)
		}
		delete(got, "last")
		delete(got, float64(1))
		if c.code == 0 && len(got) > 0 {
			t.Errorf("%s: answers %v, want none", c.name, got)
		}
		for id, code := range got {
			if code != c.code {
				t.Errorf("%s: %d for id %v, want %d", c.name, code, id, c.code)
			}
		}
		if c.code != 0 && len(got) != 1 {
			t.Errorf("%s: %d answers, want 1", c.name, len(got))
		}
	}
	var all strings.Builder
	for _, c := range malformed {
		all.WriteString(c.line + "\n")
	}
	if got := answers(t, s, "\ufeff"+initialize+all.String()+strings.TrimSuffix(lastCall, "\n")); got["last"] != 0 {
		t.Errorf("after all of them: %v", got)
	}
}

// TestSameID: of two calls under way with one id the second is refused, as nobody could tell their answers apart.
func TestSameID(t *testing.T) {
	var out bytes.Buffer
	const ping = `{"jsonrpc":"2.0","id":2,"method":"ping"}` + "\n"
	a := newAssistant(t.Context(), strings.NewReader(ping+ping), &out, time.Nanosecond)
	forwarded, err := io.ReadAll(a)
	if err != nil || string(forwarded) != ping || !strings.Contains(out.String(), `"id":2`) || !strings.Contains(out.String(), "has no answer yet") {
		t.Errorf("%s, %v; answered %s", forwarded, err, out.String())
	}
	a = newAssistant(t.Context(), strings.NewReader(ping+ping), &out, time.Nanosecond)
	first := make([]byte, len(ping))
	if _, err := io.ReadFull(a, first); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Write([]byte(`{"jsonrpc":"2.0","id":2,"result":{}}` + "\n")); err != nil {
		t.Fatal(err)
	}
	if again, err := io.ReadAll(a); err != nil || string(again) != ping {
		t.Errorf("after the answer: %s, %v", again, err)
	}
}

// FuzzAssistant: every line that is not blank is handed on as a whole message, or answered.
func FuzzAssistant(f *testing.F) {
	f.Add(initialize + lastCall)
	for _, c := range malformed {
		if len(c.line) < 1000 {
			f.Add(c.line)
		}
	}
	f.Fuzz(func(t *testing.T, input string) {
		var out bytes.Buffer
		a := newAssistant(context.Background(), strings.NewReader(input), &out, time.Nanosecond)
		forwarded, err := io.ReadAll(a)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(forwarded) {
			if _, err := jsonrpc.DecodeMessage(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				t.Fatalf("%q was handed on: %v", line, err)
			}
		}
		for line := range strings.Lines(out.String()) {
			var m struct{ Error struct{ Code int } }
			if err := json.Unmarshal([]byte(line), &m); err != nil || m.Error.Code > -32600 {
				t.Fatalf("answered %q: %v", line, err)
			}
		}
		lines := 0
		for line := range strings.Lines(strings.TrimPrefix(input, "\ufeff")) {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		if got := bytes.Count(forwarded, []byte("\n")) + strings.Count(out.String(), "\n"); got != lines {
			t.Fatalf("%d lines, %d messages and answers", lines, got)
		}
	})
}
