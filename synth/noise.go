package synth

import "math"

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection of 64-bit numbers whose output passes for random.
// All noise is a hash of what it belongs to, so that any flow of any year can be made alone and in any order.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// key hashes a seed with the parts of a name.
func key(seed uint64, parts ...uint64) uint64 {
	h := mix(seed + golden)
	for _, p := range parts {
		h = mix(h + p*golden + 1)
	}
	return h
}

// golden is 2^64 over the golden ratio: multiples of it differ in many bits.
const golden = 0x9e3779b97f4a7c15

// normals makes two independent standard normals of one hash, each the sum of four of its bytes
// (Irwin-Hall with n = 4: mean 0, variance 1, bounded by ±3.45).
func normals(h uint64) (a, b float32) {
	// Pairs of bytes are summed side by side in 16-bit lanes.
	s := h&0x00ff00ff00ff00ff + h>>8&0x00ff00ff00ff00ff
	s += s >> 16 & 0x0000ffff0000ffff
	return float32(int32(s&0xffff)-510) * byteSumScale, float32(int32(s>>32&0xffff)-510) * byteSumScale
}

// byteSumScale is one over the standard deviation of the sum of four uniform bytes, sqrt(4(256²-1)/12).
const byteSumScale = 1 / 147.79946

// normal is the first of normals.
func normal(h uint64) float32 {
	a, _ := normals(h)
	return a
}

// uniform maps a hash to [0, 1).
func uniform(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// Slow noise runs through independent knots, slowPeriod years apart, on straight lines between them; every series has its
// own phase, so that the years in which knots fall differ. It stays correlated over about slowPeriod years.
const slowPeriod = 4

// slowWeights are the weights of the two knots by years since the first, scaled so that the variance is 1 everywhere.
var slowWeights = [slowPeriod][2]float32{{1, 0}, {.948683, .316228}, {.707107, .707107}, {.316228, .948683}}

// slow is the slow noise of the series with hash h in a year: two independent standard normals.
func slow(h uint64, year int) (a, b float32) {
	at := uint64(year) + h>>60
	knot := at / slowPeriod
	w := &slowWeights[at%slowPeriod]
	a, b = normals(mix(h + knot*golden))
	a, b = w[0]*a, w[0]*b
	if w[1] != 0 {
		a2, b2 := normals(mix(h + (knot+1)*golden))
		a, b = a+w[1]*a2, b+w[1]*b2
	}
	return a, b
}

// yearly is the noise of the series with hash h in one year alone: two independent standard normals.
func yearly(h uint64, year int) (a, b float32) {
	return normals(mix(h ^ uint64(year)*0xd6e8feb86659fd93))
}

// exp is e to the power x for |x| < 700 within 1e-7 of the true value, which is finer than any noise put on it and
// three times as fast as math.Exp.
func exp(x float64) float64 {
	x *= math.Log2E
	n := math.Floor(x)
	f := (x - n) * math.Ln2
	p := 1 + f*(1+f*(1./2+f*(1./6+f*(1./24+f*(1./120+f*(1./720+f*(1./5040+f*(1./40320))))))))
	return p * math.Float64frombits(uint64(int64(n)+1023)<<52)
}
