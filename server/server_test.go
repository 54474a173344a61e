package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"chokepoint/analysis"
	"chokepoint/ingest"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/synth"
	"chokepoint/trade"
)

// dataDir has two small synthetic datasets, made once for all tests.
var dataDir string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "chokepoint-server-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(folder)
		dataDir = filepath.Join(folder, "data")
		for i, name := range []string{"world", "world-before"} {
			archive := filepath.Join(folder, synth.ArchiveName)
			f, err := os.Create(archive)
			if err != nil {
				panic(err)
			}
			world := synth.New(synth.Config{Seed: uint64(i + 1), FirstYear: 2022, LastYear: 2024, Products: 200, Economies: 24, FlowsPerYear: 6000, Quantities: true})
			err = world.WriteArchive(f, func(int, int64) {})
			if err = errors.Join(err, f.Close()); err != nil {
				panic(err)
			}
			_, err = ingest.BACI(context.Background(), []string{archive}, ingest.Options{DataDir: dataDir, Name: name, Synthetic: true, Replace: true,
				Title: "A small world", Source: "made up", Licence: "none", Citation: "none", ProgramVersion: "test", Progress: func(ingest.Progress) {}})
			if err != nil {
				panic(err)
			}
		}
		return m.Run()
	}())
}

// ingested reads an archive into a folder of its own, as dataset load.
func ingested(t *testing.T, archive string) string {
	t.Helper()
	folder := t.TempDir()
	_, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: folder, Name: "load", ProgramVersion: "test", Progress: func(ingest.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// newServer returns a server of both datasets, on loopback, without a bound on the rate unless change sets one.
func newServer(t testing.TB, change func(c *Config)) *Server {
	t.Helper()
	c := Config{Library: Folder(dataDir), Dataset: "world", Program: "chokepoint test", Local: true, Limits: Limits{Rate: -1}}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// get asks s as a client on this computer does.
func get(s http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	return send(s, http.MethodGet, path, nil, headers...)
}

func send(s http.Handler, verb, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(verb, "http://127.0.0.1:8080/", body)
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	r.RequestURI = path
	r.RemoteAddr = "127.0.0.1:4711"
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func body(t testing.TB, w *httptest.ResponseRecorder, status int) []byte {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	return w.Body.Bytes()
}

// source is the dataset as the commands have it.
func source(t testing.TB, name, command string) *analysis.Source {
	t.Helper()
	d, err := store.Open(dataDir, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &analysis.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Program: "chokepoint test", Command: command}
}

// examples ask every question.
var examples = []struct {
	question, query, command string
}{
	{"count", "importers=USA,EU27&partners=CHN&years=2023:2024", "chokepoint count --importers USA,EU27 --partners CHN --years 2023:2024 --dataset world"},
	{"count", "importers=CHN&partners=USA%7CEU27&min-value=1e6&world=net", "chokepoint count --importers CHN --partners 'USA|EU27' --world net --min-value 1e6 --dataset world"},
	{"dependencies", "importers=USA&partners=CHN&method=hjs-2020,mgi&years=2024", "chokepoint dependencies --importers USA --partners CHN --years 2024 --method hjs-2020,mgi --dataset world"},
	{"indicators", "importers=USA&products=28,85&years=2024", "chokepoint indicators --importers USA --products 28,85 --years 2024 --dataset world"},
	{"asymmetry", "a=EU27&b=CHN&years=2024&method=all", "chokepoint asymmetry EU27 CHN --years 2024 --method all --dataset world"},
	{"sensitivity", "importers=USA&partners=CHN&by=product", "chokepoint sensitivity --importers USA --partners CHN --by product --dataset world"},
	{"compare", "importers=USA&by=year&years=2022:2024", "chokepoint compare --importers USA --years 2022:2024 --by year --dataset world"},
	{"diff", "importers=USA&partners=CHN&against=world-before&summary=true", "chokepoint diff --importers USA --partners CHN --against world-before --summary --dataset world"},
	{"calibrate", "by=target", "chokepoint calibrate --by target --dataset world"},
}

// TestAnswers compares the API's answers, byte by byte and format by format, with what analysis and result give.
func TestAnswers(t *testing.T) {
	s := newServer(t, nil)
	for _, e := range examples {
		q, _ := analysis.QuestionOf(e.question)
		path := apiRoot + "/" + e.question + "?" + e.query
		values := map[string]string{"dataset": "world"}
		for pair := range strings.SplitSeq(e.query, "&") {
			name, value, _ := strings.Cut(pair, "=")
			values[name] = strings.ReplaceAll(value, "%7C", "|")
		}
		r, errs := q.Read(values)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if r.Own["against"] != "" {
			r.Before = source(t, r.Own["against"], "")
		}
		want, err := q.Answer(t.Context(), source(t, "world", e.command), r)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for i := range formats {
			f := &formats[i]
			if f.write == nil || f.name == "table" && q.Print != nil {
				continue
			}
			var b bytes.Buffer
			if f.write(&b, want) != nil {
				continue // SDMX of what is no series, which TestSDMX refuses
			}
			got := body(t, get(s, strings.Replace(path, "?", f.ending+"?", 1)), http.StatusOK)
			if !bytes.Equal(got, b.Bytes()) {
				diff := ""
				if f.name == "json" || f.name == "csv" {
					diff = cmp.Diff(b.String(), string(got))
				}
				t.Errorf("%s as %s differs:\n%s", path, f.name, diff)
			}
		}
	}
}

// TestProvenanceBesideCSV compares the three files of a saved CSV with the API.
func TestProvenanceBesideCSV(t *testing.T) {
	s := newServer(t, nil)
	src := source(t, "world", "chokepoint count --importers USA --partners CHN --dataset world")
	want, err := src.Count(t.Context(), analysis.Query{Dataset: "world", Importers: "USA", Partners: "CHN"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "count.csv")
	if err := result.WriteFile(path, want, result.FormatCSV); err != nil {
		t.Fatal(err)
	}
	for _, ending := range []string{"", result.ProvenanceSuffix} {
		file, err := os.ReadFile(path + ending)
		if err != nil {
			t.Fatal(err)
		}
		got := body(t, get(s, apiRoot+"/count.csv"+ending+"?importers=USA&partners=CHN"), http.StatusOK)
		if diff := cmp.Diff(string(file), string(got)); diff != "" {
			t.Errorf("count.csv%s:\n%s", ending, diff)
		}
	}
}

type answerJSON struct {
	Title      string
	RowCount   int `json:"row_count"`
	Page       *result.Page
	Provenance result.Provenance
	Rows       []map[string]any
}

func readJSON(t testing.TB, text []byte) (a answerJSON) {
	t.Helper()
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return a
}

// TestPages follows the links from page to page and finds the whole answer.
func TestPages(t *testing.T) {
	s := newServer(t, nil)
	whole := readJSON(t, body(t, get(s, apiRoot+"/count?importers=all&years=2024&sort=-products,importer"), 200))
	if whole.Page != nil || whole.RowCount < 10 {
		t.Fatalf("the whole answer: page %v, %d rows", whole.Page, whole.RowCount)
	}
	var rows []map[string]any
	path := apiRoot + "/count?importers=all&years=2024&sort=-products,importer&limit=4"
	for n := 0; path != ""; n++ {
		if n > whole.RowCount {
			t.Fatal("the links have no end")
		}
		w := get(s, path)
		page := readJSON(t, body(t, w, 200))
		if page.Page == nil || page.Page.Total != whole.RowCount || w.Header().Get("X-Total-Count") != fmt.Sprint(whole.RowCount) {
			t.Fatalf("page %+v, X-Total-Count %s, want %d rows", page.Page, w.Header().Get("X-Total-Count"), whole.RowCount)
		}
		rows = append(rows, page.Rows...)
		path = ""
		if link := w.Header().Get("Link"); link != "" {
			path = link[1:strings.Index(link, ">")]
		}
	}
	if diff := cmp.Diff(whole.Rows, rows); diff != "" {
		t.Error(diff)
	}
}

func TestNegotiation(t *testing.T) {
	s := newServer(t, nil)
	path := apiRoot + "/count?importers=USA&partners=CHN&years=2024"
	for accept, want := range map[string]string{
		"":                                     "application/json",
		"*/*":                                  "application/json",
		"text/html,application/xml;q=0.9":      "application/json",
		"text/csv":                             "text/csv; charset=utf-8; header=present",
		"text/csv;q=0.2, application/x-ndjson": "application/x-ndjson",
		"application/*;q=0.1, text/csv;q=0.1":  "application/json",
		"application/vnd.apache.parquet":       "application/vnd.apache.parquet",
		"application/vnd.sdmx.data+csv":        "application/vnd.sdmx.data+csv; version=2.0.0",
	} {
		w := get(s, path, "Accept", accept)
		if body(t, w, 200); w.Header().Get("Content-Type") != want {
			t.Errorf("Accept %q: %s, want %s", accept, w.Header().Get("Content-Type"), want)
		}
	}
	body(t, get(s, path, "Accept", "image/png"), http.StatusNotAcceptable)
	if w := get(s, path+"&format=csv"); w.Header().Get("Content-Disposition") != `attachment; filename="count.csv"` {
		t.Errorf("Content-Disposition %q", w.Header().Get("Content-Disposition"))
	}
	body(t, get(s, apiRoot+"/count.csv?format=json"), 422)
}

func TestCompression(t *testing.T) {
	s := newServer(t, nil)
	path := apiRoot + "/indicators.csv?importers=USA&years=2024"
	plain := body(t, get(s, path), 200)
	for coding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		w := get(s, path, "Accept-Encoding", coding)
		if w.Header().Get("Content-Encoding") != coding {
			t.Errorf("asked for %s, got %q", coding, w.Header().Get("Content-Encoding"))
			continue
		}
		r, err := open(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, want %d: %v", coding, len(got), len(plain), err)
		}
	}
	w := get(s, strings.Replace(path, ".csv", ".parquet", 1), "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "" {
		t.Error("Parquet is compressed twice")
	}
}

// TestETag checks that equal questions have equal tags, others others, and that a known tag costs no computation.
func TestETag(t *testing.T) {
	s := newServer(t, nil)
	tag := func(path string) string {
		t.Helper()
		w := get(s, path)
		body(t, w, 200)
		return w.Header().Get("ETag")
	}
	base := apiRoot + "/count?importers=USA&partners=CHN"
	first := tag(base)
	if first == "" || first != tag(base) || first != tag(apiRoot+"/count?partners=CHN&importers=USA") {
		t.Errorf("tags of equal questions differ")
	}
	seen := map[string]string{first: base}
	for _, other := range []string{"&years=2024", "&dataset=world-before", "&limit=1", "&offset=1", "&sort=year", "&format=csv", "&method=mgi", "&min-value=5"} {
		got := tag(base + other)
		if same, ok := seen[got]; ok {
			t.Errorf("%s has the tag of %s", base+other, same)
		}
		seen[got] = base + other
	}
	fresh := newServer(t, nil)
	for _, header := range []string{first, "*", `"x", ` + first, strings.TrimPrefix(first, "W/")} {
		w := get(fresh, base, "If-None-Match", header)
		if len(body(t, w, http.StatusNotModified)) > 0 || w.Header().Get("ETag") != first {
			t.Errorf("If-None-Match %s: body %q, tag %s", header, w.Body, w.Header().Get("ETag"))
		}
	}
	if len(fresh.desk.known) > 0 {
		t.Error("an answer was computed for a client that had it")
	}
	body(t, get(fresh, base, "If-None-Match", `W/"other"`), 200)
}

// TestReplaced checks that a dataset that is ingested again answers anew, and that readers of the old one finish.
func TestReplaced(t *testing.T) {
	s := newServer(t, nil)
	old, err := s.shelf.borrow("world")
	if err != nil {
		t.Fatal(err)
	}
	s.shelf.mu.Lock()
	s.shelf.list[0].Generation, s.shelf.listed = "another", time.Now().Add(time.Hour)
	name := s.shelf.list[0].Name
	s.shelf.mu.Unlock()
	if name != "world" {
		t.Fatalf("first dataset %s", name)
	}
	again, err := s.shelf.borrow("world")
	if err != nil {
		t.Fatal(err)
	}
	if again == old {
		t.Error("the old generation was given")
	}
	if _, err := old.Year(2024); err != nil {
		t.Errorf("the old dataset was closed under its reader: %v", err)
	}
	s.shelf.giveBack(old)
	if _, err := old.Year(2023); err == nil {
		t.Error("the old dataset stays open without a reader")
	}
	s.shelf.giveBack(again)
}

// hostile lists what strangers send, with the status that it gets.
func hostile() map[string]int {
	q := apiRoot + "/count?importers="
	list := map[string]int{
		q + "XQZ":                      422,
		q + "USA&importers=CHN":        422,
		q + "USA%00":                   422,
		q + "%ff%fe":                   422,
		q + "%zz":                      400,
		q + "USA;years=2024":           400,
		q + "USA%0aCHN":                422,
		q + "USA&nope=1":               422,
		q + "USA&%3Cscript%3E=1":       422,
		q + "USA&min-value=NaN":        422,
		q + "USA&min-value=Inf":        422,
		q + "USA&min-value=-1":         422,
		q + "USA&min-value=1e999":      422,
		q + "USA&years=99999999999999": 422,
		q + "USA&years=2024:1":         422,
		q + "USA&years=1900":           422,
		q + "USA&limit=-1":             422,
		q + "USA&limit=1e3":            422,
		q + "USA&limit=99999999999999": 422,
		q + "USA&offset=x":             422,
		q + "USA&sort=nope":            422,
		q + "USA&sort=" + strings.Repeat("-year,", 300): 422,
		q + "USA&format=exe":                            422,
		q + "USA&persistence=9/3":                       422,
		q + "USA&persistence=0/0":                       422,
		q + "USA&world=both":                            422,
		q + "USA&method=nope":                           422,
		q + "USA&method=/etc/passwd":                    422,
		q + "USA&method=/etc/passwd.toml":               422,
		q + "USA&method=../method/builtin/mgi.TOML":     422,
		q + "USA&method=mgi,mgi":                        422,
		q + "USA&method=" + strings.TrimSuffix(strings.Repeat("all,", 100), ","): 422,
		q + "USA&dataset=../world":                                                      422,
		q + "USA&dataset=/tmp":                                                          422,
		q + "USA&dataset=nope":                                                          422,
		q + strings.TrimSuffix(strings.Repeat("USA,", 10000), ","):                      414,
		q + strings.TrimSuffix(strings.Repeat("USA,", 1500), ","):                       422,
		q + strings.TrimSuffix(strings.Repeat("USA+", 1000), "+"):                       422,
		q + "USA&partners=" + strings.Repeat("(", 2000):                                 422,
		q + "USA&products=" + strings.Repeat("9", 3000):                                 422,
		q + "USA&definition=" + strings.Repeat("x", 7000):                               422,
		q + "USA&definition=id+%3D+%22x%22":                                             422,
		apiRoot + "/sensitivity?importers=USA&x=partner_share%3D0:1:1e-9":               422,
		apiRoot + "/sensitivity?importers=USA&x=partner_share%3DNaN:1:0.1":              422,
		apiRoot + "/sensitivity?importers=USA&x=" + strings.Repeat("partner_share", 99): 422,
		apiRoot + "/sensitivity?importers=USA&by=everything":                            422,
		apiRoot + "/explain?importers=USA":                                              422,
		apiRoot + "/explain":                                                            422,
		apiRoot + "/asymmetry?a=USA":                                                    422,
		apiRoot + "/asymmetry?a=USA&b=USA":                                              422,
		apiRoot + "/asymmetry?a=all&b=CHN":                                              422,
		apiRoot + "/diff?importers=USA":                                                 422,
		apiRoot + "/diff?importers=USA&against=world":                                   422,
		apiRoot + "/diff?importers=USA&against=../x":                                    422,
		apiRoot + "/methods/..%2f..%2fetc%2fpasswd":                                     404,
		apiRoot + "/methods/mgi.toml":                                                   404,
		apiRoot + "/methods/" + strings.Repeat("x", 500):                                422,
		apiRoot + "/blocs/<script>":                                                     404,
		apiRoot + "/datasets/..%2f..":                                                   422,
		apiRoot + "/datasets/%2e%2e":                                                    422,
		apiRoot + "/economies?dataset=%00":                                              422,
		apiRoot + "/count.exe?importers=USA":                                            404,
		apiRoot + "/nothing":                                                            404,
		"/assets/../../etc/passwd":                                                      404,
		"/assets/%2e%2e/%2e%2e/server.go":                                               404,
		"/.git/config":                                                                  404,
		"/" + strings.Repeat("a", 9000):                                                 414,
	}
	return list
}

// TestHostile sends what strangers send: each gets a clear 4xx that leaves the server well.
func TestHostile(t *testing.T) {
	s := newServer(t, nil)
	l := httptest.NewServer(s)
	defer l.Close()
	for path, want := range hostile() {
		// The client of net/http refuses or cleans some of these paths; the handler sees them raw.
		w := get(s, path)
		if w.Code != want && !(w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect) {
			t.Errorf("%s: status %d, want %d: %s", short(path), w.Code, want, short(w.Body.String()))
			continue
		}
		if w.Code >= 400 {
			checkProblem(t, path, w)
		}
	}
	body(t, get(s, apiRoot+"/count?importers=USA"), 200)
}

func checkProblem(t *testing.T, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	var p struct {
		Title, Detail string
		Status        int
		Errors        []struct{ Message, Location string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Errorf("%s: %v: %s", short(path), err, w.Body)
		return
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code || p.Title == "" || p.Detail == "" || w.Body.Len() > 4000 {
		t.Errorf("%s: %s, %d bytes of problem: %s", short(path), w.Header().Get("Content-Type"), w.Body.Len(), short(w.Body.String()))
	}
	if strings.Contains(w.Body.String(), dataDir) {
		t.Errorf("%s: the problem names a path of the server: %s", short(path), w.Body)
	}
}

// TestProblemsNameTheirParameters checks that all wrong parameters are said at once, each by name.
func TestProblemsNameTheirParameters(t *testing.T) {
	s := newServer(t, nil)
	w := get(s, apiRoot+"/count?importers=XQZ&partners=QQQ&years=1900&products=xx&method=nope&persistence=x&world=y&min-value=z&nope=1")
	var p struct {
		Errors []struct{ Message, Location, Value string }
	}
	if err := json.Unmarshal(body(t, w, 422), &p); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range p.Errors {
		got[e.Location] = e.Value
	}
	want := map[string]string{"importers": "XQZ", "partners": "QQQ", "years": "1900", "products": "xx", "method": "nope", "persistence": "x", "world": "y", "min-value": "z", "nope": "1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, w.Body)
	}
}

func TestPost(t *testing.T) {
	s := newServer(t, nil)
	post := func(text string) *httptest.ResponseRecorder {
		return send(s, http.MethodPost, apiRoot+"/count", strings.NewReader(text), "Content-Type", "application/json")
	}
	want := body(t, get(s, apiRoot+"/count?importers=USA&partners=CHN&years=2024&min-value=1000"), 200)
	got := body(t, post(`{"importers": "USA", "partners": "CHN", "years": 2024, "min-value": 1000}`), 200)
	if !bytes.Equal(want, got) {
		t.Error(cmp.Diff(string(want), string(got)))
	}
	definition := `id = \"mine\"\ntitle = \"Mine\"\nstatus = \"published\"\nsource = \"me\"\ncriteria = [\"partner_share > 0.5\"]\n`
	own := readJSON(t, body(t, post(`{"importers": "USA", "partners": "CHN", "years": "2024", "definition": "`+definition+`"}`), 200))
	japan := readJSON(t, body(t, get(s, apiRoot+"/count?importers=USA&partners=CHN&years=2024&method=japan-2022"), 200))
	if own.Rows[0]["products"] != japan.Rows[0]["products"] || own.Provenance.Methods[0].ID != "mine" || !strings.Contains(own.Provenance.Methods[0].Text, "partner_share > 0.5") {
		t.Errorf("own definition: %v, want the products of %v; provenance %+v", own.Rows[0], japan.Rows[0], own.Provenance.Methods)
	}
	for text, status := range map[string]int{
		``: 400, `[]`: 400, `{`: 400, `{"importers": "USA"} {}`: 400, `null`: 200, `{"importers": ["USA"]}`: 422, `{"importers": {"a": 1}}`: 422, `{"importers": null}`: 422,
		`{"importers": "` + strings.Repeat("A", 70_000) + `"}`:                                                              413,
		`{"importers": "USA", "definition": "` + strings.Replace(definition, "mine", "mgi", 1) + `"}`:                       200, // as mgi-own
		`{"importers": "USA", "definition": "` + strings.Replace(definition, "mine", "all", 1) + `"}`:                       422,
		`{"importers": "USA", "definition": "` + strings.Replace(definition, "0.5", strings.Repeat("(", 900)+"1", 1) + `"}`: 422,
	} {
		if w := post(text); w.Code != status {
			t.Errorf("%s: status %d, want %d: %s", short(text), w.Code, status, short(w.Body.String()))
		}
	}
}

// TestCancelled checks that a request that nobody waits for stops its scan and frees its slot.
func TestCancelled(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Scans = 1 })
	started, stopped := make(chan struct{}), make(chan error, 1)
	q := &analysis.Question{Name: "slow", Ask: func(ctx context.Context, _ *analysis.Source, _ analysis.Request) (*result.Table, error) {
		close(started)
		<-ctx.Done()
		stopped <- ctx.Err()
		return nil, ctx.Err()
	}}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	_, err := s.answer(ctx, q, &asked{values: map[string]string{}, path: "/slow"})
	var p *problem
	if !errors.As(err, &p) || p.Status != statusCancelled || !errors.Is(<-stopped, context.Canceled) {
		t.Errorf("got %v", err)
	}
	body(t, get(s, apiRoot+"/count?importers=USA"), 200)
}

// TestCancelledScan cancels a real scan through the wire.
func TestCancelledScan(t *testing.T) {
	s := newServer(t, nil)
	l := httptest.NewServer(s)
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, l.URL+apiRoot+"/count", nil)
	if _, err := l.Client().Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	a, err := s.ask(mustQuestion("count"), map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if _, err := a.question.Answer(ctx, a.source, a.request); !errors.Is(err, context.Canceled) {
		t.Errorf("a scan went on without its asker: %v", err)
	}
}

func mustQuestion(name string) *analysis.Question {
	q, ok := analysis.QuestionOf(name)
	if !ok {
		panic(name)
	}
	return q
}

// TestBusy fills the slots and the queue.
func TestBusy(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits = Limits{Scans: 1, Waiting: 1, Wait: 50 * time.Millisecond, Rate: -1} })
	s.desk.slots <- struct{}{}
	var wg sync.WaitGroup
	var codes [3]int
	for i := range codes {
		wg.Go(func() {
			w := get(s, apiRoot+"/count?importers=USA")
			codes[i] = w.Code
			if w.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		})
	}
	wg.Wait()
	if codes != [3]int{503, 503, 503} {
		t.Errorf("status %v, want 503", codes)
	}
	<-s.desk.slots
	body(t, get(s, apiRoot+"/count?importers=USA"), 200)
	s.desk.slots <- struct{}{}
	body(t, get(s, apiRoot+"/count?importers=USA"), 200) // kept: needs no slot
	<-s.desk.slots
}

func TestTooSlow(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Time = time.Nanosecond })
	w := get(s, apiRoot+"/count?importers=all")
	if body(t, w, 422); !strings.Contains(w.Body.String(), "takes longer than 1ns") {
		t.Errorf("%s", w.Body)
	}
}

func TestTooLarge(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Values = 1000 })
	w := get(s, apiRoot+"/indicators?importers=all&years=2024")
	if body(t, w, 422); !strings.Contains(w.Body.String(), "ask for fewer years") {
		t.Errorf("%s", w.Body)
	}
}

// TestKept checks that answers are forgotten when there are too many, and large ones not kept at all.
func TestKept(t *testing.T) {
	d := newDesk(Limits{Scans: 1, Cached: 40}, newCounters())
	table := func(rows int) *result.Table {
		c := result.IntColumn("n", "", "")
		c.AppendInt(make([]int64, rows)...)
		return result.New("t", "T", c)
	}
	for i, rows := range []int{3, 3, 100, 9, 9, 9, 3} {
		d.keep(fmt.Sprint(i), table(rows))
	}
	var kept string
	for i := range 7 {
		if d.find(fmt.Sprint(i)) != nil {
			kept += fmt.Sprint(i)
		}
	}
	if kept != "1"+"3456" && kept != "13456" || d.values > 40 {
		t.Errorf("kept %s with %d values", kept, d.values)
	}
}

func TestRate(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Rate, c.Limits.Burst = 0.001, 3 })
	var codes []int
	for range 5 {
		codes = append(codes, get(s, "/healthz").Code)
	}
	if diff := cmp.Diff([]int{200, 200, 200, 429, 429}, codes); diff != "" {
		t.Error(diff)
	}
	w := get(s, "/healthz", "X-Forwarded-For", "10.1.2.3")
	if w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q: a header changed who the client is", w.Code, w.Header().Get("Retry-After"))
	}
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/healthz", nil)
	r.RemoteAddr = "127.0.0.2:1"
	other := httptest.NewRecorder()
	s.ServeHTTP(other, r)
	body(t, other, 200)
}

func TestHost(t *testing.T) {
	s := newServer(t, nil)
	for host, want := range map[string]int{"localhost": 200, "localhost:8080": 200, "127.0.0.1:1": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "": 421, "localhost.evil:80": 421, "10.0.0.1": 421} {
		if got := get(s, "/healthz", "Host", host).Code; got != want {
			t.Errorf("Host %q: status %d, want %d", host, got, want)
		}
	}
	open := newServer(t, func(c *Config) { c.Local = false })
	body(t, get(open, "/healthz", "Host", "data.example"), 200)
}

func TestHeaders(t *testing.T) {
	s := newServer(t, nil)
	for _, path := range []string{"/healthz", apiRoot + "/", apiRoot + "/count?importers=XQZ", "/nothing", "/assets/chokepoint.css"} {
		h := get(s, path).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	secure := newServer(t, func(c *Config) { c.Secure = true })
	if get(secure, "/healthz").Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over TLS")
	}
	w := send(s, http.MethodPost, apiRoot+"/count", strings.NewReader("{}"), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	body(t, w, http.StatusForbidden)
}

func TestToken(t *testing.T) {
	const token = "correct horse battery"
	s := newServer(t, func(c *Config) { c.Token, c.Local, c.Secure = token, false, true })
	path := apiRoot + "/methods"
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer ": 401, "Basic " + token: 401, token: 401, "Bearer " + token: 200, "bearer " + token: 200, "BEARER " + token: 200, "bearer wrong": 401} {
		if got := get(s, path, "Authorization", header).Code; got != want {
			t.Errorf("Authorization %q: status %d, want %d", header, got, want)
		}
	}
	for _, open := range []string{"/healthz", "/login", "/assets/chokepoint.css"} {
		body(t, get(s, open), 200)
	}
	for _, closed := range []string{path + "?token=" + token, "/metrics", apiRoot + "/openapi.json", "/mcp", "/"} {
		body(t, get(s, closed), 401)
	}
	w := get(s, path, "Accept", "text/html")
	if body(t, w, http.StatusSeeOther); w.Header().Get("Location") != "/login?next=%2Fapi%2Fv1%2Fmethods" {
		t.Errorf("Location %s", w.Header().Get("Location"))
	}
	login := func(form string) *httptest.ResponseRecorder {
		return send(s, http.MethodPost, "/login", strings.NewReader(form), "Content-Type", "application/x-www-form-urlencoded")
	}
	body(t, login("token=wrong"), 401)
	in := login("next=/api/v1/methods&token=" + strings.ReplaceAll(token, " ", "+"))
	body(t, in, http.StatusSeeOther)
	cookie := in.Result().Cookies()[0]
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || strings.Contains(cookie.Value, "horse") || in.Header().Get("Location") != path {
		t.Errorf("cookie %+v, location %s", cookie, in.Header().Get("Location"))
	}
	body(t, get(s, path, "Cookie", cookie.Name+"="+cookie.Value), 200)
	expires, seal, _ := strings.Cut(cookie.Value, ".")
	for _, forged := range []string{"", ".", seal, "99999999999." + seal, expires + ".", expires + "." + strings.Repeat("0", 64)} {
		body(t, get(s, path, "Cookie", cookie.Name+"="+forged), 401)
	}
	if s.sessions.valid(cookie.Value, time.Now().Add(sessionLength+time.Second)) {
		t.Error("a session has no end")
	}
	tries := 0
	for ; tries < 20 && login("token=guess").Code == 401; tries++ {
	}
	if tries >= 10 {
		t.Error("a token may be guessed without end")
	}
	body(t, get(s, path, "Authorization", "Bearer "+token), 200)
}

func TestLocalPath(t *testing.T) {
	for text, want := range map[string]string{"": "/", "/x?y=1": "/x?y=1", "//evil": "/", "https://evil": "/", `/\evil`: "/", "x": "/", "/a\r\nb": "/", "javascript:alert(1)": "/"} {
		if got := localPath(text); got != want {
			t.Errorf("localPath(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPublicMetrics(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Local = false })
	r := httptest.NewRequest(http.MethodGet, "http://data.example/metrics", nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	body(t, w, http.StatusForbidden)
	text := string(body(t, get(s, "/metrics"), 200))
	for _, name := range []string{"chokepoint_http_requests_total", "chokepoint_scans_running", "go_goroutines"} {
		if !strings.Contains(text, name) {
			t.Errorf("/metrics lacks %s", name)
		}
	}
}

func TestReadToken(t *testing.T) {
	folder := t.TempDir()
	f := func(content, want, problem string) {
		t.Helper()
		path := filepath.Join(folder, "token")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadToken(path)
		if got != want || (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("ReadToken of %q: %q, %v", content, got, err)
		}
	}
	f("0123456789abcdef\n", "0123456789abcdef", "")
	f("short", "", "want at least 16")
	f("\n", "", "is empty")
	t.Setenv(TokenVariable, "0123456789abcdefgh")
	if got, err := ReadToken(""); got != "0123456789abcdefgh" || err != nil {
		t.Errorf("from the environment: %q, %v", got, err)
	}
}

// TestServe starts and stops a server on the wire: the request under way is answered, the next refused.
func TestServe(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	l := httptest.NewUnstartedServer(nil).Listener
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, "", "") }()
	url := "http://" + l.Addr().String()
	answer, err := http.Get(url + apiRoot + "/count?importers=USA")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != 200 {
		t.Errorf("status %d, %v", answer.StatusCode, err)
	}
	answer.Body.Close()
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(15 * time.Second):
		t.Fatal("the server does not stop")
	}
	if !strings.Contains(log.String(), "path=/api/v1/count") || strings.Count(log.String(), "msg=request") != 1 {
		t.Errorf("log: %s", log.String())
	}
}

// TestTogether asks many questions at a time; the race detector looks on.
func TestTogether(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Cached = 2000 })
	var want [][]byte
	var paths []string
	for _, e := range examples[:6] {
		path := apiRoot + "/" + e.question + "?" + e.query
		paths, want = append(paths, path), append(want, body(t, get(s, path), 200))
	}
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			k := i % len(paths)
			if w := get(s, paths[k]); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), want[k]) {
				t.Errorf("%s: status %d, or another answer", paths[k], w.Code)
			}
		})
	}
	wg.Wait()
}

// FuzzQuery sends any query: the server answers, with a problem where it is wrong, and never fails.
func FuzzQuery(f *testing.F) {
	for path := range hostile() {
		if _, query, ok := strings.Cut(path, "?"); ok && len(query) < 300 {
			f.Add(query)
		}
	}
	for _, e := range examples {
		f.Add(e.query)
	}
	s := newServer(f, func(c *Config) { c.Limits.Time = 5 * time.Second })
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/count", "/explain", "/economies"} {
			w := get(s, apiRoot+path+"?"+query)
			if w.Code >= 500 || w.Code != 200 && w.Code < 400 {
				t.Errorf("%s?%q: status %d: %s", path, query, w.Code, w.Body)
			}
		}
	})
}
