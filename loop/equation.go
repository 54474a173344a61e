package loop

import (
	"fmt"
	"strings"
)

// Equation is one equation of the model.
type Equation struct {
	Symbol, Meaning, Text string
}

// equations is the one definition of the model in words; simulation.go computes them in this order. Docs and help print them.
var equations = []Equation{
	{"c", "unit cost", "c(t) = c0 (Q(t)/Q0)^(−b) exp(ε(t)), ε ~ N(0, σ_c), one path a draw"},
	{"s", "subsidy, share of unit cost", "s(t) from the policy's file, 0 ≤ s < 1"},
	{"p", "price to users", "p(t) = c(t) (1 − s(t))"},
	{"a*", "wanted share of users", "a*(t) = 1 / (1 + (p(t)/p̄)^θ)"},
	{"a", "adoption at home", "a(t) = a(t−1) + (λ0 + λ1 a(t−1)) (a*(t) − a(t−1)), a(0) = a0"},
	{"d", "demand at home", "d(t) = K(t) max(a(t) − a(t−1), 0) + δ K(t) a(t), a(−1) = a0"},
	{"f", "demand of other economies", "f(t) = f0 (1 + g_f)^t (c(t)/c0)^(−e)"},
	{"x", "output beyond demand, share of demand", "x(t) = χ s(t)"},
	{"q", "world output", "q(t) = (d(t) + f(t)) (1 + x(t))"},
	{"G", "productivity gain of users, share of product", "G(t) = a(t) γ Σ_j v_j w_j"},
	{"D", "drag by misallocation, share of product", "D(t) = μ × mean of F over the up to five years before t, D(0) = 0"},
	{"F", "fiscal cost, share of product", "F(t) = s(t) c(t) (d(t) + σ_s h f(t)) (1 + x(t)) / GDP(t), GDP(t) = GDP0 (1 + g)^t (1 + G(t) − D(t))"},
	{"N", "net gain, share of product", "N(t) = G(t) − D(t) − F(t)"},
	{"K", "units at full adoption at home", "K(t+1) = K(t) (1 + g + η (G(t) − G(t−1))), K(0) = K0, G(−1) = G(0)"},
	{"Q", "cumulative world output", "Q(t+1) = Q(t) + q(t), Q(0) = Q0"},
}

// Equations lists the equations in the order in which a year is computed.
func Equations() []Equation { return equations }

// EquationText is the equations as help prints them.
func EquationText() string {
	var b strings.Builder
	for _, e := range equations {
		fmt.Fprintf(&b, "  %s\n", e.Text)
	}
	return b.String()
}

// Document is the part of docs/loop.md that the tables of the package make: equations, inputs, switches and quantities.
func Document() string {
	var b strings.Builder
	b.WriteString("\n### Equations\n\n| symbol | meaning | equation |\n|---|---|---|\n")
	for _, e := range equations {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", e.Symbol, e.Meaning, escaped(e.Text))
	}
	b.WriteString("\n### Inputs\n\n| input | symbol | unit | from, to | meaning |\n|---|---|---|---|---|\n")
	for _, d := range inputTable {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %g, %g | %s |\n", d.Key, d.Symbol, d.dimension, d.low, d.high, d.Meaning)
	}
	b.WriteString("\n### Switches\n\n| term | without it |\n|---|---|\n")
	for _, t := range terms {
		fmt.Fprintf(&b, "| `%s` | %s |\n", t.Name, t.Usage)
	}
	b.WriteString("\n### Quantities\n\n| quantity | symbol | unit | meaning |\n|---|---|---|---|\n")
	for _, q := range quantities {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", q.Name, q.Symbol, q.Unit, q.Meaning)
	}
	for _, q := range strengthQuantities {
		fmt.Fprintf(&b, "| `%s` | R | %% | %s |\n", q.Name, q.Meaning)
	}
	for _, w := range wholeMeanings {
		fmt.Fprintf(&b, "| `%s` | | %s | %s |\n", w.Name, w.Unit, w.Meaning)
	}
	b.WriteString("\n")
	return b.String()
}

func escaped(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
