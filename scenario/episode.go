package scenario

import (
	"math"
	"math/rand/v2"
	"slices"

	"chokepoint/store"
	"chokepoint/trade"
)

// What makes an episode: a supplier with a share between leastBefore and mostBefore of what an importer buys of a product has half of that
// share or less later, while the importer buys at least leastImports US dollars, and later between half and twice as much.
const (
	leastBefore  = 0.30
	mostBefore   = 0.95
	leastImports = 5e6
	leastGain    = 0.05 // of shares that candidates gain in all, under which nothing was replaced
)

// Episode is a supplier that lost at least half of its share, and how well each rule said who gained it.
type Episode struct {
	Importer, Supplier      uint16
	Product                 string
	ShareBefore, ShareAfter float64
	ImportsBefore           float64 // US dollars
	Gainer                  uint16  // the candidate that gained most
	Gain                    float64 // its part of all gains
	Scores                  []EpisodeScore
}

// EpisodeScore is how well a rule did: Hit is the part of what candidates gained that went where the rule said.
type EpisodeScore struct {
	Rule           Rule
	Hit            float64
	Named          uint16 // whom the rule names first
	First, InThree bool   // the biggest gainer is the rule's first, among its first three
}

// Weight is the value that changed its supplier: (s0 − s1) × imports before.
func (e *Episode) Weight() float64 { return (e.ShareBefore - e.ShareAfter) * e.ImportsBefore }

// Episodes finds the episodes of a product between two years, by importer, then supplier. Flows are sorted by importer, then exporter.
// Candidates, and what they export, are of the earlier year alone; suppliers are single economies.
func Episodes(product string, before, after store.Flows) (list []Episode) {
	var exports [trade.MaxCode]float64
	for k, v := range before.Value {
		exports[before.Exporter[k]] += v
	}
	var exporters []uint16
	for code, x := range exports {
		if x > 0 {
			exporters = append(exporters, uint16(code))
		}
	}
	later := map[uint16][2]int{}
	eachImporter(after, func(code uint16, from, to int) { later[code] = [2]int{from, to} })
	eachImporter(before, func(code uint16, from, to int) {
		at, ok := later[code]
		if !ok {
			return
		}
		m0, m1 := sum(before.Value[from:to]), sum(after.Value[at[0]:at[1]])
		if m0 < leastImports || m1 < m0/2 || m1 > 2*m0 {
			return
		}
		var then, now [trade.MaxCode]float64
		for k := from; k < to; k++ {
			then[before.Exporter[k]] = before.Value[k] / m0
		}
		for k := at[0]; k < at[1]; k++ {
			now[after.Exporter[k]] = after.Value[k] / m1
		}
		for k := from; k < to; k++ {
			p := before.Exporter[k]
			if s := then[p]; s < leastBefore || s > mostBefore || now[p] > s/2 {
				continue
			}
			e := Episode{Importer: code, Supplier: p, Product: product, ShareBefore: then[p], ShareAfter: now[p], ImportsBefore: m0}
			if e.score(exporters, &exports, m0, &then, &now) {
				list = append(list, e)
			}
		}
	})
	return list
}

// eachImporter goes through the importers of flows.
func eachImporter(f store.Flows, take func(code uint16, from, to int)) {
	for from := 0; from < len(f.Value); {
		to := from
		for to < len(f.Value) && f.Importer[to] == f.Importer[from] {
			to++
		}
		take(f.Importer[from], from, to)
		from = to
	}
}

func sum(list []float64) (total float64) {
	for _, v := range list {
		total += v
	}
	return total
}

// score compares what each rule says with what candidates gained. It is false where that is no episode: fewer than two candidates, none of
// whom the importer bought from, or who together gained next to nothing.
func (e *Episode) score(exporters []uint16, exports *[trade.MaxCode]float64, m0 float64, then, now *[trade.MaxCode]float64) bool {
	var candidates []uint16
	for _, code := range exporters {
		if code != e.Supplier && code != e.Importer {
			candidates = append(candidates, code)
		}
	}
	s, x, gain := make([]float64, len(candidates)), make([]float64, len(candidates)), make([]float64, len(candidates))
	for i, code := range candidates {
		s[i], x[i] = then[code], max(0, exports[code]-then[code]*m0)
		gain[i] = max(now[code]-then[code], 0)
	}
	if len(candidates) < 2 || sum(s) == 0 || sum(gain) < leastGain {
		return false
	}
	var most int
	e.Scores, most = scoresOf(candidates, s, x, gain)
	e.Gainer, e.Gain = candidates[most], gain[most]
	return true
}

// scoresOf compares what each rule says with what candidates gained, and finds who gained most. s, x and gain are scaled to add to 1.
func scoresOf(candidates []uint16, s, x, gain []float64) (list []EpisodeScore, most int) {
	scale(s)
	scale(x)
	scale(gain)
	most = largestOf(gain)
	for _, rule := range Rules() {
		w := make([]float64, len(candidates))
		for i := range w {
			w[i] = rule.Weight(s[i], x[i])
		}
		if sum(w) == 0 { // the rule names nobody: here alone, all alike
			for i := range w {
				w[i] = 1
			}
		}
		scale(w)
		score := EpisodeScore{Rule: rule}
		above := 0
		for i := range w {
			score.Hit += min(w[i], gain[i])
			if w[i] > w[most] || w[i] == w[most] && i < most {
				above++
			}
		}
		score.Named = candidates[largestOf(w)]
		score.First, score.InThree = above == 0, above < 3
		list = append(list, score)
	}
	return list, most
}

func scale(list []float64) {
	if total := sum(list); total > 0 {
		for i := range list {
			list[i] /= total
		}
	}
}

// largestOf is the place of the largest, the first of equal ones.
func largestOf(list []float64) (at int) {
	for i, v := range list {
		if v > list[at] {
			at = i
		}
	}
	return at
}

// Score is how well a rule did over episodes.
type Score struct {
	Rule                  Rule
	Section               string // of products; "" is all
	Episodes              int
	Hit, Weighted, Median float64 // mean, mean weighted by value, median of the hits
	First, InThree        float64 // shares of the episodes
	Low, High             float64 // 95 % interval of Hit
}

// resamples are drawn for an interval, from a fixed seed.
const resamples = 1000

// ScoreOf adds up how well a rule did. The interval is the 2.5th and 97.5th percentile of the mean over resamples of the episodes.
func ScoreOf(rule Rule, episodes []Episode) Score {
	s := Score{Rule: rule, Episodes: len(episodes)}
	if len(episodes) == 0 {
		nan := math.NaN()
		s.Hit, s.Weighted, s.Median, s.First, s.InThree, s.Low, s.High = nan, nan, nan, nan, nan, nan, nan
		return s
	}
	at := slices.Index(Rules(), rule)
	var hits []float64
	weights := 0.0
	for i := range episodes {
		e := &episodes[i]
		score := e.Scores[at]
		hits = append(hits, score.Hit)
		weights += e.Weight()
		s.Weighted += e.Weight() * score.Hit
		if score.First {
			s.First++
		}
		if score.InThree {
			s.InThree++
		}
	}
	n := float64(len(hits))
	s.Hit, s.Weighted, s.First, s.InThree = sum(hits)/n, s.Weighted/weights, s.First/n, s.InThree/n
	s.Low, s.High = interval(hits)
	slices.Sort(hits)
	s.Median = (hits[(len(hits)-1)/2] + hits[len(hits)/2]) / 2
	return s
}

// interval is the 95 % interval of the mean by resampling.
func interval(hits []float64) (low, high float64) {
	r := rand.New(rand.NewPCG(2024, 11))
	means := make([]float64, resamples)
	for i := range means {
		for range hits {
			means[i] += hits[r.IntN(len(hits))]
		}
		means[i] /= float64(len(hits))
	}
	slices.Sort(means)
	return quantile(means, 0.025), quantile(means, 0.975)
}

// quantile of sorted values, between two by their distance.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
