package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"chokepoint/analysis"
	"chokepoint/result"
	"chokepoint/study"
)

// APIRoot is where the API is. The number changes when an answer to an old question would change its form.
const APIRoot = "/api/v1"

// outputParameters say what to do with an answer. They are none of the question, and change no number.
var outputParameters = []study.Parameter{
	{Name: "format", Usage: "format of the answer (default: by the ending of the path, else by Accept, else json)", Values: formatNames(), Example: "csv"},
	{Name: "filter", Usage: "words that a row must hold in a column of text, codes and names alike", Example: "battery"},
	{Name: "sort", Usage: "columns to sort by, comma-separated; a minus before the name sorts descending", Example: "-imports_usd"},
	{Name: "limit", Usage: "rows of the answer, at least 1, from offset on (default: all)", Example: "100"},
	{Name: "offset", Usage: "rows to leave out before the first", Standard: "0", Example: "100"},
}

var (
	datasetParameter    = study.Parameter{Name: "dataset", Usage: "dataset by name (default: that of the server, else the one in use, else the only one of real data)", Example: "baci-hs17-v202601"}
	definitionParameter = study.Parameter{Name: DefinitionName, Usage: "a definition of your own: the text of a method file; --method names it by its id, or is left out"}
)

// tokenScheme is the name that the OpenAPI document has for tokens.
const tokenScheme = "token"

// asked is the input of an operation: its parameters as texts, read from the table of the question by the handler. The
// parameters are documented from the same table.
type asked struct {
	values   map[string]string
	repeated []string
	malform  error
	ending   *format
	accept   string
	match    string
	path     string
	head     bool // nothing but the headers is asked for
}

// Resolve implements huma.Resolver.
func (a *asked) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	a.path, a.accept, a.match = u.Path, ctx.Header("Accept"), ctx.Header("If-None-Match")
	a.head = ctx.Method() == http.MethodHead
	a.ending, _ = ctx.Context().Value(endingKey{}).(*format)
	query, err := url.ParseQuery(u.RawQuery)
	a.malform = err
	a.values = map[string]string{}
	for name, list := range query {
		a.values[name] = list[0]
		if len(list) > 1 {
			a.repeated = append(a.repeated, name)
		}
	}
	return nil
}

// posted is asked with the parameters in a JSON object.
type posted struct {
	asked
	RawBody []byte `contentType:"application/json"`
}

// read adds the members of the body to the parameters of the URL.
func (p *posted) read() error {
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(p.RawBody))
	d.UseNumber()
	if err := d.Decode(&members); err != nil || d.More() {
		return NewProblem(http.StatusBadRequest, "Malformed body", "expected one JSON object with the parameters as members, for example {\"importers\": \"EU27\", \"years\": \"2024\"}")
	}
	for name, value := range members {
		if _, twice := p.values[name]; twice {
			p.repeated = append(p.repeated, name)
		}
		switch v := value.(type) {
		case string:
			p.values[name] = v
		case json.Number:
			p.values[name] = v.String()
		case bool:
			p.values[name] = strconv.FormatBool(v)
		case []any:
			list, ok := listText(v)
			if !ok {
				return Wrong(&study.ParameterError{Parameter: name, Err: errors.New("expected a list of text or numbers without commas")})
			}
			p.values[name] = list
		default:
			return Wrong(&study.ParameterError{Parameter: name, Err: errors.New("expected text, a number, true or false, or a list of text and numbers")})
		}
	}
	return nil
}

// listText writes a list as the text with commas that it stands for.
func listText(list []any) (string, bool) {
	var texts []string
	for _, member := range list {
		switch m := member.(type) {
		case string:
			if strings.Contains(m, ",") {
				return "", false
			}
			texts = append(texts, m)
		case json.Number:
			texts = append(texts, m.String())
		default:
			return "", false
		}
	}
	return strings.Join(texts, ","), true
}

type endingKey struct{}

// routeEndings lets /api/v1/count.csv be /api/v1/count in the format that the ending says.
func routeEndings(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		folder, last := r.URL.Path, ""
		if i := strings.LastIndexByte(r.URL.Path, '/'); i >= 0 {
			folder, last = r.URL.Path[:i+1], r.URL.Path[i+1:]
		}
		name, f := cutEnding(last)
		if f == nil || !strings.HasPrefix(folder, APIRoot+"/") || folder+last == APIRoot+"/openapi.json" {
			next.ServeHTTP(w, r)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), endingKey{}, f))
		u := *r.URL
		u.Path, u.RawPath = folder+name, ""
		r.URL = &u
		next.ServeHTTP(w, r)
	})
}

// output is how an answer is to be written.
type output struct {
	format *format
	result.Arrangement
}

// output takes the parameters of the answer out of those of the question.
func (a *asked) output() (o output, err error) {
	if a.malform != nil {
		return o, NewProblem(http.StatusBadRequest, "Malformed query", Shortened(a.malform.Error())+"; expected name=value pairs joined by &, special characters as %XX")
	}
	slices.Sort(a.repeated)
	var errs []error
	fail := func(name, value string, err error) {
		errs = append(errs, &study.ParameterError{Parameter: name, Value: value, Err: err})
	}
	for _, name := range a.repeated {
		fail(name, a.values[name], errors.New("is given more than once; expected once, with a comma-separated list"))
	}
	take := func(name string) string {
		value := a.values[name]
		delete(a.values, name)
		return value
	}
	parameter := take("format")
	if o.format, err = choose(a.ending, parameter, a.accept); err != nil {
		var p *Problem
		if errors.As(err, &p) {
			return o, p
		}
		fail("format", parameter, err)
	}
	o.Filter = strings.TrimSpace(take("filter"))
	if text := take("sort"); text != "" {
		o.Sort = strings.Split(text, ",")
	}
	number := func(name string, least uint64) int {
		text := take(name)
		if text == "" {
			return 0
		}
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil || n < least {
			fail(name, text, fmt.Errorf("expected a whole number from %d to 2147483647", least))
		}
		return int(n)
	}
	o.Limit, o.Offset = number("limit", 1), number("offset", 0)
	o.ByValue = o.Limit > 0 || o.Offset > 0 || o.format != nil && result.Format(o.format.Name).ByValue()
	if len(errs) > 0 {
		return o, Wrong(errs...)
	}
	return o, nil
}

// arrange filters, sorts and cuts a table as asked.
func (o *output) arrange(t *result.Table) (*result.Table, error) {
	t, err := o.Of(t)
	if err != nil {
		return nil, Wrong(&study.ParameterError{Parameter: "sort", Value: strings.Join(o.Sort, ","), Err: err})
	}
	return t, nil
}

// routes puts everything that the server answers into mux.
func (s *Server) routes(mux *http.ServeMux) error {
	config := huma.Config{OpenAPI: &huma.OpenAPI{OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "Chokepoint", Version: strings.TrimPrefix(s.Program, "chokepoint "), Description: apiDescription,
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
		Components: &huma.Components{SecuritySchemes: map[string]*huma.SecurityScheme{tokenScheme: {Type: "http", Scheme: "bearer",
			Description: "The token of the server. A server on this computer, or one that is public, asks for none."}}},
		Security: []map[string][]string{{tokenScheme: {}}, {}},
	}, Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}, DefaultFormat: "application/json"}
	api := humago.New(mux, config)
	for _, q := range analysis.Questions() {
		s.questionOperation(api, q)
	}
	s.catalogueOperations(api)
	document, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return err
	}
	mux.Handle("GET "+APIRoot+"/openapi.json", constant("application/openapi+json", document))
	if s.site.Reference != nil {
		reference, err := s.site.Reference(api.OpenAPI())
		if err != nil {
			return err
		}
		mux.Handle("GET "+APIRoot+"/{$}", constant("text/html; charset=utf-8", reference))
	} else {
		mux.Handle("GET "+APIRoot+"/{$}", http.RedirectHandler(APIRoot+"/openapi.json", http.StatusTemporaryRedirect))
	}
	mux.Handle("GET "+APIRoot, http.RedirectHandler(APIRoot+"/", http.StatusPermanentRedirect))
	mux.HandleFunc("GET /healthz", s.health)
	if !s.HideMetrics {
		mux.Handle("GET /metrics", s.counters)
	}
	mux.Handle("/mcp", s.toolHandler())
	if s.site.Routes == nil {
		mux.HandleFunc("/", WithoutRoute(mux, NothingHere))
		return nil
	}
	s.loginRoutes(mux)
	s.site.Routes(mux)
	return nil
}

// NothingHere answers where there is neither a page nor a path of the API.
func NothingHere(w http.ResponseWriter, _ *http.Request) {
	NewProblem(http.StatusNotFound, "Not found", "nothing is here; the API is at "+APIRoot+"/").Write(w)
}

const apiDescription = "Who depends on whom, for which product, since when and how robustly. Parameters have the names of the command line's " +
	"flags, rows the names of its columns. Every path of a question also takes an ending that says the format, such as " + APIRoot + "/count.csv. " +
	"An answer without limit is whole. ETags follow from dataset, program and question: send If-None-Match and nothing is computed twice."

// tableModel documents the JSON form of an answer.
type tableModel struct {
	Table       string            `json:"table" doc:"Name of the kind of answer"`
	Title       string            `json:"title" doc:"The answer in a sentence"`
	Synthetic   bool              `json:"synthetic" doc:"The data are made up: not real trade"`
	Provisional []string          `json:"provisional,omitempty" doc:"What may still change"`
	Provenance  result.Provenance `json:"provenance" doc:"What it takes to cite the answer and to compute it again"`
	Notes       []string          `json:"notes" doc:"What to know when reading the rows"`
	Details     []result.Note     `json:"note_details,omitempty" doc:"What the notes are about, for programs"`
	RowCount    int               `json:"row_count" doc:"Rows in this answer"`
	Page        *result.Page      `json:"page,omitempty" doc:"Which rows of how many, where limit or offset was given"`
	Columns     []columnModel     `json:"columns" doc:"Names, types, units and meanings of the columns"`
	Rows        []map[string]any  `json:"rows" doc:"One object per row, members named as the columns; null is missing"`
}

type columnModel struct {
	Name        string `json:"name"`
	Type        string `json:"type" enum:"text,int,float,bool"`
	Unit        string `json:"unit,omitempty"`
	Description string `json:"description"`
}

// documented turns parameters of the table into those of the OpenAPI document.
func documented(list []study.Parameter) (parameters []*huma.Param) {
	for _, p := range list {
		parameters = append(parameters, &huma.Param{Name: p.Name, In: "query", Description: describe(p), Required: p.Required, Schema: schemaOf(p)})
	}
	return parameters
}

func describe(p study.Parameter) string {
	text := strings.ToUpper(p.Usage[:1]) + p.Usage[1:]
	text = strings.NewReplacer("--", "", "\"chokepoint methods\" lists", APIRoot+"/methods lists", "\"chokepoint lists\" lists", APIRoot+"/lists lists", "\"chokepoint policies\" lists", APIRoot+"/policies lists",
		"\"chokepoint scenarios\" lists", APIRoot+"/scenarios lists").Replace(text)
	if p.Text {
		text += "; here its text, header line and rows, and not its name"
	}
	return text + "."
}

func schemaOf(p study.Parameter) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	switch {
	case p.Switch:
		s.Type = huma.TypeBoolean
	case p.Name == "limit", p.Name == "offset":
		s.Type = huma.TypeInteger
		zero := 0.0
		s.Minimum = &zero
	}
	for _, v := range p.Values {
		s.Enum = append(s.Enum, v)
	}
	if p.Standard != "" {
		s.Default = typed(s.Type, p.Standard)
	}
	if p.Example != "" && !p.Text {
		s.Examples = []any{typed(s.Type, p.Example)}
	}
	return s
}

func typed(kind, text string) any {
	switch kind {
	case huma.TypeBoolean:
		return text == "true"
	case huma.TypeInteger:
		n, _ := strconv.Atoi(text)
		return n
	}
	return text
}

// QuestionParameters lists all parameters of a question in the API.
func QuestionParameters(q *study.Question) []study.Parameter {
	list := slices.Clone(q.Parameters)
	if _, ok := q.Parameter("method"); ok {
		list = append(list, definitionParameter)
	}
	if !q.Tables {
		list = append(list, datasetParameter)
	}
	return append(list, outputParameters...)
}

func (s *Server) questionOperation(api huma.API, q *study.Question) {
	problems := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotAcceptable, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	operation := func(verb, id string) huma.Operation {
		return huma.Operation{OperationID: id, Method: verb, Path: APIRoot + "/" + q.Joined("/"), Summary: q.Short, Tags: []string{"Questions"}, Errors: problems,
			Responses: map[string]*huma.Response{"200": answerResponse(api, q.Schemas), "304": {Description: "The answer is the one that the client has"}}}
	}
	get := operation(http.MethodGet, q.Joined("-"))
	get.Description = q.Long
	get.Parameters = documented(QuestionParameters(q))
	huma.Register(api, get, func(ctx context.Context, in *asked) (*huma.StreamResponse, error) { return s.answer(ctx, q, in) })

	post := operation(http.MethodPost, q.Joined("-")+"-post")
	post.Description = "The same with the parameters as members of a JSON object, for definitions and selections too long for a URL."
	post.MaxBodyBytes, post.SkipValidateBody = s.Limits.Body, true // posted.read says what is wrong by name
	body := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for _, p := range QuestionParameters(q) {
		schema := schemaOf(p)
		schema.Description = describe(p)
		body.Properties[p.Name] = schema
		if p.Required {
			body.Required = append(body.Required, p.Name)
		}
	}
	huma.Register(api, post, func(ctx context.Context, in *posted) (*huma.StreamResponse, error) {
		if err := in.read(); err != nil {
			return nil, err
		}
		return s.answer(ctx, q, &in.asked)
	})
	document := api.OpenAPI().Paths[post.Path].Post.RequestBody
	document.Content = map[string]*huma.MediaType{"application/json": {Schema: body}}
}

// answer answers a question.
func (s *Server) answer(ctx context.Context, q *study.Question, in *asked) (response *huma.StreamResponse, err error) {
	out, err := in.output()
	if err != nil {
		return nil, err
	}
	a, err := s.Ask(q, in.values)
	if err != nil {
		return nil, ProblemOf(err)
	}
	defer a.Close()
	etag := fmt.Sprintf(`W/"%s-%s-%s-%s-%d-%d"`, a.key, out.format.Name, url.QueryEscape(out.Filter), url.QueryEscape(strings.Join(out.Sort, ",")), out.Offset, out.Limit)
	if MatchesETag(in.match, etag) {
		return s.notModified(etag), nil
	}
	if out.format.Name == string(result.FormatTable) && q.Print != nil && out.Offset == 0 && out.Sort == nil && out.Filter == "" {
		err = a.useText(ctx, func(text study.Text) error {
			write := func(w io.Writer) error { return text(w, result.Options{MaxRows: out.Limit}) }
			response, err = s.rendered(ctx, etag, in, out.format, q.Joined("-"), nil, write)
			return err
		})
		return response, err
	}
	err = a.Use(ctx, func(t *result.Table) error {
		response, err = s.tableResponse(ctx, etag, in, &out, q.Joined("-"), t, a.command(out.Arrangement))
		return err
	})
	return response, err
}

// rendered is an answer that write renders.
func (s *Server) rendered(ctx context.Context, etag string, in *asked, f *format, name string, headers http.Header, write func(io.Writer) error) (*huma.StreamResponse, error) {
	if in.head {
		return s.response(etag, f, name, headers, nil), nil
	}
	body, err := s.spooled(ctx, write)
	if err != nil {
		return nil, err
	}
	return s.response(etag, f, name, headers, body), nil
}

// tableResponse renders a table as asked, which command gives at the terminal.
func (s *Server) tableResponse(ctx context.Context, etag string, in *asked, out *output, name string, t *result.Table, command string) (*huma.StreamResponse, error) {
	total := t.Rows()
	name = t.FileName(name)
	part, err := out.arrange(t)
	if err != nil {
		return nil, err
	}
	if !out.IsZero() {
		part.Provenance.Command = command // part is a copy, which no other question shares
	}
	t = part
	if err := renderable(out.format, t); err != nil {
		return nil, Wrong(&study.ParameterError{Parameter: "format", Value: out.format.Name, Err: err})
	}
	headers := http.Header{"X-Total-Count": {strconv.Itoa(total)}}
	if t.IsSynthetic() {
		headers.Set("Chokepoint-Data", "SYNTHETIC")
	}
	if next := out.Offset + t.Rows(); out.Limit > 0 && next < total {
		headers.Add("Link", fmt.Sprintf("<%s>; rel=\"next\"", in.link(out, out.format.Ending, next)))
	}
	if result.Format(out.format.Name).RowsAlone() {
		headers.Add("Link", fmt.Sprintf("<%s>; rel=\"describedby\"", in.link(out, out.format.Ending+result.ProvenanceSuffix, out.Offset)))
	}
	write := func(w io.Writer) error { return out.format.write(w, t) }
	if out.format.write == nil {
		write = func(w io.Writer) error {
			return result.WriteProvenance(w, t, out.format.beside, name+endingOf(out.format.beside))
		}
	}
	return s.rendered(ctx, etag, in, out.format, name, headers, write)
}

// renderable says why a format cannot hold a table.
func renderable(f *format, t *result.Table) error {
	switch result.Format(f.Name) {
	case result.FormatSDMX, result.FormatXLSX:
		return result.Write(io.Discard, t.Slice(0, 0), result.Format(f.Name), result.Options{})
	}
	return t.CheckValid()
}

// link is the same question for other rows or in another format.
func (a *asked) link(o *output, ending string, offset int) string {
	values := url.Values{}
	for name, value := range a.values {
		values.Set(name, value)
	}
	there := o.Arrangement
	there.Offset = offset
	for name, value := range there.Values() {
		values.Set(name, value)
	}
	return (&url.URL{Path: a.path + ending, RawQuery: values.Encode()}).String()
}
