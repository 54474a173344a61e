package macro

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chokepoint/suite"
)

const (
	longText = "\ufeffCountry Name,Country Code,Year,Value\r\nChina,CHN,2019,14279937467431.0\r\n\"Korea, Rep.\",KOR,2019,1651422932447.77\r\nWorld,WLD,2019,87607774000000\r\nEuro area,EMU,2018,1\r\nEuro area,EMU,2019,1\r\n"
	wideText = "\"Data Source\",\"World Development Indicators\",\n\n\"Last Updated Date\",\"2025-01-28\",\n\n\"Country Name\",\"Country Code\",\"Indicator Name\",\"Indicator Code\",\"2018\",\"2019\",\n" +
		"\"China\",\"CHN\",\"Consumption\",\"NE.CON.PRVT.ZS\",\"38.7\",\"39.2\",\n\"China\",\"CHN\",\"Other\",\"NE.EXP.GNFS.ZS\",\"1\",\"2\",\n\"Taiwan\",\"TWN\",\"Consumption\",\"NE.CON.PRVT.ZS\",\"\",\"\",\n"
	pwtText = "\"country\",\"isocode\",\"year\",\"pop\",\"csh_c\"\n\"China\",\"CHN\",2018,1401.1,0.5\n\"Taiwan\",\"TWN\",2018,NA,NA\n\"Taiwan\",\"TWN\",2019,23.8,0.55\n"
	ownText = "economy,year,series,value\nCHN,2019,gdp_usd,14.3e12\nCHN,2019,population,1.4e9\nCHN,2019,household_consumption_share,0.39\n"
)

func want(t *testing.T, s *Set, economy string, year int, series Series, x float64) {
	t.Helper()
	if got, ok := s.Value(economy, year, series); !ok || got < x*(1-1e-12) || got > x*(1+1e-12) {
		t.Errorf("%s of %s in %d is %v, %v; want %v", series, economy, year, got, ok, x)
	}
}

func TestFormats(t *testing.T) {
	var s Set
	for _, f := range []struct{ name, text string }{{"gdp_current_usd.csv", longText}, {"API_NE.CON.PRVT.ZS_DS2.csv", wideText}, {"pwt.csv", pwtText}, {"own.csv", ownText}} {
		if err := s.Add(f.name, "", []byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	want(t, &s, "CHN", 2019, GDP, 14279937467431) // own.csv has it too, and comes later
	want(t, &s, "KOR", 2019, GDP, 1651422932447.77)
	want(t, &s, "CHN", 2018, Consumption, 0.387) // percent made a share; the Penn World Table has it too
	want(t, &s, "TWN", 2019, Consumption, 0.55)
	want(t, &s, "CHN", 2019, Population, 1.4e9)
	for _, k := range []key{{"WLD", 2019, GDP}, {"TWN", 2018, Consumption}, {"CHN", 2018, Population}} {
		if x, ok := s.Value(k.economy, k.year, k.series); ok {
			t.Errorf("%v is %v", k, x)
		}
	}
	notes := strings.Join(s.Notes(), "\n")
	for _, text := range []string{"gdp_current_usd.csv: 2 values of gdp_usd", "not used: 3 values of 2 codes that are no economy of BACI (EMU, WLD)", "pwt.csv: 1 values of household_consumption_share", "1 missing; 1 values are in a file before it", "own.csv: 1 values of population", "2 values are in a file before it", "2 missing"} {
		if !strings.Contains(notes, text) {
			t.Errorf("the notes lack %q:\n%s", text, notes)
		}
	}
	if _, ok := (*Set)(nil).Value("CHN", 2019, GDP); ok || (*Set)(nil).Notes() != nil {
		t.Error("no set has values")
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.csv", longText, "name the series, one of gdp_usd, population, household_consumption_share: gdp_usd=a.csv"},
		{"gdp_per_capita.csv", longText, "name the series"},
		{"population.csv", strings.Replace(longText, "14279937467431.0", "many", 1), `population.csv:2: population of CHN in 2019 is "many": expected a number`},
		{"population.csv", strings.Replace(longText, "14279937467431.0", "-1", 1), "population.csv:2: population of CHN in 2019 is -1: expected more than 0"},
		{"population.csv", strings.Replace(longText, "KOR,2019", "KOR,19", 1), `population.csv:3: year "19"`},
		{"population.csv", strings.Replace(longText, "KOR", "CHN", 1), "population.csv:3: population of CHN in 2019 is already in line 2"},
		{"population.csv", strings.Replace(longText, "KOR", "Korea", 1), `population.csv:3: economy: "Korea" is ambiguous; expected KOR`},
		{"population.csv", strings.Replace(longText, "KOR", "Koria", 1), `population.csv:3: economy: unknown economy "Koria"; did you mean KOR`},
		{"population.csv", strings.Replace(longText, "KOR,2019,", "KOR,2019,1,", 1), "population.csv:3: 5 fields where the header has 4"},
		{"own.csv", strings.Replace(ownText, "population", "people", 1), `own.csv:3: series "people": expected one of gdp_usd`},
		{"own.csv", strings.Replace(ownText, "CHN,2019,pop", "\"CHN,2019,pop", 1), "own.csv:"},
		{"own.csv", "economy,year\nCHN,2019\n", "no header of a known format"},
		{"own.csv", "", "no header of a known format"},
		{"own.csv", "economy,year,series,value\nXXX,2019,gdp_usd,1\n", "own.csv has no value of an economy"},
		{"pwt.csv", strings.Replace(pwtText, "csh_c", "csh_i", 1), "expected csh_c"},
		{"wide.csv", "Country Name,Country Code,1960\n", "expected Country Code with Year and Value"},
	} {
		var s Set
		if err := s.Add(c.name, "", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.name, err, c.want)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(longText))
	z.Close()
	write("gdp_current_usd.csv.gz", packed.Bytes())
	own := write("own.csv", []byte(ownText))
	write("README.md", []byte("nothing"))
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	want(t, s, "KOR", 2019, GDP, 1651422932447.77)
	want(t, s, "CHN", 2019, Consumption, 0.39)
	if s, err = Open(own, "population="+filepath.Join(dir, "gdp_current_usd.csv.gz")); err != nil {
		t.Fatal(err)
	}
	want(t, s, "KOR", 2019, Population, 1651422932447.77)
	want(t, s, "CHN", 2019, Population, 1.4e9)
	for _, c := range [][2]string{{"nope.csv", "no such file"}, {"people=" + own, `no series "people"`}, {t.TempDir(), "no file that ends in"}, {write("bad.csv.gz", []byte{0x1f, 0x8b, 0}), "bad.csv.gz"}} {
		if _, err := Open(c[0]); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v; want %s", c[0], err, c[1])
		}
	}
}

// TestSharedFiles reads the files of the World Bank and of the Penn World Table where they are.
func TestSharedFiles(t *testing.T) {
	dir := suite.Real.File(t, "macro")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	values := 0
	for _, f := range s.Files {
		values += f.Values
	}
	if len(s.Files) != 3 || values < 30000 {
		t.Errorf("%d values of %d files", values, len(s.Files))
	}
	if x, ok := s.Value("CHN", 2019, Consumption); !ok || x < 0.3 || x > 0.5 {
		t.Errorf("household consumption of China in 2019 is %v, %v", x, ok)
	}
	if x, ok := s.Value("USA", 2000, GDP); !ok || x < 9e12 || x > 11e12 {
		t.Errorf("GDP of the USA in 2000 is %v, %v", x, ok)
	}
	for _, note := range s.Notes() {
		t.Log(note)
	}
}

// Economies may be named as in any list; groups are none.
func TestNamesOfEconomies(t *testing.T) {
	var s Set
	text := "economy,year,series,value\n\"Korea, Rep.\",2020,population,51\nROM,2020,population,19\nWLD,2020,population,7800\nEuropean Union,2020,population,447\n"
	if err := s.Add("own.csv", "", []byte(text)); err != nil {
		t.Fatal(err)
	}
	for _, iso3 := range []string{"KOR", "ROU"} {
		if _, ok := s.values[key{iso3, 2020, Population}]; !ok {
			t.Errorf("%s has no population: %v", iso3, s.values)
		}
	}
	if f := s.Files[0]; f.Values != 2 || len(f.Aggregates) != 2 {
		t.Errorf("%d values, groups %v; want 2 and 2", f.Values, f.Aggregates)
	}
}

func FuzzAdd(f *testing.F) {
	for _, text := range []string{longText, wideText, pwtText, ownText, ""} {
		f.Add("population.csv", text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		var s Set
		if err := s.Add(name, "", []byte(text)); err != nil {
			return
		}
		n := 0
		for k, v := range s.values {
			n++
			d, ok := definitionOf(string(k.series))
			if !ok || len(k.economy) != 3 || k.year < 1000 || k.year > 2200 || d.positive && !(v.x > 0) {
				t.Errorf("accepted %v with %v", k, v.x)
			}
		}
		if n == 0 || n != s.Files[0].Values {
			t.Errorf("%d values, counted as %d", n, s.Files[0].Values)
		}
		s.Notes()
	})
}
