package dependence

import (
	"context"
	"math/bits"
	"slices"
	"strings"

	"chokepoint/indicator"
	"chokepoint/kernel"
	"chokepoint/method"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

// agreement is which other definitions agree with one: bit i is of others[i].
type agreement uint32

// others are the definitions that are asked whether they agree with the one of a scan.
type others struct {
	methods   []*method.Method
	elsewhere []bool // those that see other cells than the scan: another world, or a bloc that an importer is a part of
}

// othersOf are all originals but m, in the world that the question asks for where it does. Which of them see other cells depends on who is
// asked about.
func othersOf(st *study.Study, m *method.Method, importers, partners *study.Side) others {
	var o others
	last := st.Years[len(st.Years)-1]
	blocs := false
	for _, s := range []*study.Side{importers, partners} {
		for _, set := range st.Sets(s, last) {
			blocs = blocs || set.Len() > 1
		}
	}
	for _, other := range method.Originals() {
		if other.ID == m.ID || other.ID == m.VariantOf { // a variant and its original would agree with themselves
			continue
		}
		if st.Query.World != "" {
			other = other.With(0, nil, m.World)
		}
		differs := blocs && other.World != m.World
		if other.Bloc != m.Bloc {
			differs = differs || slices.ContainsFunc(st.Years, func(y int) bool {
				return !slices.Equal(st.InsideOf(other.Bloc, importers, y), st.InsideOf(m.Bloc, importers, y))
			})
		}
		o.methods, o.elsewhere = append(o.methods, other), append(o.elsewhere, differs)
	}
	return o
}

// agreeElsewhere adds to the cells of a year which of the definitions that see other cells agree: each is asked about the same products,
// in its own view.
func (s *Scan) agreeElsewhere(ctx context.Context, year int, cells []Cell) error {
	products := productsOf(cells)
	var views []kernel.View
	var of []int // by view: the definition
	for k, other := range s.others.methods {
		if !s.others.elsewhere[k] || len(products) == 0 {
			continue
		}
		view := s.view(year)
		view.Inside, view.World, view.Products = s.InsideOf(other.Bloc, &s.ImporterSide, year), other.World, products
		view.Criteria, view.Sums, view.Tops, view.TopOnly, view.Whole, view.Kept = other.Criteria, []indicator.Sum{indicator.Imports}, false, false, nil, nil
		if !other.HasPartner() && !slices.ContainsFunc(view.Partners, func(p trade.Set) bool { return p.Len() > 1 }) {
			view.Partners, view.OnlyPairs, view.Idle = nil, false, false // what it says of an importer, it says of each pair
		}
		views, of = append(views, view), append(of, k)
	}
	if len(views) == 0 {
		return nil
	}
	met := make([]map[groupCell]bool, len(views))
	for i := range met {
		met[i] = map[groupCell]bool{}
	}
	err := study.ScanViews(ctx, s.Source, year, views, func(view int) *meeting { return &meeting{pairs: len(views[view].Partners) > 0} }, func(view int, m *meeting) error {
		for _, c := range m.cells {
			met[view][c] = true
		}
		return nil
	})
	for view, k := range of {
		for i := range cells {
			c := &cells[i]
			at := groupCell{c.Product, c.topGroup, c.topPartner}
			if c.topPartner >= 0 && len(views[view].Partners) == 0 {
				if inside := views[view].InsideOf(c.topGroup); s.partners[c.topPartner].Minus(inside).Len() == 0 {
					continue // the pair trades inside
				}
				at.partner = -1
			}
			if met[view][at] {
				c.agree |= 1 << k
			}
		}
	}
	return err
}

// groupCell is the key of a cell: groups of importers and of partners, -1 for none.
type groupCell struct {
	product           string
	importer, partner int32
}

// meeting is the kernel's visitor that keeps which cells meet the criteria of a view.
type meeting struct {
	pairs bool
	cells []groupCell
}

// Importers implements kernel.Visitor.
func (m *meeting) Importers(b *kernel.Batch) error {
	for i := 0; i < b.N && !m.pairs; i++ {
		m.cells = append(m.cells, groupCell{b.Product, b.Importer[i], -1})
	}
	return nil
}

// Pairs implements kernel.Visitor.
func (m *meeting) Pairs(b *kernel.Batch) error {
	for i := range b.N {
		m.cells = append(m.cells, groupCell{b.Product, b.Importer[i], b.Partner[i]})
	}
	return nil
}

// methodsAgreeing is how many definitions agree.
func (a agreement) methodsAgreeing() int8 { return int8(bits.OnesCount32(uint32(a))) }

// rulesOf counts, of the definitions that can be computed in a year, the rules that are not that of the scan, and which bits each has:
// definitions that are one rule say no more than one.
func (s *Scan) rulesOf(year int) (rules []agreement) {
	own := s.Method.Rule()
	at := map[string]int{}
	for k, other := range s.others.methods {
		rule := other.Rule()
		if rule == own || s.WindowOf(other, year) == result.NotComputable {
			continue
		}
		i, ok := at[rule]
		if !ok {
			i = len(rules)
			at[rule], rules = i, append(rules, 0)
		}
		rules[i] |= 1 << k
	}
	return rules
}

// rulesAgreeing is how many of some rules agree.
func (a agreement) rulesAgreeing(rules []agreement) (n int8) {
	for _, r := range rules {
		if a&r != 0 {
			n++
		}
	}
	return n
}

// noteRules says which methods ask for the same.
func noteRules(t *result.Table, methods []*method.Method) {
	for _, group := range method.Rules(methods) {
		if len(group) > 1 {
			var ids []string
			for _, m := range group {
				ids = append(ids, m.ID)
			}
			t.Note("%s ask for the same: they count as one rule in rules_flagging and rules_asked", strings.Join(ids, ", "))
		}
	}
}
