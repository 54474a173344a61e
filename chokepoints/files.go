package chokepoints

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"chokepoint/elasticity"
	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/sector"
	"chokepoint/study"
	"chokepoint/trade"
)

// files are those that decide a ranking.
type files struct {
	weights      *Weights
	rule         *rule.SinglePoint
	stages       sectors
	stockability sectors
	strategic    sectors
	elasticities *elasticity.Set // nil is none
	watched      *sector.WatchList
}

// open opens what the options name.
func (c *ranking) open(o Options) (err error) {
	c.files = &files{watched: sector.Watched()}
	c.Use("watch", c.watched.ID, c.watched.Text)
	if c.weights, err = weightsOf(c.Source, study.OrElse(o.Weights, DefaultWeights)); err != nil {
		return err
	}
	if c.rule, err = c.openRule(study.OrElse(o.SinglePoint, DefaultSinglePoint)); err != nil {
		return err
	}
	if c.elasticities, err = c.openElasticities(o.Elasticities); err != nil {
		return err
	}
	for _, l := range []struct {
		parameter, name, none string
		into                  *sectors
	}{{"stages", study.OrElse(o.Stages, DefaultStages), sector.Unclassified, &c.stages}, {"stockability", study.OrElse(o.Stockability, DefaultStockability), "", &c.stockability},
		{"products", strings.TrimPrefix(StrategicGoods, "list:"), "", &c.strategic}} {
		if *l.into, err = c.openSectors(l.name, l.none); err != nil {
			return fault.Questionf("%s: %w", l.parameter, err)
		}
	}
	return c.checkStages()
}

// The files of a question that names none.
const (
	DefaultSinglePoint  = "single-point"
	DefaultStages       = "bec"
	DefaultStockability = "stockability"
)

// openRule opens the rule of choke points and single points of failure. Weights from before there were rules may hold bounds of their own.
func (c *ranking) openRule(name string) (*rule.SinglePoint, error) {
	r, err := study.Chosen(c.Source, "single-point", name, rule.SinglePointNames(), rule.OpenSinglePoint, rule.ParseSinglePoint)
	if err != nil {
		return nil, err
	}
	c.Use("single-point", r.ID, r.Text)
	if p := c.weights.SinglePoint; p != nil {
		own := *r
		own.WorldShare, own.Rearrangement = &p.WorldShare, &p.Rearrangement
		return &own, nil
	}
	return r, nil
}

func (c *ranking) openElasticities(name string) (*elasticity.Set, error) {
	if name == "" {
		return nil, nil
	}
	if c.Files == nil {
		return nil, fault.Questionf("elasticities %q: files are not read here", name)
	}
	set, err := elasticity.Open(name)
	if err != nil {
		return nil, fault.Question(err)
	}
	c.Use("elasticities", filepath.Base(name), set.Text)
	return set, nil
}

// sectors are those of a product list that hold each product of the dataset.
type sectors struct {
	list *sector.List
	none string // where none does
	by   map[string]string
}

func (s sectors) of(product string) string {
	if id, ok := s.by[product]; ok {
		return id
	}
	return s.none
}

// openSectors opens a list and finds the sectors of each product of the dataset.
func (c *ranking) openSectors(name, none string) (sectors, error) {
	l, err := c.List(name)
	if err != nil {
		return sectors{}, err
	}
	s := sectors{list: l, none: none}
	n := c.Dataset.Manifest().Nomenclature
	carried, _ := l.Carry(n)
	s.by = carried.SectorsOf(n, c.codes())
	return s, nil
}

// codes are the products of the dataset, ascending.
func (c *ranking) codes() []string {
	codes := study.CodesIn(c.Dataset.Products())
	slices.Sort(codes)
	return codes
}

// checkStages sees to it that the part position, where the weights use it, has a number for each stage of the list.
func (c *ranking) checkStages() error {
	if !c.weights.names("position") {
		return nil
	}
	for _, s := range c.stages.list.Sectors {
		if _, ok := c.weights.PositionScale[s.ID]; !ok {
			return fault.Questionf("stages %s: the weights %s use the part position, and their position_scale has no stage %q; expected the stages %s and %s, or weights that do not name position",
				c.stages.list.ID, c.weights.ID, s.ID, strings.Join(sector.Stages, ", "), sector.Unclassified)
		}
	}
	return nil
}

// sigmaOf is the elasticity of substitution between suppliers of a product, and the code that it is of: that of the file, else that of
// the weights, which is of no code.
func (c *ranking) sigmaOf(product string) (sigma float64, of string) {
	if sigma, of, ok := SigmaOf(c.elasticities, c.Dataset.Manifest().Nomenclature, product); ok {
		return sigma, of
	}
	standard, _ := c.weights.sigma()
	return standard, ""
}

// SigmaOf is the elasticity of substitution that a file has of a product of a revision, and the revision and code that it is of; ok is false where it has
// none. Where the file has another revision and several codes of it hold the product, it is their mean by what each holds of it, or with equal
// weights where nobody has published that. The nil set has none.
func SigmaOf(e *elasticity.Set, n trade.Nomenclature, product string) (sigma float64, of string, ok bool) {
	if e == nil {
		return 0, "", false
	}
	links := []sector.Link{{Code: product, Share: 1}}
	if e.Revision != "" && e.Revision != n {
		x, err := sector.Correspond(product, n, e.Revision)
		if err != nil {
			return 0, "", false // a code that no revision has
		}
		links = x.Links
	}
	equal := slices.ContainsFunc(links, func(l sector.Link) bool { return !(l.Share > 0) })
	var sum, weights float64
	var codes []string
	for _, l := range links {
		x, code, ok := e.Of(l.Code)
		if !ok {
			continue
		}
		if equal {
			l.Share = 1
		}
		sum += l.Share * x
		weights += l.Share
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if weights == 0 {
		return 0, "", false
	}
	return sum / weights, strings.TrimSpace(string(e.Revision) + " " + strings.Join(codes, " ")), true
}

// goodsText says which goods are ranked, for the title.
func goodsText(products string) string {
	switch {
	case products == "":
		return "all products"
	case products == StrategicGoods:
		return "strategic goods (list strategic)"
	case len(products) > 40:
		return "products asked for"
	}
	return "products " + products
}

// note says what the answer rests on.
func (c *ranking) note(t *result.Table) {
	var weights []string
	for _, u := range c.weights.used() {
		weights = append(weights, fmt.Sprintf("%s %v", u.name, u.weight))
	}
	t.Note("weights %s: %s; rank_low and rank_high are the ranks within which a pair stays when any one weight is left out or doubled", c.weights.ID, strings.Join(weights, ", "))
	t.Note("%s", c.ruleText())
	t.Note("two_hop_share and dependents_two_hop are proxies: they follow goods of the same code through one economy and mix its supplies in proportion; inputs in other goods are not seen")
	if c.join != nil {
		c.join.Note(t)
	}
	switch {
	case !c.weights.names("position"):
	case c.join != nil:
		t.Note("position is 1 − 1 ÷ upstreamness, the stages to final use of what the supplier's industry makes by the input-output tables; where they have none it is read from the stage of processing (list %s)", c.stages.list.ID)
	default:
		t.Note("position is read from the stage of processing of the product's code (list %s), the same for all uses of a good; upstreamness proper needs input-output tables", c.stages.list.ID)
	}
	t.Note("%s", c.sigmaText())
	c.noteLack(t)
	t.Add(c.watchNotes()...)
	switch {
	case !c.history:
		t.Note("since is empty, as no earlier years were asked about (history %s)", NoHistory)
	case len(c.Have) > 1:
		t.Note("since %s means at least since then: the dataset begins there", trade.Period(c.Have[0]))
	default:
		t.Note("the dataset has one %s: since says nothing", c.Unit(1))
	}
	if !c.Methods[0].HasPartner() {
		t.Note("%s has no criterion on the partner: dependents of a supplier are those whose top supplier it is", c.Methods[0].ID)
	}
}

// ruleText says what the words choke point and single point of failure mean.
func (c *ranking) ruleText() string {
	text := fmt.Sprintf("by the rule %s (%s) %s", c.rule.ID, c.rule.Date, WordsOf(c.rule))
	if c.weights.SinglePoint != nil {
		text += fmt.Sprintf("; the share and the ratio are those of the weights %s", c.weights.ID)
	}
	return text
}

// WordsOf say what a choke point and a single point of failure are by a rule.
func WordsOf(r *rule.SinglePoint) string {
	return fmt.Sprintf("a choke point has at least %v dependents, which together buy at least %s million USD from the supplier; a single point of failure is a choke point with at least %s %% of world exports and a rearrangement ratio of at least %v",
		*r.Dependents, strconv.FormatFloat(*r.Bought/1e6, 'f', -1, 64), strconv.FormatFloat(100**r.WorldShare, 'f', -1, 64), *r.Rearrangement)
}

// Words is a sentence that says what a choke point and a single point of failure are by the rule of questions that name none.
func Words() string {
	r, err := rule.OpenSinglePoint(DefaultSinglePoint)
	if err != nil {
		panic(err) // the rule is the program's
	}
	text := WordsOf(r)
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// sigmaText says where the elasticities are from.
func (c *ranking) sigmaText() string {
	sigma, weights := c.weights.sigma()
	standard := fmt.Sprintf("sigma %v of the weights %s", sigma, weights)
	if c.elasticities == nil {
		return "price_index takes " + standard + " for every product, as no file of elasticities is given (--elasticities): it ranks by the share of the supplier alone"
	}
	known := map[string]bool{}
	for i := range c.rows {
		known[c.rows[i].Product.Code] = c.rows[i].pair.sigmaOf != ""
	}
	n := 0
	for _, ok := range known {
		if ok {
			n++
		}
	}
	return fmt.Sprintf("price_index takes sigma from %s (%s) for %d of the %d products, and %s for the others", c.elasticities.File, c.elasticities.Format, n, len(known), standard)
}
