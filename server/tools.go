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
	"chokepoint/brief"
	"chokepoint/catalogue"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/study"
)

// toolRows is how many rows a tool gives unless asked for more: assistants read every one of them.
const (
	toolRows    = 50
	maxToolRows = 1000
)

const toolInstructions = "Chokepoint computes from trade data (BACI) who depends on whom, for which product, since when and how robustly. " +
	"Start with catalogue (what=datasets) to see what data there are, and search to turn words into product codes. Then: dependence for who depends on whom, " +
	"robustness for how sure that is, chokepoints for suppliers that are hard to replace, industry for what an economy exports and leads in, chain for input-output tables, " +
	"scenario for what-if models, policy and loop for the rest. Economies are ISO3, ISO2, numbers or English names; blocs are EU27, ASEAN, G7 and others. " +
	"A+B merges, A,B lists, A|B asks for either. With every figure give the year, the method and the dataset. Empty means missing, not zero. " +
	"Models are not forecasts. Where data are SYNTHETIC say that they are not real trade."

// tool is a group of questions that an assistant asks by one name.
type tool struct {
	name, title string
	about       string   // when to use it, and what comes back
	questions   []string // in the order of the parameter question
	names       bool     // it lists what may be asked, by the parameters what and name, and asks no question
}

var tools = []tool{
	{name: "catalogue", title: "What may be asked", names: true, about: "Use it first, and to look up names. what=datasets, methods (definitions of dependency), blocs, economies, lists (of products), policies, scenarios or briefs " +
		"(articles whose claims can be weighed) lists them; with name it shows one: the years of a dataset, the text of a method, the members of a bloc by year, the codes of a list, the targets of a policy, what a scenario says, " +
		"the claims of a brief with verdicts. what=parameters with the name of a question explains its parameters"},
	{name: "search", title: "Find product codes", about: "Use it before naming products or economies. search: everyday words, pairs, lists and definitions, with what to give as parameters. products: HS codes that words or a code mean, best first. revisions: what a code is in other HS revisions, split, merged or renumbered",
		questions: []string{"search", "products", "revisions"}},
	{name: "dependence", title: "Who depends on whom", about: "The main tool. count: how many products and dollars, a row per year, importer, partner and method; use it for trends and rankings. dependencies: the products behind a count, " +
		"with shares and distance to thresholds. explain: one importer and one product from flows to verdict, as text. asymmetry: both directions of a pair a, b. indicators: shares, concentration and unit values of any product, or by=exporter",
		questions: []string{"count", "dependencies", "explain", "asymmetry", "indicators"}},
	{name: "robustness", title: "How firm a result is", about: "Use it before relying on a count. sensitivity: counts over a grid of thresholds. compare: how far methods agree, or by=year what entered and left. compare published: a published list beside a method's. " +
		"diff: two datasets, what changed and why. calibrate: which rule fits published counts",
		questions: []string{"sensitivity", "compare", "compare published", "diff", "calibrate"}},
	{name: "chokepoints", title: "Suppliers that are hard to replace", about: "Ranks pairs of a product and a supplier by exposure and irreplaceability, a row each with the score and its parts", questions: []string{"chokepoints"}},
	{name: "industry", title: "What an economy sells and leads in", about: "scoreboard: sector by sector, leads and dependencies. breadth: products with advantage and stages. similarity: who exports the same. displacement: who loses in third markets. " +
		"complexity: ECI and PCI. balance: trade balance by partner and sector. firms: firms of a register",
		questions: []string{"scoreboard", "breadth", "similarity", "displacement", "complexity", "balance", "firms"}},
	{name: "chain", title: "Dependence through production", about: "Asks input-output tables. exposure: direct and total use of a supplier. chain: the paths. upstreamness: place in the chain. value-added: whose value added exports hold. uses: which industries use a product, and a supplier's share there",
		questions: []string{"exposure", "chain", "upstreamness", "value-added", "uses"}},
	{name: "scenario", title: "What if", about: "Models, not forecasts. cut: suppliers stop, what is lost and filled; ranges: which assumption moves that most; sources: who fills it; path: month by month; compare: two scenarios. tariff: prices, trade and welfare. cascade: export bans spread. inputs: value added at risk. backtest: how the rules did in the past",
		questions: []string{"scenario cut", "scenario ranges", "scenario path", "scenario sources", "scenario compare", "scenario tariff", "scenario cascade", "scenario inputs", "backtest"}},
	{name: "policy", title: "After an industrial policy", about: "Compares products that a policy names with all others, before and after, by difference in differences; a row per outcome and model", questions: []string{"policy"}},
	{name: "loop", title: "Deployment, demand and learning", about: "An illustration of claims about clean technology, not a forecast. loop: the simulation, as text. loop inputs, loop sensitivity: its assumptions. loop learning, loop backtest: experience curves",
		questions: []string{"loop", "loop inputs", "loop sensitivity", "loop learning", "loop backtest"}},
}

// toolParameters say how much of an answer a tool gives.
var toolParameters = []study.Parameter{
	{Name: "filter", Usage: "words that a row must hold in a column of text"},
	{Name: "sort", Usage: "columns to sort by; a minus before the name sorts descending (default: by value)"},
	{Name: "limit", Usage: fmt.Sprintf("rows, at most %d", maxToolRows), Standard: strconv.Itoa(toolRows)},
	{Name: "offset", Usage: "rows to leave out before the first", Standard: "0"},
}

// Tools returns the questions as tools of the Model Context Protocol.
func (s *Server) Tools() *mcp.Server {
	t := mcp.NewServer(&mcp.Implementation{Name: "chokepoint", Title: "Chokepoint", Version: strings.TrimPrefix(s.Program, "chokepoint ")},
		&mcp.ServerOptions{Instructions: toolInstructions, Logger: slog.New(slog.DiscardHandler)})
	for i := range tools {
		tool := &tools[i]
		if tool.names {
			s.addTool(t, tool, catalogueParameters(), s.tellCatalogue)
			continue
		}
		s.addTool(t, tool, tool.parameters(), func(ctx context.Context, in *asked, out *output) (*told, error) {
			q, err := tool.question(in.values)
			if err != nil {
				return nil, err
			}
			return s.tellQuestion(ctx, q, in, out)
		})
	}
	return t
}

// questionParameter says which question of a tool is asked.
const questionParameter = "question"

// parameters are those of all questions of the tool.
func (t *tool) parameters() (list []study.Parameter) {
	if len(t.questions) > 1 {
		list = append(list, study.Parameter{Name: questionParameter, Usage: "which question", Values: t.questions, Required: true})
	}
	of := map[string][]string{}
	add := func(p study.Parameter, question string) {
		if of[p.Name] == nil {
			p.Required = p.Required && len(t.questions) == 1
			list = append(list, p)
		}
		of[p.Name] = append(of[p.Name], question)
	}
	for _, name := range t.questions {
		q, _ := analysis.QuestionOf(name)
		for _, p := range q.Parameters {
			add(p, name)
		}
		if _, ok := q.Parameter("method"); ok {
			add(definitionParameter, name)
		}
		if !q.Tables {
			add(datasetParameter, name)
		}
	}
	for i, p := range list {
		if len(of[p.Name]) > 1 {
			list[i].Values, list[i].Standard = t.shared(p)
		}
	}
	return list
}

// shared are the values and the standard of a parameter where all questions that have it agree.
func (t *tool) shared(p study.Parameter) (values []string, standard string) {
	values, standard = p.Values, p.Standard
	for _, name := range t.questions {
		q, _ := analysis.QuestionOf(name)
		if other, ok := q.Parameter(p.Name); ok {
			for _, v := range other.Values {
				if values != nil && !slices.Contains(values, v) {
					values = append(slices.Clone(values), v)
				}
			}
			if other.Values == nil {
				values = nil
			}
			if other.Standard != standard {
				standard = ""
			}
		}
	}
	return values, standard
}

// question takes the question that is asked out of the arguments.
func (t *tool) question(values map[string]string) (*study.Question, error) {
	name := t.questions[0]
	if len(t.questions) > 1 {
		name = values[questionParameter]
		delete(values, questionParameter)
	}
	if !slices.Contains(t.questions, name) {
		return nil, Wrong(&study.ParameterError{Parameter: questionParameter, Value: name, Err: fmt.Errorf("expected one of %s%s", strings.Join(t.questions, ", "), spelling.Hint(name, t.questions))})
	}
	q, _ := analysis.QuestionOf(name)
	return q, nil
}

// told is what a tool answers: a text, and the same as an object.
type told struct {
	text       string
	structured toldAnswer
}

// toldAnswer is the structured content of all tools. Numbers are rounded to the digits that a reader uses.
type toldAnswer struct {
	Title     string            `json:"title,omitempty"`
	Synthetic bool              `json:"synthetic"`
	Text      string            `json:"text,omitempty"`
	Units     map[string]string `json:"units,omitempty"`
	Rows      json.RawMessage   `json:"rows,omitempty"`
	Total     int               `json:"total_rows"`
	Next      int               `json:"next_offset,omitempty"`
	Notes     []string          `json:"notes,omitempty"`
	Cite      string            `json:"cite,omitempty"`
	Command   string            `json:"command,omitempty"`
}

type teller func(ctx context.Context, in *asked, out *output) (*told, error)

func (s *Server) addTool(t *mcp.Server, tool *tool, parameters []study.Parameter, answer teller) {
	parameters = append(slices.Clone(parameters), toolParameters...)
	t.AddTool(&mcp.Tool{Name: tool.name, Description: tool.about + ".", InputSchema: toolSchema(parameters),
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true, OpenWorldHint: new(bool), Title: tool.title}},
		func(ctx context.Context, request *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			var a *told
			err := fault.Do(func() (err error) { // no handler of net/http is around this one
				a, err = s.callTool(ctx, request.Params.Arguments, parameters, answer)
				return err
			})
			var thrown *fault.Error
			if errors.As(err, &thrown) && !errors.As(err, new(*Problem)) {
				s.logFailure("tool "+tool.name, err)
				err = ProblemOf(err)
			}
			if err != nil {
				return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: err.Error()}}}, nil
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: a.text}}, StructuredContent: a.structured}, nil
		})
}

// callTool reads arguments as a body of the API is read, and answers in words that say what was wrong.
func (s *Server) callTool(ctx context.Context, arguments json.RawMessage, parameters []study.Parameter, answer teller) (*told, error) {
	if int64(len(arguments)) > s.Limits.Body {
		return nil, fmt.Errorf("the arguments have %d bytes; at most %d are accepted", len(arguments), s.Limits.Body)
	}
	arguments, err := withOptions(arguments)
	if err != nil {
		return nil, err
	}
	in := posted{asked: asked{values: map[string]string{}}, RawBody: arguments}
	if len(arguments) > 0 {
		if err := in.read(); err != nil {
			return nil, err
		}
	}
	if errs := s.CheckTexts(in.values, parameters); len(errs) > 0 {
		return nil, Wrong(errs...)
	}
	for _, name := range slices.Sorted(maps.Keys(in.values)) {
		if !slices.ContainsFunc(parameters, func(p study.Parameter) bool { return p.Name == name }) {
			return nil, Wrong(&study.ParameterError{Parameter: name, Value: in.values[name], Err: unknownName(name, parameters)})
		}
	}
	out, err := in.output()
	if err != nil {
		return nil, err
	}
	switch {
	case out.Limit == 0:
		out.Limit = toolRows
	case out.Limit > maxToolRows:
		return nil, Wrong(&study.ParameterError{Parameter: "limit", Value: strconv.Itoa(out.Limit), Err: fmt.Errorf("at most %d rows are given; go on with offset", maxToolRows)})
	}
	a, err := answer(ctx, &in.asked, &out)
	if err != nil {
		return nil, ProblemOf(err)
	}
	return a, nil
}

func (s *Server) tellQuestion(ctx context.Context, q *study.Question, in *asked, out *output) (answer *told, err error) {
	a, err := s.Ask(q, in.values)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if q.Print != nil && out.Sort == nil && out.Offset == 0 {
		var b bytes.Buffer
		err = a.useText(ctx, func(text study.Text) error { return text(&b, result.Options{MaxRows: out.Limit}) })
		return &told{b.String(), toldAnswer{Text: b.String(), Synthetic: !q.Tables && a.Source.Dataset.Manifest().Synthetic, Command: a.command(result.Arrangement{})}}, err
	}
	err = a.Use(ctx, func(t *result.Table) error {
		answer, err = tellTable(t, out, a.command(out.Arrangement))
		return err
	})
	return answer, err
}

// tellTable writes a table for an assistant: what it is, what to know, the rows as CSV with the units of the columns, how to cite it.
func tellTable(t *result.Table, out *output, command string) (*told, error) {
	total := t.Rows()
	part, err := out.arrange(t)
	if err != nil {
		return nil, err
	}
	part = part.Rounded()
	answer := toldAnswer{Title: t.Heading(), Synthetic: t.IsSynthetic(), Units: units(part), Total: total, Command: command,
		Notes: append(slices.Clone(t.Provisional), result.Texts(t.Notes)...)}
	if t.Provenance.Dataset != "" {
		answer.Cite = t.Provenance.Cite()
	}
	if next := out.Offset + part.Rows(); next < total {
		answer.Next = next
	}
	if answer.Rows, err = part.JSONRows(); err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintln(&b, answer.Title)
	if answer.Synthetic {
		fmt.Fprintln(&b, "SYNTHETIC DATA – not real trade")
	}
	if answer.Next > 0 {
		fmt.Fprintf(&b, "%d rows from row %d on, of %d; go on with offset=%d\n", part.Rows(), out.Offset, total, answer.Next)
	} else {
		fmt.Fprintf(&b, "%d rows\n", total)
	}
	if len(answer.Units) > 0 {
		var list []string
		for _, name := range slices.Sorted(maps.Keys(answer.Units)) {
			list = append(list, name+" in "+answer.Units[name])
		}
		fmt.Fprintf(&b, "Units: %s. Numbers are rounded; empty is missing.\n", strings.Join(list, ", "))
	}
	b.WriteByte('\n')
	if err := result.Write(&b, part, result.FormatCSV, result.Options{}); err != nil {
		return nil, err
	}
	for _, text := range answer.Notes {
		fmt.Fprintf(&b, "\nNote: %s", text)
	}
	if answer.Cite != "" {
		fmt.Fprintf(&b, "\nCite: %s", answer.Cite)
	}
	return &told{b.String(), answer}, nil
}

// units are those of the columns that have one.
func units(t *result.Table) map[string]string {
	of := map[string]string{}
	for _, c := range t.Columns {
		if c.Unit != "" && c.Unit != result.Year {
			of[c.Name] = c.Unit
		}
	}
	return of
}

// parametersEntry is what the catalogue has about the parameters of a question.
const parametersEntry = "parameters"

// parametersText explains the parameters of a question.
func parametersText(q *study.Question) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n%s\n\n", q.Name, q.Short, q.Long)
	for _, p := range QuestionParameters(q) {
		if p.Name == "format" {
			continue
		}
		fmt.Fprintf(&b, "%s: %s", p.Name, describe(p))
		if len(p.Values) > 0 {
			fmt.Fprintf(&b, " One of %s.", strings.Join(p.Values, ", "))
		}
		if p.Standard != "" {
			fmt.Fprintf(&b, " Default: %s.", p.Standard)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func catalogueParameters() []study.Parameter {
	var names []string
	for _, c := range listings {
		names = append(names, c.name)
	}
	return []study.Parameter{{Name: "what", Usage: "what to list", Values: append(names, parametersEntry), Required: true}, {Name: "name", Usage: "one of them, to show it"}, datasetParameter}
}

// tellCatalogue lists what may be asked, or shows one of it.
func (s *Server) tellCatalogue(ctx context.Context, in *asked, out *output) (*told, error) {
	what, name := in.values["what"], in.values["name"]
	if name != "" {
		return s.tellEntry(ctx, what, name, in.values["dataset"], out)
	}
	i := slices.IndexFunc(listings, func(c listing) bool { return c.name == what })
	if i < 0 {
		return nil, Wrong(&study.ParameterError{Parameter: "what", Value: what, Err: fmt.Errorf("expected one of %s%s", strings.Join(catalogueParameters()[0].Values, ", "), spelling.Hint(what, catalogueParameters()[0].Values))})
	}
	source := &study.Source{Program: s.Program}
	if listings[i].dataset {
		b, err := s.Datasets.Acquire(s.wholeDataset(in.values["dataset"]))
		if err != nil {
			return nil, err
		}
		defer s.Datasets.Release(b)
		source.Dataset = b.Volume.Dataset
	}
	table, err := listings[i].table(s, source)
	if err != nil {
		return nil, err
	}
	return tellTable(table, out, table.Provenance.Command)
}

// tellEntry shows one thing of a listing.
func (s *Server) tellEntry(ctx context.Context, what, name, dataset string, out *output) (*told, error) {
	switch what {
	case parametersEntry:
		q, ok := analysis.QuestionOf(name)
		if !ok {
			return nil, Wrong(&study.ParameterError{Parameter: "name", Value: name, Err: errors.New("expected a question, such as count or scenario cut")})
		}
		text := parametersText(q)
		return &told{text, toldAnswer{Title: q.Short, Text: text}}, nil
	case "methods":
		m := builtinMethod(name)
		if m == nil {
			return nil, notListed(what, "method", name, methodNames())
		}
		return &told{m.Text, toldAnswer{Title: m.Title, Text: m.Text, Command: study.ShellLine([]string{"chokepoint", "methods", "show", m.ID})}}, nil
	case "briefs":
		b, err := brief.Get(name)
		if err != nil {
			return nil, notListed(what, "brief", name, briefNames())
		}
		t, err := s.weigh(ctx, b, s.wholeDataset(dataset))
		if err != nil {
			return nil, err
		}
		return tellTable(t, out, t.Provenance.Command)
	case "datasets":
		b, err := s.Datasets.Acquire(s.wholeDataset(name))
		if err != nil {
			return nil, err
		}
		defer s.Datasets.Release(b)
		t, err := catalogue.Coverage(&study.Source{Program: s.Program, Dataset: b.Volume.Dataset})
		if err != nil {
			return nil, err
		}
		return tellTable(t, out, t.Provenance.Command)
	}
	for _, e := range entries {
		if e.plural != what {
			continue
		}
		table, ok := e.find(s, name)
		if !ok {
			return nil, notListed(what, e.singular, name, e.names(s))
		}
		t, err := table()
		if err != nil {
			return nil, err
		}
		return tellTable(t, out, t.Provenance.Command)
	}
	return nil, Wrong(&study.ParameterError{Parameter: "name", Value: name, Err: errors.New(what + " shows none alone; leave name out")})
}

// mainParameters have a place of their own in the schema of a tool, with an example; the others are members of optionsParameter.
var mainParameters = strings.Fields("importers partners products years method economy a b markets codes words suppliers policy by dataset sort limit offset question what name")

// optionsParameter holds the further parameters of a question: a property for each would be most of the list of tools.
const optionsParameter = "options"

// listParameters take lists, as texts with commas or as arrays.
var listParameters = strings.Fields("importers partners products years method codes sort")

func toolSchema(parameters []study.Parameter) map[string]any {
	properties := map[string]any{}
	var required, further []string
	for _, p := range parameters {
		if !p.Required && !slices.Contains(mainParameters, p.Name) {
			further = append(further, p.Name)
			continue
		}
		s := schemaOf(p)
		property := map[string]any{"type": s.Type}
		if slices.Contains(listParameters, p.Name) {
			property["type"] = []string{"string", "array"}
		}
		if p.Example != "" && len(s.Enum) == 0 {
			property["description"] = "e.g. " + p.Example
		}
		if len(s.Enum) > 0 {
			property["enum"] = s.Enum
		}
		properties[p.Name] = property
		if p.Required {
			required = append(required, p.Name)
		}
	}
	if further != nil {
		properties[optionsParameter] = map[string]any{"type": "object", "description": "Further parameters by name (catalogue what=parameters explains them): " + strings.Join(further, ", ")}
	}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		schema["required"] = required
	}
	return schema
}

// withOptions puts the members of options beside the other arguments.
func withOptions(arguments json.RawMessage) (json.RawMessage, error) {
	var members, options map[string]json.RawMessage
	if len(arguments) == 0 || json.Unmarshal(arguments, &members) != nil || members[optionsParameter] == nil {
		return arguments, nil // reading them says what is wrong
	}
	if err := json.Unmarshal(members[optionsParameter], &options); err != nil {
		return nil, Wrong(&study.ParameterError{Parameter: optionsParameter, Err: errors.New("expected an object with parameters as members")})
	}
	delete(members, optionsParameter)
	for name, value := range options {
		if members[name] != nil {
			return nil, Wrong(&study.ParameterError{Parameter: name, Err: errors.New("is given twice, in options and beside them; expected once")})
		}
		members[name] = value
	}
	return json.Marshal(members)
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
