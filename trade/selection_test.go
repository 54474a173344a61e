package trade

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseSelection(t *testing.T) {
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	// want is canonical text, then for each party what it is in 2020: codes, or how many where they are many.
	f := func(text, want string, parties ...string) {
		t.Helper()
		s, err := ParseSelection(text, e, blocs)
		if err != nil || s.String() != want {
			t.Errorf("%q: %q, %v; want %q", text, s.String(), err, want)
			return
		}
		var got []string
		for _, p := range s.Parties {
			if !p.Named {
				t.Errorf("%q: %s is not named", text, p.Label)
			}
			var any []string
			for _, g := range p.Any {
				codes := g.Codes(2020)
				if codes.Len() > 4 {
					any = append(any, fmt.Sprintf("%s #%d", g.Label, codes.Len()))
				} else {
					any = append(any, fmt.Sprint(g.Label, codes.Codes()))
				}
			}
			text := fmt.Sprintf("%s: %s", p.Label, strings.Join(any, " | "))
			if len(any) > 3 {
				text = fmt.Sprintf("%s: %d alternatives", p.Label, len(any))
			}
			got = append(got, text)
		}
		if !slices.Equal(got, parties) {
			t.Errorf("%q: %q, want %q", text, got, parties)
		}
	}
	f("usa", "USA", "USA: USA[842]")
	f(" 840 , eu27 ", "USA,EU27", "USA: USA[842]", "EU27: EU27 #30") // Belgium-Luxembourg comes with Belgium, and so on
	f("China, Hong Kong SAR,USA", "HKG,USA", "HKG: HKG[344]", "USA: USA[842]")
	f("China,Hong Kong,USA", "CHN,HKG,USA", "CHN: CHN[156]", "HKG: HKG[344]", "USA: USA[842]")
	f("Taiwan,China", "TWN,CHN", "TWN: TWN[490]", "CHN: CHN[156]")
	f("USA+Canada", "USA+CAN", "USA+CAN: USA+CAN[124 842]")
	f("USA|EU27", "USA|EU27", "USA|EU27: USA[842] | EU27 #30")
	f("USMCA|Korea, South + Japan", "USMCA|KOR+JPN", "USMCA|KOR+JPN: USMCA[124 484 842] | KOR+JPN[392 410]")
	f("brics+", "BRICS+", "BRICS+: BRICS+ #5")
	f("BRICSplus", "BRICS+", "BRICS+: BRICS+ #5")
	f("brics+tur", "BRICS+TUR", "BRICS+TUR: BRICS+TUR #6")
	f("brics++tur", "BRICS++TUR", "BRICS++TUR: BRICS++TUR #6")
	f("USA+BRICS+,DEU", "USA+BRICS+,DEU", "USA+BRICS+: USA+BRICS+ #6", "DEU: DEU[276 280]")
	f("BRICS+|USA", "BRICS+|USA", "BRICS+|USA: BRICS+ #5 | USA[842]")
	f("five eyes", "FIVE_EYES", "FIVE_EYES: FIVE_EYES #5")
	f("FiveEyes:ANY", "FIVE_EYES:any", "FIVE_EYES:any: 5 alternatives")
	f("USMCA:members,CHN", "USMCA:members,CHN", "CAN: CAN[124]", "MEX: MEX[484]", "USA: USA[842]", "CHN: CHN[156]")
	f("USMCA:any|CAN", "USMCA:any|CAN", "USMCA:any|CAN: CAN[124] | MEX[484] | USA[842]")
	f("CU,BA", "CUB,BIH", "CUB: CUB[192]", "BIH: BIH[70]")
	f("CU+BA", "CUB+BIH", "CUB+BIH: CUB+BIH[70 192]")
	f("USA,842,us", "USA", "USA: USA[842]")
}

func TestSelectionWords(t *testing.T) {
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	all, err := ParseSelection(" ALL", e, blocs)
	if err != nil || !all.All || all.None || all.String() != "all" {
		t.Fatalf("%+v, %v", all, err)
	}
	var seen Set
	var last Code
	for _, p := range all.Parties {
		codes := p.Any[0].Codes(2020)
		first := codes.Codes()[0]
		if p.Named || len(p.Any) != 1 || seen.Intersect(codes) != (Set{}) || first <= last {
			t.Errorf("party %+v after %d", p, last)
		}
		seen, last = seen.Union(codes), first
	}
	if seen.Len() != len(e.All()) {
		t.Errorf("all has %d economies of %d", seen.Len(), len(e.All()))
	}
	more, err := ParseSelection("All, EU27,USA", e, blocs)
	if err != nil || more.All || more.String() != "all,EU27" || len(more.Parties) != len(all.Parties)+1 || len(more.Notes) != 1 {
		t.Errorf("%s with %d parties, %v, %v; want those of all and the EU, and a note on the USA", more, len(more.Parties), more.Notes, err)
	}
	none, err := ParseSelection("-", e, blocs)
	if err != nil || !none.None || none.All || len(none.Parties) != 0 || none.String() != "-" {
		t.Errorf("%+v, %v", none, err)
	}
	s, err := ParseSelection("EU27,USA,EU27+CHN,842", e, blocs)
	if err != nil || len(s.Blocs) != 1 || s.Blocs[0].ID != "EU27" || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "USA is selected twice") {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestSelectionErrors(t *testing.T) {
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	f := func(text string, want ...string) {
		t.Helper()
		s, err := ParseSelection(text, e, blocs)
		if err == nil {
			t.Errorf("%q: %s, no error", text, s)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %v; want %q", text, err, w)
			}
		}
	}
	f("", "empty selection")
	f("USA,", "missing", "character 5")
	f("USA++CAN", "missing", "character 5")
	f("EU+", "missing")
	f("|", "missing", "character 1")
	f("USA,all", "must come first")
	f("all,all", "must come first")
	f("all,", "missing", "character 5")
	f("USA,-", "cannot be combined")
	f("Germny,USA", `unknown economy or bloc "Germny"`, "DEU (Germany)")
	f("USA,BRIKS", "BRICS")
	f("Korea,USA", "ambiguous", "KOR", "PRK")
	f("USA,Congo", "ambiguous", "COG", "COD")
	f("Guinea", "ambiguous", "GIN (Guinea)", "GNB", "GNQ", "PNG")
	f("Virgin Islands", "VGB", "VIR")
	f("Virgin Islands, U.S.,USA", "VIR (US Virgin Islands)", "part of USA")
	f("St. Martin", "SXM", "MAF")
	f("USA,China, Hong Kong", "ambiguous", "HKG (China, Hong Kong SAR)", "CHN,HKG (both)")
	f("World", "a total over all economies", "all", "-")
	f("USA,WLD", `"WLD" is a total`)
	f("W00", "a total over all economies")
	f("0", "a total over all economies")
	f("NATO", "a group of economies", "bloc of your own")
	f("eu15", "a group of economies", "write the bloc EU", "15 from 1995 to 2003")
	f("NATO:members", "a group of economies")
	f("Monaco|USA", "FRA")
	f("EU27:foo", "EU27:members", "EU27:any")
	f("EU27:", "EU27:members", "EU27:any")
	f("DEU:any", "only a bloc")
	f("EU27:any+USA", "cannot be merged")
	f("USA+EU27:members", "cannot be merged")
	f("EU27:members|USA", "EU27:any")
	f("USA|EU27:members", "EU27:any")
	if _, err := ParseSelection("Nowhere", e, nil); !errors.As(err, new(*UnknownError)) {
		t.Error(err)
	}
	few, err := NewEconomies([]Economy{{Code: 842, ISO3: "USA", Name: "USA"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseSelection("ASEAN", few, blocs); err == nil || !strings.Contains(err.Error(), "no member in this release") {
		t.Error(err)
	}
}

// Canonical text is read as the same selection, whatever was typed.
func TestSelectionRoundTrip(t *testing.T) {
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	rng := rand.New(rand.NewPCG(3, 4))
	list, all := e.All(), blocs.All()
	one := func() string {
		economy := list[rng.IntN(len(list))]
		switch rng.IntN(6) {
		case 0:
			if economy.Name != "Congo" && economy.Name != "Guinea" { // which several share
				return economy.Name
			}
		case 1:
			if economy.ISO3 != "" {
				return strings.ToLower(economy.ISO3)
			}
		case 2:
			return fmt.Sprint(economy.Code)
		case 3:
			return all[rng.IntN(len(all))].Name
		case 4:
			return strings.ToLower(all[rng.IntN(len(all))].ID)
		}
		return e.Label(economy.Code)
	}
	for range 2000 {
		text := one()
		for range rng.IntN(5) {
			text += []string{",", "+", "|", " , "}[rng.IntN(4)] + one()
		}
		if rng.IntN(8) == 0 {
			text += "," + all[rng.IntN(len(all))].ID + ":members"
		}
		s, err := ParseSelection(text, e, blocs)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		sameAgain(t, s, e, blocs)
	}
}

func sameAgain(t *testing.T, s Selection, e *Economies, blocs *Blocs) {
	t.Helper()
	again, err := ParseSelection(s.String(), e, blocs)
	if err != nil || again.String() != s.String() || len(again.Parties) != len(s.Parties) {
		t.Fatalf("%q is %q, that is %q, %v", s.Text, s, again, err)
	}
	for i, p := range s.Parties {
		q := again.Parties[i]
		if p.Label != q.Label || p.Name != q.Name || len(p.Any) != len(q.Any) {
			t.Fatalf("%q: party %+v, again %+v", s.Text, p, q)
		}
		for n, g := range p.Any {
			for _, year := range []int{1960, 1990, 2012, 2024} {
				if g.Label != q.Any[n].Label || g.Codes(year) != q.Any[n].Codes(year) {
					t.Fatalf("%q: group %+v, again %+v", s.Text, g, q.Any[n])
				}
			}
		}
	}
}

func TestLongSelection(t *testing.T) {
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	var names []string
	for range 20 {
		for _, economy := range e.All() {
			if economy.Name != "Congo" && economy.Name != "Guinea" { // which several share
				names = append(names, economy.Name)
			}
		}
	}
	s, err := ParseSelection(strings.Join(names, ","), e, blocs)
	if err != nil || len(s.Parties) < 200 {
		t.Fatalf("%d parties, %v", len(s.Parties), err)
	}
}

// The listing is for a person to review; go test -update writes it.
func TestBlocsGolden(t *testing.T) {
	var b strings.Builder
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	for _, bloc := range blocs.All() {
		fmt.Fprintln(&b, bloc)
		s, err := ParseSelection(bloc.ID, e, blocs)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(&b, "  ")
		for _, year := range []int{1995, 2000, 2005, 2010, 2015, 2020, 2025} {
			var current int
			for _, c := range s.Parties[0].Any[0].Codes(year).Codes() {
				if economy, _ := e.Get(c); economy.Kind == KindEconomy && c != 381 { // the other code of Italy
					current++
				}
			}
			fmt.Fprintf(&b, " %d: %d", year, current)
		}
		fmt.Fprintln(&b)
	}
	golden(t, "blocs.golden", b.String())
	for _, bloc := range blocs.All() {
		if bloc.URL == "" {
			t.Errorf("%s has no URL", bloc.ID)
		}
	}
}

// Dates of membership are years of our time, and who has them all is not also a member without.
func TestMembershipYears(t *testing.T) {
	const first, last = 1945, 2026 // after the second World War, and not in the future
	for _, b := range BuiltinBlocs().All() {
		for i, m := range b.Members {
			if m.From != Always && (m.From < first || m.From > last) || m.To != Forever && (m.To < first || m.To > last) || m.From > m.To {
				t.Errorf("%s: %s", b.ID, m)
			}
			for _, n := range b.Members[:i] {
				if m.overlaps(n) || m.Economy == n.Economy && m.From == n.To+1 {
					t.Errorf("%s: %s after %s", b.ID, m, n)
				}
			}
		}
	}
	size := func(id string, year, want int) {
		t.Helper()
		b, _ := BuiltinBlocs().Get(id)
		got := 0
		for _, m := range b.Members {
			if m.From <= year && year <= m.To {
				got++
			}
		}
		if got != want {
			t.Errorf("%s has %d members in %d, want %d", id, got, year, want)
		}
	}
	size("EU", 1972, 6)
	size("EU", 1985, 10)
	size("EU", 1995, 15)
	size("EU", 2004, 25)
	size("EU", 2013, 28)
	size("EU", 2019, 28)
	size("EU", 2020, 27)
	size("EA", 1999, 11)
	size("EA", 2023, 20)
	size("OECD", 1961, 19) // 20 members with Turkey; Italy ratified in 1962
	size("OECD", 2021, 38)
	size("OPEC", 1960, 5)
	size("OPEC", 2024, 12)
	size("ADVANCED", 1996, 23)
	size("ADVANCED", 1997, 28)
	size("ADVANCED", 2009, 33)
	size("ADVANCED", 2016, 38) // the WEO's 39 have Puerto Rico
	size("ADVANCED", 2023, 40)
	size("EMERGING", 2023, 154)
}

// Alternatives of a dated bloc are the members of the year. Groups of one label are the same in every year.
func TestDatedAlternatives(t *testing.T) {
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	f := func(text string, party int, label string, in2019, in2020 bool) {
		t.Helper()
		s, err := ParseSelection(text, e, blocs)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		i := slices.IndexFunc(s.Parties[party].Any, func(g Group) bool { return g.Label == label })
		if i < 0 {
			t.Errorf("%s: no group %s in %+v", text, label, s.Parties[party])
			return
		}
		has := func(year int) bool { codes := s.Parties[party].Any[i].Codes(year); return codes.Has(826) }
		if has(2019) != in2019 || has(2020) != in2020 {
			t.Errorf("%s: %s in 2019 %v, in 2020 %v", text, label, has(2019), has(2020))
		}
		sameAgain(t, s, e, blocs)
	}
	f("EU:any", 0, "GBR", true, false)
	f("EU:any|GBR", 0, "GBR", true, true)
	f("EU:any|EU28:any", 0, "GBR", true, true)
	f("EU:any,GBR", 0, "GBR of EU:any", true, false)
	f("EU:any,GBR", 1, "GBR", true, true)
	f("EU:any,USA|GBR", 0, "GBR of EU:any", true, false)
	f("EU:any,USA|GBR", 1, "GBR", true, true)
	f("EU28:any,GBR", 0, "GBR", true, true)
	f("G7:any,EU:any", 0, "GBR of G7:any", true, true)
	s, err := ParseSelection("EU:members", e, blocs)
	if err != nil || len(s.Parties) != 28 || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "EU:members lists whoever was a member") {
		t.Errorf("%d parties, %q, %v", len(s.Parties), s.Notes, err)
	}
	if s, err := ParseSelection("EU28:members", e, blocs); err != nil || len(s.Notes) != 0 {
		t.Errorf("%q, %v", s.Notes, err)
	}
}

func TestBlocFile(t *testing.T) {
	dir := t.TempDir()
	head := "# own blocs\n[[bloc]]\n"
	f := func(text string, want ...string) {
		t.Helper()
		path := filepath.Join(dir, "b.toml")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		b := BuiltinBlocs()
		before := len(b.All())
		err := b.AddFile(path)
		if len(want) == 0 {
			if err != nil || len(b.All()) == before {
				t.Errorf("%s: %v", text, err)
			}
			return
		}
		if err == nil || len(b.All()) != before {
			t.Errorf("%s: error %v, %d blocs more", text, err, len(b.All())-before)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s\n%v\nwant %q", text, err, w)
			}
		}
	}
	rest := "name = \"Own\"\nsource = \"me\"\n"
	f(head + "id = \"OWN\"\n" + rest + "members = [\"France 1960-\", \"South Korea\", \"842 -2010\"]\n")
	f(head+"id = \"OWN\"\n"+rest+"members = [\n  \"FRA\", # home\n  \"Frence 2000-2010\",\n]\n", "b.toml:8:3:", "Frence", "FRA (France)")
	f(head+"id = \"OWN\"\n"+rest+"members = [\"FRA\", \"FRA 2000-\"]\n", "b.toml:6:19:", "overlaps")
	f(head+"id = \"OWN\"\n"+rest+"members = [\"FRA 2010-2000\"]\n", "b.toml:6:12:", "end before")
	f(head+"id = \"OWN\"\n"+rest+"members = [\"FRA 2010\"]\n", "b.toml:6:12:", "FRA 2010")
	f(head+"id = \"eu27\"\n"+rest+"members = [\"FRA\"]\n", "b.toml:3:6:", "bloc EU27 already")
	f(head+"id = \"fra\"\n"+rest+"members = [\"FRA\"]\n", "b.toml:3:6:", "economy FRA already")
	f(head+"id = \"A,B\"\n"+rest+"members = [\"FRA\"]\n", "b.toml:3:6:", "expected a letter")
	f(head+"id = \"all\"\n"+rest+"members = [\"FRA\"]\n", "b.toml:3:6:", "word of selections")
	f(head+"id = \"OWN\"\naliases = [\"ok1\", \"G7\"]\n"+rest+"members = [\"FRA\"]\n", "b.toml:4:19:", "bloc G7")
	f(head+"id = \"OWN\"\nname = \"china\"\nsource = \"me\"\nmembers = [\"FRA\"]\n", "b.toml:4:8:", "economy CHN")
	f(head+"id = \"OWN\"\nname = \"Own\"\nmembers = [\"FRA\"]\n", "b.toml:2:3:", "no source")
	f(head+"id = \"OWN\"\n"+rest, "b.toml:2:3:", "no members")
	f(head+"id = \"OWN\"\n"+rest+"member = [\"FRA\"]\n", "b.toml:6:1:", "unknown key \"bloc.member\"")
	f(head+"id = \"OWN\n", "b.toml:3:")
	f(head+"id = 5\n", "b.toml:3:")
	f("", "no [[bloc]]")
	if err := BuiltinBlocs().AddFile(filepath.Join(dir, "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestYears(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		ranges, err := ParseYears(text)
		got := FormatYears(ranges)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	f("", "all")
	f(" All ", "all")
	f("2000", "2000")
	f("2000,2010:2020", "2000,2010:2020")
	f(" 2010 : 2012 , 2000 ", "2000,2010:2012")
	f("2001,2000,2002", "2000:2002")
	f("2000:2005,2003:2010", "2000:2010")
	f("2000,2000", "2000")
	f("2000-2010", "2000:2010")
	f("2000–2010,2012", "2000:2010,2012")
	f("2024-03", "2024-03")
	f("202403", "2024-03")
	f("2023-11:2024-02", "2023-11:2024-02")
	f("2023-12,2024-01", "2023-12:2024-01")
	f("2023,2024-02", "2023-01:2023-12,2024-02")
	f("2023:2024-06", "2023-01:2024-06")
	f("2023-11:2024", "2023-11:2024-12")
	for _, text := range []string{"2024-13", "2024-00", "2024-1", "202400", "2024-06:2023", "2024-03:2024-02", "2024-03-01", "2000,", "20", "2010:2000", "2000:", ":2000", "2010-2000", "x", "2000:2001:2002", "0999", "20000", "+200"} {
		f(text, "error")
	}
}

func TestPickYears(t *testing.T) {
	f := func(text string, have []int, want, note, fault string) {
		t.Helper()
		ranges, err := ParseYears(text)
		if err != nil {
			t.Fatal(err)
		}
		years, notes, err := PickYears(ranges, have)
		got := ""
		if err == nil {
			got = FormatYears(single(years))
		}
		if got != want || (fault == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), fault) || strings.Join(notes, ";") != note {
			t.Errorf("%s of %v: %s, notes %q, %v; want %s, %q, %q", text, have, got, notes, err, want, note, fault)
		}
	}
	have := []int{2019, 2017, 2018, 2021}
	f("all", have, "2017:2019,2021", "", "")
	f("2018", have, "2018", "", "")
	f("2018:2019,2021", have, "2018:2019,2021", "", "")
	f("2000:2018", have, "2017:2018", "years 2000:2018: the dataset has 2017:2018 of them", "")
	f("2019:2021", have, "2019,2021", "years 2019:2021: the dataset has 2019,2021 of them", "")
	f("2020", have, "", "", "no year 2020; it has 2017:2019,2021")
	f("1990:1995", have, "", "", "no year 1990:1995")
	f("2018-03", have, "", "", "the dataset is yearly")
	months := []int{202311, 202312, 202401, 202403}
	f("all", months, "2023-11:2024-01,2024-03", "", "")
	f("2024", months, "2024-01,2024-03", "years 2024: the dataset has 2024-01,2024-03 of them", "")
	f("2023-12:2024-01", months, "2023-12:2024-01", "", "")
	f("2024-02", months, "", "", "no month 2024-02; it has 2023-11:2024-01,2024-03")
	f("2022", months, "", "", "no month 2022")
	f("all", nil, "", "", "no years")
}

func TestProducts(t *testing.T) {
	products, err := NewProducts([]Product{{"850760", "Lithium-ion accumulators"}, {"850710", "Lead-acid"}, {"854110", "Diodes"},
		{"010121", "Horses"}, {"271019", "Oils"}, {"9999AA", "Other"}, {"010121", "Horses"}})
	if err != nil || products.Len() != 6 {
		t.Fatal(products, err)
	}
	f := func(text, canonical, want string) {
		t.Helper()
		s, err := ParseProducts(text, products)
		if err != nil || s.String() != canonical {
			t.Errorf("%q: %s, %v", text, s, err)
		}
		var got []string
		for _, p := range products.All() {
			if s.Has(p.Code) {
				got = append(got, p.Code)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	f("all", "all", "010121 271019 850710 850760 854110 9999AA")
	f("850760", "850760", "850760")
	f("85", "85", "850710 850760 854110")
	f(" 8507 , 27,850760", "8507,27,850760", "271019 850710 850760")
	f("9999aa", "9999AA", "9999AA")
	f("01,01", "01", "010121")
	f("8507.60,85.07.10", "850760,850710", "850710 850760")
	f("85.07,27 10", "8507,2710", "271019 850710 850760")
	packed := pack(t, "01.8507.854110")
	f(packed, packed, "010121 850710 850760 854110")
	f(" "+packed+",27", packed+",27", "010121 271019 850710 850760 854110")
	f(pack(t, "85071060"), pack(t, "85071060"), "850710 850760")
	bad := func(text string, want ...string) {
		t.Helper()
		_, err := ParseProducts(text, products)
		if err == nil {
			t.Errorf("%q: no error", text)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %v, want %q", text, err, w)
			}
		}
	}
	bad("10121", "five digits", "did you mean 010121")
	bad("1", "did you mean 01")
	bad("101", "did you mean 0101")
	bad("850761", "unknown product", "850760")
	bad("8508", "unknown heading", "8507")
	bad("86", "unknown chapter", "85")
	bad("", "empty product")
	bad("85,", "empty product")
	bad("85,all", "cannot be combined")
	bad("8507601", "six characters")
	bad("8507.6", "six characters")
	bad("8507.60.00", "national tariff", "six digits, 850760")
	bad("8507600020", "national tariff", "six digits, 850760")
	bad("TOTAL", "total over all products", "leave products out")
	bad("850760,AG6", "every code of six digits")
	bad("horse", "six characters")
	bad(pack(t, "850761"), "unknown product", "850760")
	bad(pack(t, "8507.1"), `the group "1"`, "expected two or four digits")
	bad(pack(t, "8507101"), `the group "8507101"`)
	bad(pack(t, ""), `the group ""`)
	bad(pack(t, strings.Repeat("85.", 40_000)), "more than 65536 bytes")
	bad("packed:", "cannot be read", "expected the whole of it")
	bad(packed[:len(packed)-3], "cannot be read")
	bad("packed:a+b", "cannot be read")
	if _, err := NewProducts([]Product{{"850760", "a"}, {"850760", "b"}}); err == nil || !strings.Contains(err.Error(), "listed twice") {
		t.Error(err)
	}
	if _, err := NewProducts([]Product{{"85076", "a"}}); err == nil {
		t.Error("five digits are a product")
	}
}

// pack is a packed list with this text inside.
func pack(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packedPrefix + base64.RawURLEncoding.EncodeToString(b.Bytes())
}

func FuzzParseSelection(f *testing.F) {
	for _, s := range []string{"all", "-", "USA+EU27,China, Hong Kong SAR|CHN", "BRICS++TUR", "EU27:any|USA", "G7:members,842", "Côte d'Ivoire", "\xf4,|+:",
		"USA,Hong Kong, China,JPN", "Hong Kong,China", "Korea, Rep.|Congo, Dem. Rep.", "China, P.R.: Mainland+Netherlands (Kingdom of the)", "Bahamas, The", "St. Lucia & World"} {
		f.Add(s)
	}
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSelection(text, e, blocs); err == nil {
			sameAgain(t, s, e, blocs)
		}
	})
}

func FuzzParseYears(f *testing.F) {
	f.Add("2000,2010:2020")
	f.Add("all")
	f.Fuzz(func(t *testing.T, text string) {
		ranges, err := ParseYears(text)
		if err != nil {
			return
		}
		if again, err := ParseYears(FormatYears(ranges)); err != nil || !slices.Equal(again, ranges) {
			t.Errorf("%q: %v, again %v, %v", text, ranges, again, err)
		}
	})
}

func FuzzParseProducts(f *testing.F) {
	f.Add("850760,85,8507")
	f.Add("10121")
	f.Add("8507.60,01.01,85 07 10,85071000,AG6,TOTAL")
	f.Add(pack(f, "01.85071060") + ",9999AA")
	products, err := NewProducts([]Product{{Code: "850760"}, {Code: "850710"}, {Code: "010121"}, {Code: "9999AA"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseProducts(text, products)
		if err != nil {
			return
		}
		again, err := ParseProducts(s.String(), products)
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q: %s, again %s, %v", text, s, again, err)
		}
		for _, p := range products.All() {
			if s.Has(p.Code) != again.Has(p.Code) {
				t.Errorf("%q: %s", text, p.Code)
			}
		}
	})
}

func FuzzBlocFile(f *testing.F) {
	f.Add(blocsTOML[:600])
	f.Add([]byte("[[bloc]]\nid = \"OWN\"\nname = \"Own\"\nsource = \"me\"\nmembers = [\"FRA 2000-2010\", \"\"]\n"))
	f.Add([]byte("bloc = [{id = \"OWN\", name = \"Own\", source = \"me\", members = [\"FRA\"]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := &Blocs{}
		if err := b.add("f.toml", data); err != nil {
			if len(b.All()) > 0 {
				t.Error("a file with a fault adds blocs")
			}
			return
		}
		for _, bloc := range b.All() {
			if got, ok := b.Get(bloc.ID); !ok || got.ID != bloc.ID || len(bloc.Members) == 0 {
				t.Errorf("%q: %v, %v", bloc.ID, got, ok)
			}
			if s, err := ParseSelection(bloc.ID, BuiltinEconomies(), b); err == nil && s.String() != bloc.ID {
				t.Errorf("%q is %q", bloc.ID, s)
			}
		}
	})
}

// TestRangesOf: years, and months over the turn of a year, that follow one another are one range.
func TestRangesOf(t *testing.T) {
	f := func(want string, years ...int) {
		t.Helper()
		if got := FormatYears(RangesOf(years)); got != want {
			t.Errorf("%v: %s, want %s", years, got, want)
		}
	}
	f("all")
	f("2024", 2024)
	f("2000,2010:2012,2020", 2000, 2010, 2011, 2012, 2020)
	f("2023-11:2024-02", 202311, 202312, 202401, 202402)
}

// TestOwnBlocs: a bloc that the question names is one party, whose canonical text is read as the same; a name that means something
// already, or two blocs, is refused.
func TestOwnBlocs(t *testing.T) {
	economies, blocs := BuiltinEconomies(), BuiltinBlocs()
	s, err := ParseSelection("Nordics = DNK+Finland+NOR, USA", economies, blocs)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.String(); got != "Nordics=DNK+FIN+NOR,USA" {
		t.Errorf("canonical text %q", got)
	}
	again, err := ParseSelection(s.String(), economies, blocs)
	if err != nil || again.String() != s.String() {
		t.Errorf("read again: %q, %v", again.String(), err)
	}
	merged, err := ParseSelection("DNK+FIN+NOR", economies, blocs)
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Parties[0]; p.Label != "Nordics" || p.Any[0].Codes(2020) != merged.Parties[0].Any[0].Codes(2020) {
		t.Errorf("party %+v", p)
	}
	if len(s.Blocs) != 1 || len(s.Blocs[0].Members) != 3 {
		t.Errorf("blocs %+v", s.Blocs)
	}
	for text, want := range map[string]string{
		"China=USA+CAN":     "means China already",
		"EU27=USA+CAN":      "means",
		"=USA+CAN":          "expected a name of your own",
		"A<b>=USA":          "expected a name of your own",
		"Mine=USA|CAN":      "joined by +",
		"Mine=EU27:any":     "joined by +",
		"Mine=":             "missing",
		"Mine=USA,Mine=CAN": "two blocs",
		"Mine=USA+Atlantis": "Atlantis",
		"all=USA":           "already",
	} {
		if _, err := ParseSelection(text, economies, blocs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
