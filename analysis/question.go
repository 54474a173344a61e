// Package analysis is the door to all questions: the one list that commands, the API and tools for assistants are made from.
package analysis

import (
	"slices"

	"chokepoint/catalogue"
	"chokepoint/chain"
	"chokepoint/chokepoints"
	"chokepoint/competition"
	"chokepoint/dependence"
	"chokepoint/explanation"
	"chokepoint/loop"
	"chokepoint/policy"
	"chokepoint/scenario"
	"chokepoint/search"
	"chokepoint/study"
)

// Questions lists all questions in the order in which help shows them.
func Questions() []*study.Question { return questions }

// QuestionOf returns the question of that name.
func QuestionOf(name string) (*study.Question, bool) {
	i := slices.IndexFunc(questions, func(q *study.Question) bool { return q.Name == name })
	if i < 0 {
		return nil, false
	}
	return questions[i], true
}

var questions = []*study.Question{
	study.Priced(dependence.CountQuestion),
	study.Priced(dependence.DependenciesQuestion),
	study.Priced(dependence.IndicatorsQuestion),
	explanation.ExplainQuestion,
	study.Priced(dependence.AsymmetryQuestion),
	study.Priced(chokepoints.ChokepointsQuestion),
	study.Priced(competition.ScoreboardQuestion),
	study.Priced(competition.BreadthQuestion),
	competition.SimilarityQuestion,
	competition.DisplacementQuestion,
	study.Priced(competition.ComplexityQuestion),
	study.Priced(competition.BalanceQuestion),
	competition.FirmsQuestion,
	policy.PolicyQuestion,
	chain.ExposureQuestion,
	chain.UsesQuestion,
	chain.ChainQuestion,
	chain.UpstreamnessQuestion,
	chain.ValueAddedQuestion,
	chain.InputsQuestion,
	loop.LoopQuestion,
	loop.InputsQuestion,
	loop.SensitivityQuestion,
	loop.LearningQuestion,
	loop.BackTestQuestion,
	scenario.CutQuestion,
	scenario.RangesQuestion,
	scenario.MonthsQuestion,
	scenario.SourcesQuestion,
	scenario.CompareQuestion,
	scenario.TariffQuestion,
	scenario.CascadeQuestion,
	scenario.BacktestQuestion,
	catalogue.RevisionsQuestion,
	catalogue.ProductsQuestion,
	search.SearchQuestion,
	study.Priced(dependence.SensitivityQuestion),
	dependence.CalibrateQuestion,
	study.Priced(dependence.CompareQuestion),
	dependence.PublishedQuestion,
	study.Priced(dependence.DiffQuestion),
}
