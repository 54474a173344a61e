package pages

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"chokepoint/brief"
	"chokepoint/ingest"
	"chokepoint/server"
	"chokepoint/server/servertest"
	"chokepoint/synth"
)

// wide is the folder of a dataset with enough products for claims to be weighed on it.
var wide = sync.OnceValues(func() (string, error) {
	folder := filepath.Join(dataDir, "..", "wide")
	archive := filepath.Join(folder, synth.ArchiveName)
	if err := os.Mkdir(folder, 0o777); err != nil {
		return "", err
	}
	f, err := os.Create(archive)
	if err != nil {
		return "", err
	}
	world := synth.New(synth.Config{Seed: 7, FirstYear: 2021, LastYear: 2022, Products: 2000, Economies: 24, FlowsPerYear: 20_000})
	if err = errors.Join(world.WriteArchive(f, func(int, int64) {}), f.Close()); err != nil {
		return "", err
	}
	_, err = ingest.BACI(context.Background(), []string{archive}, ingest.Options{DataDir: folder, Name: "world", Synthetic: true, ProgramVersion: "test", Progress: func(ingest.Progress) {}})
	return folder, err
})

// newWideServer is a server whose briefs have questions to ask.
func newWideServer(t *testing.T, change func(c *server.Config)) *server.Server {
	t.Helper()
	folder, err := wide()
	if err != nil {
		t.Fatal(err)
	}
	return newServer(t, func(c *server.Config) {
		c.Library = server.Folder(folder)
		if change != nil {
			change(c)
		}
	})
}

// occupy takes all slots for computations until the returned function is called.
func occupy(s *server.Server) (release func()) {
	var started, ended sync.WaitGroup
	done := make(chan struct{})
	for range s.Limits.Scans {
		started.Add(1)
		ended.Go(func() {
			_ = s.Limit(context.Background(), "test", func(context.Context) error {
				started.Done()
				<-done
				return nil
			})
		})
	}
	started.Wait()
	return func() {
		close(done)
		ended.Wait()
	}
}

// waiting is how many computations wait for a slot, as /metrics says.
func waiting(s *server.Server) string {
	return regexp.MustCompile(`chokepoint_scans_waiting \d+`).FindString(servertest.Get(s, "/metrics").Body.String())
}

// listen serves s over the network, as web servers do, with a limit on the time to write.
func listen(t *testing.T, s http.Handler, writing time.Duration) *httptest.Server {
	t.Helper()
	web := httptest.NewUnstartedServer(s)
	web.Config.WriteTimeout = writing
	web.Start()
	t.Cleanup(web.Close)
	return web
}

// readUntil reads until a text has come.
func readUntil(t *testing.T, r io.Reader, text string) string {
	t.Helper()
	var got []byte
	part := make([]byte, 4096)
	for !bytes.Contains(got, []byte(text)) {
		n, err := r.Read(part)
		if got = append(got, part[:n]...); err != nil {
			t.Fatalf("no %q before %v: …%s", text, err, got[max(0, len(got)-500):])
		}
	}
	return string(got)
}

// announced is what a page says while it waits: nothing where it does not.
var announced = regexp.MustCompile(`(?s)<span class="weighing".*?</p>\n`)

// claimsOfBrief is how many claims the standard brief has.
var claimsOfBrief = func() string {
	b, err := brief.Get(brief.Standard)
	if err != nil {
		panic(err)
	}
	return strconv.Itoa(len(b.Claims))
}()

var allWeighed = "All " + claimsOfBrief + " claims were weighed."

// TestBriefWaits opens the brief on a server that is busy for longer than a question waits and longer than the limit on writing:
// the page begins at once, says what it waits for, and comes to its end.
func TestBriefWaits(t *testing.T) {
	s := newWideServer(t, func(c *server.Config) { c.Limits.Wait = 10 * time.Millisecond })
	web := listen(t, s, 500*time.Millisecond)
	release := occupy(s)
	response, err := http.Get(web.URL + "/brief?dataset=world")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	begin := readUntil(t, response.Body, "this question is waiting for its turn")
	for _, want := range []string{"SYNTHETIC DATA", claimsOfBrief + " claims are being weighed", `href="#A11b"`, "Claim A1 (1 of " + claimsOfBrief + ") is being weighed"} {
		if !strings.Contains(begin, want) {
			t.Errorf("the page does not begin with %q", want)
		}
	}
	if strings.Contains(begin, allWeighed) || strings.Contains(begin, "</html>") {
		t.Error("the page looks complete")
	}
	time.Sleep(time.Second) // longer than the limit on writing
	release()
	rest, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("broken off: %v", err)
	}
	for _, want := range []string{allWeighed, `slot="summary">Of ` + claimsOfBrief + " claims", "</html>"} {
		if !bytes.Contains(rest, []byte(want)) {
			t.Errorf("the page does not end with %q", want)
		}
	}
}

// TestBriefLeft: when the reader leaves, the work ends.
func TestBriefLeft(t *testing.T) {
	s := newWideServer(t, nil)
	web := listen(t, s, time.Minute)
	defer occupy(s)()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+"/brief?dataset=world", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	readUntil(t, response.Body, "is being weighed")
	if n := waiting(s); n != "chokepoint_scans_waiting 1" {
		t.Errorf("%s, want 1", n)
	}
	leave()
	for waiting(s) != "chokepoint_scans_waiting 0" { // the test's own time limit ends it
		time.Sleep(10 * time.Millisecond)
	}
}

// TestBriefFails: a claim that cannot be weighed says so in its place, and the page does not look complete.
func TestBriefFails(t *testing.T) {
	s := newWideServer(t, func(c *server.Config) { c.Limits.Time = time.Nanosecond })
	page := string(servertest.Body(t, servertest.Get(s, "/brief?dataset=world"), 200))
	for _, want := range []string{`role="alert"`, "could not be weighed: the answer takes longer than 10ns", "This brief is not complete:", "could not be weighed.</span>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, allWeighed) {
		t.Error("the page says that it is complete")
	}
	for _, c := range standard(t).Claims {
		if !strings.Contains(page, `id="`+c.ID+`"`) {
			t.Errorf("claim %s is missing", c.ID)
		}
	}
}

func standard(t *testing.T) *brief.Brief {
	t.Helper()
	b, err := brief.Get(brief.Standard)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBriefKept asks a second time: every answer is kept, and nothing is computed.
func TestBriefKept(t *testing.T) {
	s := newWideServer(t, nil)
	first := servertest.Body(t, servertest.Get(s, "/brief?dataset=world"), 200)
	defer occupy(s)()
	if second := servertest.Body(t, servertest.Get(s, "/brief?dataset=world"), 200); !bytes.Equal(announced.ReplaceAll(first, nil), announced.ReplaceAll(second, nil)) {
		t.Error("the second view differs from the first")
	}
}

// TestBriefHead: who asks for the head alone makes nothing be computed.
func TestBriefHead(t *testing.T) {
	s := newServer(t, nil)
	defer occupy(s)()
	w := servertest.Send(s, http.MethodHead, "/brief?dataset=world", nil)
	if w.Code != 200 || w.Body.Len() > 0 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("status %d, %d bytes, %s", w.Code, w.Body.Len(), w.Header().Get("Content-Type"))
	}
}

// TestPartsBroken: what breaks off is broken off in the protocol too, after saying so.
func TestPartsBroken(t *testing.T) {
	s := newServer(t, nil)
	web := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, done, err := site{s, &wholePages{}}.newPageRequest(r, pageOf("/brief"))
		if err != nil {
			t.Error(err)
			return
		}
		defer done()
		ctx, stop := context.WithCancel(r.Context())
		stop() // as a server does that ends
		v.ctx = ctx
		view, err := v.brief()
		if err != nil {
			t.Error(err)
			return
		}
		f := site{s, &wholePages{}}.frameOf(v)
		f.Content = view
		view.(*briefView).send(w, r, f)
	}), time.Minute)
	web.Config.ErrorLog = nil
	response, err := http.Get(web.URL + "/?dataset=world")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil || !bytes.Contains(text, []byte("This brief is not complete:")) || bytes.Contains(text, []byte("</html>")) {
		t.Errorf("%v after …%s", err, text[max(0, len(text)-300):])
	}
}

// TestGlance: the first that a brief says of its work is its first content, which a page shows within 0.3 seconds.
func TestGlance(t *testing.T) {
	if glance > 300*time.Millisecond {
		t.Errorf("a brief says nothing of its work for %v; expected 300 ms at the most", glance)
	}
}
