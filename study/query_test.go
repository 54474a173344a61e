package study_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"chokepoint/result"
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

// TestStrangersNameNoFiles: where a stranger asks, a definition is one of the program's, whatever lies on the disk.
func TestStrangersNameNoFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "id = \"own\"\ntitle = \"Own\"\nsource = \"this test\"\ncriteria = [\"partner_share >= 0.5\"]\n"
	if err := os.WriteFile("own.toml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := studytest.Source(t, []studytest.Flow{{2015, 156, 842, "850110", 40}})
	for name, stranger := range map[string]bool{"the asker": false, "a stranger": true} {
		if s.Files = os.ReadFile; stranger {
			s.Files = nil
		}
		if _, err := s.Study(t.Context(), study.Query{Method: "own.toml"}); (err != nil) != stranger || stranger && !strings.Contains(err.Error(), "files are not read here") {
			t.Errorf("%s names a file: %v", name, err)
		}
	}
}

// TestTextAtOtherPrices: what is printed for people is refused, or put at the prices asked for, as the table is.
func TestTextAtOtherPrices(t *testing.T) {
	q := study.Priced(&study.Question{Name: "q",
		Ask: func(context.Context, *study.Source, study.Request) (*result.Table, error) {
			return result.New("q", "Q", result.FloatColumn("x_usd", result.USD, "X.")), nil
		},
		Print: func(context.Context, *study.Source, study.Request) (study.Text, error) { return nil, nil }})
	s := studytest.Source(t, []studytest.Flow{{2015, 156, 842, "850110", 40}})
	r := study.Request{Own: map[string]string{"prices": "constant:2015"}}
	if _, err := q.AnswerText(t.Context(), s, r); err == nil || !strings.Contains(err.Error(), "prices-file") {
		t.Errorf("without an index: %v", err)
	}
}
