package method

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"chokepoint/indicator"
)

// Status says how sure it is that the criteria are those of the source.
type Status string

// The kinds of status.
const (
	Published     Status = "published"     // as the source states them
	Reconstructed Status = "reconstructed" // read in secondary sources or inferred in part
	Provisional   Status = "provisional"   // a criterion is not public and has a stand-in
	Own           Status = "own"           // a user's definition
)

// StatusText is the status as every answer shows it: with what the definition is based on, and with what flags have changed.
func (m *Method) StatusText() string {
	text := string(m.Status)
	if len(m.Assumed) > 0 {
		text += ", with an assumed number in `" + strings.Join(m.Assumed, "`, `") + "`"
	}
	switch {
	case m.BasedOn != "":
		text += ", based on " + m.BasedOn
	case m.unknown && m.Status != Own:
		text += ", by its own account"
	}
	if len(m.Changes) > 0 {
		text += ", changed here: " + strings.Join(m.Changes, ", ")
	}
	return text
}

// ProvisionalTexts say what stands in for rules that are not public, and how near the definition comes to what its source has published
// with that. Of a definition that flags have changed the latter is not known.
func (m *Method) ProvisionalTexts() (texts []string) {
	for _, c := range m.Provisional {
		texts = append(texts, fmt.Sprintf("%s: `%s` stands in for a rule that is not public", m.ID, c))
	}
	if m.Fit != "" && m.Status == Provisional && len(m.Changes) == 0 {
		texts = append(texts, fmt.Sprintf("%s: %s", m.ID, m.Fit))
	}
	return texts
}

// settle is the rule for the status of a user's file. Only a definition that asks for what a builtin one asks for, and names its
// source, has that one's status. Any other that begins with a builtin one, by based_on, id or source, is the user's own.
func (m *Method) settle() {
	origin := m.origin()
	if origin == nil {
		m.unknown = true
		return
	}
	m.Differs = m.differences(origin)
	if m.Status != Own && m.Differs == "" && sameText(m.Source, origin.Source) {
		m.Status, m.Provisional, m.Assumed, m.Fit = origin.Status, m.asWritten(origin.Provisional), m.asWritten(origin.Assumed), origin.Fit
		return
	}
	m.Status, m.BasedOn, m.Provisional, m.Assumed, m.Fit = Own, origin.ID, nil, nil, ""
	if m.renamed = slices.Contains(builtinIDs(), m.ID); m.renamed {
		m.ID += "-own" // a row of an answer says no more than the id
	}
}

// OriginText says of an own definition what it is based on and what sets it apart; "" is of any other.
func (m *Method) OriginText() string {
	if m.BasedOn == "" {
		return ""
	}
	text := fmt.Sprintf("%s is own, based on %s: ", m.ID, m.BasedOn) + cmp.Or(m.Differs, "it asks for the same")
	if m.renamed {
		text += "; it is shown as " + m.ID + " because its id is that of another definition"
	}
	return text
}

// origin is the builtin definition that a user's file begins with; nil is none.
func (m *Method) origin() *Method {
	for _, same := range []func(*Method) bool{
		func(b *Method) bool { return b.ID == m.BasedOn },
		func(b *Method) bool { return m.BasedOn == "" && b.ID == m.ID },
		func(b *Method) bool { return m.BasedOn == "" && sameText(b.Source, m.Source) },
	} {
		if i := slices.IndexFunc(builtinMethods(), same); i >= 0 {
			return builtinMethods()[i]
		}
	}
	return nil
}

// sameText compares texts but for blanks and capitals.
func sameText(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// differences says what m asks for and its origin does not, and the other way; "" is nothing.
func (m *Method) differences(origin *Method) string {
	var parts []string
	if with := m.without(origin); len(with) > 0 {
		parts = append(parts, "with "+strings.Join(with, " and "))
	}
	if without := origin.without(m); len(without) > 0 {
		parts = append(parts, "without "+strings.Join(without, " and "))
	}
	if m.Persistence != origin.Persistence {
		parts = append(parts, changeOf("persistence", m.Persistence.String(), origin.Persistence.String()))
	}
	if m.World != origin.World {
		parts = append(parts, changeOf("world", string(m.World), string(origin.World)))
	}
	if m.Bloc != origin.Bloc {
		parts = append(parts, changeOf("bloc", cmp.Or(m.Bloc, "none"), cmp.Or(origin.Bloc, "none")))
	}
	if m.MinValue != origin.MinValue {
		parts = append(parts, changeOf("min_value", number(m.MinValue), number(origin.MinValue)))
	}
	return strings.Join(parts, ", ")
}

// without lists the criteria of m that other has not, as they are written.
func (m *Method) without(other *Method) (list []string) {
	has := indicator.NormalOf(other.Criteria)
	for _, c := range m.Criteria {
		if slices.ContainsFunc(c.Normal(), func(text string) bool { return !slices.Contains(has, text) }) {
			list = append(list, "`"+c.Text+"`")
		}
	}
	return list
}

// asWritten are the criteria of m that ask for what one of the texts asks for, as m writes them.
func (m *Method) asWritten(texts []string) (list []string) {
	for _, c := range m.Criteria {
		for _, text := range texts {
			if p, err := indicator.ParseCriterion(text); err == nil && slices.Equal(p.Normal(), c.Normal()) {
				list = append(list, c.Text)
			}
		}
	}
	return list
}

func changeOf(what, now, before string) string {
	return fmt.Sprintf("%s %s, not %s", what, now, before)
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
