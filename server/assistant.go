package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"chokepoint/textfile"
)

// assistant is the input and output of a session: one message of JSON-RPC a line. Lines that are no message are answered here
// and go no further, as the session would end at them.
type assistant struct {
	ctx   context.Context
	lines *textfile.Lines
	rest  []byte        // of the message that is handed on
	grace time.Duration // for answers that are under way when the input ends

	mu      sync.Mutex // guards what follows
	output  io.Writer
	waiting map[jsonrpc.ID]bool // calls without an answer
	idle    chan struct{}       // gets one when there are none
}

func newAssistant(ctx context.Context, r io.Reader, w io.Writer, grace time.Duration) *assistant {
	return &assistant{ctx: ctx, lines: textfile.NewLines(r), output: w, grace: grace, waiting: map[jsonrpc.ID]bool{}, idle: make(chan struct{}, 1)}
}

// refusal is the answer to a line that is no message.
type refusal struct {
	code    int
	id      any // of the call, where it has one
	problem string
}

// Read implements io.Reader: whole messages, a line each.
func (a *assistant) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		line, err := a.lines.Next()
		switch {
		case err == textfile.ErrLongLine:
			err = a.refuse(&refusal{jsonrpc.CodeParseError, nil, err.Error()})
		case err == io.EOF:
			a.finish()
			return 0, err
		case err != nil:
			return 0, err
		default:
			err = a.take(line)
		}
		if err != nil {
			return 0, err
		}
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// take hands a line on, or answers it.
func (a *assistant) take(line []byte) error {
	line = bytes.TrimSpace(line)
	id, no := messageOf(line)
	if no == nil && !a.await(id) {
		no = &refusal{jsonrpc.CodeInvalidRequest, id.Raw(), "a call with this id has no answer yet; expected another id"}
	}
	if no != nil {
		return a.refuse(no)
	}
	a.rest = append(bytes.Clone(line), '\n')
	return nil
}

// await notes a call; false when one with its id is under way.
func (a *assistant) await(id jsonrpc.ID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting[id] {
		return false
	}
	if id.IsValid() {
		a.waiting[id] = true
	}
	return true
}

// messageOf gives the id of a message if it is a call, which gets an answer; or says why a line is no message.
func messageOf(line []byte) (id jsonrpc.ID, no *refusal) {
	if !utf8.Valid(line) {
		return id, &refusal{jsonrpc.CodeParseError, nil, "the line is not text in UTF-8"}
	}
	if err := json.Unmarshal(line, new(any)); err != nil {
		return id, &refusal{jsonrpc.CodeParseError, nil, "expected one JSON message per line: " + err.Error()}
	}
	var m struct {
		ID any `json:"id"`
	}
	invalid := func(problem string) (jsonrpc.ID, *refusal) {
		return jsonrpc.ID{}, &refusal{jsonrpc.CodeInvalidRequest, m.ID, problem}
	}
	switch line[0] {
	case '{':
		_ = json.Unmarshal(line, &m) // it is an object
	case '[':
		return invalid("batches are not read; expected each message on a line of its own")
	default:
		return invalid("expected an object with jsonrpc, method and params")
	}
	switch given := m.ID.(type) {
	case nil, string:
	case float64:
		if given != math.Trunc(given) || math.Abs(given) > 1<<53 {
			m.ID = nil
			return invalid("an id is text or a whole number of at most 2^53")
		}
	default:
		m.ID = nil
		return invalid("an id is text or a whole number")
	}
	message, err := jsonrpc.DecodeMessage(line)
	if err != nil {
		return invalid(err.Error())
	}
	if call, is := message.(*jsonrpc.Request); is {
		id = call.ID
	}
	return id, nil
}

// refuse answers a line that is no message.
func (a *assistant) refuse(no *refusal) error {
	answer, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": no.id,
		"error": map[string]any{"code": no.code, "message": fmt.Sprintf("line %d: %s", a.lines.Line, Shortened(no.problem))}})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, err = a.output.Write(append(answer, '\n'))
	return err
}

// Write implements io.Writer: a whole message.
func (a *assistant) Write(p []byte) (int, error) {
	message, err := jsonrpc.DecodeMessage(bytes.TrimSpace(p))
	answer, is := message.(*jsonrpc.Response)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil && is {
		delete(a.waiting, answer.ID)
		if len(a.waiting) == 0 {
			select {
			case a.idle <- struct{}{}:
			default:
			}
		}
	}
	return a.output.Write(p)
}

// finish waits for the answers to what was asked before the input ended: the session gives up those that are not written.
func (a *assistant) finish() {
	end := time.After(a.grace)
	for {
		a.mu.Lock()
		waiting := len(a.waiting)
		a.mu.Unlock()
		if waiting == 0 {
			return
		}
		select {
		case <-a.idle:
		case <-end:
			return
		case <-a.ctx.Done():
			return
		}
	}
}
