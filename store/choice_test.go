package store

import (
	"strings"
	"testing"
)

// TestChooseSays: what is said of the dataset that answers is true of the others, too.
func TestChooseSays(t *testing.T) {
	own, made := Manifest{Name: "own"}, Manifest{Name: "made", Synthetic: true}
	sample, synthetic := Manifest{Name: "paper", Sample: true}, Manifest{Name: "world", Sample: true, Synthetic: true}
	for _, c := range []struct {
		list []Manifest
		note string
	}{
		{[]Manifest{own}, ""},
		{[]Manifest{own, synthetic}, "dataset own, the only one of real data; there is also world"},
		{[]Manifest{own, made}, "dataset own, the only one of real data; there is also made"},
		{[]Manifest{own, sample, synthetic}, "dataset own, the only one of real data that is not a sample; there is also paper, world"},
		{[]Manifest{made, sample}, "dataset made, as the others are samples; there is also paper"},
	} {
		got, err := Choose(c.list, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if notes := strings.Join(got.Notes, "\n"); (notes == "") != (c.note == "") || !strings.HasPrefix(notes, c.note) {
			t.Errorf("%v: %q, want %q", c.list, notes, c.note)
		}
	}
}
