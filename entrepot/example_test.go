package entrepot_test

import (
	"fmt"

	"chokepoint/entrepot"
)

func ExampleBuiltin() {
	for _, e := range entrepot.Builtin().Entrepots {
		fmt.Println(e.Economy)
		break
	}
	// Output: HKG
}
