// Package analysis is the door to all questions: the one list that commands, the API and tools for assistants are made from.
package analysis

import (
	"slices"

	"chokepoint/catalogue"
	"chokepoint/chokepoints"
	"chokepoint/competition"
	"chokepoint/dependence"
	"chokepoint/explanation"
	"chokepoint/policy"
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
	dependence.CountQuestion,
	dependence.DependenciesQuestion,
	dependence.IndicatorsQuestion,
	explanation.ExplainQuestion,
	dependence.AsymmetryQuestion,
	chokepoints.ChokepointsQuestion,
	competition.ScoreboardQuestion,
	competition.BreadthQuestion,
	competition.SimilarityQuestion,
	competition.DisplacementQuestion,
	competition.ComplexityQuestion,
	competition.BalanceQuestion,
	competition.FirmsQuestion,
	policy.PolicyQuestion,
	catalogue.RevisionsQuestion,
	catalogue.ProductsQuestion,
	dependence.SensitivityQuestion,
	dependence.CalibrateQuestion,
	dependence.CompareQuestion,
	dependence.PublishedQuestion,
	dependence.DiffQuestion,
}
