// Package trade is the vocabulary of the program: economies, blocs, products, nomenclatures, years, and the text in which
// a user selects them. It must never import another package of this module but textfile.
package trade

import "math/bits"

// Code is the number that BACI gives an economy (842 USA, 251 France, 490 Taiwan).
// Valid codes are 1 … MaxCode-1.
type Code uint16

// MaxCode bounds every code, so that tables by economy are small arrays.
const MaxCode = 1024

// Set is a set of economies. The zero value is empty; sets are values and compare with ==.
type Set [MaxCode / 64]uint64

// SetOf returns the set of the codes given.
func SetOf(codes ...Code) Set {
	var s Set
	for _, c := range codes {
		s.Add(c)
	}
	return s
}

// Add puts c into s. It panics for a code of MaxCode or more.
func (s *Set) Add(c Code) { s[c/64] |= 1 << (c % 64) }

// Has says whether c is in s.
func (s *Set) Has(c Code) bool { return s[c/64]>>(c%64)&1 != 0 }

// Union returns the economies that are in s or in t.
func (s Set) Union(t Set) Set {
	for i := range s {
		s[i] |= t[i]
	}
	return s
}

// Intersect returns the economies that are in both s and t.
func (s Set) Intersect(t Set) Set {
	for i := range s {
		s[i] &= t[i]
	}
	return s
}

// Intersects says whether an economy is in both s and t.
func (s *Set) Intersects(t *Set) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

// Minus returns the economies that are in s but not in t.
func (s Set) Minus(t Set) Set {
	for i := range s {
		s[i] &^= t[i]
	}
	return s
}

// Len returns the number of economies in s.
func (s Set) Len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// Codes lists s in ascending order.
func (s Set) Codes() []Code {
	codes := make([]Code, 0, s.Len())
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			codes = append(codes, Code(i*64+bits.TrailingZeros64(w)))
		}
	}
	return codes
}
