package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"chokepoint/dependence"
	"chokepoint/fault"
	"chokepoint/ingest"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

var (
	tries = flag.Int("faults.tries", 300, "bits to flip")
	seed  = flag.Uint64("faults.seed", 1, "of the random faults")
)

// tally counts what was tried of one kind of fault.
type tally struct{ tried, noticed, same int }

// report prints a line of the table of results.
func (c *tally) report(t *testing.T, what string) {
	t.Logf("%-42s %6d tried, %6d survived: %d ended with an error, %d were answered as from sound files", what, c.tried, c.noticed+c.same, c.noticed, c.same)
	if c.noticed == 0 || c.tried != c.noticed+c.same {
		t.Errorf("%s: not all were survived, or none was noticed", what)
	}
}

// judge counts an answer that was given after a fault.
func (c *tally) judge(t *testing.T, what, got, want string, err error) {
	t.Helper()
	c.tried++
	var damage *store.DamagedError
	switch {
	case errors.As(err, &damage):
		c.noticed++
	case err != nil:
		t.Errorf("%s: %T %v; want a DamagedError", what, err, err)
	case got != want:
		t.Errorf("%s: another answer without an error", what)
	default:
		c.same++
	}
}

// questions read files in all ways there are: few flows and all, with tonnes and without, net and gross, the index alone.
var questions = []func(context.Context, *study.Source) (*result.Table, error){
	count(study.Query{Importers: "USA", Partners: "CHN"}),
	count(study.Query{Importers: "all,EU27", Method: "mgi,iw-2024", Partners: "all", Persistence: "1/1"}),
	count(study.Query{Importers: "EU27", Partners: "CHN,EU27", World: "net", Method: "all", Persistence: "1/1"}),
	indicators(study.Query{Importers: "USA,EU27", Partners: "CHN"}),
	indicators(study.Query{Importers: "all", Years: "2021"}),
	func(ctx context.Context, s *study.Source) (*result.Table, error) {
		return dependence.Exporters(ctx, s, study.Query{Years: "2020"})
	},
}

func count(q study.Query) func(context.Context, *study.Source) (*result.Table, error) {
	return func(ctx context.Context, s *study.Source) (*result.Table, error) { return dependence.Count(ctx, s, q) }
}

func indicators(q study.Query) func(context.Context, *study.Source) (*result.Table, error) {
	return func(ctx context.Context, s *study.Source) (*result.Table, error) {
		return dependence.Indicators(ctx, s, q)
	}
}

// ask opens a dataset and puts a question to it, as the program does.
func ask(dir string, question int) (answer string, err error) {
	err = fault.Do(func() error {
		d, err := store.Open(dir, "test")
		if err != nil {
			return err
		}
		defer d.Close()
		answer, err = put(d, question)
		return err
	})
	return answer, err
}

func put(d *store.Dataset, question int) (answer string, err error) {
	err = fault.Do(func() error {
		t, err := questions[question](context.Background(), &study.Source{Dataset: d, Blocs: trade.BuiltinBlocs()})
		if err != nil {
			return err
		}
		var w bytes.Buffer
		err = result.Write(&w, t, result.FormatCSV, result.Options{})
		answer = w.String()
		return err
	})
	return answer, err
}

// archive writes trade of two years as CSV, and a second one of other values.
func archive(t *testing.T, seed uint64, products int) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	economies := []int{842, 156, 251, 276, 380, 392, 410, 699, 76, 124, 528, 724, 616, 752}
	var w strings.Builder
	w.WriteString("t,i,j,k,v,q\n")
	for _, year := range []int{2020, 2021} {
		for p := range products {
			for _, j := range economies {
				for _, i := range economies {
					if i != j && rng.IntN(4) > 0 {
						quantity := "NA"
						if rng.IntN(3) > 0 {
							quantity = fmt.Sprint(1 + rng.IntN(1000))
						}
						fmt.Fprintf(&w, "%d,%d,%d,85%04d,%d,%s\n", year, i, j, p, 1+int(rng.ExpFloat64()*2000), quantity)
					}
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "BACI_HS17_V202601.csv")
	if err := os.WriteFile(path, []byte(w.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(dir, path string, disk store.Disk) error {
	_, err := ingest.BACI(context.Background(), []string{path}, ingest.Options{Name: "test", Replace: true, Nomenclature: trade.HS17, Release: "202601",
		Target: func(name string, replace bool) (ingest.Target, error) {
			return store.CreateOn(disk, dir, name, replace)
		}})
	return err
}

// dataset writes a dataset and returns its files and the answers of all questions to it.
func dataset(t *testing.T) (dir string, files, answers []string) {
	dir = t.TempDir()
	if err := write(dir, archive(t, 1, 150), store.SystemDisk{}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "test", "*", "*"))
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	files = append(files, filepath.Join(dir, "test", "manifest.json"))
	for i := range questions {
		answer, err := ask(dir, i)
		if err != nil || strings.Count(answer, "\n") < 2 {
			t.Fatalf("question %d: %q, %v", i, answer, err)
		}
		answers = append(answers, answer)
	}
	return dir, files, answers
}

// in replaces the contents of a file by what change makes of them, in place and with the time that it had, and calls then before it
// puts them back.
func in(t *testing.T, file string, change func([]byte) []byte, then func()) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	set := func(data []byte) {
		if err := errors.Join(os.WriteFile(file, data, 0o644), os.Chtimes(file, info.ModTime(), info.ModTime())); err != nil {
			t.Fatal(err)
		}
	}
	set(change(bytes.Clone(data)))
	defer set(data)
	then()
}

// flip flips one bit: half of the time near an end of the file, where what describes the rest is.
func flip(rng *rand.Rand) func([]byte) []byte {
	return func(data []byte) []byte {
		at := rng.IntN(len(data))
		if end := min(len(data), 4096); rng.IntN(2) == 0 {
			if at = rng.IntN(end); rng.IntN(2) == 0 {
				at = len(data) - 1 - at
			}
		}
		data[at] ^= 1 << rng.IntN(8)
		return data
	}
}

// TestFlips: whichever bit of whichever file flips, with its size and time restored, no question has another answer.
func TestFlips(t *testing.T) {
	dir, files, answers := dataset(t)
	rng := rand.New(rand.NewPCG(*seed, 2))
	kinds := map[string]*tally{}
	for i := range *tries {
		file := files[i%len(files)]
		kind, _, _ := strings.Cut(filepath.Base(file), "-")
		if kinds[kind] == nil {
			kinds[kind] = &tally{}
		}
		question := rng.IntN(len(questions))
		in(t, file, flip(rng), func() {
			got, err := ask(dir, question)
			kinds[kind].judge(t, fmt.Sprintf("%s, try %d, question %d", filepath.Base(file), i, question), got, answers[question], err)
		})
	}
	for _, kind := range []string{"flows", "index", "blocks", "economies.csv", "products.csv", "manifest.json"} {
		kinds[kind].report(t, "a bit flips in "+kind)
	}
}

// TestFlipsWhileOpen: a bit that flips between two questions to an open dataset.
func TestFlipsWhileOpen(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the time of a file can be set back without a trace")
	}
	dir, files, answers := dataset(t)
	rng := rand.New(rand.NewPCG(*seed, 3))
	var c tally
	for i := range max(*tries/10, 40) {
		d, err := store.Open(dir, "test")
		if err != nil {
			t.Fatal(err)
		}
		before, question := rng.IntN(len(questions)), rng.IntN(len(questions))
		if got, err := put(d, before); err != nil || got != answers[before] {
			t.Fatal(err)
		}
		in(t, files[i%len(files)], flip(rng), func() {
			got, err := put(d, question)
			c.judge(t, fmt.Sprintf("%s, try %d", filepath.Base(files[i%len(files)]), i), got, answers[question], err)
		})
		d.Close()
	}
	c.report(t, "a bit flips while the dataset is open")
}

// TestCuts: files that are cut off before a question, or between two to an open dataset.
func TestCuts(t *testing.T) {
	dir, files, answers := dataset(t)
	rng := rand.New(rand.NewPCG(*seed, 4))
	var before, open tally
	for i := range max(*tries/10, 40) {
		file, question := files[i%len(files)], i/len(files)%len(questions)
		cut := func(data []byte) []byte { return data[:rng.IntN(len(data))] }
		in(t, file, cut, func() {
			got, err := ask(dir, question)
			before.judge(t, filepath.Base(file)+" cut off", got, answers[question], err)
		})
		if runtime.GOOS != "linux" {
			continue
		}
		d, err := store.Open(dir, "test")
		if err != nil {
			t.Fatal(err)
		}
		year, err := d.Year(2020 + i%2)
		if err != nil {
			t.Fatal(err)
		}
		in(t, file, cut, func() {
			got, err := put(d, question)
			open.judge(t, filepath.Base(file)+" cut off while open", got, answers[question], err)
			err = fault.Do(func() error { // as a question that has begun
				for k := range year.Len() {
					for _, v := range year.Flows(k).Value {
						if v <= 0 {
							return fmt.Errorf("a value of %v", v)
						}
					}
				}
				return nil
			})
			open.judge(t, filepath.Base(file)+" cut off while a question reads it", "", "", err)
		})
		d.Close()
	}
	before.report(t, "a file is cut off")
	if runtime.GOOS == "linux" {
		open.report(t, "a file is cut off while it is mapped")
	}
}

// TestEveryWrite: an ingest, a replacement and an upgrade of which the n-th call that writes fails, for every n. The old dataset is
// there, whole, or the new one is; the next ingest works and leaves nothing else behind.
func TestEveryWrite(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be removed")
	}
	old, next := archive(t, 2, 3), archive(t, 3, 3)
	sumOf := func(path string) string {
		dir := t.TempDir()
		if err := write(dir, path, store.SystemDisk{}); err != nil {
			t.Fatal(err)
		}
		return checksum(t, dir)
	}
	before, after := sumOf(old), sumOf(next)
	step := 1
	if *tries < 1000 { // the short form: to sync files takes its time
		step = 4
	}
	for _, work := range []string{"first ingest", "replacement", "upgrade"} {
		for _, how := range []failure{failsOnce, full, killed, powerCut} {
			tried, kept := 0, 0
			for n, reached := 1, true; reached; n += step {
				dir := t.TempDir()
				what := fmt.Sprintf("%s, %s at call %d", work, how, n)
				if work != "first ingest" {
					if err := write(dir, old, store.SystemDisk{}); err != nil {
						t.Fatal(err)
					}
				}
				disk := &faultyDisk{how: how, n: n}
				want := after
				var err error
				if work == "upgrade" {
					downgrade(t, dir, "test")
					want = before
					err = store.UpgradeOn(context.Background(), disk, dir, "test", nil)
				} else {
					err = write(dir, next, disk)
				}
				disk.end()
				tried, reached = tried+1, disk.calls >= n
				got := checksum(t, dir)
				switch {
				case err == nil && got != want:
					t.Errorf("%s: success was reported, and it is not there", what)
				case got != want && got != before && (got != "" || work != "first ingest"):
					t.Errorf("%s: the dataset is neither the old one nor the new one", what)
				}
				if got == before {
					kept++
				}
				if got != "" {
					if err := store.Verify(context.Background(), dir, "test", nil); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
				if err := write(dir, next, store.SystemDisk{}); err != nil || checksum(t, dir) != after {
					t.Errorf("%s: the next ingest: %v", what, err)
				}
				if entries, err := os.ReadDir(filepath.Join(dir, "test")); err != nil || len(entries) != 3 {
					t.Errorf("%s: after the next ingest there are %v, %v; want lock, manifest, generation", what, entries, err)
				}
			}
			t.Logf("%-42s %6d tried, at calls %d apart; the old dataset was kept %d times", work+", "+string(how), tried, step, kept)
			if tried < 4 {
				t.Errorf("%s, %s: only %d calls", work, how, tried)
			}
		}
	}
}

// checksum is that of the dataset, which must be readable; "" where there is none.
func checksum(t *testing.T, dir string) string {
	t.Helper()
	list, err := store.List(dir)
	if err != nil {
		t.Error(err)
	}
	if len(list) == 0 {
		return ""
	}
	return list[0].Checksum()
}

// downgrade makes a dataset one of format 2, without checksums of blocks and of the manifest.

func downgrade(t *testing.T, dir, name string) {
	t.Helper()
	path := filepath.Join(dir, name, "manifest.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	m["format"] = 2
	delete(m, "manifest_sha256")
	for _, y := range m["years"].([]any) {
		year := y.(map[string]any)
		delete(year, "flows_block")
		blocks, ok := year["blocks"].(map[string]any)
		if !ok {
			continue // it is one already
		}
		if err := os.Remove(filepath.Join(dir, name, m["generation"].(string), blocks["file"].(string))); err != nil {
			t.Fatal(err)
		}
		delete(year, "blocks")
	}
	if data, err = json.Marshal(m); err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
