package indicator

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func judged(t *testing.T, text string, c *Columns, u Unseen) Verdict {
	t.Helper()
	k, err := ParseCriterion(text)
	if err != nil {
		t.Fatal(err)
	}
	v := []Verdict{Certain}
	if err := k.Judge(c, u, &Scratch{}, v, exactOf(c)); err != nil {
		t.Fatal(err)
	}
	return v[0]
}

// TestJudge: verdicts where importers are missing that may buy a quarter of what the others buy, unless said otherwise. All at the
// threshold are decided exactly.
func TestJudge(t *testing.T) {
	world := map[Sum]float64{Imports: 200, Exports: 40, WorldExports: 1000, PartnerExports: 600, OthersExports: 400,
		WorldSquares: 600*600 + 400*400, TopExporterExports: 600, ImportsFromPartner: 120, Exporters: 2,
		WorldWithQuantity: 500, WorldQuantity: 100}
	const never, on, off, sure = Verdict(0), may, may | met, Certain
	f := func(text string, want Verdict) {
		t.Helper()
		if got := judged(t, text, cells(world), 0.25); got != want {
			t.Errorf("%s: verdict %03b, want %03b", text, got, want)
		}
	}
	// World share of the partner: 600/1250 … 850/1250.
	f("partner_world_share > 0.47", sure)
	f("partner_world_share >= 0.48", sure)
	f("partner_world_share > 0.48", off)
	f("partner_world_share > 0.59", off)
	f("partner_world_share > 0.60", on)
	f("partner_world_share >= 0.68", on)
	f("partner_world_share > 0.68", never)
	f("partner_world_share < 0.68", off)
	f("partner_world_share <= 0.68", sure)
	f("0.48 <= partner_world_share", sure)
	f("0.48 < partner_world_share", off)
	// The importer sells four times as much at the most: 40 … 160.
	f("imports >= 1.25 * exports", sure)
	f("imports > 1.25 * exports", off)
	f("own_world_share < 0.1428", off) // 160/1120: from others they need buy nothing
	f("own_world_share < 0.1429", sure)
	f("trade_specialisation > -0.12", on)
	f("trade_specialisation > -0.11", never)
	f("exports < 40", never)
	// The largest exporter and the sum of squares: with all of 250, or with nothing.
	f("top_exporter_world_share > 0.48", off)
	f("top_exporter_world_share >= 0.48", sure)
	f("world_export_hhi > 0.3328", off)
	f("world_export_hhi >= 0.3328", sure)
	f("world_export_hhi >= 0.5648", on)
	f("world_export_hhi > 0.5648", never)
	// What others sell: 400 … 650.
	f("rearrangement_ratio > 0.2", off)
	f("rearrangement_ratio > 0.3", never)
	// Tonnes are unknown.
	f("world_unit_value > 0", off)
	f("world_unit_value <= 7.5", sure)
	// Nothing that the importer buys is touched.
	f("partner_share > 0.5", sure)
	f("imports > 200", never)
	f("exporters <= 2", sure)
	// Conditions.
	f("partner_world_share > 0.48 and partner_share > 0.9", never)
	f("partner_world_share > 0.48 and imports > 1", off)
	f("partner_world_share > 0.7 or partner_world_share > 0.65", on)
	f("partner_world_share > 0.5 or imports > 1", sure)
	f("not (partner_world_share > 0.48)", on)
	f("not (partner_world_share > 0.60)", off)
	f("not (partner_world_share > 0.7)", sure)
	// Written with two names each is taken at its extremes.
	f("partner_world_share - own_world_share > 0.34", off) // 0.48 less 0.1428, at the least
	f("partner_world_share - own_world_share > 0.33", sure)
	f("partner_exports / others_exports > 0.9", sure)
	f("1 / (world_exports - 1100) > 0", on)

	unknown := cells(world)
	unknown.Col[WorldQuantity] = []float64{math.NaN()}
	if got := judged(t, "world_unit_value > 0", unknown, 0.25); got != 0 {
		t.Errorf("a missing value: verdict %03b, want none", got)
	}
	if got := judged(t, "not (world_unit_value > 0)", unknown, 0.25); got != Certain {
		t.Errorf("not a missing value: verdict %03b, want certain", got)
	}
}

// worldOf makes the sums of a cell from what each exporter sells: the importer is exporter 0, the partner exporter 1.
func worldOf(sold []float64, imports float64) map[Sum]float64 {
	c := map[Sum]float64{Imports: imports, ImportsFromPartner: imports / 3, Exports: sold[0], TotalExports: sold[0], PartnerExports: sold[1], ImportSquares: imports * imports / 4,
		ImportsWithQuantity: imports, ImportQuantity: imports / 5, PartnerWithQuantity: imports / 3, PartnerQuantity: imports / 20}
	largest := slices.Sorted(slices.Values(sold))
	for _, v := range largest[max(0, len(largest)-3):] {
		c[Top3ExporterExports] += v
	}
	for i, v := range sold {
		c[WorldExports] += v
		c[WorldSquares] += v * v
		c[TopExporterExports] = max(c[TopExporterExports], v)
		c[WorldWithQuantity] += v
		c[WorldQuantity] += v / 7
		if i != 1 {
			c[OthersExports] += v
		}
		if v > 0 {
			c[Exporters]++
		}
	}
	return c
}

// purchases adds what missing importers buy, at random: nobody sells them more than three times what it sells to all others.
func purchases(r *rand.Rand, sold []float64, most float64) []float64 {
	after := append([]float64(nil), sold...)
	left := most * r.Float64()
	for range 3 * len(sold) {
		i := r.IntN(len(sold))
		buy := min(left, 4*sold[i]-after[i]) * []float64{0, 1, r.Float64()}[r.IntN(3)]
		after[i] += buy
		left -= buy
	}
	return after
}

// TestReachHolds: whatever the missing importers buy, every indicator of the table, and formulas of them, stay in their spans; a
// verdict that could not turn does not.
func TestReachHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	var exprs []*Expr
	var texts []string
	for _, ind := range All() {
		if len(ind.lacking) > 0 && ind.Name != "world_quantity" && ind.Name != "world_unit_value" {
			texts = append(texts, ind.Name)
		}
	}
	texts = append(texts, "partner_world_share - own_world_share", "world_export_hhi * partner_world_share", "imports / (exports + 1)",
		"-exports ^ 2 + world_exports", "(exports - others_exports) ^ 2", "partner_exports / world_exports", "top_exporter_exports - partner_exports")
	for _, text := range texts {
		e, err := ParseFormula(text)
		if err != nil {
			t.Fatal(err)
		}
		exprs = append(exprs, e)
	}
	for round := range 1000 {
		sold := make([]float64, 2+r.IntN(6))
		for i := range sold {
			sold[i] = math.Floor(math.Exp(12*r.Float64())) * float64(r.IntN(4))
		}
		sold[1]++
		before := worldOf(sold, 1+math.Floor(1e5*r.Float64()))
		u := Unseen(r.Float64())
		after := worldOf(purchases(r, sold, float64(u)*before[WorldExports]), before[Imports])
		b, a := cells(before), cells(after)
		for _, e := range exprs {
			now, then := e.Eval(b, &Scratch{})[0], e.Eval(a, &Scratch{})[0]
			least, most := e.Reach(b, u, 0)
			slack := 1e-9 * (1 + math.Abs(then))
			if then < least-slack || then > most+slack || now < least-slack || now > most+slack {
				t.Fatalf("round %d, %s: %v … %v, but it is %v, and %v with what they buy", round, e.Text, least, most, now, then)
			}
			if math.IsNaN(now) || math.IsInf(now, 0) {
				continue
			}
			threshold := now * (0.5 + r.Float64())
			k := &Criterion{cond: &comparison{">", e.node, constNode{mustNumber(t, threshold)}}}
			v := []Verdict{Certain}
			if err := k.Judge(b, u, &Scratch{}, v, exactOf(b)); err != nil {
				t.Fatal(err)
			}
			if met := then > threshold+slack; !v[0].CouldTurn() && met != v[0].Met() && math.Abs(then-threshold) > slack {
				t.Fatalf("round %d, %s > %v: it turns from %v to %v and is not marked", round, e.Text, threshold, now, then)
			}
			if v[0].Must() && !v[0].Met() || v[0].Met() && !v[0].May() {
				t.Fatalf("round %d, %s: verdict %03b", round, e.Text, v[0])
			}
		}
	}
}

func mustNumber(t *testing.T, f float64) Number {
	t.Helper()
	if math.Abs(f) < 1e-20 {
		f = 0
	}
	n, err := ParseNumber(ExactOf(f).Rat.FloatString(15))
	if err != nil {
		t.Skip(err)
	}
	return n
}

// TestJudgeLaws: nobody missing is no doubt; the more is missing, the less is certain; dollars or thousands make no difference.
func TestJudgeLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 2))
	texts := []string{"partner_world_share >= 0.3", "imports >= 2 * exports", "world_export_hhi > 0.4 and imports > exports",
		"not (own_world_share < 0.1 or top_exporter_world_share > 0.5)", "rearrangement_ratio > 0.5 or trade_specialisation < -0.9"}
	for range 500 {
		sold := make([]float64, 2+r.IntN(5))
		scaled := make([]float64, len(sold))
		for i := range sold {
			sold[i] = float64(1 + r.IntN(1000))
			scaled[i] = 1000 * sold[i]
		}
		imports := float64(1 + r.IntN(3000))
		c, thousands := cells(worldOf(sold, imports)), cells(worldOf(scaled, 1000*imports))
		few, more := Unseen(r.Float64()/2), Unseen(0.5+r.Float64()/2)
		for _, text := range texts {
			k, err := ParseCriterion(text)
			if err != nil {
				t.Fatal(err)
			}
			keep := []bool{true}
			if err := k.Meet(c, &Scratch{}, keep, exactOf(c)); err != nil {
				t.Fatal(err)
			}
			nobody, a, b := judged(t, text, c, 0), judged(t, text, c, few), judged(t, text, c, more)
			switch {
			case nobody != VerdictOf(keep[0]):
				t.Fatalf("%s: nobody is missing, verdict %03b, met %v", text, nobody, keep[0])
			case a.Met() != keep[0] || b.Met() != keep[0]:
				t.Fatalf("%s: what is missing changed the verdict by what is there", text)
			case a.CouldTurn() && !b.CouldTurn():
				t.Fatalf("%s: could turn with %v missing, not with %v", text, few, more)
			case judged(t, text, thousands, few) != a:
				t.Fatalf("%s: the verdict depends on the unit", text)
			}
		}
	}
}

// TestReachExact: extremes mean the same in float64 and exactly.
func TestReachExact(t *testing.T) {
	c := cells(worldOf([]float64{40, 600, 360, 7}, 200))
	for _, ind := range All() {
		least, most := ind.Reach(c, 0.25, 0)
		e := exactReach(indicatorNode{ind}, sumsOf(c, 0), 0.25)
		for _, pair := range [][2]float64{{least, e.lo.Float()}, {most, e.hi.Float()}} {
			if math.IsNaN(pair[0]) != math.IsNaN(pair[1]) || math.Abs(pair[0]-pair[1]) > 1e-12*math.Abs(pair[0]) {
				t.Errorf("%s: %v in float64, %v exactly", ind.Name, pair[0], pair[1])
			}
		}
		if n := len(sellers(ind)); n > 1 {
			t.Errorf("%s is about %d sellers: its extremes are not where one of them sells all", ind.Name, n)
		}
		if (len(ind.lacking) > 0) != (least < most) {
			t.Errorf("%s: %v … %v, lacking %v", ind.Name, least, most, ind.lacking)
		}
	}
}

// TestShare: the share of a seller has the extremes that criteria on it are judged by.
func TestShare(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 3))
	for range 500 {
		sold := []float64{float64(r.IntN(100)), float64(r.IntN(100)), 1 + float64(r.IntN(300))}
		c, u := cells(worldOf(sold, 10)), Unseen(r.Float64()*float64(r.IntN(3)))
		for i, name := range []string{"own_world_share", "partner_world_share"} {
			least, most := Named(name).Reach(c, u, 0)
			if a, b := u.Share(sold[i], c.At(WorldExports, 0)); math.Abs(a-least) > 1e-15 || math.Abs(b-most) > 1e-15 {
				t.Fatalf("%s of %v with %v missing: %v … %v, want %v … %v", name, sold, u, a, b, least, most)
			}
		}
	}
	if least, most := Unseen(0).Share(30, 100); least != 0.3 || most != 0.3 {
		t.Errorf("nobody is missing: %v … %v, want 0.3", least, most)
	}
}

func sellers(ind *Indicator) (list []Sum) {
	for _, s := range ind.Expr().Sums() {
		if bases[s].base.stake == sold {
			list = append(list, s)
		}
	}
	return list
}
