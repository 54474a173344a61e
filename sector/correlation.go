package sector

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"chokepoint/trade"
)

// Which codes of a revision hold the goods of which codes of the next: the UN conversion tables (one older code for each newer
// one), pairs to which published trade-based weights give at least a hundredth of either code (Harvard Growth Lab, to HS17), and
// what nomenclature/read.csv adds and drops. Codes that are the same and nothing else are left out. generate.go makes it.
//
//go:embed nomenclature/correlation.csv
var correlationCSV []byte

// CorrelationSource is where the correspondence of revisions comes from.
const CorrelationSource = "UN Statistics Division, HS conversion tables, as packed in the R package concordance 2.1.0 (MIT); trade-based weights of the Harvard Growth Lab (Apache-2.0) between neighbours up to HS17; where both are silent or odd, read in the descriptions of both revisions"

// Change is what became of a code from an older to a newer revision.
type Change string

// The changes. A newer code is split from an older one that others come from too; merged of several older ones.
const (
	Same           Change = "same"
	Renumbered     Change = "renumbered"
	Split          Change = "split"
	Merged         Change = "merged"
	SplitAndMerged Change = "split and merged"
	None           Change = "none" // the tables name no counterpart: a new good, or a code that was given up
)

// Link is a code of another revision that holds goods of the code asked about.
type Link struct {
	Code  string
	Share float64  // of the code's trade that is in the other, by the published weights; NaN where nothing is published
	Back  float64  // share of the other's trade that is the code's; NaN in the same way
	Table string   // un, trade, text; the least sure of the way, or "" where no revision changed anything
	With  []string // other codes of the asked revision whose goods it holds too, ascending
}

// Correspondence is a code in another revision.
type Correspondence struct {
	Code     string
	From, To trade.Nomenclature
	Change   Change             // from the older of the two revisions to the newer
	Links    []Link             // ascending
	By       trade.Nomenclature // the revision that made the change, where Changes knows it; "" elsewhere
}

// Correspond returns the codes of revision to that hold goods of a code of revision from. Revisions that are not neighbours are
// reached by way of those between.
func Correspond(code string, from, to trade.Nomenclature) (Correspondence, error) {
	c := Correspondence{Code: code, From: from, To: to}
	for _, n := range []trade.Nomenclature{from, to} {
		if bit(n) == 0 {
			return c, fmt.Errorf("revision %q: expected one of %v", n, trade.Nomenclatures())
		}
	}
	if !has(from, code) {
		return c, fmt.Errorf("%s has no product %s%s", from, code, existsIn(code))
	}
	shared := false
	for _, t := range reach(code, from, to) {
		back := reach(t.Code, to, from)
		for _, b := range back {
			if b.Code == code {
				t.Back = b.Share
			} else {
				t.With = append(t.With, b.Code)
			}
		}
		shared = shared || len(t.With) > 0
		c.Links = append(c.Links, t)
	}
	several := len(c.Links) > 1
	split, merged := several, shared
	if bit(from) > bit(to) {
		split, merged = shared, several
	}
	switch {
	case len(c.Links) == 0:
		c.Change = None
	case split && merged:
		c.Change = SplitAndMerged
	case split:
		c.Change = Split
	case merged:
		c.Change = Merged
	case c.Links[0].Code != code:
		c.Change = Renumbered
	default:
		c.Change = Same
	}
	return c, nil
}

// RevisionsOf returns the revisions that have a code.
func RevisionsOf(code string) (set Revisions) {
	for _, n := range trade.Nomenclatures() {
		if has(n, code) {
			set |= bit(n)
		}
	}
	return set
}

// existsIn says which revisions have a code, for messages.
func existsIn(code string) string {
	if set := RevisionsOf(code); set != 0 {
		return "; it is a product of " + set.String()
	}
	return ", nor has any other revision"
}

func has(n trade.Nomenclature, code string) bool {
	_, ok := slices.BinarySearch(ProductsOf(n), code)
	return ok
}

// reach follows a code from revision to revision.
func reach(code string, from, to trade.Nomenclature) []Link {
	all := trade.Nomenclatures()
	at, end := slices.Index(all, from), slices.Index(all, to)
	here := []Link{{Code: code, Share: 1}}
	for at != end {
		next, step := at+1, at
		side := 0
		if end < at {
			next, step, side = at-1, at-1, 1
		}
		var there []Link
		for _, l := range here {
			for _, e := range correlation()[step][side].of(l.Code, all[at], all[next]) {
				e.Share *= l.Share
				e.Table = lessSure(l.Table, e.Table)
				there = add(there, e)
			}
		}
		here, at = there, next
	}
	slices.SortFunc(here, func(a, b Link) int { return strings.Compare(a.Code, b.Code) })
	return here
}

// add adds a link to a list, in which a code that is reached twice stands once.
func add(list []Link, l Link) []Link {
	for i := range list {
		if list[i].Code == l.Code {
			list[i].Share += l.Share
			list[i].Table = lessSure(list[i].Table, l.Table)
			return list
		}
	}
	return append(list, l)
}

// tables are the sources of links, the surest first.
var tables = []string{"", "un", "trade", "text"}

func lessSure(a, b string) string {
	return tables[max(slices.Index(tables, a), slices.Index(tables, b))]
}

// direction is one way of a step between two neighbouring revisions: the links of each code that has any, and the codes that have
// some the other way only.
type direction struct {
	links map[string][]Link
	other map[string]bool
}

func (d direction) of(code string, from, to trade.Nomenclature) []Link {
	if l, ok := d.links[code]; ok {
		return l
	}
	if !d.other[code] && has(from, code) && has(to, code) {
		return []Link{{Code: code, Share: 1}}
	}
	return nil
}

// weighted is the number of steps between which weights are published. Beyond, the table names one older code for each newer
// one even where goods came from several.
const weighted = 5

// correlation holds the steps from each revision to the next: forward and back.
var correlation = sync.OnceValue(func() [][2]direction {
	rows, err := csv.NewReader(bytes.NewReader(correlationCSV)).ReadAll()
	if err != nil {
		panic("nomenclature/correlation.csv: " + err.Error())
	}
	steps := make([][2]direction, len(trade.Nomenclatures())-1)
	for i := range steps {
		for side := range 2 {
			steps[i][side] = direction{map[string][]Link{}, map[string]bool{}}
		}
	}
	for _, row := range rows[1:] {
		i := slices.Index(trade.Nomenclatures(), trade.Nomenclature(row[0]))
		for side, p := range [2]struct{ from, to, share string }{{row[1], row[2], row[4]}, {row[2], row[1], row[5]}} {
			share, err := strconv.ParseFloat(p.share, 64)
			if err != nil {
				share = math.NaN()
			}
			d := steps[i][side]
			d.links[p.from] = append(d.links[p.from], Link{Code: p.to, Share: share, Table: row[3]})
			steps[i][1-side].other[p.from] = true
		}
	}
	for i := range steps {
		for side := range 2 {
			for code, l := range steps[i][side].links {
				if len(l) == 1 && math.IsNaN(l[0].Share) && i < weighted {
					l[0].Share = 1
				}
				steps[i][side].links[code] = l
			}
		}
	}
	return steps
})

// mostNamed bounds the codes that a sentence names.
const mostNamed = 6

func codes(list []string) string {
	list = slices.Compact(list)
	if n := len(list); n > mostNamed {
		return strings.Join(list[:mostNamed], ", ") + fmt.Sprintf(" and %d more", n-mostNamed)
	}
	return strings.Join(list, ", ")
}

// String says what became of the code, from the view of its own revision, and which revision did it where that is known; ""
// where nothing became of it.
func (c Correspondence) String() string {
	var others, with []string
	for _, l := range c.Links {
		others = append(others, l.Code)
		with = append(with, l.With...)
	}
	slices.Sort(with)
	all, who := trade.Nomenclatures(), ""
	switch from, to := slices.Index(all, c.From), slices.Index(all, c.To); {
	case c.By != "":
		who = string(c.By) + " "
	case to-from == 1 || to-from == -1:
		who = string(all[max(from, to)]) + " "
	}
	before := bit(c.From) > bit(c.To)
	at := codes(others)
	if before || who == "" {
		at += " of " + string(c.To)
	}
	switch {
	case c.Change == Same:
		return ""
	case c.Change == None:
		return fmt.Sprintf("the tables name no code of %s for it", c.To)
	case c.Change == Renumbered && before:
		return fmt.Sprintf("%srenumbered it from %s", who, at)
	case c.Change == Renumbered:
		return fmt.Sprintf("%srenumbered it to %s", who, at)
	case c.Change == Split && before:
		return fmt.Sprintf("%ssplit it from %s, which also held %s", who, at, codes(with))
	case c.Change == Split:
		return fmt.Sprintf("%ssplit it into %s", who, at)
	case c.Change == Merged && before:
		return fmt.Sprintf("%smerged %s into it", who, at)
	case c.Change == Merged:
		return fmt.Sprintf("%smerged it with %s into %s", who, codes(with), at)
	case before:
		return fmt.Sprintf("%smade it of parts of %s, which also held %s", who, at, codes(with))
	}
	return fmt.Sprintf("%smoved its goods to %s, which also hold goods of %s", who, at, codes(with))
}

// Changes says in which revisions a code of revision n is not what it is in n: for older revisions from the nearest on, then for
// newer ones, each that differs from the one before it.
func Changes(code string, n trade.Nomenclature) []Correspondence {
	all := trade.Nomenclatures()
	at := slices.Index(all, n)
	if at < 0 || !has(n, code) {
		return nil
	}
	var list []Correspondence
	for _, way := range []int{-1, 1} {
		before := Correspondence{Change: Same, Links: []Link{{Code: code}}}
		for i := at + way; i >= 0 && i < len(all); i += way {
			c, err := Correspond(code, n, all[i])
			if err != nil {
				return nil
			}
			if c.Change != before.Change || !slices.EqualFunc(c.Links, before.Links, func(a, b Link) bool { return a.Code == b.Code && slices.Equal(a.With, b.With) }) {
				c.By = all[max(i, i-way)]
				list = append(list, c)
			}
			before = c
		}
	}
	return list
}

// ChangesOf says in words where the code of an entry is not the same in all revisions for which the entry stands, and what it was
// before the first and became after the last; "" for headings, chapters and codes that never changed.
func ChangesOf(e Entry) string {
	all := trade.Nomenclatures()
	var parts []string
	for i := range all[:len(all)-1] {
		older, newer := all[i], all[i+1]
		if len(e.Code) != 6 || !e.Revisions.Has(older) && !e.Revisions.Has(newer) {
			continue
		}
		from, to := older, newer
		if !e.Revisions.Has(older) {
			from, to = newer, older
		}
		if c, err := Correspond(e.Code, from, to); err == nil && c.Change != Same {
			parts = append(parts, c.String())
		}
	}
	return strings.Join(parts, "; ")
}
