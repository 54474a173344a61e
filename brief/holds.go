package brief

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chokepoints"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/result"
)

// firstPairs is how many pairs at the top of the ranking are looked at.
const firstPairs = 100

// held is what suppliers hold of a ranking of choke points.
type held struct {
	top, single map[string]int // by supplier: among the first, and single points of failure
	pairs       int
}

func heldIn(t *result.Table) held {
	rows := chokepoints.Schema.Rows(t)
	h := held{map[string]int{}, map[string]int{}, len(rows)}
	for i := range rows {
		r := &rows[i]
		if r.Rank <= firstPairs {
			h.top[r.Partner.Label]++
		}
		if r.Single {
			h.single[r.Partner.Label]++
		}
	}
	return h
}

// leaders lists suppliers by what they hold of the first pairs.
func (h held) leaders() []string {
	return slices.SortedFunc(maps.Keys(h.top), func(a, b string) int {
		if h.top[a] != h.top[b] {
			return h.top[b] - h.top[a]
		}
		return strings.Compare(a, b)
	})
}

// holds weighs the claim that an economy has come to hold choke points.
func (w *work) holds(f *Finding) error {
	economy := f.With["partners"]
	first, last := w.years[0], w.years[len(w.years)-1]
	now, err := w.ask(f, "chokepoints", "products", "all", "method", f.With["method"], "weights", f.With["weights"], "years", strconv.Itoa(last), "history", chokepoints.NoHistory)
	if err != nil {
		return err
	}
	h := heldIn(now)
	leaders := h.leaders()
	top := min(firstPairs, h.pairs)
	f.Figure = fmt.Sprintf("%d of the first %d, %d", h.top[economy], top, last)
	f.say("In %d, %s holds %d of the first %d pairs of product and supplier, and %d of %s single points of failure.", last, economy, h.top[economy], top, h.single[economy], whole(float64(sum(h.single))))
	var words []string
	for _, l := range leaders[:min(5, len(leaders))] {
		words = append(words, fmt.Sprintf("%s %d", l, h.top[l]))
	}
	f.say("Most of the first are held by %s.", strings.Join(words, ", "))
	if err := w.holdsOtherwise(f, economy, last, h.top[economy]); err != nil {
		return err
	}
	verdict := Falls
	if len(leaders) > 0 && leaders[0] == economy {
		verdict = Stands
	} else if h.top[economy] > 0 {
		verdict = InPart
	}
	f.part("that it holds most of the first hundred", verdict, "%d, %d", h.top[economy], last)
	if first == last {
		f.untold("that they became more", fmt.Sprintf("it has %d alone, so that it shows no change", last), "a dataset of several years")
		return nil
	}
	before, err := w.ask(f, "chokepoints", "products", "all", "method", f.With["method"], "weights", f.With["weights"], "years", strconv.Itoa(first), "history", chokepoints.NoHistory)
	if err != nil {
		return err
	}
	b := heldIn(before)
	f.Figure = fmt.Sprintf("%d of the first %d in %d, %d of %d in %d", b.top[economy], min(firstPairs, b.pairs), first, h.top[economy], top, last)
	f.say("In %d it held %d of the first %d, and %d single points of failure.", first, b.top[economy], min(firstPairs, b.pairs), b.single[economy])
	verdict = Falls
	if h.top[economy] > b.top[economy] {
		verdict = Stands
	}
	f.part("that they became more", verdict, "%d in %d, %d in %d", b.top[economy], first, h.top[economy], last)
	return nil
}

// holdsOtherwise says what the economy holds of the first pairs under other weights, by the other definitions that look at the
// supplier's part of the world's exports, and of strategic goods alone.
func (w *work) holdsOtherwise(f *Finding, economy string, year, ours int) error {
	f.Numbers = &Numbers{Head: []string{fmt.Sprintf("%d, of the first %d", year, firstPairs), economy, "Most"}}
	ask := func(parameter, word, name string) (n int, err error) {
		values := map[string]string{"products": "all", "method": f.With["method"], "weights": f.With["weights"], "years": strconv.Itoa(year), "history": chokepoints.NoHistory}
		values[parameter] = name
		maps.DeleteFunc(values, func(_, value string) bool { return value == "" })
		t, err := w.answer("chokepoints", values)
		if err != nil {
			return 0, err
		}
		other, most := heldIn(t), "–"
		if leaders := other.leaders(); len(leaders) > 0 {
			most = fmt.Sprintf("%s %d", leaders[0], other.top[leaders[0]])
		}
		f.Numbers.Rows = append(f.Numbers.Rows, []string{word + " " + name, strconv.Itoa(other.top[economy]), most})
		return other.top[economy], nil
	}
	vary := func(parameter, word, others string, names []string) error {
		low, high := ours, ours
		for _, name := range names {
			n, err := ask(parameter, word, name)
			if err != nil {
				return err
			}
			low, high = min(low, n), max(high, n)
		}
		f.say("With other %s it holds between %d and %d.", others, low, high)
		return nil
	}
	if err := vary("weights", "weights", "weights", chokepoints.WeightNames()); err != nil {
		return err
	}
	var methods []string
	for _, m := range method.Originals() {
		// A choke point is a matter of the world's exports: definitions that look at the importer alone flag most of what is traded.
		if slices.ContainsFunc(m.Criteria, func(c *indicator.Criterion) bool { return strings.Contains(c.String(), "partner_world_share") }) {
			methods = append(methods, m.ID)
		}
	}
	if err := vary("method", "by", "definitions that look at world exports", methods); err != nil {
		return err
	}
	n, err := ask("products", "goods of", chokepoints.StrategicGoods)
	f.say("All goods are ranked; of strategic goods alone it holds %d of the first %d.", n, firstPairs)
	return err
}

func sum(m map[string]int) (n int) {
	for _, x := range m {
		n += x
	}
	return n
}
