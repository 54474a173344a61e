package pages

import (
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chokepoint/server"
	"chokepoint/study"
)

// A page about a long series comes in stages: first what it says of the year in focus, then what takes all years, in the places that were
// kept for it. The browser asks for the next stage when it has one. A page of a later stage holds all that the earlier ones do: the server
// keeps their answers.

// stageName is the parameter that says up to which stage a page is wanted. Without it a small dataset is shown at once, and a large one from
// the first stage.
const stageName = "stage"

// atOnce is how many flows a dataset may have to be shown at once: one year has some ten million.
const atOnce = 30_000_000

// stages are those of one page.
type stages struct {
	stage   int     // that is wanted
	staged  bool    // the browser asks for one after another
	waiting []place // of figures that later stages bring
}

// wholePages remembers which questions a page asked that came in stages, up to its last one: who comes back to it is shown all of it at once
// while all answers are kept.
type wholePages struct {
	mu   sync.Mutex
	keys map[string][]string // of answers, by page
}

// mostWhole bounds the pages that are remembered, at some 2 kB each.
const mostWhole = 512

// add notes that a page is there as a whole.
func (w *wholePages) add(v *pageRequest) {
	keys := make([]string, len(v.answers))
	for i, a := range v.answers {
		keys[i] = a.key
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.keys == nil {
		w.keys = map[string][]string{}
	}
	for page := range w.keys { // any one makes room
		if len(w.keys) < mostWhole {
			break
		}
		delete(w.keys, page)
	}
	w.keys[pageKey(v)] = keys
}

// kept says that a page was there as a whole, and that all its answers still are.
func (w *wholePages) kept(v *pageRequest) bool {
	w.mu.Lock()
	keys := w.keys[pageKey(v)]
	w.mu.Unlock()
	return keys != nil && v.server.Keeps(keys)
}

// pageKey is equal for equal pages of the same data.
func pageKey(v *pageRequest) string { return v.dataset.Generation + " " + v.here() }

// place is where a figure comes. One without a title is there, and comes again.
type place struct {
	stage     int
	id, title string
}

// readStage takes the stage out of the choices. Only the page itself comes in stages: not one figure or table of it, nor its picture.
func (v *pageRequest) readStage(r *http.Request) error {
	text, ok := v.values[stageName]
	delete(v.values, stageName)
	v.live = r.Header.Get("HX-Target") == "live"
	at, byItself := pageOf(r.URL.Path), v.page.traits.long
	part := at == nil || at.asked(r).name != v.page.name || r.Header.Get("HX-Request") != "" && !(byItself != nil && v.live)
	for name := range v.values {
		part = part || tableParameter.MatchString(name)
	}
	long := v.dataset.Rows > atOnce
	if byItself != nil {
		long = byItself(v)
	}
	v.staged = ok || charts() && long && !part // who has no script asks for the last stage
	switch {
	case !v.staged || !ok && v.server.whole.kept(v):
		v.stage = lastStage
	case v.live: // the form is there: the first figures are what is waited for
		v.stage = 1
	}
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > lastStage {
		return &study.ParameterError{Parameter: stageName, Value: text, Err: errors.New("expected a whole number from 0, which is the first stage of the page, to " + strconv.Itoa(lastStage) + ", which is all of it")}
	}
	if v.stage = n; n > 0 {
		v.ctx = server.Unhurried(v.ctx) // the reader sees what is there already, and that more is on its way
	}
	return nil
}

// lastStage is more than any page has.
const lastStage = 9

// later says that figures come with a later stage than the one that is wanted, and keeps their places.
func (v *pageRequest) later(stage int, places ...place) bool {
	if v.stage >= stage {
		return false
	}
	for _, p := range places {
		p.stage = stage
		if !slices.Contains(v.waiting, p) {
			v.waiting = append(v.waiting, p)
		}
	}
	return true
}

// yearsUpTo is the parameter years of a question that is about all years from a stage on, and before it about the year in focus alone.
func (s *stages) yearsUpTo(stage int, year string) string {
	if s.stage >= stage {
		return ""
	}
	return year
}

// holder keeps the place of a figure.
func (p place) holder() *figure { return &figure{ID: p.id, Title: p.title, Later: true} }

// arriving tells the browser, and the reader, what comes next.
type arriving struct {
	Next     string // address; "" where all is there
	Places   string // which elements of it take the place of those here
	What     string // they are
	Whole    string // address of the page at once
	Done, Of int    // stages
}

// arriving is nil where the page was not asked for in stages.
func (v *pageRequest) arriving() *arriving {
	if !v.staged {
		return nil
	}
	a := &arriving{}
	places, what := []string{"#foot"}, []string(nil)
	for _, p := range v.waiting {
		a.Of = max(a.Of, p.stage)
		if p.stage == v.stage+1 {
			places = append(places, "#"+p.id)
			if p.title != "" {
				what = append(what, lowerFirst(p.title))
			}
		}
	}
	if len(v.waiting) > 0 {
		at := func(stage int) string { return v.here(stageName, strconv.Itoa(stage)) }
		a.Next, a.Whole, a.Done = at(v.stage+1), at(lastStage), v.stage
		a.Places, a.What = strings.Join(places, ","), strings.Join(what, "; ")
	}
	return a
}

// Progress is what of the page is there, for the bar beside it.
func (a *arriving) Progress() template.HTMLAttr {
	return template.HTMLAttr(`max="` + strconv.Itoa(a.Of+1) + `" value="` + strconv.Itoa(a.Done+1) + `"`)
}
