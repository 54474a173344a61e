package analysis

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"

	"chokepoint/result"
)

// IndustrialPolicy is a policy that names sectors.
type IndustrialPolicy struct {
	ID        string   `toml:"id"`
	Name      string   `toml:"name"`
	Economy   string   `toml:"economy"`
	Date      string   `toml:"date"`
	Year      int      `toml:"year"` // the first that can show an effect
	Body      string   `toml:"body"`
	List      string   `toml:"list"` // product list
	Successor string   `toml:"successor"`
	Source    string   `toml:"source"`
	Targets   []string `toml:"targets"`
	Note      string   `toml:"note"`
}

//go:embed data/policies/policies.toml
var policiesTOML []byte

var industrialPolicies = sync.OnceValue(func() []*IndustrialPolicy {
	list, err := parsePolicies("policies.toml", policiesTOML)
	if err != nil {
		panic(err)
	}
	return list
})

// IndustrialPolicies lists the policies that come with the program, by date.
func IndustrialPolicies() []*IndustrialPolicy { return slices.Clone(industrialPolicies()) }

func parsePolicies(name string, data []byte) ([]*IndustrialPolicy, error) {
	var file struct {
		Policies []*IndustrialPolicy `toml:"policy"`
	}
	dec := toml.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("policies %s: %w", name, err)
	}
	known := map[string]bool{"": true}
	for _, p := range file.Policies {
		if p.ID == "" || known[p.ID] || p.Name == "" || p.Source == "" || p.List == "" || p.Year == 0 {
			return nil, fmt.Errorf("policies %s: policy %q: want an id of its own, name, source, list and year", name, p.ID)
		}
		if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
			return nil, fmt.Errorf("policies %s: policy %s: date %q: want YYYY-MM-DD", name, p.ID, p.Date)
		}
		known[p.ID] = true
	}
	for _, p := range file.Policies {
		if !known[p.Successor] {
			return nil, fmt.Errorf("policies %s: policy %s: there is no successor %q", name, p.ID, p.Successor)
		}
	}
	return file.Policies, nil
}

func policyOf(id string) (*IndustrialPolicy, error) {
	var ids []string
	for _, p := range industrialPolicies() {
		if strings.EqualFold(p.ID, id) {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	return nil, fmt.Errorf("there is no policy %q; want %s", id, strings.Join(ids, ", "))
}

// Policies is the table of policies.
func Policies() *result.Table {
	names := []string{"policy", "name", "economy", "date", "body", "list", "successor", "targets", "source", "note"}
	texts := []string{"Name in --policy.", "What it is called.", "Whose it is.", "When it was issued.", "Who issued it.", "Product list that stands for what it names.", "Policy that carries it on.", "What it aims at, as its sources say.", "Where it is published.", "What to know."}
	var columns []*result.Column
	for i, name := range names {
		columns = append(columns, result.TextColumn(name, texts[i]))
	}
	year := result.IntColumn("year", result.Year, "First year that can show an effect in annual trade.")
	t := result.New("policies", "Industrial policies", append(append(slices.Clone(columns[:4]), year), columns[4:]...)...)
	for _, p := range industrialPolicies() {
		for i, text := range []string{p.ID, p.Name, p.Economy, p.Date, p.Body, p.List, p.Successor, strings.Join(p.Targets, "; "), p.Source, p.Note} {
			columns[i].AppendText(text)
		}
		year.AppendInt(int64(p.Year))
	}
	return t
}
