package pages

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"chokepoint/analysis"
	"chokepoint/indicator"
	"chokepoint/method"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/trade"
)

// An own definition stands in the address of every page that takes a definition: the text of a file, or, short enough for a link, its
// criteria with ; between them: imports >= 2 * exports; partner_share >= 30%.
type ownDefinition struct {
	ID   string
	Text string // of the file
}

var (
	comparison = regexp.MustCompile(`^(.+?)\s*(>=|<=|>|<)\s*(.+)$`)
	keyOfFile  = regexp.MustCompile(`^(persistence|min_value|world)\s*=\s*(.+)$`)
)

// comparisons are those of criteria.
var comparisons = []string{">=", ">", "<=", "<"}

// expanded is a definition as a file: criteria with ; between them become one.
func expanded(text string) (string, error) {
	if strings.Contains(text, "criteria") {
		return text, nil
	}
	var criteria, keys []string
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if key := keyOfFile.FindStringSubmatch(part); key != nil {
			value := strconv.Quote(key[2])
			if key[1] == "min_value" {
				value = plainNumber(key[2])
			}
			keys = append(keys, key[1]+" = "+value)
			continue
		}
		criterion, err := criterionOf(part)
		if err != nil {
			return "", err
		}
		criteria = append(criteria, criterion)
	}
	if len(criteria) == 0 {
		return "", errors.New("expected at least one criterion, such as partner_share >= 30%")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "id = %q\ntitle = \"Own definition\"\nstatus = %q\nsource = \"made on the pages of Chokepoint\"\ncriteria = [\n", ownID, method.Own)
	for _, c := range criteria {
		fmt.Fprintf(&b, "    %q,\n", c)
	}
	b.WriteString("]\n")
	for _, k := range keys {
		b.WriteString(k + "\n")
	}
	return b.String(), nil
}

// criterionOf writes a criterion as files have it: 30 % of a share is 0.3, and 5 million is 5000000.
func criterionOf(text string) (string, error) {
	part := comparison.FindStringSubmatch(strings.TrimSpace(text))
	if part == nil {
		return "", fmt.Errorf("%q: expected an indicator, a comparison (%s) and a number, such as partner_share >= 30%%", text, strings.Join(comparisons, ", "))
	}
	left, right := strings.TrimSpace(part[1]), plainNumber(strings.ToLower(strings.TrimSpace(part[3])))
	right = strings.TrimSpace(strings.TrimSuffix(right, "usd"))
	right = plainNumber(right)
	if p := percentage.FindStringSubmatch(right); p != nil {
		if ind, ok := indicator.Get(left); !ok || ind.Unit != "share" {
			return "", fmt.Errorf("%q: %s is not a share, so it takes no per cent sign", text, left)
		}
		exact, _ := new(big.Rat).SetString(p[1])
		right = strings.TrimSuffix(strings.TrimRight(exact.Quo(exact, big.NewRat(100, 1)).FloatString(11), "0"), ".")
	}
	return left + " " + part[2] + " " + right, nil
}

// shortened is a definition as short as a link should be, where that says all of it; else its text.
func shortened(m *method.Method) string {
	var parts []string
	for _, c := range m.Criteria {
		parts = append(parts, c.String())
	}
	if m.Persistence.Window > 1 {
		parts = append(parts, "persistence = "+m.Persistence.String())
	}
	if m.MinValue > 0 {
		parts = append(parts, "min_value = "+strconv.FormatFloat(m.MinValue, 'f', -1, 64))
	}
	if m.World != "" && m.World != trade.Gross { // which is what a file without it means
		parts = append(parts, "world = "+string(m.World))
	}
	return strings.Join(parts, "; ")
}

// readDefinition takes the own definition out of the address of a page other than the workbench. A published one chosen in the form beside
// it goes before it.
func (v *pageRequest) readDefinition() error {
	text := v.values[server.DefinitionName]
	if text == "" || v.page.name == "workbench" {
		return nil
	}
	file, err := expanded(text)
	var m *method.Method
	if err == nil {
		count, _ := analysis.QuestionOf("count")
		m, err = server.OwnMethod(count, file)
	}
	if err != nil {
		return &study.ParameterError{Parameter: server.DefinitionName, Value: text, Err: err}
	}
	if chosen := v.values["method"]; chosen != "" && chosen != m.ID {
		delete(v.values, server.DefinitionName)
		return nil
	}
	delete(v.values, "method")
	v.own = &ownDefinition{ID: m.ID, Text: file}
	return nil
}

// withOwn adds the own definition to a question that names it.
func (v *pageRequest) withOwn(given map[string]string) {
	if v.own != nil && slices.Contains(strings.Split(given["method"], ","), v.own.ID) {
		given[server.DefinitionName] = v.own.Text
	}
}

// rowParameter is a part of a criterion of the form: i1 its indicator, o1 its comparison, n1 its number. drop is the one to leave out.
var rowParameter = regexp.MustCompile(`^([ion][1-9]|drop|keep)$`)

// mostRows is how many criteria the form has room for.
const mostRows = 9

// readRows makes a definition of the criteria in the form.
func (v *pageRequest) readRows() {
	var parts []string
	any := false
	for k := 1; k <= mostRows; k++ {
		n := strconv.Itoa(k)
		i, o, number := v.values["i"+n], v.values["o"+n], v.values["n"+n]
		any = any || i != "" || number != ""
		if i != "" && number != "" && v.values["drop"] != n {
			parts = append(parts, i+" "+study.OrElse(o, ">=")+" "+number)
		}
	}
	if keep := v.values["keep"]; any && keep != "" {
		parts = append(parts, keep)
	}
	for name := range v.values {
		if rowParameter.MatchString(name) || any && isThreshold(name) {
			delete(v.values, name)
		}
	}
	if any {
		v.values[server.DefinitionName] = study.OrElse(strings.Join(parts, "; "), ";")
	}
}

// criterionRow is a criterion in the form.
type criterionRow struct {
	N, Indicator            string // its number, and what it compares
	Indicators, Comparisons []option
	Number                  string
	Words, Meaning, Range   string
	Spread                  *distribution // of the indicator; nil where it is not known
}

// rowsOf are the criteria of a definition as rows of the form, and one more to fill in; keep is what they do not say.
func rowsOf(m *method.Method) (rows []criterionRow, keep string) {
	for _, c := range m.Criteria {
		part := comparison.FindStringSubmatch(c.String())
		if part == nil || len(rows) == mostRows {
			return nil, ""
		}
		left, right := strings.TrimSpace(part[1]), strings.TrimSpace(part[3])
		row := criterionRow{N: strconv.Itoa(len(rows) + 1), Indicator: left, Indicators: indicatorOptions(left), Comparisons: namedComparisons(part[2]), Number: right, Words: inWords(c.String())}
		if ind, ok := indicator.Get(left); ok {
			row.Meaning, row.Range = ind.Meaning, ind.Range
			if x, exact := new(big.Rat).SetString(right); ind.Unit == "share" && !isIndex(ind.Name) && exact {
				row.Number = strings.TrimSuffix(strings.TrimRight(x.Mul(x, big.NewRat(100, 1)).FloatString(6), "0"), ".") + " %"
			}
		}
		rows = append(rows, row)
	}
	if len(rows) < mostRows {
		rows = append(rows, criterionRow{N: strconv.Itoa(len(rows) + 1), Indicators: indicatorOptions(""), Comparisons: namedComparisons(">=")})
	}
	bare := *m
	bare.Criteria = nil
	return rows, shortened(&bare)
}

// indicatorOptions are all indicators, and what else stands in a criterion.
func indicatorOptions(chosen string) []option {
	list := []option{{"", "choose an indicator", chosen == ""}}
	found := chosen == ""
	for _, ind := range indicator.All() {
		list = append(list, option{ind.Name, ind.Title, ind.Name == chosen})
		found = found || ind.Name == chosen
	}
	if !found {
		list = append(list, option{chosen, inWords(chosen), true})
	}
	return list
}

func namedComparisons(chosen string) (list []option) {
	for i, text := range []string{"at least", "above", "at most", "below"} {
		list = append(list, option{comparisons[i], text, comparisons[i] == chosen})
	}
	return list
}

// usedOn are links to the other pages with the definition in use.
func (v *pageRequest) usedOn(m *method.Method) (list []option) {
	text := shortened(m)
	for _, p := range pages() {
		if p.name != "workbench" && slices.Contains(p.parameters, server.DefinitionName) {
			list = append(list, option{Value: v.link(p.path, "method", "", server.DefinitionName, text), Text: p.title})
		}
	}
	return list
}
