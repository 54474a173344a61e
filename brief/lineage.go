package brief

import (
	"strings"

	"chokepoint/analysis"
)

// lineage lists a policy and those that carry it on: documents, not numbers.
func (w *work) lineage(f *Finding) error {
	policies := map[string]*analysis.IndustrialPolicy{}
	for _, p := range analysis.IndustrialPolicies() {
		policies[p.ID] = p
	}
	var chain []string
	for id := f.With["policy"]; policies[id] != nil && len(chain) < len(policies); id = policies[id].Successor {
		p := policies[id]
		chain = append(chain, p.Name+" ("+p.Date+")")
		f.say("%s, %s, %s: %s.", p.Name, p.Body, p.Date, strings.Join(p.Targets, "; "))
	}
	f.Verdict, f.Figure = NoNumber, strings.Join(chain, " → ")
	f.Commands = []string{"chokepoint policies"}
	return nil
}

// outside says that trade data are silent on a claim.
func (w *work) outside(f *Finding) error {
	f.Verdict = NoNumber
	f.say("%s", f.With["because"])
	return nil
}
