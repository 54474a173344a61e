package synth

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"

	"chokepoint/trade"
)

//go:embed data/economies.csv
var economiesCSV string

//go:embed data/chapters.csv
var chaptersCSV string

// economy is a line of data/economies.csv.
type economy struct {
	code                     trade.Code
	iso3, region             string
	importFlows, exportFlows float64 // thousands
	imports, exports         float64 // bn USD
}

// economyTable returns the economies by size.
var economyTable = sync.OnceValue(func() []economy {
	var out []economy
	for _, r := range records(economiesCSV, 7) {
		out = append(out, economy{trade.Code(number(r[0])), r[1], r[2], number(r[3]), number(r[4]), number(r[5]), number(r[6])})
	}
	return out
})

// records reads an embedded table without its header. A fault in it is a fault of the program.
func records(text string, fields int) [][]string {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	r.FieldsPerRecord = fields
	rows, err := r.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("synth: embedded table: %v", err))
	}
	return rows[1:]
}

func number(s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("synth: embedded table: %v", err))
	}
	return x
}

// productCodes spreads n six-character codes over the chapters of the HS in proportion to the codes in use there, at least one
// each. It returns the codes in ascending order and the chapter of each.
func productCodes(n int) (codes []string, chapter []int) {
	rows := records(chaptersCSV, 2)
	total := 0.0
	for _, r := range rows {
		total += number(r[1])
	}
	// One code each, the rest by largest remainder.
	counts := make([]int, len(rows))
	rest := make([]float64, len(rows))
	left := n - len(rows)
	for c, r := range rows {
		exact := float64(n-len(rows)) * number(r[1]) / total
		counts[c] = 1 + int(exact)
		rest[c] = exact - float64(int(exact))
		left -= int(exact)
	}
	order := make([]int, len(rows))
	for c := range order {
		order[c] = c
	}
	sort.SliceStable(order, func(a, b int) bool { return rest[order[a]] > rest[order[b]] })
	for _, c := range order[:left] {
		counts[c]++
	}
	// Headings of the form real ones have: a few subheadings each. Nine leave room for 891 codes in a chapter.
	sub := []string{"10", "20", "30", "40", "50", "60", "70", "80", "90"}
	for c, r := range rows {
		perHeading := max(5, (counts[c]+98)/99)
		for x := range counts[c] {
			codes = append(codes, fmt.Sprintf("%s%02d%s", r[0], 1+x/perHeading, sub[x%perHeading]))
			chapter = append(chapter, c)
		}
	}
	return codes, chapter
}
