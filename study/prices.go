package study

import (
	"errors"
	"slices"
	"strings"

	"chokepoint/macro"
	"chokepoint/result"
	"chokepoint/trade"
)

// Parameters of questions whose amounts may be put at the prices of one year.
var (
	pricesParameter = Parameter{Name: "prices", Standard: "current", Example: "constant:2015",
		Usage: "dollars to use: current, or constant:YEAR, by a price index (prices-file); criteria and floors always use current dollars"}
	pricesFile = Parameter{Name: "prices-file", File: ".csv", Example: "deflator.csv", Usage: "a price index: CSV with year,index and a line # source: …"}
)

// Priced gives a question whose rows are of one year each the choice of prices, and returns it.
func Priced(q *Question) *Question {
	q.Parameters = append(slices.Clone(q.Parameters), pricesParameter)
	q.Local = append(slices.Clone(q.Local), pricesFile)
	return q
}

// InCurrentDollars says whether a request leaves amounts in the dollars of each year.
func (r *Request) InCurrentDollars() bool {
	text := strings.TrimSpace(r.Own[pricesParameter.Name])
	return text == "" || text == pricesParameter.Standard
}

// BesideValues are the flags that name, at the terminal, the files beside the datasets that the answer to a request takes. Where they are
// kept is the asker's business.
func (s *Source) BesideValues(q *Question, r Request) map[string]string {
	values := map[string]string{}
	if _, ok := named(q.Local, "flags"); ok && s.Flags != nil {
		values["flags"] = s.Flags.Name
	}
	if text := r.Own[pricesParameter.Name]; text != "" && text != pricesParameter.Standard && s.Deflator != nil {
		values[pricesFile.Name] = s.Deflator.File
	}
	return values
}

// pricesOf reads which prices are asked for; nil is current dollars.
func (s *Source) pricesOf(r Request) (*macro.Prices, error) {
	text := r.Own[pricesParameter.Name]
	wrong := func(err error) error { return &ParameterError{pricesParameter.Name, text, err} }
	if strings.TrimSpace(text) == "" || text == pricesParameter.Standard {
		if r.Own[pricesFile.Name] != "" {
			return nil, wrong(errors.New("a file of prices is given and amounts are in current dollars; expected constant:YEAR, for example constant:2015"))
		}
		return nil, nil
	}
	if s.Deflator == nil && strings.HasPrefix(text, "constant:") {
		return nil, wrong(errors.New(text + " takes an index of prices, and the program has none of its own: give one with --prices-file FILE.csv (year,index and a line # source: …); a server has the one that it was started with, chokepoint serve --prices-file FILE.csv"))
	}
	p, err := macro.ParsePrices(text, s.Deflator)
	if err != nil {
		return nil, wrong(errors.New(strings.TrimPrefix(err.Error(), "prices ")))
	}
	if m := s.Dataset.Manifest(); m.Monthly() {
		return nil, wrong(errors.New("dataset " + m.Name + " has months, and the index is of years; expected current"))
	}
	return p, nil
}

// atPrices puts the amounts of an answer at prices; nil leaves them as they are. Where an answer has several years it says which
// dollars they are.
func (s *Source) atPrices(t *result.Table, p *macro.Prices) error {
	if t.Dollars() == "" {
		return nil
	}
	if p == nil {
		if several(t) {
			t.Add(result.Note{Kind: result.Prices, Text: "amounts are in current dollars of each year, so they rise with prices too"})
		}
		return nil
	}
	err := p.Covers(t.Years())
	if err == nil {
		err = t.AtPricesOf(p.Base, func(year int) float64 { return p.Of(1, year) })
	}
	if err != nil {
		return &ParameterError{pricesParameter.Name, p.Parameter(), err}
	}
	t.Title += ", in " + p.String()
	t.Add(result.Note{Kind: result.Prices, Subject: p.Deflator.File, Text: p.Note() + "; criteria, floors and amounts in notes are current dollars"})
	s.Use("prices", p.Deflator.File, p.Deflator.Text)
	return nil
}

// several says whether a table is about more than one year: its rows, or where it has no column of years what was asked.
func several(t *result.Table) bool {
	if t.Column("year") != nil {
		return len(t.Years()) > 1
	}
	ranges, err := trade.ParseYears(t.Provenance.Years)
	return err == nil && (len(ranges) > 1 || len(ranges) == 1 && ranges[0].First != ranges[0].Last)
}
