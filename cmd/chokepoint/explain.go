package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"chokepoint/result"
)

// explainedRows is how many suppliers and alternatives an explanation shows unless --limit says otherwise.
const explainedRows = 10

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Follow one importer, product and year from flows to verdicts",
		Long: `Follow one importer, product and year from its flows to sums, to formulas with their numbers, to thresholds and
verdicts of each method, with the suppliers, the alternatives to them by size, and the years before.

Without --partners, methods about a partner are judged about the top supplier, and every partner that meets them is
listed. Without --years it is the latest. The table format is a text to read; csv, json, parquet and xlsx have one row a
number, by section: flows, sums, indicators, criteria, persistence, verdict, alternatives, history.`,
		Example: `  chokepoint explain --importers USA --products 850760
  chokepoint explain --importers CHN --products 470710 --partners USA --years 2016 --method geodep-2024,merics-2024
  chokepoint explain --importers EU27 --products 280530 --world net --format csv --out rare-earths.csv`,
		Args: cobra.NoArgs,
	}
	a.queryFlags(cmd, "importers", "partners", "products", "years", "method", "persistence", "world", "min-value")
	own := map[string]string{"importers": "", "products": "", "years": "the latest", "method": "all", "limit": fmt.Sprint(explainedRows)}
	for name, standard := range own {
		cmd.Flags().Lookup(name).DefValue = standard
	}
	cmd.Flags().Lookup("limit").Usage = "suppliers and alternatives that the table format prints; 0 prints all"
	cmd.MarkFlagRequired("importers")
	cmd.MarkFlagRequired("products")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("method") {
			a.query.Method = "all"
		}
		if !cmd.Flags().Changed("limit") {
			a.limit = explainedRows
		}
		return a.explain(cmd)
	}
	return cmd
}

// explain asks like other questions, but writes the table format as a text.
func (a *app) explain(cmd *cobra.Command) error {
	format, err := a.outputFormat()
	if err != nil {
		return err
	}
	q, err := a.readQuery()
	if err != nil {
		return err
	}
	s, err := a.source()
	if err != nil {
		return err
	}
	defer s.Dataset.Close()
	e, err := s.Explain(cmd.Context(), q)
	if err != nil {
		return err
	}
	if format != result.FormatTable {
		return a.write(e.Table())
	}
	if a.outFile == "" {
		return failed(e.WriteText(a.out, a.tableOptions()))
	}
	var text bytes.Buffer
	if err := e.WriteText(&text, result.Options{MaxRows: a.limit}); err != nil {
		return failed(err)
	}
	if err := replaceFile(a.outFile, text.Bytes()); err != nil {
		return failed(err)
	}
	fmt.Fprintf(a.err, "explanation written to %s\n", a.outFile)
	return nil
}

// replaceFile writes a file that is complete or, after an error, what it was before. What is no regular file, such as
// /dev/stdout or a link, cannot be replaced and is written to.
func replaceFile(path string, content []byte) (err error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, content, 0o666)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(part.Name())
		}
	}()
	_, err = part.Write(content)
	if err = cmp.Or(err, part.Chmod(0o644), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
