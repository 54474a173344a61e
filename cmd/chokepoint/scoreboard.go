package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"chokepoint/analysis"
	"chokepoint/result"
)

func (a *app) scoreboardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "scoreboard",
		Long: `Measure an economy sector by sector and year by year: exports, world market share and rank, revealed comparative
advantage, trade balance, what it depends on others for and on whom, who depends on it, single points of failure that it
holds, export prices against the world's, complexity of what it sells, and a class by a rule that is a data file.

--list names the sectors: a list that comes with the program ("chokepoint lists") or a file of your own.`,
		Example: `  chokepoint scoreboard --economy CHN --years 2024
  chokepoint scoreboard --economy CHN --list hs-sections --format xlsx --out china.xlsx
  chokepoint scoreboard --economy DEU --method hjs-2020 --years 2024`,
	}
	a.question(cmd)
	return cmd
}

func (a *app) breadthCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "breadth",
		Long: `Say how wide an economy's industrial base is, year by year: in how many products it has a revealed comparative advantage,
how evenly its exports spread over products, sectors and stages of processing, how far down the chain it sells and buys, how
complex its exports are. --by stage gives a row a stage: raw, processed, parts, capital, consumption.`,
		Example: `  chokepoint breadth --economy CHN
  chokepoint breadth --economy DEU --years 2024 --by stage
  chokepoint breadth --economy DEU --years 2024 --position upstreamness.csv`,
	}
	q, values := a.question(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if file == "" {
			return a.askQuestion(cmd.Context(), q, values)
		}
		r, err := a.request(q, values)
		if err != nil {
			return err
		}
		if r.Own["by"] != "year" {
			return fmt.Errorf("--position is a mean over all stages: leave out --by %s", r.Own["by"])
		}
		data, err := readFile(file)
		if err != nil {
			return err
		}
		positions, err := analysis.ParsePositions(file, data)
		if err != nil {
			return err
		}
		return a.ask(func(s *analysis.Source) (*result.Table, error) {
			return q.AnswerBy(s, r, func(s *analysis.Source) (*result.Table, error) {
				s.Use("positions", filepath.Base(file), data)
				return s.Breadth(cmd.Context(), r.Own["economy"], r.Own["list"], r.Own["by"], positions, r.Query)
			})
		})
	}
	cmd.Flags().StringVar(&file, "position", "", "a CSV file with code,position: measured positions of products in the chain, for instance upstreamness")
	return cmd
}

func (a *app) similarityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "similarity",
		Long: `Compare what an economy exports with what others export (Finger and Kreinin 1979), year by year: 1 where the shares of
all products are the same, 0 where they sell nothing in common. A bloc is compared as one exporter.`,
		Example: `  chokepoint similarity --economy CHN --partners DEU,JPN,VNM,MEX
  chokepoint similarity --economy CHN --partners EU27,ASEAN --years 2024`,
	}
	a.question(cmd)
	return cmd
}

func (a *app) displacementCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "displacement",
		Long: `Say how competitors of an economy fare in third markets, product by product and market by market: what they sell, what they
lost by shares where the economy gained (constant market shares), what they lost to it, how much of their exports is under
threat, and how hard the economy presses on them. docs/industry.md has the formulas.

By default the competitors are advanced and emerging economies, each on its own, added up by group.`,
		Example: `  chokepoint displacement --economy CHN
  chokepoint displacement --economy CHN --partners EU27,JPN,KOR,ASEAN --years 2000,2012,2024
  chokepoint displacement --economy CHN --partners DEU --markets EMERGING --list mic25 --years 2010,2024`,
	}
	a.question(cmd)
	return cmd
}

func (a *app) complexityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "complexity",
		Long: `Rank economies by economic complexity (ECI) or, --by product, products by product complexity (PCI), of the latest year
unless others are asked for.`,
		Example: `  chokepoint complexity --limit 20
  chokepoint complexity --by product --years 2024`,
	}
	a.question(cmd)
	return cmd
}

func (a *app) balanceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "balance",
		Long: `Give what an economy sells to and buys from the world and from partners, year by year, in all products or in some, and with
--list sector by sector. --macro puts its GDP, its GDP per head, the balance as a share of GDP and the share of household
consumption beside: a file, or a folder of files, of the World Bank or the Penn World Table, or economy,year,series,value of
your own; docs/industry.md describes them. None come with the program.`,
		Example: `  chokepoint balance --economy CHN --partners USA,EU27
  chokepoint balance --economy CHN --products 87 --years 2024
  chokepoint balance --economy CHN --partners USA,EU27 --list mic25 --years 2024
  chokepoint balance --economy CHN --macro pwt1001.csv --macro gdp_usd=gdp.csv`,
	}
	a.question(cmd)
	cmd.Flags().StringArrayVar(&a.macro, "macro", nil, "a file, or a folder of files, with GDP, population and household consumption (may be repeated); SERIES=FILE says what a file is of")
	return cmd
}

func (a *app) firmsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "firms",
		Long: `Count the firms of a register by sector, batch and province, beside what an economy exports, leads in and depends on others for
in the same sectors. The register is a CSV file of yours with the columns name, batch, year, province and sector; a sector is the
id or name of one of --list, and names that it lacks are counted and printed.

Without --register it prints what is published of China's Little Giants: firms named by batch, and how many were valid.`,
		Example: `  chokepoint firms
  chokepoint firms --register giants.csv
  chokepoint firms --register giants.csv --by all --list mic25 --economy CHN --format csv`,
	}
	a.question(cmd)
	cmd.Flags().StringVar(&a.register, "register", "", "a register of firms: CSV with name,batch,year,province,sector")
	return cmd
}
