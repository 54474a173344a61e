package scenario

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"chokepoint/datafile"
	"chokepoint/result"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// Record is how well the rules did on past episodes.
type Record struct {
	ID, Title, Source, Note string
	From, To                int
	Episodes                int
	Scores                  []Score
	Text                    []byte // of the file; nil where it is of the asker's dataset
}

//go:embed data/record.toml
var recordTOML []byte

// BuiltinRecord is the one that comes with the program.
var BuiltinRecord = sync.OnceValue(func() *Record {
	var f struct {
		ID        string `toml:"id"`
		Title     string `toml:"title"`
		Date      string `toml:"date"`
		Source    string `toml:"source"`
		Note      string `toml:"note"`
		From      int    `toml:"from"`
		To        int    `toml:"to"`
		Episodes  int    `toml:"episodes"`
		Importers int    `toml:"importers"`
		Products  int    `toml:"products"`
		Scores    []struct {
			Rule     string  `toml:"rule"`
			Hit      float64 `toml:"hit"`
			Weighted float64 `toml:"hit_weighted"`
			Median   float64 `toml:"hit_median"`
			First    float64 `toml:"first"`
			InThree  float64 `toml:"in_three"`
			Low      float64 `toml:"hit_low"`
			High     float64 `toml:"hit_high"`
		} `toml:"score"`
	}
	if err := datafile.TOML("record.toml", recordTOML, &f); err != nil {
		panic(err) // it comes with the program
	}
	r := &Record{ID: f.ID, Title: f.Title, Source: f.Source, Note: f.Note, From: f.From, To: f.To, Episodes: f.Episodes, Text: recordTOML}
	for _, s := range f.Scores {
		r.Scores = append(r.Scores, Score{Rule: Rule(s.Rule), Episodes: f.Episodes, Hit: s.Hit, Weighted: s.Weighted, Median: s.Median, First: s.First, InThree: s.InThree, Low: s.Low, High: s.High})
	}
	return r
})

// enoughEpisodes make a record of a dataset's own.
const enoughEpisodes = 20

// RecordOf is the record of the dataset's last two years two apart, else of its last two, where they have episodes enough; else the
// built-in one. A dataset on a cluster has the built-in one, as all its flows would have to be fetched.
func RecordOf(ctx context.Context, s *study.Source) (*Record, error) {
	from, to, ok := lastYears(s)
	if !ok || s.Engine != nil {
		return BuiltinRecord(), nil
	}
	type key struct{ record int }
	return store.Remember(ctx, s.Dataset.Memory(), key{to}, (*Record).size, func() (*Record, error) {
		episodes, err := episodesOf(ctx, s, from, to, nil, trade.Set{}, false)
		if err != nil || len(episodes) < enoughEpisodes {
			return BuiltinRecord(), err
		}
		r := &Record{Title: fmt.Sprintf("dataset %s, %d to %d", s.Dataset.Manifest().Name, from, to), From: from, To: to, Episodes: len(episodes)}
		for _, rule := range Rules() {
			r.Scores = append(r.Scores, ScoreOf(rule, episodes))
		}
		return r, nil
	})
}

// size is what a dataset's own record holds.
func (r *Record) size() int64 {
	return store.SizeOf(*r) + int64(len(r.Title)) + store.SizeOfSlice(r.Scores)
}

// lastYears are the two years of the dataset's own record.
func lastYears(s *study.Source) (from, to int, ok bool) {
	have := s.Dataset.Years()
	if len(have) < 2 || s.Dataset.Manifest().Monthly() {
		return 0, 0, false
	}
	to = have[len(have)-1]
	if from = to - 2; !slices.Contains(have, from) {
		from = have[len(have)-2]
	}
	return from, to, true
}

// Of is the score of a rule.
func (r *Record) Of(rule Rule) Score {
	return r.Scores[slices.IndexFunc(r.Scores, func(s Score) bool { return s.Rule == rule })]
}

// Words say how well a rule did.
func (r *Record) Words(rule Rule) string {
	s := r.Of(rule)
	return fmt.Sprintf("rule %s on past episodes: the supplier that gained most was among the three that it names in %s of %d cases, and %s of what was replaced went where it said (95 %% interval %s to %s)",
		rule, result.Percent(s.InThree), s.Episodes, result.Percent(s.Hit), result.Percent(s.Low), result.Percent(s.High))
}

// Origin says where the record is from; s is what asks, nil where files alone are read.
func (r *Record) Origin(s *study.Source) string {
	if r.Text != nil {
		why := fmt.Sprintf("this dataset has no two years with %d episodes", enoughEpisodes)
		if s == nil {
			why = "files have no past episodes"
		} else if _, _, ok := lastYears(s); ok && s.Engine != nil {
			why = "the flows of this dataset are on a cluster (\"chokepoint backtest\" scores the rules on them)"
		}
		return fmt.Sprintf("the program's own record (%s; %s), as %s: %s", r.Title, r.Source, why, r.Note)
	}
	return "episodes of " + r.Title + ` ("chokepoint backtest" lists them)`
}

// noteScores says how well the rules of the answer did in the past.
func (c *cutting) noteScores(ctx context.Context, t *result.Table) error {
	record, err := RecordOf(ctx, c.Source)
	if err != nil {
		return err
	}
	if record.Text != nil {
		c.Use("record", record.ID, record.Text)
	}
	var last Rule
	for _, k := range c.combinations {
		if k.Rule != last {
			t.Add(result.Note{Kind: result.Origin, Subject: string(k.Rule), Text: record.Words(k.Rule)})
			last = k.Rule
		}
	}
	t.Add(result.Note{Kind: result.Origin, Subject: "record", Text: "these scores are for " + record.Origin(c.Source)})
	return nil
}
