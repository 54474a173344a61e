package oracle

// A Membership says that an economy (ISO3) belonged to a bloc from one
// calendar year to another, both included.
type Membership struct {
	Economy  string
	From, To int
}

func always(economies ...string) []Membership {
	var m []Membership
	for _, e := range economies {
		m = append(m, Membership{e, 0, 9999})
	}
	return m
}

func since(year int, economies ...string) []Membership {
	m := always(economies...)
	for n := range m {
		m[n].From = year
	}
	return m
}

func join(parts ...[]Membership) []Membership {
	var m []Membership
	for _, p := range parts {
		m = append(m, p...)
	}
	return m
}

// Blocs are written down here from the treaties, not read from the program.
var Blocs = map[string][]Membership{
	"EU27": always("AUT", "BEL", "BGR", "HRV", "CYP", "CZE", "DNK", "EST", "FIN", "FRA", "DEU", "GRC", "HUN", "IRL",
		"ITA", "LVA", "LTU", "LUX", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "ESP", "SWE"),
	// The Union by year of accession; the United Kingdom left on 31 January 2020.
	"EU": join(
		since(1958, "BEL", "DEU", "FRA", "ITA", "LUX", "NLD"),
		since(1973, "DNK", "IRL"), []Membership{{"GBR", 1973, 2019}},
		since(1981, "GRC"), since(1986, "ESP", "PRT"), since(1995, "AUT", "FIN", "SWE"),
		since(2004, "CYP", "CZE", "EST", "HUN", "LVA", "LTU", "MLT", "POL", "SVK", "SVN"),
		since(2007, "BGR", "ROU"), since(2013, "HRV")),
	"G7":    always("CAN", "DEU", "FRA", "GBR", "ITA", "JPN", "USA"),
	"USMCA": always("CAN", "MEX", "USA"),
	// South Africa was invited on 24 December 2010 and first took part in 2011.
	"BRICS":     join(since(2009, "BRA", "CHN", "IND", "RUS"), since(2011, "ZAF")),
	"FIVE_EYES": always("AUS", "CAN", "GBR", "NZL", "USA"),
}
