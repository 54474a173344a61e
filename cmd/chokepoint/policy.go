package main

import (
	"github.com/spf13/cobra"

	"chokepoint/policy"
)

func (a *app) policiesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policies", Short: "List industrial policies; show the sectors and targets of one",
		Long: `List industrial policies: whose they are, since when, how many sectors they name, how many of these have goods codes, and which
policy succeeds them. "chokepoint policies show NAME" prints the sectors of one, the products that represent them, and its targets.`,
		Example: "  chokepoint policies\n  chokepoint policies show fyp14",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return a.write(policy.Policies()) },
	}
	a.outputFlags(cmd)
	show := &cobra.Command{
		Use: "show NAME", Short: "Print the sectors that a policy names, the products that represent them, and its targets",
		Example: "  chokepoint policies show fyp14",
		Args:    exactly(1, "the name of a policy"),
		RunE: func(_ *cobra.Command, args []string) error {
			t, err := policy.PolicyEntries(args[0])
			if err != nil {
				return err
			}
			return a.write(t)
		},
	}
	a.outputFlags(show)
	cmd.AddCommand(show)
	return cmd
}
