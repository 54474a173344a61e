package faults

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/fault"
	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/trade"
)

var sequences = flag.Int("faults.sequences", 25, "random sequences of what people do with datasets, and of crashes")

// flow is a row of an archive.
type flow struct{ dollars, tonnes float64 }

// content is what a dataset is made from, and what follows from it: the model of the store.
type content struct {
	archive  string          // CSV
	flows    map[string]flow // by year, product, importer, exporter
	checksum string
	answers  []string // to the questions, of a dataset that nothing happened to
}

// contents makes some archives and reads their rows in the plainest way.
func contents(t *testing.T) (list []*content) {
	for seed := range uint64(4) {
		c := &content{archive: archive(t, 10+seed, 2), flows: map[string]flow{}}
		text, err := os.ReadFile(c.archive)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
			f := strings.Split(line, ",") // t,i,j,k,v,q: i exports, j imports
			thousands, err := strconv.ParseFloat(f[4], 64)
			if err != nil {
				t.Fatal(err)
			}
			tonnes := math.NaN()
			if f[5] != "NA" {
				if tonnes, err = strconv.ParseFloat(f[5], 64); err != nil {
					t.Fatal(err)
				}
			}
			c.flows[strings.Join([]string{f[0], f[3], f[2], f[1]}, " ")] = flow{1000 * thousands, tonnes}
		}
		dir := t.TempDir()
		if err := write(dir, c.archive, store.SystemDisk{}); err != nil {
			t.Fatal(err)
		}
		c.checksum = checksum(t, dir)
		for i := range questions {
			answer, err := ask(dir, i)
			if err != nil {
				t.Fatal(err)
			}
			c.answers = append(c.answers, answer)
		}
		list = append(list, c)
	}
	return list
}

// differs says how the flows of an open dataset differ from those of the archive; "" if they do not.
func (c *content) differs(d *store.Dataset) (difference string) {
	err := fault.Do(func() error {
		n := 0
		for _, year := range d.Years() {
			y, err := d.Year(year)
			if err != nil {
				return err
			}
			for i := range y.Len() {
				f := y.Flows(i)
				for k, value := range f.Value {
					at := fmt.Sprintf("%d %s %d %d", year, f.Product, f.Importer[k], f.Exporter[k])
					want, ok := c.flows[at]
					if !ok || value != want.dollars || f.Quantity[k] != want.tonnes && !(math.IsNaN(f.Quantity[k]) && math.IsNaN(want.tonnes)) {
						return fmt.Errorf("flow %s is %v dollars, %v tonnes; want %v, %v", at, value, f.Quantity[k], want, ok)
					}
					n++
				}
			}
		}
		if n != len(c.flows) {
			return fmt.Errorf("%d flows; want %d", n, len(c.flows))
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return ""
}

// play is one sequence: a data folder, and beside it the model.
type play struct {
	*testing.T
	rng      *rand.Rand
	dir      string
	contents []*content
	sets     map[string]*content // the model: the datasets that there are
	inUse    string              // and the one that was chosen
	open     map[*store.Dataset]*content
	trace    []string
	crashes  int // of the steps that had an effect
}

var names = []string{"a", "b", "c"}

// TestSequences does in random order what people do with datasets: ingest, replace, remove, verify, upgrade, choose, ask, keep open;
// any of which may be cut short at any call of the file system. After each step the folder has what a map in memory says.
func TestSequences(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be removed")
	}
	list := contents(t)
	steps, crashes := 0, 0
	for k := range *sequences {
		s := *seed + uint64(k)
		p := &play{T: t, rng: rand.New(rand.NewPCG(s, 5)), dir: t.TempDir(), contents: list, sets: map[string]*content{}, open: map[*store.Dataset]*content{}}
		for range 5 + p.rng.IntN(30) {
			p.step()
			p.check()
			if t.Failed() {
				t.Fatalf("-faults.seed %d -faults.sequences 1:\n%s", s, strings.Join(p.trace, "\n"))
			}
		}
		p.end()
		steps, crashes = steps+len(p.trace), crashes+p.crashes
		if t.Failed() {
			t.Fatalf("-faults.seed %d -faults.sequences 1:\n%s", s, strings.Join(p.trace, "\n"))
		}
	}
	t.Logf("%-42s %6d tried, seeds %d to %d: %d steps, %d of them cut short", "sequences of what people do", *sequences, *seed, *seed+uint64(*sequences)-1, steps, crashes)
	if crashes < *sequences {
		t.Errorf("%d crashes in %d sequences", crashes, *sequences)
	}
}

// step does one thing, to the folder and to the model.
func (p *play) step() {
	name := names[p.rng.IntN(len(names))]
	switch p.rng.IntN(12) {
	case 0, 1, 2:
		p.ingest(name)
	case 3:
		p.remove(name)
	case 4:
		p.note("verify " + name)
		p.refused(name, store.Verify(context.Background(), p.dir, name, nil))
	case 5:
		p.upgrade(name)
	case 6:
		if p.sets[name] != nil {
			p.note("downgrade " + name)
			downgrade(p.T, p.dir, name)
		}
	case 7:
		p.use(name)
	case 8:
		p.note("forget")
		if err := store.Forget(p.dir); err != nil {
			p.Error(err)
		}
		p.inUse = ""
	case 9:
		p.ask(name)
	case 10:
		p.askAny()
	case 11:
		p.keepOpen(name)
	}
}

func (p *play) note(what string) { p.trace = append(p.trace, what) }

// disk is a sound one, or one that fails at some call.
func (p *play) disk() *faultyDisk {
	how := []failure{never, never, failsOnce, full, killed, powerCut}[p.rng.IntN(6)]
	d := &faultyDisk{how: how, n: 1 + p.rng.IntN(1+p.rng.IntN(40))}
	if how != never {
		p.trace[len(p.trace)-1] += fmt.Sprintf(", %s at call %d", how, d.n)
	}
	return d
}

// ended tells whether the disk failed.
func (p *play) ended(d *faultyDisk) (failed bool) {
	d.end()
	failed = d.how != never && d.calls >= d.n
	if failed {
		p.crashes++
	}
	return failed
}

// refused checks the error of something done to a dataset that may not be there.
func (p *play) refused(name string, err error) {
	p.Helper()
	var question *fault.QuestionError
	if p.sets[name] != nil && err != nil || p.sets[name] == nil && !errors.As(err, &question) {
		p.Errorf("dataset %s, there: %v: got %v", name, p.sets[name] != nil, err)
	}
}

// settle has the model follow what became of a dataset after a fault: what it was, or what it was to be.
func (p *play) settle(name string, next *content, failed bool, err error) {
	p.Helper()
	got := p.read(name)
	switch old := p.sets[name]; {
	case got == next && (failed || err == nil):
	case failed && err != nil && got == old:
	default:
		p.Errorf("dataset %s is %s; it was %s, and was to be %s; the error was %v", name, got.say(), old.say(), next.say(), err)
	}
	p.set(name, got)
	if failed && got != nil {
		p.ask(name) // it is whole
	}
}

func (p *play) set(name string, c *content) {
	if p.sets[name] = c; c == nil {
		delete(p.sets, name)
	}
}

func (c *content) say() string {
	if c == nil {
		return "not there"
	}
	return c.checksum[:8]
}

// read finds out which content a dataset has: nil where it is not there.
func (p *play) read(name string) *content {
	list, err := store.List(p.dir)
	if err != nil {
		p.Error(err)
	}
	i := slices.IndexFunc(list, func(m store.Manifest) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	k := slices.IndexFunc(p.contents, func(c *content) bool { return c.checksum == list[i].Checksum() })
	if k < 0 {
		p.Fatalf("dataset %s has the checksum %s, which no archive has", name, list[i].Checksum())
	}
	return p.contents[k]
}

func (p *play) ingest(name string) {
	next, replace := p.contents[p.rng.IntN(len(p.contents))], p.rng.IntN(4) > 0
	p.note(fmt.Sprintf("ingest %s of %s, replace: %v", name, next.say(), replace))
	disk := p.disk()
	_, err := ingest.BACI(context.Background(), []string{next.archive}, ingest.Options{Name: name, Replace: replace, Nomenclature: trade.HS17, Release: "202601",
		Target: func(name string, replace bool) (ingest.Target, error) {
			return store.CreateOn(disk, p.dir, name, replace)
		}})
	failed := p.ended(disk)
	var question *fault.QuestionError
	if p.sets[name] != nil && !replace {
		if !errors.As(err, &question) {
			p.Errorf("it was not to be replaced; got %v", err)
		}
		next = p.sets[name]
		failed = true // it stays
	}
	p.settle(name, next, failed, err)
}

func (p *play) remove(name string) {
	p.note("remove " + name)
	disk := p.disk()
	err := store.RemoveOn(disk, p.dir, name)
	failed := p.ended(disk)
	if p.sets[name] == nil {
		p.refused(name, err)
		return
	}
	p.settle(name, nil, failed, err)
	if p.inUse == name { // it is forgotten first
		if inUse, _ := store.InUse(p.dir); inUse == "" || !failed || p.sets[name] == nil {
			p.inUse = ""
		}
	}
}

func (p *play) upgrade(name string) {
	p.note("upgrade " + name)
	disk := p.disk()
	err := store.UpgradeOn(context.Background(), disk, p.dir, name, nil)
	failed := p.ended(disk)
	if p.sets[name] == nil {
		p.refused(name, err)
		return
	}
	p.settle(name, p.sets[name], failed, err)
	list, _ := store.List(p.dir)
	for _, m := range list {
		if m.Name == name && err == nil && !m.Protected() {
			p.Error("it says that it was upgraded, and was not")
		}
	}
}

func (p *play) use(name string) {
	p.note("use " + name)
	disk := p.disk()
	err := store.UseOn(disk, p.dir, name)
	failed := p.ended(disk)
	if p.sets[name] == nil {
		p.refused(name, err)
		return
	}
	got, _ := store.InUse(p.dir)
	if got != name && (!failed || got != p.inUse) || err != nil && !failed {
		p.Errorf("in use is %q, was %q; the error was %v", got, p.inUse, err)
	}
	p.inUse = got
}

// ask compares all flows of a dataset, and one answer.
func (p *play) ask(name string) {
	p.note("ask " + name)
	d, err := store.Open(p.dir, name)
	p.refused(name, err)
	if err == nil {
		p.same(d, p.sets[name])
		if err := d.Close(); err != nil {
			p.Error(err)
		}
	}
}

func (p *play) same(d *store.Dataset, want *content) {
	p.Helper()
	if difference := want.differs(d); difference != "" {
		p.Errorf("dataset of %s: %s", want.say(), difference)
	}
	i := p.rng.IntN(len(questions))
	if got, err := put(d, i); err != nil || strings.ReplaceAll(got, d.Manifest().Name, "test") != strings.ReplaceAll(want.answers[i], d.Manifest().Name, "test") {
		p.Errorf("dataset of %s: another answer to question %d, or %v", want.say(), i, err)
	}
}

// askAny asks without a name: the one in use answers, else the only one.
func (p *play) askAny() {
	p.note("ask any")
	want := ""
	switch {
	case p.sets[p.inUse] != nil:
		want = p.inUse
	case len(p.sets) == 1:
		want = slices.Collect(maps.Keys(p.sets))[0]
	}
	choice, err := store.Default(p.dir)
	var question *fault.QuestionError
	if choice.Name != want || (want == "") != errors.As(err, &question) {
		p.Errorf("%q answers, %v; want %q", choice.Name, err, want)
	}
}

// keepOpen opens a dataset and its years, for a reader that outlives what becomes of it.
func (p *play) keepOpen(name string) {
	p.note("keep open " + name)
	d, err := store.Open(p.dir, name)
	p.refused(name, err)
	if err == nil {
		p.open[d] = p.sets[name]
		for _, year := range d.Years() {
			if _, err := d.Year(year); err != nil {
				p.Error(err)
			}
		}
	}
}

// check compares the folder with the model.
func (p *play) check() {
	p.Helper()
	list, err := store.List(p.dir)
	if err != nil {
		p.Error(err)
	}
	got := map[string]*content{}
	for _, m := range list {
		got[m.Name] = p.read(m.Name)
	}
	if !maps.Equal(got, p.sets) {
		p.Errorf("there are %v; want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(p.sets)))
	}
	if inUse, err := store.InUse(p.dir); err != nil || inUse != p.inUse {
		p.Errorf("in use is %q, %v; want %q", inUse, err, p.inUse)
	}
}

// end asks and verifies everything, those that were kept open too, and writes all anew: nothing else is left behind.
func (p *play) end() {
	for d, want := range p.open {
		p.same(d, want)
		if err := d.Close(); err != nil {
			p.Error(err)
		}
	}
	for _, name := range names {
		p.ask(name)
		p.refused(name, store.Verify(context.Background(), p.dir, name, nil))
		next := p.contents[0]
		_, err := ingest.BACI(context.Background(), []string{next.archive}, ingest.Options{DataDir: p.dir, Name: name, Replace: true, Nomenclature: trade.HS17, Release: "202601"})
		if p.set(name, next); err != nil || p.read(name) != next {
			p.Errorf("the next ingest of %s: %v", name, err)
		}
		if entries, err := os.ReadDir(filepath.Join(p.dir, name)); err != nil || len(entries) != 3 {
			p.Errorf("%s: there are %v, %v; want lock, manifest, generation", name, entries, err)
		}
	}
}
