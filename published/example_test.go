package published_test

import (
	"fmt"
	"strings"

	"chokepoint/published"
)

func ExampleRead() {
	account, err := published.Read("flags.csv", strings.NewReader("economy,product,year,flag\nDEU,850760,2020,yes\nFRA,850760,2020,\n"), func(f published.Flag) error {
		fmt.Println(f.Economy, f.Product, f.Year, f.Dependent)
		return nil
	})
	fmt.Println(account, err)
	// Output:
	// DEU 850760 2020 true
	// 2 rows: 1 taken, 1 without a verdict <nil>
}
