package download

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// archive is a zip of the layout of BACI, of some hundred kilobytes.
func archive(t *testing.T, member string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	m, err := z.Create(member)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	fmt.Fprintln(m, "t,i,j,k,v,q")
	for range 40_000 {
		fmt.Fprintf(m, "2024,%d,%d,%06d,%d.%03d,NA\n", random.IntN(900), random.IntN(900), random.IntN(1e6), random.IntN(1e6), random.IntN(1000))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const member = "BACI_HS17_Y2024_V202601.csv"

// server serves what a test says, and gives the archive to be had there.
func server(t *testing.T, handler http.HandlerFunc) *Archive {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	source, err := BACI()
	if err != nil {
		t.Fatal(err)
	}
	source.Folder = s.URL + "/"
	a, err := source.Archive("HS17", Latest)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// serveFile sends data as a file server does: ranges, lengths, a date.
func serveFile(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("Content-Type", "application/zip")
	http.ServeContent(w, r, "", time.Date(2026, 1, 22, 0, 0, 0, 0, time.UTC), bytes.NewReader(data))
}

// cutAfter sends the head of a file and cuts the connection.
func cutAfter(w http.ResponseWriter, data []byte, n int) {
	w.Header().Set("Last-Modified", "Thu, 22 Jan 2026 00:00:00 GMT")
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.Write(data[:n])
	panic(http.ErrAbortHandler)
}

// quick tries again without waiting for long.
func quick(said *[]string) *Fetcher {
	return &Fetcher{Pause: time.Millisecond, Idle: 5 * time.Second, Say: func(text string) { *said = append(*said, text) }}
}

// fetched fails unless the archive arrives whole, with its record and nothing else. It gives what was said.
func fetched(t *testing.T, a *Archive, data []byte) []string {
	t.Helper()
	folder := t.TempDir()
	var said []string
	path, err := quick(&said).Fetch(t.Context(), a, folder)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes arrived, want the %d that were sent: %v", len(got), len(data), err)
	}
	var r Record
	text, err := os.ReadFile(path + ".source.json")
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil || r.Bytes != int64(len(data)) || len(r.SHA256) != 64 || !strings.Contains(r.Licence, "Etalab") || !strings.Contains(r.Citation, "Gaulier") || !strings.Contains(r.Address, "127.0.0.1") {
		t.Errorf("record %s: %v", text, err)
	}
	if files, _ := filepath.Glob(filepath.Join(folder, "*")); len(files) != 2 {
		t.Errorf("files %v, want the archive and its record", files)
	}
	return said
}

// refuses fails unless the download ends in an error that says something, and leaves no archive. It gives the files that stay.
func refuses(t *testing.T, a *Archive, want string) []string {
	t.Helper()
	folder := t.TempDir()
	var said []string
	_, err := quick(&said).Fetch(t.Context(), a, folder)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
	if _, err := os.Stat(filepath.Join(folder, a.Name)); err == nil {
		t.Errorf("there is %s after an error", a.Name)
	}
	left, _ := filepath.Glob(filepath.Join(folder, "*"))
	return left
}

func TestWhole(t *testing.T) {
	data := archive(t, member)
	if said := fetched(t, server(t, func(w http.ResponseWriter, r *http.Request) { serveFile(w, r, data) }), data); said != nil {
		t.Errorf("said %v", said)
	}
}

// TestCut resumes where connections were cut, and asks for what is missing alone.
func TestCut(t *testing.T) {
	data := archive(t, member)
	var ranges []string
	a := server(t, func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) == 1 {
			cutAfter(w, data, 100_000)
		}
		serveFile(w, r, data)
	})
	said := fetched(t, a, data)
	if len(ranges) != 2 || ranges[0] != "" || !strings.HasPrefix(ranges[1], "bytes=") || ranges[1] == "bytes=0-" {
		t.Errorf("ranges asked for: %q", ranges)
	}
	if len(said) != 1 || !strings.Contains(said[0], "cut off after") || !strings.Contains(said[0], "trying again in") {
		t.Errorf("said %q", said)
	}
}

// TestCutForEver gives up, keeps what came, and goes on from there when it is asked again.
func TestCutForEver(t *testing.T) {
	data := archive(t, member)
	var whole atomic.Bool
	var requests atomic.Int64
	a := server(t, func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		switch {
		case whole.Load():
			serveFile(w, r, data)
		case n == 1:
			cutAfter(w, data, 200_000)
		default:
			panic(http.ErrAbortHandler)
		}
	})
	folder := t.TempDir()
	var said []string
	f := quick(&said)
	_, err := f.Fetch(t.Context(), a, folder)
	if err == nil || !strings.Contains(err.Error(), "gave up after 5 attempts") || requests.Load() != 6 {
		t.Fatalf("%d requests, error %v", requests.Load(), err)
	}
	whole.Store(true)
	first := int64(-1)
	f.Progress = func(done, _ int64) {
		if first < 0 {
			first = done
		}
	}
	path, err := f.Fetch(t.Context(), a, folder)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, data) || first < 150_000 {
		t.Errorf("%d bytes of %d, of which the first run kept less than %d", len(got), len(data), first)
	}
}

// TestChanged begins anew where the file is another one than that of which a part has come.
func TestChanged(t *testing.T) {
	old, data := archive(t, "BACI_HS17_Y2023_V202601.csv"), archive(t, member)
	n := 0
	a := server(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			cutAfter(w, old, 100_000)
		}
		w.Header().Set("Content-Type", "application/zip")
		http.ServeContent(w, r, "", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), bytes.NewReader(data))
	})
	fetched(t, a, data)
}

// TestNoRanges begins anew where a server sends the whole file whatever it is asked for.
func TestNoRanges(t *testing.T) {
	data := archive(t, member)
	n := 0
	fetched(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			cutAfter(w, data, 100_000)
		}
		w.Write(data)
	}), data)
}

func TestNotThere(t *testing.T) {
	n := 0
	left := refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) { n++; http.NotFound(w, r) }), "there is no such file. The newest release known here is 202601")
	if n != 1 || len(left) != 0 {
		t.Errorf("%d requests, files %v", n, left)
	}
}

// TestBusy waits for as long as the server asks.
func TestBusy(t *testing.T) {
	data := archive(t, member)
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		n := 0
		said := fetched(t, server(t, func(w http.ResponseWriter, r *http.Request) {
			if n++; n == 1 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(status)
				return
			}
			serveFile(w, r, data)
		}), data)
		if len(said) != 1 || !strings.Contains(said[0], "trying again in 1s") {
			t.Errorf("%d: said %q", status, said)
		}
	}
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusTooManyRequests)
	}), "asks to come back in 24h0m0s")
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	f := func(text string, want time.Duration) {
		t.Helper()
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	f("", 0)
	f("30", 30*time.Second)
	f("-1", 0)
	f("soon", 0)
	f("Thu, 01 Jan 2026 12:01:00 GMT", time.Minute)
	f("Thu, 01 Jan 2026 11:00:00 GMT", 0)
}

// TestErrors of the server are tried again, others are not.
func TestErrors(t *testing.T) {
	data := archive(t, member)
	n := 0
	fetched(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n < 4 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		serveFile(w, r, data)
	}), data)
	n = 0
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) { n++; w.WriteHeader(http.StatusForbidden) }), "403 Forbidden")
	if n != 1 {
		t.Errorf("403 was asked %d times", n)
	}
}

// TestLength refuses a file that is shorter than announced, and one that is announced shorter than it is.
func TestLength(t *testing.T) {
	data := archive(t, member)
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)+1000))
		w.Write(data)
	}), "gave up")
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)-1000))
		w.Write(data[:len(data)-1000])
	}), "not a whole zip")
}

// TestPage refuses a page in place of a zip, whatever it is said to be.
func TestPage(t *testing.T) {
	page := "<!DOCTYPE html><html><body>Maintenance</body></html>"
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, page) }), "sent text/html in place of a zip")
	left := refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/zip")
		fmt.Fprint(w, page)
	}), "is a web page, not a zip")
	if len(left) != 0 {
		t.Errorf("files %v stay", left)
	}
}

func TestDamaged(t *testing.T) {
	data := archive(t, member)
	data[len(data)/2] ^= 1
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) { serveFile(w, r, data) }), "is damaged")
	other := archive(t, "BACI_HS92_Y2024_V202601.csv")
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) { serveFile(w, r, other) }), "another archive under this name")
}

// TestRedirect follows, but not without end, and not from https to http.
func TestRedirect(t *testing.T) {
	data := archive(t, member)
	fetched(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/elsewhere/file" {
			http.Redirect(w, r, "/elsewhere/file", http.StatusFound)
			return
		}
		serveFile(w, r, data)
	}), data)
	refuses(t, server(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }), "redirects without end")

	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	}))
	defer secure.Close()
	source, err := BACI()
	if err != nil {
		t.Fatal(err)
	}
	source.Folder = secure.URL + "/"
	a, err := source.Archive("HS17", Latest)
	if err != nil {
		t.Fatal(err)
	}
	f := &Fetcher{Client: secure.Client(), Pause: time.Millisecond}
	if _, err := f.Fetch(t.Context(), a, t.TempDir()); err == nil || !strings.Contains(err.Error(), "which is not https") {
		t.Errorf("from https to http: %v", err)
	}
}

// TestSilence counts a connection on which nothing comes as cut.
func TestSilence(t *testing.T) {
	data := archive(t, member)
	n := 0
	a := server(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			w.Write(data[:1000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		serveFile(w, r, data)
	})
	var said []string
	f := quick(&said)
	f.Idle = 300 * time.Millisecond
	if _, err := f.Fetch(t.Context(), a, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if len(said) == 0 || !strings.Contains(said[0], "no byte for 300ms") {
		t.Errorf("said %q", said)
	}
}

// TestInterrupt ends with the context, and keeps what has come.
func TestInterrupt(t *testing.T) {
	data := archive(t, member)
	ctx, cancel := context.WithCancel(t.Context())
	a := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data[:100_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	folder := t.TempDir()
	var said []string
	f := quick(&said)
	f.Idle = time.Minute
	f.Progress = func(done, _ int64) {
		if done == 100_000 {
			cancel()
		}
	}
	if _, err := f.Fetch(ctx, a, folder); !strings.Contains(fmt.Sprint(err), "context canceled") {
		t.Errorf("error %v", err)
	}
	if info, err := os.Stat(filepath.Join(folder, a.Name+".part")); err != nil || info.Size() != 100_000 {
		t.Errorf("the part: %v, %v", info, err)
	}
}

func TestArchiveNames(t *testing.T) {
	source, err := BACI()
	if err != nil {
		t.Fatal(err)
	}
	a, err := source.Archive("H5", "V202501")
	if err != nil || a.Address != "https://www.cepii.fr/DATA_DOWNLOAD/baci/data/BACI_HS17_V202501.zip" || a.Rows != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err = source.Archive("HS17", Latest); err != nil || a.Release != "202601" || a.Rows != 89207221 {
		t.Errorf("%+v, %v", a, err)
	}
	f := func(nomenclature, release, want string) {
		t.Helper()
		if _, err := source.Archive(nomenclature, release); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s, %s: %v, want an error with %q", nomenclature, release, err, want)
		}
	}
	f("HS17", "newest", "expected latest or year and month, such as 202601")
	f("HS99", Latest, "HS99")
	if len(source.Nomenclatures) != 7 {
		t.Errorf("%d nomenclatures", len(source.Nomenclatures))
	}
}

func TestFind(t *testing.T) {
	source, err := BACI()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if _, _, err := source.Find(folder, "HS17", Latest); err == nil || !strings.Contains(err.Error(), "has no file BACI_HS17_V") {
		t.Error(err)
	}
	for _, name := range []string{"BACI_HS17_V202401b.zip", "BACI_HS17_V202501.zip", "BACI_HS92_V202601.zip", "BACI_HS17_Vold.zip"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f := func(release, want string) {
		t.Helper()
		if a, path, err := source.Find(folder, "HS17", release); err != nil || filepath.Base(path) != want || a.Name != want {
			t.Errorf("%s: %s, %v; want %s", release, path, err, want)
		}
	}
	f(Latest, "BACI_HS17_V202501.zip")
	f("202401b", "BACI_HS17_V202401b.zip")
	if _, _, err := source.Find(folder, "HS17", "202301"); err == nil || !strings.Contains(err.Error(), "https://www.cepii.fr/") {
		t.Error(err)
	}
}
