package chokepoints

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"sync"

	"chokepoint/sector"
	"chokepoint/spelling"
	"chokepoint/study"
	"chokepoint/tomlfile"
)

// Weights say how the parts of a choke point make its score.
type Weights struct {
	ID     string `toml:"id"`
	Title  string `toml:"title"`
	Source string `toml:"source"`
	text   []byte // the file

	Weights map[string]float64 `toml:"weights"` // by part; one that is not named has no say

	ValueScale struct { // of the part value
		From float64 `toml:"from_usd"` // counts as 0
		To   float64 `toml:"to_usd"`   // counts as 1
	} `toml:"value_scale"`
	// PositionScale is the part position by stage of processing; the standard where a file has none.
	PositionScale map[string]float64 `toml:"position_scale"`
	PriceIndex    struct {           // of the part price_index
		Sigma  float64 `toml:"sigma"` // where no elasticity of the product is known; 0 is that of DefaultWeights
		Source string  `toml:"source"`
	} `toml:"price_index"`
	// SinglePoint takes the place of the bounds of the rule of single points of failure, in files from before there was such a rule.
	SinglePoint *singlePoint `toml:"single_point"`
}

type singlePoint struct {
	WorldShare    float64 `toml:"world_share"`
	Rearrangement float64 `toml:"rearrangement_ratio"`
}

// DefaultWeights are those of a question that names none.
const DefaultWeights = "capacity"

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

// sigma is the elasticity of substitution of products of which none is known, and the weights that it is of.
func (w *Weights) sigma() (float64, string) {
	if w.PriceIndex.Sigma > 0 {
		return w.PriceIndex.Sigma, w.ID
	}
	list := builtinWeights()
	d := list[slices.IndexFunc(list, func(w *Weights) bool { return w.ID == DefaultWeights })]
	return d.PriceIndex.Sigma, d.ID
}

// WeightNames lists the builtin weights of choke points.
func WeightNames() (names []string) {
	for _, w := range builtinWeights() {
		names = append(names, w.ID)
	}
	return names
}

// PartsOf lists the places, in PartColumns, of the parts that builtin weights use; all where there are no such weights.
func PartsOf(name string) (list []int) {
	for _, w := range builtinWeights() {
		if strings.EqualFold(w.ID, name) {
			for _, u := range w.used() {
				if u.weight > 0 {
					list = append(list, u.at)
				}
			}
			return list
		}
	}
	for at := range parts {
		list = append(list, at)
	}
	return list
}

// weightsOf finds weights by name or, where the question may open files, by the file's.
func weightsOf(s *study.Source, name string) (*Weights, error) {
	w, err := study.Chosen(s, "weights", name, WeightNames(), openWeights, parseWeights)
	if err != nil {
		return nil, err
	}
	s.Use("weights", w.ID, w.text)
	return w, nil
}

// openWeights finds weights that come with the program.
func openWeights(name string) (*Weights, error) {
	list := builtinWeights()
	i := slices.IndexFunc(list, func(w *Weights) bool { return strings.EqualFold(w.ID, name) })
	if i < 0 {
		return nil, fmt.Errorf("weights %q: expected %s, or on the command line a file that ends in .toml%s", name, strings.Join(WeightNames(), ", "), spelling.Hint(name, WeightNames()))
	}
	return list[i], nil
}

// parseWeights reads a file of weights. It names the parts that make the score.
func parseWeights(name string, data []byte) (*Weights, error) {
	var w Weights
	if err := tomlfile.Decode(name, data, tomlfile.MaxFile, &w); err != nil {
		return nil, err
	}
	w.text = data
	if w.PositionScale == nil {
		w.PositionScale = positionScale
	}
	if w.ValueScale.From == 0 && w.ValueScale.To == 0 && !w.names("value") {
		w.ValueScale.From, w.ValueScale.To = 1e6, 1e11
	}
	if err := cmp.Or(w.checkWeights(), w.checkScales()); err != nil {
		return nil, fmt.Errorf("weights %s: %w", name, err)
	}
	return &w, nil
}

// names says whether the weights use a part.
func (w *Weights) names(part string) bool {
	_, ok := w.Weights[part]
	return ok
}

func (w *Weights) checkWeights() error {
	sum := 0.0
	for _, name := range slices.Sorted(maps.Keys(w.Weights)) {
		weight := w.Weights[name]
		if !slices.Contains(partNames(), name) {
			return fmt.Errorf("there is no part %q; the parts are %s%s", name, strings.Join(partNames(), ", "), spelling.Hint(name, partNames()))
		}
		if !(weight >= 0 && weight <= 1e6) {
			return fmt.Errorf("weight of %s is %v; expected a number from 0 to 1e6", name, weight)
		}
		sum += weight
	}
	switch {
	case w.ID == "":
		return errors.New("id is missing")
	case sum == 0:
		return fmt.Errorf("no weight is above 0; expected at least one, under [weights], of the parts %s", strings.Join(partNames(), ", "))
	}
	return nil
}

func (w *Weights) checkScales() error {
	for stage := range positionScale {
		if x, ok := w.PositionScale[stage]; !ok || !(x > 0 && x <= 1) || len(w.PositionScale) != len(positionScale) {
			return fmt.Errorf("position_scale: expected a number above 0, at most 1, for each of %s and %s, or no such table", strings.Join(sector.Stages, ", "), sector.Unclassified)
		}
	}
	switch p := w.SinglePoint; {
	case !(w.ValueScale.From > 0 && w.ValueScale.To > w.ValueScale.From && !math.IsInf(w.ValueScale.To, 0)):
		return fmt.Errorf("value_scale is from %v to %v; expected US dollars above 0, from below to", w.ValueScale.From, w.ValueScale.To)
	case w.PriceIndex.Sigma == 0 && w.names("price_index"):
		return errors.New("price_index is a part, and there is no sigma for products of which none is known; add [price_index] and sigma = 3.4 or another number above 1")
	case w.PriceIndex.Sigma != 0 && !(w.PriceIndex.Sigma > 1 && w.PriceIndex.Sigma <= 1e6):
		return fmt.Errorf("price_index has sigma %v; expected a number above 1, at most 1e6", w.PriceIndex.Sigma)
	case p != nil && !(p.WorldShare > 0 && p.WorldShare <= 1 && p.Rearrangement > 0):
		return fmt.Errorf("single_point has world_share %v and rearrangement_ratio %v; expected a share above 0, at most 1, and a ratio above 0", p.WorldShare, p.Rearrangement)
	}
	return nil
}
