package catalogue_test

import (
	"fmt"

	"chokepoint/catalogue"
	"chokepoint/trade"
)

func ExampleFindProducts() {
	products, _ := trade.NewProducts([]trade.Product{
		{Code: "850511", Description: "Magnets: permanent magnets"}, {Code: "854140", Description: "Photosensitive devices"},
	})
	rows, _ := catalogue.FindProducts(products, "HS17", "8541.42")
	for _, r := range rows {
		fmt.Println(r.Product, r.Match)
	}
	// Output: 854140 holds goods of 854142 of HS22
}
