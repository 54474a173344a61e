package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"chokepoint/server/servertest"
)

// TestSeriesByText: where no file may be opened, its text is asked with: the fit is that of the file, and the answer names a file to save it under.
func TestSeriesByText(t *testing.T) {
	s := newServer(t, nil)
	text, err := os.ReadFile("../cmd/chokepoint/testdata/loop-series.csv")
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"file": string(text), "year": "year"})
	if err != nil {
		t.Fatal(err)
	}
	posted := servertest.Send(s, http.MethodPost, APIRoot+"/loop/learning", bytes.NewReader(body), "Content-Type", "application/json")
	var answer struct {
		Provenance struct{ Command string }
		Rows       []struct {
			Series       string
			Observations int
			Exponent     float64
		}
	}
	if err := json.Unmarshal(posted.Body.Bytes(), &answer); err != nil || posted.Code != http.StatusOK || len(answer.Rows) != 1 {
		t.Fatalf("status %d, %v: %s", posted.Code, err, posted.Body)
	}
	rows := strings.Count(strings.TrimSpace(string(text)), "\n")
	if r := answer.Rows[0]; r.Observations != rows || r.Series != "file" || !(r.Exponent < -.2 && r.Exponent > -.4) {
		t.Errorf("got %+v, want a fit of %d rows", r, rows)
	}
	if command := answer.Provenance.Command; !strings.HasPrefix(command, "chokepoint loop learning file.csv --year year") || !strings.Contains(posted.Body.String(), `"kind": "series"`) {
		t.Errorf("command %q, want the name of a file, and the series among the definitions: %s", command, posted.Body)
	}
	get := servertest.Get(s, APIRoot+"/loop/backtest?known=2005&series="+url.QueryEscape(string(text)))
	if get.Code != http.StatusOK || !strings.Contains(get.Body.String(), `"basis":"series.csv"`) {
		t.Errorf("back-test of a series: status %d: %s", get.Code, get.Body)
	}
	for query, says := range map[string]string{"loop/learning?file=series.csv": "expected the text of the file", "loop/learning?file=" + url.QueryEscape("cost\n1\n"): "cumulative",
		"loop/learning?file=" + url.QueryEscape("cost,cumulative\n1,x\n"): "file.csv:2", "loop/backtest?cost=price": "give series too"} {
		if w := servertest.Get(s, APIRoot+"/"+query); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: status %d, want 422 with %q: %s", query, w.Code, says, w.Body)
		}
	}
}
