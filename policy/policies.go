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
			return nil, fmt.Errorf("policies %s: policy %q: want an id of its own, name, economy, source and year", name, p.ID)
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
		return fmt.Errorf("date %q: want YYYY-MM-DD", p.Date)
	}
	if len(p.Selections()) == 0 {
		return errors.New("no sector has a selection; want at least one")
	}
	for _, s := range p.Sectors {
		switch {
		case s.Name == "" || !slices.Contains(evidences, s.Evidence):
			return fmt.Errorf("sector %q, evidence %q: want a name, and as evidence %s", s.Name, s.Evidence, strings.Join(evidences, ", "))
		case s.Selection == "" && s.Reason == "":
			return fmt.Errorf("sector %q has neither a selection nor a reason for having none", s.Name)
		}
	}
	for _, t := range p.Targets {
		if t.Item == "" || !slices.Contains(evidences, t.Evidence) || (t.Value == nil) != (t.Unit == "") {
			return fmt.Errorf("target %q, evidence %q: want an item, a unit where there is a value, and as evidence %s", t.Item, t.Evidence, strings.Join(evidences, ", "))
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
	return nil, fault.Questionf("there is no policy %q; want %s", id, strings.Join(ids, ", "))
}

// groups are the products that the policy's sectors name, in the dataset's revision, with notes on what they are and lack.
func (p *IndustrialPolicy) groups(s *study.Source) (groups []study.ProductGroup, notes []result.Note, err error) {
	var bare, lists []string
	for _, x := range p.Sectors {
		if x.Selection == "" {
			bare = append(bare, x.Name)
		}
	}
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
	if len(bare) > 0 {
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

// Policies is the table of policies.
func Policies() *result.Table {
	texts := []*result.Column{
		result.TextColumn("policy", "Name in --policy."), result.TextColumn("name", "What it is called."), result.TextColumn("economy", "Whose it is."),
		result.TextColumn("date", "When it was issued."), result.TextColumn("body", "Who issued it."), result.TextColumn("successor", "Policy that carries it on."),
		result.TextColumn("sectors", "Sectors in its words, each with the product list, or part of one, that stands for it.").AsDetail(),
		result.TextColumn("targets", "What it aims at, each with how it is known.").AsDetail(),
		result.TextColumn("source", "Where it is published.").AsDetail(), result.TextColumn("note", "What to know.").AsDetail()}
	year := result.IntColumn("year", result.Year, "First year that can show an effect in annual trade.")
	named, goods := result.IntColumn("sectors_named", "count", "Sectors that it names."), result.IntColumn("sectors_in_goods", "count", "Of these, those for which goods codes stand.")
	aims := result.IntColumn("targets_named", "count", "Targets.")
	t := result.New("policies", "Industrial policies", append(append(slices.Clone(texts[:4]), year, named, goods, aims), texts[4:]...)...)
	for _, p := range industrialPolicies() {
		for i, text := range []string{p.ID, p.Name, p.Economy, p.Date, p.Body, p.Successor, strings.Join(p.SectorTexts(), "; "), strings.Join(p.TargetTexts(), "; "), p.Source, p.Note} {
			texts[i].AppendText(text)
		}
		year.AppendInt(int64(p.Year))
		in := 0
		for _, s := range p.Sectors {
			if s.Selection != "" {
				in++
			}
		}
		named.AppendInt(int64(len(p.Sectors)))
		goods.AppendInt(int64(in))
		aims.AppendInt(int64(len(p.Targets)))
	}
	return t
}

// PolicyEntries is the table of what a policy names and aims at.
func PolicyEntries(id string) (*result.Table, error) {
	p, err := policyOf(id)
	if err != nil {
		return nil, err
	}
	names := []string{"kind", "group", "name", "selection", "later", "evidence", "reason", "unit"}
	texts := []string{"sector or target.", "Heading in the document.", "In the words of the policy.", "Product list, or part of one, that stands for the sector; - where no goods code does.",
		"Policies that carry this one on and name goods of the sector too.", "verified: read in the source; secondary: read in others' words; unverified: neither.", "Why there is no selection, or what it leaves out.", "Of the value."}
	var columns []*result.Column
	for i, name := range names {
		columns = append(columns, result.TextColumn(name, texts[i]))
	}
	value, year := result.FloatColumn("value", "", "Of a target; empty where it is a direction."), result.TextColumn("by_year", "Year by which a target is to be met.")
	t := result.New("policy-entries", fmt.Sprintf("%s (%s), %s", p.Name, p.ID, p.Date), append(slices.Clone(columns[:4]), value, columns[7], year, columns[5], columns[4], columns[6])...)
	add := func(number float64, by string, values ...string) {
		for i, v := range values {
			columns[i].AppendText(v)
		}
		value.AppendFloat(number)
		year.AppendText(by)
	}
	for _, s := range p.Sectors {
		add(math.NaN(), "", "sector", s.Group, s.Name, study.OrElse(s.Selection, "-"), strings.Join(p.later(s), ", "), s.Evidence, s.Reason, "")
	}
	for _, x := range p.Targets {
		number, by := math.NaN(), ""
		if x.Value != nil {
			number = *x.Value
		}
		if x.Year != 0 {
			by = strconv.Itoa(x.Year)
		}
		add(number, by, "target", "", x.Item, "-", "", x.Evidence, "", x.Unit)
	}
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
