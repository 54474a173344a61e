package sector

import (
	"fmt"
	"strings"

	"chokepoint/trade"
)

// hsSections is the list of the sections of the Harmonized System, made from the one table of them.
func hsSections() *List {
	l := &List{ID: "hs-sections", Name: "Sections of the Harmonized System", Version: "1", Date: "2022-01-01",
		Source:      "World Customs Organization, Harmonized System, sections I to XXI",
		Licence:     "facts",
		Description: "Every product by the section of its chapter. The sections have been the same in all revisions.", File: "hs-sections"}
	chapters := map[string]bool{}
	for _, code := range ProductsOf(trade.HS22) {
		chapters[code[:2]] = true
	}
	for _, s := range trade.Sections() {
		id := strings.ToLower(s.Number)
		l.Sectors = append(l.Sectors, Sector{ID: id, Name: s.Number + " " + s.Short})
		for c := 1; c <= 97; c++ {
			code := fmt.Sprintf("%02d", c)
			if in, ok := trade.SectionOf(code); ok && in.Number == s.Number && chapters[code] {
				l.Entries = append(l.Entries, Entry{Code: code, Revisions: allRevisions, Sector: id, Confidence: High, Reason: "chapter of section " + s.Number})
			}
		}
	}
	l.SHA256 = l.sum(nil, nil)
	return l
}
