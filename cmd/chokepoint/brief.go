package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"chokepoint/brief"
	"chokepoint/result"
	"chokepoint/study"
)

func (a *app) briefCommand() *cobra.Command {
	name := ""
	cmd := &cobra.Command{
		Use:   "brief",
		Short: "Test the claims of an article against the data: the published figure, ours, a verdict",
		Long: `Test the claims of an article against the dataset. For each claim show the published figure, our figure with its range over
definitions and thresholds, a chart, and a verdict worded by rules from the numbers, even if the dataset cannot decide. Each
assertion of a claim has its own verdict. --out brief.html writes a self-contained page that prints well, and brief.md the same as
Markdown without charts; other formats have one row per claim. Your own brief file can name other claims, economies and policies;
docs/brief.md describes it.`,
		Example: `  chokepoint brief --article mic25 --out brief.html
  chokepoint brief --article mic25
  chokepoint brief --article japan-2022 --format csv
  chokepoint brief --article mine.toml --format csv`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.brief(cmd.Context(), name) },
	}
	cmd.Flags().StringVar(&name, "article", brief.Standard, "the article: "+strings.Join(briefNames(), ", ")+", or a brief file ending in .toml")
	cmd.Flags().StringArrayVar(&a.macro, "macro", nil, "a file, or a folder of files, with GDP, population and household consumption (may be repeated), as for balance")
	cmd.Flags().StringVar(&a.register, "register", "", "a register of firms, as for firms")
	a.outputFlags(cmd)
	return cmd
}

func briefNames() (names []string) {
	for _, b := range brief.Builtin() {
		names = append(names, b.ID)
	}
	return names
}

func (a *app) brief(ctx context.Context, name string) error {
	b, err := brief.Open(name)
	if err != nil {
		return err
	}
	write := documentForms[strings.ToLower(filepath.Ext(a.outFile))]
	if write != nil && a.format == "" {
		a.format = string(result.FormatTable) // what is written is no table; any format that exists will do
	}
	return a.withSource(func(s *study.Source) error {
		d, err := a.weigh(ctx, s, b)
		if err != nil {
			return err
		}
		format, err := a.outputFormat()
		switch {
		case err != nil:
			return err
		case write == nil && a.outFile == "" && format == result.FormatTable:
			return d.WriteText(a.text(), a.width)
		case write == nil:
			return a.write(d.Table())
		}
		if err := result.ReplaceFile(a.outFile, func(w io.Writer) error { return write(d, w) }); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "%d claims written to %s\n", len(d.Findings), a.outFile)
		return nil
	})
}

// weigh makes a brief and shows which claim it is at.
func (a *app) weigh(ctx context.Context, s *study.Source, b *brief.Brief) (d *brief.Document, err error) {
	show, stop := a.progress()
	defer func() { stop(err == nil) }()
	all := int64(len(b.Claims))
	return brief.Make(ctx, brief.AskOf(ctx, s), &study.Holdings{Source: s}, b, func(done int, c *brief.Claim) {
		show(fmt.Sprintf("claim %s, %d of %d", c.ID, done+1, all), int64(done), all, 0)
	})
}

// documentForms write a brief as a document, by the ending of --out.
var documentForms = map[string]func(d *brief.Document, w io.Writer) error{
	".html": (*brief.Document).WriteHTML, ".htm": (*brief.Document).WriteHTML,
	".md": (*brief.Document).WriteMarkdown,
}
