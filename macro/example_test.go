package macro_test

import (
	"fmt"

	"chokepoint/macro"
)

func ExampleParsePrices() {
	d, err := macro.ParseDeflator("cpi.csv", []byte("# source: an example\nyear,index\n2015,100\n2016,110\n2017,121\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := macro.ParsePrices("constant:2015", d)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f\n", p.Of(121, 2017))
	// Output: 100
}
