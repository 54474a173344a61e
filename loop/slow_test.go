package loop

import "math"

// slowPath is the model as it is written, without regard to speed: each quantity a list, each equation a line, each sum from the start.
func slowPath(v map[string]float64, subsidy, shocks []float64, spread float64, years int, raiseAt int, onlyDemand *[]float64) []Year {
	var Q, c, a, K, d, f, x, q, G, F, D []float64
	var path []Year
	for t := range years {
		last := t - 1
		if t == 0 {
			Q, K = append(Q, v["Q0"]), append(K, v["K0"])
		} else {
			Q = append(Q, Q[last]+q[last])
			before := G[last]
			if t >= 2 {
				before = G[t-2]
			}
			K = append(K, K[last]*(1+v["g"]+v["η"]*(G[last]-before)))
		}
		c = append(c, v["c0"]*math.Pow(Q[t]/v["Q0"], -v["b"])*math.Exp(v["σ_c"]*shocks[t]))
		p := c[t] * (1 - subsidy[t])
		wanted := 1 / (1 + math.Pow(p/v["p̄"], v["θ"]))
		old := v["a0"]
		if t > 0 {
			old = a[last]
		}
		now := old
		if t > 0 {
			now = old + (v["λ0"]+v["λ1"]*old)*(wanted-old)
		}
		if t == raiseAt {
			now *= 1.01
		}
		a = append(a, now)
		d = append(d, K[t]*math.Max(a[t]-old, 0)+v["δ"]*K[t]*a[t])
		f = append(f, v["f0"]*math.Pow(1+v["g_f"], float64(t))*math.Pow(c[t]/v["c0"], -v["e"]))
		x = append(x, v["χ"]*subsidy[t])
		q = append(q, (d[t]+f[t])*(1+x[t]))
		G = append(G, a[t]*v["γ"]*spread)
		mean := 0.0
		if n := min(t, 5); n > 0 {
			for _, F := range F[t-n:] {
				mean += F / float64(n)
			}
		}
		D = append(D, v["μ"]*mean)
		product := v["GDP0"] * math.Pow(1+v["g"], float64(t)) * (1 + G[t] - D[t])
		F = append(F, subsidy[t]*c[t]*(d[t]+v["σ_s"]*v["h"]*f[t])*(1+x[t])/product)
		path = append(path, Year{CumulativeOutput: Q[t], UnitCost: c[t], Subsidy: subsidy[t], Price: p, Wanted: wanted, Adoption: a[t], FullAdoption: K[t],
			HomeDemand: d[t], OthersDemand: f[t], Excess: x[t], Output: q[t], Gain: G[t], FiscalCost: F[t], Drag: D[t], NetGain: G[t] - D[t] - F[t]})
	}
	if onlyDemand != nil {
		*onlyDemand = d
	}
	return path
}

// slowStrength is the strength of the loop in a year by whole paths.
func slowStrength(v map[string]float64, subsidy, shocks []float64, spread float64, t int) Strength {
	effect := func(off ...string) float64 {
		w := map[string]float64{}
		for k, x := range v {
			w[k] = x
		}
		for _, k := range off {
			w[k] = 0
		}
		var plain, raised []float64
		slowPath(w, subsidy, shocks, spread, t+6, -1, &plain)
		slowPath(w, subsidy, shocks, spread, t+6, t, &raised)
		var s, r float64
		for k := t + 1; k <= t+5; k++ {
			s, r = s+plain[k], r+raised[k]
		}
		return 100 * (r/s - 1)
	}
	neither := effect("b", "η")
	return Strength{All: effect() - neither, Learning: effect("η") - neither, SpillOver: effect("b") - neither}
}

func symbolsOf(p *Parameters) map[string]float64 {
	v := map[string]float64{}
	for i, x := range p.Value {
		v[inputTable[i].Symbol] = x
	}
	return v
}
