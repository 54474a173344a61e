package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"chokepoint/analysis"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/study"
)

// toolRows is how many rows a tool gives unless asked for more: assistants read every one of them.
const (
	toolRows    = 50
	maxToolRows = 1000
)

const toolInstructions = "Chokepoint is a database of trade dependencies computed from BACI: who depends on whom, for which product, since when, " +
	"how firmly. Economies are ISO3, ISO2, numbers or English names; blocs are EU27, ASEAN, G7 and others (tool blocs). A+B merges, A,B lists, A|B asks " +
	"for either. Begin with datasets and methods; count gives the size, dependencies the products, explain one of them from flows to verdict. " +
	"Say with every figure the year, the method and the release; where data are SYNTHETIC say that they are not real trade."

// toolParameters say how much of an answer a tool gives.
var toolParameters = []study.Parameter{
	{Name: "filter", Usage: "words that a row must hold in a column of text, codes and names alike", Example: "battery"},
	{Name: "sort", Usage: "columns to sort by, comma-separated; a minus before the name sorts descending", Example: "-imports_usd"},
	{Name: "limit", Usage: fmt.Sprintf("rows to give, at most %d", maxToolRows), Standard: strconv.Itoa(toolRows), Example: "100"},
	{Name: "offset", Usage: "rows to leave out before the first", Standard: "0", Example: "50"},
}

// Tools returns the questions as tools of the Model Context Protocol.
func (s *Server) Tools() *mcp.Server {
	t := mcp.NewServer(&mcp.Implementation{Name: "chokepoint", Title: "Chokepoint", Version: strings.TrimPrefix(s.Program, "chokepoint ")},
		&mcp.ServerOptions{Instructions: toolInstructions, Logger: slog.New(slog.DiscardHandler)})
	for _, q := range analysis.Questions() {
		parameters := slices.Clone(q.Parameters)
		if _, ok := q.Parameter("method"); ok {
			parameters = append(parameters, definitionParameter)
		}
		if !q.Tables {
			parameters = append(parameters, datasetParameter)
		}
		s.addTool(t, q.Joined("-"), q.Short, parameters, func(ctx context.Context, in *asked, out *output) (string, error) {
			return s.tellQuestion(ctx, q, in, out)
		})
	}
	for _, c := range listings {
		s.addTool(t, c.name, c.short, c.parameters, func(_ context.Context, in *asked, out *output) (string, error) {
			source := &study.Source{Program: s.Program}
			if c.dataset {
				b, err := s.Datasets.Acquire(study.OrElse(in.values["dataset"], s.Dataset))
				if err != nil {
					return "", err
				}
				defer s.Datasets.Release(b)
				source.Dataset = b.Volume.Dataset
			}
			table, err := c.table(s, source)
			if err != nil {
				return "", err
			}
			return tableText(table, out)
		})
	}
	return t
}

func (s *Server) addTool(t *mcp.Server, name, short string, parameters []study.Parameter, answer func(context.Context, *asked, *output) (string, error)) {
	parameters = append(slices.Clone(parameters), toolParameters...)
	yes := true
	t.AddTool(&mcp.Tool{Name: name, Description: short + ".", InputSchema: toolSchema(parameters),
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: new(bool), DestructiveHint: new(bool), Title: short}},
		func(ctx context.Context, request *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			var text string
			err := fault.Do(func() (err error) { // no handler of net/http is around this one
				text, err = s.callTool(ctx, request.Params.Arguments, parameters, answer)
				return err
			})
			var thrown *fault.Error
			if errors.As(err, &thrown) && !errors.As(err, new(*Problem)) {
				s.logFailure("tool "+name, err)
				err = ProblemOf(err)
			}
			if err != nil {
				return &mcp.CallToolResult{IsError: yes, Content: []mcp.Content{&mcp.TextContent{Text: err.Error()}}}, nil
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil
		})
}

// callTool reads arguments as a body of the API is read, and answers in words that say what was wrong.
func (s *Server) callTool(ctx context.Context, arguments json.RawMessage, parameters []study.Parameter, answer func(context.Context, *asked, *output) (string, error)) (string, error) {
	if int64(len(arguments)) > s.Limits.Body {
		return "", fmt.Errorf("the arguments have %d bytes; at most %d are accepted", len(arguments), s.Limits.Body)
	}
	in := posted{asked: asked{values: map[string]string{}}, RawBody: arguments}
	if len(arguments) > 0 {
		if err := in.read(); err != nil {
			return "", err
		}
	}
	if errs := s.CheckTexts(in.values, parameters); len(errs) > 0 {
		return "", Wrong(errs...)
	}
	for _, name := range slices.Sorted(maps.Keys(in.values)) {
		if !slices.ContainsFunc(parameters, func(p study.Parameter) bool { return p.Name == name }) {
			return "", Wrong(&study.ParameterError{Parameter: name, Value: in.values[name], Err: errors.New("unknown parameter")})
		}
	}
	out, err := in.output()
	if err != nil {
		return "", err
	}
	switch {
	case out.Limit == 0:
		out.Limit = toolRows
	case out.Limit > maxToolRows:
		return "", Wrong(&study.ParameterError{Parameter: "limit", Value: strconv.Itoa(out.Limit), Err: fmt.Errorf("at most %d rows are given; go on with offset", maxToolRows)})
	}
	text, err := answer(ctx, &in.asked, &out)
	if err != nil {
		return "", ProblemOf(err)
	}
	return text, nil
}

func (s *Server) tellQuestion(ctx context.Context, q *study.Question, in *asked, out *output) (told string, err error) {
	a, err := s.Ask(q, in.values)
	if err != nil {
		return "", err
	}
	defer a.Close()
	if q.Print != nil && out.Sort == nil && out.Offset == 0 {
		var b bytes.Buffer
		err = a.useText(ctx, func(text study.Text) error { return text(&b, result.Options{MaxRows: out.Limit}) })
		return b.String(), err
	}
	err = a.Use(ctx, func(t *result.Table) error {
		told, err = tableText(t, out)
		return err
	})
	return told, err
}

// tableText writes a table for an assistant: what it is, what to know, the rows as CSV, how to cite it.
func tableText(t *result.Table, out *output) (string, error) {
	total := t.Rows()
	part, err := out.arrange(t)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintln(&b, t.Title)
	if t.IsSynthetic() {
		fmt.Fprintln(&b, "SYNTHETIC DATA – not real trade")
	}
	if part.Rows() < total {
		fmt.Fprintf(&b, "%d rows from row %d on, of %d; go on with offset=%d\n", part.Rows(), out.Offset, total, out.Offset+part.Rows())
	} else {
		fmt.Fprintf(&b, "%d rows\n", total)
	}
	b.WriteByte('\n')
	if err := result.Write(&b, part, result.FormatCSV, result.Options{}); err != nil {
		return "", err
	}
	for _, text := range append(slices.Clone(t.Provisional), result.Texts(t.Notes)...) {
		fmt.Fprintf(&b, "\nNote: %s", text)
	}
	if t.Provenance.Dataset != "" {
		fmt.Fprintf(&b, "\nCite: %s", t.Provenance.Cite())
	}
	return b.String(), nil
}

func toolSchema(parameters []study.Parameter) map[string]any {
	properties := map[string]any{}
	var required []string
	for _, p := range parameters {
		s := schemaOf(p)
		property := map[string]any{"type": s.Type, "description": describe(p)}
		if len(s.Enum) > 0 {
			property["enum"] = s.Enum
		}
		if s.Default != nil {
			property["default"] = s.Default
		}
		if len(s.Examples) > 0 {
			property["examples"] = s.Examples
		}
		properties[p.Name] = property
		if p.Required {
			required = append(required, p.Name)
		}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		schema["required"] = required
	}
	return schema
}

// ServeTools answers an assistant that runs the program and talks to it over r and w, until ctx or the input ends. A line that
// is no message gets an error of JSON-RPC, and the session goes on.
func (s *Server) ServeTools(ctx context.Context, r io.ReadCloser, w io.WriteCloser) error {
	a := newAssistant(ctx, r, w, s.Limits.Time)
	err := s.Tools().Run(ctx, &mcp.IOTransport{Reader: readCloser{a, r}, Writer: writeCloser{a, w}})
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

type readCloser struct {
	io.Reader
	io.Closer
}

type writeCloser struct {
	io.Writer
	io.Closer
}

// toolHandler serves the tools over streamable HTTP, one request at a time and without sessions: the limits of the API hold.
func (s *Server) toolHandler() http.Handler {
	tools := s.Tools()
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return tools },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, DisableLocalhostProtection: !s.Local, Logger: slog.New(slog.DiscardHandler)})
}
