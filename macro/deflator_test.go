package macro

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The index is made up.
const deflatorText = "# source: nobody, made up\nyear,index\n2014,98\n2015,100\n2016,125\n"

func TestDeflator(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.csv")
	if err := os.WriteFile(path, []byte(deflatorText), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDeflator(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePrices("constant:2015", d)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Of(50, 2016); got != 40 {
		t.Errorf("50 dollars of 2016 are %v of 2015, want 40", got)
	}
	if got := p.Of(50, 2015); got != 50 {
		t.Errorf("50 dollars of 2015 are %v of 2015", got)
	}
	if got := p.Of(50, 2017); !math.IsNaN(got) {
		t.Errorf("50 dollars of 2017 are %v of 2015; the file has no 2017", got)
	}
	if p.String() != "dollars of 2015" || !strings.Contains(p.Note(), "mine.csv (nobody, made up); SHA-256") {
		t.Errorf("%s; %s", p, p.Note())
	}
	// Another base only scales.
	q, err := ParsePrices("constant:2016", d)
	if err != nil || math.Abs(q.Of(40, 2015)-50) > 1e-12 {
		t.Errorf("%v, %v", q, err)
	}
	for _, text := range []string{"", "current"} {
		if p, err := ParsePrices(text, nil); err != nil || p != nil || p.Of(7, 2014) != 7 || p.String() != "current dollars" || p.Note() != "" {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}

func TestDeflatorErrors(t *testing.T) {
	f := func(from, to, want string) {
		t.Helper()
		text := strings.Replace(deflatorText, from, to, 1)
		if text == deflatorText {
			t.Fatalf("%q is not in the text", from)
		}
		if _, err := ParseDeflator("d.csv", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q for %q: %v, want %q", to, from, err, want)
		}
	}
	f("2015,100\n", "", "d.csv: no index of 2015, though there are 2014 and 2016")
	f("2015,100", "2015,0", `d.csv:4: index "0" of 2015: expected a number above 0`)
	f("2015,100", "2015,-1", "expected a number above 0")
	f("2015,100", "2015,", `index "" of 2015`)
	f("2015,100", "2015,NaN", "expected a number above 0")
	f("2015,100", "2015,Inf", "expected a number above 0")
	f("2015,100", "15,100", `d.csv:4: year "15"`)
	f("2015,100", "2014,100", "d.csv:4: 2014 is already in line 3")
	f("2015,100", "2015,100,1", "d.csv:4: 3 fields where the header has 2")
	f("year,index", "year,value", "no column index; expected year,index")
	f("# source: nobody, made up\n", "# mine\n", "no source; add a line such as # source:")
	f("2014,98\n2015,100\n2016,125\n", "", "no year below the header")
	d, err := ParseDeflator("d.csv", []byte(deflatorText))
	if err != nil {
		t.Fatal(err)
	}
	g := func(text string, d *Deflator, years []int, want string) {
		t.Helper()
		p, err := ParsePrices(text, d)
		if err == nil {
			err = p.Covers(years)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	g("constant:2015", nil, nil, "prices constant:2015: there is no deflator")
	g("constant:2010", d, nil, "d.csv has no index of 2010; it has 2014 to 2016")
	g("constant:2015", d, []int{2015, 2017}, "has no index of 2017")
	g("constant", d, nil, "expected current, or constant:YEAR")
	g("2015", d, nil, "expected current, or constant:YEAR")
}

func FuzzParseDeflator(f *testing.F) {
	f.Add([]byte(deflatorText))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ParseDeflator("d.csv", text)
		if err != nil {
			return
		}
		years := d.Years()
		if len(years) == 0 || years[len(years)-1]-years[0] != len(years)-1 || d.Source == "" {
			t.Fatalf("accepted years %v, source %q", years, d.Source)
		}
		p := &Prices{years[0], d}
		for _, y := range years {
			if x := p.Of(1, y); math.IsNaN(x) || x < 0 {
				t.Fatalf("a dollar of %d is %v of %d", y, x, years[0])
			}
		}
	})
}
