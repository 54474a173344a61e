package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"chokepoint/analysis"
	"chokepoint/fault"
	"chokepoint/server/servertest"
	"chokepoint/store"
	"chokepoint/study"
)

// TestStatus: an error that nobody knows is a failure, of which the client hears nothing.
func TestStatus(t *testing.T) {
	f := func(want int, err error) {
		t.Helper()
		var p *Problem
		if !errors.As(ProblemOf(err), &p) || p.Status != want {
			t.Errorf("%v: %v, want status %d", err, ProblemOf(err), want)
		}
		if want == http.StatusInternalServerError && (p.Cause == nil || strings.Contains(p.Detail, err.Error())) {
			t.Errorf("%v: the client hears %q, the log %v", err, p.Detail, p.Cause)
		}
	}
	wrong := fault.Questionf("years %q: expected a year", "x")
	f(422, wrong)
	f(422, &study.ParameterError{Parameter: "years", Value: "x", Err: errors.New("expected a year")})
	f(500, errors.New("unknown"))
	f(500, &store.DamagedError{Err: errors.New("cut off")})
	f(500, fault.Question(&store.DamagedError{Err: errors.New("cut off")}))
	f(500, context.DeadlineExceeded)
	f(statusCancelled, context.Canceled)
}

// TestWrongQuestions asks every question with a wrong value of each parameter.
func TestWrongQuestions(t *testing.T) {
	s := newServer(t, nil)
	for _, q := range analysis.Questions() {
		for _, wrong := range q.Parameters {
			if wrong.Name == "words" { // any text may be searched for
				continue
			}
			values := url.Values{}
			for _, p := range q.Parameters {
				if p.Required {
					values.Set(p.Name, p.Example)
				}
				if p.Name == "against" {
					values.Set(p.Name, "world-before")
				}
			}
			values.Set(wrong.Name, "no such thing")
			if w := servertest.Get(s, APIRoot+"/"+q.Joined("/")+"?"+values.Encode()); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s?%s: status %d, want 422: %s", q.Name, values.Encode(), w.Code, w.Body)
			}
		}
	}
}

// failingEngine has no answer, for a reason that nobody knows.
type failingEngine struct{ mistakenEngine }

func (*failingEngine) Traded(context.Context, int, []string) ([]string, error) {
	return nil, errors.New("a failure of the engine")
}

// TestFailureIsLogged: what fails while a question is answered is a 500, and in the log with the command.
func TestFailureIsLogged(t *testing.T) {
	s, m, log := mistakes(t)
	s.Datasets.library = failing{m}
	w := servertest.Get(s, APIRoot+"/count?importers=USA&products=28")
	if servertest.Body(t, w, http.StatusInternalServerError); strings.Contains(w.Body.String(), "a failure of the engine") {
		t.Errorf("the client hears %s", w.Body)
	}
	if text := log.String(); !strings.Contains(text, "a failure of the engine") || !strings.Contains(text, "chokepoint count --importers USA --products 28 --dataset world") {
		t.Errorf("the log says %q", text)
	}
}

// failing is a library whose engines fail.
type failing struct{ *mistaken }

func (l failing) Open(ctx context.Context, name string) (*Volume, error) {
	v, err := l.mistaken.Open(ctx, name)
	if err == nil {
		files := filesOf(v)
		v.Engine = func() (study.Engine, error) {
			return &failingEngine{mistakenEngine{files, l.mistaken}}, nil
		}
	}
	return v, err
}
