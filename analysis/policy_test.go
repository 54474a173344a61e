package analysis

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/ingest"
	"chokepoint/store"
	"chokepoint/synth"
	"chokepoint/trade"
)

// TestPolicyFindsWhatWasPlanted makes worlds in which an importer's imports of some products fall by a known size each year from
// a known year on: the interval holds the size, and dates before find nothing.
func TestPolicyFindsWhatWasPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and reads a world; -short leaves it out")
	}
	config := synth.Config{Seed: 3, FirstYear: 2004, LastYear: 2022, Products: 1500, Economies: 40, FlowsPerYear: 60000}
	world := synth.New(config)
	planted := world.Truth().Policy
	if planted == nil {
		t.Fatal("no policy is planted")
	}
	dir := t.TempDir()
	archive := filepath.Join(dir, synth.ArchiveName)
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := world.WriteArchive(f, func(int, int64) {}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := ingest.BACI(t.Context(), []string{archive}, ingest.Options{DataDir: dir, Name: "world", Synthetic: true, ProgramVersion: "test", Progress: func(ingest.Progress) {}}); err != nil {
		t.Fatal(err)
	}
	d, err := store.Open(dir, "world")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := &Source{Dataset: d, Blocs: trade.BuiltinBlocs(), Program: "test"}
	var list strings.Builder
	list.WriteString("code,reason\n")
	for _, p := range planted.Products {
		list.WriteString(p + ",planted\n")
	}
	path := writeFile(t, "planted.csv", list.String())
	economy := d.Economies().Label(planted.Importer)
	table := must(t)(s.Policy(context.Background(), "mic25", economy, path, "log-imports", planted.Year, Query{}))
	mean := 0.0
	for y := planted.Year; y <= config.LastYear; y++ {
		mean += planted.Effect * float64(y-planted.Year+1) / float64(config.LastYear-planted.Year+1)
	}
	events, inside, placebos := 0, 0, 0
	for i, kind := range table.Column("kind").Text {
		y := int(table.Column("year").Int[i])
		low, high, p := table.Column("ci_low").Float[i], table.Column("ci_high").Float[i], table.Column("p_value").Float[i]
		switch kind {
		case "did":
			if !(low <= mean && mean <= high) || p > 0.05 {
				t.Errorf("difference in differences: %v to %v, p %v; planted %v", low, high, p, mean)
			}
		case "event":
			want := planted.Effect * math.Max(0, float64(y-planted.Year+1))
			events++
			if low <= want && want <= high {
				inside++
			}
		case "placebo-date":
			placebos++
			if p < 0.01 {
				t.Errorf("the false date %d has an effect, p %v", y, p)
			}
		case "placebo-list":
			if p > 0.05 {
				t.Errorf("lists drawn by lot do as well: p %v", p)
			}
		}
	}
	if events != config.LastYear-config.FirstYear || float64(inside) < 0.8*float64(events) || placebos == 0 {
		t.Errorf("%d of %d yearly effects are in their intervals; %d false dates", inside, events, placebos)
	}
}

func TestPolicyErrors(t *testing.T) {
	s := testSource(t, []flow{{2015, 156, 842, "850110", 40}, {2015, 842, 156, "850110", 4}})
	for _, c := range []struct{ policy, economy, list, outcome, want string }{
		{"nope", "", "", "log-imports", "no policy"},
		{"mic25", "EU27", "", "log-imports", "different economies"},
		{"mic25", "", "nope", "log-imports", "no product list"},
		{"mic25", "", "", "nope", "want one of"},
	} {
		if _, err := s.Policy(context.Background(), c.policy, c.economy, c.list, c.outcome, 0, Query{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if table := must(t)(s.Policy(context.Background(), "mic25", "", "", "log-imports", 0, Query{})); table.Rows() != 0 || !strings.Contains(strings.Join(table.Notes, " "), "nothing can be estimated") {
		t.Errorf("one year gives %d rows", table.Rows())
	}
}

func TestPoliciesAreSound(t *testing.T) {
	for _, p := range IndustrialPolicies() {
		if _, err := (&Source{}).list(p.List); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	if _, err := parsePolicies("test", []byte(strings.Replace(string(policiesTOML), `successor = "fyp14"`, `successor = "nope"`, 1))); err == nil {
		t.Error("a successor that is not there is accepted")
	}
}
