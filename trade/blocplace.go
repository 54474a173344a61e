package trade

import "github.com/pelletier/go-toml/v2/unstable"

// locate finds line and column of every value in a bloc file that the decoder has accepted.
func locate(data []byte) map[place][2]int {
	places := map[place][2]int{}
	bloc := -1
	var p unstable.Parser
	p.Reset(data)
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.ArrayTable:
			bloc++
			put(places, &p, place{bloc: bloc}, e.Child())
		case unstable.KeyValue:
			key := e.Key()
			key.Next()
			name := string(key.Node().Data)
			if e.Value().Kind != unstable.Array {
				put(places, &p, place{bloc: bloc, key: name}, e.Value())
				continue
			}
			item := 0
			for items := e.Value().Children(); items.Next(); {
				if items.Node().Kind == unstable.String {
					put(places, &p, place{bloc, name, item}, items.Node())
					item++
				}
			}
		}
	}
	return places
}

func put(places map[place][2]int, p *unstable.Parser, at place, n *unstable.Node) {
	if n == nil || n.Raw.Length == 0 {
		return
	}
	start := p.Shape(n.Raw).Start
	places[at] = [2]int{start.Line, start.Column}
}
