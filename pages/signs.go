package pages

import (
	"html/template"
	"regexp"
	"strings"

	"chokepoint/indicator"
	"chokepoint/scenario"
)

// Texts that answers have for machines, as a page prints them.

// hyphenMinus is a hyphen that stands for a minus: before a number, not inside a date, a range or a flag.
var hyphenMinus = regexp.MustCompile(`(^|[\s(\x{a0}])-([0-9])`)

// minus writes the minus of numbers as people print it; the exact values behind them keep the hyphen, which programs read.
func minus(text string) string { return hyphenMinus.ReplaceAllString(text, "$1−$2") }

// signs writes the comparisons and the arithmetic of a formula as people print them.
var signs = strings.NewReplacer(">=", "≥", "<=", "≤", " * ", " × ", " / ", " ÷ ", " - ", " − ")

// criterionIn says whether a text between backticks is a criterion and not something to type.
func criterionIn(text string) bool {
	before, _, found := strings.Cut(text, " ")
	_, known := indicator.Get(before)
	return found && known && comparison.MatchString(text)
}

// codesIn shows what a text has between backticks: criteria in words, all else as code. The text is escaped.
func codesIn(text string) template.HTML {
	return template.HTML(codeInText.ReplaceAllStringFunc(template.HTMLEscapeString(text), func(match string) string {
		inside := strings.Trim(match, "`")
		if criterion := unescaped.Replace(inside); criterionIn(criterion) {
			return "“" + template.HTMLEscapeString(inWords(criterion)) + "”"
		}
		return "<code>" + inside + "</code>"
	}))
}

var unescaped = strings.NewReplacer("&gt;", ">", "&lt;", "<", "&amp;", "&")

// ruleNames say in words to whom importers turn; the ids stay in addresses, commands and files.
var ruleNames = map[scenario.Rule]string{
	scenario.Present: "today's suppliers", scenario.Mixed: "half today's suppliers, half whoever exports",
	scenario.Capacity: "whoever exports", scenario.Sqrt: "today's suppliers, the larger the more",
}

// ruleInText is a rule that a sentence calls by its id.
var ruleInText = regexp.MustCompile(`\b([Rr]ule) (present|mixed|capacity|sqrt)\b`)

// withRules names the rules of a sentence.
func withRules(sentence string) string {
	return ruleInText.ReplaceAllStringFunc(sentence, func(match string) string {
		word, id, _ := strings.Cut(match, " ")
		return word + " “" + ruleNames[scenario.Rule(id)] + "”"
	})
}

// flagInText is a flag of the command line in brackets, which has a field on the page.
var flagInText = regexp.MustCompile(`, --[a-z-]+\)`)

// withoutFlags is a sentence about a model without what only its files have.
func withoutFlags(sentence string) string {
	return strings.Replace(flagInText.ReplaceAllString(sentence, ")"), "so that the columns unfilled_month are empty", "so what is lacking while they are drawn on is left open", 1)
}

// ruleList names rules in a cell, where a text lists nothing but rules.
func ruleList(text string) (string, bool) {
	var names []string
	for id := range strings.SplitSeq(text, ",") {
		name, ok := ruleNames[scenario.Rule(strings.TrimSpace(id))]
		if !ok {
			return text, false
		}
		names = append(names, name)
	}
	return strings.Join(names, "; "), true
}
