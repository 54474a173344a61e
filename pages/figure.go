package pages

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"chokepoint/chart"
	"chokepoint/chokepoints"
	"chokepoint/competition"
	"chokepoint/dependence"
	"chokepoint/explanation"
	"chokepoint/indicator"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/scenario"
	"chokepoint/study"
)

// fact is one number that a page begins with.
type fact struct {
	Label, Value, Exact, Unit, Note, Link string
	Mark                                  mark
}

// figure is a chart with its twin, the same numbers as a table.
type figure struct {
	ID, Title, Note string
	Option          chart.Option // nil: the table alone
	Height          string       // class of the stylesheet: low, "" or tall
	Table           *grid
	Open            bool     // the table is shown, not folded
	Source          string   // what an image of it must say: dataset and methods
	Map             bool     // needs the shapes of the world
	Units           []option // links to the same in other units
	Scales          []option // and on other scales
	Embed           string   // address of it alone, where other sites may frame it
	Of              string   // of the page: what an image of it must say beside its title
	Minor           bool     // narrow screens show it where its reader asks for it
	Later           bool     // it comes with a later stage: its place is kept
}

// grid is a table of a page.
type grid struct {
	Caption string
	Columns []gridColumn
	Rows    [][]cell
	Total   int // rows of the whole answer
	Answer  *answer
	Empty   string // in place of no rows

	Arrangement *arrangement // nil where rows cannot be sorted and filtered
}

// Crowd is a class of the style sheet by how many names a chart has below each other, so that a narrow screen shows them all.
func (f *figure) Crowd() string {
	switch n := f.Option.Named(); {
	case n > 24:
		return "crowd"
	case n > 16:
		return "most"
	case n > 8:
		return "many"
	case n > 0 && n <= 3 && f.Height == "":
		return "few"
	}
	return ""
}

// Folded says whether the table can stay folded: not where the address asks something of it.
func (f *figure) Folded() bool { return !f.Open && !f.Asked() }

// Asked says whether the address asks something of the table.
func (f *figure) Asked() bool {
	return f.Table != nil && f.Table.Arrangement != nil && f.Table.Arrangement.Given
}

// A narrow screen shows a table of more columns than mostNarrow as cards, and of each table the first rows alone.
const (
	mostNarrow = 4
	firstCards = 3
	firstRows  = 5
)

// Cards says whether the table has too many columns for a narrow screen.
func (g *grid) Cards() bool { return len(g.Columns) > mostNarrow }

// Broad says whether the table has so many columns that it is cut in the width of the text.
func (g *grid) Broad() bool { return len(g.Columns) > 11 }

// Folds says whether a narrow screen leaves rows out at first.
func (g *grid) Folds() bool {
	return len(g.Rows) > map[bool]int{true: firstCards, false: firstRows}[g.Cards()]
}

// Label heads a number on a card; "" where the table is not shown as cards.
func (g *grid) Label(column int) string {
	if !g.Cards() || column >= len(g.Columns) {
		return ""
	}
	c := &g.Columns[column]
	return strings.TrimSuffix(c.Title+", "+c.Unit, ", ")
}

type gridColumn struct {
	Name, Title, Unit, Help string
	Number                  bool
	Status                  mark
	SortLink, Sorted        string // address of the table sorted by it; ascending or descending
}

type cell struct {
	Text, Exact, Link, Note string
	Number, Head            bool
	Mark                    string // colour of an economy
	Class                   string
	Status                  mark
}

// Classes are those of the style sheet.
func (c cell) Classes() string {
	class := c.Class
	switch {
	case c.Number:
		class = "number"
	case class == "" && c.Mark != "":
		class = "marked"
	}
	if c.Text == "" && !c.Status.Shown() {
		class = strings.TrimSpace(class + " none")
	}
	return class
}

// Shown is the text as it is printed: numbers have a minus, not a hyphen.
func (c cell) Shown() string {
	if c.Number {
		return minus(c.Text)
	}
	return c.Text
}

// people writes a number for people: 1.2 bn, 59.4 %, 0.396. unit is that of a column.
func people(x float64, unit string) string { return minus(result.ShortFloat(x, unit)) }

// isIndex says that a column of unit share is an index, which nobody reads as a percentage.
func isIndex(name string) bool {
	return strings.Contains(name, "hhi") || slices.Contains(indexColumns, name)
}

// isPercent says that people read a column as percentages: shares, and distances relative to a threshold.
func isPercent(c *result.Column) bool {
	return c.Unit == result.Share && !isIndex(c.Name) || slices.Contains(distanceColumns, c.Name)
}

// show writes the value of a row for people.
func show(c *result.Column, row int) string {
	if c.Type == result.Float && isPercent(c) && !math.IsInf(c.Float[row], 0) {
		return minus(result.Percent(c.Float[row]))
	}
	if c.Type == result.Text {
		return c.Short(row)
	}
	return minus(c.Short(row))
}

// titles of columns of tables whose schemas give none.
var titles = map[string]string{
	"year": "Year", "method": "Definition", "methods_flagging": "Definitions it meets", "methods": "Which ones", "method_a": "Definition", "method_b": "Other definition", "products_a": "Products by the first", "products_b": "Products by the other", "jaccard": "Overlap (Jaccard)", "importer": "Importer", "partner": "Partner", "product": "Product", "description": "Description",
	"products": "Products", "exports_usd": "Exports",
	"imports_from_partner_usd": "From the partner", "share_of_imports": "Share of imports", "partner_share_of_imports": "Partner's share of imports", "share_of_products": "Share of products",
	"partner_world_share": "Partner's world share", "world_export_hhi": "World HHI", "value_usd": "Value", "rank": "Rank", "score": "Score", "dependents": "Dependents", "rearrangement_ratio": "Rearrangement ratio",
	"single_point": "Single point", "second_exporter": "Second exporter", "second_line_hhi": "HHI of the others", "two_hop_share": "Through one other economy (proxy)", "since": "Since", "sector_name": "Sector", "class": "Class", "world_market_share": "World market share", "world_rank": "Rank", "rca": "RCA", "rca_products": "Products with advantage", "rca_share": "Share with advantage",
	"balance": "Balance", "own_dependencies": "Import-dependent products", "own_top_partner": "Main partner", "own_value_partner": "Main partner", "own_partner_share": "Its share", "own_dependent_share": "Share of imports", "world_rank_eu": "Rank, EU as one", "lead": "Exports ÷ largest other exporter's", "lead_over": "Largest other exporter", "import_intensity": "Import intensity", "imports_status": "Status",
	"class_sells": "In what it sells", "class_needs": "In what it needs", "others_dependencies": "Products for which others depend on it", "single_points": "Single points", "relative_unit_value": "Export price ÷ world price", "pci": "Complexity",
	"kind": "Row", "estimate": "Estimate", "std_error": "Standard error", "ci_low": "95 % interval, from", "ci_high": "95 % interval, to", "p_value": "p-value", "listed_products": "Listed products", "other_products": "Other products", "similarity": "Similarity", "overlap": "Overlap", "own_dependent_imports_usd": "Imports of these", "others_dependent_imports_usd": "Imports of these",
	"effective_products": "Effective products", "effective_sectors": "Effective sectors", "eci": "ECI", "eci_rank": "ECI rank",
}

func titleOf(c *result.Column) string {
	if c.Name == imports.Column { // next to imports from one partner
		return "Total imports"
	}
	if c.Title != "" {
		return c.Title
	}
	if t, ok := titles[c.Name]; ok {
		return t
	}
	if i := slices.IndexFunc(indicator.All(), func(ind *indicator.Indicator) bool { return ind.Column == c.Name }); i >= 0 {
		return indicator.All()[i].Title
	}
	return c.PlainName()
}

// grid shows columns of an answer by name, its first rows alone where most is above 0. The names are picked from the schema of the
// answer when the program starts; it panics on one that the answer lacks.
func (v *pageRequest) grid(a *answer, most int, columns ...string) *grid {
	rows := make([]int, a.Rows())
	for i := range rows {
		rows[i] = i
	}
	if most > 0 {
		rows = rows[:min(len(rows), most)]
	}
	g := v.gridOf(a, rows, len(rows), columns)
	g.Total = a.Rows()
	return g
}

// rowsGrid shows some rows of an answer.
func (v *pageRequest) rowsGrid(a *answer, rows []int, columns ...string) *grid {
	return v.gridOf(a, rows, a.Rows(), columns)
}

// gridOf shows some rows of an answer. What all of its first rows have in common, which are so many, is said once.
func (v *pageRequest) gridOf(a *answer, rows []int, first int, columns []string) *grid {
	g := &grid{Caption: v.captionOf(a), Total: len(rows), Answer: a, Empty: v.emptyText(a)}
	var shown []*result.Column
	for _, name := range columns {
		c := a.Column(name)
		if c == nil {
			panic("table " + a.Name + " has no column " + name)
		}
		shown = append(shown, c)
		unit := c.Unit
		if unit == result.Share || unit == result.Year || unit == "count" || unit == "ratio" {
			unit = ""
		}
		if unit == result.USD && severalYears(a) {
			unit = currentUSD
		}
		g.Columns = append(g.Columns, gridColumn{Name: c.Name, Title: titleOf(c), Unit: unit, Help: c.Description, Number: c.Type == result.Int || c.Type == result.Float})
	}
	for _, i := range rows {
		line := make([]cell, len(shown))
		for k, c := range shown {
			line[k] = v.cell(a, c, i)
			line[k].Head = k == 0
		}
		g.Rows = append(g.Rows, line)
	}
	g.markColumns(a, shown, rows, first)
	return g
}

// currentUSD is the unit of amounts of several years.
const currentUSD = "current USD"

// severalYears says whether an answer has rows of more than one year.
func severalYears(a *answer) bool {
	c := a.Column(yearColumn)
	return c != nil && c.Type == result.Int && slices.ContainsFunc(c.Int, func(y int64) bool { return y != c.Int[0] })
}

// Columns that are shown in a way of their own, wherever they stand.
var (
	yearColumn      = dependence.CountSchema.Pick("year")[0]
	importerColumn  = dependence.CountSchema.Pick("importer")[0]
	partnerColumn   = dependence.CountSchema.Pick("partner")[0]
	productColumn   = dependence.DependencySchema.Pick("product")[0]
	exporterColumn  = dependence.ExporterSchema.Pick("exporter")[0]
	pairColumns     = dependence.AsymmetrySchema.Pick("a", "b")
	namedColumns    = slices.Concat(dependence.IndicatorSchema.Pick("top_supplier", "top_exporter"), chokepoints.Schema.Pick("second_exporter"), competition.ScoreboardSchema.Pick("own_top_partner", "own_value_partner", "lead_over"))
	fillerColumn    = scenario.SourceSchema.Pick("source")[0]
	formulaColumn   = dependence.DependencySchema.Pick("nearest_criterion")[0]
	indexColumns    = dependence.OverlapSchema.Pick("jaccard")
	distanceColumns = slices.Concat(dependence.DependencySchema.Pick("distance"), dependence.ChurnSchema.Pick("churn"), explanation.Schema.Pick("margin"))
	wordColumns     = dependence.DependencySchema.Pick("description")
	methodNames     = slices.Concat(dependence.CountSchema.Pick("method"), dependence.OverlapSchema.Pick("method_a", "method_b"))
	methodsColumn   = dependence.AgreementSchema.Pick("methods")[0]
	boardColumns    = []string{"published", "published_agree", "published_disagree", "published_open"}
	ruleColumn      = scenario.MonthsSchema.Pick("rule")[0]
	listColumn      = policy.EstimateSchema.Pick("list")[0]
)

// cell shows one value; codes lead to the page about them.
func (v *pageRequest) cell(a *answer, c *result.Column, row int) cell {
	if c.Type == result.Float && dependence.IsChange(c.Name) {
		return changeCell(c.Float[row])
	}
	x := cell{Text: show(c, row), Number: c.Type == result.Int || c.Type == result.Float}
	if x.Number {
		if exact := c.Exact(row); exact != x.Text {
			x.Exact = exact
		}
	}
	if c.Type != result.Text {
		return x
	}
	if slices.Contains(standingColumns, c.Name) {
		return boardCell(a, c.Name, row)
	}
	text := c.TextAt(row)
	if text == "" {
		return x
	}
	economy := func(link string) { x.Text, x.Note, x.Mark, x.Link = v.nameOf(text), text, chart.OfEconomy(text), link }
	importer := study.OrElse(textIn(a, importerColumn, row), v.values["importers"])
	switch {
	case c.Name == productColumn:
		x.Link = v.link("/product", "products", text, "importers", importer, "partners", withoutDash(textIn(a, partnerColumn, row)))
	case c.Name == exporterColumn:
		economy(v.link("/product", "partners", text))
	case c.Name == importerColumn, slices.Contains(pairColumns, c.Name):
		economy(v.link("/overview", "importers", text))
	case c.Name == partnerColumn && text == "-":
		x.Text = "any"
	case c.Name == partnerColumn:
		economy(v.link("/pair", "importers", importer, "partners", text))
	case slices.Contains(namedColumns, c.Name), a.question == "scenario sources" && c.Name == fillerColumn && text != scenario.Nobody:
		economy("")
	case c.Name == sectorColumn:
		if textIn(a, partOfColumn, row) != "" {
			x.Class = "part"
		} else if sector := textIn(a, sectorIDColumn, row); sector != "" {
			x.Link = v.heldIn(a, sector)
		}
	case c.Name == formulaColumn:
		x.Text, x.Note = inWords(text), text
	case slices.Contains(methodNames, c.Name):
		x.Text, x.Note = v.definitionName(text), text
	case c.Name == methodsColumn:
		x.Text, x.Note, x.Class = strings.Join(v.definitionNames(strings.Fields(text)), ", "), text, "words"
	case slices.Contains(boardColumns, c.Name):
		x.Text, x.Note = boardNames.Replace(text), text
	case c.Name == ruleColumn:
		if name, ok := ruleList(text); ok {
			x.Text, x.Note = name, text
		}
	case c.Name == listColumn && a.question == "policy":
		x.Text, x.Note = v.listName(text), text
	case slices.Contains(wordColumns, c.Name):
		x.Text, x.Class = text, "words"
	}
	return x
}

func withoutDash(text string) string {
	if text == "-" {
		return ""
	}
	return text
}

// textIn returns a text of a column that some answers have and others do not; "" where there is none.
func textIn(a *answer, column string, row int) string {
	if c := a.Column(column); c != nil && c.Type == result.Text {
		return c.TextAt(row)
	}
	return ""
}

// nameOf is the name of an economy or bloc by its label; what it does not know it returns as it is.
func (v *pageRequest) nameOf(label string) string {
	if label = ownName(label); strings.Contains(label, "+") { // several as one
		return listed(v.namesOfAll(strings.Split(label, "+")))
	}
	if b, ok := v.server.Blocs.Get(label); ok { // first, as in selections: to find that no economy has the name takes a search through all names
		return b.Name
	}
	if m, err := v.economy.Resolve(label); err == nil {
		return shortName(m.Name)
	}
	return label
}

// shortName drops what only a code list needs.
func shortName(name string) string {
	name, _, _ = strings.Cut(name, " (")
	return name
}

var word = regexp.MustCompile(`[a-z][a-z0-9_]*|[<>]=?|[*/+^-]|[0-9.eE_]+|[()]`)

var longNumber = regexp.MustCompile(`\b[0-9]{5,}\b`)

// inWords reads a criterion aloud: imports at least 2 × exports.
func inWords(criterion string) string {
	var b strings.Builder
	share, usd, negative, before := false, false, false, ""
	for _, token := range word.FindAllString(criterion, -1) {
		text := token
		switch token {
		case ">=":
			text = "at least"
		case ">":
			text = "above"
		case "<=":
			text = "at most"
		case "<":
			text = "below"
		case "*":
			text = "×"
		case "/":
			text = "÷"
		case "-":
			text = "−"
		default:
			if ind, ok := indicator.Get(token); ok {
				share, usd = ind.Unit == "share" && !isIndex(ind.Name), ind.Unit == result.USD
				text = lowerFirst(ind.Title)
			} else if x, err := strconv.ParseFloat(token, 64); err == nil && share && x <= 1 {
				text = strconv.FormatFloat(100*x, 'f', -1, 64) + "\u00a0%"
			} else if err == nil && x >= 1e5 {
				text = largeNumber(x)
				if usd {
					text += " USD"
				}
			}
		}
		if b.Len() > 0 && text != ")" && !strings.HasSuffix(b.String(), "(") && !negative {
			b.WriteByte(' ')
		}
		b.WriteString(text)
		negative = token == "-" && (before == "" || strings.ContainsAny(before, "<>=(*/")) // of a number, not between two
		before = token
	}
	return b.String()
}

// largeNumber writes a round number as people say it: 5 million.
func largeNumber(x float64) string {
	for _, scale := range []struct {
		factor float64
		name   string
	}{{1e9, "billion"}, {1e6, "million"}} {
		if n := x / scale.factor; n >= 1 && n == math.Round(n*100)/100 {
			return strconv.FormatFloat(n, 'f', -1, 64) + " " + scale.name
		}
	}
	return people(x, "count")
}

func lowerFirst(text string) string {
	r := []rune(text)
	if len(r) > 1 && unicode.IsUpper(r[1]) { // HHI
		return text
	}
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// plural writes a number with the noun that fits it.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return people(float64(n), "count") + " " + many
}

// amounts are numbers that are followed by a scale, a unit or both.
var amounts = regexp.MustCompile(`(\d) (%|k\b|m\b|bn\b|tn\b)( USD\b)?|(\d) USD\b`)

// unbroken keeps numbers and what they count on one line, and prints their minus.
func unbroken(text string) string {
	return amounts.ReplaceAllStringFunc(minus(text), func(amount string) string { return strings.ReplaceAll(amount, " ", "\u00a0") })
}
