package chart

import (
	"hash/fnv"
	"math"
	"strconv"
)

// Colours that stand for no economy. The page knows them for light and for dark paper: Sequential runs from little to much in
// steps of lightness, which also those tell apart who see no colour.
const (
	Ink        = "@ink"  // a single series
	Soft       = "@soft" // the rest
	Pale       = "@pale" // what is there, but not meant
	Warning    = "#d55e00"
	Sequential = "@sequential"
	// Kinds on maps: outside the scale, and none of them grey but what is not known.
	Apart  = "@apart"  // buys, and does not depend
	Absent = "@absent" // does not buy at all
	NoData = "@nodata"
)

// ofEconomy are the colours of those that charts show most. They are told apart with any kind of colour vision (Okabe and
// Ito 2008, Tol 2021) and stand out from light and dark paper.
var ofEconomy = map[string]string{
	"CHN": "#d55e00", "USA": "#1f78b4", "EU27": "#3d5ab8", "EU": "#3d5ab8", "EU28": "#3d5ab8", "DEU": "#8a8a00", "JPN": "#c2609b", "KOR": "#009e73", "TWN": "#56b4e9",
	"MEX": "#117733", "CAN": "#b8860b", "IND": "#e69f00", "VNM": "#44aa99", "RUS": "#882255", "GBR": "#6a51a3", "FRA": "#4b8bbe", "ITA": "#5e9c3a",
	"BRA": "#8c6d31", "THA": "#a6761d", "MYS": "#66a61e", "IDN": "#7570b3", "CHE": "#cc6677", "NLD": "#e07b39", "TUR": "#aa4499", "AUS": "#999933", "ZAF": "#2f7f7f",
}

// others are for the rest, by their label: always the same, though not theirs alone.
var others = []string{"#5b7fa3", "#9a7d56", "#7c9c72", "#a5739a", "#58979b", "#b08a8a", "#837fb5", "#8f8f62"}

// OfEconomy is the colour of an economy or bloc in every chart.
func OfEconomy(label string) string {
	if c, ok := ofEconomy[label]; ok {
		return c
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(label)) // never fails
	return others[h.Sum32()%uint32(len(others))]
}

// over is black or white: what stands out more from a colour, given as #rrggbb, by the contrast of WCAG 2.
func over(colour string) string {
	light := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8) // colours are the program's
		x := float64(n) / 255
		if x <= 0.04045 {
			x /= 12.92
		} else {
			x = math.Pow((x+0.055)/1.055, 2.4)
		}
		light += weight * x
	}
	if 1.05/(light+0.05) >= (light+0.05)/0.05 {
		return "#ffffff"
	}
	return "#000000"
}
