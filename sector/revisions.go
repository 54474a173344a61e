package sector

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/trade"
)

// Revisions is a set of HS revisions, a bit each, oldest lowest.
type Revisions uint8

const allRevisions Revisions = 1<<7 - 1

func bit(n trade.Nomenclature) Revisions {
	i := slices.Index(trade.Nomenclatures(), n)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// Has says whether n is in the set.
func (r Revisions) Has(n trade.Nomenclature) bool { return r&bit(n) != 0 }

// List lists the revisions, oldest first.
func (r Revisions) List() []trade.Nomenclature {
	return slices.DeleteFunc(trade.Nomenclatures(), func(n trade.Nomenclature) bool { return !r.Has(n) })
}

// String writes the set as ParseRevisions reads it: runs, with spaces between them.
func (r Revisions) String() string {
	all := trade.Nomenclatures()
	var runs []string
	for i := 0; i < len(all); i++ {
		if !r.Has(all[i]) {
			continue
		}
		from := i
		for i+1 < len(all) && r.Has(all[i+1]) {
			i++
		}
		run := string(all[from])
		if i > from {
			run += "-" + string(all[i])
		}
		runs = append(runs, run)
	}
	return strings.Join(runs, " ")
}

// ParseRevisions reads HS17, HS92-HS12, several of them with spaces between, or all.
func ParseRevisions(text string) (Revisions, error) {
	if strings.ToLower(strings.TrimSpace(text)) == "all" {
		return allRevisions, nil
	}
	var set Revisions
	for _, run := range strings.Fields(text) {
		first, last, isRange := strings.Cut(run, "-")
		if !isRange {
			last = first
		}
		from, err := trade.ParseNomenclature(first)
		if err != nil {
			return 0, err
		}
		to, err := trade.ParseNomenclature(last)
		if err != nil {
			return 0, err
		}
		if bit(from) > bit(to) {
			return 0, fmt.Errorf("revision %q: expected the older one first", run)
		}
		set |= bit(to)<<1 - bit(from)
	}
	if set == 0 {
		return 0, fmt.Errorf("no revision; expected HS17, HS92-HS12 or all")
	}
	return set, nil
}
