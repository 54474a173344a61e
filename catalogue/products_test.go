package catalogue

import (
	"strings"
	"testing"

	"chokepoint/sector"
	"chokepoint/trade"
)

// TestFindProducts: what comes first for words, codes as people write them, and codes of other revisions.
func TestFindProducts(t *testing.T) {
	products, err := trade.NewProducts([]trade.Product{
		{Code: "010121", Description: "Horses: live, pure-bred breeding animals"},
		{Code: "280530", Description: "Earth-metals, rare: scandium and yttrium"},
		{Code: "281830", Description: "Aluminium hydroxide"},
		{Code: "850511", Description: "Magnets: permanent magnets and articles intended to become permanent magnets"},
		{Code: "850520", Description: "Magnets: electro-magnetic couplings, clutches and brakes"},
		{Code: "850760", Description: "Electric accumulators: lithium-ion"},
		{Code: "854140", Description: "Electrical apparatus: photosensitive"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"rare earth magnets": "850511 list ec-strategic", "magnets": "850520 description", "lithium batteries": "850760 list", "lithum": "850760 list",
		"aluminum": "281830 description", "solar panels": "854140 list",
		"8507.60": "850760 code", "85 07 60": "850760 code", "8507600033": "850760 code, by its first six digits", "10121": "010121 code, with its leading zero",
		"854142": "854140 holds goods of 854142 of HS22", "horses live": "010121 description", "zeppelin": "", "magnets zeppelin": "", "99": "",
	} {
		rows, _ := FindProducts(products, "HS17", text)
		got := ""
		if len(rows) > 0 {
			got = rows[0].Product + " " + rows[0].Match
		}
		if want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s first of %d, want %q", text, got, len(rows), want)
		}
	}
	if rows, gone := FindProducts(products, "HS17", "854911"); len(rows) != 0 || len(gone) != 1 || gone[0] != (CodeOf{"854911", "HS22"}) {
		t.Errorf("a code that no product here holds: %v, %v", rows, gone)
	}
}

// TestFindProductsInOrder: the better match is first, equal ones in the order of codes, and each product stands once.
func TestFindProductsInOrder(t *testing.T) {
	var list []trade.Product
	for _, code := range sector.ProductsOf("HS17") {
		list = append(list, trade.Product{Code: code, Description: "Things: of metal " + code})
	}
	products, err := trade.NewProducts(list)
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := FindProducts(products, "HS17", "metal")
	seen := map[string]bool{}
	for i, r := range rows {
		if seen[r.Product] {
			t.Errorf("%s appears twice", r.Product)
		}
		seen[r.Product] = true
		if i > 0 && (rows[i-1].Rank > r.Rank || rows[i-1].Rank == r.Rank && rows[i-1].Product >= r.Product) {
			t.Errorf("%v before %v", rows[i-1], r)
		}
	}
	if len(rows) != len(list) {
		t.Errorf("%d of %d products", len(rows), len(list))
	}
}

// FuzzFindProducts: no text makes the search fail, and every product that it finds is one of the dataset.
func FuzzFindProducts(f *testing.F) {
	products, err := trade.NewProducts([]trade.Product{{Code: "850511", Description: "Magnets"}, {Code: "854140", Description: "Photosensitive devices"}})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"magnets", "8541.42", "0", "", "é ü", "\x00", "a,b;c", strings.Repeat("9", 40)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, _ := FindProducts(products, "HS17", text)
		for _, r := range rows {
			if _, ok := products.Get(r.Product); !ok || r.Match == "" || r.Rank < 0 {
				t.Errorf("%q: %+v", text, r)
			}
		}
	})
}
