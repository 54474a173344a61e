package trade

import (
	"fmt"
	"strings"

	"chokepoint/spelling"
)

// Nomenclature is a revision of the Harmonized System as BACI names it, for instance HS17.
type Nomenclature string

// The revisions that BACI is published in.
const (
	HS92 Nomenclature = "HS92"
	HS96 Nomenclature = "HS96"
	HS02 Nomenclature = "HS02"
	HS07 Nomenclature = "HS07"
	HS12 Nomenclature = "HS12"
	HS17 Nomenclature = "HS17"
	HS22 Nomenclature = "HS22"
)

var nomenclatures = []struct {
	id       Nomenclature
	comtrade string
	first    int
}{
	{HS92, "H0", 1995},
	{HS96, "H1", 1996},
	{HS02, "H2", 2002},
	{HS07, "H3", 2007},
	{HS12, "H4", 2012},
	{HS17, "H5", 2017},
	{HS22, "H6", 2022},
}

// Nomenclatures lists the revisions, oldest first.
func Nomenclatures() []Nomenclature {
	var all []Nomenclature
	for _, n := range nomenclatures {
		all = append(all, n.id)
	}
	return all
}

// Comtrade returns the name that UN Comtrade gives the revision, H0 to H6.
func (n Nomenclature) Comtrade() string {
	for _, k := range nomenclatures {
		if k.id == n {
			return k.comtrade
		}
	}
	return ""
}

// FirstYear returns the first year that BACI has in the revision, or 0 for an unknown revision.
func (n Nomenclature) FirstYear() int {
	for _, k := range nomenclatures {
		if k.id == n {
			return k.first
		}
	}
	return 0
}

// ParseNomenclature reads the name of a revision by BACI (HS17) or Comtrade (H5), in any case.
func ParseNomenclature(text string) (Nomenclature, error) {
	var known, names []string
	for _, k := range nomenclatures {
		if t := strings.ToUpper(strings.TrimSpace(text)); t == string(k.id) || t == k.comtrade {
			return k.id, nil
		}
		known, names = append(known, fmt.Sprintf("%s (%s)", k.id, k.comtrade)), append(names, string(k.id))
	}
	return "", fmt.Errorf("nomenclature %q: expected one of %s%s", text, strings.Join(known, ", "), spelling.Hint(text, names))
}
