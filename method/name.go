package method

// shortNames are what definitions are called where there is no room for their titles: who made them, and when.
var shortNames = map[string]string{
	"bottle-2025":       "Trade in a Bottle 2025",
	"dsece-2022":        "French customs 2022",
	"ec-2021":           "European Commission 2021",
	"ec-2023-spof":      "European Commission 2023",
	"fki-2022":          "Korean Industries 2022",
	"geodep-2024":       "CEPII GeoDep 2024",
	"hjs-2020":          "Henry Jackson Society 2020",
	"iw-2024":           "IW Köln 2024",
	"japan-2022":        "Cabinet Office of Japan 2022",
	"korea-2021":        "Korea 2021",
	"merics-2020":       "MERICS 2020",
	"merics-2024":       "MERICS 2024",
	"merics-2024-floor": "MERICS 2024 with a floor",
	"mgi":               "McKinsey 2023",
	"oecd-2024":         "OECD 2024",
}

// ShortName is what a published definition is called inside a sentence, such as MERICS 2024; false where it has no short name.
func ShortName(id string) (string, bool) {
	name, ok := shortNames[id]
	return name, ok
}
