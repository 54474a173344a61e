package study_test

import (
	"strings"
	"testing"

	"chokepoint/study"
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
