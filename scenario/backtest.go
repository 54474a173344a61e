package scenario

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/fault"
	"chokepoint/kernel"
	"chokepoint/result"
	"chokepoint/study"
	"chokepoint/trade"
)

var backtestGroupings = []string{"rule", "episode", "section"}

// BacktestQuestion is the question backtest.
var BacktestQuestion = &study.Question{
	Name: "backtest", Short: "Score the rules of scenarios on past episodes in the dataset",
	Schemas: []study.Schema{ScoreSchema, EpisodeSchema, SectionScoreSchema},
	Long: `Score the rules of scenarios on episodes between two years. In an episode, a supplier that had 30 to 95 per cent of what an importer
buys of a product, for at least 5 million USD, later has half of that share or less, while the importer buys between half and twice
as much. Each rule predicts from the earlier year alone who gains; the hit is the share of the others' gains that it predicted.

docs/scenarios.md has the definition. --by episode lists the episodes, --by section scores by section of the Harmonized System.`,
	Examples: []string{
		`chokepoint backtest --from 2022 --to 2024`,
		`chokepoint backtest --from 2022 --to 2024 --products list:crm --by episode --format csv`,
	},
	Parameters: slices.Concat([]study.Parameter{
		{Name: "from", Example: "2022", Usage: "the earlier year (default: two years before the later, otherwise the closest earlier year in the dataset)"},
		{Name: "to", Example: "2024", Usage: "the later year (default: the latest)"},
		{Name: "by", Standard: backtestGroupings[0], Values: backtestGroupings, Example: "episode", Usage: "one row per rule, per rule and episode, or per rule and section"},
	}, study.ParameterList(nil, "products", "importers")),
	Ask: func(ctx context.Context, s *study.Source, r study.Request) (*result.Table, error) {
		return Backtest(ctx, s, r.Own["from"], r.Own["to"], r.Own["by"], r.Query)
	},
}

// Backtest scores each rule on the episodes between two years; "" are the dataset's last.
func Backtest(ctx context.Context, s *study.Source, fromText, toText, by string, q study.Query) (*result.Table, error) {
	from, to, err := backtestYears(s, fromText, toText)
	if err != nil {
		return nil, err
	}
	q.Years, q.Partners, q.Method = fmt.Sprintf("%d,%d", from, to), "-", ""
	st, err := s.Study(ctx, q)
	if err != nil {
		return nil, err
	}
	var importers trade.Set
	for _, set := range st.Sets(&st.ImporterSide, from) {
		importers = importers.Union(set)
	}
	episodes, err := episodesOf(ctx, s, from, to, st.Products.Codes(), importers, !st.ImporterSide.Selection.All)
	if err != nil {
		return nil, err
	}
	title := fmt.Sprintf("How well the rules said who would gain, %d to %d", from, to)
	var t *result.Table
	switch by {
	case "episode":
		t = study.Answer(st, EpisodeSchema, title, episodeRows(st.Economies, episodes))
	case "section":
		t = study.Answer(st, SectionScoreSchema, title, sectionScores(episodes))
	default:
		var rows []Score
		for _, rule := range Rules() {
			rows = append(rows, ScoreOf(rule, episodes))
		}
		t = study.Answer(st, ScoreSchema, title, rows)
	}
	t.Note("an episode: a supplier with %s to %s of what an importer buys of a product, for at least 5 m USD, has half of that share or less later, while the importer buys between half and twice as much, and others gain at least %s", result.Percent(leastBefore), result.Percent(mostBefore), result.Percent(leastGain))
	t.Note("hit is Σ min(predicted, observed) over the candidates: 1 where all that others gained went where the rule said; no bounds of capacity; values move with prices, so shares are compared")
	if n := len(episodes); n < enoughEpisodes {
		are := "episodes are"
		if n == 1 {
			are = "episode is"
		}
		t.Note("%d %s too few to judge a rule by: scenarios show the program's own record (%s) instead", n, are, BuiltinRecord().Title)
	}
	t.Add(st.WorldLacks()...)
	return t, nil
}

func backtestYears(s *study.Source, fromText, toText string) (from, to int, err error) {
	if err := s.OnlyYears("backtest"); err != nil {
		return 0, 0, err
	}
	have := s.Dataset.Years()
	if len(have) < 2 {
		return 0, 0, fault.Questionf("backtest: dataset %s has one year, %d; expected two or more, as a back-test compares an earlier and a later one (\"chokepoint ingest baci\" reads archives of several)", s.Dataset.Manifest().Name, have[0])
	}
	read := func(name, text string) (int, error) {
		y, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || !slices.Contains(have, y) {
			return 0, fault.Questionf("%s %q: expected a year of the dataset, %s", name, text, study.YearsText(have))
		}
		return y, nil
	}
	from, to, _ = lastYears(s)
	if toText != "" {
		if to, err = read("to", toText); err != nil {
			return 0, 0, err
		}
		if fromText == "" {
			if from = to - 2; !slices.Contains(have, from) {
				at := slices.Index(have, to)
				if at == 0 {
					return 0, 0, fault.Questionf("to %d: the dataset has no earlier year", to)
				}
				from = have[at-1]
			}
		}
	}
	if fromText != "" {
		if from, err = read("from", fromText); err != nil {
			return 0, 0, err
		}
	}
	if from >= to {
		return 0, 0, fault.Questionf("from %d to %d: expected an earlier and a later year", from, to)
	}
	return from, to, nil
}

// episodesOf finds the episodes of products, nil for all, by product, importer and supplier; chosen keeps those of importers alone.
func episodesOf(ctx context.Context, s *study.Source, from, to int, products []string, importers trade.Set, chosen bool) (list []Episode, err error) {
	if products, err = s.EngineOrFiles().Traded(ctx, from, products); err != nil {
		return nil, err
	}
	blocks := slices.Collect(slices.Chunk(products, cutProducts))
	find := func(i int) (found []Episode, err error) {
		before, err := s.FlowsOf(ctx, from, blocks[i])
		if err != nil {
			return nil, err
		}
		after, err := s.FlowsOf(ctx, to, blocks[i])
		if err != nil {
			return nil, err
		}
		for k, product := range blocks[i] {
			then, err := before(k)
			if err != nil {
				return nil, err
			}
			now, err := after(k)
			if err != nil {
				return nil, err
			}
			for _, e := range Episodes(product, then, now) {
				if !chosen || importers.Has(trade.Code(e.Importer)) {
					found = append(found, e)
				}
			}
		}
		return found, ctx.Err()
	}
	return list, kernel.InOrder(ctx, len(blocks), find, func(found []Episode) error {
		list = append(list, found...)
		return nil
	})
}

// ScoreSchema is the table of backtest.
var ScoreSchema = result.NewSchema("backtest", scoreFields()...).ByValue("-hit")

// SectionScoreSchema is the table of backtest by section.
var SectionScoreSchema = result.NewSchema("backtest-sections", append([]result.Field[Score]{
	result.TextField("section", "Section of the Harmonized System.", func(s *Score) string { return s.Section }),
}, scoreFields()...)...).InOrder("sections of the Harmonized System")

func scoreFields() []result.Field[Score] {
	return []result.Field[Score]{
		result.TextField("rule", "Rule that predicts who gains: present, mixed, capacity or sqrt.", func(s *Score) string { return string(s.Rule) }),
		result.IntField("episodes", "count", "Number of episodes that it is scored on.", func(s *Score) int { return s.Episodes }),
		result.FloatField("hit", result.Share, "Mean over episodes of the share of others' gains that went where the rule predicted: Σ min(predicted, observed).", func(s *Score) float64 { return s.Hit }),
		result.FloatField("hit_weighted", result.Share, "The same, weighted by the value that changed supplier: (share before − share after) × imports before.", func(s *Score) float64 { return s.Weighted }),
		result.FloatField("hit_median", result.Share, "Median of the hits.", func(s *Score) float64 { return s.Median }),
		result.FloatField("first", result.Share, "Share of episodes in which the largest gainer is the one that the rule names first.", func(s *Score) float64 { return s.First }),
		result.FloatField("in_three", result.Share, "Share of episodes in which the largest gainer is among the first three that the rule names.", func(s *Score) float64 { return s.InThree }),
		result.FloatField("hit_low", result.Share, "Lower end of the 95 % interval of hit, from 1,000 resamples of the episodes with a fixed seed.", func(s *Score) float64 { return s.Low }),
		result.FloatField("hit_high", result.Share, "Upper end of the interval.", func(s *Score) float64 { return s.High }),
	}
}

func sectionScores(episodes []Episode) (rows []Score) {
	by := map[string][]Episode{}
	for _, e := range episodes {
		if section, ok := trade.SectionOf(e.Product); ok {
			by[section.Number] = append(by[section.Number], e)
		}
	}
	for _, section := range trade.Sections() {
		if list := by[section.Number]; len(list) > 0 {
			for _, rule := range Rules() {
				s := ScoreOf(rule, list)
				s.Section = section.Number
				rows = append(rows, s)
			}
		}
	}
	return rows
}

// EpisodeRow is an episode and how well a rule did.
type EpisodeRow struct {
	*Episode
	EpisodeScore
	labels *trade.Economies
}

func episodeRows(labels *trade.Economies, episodes []Episode) (rows []EpisodeRow) {
	for i := range episodes {
		for _, score := range episodes[i].Scores {
			rows = append(rows, EpisodeRow{&episodes[i], score, labels})
		}
	}
	return rows
}

// EpisodeSchema is the table of backtest by episode.
var EpisodeSchema = result.NewSchema("backtest-episodes",
	result.TextField("importer", "The importer that changed suppliers, ISO3.", func(r *EpisodeRow) string { return labelOf(r.labels, r.Importer) }),
	result.TextField("supplier", "The supplier that lost its share.", func(r *EpisodeRow) string { return labelOf(r.labels, r.Supplier) }),
	result.TextField("product", "HS code.", func(r *EpisodeRow) string { return r.Product }),
	result.FloatField("share_before", result.Share, "The supplier's share of the importer's purchases in the earlier year.", func(r *EpisodeRow) float64 { return r.ShareBefore }),
	result.FloatField("share_after", result.Share, "The same in the later year.", func(r *EpisodeRow) float64 { return r.ShareAfter }),
	result.TextField("rule", "Rule that predicts who gains.", func(r *EpisodeRow) string { return string(r.Rule) }),
	result.FloatField("hit", result.Share, "Share of others' gains that went where the rule predicted.", func(r *EpisodeRow) float64 { return r.Hit }),
	result.FloatField("imports_before_usd", result.USD, "The importer's purchases of the product in the earlier year.", func(r *EpisodeRow) float64 { return r.ImportsBefore }),
	result.TextField("named", "The supplier that the rule names first.", func(r *EpisodeRow) string { return labelOf(r.labels, r.Named) }),
	result.TextField("gainer", "The supplier that gained most.", func(r *EpisodeRow) string { return labelOf(r.labels, r.Gainer) }),
	result.FloatField("gainer_share", result.Share, "Its share of others' gains.", func(r *EpisodeRow) float64 { return r.Gain }),
	result.BoolField("first", "Whether the largest gainer is the one that the rule names first.", func(r *EpisodeRow) bool { return r.First }),
	result.BoolField("in_three", "Whether the largest gainer is among the first three that the rule names.", func(r *EpisodeRow) bool { return r.InThree }),
).ByValue("-imports_before_usd")
