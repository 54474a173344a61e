//go:build unix

// Command questions puts whole questions to a dataset, warm, and prints what each takes as its years (or months) grow: seconds on the clock and of all
// cores, and the memory in use when it ends.
//
//	go run ./bench/questions [-data FOLDER] [-dataset NAME] [-years 1,7,14,28] [-cpuprofile FILE] [QUESTION?PARAMETERS …]
//
// Questions are written as the API has them, such as "similarity?economy=EU27&partners=CHN"; without any, those below are asked. The
// first answer of each is thrown away: it brings files into memory. -cpuprofile writes where the time of the last goes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"chokepoint/analysis"
	"chokepoint/bench/work"
	"chokepoint/bench/world"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// standard are the questions that are asked unless others are named.
var standard = []string{
	"scoreboard?economy=CHN", "scoreboard?economy=EU27", "breadth?economy=CHN", "breadth?economy=EU27",
	"similarity?economy=CHN", "similarity?economy=EU27&partners=CHN%2BHKG,ASEAN", "complexity?years=all", "complexity?years=all&by=product",
	"displacement?economy=CHN", "balance?economy=CHN&partners=all", "chokepoints?products=all&years=all",
	"count?importers=all&partners=all", "compare?importers=USA&partners=all&method=merics-2024,hjs-2020,iw-2024",
}

func main() {
	log.SetFlags(0)
	data := flag.String("data", "", "folder of datasets (default: data in CHOKEPOINT_BENCH, or in the user's cache)")
	name := flag.String("dataset", world.Dataset, "dataset")
	years := flag.String("years", "1,7,14,28", "how many of the last years to ask about, comma-separated")
	profile := flag.String("cpuprofile", "", "file for the profile of the last answer")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	questions := flag.Args()
	if len(questions) == 0 {
		questions = standard
	}
	if err := run(ctx, *data, *name, *years, *profile, questions); err != nil {
		log.Fatal("questions: ", err)
	}
}

func run(ctx context.Context, data, name, years, profile string, questions []string) error {
	if data == "" {
		size, err := world.Chosen()
		if err != nil {
			return err
		}
		home, err := size.Home()
		if err != nil {
			return err
		}
		data = filepath.Join(home, "data")
	}
	d, err := store.Open(data, name)
	if err != nil {
		return err
	}
	defer d.Close()
	s := &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Files: os.ReadFile}
	fmt.Println("| question | years | seconds | CPU seconds | MB of heap | rows |\n|---|---|---|---|---|---|")
	for i, text := range questions {
		for n := range strings.SplitSeq(years, ",") {
			last, err := strconv.Atoi(strings.TrimSpace(n))
			if err != nil || last < 1 {
				return fmt.Errorf("-years %q: want whole numbers from 1 on, comma-separated", years)
			}
			if have := d.Years(); last <= len(have) {
				to := ""
				if i == len(questions)-1 {
					to = profile
				}
				if err := measure(ctx, s, text, have[len(have)-last:], to); err != nil {
					return fmt.Errorf("%s: %w", text, err)
				}
			}
		}
	}
	return nil
}

// measure asks a question about some years twice and prints what the second answer took.
func measure(ctx context.Context, s *study.Source, text string, years []int, profile string) error {
	name, parameters, _ := strings.Cut(text, "?")
	q, ok := analysis.QuestionOf(name)
	if !ok {
		return fmt.Errorf("there is no question %q", name)
	}
	r, errs := q.Parse(parameters)
	if errs != nil {
		return errs[0]
	}
	r.Years = fmt.Sprintf("%d:%d", years[0], years[len(years)-1])
	if name == "displacement" && len(years) > 1 { // of two years
		r.Years = fmt.Sprintf("%d,%d", years[0], years[len(years)-1])
	}
	if _, err := q.Answer(ctx, s, r); err != nil {
		return err
	}
	runtime.GC()
	stop, err := work.Profile(profile)
	if err != nil {
		return err
	}
	defer stop()
	start, worked := time.Now(), work.CPU()
	answer, err := q.Answer(ctx, s, r)
	if err != nil {
		return err
	}
	seconds, cpu := time.Since(start).Seconds(), (work.CPU() - worked).Seconds()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("| %s | %d | %.2f | %.2f | %d | %d |\n", text, len(years), seconds, cpu, m.HeapInuse/1e6, answer.Rows())
	return nil
}
