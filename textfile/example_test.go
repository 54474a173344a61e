package textfile_test

import (
	"fmt"

	"chokepoint/textfile"
)

func ExampleTable() {
	t := textfile.NewTable("firms.csv", []byte("name,year\nA,2019\nB,2020\n"))
	if err := t.Header([]string{"name", "year"}, nil, nil); err != nil {
		fmt.Println(err)
		return
	}
	err := t.Each(func(line int, field func(column string) string) error {
		fmt.Println(line, field("name"), field("year"))
		return nil
	})
	fmt.Println(err)
	// Output:
	// 2 A 2019
	// 3 B 2020
	// <nil>
}
