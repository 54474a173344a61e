//go:build unix

// Command pages opens pages on a fresh server each, as a visitor does who is the first, and prints what they take: seconds until the first
// byte, the first figures and the end of the last stage, work on all cores for the first stage and for all, the same again, and the memory
// of the process without the files that it maps.
//
//	go run ./bench/pages [-data FOLDER] [-dataset NAME] [-verified] [-runs 1] [-cpuprofile FILE] [PATH …]
//	go run ./bench/pages -moves [-pause 0s] … PATH MOVE …
//
// Paths are written as a browser has them, such as "/industry?importers=EU27"; without any, those below are opened. With -verified the
// checksums of the whole dataset are compared before the clock starts: what is less then is what they take at a first view. -cpuprofile
// writes where the time of the first view of the last path goes, or that of all moves.
//
// With -moves the paths are those of one visitor, who opens the first and then moves to each of the others, on one server: they are asked
// for as the page's form asks for its figures, and take what is remembered of those before. -pause is how long the visitor looks at each.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"html"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"chokepoint/bench/work"
	"chokepoint/bench/world"
	"chokepoint/pages"
	"chokepoint/server"
	"chokepoint/store"
)

// standard are the pages that are opened unless others are named.
var standard = []string{
	"/", "/overview", "/overview?importers=EU27", "/overview?importers=ADVANCED", "/pair?importers=USA&partners=CHN", "/pair?importers=EU27&partners=CHN", "/map?partners=CHN",
	"/product", "/product?importers=EU27", "/chokepoints", "/chokepoints?products=all", "/industry?importers=CHN", "/industry?importers=EU27", "/policy",
	"/workbench?importers=EU27&partners=CHN", "/compare", "/compare?importers=EU27", "/data", "/brief",
	server.APIRoot + "/scoreboard?economy=CHN", server.APIRoot + "/scoreboard?economy=EU27", server.APIRoot + "/breadth?economy=CHN", server.APIRoot + "/breadth?economy=EU27",
	server.APIRoot + "/similarity?economy=CHN", server.APIRoot + "/complexity?years=all", server.APIRoot + "/balance?economy=CHN&partners=all", server.APIRoot + "/compare?importers=USA",
}

// figures are what a page shows of the data: the first of them that arrives is its first content. The API and pages without any have none.
var figures = [][]byte{[]byte("<figure"), []byte(`class="fact`), []byte(`class="facts`), []byte(`class="weighing`)}

func main() {
	log.SetFlags(0)
	data := flag.String("data", "", "folder of datasets (default: data in CHOKEPOINT_BENCH, or in the user's cache)")
	name := flag.String("dataset", world.Dataset, "dataset")
	verified := flag.Bool("verified", false, "compare all checksums before the clock starts")
	runs := flag.Int("runs", 1, "how often each page is opened first, each time on a fresh server; the one with the least work counts")
	profile := flag.String("cpuprofile", "", "file for the profile of the first view of the last page")
	moves := flag.Bool("moves", false, "open all paths on one server, those after the first as moves of a control")
	pause := flag.Duration("pause", 0, "with -moves, how long to wait before each move")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	paths := flag.Args()
	if len(paths) == 0 {
		paths = standard
	}
	b := bench{*data, *name, *verified, max(*runs, 1), *profile, *pause}
	run := b.run
	if *moves {
		run = b.move
	}
	if err := run(ctx, paths); err != nil {
		log.Fatal("pages: ", err)
	}
}

type bench struct {
	data, name string
	verified   bool
	runs       int
	profile    string
	pause      time.Duration
}

// prepare finds the data where none is named, and bounds the memory as serve does.
func (b *bench) prepare() error {
	debug.SetMemoryLimit(server.DefaultLimits.Collected())
	if b.data == "" {
		size, err := world.Chosen()
		if err != nil {
			return err
		}
		home, err := size.Home()
		if err != nil {
			return err
		}
		b.data = filepath.Join(home, "data")
	}
	return nil
}

func (b *bench) run(ctx context.Context, paths []string) error {
	if err := b.prepare(); err != nil {
		return err
	}
	fmt.Println("| page | first byte, s | first figures, s | all, s | stages | CPU of the first, s | CPU, s | again, ms | memory, MB |\n|---|---|---|---|---|---|---|---|---|")
	for i, path := range paths {
		var best view
		for run := range b.runs {
			to := ""
			if i == len(paths)-1 && run == 0 {
				to = b.profile
			}
			v, err := b.open(ctx, path, to)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if run == 0 || v.cpu < best.cpu {
				best = v
			}
		}
		fmt.Printf("| %s | %.2f | %s | %.2f | %d | %.2f | %.2f | %.0f | %d |\n", path, best.byte.Seconds(), seconds(best.figures), best.all.Seconds(), best.stages, best.first.Seconds(), best.cpu.Seconds(), 1000*best.again.Seconds(), best.memory>>20)
	}
	return nil
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f", d.Seconds())
}

// view is what it took to open a page.
type view struct {
	byte, figures, all time.Duration // since it was asked for; figures 0: there are none
	first, cpu         time.Duration // work of the first stage, and of all
	stages             int
	body               []byte
	again              time.Duration // the same page once more
	memory             int64
}

// library is a data folder whose datasets are verified when they are opened, where that is asked for.
type library struct {
	server.Folder
	verified bool
}

func (l library) Open(ctx context.Context, name string) (*server.Volume, error) {
	v, err := l.Folder.Open(ctx, name)
	if err != nil || !l.verified {
		return v, err
	}
	d := v.Dataset.(*store.Dataset)
	for _, y := range d.Years() {
		year, err := d.Year(y)
		if err != nil {
			return nil, err
		}
		for k := range year.Len() {
			year.Index(k)
			year.Flows(k)
		}
	}
	return v, nil
}

// move opens the first path, and then the others on the same server.
func (b *bench) move(ctx context.Context, paths []string) error {
	if err := b.prepare(); err != nil {
		return err
	}
	fmt.Println("| page | first figures, s | all, s | stages | CPU of the first, s | CPU, s | memory, MB |\n|---|---|---|---|---|---|---|")
	return b.serve(ctx, func(base string) error {
		for i, path := range paths {
			if i == 1 {
				stop, err := work.Profile(b.profile)
				if err != nil {
					return err
				}
				defer stop()
			}
			time.Sleep(b.pause)
			worked := work.CPU()
			v, err := visit(ctx, base, path, i > 0)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			fmt.Printf("| %s | %s | %.3f | %d | %.3f | %.3f | %d |\n", path, seconds(v.figures), v.all.Seconds(), v.stages, v.first.Seconds(), (work.CPU() - worked).Seconds(), anonymous()>>20)
		}
		return nil
	})
}

// open serves the dataset afresh and asks for a page twice.
func (b *bench) open(ctx context.Context, path, profile string) (v view, err error) {
	return v, b.serve(ctx, func(base string) error {
		v, err = b.twice(ctx, base, path, profile)
		return err
	})
}

// serve serves the dataset afresh while a visitor reads.
func (b *bench) serve(ctx context.Context, read func(base string) error) (err error) {
	s, err := server.New(server.Config{Library: library{server.Folder(b.data), b.verified}, Dataset: b.name, Program: "bench", Local: true, Log: slog.New(slog.DiscardHandler),
		Limits: server.Limits{Rate: -1, Time: time.Hour}, Site: pages.New})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, s.Close())
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(serving, l, "", "") }()
	defer func() {
		stop()
		err = errors.Join(err, <-done, s.Close())
	}()
	base := "http://" + l.Addr().String()
	if _, err = get(ctx, base+"/data", false); err != nil { // what opens the dataset is the start of the server
		return err
	}
	return read(base)
}

// twice asks for a page, and once more.
func (b *bench) twice(ctx context.Context, base, path, profile string) (v view, err error) {
	stop, err := work.Profile(profile)
	if err != nil {
		return v, err
	}
	worked := work.CPU()
	v, err = visit(ctx, base, path, false)
	v.cpu = work.CPU() - worked
	if err := errors.Join(err, stop()); err != nil {
		return v, err
	}
	again, err := visit(ctx, base, path, false)
	v.again, v.memory = again.all, anonymous()
	return v, err
}

// next is where a page says which stage of it comes next.
var next = regexp.MustCompile(`id="arriving"[^>]* hx-get="([^"]+)"`)

// visit reads a page and, as a browser does, one stage of it after another. A move asks for the figures alone.
func visit(ctx context.Context, base, path string, move bool) (v view, err error) {
	start := time.Now()
	worked := work.CPU()
	for first := true; path != ""; first = false {
		var part view
		if part, err = get(ctx, base+path, move && first); err != nil {
			return v, err
		}
		if first {
			v, v.first = part, work.CPU()-worked
		}
		v.stages++
		path = ""
		if m := next.FindSubmatch(part.body); m != nil {
			path = html.UnescapeString(string(m[1]))
		}
	}
	v.all, v.body = time.Since(start), nil
	return v, nil
}

// get reads a page to its end.
func get(ctx context.Context, url string, move bool) (v view, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return v, err
	}
	if move {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", "live")
	}
	start := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return v, err
	}
	defer answer.Body.Close()
	var seen []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := answer.Body.Read(buffer)
		if n > 0 && v.byte == 0 {
			v.byte = time.Since(start)
		}
		seen = append(seen, buffer[:n]...)
		if v.figures == 0 {
			for _, mark := range figures {
				if bytes.Contains(seen, mark) {
					v.figures = time.Since(start)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return v, err
		}
	}
	v.all, v.body = time.Since(start), seen
	if answer.StatusCode != http.StatusOK {
		return v, fmt.Errorf("status %d: %.300s", answer.StatusCode, seen)
	}
	return v, nil
}

// anonymous is the memory of this process without the files that it maps; 0 where the system does not say.
func anonymous() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "RssAnon:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(fields[0], 10, 64)
	return kb << 10
}
