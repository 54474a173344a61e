package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chokepoint/fault"
	"chokepoint/spelling"
	"chokepoint/store"
	"chokepoint/study"
)

// subjects are the parameters that say whom a question is about. A question has one of them.
var subjects = []string{"importers", "economy"}

// subject is the parameter of a question that says whom it is about; "" where it has none or both.
func subject(q *study.Question) string {
	var found []string
	for _, name := range subjects {
		if _, ok := q.Parameter(name); ok {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// positional are the flags of a question that may be given as plain words, in this order: whom it is about, and on whom. A question with
// arguments of its own has none.
func positional(q *study.Question) (names []string) {
	if len(q.Arguments()) > 0 {
		return nil
	}
	if name := subject(q); name != "" {
		names = append(names, name)
		if _, ok := q.Parameter("partners"); ok {
			names = append(names, "partners")
		}
	}
	return names
}

// giveWords takes plain words as the flags that they stand for.
func giveWords(cmd *cobra.Command, names, words []string) error {
	if len(words) > len(names) {
		want := "none: what it takes are flags"
		if len(names) > 0 {
			want = "at most " + strings.Join(names, " and ")
		}
		return wrongArguments(cmd, len(words), want)
	}
	for i, word := range words {
		if cmd.Flags().Changed(names[i]) {
			return fmt.Errorf("%s: %s is given twice, as %q and with --%s", cmd.CommandPath(), names[i], word, names[i])
		}
		if err := cmd.Flags().Set(names[i], word); err != nil {
			return err
		}
	}
	return nil
}

// understandFlags lets a command take the usual other words for its flags.
func understandFlags(cmd *cobra.Command) {
	var have []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { have = append(have, f.Name) })
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if !slices.Contains(have, name) {
			if meant := study.Meant(name, func(other string) bool { return slices.Contains(have, other) }); meant != "" {
				return pflag.NormalizedName(meant)
			}
		}
		return pflag.NormalizedName(name)
	})
}

// unknownFlag adds to an error about a flag which one may be meant.
func unknownFlag(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := ""
	if near := spelling.Nearest(missing.GetSpecifiedName(), names); near != "" {
		hint = "did you mean --" + near + "? "
	}
	return fmt.Errorf("%w; %s`%s --help` lists the flags", err, hint, cmd.CommandPath())
}

// wholeName finds the dataset of which --dataset gives the beginning, where there is one alone and none of that very name.
func (a *app) wholeName() error {
	if a.dataset == "" || a.engine != "" {
		return nil
	}
	dir, err := a.dataDir()
	if err != nil {
		return err
	}
	var begin []string
	for _, name := range store.Names(dir) {
		switch {
		case name == a.dataset:
			return nil
		case strings.HasPrefix(name, strings.ToLower(a.dataset)): // names have lower-case letters
			begin = append(begin, name)
		}
	}
	switch len(begin) {
	case 0:
		return nil // opening it says which there are
	case 1:
		a.args = slices.Clone(a.args)
		for i, arg := range a.args {
			if arg == "--dataset="+a.dataset {
				a.args[i] = "--dataset=" + begin[0]
			} else if arg == a.dataset && i > 0 && a.args[i-1] == "--dataset" {
				a.args[i] = begin[0]
			}
		}
		a.dataset = begin[0]
		return nil
	}
	return fault.Questionf("dataset %q: several begin so: %s; expected one of them", a.dataset, strings.Join(begin, ", "))
}
