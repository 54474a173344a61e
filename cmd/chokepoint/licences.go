package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"chokepoint/notices"
)

func (a *app) licencesCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "licences",
		Short:   "Print the licences of the third-party software in this program",
		Example: "  chokepoint licences",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.out, notices.Text)
			return err
		},
	}
}
