package sector_test

import (
	"fmt"

	"chokepoint/sector"
)

func ExampleCorrespond() {
	c, err := sector.Correspond("854142", "HS22", "HS17")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range c.Links {
		fmt.Println(l.Code)
	}
	// Output: 854140
}

func ExampleOpenBuiltin() {
	l, err := sector.OpenBuiltin("mic25")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.ID, len(l.Sectors), "sectors")
	// Output: mic25 10 sectors
}
