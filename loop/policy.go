package loop

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"chokepoint/tomlfile"
)

// Policy is the support that users and makers of technologies get: a share of the unit cost.
type Policy struct {
	ID      string    `toml:"id"`
	Name    string    `toml:"name"`
	Status  string    `toml:"status"` // as of an input
	Source  string    `toml:"source"`
	Sunset  int       `toml:"sunset"` // first year without support in the run that ends it
	Subsidy []Support `toml:"subsidy"`

	Text []byte `toml:"-"`
}

// Support is a share of the unit cost in some years. A later one goes before an earlier one.
type Support struct {
	Technology string  `toml:"technology"` // "" is every one
	From       int     `toml:"from"`       // 0 is from the first year on
	To         int     `toml:"to"`         // inclusive; 0 is to the end
	Share      float64 `toml:"share"`
}

//go:embed data/policy.toml
var policyTOML []byte

// DefaultPolicy is the name of the policy that comes with the program.
const DefaultPolicy = "illustration"

// BuiltinPolicy is the policy that comes with the program.
func BuiltinPolicy() *Policy {
	p, err := ParsePolicy("policy.toml", policyTOML)
	if err != nil {
		panic(err)
	}
	return p
}

// ParsePolicy reads a policy.
func ParsePolicy(name string, text []byte) (*Policy, error) {
	p := &Policy{Text: text}
	if err := tomlfile.Decode(name, text, tomlfile.MaxFile, p); err != nil {
		return nil, err
	}
	fail := func(line int, format string, args ...any) error {
		return &tomlfile.Error{File: name, Line: line, Column: min(line, 1), Msg: fmt.Sprintf(format, args...)}
	}
	if p.ID == "" || p.Name == "" || p.Source == "" || !slices.Contains(statuses, p.Status) {
		return nil, fail(0, "id %q, name %q, source %q, status %q: expected all of them, the status being %s", p.ID, p.Name, p.Source, p.Status, strings.Join(statuses, ", "))
	}
	if p.Sunset < 1900 || p.Sunset > 2200 {
		return nil, fail(0, "sunset %d: expected the first year without support in the run that ends it", p.Sunset)
	}
	for n, s := range p.Subsidy {
		if !(s.Share >= 0 && s.Share < 1) {
			return nil, fail(lineOf(text, "subsidy", n), "share %g: expected a share of the unit cost, 0 ≤ share < 1", s.Share)
		}
		if s.To != 0 && s.To < s.From {
			return nil, fail(lineOf(text, "subsidy", n), "from %d to %d: expected years in order", s.From, s.To)
		}
	}
	return p, nil
}

// Path is the subsidy of a technology in so many years from the first.
func (p *Policy) Path(technology string, first, years int) []float64 {
	path := make([]float64, years)
	for t := range path {
		y := first + t
		for _, s := range p.Subsidy {
			if (s.Technology == "" || s.Technology == technology) && y >= s.From && (s.To == 0 || y <= s.To) {
				path[t] = s.Share
			}
		}
	}
	return path
}

// Unknown lists technologies of the policy that are none of these.
func (p *Policy) Unknown(technologies []string) (list []string) {
	for _, s := range p.Subsidy {
		if s.Technology != "" && !slices.Contains(technologies, s.Technology) {
			list = append(list, s.Technology)
		}
	}
	return list
}
