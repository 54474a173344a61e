package scenario

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"chokepoint/datafile"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/study"
)

// triedSubstitutions are the elasticities of substitution by horizon. Elasticities of demand and supply are assumed, and tried at half and twice what they are.
var triedSubstitutions = []float64{0.8, 2, 2.25}

// mostRangedMarkets are the products of which a tariff is computed under other assumptions too: those with the most trade on which it changes.
const mostRangedMarkets = 10

// attempt is a change of one assumption.
type attempt struct {
	assumption string
	form       string
	market     Tariffs // its elasticities alone count; 0 is that of the market
}

// attempts are the changes that are tried beside a form, which is the first of them.
func attempts(form string) []attempt {
	list := []attempt{{form: form}, {assumption: "form", form: map[string]string{"linear": "levels", "levels": "linear"}[form]}}
	for _, s := range triedSubstitutions {
		list = append(list, attempt{"substitution", form, Tariffs{Substitution: s}})
	}
	for _, factor := range []float64{0.5, 2} {
		list = append(list, attempt{"demand", form, Tariffs{Demand: factor}}, attempt{"supply", form, Tariffs{Supply: factor}})
	}
	return list
}

// on is the market under the attempt.
func (a *attempt) on(t *Tariffs) (*Effects, error) {
	m := *t
	if a.market.Substitution != 0 {
		m.Substitution = a.market.Substitution
	}
	if a.market.Demand != 0 {
		m.Demand *= a.market.Demand
	}
	if a.market.Supply != 0 {
		m.Supply *= a.market.Supply
	}
	if a.form == "levels" {
		return m.Levels()
	}
	return m.Linear()
}

// taxed is what importers buy from those on whose goods their tariff changes, at world prices: by importer before, and after by importer and attempt.
type taxed struct {
	before map[string]float64
	after  map[string][]float64
}

// taxedOf tries all attempts on a market.
func taxedOf(t *Tariffs, list []attempt) (taxed, error) {
	x := taxed{map[string]float64{}, map[string][]float64{}}
	for k := range list {
		e, err := list[k].on(t)
		if err != nil {
			return x, err
		}
		for c, importer := range t.Economies {
			for r := range t.Economies {
				if t.Trade[r][c] > 0 && t.After[r][c] != t.Before[r][c] {
					if x.after[importer] == nil {
						x.after[importer] = make([]float64, len(list))
					}
					if k == 0 {
						x.before[importer] += t.Trade[r][c]
					}
					x.after[importer][k] += e.Value[r][c]
				}
			}
		}
	}
	return x, nil
}

func (x *taxed) add(o taxed) {
	for importer, v := range o.before {
		x.before[importer] += v
		if x.after[importer] == nil {
			x.after[importer] = make([]float64, len(o.after[importer]))
		}
		for k, after := range o.after[importer] {
			x.after[importer][k] += after
		}
	}
}

// note says of those who buy most how far their purchases move with one assumption at a time, and which moves them most. about begins with a space.
func (x *taxed) note(t *result.Table, list []attempt, about string) {
	importers := largestFirst(x.before)
	for _, importer := range importers[:min(len(importers), rangesNoted)] {
		t.Note("%s%s: what it buys from those whose tariff changes moves by %s", importer, about, x.words(importer, list))
	}
}

// words say how far the purchases of an importer move.
func (x *taxed) words(importer string, list []attempt) string {
	change := func(k int) float64 { return x.after[importer][k]/x.before[importer] - 1 }
	all := Span{change(0), change(0), change(0)}
	moves := map[string]*Span{}
	var names []string
	for k := 1; k < len(list); k++ {
		name := list[k].assumption
		if moves[name] == nil {
			moves[name] = &Span{all.At, all.At, all.At}
			names = append(names, name)
		}
		moves[name].widen(change(k))
		all.widen(change(k))
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(moves[b].width(), moves[a].width()) })
	return fmt.Sprintf("%s, and %s with one assumption changed at a time (elasticities of substitution of %s, of demand and supply half and twice what they are, the other form); what moves it most is %s (%s), then %s (%s)",
		result.Percent(all.At), spanText(all), floatsText(triedSubstitutions), AssumptionWords(names[0]), spanText(*moves[names[0]]), AssumptionWords(names[1]), spanText(*moves[names[1]]))
}

// largestFirst are the names with the largest sums, by name where they are alike.
func largestFirst(sums map[string]float64) (names []string) {
	for name := range sums {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), strings.Compare(a, b)) })
	return names
}

// noteRanges puts beside the figures of a year how far they move. weights are the trade of products on which the tariff changes.
func (l *levy) noteRanges(ctx context.Context, t *result.Table, year int, weights map[string]float64, market func(product string) (*Tariffs, error)) error {
	products := largestFirst(weights)
	about := fmt.Sprintf(" in %d, of all products asked for", year)
	switch n := len(products); {
	case n == 0:
		return nil
	case n == 1:
		about = fmt.Sprintf(" in %d, of %s", year, products[0])
	case n > mostRangedMarkets:
		products = products[:mostRangedMarkets]
		about = fmt.Sprintf(" in %d, of the %d products of %d on which it buys most", year, mostRangedMarkets, n)
	}
	list := attempts(l.forms[0])
	sum := taxed{map[string]float64{}, map[string][]float64{}}
	err := kernel.InOrder(ctx, len(products), func(i int) (taxed, error) {
		m, err := market(products[i])
		if err != nil {
			return taxed{}, err
		}
		return taxedOf(m, list)
	}, func(x taxed) error {
		sum.add(x)
		return ctx.Err()
	})
	if err == nil {
		sum.note(t, list, about)
	}
	return err
}

// tariffRecord is how well elasticities said what tariffs did to trade.
type tariffRecord struct {
	ID     string           `toml:"id"`
	Title  string           `toml:"title"`
	Date   string           `toml:"date"`
	Source string           `toml:"source"`
	Note   string           `toml:"note"`
	Years  []tariffRecorded `toml:"year"`
}

// tariffRecorded is what happened in a year, and what elasticities say: pairs of an elasticity and a change.
type tariffRecorded struct {
	Year     int          `toml:"year"`
	Happened float64      `toml:"happened"`
	Said     [][2]float64 `toml:"said"`
}

//go:embed data/tariffs.toml
var tariffRecordTOML []byte

var builtinTariffRecord = sync.OnceValue(func() (r *tariffRecord) {
	r = &tariffRecord{}
	if err := datafile.TOML("tariffs.toml", tariffRecordTOML, r); err != nil {
		panic(err) // it comes with the program
	}
	return r
})

// words say what happened and what elasticities said.
func (r *tariffRecord) words() string {
	var years []string
	for _, y := range r.Years {
		var said []string
		for _, s := range y.Said {
			said = append(said, fmt.Sprintf("%s says %s", floatText(s[0]), result.Percent(s[1])))
		}
		years = append(years, fmt.Sprintf("in %d %s happened, and an elasticity of %s", y.Year, result.Percent(y.Happened), strings.Join(said, ", of ")))
	}
	return "elasticities on past tariffs: " + strings.Join(years, "; ")
}

// noteTariffScores says how well tariffs and those who gain from them were said in the past. s is nil where there is no dataset.
func noteTariffScores(t *result.Table, record *Record, s *study.Source, use func(kind, id string, text []byte)) {
	r := builtinTariffRecord()
	use("record", r.ID, tariffRecordTOML)
	t.Add(result.Note{Kind: result.Origin, Subject: "tariff", Text: r.words()})
	t.Add(result.Note{Kind: result.Origin, Subject: "record", Text: fmt.Sprintf("these are of the program's own record (%s; %s), as no dataset has tariffs: %s", r.Title, r.Source, r.Note)})
	noteRecord(t, "who gains from a tariff is, but for prices, who sells the importer most today, as under the rule present, which has a past score", record, s, use)
}

// noteRecord puts the past score of the rule present under a model that has no rule of its own; why says what the two have in common.
func noteRecord(t *result.Table, why string, record *Record, s *study.Source, use func(kind, id string, text []byte)) {
	if record.Text != nil {
		use("record", record.ID, record.Text)
	}
	t.Add(result.Note{Kind: result.Origin, Subject: string(Present), Text: why + ": " + record.Words(Present)})
	t.Add(result.Note{Kind: result.Origin, Subject: "record", Text: "this score is for " + record.Origin(s)})
}

// changed is the trade on which a tariff changes.
func (t *Tariffs) changed() (sum float64) {
	for r := range t.Trade {
		for c, v := range t.Trade[r] {
			if t.After[r][c] != t.Before[r][c] {
				sum += v
			}
		}
	}
	return sum
}
