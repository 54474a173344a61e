package indicator_test

import (
	"fmt"

	"chokepoint/indicator"
)

func ExampleParseCriterion() {
	c, err := indicator.ParseCriterion("imports >= 2 * exports")
	fmt.Println(c.Text, err)
	_, err = indicator.ParseCriterion("imports >= 2 * export")
	fmt.Println(err != nil)
	// Output:
	// imports >= 2 * exports <nil>
	// true
}
