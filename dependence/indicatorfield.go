package dependence

import (
	"cmp"

	"chokepoint/indicator"
	"chokepoint/result"
)

// The indicators that tables of this package show by name.
var (
	imports            = indicator.Named("imports")
	exports            = indicator.Named("exports")
	importsFromPartner = indicator.Named("imports_from_partner")
	partnerShare       = indicator.Named("partner_share")
	partnerWorldShare  = indicator.Named("partner_world_share")
)

// IndicatorField is the column of an indicator: its name, unit and sentence are those of the table of indicators.
func IndicatorField[R any](ind *indicator.Indicator, get func(*R) float64) result.Field[R] {
	c := IndicatorColumn(ind.Name)
	return result.FloatField(c.Name, c.Unit, c.Description, get).Titled(c.Title)
}

// IndicatorColumn makes a column from the table of indicators.
func IndicatorColumn(name string) *result.Column {
	ind := indicator.Named(name)
	unit := ind.Unit
	if unit == "share" {
		unit = result.Share
	}
	text := ind.Meaning
	if ind.Formula != "" {
		text += " Formula: " + ind.Formula + "."
	}
	c := result.FloatColumn(ind.Column, unit, text)
	c.Title = cmp.Or(ind.Heading, ind.Title)
	return c
}
