package analysis

import "testing"

// TestReadingOrder checks that every table of a question says in which order people read it: by value, or what else its order means.
func TestReadingOrder(t *testing.T) {
	sorted := 0
	for _, q := range Questions() {
		for _, s := range q.Schemas {
			byValue, inOrder := s.Reading()
			if (len(byValue) > 0) == (inOrder != "") {
				t.Errorf("%s, table %s: by value %q, in order %q; want one of them: ByValue with columns, or InOrder with what the order means", q.Name, s.Name(), byValue, inOrder)
			}
			if len(byValue) > 0 {
				sorted++
			}
		}
	}
	if sorted < 20 {
		t.Errorf("%d tables are read by value", sorted)
	}
}
