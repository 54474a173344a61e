package brief

import "chokepoint/loop"

// illustrated says why trade data cannot settle a claim about a reinforcing loop, and shows what a simulation makes of it. It gives no
// verdict: the inputs of the simulation decide, and most of them are assumed.
func (w *work) illustrated(f *Finding) error {
	f.Verdict = Untested
	f.say("%s", f.With["because"])
	pairs := []string{"economy", f.With["economy"], "technology", f.With["technology"], "draws", orElse(f.With["draws"], "1000")}
	t, err := w.ask(f, "loop", pairs...)
	if err != nil {
		return err
	}
	f.say("%s.", loop.CapitalIllustration())
	f.Numbers = &Numbers{Head: []string{"Technology", "Half adopt with policy", "without", "where support ends", "Net gain above 0", "of policy less no policy"}}
	for _, s := range loop.Shares(t) {
		f.Numbers.Rows = append(f.Numbers.Rows, []string{s.Technology, s.WithPolicy, s.NoPolicy, s.Sunset, s.NetAboveZero, s.AddedAboveZero})
	}
	f.say("The table has shares of draws.")
	decisive, err := w.ask(f, "loop sensitivity", append(pairs, "rows", "512")...)
	if err != nil {
		return err
	}
	for _, s := range loop.Decisive(decisive) {
		f.say("%s.", s)
	}
	for _, n := range t.Notes {
		if loop.IsBackTest(n) {
			f.say("%s.", n.Text)
		}
	}
	return nil
}
