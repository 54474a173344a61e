package policy

import "chokepoint/result"

// Kind says what an estimate is of.
type Kind string

// The kinds of estimates.
const (
	DiD           Kind = "did"              // difference in differences
	Pretrend      Kind = "pretrend"         // joint test of the years before: the estimate is F
	Event         Kind = "event"            // a year against the one before the policy
	FalseDate     Kind = "placebo-date"     // a date before the true one, on the years before alone
	ByChapter     Kind = "placebo-list"     // random lists, as many from each chapter as the policy's has
	BySize        Kind = "placebo-size"     // the same from each tenth of imports before the policy
	UnlistedAlone Kind = "placebo-unlisted" // random lists from products that the policy does not name, against others of them
	OtherList     Kind = "placebo-other"    // another list in the policy's place
	MeanListed    Kind = "mean-listed"      // mean of the outcome, listed products
	MeanOther     Kind = "mean-other"       // mean of the outcome, all others
)

// Estimate is a number of an evaluation, in units of the outcome, with its interval of 95 %. What a kind does not have is NaN.
type Estimate struct {
	Kind                         Kind
	List                         string // that of the policy, what lists are drawn from, or the one taken in its place
	Year                         int
	Value, StandardError         float64
	Low, High                    float64
	P                            float64 // of no effect
	Listed, Others, Observations int     // products of the list, other products, products and years
	Status                       result.Status
}

// outcomeUnit is the unit of estimates: that of whatever outcome was asked for.
const outcomeUnit = "outcome"

// EstimateSchema is the table of policy.
var EstimateSchema = result.NewSchema("policy",
	result.TextField("kind", "did: difference in differences. pretrend: joint test of the years before the policy (the estimate is F). event: a year compared with the year before the policy. placebo-date: a false date, using only the years before the policy. placebo-list, placebo-size, placebo-unlisted: random lists. placebo-other: another list instead. mean-listed, mean-other: mean of the outcome.", func(r *Estimate) string { return string(r.Kind) }),
	result.TextField("list", "The row's list: the policy's own, the one that random lists are drawn from, or the one used instead.", func(r *Estimate) string { return r.List }),
	result.IntField("year", result.Year, "Year of the estimate; for did, pretrend and lists, the first year of the policy.", func(r *Estimate) int { return r.Year }),
	result.FloatField("estimate", outcomeUnit, "The estimate in units of the outcome: for shares, 0.01 is one percentage point; for logarithms, 0.01 is about 1 %.", func(r *Estimate) float64 { return r.Value }),
	result.FloatField("std_error", outcomeUnit, "Standard error, clustered by product.", func(r *Estimate) float64 { return r.StandardError }),
	result.FloatField("ci_low", outcomeUnit, "Lower end of the 95 % interval; for random lists, of the middle 95 % of their estimates.", func(r *Estimate) float64 { return r.Low }),
	result.FloatField("ci_high", outcomeUnit, "Upper end of the interval.", func(r *Estimate) float64 { return r.High }),
	result.FloatField("p_value", "index", "Two-sided p-value of no effect, from t with clusters − 1 degrees of freedom; for random lists, the share of lists, including this one, with an estimate at least as far from zero.", func(r *Estimate) float64 { return r.P }),
	result.IntField("listed_products", "count", "Number of products of the list in the panel.", func(r *Estimate) int { return r.Listed }),
	result.IntField("other_products", "count", "Number of other products.", func(r *Estimate) int { return r.Others }),
	result.IntField("observations", "count", "Number of observations: products × years.", func(r *Estimate) int { return r.Observations }),
	result.TextField("status", "What the panel is based on: observed; partial, if in any of its years the dataset lacks the imports of the economy or its members, years that the method looks back to, or importers in world totals.", func(r *Estimate) string { return string(r.Status) }).AsDetail(),
).InOrder("the estimate first, then its tests")
