package pages

import (
	"fmt"
	"slices"
	"strings"

	"chokepoint/sector"
	"chokepoint/trade"
)

// codeQuery is a code, or the beginning of one, that a query may mean, and what was done to it.
type codeQuery struct{ digits, how string }

// codesIn reads a query as codes of the Harmonized System, as people write them: with dots or blanks (8507.60), longer than six
// digits (a tariff's), and without the zero that a spreadsheet drops (10121). A query with anything but digits is none.
func codesIn(query string) []codeQuery {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(". -\u00a0", r) {
			return -1
		}
		return r
	}, query)
	n := len(digits)
	switch {
	case n < 2 || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }):
		return nil
	case n > 6:
		return []codeQuery{{digits[:6], ", by its first six digits"}}
	case n%2 == 1:
		return []codeQuery{{digits, ""}, {"0" + digits, ", with its leading zero"}}
	}
	return []codeQuery{{digits, ""}}
}

// searchCodes finds the products of codes: those of the dataset, or else what became of codes that only other revisions have.
func (v *pageRequest) searchCodes(query string) (hits []hit) {
	for _, c := range codesIn(query) {
		for _, p := range v.product.All() {
			if strings.HasPrefix(p.Code, c.digits) {
				hits = append(hits, v.productHit(p.Code, "product"+c.how))
			}
		}
	}
	for _, c := range codesIn(query) {
		if len(hits) == 0 && len(c.digits) >= 4 {
			hits = v.searchRevisions(c)
		}
	}
	return hits[:min(len(hits), mostHits)]
}

func (v *pageRequest) productHit(code, kind string) hit {
	p, _ := v.product.Get(code)
	return hit{Code: code, Text: cut(p.Description, 110), Kind: kind, Link: v.link("/product", "products", code)}
}

// searchRevisions finds what holds the goods of codes that the dataset does not have, from the newest revision that has them. A code
// without a counterpart is said to be one.
func (v *pageRequest) searchRevisions(c codeQuery) (hits []hit) {
	own := v.dataset.Nomenclature
	for _, n := range slices.Backward(trade.Nomenclatures()) {
		for _, code := range sector.ProductsOf(n) {
			if !strings.HasPrefix(code, c.digits) {
				continue
			}
			found := v.counterparts(code, n, own, c.how)
			for _, h := range found {
				if !slices.ContainsFunc(hits, func(other hit) bool { return other.Code == h.Code }) {
					hits = append(hits, h)
				}
			}
			if len(found) == 0 {
				hits = append(hits, hit{Code: code, Text: fmt.Sprintf("is a code of %s; no product of this dataset (%s) holds its goods", n, own), Kind: "not here" + c.how})
			}
		}
		if len(hits) > 0 {
			return hits
		}
	}
	return nil
}

// counterparts are the products of the dataset that hold goods of a code of another revision.
func (v *pageRequest) counterparts(code string, from, own trade.Nomenclature, how string) (hits []hit) {
	x, err := sector.Correspond(code, from, own)
	if err != nil {
		return nil
	}
	for _, l := range x.Links {
		if _, known := v.product.Get(l.Code); !known {
			continue
		}
		says := "holds goods of"
		if len(x.Links) == 1 && len(l.With) == 0 {
			says = "is"
		}
		hits = append(hits, v.productHit(l.Code, fmt.Sprintf("product, %s %s of %s%s", says, code, from, how)))
	}
	return hits
}
