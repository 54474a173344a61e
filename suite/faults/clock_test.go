package faults

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"chokepoint/store"
)

// clocks are what a computer without a battery, with a wrong setting or with a mistaken time server shows.
var clocks = []struct {
	name string
	at   time.Time
}{
	{"at its beginning", time.Unix(0, 0)},
	{"before its beginning", time.Unix(-1, 0)},
	{"in 1901", time.Unix(-1<<31, 0)},
	{"after 32 bits", time.Unix(1<<32+1, 0)},
	{"in 9999", time.Date(9999, 12, 31, 0, 0, 0, 999, time.UTC)},
	{"in a zone that is ahead", time.Date(2026, 3, 29, 2, 30, 0, 0, time.FixedZone("ahead", 14*60*60))},
}

// TestClocks: ingests, replacements and upgrades under a clock that is wrong, stands, runs backwards or jumps; and files whose times
// are wrong, or all the same. The newest ingest answers, and everything is as it was ingested.
func TestClocks(t *testing.T) {
	first, next := archive(t, 2, 3), archive(t, 3, 3)
	sums := map[string]string{}
	answers := map[string][]string{}
	for _, path := range []string{first, next} {
		dir := t.TempDir()
		if err := write(dir, path, store.SystemDisk{}); err != nil {
			t.Fatal(err)
		}
		sums[path] = checksum(t, dir)
		for q := range questions {
			answer, err := ask(dir, q)
			if err != nil {
				t.Fatal(err)
			}
			answers[path] = append(answers[path], answer)
		}
	}
	tried := 0
	survives := func(dir, what, path string) {
		t.Helper()
		tried++
		if got := checksum(t, dir); got != sums[path] {
			t.Errorf("%s: another dataset than was ingested last", what)
		}
		if err := store.Verify(context.Background(), dir, "test", nil); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		for q, want := range answers[path] {
			if got, err := ask(dir, q); err != nil || got != want {
				t.Errorf("%s: another answer to question %d, or %v", what, q, err)
			}
		}
	}
	rng := rand.New(rand.NewPCG(*seed, 5))
	for i, a := range clocks {
		for j, b := range clocks { // the same: it stands
			if *tries < 1000 && j != i && j != (i+1)%len(clocks) { // the short form
				continue
			}
			what := fmt.Sprintf("ingest with the clock %s, replacement %s", a.name, b.name)
			dir := t.TempDir()
			if err := write(dir, first, &faultyDisk{how: never, now: func() time.Time { return a.at }}); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			survives(dir, what, first)
			jumps := func() time.Time {
				return clocks[rng.IntN(len(clocks))].at.Add(time.Duration(rng.Int64N(int64(time.Hour))))
			}
			now := func() time.Time { return b.at }
			if rng.IntN(2) == 0 {
				now, what = jumps, what+", jumping"
			}
			if err := write(dir, next, &faultyDisk{how: never, now: now}); err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			survives(dir, what, next)
			setTimes(t, dir, func() time.Time { return b.at })
			survives(dir, what+", and all files of that time", next)
			setTimes(t, dir, jumps)
			survives(dir, what+", and files of any time", next)
			downgrade(t, dir, "test")
			if err := store.UpgradeOn(context.Background(), &faultyDisk{how: never, now: jumps}, dir, "test", nil); err != nil {
				t.Errorf("%s: upgrade: %v", what, err)
			}
			survives(dir, what+", upgraded", next)
		}
	}
	t.Logf("%-42s %6d tried", "a clock is wrong, or times of files are", tried)

	dir := t.TempDir()
	if err := write(dir, first, store.SystemDisk{}); err != nil {
		t.Fatal(err)
	}
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // no manifest can say it
	if err := write(dir, next, &faultyDisk{how: never, now: func() time.Time { return late }}); err == nil {
		t.Error("a date of five digits was written")
	}
	survives(dir, "a clock that cannot be written down", first)
}

// setTimes gives all files in a folder the times that a clock shows.
func setTimes(t *testing.T, dir string, now func() time.Time) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		at := now()
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}
