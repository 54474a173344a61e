package dependence

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestOverlaps: what is counted for all methods at once is what each two share.
func TestOverlaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 2))
	q := question{2024, "A", "B"}
	for range 50 {
		list := make([]flagged, 2+rng.IntN(6))
		for i := range list {
			list[i].sets = map[question]map[string]float64{q: {}}
			for range rng.IntN(30) {
				list[i].sets[q][fmt.Sprint(rng.IntN(30))] = 1
			}
		}
		both := overlaps(list, q)
		for i := range list {
			for k := i + 1; k < len(list); k++ {
				if _, _, want := overlap(list[i].sets[q], list[k].sets[q]); both[i][k] != want {
					t.Fatalf("methods %d and %d share %d products, want %d", i, k, both[i][k], want)
				}
			}
		}
	}
}
