package scenario

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Happened is what came of a scenario, from the flows of a later year of the dataset.
type Happened struct {
	Before, After int        // years
	From, Imports [2]float64 // in both years, what the importers of the cut bought of the products, from the suppliers that stop and from all
	Without       int        // importers of the cut that the dataset lacks in the later year, left out of both
	Importers     int        // whose purchases from the suppliers lost a share that others gained
	Gainers       []uint16   // who gained most, at most three
	GainerShares  []float64  // their parts of all that was gained
	hits          []float64  // by rule, weighted by what changed its supplier
	weight        float64
	gains         map[uint16]float64
}

// Hit is the part of what others gained that went where the rule said, from the flows of the earlier year alone; NaN where nothing changed its supplier.
func (h *Happened) Hit(rule Rule) float64 { return h.hits[slices.Index(Rules(), rule)] / h.weight }

// mostAfter are the later years that are looked at.
const mostAfter = 3

// happened says what came of the scenario: nothing where the question is about something else, or where the dataset lacks its year, a later one, or
// is made up.
func (c *cutting) happened(ctx context.Context) (list []Happened, err error) {
	f := c.file
	if f == nil || f.When == "" || c.Dataset.Manifest().Synthetic || len(c.Years) != 1 || c.Years[0] != f.Year || !c.asWritten() {
		return nil, nil
	}
	began, err := whenOf(f.When)
	if err != nil {
		return nil, err
	}
	s, err := c.settingOf(ctx, f.Year)
	if err != nil {
		return nil, err
	}
	for _, y := range c.Have {
		if y <= f.Year || y < began.Year() || len(list) == mostAfter {
			continue
		}
		h, err := c.happenedIn(ctx, &s.cut, f.Year, y)
		if err != nil {
			return nil, err
		}
		if h.Imports[1] > 0 {
			list = append(list, h)
		}
	}
	return list, nil
}

// asWritten says whether the question is about who stops selling what to whom in the scenario.
func (c *cutting) asWritten() bool {
	same := func(side *study.Side, text string) bool {
		other, err := c.Side("suppliers", text)
		return err == nil && side.Selection.String() == other.Selection.String()
	}
	return same(&c.suppliers, c.file.Suppliers) && same(&c.to, study.OrElse(c.file.To, "all")) && c.Query.Products == study.Query{Products: c.file.Products}.Canonical().Products
}

func (c *cutting) happenedIn(ctx context.Context, cut *Cut, before, after int) (h Happened, err error) {
	h = Happened{Before: before, After: after, hits: make([]float64, len(Rules())), gains: map[uint16]float64{}}
	codes, err := c.EngineOrFiles().Traded(ctx, before, c.Products.Codes())
	if err != nil {
		return h, err
	}
	there := *cut
	there.To = cut.To.Intersect(c.Dataset.Importers(before))
	h.Without = there.To.Minus(c.Dataset.Importers(after)).Len()
	there.To = there.To.Intersect(c.Dataset.Importers(after)) // who is missing later has not stopped buying
	then, err := c.FlowsOf(ctx, before, codes)
	if err != nil {
		return h, err
	}
	now, err := c.FlowsOf(ctx, after, codes)
	if err != nil {
		return h, err
	}
	for i := range codes {
		a, err := then(i)
		if err != nil {
			return h, err
		}
		b, err := now(i)
		if err != nil {
			return h, err
		}
		h.add(&there, a, b)
	}
	h.rank()
	return h, nil
}

// add adds a product.
func (h *Happened) add(cut *Cut, before, after store.Flows) {
	var exports [trade.MaxCode]float64
	for k, v := range before.Value {
		exports[before.Exporter[k]] += v
	}
	later := map[uint16][2]int{}
	eachImporter(after, func(code uint16, from, to int) { later[code] = [2]int{from, to} })
	eachImporter(before, func(code uint16, from, to int) {
		if !cut.To.Has(trade.Code(code)) || cut.Stops.Has(trade.Code(code)) {
			return
		}
		var shares [2][trade.MaxCode]float64
		m0, s0 := purchases(before, from, to, cut, &shares[0])
		at := later[code]
		m1, s1 := purchases(after, at[0], at[1], cut, &shares[1])
		h.Imports[0], h.Imports[1] = h.Imports[0]+m0, h.Imports[1]+m1
		h.From[0], h.From[1] = h.From[0]+s0*m0, h.From[1]+s1*m1
		if s1 < s0 && m1 > 0 {
			h.score(code, cut, &exports, m0, s0-s1, &shares)
		}
	})
}

// purchases are what an importer buys of all, the share of the suppliers that stop, and, put into shares, that of each.
func purchases(f store.Flows, from, to int, cut *Cut, shares *[trade.MaxCode]float64) (all, stopped float64) {
	all = sum(f.Value[from:to])
	for k := from; k < to; k++ {
		shares[f.Exporter[k]] = f.Value[k] / all
		if cut.Stops.Has(trade.Code(f.Exporter[k])) {
			stopped += f.Value[k] / all
		}
	}
	return all, stopped
}

// score adds how well each rule said who would gain what the suppliers lost of an importer's purchases.
func (h *Happened) score(importer uint16, cut *Cut, exports *[trade.MaxCode]float64, imports, lost float64, shares *[2][trade.MaxCode]float64) {
	var candidates []uint16
	var s, x, gain []float64
	for code := range exports {
		if exports[code] == 0 || uint16(code) == importer || cut.Stops.Has(trade.Code(code)) {
			continue
		}
		candidates = append(candidates, uint16(code))
		s, x = append(s, shares[0][code]), append(x, max(0, exports[code]-shares[0][code]*imports))
		gain = append(gain, max(shares[1][code]-shares[0][code], 0))
	}
	gained := sum(gain)
	if len(candidates) < 2 || sum(s) == 0 || gained < leastGain {
		return
	}
	weight := lost * imports
	scores, _ := scoresOf(candidates, s, x, gain)
	for k := range scores {
		h.hits[k] += weight * scores[k].Hit
	}
	for i, code := range candidates {
		h.gains[code] += weight * gain[i]
	}
	h.weight += weight
	h.Importers++
}

// rank finds who gained most.
func (h *Happened) rank() {
	var codes []uint16
	for code, v := range h.gains {
		if v > 0 {
			codes = append(codes, code)
		}
	}
	slices.SortFunc(codes, func(a, b uint16) int { return cmp.Or(cmp.Compare(h.gains[b], h.gains[a]), int(a)-int(b)) })
	h.Gainers = codes[:min(3, len(codes))]
	for _, code := range h.Gainers {
		h.GainerShares = append(h.GainerShares, h.gains[code]/h.weight)
	}
}

// words say what happened.
func (c *cutting) words(h *Happened) string {
	share := func(k int) string {
		return fmt.Sprintf("%s USD in %d (%s of what they bought)", result.ShortFloat(h.From[k], result.USD), []int{h.Before, h.After}[k], result.Percent(h.From[k]/h.Imports[k]))
	}
	text := fmt.Sprintf("what happened, in this dataset: purchases of %s from %s went from %s to %s", study.OrElse(c.file.To, "all importers"), c.label, share(0), share(1))
	if h.Without > 0 {
		text += fmt.Sprintf(", without %d importers of whom the dataset has nothing in %d", h.Without, h.After)
	}
	if h.Importers == 0 {
		return text + "; no share that others gained, so that the rules have nothing to be scored on"
	}
	var gainers, hits []string
	for i, code := range h.Gainers {
		gainers = append(gainers, fmt.Sprintf("%s (%s)", labelOf(c.Economies, code), result.Percent(h.GainerShares[i])))
	}
	for _, rule := range Rules() {
		hits = append(hits, fmt.Sprintf("%s %s", rule, result.Percent(h.Hit(rule))))
	}
	return text + fmt.Sprintf("; of what others gained, most went to %s; the part that went where a rule said, from the flows of %d alone: %s; values move with prices, so that shares are compared", strings.Join(gainers, ", "), h.Before, strings.Join(hits, ", "))
}

// noteHappened says what came of the scenario where the dataset has it.
func (c *cutting) noteHappened(ctx context.Context, t *result.Table) error {
	list, err := c.happened(ctx)
	for i := range list {
		t.Add(result.Note{Kind: result.Origin, Subject: "happened", Years: []int{list[i].Before, list[i].After}, Text: c.words(&list[i])})
	}
	return err
}
