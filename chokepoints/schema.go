package chokepoints

import (
	"slices"

	"chokepoint/dependence"
	"chokepoint/indicator"
	"chokepoint/result"
	"chokepoint/trade"
)

// Row is a product and a supplier on whom somebody depends in a year.
type Row struct {
	Year, Rank, Low, High int // the rank, and between which it stays under other weights
	Product               trade.Product
	Partner               *trade.Party
	Section               string // of the Harmonized System
	Dependents            int
	FromPartner           float64 // US dollars, by the dependents
	Score                 float64
	Choke, Single         bool   // a choke point, and a single point of failure, by the rule
	Strategic             string // sectors of the list of strategic goods, separated by blanks
	Stockability          string
	Open                  bool // importers whose imports are missing could turn Single
	Status                result.Status
	bounds                bounds
	Parts                 []float64
	second                string
	pair                  *choke
}

// ratio is the rearrangement ratio.
func (r *Row) ratio() float64 { return r.FromPartner / r.pair.rest }

// WorldShare is the supplier's share of world exports.
func (r *Row) WorldShare() float64 { return r.pair.exports / r.pair.world }

// TwoHopShare is the share of the imports of others that comes from the supplier by way of one other.
func (r *Row) TwoHopShare() float64 { return r.pair.twoHop }

// upstreamnessField is the column with tables.
var upstreamnessField = result.FloatField("upstreamness", "stages", "Average number of stages to final use of what made_by makes at the supplier; the part position where the weights name it.", func(r *Row) float64 { return r.pair.use.Upstreamness })

// Schema is the table of choke points.
var Schema = result.NewSchema("chokepoints", append([]result.Field[Row]{
	result.IntField("year", result.Year, "Calendar year.", func(r *Row) int { return r.Year }),
	result.IntField("rank", "count", "Place by score among the pairs in the answer, 1 for the highest. Pairs that are not choke points by the rule come after those that are.", func(r *Row) int { return r.Rank }),
	result.TextField("product", "HS code, six characters.", func(r *Row) string { return r.Product.Code }).Weighing(result.Key),
	result.TextField("partner", "Supplier that others depend on: ISO3 code, or as written in the question.", func(r *Row) string { return r.Partner.Label }).Weighing(result.Key),
	result.FloatField("score", "index", "Geometric mean of exposure, irreplaceability and, if the weights include it, position in the supply chain; 0 to 1.", func(r *Row) float64 { return r.Score }).Weighing(result.Major),
	groupField(exposure, "How much depends on the pair: weighted mean of those of the parts reach, importers_share, value and two_hop that the weights include; 0 to 1."),
	groupField(irreplaceable, "How hard the supplier is to replace: weighted mean of those of the parts world_share, price_index, rival_capacity, rearrangement and second_line that the weights include; 0 to 1."),
	result.IntField("dependents", "count", "Importers that depend on the supplier for the product, by the method.", func(r *Row) int { return r.Dependents }),
	result.FloatField("imports_from_partner_usd", result.USD, "The dependents' imports of the product from the supplier.", func(r *Row) float64 { return r.FromPartner }).Titled("Bought from the supplier by dependents"),
	dependence.IndicatorField(indicator.Named("partner_world_share"), (*Row).WorldShare),
	result.FloatField("rearrangement_ratio", "ratio", "The dependents' purchases from the supplier ÷ the exports of all other economies. Above 1 trade alone cannot replace the supplier; infinite if no other economy exports the product.", (*Row).ratio),
	result.BoolField("single_point", "Whether the pair is a single point of failure by the rule: a choke point with a high enough world share and rearrangement ratio.", func(r *Row) bool { return r.Single }),
	result.FloatField("second_line_hhi", "index", "HHI of the exports of all other economies, 0 to 1.", func(r *Row) float64 { return r.pair.secondHHI }),
	result.TextField("second_exporter", "Largest of the other exporters; of equals, the one with the lower BACI code.", func(r *Row) string { return r.second }),
	result.FloatField("second_world_share", result.Share, "Its share of world exports.", func(r *Row) float64 { return r.pair.secondExports / r.pair.world }),
	result.FloatField("two_hop_share", result.Share, "Proxy: share of the imports of all economies except the supplier that comes from it through one other economy. Sum over i, j of m(i,j) × m(j,s) ÷ max(M(j), X(j)), divided by the sum of M(i).", (*Row).TwoHopShare),
	result.IntField("dependents_two_hop", "count", "Proxy: economies that buy less than half directly from the supplier, but half or more if goods that reach them through one other economy are included.", func(r *Row) int { return r.pair.indirect }).AsDetail(),
	dependence.IndicatorField(indicator.Named("world_export_hhi"), func(r *Row) float64 { return r.pair.worldHHI }),
	result.FloatField("dependent_imports_usd", result.USD, "The dependents' imports of the product from all partners.", func(r *Row) float64 { return r.pair.imports }).Titled("Bought from everybody by dependents"),
	result.IntField("product_importers", "count", "Importers in the question that buy the product.", func(r *Row) int { return r.pair.buyers }).AsDetail(),
	result.IntField("other_exporters", "count", "Other economies that export the product.", func(r *Row) int { return r.pair.others }).AsDetail(),
	result.IntField("since", result.Year, "First year of the unbroken run of years in which at least one importer depends on the supplier for the product.", func(r *Row) int { return r.pair.since }),
	result.IntField("rank_low", "count", "Best rank (lowest number) if any one weight is left out or doubled.", func(r *Row) int { return r.Low }),
	result.IntField("rank_high", "count", "Worst rank (highest number) if any one weight is left out or doubled.", func(r *Row) int { return r.High }),
	result.TextField("stage", "Stage of processing of the product (list bec unless --stages names another): primary, processed, parts, capital, consumption or unclassified.", func(r *Row) string { return r.pair.stage }),
	result.TextField("partner_name", "Name of the supplier.", func(r *Row) string { return r.Partner.Name }),
	result.TextField("description", "Description of the product.", func(r *Row) string { return r.Product.Description }),
	result.TextField("section", "Section of the Harmonized System, as a Roman numeral.", func(r *Row) string { return r.Section }).AsDetail(),
}, slices.Concat(partFields(), []result.Field[Row]{
	result.BoolField("choke_point", "Whether the pair is a choke point by the rule: enough dependents, which buy enough from the supplier.", func(r *Row) bool { return r.Choke }),
	result.TextField("strategic", "Sectors of the list of strategic goods that contain the product, separated by spaces. Empty for other goods.", func(r *Row) string { return r.Strategic }),
	result.TextField("stockability", "How well the good keeps (list stockability): durable, ageing, perishable or not-storable. Empty if the list does not say.", func(r *Row) string { return r.Stockability }).Titled("Keeps"),
	result.FloatField("dependents_import_share", result.Share, "Imports of all goods by the dependents ÷ those of all importers in the question: the dependents' combined size.", func(r *Row) float64 { return r.pair.importsShare }),
	result.FloatField("price_index", "ratio", "Factor by which the product's price index rises for dependents without the supplier: (1 − s)^(1 ÷ (1 − sigma)), with s the share of their purchases that comes from it. From 1 to infinity, which means that they buy from no other supplier.", func(r *Row) float64 { return r.pair.priceIndex() }),
	result.FloatField("sigma", "index", "Elasticity of substitution between suppliers in price_index, above 1. The higher it is, the more easily a supplier is replaced.", func(r *Row) float64 { return r.pair.sigma }).AsDetail(),
	result.TextField("sigma_of", "HS revision and code that sigma was estimated for. Empty if none is known for the product and sigma comes from the weights.", func(r *Row) string { return r.pair.sigmaOf }).AsDetail(),
	result.FloatField("rival_capacity_usd", result.USD, "Net exports of the product by the other economies that are net exporters: goods that are only sold on are not capacity.", func(r *Row) float64 { return r.pair.rivals }).Titled("Exports of rivals beyond their imports"),
	result.IntField("rivals", "count", "Number of other economies that export more of the product than they import.", func(r *Row) int { return r.pair.rivalCount }).AsDetail(),
	result.TextField("status", result.StatusText, func(r *Row) string { return string(r.Status) }),
	result.BoolField("single_point_open", "Whether single_point would change if importers without imports in the dataset bought everything, or nothing, from the supplier. A note says how their purchases are estimated.", func(r *Row) bool { return r.Open }).Titled("Open"),
	result.IntField("dependents_most", "count", "Dependents plus all importers in the question that have no imports in the dataset.", func(r *Row) int { return r.bounds.dependents }).AsDetail(),
	result.FloatField("partner_world_share_low", result.Share, "The supplier's share of world exports if importers without imports in the dataset bought nothing from it, by the same estimate.", func(r *Row) float64 { return r.bounds.worldShare[0] }).AsDetail(),
	result.FloatField("partner_world_share_high", result.Share, "The same if they bought everything from it, but no more than it sells to all others.", func(r *Row) float64 { return r.bounds.worldShare[1] }).AsDetail(),
})...)...).InOrder("by rank")

func groupField(group int, text string) result.Field[Row] {
	return result.FloatField(groupNames[group], "index", text, func(r *Row) float64 { return r.pair.groups[group] })
}

// partFields are the parts of the score, in the order of the table of parts.
func partFields() (fields []result.Field[Row]) {
	for k, p := range parts {
		fields = append(fields, result.FloatField("part_"+p.name, "index", "Part of the score, 0 to 1: "+p.text+".", func(r *Row) float64 { return r.Parts[k] }).AsDetail())
	}
	return fields
}

// PartColumns are the names of the columns of the parts of a score, in the order of Row.Parts.
func PartColumns() (names []string) {
	for _, p := range parts {
		names = append(names, "part_"+p.name)
	}
	return names
}

// row is a pair of a year as the table has it.
func (c *ranking) row(year int, p *choke) Row {
	product, _ := c.Dataset.Products().Get(p.product)
	section, _ := trade.SectionOf(p.product)
	r := Row{Year: year, Rank: p.rank, Low: p.low, High: p.high, Product: product, Partner: &c.PartnerSide.Parties[p.partner], Section: section.Number,
		Dependents: p.dependents, FromPartner: p.fromPartner, Score: p.score, Parts: p.parts, pair: p, Strategic: c.strategic.of(p.product), Stockability: c.stockability.of(p.product)}
	r.Product.Code = p.product
	if p.others > 0 {
		r.second = c.Economies.Label(p.second)
	}
	r.Choke = p.reached
	r.Single = r.Choke && c.rule.Irreplaceable(r.WorldShare(), r.ratio())
	r.bounds, r.Status = c.bounds(p), c.status(year)
	r.Open = r.bounds.open()
	return r
}
