package pages

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"chokepoint/chain"
	"chokepoint/server"
	"chokepoint/study"
	"chokepoint/trade"
)

// tableSet is a set of input-output tables of the server.
type tableSet struct {
	study.TableSet
	Title string
	Areas []string
	Codes []string          // of industries, in the order of the tables
	Names map[string]string // of industries, by code

	makers func(ctx context.Context, codes []string) (industries []string, unplaced int, err error) // of goods
}

// tableSets are those of the server: with the latest year first, and of these with the most rows.
func (v *pageRequest) tableSets() (list []tableSet, err error) {
	if v.server.Beside.Tables == nil {
		return nil, nil
	}
	sets, err := v.server.Beside.Tables.List()
	for i := range sets {
		s := tableSet{TableSet: study.TableSetOf(&sets[i]), Title: sets[i].Title, Areas: sets[i].Areas, Names: map[string]string{}}
		last := s.Years[len(s.Years)-1]
		s.makers = func(ctx context.Context, codes []string) ([]string, int, error) {
			return chain.Makers(ctx, v.server.Beside.Tables, &sets[i], last, codes)
		}
		for _, industry := range sets[i].Industries {
			s.Codes = append(s.Codes, industry.Code)
			s.Names[industry.Code] = study.Shortened(industry.Name) + " (" + industry.Code + ")"
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b tableSet) int { return a.ByYears(&b.TableSet) })
	if len(list) > 0 {
		return list, nil // one that is damaged hides no other
	}
	return nil, err
}

// nearest is the year of the set that is nearest to one of trade.
func (s *tableSet) nearest(period int) int {
	year := trade.Period(period).Year()
	return slices.MinFunc(s.Years, func(a, b int) int { return cmp.Compare(max(a-year, year-a), max(b-year, year-b)) })
}

// namesOf are industries by the codes of a list with blanks between them.
func (s *tableSet) namesOf(codes string) string {
	var names []string
	for code := range strings.FieldsSeq(codes) {
		names = append(names, study.OrElse(s.Names[code], code))
	}
	return listed(names)
}

// listed joins names in a sentence: A, B and C.
func listed(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// inWords is a selection of industries in words.
func (s *tableSet) inWords(selection string) string {
	var names []string
	for item := range strings.SplitSeq(selection, ",") {
		switch item = strings.TrimSpace(item); strings.ToLower(item) {
		case "all":
			names = append(names, "all industries")
		case "manufacturing":
			names = append(names, "manufacturing")
		default:
			names = append(names, study.OrElse(s.Names[item], item))
		}
	}
	return listed(names)
}

// firstThatKnows asks sets in turn until one knows what is asked: goods, user and supplier. Where none does, why is what the last one said.
func firstThatKnows(sets []tableSet, ask func(s *tableSet) (*answer, error)) (a *answer, set *tableSet, why string, err error) {
	for i := range sets {
		set = &sets[i]
		if a, err = ask(set); err == nil {
			return a, set, "", nil
		}
		var wrong *server.Problem
		if !errors.As(err, &wrong) || wrong.Status != http.StatusUnprocessableEntity {
			return nil, nil, "", err
		}
		why = "the tables " + set.Name + " cannot answer this: " + wrong.Detail
	}
	return nil, nil, why, nil
}

// tableAreas are the areas of all sets that the dataset does not know, such as regions.
func (v *pageRequest) tableAreas() (list []option) {
	sets, err := v.tableSets()
	if err != nil {
		return nil // who asks them hears of it
	}
	for _, s := range sets {
		for _, area := range s.Areas {
			if _, err := v.economy.Resolve(area); err != nil && !slices.ContainsFunc(list, func(o option) bool { return o.Value == area }) {
				list = append(list, option{Value: area, Text: area + " of " + s.Name})
			}
		}
	}
	return list
}

// tableOptions are the sets to choose from; none where there is no choice.
func (v *pageRequest) tableOptions(chosen string) (list []option) {
	sets, err := v.tableSets()
	if err != nil || len(sets) < 2 {
		return nil
	}
	list = append(list, option{"", "the latest that have both", chosen == ""})
	for _, s := range sets {
		list = append(list, option{s.Name, s.Title + ", " + strings.Replace(yearsText(s.Years), "–", " to ", 1), s.Name == chosen})
	}
	return list
}

// chosenSets are the sets that a page asks: the one that its address names, else all.
func (v *pageRequest) chosenSets() ([]tableSet, error) {
	sets, err := v.tableSets()
	name := v.values["tables"]
	if err != nil || name == "" {
		return sets, err
	}
	i := slices.IndexFunc(sets, func(s tableSet) bool { return s.Name == name })
	if i < 0 {
		var names []string
		for _, s := range sets {
			names = append(names, s.Name)
		}
		return nil, server.Wrong(&study.ParameterError{Parameter: "tables", Value: name, Err: errors.New("there are no input-output tables of this name; expected " + study.OrElse(strings.Join(names, ", "), "nothing, because there are none"))})
	}
	return sets[i : i+1], nil
}
