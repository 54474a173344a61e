package panel_test

import (
	"fmt"

	"chokepoint/panel"
)

// Two products of four are named by a policy of 2015, and rise by 3 from then on.
func ExamplePanel_DiD() {
	p := &panel.Panel{Treated: []bool{true, true, false, false}}
	for unit := range 4 {
		for year := 2013; year < 2018; year++ {
			y := float64(unit) + float64(year-2013)
			if p.Treated[unit] && year >= 2015 {
				y += 3
			}
			p.Unit, p.Year, p.Outcome = append(p.Unit, unit), append(p.Year, year), append(p.Outcome, y)
		}
	}
	fit, err := p.DiD(2015)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f\n", fit.Estimates[0].Value)
	// Output: 3.00
}
