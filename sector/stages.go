package sector

import (
	"slices"
	"strings"
	"sync"

	"chokepoint/trade"
)

// becSNA is the list of the three basic classes of goods of the System of National Accounts, made from the one of stages. Motor
// spirit, passenger cars and what is not specified are in none of them.
func becSNA(stages *List) *List {
	l := &List{ID: "bec-sna", Name: "Intermediate, capital and consumption goods", Version: stages.Version, Date: stages.Date,
		Source:      "United Nations, Classification by Broad Economic Categories, Rev. 4 (2002), classes of the System of National Accounts; from the list bec",
		Licence:     "facts",
		Description: "Every product by the class of its BEC category: intermediate (111, 121, 21, 22, 31, 322, 42, 53), capital (41, 521), consumption (112, 122, 522, 61, 62, 63). The UN counts motor spirit (321), passenger cars (51) and goods not specified (7) to none; BACI has motor spirit among 271000, which is in none either.",
		File:        "bec-sna"}
	l.Sectors = []Sector{{ID: "intermediate", Name: "Intermediate goods"}, {ID: "capital", Name: "Capital goods"}, {ID: "consumption", Name: "Consumption goods"}, {ID: "none", Name: "In no class"}}
	for _, e := range stages.Entries {
		e.Reason += "; " + e.Sector
		switch category := strings.TrimPrefix(e.Direction, "bec-"); {
		case slices.Contains([]string{"51", "321", "32", "7"}, category):
			e.Sector = "none"
		case slices.Contains([]string{"primary", "processed", "parts"}, e.Sector):
			e.Sector = "intermediate"
		}
		e.Direction = ""
		l.Entries = append(l.Entries, e)
	}
	l.SHA256 = l.sum(nil, nil)
	return l
}

// Stages are the stages of processing in their order, from raw materials to goods that nobody processes further.
var Stages = []string{"primary", "processed", "parts", "capital", "consumption"}

// Unclassified is the stage of goods that have none.
const Unclassified = "unclassified"

var stageOf = sync.OnceValue(func() map[trade.Nomenclature]map[string]string {
	l, err := OpenBuiltin("bec")
	if err != nil {
		panic(err) // the list is the program's
	}
	stages := map[trade.Nomenclature]map[string]string{}
	for _, n := range trade.Nomenclatures() {
		stages[n] = map[string]string{}
	}
	for _, e := range l.Entries {
		for _, n := range e.Revisions.List() {
			stages[n][e.Code] = e.Sector
		}
	}
	return stages
})

// StageOf returns the stage of processing of a product of a revision by the list bec: one of Stages, or Unclassified.
func StageOf(n trade.Nomenclature, code string) string {
	if s, ok := stageOf()[n][code]; ok {
		return s
	}
	return Unclassified
}
