// Package study is what all questions share: a source of data, a query and its parameters, what they mean to a dataset (economies, blocs,
// products, years, definitions), the engine that computes the sums, what is missing, and the provenance of an answer.
//
// The package must never import ingest, synth, clickhouse or server: it does not know where data come from or who asks.
package study

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/trade"
)

// Query is what a user asks, as text: the same behind flags, URL parameters, JSON and provenance. The zero value asks
// for everything with the default method.
type Query struct {
	Dataset     string  // name; "" is the only one
	Importers   string  // selection; "" is all
	Partners    string  // selection; "" is -
	Products    string  // selection; "" is all
	Years       string  // "2000,2010:2020"; "" is all
	Method      string  // ids or files, comma-separated; "" is DefaultMethod
	Persistence string  // K/N; "" is the method's own
	World       string  // gross or net; "" is the method's own
	Hubs        string  // list of entrepôts that mark rows: entrepots, or a file; "" is none
	MinValue    float64 // USD
}

// DefaultMethod is used where a question needs a method and none is named.
const DefaultMethod = "merics-2024-floor"

// fields is the one list of parameters: names as flags and URL parameters, with defaults and access to the field.
var fields = []field{
	{"dataset", "", func(q *Query) *string { return &q.Dataset }},
	{"importers", "all", func(q *Query) *string { return &q.Importers }},
	{"partners", "-", func(q *Query) *string { return &q.Partners }},
	{"products", "all", func(q *Query) *string { return &q.Products }},
	{"years", "all", func(q *Query) *string { return &q.Years }},
	{"method", DefaultMethod, func(q *Query) *string { return &q.Method }},
	{"persistence", "", func(q *Query) *string { return &q.Persistence }},
	{"world", "", func(q *Query) *string { return &q.World }},
	{"hubs", "", func(q *Query) *string { return &q.Hubs }},
}

// At returns where q keeps the text of a parameter; nil for one that is no text of it.
func (q *Query) At(name string) *string {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return fields[i].at(q)
}

// Set puts the text of a parameter into q; name is that of a flag.
func (q *Query) Set(name, text string) (err error) {
	if name == "min-value" {
		q.MinValue, err = ParseMinValue(text)
		return err
	}
	at := q.At(name)
	if at == nil {
		return fault.Questionf("unknown parameter %q", name)
	}
	*at = text
	return nil
}

type field struct {
	name, standard string // what the empty text stands for
	at             func(*Query) *string
}

// Canonical returns the same question with defaults left out, so that equal questions have equal texts.
func (q Query) Canonical() Query {
	for _, f := range fields {
		if v := f.at(&q); strings.TrimSpace(*v) == f.standard {
			*v = ""
		}
	}
	return q
}

// String writes the query as URL parameters in a fixed order, empty ones left out.
func (q Query) String() string {
	var parts []string
	for _, f := range fields {
		if v := *f.at(&q); v != "" {
			parts = append(parts, f.name+"="+url.QueryEscape(v))
		}
	}
	if q.MinValue != 0 {
		parts = append(parts, "min-value="+formatMinValue(q.MinValue))
	}
	return strings.Join(parts, "&")
}

// Asked stands for all that figures of q depend on but the data: its parameters, the text of the definition, the codes of the products and the
// members of all blocs, as a user's files may change. What datasets remember is found by it. The dataset's name and the marks of entrepôts are no part.
func (st *Study) Asked(q Query) (sum [sha256.Size]byte) {
	q.Dataset, q.Hubs = "", ""
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q\n", q.String(), st.Methods[0].Text, st.Products.Codes())
	for _, b := range st.Blocs.All() {
		fmt.Fprintf(h, "%q\n", b.String())
	}
	h.Sum(sum[:0])
	return sum
}

// ParseQuery reads what String writes. Unknown and repeated parameters are errors.
func ParseQuery(text string) (Query, error) {
	var q Query
	values, err := url.ParseQuery(text)
	if err != nil {
		return q, fmt.Errorf("query %q: %w", text, err)
	}
	for name, v := range values {
		if len(v) != 1 {
			return q, fmt.Errorf("parameter %s is given %d times; expected once, with a comma-separated list", name, len(v))
		}
		if err := q.Set(name, v[0]); err != nil {
			return q, err
		}
	}
	return q, nil
}

func formatMinValue(usd float64) string { return strconv.FormatFloat(usd, 'f', -1, 64) }

// ParseMinValue reads a floor in US dollars.
func ParseMinValue(text string) (float64, error) {
	digits, times := amount(text)
	n, err := indicator.ParseNumber(digits)
	if value := n.Value * times; err == nil && value >= 0 && value <= 1e15 {
		return value, nil
	}
	return 0, fault.Questionf("min-value %q: expected US dollars, a number from 0 to 1e15, for example 1000000, 1,000,000, 1e6, 1m or 1 million", text)
}

// grouped is a number with a comma before each three digits.
var grouped = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

// amount takes a number as people write it apart: 1,000,000 without its commas, and 1m, 1.5 bn or 2 trillion as a number and what it is times.
func amount(text string) (digits string, times float64) {
	digits, times = strings.ToLower(strings.TrimSpace(text)), 1
	for _, unit := range []struct {
		ending string
		times  float64
	}{{"trillion", 1e12}, {"tn", 1e12}, {"billion", 1e9}, {"bn", 1e9}, {"million", 1e6}, {"m", 1e6}, {"k", 1e3}} {
		if number, ok := strings.CutSuffix(digits, unit.ending); ok {
			digits, times = strings.TrimSpace(number), unit.times
			break
		}
	}
	if grouped.MatchString(digits) {
		digits = strings.ReplaceAll(digits, ",", "")
	}
	return digits, times
}

// methods reads the methods that q names, with its floor, persistence and world applied. get finds one by its name.
func (q Query) methods(get func(name string) (*method.Method, error)) ([]*method.Method, error) {
	names := q.Method
	if names == "" {
		names = DefaultMethod
	}
	var persistence *method.Persistence
	if q.Persistence != "" {
		p, err := method.ParsePersistence(q.Persistence)
		if err != nil {
			return nil, err
		}
		persistence = &p
	}
	var world trade.World
	if q.World != "" {
		var err error
		if world, err = trade.ParseWorld(q.World); err != nil {
			return nil, err
		}
	}
	var list []*method.Method
	add := func(m *method.Method) error {
		if slices.ContainsFunc(list, func(other *method.Method) bool { return other.ID == m.ID }) {
			return fmt.Errorf("method %s is named twice", m.ID)
		}
		list = append(list, m.With(q.MinValue, persistence, world))
		return nil
	}
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		found := method.Originals()
		if name != "all" {
			m, err := get(name)
			if err != nil {
				return nil, err
			}
			found = []*method.Method{m}
		}
		for _, m := range found {
			if err := add(m); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// World reads the treatment of trade inside blocs where no method decides it.
func (st *Study) World() (trade.World, error) {
	if st.Query.World == "" {
		return trade.Gross, nil
	}
	world, err := trade.ParseWorld(st.Query.World)
	return world, fault.Question(err)
}
