// Package competition measures what an economy sells and needs: market shares, advantage, breadth, complexity, similarity, displacement,
// balances, and firms beside the trade of their sectors.
package competition

import (
	"context"
	"fmt"
	"strings"

	"chokepoint/fault"
	"chokepoint/published"
	"chokepoint/result"
	"chokepoint/rule"
	"chokepoint/study"
	"chokepoint/trade"
)

// ScoreboardQuestion is the question scoreboard.
var ScoreboardQuestion = &study.Question{
	Name: "scoreboard", Short: "Measure an economy sector by sector: what it sells and what it needs, on two axes",
	Schemas: []study.Schema{ScoreboardSchema},
	Long: `Measure an economy, a bloc or several economies as one, sector by sector and year by year, on two axes. What it sells: exports,
world market share, rank, revealed comparative advantage, who depends on it. What it needs: trade balance, import intensity (the
sector's share in its imports over the sector's share in world trade), what it depends on others for, and on whom. A rule in a data
file assigns a class on each axis. A class is borderline if it is close to another, or if missing data could change it; if the
dataset covers too little, there is no class.

--list sets the sectors: a built-in list ("chokepoint lists") or your own file. --by direction adds the parts of each sector, if the
list has them. --beside compares with published scoreboards. A bloc's trade excludes trade between its members.`,
	Examples: []string{
		`chokepoint scoreboard --economy CHN --list mic25 --years 2024`,
		`chokepoint scoreboard --economy CHN+HKG --list mic25 --by direction`,
		`chokepoint scoreboard --economy CHN --list mic25 --beside all`,
		`chokepoint scoreboard --economy EU27 --list hs-sections --format xlsx --out eu.xlsx`,
		`chokepoint scoreboard --economy DEU --classes standing --method hjs-2020 --years 2024`,
	},
	Parameters: study.Changed(study.ParameterList([]study.Parameter{
		study.Changed([]study.Parameter{study.EconomyParameter}, "economy", func(p *study.Parameter) {
			p.Usage = "whom to measure: an economy, a bloc, or several as one, such as CHN+HKG"
		})[0],
		study.ListParameter,
		{Name: "classes", Standard: twoAxes, Names: rule.ScoreboardNames, Example: standing, File: ".toml", Usage: "the rule that assigns classes:  " + strings.Join(rule.ScoreboardNames(), ", ")},
		{Name: "by", Standard: boardBy[0], Values: boardBy, Example: boardBy[1], Usage: "direction: sectors and their parts, if the list has them"},
		{Name: "coverage", Standard: "claims", Names: rule.CoverageNames, Example: "none", File: ".toml", Usage: "what the dataset must cover before there is a class:  " + strings.Join(rule.CoverageNames(), ", ")},
		{Name: "beside", Names: published.BoardNames, Example: "all", File: ".toml", Usage: "published scoreboards to compare with: " + strings.Join(published.BoardNames(), ", ") + ", comma-separated, or all (default: none)"},
	}, "years", "method", "persistence", "world", "min-value"), "world", func(p *study.Parameter) {
		p.Usage = "whether world exports include what a bloc or merged economies sell to each other, here and in the method: gross includes it, net excludes it (default: net for these, otherwise the method's own)"
	}),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Scoreboard(ctx, s, Board{Economy: r.Own["economy"], List: r.Own["list"], Classes: r.Own["classes"], By: r.Own["by"], Coverage: r.Own["coverage"], Beside: r.Own["beside"]}, r.Query)
	},
}

// boardBy is what a scoreboard has rows for.
var boardBy = []string{"sector", "direction"}

// Rules of classes that come with the program.
const (
	twoAxes  = "two-axes"
	standing = "standing" // the first, of which the column class keeps the word
)

// Board says which scoreboard is asked for. What is empty is as the question has it.
type Board struct {
	Economy  string // selection of one economy, bloc or merged economies
	List     string // of sectors
	Classes  string // rule of the classes
	By       string // sector or direction
	Coverage string // what the dataset must hold before there is a class
	Beside   string // published scoreboards; "" is none
}

// allProducts is the sector that all products are.
const allProducts = "all"

// Scoreboard measures an economy sector by sector and year by year: what it sells and what it needs, whom it depends on and who depends
// on it, and its class on each axis of a rule. q gives years, method and floor.
func Scoreboard(ctx context.Context, s *study.Source, board Board, q study.Query) (*result.Table, error) {
	q.Importers, q.Partners = board.Economy, "-"
	st, err := s.OneUnit(ctx, q, board.Economy)
	if err != nil {
		return nil, err
	}
	if len(st.Methods) != 1 {
		return nil, fault.Questionf("method %q: a scoreboard is of one definition; expected one", q.Method)
	}
	if unitOf(st, st.Years[len(st.Years)-1]).several(st) && q.World == "" {
		q.World = string(trade.Net) // one unit on both sides: the world's exports lack its inner trade too
		if st, err = s.OneUnit(ctx, q, board.Economy); err != nil {
			return nil, err
		}
	}
	b := &scoreboard{Study: st, label: st.ImporterSide.Parties[0].Label, withParts: board.By == boardBy[1]}
	if b.world, err = st.World(); err != nil {
		return nil, err
	}
	if b.judge, err = judgeOf(s, board); err != nil {
		return nil, err
	}
	var about []result.Note
	if b.groups, about, err = s.Groups(study.OrElse(board.List, study.ListParameter.Standard)); err != nil {
		return nil, err
	}
	if err := st.CheckChosen(ctx, board.List, b.groups); err != nil {
		return nil, err
	}
	if b.beside, err = besideOf(s, board.Beside, b); err != nil {
		return nil, err
	}
	if err := b.lean(ctx, q); err != nil {
		return nil, err
	}
	if err := b.prepare(); err != nil {
		return nil, err
	}
	err = study.InOrder(ctx, st.Years, func(y int) (boardRows, error) { return b.year(ctx, y) }, func(y int, r boardRows) error {
		b.rows = append(b.rows, r.rows...)
		if r.untold != "" {
			b.judge.untold[y] = r.untold
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := study.JudgedAnswer(st, b.schema(), fmt.Sprintf("%s by sector, %s", st.ImporterSide.Parties[0].Name, study.YearsText(st.Years)), b.rows)
	if len(b.judge.rule.Axes) > 1 {
		t.AsDetail("class")
	}
	if b.withParts {
		t.ByValue = nil // parts stand below their sector
	} else {
		t.AsDetail("part_of")
	}
	t.Add(about...)
	b.note(t)
	return t, nil
}

// scoreboard is one answer being made.
type scoreboard struct {
	*study.Study
	label     string
	world     trade.World // of a unit of several economies
	groups    []study.ProductGroup
	withParts bool
	judge     *judge
	beside    []*published.Board
	*leaning
	union  study.Side // the European Union
	floors *floors    // of complexity
	rows   []ScoreboardRow
}

// prepare finds what all years share.
func (b *scoreboard) prepare() (err error) {
	if b.union, err = b.Side("partners", "EU"); err != nil {
		return err
	}
	b.floors, err = floorsOf(b.Study, "")
	return err
}

// boardRows are the rows of a year, and why they have no class; "" where they may have one.
type boardRows struct {
	rows   []ScoreboardRow
	untold string
}

// year makes the rows of one year: a row a sector, with --by direction one for each of its parts, and one of all products.
func (b *scoreboard) year(ctx context.Context, y int) (rows boardRows, err error) {
	x, err := b.lookAt(ctx, y)
	if err != nil || x == nil {
		return rows, err
	}
	rows.untold = x.untold
	add := func(g study.ProductGroup, of string) {
		r, ranges := x.measure(g)
		r.PartOf = of
		b.judge.classify(&r, x, ranges)
		r.Published = b.compare(&r)
		rows.rows = append(rows.rows, r)
	}
	for _, g := range b.groups {
		add(g, "")
		if b.withParts {
			for _, part := range g.Parts {
				add(part, g.ID)
			}
		}
	}
	add(study.ProductGroup{ID: allProducts, Name: "All products", Products: x.m.Products}, "")
	return rows, nil
}

func (b *scoreboard) note(t *result.Table) {
	b.judge.note(t)
	b.noteBeside(t)
	t.Note("rank and lead take the European Union of the year as one exporter, without its inner trade; beside a member, the others are one")
	if unitOf(b.Study, b.Years[len(b.Years)-1]).several(b.Study) {
		b.noteUnit(t)
	}
	t.Note("pci of a product is computed from the economies above the floors atlas (see complexity); a sector's is the mean weighted by the economy's exports")
	t.Note("values are gross: what is assembled from imported parts counts in full; services, and what is sold at home, are not in trade data")
}

// noteUnit says what of the trade of several economies as one is left out.
func (b *scoreboard) noteUnit(t *result.Table) {
	if b.world == trade.Net {
		t.Note("%s counts as one: what its members sell to one another is left out, of the world's exports too (--world gross leaves it in these)", b.label)
		return
	}
	t.Note("%s counts as one: what its members sell to one another is neither export nor import of it, and stands in the world's exports (--world net leaves it out)", b.label)
}

// ScoreboardRow measures an economy in a sector and year.
type ScoreboardRow struct {
	Year                    int
	Economy                 string
	Sector, SectorName      string
	PartOf                  string         // the sector of which it is a direction; "" for a sector
	Class                   string         // on the only axis of the rule, or by the rule standing; "" where it is not sure
	Verdicts                []rule.Verdict // on the axes of the rule
	Products                int
	Exports, Imports        float64
	MarketShare             float64
	Rank                    int
	RCA                     float64
	Exported, Advantages    int
	AdvantageShare, Balance float64
	Own                     int // dependencies
	OwnImports, OwnShare    float64
	OwnPartner              string
	OwnPartnerProducts      int
	Others                  int // dependencies
	OthersImports           float64
	SinglePoints            int
	UnitValue, PCI          float64

	// What it sells, and what it needs.
	RankEU              int     // with the European Union as one exporter
	Lead                float64 // exports ÷ those of the largest other
	LeadOver            string  // who that is
	Intensity           float64 // of imports
	ValuePartner        string  // from whom most of what it depends on comes, by value
	ValuePartnerImports float64
	ValuePartnerShare   float64
	Published           compared

	SoldStatus   result.Status // what figures of exports rest on
	BoughtStatus result.Status // those of imports
	OwnStatus    result.Status // and those of its own dependence
}

// On gives the verdict on an axis; nil where the rule has no such axis.
func (r *ScoreboardRow) On(axis string) *rule.Verdict {
	for i := range r.Verdicts {
		if r.Verdicts[i].Axis == axis {
			return &r.Verdicts[i]
		}
	}
	return nil
}

// IsSector says that the row is of a sector of the list, and that anybody trades in it: the last row of a year is of all
// products, and with --by direction the parts of a sector follow it.
func (r *ScoreboardRow) IsSector() bool {
	return r.Sector != allProducts && r.Products > 0 && r.PartOf == ""
}

// ScoreboardSchema is the table of a scoreboard.
var ScoreboardSchema = result.NewSchema("scoreboard",
	result.IntField("year", result.Year, "Calendar year.", func(r *ScoreboardRow) int { return r.Year }),
	result.TextField("economy", "The economy measured, ISO3.", func(r *ScoreboardRow) string { return r.Economy }),
	result.TextField("sector", "Sector of the list, or one of its directions (after a slash); all for all products.", func(r *ScoreboardRow) string { return r.Sector }),
	result.TextField("sector_name", "Name of the sector.", func(r *ScoreboardRow) string { return r.SectorName }),
	result.TextField("class", "The economy's position in one word, by a rule with one axis, or by the rule standing, which combines both axes. Empty if it is not certain.", func(r *ScoreboardRow) string { return r.Class }),
	result.IntField("products", "count", "Products of the sector that are traded in the year.", func(r *ScoreboardRow) int { return r.Products }),
	result.FloatField("exports_usd", result.USD, "The economy's exports.", func(r *ScoreboardRow) float64 { return r.Exports }),
	result.FloatField("imports_usd", result.USD, "The economy's imports. Missing if the dataset has none in the year.", func(r *ScoreboardRow) float64 { return r.Imports }),
	result.FloatField("world_market_share", result.Share, "Exports ÷ world exports of the sector.", func(r *ScoreboardRow) float64 { return r.MarketShare }),
	result.IntField("world_rank", "count", "Rank among all exporters of the sector. Missing if the economy exports nothing.", func(r *ScoreboardRow) int { return r.Rank }).AsDetail(),
	result.FloatField("rca", "index", "Revealed comparative advantage: the sector's share of the economy's exports ÷ its share of world exports (Balassa 1965).", func(r *ScoreboardRow) float64 { return r.RCA }),
	result.IntField("exported_products", "count", "Products of the sector that the economy exports.", func(r *ScoreboardRow) int { return r.Exported }).AsDetail(),
	result.IntField("rca_products", "count", "Products with an RCA of at least 1.", func(r *ScoreboardRow) int { return r.Advantages }).AsDetail(),
	result.FloatField("rca_share", result.Share, "Products with an RCA of at least 1 ÷ products of the sector.", func(r *ScoreboardRow) float64 { return r.AdvantageShare }).AsDetail(),
	result.FloatField("balance", "index", "Normalised trade balance (exports − imports) ÷ (exports + imports), −1 to 1.", func(r *ScoreboardRow) float64 { return r.Balance }),
	result.IntField("own_dependencies", "count", "Products of the sector for which the economy depends on others, by the method. Missing if it cannot be computed or the dataset has no imports of the economy.", func(r *ScoreboardRow) int { return r.Own }),
	result.FloatField("own_dependent_imports_usd", result.USD, "Imports of these products.", func(r *ScoreboardRow) float64 { return r.OwnImports }).AsDetail(),
	result.FloatField("own_dependent_share", result.Share, "Imports of these products ÷ imports of the sector.", func(r *ScoreboardRow) float64 { return r.OwnShare }),
	result.TextField("own_top_partner", "Partner on which it depends for most of these products.", func(r *ScoreboardRow) string { return r.OwnPartner }).AsDetail(),
	result.IntField("own_top_partner_products", "count", "Number of products for which it depends on that partner.", func(r *ScoreboardRow) int { return r.OwnPartnerProducts }).AsDetail(),
	result.IntField("others_dependencies", "count", "Pairs of an importer and a product that depend on the economy, by the method. Missing if it cannot be computed.", func(r *ScoreboardRow) int { return r.Others }),
	result.FloatField("others_dependent_imports_usd", result.USD, "These importers' purchases of these products from the economy.", func(r *ScoreboardRow) float64 { return r.OthersImports }).AsDetail(),
	result.IntField("single_points", "count", "Products for which the economy is a single point of failure (see chokepoints).", func(r *ScoreboardRow) int { return r.SinglePoints }),
	result.FloatField("relative_unit_value", "ratio", "Median over products of the economy's export price per tonne ÷ the world's, weighted by its exports.", func(r *ScoreboardRow) float64 { return r.UnitValue }).AsDetail(),
	result.FloatField("pci", "index", "Mean complexity of the products it exports, weighted by exports (Hidalgo and Hausmann 2009).", func(r *ScoreboardRow) float64 { return r.PCI }).AsDetail(),
	result.IntField("world_rank_eu", "count", "Rank among all exporters of the sector, with the European Union of that year counted as one exporter. For a member, the other members count as one. Missing if the economy exports nothing.", func(r *ScoreboardRow) int { return r.RankEU }),
	result.FloatField("lead", "ratio", "Exports ÷ those of the largest other exporter, counted in the same way. 1 or more means first place; infinite if no other economy exports.", func(r *ScoreboardRow) float64 { return r.Lead }),
	result.TextField("lead_over", "The largest other exporter; rest of EU for the other members, next to a member.", func(r *ScoreboardRow) string { return r.LeadOver }).AsDetail(),
	result.FloatField("import_intensity", "index", "The sector's share of the economy's imports ÷ its share of world trade, (M_cs ÷ M_c) ÷ (W_s ÷ W). 1 means that the sector weighs as much in its imports as in world trade. Missing if its imports are missing, in whole or in part.", func(r *ScoreboardRow) float64 { return r.Intensity }),
	result.TextField("own_value_partner", "Partner that supplies the largest value of the products for which the economy depends on it. Empty if the method has no partner.", func(r *ScoreboardRow) string { return r.ValuePartner }),
	result.FloatField("own_value_partner_imports_usd", result.USD, "Its purchases from that partner of the products for which it depends on it.", func(r *ScoreboardRow) float64 { return r.ValuePartnerImports }).AsDetail(),
	result.FloatField("own_partner_share", result.Share, "own_value_partner_imports_usd ÷ own_dependent_imports_usd.", func(r *ScoreboardRow) float64 { return r.ValuePartnerShare }),
	result.TextField("status", "What export figures are based on: observed; partial, if the dataset lacks importers, whose purchases are then not in exports and world trade.", func(r *ScoreboardRow) string { return string(r.SoldStatus) }),
	result.TextField("imports_status", "What import figures are based on: observed; partial, if the dataset lacks the imports of members, in which case ratios to imports are left out; missing, if it has no imports.", func(r *ScoreboardRow) string { return string(r.BoughtStatus) }),
	result.TextField("own_status", "What the figures on the economy's own dependence are based on: as imports_status, and partial or not computable if the dataset lacks years that the method looks back to.", func(r *ScoreboardRow) string { return string(r.OwnStatus) }).AsDetail(),
	result.TextField("part_of", "Sector that the direction in this row belongs to. Empty for a sector.", func(r *ScoreboardRow) string { return r.PartOf }),
).ByValue("year", "-exports_usd")
