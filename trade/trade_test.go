package trade

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/suite"
)

var update = flag.Bool("update", false, "write the golden files")

// testData returns a file or folder of the shared test data, or skips the test.
func testData(t *testing.T, parts ...string) string {
	t.Helper()
	return suite.Real.File(t, parts...)
}

// readRelease reads a country_codes file as bytes, so that its encoding is NewEconomies' concern.
func readRelease(t *testing.T, release string) []Economy {
	t.Helper()
	f, err := os.Open(testData(t, "nomenclature", "baci", "country_codes_"+release+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []Economy
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		last := len(row) - 1
		iso2, iso3 := row[last-1], row[last]
		if strings.Contains(rows[0][last-1], "iso3") || strings.Contains(rows[0][last-1], "3digit") {
			iso2, iso3 = iso3, iso2
		}
		list = append(list, Economy{Code: Code(n), Name: row[1], ISO2: iso2, ISO3: iso3})
	}
	return list
}

var releases = []string{"V202001", "V202201", "V202301", "V202501", "V202601"}

func release(t *testing.T, id string) *Economies {
	t.Helper()
	e, err := NewEconomies(readRelease(t, id))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSetAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() (Set, map[Code]bool) {
		var s Set
		m := map[Code]bool{}
		for range rng.IntN(40) {
			c := Code(rng.IntN(MaxCode))
			s.Add(c)
			m[c] = true
		}
		return s, m
	}
	for range 200 {
		a, am := random()
		b, bm := random()
		union, both, minus := a.Union(b), a.Intersect(b), a.Minus(b)
		n := 0
		for c := Code(0); c < MaxCode; c++ {
			if union.Has(c) != (am[c] || bm[c]) || both.Has(c) != (am[c] && bm[c]) || minus.Has(c) != (am[c] && !bm[c]) {
				t.Fatalf("code %d of %v and %v", c, a.Codes(), b.Codes())
			}
			if am[c] {
				n++
			}
		}
		if a.Len() != n || len(a.Codes()) != n || !slices.IsSorted(a.Codes()) || SetOf(a.Codes()...) != a {
			t.Fatalf("%v: %d codes, want %d", a.Codes(), a.Len(), n)
		}
	}
}

func TestReleases(t *testing.T) {
	for _, id := range releases {
		t.Run(id, func(t *testing.T) {
			list := readRelease(t, id)
			e := release(t, id)
			if len(e.All()) != len(list) {
				t.Fatalf("%d economies, the list has %d", len(e.All()), len(list))
			}
			for _, given := range list {
				got, ok := e.Get(given.Code)
				k, embedded := known()[given.Code]
				if !ok || !embedded {
					t.Errorf("%d: in the release %v, in the embedded table %v", given.Code, ok, embedded)
				}
				if iso3 := strings.Trim(given.ISO3, " "); len(iso3) == 3 && iso3 != "N/A" && given.Code != 490 && got.ISO3 != iso3 {
					t.Errorf("%d: ISO3 %s, the release has %s", given.Code, got.ISO3, iso3)
				}
				if strings.ContainsAny(got.Name, "ÃÂ\uFFFD") {
					t.Errorf("%d: name %q", given.Code, got.Name)
				}
				forms := []string{strconv.Itoa(int(given.Code)), got.Name, given.Name, k.Name, e.Label(given.Code), strings.ToLower(got.ISO3)}
				if got.ISO2 != "" && got.ISO2 != "CS" { // Czechoslovakia, and Serbia and Montenegro
					forms = append(forms, got.ISO2)
				}
				for _, form := range forms {
					m, err := e.Resolve(form)
					if errors.As(err, new(*AmbiguousError)) && form == "Congo" { // two economies, whatever a release says
						continue
					}
					if err != nil || !m.Codes.Has(given.Code) {
						t.Errorf("%d: %q gives %v, %v", given.Code, form, m.Codes.Codes(), err)
					}
					if again, err := e.Resolve(m.Label); err != nil || again.Codes != m.Codes || again.Label != m.Label {
						t.Errorf("%d: label %q gives %v, %v", given.Code, m.Label, again, err)
					}
				}
			}
			if e.Label(490) != "TWN" || e.Label(697) != "R20" || e.Name(490) != "Taiwan (Other Asia, nes)" {
				t.Errorf("labels %s, %s, name %s", e.Label(490), e.Label(697), e.Name(490))
			}
		})
	}
}

// everyBloc selects each embedded bloc in a release: in every year it has the economies of its members, or a note says
// which are not in the release. It returns the notes.
func everyBloc(t *testing.T, e *Economies) (gaps []string) {
	blocs := BuiltinBlocs()
	for _, b := range blocs.All() {
		s, err := ParseSelection(b.ID, e, blocs)
		if err != nil {
			t.Errorf("%s: %v", b.ID, err)
			continue
		}
		gaps = append(gaps, s.Notes...)
		members := map[string]Set{}
		for _, m := range b.Members {
			match, err := e.Resolve(m.Economy)
			if noted := slices.ContainsFunc(s.Notes, func(n string) bool { return strings.HasPrefix(n, b.ID+": "+m.Economy+" ") }); noted != (err != nil) {
				t.Errorf("%s: %v, but notes %q", b.ID, err, s.Notes)
			}
			members[m.Economy] = match.Codes
		}
		any, err := ParseSelection(b.ID+":any", e, blocs)
		if err != nil {
			t.Errorf("%s:any: %v", b.ID, err)
			continue
		}
		for year := 1950; year <= 2030; year++ {
			var want, alternatives Set
			for _, m := range b.Members {
				if m.From <= year && year <= m.To {
					want = want.Union(members[m.Economy])
				}
			}
			for _, g := range any.Parties[0].Any {
				codes := g.Codes(year)
				if codes.Intersect(alternatives) != (Set{}) {
					t.Errorf("%s:any in %d: %s is in two alternatives", b.ID, year, g.Label)
				}
				alternatives = alternatives.Union(codes)
			}
			if got := s.Parties[0].Any[0].Codes(year); got != want || alternatives != want {
				t.Errorf("%s in %d: %v, any of %v, want %v", b.ID, year, got.Codes(), alternatives.Codes(), want.Codes())
			}
		}
	}
	return gaps
}

// The members that a release has no code for, for a person to review; go test -update writes the listing.
func TestBlocGapsGolden(t *testing.T) {
	var b strings.Builder
	list := func(id string, e *Economies) {
		fmt.Fprintf(&b, "%s\n", id)
		for _, gap := range everyBloc(t, e) {
			fmt.Fprintf(&b, "   %s\n", gap)
		}
	}
	list("embedded", BuiltinEconomies())
	for _, id := range releases {
		list(id, release(t, id))
	}
	golden(t, "gaps.golden", b.String())
}

// golden compares text with a file of testdata, or writes it with -update.
func golden(t *testing.T, file, text string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("differs from %s; go test -update writes it\n%s", path, text)
	}
}

func TestLabels711(t *testing.T) {
	for id, want := range map[string]string{"V202001": "ZAF", "V202201": "ZAF", "V202301": "ZAF", "V202501": "ZA1", "V202601": "ZA1"} {
		if got := release(t, id).Label(711); got != want {
			t.Errorf("%s: 711 is %s, want %s", id, got, want)
		}
	}
}

func TestResolveBuiltin(t *testing.T) {
	e := BuiltinEconomies()
	f := func(text, label string, codes ...Code) {
		t.Helper()
		m, err := e.Resolve(text)
		if err != nil || m.Label != label || m.Codes != SetOf(codes...) {
			t.Errorf("%q: %s %v, %v; want %s %v", text, m.Label, m.Codes.Codes(), err, label, codes)
		}
	}
	f("DEU", "DEU", 276, 280)
	f("germany", "DEU", 276, 280)
	f("276", "DEU", 276, 280)
	f("280", "DEU-280", 280)
	f("DEU-280", "DEU-280", 280)
	f("deu-276", "DEU-276", 276)
	f("Belgium", "BEL", 56, 58)
	f("Belgium-Luxembourg", "BEL-58", 58)
	f("840", "USA", 842)
	f("250", "FRA", 251)
	f("356", "IND", 699)
	f("756", "CHE", 757)
	f("578", "NOR", 579)
	f("158", "TWN", 490)
	f("na", "NAM", 516)
	f("UK", "GBR", 826)
	f("el", "GRC", 300)
	f("South Korea", "KOR", 410)
	f("Korea, South", "KOR", 410)
	f("north  korea", "PRK", 408)
	f("Russia", "RUS", 643)
	f("Vietnam", "VNM", 704)
	f("Viet Nam", "VNM", 704)
	f("Turkey", "TUR", 792)
	f("Türkiye", "TUR", 792)
	f("Czech Republic", "CZE", 203)
	f("Taiwan", "TWN", 490)
	f("Chinese Taipei", "TWN", 490)
	f("Other Asia nes", "TWN", 490)
	f("Other Asia, nes", "TWN", 490)
	f("Ivory Coast", "CIV", 384)
	f("cote d'ivoire", "CIV", 384)
	f("CÔTE D’IVOIRE", "CIV", 384)
	f("United States", "USA", 842)
	f("U.S.A.", "USA", 842)
	f("US", "USA", 842)
	f("UAE", "ARE", 784)
	f("Laos", "LAO", 418)
	f("Iran", "IRN", 364)
	f("Bolivia", "BOL", 68)
	f("Tanzania", "TZA", 834)
	f("Syria", "SYR", 760)
	f("Moldova", "MDA", 498)
	f("Hong Kong", "HKG", 344)
	f("hongkong", "HKG", 344)
	f("Macau", "MAC", 446)
	f("St. Lucia", "LCA", 662)
	f("Trinidad & Tobago", "TTO", 780)
	f("Curacao", "CUW", 531)
	f("DR Congo", "COD", 180)
	f("Sudan", "SDN", 729, 736)
	f("Former Sudan", "SDN-736", 736)
	f("Bahamas, The", "BHS", 44)
	f("the gambia", "GMB", 270)
	f("S. Korea", "KOR", 410)
	f("n. korea", "PRK", 408)
	f("Russian Fed.", "RUS", 643)
	f("899", "899", 899)
	f("Areas, nes", "899", 899)
	f("473", "473", 473)
	f("E19", "E19", 568)
	f("bunkers", "837", 837)
	f("492", "492", 492)
}

func TestResolveErrors(t *testing.T) {
	e := BuiltinEconomies()
	f := func(text string, want ...string) {
		t.Helper()
		_, err := e.Resolve(text)
		if err == nil {
			t.Errorf("%q: no error", text)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %v; want %q", text, err, w)
			}
		}
	}
	f("Korea", "ambiguous", "KOR", "PRK")
	f("CS", "ambiguous", "CSK", "SCG")
	f("Germny", "unknown economy", "DEU (Germany)")
	f("Virgin Islands", "VGB")
	f("Monaco", "MCO", "FRA", "251")
	f("LIE", "CHE")
	f("XKX", "XKX (Kosovo)", "nor of any other release")
	f("412", "XKX (Kosovo)")
	f("Vatican City", "VAT (Holy See)")
	f("Isle of Man", "IMN")
	f("0", "total over all economies")
	f("999", "unknown economy")
	f("CU,BA", "unknown")
	f("CU;BA", "unknown")
	f("", "unknown")
}

func TestAbsent(t *testing.T) {
	e := release(t, "V202001")
	for _, text := range []string{"LUX", "LU", "442", "Luxembourg"} {
		_, err := e.Resolve(text)
		var absent *AbsentError
		if !errors.As(err, &absent) || absent.Label != "LUX" || !strings.Contains(err.Error(), "code 58") {
			t.Errorf("%s: %v", text, err)
		}
	}
	s, err := ParseSelection("EU27", e, BuiltinBlocs())
	if err != nil || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "EU27: LUX (Luxembourg) is not in the code list") {
		t.Errorf("%q, %v", s.Notes, err)
	}
	small, err := NewEconomies([]Economy{{Code: 156, Name: "China", ISO2: "CN", ISO3: "CHN"}, {Code: 276, Name: "Germany", ISO2: "DE", ISO3: "DEU"}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = ParseSelection("EU27:any", small, BuiltinBlocs()); err != nil || len(s.Notes) != 1 || !strings.HasPrefix(s.Notes[0], "EU27: 26 members are not in the code list of this release: AUT, BEL, ") {
		t.Errorf("%q, %v", s.Notes, err)
	}
	f := func(text, label string, codes ...Code) {
		t.Helper()
		if m, err := e.Resolve(text); err != nil || m.Label != label || m.Codes != SetOf(codes...) {
			t.Errorf("%s: %v, %v", text, m, err)
		}
	}
	f("BEL", "BEL", 58)
	f("Belgium", "BEL", 58)
	f("South Africa", "ZAF", 711)
	f("380", "ITA", 381)
	f("ATG", "ATA", 28) // the release has the ISO3 of Antarctica
	if _, err := e.Resolve("710"); err == nil || !strings.Contains(err.Error(), "code 711") {
		t.Errorf("710: %v", err)
	}
	if m, err := release(t, "V202601").Resolve("381"); err != nil || m.Codes != SetOf(380) || m.Form != "M49" {
		t.Errorf("381: %v, %v", m, err)
	}
	fails := func(text string, want ...string) {
		t.Helper()
		_, err := release(t, "V202601").Resolve(text)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, want %q", text, err, w)
			}
		}
	}
	fails("492", "MCO (Monaco)", "code 251")
	fails("Europe EU, nes", "492 (Europe EU, nes)")
	fails("899", "899 (Areas, nes) is not in the code list of this release")
}

func TestWithLabels(t *testing.T) {
	e := BuiltinEconomies().WithLabels(map[Code]string{736: "SDN-736"})
	f := func(text, label string, codes ...Code) {
		t.Helper()
		if m, err := e.Resolve(text); err != nil || m.Label != label || m.Codes != SetOf(codes...) {
			t.Errorf("%s: %v, %v", text, m, err)
		}
	}
	f("SDN", "SDN", 729)
	f("729", "SDN", 729)
	f("SDN-736", "SDN-736", 736)
	f("736", "SDN-736", 736)
	if BuiltinEconomies().Label(736) != "SDN" {
		t.Error("WithLabels changed the list that it was called on")
	}
	blocs := &Blocs{}
	if err := blocs.add("x", []byte("[[bloc]]\nid = \"X1\"\nname = \"X\"\nsource = \"s\"\nmembers = [\"SDN\", \"FRA\"]\n")); err != nil {
		t.Fatal(err)
	}
	s, err := ParseSelection("X1,X1:members", e, blocs)
	if err != nil || len(s.Parties) != 4 || s.Parties[0].Any[0].Codes(2000) != SetOf(251, 729, 736) || s.Parties[2].Label != "SDN-736" {
		t.Errorf("%+v, %v", s, err)
	}
	all, err := ParseSelection("all", e, blocs)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all.Parties {
		if m, err := e.Resolve(p.Label); err != nil || m.Codes != p.Any[0].Codes(2000) {
			t.Errorf("%s: %v, %v", p.Label, m, err)
		}
	}
}

// ByLabel is Resolve where the text is the label of what that finds.
func TestByLabel(t *testing.T) {
	lists := []*Economies{BuiltinEconomies(), BuiltinEconomies().WithLabels(map[Code]string{736: "SDN-736"})}
	for _, id := range releases {
		lists = append(lists, release(t, id))
	}
	for i, e := range lists {
		texts := []string{"", " ", "-", "world", "EU27", "CHN+HKG", "chn", " CHN", "0.31", "2,024", "SDN-736", "SDN-729", "DEU-280", "DEU-", "-280", "UK"}
		for _, k := range atlas() {
			texts = append(texts, k.ISO3, k.ISO2, k.Name, strings.ToLower(k.ISO3), fmt.Sprintf("%s-%d", k.ISO3, k.Code))
		}
		for n := range 2100 {
			texts = append(texts, strconv.Itoa(n))
		}
		for _, economy := range e.All() {
			texts = append(append(texts, e.Label(economy.Code)), e.Names(economy.Code)...)
		}
		found := 0
		for _, text := range texts {
			want, err := e.Resolve(text)
			label := err == nil && want.Label == text
			got, ok := e.ByLabel(text)
			if ok != label || ok && (got.Codes != want.Codes || got.Label != want.Label || got.Name != want.Name) {
				t.Errorf("list %d, %q: %v, %v; Resolve has %v, %v", i, text, got, ok, want, err)
			}
			if ok {
				found++
			}
		}
		if found < len(e.All()) {
			t.Errorf("list %d: %d labels of %d economies", i, found, len(e.All()))
		}
	}
	e := BuiltinEconomies()
	if n := testing.AllocsPerRun(10, func() { e.ByLabel("trade inside the bloc") }); n > 0 {
		t.Errorf("to see that a text is no label takes %.0f allocations; want none, as every cell of a table is looked up", n)
	}
}

// UN Comtrade gives 492 the ISO3 of Monaco and two areas the same one; not elsewhere specified is no economy.
func TestNotElsewhereSpecified(t *testing.T) {
	e, err := NewEconomies([]Economy{{Code: 492, ISO3: "MCO", ISO2: "MC", Name: "Europe EU, nes"}, {Code: 473, ISO3: "A79", Name: "LAIA, nes"},
		{Code: 636, ISO3: "A79", Name: "Rest of America, nes"}, {Code: 899, ISO3: "_X ", Name: "Areas, nes"}, {Code: 251, ISO3: "FRA", Name: "France"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Code{473, 492, 636, 899} {
		economy, _ := e.Get(c)
		if economy.Kind != KindNES || e.Label(c) != strconv.Itoa(int(c)) {
			t.Errorf("%d: %+v, label %s", c, economy, e.Label(c))
		}
		if m, err := e.Resolve(e.Label(c)); err != nil || m.Codes != SetOf(c) {
			t.Errorf("%d: %v, %v", c, m, err)
		}
	}
	if _, err := e.Resolve("Monaco"); err == nil || !strings.Contains(err.Error(), "FRA (France") {
		t.Error(err)
	}
	for _, code := range []Code{129, 221, 290, 471, 472, 473, 492, 527, 536, 568, 577, 636, 637, 697, 837, 838, 839, 879, 899} {
		if k := known()[code]; k.Kind != KindNES {
			t.Errorf("%d is %q", code, k.Kind)
		}
	}
}

func TestNewEconomies(t *testing.T) {
	e, err := NewEconomies([]Economy{
		{Code: 531, ISO3: "CUW", Name: "CuraÃ§ao"}, {Code: 384, ISO3: "CIV", Name: "C\xf4te d'Ivoire"},
		{Code: 490, ISO3: "S19", Name: "Other Asia, nes"}, {Code: 697, ISO3: "N/A", ISO2: "N/A", Name: "Europe EFTA, nes"},
		{Code: 999, Name: "Nowhere"}, {Code: 531, ISO3: "CUW", Name: "Curaçao"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Economy{{384, "CIV", "CI", "Côte d'Ivoire", KindEconomy}, {490, "TWN", "TW", "Taiwan (Other Asia, nes)", KindEconomy},
		{531, "CUW", "CW", "Curaçao", KindEconomy}, {697, "R20", "", "Europe EFTA, nes", KindNES}, {999, "", "", "Nowhere", KindEconomy}}
	if got := e.All(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if e.Label(999) != "999" || e.Label(842) != "USA" || e.Name(998) != "998" {
		t.Error(e.Label(999), e.Label(842), e.Name(998))
	}
	if _, err := NewEconomies([]Economy{{Code: 4, ISO3: "AFG", Name: "A"}, {Code: 4, ISO3: "AFG", Name: "B"}}); err == nil || !strings.Contains(err.Error(), "4 is listed twice") {
		t.Error(err)
	}
	if _, err := NewEconomies([]Economy{{Code: 1024}}); err == nil {
		t.Error("code 1024 is accepted")
	}
}

func TestWorldAndNomenclature(t *testing.T) {
	for _, n := range Nomenclatures() {
		for _, text := range []string{string(n), n.Comtrade(), strings.ToLower(string(n))} {
			if got, err := ParseNomenclature(text); err != nil || got != n {
				t.Errorf("%s: %s, %v", text, got, err)
			}
		}
	}
	if HS17.Comtrade() != "H5" || HS22.FirstYear() != 2022 || HS92.FirstYear() != 1995 {
		t.Error(HS17.Comtrade(), HS22.FirstYear(), HS92.FirstYear())
	}
	if _, err := ParseNomenclature("HS18"); err == nil || !strings.Contains(err.Error(), "HS17 (H5)") {
		t.Error(err)
	}
	if w, err := ParseWorld(" NET"); w != Net || err != nil {
		t.Error(w, err)
	}
	if _, err := ParseWorld("both"); err == nil {
		t.Error("world both is accepted")
	}
}
