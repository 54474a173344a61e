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
			list[i].sets = map[question]productList{}
			for p := range 30 {
				if rng.IntN(2) == 0 {
					list[i].sets[q] = append(list[i].sets[q], productImports{fmt.Sprintf("%06d", p), 1})
				}
			}
		}
		both := overlaps(list, q)
		for i := range list {
			for k := i + 1; k < len(list); k++ {
				want := 0
				for _, p := range list[i].sets[q] {
					if _, ok := list[k].sets[q].of(p.product); ok {
						want++
					}
				}
				if _, _, got := overlap(list[i].sets[q], list[k].sets[q]); both[i][k] != want || got != want {
					t.Fatalf("methods %d and %d share %d products, or %d; expected %d", i, k, both[i][k], got, want)
				}
			}
		}
	}
}
