package policy

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"chokepoint/fault"
	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/spelling"
	"chokepoint/study"
	"chokepoint/tomlfile"
	"chokepoint/trade"
)

// IndustrialPolicy is a policy that names sectors.
type IndustrialPolicy struct {
	ID        string         `toml:"id"`
	Name      string         `toml:"name"`
	Economy   string         `toml:"economy"`
	Date      string         `toml:"date"`
	Year      int            `toml:"year"` // the first that can show an effect
	Body      string         `toml:"body"`
	Successor string         `toml:"successor"`
	Source    string         `toml:"source"`
	Note      string         `toml:"note"`
	Sectors   []PolicySector `toml:"sectors"`
	Targets   []PolicyTarget `toml:"targets"`
}

// PolicySector is a sector in the words of a policy, and what stands for it in goods.
type PolicySector struct {
	Name      string `toml:"name"`
	Group     string `toml:"group"`     // heading in the document
	Selection string `toml:"selection"` // product list or part of one; "" where no code shows the sector
	Reason    string `toml:"reason"`    // why there is none, or what the selection leaves out
	Evidence  string `toml:"evidence"`
}

// PolicyTarget is what a policy aims at.
type PolicyTarget struct {
	Item     string   `toml:"item"`
	Value    *float64 `toml:"value"` // nil where it is a direction, not a number
	Unit     string   `toml:"unit"`
	Year     int      `toml:"year"` // by when; 0 where none is said
	Evidence string   `toml:"evidence"`
}

// evidences say how a fact of a policy is known: read in the source, read in others' words, or neither.
var evidences = []string{"verified", "secondary", "unverified"}

// String is the sector with its selection.
func (s PolicySector) String() string {
	return s.Name + ": " + study.OrElse(s.Selection, "no goods code")
}

// String is the target in a line.
func (t PolicyTarget) String() string {
	text := t.Item
	if t.Value != nil {
		text += " " + strconv.FormatFloat(*t.Value, 'f', -1, 64) + " " + t.Unit
	}
	if t.Year != 0 {
		text += " by " + strconv.Itoa(t.Year)
	}
	return text + " (" + t.Evidence + ")"
}

// Selections lists the product lists, and parts of them, that stand for the sectors, each once.
func (p *IndustrialPolicy) Selections() (list []string) {
	for _, s := range p.Sectors {
		if s.Selection != "" && !slices.Contains(list, s.Selection) {
			list = append(list, s.Selection)
		}
	}
	return list
}

// SectorTexts are the sectors in the policy's words, each with its selection.
func (p *IndustrialPolicy) SectorTexts() (list []string) {
	for _, s := range p.Sectors {
		list = append(list, s.String())
	}
	return list
}

// TargetTexts are the targets, each with how it is known.
func (p *IndustrialPolicy) TargetTexts() (list []string) {
	for _, t := range p.Targets {
		list = append(list, t.String())
	}
	return list
}

//go:embed policies/policies.toml
var policiesTOML []byte

var industrialPolicies = sync.OnceValue(func() []*IndustrialPolicy {
	list, err := parsePolicies("policies.toml", policiesTOML)
	if err != nil {
		panic(err)
	}
	return list
})

// IndustrialPolicies lists the policies that come with the program, by date.
func IndustrialPolicies() []*IndustrialPolicy { return slices.Clone(industrialPolicies()) }

func parsePolicies(name string, data []byte) ([]*IndustrialPolicy, error) {
	var file struct {
		Policies []*IndustrialPolicy `toml:"policy"`
	}
	if err := tomlfile.Decode(name, data, tomlfile.MaxFile, &file); err != nil {
		return nil, err
	}
	known := map[string]bool{"": true}
	for _, p := range file.Policies {
		if p.ID == "" || known[p.ID] || p.Name == "" || p.Source == "" || p.Economy == "" || p.Year == 0 {
			return nil, fmt.Errorf("policies %s: policy %q: expected an id of its own, name, economy, source and year", name, p.ID)
		}
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("policies %s: policy %s: %w", name, p.ID, err)
		}
		known[p.ID] = true
	}
	for _, p := range file.Policies {
		if !known[p.Successor] {
			return nil, fmt.Errorf("policies %s: policy %s: there is no successor %q", name, p.ID, p.Successor)
		}
	}
	return file.Policies, nil
}

func (p *IndustrialPolicy) check() error {
	if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
		return fmt.Errorf("date %q: expected YYYY-MM-DD", p.Date)
	}
	if len(p.Selections()) == 0 {
		return errors.New("no sector has a selection; expected at least one")
	}
	for _, s := range p.Sectors {
		switch {
		case s.Name == "" || !slices.Contains(evidences, s.Evidence):
			return fmt.Errorf("sector %q, evidence %q: expected a name, and as evidence %s", s.Name, s.Evidence, strings.Join(evidences, ", "))
		case s.Selection == "" && s.Reason == "":
			return fmt.Errorf("sector %q has neither a selection nor a reason for having none", s.Name)
		}
	}
	for _, t := range p.Targets {
		if t.Item == "" || !slices.Contains(evidences, t.Evidence) || (t.Value == nil) != (t.Unit == "") {
			return fmt.Errorf("target %q, evidence %q: expected an item, a unit where there is a value, and as evidence %s", t.Item, t.Evidence, strings.Join(evidences, ", "))
		}
	}
	return nil
}

// policy finds a policy and tells s that its file decides the answer.
func policy(s *study.Source, id string) (*IndustrialPolicy, error) {
	p, err := policyOf(id)
	if err == nil {
		s.Use("policy", p.ID, policiesTOML)
	}
	return p, err
}

func policyOf(id string) (*IndustrialPolicy, error) {
	var ids []string
	for _, p := range industrialPolicies() {
		if strings.EqualFold(p.ID, id) {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	return nil, fault.Questionf("there is no policy %q; expected %s%s", id, strings.Join(ids, ", "), spelling.Hint(id, ids))
}

// groups are the products that the policy's sectors name, in the dataset's revision, with notes on what they are and lack.
func (p *IndustrialPolicy) groups(s *study.Source) (groups []study.ProductGroup, notes []result.Note, err error) {
	var lists []string
	for _, selection := range p.Selections() {
		found, _, err := s.Groups(selection)
		if err != nil {
			return nil, nil, fmt.Errorf("policy %s: %w", p.ID, err)
		}
		groups = append(groups, found...)
		if list, _, _ := strings.Cut(selection, "/"); !slices.Contains(lists, list) {
			lists = append(lists, list)
		}
	}
	about := fmt.Sprintf("%s names %d sectors (source: %s); in goods: %s", p.ID, len(p.Sectors), p.Source, strings.Join(p.Selections(), ", "))
	if bare := p.withoutGoods(); len(bare) > 0 {
		about += "; without a goods code: " + strings.Join(bare, ", ")
	}
	notes = append(notes, result.Note{Kind: result.Origin, Subject: p.ID, Text: about})
	for _, list := range lists {
		_, more, err := s.Groups(list)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, more...)
	}
	return groups, notes, nil
}

// PolicySchema is the table of policies.
var PolicySchema = result.NewSchema("policies",
	result.TextField("policy", "Name of the policy for --policy.", func(p **IndustrialPolicy) string { return (*p).ID }),
	result.TextField("name", "Title of the policy.", func(p **IndustrialPolicy) string { return (*p).Name }),
	result.TextField("economy", "Economy whose policy it is.", func(p **IndustrialPolicy) string { return (*p).Economy }),
	result.TextField("date", "Date of issue.", func(p **IndustrialPolicy) string { return (*p).Date }),
	result.IntField("year", result.Year, "First year that can show an effect in annual trade.", func(p **IndustrialPolicy) int { return (*p).Year }),
	result.IntField("sectors_named", "count", "Number of sectors that it names.", func(p **IndustrialPolicy) int { return len((*p).Sectors) }),
	result.IntField("sectors_in_goods", "count", "Number of these sectors that correspond to product codes.", func(p **IndustrialPolicy) int { return len((*p).Sectors) - len((*p).withoutGoods()) }),
	result.IntField("targets_named", "count", "Number of targets.", func(p **IndustrialPolicy) int { return len((*p).Targets) }),
	result.TextField("body", "Issuing body.", func(p **IndustrialPolicy) string { return (*p).Body }),
	result.TextField("successor", "Policy that continues it.", func(p **IndustrialPolicy) string { return (*p).Successor }),
	result.TextField("sectors", "Sectors in the policy's words, each with the product list, or part of a list, that stands for it.", func(p **IndustrialPolicy) string { return strings.Join((*p).SectorTexts(), "; ") }).AsDetail(),
	result.TextField("targets", "Its targets, each with the evidence for it.", func(p **IndustrialPolicy) string { return strings.Join((*p).TargetTexts(), "; ") }).AsDetail(),
	result.TextField("source", "Where it was published.", func(p **IndustrialPolicy) string { return (*p).Source }).AsDetail(),
	result.TextField("note", "Remarks.", func(p **IndustrialPolicy) string { return (*p).Note }).AsDetail(),
)

// withoutGoods are the names of the sectors that no goods code shows.
func (p *IndustrialPolicy) withoutGoods() (names []string) {
	for _, s := range p.Sectors {
		if s.Selection == "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// Policies is the table of policies.
func Policies() *result.Table { return PolicySchema.Table("Industrial policies", industrialPolicies()) }

// PolicyEntry is a sector that a policy names, or a target: the other is nil.
type PolicyEntry struct {
	Sector *PolicySector
	Later  []string // policies that carry this one on and name goods of the sector too
	Target *PolicyTarget
}

// EntrySchema is the table of what a policy names and aims at.
var EntrySchema = result.NewSchema("policy-entries",
	entryText("kind", "sector or target.", func(*PolicySector) string { return "sector" }, func(*PolicyTarget) string { return "target" }),
	entryText("group", "Heading in the document.", func(s *PolicySector) string { return s.Group }, nil),
	entryText("name", "Name in the policy's words.", func(s *PolicySector) string { return s.Name }, func(t *PolicyTarget) string { return t.Item }),
	entryText("selection", "Product list, or part of a list, that stands for the sector; - if no product code does.",
		func(s *PolicySector) string { return study.OrElse(s.Selection, "-") }, func(*PolicyTarget) string { return "-" }),
	result.FloatField("value", "", "Value of a target. Empty if the target has no number.", func(e *PolicyEntry) float64 {
		if e.Target == nil || e.Target.Value == nil {
			return math.NaN()
		}
		return *e.Target.Value
	}),
	entryText("unit", "Unit of the value.", nil, func(t *PolicyTarget) string { return t.Unit }),
	entryText("by_year", "Year by which the target is to be met.", nil, func(t *PolicyTarget) string {
		if t.Year == 0 {
			return ""
		}
		return strconv.Itoa(t.Year)
	}),
	entryText("evidence", "verified: read in the source. secondary: read in a secondary source. unverified: neither.",
		func(s *PolicySector) string { return s.Evidence }, func(t *PolicyTarget) string { return t.Evidence }),
	result.TextField("later", "Policies that continue this one and also name goods of the sector.", func(e *PolicyEntry) string { return strings.Join(e.Later, ", ") }),
	entryText("reason", "Why there is no selection, or what the selection leaves out.", func(s *PolicySector) string { return s.Reason }, nil),
)

// entryText is a column of text; of an entry that has no such text it is empty.
func entryText(name, description string, ofSector func(*PolicySector) string, ofTarget func(*PolicyTarget) string) result.Field[PolicyEntry] {
	return result.TextField(name, description, func(e *PolicyEntry) string {
		switch {
		case e.Sector != nil && ofSector != nil:
			return ofSector(e.Sector)
		case e.Target != nil && ofTarget != nil:
			return ofTarget(e.Target)
		}
		return ""
	})
}

// PolicyEntries is the table of what a policy names and aims at.
func PolicyEntries(id string) (*result.Table, error) {
	p, err := policyOf(id)
	if err != nil {
		return nil, err
	}
	var rows []PolicyEntry
	for i := range p.Sectors {
		rows = append(rows, PolicyEntry{Sector: &p.Sectors[i], Later: p.later(p.Sectors[i])})
	}
	for i := range p.Targets {
		rows = append(rows, PolicyEntry{Target: &p.Targets[i]})
	}
	t := EntrySchema.Table(fmt.Sprintf("%s (%s), %s", p.Name, p.ID, p.Date), rows)
	t.Note("source: %s", p.Source)
	if p.Note != "" {
		t.Note("%s", p.Note)
	}
	if p.Successor != "" {
		t.Note("carried on by %s", p.Successor)
	}
	return t, nil
}

// later lists the policies that follow p and name goods of a sector of p too; those of another product list, as whole HS sections,
// do not count.
func (p *IndustrialPolicy) later(s PolicySector) (ids []string) {
	own := codesOf(s.Selection)
	list, _, _ := strings.Cut(s.Selection, "/")
	seen := map[string]bool{p.ID: true}
	for next := p.Successor; next != "" && !seen[next]; {
		q, err := policyOf(next)
		if err != nil {
			break
		}
		seen[next] = true
		if slices.ContainsFunc(q.Selections(), func(selection string) bool {
			if other, _, _ := strings.Cut(selection, "/"); other != list {
				return false
			}
			for code := range codesOf(selection) {
				if own[code] {
					return true
				}
			}
			return false
		}) {
			ids = append(ids, q.ID)
		}
		next = q.Successor
	}
	return ids
}

// codesOf are the products of the latest revision that a selection of an embedded list holds.
func codesOf(selection string) map[string]bool {
	codes := map[string]bool{}
	if l, err := sector.OpenBuiltin(selection); err == nil {
		for _, code := range l.Products(string(trade.HS22)) {
			codes[code] = true
		}
	}
	return codes
}
