// Package entrepot names economies through which goods of others pass: what comes from there is often made elsewhere, and what goes
// there is often used elsewhere. Trade figures show the last port, so that a share of such an economy hides others'.
//
// The package knows nothing of flows and datasets and must never import store, kernel, analysis or result.
package entrepot

import (
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"chokepoint/datafile"
	"chokepoint/trade"
)

// List is a file of entrepôts.
type List struct {
	ID, Title, Date, Source, Note string
	LeastShare                    float64    // of a row's trade, from which on an entrepôt marks the row; above 0, at most 1
	Entrepots                     []Entrepot // in the order of the file
	Text                          []byte
	SHA256                        string
}

// Entrepot is an economy through which goods of others pass.
type Entrepot struct {
	Economy      string // ISO3
	Since        int    // first year for which the source says so; it may have been one before
	TogetherWith string // ISO3 of the economy for which most of the goods are, or from which they are: look at both together; "" is none
	Why          string
	Source       string
	URL          string
}

// file is the TOML form.
type file struct {
	ID        string  `toml:"id"`
	Title     string  `toml:"title"`
	Date      string  `toml:"date"`
	Source    string  `toml:"source"`
	Note      string  `toml:"note"`
	Least     float64 `toml:"least_share"`
	Entrepots []entry `toml:"entrepot"`
}

type entry struct {
	Economy      string `toml:"economy"`
	Since        int    `toml:"since"`
	TogetherWith string `toml:"together_with"`
	Why          string `toml:"why"`
	Source       string `toml:"source"`
	URL          string `toml:"url"`
}

// MaxFile is the size in bytes of the largest file accepted.
const MaxFile = 1 << 20

// Open reads a user's file.
func Open(path string) (*List, error) {
	text, err := datafile.Load(path, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("entrepots: %w", err)
	}
	return Parse(filepath.Base(path), text)
}

// Parse reads a file of entrepôts; name is for messages. All faults found are joined in the error.
func Parse(name string, text []byte) (*List, error) {
	var f file
	if err := datafile.TOML(name, text, &f); err != nil {
		return nil, err
	}
	l := &List{ID: f.ID, Title: f.Title, Date: f.Date, Source: f.Source, Note: strings.TrimSpace(f.Note), LeastShare: f.Least, Text: text, SHA256: datafile.Sum(text)}
	var errs []error
	fail := func(at, format string, args ...any) {
		errs = append(errs, &datafile.Error{File: name, Line: datafile.LineOf(text, at), Msg: fmt.Sprintf(format, args...)})
	}
	for _, need := range []struct{ key, text string }{{"id", l.ID}, {"title", l.Title}, {"source", l.Source}} {
		if strings.TrimSpace(need.text) == "" {
			fail("", "no %s; add %s = \"…\"", need.key, need.key)
		}
	}
	if _, err := time.Parse(time.DateOnly, l.Date); err != nil {
		fail("date", "date %q: expected YYYY-MM-DD, the day of this version", l.Date)
	}
	if !(f.Least > 0 && f.Least <= 1) {
		fail("least_share", "least_share %v: expected the share from which on an entrepôt marks a row, above 0 and at most 1, such as 0.1", f.Least)
	}
	if len(f.Entrepots) == 0 {
		fail("", "no [[entrepot]]; expected at least one, with economy, since, why and source")
	}
	for _, e := range f.Entrepots {
		at := `"` + e.Economy + `"`
		x := Entrepot{Since: e.Since, Why: strings.TrimSpace(e.Why), Source: strings.TrimSpace(e.Source), URL: e.URL}
		var err error
		if x.Economy, err = economyOf(e.Economy); err != nil {
			fail(at, "economy %q: %v", e.Economy, err)
		}
		if e.TogetherWith != "" {
			if x.TogetherWith, err = economyOf(e.TogetherWith); err != nil {
				fail(`"`+e.TogetherWith+`"`, "together_with %q: %v", e.TogetherWith, err)
			} else if x.TogetherWith == x.Economy {
				fail(at, "%s is together with itself", x.Economy)
			}
		}
		if x.Since < 1900 || x.Since > 2200 {
			fail(at, "%s: since %d: expected the first year for which the source says so, such as 2004", e.Economy, x.Since)
		}
		if x.Why == "" || x.Source == "" {
			fail(at, "%s: expected why and source", e.Economy)
		}
		if _, twice := l.Get(x.Economy); twice && x.Economy != "" {
			fail(at, "%s appears twice", x.Economy)
		}
		l.Entrepots = append(l.Entrepots, x)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return l, nil
}

// economyOf is the ISO3 of the economy that a text names.
func economyOf(text string) (string, error) {
	m, err := trade.BuiltinEconomies().Resolve(text)
	if err != nil {
		return "", err
	}
	economy, _ := trade.BuiltinEconomies().Get(m.Codes.Codes()[0])
	return economy.ISO3, nil
}

// Get finds an entrepôt by its ISO3.
func (l *List) Get(iso3 string) (Entrepot, bool) {
	i := slices.IndexFunc(l.Entrepots, func(e Entrepot) bool { return e.Economy == iso3 })
	if i < 0 {
		return Entrepot{}, false
	}
	return l.Entrepots[i], true
}

// Merged are the economies of Together as a selection writes them, entrepôts after those they belong to: CHN+HKG. "" is none.
func (l *List) Merged(iso3 string) string {
	group := l.Together(iso3)
	slices.SortStableFunc(group, func(a, b string) int { return l.rank(a) - l.rank(b) })
	return strings.Join(group, "+")
}

func (l *List) rank(iso3 string) int {
	if e, ok := l.Get(iso3); ok && e.TogetherWith != "" {
		return 1
	}
	return 0
}

// Together lists the economies that should be looked at with one (ISO3), itself included and first: with China Hong Kong, and with
// Hong Kong China. One alone is none.
func (l *List) Together(iso3 string) []string {
	group := []string{iso3}
	for _, e := range l.Entrepots {
		switch {
		case e.TogetherWith == "":
		case e.Economy == iso3:
			group = append(group, e.TogetherWith)
		case e.TogetherWith == iso3:
			group = append(group, e.Economy)
		}
	}
	if len(group) == 1 {
		return nil
	}
	return group
}

//go:embed data/entrepots.toml
var builtinTOML []byte

// Builtin is the list that comes with the program. It must not be changed.
var Builtin = sync.OnceValue(func() *List {
	l, err := Parse("entrepots.toml", builtinTOML)
	if err != nil {
		panic(err)
	}
	return l
})
