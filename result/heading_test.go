package result

import (
	"slices"
	"strings"
	"testing"
)

// TestHeadings: headings are words, each once, with the unit of amounts; the read-me sheet has beside each the name in other formats.
func TestHeadings(t *testing.T) {
	titled := func(c *Column, title string) *Column {
		c.Title = title
		return c
	}
	table := New("t", "T", titled(TextColumn("importer", ""), "Importer"), titled(TextColumn("importer_name", ""), "Importer"), IntColumn("traded_products", "count", ""),
		titled(FloatColumn("imports_usd", USD, ""), "Imports"), FloatColumn("imports_2019_usd", USD+ofYear+"2015", ""), FloatColumn("quantity_t", Tonnes, ""), TextColumn("_usd", ""),
		titled(TextColumn("a", ""), "Alike"), titled(TextColumn("b", ""), "Alike"))
	want := []string{"Importer", "Importer name", "Traded products", "Imports, USD", "Imports 2019, USD of 2015", "Quantity t", "_usd", "Alike (a)", "Alike (b)"}
	if got := table.Headings(); !slices.Equal(got, want) {
		t.Errorf("headings %q, want %q", got, want)
	}
	rows, err := openXLSX(t, render(t, table, FormatXLSX, Options{})).GetRows(readMeSheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range table.Columns {
		if !slices.ContainsFunc(rows, func(row []string) bool { return row != nil && row[0] == want[i] && row[len(row)-1] == c.Name }) {
			t.Errorf("the read-me sheet does not say that %q is %s", want[i], c.Name)
		}
	}
	if !slices.ContainsFunc(rows, func(row []string) bool {
		return strings.Join(row, "|") == "Column|Description|Type|Unit|Name in CSV, JSON and Parquet"
	}) {
		t.Error("the read-me sheet has no heading of names")
	}
}
