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
	"chokepoint/result"
	"chokepoint/server/servertest"
	"chokepoint/store"
	"chokepoint/study"
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
		if dataDir, err = servertest.SmallWorlds(folder); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// loginSite stands in for the pages: it shows nothing but whether it was asked for the form.
func loginSite(*Server) Site {
	return Site{
		Routes: func(mux *http.ServeMux) { mux.HandleFunc("GET /assets/", func(http.ResponseWriter, *http.Request) {}) },
		Login:  func(w http.ResponseWriter, _ *http.Request, status int, _, _ string) { w.WriteHeader(status) },
	}
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

// source is the dataset as the commands have it.
func source(t testing.TB, name, command string) *study.Source {
	t.Helper()
	d, err := store.Open(dataDir, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Program: "chokepoint test", Command: command}
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
		path := APIRoot + "/" + e.question + "?" + e.query
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
		for i := range Formats {
			f := &Formats[i]
			if f.write == nil || f.Name == "table" && q.Print != nil {
				continue
			}
			var b bytes.Buffer
			arranged, err := result.Arrangement{ByValue: result.Format(f.Name).ByValue()}.Of(want)
			if err != nil {
				t.Fatal(err)
			}
			if f.write(&b, arranged) != nil {
				continue // SDMX of what is no series, which TestSDMX refuses
			}
			got := servertest.Body(t, servertest.Get(s, strings.Replace(path, "?", f.Ending+"?", 1)), http.StatusOK)
			if !bytes.Equal(got, b.Bytes()) {
				diff := ""
				if f.Name == "json" || f.Name == "csv" {
					diff = cmp.Diff(b.String(), string(got))
				}
				t.Errorf("%s as %s differs:\n%s", path, f.Name, diff)
			}
		}
	}
}

// TestProvenanceBesideRows compares both files of saved rows with the API, whose rows link to what stands beside them.
func TestProvenanceBesideRows(t *testing.T) {
	s := newServer(t, nil)
	src := source(t, "world", "chokepoint count --importers USA --partners CHN --dataset world")
	q, _ := analysis.QuestionOf("count")
	want, err := q.Answer(t.Context(), src, study.Request{Query: study.Query{Dataset: "world", Importers: "USA", Partners: "CHN"}, Own: map[string]string{"zeros": "false"}})
	if err != nil {
		t.Fatal(err)
	}
	for format, name := range map[result.Format]string{result.FormatCSV: "count.csv", result.FormatNDJSON: "count.ndjson", result.FormatSDMX: "count.sdmx.csv"} {
		path := filepath.Join(t.TempDir(), name)
		if err := result.WriteFile(path, want, format); err != nil {
			t.Fatal(err)
		}
		for _, ending := range []string{"", result.ProvenanceSuffix} {
			file, err := os.ReadFile(path + ending)
			if err != nil {
				t.Fatal(err)
			}
			w := servertest.Get(s, APIRoot+"/"+name+ending+"?importers=USA&partners=CHN")
			if diff := cmp.Diff(string(file), string(servertest.Body(t, w, http.StatusOK))); diff != "" {
				t.Errorf("%s%s:\n%s", name, ending, diff)
			}
			link := "<" + APIRoot + "/" + name + result.ProvenanceSuffix + "?importers=USA&partners=CHN>; rel=\"describedby\""
			if got := w.Header().Get("Link"); (ending == "") != (got == link) {
				t.Errorf("%s%s: Link %q, want %q beside rows alone", name, ending, got, link)
			}
		}
	}
}

// TestPages follows the links from page to page and finds the whole answer.
func TestPages(t *testing.T) {
	s := newServer(t, nil)
	whole := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=all&years=2024&sort=-products,importer"), 200))
	if whole.Page != nil || whole.RowCount < 10 {
		t.Fatalf("the whole answer: page %v, %d rows", whole.Page, whole.RowCount)
	}
	var rows []map[string]any
	path := APIRoot + "/count?importers=all&years=2024&sort=-products,importer&limit=4"
	for n := 0; path != ""; n++ {
		if n > whole.RowCount {
			t.Fatal("the links have no end")
		}
		w := servertest.Get(s, path)
		page := servertest.ReadJSON(t, servertest.Body(t, w, 200))
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
	path := APIRoot + "/count?importers=USA&partners=CHN&years=2024"
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
		w := servertest.Get(s, path, "Accept", accept)
		if servertest.Body(t, w, 200); w.Header().Get("Content-Type") != want {
			t.Errorf("Accept %q: %s, want %s", accept, w.Header().Get("Content-Type"), want)
		}
	}
	servertest.Body(t, servertest.Get(s, path, "Accept", "image/png"), http.StatusNotAcceptable)
	if w := servertest.Get(s, path+"&format=csv"); w.Header().Get("Content-Disposition") != `attachment; filename="count.csv"` {
		t.Errorf("Content-Disposition %q", w.Header().Get("Content-Disposition"))
	}
	servertest.Body(t, servertest.Get(s, APIRoot+"/count.csv?format=json"), 422)
}

func TestCompression(t *testing.T) {
	s := newServer(t, nil)
	path := APIRoot + "/indicators.csv?importers=USA&years=2024"
	plain := servertest.Body(t, servertest.Get(s, path), 200)
	for coding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		w := servertest.Get(s, path, "Accept-Encoding", coding)
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
	w := servertest.Get(s, strings.Replace(path, ".csv", ".parquet", 1), "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "" {
		t.Error("Parquet is compressed twice")
	}
}

// TestETag checks that equal questions have equal tags, others others, and that a known tag costs no computation.
func TestETag(t *testing.T) {
	s := newServer(t, nil)
	tag := func(path string) string {
		t.Helper()
		w := servertest.Get(s, path)
		servertest.Body(t, w, 200)
		return w.Header().Get("ETag")
	}
	base := APIRoot + "/count?importers=USA&partners=CHN"
	first := tag(base)
	if first == "" || first != tag(base) || first != tag(APIRoot+"/count?partners=CHN&importers=USA") {
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
		w := servertest.Get(fresh, base, "If-None-Match", header)
		if len(servertest.Body(t, w, http.StatusNotModified)) > 0 || w.Header().Get("ETag") != first {
			t.Errorf("If-None-Match %s: body %q, tag %s", header, w.Body, w.Header().Get("ETag"))
		}
	}
	if len(fresh.queue.known) > 0 {
		t.Error("an answer was computed for a client that had it")
	}
	servertest.Body(t, servertest.Get(fresh, base, "If-None-Match", `W/"other"`), 200)
}

// TestReplaced checks that a dataset that is ingested again answers anew, and that readers of the old one finish.
func TestReplaced(t *testing.T) {
	s := newServer(t, nil)
	old, err := s.Datasets.Acquire("world")
	if err != nil {
		t.Fatal(err)
	}
	s.Datasets.mu.Lock()
	s.Datasets.list[0].Generation, s.Datasets.listed = "another", time.Now().Add(time.Hour)
	name := s.Datasets.list[0].Name
	s.Datasets.mu.Unlock()
	if name != "world" {
		t.Fatalf("first dataset %s", name)
	}
	again, err := s.Datasets.Acquire("world")
	if err != nil {
		t.Fatal(err)
	}
	if again == old {
		t.Error("the old generation was given")
	}
	if _, err := old.Catalogue.(*store.Dataset).Year(2024); err != nil {
		t.Errorf("the old dataset was closed under its reader: %v", err)
	}
	s.Datasets.Release(old)
	if _, err := old.Catalogue.(*store.Dataset).Year(2023); err == nil {
		t.Error("the old dataset stays open without a reader")
	}
	s.Datasets.Release(again)
}

// hostile lists what strangers send, with the status that it gets.
func hostile() map[string]int {
	q := APIRoot + "/count?importers="
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
		APIRoot + "/sensitivity?importers=USA&x=partner_share%3D0:1:1e-9":               422,
		APIRoot + "/sensitivity?importers=USA&x=partner_share%3DNaN:1:0.1":              422,
		APIRoot + "/sensitivity?importers=USA&x=" + strings.Repeat("partner_share", 99): 422,
		APIRoot + "/sensitivity?importers=USA&by=everything":                            422,
		APIRoot + "/explain?importers=USA":                                              422,
		APIRoot + "/explain":                                                            422,
		APIRoot + "/asymmetry?a=USA":                                                    422,
		APIRoot + "/asymmetry?a=USA&b=USA":                                              422,
		APIRoot + "/asymmetry?a=all&b=CHN":                                              422,
		APIRoot + "/diff?importers=USA":                                                 422,
		APIRoot + "/diff?importers=USA&against=world":                                   422,
		APIRoot + "/diff?importers=USA&against=../x":                                    422,
		APIRoot + "/methods/..%2f..%2fetc%2fpasswd":                                     404,
		APIRoot + "/methods/mgi.toml":                                                   404,
		APIRoot + "/methods/" + strings.Repeat("x", 500):                                422,
		APIRoot + "/blocs/<script>":                                                     404,
		APIRoot + "/datasets/..%2f..":                                                   422,
		APIRoot + "/datasets/%2e%2e":                                                    422,
		APIRoot + "/economies?dataset=%00":                                              422,
		APIRoot + "/count.exe?importers=USA":                                            404,
		APIRoot + "/nothing":                                                            404,
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
		w := servertest.Get(s, path)
		if w.Code != want && !(w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect) {
			t.Errorf("%s: status %d, want %d: %s", Shortened(path), w.Code, want, Shortened(w.Body.String()))
			continue
		}
		if w.Code >= 400 {
			checkProblem(t, path, w)
		}
	}
	servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=USA"), 200)
}

func checkProblem(t *testing.T, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	var p struct {
		Title, Detail string
		Status        int
		Errors        []struct{ Message, Location string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Errorf("%s: %v: %s", Shortened(path), err, w.Body)
		return
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code || p.Title == "" || p.Detail == "" || w.Body.Len() > 4000 {
		t.Errorf("%s: %s, %d bytes of problem: %s", Shortened(path), w.Header().Get("Content-Type"), w.Body.Len(), Shortened(w.Body.String()))
	}
	if strings.Contains(w.Body.String(), dataDir) {
		t.Errorf("%s: the problem names a path of the server: %s", Shortened(path), w.Body)
	}
}

// TestProblemsNameTheirParameters checks that all wrong parameters are said at once, each by name.
func TestProblemsNameTheirParameters(t *testing.T) {
	s := newServer(t, nil)
	w := servertest.Get(s, APIRoot+"/count?importers=XQZ&partners=QQQ&years=1900&products=xx&method=nope&persistence=x&world=y&min-value=z&nope=1")
	var p struct {
		Errors []struct{ Message, Location, Value string }
	}
	if err := json.Unmarshal(servertest.Body(t, w, 422), &p); err != nil {
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
		return servertest.Send(s, http.MethodPost, APIRoot+"/count", strings.NewReader(text), "Content-Type", "application/json")
	}
	want := servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=USA&partners=CHN&years=2024&min-value=1000"), 200)
	got := servertest.Body(t, post(`{"importers": "USA", "partners": "CHN", "years": 2024, "min-value": 1000}`), 200)
	if !bytes.Equal(want, got) {
		t.Error(cmp.Diff(string(want), string(got)))
	}
	definition := `id = \"mine\"\ntitle = \"Mine\"\nstatus = \"published\"\nsource = \"me\"\ncriteria = [\"partner_share > 0.5\"]\n`
	own := servertest.ReadJSON(t, servertest.Body(t, post(`{"importers": "USA", "partners": "CHN", "years": "2024", "definition": "`+definition+`"}`), 200))
	japan := servertest.ReadJSON(t, servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=USA&partners=CHN&years=2024&method=japan-2022"), 200))
	if own.Rows[0]["products"] != japan.Rows[0]["products"] || own.Provenance.Methods[0].ID != "mine" || !strings.Contains(own.Provenance.Methods[0].Text, "partner_share > 0.5") {
		t.Errorf("own definition: %v, want the products of %v; provenance %+v", own.Rows[0], japan.Rows[0], own.Provenance.Methods)
	}
	for text, status := range map[string]int{
		``: 400, `[]`: 400, `{`: 400, `{"importers": "USA"} {}`: 400, `null`: 200, `{"importers": ["USA", "DEU"]}`: 200, `{"importers": [["USA"]]}`: 422, `{"importers": ["USA,DEU"]}`: 422, `{"importers": {"a": 1}}`: 422, `{"importers": null}`: 422,
		`{"importers": "` + strings.Repeat("A", 70_000) + `"}`:                                                              413,
		`{"importers": "USA", "definition": "` + strings.Replace(definition, "mine", "mgi", 1) + `"}`:                       200, // as mgi-own
		`{"importers": "USA", "definition": "` + strings.Replace(definition, "mine", "all", 1) + `"}`:                       422,
		`{"importers": "USA", "definition": "` + strings.Replace(definition, "0.5", strings.Repeat("(", 900)+"1", 1) + `"}`: 422,
	} {
		if w := post(text); w.Code != status {
			t.Errorf("%s: status %d, want %d: %s", Shortened(text), w.Code, status, Shortened(w.Body.String()))
		}
	}
}

// TestCancelled checks that a request that nobody waits for stops its scan and ends its turn.
func TestCancelled(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Scans = 1 })
	started, stopped := make(chan struct{}), make(chan error, 1)
	q := &study.Question{Name: "slow", Ask: func(ctx context.Context, _ *study.Source, _ study.Request) (*result.Table, error) {
		close(started)
		<-ctx.Done()
		stopped <- ctx.Err()
		return nil, ctx.Err()
	}}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	_, err := s.answer(ctx, q, &asked{values: map[string]string{}, path: "/slow"})
	var p *Problem
	if !errors.As(err, &p) || p.Status != statusCancelled || !errors.Is(<-stopped, context.Canceled) {
		t.Errorf("got %v", err)
	}
	servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=USA"), 200)
}

// TestCancelledScan cancels a real scan through the wire.
func TestCancelledScan(t *testing.T) {
	s := newServer(t, nil)
	l := httptest.NewServer(s)
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, l.URL+APIRoot+"/count", nil)
	if _, err := l.Client().Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	a, err := s.Ask(mustQuestion("count"), map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.question.Answer(ctx, a.Source, a.request); !errors.Is(err, context.Canceled) {
		t.Errorf("a scan went on without its asker: %v", err)
	}
}

func mustQuestion(name string) *study.Question {
	q, ok := analysis.QuestionOf(name)
	if !ok {
		panic(name)
	}
	return q
}

// occupy takes a turn, as a question that is being computed has one.
func (s *Server) occupy(t *testing.T) {
	t.Helper()
	if err := s.queue.turns.take(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// TestBusy lets computations run and wait, as many as may.
func TestBusy(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits = Limits{Scans: 1, Waiting: 1, Wait: 50 * time.Millisecond, Rate: -1} })
	s.occupy(t)
	var wg sync.WaitGroup
	var codes [3]int
	for i := range codes {
		wg.Go(func() {
			w := servertest.Get(s, APIRoot+"/count?importers=USA")
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
	s.queue.turns.give(nil, 0)
	servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=USA"), 200)
	s.occupy(t)
	servertest.Body(t, servertest.Get(s, APIRoot+"/count?importers=USA"), 200) // kept: needs no turn
	s.queue.turns.give(nil, 0)
}

func TestTooSlow(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Time = time.Nanosecond })
	w := servertest.Get(s, APIRoot+"/count?importers=all")
	if servertest.Body(t, w, 422); !strings.Contains(w.Body.String(), "takes longer than 1ns") {
		t.Errorf("%s", w.Body)
	}
	s.occupy(t) // another question is computed: the same one may be answered later
	w = servertest.Get(s, APIRoot+"/count?importers=all")
	if servertest.Body(t, w, 503); !strings.Contains(w.Body.String(), "was not ready within 1ns") || w.Header().Get("Retry-After") == "" {
		t.Errorf("beside another: %s", w.Body)
	}
	s.queue.turns.give(nil, 0)
}

func TestTooLarge(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits.Values = 1000 })
	w := servertest.Get(s, APIRoot+"/indicators?importers=all&years=2024")
	if servertest.Body(t, w, 422); !strings.Contains(w.Body.String(), "ask for fewer years") {
		t.Errorf("%s", w.Body)
	}
}

// TestKept checks that answers are forgotten when there are too many, and large ones not kept at all.
func TestKept(t *testing.T) {
	d := newQueue(Limits{Scans: 1, Cached: 40}, newCounters())
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
		codes = append(codes, servertest.Get(s, "/healthz").Code)
	}
	if diff := cmp.Diff([]int{200, 200, 200, 429, 429}, codes); diff != "" {
		t.Error(diff)
	}
	w := servertest.Get(s, "/healthz", "X-Forwarded-For", "10.1.2.3")
	if w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q: a header changed who the client is", w.Code, w.Header().Get("Retry-After"))
	}
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/healthz", nil)
	r.RemoteAddr = "127.0.0.2:1"
	other := httptest.NewRecorder()
	s.ServeHTTP(other, r)
	servertest.Body(t, other, 200)
}

func TestHost(t *testing.T) {
	s := newServer(t, nil)
	for host, want := range map[string]int{"localhost": 200, "localhost:8080": 200, "127.0.0.1:1": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "": 421, "localhost.evil:80": 421, "10.0.0.1": 421} {
		if got := servertest.Get(s, "/healthz", "Host", host).Code; got != want {
			t.Errorf("Host %q: status %d, want %d", host, got, want)
		}
	}
	open := newServer(t, func(c *Config) { c.Local = false })
	servertest.Body(t, servertest.Get(open, "/healthz", "Host", "data.example"), 200)
}

func TestHeaders(t *testing.T) {
	s := newServer(t, nil)
	for _, path := range []string{"/healthz", APIRoot + "/", APIRoot + "/count?importers=XQZ", "/nothing", "/assets/chokepoint.css"} {
		h := servertest.Get(s, path).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	secure := newServer(t, func(c *Config) { c.Secure = true })
	if servertest.Get(secure, "/healthz").Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over TLS")
	}
	w := servertest.Send(s, http.MethodPost, APIRoot+"/count", strings.NewReader("{}"), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	servertest.Body(t, w, http.StatusForbidden)
}

func TestToken(t *testing.T) {
	const token = "correct horse battery"
	s := newServer(t, func(c *Config) { c.Token, c.Local, c.Secure, c.Site = token, false, true, loginSite })
	path := APIRoot + "/methods"
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer ": 401, "Basic " + token: 401, token: 401, "Bearer " + token: 200, "bearer " + token: 200, "BEARER " + token: 200, "bearer wrong": 401} {
		if got := servertest.Get(s, path, "Authorization", header).Code; got != want {
			t.Errorf("Authorization %q: status %d, want %d", header, got, want)
		}
	}
	for _, open := range []string{"/healthz", "/login", "/assets/chokepoint.css"} {
		servertest.Body(t, servertest.Get(s, open), 200)
	}
	for _, closed := range []string{path + "?token=" + token, "/metrics", APIRoot + "/openapi.json", "/mcp", "/"} {
		servertest.Body(t, servertest.Get(s, closed), 401)
	}
	w := servertest.Get(s, path, "Accept", "text/html")
	if servertest.Body(t, w, http.StatusSeeOther); w.Header().Get("Location") != "/login?next=%2Fapi%2Fv1%2Fmethods" {
		t.Errorf("Location %s", w.Header().Get("Location"))
	}
	login := func(form string) *httptest.ResponseRecorder {
		return servertest.Send(s, http.MethodPost, "/login", strings.NewReader(form), "Content-Type", "application/x-www-form-urlencoded")
	}
	servertest.Body(t, login("token=wrong"), 401)
	in := login("next=/api/v1/methods&token=" + strings.ReplaceAll(token, " ", "+"))
	servertest.Body(t, in, http.StatusSeeOther)
	cookie := in.Result().Cookies()[0]
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || strings.Contains(cookie.Value, "horse") || in.Header().Get("Location") != path {
		t.Errorf("cookie %+v, location %s", cookie, in.Header().Get("Location"))
	}
	servertest.Body(t, servertest.Get(s, path, "Cookie", cookie.Name+"="+cookie.Value), 200)
	expires, seal, _ := strings.Cut(cookie.Value, ".")
	for _, forged := range []string{"", ".", seal, "99999999999." + seal, expires + ".", expires + "." + strings.Repeat("0", 64)} {
		servertest.Body(t, servertest.Get(s, path, "Cookie", cookie.Name+"="+forged), 401)
	}
	if s.sessions.valid(cookie.Value, time.Now().Add(sessionLength+time.Second)) {
		t.Error("a session has no end")
	}
	if s.sessions.valid(cookie.Value, time.Now().Add(-time.Hour)) {
		t.Error("a session is longer where the clock was set back")
	}
	tries := 0
	for ; tries < 20 && login("token=guess").Code == 401; tries++ {
	}
	if tries >= 10 {
		t.Error("a token may be guessed without end")
	}
	servertest.Body(t, servertest.Get(s, path, "Authorization", "Bearer "+token), 200)
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
	servertest.Body(t, w, http.StatusForbidden)
	text := string(servertest.Body(t, servertest.Get(s, "/metrics"), 200))
	for _, name := range []string{"chokepoint_http_requests_total", "chokepoint_scans_running", "chokepoint_remembered_bytes", "go_goroutines"} {
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
	f("short", "", "expected at least 16")
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
	answer, err := http.Get(url + APIRoot + "/count?importers=USA")
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
		path := APIRoot + "/" + e.question + "?" + e.query
		paths, want = append(paths, path), append(want, servertest.Body(t, servertest.Get(s, path), 200))
	}
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			k := i % len(paths)
			if w := servertest.Get(s, paths[k]); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), want[k]) {
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
			w := servertest.Get(s, APIRoot+path+"?"+query)
			if w.Code >= 500 || w.Code != 200 && w.Code < 400 {
				t.Errorf("%s?%q: status %d: %s", path, query, w.Code, w.Body)
			}
		}
	})
}
