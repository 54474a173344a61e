package loop

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"chokepoint/result"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

//go:embed data/goods.toml
var goodsTOML []byte

//go:embed data/goods.csv
var goodsCSV []byte

// goods is the list of codes that stand for the technologies.
var goods = sync.OnceValue(func() *sector.List {
	l, err := sector.Parse("goods.toml", goodsTOML, "goods.csv", goodsCSV)
	if err != nil {
		panic(err)
	}
	return l
})

// Traded is what a dataset says of a technology of an economy. Numbers that it does not have are NaN.
type Traded struct {
	Year          int
	HomeShare     float64 // of the world's exports of the technology's goods
	ImportShare   float64 // imports of the inputs over imports and exports of them: ½ where as much is sold as bought
	LargestShare  float64 // of the largest supplier in these imports
	Largest       string
	Goods, Inputs []string      // codes
	Lacks         []result.Note // what the world's exports lack
}

// codesOf are the codes of a list NAME/SECTOR that a dataset has.
func codesOf(s *study.Source, name string) ([]string, error) {
	id, part, _ := strings.Cut(name, "/")
	if id != goods().ID {
		groups, _, err := s.Groups(name)
		var codes []string
		for _, g := range groups {
			codes = append(codes, g.Products...)
		}
		slices.Sort(codes)
		return slices.Compact(codes), err
	}
	s.UseList(goods())
	n := s.Dataset.Manifest().Nomenclature
	carried, _ := goods().Carry(n)
	groups, err := carried.Groups(string(n))
	if err != nil {
		return nil, err
	}
	var codes []string
	for _, g := range groups {
		for _, code := range g.Products {
			if _, ok := s.Dataset.Products().Get(code); ok && g.ID == part {
				codes = append(codes, code)
			}
		}
	}
	return codes, nil
}

// tradeOf looks a technology up in the dataset, in its year nearest to the first of the simulation.
func tradeOf(ctx context.Context, s *study.Source, t *Technology, economy string, first int) (x Traded, err error) {
	x = Traded{HomeShare: math.NaN(), ImportShare: math.NaN(), LargestShare: math.NaN()}
	if t.Goods == "" {
		return x, nil
	}
	have := s.Dataset.Years()
	x.Year = slices.MinFunc(have, func(a, b int) int { return max(a-first, first-a) - max(b-first, first-b) })
	st, err := s.OneUnit(ctx, study.Query{Importers: economy, Years: fmt.Sprint(x.Year)}, economy)
	if err != nil {
		return x, err
	}
	unit := st.UnitIn(x.Year)
	x.Lacks = st.WorldLacks()
	if x.Goods, err = codesOf(s, t.Goods); err != nil {
		return x, err
	}
	own, world, err := exportsOf(ctx, s, x.Year, x.Goods, unit)
	if err != nil {
		return x, err
	}
	if world > 0 {
		x.HomeShare = own / world
	}
	if t.Materials == "" {
		return x, nil
	}
	if x.Inputs, err = codesOf(s, t.Materials); err != nil {
		return x, err
	}
	return x, x.dependence(ctx, st, unit)
}

// dependence looks up what the inputs come from.
func (x *Traded) dependence(ctx context.Context, st *study.Study, unit trade.Set) error {
	if len(x.Inputs) == 0 {
		return nil
	}
	deals, err := st.EngineOrFiles().Deals(ctx, x.Year, unit, trade.Set{}, x.Inputs)
	if err != nil {
		return err
	}
	var bought, sold, most float64
	for code := range deals.Bought {
		bought, sold = bought+deals.Bought[code], sold+deals.Sold[code]
		if deals.Bought[code] > most {
			most, x.Largest = deals.Bought[code], st.Economies.Label(trade.Code(code))
		}
	}
	if st.AbsentCodes(x.Year).Intersect(unit).Len() > 0 {
		return nil // the dataset has no imports of the economy, which are not 0
	}
	if bought+sold > 0 {
		x.ImportShare = bought / (bought + sold)
	}
	if bought > 0 {
		x.LargestShare = most / bought
	}
	return nil
}

// exportsOf are the exports of a unit and of the world, trade inside the unit left out.
func exportsOf(ctx context.Context, s *study.Source, year int, products []string, unit trade.Set) (own, world float64, err error) {
	if len(products) == 0 {
		return 0, 0, nil
	}
	var inside trade.Set
	if unit.Len() > 1 {
		inside = unit
	}
	err = s.EngineOrFiles().Margins(ctx, year, products, inside, func(_ string, m store.Margins) error {
		world += m.World
		for i, c := range m.Exporter {
			if unit.Has(trade.Code(c)) {
				own += m.Exports[i]
			}
		}
		return nil
	})
	return own, world, err
}
