package industry

import "math"

// RCA is the revealed comparative advantage of economy c in a set of products:
//
//	(sum of X(c,p) ÷ X(c)) ÷ (sum of X(p) ÷ X)
//
// (Balassa 1965). It is NaN where the economy exports nothing or nobody exports the products.
func (t *Year) RCA(c int, products ...int) float64 {
	var own, world float64
	for _, p := range products {
		own += t.Exports(c)[p]
		world += t.World[p]
	}
	return own / t.ExportsOf[c] / (world / t.Total)
}

// ImportIntensity is the share of a set of products in the imports of economy c over their share in the world's trade:
//
//	(sum of M(c,p) ÷ M(c)) ÷ (sum of X(p) ÷ X)
//
// It is 1 where the economy buys as much of them, of all that it buys, as the world does: the counterpart of RCA on the side of imports.
// It is NaN where the economy imports nothing or nobody exports the products.
func (t *Year) ImportIntensity(c int, products ...int) float64 {
	var own, world float64
	for _, p := range products {
		own += t.Imports[c][p]
		world += t.World[p]
	}
	return own / t.ImportsOf[c] / (world / t.Total)
}

// Advantages counts the products in which an economy has an RCA of at least 1, and those that it exports.
func (t *Year) Advantages(c int, products []int) (advantages, exported int) {
	for _, p := range products {
		if x := t.Exports(c)[p]; x > 0 {
			exported++
			if t.advantageOf(c, p, x) {
				advantages++
			}
		}
	}
	return advantages, exported
}

// advantageOf says whether RCA ≥ 1 where economy c exports x, without dividing: X(c,p) × X ≥ X(c) × X(p).
func (t *Year) advantageOf(c, p int, x float64) bool {
	return x > 0 && x*t.Total >= t.ExportsOf[c]*t.World[p]
}

// Balance is the normalised trade balance (X − M) ÷ (X + M), −1 to 1; NaN without trade.
func Balance(exports, imports float64) float64 { return (exports - imports) / (exports + imports) }

// Entropy is that of shares of a sum, −Σ s ln s (Shannon 1948); its exponential is the number of equal parts that would be as
// diverse. It is 0 for one part and NaN for none.
func Entropy(parts []float64) float64 {
	var sum, h float64
	for _, x := range parts {
		sum += x
	}
	if sum == 0 {
		return math.NaN()
	}
	for _, x := range parts {
		if x > 0 {
			h -= x / sum * math.Log(x/sum)
		}
	}
	return h
}

// Similarity is that of the exports of two economies: Σ min(x(a,p), x(b,p)) over products, x the shares in all exports of
// each; 0 to 1 (Finger and Kreinin 1979). It falls with finer products. NaN where one exports nothing.
func (t *Year) Similarity(a, b int) float64 {
	var sum float64
	for p := range t.Products {
		sum += min(t.Exports(a)[p]/t.ExportsOf[a], t.Exports(b)[p]/t.ExportsOf[b])
	}
	if t.ExportsOf[a] == 0 || t.ExportsOf[b] == 0 {
		return math.NaN()
	}
	return sum
}
