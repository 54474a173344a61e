package trade

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"chokepoint/suite"
)

// Each row of data/names.csv names what it says and has a source.
func TestNames(t *testing.T) {
	e := BuiltinEconomies()
	for _, row := range embedded(namesCSV, 4) {
		name, means := row[0], strings.Fields(row[1])
		if row[2] == "" {
			t.Errorf("%s has no source", name)
		}
		_, err := e.Find(name)
		var shared *AmbiguousError
		var absent *AbsentError
		if len(means) > 1 {
			if !errors.As(err, &shared) || len(shared.Suggestions) != len(means) {
				t.Errorf("%s: %v; want the choice of %v", name, err, means)
			}
			continue
		}
		var label string
		m, err := e.Resolve(name)
		if errors.As(err, &absent) {
			label = absent.Label
		} else if err == nil {
			label = m.Label
		}
		code, _ := strconv.Atoi(means[0])
		if label != means[0] && (code == 0 || !m.Codes.Has(Code(code))) {
			t.Errorf("%s: %s, %v; want %s", name, label, err, means[0])
		}
		if strings.Contains(name, ",") && err == nil {
			if s, err := ParseSelection(name, e, BuiltinBlocs()); err != nil || len(s.Parties) != 1 || s.Parties[0].Label != m.Label {
				t.Errorf("%s is the selection %s, %v", name, s, err)
			}
		}
	}
}

func TestNamesOfLists(t *testing.T) {
	e := BuiltinEconomies()
	f := func(label string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			var absent *AbsentError
			m, err := e.Resolve(text)
			if errors.As(err, &absent) {
				m.Label, err = absent.Label, nil
			}
			if err != nil || m.Label != label {
				t.Errorf("%q: %s, %v; want %s", text, m.Label, err, label)
			}
		}
	}
	f("TWN", "Taiwan, China", "China, Taiwan Province of", "Taiwan (Province of China)", "Taiwan Province of China", "Chinese Taipei", "Taipei, Chinese")
	f("HKG", "Hong Kong, China", "Hong Kong SAR, China", "China, P.R.: Hong Kong", "HONG KONG", "Hong Kong,China")
	f("MAC", "Macau, China", "Macao SAR, China", "China, P.R.: Macao")
	f("CHN", "China, P.R.: Mainland", "China, People's Republic of", "People’s Republic of China")
	f("KOR", "Korea, Rep.", "Korea, Republic of", "Korea (the Republic of)", "Korea, South", "Korea Rep")
	f("PRK", "korea, dem. rep.", "Korea, Dem. People's Rep.", "Korea (the Democratic People's Republic of)", "DPRK")
	f("COD", "Congo, Dem. Rep.", "Congo (Kinshasa)", "Congo (the Democratic Republic of the)", "Congo, Dem. Rep. of the", "D.R. Congo", "DRC")
	f("COG", "Congo, Rep.", "Congo (Brazzaville)", "Congo, Republic of the", "Congo, Rep. of")
	f("NLD", "Netherlands (Kingdom of the)", "Netherlands, The", "Kingdom of the Netherlands", "the Netherlands")
	f("BHS", "Bahamas, The", "Bahamas (the)", "The Bahamas")
	f("EGY", "Egypt, Arab Rep.", "Arab Republic of Egypt")
	f("VEN", "Venezuela, RB", "Venezuela, Bolivarian Republic of", "Venezuela (Bolivarian Republic of)")
	f("CIV", "Cote d`Ivoire", "CÃ´te d'Ivoire", "Cote d'Ivoire", "Côte d´Ivoire")
	f("MKD", "Macedonia, the former Yugoslav Republic of", "North Macedonia")
	f("SCG", "Serbia, FR(Serbia/Montenegro)", "Serbia & Montenegro")
	f("MMR", "Republic of the Union of Myanmar", "Burma (Myanmar)")
	f("MEX", "United Mexican States")
	f("TTO", "Trinidad", "Trinidad & Tobago")
	f("PSE", "Palestine, State of", "West Bank and Gaza")
	f("GIN", "Guinea", "Republic of Guinea")
	f("LCA", "St Lucia", "Saint Lucia", "St. Lucia Is.")
	f("STP", "São Tomé & Príncipe", "ST")
	f("TUR", "Türkiye", "Turkiye", "Turkey")
	f("NAM", "NA", "NAM")
	f("WSM", "Samoa", "Independent State of Samoa")
	f("VIR", "Virgin Islands (U.S.)", "Virgin Islands, U.S.")
	f("FRO", "Faeroe Islands", "Faroe Islands")
	f("XKX", "Kosovo")
}

// What a name might mean is asked, not guessed; what nobody knows is not turned into another country.
func TestSuggestions(t *testing.T) {
	e := BuiltinEconomies()
	f := func(text string, want ...string) {
		t.Helper()
		_, err := e.Find(text)
		var unknown *UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: %v; want it unknown", text, err)
			return
		}
		var got []string
		for _, s := range unknown.Suggestions {
			label, _, _ := strings.Cut(s, " ")
			got = append(got, label)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	f("Germny", "DEU")
	f("Soth Korea", "KOR")
	f("Souht Korea", "KOR")
	f("Hongkng", "HKG")
	f("Netherlnds", "NLD")
	f("Phillipines", "PHL")
	f("Columbia", "COL")
	f("GER", "DDR", "DEU", "DEU-280")
	f("Former Yugoslavia")
	f("Taiwan, Japan")
	f("Korea, Kim's Rep.")
	f("Atlantis")
	f("Saint", "BLM", "KNA", "LCA", "SHN", "SXM") // and not ST, whose letters it begins with
	f("Republic of Nowhere")
	f("XYZ")
}

func TestNameOrList(t *testing.T) {
	e, blocs := BuiltinEconomies(), BuiltinBlocs()
	f := func(text, want, note string) {
		t.Helper()
		s, err := ParseSelection(text, e, blocs)
		if err != nil || s.String() != want || strings.Join(s.Notes, "; ") != note {
			t.Errorf("%q: %s, %q, %v; want %s, %q", text, s, s.Notes, err, want, note)
			return
		}
		sameAgain(t, s, e, blocs)
	}
	f("Hong Kong, China", "HKG", `"Hong Kong, China" is read as one name, HKG (China, Hong Kong SAR); the list is HKG,CHN`)
	f("USA,Hong Kong, China,JPN", "USA,HKG,JPN", `"Hong Kong, China" is read as one name, HKG (China, Hong Kong SAR); the list is HKG,CHN`)
	f("Taiwan, China", "TWN", `"Taiwan, China" is read as one name, TWN (Taiwan (Other Asia, nes)); the list is TWN,CHN`)
	f("Macau, China+USA", "MAC+USA", `"Macau, China" is read as one name, MAC (China, Macao SAR); the list is MAC,CHN`)
	f("Hong Kong,China", "HKG,CHN", `"Hong Kong,China" is read as a list, HKG,CHN; with a space after the comma it is one name`)
	f("HKG, China", "HKG,CHN", "")
	f("China, Taiwan Province of", "TWN", "")
	f("Korea, Rep.,Egypt, Arab Rep., Congo, Dem. Rep.", "KOR,EGY,COD", "")
	f("Korea, Dem. People's Rep.,Korea, Rep.", "PRK,KOR", "")
	f("China, P.R.: Mainland,EU27:members", "CHN,EU27:members", "")
	f("EU27:members,USA", "EU27:members,USA", "")
	f("EU27:members, USA", "EU27:members,USA", "")
	f("Bahamas, The,USA", "BHS,USA", "")
	f("Netherlands (Kingdom of the)", "NLD", "")
}

// The names in the lists of the World Bank, the Penn World Table, CEPII and the UN are those of the ISO3 beside them.
func TestNamesOfPublishedLists(t *testing.T) {
	f := func(file, name, iso3 string) {
		r, err := os.Open(suite.Real.File(t, file))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var text io.Reader = r
		if strings.HasSuffix(file, ".gz") {
			if text, err = gzip.NewReader(r); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := csv.NewReader(text).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		n, c, exit := slices.Index(rows[0], name), slices.Index(rows[0], iso3), slices.Index(rows[0], "exit_year")
		seen := map[string]bool{}
		for _, row := range rows[1:] {
			name, code := row[n], row[c]
			if seen[name+code] || name == "NA" || exit >= 0 && row[exit] != "NA" { // no name, or gone before BACI begins
				continue
			}
			seen[name+code] = true
			label := func(text string) (string, error) {
				m, err := BuiltinEconomies().Resolve(text)
				if absent := (*AbsentError)(nil); errors.As(err, &absent) {
					return absent.Label, nil
				}
				return m.Label, err
			}
			want, err := label(code)
			if m, ok := BuiltinEconomies().names.names[fold(name, false)]; err != nil && ok { // a code of the list's own
				if k, _ := BuiltinEconomies().Get(m[0]); k.Kind == KindNES || code == "PAL" {
					continue
				}
			}
			if strings.HasPrefix(code, "_") || row[0] == "492" { // the UN's own codes; 492 has Monaco's
				continue
			}
			if _, group := AggregateOf(name); err != nil && group {
				continue
			}
			got, err := label(name)
			if errors.As(err, new(*AmbiguousError)) {
				continue
			}
			got, _, _ = strings.Cut(got, "-") // one of a series
			if want, _, _ = strings.Cut(want, "-"); got != want {
				t.Errorf("%s: %q with %s is %s, %v; want %s", file, name, code, got, err, want)
			}
		}
	}
	f("macro/wb_gdp_current_usd.csv.gz", "Country Name", "Country Code")
	f("macro/wb_population.csv.gz", "Country Name", "Country Code")
	f("macro/pwt1001_selected.csv.gz", "country", "isocode")
	f("scenarios/distance/geo_cepii.csv.gz", "country", "iso3")
	f("nomenclature/comtrade/partner.csv", "country", "iso_3")
	f("nomenclature/comtrade/partner.csv", "note", "iso_3")
	f("nomenclature/comtrade/reporter.csv", "country", "iso_3")
}
