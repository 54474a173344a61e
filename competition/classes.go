package competition

import (
	"embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/study"
	"chokepoint/tomlfile"
)

// Classes are a rule that names where an economy stands in a sector.
type Classes struct {
	ID      string  `toml:"id"`
	Title   string  `toml:"title"`
	Source  string  `toml:"source"`
	Classes []class `toml:"class"`
}

type class struct {
	ID       string   `toml:"id"`
	Criteria []string `toml:"criteria"`

	parsed []columnCriterion
}

// columnCriterion compares a column of the scoreboard with a number.
type columnCriterion struct {
	value  func(*ScoreboardRow) float64
	sign   string
	number float64
}

//go:embed classes/*.toml
var ClassFiles embed.FS

// classesOf finds a rule by name or, where the question may open files, by the file's.
func classesOf(s *study.Source, name string) (*Classes, error) {
	var data []byte
	var err error
	if s.Files == nil || !strings.HasSuffix(strings.ToLower(name), ".toml") {
		if data, err = ClassFiles.ReadFile("classes/" + strings.ToLower(name) + ".toml"); err != nil {
			return nil, fault.Questionf("classes %q: want standing, or on the command line a file that ends in .toml", name)
		}
	} else if data, err = s.Files(name); err != nil {
		return nil, fault.Questionf("classes: %w", err)
	}
	c, err := parseClasses(name, data)
	if err != nil {
		return nil, fault.Question(err)
	}
	s.Use("classes", c.ID, data)
	return c, nil
}

// parseClasses reads a rule. The columns that criteria may name are those of the scoreboard.
func parseClasses(name string, data []byte) (*Classes, error) {
	var c Classes
	if err := tomlfile.Decode(name, data, tomlfile.MaxFile, &c); err != nil {
		return nil, err
	}
	if c.ID == "" || len(c.Classes) == 0 {
		return nil, fmt.Errorf("classes %s: want id and at least one [[class]]", name)
	}
	for i := range c.Classes {
		k := &c.Classes[i]
		if k.ID == "" || len(k.Criteria) == 0 {
			return nil, fmt.Errorf("classes %s: class %d: want id and criteria", name, i+1)
		}
		for _, text := range k.Criteria {
			criterion, err := parseColumnCriterion(text)
			if err != nil {
				return nil, fmt.Errorf("classes %s: class %s: %w", name, k.ID, err)
			}
			k.parsed = append(k.parsed, criterion)
		}
	}
	return &c, nil
}

func parseColumnCriterion(text string) (c columnCriterion, err error) {
	words := strings.Fields(text)
	if len(words) != 3 || !slices.Contains([]string{">=", ">", "<=", "<"}, words[1]) {
		return c, fmt.Errorf("criterion %q: want a column, one of >= > <= < and a number", text)
	}
	value, ok := ScoreboardSchema.Number(words[0])
	if !ok {
		return c, fmt.Errorf("criterion %q: the scoreboard has no numbers under %q", text, words[0])
	}
	number, err := indicator.ParseNumber(words[2])
	if err != nil {
		return c, fmt.Errorf("criterion %q: want a number after %s; %w", text, words[1], err)
	}
	return columnCriterion{value, words[1], number.Value}, nil
}

func (c columnCriterion) holds(x float64) bool {
	switch c.sign {
	case ">=":
		return x >= c.number
	case ">":
		return x > c.number
	case "<=":
		return x <= c.number
	}
	return x < c.number
}

// of names the class of a row, the first whose criteria all hold; "" where none fits, or where a number that is missing
// could decide whether one does.
func (c *Classes) of(r *ScoreboardRow) string {
	for _, k := range c.Classes {
		missed, unknown := false, false
		for _, criterion := range k.parsed {
			x := criterion.value(r)
			unknown = unknown || math.IsNaN(x)
			missed = missed || !math.IsNaN(x) && !criterion.holds(x)
		}
		switch {
		case missed:
		case unknown:
			return ""
		default:
			return k.ID
		}
	}
	return ""
}
