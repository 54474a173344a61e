package main

import (
	"context"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chokepoint/analysis"
	"chokepoint/server"
	"chokepoint/study"
)

// TestAnswersNameCommandsThatRun puts questions to the API and types the command of each answer: it gives the same bytes. What
// the API refuses the command refuses too.
func TestAnswersNameCommandsThatRun(t *testing.T) {
	s := newCommandServer(t)
	asked := 0
	for _, q := range analysis.Questions() {
		needed := map[string]string{}
		for _, p := range q.Parameters {
			if p.Required {
				needed[p.Name] = p.Example
			}
		}
		s.compare(q, needed)
		every := maps.Clone(needed)
		for _, p := range q.Parameters {
			one := maps.Clone(needed)
			one[p.Name], every[p.Name] = p.Example, p.Example
			s.compare(q, one)
			for _, value := range slices.Concat(p.Values, odd[p.Name]) {
				one[p.Name] = value
				s.compare(q, one)
			}
			asked += 1 + len(p.Values) + len(odd[p.Name])
		}
		s.compare(q, every)
	}
	if asked < 150 {
		t.Errorf("%d questions; the test no longer sees them", asked)
	}
}

// TestArrangedAnswersNameTheirCommands: order and part of an answer are in its command too.
func TestArrangedAnswersNameTheirCommands(t *testing.T) {
	s := newCommandServer(t)
	for _, q := range analysis.Questions() {
		values := map[string]string{}
		for _, p := range q.Parameters {
			if p.Required {
				values[p.Name] = p.Example
			}
		}
		text, status := s.get(q.Joined("/")+".csv", values)
		if status != http.StatusOK {
			continue // the small world lacks what it needs
		}
		header, _, _ := strings.Cut(text, "\n")
		columns := strings.Split(header, ",")
		values["filter"] = "a"
		s.compare(q, values)
		values["sort"] = "-" + columns[len(columns)-1] + "," + columns[0]
		s.compare(q, values)
		values["limit"] = "2"
		s.compare(q, values)
		values["offset"] = "1"
		if command := s.compare(q, values); !strings.HasSuffix(command, " --filter a --sort "+values["sort"]+" --limit 2 --offset 1") {
			t.Errorf("%s: the command is %s", q.Name, command)
		}
	}
}

// TestLongQuestionsFitALine: the longest list that the API takes, all of a chapter's codes say, is a line that the shell takes too.
func TestLongQuestionsFitALine(t *testing.T) {
	s := newCommandServer(t)
	q, _ := analysis.QuestionOf("count")
	list := strings.Repeat("850760,", server.DefaultLimits.Text/7)
	command := s.compare(q, map[string]string{"importers": "USA", "products": strings.TrimSuffix(list, ",")})
	if len(command) < server.DefaultLimits.Text-10 {
		t.Errorf("the command is %d bytes long", len(command))
	}
	if most := server.DefaultLimits.Body; most > 1<<16 { // the shortest line that a system of today takes as one argument is 128 KB
		t.Errorf("a question may have %d bytes, more than a line takes with each of its letters in quotes", most)
	}
}

// odd are values that a shell would take for its own, or that need care for another reason. Most are refused.
var odd = map[string][]string{
	"importers": {"USA|EU27", "USA + EU27 , CHN", "Korea, Rep.", "Côte d'Ivoire", "$HOME", "`id`", "-USA", "--help", "!!", "*", "~", "a\\b", `"USA"`, "USA;CHN"},
	"partners":  {"-", "CHN|USA", "=CHN", "{CHN,USA}", "#CHN"},
	"products":  {"85, 28", "list:mic25/nev", "-85", "(85)", "850760&x=1"},
	"years":     {"2024, 2023", "2023:2024", "<2024", "-1"},
	"method":    {"all", "merics-2024, hjs-2020", "mine.toml", "-"},
	"min-value": {"1_000", "1e3", "-1"},
	"a":         {"USA+EU27", "-", "--b", "Korea, Rep.", "'"},
	"b":         {"-x", "Viet Nam"},
	"codes":     {"850760, 28", "-850760", "--to"},
	"x":         {"partner_share = 0.2:0.6:0.2", "partner_share>0.2"},
}

// TestExamplesOfTheAPI does the same with every question that the documents put to the API, by curl, from Python and from R.
func TestExamplesOfTheAPI(t *testing.T) {
	s := newCommandServer(t)
	n := 0
	for _, doc := range docs(t) {
		for line := range strings.Lines(readDoc(t, doc)) {
			name, values := questionOf(t, strings.TrimSpace(line))
			q, ok := analysis.QuestionOf(name)
			if !ok {
				continue
			}
			for name := range values {
				if _, ok := q.Parameter(name); !ok {
					t.Errorf("%s: %s has no parameter %s: %s", doc, q.Name, name, line)
				}
			}
			s.compare(q, values)
			n++
		}
	}
	if n < 7 {
		t.Errorf("%d questions found in the documents; the test no longer sees them", n)
	}
}

var (
	called    = regexp.MustCompile(`chokepoint\("([a-z]+)", (.*)\)$`) // in Python and R
	parameter = regexp.MustCompile(`([a-z_]+) ?= ?("[^"]*"|[^,"]+)`)
)

// questionOf reads a line of a document that asks the API; "" is any other line.
func questionOf(t *testing.T, line string) (name string, values map[string]string) {
	values = map[string]string{}
	if m := called.FindStringSubmatch(line); m != nil {
		for _, p := range parameter.FindAllStringSubmatch(m[2], -1) {
			values[strings.ReplaceAll(p[1], "_", "-")] = strings.Trim(p[2], `"`)
		}
		return m[1], values
	}
	line = strings.TrimPrefix(line, "$ ")
	if !strings.HasPrefix(line, "curl ") {
		return "", nil
	}
	for _, word := range words(t, line) {
		address, ok := strings.CutPrefix(word, "http://127.0.0.1:8080/api/v1/")
		if ok {
			var query string
			address, query, _ = strings.Cut(address, "?")
			name, _, _ = strings.Cut(address, ".")
			parsed, err := url.ParseQuery(query)
			if err != nil {
				t.Errorf("%s: %v", line, err)
			}
			for key := range parsed {
				values[key] = parsed.Get(key)
			}
		} else if key, value, ok := strings.Cut(word, "="); ok { // of -d and --data-urlencode
			values[key] = value
		}
	}
	return name, values
}

// TestCommandOfOwnDefinition checks that the command names a file in the place of each definition of the asker's, and of no
// other whose name begins alike.
func TestCommandOfOwnDefinition(t *testing.T) {
	s := newCommandServer(t)
	text := "id = \"m\"\ntitle = \"Half\"\nsource = \"this test\"\ncriteria = [\"partner_share >= 0.5\"]\n"
	t.Chdir(t.TempDir())
	if err := os.WriteFile("m.toml", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	q, _ := analysis.QuestionOf("count")
	for given, want := range map[string]string{"": "m.toml", "merics-2024, M ,mgi": "'merics-2024,m.toml,mgi'"} {
		if command := s.compare(q, map[string]string{"method": given, "definition": text}); !strings.Contains(command, "--method "+strings.Trim(want, "'")+" ") {
			t.Errorf("method %q: the command is %s, want --method %s", given, command, want)
		}
	}
	copied := strings.Replace(program(t, "methods", "show", "mgi"), "> 0.3", "> 0.2", 1)
	if err := os.WriteFile("mgi-own.toml", []byte(copied), 0o666); err != nil {
		t.Fatal(err)
	}
	if command := s.compare(q, map[string]string{"definition": copied}); !strings.Contains(command, "--method mgi-own.toml ") {
		t.Errorf("a changed copy: the command is %s", command)
	}
}

// commandServer answers from a small world in two releases.
type commandServer struct {
	*testing.T
	server *server.Server
}

func newCommandServer(t *testing.T) *commandServer {
	t.Setenv("CHOKEPOINT_DATA", t.TempDir())
	world := tinyWorld(t)
	against, _ := analysis.QuestionOf("diff")
	p, _ := against.Parameter("against")
	program(t, "ingest", "baci", "--name", p.Example, world)
	program(t, "ingest", "baci", world)
	program(t, "datasets", "use", "baci-hs17-v202601")
	config, err := (&app{}).serverConfig()
	if err != nil {
		t.Fatal(err)
	}
	config.Limits.Rate = -1
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &commandServer{t, s}
}

// compare puts a question to the API and its command to the program. It returns the command.
func (s *commandServer) compare(q *study.Question, values map[string]string) string {
	s.Helper()
	text, status := s.get(q.Joined("/")+".csv", values)
	if status != http.StatusOK {
		s.refused(q, values)
		return ""
	}
	about, _ := s.get(q.Joined("/")+".csv.provenance.json", values)
	var told struct {
		Provenance struct{ Command string }
	}
	if err := json.Unmarshal([]byte(about), &told); err != nil {
		s.Fatalf("%s %v: %v", q.Name, values, err)
	}
	command := told.Provenance.Command
	var out, errs strings.Builder
	words := s.split(command)
	if len(words) < 2 || words[0] != "chokepoint" {
		s.Errorf("%s %v gives the command %q", q.Name, values, command)
		return command
	}
	if code := run(context.Background(), slices.Insert(words[1:], 1, "--format", "csv"), &out, &errs); code != exitOK {
		s.Errorf("%s %v gives the command\n    %s\nexit code %d: %s", q.Name, values, command, code, errs.String())
	} else if out.String() != text {
		s.Errorf("%s %v gives the command\n    %s\nwhich prints something else", q.Name, values, command)
	}
	return command
}

// refused checks that the command of a wrong question is refused as such: its words reach the program as they are.
func (s *commandServer) refused(q *study.Question, values map[string]string) {
	s.Helper()
	if files := slices.Collect(maps.Values(values)); slices.ContainsFunc(files, func(v string) bool { return filepath.Ext(v) == ".toml" }) {
		return // the server reads no files
	}
	command := q.Command(values, "baci-hs17-v202601")
	var out, errs strings.Builder
	if code := run(context.Background(), s.split(command)[1:], &out, &errs); code != exitUsage {
		s.Errorf("the API refuses %s %v, but\n    %s\nends with exit code %d: %s%s", q.Name, values, command, code, out.String(), errs.String())
	} else if strings.Contains(errs.String(), "unknown flag") || strings.Contains(errs.String(), "unknown shorthand") {
		s.Errorf("%s\n%s", command, errs.String())
	}
}

func (s *commandServer) get(path string, values map[string]string) (string, int) {
	query := url.Values{}
	for name, value := range values {
		query.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, (&url.URL{Path: "/api/v1/" + path, RawQuery: query.Encode()}).String(), nil))
	return w.Body.String(), w.Code
}

// split takes a line apart as a shell does, and fails where a shell would do more with it than that.
func (s *commandServer) split(line string) (list []string) {
	s.Helper()
	word, started := "", false
	for rest := line; ; {
		i := strings.IndexAny(rest, " '\"\\$`|&;<>()*?[]{}~#!")
		if i < 0 {
			if word += rest; started || word != "" {
				list = append(list, word)
			}
			return list
		}
		word += rest[:i]
		special := rest[i]
		rest = rest[i+1:]
		switch special {
		case ' ':
			if started || word != "" {
				list = append(list, word)
			}
			word, started = "", false
		case '\'':
			inside, after, ok := strings.Cut(rest, "'")
			if !ok {
				s.Fatalf("%s: a quote is not closed", line)
			}
			word, rest, started = word+inside, after, true
		case '\\':
			word, rest = word+rest[:1], rest[1:]
		default:
			s.Fatalf("%s: a shell would not take %c as it is", line, special)
		}
	}
}

// TestCommandsOfPages: the command at the foot of each page runs, and each file that a page offers is, to the byte, what its own
// command prints.
func TestCommandsOfPages(t *testing.T) {
	s := newCommandServer(t)
	t.Chdir(t.TempDir())
	get := func(address string) string {
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d", address, w.Code)
		}
		return w.Body.String()
	}
	save := func(definition string) { // of the visitor, whom the page tells to
		if err := os.WriteFile("own.toml", []byte(definition), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	addresses := []string{"/workbench?importers=USA&partners=CHN&t2=0.35"}
	for _, m := range pageLink.FindAllStringSubmatch(get("/"), -1) {
		addresses = append(addresses, html.UnescapeString(m[1]))
	}
	commands, files := 0, map[string]bool{}
	for _, address := range addresses {
		page := get(address)
		if m := footCommand.FindStringSubmatch(page); m != nil {
			commands++
			if query, ok := strings.CutPrefix(address, "/workbench"); ok {
				save(get("/workbench.toml" + query))
			}
			var out, errs strings.Builder
			if code := run(context.Background(), s.split(html.UnescapeString(m[1]))[1:], &out, &errs); code != exitOK {
				t.Errorf("%s names the command %s\nexit code %d: %s", address, m[1], code, errs.String())
			}
		}
		for _, m := range pageFile.FindAllStringSubmatch(page, -1) {
			file := html.UnescapeString(m[1])
			name, query, _ := strings.Cut(strings.TrimPrefix(file, "/api/v1/"), ".csv?")
			values, err := url.ParseQuery(query)
			q, ok := analysis.QuestionOf(name)
			if err != nil || !ok || files[file] {
				continue // a listing, such as the coverage of a dataset
			}
			files[file] = true
			given := map[string]string{}
			for name := range values {
				given[name] = values.Get(name)
			}
			save(given["definition"])
			s.compare(q, given)
		}
	}
	if commands < 8 || len(files) < 15 {
		t.Errorf("%d commands and %d files in %d pages; the test no longer sees them", commands, len(files), len(addresses))
	}
}

var (
	pageLink    = regexp.MustCompile(`<li><a href="(/[^"]*)"`)
	footCommand = regexp.MustCompile(`the command line[^<]*(?:<code>[^<]*</code>[^<]*)?:</p><pre tabindex="0"><code>([^<]*)</code>`)
	pageFile    = regexp.MustCompile(`href="(/api/v1/[^"]*\.csv\?[^"]*)"`)
)
