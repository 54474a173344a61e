package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"chokepoint/analysis"
	"chokepoint/catalogue"
	"chokepoint/icio"
	"chokepoint/method"
	"chokepoint/policy"
	"chokepoint/result"
	"chokepoint/scenario"
	"chokepoint/sector"
	"chokepoint/store"
	"chokepoint/study"
	"chokepoint/trade"
)

// offers are what the shell offers, each with a tab and what it means where that is not plain.
type offers func() []string

// completions gives the words that the shell offers for a flag or an argument of a question, by its name.
func (a *app) completions() map[string]offers {
	both := func() []string { return append(a.blocWords(), a.economyWords()...) }
	list := map[string]offers{"products": a.productWords, "years": a.yearWords, "method": methodWords, "against": a.datasetNames, "list": listWords,
		"policy": policyWords, "article": briefNames, "hubs": func() []string { return []string{"entrepots"} }, "tables": a.tableNames, "scenario": scenarioWords, "first": scenarioWords, "second": scenarioWords,
		"industries": a.industryWords, "inputs": a.industryWords, "nomenclature": nomenclatureWords}
	for _, name := range []string{"importers", "partners", "economy", "a", "b", "markets", "economies", "suppliers", "to", "not-from", "only-from"} {
		list[name] = both
	}
	return list
}

// offerWords lets the shell complete what commands take: values of flags, after commas too, columns to sort by, and names to show.
func (a *app) offerWords(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		a.offerWords(sub)
	}
	name := strings.TrimPrefix(cmd.CommandPath(), "chokepoint ")
	if offer := a.shown(name); offer != nil {
		cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) (found []string, _ cobra.ShellCompDirective) {
			if len(args) == 0 {
				found = offer()
			}
			return found, cobra.ShellCompDirectiveNoFileComp
		}
	}
	all := a.completions()
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		offer := all[f.Name]
		switch {
		case f.Name == "sort":
			offer = func() []string { return columnWords(name) }
		case f.Value.Type() == "bool":
			return
		}
		if q, ok := analysis.QuestionOf(name); ok {
			if p, ok := q.Parameter(f.Name); ok && p.Names != nil {
				offer = p.Names
			}
		}
		if offer != nil {
			cmd.RegisterFlagCompletionFunc(f.Name, offered(offer))
		}
	})
}

// offered completes the last part of a list: what stands before the last comma, plus or bar stays.
func offered(offer offers) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) (found []string, _ cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexAny(typed, ",+|")+1]
		for _, word := range offer() {
			found = append(found, before+word)
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// shown are the names that a command with a name takes as its argument; nil for others.
func (a *app) shown(command string) offers {
	switch command {
	case "methods show":
		return methodWords
	case "blocs show":
		return a.blocWords
	case "lists show", "lists lint":
		return listWords
	case "policies show":
		return policyWords
	case "scenarios", "scenarios show":
		return scenarioWords
	case "datasets show", "datasets verify", "datasets upgrade", "datasets remove", "datasets use":
		return a.datasetNames
	case "economies":
		return a.economyWords
	}
	return nil
}

// columnWords are the columns that the table of a command may have.
func columnWords(command string) (list []string) {
	var schemas []study.Schema
	if q, ok := analysis.QuestionOf(command); ok {
		schemas = q.Schemas
	}
	for name, schema := range map[string]study.Schema{"methods": catalogue.MethodSchema, "blocs": catalogue.BlocSchema, "blocs show": catalogue.MemberSchema,
		"economies": catalogue.EconomySchema, "datasets": catalogue.DatasetSchema, "datasets show": catalogue.CoverageSchema, "lists": catalogue.ListSchema,
		"lists show": catalogue.EntrySchema, "tables": catalogue.TablesSchema, "tables show": catalogue.BalanceSchema, "policies": policy.PolicySchema,
		"policies show": policy.EntrySchema, "scenarios": scenario.FileSchema, "scenarios show": scenario.FileItemSchema} {
		if name == command {
			schemas = append(schemas, schema)
		}
	}
	seen := map[string]bool{}
	for _, schema := range schemas {
		for _, c := range schema.Columns() {
			if seen[c.Name] {
				continue
			}
			seen[c.Name] = true
			list = append(list, c.Name+"\t"+c.Description)
			if c.Type == result.Int || c.Type == result.Float {
				list = append(list, "-"+c.Name+"\tthe largest first")
			}
		}
	}
	return list
}

func (a *app) blocWords() (ids []string) {
	if table, err := a.blocTable(); err == nil {
		for _, b := range table.All() {
			ids = append(ids, b.ID+"\t"+b.Name)
		}
	}
	return append(ids, "all")
}

// chosen is the dataset that would answer; nil where there is none.
func (a *app) chosen() *store.Dataset {
	dir, err := a.dataDir()
	if err != nil || a.engine != "" || a.wholeName() != nil {
		return nil
	}
	name := a.dataset
	if name == "" {
		c, err := store.Default(dir)
		if err != nil {
			return nil
		}
		name = c.Name
	}
	d, err := store.Open(dir, name)
	if err != nil {
		return nil
	}
	return d
}

// economyWords are those of the dataset that would answer.
func (a *app) economyWords() (list []string) {
	d := a.chosen()
	if d == nil {
		return nil
	}
	defer d.Close()
	for _, e := range d.Economies().All() {
		list = append(list, d.Economies().Label(e.Code)+"\t"+e.Name)
	}
	return list
}

func (a *app) yearWords() (list []string) {
	d := a.chosen()
	if d == nil {
		return nil
	}
	defer d.Close()
	years := d.Years()
	for i := len(years) - 1; i >= 0; i-- {
		list = append(list, fmt.Sprint(years[i]))
	}
	if len(years) > 1 {
		list = append(list, fmt.Sprintf("%d:%d\tall of them", years[0], years[len(years)-1]))
	}
	return list
}

// productWords are lists, and the codes of the dataset that would answer.
func (a *app) productWords() (list []string) {
	for _, word := range listWords() {
		list = append(list, "list:"+word)
	}
	d := a.chosen()
	if d == nil {
		return list
	}
	defer d.Close()
	for _, p := range d.Products().All() {
		list = append(list, p.Code+"\t"+p.Description)
	}
	return list
}

func methodWords() (ids []string) {
	for _, m := range method.Builtin() {
		ids = append(ids, m.ID+"\t"+m.Title)
	}
	return append(ids, "all")
}

func listWords() []string { return sector.Builtin() }

func policyWords() (ids []string) {
	for _, p := range policy.IndustrialPolicies() {
		ids = append(ids, p.ID+"\t"+p.Name)
	}
	return ids
}

// industryWords are those of the tables of the data folder.
func (a *app) industryWords() []string {
	list := []string{"manufacturing", "all"}
	dir, err := a.dataDir()
	if err != nil {
		return list
	}
	sets, _ := icio.List(dir)
	for _, set := range sets {
		for _, industry := range set.Industries {
			if word := industry.Code + "\t" + industry.Name; !slices.Contains(list, word) {
				list = append(list, word)
			}
		}
	}
	return list
}

func nomenclatureWords() (list []string) {
	for _, n := range trade.Nomenclatures() {
		list = append(list, string(n))
	}
	return list
}

func scenarioWords() []string { return scenario.Files().Column("scenario").Text }
