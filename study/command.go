package study

import (
	"slices"
	"strings"
	"unicode"

	"chokepoint/result"
)

// besideQuestion are the flags of every command: the dataset, and which rows of the answer are given in which order.
var besideQuestion = []Parameter{{Name: "dataset"}, {Name: "filter"}, {Name: "sort"}, {Name: "limit"}, {Name: "offset"}}

// Command is the line that puts q to a dataset at the terminal: its arguments, then flags in the order of the table of
// parameters, those of the command line alone included, then those of a result.Arrangement. values are texts by name; those that are empty are left out.
func (q *Question) Command(values map[string]string, dataset string) string {
	var arguments, flags []string
	for _, p := range q.Arguments() {
		arguments = append(arguments, values[p.Name])
	}
	for _, p := range slices.Concat(q.Parameters, q.Local, besideQuestion) {
		value := values[p.Name]
		if p.Name == "dataset" {
			value = dataset
		}
		switch {
		case value == "" || p.Argument > 0 || p.Switch && value != "true":
		case p.Switch:
			flags = append(flags, "--"+p.Name)
		default:
			flags = append(flags, "--"+p.Name, value)
		}
	}
	words := append([]string{"chokepoint"}, strings.Fields(q.Name)...)
	if slices.ContainsFunc(arguments, func(a string) bool { return strings.HasPrefix(a, "-") }) {
		words = append(append(append(words, flags...), "--"), arguments...) // an argument that looks like a flag
	} else {
		words = append(append(words, arguments...), flags...)
	}
	return ShellLine(words)
}

// Joined is its name as one word, by a sign between the words of the command: compare/published in paths, compare-published in names.
func (q *Question) Joined(by string) string { return strings.ReplaceAll(q.Name, " ", by) }

// Arranged adds the flags of an arrangement to a command without arguments that look like flags.
func Arranged(command string, a result.Arrangement) string {
	var words []string
	values := a.Values()
	for _, p := range besideQuestion {
		if value := values[p.Name]; value != "" {
			words = append(words, "--"+p.Name, value)
		}
	}
	return strings.TrimSpace(command + " " + ShellLine(words))
}

// Arguments lists the parameters that are arguments of the command, in their order.
func (q *Question) Arguments() []Parameter {
	list := slices.DeleteFunc(slices.Clone(q.Parameters), func(p Parameter) bool { return p.Argument == 0 })
	slices.SortFunc(list, func(a, b Parameter) int { return a.Argument - b.Argument })
	return list
}

// ShellLine writes words so that a shell takes them apart as they are.
func ShellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

// shellWord puts a word in quotes unless it is made of letters, digits and what no shell takes for its own.
func shellWord(word string) string {
	special := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_+,.:/@%=", r)
	}
	if word == "" || word[0] == '=' || strings.ContainsFunc(word, special) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}
