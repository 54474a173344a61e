package explanation

import (
	"context"

	"chokepoint/result"
	"chokepoint/study"
)

// readHub finds the entrepôt that marks the imports explained, where the question asks for it.
func (e *Explanation) readHub(ctx context.Context) error {
	if e.st.Hubs == nil {
		return nil
	}
	largest, err := e.st.Hubs.BoughtBy(ctx, e.st, "", e.year, []string{e.product.Code})
	e.hub = largest(0, e.product.Code, e.partner.Codes(e.year))
	return err
}

// writeHub says what the entrepôt means.
func (e *Explanation) writeHub(b *explanationText) {
	h := e.hub
	if h.Hub == "" {
		return
	}
	list := e.st.Hubs.List
	entry, _ := list.Get(h.Hub)
	if h.Measure == study.AsBuyer {
		b.line("Hub        %s: buys %s of what it and %s buy from others. An entrepôt since %d or before", h.Hub, result.Percent(h.Share), e.importer.Label, entry.Since)
		b.line("           (list %s of %s): what goes there is often used elsewhere. See --importers %s.", list.ID, list.Date, list.Merged(h.Hub))
		return
	}
	b.line("Hub        %s: %s of imports come from there. An entrepôt since %d or before", h.Hub, result.Percent(h.Share), entry.Since)
	b.line("           (list %s of %s): what comes from there is often made elsewhere.", list.ID, list.Date)
}

// hubRows is the mark as a row.
func (e *Explanation) hubRows() []Row {
	if e.hub.Hub == "" {
		return nil
	}
	entry, _ := e.st.Hubs.List.Get(e.hub.Hub)
	r := e.row(SectionHubs)
	r.Item, r.Name, r.Note = e.hub.Hub, e.hub.Measure, entry.Why
	return []Row{r.measured("hub_share", result.Share, e.hub.Share)}
}
