package pages

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chokepoint/server"
	"chokepoint/server/servertest"
	"chokepoint/store"
)

var (
	loadTime    = flag.Duration("load.time", 2*time.Second, "how long TestLoad asks")
	loadClients = flag.Int("load.clients", 50, "how many ask at a time")
	loadArchive = flag.String("load.archive", "", "a BACI archive to ask about; \"\" is a small synthetic world")
	loadDataset = flag.String("load.dataset", "", "the folder of a dataset to ask about, in its data folder")
	loadAll     = flag.Bool("load.all", false, "ask about all datasets in the data folder of -load.dataset")
	loadPause   = flag.Duration("load.pause", 0, "how long a client reads an answer on the average before it asks again; 0 is not at all")
)

// loaded is one request of the load: what it is, how long it took, what came back.
type loaded struct {
	kind, path string
	took       time.Duration
	status     int
	retry      string // the header Retry-After
	err        error  // why there is no answer
}

// loadRequests are what visitors and programs ask, with numbers that differ, so that few answers are kept ones.
var loadRequests = []struct{ kind, path string }{
	{"page", "/?importers=%s"},
	{"page", "/pair?importers=%s&partners=CHN"},
	{"page", "/product?importers=%s"},
	{"page", "/map?partners=%s"},
	{"page", "/chokepoints?partners=%s"},
	{"slider", "/workbench?importers=%s&partners=CHN&t2=0.%d"},
	{"scan of one importer", server.APIRoot + "/count?importers=%s&min-value=%d"},
	{"scan of one importer", server.APIRoot + "/dependencies.csv?importers=%s&partners=CHN&min-value=%d"},
	{"scan of all importers", server.APIRoot + "/count?importers=all&partners=%s&min-value=%d"},
	{"file", server.APIRoot + "/count.xlsx?importers=%s"},
	{"long list", server.APIRoot + "/dependencies.json?importers=all&partners=%s&min-value=%d"},
	{"text", server.APIRoot + "/count.txt?importers=%s&min-value=%d"},
	{"scoreboard", server.APIRoot + "/scoreboard?economy=%s&min-value=%d"},
	{"wrong", server.APIRoot + "/count?importers=NOPE&min-value=%d"},
	{"search", "/search?q=%s"},
}

// pauses are how long one client reads each answer: exponential with a mean, the same in every run. None is longer than ten times the mean.
func pauses(client uint64, mean time.Duration) func() time.Duration {
	rng := rand.New(rand.NewPCG(client, 2))
	return func() time.Duration { return time.Duration(float64(mean) * min(rng.ExpFloat64(), 10)) }
}

// TestPauses: half of the pauses are below 0.69 of their mean, and a client without one does not wait.
func TestPauses(t *testing.T) {
	const n = 20_000
	pause, again, all := pauses(7, time.Second), pauses(7, time.Second), make([]time.Duration, n)
	sum := time.Duration(0)
	for i := range all {
		if all[i] = pause(); all[i] != again() {
			t.Fatal("the same client does not make the same pauses")
		}
		sum += all[i]
	}
	slices.Sort(all)
	if mean, half := (sum / n).Seconds(), all[n/2].Seconds(); mean < 0.97 || mean > 1.03 || half < 0.66 || half > 0.72 {
		t.Errorf("mean %.3f s, half below %.3f s; want about 1 and 0.693", mean, half)
	}
	if d := pauses(7, 0)(); d != 0 {
		t.Errorf("without a pause a client waits %v", d)
	}
}

// TestLoadTable: the table has a line per kind and per page, with the requests that were answered, told to come back and failed.
func TestLoadTable(t *testing.T) {
	text := table([]loaded{
		{"page", "/pair?importers=USA", 2 * time.Second, 200, "", nil},
		{"page", "/pair?importers=DEU", 4 * time.Second, 503, "1", nil},
		{"page", "/map?partners=CHN", time.Second, 500, "", nil},
		{"wrong", "/api", time.Second, 422, "", nil},
	})
	for _, line := range []string{
		`page /pair +2 requests +p50 +2s +p95 +2s +p99 +2s +most +4s +1 told to come back +0 failed`,
		`page /map +1 requests .* 0 told to come back +1 failed`,
		`wrong +1 requests .* 0 told to come back +0 failed`,
		`all +4 requests .* 1 told to come back +1 failed`,
	} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(text) {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
}

// TestLoad lets many clients ask at the same time and looks for errors and for memory that grows.
//
//	make load
func TestLoad(t *testing.T) {
	if *loadArchive == "" && *loadDataset == "" && testing.Short() {
		t.Skip("asks for some seconds; -short leaves it out")
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(server.DefaultLimits.Collected())) // as `serve` does
	s := newServer(t, func(c *server.Config) {
		c.Log = slog.New(slog.DiscardHandler)
		if *loadDataset != "" {
			c.Library, c.Dataset = server.Folder(filepath.Dir(*loadDataset)), filepath.Base(*loadDataset)
		} else if *loadArchive != "" {
			c.Library, c.Dataset = server.Folder(servertest.Ingested(t, *loadArchive)), "load"
		}
	})
	l := httptest.NewUnstartedServer(nil).Listener
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, "", "") }()
	t.Cleanup(func() { stop(); <-done })
	base := "http://" + l.Addr().String()

	names := []string{""} // the dataset that answers where none is named
	if *loadAll {
		names = datasetsBeside(t, *loadDataset)
	}
	ask(t, base, names, 3, time.Duration(len(names))*time.Second, 0) // what is opened and remembered once is not growth
	before := anonymous(t)
	peak, stopWatching := watch(t)
	all := ask(t, base, names, 1, *loadTime, *loadPause)
	stopWatching()
	report(t, all)
	rest := resting(t)
	t.Logf("anonymous memory %d MB before, %d MB at most, %d MB at rest afterwards", before>>20, peak.Load()>>20, rest>>20)
	t.Log(scanTimes(t, base))
	statuses := map[string]int{}
	for _, r := range all {
		statuses[fmt.Sprint(r.status)]++
		switch {
		case r.answered():
		case r.busy():
			statuses["503 with Retry-After"]++
		default:
			t.Errorf("%s: status %d after %v (%v)", r.path, r.status, r.took, r.err)
		}
	}
	t.Logf("by status: %v", statuses)
	if most := server.DefaultLimits.Memory; peak.Load() > most*13/10 {
		t.Errorf("%d MB of memory; want at most %d MB and 30 %%", peak.Load()>>20, most>>20)
	}
	if rest > 2*before+256<<20 {
		t.Errorf("memory at rest grew from %d to %d MB", before>>20, rest>>20)
	}
}

// watch looks at the memory of the process from time to time until it is stopped.
func watch(t *testing.T) (peak *atomic.Int64, stop func()) {
	peak, done, ended := &atomic.Int64{}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			peak.Store(max(peak.Load(), anonymous(t)))
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}

// resting is the memory once the garbage of the load is collected, which by itself takes minutes.
func resting(t *testing.T) int64 {
	debug.FreeOSMemory()
	return anonymous(t)
}

// datasetsBeside are the datasets in the data folder of one of them.
func datasetsBeside(t *testing.T, folder string) (names []string) {
	listed, err := store.List(filepath.Dir(folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range listed {
		names = append(names, m.Name)
	}
	t.Logf("%d datasets: %s", len(names), strings.Join(names, ", "))
	return names
}

// ask lets the clients ask for some time, each time about one of the datasets, and read for a while in between. Another stream of numbers asks about others.
func ask(t *testing.T, base string, datasets []string, stream uint64, how, reading time.Duration) (all []loaded) {
	economies := []string{"USA", "CHN", "DEU", "JPN", "IND", "BRA", "KOR", "MEX", "VNM", "EU27", "ASEAN"}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *loadClients}, Timeout: 3 * time.Minute} // longer than a question may wait and take
	defer client.CloseIdleConnections()
	var lock sync.Mutex
	var clients sync.WaitGroup
	end := time.Now().Add(how)
	for c := range *loadClients {
		rng, pause := rand.New(rand.NewPCG(uint64(c), stream)), pauses(uint64(c), reading)
		clients.Go(func() {
			for reads(pause(), end) {
				r := loadRequests[rng.IntN(len(loadRequests))]
				path := strings.Replace(r.path, "%s", economies[rng.IntN(len(economies))], 1)
				path = strings.Replace(path, "%d", strconv.Itoa(10+rng.IntN(80)), 1)
				if strings.Contains(path, "importers=CHN") {
					path = strings.Replace(path, "partners=CHN", "partners=USA", 1)
				}
				if name := datasets[rng.IntN(len(datasets))]; name != "" && !strings.HasPrefix(path, "/search") {
					path += "&dataset=" + name
				}
				start := time.Now()
				answer, err := client.Get(base + path)
				status, retry := 0, ""
				if err == nil {
					_, err = io.Copy(io.Discard, answer.Body)
					answer.Body.Close()
					status, retry = answer.StatusCode, answer.Header.Get("Retry-After")
				}
				if err != nil {
					status = -1
				}
				lock.Lock()
				all = append(all, loaded{r.kind, path, time.Since(start), status, retry, err})
				lock.Unlock()
			}
		})
	}
	clients.Wait()
	return all
}

// reads waits as long as a client reads, and says whether it asks again before the end. The first pause spreads the clients.
func reads(pause time.Duration, end time.Time) bool {
	time.Sleep(min(pause, time.Until(end)))
	return time.Now().Before(end)
}

// report logs how long requests took and what became of them.
func report(t *testing.T, all []loaded) {
	t.Logf("%d clients, each reads for %v before it asks again\n%s", *loadClients, *loadPause, table(all))
}

// table has a line per kind and per page: how long requests took, how many were told to come back later, and how many failed.
func table(all []loaded) string {
	kinds := map[string][]loaded{}
	for _, r := range all {
		kinds[r.kind] = append(kinds[r.kind], r)
		kinds["all"] = append(kinds["all"], r)
		if r.kind == "page" {
			page, _, _ := strings.Cut(r.path, "?")
			kinds["page "+page] = append(kinds["page "+page], r)
		}
	}
	var lines []string
	for kind, list := range kinds {
		slices.SortFunc(list, func(a, b loaded) int { return cmp.Compare(a.took, b.took) })
		at := func(q float64) time.Duration {
			return list[int(q*float64(len(list)-1))].took.Round(100 * time.Microsecond)
		}
		busy, failed := 0, 0
		for _, r := range list {
			if r.busy() {
				busy++
			} else if !r.answered() {
				failed++
			}
		}
		lines = append(lines, fmt.Sprintf("%-22s %7d requests   p50 %8v   p95 %8v   p99 %8v   most %8v %6d told to come back %4d failed", kind, len(list), at(0.5), at(0.95), at(0.99), at(1), busy, failed))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// answered says whether the server answered as it should: what is wrong on purpose is refused.
func (r loaded) answered() bool {
	return r.err == nil && (r.status == 200 || r.kind == "wrong" && r.status == 422)
}

// busy says whether the server asked the client to come back later.
func (r loaded) busy() bool { return r.status == 503 && r.retry != "" }

var (
	scanLine   = regexp.MustCompile(`(?m)^chokepoint_scan_seconds_(sum|count)\{question="([a-z]+)"\} ([0-9.e+-]+)$`)
	answerLine = regexp.MustCompile(`(?m)^chokepoint_answers_total\{question="[a-z]+",outcome="([a-z]+)"\} ([0-9]+)$`)
)

// scanTimes says how long computations took on the average, without waiting, and how many answers needed none.
func scanTimes(t *testing.T, base string) string {
	answer, err := http.Get(base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	var b strings.Builder
	b.WriteString("computations, mean:")
	for _, m := range scanLine.FindAllStringSubmatch(string(text), -1) {
		x, _ := strconv.ParseFloat(m[3], 64)
		if m[1] == "sum" {
			sums[m[2]] = x
		} else {
			fmt.Fprintf(&b, " %s %.1f ms (%g)", m[2], 1000*sums[m[2]]/x, x)
		}
	}
	outcomes := map[string]int{}
	for _, m := range answerLine.FindAllStringSubmatch(string(text), -1) {
		n, _ := strconv.Atoi(m[2])
		outcomes[m[1]] += n
	}
	fmt.Fprintf(&b, "; answers %v", outcomes)
	return b.String()
}

// anonymous is the memory of this process without the files that it maps; 0 where the system does not say.
func anonymous(t *testing.T) int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(data, []byte("RssAnon:"))
	fields := strings.Fields(string(rest))
	if len(fields) == 0 {
		t.Fatal("no RssAnon in /proc/self/status")
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
