package method_test

import (
	"fmt"

	"chokepoint/method"
)

func ExampleParse() {
	m, err := method.Parse("mine.toml", []byte(`
id = "mine"
title = "Half from one partner"
status = "own"
source = "an example"
criteria = ["partner_share >= 0.5", "imports >= 1_000_000"]
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.ID, m.Status, m.HasPartner(), len(m.Criteria))
	// Output: mine own true 2
}
