// Package brief weighs the claims of an article against the data at hand: what was published, what comes out here, how sure
// that is, and a verdict in words that follow from the numbers. A brief is a TOML file; claims are of kinds, each with a
// file of its own.
//
// The package asks questions of analysis alone and must never import store, kernel, ingest or server.
package brief

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chokepoint/analysis"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/spelling"
	"chokepoint/study"
	"chokepoint/tomlfile"
)

// Brief is an article and what it claims.
type Brief struct {
	ID     string `toml:"id"`
	Title  string `toml:"title"`
	About  string `toml:"about"`  // one paragraph
	Source string `toml:"source"` // the article
	// Sentences are those that assert several things, by an id that their claims name.
	Sentences map[string]string `toml:"sentences"`
	Claims    []*Claim          `toml:"claims"`
	Text      []byte            `toml:"-"` // the file
}

// Claim is one claim of the article, of a kind that says how it is weighed.
type Claim struct {
	ID        string            `toml:"id"`
	Claim     string            `toml:"claim"`
	Sentence  string            `toml:"sentence"` // of the article, where the claim is one assertion of several in it; in the file its id
	Source    string            `toml:"source"`   // of the published figures
	Kind      string            `toml:"kind"`
	Note      string            `toml:"note"` // what a reader must know of how it is weighed
	Published []Published       `toml:"published"`
	With      map[string]string `toml:"with"`     // parameters of the kind
	Ask       map[string]string `toml:"ask"`      // parameters of the question that a measure takes its number from
	Evidence  []*Evidence       `toml:"evidence"` // beside the dataset
	Rows      map[string]string `toml:"rows"`     // which rows of the answer it looks at: values by column
}

// Published is a figure of the article.
type Published struct {
	Year  int     `toml:"year"`
	Value float64 `toml:"value"`
	Text  string  `toml:"text"`
}

// Verdict says how a claim fares on the dataset.
type Verdict string

// The verdicts.
const (
	Stands   Verdict = "stands"
	InPart   Verdict = "stands in part"
	Falls    Verdict = "does not stand"
	Unsaid   Verdict = "cannot be said with this dataset"
	NoNumber Verdict = "is not a matter of trade data"
	Untested Verdict = "is illustrated, not tested" // which is no verdict: a model shows what would follow from stated inputs
)

// Finding is what the data say of a claim.
type Finding struct {
	*Claim
	Verdict  Verdict
	Parts    []Part   // its assertions, each with a verdict of its own
	Because  string   // why the dataset cannot tell
	Settle   string   // which data could
	Failure  string   // why the claim could not be weighed at all, which is no verdict
	Figure   string   // ours, short
	Words    []string // sentences that follow from the numbers
	Listed   bool     // these are items of a list, not a paragraph
	Numbers  *Numbers // the same numbers side by side; nil for none
	Plot     string   // SVG; "" for none
	Tables   []*result.Table
	Caveats  []string // what the dataset lacks and this claim needs
	Commands []string // that give the numbers

	names *names // of the copy that is shown to readers
}

// Numbers is a small table of what was published and what comes out here, with its range.
type Numbers struct {
	Head []string
	Rows [][]string
}

// say adds a sentence.
func (f *Finding) say(format string, args ...any) {
	f.Words = append(f.Words, fmt.Sprintf(format, args...))
}

// cannot says that the dataset cannot tell, why, and which data could settle it. What was said before stays.
func (f *Finding) cannot(because, settle string) {
	if f.Verdict == Unsaid && f.Because != "" {
		if strings.Contains(f.Because, because) {
			return
		}
		because, settle = f.Because+"; and "+because, f.Settle+"; "+settle
	}
	f.Verdict, f.Because, f.Settle = Unsaid, because, settle
}

// Reasoned is the verdict with its reason, where it needs one.
func (f *Finding) Reasoned() string {
	switch {
	case f.Failure != "":
		return "could not be weighed: " + f.Failure
	case f.Because == "":
		return string(f.Verdict)
	}
	return string(f.Verdict) + ", because " + f.Because
}

// Said is the verdict with its reason, and with those of its assertions where they differ.
func (f *Finding) Said() string {
	said := f.Reasoned()
	switch {
	case !f.Several() || f.Verdict == Stands || f.Verdict == Falls:
		return said
	case f.Because != "":
		return said + "; but " + f.told()
	}
	return said + ": " + f.told()
}

// kind is a way to weigh a claim.
type kind struct {
	needs, takes []string // parameters
	weigh        func(w *work, f *Finding) error
	asks         func(c *Claim) *subject                 // what it asks the dataset; nil where no data decide
	years        func(w *work, c *Claim) ([]int, *doubt) // on which years it is weighed
}

// kinds are all ways.
var kinds map[string]kind

func init() { // a table that its own functions read cannot be initialized where it is declared
	kinds = map[string]kind{
		"trend":       {[]string{"importers", "partners", "expect"}, []string{"method", "column", "importer", "from", "to", "times"}, (*work).trend, countOf, (*work).trendYears},
		"level":       {[]string{"importers", "partners"}, []string{"method", "column", "importer"}, (*work).level, countOf, (*work).publishedYears},
		"order":       {[]string{"importers", "partners"}, []string{"method", "column", "year"}, (*work).order, countOf, (*work).orderYear},
		"sectors":     {[]string{"economy", "list"}, []string{"method", "leader", "dependent"}, (*work).sectors, scoreboardOf, (*work).onlyLast},
		"effect":      {[]string{"policy", "outcomes", "expect"}, []string{"economy", "list", "least"}, (*work).effect, policyOf, (*work).everyYear},
		"measure":     {[]string{"question", "column", "expect"}, []string{"by", "from", "to", "step"}, (*work).measure, measureOf, (*work).measureYears},
		"holds":       {[]string{"partners"}, []string{"method", "weights"}, (*work).holds, chokepointsOf, (*work).firstAndLast},
		"lineage":     {needs: []string{"policy"}, weigh: (*work).lineage},
		"illustrated": {needs: []string{"because"}, takes: []string{"economy", "technology", "draws"}, weigh: (*work).illustrated},
		"outside":     {needs: []string{"because"}, takes: []string{"question", "column", "by"}, weigh: (*work).outside},
	}
}

// Ask puts a question, by its name, with its parameters by theirs.
type Ask func(question string, values map[string]string) (*result.Table, error)

// AskOf puts questions to a source.
func AskOf(ctx context.Context, s *study.Source) Ask {
	return func(question string, values map[string]string) (*result.Table, error) {
		q, ok := analysis.QuestionOf(question)
		if !ok {
			return nil, fault.Questionf("there is no question %q", question)
		}
		r, errs := q.Read(values)
		if len(errs) > 0 {
			return nil, errs[0]
		}
		return q.Answer(ctx, s, r)
	}
}

// work is a brief being made.
type work struct {
	ctx   context.Context
	put   Ask
	held  Holdings
	years []int // of the dataset, ascending
	known map[string]*result.Table

	// Of the claim at hand:
	doubted      bool            // the dataset cannot tell
	worldMissing bool            // much of what the world buys is not in the dataset
	lacks        lacks           // nor much of these
	set          *study.TableSet // input-output tables that it asks; nil where it asks the dataset
	setYears     []int           // of these, that decide
}

// Document is a brief with its findings.
type Document struct {
	*Brief
	Findings  []*Finding
	Synthetic bool
	About     result.Provenance // dataset, release and program of the first answer; methods, blocs and definitions of all, and the article
	Notes     []result.Note     // of all answers, each once

	Provisional []string // criteria that stand in for rules that are not public

	work  *work
	cited bool
}

// Begin starts a brief on a dataset. Its claims are weighed one by one, by Weigh.
func Begin(ctx context.Context, ask Ask, held Holdings, b *Brief) (*Document, error) {
	years := held.Years()
	if slices.ContainsFunc(years, func(y int) bool { return y > 9999 }) {
		return nil, fault.Questionf("brief %s: its claims are about years, the dataset has months; use a yearly dataset", b.ID)
	}
	about := held.About()
	about.Query = "article=" + url.QueryEscape(b.ID)
	about.Definitions = []result.Definition{result.DefinitionOf("article", b.ID, b.Text), result.DefinitionOf("rule", "testable.toml", testableFile), result.DefinitionOf("coverage", coverage.ID, coverage.Text)}
	return &Document{Brief: b, About: about, Synthetic: about.Synthetic, work: &work{ctx: ctx, put: ask, held: held, years: years, known: map[string]*result.Table{}}}, nil
}

// Make weighs all claims of a brief on a dataset. next hears which claim comes next, and how many are done.
func Make(ctx context.Context, ask Ask, held Holdings, b *Brief, next func(done int, c *Claim)) (*Document, error) {
	d, err := Begin(ctx, ask, held, b)
	if err != nil {
		return nil, err
	}
	for i, c := range b.Claims {
		next(i, c)
		if _, err := d.Weigh(c); err != nil {
			return nil, fmt.Errorf("claim %s: %w", c.ID, err)
		}
	}
	return d, nil
}

// Weigh weighs one claim and adds what it found.
func (d *Document) Weigh(c *Claim) (*Finding, error) {
	f, err := d.work.weigh(c)
	if err != nil {
		return nil, err
	}
	for _, t := range f.Tables {
		d.cite(t)
		for _, n := range t.Notes {
			d.Notes = result.AddNotes(d.Notes, n)
			switch n.Kind {
			case result.MissingImports, result.IncompleteBloc, result.PartialWorld:
				f.Caveats = appendNew(f.Caveats, n.Text)
			}
		}
	}
	d.Findings = append(d.Findings, f)
	return f, nil
}

// Fail notes that a claim could not be weighed, and why.
func (d *Document) Fail(c *Claim, why string) *Finding {
	f := &Finding{Claim: c, Failure: why}
	d.Findings = append(d.Findings, f)
	return f
}

// weigh looks first whether the dataset can tell: what it lacks is no finding.
func (w *work) weigh(c *Claim) (*Finding, error) {
	f := &Finding{Claim: c}
	doubts, remarks, err := w.doubts(c)
	if err != nil {
		return nil, err
	}
	f.Caveats, w.doubted = remarks, len(doubts) > 0
	if !slices.ContainsFunc(doubts, func(d doubt) bool { return d.nothing }) {
		if err := kinds[c.Kind].weigh(w, f); err != nil {
			return nil, err
		}
		f.conclude()
	}
	if len(doubts) > 0 {
		f.forgetParts()
	}
	incomplete := false
	for _, d := range doubts {
		f.cannot(d.because, d.settle)
		incomplete = incomplete || d.incomplete
	}
	if incomplete && f.Figure != "" {
		f.Figure += " (incomplete)"
	}
	if f.Figure == "" && f.Several() {
		f.Figure = f.asClaimed()
	}
	return f, nil
}

// cite adds what an answer stands on to what the brief does.
func (d *Document) cite(t *result.Table) {
	p := t.Provenance
	definitions := p.Definitions
	switch {
	case p.Dataset == "":
	case p.Dataset != d.About.Dataset: // input-output tables beside the dataset
		definitions = append(slices.Clone(definitions), result.Definition{Kind: "tables", ID: p.Dataset, SHA256: p.Checksum})
	case !d.cited:
		p.Query, p.Definitions, p.Methods, p.Blocs = d.About.Query, d.About.Definitions, nil, nil
		d.cited, d.About = true, p
	}
	d.Synthetic = d.Synthetic || t.IsSynthetic()
	for _, m := range t.Provenance.Methods {
		if !slices.ContainsFunc(d.About.Methods, func(o result.MethodText) bool { return o.SHA256 == m.SHA256 }) {
			d.About.Methods = append(d.About.Methods, m)
		}
	}
	for _, b := range t.Provenance.Blocs {
		if !slices.ContainsFunc(d.About.Blocs, func(o result.BlocText) bool { return o.Text == b.Text }) {
			d.About.Blocs = append(d.About.Blocs, b)
		}
	}
	for _, definition := range definitions {
		if !slices.Contains(d.About.Definitions, definition) {
			d.About.Definitions = append(d.About.Definitions, definition)
		}
	}
	for _, text := range t.Provisional {
		d.Provisional = appendNew(d.Provisional, text)
	}
}

func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// ask puts a question. pairs are names and values of parameters; empty values are left out.
func (w *work) ask(f *Finding, question string, pairs ...string) (*result.Table, error) {
	values := map[string]string{}
	for name, value := range study.Pairs(pairs...) {
		if value != "" {
			values[name] = value
		}
	}
	t, err := w.answer(question, values)
	if err != nil {
		return nil, err
	}
	w.known[keyOf(question, values)] = t
	q, _ := analysis.QuestionOf(question) // it was answered
	dataset := t.Provenance.Dataset
	if q.Tables { // the values name them
		dataset = ""
	}
	f.Commands = appendNew(f.Commands, q.Command(values, dataset))
	f.Tables = append(f.Tables, t)
	return t, nil
}

// answer puts a question, unless a finding has the answer already.
func (w *work) answer(question string, values map[string]string) (*result.Table, error) {
	if t := w.known[keyOf(question, values)]; t != nil {
		return t, nil
	}
	return w.put(question, values)
}

// keyOf is equal for equal questions: what is given as it would be anyway is left out.
func keyOf(question string, values map[string]string) string {
	q, _ := analysis.QuestionOf(question)
	given := map[string]string{}
	for name, value := range values {
		if p, _ := q.Parameter(name); p.Standard != value {
			given[name] = value
		}
	}
	return fmt.Sprintf("%s %q", question, given) // fmt sorts the keys of a map
}

//go:embed builtin/*.toml
var builtin embed.FS

var all = sync.OnceValue(func() []*Brief {
	files, _ := fs.Glob(builtin, "builtin/*.toml") // the pattern is well formed
	var list []*Brief
	for _, file := range files {
		data, err := builtin.ReadFile(file)
		if err != nil {
			panic(err)
		}
		b, err := Parse(path.Base(file), data)
		if err != nil {
			panic(err)
		}
		list = append(list, b)
	}
	return list
})

// Standard is the brief that is made where none is named.
const Standard = "mic25"

// Builtin lists the briefs that come with the program.
func Builtin() []*Brief { return slices.Clone(all()) }

// Get returns the builtin brief of that name.
func Get(name string) (*Brief, error) { return find(name, "") }

// find is Get; instead is what else may be named.
func find(name, instead string) (*Brief, error) {
	var names []string
	for _, b := range all() {
		if strings.EqualFold(b.ID, name) {
			return b, nil
		}
		names = append(names, b.ID)
	}
	return nil, fault.Questionf("there is no brief %q; expected %s%s%s", name, strings.Join(names, ", "), instead, spelling.Hint(name, names))
}

// Open returns the builtin brief of that name or, where it ends in .toml, reads it from that file.
func Open(name string) (*Brief, error) {
	if !strings.HasSuffix(strings.ToLower(name), ".toml") {
		return find(name, ", or a file that ends in .toml")
	}
	data, err := tomlfile.ReadFile(name, tomlfile.MaxFile)
	if err != nil {
		return nil, fault.Question(err)
	}
	b, err := Parse(name, data)
	return b, fault.Question(err)
}

// Parse reads a brief. name is that of the file, for errors.
func Parse(name string, data []byte) (*Brief, error) {
	var b Brief
	if err := tomlfile.Decode(name, data, tomlfile.MaxFile, &b); err != nil {
		return nil, err
	}
	wrong := func(format string, args ...any) (*Brief, error) {
		return nil, fmt.Errorf("brief %s: %w", name, fmt.Errorf(format, args...))
	}
	if b.ID == "" || b.Title == "" || len(b.Claims) == 0 {
		return wrong("expected id, title and at least one [[claims]]")
	}
	seen := map[string]bool{}
	for i, c := range b.Claims {
		k, ok := kinds[c.Kind]
		switch {
		case c.ID == "" || c.Claim == "":
			return wrong("claim %d: expected id and claim", i+1)
		case seen[c.ID]:
			return wrong("claim %s appears twice", c.ID)
		case !ok:
			return wrong("claim %s: there is no kind %q; expected %s", c.ID, c.Kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
		}
		seen[c.ID] = true
		for _, p := range k.needs {
			if c.With[p] == "" {
				return wrong("claim %s: kind %s needs the parameter %s under with", c.ID, c.Kind, p)
			}
		}
		for p := range c.With {
			if !slices.Contains(k.needs, p) && !slices.Contains(k.takes, p) {
				return wrong("claim %s: kind %s has no parameter %q; expected %s", c.ID, c.Kind, p, strings.Join(append(slices.Clone(k.needs), k.takes...), ", "))
			}
		}
		if err := c.check(); err != nil {
			return wrong("claim %s: %w", c.ID, err)
		}
		if id := c.Sentence; id != "" {
			if c.Sentence = b.Sentences[id]; c.Sentence == "" {
				return wrong("claim %s: there is no sentence %q under [sentences]", c.ID, id)
			}
		}
	}
	b.Text = data
	return &b, nil
}

// check looks at evidence and at what only some kinds have: the question of a measure, columns and the direction of a change.
func (c *Claim) check() error {
	for _, e := range c.Evidence {
		if err := e.check(); err != nil {
			return err
		}
	}
	switch {
	case c.Kind == "measure" || c.Kind == "outside" && c.With["question"] != "":
		if err := c.checkQuestion(); err != nil || c.Kind == "outside" {
			return err
		}
		if text := c.With["step"]; text != "" {
			if n, err := strconv.Atoi(text); err != nil || n < 1 {
				return fmt.Errorf("step %q: expected a number of years, for example 5", text)
			}
		}
		_, err := parseExpect(c.With["expect"])
		return err
	case len(c.Ask) > 0 || len(c.Rows) > 0:
		return fmt.Errorf("kind %s takes no ask and no rows; kind measure does", c.Kind)
	}
	if e, given := c.With["expect"]; given && e != "rises" && e != "falls" {
		return fmt.Errorf("expect %q: expected rises or falls", e)
	}
	for name, most := range map[string]float64{"times": math.MaxFloat64, "least": 1} {
		if text := c.With[name]; text != "" {
			if x, err := strconv.ParseFloat(text, 64); err != nil || !(x > 0) || !(x < most) {
				return fmt.Errorf("%s %q: expected a number above 0%s", name, text, map[string]string{"least": " and below 1: the part that changes", "times": ", for example 3"}[name])
			}
		}
	}
	if c.Kind == "level" && len(c.Published) == 0 {
		return fmt.Errorf("kind level compares with published figures; expected at least one")
	}
	return c.checkColumns("count", counts.Columns()) // kinds that have a column count
}

// checkQuestion sees that there is the question that a claim takes numbers from, with its parameters and columns.
func (c *Claim) checkQuestion() error {
	q, ok := analysis.QuestionOf(c.With["question"])
	if !ok {
		var names []string
		for _, q := range analysis.Questions() {
			names = append(names, q.Name)
		}
		return fmt.Errorf("there is no question %q; expected %s%s", c.With["question"], strings.Join(names, ", "), spelling.Hint(c.With["question"], names))
	}
	for p := range c.Ask {
		if _, ok := q.Parameter(p); !ok {
			return fmt.Errorf("%s has no parameter %q under ask", q.Name, p)
		}
	}
	return c.checkColumns(q.Name, tableOf(q.Name, c.Ask))
}
