package trade_test

import (
	"fmt"

	"chokepoint/trade"
)

func ExampleParseSelection() {
	s, err := trade.ParseSelection("USA, EU27, CHN+HKG", trade.BuiltinEconomies(), trade.BuiltinBlocs())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range s.Parties {
		fmt.Println(p.Label)
	}
	// Output:
	// USA
	// EU27
	// CHN+HKG
}

func ExampleParseYears() {
	ranges, _ := trade.ParseYears("2000,2010:2012")
	years, _, _ := trade.PickYears(ranges, []int{2000, 2010, 2011, 2012, 2013})
	fmt.Println(years)
	// Output: [2000 2010 2011 2012]
}
