package chokepoints

import (
	"embed"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"sync"

	"chokepoint/fault"
	"chokepoint/sector"
	"chokepoint/study"
	"chokepoint/tomlfile"
)

// Weights say how the parts of a choke point make its score.
type Weights struct {
	ID     string `toml:"id"`
	Title  string `toml:"title"`
	Source string `toml:"source"`
	text   []byte // the file

	Weights map[string]float64 `toml:"weights"` // by part

	ValueScale struct {
		From float64 `toml:"from_usd"` // counts as 0
		To   float64 `toml:"to_usd"`   // counts as 1
	} `toml:"value_scale"`
	// PositionScale is the part position by stage of processing; the standard where a file has none.
	PositionScale map[string]float64 `toml:"position_scale"`
	SinglePoint   struct {
		WorldShare    float64 `toml:"world_share"`
		Rearrangement float64 `toml:"rearrangement_ratio"`
	} `toml:"single_point"`
}

// positionScale is the standard: what firms use up in production counts in full, what they use for years half, what households
// use a quarter. Goods without a stage are in the middle. Nothing is 0, which would put a score to nothing.
var positionScale = map[string]float64{"primary": 1, "processed": 1, "parts": 1, "capital": 0.5, "consumption": 0.25, sector.Unclassified: 0.5}

//go:embed weights/*.toml
var WeightFiles embed.FS

var builtinWeights = sync.OnceValue(func() []*Weights {
	files, _ := fs.Glob(WeightFiles, "weights/*.toml") // the pattern is well formed
	var list []*Weights
	for _, file := range files {
		data, err := WeightFiles.ReadFile(file)
		if err != nil {
			panic(err)
		}
		w, err := parseWeights(path.Base(file), data)
		if err != nil {
			panic(err)
		}
		list = append(list, w)
	}
	return list
})

// WeightNames lists the builtin weights of choke points.
func WeightNames() (names []string) {
	for _, w := range builtinWeights() {
		names = append(names, w.ID)
	}
	return names
}

// weightsOf finds weights by name or, where the question may open files, by the file's.
func weightsOf(s *study.Source, name string) (*Weights, error) {
	list := builtinWeights()
	if i := slices.IndexFunc(list, func(w *Weights) bool { return strings.EqualFold(w.ID, name) }); i >= 0 {
		s.Use("weights", list[i].ID, list[i].text)
		return list[i], nil
	}
	if s.Files == nil || !strings.HasSuffix(strings.ToLower(name), ".toml") {
		return nil, fault.Questionf("weights %q: want %s, or on the command line a file that ends in .toml", name, strings.Join(WeightNames(), ", "))
	}
	data, err := s.Files(name)
	if err != nil {
		return nil, fault.Questionf("weights: %w", err)
	}
	w, err := parseWeights(name, data)
	if err != nil {
		return nil, fault.Question(err)
	}
	s.Use("weights", w.ID, w.text)
	return w, nil
}

// parseWeights reads a file of weights. Every part must have one.
func parseWeights(name string, data []byte) (*Weights, error) {
	var w Weights
	if err := tomlfile.Decode(name, data, tomlfile.MaxFile, &w); err != nil {
		return nil, err
	}
	w.text = data
	wrong := func(format string, args ...any) (*Weights, error) {
		return nil, fmt.Errorf("weights %s: %s", name, fmt.Sprintf(format, args...))
	}
	sum := 0.0
	for part, weight := range w.Weights {
		if !slices.ContainsFunc(chokeParts, func(p chokePart) bool { return p.name == part }) {
			return wrong("there is no part %q; the parts are %s", part, partNames())
		}
		if !(weight >= 0 && weight <= 1e6) {
			return wrong("weight of %s is %v; want a number from 0 to 1e6", part, weight)
		}
		sum += weight
	}
	for _, p := range chokeParts {
		if _, ok := w.Weights[p.name]; !ok {
			return wrong("the weight of %s is missing; %s = 0 leaves the part out, as in files from before it was one", p.name, p.name)
		}
	}
	if w.PositionScale == nil {
		w.PositionScale = positionScale
	}
	for stage := range positionScale {
		if x, ok := w.PositionScale[stage]; !ok || !(x > 0 && x <= 1) || len(w.PositionScale) != len(positionScale) {
			return wrong("position_scale: want a number above 0, at most 1, for each of %s and %s, or no such table", strings.Join(sector.Stages, ", "), sector.Unclassified)
		}
	}
	switch {
	case w.ID == "":
		return wrong("id is missing")
	case sum == 0:
		return wrong("all weights are 0; want at least one above")
	case !(w.ValueScale.From > 0 && w.ValueScale.To > w.ValueScale.From && !math.IsInf(w.ValueScale.To, 0)):
		return wrong("value_scale is from %v to %v; want US dollars above 0, from below to", w.ValueScale.From, w.ValueScale.To)
	case !(w.SinglePoint.WorldShare > 0 && w.SinglePoint.WorldShare <= 1 && w.SinglePoint.Rearrangement > 0):
		return wrong("single_point has world_share %v and rearrangement_ratio %v; want a share above 0, at most 1, and a ratio above 0", w.SinglePoint.WorldShare, w.SinglePoint.Rearrangement)
	}
	return &w, nil
}

func partNames() string {
	var names []string
	for _, p := range chokeParts {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}
