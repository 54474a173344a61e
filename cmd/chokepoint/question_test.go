package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"chokepoint/analysis"
)

// TestQuestions compares the commands with the table of questions that the API reads too: each question is a command, and
// its parameters are the command's flags or arguments, with the same defaults.
func TestQuestions(t *testing.T) {
	output := []string{"format", "out", "limit", "filter", "wide", "sort", "offset", "provenance", "force", "help"}
	for _, q := range analysis.Questions() {
		cmd, rest, err := (&app{}).root().Find(strings.Fields(q.Name))
		if err != nil || len(rest) > 0 || cmd.CommandPath() != "chokepoint "+q.Name {
			t.Errorf("%s is no command: %v", q.Name, err)
			continue
		}
		var want, got []string
		for _, p := range slices.Concat(q.Parameters, q.Local) {
			if p.Argument > 0 {
				continue
			}
			want = append(want, p.Name)
			if f := cmd.Flags().Lookup(p.Name); f != nil && !p.Switch && !p.Repeat && f.DefValue != p.Standard {
				t.Errorf("%s --%s: default %q, want %q", q.Name, p.Name, f.DefValue, p.Standard)
			}
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if !slices.Contains(output, f.Name) {
				got = append(got, f.Name)
			}
		})
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s has the flags %v, the question the parameters %v", q.Name, got, want)
		}
	}
}
