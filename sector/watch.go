package sector

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

// WatchList is a file of goods that trade figures hide: their absence from a ranking says nothing about them.
type WatchList struct {
	ID, Title, Date, Source, Note string
	Goods                         []WatchedGood // in the order of the file
	Text                          []byte
	SHA256                        string
}

// WatchedGood is a good that its code or its route hides.
type WatchedGood struct {
	Good     string
	Codes    []WatchedCode
	HiddenBy []string // code: it shares the code with others; route: it comes by way of others
	Through  []string // ISO3 of economies by whose way it comes
	Why      string
	Source   string
	URL      string
}

// WatchedCode is a code under which the good is traded, in these revisions.
type WatchedCode struct {
	Code      string
	Revisions Revisions
}

// watchFile is the TOML form.
type watchFile struct {
	ID     string       `toml:"id"`
	Title  string       `toml:"title"`
	Date   string       `toml:"date"`
	Source string       `toml:"source"`
	Note   string       `toml:"note"`
	Goods  []watchEntry `toml:"good"`
}

type watchEntry struct {
	Good     string   `toml:"good"`
	Codes    []string `toml:"codes"` // "811292 HS07-HS22"
	HiddenBy []string `toml:"hidden_by"`
	Through  []string `toml:"through"`
	Why      string   `toml:"why"`
	Source   string   `toml:"source"`
	URL      string   `toml:"url"`
}

// OpenWatchList reads a user's file.
func OpenWatchList(path string) (*WatchList, error) {
	text, err := datafile.Load(path, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("watch list: %w", err)
	}
	return ParseWatchList(filepath.Base(path), text)
}

// ParseWatchList reads a watch list; name is for messages. All faults found are joined in the error.
func ParseWatchList(name string, text []byte) (*WatchList, error) {
	var f watchFile
	if err := datafile.TOML(name, text, &f); err != nil {
		return nil, err
	}
	w := &WatchList{ID: f.ID, Title: f.Title, Date: f.Date, Source: f.Source, Note: strings.TrimSpace(f.Note), Text: text, SHA256: datafile.Sum(text)}
	p := &watchParsing{name: name, text: text}
	for _, need := range []struct{ key, text string }{{"id", w.ID}, {"title", w.Title}, {"source", w.Source}} {
		if strings.TrimSpace(need.text) == "" {
			p.fail("", "no %s; add %s = \"…\"", need.key, need.key)
		}
	}
	if _, err := time.Parse(time.DateOnly, w.Date); err != nil {
		p.fail("date", "date %q: expected YYYY-MM-DD, the day of this version", w.Date)
	}
	if len(f.Goods) == 0 {
		p.fail("", "no [[good]]; expected at least one, with good, codes, hidden_by, why and source")
	}
	for _, e := range f.Goods {
		w.Goods = append(w.Goods, p.good(e))
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return w, nil
}

// watchParsing collects the faults of a watch list.
type watchParsing struct {
	name string
	text []byte
	errs []error
}

func (p *watchParsing) fail(at, format string, args ...any) {
	p.errs = append(p.errs, &Error{p.name, datafile.LineOf(p.text, at), fmt.Sprintf(format, args...)})
}

func (p *watchParsing) good(e watchEntry) WatchedGood {
	at := `"` + e.Good + `"`
	g := WatchedGood{Good: e.Good, HiddenBy: e.HiddenBy, Why: strings.TrimSpace(e.Why), Source: strings.TrimSpace(e.Source), URL: e.URL}
	if g.Good == "" || g.Why == "" || g.Source == "" || len(e.Codes) == 0 {
		p.fail(at, "good %q: expected good, codes, why and source", e.Good)
	}
	for _, text := range e.Codes {
		code, err := watchedCode(text)
		if err != nil {
			p.fail(`"`+text+`"`, "good %s, code %q: %v", e.Good, text, err)
		}
		g.Codes = append(g.Codes, code)
	}
	if len(g.HiddenBy) == 0 || slices.ContainsFunc(g.HiddenBy, func(by string) bool { return by != "code" && by != "route" }) {
		p.fail(at, "good %s, hidden_by %q: expected code, route or both", e.Good, e.HiddenBy)
	}
	if slices.Contains(g.HiddenBy, "route") != (len(e.Through) > 0) {
		p.fail(at, "good %s: a good that its route hides has through, the economies by whose way it comes, and no other has", e.Good)
	}
	for _, text := range e.Through {
		m, err := trade.BuiltinEconomies().Resolve(text)
		if err != nil {
			p.fail(`"`+text+`"`, "good %s, through %q: %v", e.Good, text, err)
			continue
		}
		economy, _ := trade.BuiltinEconomies().Get(m.Codes.Codes()[0])
		g.Through = append(g.Through, economy.ISO3)
	}
	return g
}

// watchedCode reads 811292 HS07-HS22: six digits that each of the revisions has.
func watchedCode(text string) (WatchedCode, error) {
	code, runs, _ := strings.Cut(strings.TrimSpace(text), " ")
	if len(code) != 6 || !validCode.MatchString(code) {
		return WatchedCode{}, fmt.Errorf("expected six digits and the revisions, such as 811292 HS07-HS22")
	}
	revisions, err := ParseRevisions(runs)
	if err != nil {
		return WatchedCode{}, err
	}
	for _, n := range revisions.List() {
		if !known(code, ProductsOf(n)) {
			return WatchedCode{}, fmt.Errorf("%s has no such product", n)
		}
	}
	return WatchedCode{code, revisions}, nil
}

// Of lists the goods that are traded under a code of a revision.
func (w *WatchList) Of(n trade.Nomenclature, code string) []WatchedGood {
	var goods []WatchedGood
	for _, g := range w.Goods {
		if slices.Contains(g.In(n), code) {
			goods = append(goods, g)
		}
	}
	return goods
}

// In lists the codes of the good in a revision, as the file has them.
func (g *WatchedGood) In(n trade.Nomenclature) []string {
	var codes []string
	for _, c := range g.Codes {
		if c.Revisions.Has(n) {
			codes = append(codes, c.Code)
		}
	}
	return codes
}

//go:embed watch/watch.toml
var watchTOML []byte

// Watched is the watch list that comes with the program. It must not be changed.
var Watched = sync.OnceValue(func() *WatchList {
	w, err := ParseWatchList("watch.toml", watchTOML)
	if err != nil {
		panic(err)
	}
	return w
})
