package result

import (
	"fmt"
	"strings"
	"time"
)

// The agency and version of everything that SDMX asks an identifier for.
const (
	sdmxAgency  = "CHOKEPOINT"
	sdmxVersion = "1.0"
	sdmxURN     = "urn:sdmx:org.sdmx.infomodel."

	// SDMXStructureType is the media type of structure documents.
	SDMXStructureType = "application/vnd.sdmx.structure+json; version=2.0.0"
)

// SDMXCode is a code of a list, with what it means.
type SDMXCode struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// SDMXMessage is a structure message of SDMX-JSON 2.0.0, which goes with SDMX 3.0: what SDMX-CSV of tables means.
type SDMXMessage struct {
	Meta sdmxMeta `json:"meta"`
	Data sdmxData `json:"data"`
}

type sdmxMeta struct {
	ID       string     `json:"id"`
	Prepared string     `json:"prepared"`
	Test     bool       `json:"test"`
	Sender   sdmxSender `json:"sender"`
}

type sdmxSender struct {
	ID string `json:"id"`
}

type sdmxData struct {
	Dataflows      []sdmxFlow      `json:"dataflows"`
	DataStructures []sdmxStructure `json:"dataStructures,omitempty"`
	Codelists      []sdmxCodelist  `json:"codelists,omitempty"`
	ConceptSchemes []sdmxConcepts  `json:"conceptSchemes,omitempty"`
}

type sdmxArtefact struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Agency  string `json:"agencyID"`
	Name    string `json:"name"`
}

type sdmxFlow struct {
	sdmxArtefact
	Structure string `json:"structure"`
}

type sdmxCodelist struct {
	sdmxArtefact
	Codes []SDMXCode `json:"codes"`
}

type sdmxConcepts struct {
	sdmxArtefact
	Concepts []SDMXCode `json:"concepts"`
}

type sdmxStructure struct {
	sdmxArtefact
	Components sdmxComponents `json:"dataStructureComponents"`
}

type sdmxComponents struct {
	Dimensions struct {
		ID         string          `json:"id"`
		Dimensions []sdmxComponent `json:"dimensions"`
		Time       sdmxComponent   `json:"timeDimension"`
	} `json:"dimensionList"`
	Measures struct {
		ID       string          `json:"id"`
		Measures []sdmxComponent `json:"measures"`
	} `json:"measureList"`
	Attributes struct {
		ID         string          `json:"id"`
		Attributes []sdmxComponent `json:"attributes"`
	} `json:"attributeList"`
}

type sdmxComponent struct {
	ID             string                       `json:"id"`
	Position       *int                         `json:"position,omitempty"`
	Usage          string                       `json:"usage,omitempty"`
	Concept        string                       `json:"conceptIdentity"`
	Representation sdmxRepresentation           `json:"localRepresentation"`
	Relationship   map[string]map[string]string `json:"attributeRelationship,omitempty"`
}

type sdmxRepresentation struct {
	Enumeration string            `json:"enumeration,omitempty"`
	Format      map[string]string `json:"format,omitempty"`
}

// sdmxConceptNames are the concepts of all structures.
var sdmxConceptNames = []SDMXCode{
	{"FREQ", "Frequency", "A by year, M by month."},
	{"REF_AREA", "Reference area", "Economy or bloc that the figures are about."},
	{"COUNTERPART_AREA", "Counterpart area", "Economy or bloc on the other side; _Z where there is none."},
	{"PRODUCT", "Product", "Code of the Harmonised System, six characters, or a name for several products."},
	{"METHOD", "Method", "Definition of dependency."},
	{"SECTOR", "Sector", "Sector of a product list."},
	{"INDUSTRY", "Industry", "Industry of an input-output table."},
	{"INPUTS", "Inputs", "Industries whose goods and services are used."},
	{"RULE", "Rule", "Rule of a model."},
	{"SPARE", "Spare capacity", "Assumption of a model: what a supplier can add, as a share of its exports."},
	{"THETA", "Theta", "Assumption of a model: share of its imports that an economy loses before it stops its exports."},
	{"ASSUMPTION", "Assumption", "The assumption of a model that is changed while the others stay the same."},
	{"SOURCE", "Source", "The supplier that replaces part of a loss; nobody for what remains unfilled."},
	{"FORM", "Form", "Form of a model: linear or levels."},
	{"INDICATOR", "Indicator", "What is measured: a column of the table."},
	{"TIME_PERIOD", "Time period", "Year, or month as YYYYMM."},
	{"OBS_VALUE", "Observation value", "The figure; empty where it is missing."},
	{"UNIT_MEASURE", "Unit of measure", "Unit of the figure."},
	{"OBS_STATUS", "Observation status", "What the figure is based on."},
	{"COMMENT_OBS", "Comment", "SYNTHETIC where the data are made up."},
}

var (
	sdmxFrequencies = []SDMXCode{{ID: "A", Name: "Annual"}, {ID: "M", Name: "Monthly"}}
	sdmxStatuses    = []SDMXCode{{ID: "A", Name: "Normal value"}, {ID: "U", Name: "Low reliability: part of the data is missing"},
		{ID: "L", Name: "Missing value; data exist but were not collected"}, {ID: "O", Name: "Missing value"}, {ID: "M", Name: "Missing value; data cannot exist"}}
)

// SDMXFlow says whether tables of these columns can be series of SDMX: they have years and economies.
func SDMXFlow(name string, columns []*Column) bool {
	t := New(name, "", columns...)
	year := t.Column("year")
	dimensions := t.sdmxColumns()
	return year != nil && year.Type == Int && len(dimensions) > 0 && dimensions[0].id == sdmxArea
}

// NewSDMXMessage is a message without anything in it. prepared is when the data were made, so that the same is said in the same bytes.
func NewSDMXMessage(id string, prepared time.Time) *SDMXMessage {
	m := &SDMXMessage{Meta: sdmxMeta{ID: sdmxID(id), Prepared: prepared.UTC().Format(time.RFC3339), Sender: sdmxSender{sdmxAgency}}}
	m.Data.Dataflows = []sdmxFlow{}
	return m
}

// AddFlow adds a dataflow by name alone.
func (m *SDMXMessage) AddFlow(name, title string) {
	id := sdmxID(name)
	m.Data.Dataflows = append(m.Data.Dataflows, sdmxFlow{artefact(id, title), sdmxReference("datastructure.DataStructure", "DSD_"+id)})
}

// AddStructure adds a dataflow with its structure, code lists and concepts. areas are the economies and blocs that have codes.
func (m *SDMXMessage) AddStructure(name, title string, columns []*Column, areas []SDMXCode) {
	m.AddFlow(name, title)
	t, id := New(name, title, columns...), sdmxID(name)
	structure := sdmxStructure{sdmxArtefact: artefact("DSD_"+id, title)}
	c := &structure.Components
	c.Dimensions.ID, c.Measures.ID, c.Attributes.ID = "DimensionDescriptor", "MeasureDescriptor", "AttributeDescriptor"
	dimension := func(of string, r sdmxRepresentation) {
		at := len(c.Dimensions.Dimensions)
		c.Dimensions.Dimensions = append(c.Dimensions.Dimensions, sdmxComponent{ID: of, Position: &at, Concept: sdmxConcept(of), Representation: r})
	}
	dimension("FREQ", enumerated("CL_FREQ"))
	for _, d := range t.sdmxColumns() {
		if d.id == sdmxArea || d.id == sdmxCounterpart {
			dimension(d.id, enumerated("CL_AREA"))
		} else {
			dimension(d.id, formatted("String"))
		}
	}
	dimension("INDICATOR", enumerated("CL_INDICATOR_"+id))
	c.Dimensions.Time = sdmxComponent{ID: "TIME_PERIOD", Concept: sdmxConcept("TIME_PERIOD"), Representation: formatted("ObservationalTimePeriod")}
	c.Measures.Measures = []sdmxComponent{{ID: "OBS_VALUE", Usage: "optional", Concept: sdmxConcept("OBS_VALUE"), Representation: formatted("Double")}}
	for _, a := range []struct {
		id, usage string
		r         sdmxRepresentation
	}{{"UNIT_MEASURE", "mandatory", enumerated("CL_UNIT_MEASURE")}, {"OBS_STATUS", "mandatory", enumerated("CL_OBS_STATUS")}, {"COMMENT_OBS", "optional", formatted("String")}} {
		c.Attributes.Attributes = append(c.Attributes.Attributes, sdmxComponent{ID: a.id, Usage: a.usage, Concept: sdmxConcept(a.id), Representation: a.r,
			Relationship: map[string]map[string]string{"observation": {}}})
	}
	m.Data.DataStructures = append(m.Data.DataStructures, structure)
	indicators, unitCodes := t.sdmxIndicators()
	m.Data.Codelists = append(m.Data.Codelists, sdmxCodelist{artefact("CL_INDICATOR_"+id, "Indicators of "+name), indicators},
		sdmxCodelist{artefact("CL_FREQ", "Frequencies"), sdmxFrequencies}, sdmxCodelist{artefact("CL_OBS_STATUS", "Observation statuses"), sdmxStatuses},
		sdmxCodelist{artefact("CL_UNIT_MEASURE", "Units of measure"), unitCodes},
		sdmxCodelist{artefact("CL_AREA", "Economies and blocs"), append([]SDMXCode{{ID: "_Z", Name: "Not applicable"}}, areas...)})
	m.Data.ConceptSchemes = []sdmxConcepts{{artefact("CS_CHOKEPOINT", "Concepts of Chokepoint"), sdmxConceptNames}}
}

// sdmxIndicators are the columns of numbers, and their units.
func (t *Table) sdmxIndicators() (indicators, units []SDMXCode) {
	seen, dimensions := map[string]bool{}, t.sdmxColumns()
	for _, c := range t.Columns {
		if !t.isIndicator(c, dimensions) {
			continue
		}
		indicators = append(indicators, SDMXCode{sdmxID(c.Name), strings.ReplaceAll(c.Name, "_", " "), c.Description})
		code := sdmxUnit(c.Unit)
		if !seen[code] {
			seen[code] = true
			units = append(units, SDMXCode{ID: code, Name: sdmxUnitName(code)})
		}
	}
	return indicators, units
}

func sdmxUnitName(code string) string {
	switch code {
	case "USD":
		return "US dollars"
	case "T":
		return "Tonnes"
	case pureNumber:
		return "Pure number"
	}
	return strings.ReplaceAll(code, "_", " ")
}

func artefact(id, name string) sdmxArtefact {
	return sdmxArtefact{id, sdmxVersion, sdmxAgency, name}
}

func sdmxReference(class, id string) string {
	return fmt.Sprintf("%s%s=%s:%s(%s)", sdmxURN, class, sdmxAgency, id, sdmxVersion)
}

func sdmxConcept(id string) string {
	return sdmxReference("conceptscheme.Concept", "CS_CHOKEPOINT") + "." + id
}

func enumerated(list string) sdmxRepresentation {
	return sdmxRepresentation{Enumeration: sdmxReference("codelist.Codelist", list)}
}

func formatted(dataType string) sdmxRepresentation {
	return sdmxRepresentation{Format: map[string]string{"dataType": dataType}}
}

// sdmxID is a name as SDMX takes it for an identifier: letters, digits and underscores, a letter first.
func sdmxID(name string) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	if id == "" || id[0] < 'A' || id[0] > 'Z' {
		id = "X" + id
	}
	return id
}
