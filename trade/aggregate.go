package trade

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// AggregateKind says what an aggregate adds up.
type AggregateKind string

const (
	AggregateWorld    AggregateKind = "world"    // all economies
	AggregateGroup    AggregateKind = "group"    // some economies, such as NATO or the low-income countries
	AggregateProducts AggregateKind = "products" // products, such as TOTAL and AG6 of UN Comtrade
)

// Aggregate is a line of data/aggregates.csv: a name that lists of economies or products have, but that stands for a sum of
// several. Whoever takes it for one economy or product counts trade twice.
type Aggregate struct {
	Name   string
	Kind   AggregateKind
	Blocs  []string // ids of the blocs that come near
	Source string   // whose lists have the name
	Note   string
}

//go:embed data/aggregates.csv
var aggregatesCSV string

type aggregateIndex struct{ economies, products nameIndex[*Aggregate] }

// aggregates are the lines of data/aggregates.csv by name.
var aggregates = sync.OnceValue(func() *aggregateIndex {
	index := &aggregateIndex{}
	for _, row := range embedded(aggregatesCSV, 5) {
		a := &Aggregate{Name: row[0], Kind: AggregateKind(row[1]), Blocs: strings.Fields(row[2]), Source: row[3], Note: row[4]}
		if a.Kind == AggregateProducts {
			index.products.add(a.Name, a)
		} else {
			index.economies.add(a.Name, a)
		}
	}
	return index
})

// AggregateOf finds the sum of economies that text names, in any case and punctuation: World, WLD, W00, 0, NATO. Economies
// come first: what Economies.Resolve knows is no aggregate.
func AggregateOf(text string) (Aggregate, bool) { return firstOf(&aggregates().economies, text) }

// ProductAggregateOf finds the sum of products that text names: TOTAL, AG2, AG6.
func ProductAggregateOf(text string) (Aggregate, bool) { return firstOf(&aggregates().products, text) }

func firstOf(index *nameIndex[*Aggregate], text string) (Aggregate, bool) {
	text = repair(strings.TrimSpace(text))
	found := index.get(text)
	if len(found) == 0 && !strings.ContainsAny(text, ",+|") { // EU 15 and EU-15 are EU15
		found = index.names[oneWord(fold(text, false))]
	}
	if len(found) == 0 {
		return Aggregate{}, false
	}
	return *found[0], true
}

// AggregateError is a sum where one economy is wanted.
type AggregateError struct {
	Text string // as given
	Aggregate
	Advice string // what to write instead; empty where the caller knows better
}

func (e *AggregateError) Error() string {
	what := "a group of economies, not an economy"
	if e.Kind == AggregateWorld {
		what = "a total over all economies, not an economy"
	}
	msg := fmt.Sprintf("%q is %s", e.Text, what)
	if e.Advice != "" {
		msg += "; " + e.Advice
	}
	return msg
}

// Advise adds to an *AggregateError what to write in a selection instead. Other errors stay as they are.
func (b *Blocs) Advise(err error) error {
	var aggregate *AggregateError
	if !errors.As(err, &aggregate) {
		return err
	}
	var known []string
	for _, id := range aggregate.Blocs {
		if _, ok := b.Get(id); ok {
			known = append(known, id)
		}
	}
	switch {
	case aggregate.Kind == AggregateWorld:
		aggregate.Advice = "write all for every economy by itself; for partners also - for anyone, or leave them out"
	case len(known) > 0:
		aggregate.Advice = "write the bloc " + strings.Join(known, " or ")
	default:
		aggregate.Advice = "no bloc has that name: list its members with + between them, or write a bloc of your own (docs/blocs.md)"
	}
	if aggregate.Note != "" {
		aggregate.Advice += " (" + aggregate.Note + ")"
	}
	return aggregate
}
