package register

import (
	"strings"
	"testing"
)

const good = "name,batch,year,province,sector,url\nA,1,2019,Jiangsu,rail,x\nB,1,2019,,\"New materials\",x\nA,2,2020,Jiangsu,,x\n"

func TestParse(t *testing.T) {
	r, err := Parse("mine.csv", []byte("\ufeff"+good))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Firms) != 3 || r.Firms[1] != (Firm{Name: "B", Batch: "1", Year: 2019, Sector: "New materials", Line: 3}) || len(r.Ignored) != 1 || r.Ignored[0] != "url" {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct{ from, to, want string }{
		{"2019,,", "19,,", `mine.csv:3: year "19"`},
		{"B,1,2019", "B,1,2021", `mine.csv:3: batch "1" is of 2021; in line 2 it is of 2019`},
		{"B,1", "A,1", `mine.csv:3: A is already in batch "1", in line 2`},
		{"B,1", ",1", "mine.csv:3: no name"},
		{"province", "region", "mine.csv:1: no column province"},
		{"url", "batch", "mine.csv:1: the column \"batch\" appears twice"},
		{"rail,x", "rail", "mine.csv:2: 5 fields where the header has 6"},
		{good, "", "no header line"},
		{good, "name,batch,year,province,sector\n", "no firm"},
	} {
		if _, err := Parse("mine.csv", []byte(strings.Replace(good, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: %v; want %q", c.to, c.from, err, c.want)
		}
	}
	if _, err := Open("nope.csv"); err == nil {
		t.Error("a file that is not there is opened")
	}
}

// TestLittleGiants checks the sum that was published.
func TestLittleGiants(t *testing.T) {
	sum := 0
	for _, b := range LittleGiants().Batches {
		sum += b.Firms
	}
	if sum != 19444 || len(LittleGiants().Valid) != 2 {
		t.Errorf("the batches add up to %d, want 19444", sum)
	}
	text := string(littleGiantsTOML)
	for from, to := range map[string]string{"number = 2": "number = 3", "firms = 248": "firms = 0", "economy =": "place =", `source = "`: `sources = "`} {
		if _, err := parseTotals("test", []byte(strings.Replace(text, from, to, 1))); err == nil {
			t.Errorf("%q for %q is accepted", to, from)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse("fuzz", data)
		if err != nil {
			return
		}
		for _, firm := range r.Firms {
			if firm.Name == "" || firm.Year != 0 && (firm.Year < 1900 || firm.Year > 2200) || firm.Line < 2 {
				t.Errorf("accepted %+v", firm)
			}
		}
	})
}
