package ingest

import (
	"strings"
	"testing"

	"chokepoint/trade"
)

func TestReadEconomies(t *testing.T) {
	const today = "country_code,country_name,country_iso2,country_iso3\n"
	const older = "country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,iso_3digit_alpha\n"
	f := func(text string, want trade.Economy, note string) {
		t.Helper()
		list, notes, err := readEconomies("x.csv", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || list[0] != want {
			t.Errorf("%q: read %+v, want %+v", text, list, want)
		}
		if joined := strings.Join(notes, "; "); (note == "") != (joined == "") || !strings.Contains(joined, note) {
			t.Errorf("%q: notes %q, want %q", text, notes, note)
		}
	}
	f(today+"4,Afghanistan,AF,AFG\n", trade.Economy{Code: 4, Name: "Afghanistan", ISO2: "AF", ISO3: "AFG"}, "")
	f(today+"516,Namibia,NA,NAM\r\n", trade.Economy{Code: 516, Name: "Namibia", ISO2: "NA", ISO3: "NAM"}, "")
	f(today+"490,\"Other Asia, nes\",NA,S19\n", trade.Economy{Code: 490, Name: "Other Asia, nes", ISO3: "S19"}, "")
	f("\ufeff"+today+"4,A,AF,AFG\n4,A,AF,AFG\n", trade.Economy{Code: 4, Name: "A", ISO2: "AF", ISO3: "AFG"}, "")
	f(older+"531,Cura\xe7ao,Cura\xe7ao,CW,CUW\n", trade.Economy{Code: 531, Name: "Curaçao", ISO2: "CW", ISO3: "CUW"}, "Latin-1")
	f(today+"384,CÃ´te d'Ivoire,CI,CIV\n", trade.Economy{Code: 384, Name: "Côte d'Ivoire", ISO2: "CI", ISO3: "CIV"}, "1 names with garbled")
	f(`"country_code","country_name_abbreviation","country_name_full","iso_2digit_alpha","iso_3digit_alpha"`+"\n"+
		`384,"Côte d'Ivoire","Côte d'Ivoire","CI","CIV"`+"\n", trade.Economy{Code: 384, Name: "Côte d'Ivoire", ISO2: "CI", ISO3: "CIV"}, "")
}

func TestChoose(t *testing.T) {
	list := func(names ...string) []*member {
		var all []*member
		for _, n := range names {
			name, err := readName(n)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, &member{label: n, name: name})
		}
		return all
	}
	f := func(lists []*member, want, note string) {
		t.Helper()
		m, notes := choose(lists, "HS17", "202601")
		got := ""
		if m != nil {
			got = m.label
		}
		if got != want || !strings.Contains(strings.Join(notes, "; "), note) {
			t.Errorf("chose %q, notes %q; want %q, %q", got, notes, want, note)
		}
	}
	f(nil, "", "")
	f(list("product_codes_HS92_V202601.csv"), "", "skipped, the flows are of HS17")
	f(list("product_codes_HS17_V202401.csv"), "product_codes_HS17_V202401.csv", "of release 202401")
	f(list("product_codes_HS17_V202401.csv", "product_codes_HS17_V202601.csv"), "product_codes_HS17_V202601.csv", "V202401.csv: skipped")
	f(list("product_codes.csv"), "product_codes.csv", "")
}

func TestReadName(t *testing.T) {
	f := func(name string, want naming) {
		t.Helper()
		got, err := readName(name)
		if err != nil || got != want {
			t.Errorf("%s: %+v, error %v, want %+v", name, got, err, want)
		}
	}
	f("BACI_HS17_Y2024_V202601.csv", naming{2024, "HS17", "202601"})
	f("BACI_HS92_Y1995_V202401b.csv.gz", naming{1995, "HS92", "202401b"})
	f("baci_hs02_v202301 (2).zip", naming{0, "HS02", "202301"})
	f("BACI_H5_Y2020.parquet", naming{2020, "HS17", ""})
	f("country_codes_V202601.csv", naming{0, "", "202601"})
	f("my_hs6_flows_2024.csv", naming{})
}
