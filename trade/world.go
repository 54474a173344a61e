package trade

import (
	"fmt"

	"chokepoint/spelling"
)

// World says how trade inside a bloc counts in world exports.
type World string

const (
	Gross World = "gross" // all flows count, each economy is an exporter of its own
	Net   World = "net"   // a bloc is one exporter, flows inside it are left out
)

// ParseWorld reads gross or net.
func ParseWorld(text string) (World, error) {
	switch w := World(lower(text)); w {
	case Gross, Net:
		return w, nil
	}
	return "", fmt.Errorf("world %q: expected gross (trade inside a bloc counts) or net (a bloc is one exporter)%s", text, spelling.Hint(text, []string{string(Gross), string(Net)}))
}
