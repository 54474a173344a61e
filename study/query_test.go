package study_test

import (
	"fmt"
	"strings"
	"testing"

	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/study/studytest"
)

func TestQueryRoundTrip(t *testing.T) {
	f := func(q study.Query, want string) {
		t.Helper()
		if got := q.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		again, err := study.ParseQuery(q.String())
		if err != nil || again != q {
			t.Errorf("%s comes back as %+v: %v", q, again, err)
		}
	}
	f(study.Query{}, "")
	f(study.Query{Importers: "USA|EU27", Partners: "China, Hong Kong SAR", MinValue: 1e6, Years: "2000,2010:2020"},
		"importers=USA%7CEU27&partners=China%2C+Hong+Kong+SAR&years=2000%2C2010%3A2020&min-value=1000000")
	f(study.Query{Importers: "all", Partners: "-", Products: "all", Years: "all", Method: study.DefaultMethod}.Canonical(), "")
}

func TestQueryErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := study.ParseQuery(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	f("importer=USA", `unknown parameter "importer"`)
	f("importers=USA&importers=CHN", "2 times")
	f("min-value=-1", "min-value")
	f("min-value=NaN", "min-value")
	f("min-value=1e-999999", "min-value") // its float64 is 0: no floor at all
	f("min-value=1e-40", "min-value")
	f("a=%zz", "query")
}

func FuzzParseQuery(f *testing.F) {
	f.Add("importers=USA%7CEU27&min-value=1e6")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := study.ParseQuery(text)
		if err != nil {
			return
		}
		if again, err := study.ParseQuery(q.String()); err != nil || again != q {
			t.Fatalf("%q: %+v comes back as %+v: %v", text, q, again, err)
		}
	})
}

// TestSourceWantsFlows: a source of a catalogue alone is a mistake in the program, which the first question shows.
func TestSourceWantsFlows(t *testing.T) {
	files := studytest.Source(t, []studytest.Flow{{2015, 156, 842, "850110", 40}})
	if e := files.EngineOrFiles(); e == nil {
		t.Error("a dataset on this computer has no engine")
	}
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "neither files nor an engine") {
			t.Errorf("%s, want a panic that says what is missing", text)
		}
	}()
	(&study.Source{Dataset: &files.Dataset.(*store.Dataset).Catalogue}).EngineOrFiles()
}
