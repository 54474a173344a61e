package server

import (
	"encoding/json"
	"strings"
	"testing"

	"chokepoint/macro"
	"chokepoint/server/servertest"
)

// TestPrices: the API puts amounts at constant prices by the index that the server was started with; without one it says so.
func TestPrices(t *testing.T) {
	const path = APIRoot + "/count.json?importers=USA&partners=CHN&years=2023,2024&method=iw-2024"
	if none := string(servertest.Body(t, servertest.Get(newServer(t, nil), path+"&prices=constant:2024"), 422)); !strings.Contains(none, "chokepoint serve --prices-file FILE.csv") || !strings.Contains(none, `"location":"prices"`) {
		t.Errorf("without an index: %s", none)
	}
	d, err := macro.ParseDeflator("made-up.csv", []byte("# source: nobody, made up\nyear,index\n2023,100\n2024,200\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, func(c *Config) { c.Beside.Deflator = d })
	read := func(path string) (rows []map[string]any, text string) {
		body := servertest.Body(t, servertest.Get(s, path), 200)
		var answer struct{ Rows []map[string]any }
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Rows, string(body)
	}
	now, text := read(path)
	if !strings.Contains(text, "amounts are in current dollars") {
		t.Errorf("current dollars are not named: %s", text)
	}
	then, text := read(path + "&prices=constant:2024")
	if now[0]["imports_usd"].(float64)*2 != then[0]["imports_usd"] || now[1]["imports_usd"] != then[1]["imports_usd"] || now[0]["products"] != then[0]["products"] || now[0]["imports_usd"] == 0.0 {
		t.Errorf("current %v, at constant prices %v", now, then)
	}
	if !strings.Contains(text, "--prices constant:2024 --prices-file made-up.csv --dataset world") {
		t.Errorf("the command does not name the file: %s", text)
	}
	if !strings.Contains(text, `"USD of 2024"`) || !strings.Contains(text, "made-up.csv") {
		t.Errorf("constant dollars are not named: %s", text)
	}
}
