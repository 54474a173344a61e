package brief

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"chokepoint/chokepoints"
	"chokepoint/dependence"
	"chokepoint/result"
	"chokepoint/trade"
)

// Subject is what a report is about: the dependence of one economy or bloc, on anyone or on one partner, for all goods or some, in a year.
type Subject struct {
	Importer, Partner, Products string // as questions take them; Partner and Products may be ""
	Method, MinValue            string
	Year                        int
	Years                       []int // of the dataset, ascending

	Name       func(label string) string // of economies and blocs
	InSentence func(label string) string // the same inside a sentence, such as the USA
	Definition string                    // name of the method
	Goods      string                    // name of the products; "" is all goods
}

// Report says in words what a dataset holds on a subject. Each number knows the question that gives it.
type Report struct {
	Subject
	Sections []*Section
	Headline *result.Table // the count that all else is about
	Cannot   bool          // the dataset lacks what that is made of; nothing else is said

	work    *work
	depends map[[2]string]bool // products and suppliers on which the importer depends
}

// Section is a part of a report.
type Section struct {
	Title     string
	Sentences []Sentence // of one paragraph
	Items     []Sentence // of a list under it
	Commands  []string   // that give the numbers
}

// Sentence is text with numbers and names in it that lead somewhere.
type Sentence []Phrase

// Phrase is a piece of a sentence: plain words or, where Values are set, what is from a question about the subject with these parameters. Of
// a number that is rounded Exact has all digits.
type Phrase struct {
	Text, Exact string
	Values      map[string]string
}

// MakeReport asks for what a report on a subject says, and writes it.
func MakeReport(ctx context.Context, ask Ask, s Subject) (*Report, error) {
	r := &Report{Subject: s, work: &work{ctx: ctx, put: ask, years: s.Years, known: map[string]*result.Table{}}}
	for _, write := range []func(*Report) error{(*Report).summary, (*Report).history, (*Report).partners, (*Report).otherWay, (*Report).products, (*Report).hardToReplace} {
		if err := write(r); err != nil || r.Cannot {
			return r, err
		}
	}
	return r, nil
}

// section begins a part of the report, which asks questions about the subject; pairs change their parameters.
func (r *Report) section(title string) (s *Section, ask func(question string, pairs ...string) (*result.Table, error)) {
	s = &Section{Title: title}
	r.Sections = append(r.Sections, s)
	f := &Finding{}
	return s, func(question string, pairs ...string) (*result.Table, error) {
		values := r.values(pairs...)
		var list []string
		for name, value := range values {
			list = append(list, name, value)
		}
		t, err := r.work.ask(f, question, list...)
		s.Commands = f.Commands
		return t, err
	}
}

// values are the parameters of the subject, changed by pairs of names and values; "" leaves one out.
func (r *Report) values(pairs ...string) map[string]string {
	values := map[string]string{"importers": r.Importer, "partners": r.Partner, "products": r.Products, "method": r.Method, "years": strconv.Itoa(r.Year), "min-value": r.MinValue}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return values
}

// joined is a sentence of texts and phrases.
func joined(parts ...any) (s Sentence) {
	for _, part := range parts {
		if p, ok := part.(Phrase); ok {
			s = append(s, p)
		} else {
			s = append(s, Phrase{Text: part.(string)})
		}
	}
	return s
}

func (s *Section) say(parts ...any) { s.Sentences = append(s.Sentences, joined(parts...)) }

func (s *Section) item(parts ...any) { s.Items = append(s.Items, joined(parts...)) }

// count is a number of products as a phrase; usd is an amount, share a share.
func (r *Report) count(n int, pairs ...string) Phrase {
	text := result.ShortInt(n) + " products"
	if n == 1 {
		text = "1 product"
	}
	return Phrase{Text: text, Values: r.values(pairs...)}
}

// number is a count without its noun.
func (r *Report) number(n int, pairs ...string) Phrase {
	return Phrase{Text: result.ShortInt(n), Values: r.values(pairs...)}
}

func (r *Report) usd(x float64, pairs ...string) Phrase {
	return Phrase{result.ShortFloat(x, result.USD) + " USD", result.ExactFloat(x, result.USD) + " USD", r.values(pairs...)}
}

func (r *Report) share(x float64, pairs ...string) Phrase {
	return Phrase{result.Percent(x), result.ExactFloat(x, result.Share), r.values(pairs...)}
}

// party is the name of an economy or bloc.
func (r *Report) party(label string, pairs ...string) Phrase {
	return Phrase{Text: r.Name(label), Values: r.values(pairs...)}
}

// on says on whom, and for which goods, where that is restricted.
func (r *Report) on() string {
	if r.Partner == "" {
		return ""
	}
	return " on " + r.InSentence(r.Partner)
}

func (r *Report) ofGoods() string {
	if r.Goods == "" {
		return ""
	}
	return " of " + r.Goods
}

// definition names the definition in a sentence.
func (r *Report) definition() string {
	if strings.HasPrefix(r.Definition, "your ") {
		return r.Definition
	}
	return "the definition " + r.Definition
}

// summary is the headline: how many products, of which value, and how far other definitions differ.
func (r *Report) summary() error {
	s, ask := r.section("In short")
	t, err := ask("count")
	if err != nil {
		return err
	}
	r.Headline = t
	rows, year := counts.Rows(t), trade.Period(r.Year).String()
	if r.Cannot = len(rows) != 1 || !rows[0].Status.Answers(); r.Cannot {
		return nil // the page says why
	}
	row := &rows[0]
	s.say("In "+year+", "+r.InSentence(r.Importer)+" was import-dependent"+r.on()+" in ", r.count(row.Products), " of the ", r.number(row.TradedProducts), r.ofGoods()+" that it imported, by "+r.definition()+".")
	if row.Products > 0 {
		parts := []any{"Its imports of these products were worth ", r.usd(row.Imports), ", ", r.share(row.ShareOfImports), " of all its imports" + r.ofGoods()}
		if r.Partner != "" && !math.IsNaN(row.ImportsFromPartner) {
			parts = append(parts, "; ", r.usd(row.ImportsFromPartner), " came from "+r.InSentence(r.Partner))
		}
		s.say(append(parts, ".")...)
	}
	all, err := ask("count", "method", "all")
	if err != nil {
		return err
	}
	low, high, n := 0, 0, 0
	for _, other := range counts.Rows(all) {
		if !other.Status.Answers() || other.Method == r.Method {
			continue
		}
		if n == 0 || other.Products < low {
			low = other.Products
		}
		high = max(high, other.Products)
		n++
	}
	if n > 1 {
		s.say("By the ", Phrase{Text: strconv.Itoa(n) + " other definitions", Values: r.values("method", "all")}, " that can be computed with this dataset, the number is between ", r.number(low, "method", "all"), " and ", r.number(high, "method", "all"), ".")
	}
	return nil
}

// history compares with the year five years before and with the first one.
func (r *Report) history() error {
	earlier := dependence.EarlierYears(r.Years, r.Year)
	if len(earlier) == 0 {
		return nil
	}
	s, ask := r.section("How it changed")
	t, err := ask("count", "years", listOf(append(slices.Clone(earlier), r.Year)))
	if err != nil {
		return err
	}
	at := map[int]*dependence.CountRow{}
	rows := counts.Rows(t)
	for i := range rows {
		at[rows[i].Year] = &rows[i]
	}
	amount, what := func(c *dependence.CountRow) float64 { return c.Imports }, "The value of its imports of such products was "
	if r.Partner != "" {
		amount, what = func(c *dependence.CountRow) float64 { return c.ImportsFromPartner }, "The value of its imports of such products from "+r.InSentence(r.Partner)+" was "
	}
	for _, y := range earlier {
		year, then := trade.Period(y).String(), at[y]
		products := dependence.CompareCounts(then, func(c *dependence.CountRow) float64 { return result.IntNumber(c.Products) })
		if math.IsNaN(products) {
			s.say("For " + year + ", this cannot be computed: the dataset lacks a part of the figures.")
			continue
		}
		s.say("In "+year+", the number was ", r.number(int(products), "years", year), ".")
		change := dependence.Change(dependence.CompareCounts(at[r.Year], amount), dependence.CompareCounts(then, amount))
		switch {
		case math.IsNaN(change) || change == 0 || math.IsInf(change, 0):
		case change > 0:
			s.say(what, r.share(change, "years", year), " higher in "+trade.Period(r.Year).String()+" than in "+year+", in current dollars.")
		default:
			s.say(what, r.share(-change, "years", year), " lower in "+trade.Period(r.Year).String()+" than in "+year+", in current dollars.")
		}
	}
	return nil
}

// mostListed is how many partners, products and pairs a report lists.
const mostListed = 8

// partners lists on whom the importer depends for most products.
func (r *Report) partners() error {
	if r.Partner != "" {
		return nil
	}
	s, ask := r.section("On which partners")
	t, err := ask("count", "partners", "all")
	if err != nil {
		return err
	}
	rows := slices.DeleteFunc(slices.Clone(counts.Rows(t)), func(c dependence.CountRow) bool { return c.Products <= 0 || c.Partner == "-" })
	slices.SortStableFunc(rows, func(a, b dependence.CountRow) int {
		return cmp.Or(cmp.Compare(b.Products, a.Products), cmp.Compare(b.Imports, a.Imports))
	})
	if len(rows) == 0 {
		s.say("By this definition, " + r.InSentence(r.Importer) + " depends on no single partner.")
		return nil
	}
	s.say("A product can count for two partners. The partners with the most products are:")
	for _, c := range rows[:min(mostListed, len(rows))] {
		p := []string{"partners", c.Partner}
		parts := []any{r.party(c.Partner, p...), ": ", r.count(c.Products, p...), ", with total imports of ", r.usd(c.Imports, p...)}
		if !math.IsNaN(c.ImportsFromPartner) {
			parts = append(parts, ", ", r.usd(c.ImportsFromPartner, p...), " of it from this partner")
		}
		s.item(append(parts, ".")...)
	}
	return nil
}

// otherWay says how far the partner depends on the importer.
func (r *Report) otherWay() error {
	if r.Partner == "" {
		return nil
	}
	s, ask := r.section("The other way round")
	t, err := ask("count", "importers", r.Partner, "partners", r.Importer)
	if err != nil {
		return err
	}
	rows, back := counts.Rows(t), []string{"importers", r.Partner, "partners", r.Importer}
	if len(rows) != 1 || !rows[0].Status.Answers() {
		s.say("How far " + r.InSentence(r.Partner) + " depends on " + r.InSentence(r.Importer) + " cannot be computed: the dataset has no imports of " + r.InSentence(r.Partner) + " in " + trade.Period(r.Year).String() + ".")
		return nil
	}
	c := &rows[0]
	parts := []any{"In " + trade.Period(r.Year).String() + ", " + r.InSentence(r.Partner) + " was import-dependent on " + r.InSentence(r.Importer) + " in ", r.count(c.Products, back...)}
	if c.Products > 0 && !math.IsNaN(c.ImportsFromPartner) {
		parts = append(parts, ", of which it bought ", r.usd(c.ImportsFromPartner, back...), " from there")
	}
	s.say(append(parts, ".")...)
	return nil
}

// nearThreshold is how near to a threshold, relative to it, a verdict is called narrow.
const nearThreshold = 0.1

// products lists the products with the largest imports, and says how many verdicts are narrow.
func (r *Report) products() error {
	s, ask := r.section("In which products")
	t, err := ask("dependencies")
	if err != nil {
		return err
	}
	rows := slices.Clone(dependence.DependencySchema.Rows(t))
	if len(rows) == 0 {
		s.say("In none.")
		return nil
	}
	slices.SortStableFunc(rows, func(a, b dependence.DependencyRow) int { return cmp.Compare(b.Imports, a.Imports) })
	narrow, open := 0, 0
	r.depends = map[[2]string]bool{}
	for i := range rows {
		r.depends[[2]string{rows[i].Product.Code, rows[i].Supplier()}] = true
		if math.Abs(rows[i].Distance) < nearThreshold {
			narrow++
		}
		if rows[i].CouldTurn != "" {
			open++
		}
	}
	s.say("The list has ", r.number(len(rows)), map[bool]string{true: " entry", false: " entries"}[len(rows) == 1]+", one for each product and partner. For ", r.number(narrow), " of them, a change of less than a tenth of a threshold would change the verdict.")
	if open > 0 {
		s.say("For ", r.number(open), " of them, the purchases of importers that the dataset lacks could change it.")
	}
	s.say("The largest imports are:")
	for i := range rows[:min(mostListed, len(rows))] {
		d := &rows[i]
		p := []string{"products", d.Product.Code, "partners", d.Supplier()}
		parts := []any{Phrase{Text: d.Product.Code + " " + d.Product.Description, Values: r.values(p...)}, ": ", r.usd(d.Imports, p...)}
		if share := d.PartnerShare(); !math.IsNaN(share) {
			parts = append(parts, ", ", r.share(share, p...), " of it from "+r.InSentence(d.Supplier()))
		} else {
			parts = append(parts, ", most of it from "+r.InSentence(d.Supplier()))
		}
		if d.MethodsAsked > 0 {
			agree := strconv.Itoa(int(d.MethodsAgree))
			if d.MethodsAgree == 0 {
				agree = "none"
			}
			parts = append(parts, "; ", Phrase{Text: agree + " of " + strconv.Itoa(int(d.MethodsAsked)) + " other definitions", Values: r.values(p...)}, " agree")
		}
		s.item(append(parts, ".")...)
	}
	return nil
}

// hardToReplace says which of the suppliers are choke points and single points of failure by the rule of the program, which looks at all who
// depend on them.
func (r *Report) hardToReplace() error {
	if len(r.depends) == 0 {
		return nil
	}
	s, ask := r.section("Which suppliers are hard to replace")
	everybody := []string{"importers", "", "products", orElse(r.Products, "all"), "history", chokepoints.NoHistory}
	t, err := ask("chokepoints", everybody...)
	if err != nil {
		return err
	}
	pairs := slices.DeleteFunc(slices.Clone(chokepoints.Schema.Rows(t)), func(c chokepoints.Row) bool { return !r.depends[[2]string{c.Product.Code, c.Partner.Label}] })
	chokes, singles, open := 0, 0, 0
	for i := range pairs {
		if pairs[i].Choke {
			chokes++
		}
		if pairs[i].Single {
			singles++
			if pairs[i].Open {
				open++
			}
		}
	}
	s.say("It depends on ", r.number(len(pairs)), map[bool]string{true: " pair", false: " pairs"}[len(pairs) == 1]+" of product and supplier. Counting all economies that depend on them, ", r.number(chokes), map[bool]string{true: " is a choke point", false: " are choke points"}[chokes == 1]+" and ", r.number(singles), map[bool]string{true: " is a single point of failure. ", false: " are single points of failure. "}[singles == 1], chokepoints.Words())
	if open > 0 {
		s.say("For ", r.number(open), " of the single points, the purchases of importers without data could change the verdict.")
	}
	for i := range pairs[:min(mostListed, len(pairs))] {
		c := &pairs[i]
		if !c.Choke {
			break // those that are stand first
		}
		p := []string{"products", c.Product.Code, "partners", c.Partner.Label}
		kind := "choke point"
		if c.Single {
			kind = "single point of failure"
		}
		s.item(Phrase{Text: c.Product.Code + " " + c.Product.Description + ", from " + r.InSentence(c.Partner.Label), Values: r.values(p...)}, ": "+kind+", with ", r.share(c.WorldShare(), p...), " of world exports.")
	}
	return nil
}
