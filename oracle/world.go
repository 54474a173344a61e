package oracle

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// worldEconomies are the country list of a random world. The first seven trade
// in every world, so that every selection of the tests has somebody in it; of
// those before `listed` some do; the others are listed only.
var worldEconomies = []struct {
	code       int
	name, iso2 string
	iso3       string
}{
	{842, "USA", "US", "USA"}, {156, "China", "CN", "CHN"}, {344, "China, Hong Kong SAR", "HK", "HKG"},
	{446, "China, Macao SAR", "MO", "MAC"}, {276, "Germany", "DE", "DEU"}, {251, "France", "FR", "FRA"},
	{76, "Brazil", "BR", "BRA"},
	{40, "Austria", "AT", "AUT"}, {191, "Croatia", "HR", "HRV"}, {380, "Italy", "IT", "ITA"}, {616, "Poland", "PL", "POL"},
	{826, "United Kingdom", "GB", "GBR"}, {490, "Other Asia, nes", "", "S19"}, {392, "Japan", "JP", "JPN"},
	{643, "Russian Federation", "RU", "RUS"}, {699, "India", "IN", "IND"}, {710, "South Africa", "ZA", "ZAF"},
	{4, "Afghanistan", "AF", "AFG"}, {757, "Switzerland", "CH", "CHE"}, {124, "Canada", "CA", "CAN"},
	{697, "Europe EFTA, nes", "", "R20"},
	{56, "Belgium", "BE", "BEL"}, {100, "Bulgaria", "BG", "BGR"}, {196, "Cyprus", "CY", "CYP"}, {203, "Czechia", "CZ", "CZE"},
	{208, "Denmark", "DK", "DNK"}, {233, "Estonia", "EE", "EST"}, {246, "Finland", "FI", "FIN"}, {300, "Greece", "GR", "GRC"},
	{348, "Hungary", "HU", "HUN"}, {372, "Ireland", "IE", "IRL"}, {428, "Latvia", "LV", "LVA"}, {440, "Lithuania", "LT", "LTU"},
	{442, "Luxembourg", "LU", "LUX"}, {470, "Malta", "MT", "MLT"}, {528, "Netherlands", "NL", "NLD"}, {620, "Portugal", "PT", "PRT"},
	{642, "Romania", "RO", "ROU"}, {703, "Slovakia", "SK", "SVK"}, {705, "Slovenia", "SI", "SVN"}, {724, "Spain", "ES", "ESP"},
	{752, "Sweden", "SE", "SWE"}, {484, "Mexico", "MX", "MEX"}, {36, "Australia", "AU", "AUS"}, {554, "New Zealand", "NZ", "NZL"},
}

// listed is the number of the first world economy that never trades.
const listed = 21

// worldProducts have leading zeros and letters.
var worldProducts = []string{"010121", "280530", "850760", "9999AA", "710812"}

// patterns are purchases from a few suppliers whose shares or concentration
// sit on a threshold of a method.
var patterns = [][]int64{
	{6, 1, 1, 1, 1},    // HHI 0.4
	{4, 3, 2, 1},       // HHI 0.3, a share of 0.3
	{5, 1, 1, 1, 1, 1}, // HHI 0.3, a share of 0.5
	{3, 7}, {3, 3, 4},  // 0.3
	{1, 1}, {2, 1, 1}, {5, 5}, {5, 3, 2}, // 0.5 and ties
	{8, 2}, {8, 1, 1}, {4, 1}, {4, 4, 2}, // 0.8, or 0.8 of a bloc
	{3, 3, 1, 1, 1, 1}, {2, 4, 1, 1, 1, 1}, // a bloc of the first two has HHI 0.4
	{1}, {1, 1, 1}, {1, 1, 1, 1}, // effective suppliers 1, 3, 4
}

// A world is a small archive of random flows, most of them chosen to sit on a
// threshold or a unit beside it.
type world struct {
	dir   string
	seed  uint64
	scale int64 // units per dollar
	years []int
}

type flowKey struct {
	year, exporter, importer int
	product                  string
}

// writeWorld writes the archive of a seed into dir.
func writeWorld(dir string, seed uint64) (world, error) {
	r := rand.New(rand.NewPCG(seed, 20240131))
	w := world{dir: dir, seed: seed, scale: 1}
	if seed%5 == 4 {
		w.scale = 8 // values that are not whole dollars, and yet exact
	}
	start := 2012 + r.IntN(8)
	for y := start; y < start+7; y++ {
		if r.IntN(4) > 0 {
			w.years = append(w.years, y)
		}
	}
	if len(w.years) == 0 {
		w.years = []int{start}
	}
	economies := []int{842, 156, 344, 446, 276, 251, 76}
	for _, e := range worldEconomies[7:listed] {
		if len(economies) < 7+int(seed%6) && r.IntN(2) == 0 {
			economies = append(economies, e.code)
		}
	}
	flows := map[flowKey]int64{}
	for _, product := range worldProducts[:2+r.IntN(len(worldProducts)-1)] {
		for _, y := range w.years {
			// A product often looks like the year before, so that persistence has something to hold on to.
			if y > w.years[0] && r.IntN(3) == 0 {
				repeat(flows, y, product)
			} else {
				w.trade(r, flows, y, product, economies)
			}
		}
	}
	// A year that is named in a file has flows.
	for _, y := range w.years {
		flows[flowKey{y, 156, 842, worldProducts[0]}] += 1
	}
	return w, w.write(r, flows)
}

// repeat copies a product's flows of the latest year before y.
func repeat(flows map[flowKey]int64, y int, product string) {
	last := 0
	for k := range flows {
		if k.product == product && k.year < y {
			last = max(last, k.year)
		}
	}
	copied := map[flowKey]int64{}
	for k, v := range flows {
		if k.product == product && k.year == last {
			k.year = y
			copied[k] = v
		}
	}
	for k, v := range copied {
		flows[k] = v
	}
}

// multipliers turn the numbers of a pattern into units; 8 x 1,250,000 is the
// USD 10 m of bottle-2025.
var multipliers = []int64{1, 7, 1000, 1_250_000, 10_000_000, 3_333_333_333}

func (w world) trade(r *rand.Rand, flows map[flowKey]int64, y int, product string, economies []int) {
	unit := multipliers[r.IntN(len(multipliers))] * w.scale
	switch r.IntN(6) {
	case 0, 1:
		// Small whole numbers everywhere: ties and round shares come by themselves.
		for _, i := range economies {
			for _, j := range economies {
				if i != j && r.IntN(4) == 0 {
					flows[flowKey{y, i, j, product}] = unit * (1 + r.Int64N(4))
				}
			}
		}
		return
	case 2:
		// The world is twice as diversified as each of two importers: half of its effective suppliers.
		order := shuffled(r, economies)
		half := 1 + r.IntN(2)
		for n := range 2 * half {
			flows[flowKey{y, order[2+n], order[n/half], product}] = unit
		}
		return
	}
	importers := r.Perm(len(economies))[:1+r.IntN(3)]
	if r.IntN(2) == 0 {
		importers = importers[:1] // then the world is as concentrated as its only importer
	}
	for _, n := range importers {
		importer := economies[n]
		pattern := patterns[r.IntN(len(patterns))]
		suppliers := slices.DeleteFunc(shuffled(r, economies), func(e int) bool { return e == importer })
		if r.IntN(3) == 0 {
			// The first two suppliers are one for a question about greater China or the EU.
			pair := [][2]int{{156, 344}, {251, 276}, {344, 446}, {842, 276}}[r.IntN(4)]
			if importer != pair[0] && importer != pair[1] {
				suppliers = slices.DeleteFunc(suppliers, func(e int) bool { return e == pair[0] || e == pair[1] })
				suppliers = append(pair[:], suppliers...)
			}
		}
		var imports int64
		for s, part := range pattern {
			if s < len(suppliers) {
				v := part * unit
				if r.IntN(12) == 0 && v > 1 {
					v += int64(r.IntN(2)*2 - 1) // one unit beside the threshold
				}
				flows[flowKey{y, suppliers[s], importer, product}] = v
				imports += v
			}
		}
		switch r.IntN(4) { // exports of half the imports, of all of them, one unit more
		case 0:
			flows[flowKey{y, importer, suppliers[len(suppliers)-1], product}] = max(imports/2, 1)
		case 1:
			flows[flowKey{y, importer, suppliers[0], product}] = imports + int64(r.IntN(2))
		}
	}
}

func shuffled(r *rand.Rand, s []int) []int {
	out := slices.Clone(s)
	r.Shuffle(len(out), func(a, b int) { out[a], out[b] = out[b], out[a] })
	return out
}

// write lays the flows out as a BACI archive. Quantities are missing in every
// way that releases have; flows of an economy with itself and of nothing are
// sprinkled in.
func (w world) write(r *rand.Rand, flows map[flowKey]int64) error {
	keys := make([]flowKey, 0, len(flows))
	for k := range flows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b flowKey) int {
		return strings.Compare(fmt.Sprintf("%d %03d %03d %s", a.year, a.exporter, a.importer, a.product),
			fmt.Sprintf("%d %03d %03d %s", b.year, b.exporter, b.importer, b.product))
	})
	quantities := []string{"NA", "", "           NA", "1.5", "       13.235"}
	for _, y := range w.years {
		var b strings.Builder
		b.WriteString("t,i,j,k,v,q\n")
		for _, k := range keys {
			if k.year == y {
				fmt.Fprintf(&b, "%d,%d,%d,%s,%s,%s\n", y, k.exporter, k.importer, k.product,
					w.thousands(flows[k]), quantities[r.IntN(len(quantities))])
			}
		}
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, "%d,156,156,%s,5.000,NA\n", y, worldProducts[0])
		}
		if err := os.WriteFile(filepath.Join(w.dir, fmt.Sprintf("BACI_HS17_Y%d_V202601.csv", y)), []byte(b.String()), 0o666); err != nil {
			return err
		}
	}
	var b strings.Builder
	b.WriteString("country_code,country_name,country_iso2,country_iso3\n")
	for _, e := range worldEconomies {
		fmt.Fprintf(&b, "%d,%q,%s,%s\n", e.code, e.name, e.iso2, e.iso3)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "country_codes_V202601.csv"), []byte(b.String()), 0o666); err != nil {
		return err
	}
	b.Reset()
	b.WriteString("code,description\n")
	for _, p := range worldProducts {
		fmt.Fprintf(&b, "%s,\"product %s\"\n", p, p)
	}
	return os.WriteFile(filepath.Join(w.dir, "product_codes_HS17_V202601.csv"), []byte(b.String()), 0o666)
}

// thousands writes units as BACI does, in thousand dollars.
func (w world) thousands(units int64) string {
	dollars, rest := units/w.scale, units%w.scale
	s := fmt.Sprintf("%d.%03d", dollars/1000, dollars%1000)
	if rest != 0 {
		s += fmt.Sprintf("%03d", rest*1000/w.scale)
	}
	return s
}
