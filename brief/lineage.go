package brief

import (
	"strings"

	"chokepoint/policy"
)

// lineage lists a policy and those that carry it on: documents, not numbers.
func (w *work) lineage(f *Finding) error {
	policies := map[string]*policy.IndustrialPolicy{}
	for _, p := range policy.IndustrialPolicies() {
		policies[p.ID] = p
	}
	var chain []string
	for id := f.With["policy"]; policies[id] != nil && len(chain) < len(policies); id = policies[id].Successor {
		p := policies[id]
		chain = append(chain, p.Name+" ("+p.Date+")")
		var names []string
		goods := 0
		for _, s := range p.Sectors {
			names = append(names, s.Name)
			if s.Selection != "" {
				goods++
			}
		}
		f.say("%s, %s, %s, names %s; %d of %d have goods codes. Its targets: chokepoint policies show %s.", p.Name, p.Body, p.Date, strings.Join(names, ", "), goods, len(names), p.ID)
	}
	f.Listed = true
	f.Verdict, f.Figure = NoNumber, strings.Join(chain, " → ")
	f.Commands = []string{"chokepoint policies"}
	return nil
}

// outside says that trade data are silent on a claim. What a question has to say beside it is shown, and decides nothing.
func (w *work) outside(f *Finding) error {
	f.Verdict = NoNumber
	f.say("%s", f.With["because"])
	if f.With["question"] == "" {
		return nil
	}
	t, list, err := w.measured(f)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		because, _ := f.numberless(t, f.With["column"])
		f.say("Beside it nothing can be shown, because %s.", because)
		return nil
	}
	f.Numbers = &Numbers{Head: []string{"", t.Column(f.With["column"]).PlainName()}}
	for _, m := range list {
		f.Numbers.Rows = append(f.Numbers.Rows, []string{m.name, m.write(m.values[len(m.values)-1])})
	}
	return nil
}
