package trade

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"sync"
)

// Section is one of the 21 sections of the Harmonized System. They have been the same in all revisions.
type Section struct {
	Number       string // roman
	From, To     string // chapters
	Title, Short string
}

//go:embed data/hs-sections.csv
var sectionsCSV []byte

var sections = sync.OnceValue(func() []Section {
	rows, err := csv.NewReader(bytes.NewReader(sectionsCSV)).ReadAll()
	if err != nil {
		panic("data/hs-sections.csv: " + err.Error())
	}
	var list []Section
	for _, r := range rows[1:] {
		list = append(list, Section{r[0], r[1], r[2], r[3], r[4]})
	}
	return list
})

// Sections lists the sections in order.
func Sections() []Section { return sections() }

// SectionOf returns the section of a code by its chapter, the first two digits. ok is false for what is no code.
func SectionOf(code string) (s Section, ok bool) {
	if len(code) < 2 {
		return s, false
	}
	for _, s := range sections() {
		if s.From <= code[:2] && code[:2] <= s.To {
			return s, true
		}
	}
	return s, false
}
